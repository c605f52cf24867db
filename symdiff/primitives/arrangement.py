"""Blocks that arrange entries: reshape, slice, pad, concatenate, take, scatter_add; linear, closed under derivatives.

Each acts on trailing axes; whatever axes stand in front are a batch.  Attributes (lengths: ints or size expressions):

    reshape      (rank, sizes)     the last `rank` axes, read in C order, become `sizes`
    slice        (triple, …)       one (start, step, length) per trailing axis, at least one: for 0 ≤ j < length
                                   y[…, j, …] = x[…, start + step·j, …];  step is a non-zero int; all entries read exist
    pad          (sizes, places)   one input or more; places[p] = ((start, step), …), one pair per axis of `sizes`.
                                   y is 0 with trailing `sizes`, then y[…, start + step·j, …] += x_p[…, j, …] for each
                                   input x_p: the adjoint of slice, several at once
    concatenate  (axis,)           axis < 0 counts from the end; inputs differ in that axis only
    take         (axis,)           inputs x, indices; axis < 0 counts from the end of x; indices' axes replace it:
                                   y[batch, i…, rest] = x[batch, indices[i…], rest];  indices have no batch
    scatter_add  (axis, length)    inputs x, indices; the adjoint of take, into zeros:
                                   y[batch, indices[i…], rest] += x[batch, i…, rest];  axis < 0 counts from the end of y
                                   and has `length`

Indices are whole numbers kept as floats, 0 ≤ index < length; others are refused when the graph is evaluated.
"""
from itertools import accumulate

import numpy as np

from ..errors import ArgumentError, SizeMismatch
from ..graph import make
from ..lengths import canonical, product, text
from .build import expand, squeeze
from .leaf import CONSTANT, constant
from .record import Block


def _entries(node):
    return product(node.sizes)


# ---------------------------------------------------------------- reshape

def reshape(node, sizes):
    """The entries in C order with other sizes; equal leading axes stay outside."""
    sizes = tuple(sizes)
    if RESHAPE is node.op:
        front = node.sizes[:len(node.sizes) - len(node.attributes[1])]
        if sizes[:len(front)] == front:
            node = node.inputs[0]
    if node.sizes == sizes:
        return node
    if node.op is CONSTANT:
        return constant(node.attributes[0], sizes)
    same = 0
    while same < min(len(sizes), len(node.sizes)) and sizes[same] == node.sizes[same]:
        same += 1
    if 0 in sizes:                                    # 0 entries leave the rest free: nothing can be split off
        same = 0
    return make(RESHAPE, (node,), (len(node.sizes) - same, sizes[same:]))


def _reshape_sizes(inputs, attributes):
    rank, sizes = attributes
    old = inputs[0].sizes
    if product(old[len(old) - rank:]) != product(sizes):
        raise SizeMismatch(f"{text(old)} cannot become {text(old[:len(old) - rank] + sizes)}: they hold "
                           f"{product(old)} and {product(old[:len(old) - rank] + sizes)} entries.")
    return old[:len(old) - rank] + sizes


def _reshape_back(node, bar, lead, k):
    return reshape(bar, lead + node.inputs[0].sizes)


def _reshape_on(node, dots, lead):
    return reshape(dots[0], lead + node.sizes)


RESHAPE = Block("reshape", _reshape_sizes, _reshape_back, _reshape_on,
                lambda attributes, sizes, x: np.reshape(x, sizes), cost=lambda node: 0)


# ---------------------------------------------------------------- slice and pad

def cut(node, triples):
    """x[start : start + step·length : step] along each of the trailing axes, one triple (start, step, length) each."""
    triples = tuple([(canonical(start), int(step), canonical(length)) for start, step, length in triples])
    lengths = node.sizes[len(node.sizes) - len(triples):]
    whole = [t == (0, 1, n) for t, n in zip(triples, lengths)]
    if all(whole):
        return node
    triples = triples[whole.index(False):]
    if node.op is CONCATENATE and len(triples) == 1 and node.attributes == (-1,):
        joined = _operand_at(node, *triples[0])
        if joined is not None:
            return joined
    if node.op is CONSTANT:
        batch = node.sizes[:len(node.sizes) - len(triples)]
        return constant(node.attributes[0], batch + tuple([length for _, _, length in triples]))
    return make(SLICE, (node,), triples)


