"""NumPy's words for borders, blocks, grids and lines that others make: arrays go in, the nodes of those come out."""
import numpy as np

from .. import lengths
from ..errors import ArgumentError
from . import arrange, products, reduce
from .axes import by_numpy, no_primitive, one_of, one_axis, operand, plain_int, require_rank
from .core import ArrayExpr, sizes_of


def whole(x, axis, name):
    """The length of an axis, which must be a number."""
    n = sizes_of(x)[axis]
    if type(n) is not int:
        raise ArgumentError(f"{name} along an axis whose length is {n}, a symbol.", where=str(x),
                            do="give the array sizes that are numbers.")
    return n


def on_axis(axis, item):
    """The index that is `item` on one axis."""
    return (slice(None),)*axis + (item,)


def pad(x, width, mode="constant", constant_values=0):
    """The array with a border: of one value, of the entries next to it ("edge"), of those mirrored ("reflect",
    "symmetric"), or of those at the other end ("wrap")."""
    x = operand(x)
    widths = by_numpy(np.broadcast_to, width, (len(sizes_of(x)), 2)).tolist()
    if any(plain_int(k, "the width of a border") < 0 for pair in widths for k in pair):
        raise ArgumentError("a border of less than nothing.", where=f"pad({x}, {width})", do="cut entries off by an index.")
    if mode not in ("constant", "edge", "reflect", "symmetric", "wrap") or isinstance(constant_values, (tuple, list)):
        raise no_primitive(f"numpy.pad with {f'mode {mode!r}' if mode != 'constant' else 'several values'}",
                           "join what is to stand there by concatenate.")
    for axis, (before, after) in enumerate(widths):
        if mode != "constant" and (before or after):
            x = arrange.take(x, by_numpy(np.pad, np.arange(whole(x, axis, "pad")), (before, after), mode=mode), axis)
        elif before or after:
            blocks = [[arrange.broadcast_to(constant_values, x.sizes[:axis] + (k,) + x.sizes[axis + 1:])] if k else []
                      for k in (before, after)]
            x = arrange.concatenate(blocks[0] + [x] + blocks[1], axis)
    return x


def block(rows):
    """Arrays in nested lists, the innermost joined along the last axis, the next along the one before."""
    if not _all_full(rows):
        raise ArgumentError("block of an empty list.", do="leave the list out.")
    depth, rank = _depth(rows), _rank(rows)
    return _joined(rows, depth, max(depth, rank))


def _all_full(part):
    return not isinstance(part, list) or bool(part) and all(map(_all_full, part))


def _depth(part):
    return 1 + max(map(_depth, part)) if isinstance(part, list) else 0


def _rank(part):
    return max(map(_rank, part)) if isinstance(part, list) else len(sizes_of(operand(part)))


def _joined(part, depth, rank):
    if not depth:
        return arrange.atleast(part, rank)
    return arrange.concatenate([_joined(p, depth - 1, rank) for p in part], -depth)


def meshgrid(*vectors, indexing="xy", sparse=False, copy=True):
    """Each vector along an axis of its own, repeated over those of the others."""
    vectors = [arrange.ravel(v) for v in vectors]
    places = list(range(len(vectors)))
    if one_of(indexing, ("xy", "ij"), "indexing of meshgrid") == "xy" and len(places) > 1:
        places[:2] = 1, 0
    sizes = tuple([vectors[places.index(k)].sizes[0] for k in range(len(places))])
    thin = [v[tuple([slice(None) if m == k else None for m in range(len(places))])] for v, k in zip(vectors, places)]
    return thin if sparse else [arrange.broadcast_to(v, sizes) for v in thin]


def dstack(arrays):
    """Matrices behind each other, along a third axis."""
    arrays = [arrange.atleast(a, 2) for a in arrays]
    return arrange.concatenate([a[..., None] if len(a.sizes) == 2 else a for a in arrays], 2)


def rot90(x, k=1, axes=(0, 1)):
    """Turned by k right angles in the plane of two axes, from the first to the second."""
    x = operand(x)
    a, b = (one_axis(axis, len(sizes_of(x)), lambda: f"rot90({x})") for axis in axes)
    turns = plain_int(k, "the number of turns") % 4
    if turns == 2:
        return arrange.flip(x, (a, b))
    if turns == 1:
        return arrange.swapaxes(arrange.flip(x, b), a, b)
    return arrange.flip(arrange.swapaxes(x, a, b), b) if turns else x


def delete(x, positions, axis=None):
    """The array without the entries (or slices along an axis) at some positions."""
    x, axis = (arrange.ravel(x), 0) if axis is None else (operand(x), axis)
    axis = one_axis(axis, len(sizes_of(x)), lambda: f"delete({x})")
    return arrange.take(x, by_numpy(np.delete, np.arange(whole(x, axis, "delete")), positions), axis)


