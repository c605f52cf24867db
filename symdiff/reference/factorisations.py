"""Linear algebra of the tape: NumPy and SciPy values, pullbacks written with other operations of the tape.

A matrix that cannot be factored gives nan.  Cholesky reads the symmetric part, so its cotangent is symmetric.
"""
import numpy as np
import scipy.linalg

from .arrangement import reshape, swap, unbatch
from .recorder import do, operation


def or_nan(run):
    """A factorisation that answers nan, of the right shape, where LAPACK refuses."""
    def guarded(*args):
        try:
            return run(*args)
        except np.linalg.LinAlgError:
            return np.full(np.shape(args[-1]), np.nan)
    return guarded


def transposed(a):
    return np.swapaxes(a, -1, -2)


def cholesky(a):
    return np.linalg.cholesky((a + transposed(a))/2)


def logdet(a):
    """log det a: nan where the determinant is negative."""
    sign, value = np.linalg.slogdet(a)
    return np.where(sign < 0, np.nan, value)[()]


def triangular_solve(lower, flipped, t, b):
    """t x = b, or transpose(t) x = b, reading one triangle of t only."""
    column = b.ndim == 1
    right = b[:, None] if column else b
    batch = np.broadcast_shapes(t.shape[:-2], right.shape[:-2])
    t, right = np.broadcast_to(t, batch + t.shape[-2:]), np.broadcast_to(right, batch + right.shape[-2:])
    x = np.empty(right.shape)
    for i in np.ndindex(batch):
        x[i] = scipy.linalg.solve_triangular(t[i], right[i], trans=flipped, lower=bool(lower), check_finite=False)
    return x[:, 0] if column else x


def outer_back(w, x, a):
    """w xᵀ summed to the matrix a, for vectors or for columns of right sides."""
    if w.ndim == 1:
        return do("matmul", reshape(w, (w.size, 1)), reshape(x, (1, x.size)))
    return unbatch(do("matmul", w, swap(x)), a)


def right_side(w, b):
    return unbatch(w, b) if b.ndim > 1 else w


def pull_matrix_of_solve(g, y, a, b):
    return -outer_back(do("solve", swap(a), g), y, a)


def pull_triangle(g, y, lower, flipped, t, b):
    w = do("triangular_solve", t, g, settings=(lower, 1 - flipped))
    full = outer_back(y, w, t) if flipped else outer_back(w, y, t)
    return -do("tril" if lower else "triu", full, settings=(0,))


def scaled(g, matrix):
    """One number for each matrix, times it."""
    return reshape(g, (*g.shape, 1, 1))*matrix


def pull_cholesky(g, y, a):
    """½(S + Sᵀ) with S = L⁻ᵀ Φ(Lᵀ ḡ) L⁻¹, Φ the lower triangle with its diagonal halved (Murray 2016)."""
    n = a.shape[-1]
    inner = do("matmul", swap(y), g)*(np.tril(np.ones((n, n))) - 0.5*np.eye(n))
    half = swap(do("triangular_solve", y, inner, settings=(1, 1)))
    s = do("triangular_solve", y, half, settings=(1, 1))
    return 0.5*(s + swap(s))


def inverse_transposed(a):
    return swap(do("inv", a))


operation("solve", or_nan(np.linalg.solve), pull_matrix_of_solve,
          lambda g, y, a, b: right_side(do("solve", swap(a), g), b))
operation("triangular_solve", or_nan(triangular_solve), pull_triangle,
          lambda g, y, lower, flipped, t, b:
          right_side(do("triangular_solve", t, g, settings=(lower, 1 - flipped)), b))
operation("inv", or_nan(np.linalg.inv), lambda g, y, a: -do("matmul", do("matmul", swap(y), g), swap(y)))
operation("det", np.linalg.det, lambda g, y, a: scaled(g*y, inverse_transposed(a)))
operation("logdet", logdet, lambda g, y, a: scaled(g, inverse_transposed(a)))
operation("log_abs_det", lambda a: np.linalg.slogdet(a)[1], lambda g, y, a: scaled(g, inverse_transposed(a)))
operation("sign_det", lambda a: np.linalg.slogdet(a)[0])
operation("cholesky", or_nan(cholesky), pull_cholesky)
operation("tril", lambda k, x: np.tril(x, k), lambda g, y, k, x: do("tril", g, settings=(k,)))
operation("triu", lambda k, x: np.triu(x, k), lambda g, y, k, x: do("triu", g, settings=(k,)))
operation("diagonal", lambda x: np.diagonal(x, axis1=-2, axis2=-1),
          lambda g, y, x: do("on_diagonal", g, settings=(x.shape,)))


def on_diagonal(shape, d):
    """Zeros with d on the diagonal of the last two axes."""
    x = np.zeros(shape)
    i = np.arange(d.shape[-1])
    x[..., i, i] = d
    return x


operation("on_diagonal", on_diagonal, lambda g, y, shape, d: do("diagonal", g))
operation("trace", lambda x: np.trace(x, axis1=-2, axis2=-1)[()],
          lambda g, y, x: scaled(g, np.eye(*x.shape[-2:])))
