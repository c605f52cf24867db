"""x[...]: a key as NumPy takes it goes in, a node out: "index" for positions and slices, "take" for lists of them.

An "index" key has one item per axis of x, and items for new axes:
    ("i", k)                     position k, and the axis goes
    ("s", start, stop, step)     from start up to, not including, stop; stop None: past the front, step negative
    ("n",)                       a new axis of length 1
Positions are counted from the front.  A slice that reaches beyond an axis is cut there, as in NumPy; on an axis of
symbolic length its length is written with Min and Max.
"""
import numpy as np
import sympy as sp

from .. import lengths
from ..errors import ArgumentError, SizeLost, SizeMismatch, UnknownForm
from .arrange import positions, reshape
from .axes import word
from .core import TRUTH, ArrayExpr, Constant, Node, make, sizes_of


@word("index")
def _index(args, attributes):
    axes, out = iter(sizes_of(args[0])), []
    for item in attributes[0]:
        if item[0] == "n":
            out.append(1)
        elif item[0] == "i":
            _inside(item[1], next(axes), args[0])
        else:
            next(axes)
            out.append(slice_length(*item[1:]))
    return tuple(out)


def slice_length(start, stop, step):
    """How many positions a resolved slice has."""
    if all(type(v) is int or v is None for v in (start, stop)):
        return len(range(start, -1 if stop is None else stop, step))
    if step < 0:
        start, stop, step = 0, start + 1, -step             # down to the front: as many as up from it
    between = stop - start
    if isinstance(start, sp.Max) and start.args[0] == 0:    # stop - Max(0, e) = Min(stop, stop - e)
        between = sp.Min(stop, stop - start.args[1])
    if step != 1:
        between = sp.floor((between + step - 1)/step)
    return lengths.canonical(between if between.is_nonnegative else sp.Max(0, between))


def _inside(k, length, x):
    """Refuse a position that is beyond the axis whatever its symbols are."""
    if (length - k).is_positive is False if isinstance(length - k, sp.Expr) else k >= length:
        raise SizeMismatch(f"the position {k} is beyond an axis of length {length}.",
                           where=f"an index of {x}, which is {lengths.text(sizes_of(x))}",
                           do="positions are counted from 0.")


def index(x, key):
    """x[key]."""
    items = _completed(x, key if isinstance(key, tuple) else (key,))
    lists = [k for k, item in enumerate(items) if _is_list(item)]
    if not lists:
        return _basic(x, items)
    return _take(x, items, lists)


def _is_list(item):
    if isinstance(item, Node) and item.op in TRUTH:
        raise UnknownForm("a condition as an index gives as many entries as hold, which no size tells.",
                          where=str(item),
                          do="write where(condition, x, 0).")
    return isinstance(item, (ArrayExpr, np.ndarray, list))


def _completed(x, key):
    """One item per axis and per new axis: the ellipsis written out, boolean masks as positions."""
    items = []
    for item in key:
        if isinstance(item, np.ndarray) and item.dtype == bool or isinstance(item,
            list) and item and all(isinstance(v, bool) for v in item):
            items += np.nonzero(item) if np.ndim(item) else [item]
        else:
            items.append(item)
    rank = len(sizes_of(x))
    used = sum(item is not None and item is not Ellipsis for item in items)
    if used > rank:
        raise SizeLost(f"{used} positions were given for {rank} {'axis' if rank == 1 else 'axes'}.",
                       where=f"{x} is {lengths.text(sizes_of(x))}",
                       do="give at most one per axis.")
    dots = [k for k, item in enumerate(items) if item is Ellipsis]
    if len(dots) > 1:
        raise ArgumentError("more than one ... in an index.", where=str(x), do="write one.")
    at = dots[0] if dots else len(items)
    return items[:at] + [slice(None)]*(rank - used) + items[at + 1:]


def _basic(x, items):
    axes = iter(sizes_of(x))
    key = tuple([("n",) if item is None else _resolved(item, next(axes), x) for item in items])
    if all(item == ("s", 0, n, 1) for item, n in zip(key, sizes_of(x))) and len(key) == len(sizes_of(x)):
        return x
    return make("index", (x,), (key,))


