"""Outputs go in; out come the scalar nodes that are their entries, where a graph computes with single numbers; and back.

Stacked formulas of x[0], x[1], … are such a graph.  Their arrays only hold numbers together: what is done to them can be
done to the numbers, without a loop for each.
"""
import numpy as np

from .graph import make, order, same
from .lengths import product
from .primitives.arrangement import CONCATENATE, PAD, RESHAPE, SLICE, concatenate, cut, pad, reshape
from .primitives.build import expand, plus, squeeze, times
from .primitives.contraction import CONTRACT, is_movement
from .primitives.leaf import CONSTANT, DATA, INPUT, constant, is_constant
from .primitives.record import Elementwise, Leaf

LARGEST = 1 << 22               # entries of an array that is still taken apart


def entries(outputs):
    """For each output the array (of objects, of its sizes) of the scalar nodes that are its entries, None for a 0.

    None in place of the list where the graph is not of single numbers: where a length is a symbol, where there is a
    loop or a factorisation, or where its arrays hold more entries to be computed than there are nodes of one entry.

    >>> from symdiff.primitives.leaf import input
    >>> x = input("x", (2,))
    >>> total = plus(entry(x, 0), entry(x, 1))
    >>> entries([concatenate([expand(total, (0,)), expand(entry(x, 1), (0,))], 0)])[0].tolist() == [total, entry(x, 1)]
    True
    """
    nodes = order(outputs)
    if not any([node.sizes for node in nodes]) and all([isinstance(node.op, (Elementwise, Leaf)) for node in nodes]):
        return [_array(output, None) for output in outputs]
    budget = [sum([all([n == 1 for n in node.sizes]) for node in nodes])]
    if not budget[0] or not all([type(n) is int for node in nodes for n in node.sizes]) \
            or any([product(node.sizes) > LARGEST for node in nodes if node.inputs and node.sizes]):
        return None
    found = {}
    for node in nodes:
        made = _entries(node, found, budget)
        if made is None or budget[0] < 0:
            return None
        found[node] = made
    made = [_array(found[o], budget) for o in outputs]
    return made if budget[0] >= 0 else None


def assembled(cells):
    """The node of the array's sizes whose entries are these scalar nodes, 0 where there is None."""
    if cells.ndim == 0:
        return constant(0) if cells[()] is None else cells[()]
    filled = [(k, cell) for k, cell in enumerate(cells.ravel()) if cell is not None and not is_constant(cell, 0)]
    if not filled:
        return constant(0, cells.shape)
    rows = [expand(cell, (0,)) for _, cell in filled]
    if len(rows) == cells.size:
        return reshape(concatenate(rows, 0), cells.shape)
    return reshape(pad(rows, (cells.size,), [((k, 1),) for k, _ in filled]), cells.shape)


def entry(leaf, place):
    """The entry of an input or constant array at this place of its C order, as a scalar node."""
    index = np.unravel_index(place, leaf.sizes)
    return squeeze(cut(leaf, [(int(i), 1, 1) for i in index]), range(len(index))) if index else leaf


def entry_of(node):
    """(input or constant array, place) of a scalar node that is just that entry, else None."""
    if node.op in (INPUT, DATA) and node.sizes == ():
        return node, 0
    if node.op is not CONTRACT or node.sizes or len(node.inputs) != 1 or not is_movement(node):
        return None
    inner, = node.inputs
    triples = ()
    if inner.op is SLICE:
        triples, (inner,) = inner.attributes, inner.inputs
    if inner.op not in (INPUT, DATA):
        return None
    starts = [0]*(len(inner.sizes) - len(triples)) + [start for start, _, _ in triples]
    return inner, int(np.ravel_multi_index(starts, inner.sizes)) if starts else 0


def _entries(node, found, budget):
    """A scalar node for a scalar; an array of them; the node itself for an input whose entries nobody asked for yet."""
    op = node.op
    if isinstance(op, Leaf):
        return node
    if op is SLICE and node.inputs[0].op in (INPUT, DATA) and all([n == 1 for n in node.sizes]):
        made = np.empty(node.sizes, object)
        made[...] = squeeze(node, range(len(node.sizes)))
        return made
    if type(op) is Elementwise:
        if node.sizes == ():
            return same(node, tuple([_scalar(found[i]) for i in node.inputs]))
        budget[0] -= int(np.prod(node.sizes))
        return _each(op, [_array(found[i], budget) for i in node.inputs]) if budget[0] >= 0 else None
    rule = _RULES.get(op)
    if rule is None:
        return None
    made = rule(node, found, budget)
    return made[()] if made is not None and node.sizes == () else made


