"""Words that move, join, repeat and pick axes: arrays go in, a node comes out; NumPy's names and meaning."""
import numpy as np
import sympy as sp

from .. import lengths
from ..errors import ArgumentError, SizeLost, SizeMismatch
from .axes import by_numpy, one_axis, operand, plain_int, require_rank, shown, word
from .core import ArrayExpr, Constant, make, sizes_of


@word("transpose")
def _transpose(args, attributes):
    return tuple([sizes_of(args[0])[k] for k in attributes[0]])


def transpose(x, axes=None):
    """The axes in another order; reversed when none is given."""
    x = operand(x)
    rank = len(sizes_of(x))
    if axes is None:
        order = tuple(range(rank))[::-1]
    else:
        order = tuple([one_axis(k, rank, lambda: f"transpose({x}, {axes})") for k in axes])
        if sorted(order) != list(range(rank)):
            raise ArgumentError(f"{tuple(axes)} is no order of {rank} axes.", where=f"transpose({x}, {axes})",
                                do="name every axis once.")
    return make("transpose", (x,), (order,)) if rank > 1 else x


def swapaxes(x, a, b):
    """Two axes change places."""
    x = operand(x)
    order = list(range(len(sizes_of(x))))
    a, b = (one_axis(k, len(order), lambda: f"swapaxes({x}, {a}, {b})") for k in (a, b))
    order[a], order[b] = order[b], order[a]
    return transpose(x, order)


def moveaxis(x, source, destination):
    """Axes move to other places; the others keep their order."""
    x = operand(x)
    rank = len(sizes_of(x))
    moved = [[one_axis(k, rank, lambda: f"moveaxis({x}, {source}, {destination})")
              for k in (axes if isinstance(axes, (tuple, list)) else (axes,))] for axes in (source, destination)]
    if len(moved[0]) != len(moved[1]) or any(len(set(axes)) < len(axes) for axes in moved):
        raise ArgumentError("moveaxis needs as many places as axes, and each once.",
                            where=f"moveaxis({x}, {source}, {destination})", do="name each axis and each place once.")
    order = [k for k in range(rank) if k not in moved[0]]
    for place, k in sorted(zip(moved[1], moved[0])):
        order.insert(place, k)
    return transpose(x, order)


def matrix_transpose(x):
    """The last two axes change places."""
    x = operand(x)
    require_rank("matrix_transpose", x, 2)
    return swapaxes(x, -1, -2)


# -- sizes ------------------------------------------------------------------------------------------------------------

@word("reshape")
def _reshape(args, attributes):
    old, new = lengths.product(sizes_of(args[0])), lengths.product(attributes[0])
    if old != new:
        raise SizeMismatch(f"{lengths.text(sizes_of(args[0]))} has {old} entries, and "
                           f"{lengths.text(attributes[0])} has {new}.",
                           where=shown("reshape", args, attributes),
                           do="give sizes with as many entries; one of them may be -1.")
    return attributes[0]


def reshape(x, *sizes):
    """The same entries, last axis fastest, in other sizes; one size may be -1: what is left."""
    x, typed = operand(x), _flat(sizes)
    if sum(type(s) is int and s == -1 for s in typed) > 1:
        raise ArgumentError("only one size may be -1.", where=f"reshape({x}, {typed})", do="write out the others.")
    if -1 in typed:
        rest = [s for s in typed if not (type(s) is int and s == -1)]
        left = _quotient(lengths.product(sizes_of(x)), lengths.product(rest))
        if left is None:
            raise SizeMismatch(f"{lengths.text(sizes_of(x))} does not divide into {lengths.text(rest)}.", where=str(x),
                               do="give sizes whose product divides the number of entries.")
        typed = tuple([left if type(s) is int and s == -1 else s for s in typed])
    typed = tuple([lengths.canonical(s) for s in typed])
    return x if typed == sizes_of(x) else make("reshape", (x,), (typed,))


def _flat(sizes):
    """Sizes given one by one, or as one tuple; NumPy's ints as ints."""
    if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)):
        sizes = tuple(sizes[0])
    return tuple([s if isinstance(s, sp.Expr) and not s.is_Integer else plain_int(s, "a size") for s in sizes])


def _quotient(total, known):
    """total/known when it is a length whatever the size symbols are, else None."""
    if type(total) is int and type(known) is int:
        return total//known if known and total % known == 0 else None
    if known == 0:
        return None
    quotient = sp.cancel(total/known)
    return lengths.canonical(quotient) if sp.denom(quotient) == 1 and quotient.is_integer else None


def ravel(x):
    """All entries along one axis, last axis fastest."""
    return reshape(x, -1)


