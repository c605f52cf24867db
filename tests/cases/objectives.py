"""Objectives of matrix calculus, statistics and networks in NumPy's words, beside those of the shared cases:

    OBJECTIVES[name] = (what is differentiated, rng -> inputs, (np, inputs) -> number)
"""
import numpy

OBJECTIVES = {}


def objective(wrt, make):
    """A decorator: the function (np, i) is an objective of its name; the names in `wrt` are differentiated."""
    def add(function):
        OBJECTIVES[function.__name__] = wrt.split(), make, function
        return function
    return add


def normal(**sizes):
    """A maker of normal inputs; a size is an int or a tuple, () for one number."""
    return lambda r: {name: r.standard_normal(size) for name, size in sizes.items()}


def spd(r, n):
    A = r.standard_normal((n, n))
    return A @ A.T/n + numpy.eye(n)


def sigmoid(np, z):
    return 1/(1 + np.exp(-z))


def softmax(np, z):
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e/np.sum(e, axis=-1, keepdims=True)


# -- traces, inverses, determinants -----------------------------------------------------------------------------------

@objective("S V", lambda r: dict(S=spd(r, 3), V=spd(r, 3), nu=7.0))
def wishart(np, i):
    S, V, nu = i["S"], i["V"], i["nu"]
    return (nu - 4)/2*np.linalg.slogdet(S)[1] - np.trace(np.linalg.solve(V, S))/2 - nu/2*np.linalg.slogdet(V)[1]


@objective("m S V", lambda r: dict(m=r.standard_normal(3), S=spd(r, 3), V=spd(r, 3)))
def divergence_of_normals(np, i):
    m, S, V = i["m"], i["S"], i["V"]
    return (np.trace(np.linalg.solve(V, S)) + m @ np.linalg.solve(V, m) - 3 + np.linalg.slogdet(V)[1]
            - np.linalg.slogdet(S)[1])/2


@objective("W d", lambda r: dict(W=r.standard_normal((8, 2)), d=r.random(8) + 0.5, y=r.standard_normal(8)))
def woodbury(np, i):
    W, y, D = i["W"], i["y"], 1/i["d"]
    M = np.eye(2) + (W.T*D) @ W
    u = W.T @ (y*D)
    return (np.sum(y**2*D) - u @ np.linalg.solve(M, u) + np.linalg.slogdet(M)[1] + np.sum(np.log(i["d"])))/2


@objective("A B", lambda r: dict(A=spd(r, 3), B=spd(r, 2), x=r.standard_normal(6)))
def kronecker(np, i):
    K = np.kron(i["A"], i["B"])
    return i["x"] @ K @ i["x"] + np.linalg.slogdet(K + np.eye(6))[1]


@objective("A B", normal(A=(3, 3), B=(2, 2), C=(3, 2)))
def sylvester(np, i):
    A, B = i["A"] + 4*np.eye(3), i["B"] + 4*np.eye(2)
    return np.sum(np.linalg.solve(np.kron(np.eye(2), A) + np.kron(B.T, np.eye(3)), np.ravel(i["C"].T))**2)


@objective("X", lambda r: dict(X=r.random((4, 4)) + 0.5, A=r.standard_normal((4, 4))))
def hadamard_powers(np, i):
    return np.trace((i["X"]**3*i["A"]) @ (1/i["X"]).T)


@objective("A B C", lambda r: dict(A=spd(r, 3), B=r.standard_normal((3, 2)), C=spd(r, 2)))
def schur(np, i):
    A, B = i["A"], i["B"]
    return np.linalg.slogdet(np.block([[A, B], [B.T, i["C"] + B.T @ np.linalg.inv(A) @ B]]))[1]


@objective("A b", lambda r: dict(A=r.standard_normal((4, 3, 3)) + 3*numpy.eye(3), b=r.standard_normal((4, 3, 1))))
def batches(np, i):
    A, b = i["A"], i["b"]
    return (np.sum(np.linalg.solve(A, b)**2) + np.sum(np.linalg.slogdet(A)[1]) + np.sum(np.linalg.det(A))
            + np.sum(np.linalg.inv(A) @ b) + np.sum(np.trace(A, axis1=1, axis2=2)**2))


@objective("A", lambda r: dict(A=numpy.stack([spd(r, 3) for _ in range(4)])))
def batches_of_cholesky(np, i):
    L = np.linalg.cholesky(i["A"])
    return np.sum(L**3) + np.sum(np.log(np.diagonal(L, axis1=-2, axis2=-1)))


@objective("A", normal(A=(3, 3), x=3))
def exponential_series(np, i):
    term = total = np.eye(3)
    for k in range(1, 12):
        term = term @ i["A"]/(3*k)
        total = total + term
    return np.sum((total @ i["x"])**2) + np.trace(np.linalg.matrix_power(i["A"], 4))


