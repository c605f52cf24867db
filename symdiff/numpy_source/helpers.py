"""Functions that NumPy lacks, written with NumPy: generated code carries a copy of those that it calls.

They say what the records of the table say, without overflow, and need nothing but `np`, `special` (scipy.special) and
one another.
"""
import numpy as np
from scipy import special


def sigmoid(x):
    """1/(1 + exp(-x)), without overflow."""
    tail = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, tail)/(1 + tail)


def logistic_pdf(x):
    """sigmoid(x)*(1 - sigmoid(x)), the derivative of sigmoid."""
    tail = np.exp(-np.abs(x))
    return tail/(1 + tail)**2


def log_sigmoid(x):
    """log(sigmoid(x))."""
    return -np.logaddexp(0, -x)


def swish(x):
    """x*sigmoid(x)."""
    return x*sigmoid(x)


def leaky_relu(x, slope):
    """x where x > 0, else slope*x."""
    return np.where(x > 0, x, slope*x)


def half_circle(x):
    """sqrt(1 - x**2)."""
    return np.sqrt((1 - x)*(1 + x))


def direction(a, b):
    """a/hypot(a, b), and 0 at the origin."""
    length = np.hypot(a, b)
    return a/np.where(length == 0, 1.0, length)


def log1mexp(x):
    """log(1 - exp(x)), for x < 0."""
    near = x > -0.6931471805599453
    return np.where(near, np.log(-np.expm1(np.where(near, x, -1.0))), np.log1p(-np.exp(np.where(near, -1.0, x))))


def log1prel(x):
    """log(1 + x)/x, and 1 at 0."""
    return np.where(x == 0, 1.0, np.log1p(x)/np.where(x == 0, 1.0, x))


def inverse_mills(x):
    """The density over the distribution function of the standard normal."""
    return np.sqrt(2/np.pi)/special.erfcx(-x/np.sqrt(2))


def softmax(x, axis):
    """exp(x) over its sum along an axis."""
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e/np.sum(e, axis=axis, keepdims=True)


def log_softmax(x, axis):
    """log(softmax(x))."""
    low = x - np.max(x, axis=axis, keepdims=True)
    return low - np.log(np.sum(np.exp(low), axis=axis, keepdims=True))


def logsumexp(x, axis=None, keepdims=False):
    """log(sum(exp(x))) along axes."""
    top = np.max(x, axis=axis, keepdims=True)
    value = top + np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True))
    return value if keepdims else np.squeeze(value, axis=axis)


def cholesky(a):
    """The lower triangular factor of the symmetric part."""
    return np.linalg.cholesky((a + np.swapaxes(a, -1, -2))/2)


def logdet(a):
    """The logarithm of the determinant of a symmetric positive definite matrix."""
    return 2*np.sum(np.log(np.diagonal(cholesky(a), axis1=-2, axis2=-1)), axis=-1)


def cofactor(a):
    """det(a)*inv(a).T, right for singular matrices too."""
    u, s, v = np.linalg.svd(a)
    n = a.shape[-1]
    others = np.prod(np.where(np.eye(n) > 0, 1.0, s[..., None, :]), axis=-1)
    return (np.linalg.det(u)*np.linalg.det(v))[..., None, None]*((u*others[..., None, :]) @ v)


def triangular_solve(a, b, lower, transposed):
    """The solution of a x = b (of a.T x = b, if transposed) with a triangular a; its other half is not read."""
    a = np.tril(a) if lower else np.triu(a)
    return np.linalg.solve(np.swapaxes(a, -1, -2) if transposed else a, b)


def placed(shape, *pieces):
    """Zeros, with pieces added at their places: (array, key) each."""
    out = np.zeros(shape)
    for piece, key in pieces:
        out[key] += piece
    return out


def scatter_add(x, indices, axis, length):
    """Zeros of a length along an axis, x added at the positions of indices, whose axes x has in its place."""
    last = x.ndim + axis
    first = last + 1 - indices.ndim
    flat = np.moveaxis(x.reshape(x.shape[:first] + (-1,) + x.shape[last + 1:]), first, 0)
    out = np.zeros((length,) + flat.shape[1:])
    np.add.at(out, indices.astype(int).reshape(-1), flat)
    return np.moveaxis(out, 0, first)


def recurrence(a, b, reverse):
    """s[k] = b[k] + a[k]*s[k - 1] along the last axis; with s[k + 1] if reverse."""
    s, n = np.array(b, dtype=float), b.shape[-1]
    for k in range(n - 2, -1, -1) if reverse else range(1, n):
        s[..., k] += a[..., k]*s[..., k + 1 if reverse else k - 1]
    return s


def scan(step, state, xs, free, length, reverse):
    """The last state, and for each result of a step the array of them all, as one vector."""
    results = [None]*length
    for t in range(length - 1, -1, -1) if reverse else range(length):
        made = step(*state, *[x[t] for x in xs], *free)
        state, results[t] = made[:len(state)], made[len(state):]
    return np.concatenate([np.ravel(part) for part in (*state, *map(np.array, zip(*results)))])
