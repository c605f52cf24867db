"""Words that remove axes or run along one: an array and axes go in, a node comes out; NumPy's names and meaning."""
from numbers import Integral, Real

import sympy as sp

from ..errors import ArgumentError
from .axes import one_axis, operand, require_rank, some_axes, word
from .core import elementwise, make, sizes_of


def _reduced(args, attributes):
    axes, keepdims = attributes
    return tuple([1 if k in axes else s for k, s in enumerate(sizes_of(args[0])) if keepdims or k not in axes])


def _same(args, attributes):
    return sizes_of(args[0])


for _name in ("sum", "mean", "prod", "max", "min", "logsumexp", "norm"):
    word(_name)(_reduced)
for _name in ("softmax", "log_softmax", "cumsum", "cumprod"):
    word(_name)(_same)


def _reduction(name, x, axis, keepdims):
    x = operand(x)
    return make(name, (x,), (some_axes(x, axis, name), 1 if keepdims else 0))


def sum(x, axis=None, keepdims=False):
    """The sum over one axis, several, or all."""
    return _reduction("sum", x, axis, keepdims)


def mean(x, axis=None, keepdims=False):
    """The mean over one axis, several, or all."""
    return _reduction("mean", x, axis, keepdims)


def prod(x, axis=None, keepdims=False):
    """The product over one axis, several, or all."""
    return _reduction("prod", x, axis, keepdims)


def max(x, axis=None, keepdims=False):
    """The largest entry along axes; ties share the derivative equally.  Of two arrays entry by entry: `maximum`."""
    return _reduction("max", x, axis, keepdims)


def min(x, axis=None, keepdims=False):
    """The smallest entry along axes; ties share the derivative equally.  Of two arrays entry by entry: `minimum`."""
    return _reduction("min", x, axis, keepdims)


def logsumexp(x, axis=None, keepdims=False):
    """log Σ exp x along axes, without overflow."""
    return _reduction("logsumexp", x, axis, keepdims)


def norm(x, ord=None, axis=None, keepdims=False):
    """The Euclidean norm of vectors, Frobenius of matrices; of vectors also of the orders p, inf, -inf and 0, of
    matrices the largest (smallest) sum of a column (1, -1) or a row (inf, -inf)."""
    x = operand(x)
    axes = some_axes(x, axis, "norm")
    if ord is None or ord == "fro" and len(axes) == 2 or len(axes) == 1 and ord == 2:
        return make("norm", (x,), (axes, 1 if keepdims else 0))
    size = elementwise(sp.Abs, x)
    if len(axes) == 1 and isinstance(ord, Real) and not isinstance(ord, bool):
        if abs(ord) == float("inf"):
            if sizes_of(x)[axes[0]] == 0:
                if ord < 0:
                    raise ArgumentError("nothing is the least of no entries.", where=f"norm({x}, {ord})", do="give entries.")
                return sum(size, axes, keepdims)
            return (max if ord > 0 else min)(size, axes, keepdims)
        if ord == 0:
            return sum(elementwise(sp.Ne, x, 0), axes, keepdims)
        if ord == 1:
            return sum(size, axes, keepdims)
        one_over = sp.Rational(1, int(ord)) if isinstance(ord, Integral) else 1/float(ord)
        return elementwise(sp.Pow, sum(elementwise(sp.Pow, size, ord), axes, keepdims), one_over)
    if len(axes) == 2 and isinstance(ord, Real) and abs(ord) in (1, float("inf")):
        rows, columns = axes if axis is None else [one_axis(k, len(sizes_of(x)), lambda: f"norm({x})") for k in axis]
        inner, outer = (rows, columns) if abs(ord) == 1 else (columns, rows)
        largest = max if ord > 0 else min
        if keepdims:
            return largest(sum(size, inner, True), outer, True)
        return largest(sum(size, inner), outer - (outer > inner))
    from .axes import no_primitive
    raise no_primitive(f"the norm of order {ord!r}", "write it with sum, abs and powers; the norms of singular values "
                                                     "have none.")


def variance(x, axis=None, ddof=0, keepdims=False):
    """The mean square distance from the mean along axes; `ddof` is taken from the number of entries."""
    x = operand(x)
    axes = some_axes(x, axis, "var")
    square = elementwise(sp.Pow, x - mean(x, axes, True), 2)
    if ddof == 0:
        return mean(square, axes, keepdims)
    count = 1
    for k in axes:
        count = count*x.sizes[k]
    return sum(square, axes, keepdims)/(count - ddof)


def _along(name, x, axis):
    x = operand(x)
    require_rank(name, x, 1)
    return make(name, (x,), (one_axis(axis, len(x.sizes), lambda: f"{name}({x}, axis={axis})"),))


def softmax(x, axis=-1):
    """exp x / Σ exp x along one axis."""
    return _along("softmax", x, axis)


def log_softmax(x, axis=-1):
    """The logarithm of softmax along one axis, without overflow."""
    return _along("log_softmax", x, axis)


def _running(name, x, axis):
    x = operand(x)
    if axis is None and len(sizes_of(x)) != 1:
        from .arrange import ravel
        x = ravel(x)
    return _along(name, x, 0 if axis is None else axis)


def cumsum(x, axis=None):
    """Sums of the first 1, 2, 3, … entries along an axis; of all entries in order when no axis is given."""
    return _running("cumsum", x, axis)


def cumprod(x, axis=None):
    """Products of the first 1, 2, 3, … entries along an axis; of all entries in order when no axis is given."""
    return _running("cumprod", x, axis)