def squeeze(x, axis=None):
    """The axes of literal length 1 dropped, or those of them that are named."""
    x = operand(x)
    sizes = sizes_of(x)
    if axis is None:
        drop = {k for k, s in enumerate(sizes) if s == 1}
    else:
        drop = {one_axis(k, len(sizes), lambda: f"squeeze({x}, {axis})")
                for k in (axis if isinstance(axis, (tuple, list)) else (axis,))}
        if any(sizes[k] != 1 for k in drop):
            raise SizeMismatch(f"an axis that is not of length 1 cannot be dropped: {lengths.text(sizes)}.",
                               where=f"squeeze({x}, {axis})", do="sum over it, or take one entry.")
    return reshape(x, tuple([s for k, s in enumerate(sizes) if k not in drop]))


def expand_dims(x, axis):
    """A new axis of length 1 at the place named."""
    x = operand(x)
    places = axis if isinstance(axis, (tuple, list)) else (axis,)
    rank = len(sizes_of(x)) + len(places)
    new = {one_axis(k, rank, lambda: f"expand_dims({x}, {axis})") for k in places}
    return x[tuple([None if k in new else slice(None) for k in range(rank)])]


def atleast(x, rank):
    """NumPy's atleast_1d and atleast_2d: axes of length 1 in front."""
    x = operand(x)
    missing = rank - len(sizes_of(x))
    return x if missing <= 0 else reshape(x, (1,)*missing + sizes_of(x))


@word("broadcast_to")
def _broadcast_to(args, attributes):
    have, want = sizes_of(args[0]), attributes[0]
    try:
        fits = lengths.broadcast((have, want)) == want
    except SizeMismatch:
        fits = False
    if not fits:
        raise SizeMismatch(f"{lengths.text(have)} cannot be stretched to {lengths.text(want)}.",
                           where=shown("broadcast_to", args, attributes),
                           do="only axes of literal length 1 and missing leading axes stretch.")
    return want


def broadcast_to(x, *sizes):
    """The array repeated over more axes, by NumPy's rule."""
    return make("broadcast_to", (operand(x),), (tuple([lengths.canonical(s) for s in _flat(sizes)]),))


def full_like(x, value):
    """The value, repeated over the sizes of x."""
    return broadcast_to(value, sizes_of(operand(x)))


# -- joining ----------------------------------------------------------------------------------------------------------

@word("concatenate")
def _concatenate(args, attributes):
    axis, = attributes
    first = sizes_of(args[0])
    total = 0
    for x in args:
        s = sizes_of(x)
        if len(s) != len(first) or any(a != b for k, (a, b) in enumerate(zip(s, first)) if k != axis):
            raise SizeMismatch(f"these cannot be joined along axis {axis}: "
                               f"{' and '.join(lengths.text(sizes_of(a)) for a in args)}.",
                               where=shown("concatenate", args, attributes), do="all other axes must be equally long.")
        total = total + s[axis]
    return first[:axis] + (lengths.canonical(total),) + first[axis + 1:]


@word("stack")
def _stack(args, attributes):
    axis, = attributes
    first = sizes_of(args[0])
    for x in args:
        if sizes_of(x) != first:
            raise SizeMismatch(f"these cannot be stacked: {' and '.join(lengths.text(sizes_of(a)) for a in args)}.",
                               where=shown("stack", args, attributes), do="give them equal sizes.")
    return first[:axis] + (len(args),) + first[axis:]


def _list(arrays, name):
    if isinstance(arrays, ArrayExpr) or not isinstance(arrays, (tuple, list, np.ndarray)) or not len(arrays):
        raise ArgumentError(f"{name} needs a list of arrays.", where=f"{name}({arrays!s:.80})",
                            do=f"write {name}([a, b]).")
    return [operand(a) for a in arrays]


def concatenate(arrays, axis=0):
    """Arrays joined along an axis they have."""
    arrays = _list(arrays, "concatenate")
    if axis is None:
        arrays, axis = [ravel(a) for a in arrays], 0
    rank = len(sizes_of(arrays[0]))
    if not rank:
        raise SizeLost("scalars cannot be joined along an axis.", where=shown("concatenate", arrays, (0,)),
                       do="use stack.")
    return make("concatenate", arrays, (one_axis(axis, rank, lambda: "concatenate"),))


def stack(arrays, axis=0):
    """Arrays of equal sizes along a new axis."""
    arrays = _list(arrays, "stack")
    return make("stack", arrays, (one_axis(axis, len(sizes_of(arrays[0])) + 1, lambda: "stack"),))