@objective("A", lambda r: dict(A=spd(r, 3)))
def newton_schulz(np, i):
    A = i["A"]
    X = A.T/np.trace(A)**2
    for _ in range(6):
        X = X @ (2*np.eye(3) - A @ X)
    return np.sum(X**2)


# -- sums over labels -------------------------------------------------------------------------------------------------

@objective("G U V W", normal(T=(4, 5, 3), G=(2, 2, 2), U=(4, 2), V=(5, 2), W=(3, 2)))
def tucker(np, i):
    return np.sum((i["T"] - np.einsum("abc,ia,jb,kc->ijk", i["G"], i["U"], i["V"], i["W"]))**2)


@objective("A B", normal(A=(2, 3, 4), B=(4, 3, 2)))
def tensordots(np, i):
    A, B = i["A"], i["B"]
    return (np.sum(np.tensordot(A, B, axes=([1, 2], [1, 0]))**2) + np.sum(np.tensordot(A, B, 1)**2)
            + np.inner(A[0, 0], B[:, 0, 0]) + np.sum(np.einsum(A, [0, 1, 2], B, [2, 1, 3], [0, 3])**3))


@objective("A", normal(A=(4, 4), B=(4, 4)))
def diagonals(np, i):
    A = i["A"]
    return (np.sum(np.einsum("ii,ij->j", A, i["B"])**2) + np.einsum("ii", A @ A) + np.trace(A, offset=1)**3
            + np.sum(np.diag(np.diag(A), 1)**3) + np.sum(np.diagonal(A, -2)**4))


@objective("a b", normal(a=(4, 3), b=(4, 3)))
def vector_products(np, i):
    return np.sum(np.cross(i["a"], i["b"])**2)


# -- networks ---------------------------------------------------------------------------------------------------------

@objective("q k v o", normal(X=(6, 4), Y=(6, 4), q=(4, 4), k=(4, 4), v=(4, 4), o=(4, 4)))
def causal_attention(np, i):
    q, k, v = [np.transpose(np.reshape(i["X"] @ i[w], (6, 2, 2)), (1, 0, 2)) for w in "qkv"]
    P = softmax(np, np.matmul(q, np.swapaxes(k, 1, 2))/numpy.sqrt(2) + numpy.triu(numpy.full((6, 6), -1e9), 1))
    return np.mean((np.reshape(np.transpose(np.matmul(P, v), (1, 0, 2)), (6, 4)) @ i["o"] - i["Y"])**2)


@objective("W g b v", normal(X=(9, 3), W=(3, 4), g=4, b=4, v=4, y=9))
def batch_normalisation(np, i):
    z = i["X"] @ i["W"]
    z = (z - np.mean(z, axis=0))/np.sqrt(np.var(z, axis=0) + 1e-5)
    return np.mean((np.maximum(z*i["g"] + i["b"], 0.0) @ i["v"] - i["y"])**2)


@objective("K v", normal(X=(2, 4, 6), K=(3, 3, 2), v=2))
def convolution_and_pooling(np, i):
    P, K = np.pad(i["X"], ((0, 0), (1, 1), (1, 1))), i["K"]
    Y = np.maximum(sum(P[:, a:a + 4, b:b + 6, None]*K[a, b] for a in range(3) for b in range(3)), 0)
    return np.sum(np.mean(np.max(np.reshape(Y, (2, 2, 2, 3, 2, 2)), axis=(2, 4)), axis=(1, 2)) @ i["v"])


@objective("x k", normal(x=12, k=3))
def convolutions(np, i):
    x, k = i["x"], i["k"]
    return (np.sum(np.convolve(x, k, "valid")**2) + np.sum(np.convolve(x, k)**3)
            + np.sum(np.sin(np.convolve(x, k, "same"))))


@objective("z r h b", normal(X=(6, 3), z=(4, 7), r=(4, 7), h=(4, 7), b=4, y=4))
def gated_recurrent_unit(np, i):
    s = np.zeros(4)
    for t in range(6):
        both = np.concatenate([i["X"][t], s])
        z, r = sigmoid(np, i["z"] @ both + i["b"]), sigmoid(np, i["r"] @ both)
        s = (1 - z)*s + z*np.tanh(i["h"] @ np.concatenate([i["X"][t], r*s]))
    return np.sum((s - i["y"])**2)


@objective("W b", normal(X=(2, 5, 2), Y=(2, 5, 3), W=(5, 12), b=12))
def long_short_term_memory(np, i):
    h = c = numpy.zeros((2, 3))
    total = 0.0
    for t in range(5):
        a, b, o, g = np.split(np.hstack([i["X"][:, t], h]) @ i["W"] + i["b"], 4, axis=1)
        c = sigmoid(np, a)*c + sigmoid(np, b)*np.tanh(g)
        h = sigmoid(np, o)*np.tanh(c)
        total = total + np.sum(h*i["Y"][:, t])
    return total