def _operand_at(node, start, step, length):
    """The operand of arrays joined along the last axis that these positions are; None when they are no whole one."""
    place = 0
    for i in node.inputs:
        if place == start and step == 1 and i.sizes[-1] == length and length != 0:
            return i
        place = canonical(place + i.sizes[-1])
    return None


def index(node, key):
    """x[key]: one item per axis, ("i", k), ("s", start, step, length); and ("n",) for a new axis of length 1."""
    triples, gone, new, place = [], [], [], 0
    for item in key:
        if item[0] == "n":
            new.append(place)
        elif item[0] == "i":
            gone.append(len(triples))
            triples.append((item[1], 1, 1))
        else:
            triples.append(item[1:])
        place += item[0] != "i"
    node = cut(node, triples)
    node = squeeze(node, gone) if gone else node
    return expand(node, new) if new else node


def _slice_sizes(inputs, attributes):
    sizes = inputs[0].sizes
    if len(attributes) > len(sizes):
        raise SizeMismatch(f"{len(attributes)} slices of sizes {text(sizes)}.")
    front = len(sizes) - len(attributes)
    for n, (start, step, length) in zip(sizes[front:], attributes):
        _inside(n, start, step, length)
    return sizes[:front] + tuple([length for _, _, length in attributes])


def _inside(n, start, step, length):
    """Refuse positions known to be outside an axis of length n."""
    if type(length) is int and length > 0:
        for position in (start, start + step*(length - 1)):
            if type(position) is int and (position < 0 or type(n) is int and position >= n):
                raise SizeMismatch(f"position {position} of an axis of length {n}.",
                                   do="count from 0 to the length less 1.")


def _slice_back(node, bar, lead, k):
    lengths = node.inputs[0].sizes
    places = tuple([(start, step) for start, step, _ in node.attributes])
    return pad([bar], lengths[len(lengths) - len(places):], [places])


def _slice_on(node, dots, lead):
    return cut(dots[0], node.attributes)


def _keys(places, lengths):
    """NumPy's slices for positions start + step·j, j < length."""
    keys = [...]
    for (start, step), length in zip(places, lengths):
        stop = start + step*max(length, 0)
        keys.append(np.s_[0:0] if length <= 0 else np.s_[start:stop if stop >= 0 else None:step])
    return tuple(keys)


def _slice_numpy(attributes, sizes, x):
    for n, (start, step, length) in zip(x.shape[x.ndim - len(attributes):], attributes):
        last = start + step*(length - 1)
        if length > 0 and not (0 <= start < n and 0 <= last < n):
            raise ArgumentError(f"a slice reads positions {start} to {last} of an axis of length {n}.")
    return np.array(x[_keys([t[:2] for t in attributes], [t[2] for t in attributes])])


def _slice_reach(node):
    sizes = node.inputs[0].sizes
    return [(*triple, n) for n, triple in zip(sizes[len(sizes) - len(node.attributes):], node.attributes)]


SLICE = Block("slice", _slice_sizes, _slice_back, _slice_on, _slice_numpy, cost=lambda node: 0, reach=_slice_reach)


def pad(pieces, sizes, places):
    """Zeros of trailing `sizes`, each piece added at its place: ((start, step), …), one pair per axis."""
    sizes = tuple(sizes)
    kept = [(piece, tuple(place)) for piece, place in zip(pieces, places) if not _is_zero(piece)]
    if not kept:
        piece = pieces[0]
        return constant(0, piece.sizes[:len(piece.sizes) - len(sizes)] + sizes)
    return make(PAD, tuple([piece for piece, _ in kept]), (sizes, tuple([place for _, place in kept])))