def vstack(arrays):
    """Rows and matrices on top of each other."""
    return concatenate([atleast(a, 2) for a in _list(arrays, "vstack")], 0)


def hstack(arrays):
    """Arrays side by side."""
    arrays = [atleast(a, 1) for a in _list(arrays, "hstack")]
    return concatenate(arrays, 0 if len(arrays[0].sizes) == 1 else 1)


def column_stack(arrays):
    """Vectors as the columns of a matrix."""
    return concatenate([a[:, None] if len(sizes_of(a)) == 1 else a for a in _list(arrays, "column_stack")], 1)


def split(x, parts, axis=0):
    """The array cut along an axis: in so many equal parts, or before the positions listed."""
    x = operand(x)
    axis = one_axis(axis, len(sizes_of(x)), lambda: f"split({x})")
    n = x.sizes[axis]
    if isinstance(parts, (list, tuple, np.ndarray)):
        cuts = [0, *[plain_int(p, "a position") for p in parts], n]
    else:
        parts = plain_int(parts, "the number of parts")
        length = _quotient(n, parts) if parts > 0 else None
        if length is None:
            raise SizeMismatch(f"an axis of length {n} does not divide into {parts}.", where=f"split({x}, {parts})",
                               do="give the positions to cut at.")
        cuts = [k*length for k in range(parts + 1)]
    return [x[(slice(None),)*axis + (slice(a, b),)] for a, b in zip(cuts, cuts[1:])]


def array_split(x, parts, axis=0):
    """The array cut along an axis, in so many parts that differ in length by one at most."""
    x = operand(x)
    n = x.sizes[one_axis(axis, len(sizes_of(x)), lambda: f"array_split({x})")]
    if type(n) is int and isinstance(parts, (int, np.integer)) and parts > 0:
        each, more = divmod(n, int(parts))
        parts = [k*each + min(k, more) for k in range(1, int(parts))]
    return split(x, parts, axis)


def unstack(x, axis=0):
    """The slices along an axis, one by one."""
    x = operand(x)
    axis = one_axis(axis, len(sizes_of(x)), lambda: f"unstack({x})")
    return tuple([x[(slice(None),)*axis + (k,)] for k in range(len(moveaxis(x, axis, 0)))])


def flip(x, axis=None):
    """Axes in the opposite direction; all of them when none is named."""
    x = operand(x)
    rank = len(sizes_of(x))
    axes = range(rank) if axis is None else [one_axis(k, rank, lambda: f"flip({x})")
                                             for k in (axis if isinstance(axis, tuple) else (axis,))]
    return x[tuple([slice(None, None, -1) if k in axes else slice(None) for k in range(rank)])]


def roll(x, shift, axis=None):
    """Entries moved along an axis, those that leave at the end come in at the front."""
    x = operand(x)
    if isinstance(axis, (tuple, list)):
        shifts = shift if isinstance(shift, (tuple, list)) else (shift,)*len(axis)
        if len(shifts) != len(axis):
            raise ArgumentError(f"roll by {len(shifts)} shifts along {len(axis)} axes.", where=f"roll({x})",
                                do="give one shift, or one for each axis.")
        for one, k in zip(shifts, axis):
            x = roll(x, one, k)
        return x
    if axis is None:
        return reshape(roll(ravel(x), shift, 0), sizes_of(x)) if len(sizes_of(x)) != 1 else roll(x, shift, 0)
    axis, shift = one_axis(axis, len(sizes_of(x)), lambda: f"roll({x})"), plain_int(shift, "the shift")
    n = x.sizes[axis]
    if shift == 0:
        return x
    if type(n) is not int:                                  # two pieces would have a length of their own: max(0, n - 1) + 1
        return take(x, (arange(n) - shift) % n, axis)
    cut = -shift % n if n else 0
    front = (slice(None),)*axis
    return concatenate([x[front + (slice(cut, None),)], x[front + (slice(None, cut),)]], axis) if cut else x


def repeat(x, times, axis=None):
    """Every entry (or every slice along an axis) `times` times, one after the other; or each its own number."""
    x = operand(x)
    if axis is None:
        x, axis = ravel(x), 0
    axis = one_axis(axis, len(x.sizes), lambda: f"repeat({x})")
    s = x.sizes
    if isinstance(times, (list, tuple, np.ndarray)) and np.size(times) != 1 and type(s[axis]) is int:
        return take(x, by_numpy(np.repeat, np.arange(s[axis]), times), axis)
    times = plain_int(times, "the number of times")
    wide = broadcast_to(expand_dims(x, axis + 1), s[:axis + 1] + (times,) + s[axis + 1:])
    return reshape(wide, s[:axis] + (s[axis]*times,) + s[axis + 1:])


