"""NumPy's words for sums, differences and products that others make: arrays go in, the nodes of those come out."""
import numpy as np

from ..errors import ArgumentError, SizeMismatch
from . import arrange, elementwise as e, products, reduce
from .axes import no_primitive, one_axis, operand, plain_int, require_rank
from .core import sizes_of
from .layout import on_axis, pad, whole


# -- sums of products -------------------------------------------------------------------------------------------------

def cross(a, b):
    """The vector products of vectors of three entries along the last axes."""
    a, b = operand(a), operand(b)
    for x in (a, b):
        require_rank("cross", x, 1)
        if x.sizes[-1] != 3:
            raise SizeMismatch(f"cross of vectors of {x.sizes[-1]} entries.", where=f"cross({a}, {b})",
                               do="give three entries along the last axis; of two write a[0]*b[1] - a[1]*b[0].")
    (a0, a1, a2), (b0, b1, b2) = [[x[..., k] for k in range(3)] for x in (a, b)]
    return arrange.stack([a1*b2 - a2*b1, a2*b0 - a0*b2, a0*b1 - a1*b0], -1)


def cov(x, y=None, rowvar=True, bias=False, ddof=None):
    """The covariances of the rows (of the columns where rowvar is False)."""
    x = operand(x)
    x = arrange.atleast(x, 2) if rowvar or len(sizes_of(x)) < 2 else x.T
    require_rank("cov", x, 2, exact=True)
    if y is not None:
        y = arrange.atleast(y, 2)
        x = arrange.concatenate([x, y if rowvar or sizes_of(y)[0] == 1 else y.T], 0)
    far, count = x - reduce.mean(x, 1, True), sizes_of(x)[1] - (ddof if ddof is not None else 0 if bias else 1)
    if isinstance(count, int) and count <= 0:
        raise ArgumentError(f"covariances of {sizes_of(x)[1]} observations, divided by {count}.", where=f"cov({x})",
                            do="give more observations, which are the columns, or the rows with rowvar=False.")
    return arrange.squeeze(far @ far.T/count)


def corrcoef(x, y=None, rowvar=True):
    """The correlations of the rows (of the columns where rowvar is False)."""
    c = cov(x, y, rowvar)
    if not sizes_of(c):
        return c/c
    deviations = e.sqrt(arrange.diag(c))
    return c/deviations[:, None]/deviations[None, :]


def convolve(a, v, mode="full"):
    """Σ_j a_(k-j) v_j: everywhere both meet ("full"), where the longer one ends ("same"), where both lie in each other
    ("valid")."""
    a, v = operand(a), operand(v)
    require_rank("convolve", a, 1, exact=True)
    require_rank("convolve", v, 1, exact=True)
    n, m = (whole(x, 0, "convolve") for x in (a, v))
    if not n or not m:
        raise ArgumentError("convolve of an empty array.", where=f"convolve({a}, {v})", do="give both entries.")
    if m > n:
        (a, n), (v, m) = (v, m), (a, n)
    wide = pad(a, m - 1)
    every = products.matmul(wide[np.arange(n + m - 1)[:, None] + np.arange(m)], v[::-1])
    starts = {"full": (0, n + m - 1), "same": ((m - 1)//2, n), "valid": (m - 1, n - m + 1)}
    if mode not in starts:
        raise no_primitive(f"numpy.convolve with mode {mode!r}", 'write "full", "same" or "valid".')
    first, count = starts[mode]
    return every[first:first + count]


def correlate(a, v, mode="valid"):
    """Σ_j a_(k+j) v_j."""
    a, v = operand(a), operand(v)
    require_rank("correlate", a, 1, exact=True)
    require_rank("correlate", v, 1, exact=True)
    if whole(v, 0, "correlate") > whole(a, 0, "correlate"):
        return convolve(v, a[::-1], mode)[::-1]
    return convolve(a, v[::-1], mode)


def trapezoid(y, x=None, dx=1.0, axis=-1):
    """The integral along an axis by the rule of trapezoids."""
    y = operand(y)
    axis = one_axis(axis, len(sizes_of(y)), lambda: f"trapezoid({y})")
    if x is not None:
        x = operand(x)
        dx = arrange.diff(x, 1, axis if len(sizes_of(x)) > 1 else -1)
        if len(sizes_of(x)) == 1:
            dx = dx[(slice(None),) + (None,)*(len(y.sizes) - 1 - axis)]
    pairs = y[on_axis(axis, slice(1, None))] + y[on_axis(axis, slice(None, -1))]
    return reduce.sum(dx*pairs/2, axis)


def gradient(f, *spacing, axis=None):
    """Central differences along the axes, one-sided at the ends; a list of arrays where there are several axes."""
    f = operand(f)
    rank = len(sizes_of(f))
    axes = range(rank) if axis is None else [one_axis(k, rank, lambda: f"gradient({f})")
                                             for k in (axis if isinstance(axis, tuple) else (axis,))]
    if len(spacing) not in (0, 1, len(axes)) or any(np.ndim(h) for h in spacing):
        raise no_primitive("numpy.gradient with these spacings", "give one number, or one for each axis.")
    if any(sizes_of(f)[k] in (0, 1) for k in axes):
        raise SizeMismatch("gradient along an axis of less than two entries.", where=f"gradient({f})",
                           do="give two entries and more.")
    found = []
    for k, h in zip(axes, spacing*len(axes) if len(spacing) == 1 else spacing or (1.0,)*len(axes)):
        ends = [f[on_axis(k, slice(1, 2))] - f[on_axis(k, slice(0, 1))],
                f[on_axis(k, slice(-1, None))] - f[on_axis(k, slice(-2, -1))]]
        inner = (f[on_axis(k, slice(2, None))] - f[on_axis(k, slice(None, -2))])/2
        found.append(arrange.concatenate([ends[0], inner, ends[1]], k)/h)
    return found[0] if len(found) == 1 else found


# -- polynomials ------------------------------------------------------------------------------------------------------

def polyval(p, x):
    """p[0] x^(n-1) + … + p[n-1], by Horner's rule."""
    p, x = operand(p), operand(x)
    value = 0*x
    for k in range(whole(p, 0, "polyval")):
        value = value*x + p[k]
    return value


def vander(x, N=None, increasing=False):
    """The matrix of the powers of the entries, the highest first."""
    x = operand(x)
    require_rank("vander", x, 1, exact=True)
    count = whole(x, 0, "vander") if N is None else plain_int(N, "the number of columns")
    powers = [arrange.full_like(x, 1)]
    for _ in range(1, count):
        powers.append(powers[-1]*x)
    return arrange.stack(powers[:count] if increasing else powers[:count][::-1], 1)
