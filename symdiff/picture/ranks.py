"""Edges of a graph without circles go in; the column of each node comes out, every edge going to the right.

The columns are those of the longest path, after which nodes move towards the side where more of their edges end: an
input stands just before its first use, and what is computed from inputs of its own just before it is needed.
"""

ROUNDS = 3


def ranks(count, edges):
    """The column of each of the nodes 0 … count - 1; edges are pairs (from, to).

    >>> ranks(4, [(0, 1), (1, 2), (3, 2)])
    [0, 1, 2, 1]
    """
    before, after = neighbours(count, edges)
    order = topological(before, after)
    rank = [0]*count
    for v in order:
        rank[v] = max([rank[u] + 1 for u in before[v]], default=0)
    held = _held(before, after, order)
    for _ in range(ROUNDS):
        for v in reversed(order):
            if after[v] and len(after[v]) >= held[v]:
                rank[v] = min([rank[w] for w in after[v]]) - 1
        for v in order:
            if before[v] and held[v] > len(after[v]) > 0:
                rank[v] = max([rank[u] for u in before[v]]) + 1
    first = min(rank, default=0)
    return [r - first for r in rank]


def neighbours(count, edges):
    """(those before, those after) each node, every one once, in the order of the edges."""
    before, after = [{} for _ in range(count)], [{} for _ in range(count)]
    for u, v in edges:
        before[v][u] = after[u][v] = None
    return [list(b) for b in before], [list(a) for a in after]


def topological(before, after):
    """The nodes, each after those before it."""
    missing = [len(b) for b in before]
    order = [v for v, m in enumerate(missing) if not m]
    for v in order:                                               # grows while it is walked
        for w in after[v]:
            missing[w] -= 1
            if not missing[w]:
                order.append(w)
    if len(order) < len(before):
        raise ValueError("the edges make a circle")
    return order


def _held(before, after, order):
    """How many edges hold a node to the left: those from nodes that would not move with it."""
    free, held = [False]*len(before), [0]*len(before)
    for v in order:
        held[v] = sum([not (free[u] and len(after[u]) == 1) for u in before[v]])
        free[v] = not held[v]
    return held