def insert(x, position, values, axis=None):
    """The array with values before one position."""
    x, axis = (arrange.ravel(x), 0) if axis is None else (operand(x), axis)
    axis = one_axis(axis, len(sizes_of(x)), lambda: f"insert({x})")
    position, values = plain_int(position, "the position"), operand(values)
    if type(x.sizes[axis]) is int and not -x.sizes[axis] <= position <= x.sizes[axis]:
        raise ArgumentError(f"there is no place {position} among {x.sizes[axis]} entries.", where=f"insert({x})",
                            do=f"give an int from {-x.sizes[axis]} to {x.sizes[axis]}.")
    rest = x.sizes[:axis] + x.sizes[axis + 1:]
    if len(sizes_of(values)) == len(rest) and rest:
        values = arrange.expand_dims(values, axis)
    count = values.sizes[axis] if len(sizes_of(values)) == len(x.sizes) else 1
    values = arrange.broadcast_to(values, x.sizes[:axis] + (count,) + x.sizes[axis + 1:])
    ends = x[on_axis(axis, slice(None, position))], x[on_axis(axis, slice(position, None))]
    return arrange.concatenate([ends[0], values, ends[1]], axis)


def take_along_axis(x, indices, axis=-1):
    """Of each line along an axis the entries at the positions that stand in the same line of `indices`."""
    if axis is None:
        return arrange.take(arrange.ravel(x), indices)
    x, indices = operand(x), indices if isinstance(indices, ArrayExpr) else np.asarray(indices)
    axis = one_axis(axis, len(sizes_of(x)), lambda: f"take_along_axis({x})")
    if np.ndim(indices) != len(x.sizes):
        raise ArgumentError(f"take_along_axis of {len(x.sizes)} axes by positions of {np.ndim(indices)}.",
                            where=str(x), do="give the positions as many axes.")
    if len(x.sizes) == 1:
        return arrange.take(x, indices, 0)
    lines = arrange.moveaxis(x, axis, -1)
    *lead, n = lines.sizes
    count = indices.shape[axis]
    if isinstance(indices, ArrayExpr):
        where = arrange.moveaxis(indices, axis, -1)
        first = arrange.arange(lengths.product(lead))[:, None]
        where = arrange.reshape(arrange.broadcast_to(where, (*lead, count)), (lengths.product(lead), count))
    else:
        lead = [whole(lines, k, "take_along_axis") for k in range(len(lead))]
        first = np.arange(lengths.product(lead))[:, None]
        where = by_numpy(np.broadcast_to, np.moveaxis(indices, axis, -1), (*lead, count)).reshape(-1, count)
    found = arrange.reshape(lines, (lengths.product(lead), n))[first, where]
    return arrange.moveaxis(arrange.reshape(found, (*lead, count)), -1, axis)


def diagonal(x, offset=0, axis1=0, axis2=1):
    """The entries on a diagonal of the plane of two axes, along a new last axis."""
    x = operand(x)
    require_rank("diagonal", x, 2)
    rank = len(x.sizes)
    a, b = (one_axis(axis, rank, lambda: f"diagonal({x})") for axis in (axis1, axis2))
    x = arrange.transpose(x, [*[k for k in range(rank) if k not in (a, b)], a, b])
    offset = plain_int(offset, "the diagonal")
    if offset:
        x = x[..., offset:] if offset > 0 else x[..., -offset:, :]
    n, m = x.sizes[-2:]
    if n != m:
        least = min(whole(x, -2, "diagonal"), whole(x, -1, "diagonal"))
        x = x[..., :least, :least]
    return arrange.diag(x) if rank == 2 else products.einsum("...ii->...i", x)


def diag(x, k=0):
    """The matrix with a vector on its k-th diagonal; of a matrix that diagonal."""
    x, k = operand(x), plain_int(k, "the diagonal")
    if len(sizes_of(x)) != 1:
        return diagonal(x, k) if k else arrange.diag(x)
    return pad(arrange.diag(x), ((max(-k, 0), max(k, 0)), (max(k, 0), max(-k, 0)))) if k else arrange.diag(x)


def trace(x, offset=0, axis1=0, axis2=1):
    """Σ of a diagonal of the plane of two axes."""
    x = operand(x)
    if len(sizes_of(x)) == 2 and x.sizes[0] == x.sizes[1] and not offset:
        return products.trace(x)
    return reduce.sum(diagonal(x, offset, axis1, axis2), -1)


def linspace(start, stop, num=50, endpoint=True, axis=0):
    """Numbers at equal distances from one end to the other, along a new axis."""
    start, stop = operand(start), operand(stop)
    steps = by_numpy(np.linspace, 0.0, 1.0, num, endpoint=endpoint)
    sizes = sizes_of(stop - start)
    apart = arrange.expand_dims(stop - start, 0) if sizes else stop - start
    inner = start + steps[:len(steps) - (endpoint and num > 1)].reshape((-1,) + (1,)*len(sizes))*apart
    if endpoint and num > 1:                                                    # the end itself, not near it
        inner = arrange.concatenate([inner, arrange.expand_dims(arrange.broadcast_to(stop, sizes), 0)], 0)
    return arrange.moveaxis(inner, 0, axis) if axis else inner
