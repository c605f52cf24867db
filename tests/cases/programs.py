"""Programs in the manner of ADBench and GradBench, at their sizes, in NumPy's words:

    PROGRAMS[name] = (what is differentiated, sizes, (rng, *size) -> inputs, (np, inputs) -> number)
"""
import numpy

PROGRAMS = {}


def program(wrt, sizes, make):
    """A decorator: the function (np, i) is a program of its name; the names in `wrt` are differentiated."""
    def add(function):
        PROGRAMS[function.__name__] = wrt.split(), sizes, make, function
        return function
    return add


def _cameras(r, cameras, points, seen):
    n = r.standard_normal
    return {"C": numpy.concatenate([0.2*n((cameras, 3)), n((cameras, 3)), 500 + 50*r.random((cameras, 1)),
                                    10*n((cameras, 2)), 0.01*n((cameras, 2))], 1),
            "X": n((points, 3)) + [0, 0, 8.0], "w": r.random(seen), "f": 100*n((seen, 2)),
            "c": r.integers(0, cameras, seen), "p": r.integers(0, points, seen)}


@program("C X w", [(21, 1000, 5000), (49, 7776, 31843)], _cameras)
def bundle_adjustment(np, i):
    """Rodrigues' rotation, projection with two coefficients of distortion, weighted errors."""
    c, X, weight = i["C"][i["c"]], i["X"][i["p"]], i["w"][:, None]
    angle = np.sqrt(np.sum(c[:, :3]**2, axis=1, keepdims=True))
    w, P = c[:, :3]/angle, X - c[:, 3:6]
    turned = P*np.cos(angle) + np.cross(w, P)*np.sin(angle) + w*np.sum(w*P, axis=1, keepdims=True)*(1 - np.cos(angle))
    q = turned[:, :2]/turned[:, 2:]
    r = np.sum(q**2, axis=1, keepdims=True)
    e = weight*(q*(1 + c[:, 9:10]*r + c[:, 10:]*r**2)*c[:, 6:7] + c[:, 7:9] - i["f"])
    return np.sum(e**2) + np.sum((1 - weight**2)**2)


@program("a", [(100,), (3000,)], lambda r, points: {
    "a": 0.3*r.standard_normal(26), "t": r.standard_normal((22, 3)), "w": r.random((points, 22)),
    "V": r.standard_normal((points, 3)), "Y": r.standard_normal((points, 3))})
def hand(np, i):
    """Five fingers of bones that turn on each other, a skin that each bone moves by its weight."""
    a, frames = i["a"], []
    for k in range(22):
        c, s, none, one = np.cos(a[6 + k % 20]), np.sin(a[6 + k % 20]), 0*a[0], 0*a[0] + 1
        rows = ([one, none, none, none, c, -s, none, s, c], [c, none, s, none, one, none, -s, none, c],
                [c, -s, none, s, c, none, none, none, one])[k % 3]
        R, t = np.reshape(np.stack(rows), (3, 3)), i["t"][k]
        if k:
            R_up, t_up = frames[k - 1 if k % 4 != 1 else 0]
            R, t = R_up @ R, R_up @ t + t_up
        frames.append((R, t))
    w = i["w"]/np.sum(i["w"], axis=1, keepdims=True)
    skin = sum(w[:, k:k + 1]*(i["V"] @ R.T + t) for k, (R, t) in enumerate(frames))
    return np.sum((skin + a[:3] - i["Y"])**2) + 0.01*np.sum(a**2)


@program("y A", [(100,), (1000,)], lambda r, steps: {"y": r.random(6), "A": r.standard_normal((6, 6))/4, "n": steps})
def runge_kutta(np, i):
    y, A, h = i["y"], i["A"], 0.01

    def flow(y):
        return np.tanh(A @ y) - 0.1*y

    for _ in range(i["n"]):
        a = flow(y)
        b = flow(y + h/2*a)
        c = flow(y + h/2*b)
        y = y + h/6*(a + 2*b + 2*c + flow(y + h*c))
    return np.sum(y**2)


@program("X", [(64,), (512,)], lambda r, n: {"X": 3*r.standard_normal((n, 3)), "n": n})
def particles(np, i):
    d = 1/(np.sum((i["X"][:, None, :] - i["X"][None, :, :])**2, axis=2) + 0.1 + np.eye(i["n"]))
    return np.sum(d**6 - d**3)/2


@program("A", [(5,), (200,)], lambda r, n: {"A": r.standard_normal((n, n))/n**0.5 + 2*numpy.eye(n)})
def dense_determinant(np, i):
    return np.linalg.slogdet(i["A"])[1]


@program("C", [(1000, 8, 10), (10_000, 16, 50)], lambda r, n, d, k: {"X": r.standard_normal((n, d)),
                                                                     "C": r.standard_normal((k, d))})
def nearest_means(np, i):
    return np.sum(np.min(np.sum((i["X"][:, None, :] - i["C"][None, :, :])**2, axis=2), axis=1))


@program("t p", [(50, 20, 500)], lambda r, n, k, m: {"t": r.standard_normal((n, k)), "p": r.standard_normal((k, m)),
                                                     "N": 1.0*r.poisson(2.0, (n, m))})
def topics(np, i):
    shares = []
    for z in (i["t"], i["p"]):
        e = np.exp(z - np.max(z, axis=1, keepdims=True))
        shares.append(e/np.sum(e, axis=1, keepdims=True))
    return -np.sum(i["N"]*np.log(shares[0] @ shares[1])) - 0.1*np.sum(np.log(shares[0]))


@program("A q r", [(50,), (400,)], lambda r, n: {
    "A": 0.3*r.standard_normal((4, 4)), "C": r.standard_normal((2, 4)), "q": 0.5, "r": 0.7,
    "Y": r.standard_normal((n, 2))})
def kalman(np, i):
    A, C, m, P, total = i["A"], i["C"], np.zeros(4), np.eye(4), 0.0
    for t in range(i["Y"].shape[0]):
        m, P = A @ m, A @ P @ A.T + np.exp(i["q"])*np.eye(4)
        S, e = C @ P @ C.T + np.exp(i["r"])*np.eye(2), i["Y"][t] - C @ m
        K = P @ C.T @ np.linalg.inv(S)
        total = total + (np.log(np.linalg.det(S)) + e @ np.linalg.solve(S, e))/2
        m, P = m + K @ e, (np.eye(4) - K @ C) @ P
    return total


@program("x", [(200,)], lambda r, steps: {"x": numpy.array([0.3, -0.4]), "n": steps})
def saddle(np, i):
    """What remains of a game after the other player's descent."""
    x, y = i["x"], 0*i["x"]
    for _ in range(i["n"]):
        y = y + 0.05*(2*(x - y) - 0.3*y**3)
    return np.sum(x**2) - np.sum((x - y)**2) + np.sum(y)/2


@program("p", [(40,), (200,)], lambda r, n: {"X": r.standard_normal((n, 3)), "y": r.standard_normal(n),
                                             "p": numpy.array([0.1, -0.2, 0.3, 0.2, -1.0]), "n": n})
def gaussian_process(np, i):
    p = i["p"]
    Z = i["X"]*np.exp(-p[:3])
    d = np.sum((Z[:, None, :] - Z[None, :, :])**2, axis=2)
    K = np.exp(2*p[3])*np.exp(-d/2) + np.exp(2*p[4])*np.eye(i["n"])
    return i["y"] @ np.linalg.solve(K, i["y"])/2 + np.linalg.slogdet(K)[1]/2