def _scalar(cells):
    return cells if not isinstance(cells, np.ndarray) else cells[()]


def _array(cells, budget):
    """The array of an input's or constant's entries, or what is one already."""
    if isinstance(cells, np.ndarray):
        return cells
    made = np.empty(cells.sizes, object)
    if cells.sizes == ():
        made[()] = cells
    elif cells.op is CONSTANT:
        made[...] = None if is_constant(cells, 0) else constant(cells.attributes[0])
        budget[0] -= 0 if is_constant(cells, 0) else made.size - 1
    else:
        budget[0] -= made.size
        if budget[0] >= 0 and cells.op in (INPUT, DATA):
            made[...] = np.reshape([entry(cells, k) for k in range(made.size)], made.shape)
        else:
            budget[0] = -1
    return made


def _each(op, arrays):
    """An elementwise primitive, entry by entry."""
    made = np.empty(arrays[0].shape, object)
    for k in np.ndindex(made.shape):
        made[k] = make(op, tuple([constant(0) if a[k] is None else a[k] for a in arrays]))
    return made


def _reshaped(node, found, budget):
    return np.reshape(_array(found[node.inputs[0]], budget), node.sizes)


def _slice(node, found, budget):
    cells = _array(found[node.inputs[0]], budget)
    places = [start + step*np.arange(length) for start, step, length in node.attributes]
    front = [np.arange(n) for n in node.sizes[:len(node.sizes) - len(places)]]
    return cells[np.ix_(*front, *places)]


def _pad(node, found, budget):
    """The pieces in their places; added where two meet."""
    sizes, places = node.attributes
    made = np.empty(node.sizes, object)
    for piece, place in zip(node.inputs, places):
        cells = _array(found[piece], budget)
        front = len(node.sizes) - len(sizes)
        for k in np.ndindex(cells.shape):
            if cells[k] is not None:
                at = (*k[:front], *[start + step*i for i, (start, step) in zip(k[front:], place)])
                budget[0] -= made[at] is not None
                made[at] = cells[k] if made[at] is None else plus(made[at], cells[k])
    return made


def _concatenate(node, found, budget):
    return np.concatenate([_array(found[i], budget) for i in node.inputs], node.attributes[0])


def _contract(node, found, budget):
    if not is_movement(node):
        return _product(node, found, budget)
    (labels, *_), out, lengths = (*node.attributes[0], ()), *node.attributes[1:]
    cells = np.empty((), object)
    cells[()] = constant(1)
    if node.inputs:
        cells = _array(found[node.inputs[0]], budget)
    full = list(dict.fromkeys(out))
    kept = [c for c in full if c in labels]                         # a label that stands twice is a diagonal
    places = dict(zip(kept, np.ix_(*[np.arange(lengths[c]) for c in kept])))
    cells = np.asarray(cells[tuple([places.get(c, 0) for c in labels])], object)
    cells = np.reshape(cells, [lengths[c] if c in kept else 1 for c in full])
    shape = [lengths[c] for c in full]
    budget[0] -= int(np.prod(shape)) - cells.size
    if budget[0] < 0:
        return None
    cells = np.broadcast_to(cells, shape)
    if len(full) == len(out):
        return np.array(cells)
    placed, grid = np.empty(node.sizes, object), np.indices(shape)
    placed[tuple([grid[full.index(c)] for c in out])] = cells
    return placed


def _product(node, found, budget):
    """Products written out, summed in the order of the labels; 0 is left out."""
    subs, out, lengths = node.attributes
    budget[0] -= product(lengths)
    if budget[0] < 0:
        return None
    arrays = [_array(found[i], budget) for i in node.inputs]
    made = np.empty(node.sizes, object)
    for place in np.ndindex(lengths):
        factors = [a[tuple([place[c] for c in labels])] for a, labels in zip(arrays, subs)]
        if None not in factors:
            value = factors[0]
            for factor in factors[1:]:
                value = times(value, factor)
            at = tuple([place[c] for c in out])
            made[at] = plus(made[at], value)
    return made if node.sizes or made[()] is not None else _zero()


def _zero():
    made = np.empty((), object)
    made[()] = constant(0)
    return made


_RULES = {RESHAPE: _reshaped, SLICE: _slice, PAD: _pad, CONCATENATE: _concatenate, CONTRACT: _contract}
