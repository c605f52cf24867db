"""The Jacobian by one input of an array's nodes, as bands: a node's tangent in bands and the node go in, its user's come out.

The tangent of a node v by every entry of w is a matrix of ∂v[j]/∂w[i].  Where entry by entry functions, slices and
joined pieces lie between the two it is 0 but for a few diagonals, and only these are computed:

    T[p + a·t, q + b·t] = u[t]    for t from 0 to the length of u less 1, along each axis

is the band of u at rows (p, a) and columns (q, b).  A sum of x[j]·x[j + 1] has a Hessian of three bands: O(n)
operations instead of O(n²).  What no rule here knows is computed with the matrix (`dense`).
"""
from itertools import accumulate
from typing import NamedTuple

from .primitives.arrangement import CONCATENATE, PAD, SLICE, cut, pad
from .primitives.build import plus
from .primitives.contraction import contract
from .primitives.leaf import constant
from .primitives.record import Elementwise

MOST = 12                       # bands of a tangent that is kept as such


class Band(NamedTuple):
    """rows, columns: ((start, step), …), a pair for each axis; entries: a node."""
    rows: tuple
    columns: tuple
    entries: object


def identity(w):
    """The tangent of w itself, a list of one band; None for a scalar, whose tangents have no rows."""
    whole = _whole(w)
    return [Band(whole, whole, constant(1, w.sizes))] if w.sizes else None


def _whole(node):
    return ((0, 1),)*len(node.sizes)


def pushed(node, given, scaled):
    """The tangent in bands of a node from those of its inputs (None for no dependence); None where there is no such form.

    scaled(node, k, bar, place)   bar·∂node/∂(input k) at the entries `place` of the node, triples as `cut` takes them;
                                  None where that is nought
    """
    rule = _elementwise if type(node.op) is Elementwise else _RULES.get(node.op)
    if rule is None or any([one is not None and type(one) is not list for one in given]):
        return None
    found = rule(node, given, scaled)
    return _merged(found) if found is not None else None


def dense(bands, w, sizes, lead=True):
    """The tangent as one node: of sizes w.sizes + `sizes` where w's axes lead, else `sizes` + w.sizes."""
    first, second = (w.sizes, sizes) if lead else (sizes, w.sizes)
    labels = tuple(range(len(sizes)))
    square = [contract([band.entries], [labels], labels + labels, dict(enumerate(band.entries.sizes))) for band in bands]
    if not bands:
        return constant(0, first + second)
    whole = _whole(w)
    if len(bands) == 1 and bands[0][:2] == (whole, whole) and square[0].sizes == first + second:
        return square[0]
    return pad(square, first + second, [band.rows + band.columns if lead else band.columns + band.rows for band in bands])


def _elementwise(node, given, scaled):
    found = []
    for k, bands in enumerate(given):
        for band in bands or ():
            place = [(*pair, n) for pair, n in zip(band.columns, band.entries.sizes)]
            entries = scaled(node, k, band.entries, place)
            if entries is not None:
                found.append(band._replace(entries=entries))
    return found


def _slice(node, given, scaled):
    sizes, found = node.inputs[0].sizes, []
    missing = len(sizes) - len(node.attributes)
    triples = [*[(0, 1, n) for n in sizes[:missing]], *node.attributes]
    for band in given[0]:
        parts = [_met(column, length, n, triple) for column, length, n, triple
                 in zip(band.columns, band.entries.sizes, sizes, triples)]
        if "unknown" in parts:
            return None
        if None not in parts:
            taken = [part[0] for part in parts]
            rows = tuple([(p + a*start, a*step) for (p, a), (start, step, _) in zip(band.rows, taken)])
            found.append(Band(rows, tuple([part[1] for part in parts]), cut(band.entries, taken)))
    return found


def _met(column, length, n, triple):
    """((start, step, length) of the band's entries that a slice of the axis takes, where they stand in it); None where
    it takes none, "unknown" where that depends on lengths that are symbols.
    """
    (q, b), (start, step, count) = column, triple
    if (q, b) == (0, 1) and length == n:
        return triple, (0, 1)
    if (start, step, count) == (0, 1, n):
        return (0, 1, length), column
    if b != 1 or step < 1 or not all([type(value) is int for value in (q, length, start, count)]):
        return "unknown"
    first, last = max(0, -((start - q)//step)), min(count - 1, (q + length - 1 - start)//step)
    if last < first:
        return None
    return (start + step*first - q, step, last - first + 1), (first, 1)


def _pad(node, given, scaled):
    sizes, places = node.attributes
    found = []
    for bands, place in zip(given, places):
        place = ((0, 1),)*(len(node.sizes) - len(sizes)) + place
        found += [_moved(band, place) for band in bands or ()]
    return found


def _concatenate(node, given, scaled):
    axis = node.attributes[0] % len(node.sizes)
    starts = [0, *accumulate([i.sizes[axis] for i in node.inputs])]
    whole = _whole(node)
    return [_moved(band, (*whole[:axis], (start, 1), *whole[axis + 1:]))
            for bands, start in zip(given, starts) for band in bands or ()]


def _moved(band, place):
    """The band of an array that stands at a place of a larger one."""
    return band._replace(columns=tuple([(start + step*q, step*b) for (start, step), (q, b) in zip(place, band.columns)]))


_RULES = {SLICE: _slice, PAD: _pad, CONCATENATE: _concatenate}


def _merged(bands):
    """Those of the same places added; None for more than MOST."""
    found = {}
    for rows, columns, entries in bands:
        key = rows, columns, entries.sizes
        found[key] = plus(found.get(key), entries)
    return [Band(*key[:2], entries) for key, entries in found.items()] if len(found) <= MOST else None
