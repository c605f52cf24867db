"""Columns of nodes and the edges between neighbouring columns go in; the order within each column, with few crossings,
comes out.

Each node is moved to the mean place of its neighbours in the column before, then in the column after, and so on; the
best order seen is kept.  At the end neighbours change places wherever that takes crossings away.
"""
from bisect import bisect_right, insort

SWEEPS, PATIENCE = 24, 4
WORK = 120_000                          # edges looked at in all sweeps
EXCHANGED = 3_000                       # no exchanges in graphs of more edges


def ordered(columns, before, after):
    """The columns, each in its best order; before and after: the neighbours of each node in the columns beside it."""
    place, edges = _places(columns), sum(map(len, after))
    best, fewest, tired = [list(c) for c in columns], crossings(columns, after, place), 0
    for sweep in range(min(SWEEPS, max(4, WORK//max(edges, 1)))):
        if not fewest or tired > PATIENCE:
            break
        forward = sweep % 2 == 0
        columns = [list(c) for c in columns]
        for column in columns if forward else reversed(columns):
            _by_mean(column, before if forward else after, place)
        count = crossings(columns, after, place)
        tired = 0 if count < fewest else tired + 1
        if count < fewest:
            best, fewest = columns, count
    if fewest and edges <= EXCHANGED:
        _exchange(best, before, after)
    return best


def _places(columns):
    return {v: k for column in columns for k, v in enumerate(column)}


def _by_mean(column, beside, place):
    """Sort a column by the mean place of the neighbours; who has none stays where it is."""
    moving = [v for v in column if beside[v]]
    mean = {v: sum([place[u] for u in beside[v]])/len(beside[v]) for v in moving}
    moving.sort(key=mean.__getitem__)
    moved = iter(moving)
    column[:] = [next(moved) if beside[v] else v for v in column]
    for k, v in enumerate(column):
        place[v] = k


def crossings(columns, after, place):
    """How many pairs of edges cross."""
    total = 0
    for column in columns:
        ends = []
        for v in column:
            for w in sorted([place[w] for w in after[v]]):
                total += len(ends) - bisect_right(ends, w)
                insort(ends, w)
    return total


def _exchange(columns, before, after):
    """Let neighbours in a column change places while that takes crossings away."""
    place = _places(columns)
    for _ in range(6):
        changed = False
        for column in columns:
            for k in range(len(column) - 1):
                a, b = column[k], column[k + 1]
                if _pairs(a, b, before, after, place) > _pairs(b, a, before, after, place):
                    column[k], column[k + 1] = b, a
                    place[a], place[b] = k + 1, k
                    changed = True
        if not changed:
            return


def _pairs(a, b, before, after, place):
    """Crossings of the edges of a with those of b, when a stands above b."""
    return sum([place[p] > place[q] for side in (before, after) for p in side[a] for q in side[b]])