@objective("W V g", normal(X=(5, 4), W=(4, 6), V=(4, 6), g=4))
def gated_units_of_normed_rows(np, i):
    x = i["X"]/np.sqrt(np.mean(i["X"]**2, -1, keepdims=True) + 1e-6)*i["g"]
    z = x @ i["W"]
    return np.mean((z*sigmoid(np, z)*(x @ i["V"]))**2)


@objective("M S W", normal(M=(5, 2), S=(5, 2), e=(5, 2), W=(2, 3), X=(5, 3)))
def variational_autoencoder(np, i):
    M, S = i["M"], i["S"]
    return np.sum((i["X"] - (M + np.exp(S/2)*i["e"]) @ i["W"])**2) - np.sum(1 + S - M**2 - np.exp(S))/2


@objective("Z", lambda r: dict(Z=r.standard_normal((5, 4)), y=r.integers(0, 4, (5, 1))))
def cross_entropy_by_positions(np, i):
    log_sum = np.log(np.sum(np.exp(i["Z"]), axis=1, keepdims=True))
    return -np.sum(np.take_along_axis(i["Z"] - log_sum, i["y"], axis=1))


# -- likelihoods, kernels, time series --------------------------------------------------------------------------------

@objective("p", lambda r: dict(t=numpy.sort(3*r.random(10)), y=r.standard_normal(10), p=numpy.array([0.1, 0.3, -1.0])))
def matern(np, i):
    t, p = i["t"], i["p"]
    d = numpy.sqrt(3.0)*np.abs(t[:, None] - t[None, :])/np.exp(p[0])
    L = np.linalg.cholesky(np.exp(p[1])*(1 + d)*np.exp(-d) + np.exp(p[2])*np.eye(10))
    return np.sum(np.linalg.solve(L, i["y"])**2)/2 + np.sum(np.log(np.diag(L)))


@objective("Z l s", lambda r: dict(X=r.standard_normal((9, 2)), Z=r.standard_normal((3, 2)), y=r.standard_normal(9),
                                   l=1.1, s=0.6))
def inducing_points(np, i):
    Z, y, s = i["Z"], i["y"], i["s"]

    def kernel(a, b):
        return np.exp(-np.sum((a[:, None, :] - b[None, :, :])**2, axis=-1)/(2*i["l"]**2))

    A = np.linalg.solve(np.linalg.cholesky(kernel(Z, Z) + 1e-3*np.eye(3)), kernel(Z, i["X"]))/s
    L = np.linalg.cholesky(np.eye(3) + A @ A.T)
    c = np.linalg.solve(L, A @ y)/s
    return (9*np.log(s) + np.sum(np.log(np.diagonal(L))) + np.dot(y, y)/(2*s**2) - np.dot(c, c)/2
            + (9/s**2 - np.trace(A @ A.T))/2)


@objective("A C Q r", lambda r: dict(A=0.5*r.standard_normal((3, 3)), C=r.standard_normal((2, 3)),
                                     Q=r.standard_normal((3, 3)), r=0.8, Y=r.standard_normal((9, 2))))
def kalman_filter(np, i):
    A, C, Q, R = i["A"], i["C"], i["Q"] @ i["Q"].T, i["r"]**2*np.eye(2)
    m, P, total = numpy.zeros(3), numpy.eye(3), 0.0
    for t in range(9):
        m, P = A @ m, A @ P @ A.T + Q
        S, e = C @ P @ C.T + R, i["Y"][t] - C @ m
        K = np.linalg.solve(S, C @ P).T
        total = total + (np.linalg.slogdet(S)[1] + e @ np.linalg.solve(S, e))/2
        m, P = m + K @ e, P - K @ C @ P
    return total


@objective("W T", lambda r: dict(X=r.standard_normal((8, 3)), W=r.standard_normal((3, 4)), T=r.standard_normal((4, 4)),
                                 y=r.integers(0, 4, 8)))
def conditional_random_field(np, i):
    E, T, y = i["X"] @ i["W"], i["T"], i["y"]
    a = E[0]
    for t in range(1, 8):
        a = np.log(np.sum(np.exp(a[:, None] + T), axis=0)) + E[t]
    return np.log(np.sum(np.exp(a))) - np.sum(E[numpy.arange(8), y]) - np.sum(T[y[:-1], y[1:]])


@objective("p", lambda r: dict(y=r.standard_normal(20), p=numpy.array([0.1, 0.2, 0.7])))
def garch(np, i):
    h, total, p = np.var(i["y"]), 0.0, i["p"]
    for t in range(20):
        total = total + (np.log(h) + i["y"][t]**2/h)/2
        h = p[0] + p[1]*i["y"][t]**2 + p[2]*h
    return total