def _is_zero(node):
    return node.op is CONSTANT and node.attributes[0] == 0


def joined(pads):
    """Pads in few: those with the same batch and sizes become one with all their pieces."""
    groups = {}
    for node in pads:
        sizes, places = node.attributes
        pieces, all_places = groups.setdefault((node.sizes, sizes), ([], []))
        pieces += node.inputs
        all_places += places
    return [pad(pieces, sizes, places) for (_, sizes), (pieces, places) in groups.items()]


def _pad_sizes(inputs, attributes):
    sizes, places = attributes
    batch = {piece.sizes[:len(piece.sizes) - len(sizes)] for piece in inputs}
    if len(batch) != 1:
        raise SizeMismatch("pieces of one array have batches " + " and ".join(map(text, batch)) + ".")
    for piece, place in zip(inputs, places):
        for n, length, (start, step) in zip(sizes, piece.sizes[len(piece.sizes) - len(sizes):], place):
            _inside(n, start, step, length)
    return (*batch.pop(), *sizes)


def _pad_back(node, bar, lead, k):
    sizes, places = node.attributes
    lengths = node.inputs[k].sizes
    return cut(bar, [(*place, n) for place, n in zip(places[k], lengths[len(lengths) - len(sizes):])])


def _pad_on(node, dots, lead):
    sizes, places = node.attributes
    given = [(dot, place) for dot, place in zip(dots, places) if dot is not None]
    return pad([dot for dot, _ in given], sizes, [place for _, place in given])


def _pad_numpy(attributes, sizes, *pieces):
    trailing, places = attributes
    out = np.zeros(sizes)
    for piece, place in zip(pieces, places):
        for n, length, (start, step) in zip(trailing, piece.shape[piece.ndim - len(trailing):], place):
            last = start + step*(length - 1)
            if length > 0 and not (0 <= start < n and 0 <= last < n):
                raise ArgumentError(f"a piece has its place at {start} to {last} of an axis of length {n}.")
        out[_keys(place, piece.shape[piece.ndim - len(trailing):])] += piece
    return out


def _pad_reach(node):
    sizes, places = node.attributes
    return [(start, step, length, n) for piece, place in zip(node.inputs, places)
            for n, length, (start, step) in zip(sizes, piece.sizes[len(piece.sizes) - len(sizes):], place)]


PAD = Block("pad", _pad_sizes, _pad_back, _pad_on, _pad_numpy, cost=lambda node: 0, reach=_pad_reach)


# ---------------------------------------------------------------- concatenate

def concatenate(nodes, axis):
    """The nodes joined along an axis they have."""
    rank = len(nodes[0].sizes)
    if rank == 0:
        raise SizeMismatch("scalars have no axis to join along.", do="stack them.")
    nodes = tuple(nodes)
    return nodes[0] if len(nodes) == 1 else make(CONCATENATE, nodes, (axis - rank if axis >= 0 else axis,))


def stack(nodes, axis):
    """The nodes side by side along a new axis."""
    axis = axis + len(nodes[0].sizes) + 1 if axis < 0 else axis
    return concatenate([expand(node, (axis,)) for node in nodes], axis)


def _concatenate_sizes(inputs, attributes):
    first = inputs[0].sizes
    place = len(first) + attributes[0]
    if len({(i.sizes[:place], i.sizes[place + 1:], len(i.sizes)) for i in inputs}) > 1:
        raise SizeMismatch("these cannot be joined: " + " and ".join(text(i.sizes) for i in inputs) + ".",
                           do="give them equal sizes but along the axis on which they are joined.")
    total = 0
    for i in inputs:
        total = total + i.sizes[place]
    return first[:place] + (canonical(total),) + first[place + 1:]