def tile(x, times):
    """The array laid side by side, so many times along each axis."""
    x = operand(x)
    times = tuple(times) if isinstance(times, (tuple, list)) else (times,)
    x = atleast(x, len(times))
    times = (1,)*(len(sizes_of(x)) - len(times)) + times
    for axis, k in enumerate(times):
        if k != 1:
            x = concatenate([x]*plain_int(k, "the number of times"), axis)
    return x


def diff(x, n=1, axis=-1, prepend=None, append=None):
    """Differences of neighbours along an axis, n times; other entries, or one number, may be put before and behind."""
    x = operand(x)
    axis = one_axis(axis, len(sizes_of(x)), lambda: f"diff({x})")
    beside = [one if one is None or sizes_of(operand(one)) else
              broadcast_to(one, sizes_of(x)[:axis] + (1,) + sizes_of(x)[axis + 1:]) for one in (prepend, append)]
    if beside != [None, None]:
        x = concatenate([one for one in (beside[0], x, beside[1]) if one is not None], axis)
    front = (slice(None),)*axis
    for _ in range(plain_int(n, "the order")):
        x = x[front + (slice(1, None),)] - x[front + (slice(None, -1),)]
    return x


# -- picking ----------------------------------------------------------------------------------------------------------

@word("take")
def _take(args, attributes):
    axis, = attributes
    s = sizes_of(args[0])
    return s[:axis] + sizes_of(args[1]) + s[axis + 1:]


def take(x, indices, axis=None):
    """Entries (or slices along an axis) by position: indices are whole numbers, given or an array, 0-based."""
    x = operand(x)
    if axis is None:
        x, axis = ravel(x), 0
    axis = one_axis(axis, len(sizes_of(x)), lambda: f"take({x})")
    return make("take", (x, positions(indices, x.sizes[axis], x)), (axis,))


def positions(indices, length, x):
    """Indices as an operand; given numbers are checked, and counted from the front."""
    if isinstance(indices, Constant):
        indices = indices.value.array
        if not np.all(indices == np.floor(indices)):
            raise ArgumentError("positions must be whole numbers.", where=f"an index of {x}", do="give integers.")
    if isinstance(indices, (int, list, tuple, np.ndarray, np.integer)) and not isinstance(indices, bool):
        given = np.asarray(indices)
        if given.dtype.kind not in "iuf" or given.dtype.kind == "f" and not np.all(given == np.floor(given)):
            if given.size:
                raise ArgumentError("positions must be whole numbers.", where=f"an index of {x}", do="give integers.")
        if type(length) is int:
            if given.size and (given.max() >= length or given.min() < -length):
                bad = given.max() if given.max() >= length else given.min()
                raise SizeMismatch(f"the position {int(bad)} is beyond an axis of length {length}.",
                                   where=f"an index of {x}",
                                   do=f"give positions from 0 to {length - 1}." if length else "the axis is empty.")
            return operand(np.where(given < 0, given + length, given))
        if given.size and given.min() < 0:
            return operand(given) + length*operand((given < 0)*1.0)
        return operand(given)
    return operand(indices)


@word("diag")
def _diag(args, attributes):
    s = sizes_of(args[0])
    if len(s) == 1:
        return s + s
    require_rank("diag", args[0], 2, exact=True)
    if s[0] != s[1]:
        if type(s[0]) is int and type(s[1]) is int:
            return (min(s),)
        raise SizeMismatch("the diagonal of a matrix that is not square.", where=shown("diag", args),
                           do="take a square part.")
    return s[:1]


def diag(x):
    """The square matrix with a vector on its diagonal; of a matrix its diagonal."""
    return make("diag", (operand(x),))


for _name in ("tril", "triu"):
    @word(_name)
    def _triangle(args, attributes, name=_name):
        require_rank(name, args[0], 2)
        return args[0].sizes


def tril(x, k=0):
    """The lower triangle, zeros above the k-th diagonal."""
    return make("tril", (operand(x),), (plain_int(k, "the diagonal"),))


def triu(x, k=0):
    """The upper triangle, zeros below the k-th diagonal."""
    return make("triu", (operand(x),), (plain_int(k, "the diagonal"),))


word("eye")(lambda args, attributes: attributes + attributes)
word("iota")(lambda args, attributes: attributes)


def eye(n):
    """The identity matrix."""
    return make("eye", (), (lengths.canonical(n),))


def arange(n):
    """0, 1, 2, …, n - 1 along one axis."""
    return make("iota", (), (lengths.canonical(n),))
