"""A function written for NumPy and a point go in; its derivatives by complex steps, right to the rounding, come out.

HOLOMORPHIC is NumPy with words that have an analytic continuation in the place of those that have none.
"""
import numpy as np

STEP = 1e-40


def derivative(objective, inputs, name, direction):
    """The derivative of objective(np, inputs) in the input `name` along a direction."""
    moved = np.asarray(inputs[name]) + 1j*STEP*np.asarray(direction)
    return float(np.imag(objective(HOLOMORPHIC, {**inputs, name: moved}))/STEP)


def gradient(objective, inputs, name):
    """All partial derivatives in one input."""
    shape = np.shape(inputs[name])
    found = np.zeros(shape)
    for k in np.ndindex(shape):
        direction = np.zeros(shape)
        direction[k] = 1.0
        found[k] = derivative(objective, inputs, name, direction)
    return found


def _cholesky(A):
    A = (A + np.swapaxes(A, -1, -2))/2
    L = np.zeros_like(A)
    for j in range(A.shape[-1]):
        L[..., j, j] = np.sqrt(A[..., j, j] - np.sum(L[..., j, :j]**2, -1))
        for i in range(j + 1, A.shape[-1]):
            L[..., i, j] = (A[..., i, j] - np.sum(L[..., i, :j]*L[..., j, :j], -1))/L[..., j, j]
    return L


def _slogdet(A):
    d = np.linalg.det(A)
    return np.sign(np.real(d)), np.log(d*np.sign(np.real(d)))


def _absolute(z):
    return z*np.sign(np.real(z))


def _largest(x, axis=None, keepdims=False):
    if axis is None:
        return np.ravel(x)[np.argmax(np.real(x))]
    for k in sorted(axis if isinstance(axis, tuple) else (axis,), reverse=True):
        x = np.take_along_axis(x, np.expand_dims(np.argmax(np.real(x), k), k), k)
    return x if keepdims else np.squeeze(x, axis)


def _norm(x, ord=None, axis=None):
    if ord in (None, "fro"):
        return np.sqrt(np.sum(x**2, axis))
    size = _absolute(x)
    if x.ndim == 2 and axis is None:
        return _largest(np.sum(size, 0 if ord == 1 else 1))
    return _largest(size, axis) if ord == np.inf else np.sum(size**ord, axis)**(1/ord)


def _logaddexp(a, b):
    m = np.maximum(np.real(a), np.real(b))
    return m + np.log(np.exp(a - m) + np.exp(b - m))


def _variance(x, axis=None, ddof=0):
    far = x - np.mean(x, axis, keepdims=True)
    return np.sum(far**2, axis)/(np.size(x)/np.size(np.sum(x, axis)) - ddof)


class _Linalg:
    inv, solve, det, matrix_power = np.linalg.inv, np.linalg.solve, np.linalg.det, np.linalg.matrix_power
    cholesky, slogdet, norm = staticmethod(_cholesky), staticmethod(_slogdet), staticmethod(_norm)


class _Holomorphic:
    linalg = _Linalg
    abs, max, logaddexp, var = map(staticmethod, (_absolute, _largest, _logaddexp, _variance))

    def __getattr__(self, name):
        return getattr(np, name)

    @staticmethod
    def min(x, axis=None, keepdims=False):
        return -_largest(-x, axis, keepdims)

    @staticmethod
    def maximum(a, b):
        return np.where(np.real(a) > np.real(b), a, b)

    @staticmethod
    def minimum(a, b):
        return np.where(np.real(a) < np.real(b), a, b)

    @staticmethod
    def std(x, axis=None, ddof=0):
        return np.sqrt(_variance(x, axis, ddof))

    @staticmethod
    def cov(x):
        far = x - np.mean(x, 1, keepdims=True)
        return far @ far.T/(x.shape[1] - 1)

    @staticmethod
    def sort(x):
        return x[np.argsort(np.real(x))]

    @staticmethod
    def median(x):
        ordered = x[np.argsort(np.real(x))]
        return (ordered[(x.size - 1)//2] + ordered[x.size//2])/2


HOLOMORPHIC = _Holomorphic()