def _concatenate_back(node, bar, lead, k):
    axis = node.attributes[0]
    starts = [0, *accumulate([i.sizes[axis] for i in node.inputs])]
    rest = node.sizes[len(node.sizes) + axis + 1:]
    return cut(bar, [(starts[k], 1, node.inputs[k].sizes[axis]), *[(0, 1, n) for n in rest]])


def _concatenate_on(node, dots, lead):
    dots = [constant(0, lead + i.sizes) if dot is None else dot for i, dot in zip(node.inputs, dots)]
    return concatenate(dots, node.attributes[0])


CONCATENATE = Block("concatenate", _concatenate_sizes, _concatenate_back, _concatenate_on,
                    lambda attributes, sizes, *values: np.concatenate(values, attributes[0]), cost=lambda node: 0)


# ---------------------------------------------------------------- take and scatter_add

def take(node, indices, axis):
    """Entries along an axis by their positions, NumPy's take."""
    return make(TAKE, (node, indices), (axis - len(node.sizes) if axis >= 0 else axis,))


def scatter_add(node, indices, axis, length):
    """Zeros of `length` along an axis (axis < 0), the entries added at their positions."""
    return make(SCATTER_ADD, (node, indices), (axis, canonical(length)))


def _take_sizes(inputs, attributes):
    x, indices = inputs
    place = len(x.sizes) + attributes[0]
    if not 0 <= place < len(x.sizes):
        raise SizeMismatch(f"sizes {text(x.sizes)} have no axis {attributes[0]}.")
    return x.sizes[:place] + indices.sizes + x.sizes[place + 1:]


def _scatter_sizes(inputs, attributes):
    x, indices = inputs
    axis, length = attributes
    end = len(x.sizes) + axis + 1                           # one past the axes of the indices
    start = end - len(indices.sizes)
    if start < 0 or x.sizes[start:end] != indices.sizes:
        raise SizeMismatch(f"entries of sizes {text(x.sizes)} have positions of sizes {text(indices.sizes)}.")
    return x.sizes[:start] + (length,) + x.sizes[end:]


def _take_back(node, bar, lead, k):
    x, indices = node.inputs
    axis = node.attributes[0]
    return scatter_add(bar, indices, axis, x.sizes[axis]) if k == 0 else None


def _take_on(node, dots, lead):
    return None if dots[0] is None else make(TAKE, (dots[0], node.inputs[1]), node.attributes)


def _scatter_back(node, bar, lead, k):
    return make(TAKE, (bar, node.inputs[1]), (node.attributes[0],)) if k == 0 else None


def _scatter_on(node, dots, lead):
    return None if dots[0] is None else make(SCATTER_ADD, (dots[0], node.inputs[1]), node.attributes)


def _positions(indices, length):
    whole = np.asarray(np.nan_to_num(indices, nan=-1.0), dtype=np.int64)
    wrong = (whole != indices) | (whole < 0) | (whole >= length)
    if np.any(wrong):
        raise ArgumentError(f"{np.asarray(indices)[wrong].flat[0]!r} is no position of an axis of length {length}.",
                            do="use whole numbers from 0 to the length less 1.")
    return whole


def _take_numpy(attributes, sizes, x, indices):
    axis = attributes[0]
    return np.take(x, _positions(indices, x.shape[axis]), axis)


def _scatter_numpy(attributes, sizes, x, indices):
    axis, length = attributes
    place = len(sizes) + axis
    out = np.zeros(sizes)
    flat = np.reshape(x, (*sizes[:place], np.size(indices), *sizes[place + 1:]))
    np.add.at(np.moveaxis(out, place, 0), _positions(indices, length).reshape(-1), np.moveaxis(flat, place, 0))
    return out


TAKE = Block("take", _take_sizes, _take_back, _take_on, _take_numpy, cost=lambda node: 0)
SCATTER_ADD = Block("scatter_add", _scatter_sizes, _scatter_back, _scatter_on, _scatter_numpy,
                    cost=lambda node: _entries(node.inputs[0]))
