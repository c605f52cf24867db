"""Columns of nodes in their order go in; heights at which edges are short and long ones straight come out.

What is made small is Σ weight·(y_u - y_v)² over the edges, while neighbours in a column keep their distance.  Column by
column that is a regression with an order to keep, which pooling of neighbours solves exactly; going back and forth
over the columns comes down to the least sum of all.  What is then nearly level is made level.
"""

ROUNDS = 30
WORK = 150_000                          # nodes placed in all rounds
LEVEL = 16                              # an edge that rises less is made level, where there is room


def heights(columns, edges, distance):
    """{node: y of its middle}; edges: (node, node in the next column, weight); distance(a, b): between neighbours."""
    before, after = {}, {}
    for u, v, weight in edges:
        before.setdefault(v, []).append((u, weight))
        after.setdefault(u, []).append((v, weight))
    down = [[0.0]*len(column) for column in columns]              # the least y of each node, from the top of its column
    for column, low in zip(columns, down):
        for k in range(1, len(column)):
            low[k] = low[k - 1] + distance(column[k - 1], column[k])
    y = {v: low - lows[-1]/2 for column, lows in zip(columns, down) for v, low in zip(column, lows)}
    both = {v: before.get(v, []) + after.get(v, []) for v in y}
    _settle(columns, down, before, y)
    for turn in range(min(ROUNDS, max(4, WORK//max(len(y), 1)))):
        if turn % 2:
            _settle(columns, down, both, y)
        else:
            _settle(columns[::-1], down[::-1], both, y)
    for _ in range(2):
        _straighten(columns, after, y, distance)
    return y


def _settle(columns, down, beside, y):
    """Every column in turn to where its neighbours draw it."""
    for column, lows in zip(columns, down):
        wanted, weights = [], []
        for v, low in zip(column, lows):
            pull = total = 0.0
            for u, weight in beside.get(v, ()):
                pull += weight*y[u]
                total += weight
            wanted.append((pull/total if total else y[v]) - low)
            weights.append(total or 1e-6)
        for v, low, at in zip(column, lows, rising(wanted, weights)):
            y[v] = at + low


def _straighten(columns, after, y, distance):
    """Ways that are nearly level are made level, as far as the neighbours in each column leave room."""
    above, below = {}, {}
    for column in columns:
        for a, b in zip(column, column[1:]):
            above[b], below[a] = (a, distance(a, b)), (b, distance(a, b))
    for way in _ways(columns, after, y):
        part, low, high = [], float("-inf"), float("inf")
        for v in [*way, None]:
            least = y[above[v][0]] + above[v][1] if v in above else float("-inf")
            most = y[below[v][0]] - below[v][1] if v in below else float("inf")
            if v is None or max(low, least) > min(high, most):
                middle = sum([y[u] for u in part])/len(part) if part else 0
                y.update(dict.fromkeys(part, min(max(middle, low), high)))
                part, low, high = [], float("-inf"), float("inf")
            part.append(v)
            low, high = max(low, least), min(high, most)


def _ways(columns, after, y):
    """Lists of nodes, each joined to the next by its heaviest and most level edge, which rises less than LEVEL."""
    taken, joined = set(), {}
    for column in columns:
        for u in column:
            near = [(-weight, abs(y[u] - y[v]), v) for v, weight in after.get(u, ())
                    if v not in taken and abs(y[u] - y[v]) < LEVEL]
            if near:
                joined[u] = min(near)[2]
                taken.add(joined[u])
    for column in columns:
        for u in column:
            if u not in taken:
                way = [u]
                while way[-1] in joined:
                    way.append(joined[way[-1]])
                if len(way) > 1:
                    yield way


def rising(wanted, weights):
    """The sequence that never falls with the least Σ weight·(value - wanted)².

    >>> rising([3.0, 1.0, 5.0], [1.0, 1.0, 1.0])
    [2.0, 2.0, 5.0]
    """
    pools = []                                                    # [mean, weight, members]
    for value, weight in zip(wanted, weights):
        members = 1
        while pools and pools[-1][0] >= value:
            mean, heavy, many = pools.pop()
            value = (mean*heavy + value*weight)/(heavy + weight)
            weight, members = heavy + weight, members + many
        pools.append((value, weight, members))
    return [mean for mean, _, members in pools for _ in range(members)]