def _resolved(item, n, x):
    """One item of the key: a slice or a position on an axis of length n."""
    if isinstance(item, slice):
        return ("s", *_resolved_slice(item, n, x))
    k = _bound(item, x)
    if _negative(k):
        k = lengths.canonical(n + k) if not (type(n) is int and type(k) is int and k < -n) else n
    return "i", k


def _bound(value, x):
    """A position or a bound of a slice: an int, or an integer expression in size symbols."""
    if isinstance(value, sp.Expr) and not isinstance(value, ArrayExpr) and value.is_integer:
        return int(value) if value.is_Integer else value.expand()
    if not isinstance(value, (bool, np.bool_)) and hasattr(value, "__index__") and not isinstance(value, ArrayExpr):
        return value.__index__()
    raise ArgumentError(f"{value!r} is no position along an axis.", where=f"an index of {x}",
                        do="give integers, slices, None, ..., or lists of positions; for a condition use "
                           "where(c, x, 0).")


def _negative(k):
    return k < 0 if type(k) is int else bool(k.is_negative)


def _resolved_slice(item, n, x):
    """(start, stop, step) counted from the front, cut at the ends of the axis."""
    step = 1 if item.step is None else _bound(item.step, x)
    start, stop = (None if b is None else _bound(b, x) for b in (item.start, item.stop))
    if type(step) is not int or step == 0:
        raise ArgumentError("the step of a slice must be an int that is not 0.", where=f"an index of {x}",
                            do="write x[a:b:2].")
    if all(type(b) is int or b is None for b in (n, start, stop)):
        start, stop, step = slice(start, stop, step).indices(n)
        if start < 0:
            return 0, 0, 1                                      # backwards from before the front: nothing
        return start, None if stop < 0 else stop, step
    if step < 0:
        if start is None and stop is None:
            return n - 1, None, step
        raise ArgumentError("a slice backwards along an axis of symbolic length must be whole.",
                            where=f"an index of {x}",
                            do="write x[::-1], and slice that.")
    if start is None:
        start = 0
    elif _negative(start):
        start = sp.Max(0, n + start)
    if stop is None or stop == n:
        stop = n
    elif _negative(stop):
        stop = sp.expand(n + stop)
    elif (n - stop).is_nonnegative is not True:
        stop = sp.Min(n, stop)
    return start, stop, step


def _take(x, items, lists):
    """Lists of positions: side by side and broadcast together as in NumPy, taken along their axes joined to one."""
    first, last = lists[0], lists[-1]
    mixed = [k for k, item in enumerate(items) if item is not None and not isinstance(item, slice)]
    if any(items[k] is None or isinstance(items[k], slice) for k in range(mixed[0], mixed[-1] + 1)):
        raise ArgumentError("lists of positions must stand side by side.", where=f"an index of {x}",
                            do="transpose first, or index twice.")
    first, last = mixed[0], mixed[-1]
    plain = items[:first] + [slice(None)]*(last - first + 1) + items[last + 1:]
    x = _basic(x, plain)
    axis = sum(item is None or isinstance(item, slice) for item in items[:first])
    axes = sizes_of(x)[axis:axis + last - first + 1]
    where = None
    for item, n in zip(items[first:last + 1], axes):
        k = positions(item, n, x)
        where = k if where is None else _joined(where, n, k)
    if len(axes) > 1:
        x = reshape(x, sizes_of(x)[:axis] + (lengths.product(axes),) + sizes_of(x)[axis + len(axes):])
    return make("take", (x, where), (axis,))


def _joined(i, n, j):
    """Positions along two axes, the second of length n, as positions along both joined to one.

    A position outside of the second axis becomes one that is outside of both: i·n + j alone would be another entry's.
    """
    if type(n) is int and isinstance(i, Constant) and isinstance(j, Constant):
        return Constant(i.value.array*n + j.value.array)
    return make(sp.Piecewise, (i*n + j, (j >= 0) & (j < n), sp.S.NegativeOne, sp.true))
