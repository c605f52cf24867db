"""Recipes for long chains of single numbers, over any numbers: inputs, words and a length go in, outputs come out.

    CHAINS[name] = (recipe, length -> number of inputs, lengths, lowest and highest input)
"""
from functools import reduce

CHAINS = {}


def chain(inputs, lengths, low, high):
    """A decorator: the function (x, o, length) is the recipe of its name; `inputs` is a number or a function."""
    def add(recipe):
        CHAINS[recipe.__name__] = recipe, inputs if callable(inputs) else lambda _: inputs, lengths, low, high
        return recipe
    return add


def total(terms):
    """The sum from left to right, without a 0 in front."""
    return reduce(lambda a, b: a + b, terms)


@chain(20, (5, 50), -1, 1)
def heat(x, o, length):
    u = list(x)
    for _ in range(length):
        u = [u[0], *[u[i] + o.rat(1, 4)*(u[i - 1] - 2*u[i] + u[i + 1]) + o.rat(1, 100)*u[i]*(1 - u[i]**2)
                     for i in range(1, 19)], u[-1]]
    return u[10:13]


@chain(6, (10, 150), 0.2, 1.0)
def predators_and_prey(x, o, length):
    a, b, c, d, u, v = x
    h = o.rat(1, 20)

    def flow(u, v):
        return a*u - b*u*v, d*u*v - c*v

    for _ in range(length):
        p = flow(u, v)
        q = flow(u + h/2*p[0], v + h/2*p[1])
        r = flow(u + h/2*q[0], v + h/2*q[1])
        s = flow(u + h*r[0], v + h*r[1])
        u, v = (w + h/6*(p[k] + 2*q[k] + 2*r[k] + s[k]) for k, w in enumerate((u, v)))
    return [u, v]


@chain(3, (20, 600), -0.4, 0.4)
def clothoid(x, o, length):
    k, c, s = x
    X = Y = 0*s
    for j in range(length):
        t = o.rat(2*j + 1, 2*length)*(1 + s)
        X, Y = X + o.cos(k*t + c*t**2/2)*(1 + s)/length, Y + o.sin(k*t + c*t**2/2)*(1 + s)/length
    return [X, Y]


@chain(3, (30, 3000), 0.5, 2.0)
def fraction(x, o, length):
    v = 1 + 0*x[0]
    for j in range(length, 0, -1):
        v = x[0] + j*x[1]/(x[2] + v)
    return [v]


def _minors(M):
    if len(M) == 1:
        return M[0][0]
    return total((-1)**j*M[0][j]*_minors([row[:j] + row[j + 1:] for row in M[1:]]) for j in range(len(M)))


@chain(lambda n: n*n, (3, 5), -1, 1)
def determinant(x, o, length):
    return [_minors([list(x[i*length:(i + 1)*length]) for i in range(length)])]


@chain(1, (5, 1000), -0.9, 0.9)
def legendre(x, o, length):
    p, q = 1 + 0*x[0], x[0]
    for n in range(1, length):
        p, q = q, o.rat(2*n + 1, n + 1)*x[0]*q - o.rat(n, n + 1)*p
    return [q]


@chain(lambda n: n + 1, (8, 120), -0.9, 0.9)
def clenshaw(x, o, length):
    b = c = 0*x[0]
    for a in reversed(x[2:]):
        b, c = 2*x[0]*b - c + a, b
    return [x[0]*b - c + x[1]]


@chain(2, (10, 60), 0.3, 3.0)
def bessel(x, o, length):
    term = series = 1 + 0*x[0]
    for k in range(1, length):
        term = -term*x[0]**2/(4*k*(k + x[1]))
        series = series + term
    return [series]