@objective("a b", normal(X=(20, 3), Y=(20, 2), a=3, b=2))
def canonical_correlation(np, i):
    u, v = i["X"] @ i["a"], i["Y"] @ i["b"]
    return -np.dot(u - np.mean(u), v - np.mean(v))/(np.std(u)*np.std(v)*20)


@objective("X", normal(X=(3, 10)))
def log_determinant_of_covariance(np, i):
    return np.linalg.slogdet(np.cov(i["X"]))[1]


@objective("P", lambda r: dict(P=spd(r, 4), S=spd(r, 4)))
def graphical_lasso(np, i):
    P = i["P"]
    return (-np.linalg.slogdet(P)[1] + np.sum(i["S"]*P)
            + 0.2*(np.sum(np.abs(P)) - np.sum(np.abs(np.diag(P)))))


@objective("C", lambda r: dict(C=r.random((4, 5))))
def optimal_transport(np, i):
    K, u = np.exp(-i["C"]/0.3), np.ones(4)/4
    for _ in range(8):
        v = 0.2/(K.T @ u)
        u = 0.25/(K @ v)
    return np.sum(u[:, None]*K*v*i["C"])


@objective("U V", lambda r: dict(U=r.standard_normal((6, 2)), V=r.standard_normal((5, 2)), a=r.integers(0, 6, 20),
                                 b=r.integers(0, 5, 20), y=r.standard_normal(20)))
def factors_of_listed_entries(np, i):
    return (np.sum((np.sum(i["U"][i["a"]]*i["V"][i["b"]], axis=1) - i["y"])**2)
            + 0.1*(np.linalg.norm(i["U"])**2 + np.linalg.norm(i["V"], "fro")**2))


# -- entries: running, moved, chosen, ordered -------------------------------------------------------------------------

@objective("v", lambda r: dict(v=r.standard_normal(5), c=r.random(6)))
def stick_breaking(np, i):
    b = sigmoid(np, i["v"])
    return np.sum(i["c"]*np.log(np.concatenate([b, np.ones(1)])*np.concatenate([np.ones(1), np.cumprod(1 - b)])))


@objective("x", normal(x=9, y=9))
def differences_and_rings(np, i):
    x = i["x"]
    return (np.sum(np.sqrt(np.diff(x)**2 + 1e-2)) + np.sum(np.diff(x, n=3)**4) + np.sum((np.cumsum(x) - i["y"])**2)
            + np.sum(np.cos(x - np.roll(x, 3))) + np.trapezoid(np.exp(x), i["y"]) + np.sum(np.gradient(x)**2))


@objective("x", normal(x=9))
def pieces(np, i):
    x = 2*i["x"]
    return (np.sum(np.where((x > 0) & (x < 1), x**2, np.where(x >= 1, 2*x - 1, np.exp(x) - 1)))
            + np.sum(np.minimum(x, np.sin(x))) + np.sum(x*(x > 0)))


@objective("x", normal(x=9, y=9))
def order_statistics(np, i):
    x = i["x"]
    return np.mean((np.sort(x) - np.sort(i["y"]))**2) + np.median(np.abs(x - np.median(x)))


@objective("x A", normal(x=6, A=(3, 4)))
def norms(np, i):
    x, A = i["x"], i["A"]
    return (np.linalg.norm(x, 1) + np.linalg.norm(x, np.inf) + np.linalg.norm(x, 3) + np.sum(np.linalg.norm(A, axis=0))
            + np.linalg.norm(A, 1) + np.linalg.norm(A, np.inf))


@objective("x Y", normal(x=6, Y=(2, 3)))
def borders_and_stacks(np, i):
    x, Y = i["x"], i["Y"]
    return (np.sum(np.stack([np.reshape(x, (2, 3)), Y, Y[::-1]], axis=1)**3) + np.sum(np.pad(x, (2, 1), mode="edge")**2)
            + np.sum(np.pad(x, 2, mode="reflect")**3) + np.sum(np.tile(x, (2, 2))[:, :3]*Y)
            + np.sum(np.vstack([Y, np.ones((1, 3))]) @ np.hstack([Y.T, Y.T])) + np.sum(np.fliplr(Y)*np.rot90(Y, 2)**2)
            + np.sum(np.subtract.outer(x, x[:2])**4) + np.sum(np.repeat(x, 2)**3))


@objective("a b c", normal(a=(3, 1, 2), b=(1, 4, 1), c=2))
def broadcasting(np, i):
    return np.sum(np.tanh(i["a"]*i["b"] + i["c"])) + np.sum(np.squeeze(i["a"], 1) @ np.ones((2, 1)))**2


@objective("a x", lambda r: dict(a=numpy.zeros((0, 3)), x=r.standard_normal(3)))
def nothing_in_an_axis(np, i):
    return np.sum(i["a"] @ i["x"]) + np.sum(i["x"]**2) + np.prod(i["a"])
