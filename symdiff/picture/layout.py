"""Boxes of known sizes and edges between them go in; where each box stands and the way of each edge come out.

The layout is in layers, left to right, after Sugiyama, Tagawa and Toda (1981): columns (`ranks`), points where long
edges pass the columns between, the order in each column (`crossings`), heights (`coordinates`).  The edges that leave
one box share one trunk, so that a value used in many places is one line with branches.
"""
from dataclasses import dataclass

from .coordinates import heights
from .crossings import ordered
from .ranks import neighbours, ranks

COLUMN, ROW, LANE = 36, 18, 14          # least distances: of columns, of boxes in a column, of passing edges
STEEP, WIDEST = 0.14, 110               # a column's distance grows with the rise of its edges, up to this
POINTS = 20_000                         # most points where edges pass columns; longer trunks are drawn as direct edges
LEAF, TRUNK = 0.001, 30                  # weights of an input's only edge, and of a trunk; others weigh 1
PORT, LEVEL = 11, 6                     # most distance of arrows that enter one box; what rises less is level


@dataclass(frozen=True)
class Layout:
    """Where things stand; y grows downwards.

    boxes          (x, y) of the middle of each box; those that nothing leads to stand at the right of their column
    trunks         for each box the points (x, y) of the line that its edges share, from its right side on: level, and
                   then curves and level lines in turn
    ends           for each edge its points from the trunk, which it leaves at the first one, to its box: a curve, and a
                   level line
    columns        the column of each box
    width, height  of the whole
    """
    boxes: tuple
    trunks: tuple
    ends: tuple
    columns: tuple
    width: float
    height: float


def layout(sizes, edges, room=None):
    """The Layout of boxes (width, height) and edges (from, to); `room` is the width that each edge's label needs.

    >>> found = layout([(40, 20), (60, 20)], [(0, 1)])
    >>> found.boxes, found.trunks[0], found.ends[0]
    (((20.0, 10.0), (106.0, 10.0)), ((40.0, 10.0), (40.0, 10.0)), ((40.0, 10.0), (76.0, 10.0), (76.0, 10.0)))
    """
    net = _Net(sizes, edges)
    y = heights(net.columns, net.weighted(), net.distance)
    top = min([y[v] - net.tall(v)/2 for v in y], default=0)
    y = {v: at - top for v, at in y.items()}
    enters = _ports(net, y)
    left, right = _across(net, y, room or [0]*len(edges))
    x = [(left[c] + right[c])/2 if net.before[v] else right[c] - sizes[v][0]/2
         for v, c in enumerate(net.at[:len(sizes)])]
    trunks, ends = [], []
    for u, (width, _) in enumerate(sizes):
        trunks.append(((x[u] + width/2, y[u]), (right[net.at[u]], y[u]),
                       *[(side[net.at[p]], y[p]) for p in net.trunks.get(u, ()) for side in (left, right)]))
    for e, (u, v) in enumerate(edges):
        last = net.last(e)
        ends.append(((right[net.at[last]], y[last]), (left[net.at[v]], enters[e]), (x[v] - sizes[v][0]/2, enters[e])))
    return Layout(tuple([(x[v], y[v]) for v in range(len(sizes))]), tuple(trunks), tuple(ends),
                  tuple(net.at[:len(sizes)]), max(right, default=0), max([y[v] + net.tall(v)/2 for v in y], default=0))


class _Net:
    """Boxes, and the points where their trunks pass columns, in columns.

    at             the column of each box and point
    trunks         {box: its points, one in each column after its own}
    direct         the edges drawn without points
    before, after  the neighbours of each box and point in the columns beside it
    columns        the boxes and points of each column, in order
    """

    def __init__(self, sizes, edges):
        self.sizes, self.edges, self.at = sizes, edges, ranks(len(sizes), edges)
        self.trunks, self.direct = self._planned()
        self.before, self.after = neighbours(len(self.at), self._steps())
        self.columns = ordered(self._first(), self.before, self.after)

    def _planned(self):
        reach = {}
        for u, v in self.edges:
            reach[u] = max(reach.get(u, 0), self.at[v] - self.at[u] - 1)
        trunks, direct, left = {}, set(), POINTS
        for u in sorted(reach, key=lambda u: (reach[u], u)):
            if reach[u] > left:
                direct.update([e for e, (a, b) in enumerate(self.edges) if a == u and self.at[b] > self.at[a] + 1])
                reach[u] = 0
            left -= reach[u]
            trunks[u] = list(range(len(self.at), len(self.at) + reach[u]))
            self.at += range(self.at[u] + 1, self.at[u] + 1 + reach[u])
        return trunks, direct

    def last(self, e):
        """The box or point from which an edge goes to its end."""
        u, v = self.edges[e]
        passed = 0 if e in self.direct else self.at[v] - self.at[u] - 1
        return self.trunks[u][passed - 1] if passed else u

    def _steps(self):
        """Neighbours in columns beside each other."""
        for u, trunk in self.trunks.items():
            yield from zip([u, *trunk], trunk)
        for e, (_, v) in enumerate(self.edges):
            if e not in self.direct:
                yield self.last(e), v

    def _first(self):
        """An order to begin with: as met from the ends backwards, operands in their order."""
        columns, seen = [[] for _ in range(max(self.at, default=-1) + 1)], set()
        stack = [v for v in reversed(range(len(self.at))) if not self.after[v]]
        while stack:
            v = stack.pop()
            if v not in seen:
                seen.add(v)
                columns[self.at[v]].append(v)
                stack += reversed(self.before[v])
        return columns

    def weighted(self):
        """(node, node in the next column, weight)."""
        boxes = len(self.sizes)
        for u, after in enumerate(self.after):
            for v in after:
                alone = u < boxes and not self.before[u] and len(after) == 1 and v < boxes
                yield u, v, TRUNK if u >= boxes and v >= boxes else LEAF if alone else 1

    def tall(self, v):
        return self.sizes[v][1] if v < len(self.sizes) else 0

    def distance(self, a, b):
        """Between the middles of neighbours in a column."""
        boxes = len(self.sizes)
        return (self.tall(a) + self.tall(b))/2 + (ROW if a < boxes and b < boxes else LANE)


def _ports(net, y):
    """The height at which each edge enters its box, from above over those from below; a level one enters the middle."""
    entering, at = {}, {}
    for e, (_, v) in enumerate(net.edges):
        entering.setdefault(v, []).append((y[net.last(e)] - y[v], e))
    for v, edges in entering.items():
        edges.sort()
        level = min(range(len(edges)), key=lambda k: abs(edges[k][0]))
        middle = level if abs(edges[level][0]) < LEVEL else (len(edges) - 1)/2
        step = min(PORT, 0.4*net.tall(v)/max(middle, len(edges) - 1 - middle, 1))
        for k, (_, e) in enumerate(edges):
            at[e] = y[v] + step*(k - middle)
    return at


def _across(net, y, room):
    """(left end, right end) of every column."""
    wide, gap = [0.0]*len(net.columns), [COLUMN]*len(net.columns)
    for v, (width, _) in enumerate(net.sizes):
        wide[net.at[v]] = max(wide[net.at[v]], width)
    for u, after in enumerate(net.after):
        for v in after:
            gap[net.at[u]] = max(gap[net.at[u]], min(STEEP*abs(y[u] - y[v]), WIDEST))
    for (_, v), width in zip(net.edges, room):
        gap[net.at[v] - 1] = max(gap[net.at[v] - 1], width)
    left, x = [], 0.0
    for w, g in zip(wide, gap):
        left.append(x)
        x += w + g
    return left, [a + w for a, w in zip(left, wide)]
