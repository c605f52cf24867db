"""Scalar nodes go in; out comes their Jacobian by a third set of nodes, only the entries that are not 0 by structure.

The graph is made linear: an edge from each node to each that uses it, with the partial derivative.  A node is eliminated
by joining each edge into it with each edge out of it, ∂w/∂u += ∂w/∂v · ∂v/∂u; when all intermediates are gone, the
edges left are the Jacobian.  From the last to the first this is reverse mode, from the first to the last forward
mode; Markowitz's order takes the node next that has the fewest pairs of edges.  Griewank and Walther, Evaluating
Derivatives, chapters 9 and 10.
"""
import heapq

from .derive import pullback
from .graph import order
from .primitives.build import negative, plus, scaled_choice, times
from .primitives.leaf import CONSTANT, constant
from .primitives.record import TABLE

_SELECT, _NEG = TABLE["select"], TABLE["neg"]


def jacobian(outputs, wrt, mode="auto"):
    """{(i, j): ∂outputs[i]/∂wrt[j]}; no entry where there is no dependence.

    outputs, wrt   scalar nodes, those of wrt different and none of them computed from another
    mode           "forward", "reverse", or "auto": of these two and Markowitz's order the one with fewest operations

    >>> from symdiff.primitives.leaf import input
    >>> x, y = input("x"), input("y")
    >>> sorted(jacobian([times(x, x), y], [x, y]))
    [(0, 0), (1, 1)]
    """
    distinct = list(dict.fromkeys(outputs))
    rows = _rows(_edges(distinct, wrt), len(wrt), len(distinct), mode)
    where = {node: row for node, row in zip(distinct, rows)}
    return {(i, j): value for i, o in enumerate(outputs) for j, value in sorted(where[o].items())}


def _edges(outputs, wrt):
    """For each vertex {the vertex it uses: the partial}: those of wrt, the other nodes that depend on them, the outputs."""
    place = {node: k for k, node in enumerate(wrt)}
    edges, one = [{} for _ in wrt], constant(1)
    for node in order(outputs):
        if node in place or place.keys().isdisjoint(node.inputs):
            continue
        mine = {}
        for i, value in zip(node.inputs, pullback(node, one, (), place)):
            if value is not None:
                mine[place[i]] = plus(mine.get(place[i]), value)
        if mine:
            place[node] = len(edges)
            edges.append(mine)
    return edges + [{place[o]: one} if o in place else {} for o in outputs]


def _rows(edges, inputs, outputs, mode):
    """The edges into the outputs when all between is eliminated in the order of the mode."""
    inner = range(inputs, len(edges) - outputs)
    sequence = _sequence(edges, inner, inputs, outputs, mode)
    after = _users(edges)
    for v in sequence:
        for w in after[v]:
            row = edges[w]
            last = row.pop(v)
            for u, first in edges[v].items():
                made = _times(last, first)
                row[u] = plus(row[u], made) if u in row else made
                after[u][w] = None
        for u in edges[v]:
            del after[u][v]
        edges[v] = {}
    return edges[len(edges) - outputs:]


def _times(a, b):
    """a·b with choices outside, so that what is not chosen never gives 0 · inf."""
    if b.op is _SELECT:
        return scaled_choice(a, b)
    if a.op is _SELECT:
        return scaled_choice(b, a)
    if a.op is _NEG and b.op is _NEG:
        return _times(a.inputs[0], b.inputs[0])
    if a.op is _NEG:
        return negative(_times(a.inputs[0], b))
    return negative(_times(a, b.inputs[0])) if b.op is _NEG else times(a, b)


def _users(edges):
    """For each vertex {those that use it: None}."""
    after = [{} for _ in edges]
    for w, mine in enumerate(edges):
        for u in mine:
            after[u][w] = None
    return after


# ---------------------------------------------------------------- the order

def _sequence(edges, inner, inputs, outputs, mode):
    """The vertices between, in the order in which they are to be eliminated."""
    if mode == "forward" or mode == "auto" and inputs == 1:
        return inner
    if mode == "reverse" or mode == "auto" and outputs == 1:
        return inner[::-1]
    weights = [{u: _weight(value) for u, value in mine.items()} for mine in edges]
    best, limit = None, float("inf")
    for sequence in (inner[::-1], inner, None):
        made, cost = _counted(weights, inner, sequence, limit)
        if cost < limit:
            best, limit = made, cost
    return best


def _weight(value):
    """What a product with this partial costs: nothing for 1 and −1."""
    return 0 if value.op is CONSTANT and value.attributes[0] in (1, -1) else 1


def _counted(weights, inner, sequence, limit):
    """(sequence, operations of eliminating in it); Markowitz's where there is None; gives up beyond the limit."""
    weights, cost = [dict(mine) for mine in weights], 0
    after = _users(weights)
    made = []
    for v in _markowitz(weights, after, inner) if sequence is None else sequence:
        made.append(v)
        mine = weights[v]
        for w in after[v]:
            row = weights[w]
            last = row.pop(v)
            for u, first in mine.items():
                both = last and first
                cost += both + (u in row)
                row[u] = 1 if u in row else last or first
                after[u][w] = None
        for u in mine:
            del after[u][v]
        if cost >= limit:
            break
    return made, cost


def _markowitz(edges, after, inner):
    """The vertices as they are to be eliminated, which the caller does: always one with the fewest pairs of edges.

    Of several the last: those near the outputs are used by few.
    """
    degree = {v: len(edges[v])*len(after[v]) for v in inner}
    heap = [(d, -v) for v, d in degree.items()]
    heapq.heapify(heap)
    while heap:
        d, v = heapq.heappop(heap)
        v = -v
        if degree.get(v) != d:
            continue
        del degree[v]
        touched = [*edges[v], *after[v]]
        yield v
        for w in touched:
            if w in degree and degree[w] != len(edges[w])*len(after[w]):
                degree[w] = len(edges[w])*len(after[w])
                heapq.heappush(heap, (degree[w], -w))