@chain(lambda n: n, (3, 24), -1.5, 1.5)
def joints(x, o, length):
    P = [[(1 if i == j else 0) + 0*x[0] for j in range(4)] for i in range(3)]
    for k, angle in enumerate(x):
        c, s, a, b = o.cos(angle), o.sin(angle), o.rat((3, -4, 5)[k % 3], 5), o.rat((4, 3, 0)[k % 3], 5)
        T = [[c, -s*b, s*a, o.rat(1, k + 1)*c], [s, c*b, -c*a, o.rat(1, k + 1)*s], [0, a, b, o.rat(1, 10)]]
        P = [[total(row[m]*T[m][j] for m in range(3)) + (row[3] if j == 3 else 0) for j in range(4)] for row in P]
    return [row[3] for row in P]


@chain(lambda n: 2*n, (4, 32), -1, 1)
def butterflies(x, o, length):
    def transform(a):
        n = len(a)
        if n == 1:
            return a
        even, odd = transform(a[::2]), transform(a[1::2])
        turned = []
        for k, (p, q) in enumerate(odd):
            c, s = o.cos(o.rat(2*k, n)), -o.sin(o.rat(2*k, n))
            turned.append((c*p - s*q, c*q + s*p))
        return [(e[0] + z*t[0], e[1] + z*t[1]) for z in (1, -1) for e, t in zip(even, turned)]
    return [p**2 + q**2 for p, q in transform([(x[2*k], x[2*k + 1]) for k in range(length)])]


@chain(14, (5, 120), -0.8, 0.8)
def neural_flow(x, o, length):
    u, W = [x[0], x[1]], x[2:]
    for _ in range(length):
        h = [o.tanh(W[3*k]*u[0] + W[3*k + 1]*u[1] + W[3*k + 2]) for k in range(2)]
        u = [v + o.rat(1, 20)*(W[6 + 3*k]*h[0] + W[7 + 3*k]*h[1] + W[8 + 3*k]) for k, v in enumerate(u)]
    return u


@chain(4, (5, 60), 0.3, 0.9)
def option_tree(x, o, length):
    S, spread, rate, K = 1 + x[0], x[1]/2, x[2]/10, 1 + x[3]
    up, grown = o.exp(spread*o.sqrt(o.rat(1, length))), o.exp(rate/length)
    q = (grown - 1/up)/(up - 1/up)
    V = [o.log(1 + o.exp(10*(S*up**(2*k - length) - K)))/10 for k in range(length + 1)]
    for m in range(length, 0, -1):
        V = [(q*V[k + 1] + (1 - q)*V[k])/grown for k in range(m)]
    return V


@chain(2, (3, 40), 0.1, 0.8)
def kepler(x, o, length):
    M, e = x
    E = M
    for _ in range(length):
        E = E - (E - e*o.sin(E) - M)/(1 - e*o.cos(E))
    return [o.cos(E) - e, o.sqrt(1 - e**2)*o.sin(E)]


@chain(2, (5, 1000), -0.3, 0.3)
def squares_of_complex_numbers(x, o, length):
    u = v = 0*x[0]
    for _ in range(length):
        u, v = u*u - v*v + x[0], 2*u*v + x[1]
    return [u, v]


@chain(2, (3, 8), 0.5, 3.0)
def means(x, o, length):
    a, b = x
    for _ in range(length):
        a, b = (a + b)/2, o.sqrt(a*b)
    return [a, b]


@chain(lambda n: n + 1, (5, 150), -0.9, 0.9)
def horner(x, o, length):
    v = 0*x[0]
    for c in x[1:]:
        v = v*x[0] + c
    return [v]


@chain(lambda n: n*(n + 1)//2, (3, 9), -0.5, 0.5)
def triangular_factor(x, o, length):
    A, L = [], []
    for i in range(length):
        A.append([x[i*(i + 1)//2 + j] + (length if i == j else 0) for j in range(i + 1)])
        row = []
        for j in range(i):
            row.append((A[i][j] - total([0*x[0], *[row[k]*L[j][k] for k in range(j)]]))/L[j][j])
        L.append([*row, o.sqrt(A[i][i] - total([0*x[0], *[a**2 for a in row]]))])
    return [total(o.log(L[k][k]) for k in range(length))]
