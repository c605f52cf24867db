"""NumPy's words that ask for the order of entries: arrays go in, nodes of comparisons, sums and takes come out.

The place of an entry in a line sorted is how many stand before it; all pairs of the line are compared.  A nan is the
last, as in NumPy.
"""
import math

import numpy as np

from ..errors import ArgumentError, SizeMismatch
from . import arrange, elementwise as e, reduce
from .axes import no_primitive, one_axis, one_of, operand, require_rank
from .core import sizes_of
from .layout import on_axis, take_along_axis, whole
from .loop import scan


def _line(x, axis, name):
    """(x, axis): all entries along one axis where none is named."""
    x, axis = (arrange.ravel(x), 0) if axis is None else (operand(x), axis)
    return x, one_axis(axis, len(sizes_of(x)), lambda: f"{name}({x})")


def argsort(x, axis=-1, kind=None, stable=None):
    """The positions of the entries along an axis in rising order; of equal ones the first first."""
    x, axis = _line(x, axis, "argsort")
    lines = arrange.moveaxis(x, axis, -1)
    n, places = lines.sizes[-1], arrange.arange(lines.sizes[-1])
    own, other = lines[..., :, None], lines[..., None, :]
    alike = e.eq(other, own) | e.ne(other, other) & e.ne(own, own)
    before = (other < own) | e.eq(other, other) & e.ne(own, own) | alike & (places[None, :] < places[:, None])
    rank = reduce.sum(e.where(before, 1, 0), -1)[..., :, None]
    here, wanted = (arrange.broadcast_to(k, (n, n)) for k in (places[:, None], places))
    chosen = e.where(e.eq(rank, wanted), here, 0)
    return arrange.moveaxis(reduce.sum(chosen, -2), -1, axis)


def sort(x, axis=-1, kind=None, stable=None):
    """The entries along an axis in rising order."""
    x, axis = _line(x, axis, "sort")
    return take_along_axis(x, argsort(x, axis), axis)


def quantile(x, q, axis=None, keepdims=False, method="linear"):
    """What a share q of the entries along an axis is below, between two of them by a straight line."""
    if method != "linear":
        raise no_primitive(f"numpy.quantile with method {method!r}", 'write method="linear".')
    x, axis = _line(x, axis, "quantile") if axis is not None or not keepdims else _refused()
    n, shares = whole(x, axis, "quantile"), np.asarray(q, dtype=float)
    if not n or not np.all((shares >= 0) & (shares <= 1)):
        raise ArgumentError("quantile of nothing, or of a share outside of 0 to 1.", where=f"quantile({x}, {q})",
                            do="give entries, and shares between 0 and 1.")
    ordered = sort(x, axis)
    last = ordered[on_axis(axis, n - 1)]

    def one(share):
        at = share*(n - 1)
        low = min(math.floor(at), n - 1)
        below = ordered[on_axis(axis, low)]
        value = below if at == low else below + (at - low)*(ordered[on_axis(axis, low + 1)] - below)
        value = e.where(e.ne(last, last), last, value)                          # nan if there is one
        return arrange.expand_dims(value, axis) if keepdims else value
    if not shares.ndim:
        return one(float(shares))
    found = arrange.stack([one(float(share)) for share in shares.ravel()])
    return arrange.reshape(found, shares.shape + sizes_of(found)[1:])


def _refused():
    raise no_primitive("numpy.quantile over all axes with keepdims", "name one axis, or leave keepdims out.")


def percentile(x, q, axis=None, keepdims=False, method="linear"):
    """What q percent of the entries along an axis are below."""
    return quantile(x, np.asarray(q)/100, axis, keepdims, method)


def median(x, axis=None, keepdims=False):
    """The entry in the middle of those along an axis, or the mean of the two there."""
    return quantile(x, 0.5, axis, keepdims)


def argmax(x, axis=None, keepdims=False):
    """The position of the largest entry along an axis, of equal ones the first."""
    x, axis = _line(x, axis, "argmax")
    if sizes_of(x)[axis] == 0:
        raise ArgumentError("nothing is the largest of no entries.", where=f"argmax({x})", do="give entries.")
    before = e.where((x >= reduce.max(x, axis, True)) | e.ne(x, x), 0, 1)
    return reduce.sum(reduce.cumprod(before, axis), axis, keepdims)


def argmin(x, axis=None, keepdims=False):
    """The position of the smallest entry along an axis, of equal ones the first."""
    return argmax(-operand(x), axis, keepdims)


def searchsorted(a, v, side="left"):
    """How many entries of the rising `a` are below v (side="right": or equal to it)."""
    a, v = operand(a), operand(v)
    require_rank("searchsorted", a, 1, exact=True)
    v = v[..., None] if sizes_of(v) else v
    left = one_of(side, ("left", "right"), "side of searchsorted") == "left"
    return reduce.sum(e.where(a >= v if left else a > v, 0, 1), -1)


def interp(x, xp, fp, left=None, right=None):
    """The straight lines between the points (xp, fp), xp rising, at x; beyond them the last values."""
    if left is not None or right is not None:
        raise no_primitive("numpy.interp with left or right", "write where(x < xp[0], left, ...).")
    x, xp, fp = operand(x), operand(xp), operand(fp)
    for line in (xp, fp):
        require_rank("interp", line, 1, exact=True)
    n = whole(xp, 0, "interp")
    if not n or whole(fp, 0, "interp") != n:
        raise SizeMismatch(f"interp of {n} places and {sizes_of(fp)[0]} values.", where=f"interp({x})",
                           do="give a value for each place, and one at least.")
    if n == 1:
        return arrange.broadcast_to(fp[0], sizes_of(x))
    inside = e.clip(x, xp[0], xp[n - 1])
    k = e.clip(searchsorted(xp, x, "right") - 1, 0, n - 2)
    low, high = arrange.take(xp, k), arrange.take(xp, k + 1)
    below = arrange.take(fp, k)
    return below + (arrange.take(fp, k + 1) - below)*((inside - low)/(high - low))


def running(choose, x, axis=0):
    """The largest (smallest: choose is `minimum`) of the entries so far along an axis."""
    x, axis = _line(x, axis, "accumulate")
    lines = arrange.moveaxis(x, axis, 0)
    _, later = scan(lambda best, entry: (choose(best, entry),)*2, lines[0], lines[1:])
    return arrange.moveaxis(arrange.concatenate([lines[:1], later], 0), 0, axis)
