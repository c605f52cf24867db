"""The layered layout: what every drawing must keep, on many graphs; parts of it against brute force and SciPy."""
import random
from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import isotonic_regression

from symdiff.picture import layout as module
from symdiff.picture.coordinates import rising
from symdiff.picture.crossings import crossings, ordered
from symdiff.picture.layout import layout
from symdiff.picture.ranks import neighbours, ranks


def graph(seed, count=None):
    """(sizes, edges) without circles, drawn at random."""
    draw = random.Random(seed)
    count = count or draw.choice([1, 2, 5, 12, 30, 60])
    near, many = draw.choice([2, 8, 100]), draw.choice([1, 2, 4])
    edges = {(draw.randrange(max(0, v - near), v), v) for v in range(1, count) for _ in range(draw.randint(0, many))}
    return [(draw.uniform(10, 200), draw.uniform(10, 90)) for _ in range(count)], sorted(edges)


SHAPES = {
    "nothing": ([], []),
    "one": ([(50, 20)], []),
    "two apart": ([(50, 20)]*2, []),
    "chain": ([(50, 20)]*40, [(k, k + 1) for k in range(39)]),
    "one used by all": ([(50, 20)]*40, [(k, k + 1) for k in range(1, 39)] + [(0, k) for k in range(1, 40)]),
    "all to all": ([(50, 20)]*12, list(combinations(range(12), 2))),
    "tree": ([(50, 20)]*63, [(k, (k - 1)//2) for k in range(1, 63)]),
    "fan": ([(50, 20)]*40, [(k, 39) for k in range(39)]),
    "twice": ([(50, 20)]*2, [(0, 1), (0, 1)]),
}
GRAPHS = [*SHAPES.values(), *[graph(seed) for seed in range(60)]]
every_graph = pytest.mark.parametrize("sizes, edges", GRAPHS, ids=[*SHAPES, *map(str, range(60))])


def inside(point, box, size, slack=0.01):
    return all(abs(p - b) < s/2 - slack for p, b, s in zip(point, box, size))


@every_graph
def test_boxes_do_not_overlap(sizes, edges):
    boxes = layout(sizes, edges).boxes
    for a, b in combinations(range(len(sizes)), 2):
        apart = [abs(p - q) - (s + t)/2 for p, q, s, t in zip(boxes[a], boxes[b], sizes[a], sizes[b])]
        assert max(apart) > 5, (a, b)


@every_graph
def test_edges_go_from_left_to_right_from_box_to_box(sizes, edges):
    found = layout(sizes, edges)
    for (u, v), end in zip(edges, found.ends):
        trunk = found.trunks[u]
        (a, b), (c, d) = found.boxes[u], found.boxes[v]
        assert found.columns[u] < found.columns[v]
        assert trunk[0] == pytest.approx((a + sizes[u][0]/2, b))
        assert end[0] in trunk
        assert end[-1][0] == pytest.approx(c - sizes[v][0]/2) and abs(end[-1][1] - d) < sizes[v][1]/2
        way = [*trunk[:trunk.index(end[0]) + 1], *end[1:]]
        assert all(p[0] <= q[0] + 1e-9 for p, q in zip(way, way[1:]))


@every_graph
def test_lines_do_not_cross_boxes(sizes, edges):
    """Level lines cross columns between boxes; curves stay between columns."""
    found = layout(sizes, edges)
    boxes = list(zip(found.boxes, sizes))
    for line in (*found.trunks, *found.ends):
        for (a, b), (c, d) in zip(line, line[1:]):
            for t in np.linspace(0, 1, 9):
                bend = 3*t*t - 2*t**3                             # the height of a curve that begins and ends level
                assert not any(inside((a + t*(c - a), b + bend*(d - b)), *box) for box in boxes)


@every_graph
def test_everything_lies_on_the_paper(sizes, edges):
    found = layout(sizes, edges)
    for (x, y), (wide, high) in zip(found.boxes, sizes):
        assert x - wide/2 >= -0.01 and y - high/2 >= -0.01
        assert x + wide/2 <= found.width + 0.01 and y + high/2 <= found.height + 0.01
    for line in (*found.trunks, *found.ends):
        assert all(-0.01 <= x <= found.width + 0.01 and -0.01 <= y <= found.height + 0.01 for x, y in line)


def test_labels_have_room():
    found = layout([(40, 20)]*2, [(0, 1)], [150])
    (a, _), (b, _) = found.boxes
    assert b - a - 40 >= 150


def test_trunks_that_would_need_too_many_points_are_drawn_direct(monkeypatch):
    monkeypatch.setattr(module, "POINTS", 30)
    sizes, edges = SHAPES["one used by all"]
    test_boxes_do_not_overlap(sizes, edges)
    test_edges_go_from_left_to_right_from_box_to_box(sizes, edges)
    assert len(layout(sizes, edges).trunks[0]) == 2


def test_a_circle_is_refused():
    with pytest.raises(ValueError):
        ranks(2, [(0, 1), (1, 0)])


def test_inputs_stand_before_their_first_use():
    # a chain 0..4 with an input to the last one, and what is computed from an input of its own alone
    assert ranks(8, [(0, 1), (1, 2), (2, 3), (3, 4), (5, 4), (6, 7), (7, 4)]) == [0, 1, 2, 3, 4, 3, 2, 3]
    assert ranks(8, [(0, 1), (1, 2), (2, 3), (3, 4), (5, 7), (6, 7), (7, 4)]) == [0, 1, 2, 3, 4, 2, 2, 3]


@pytest.mark.parametrize("seed", range(40))
def test_ranks_are_no_longer_than_the_longest_path(seed):
    sizes, edges = graph(seed)
    found = ranks(len(sizes), edges)
    assert all(found[u] < found[v] for u, v in edges)
    longest = [0]*len(sizes)
    for u, v in edges:                                            # sorted, and every edge goes up
        longest[v] = max(longest[v], longest[u] + 1)
    for u, v in sorted(edges, key=lambda e: e[1]):
        longest[v] = max(longest[v], longest[u] + 1)
    assert max(found) <= max(longest)
    assert sum(found[v] - found[u] for u, v in edges) <= sum(longest[v] - longest[u] for u, v in edges)


def brute_force(columns, after):
    place = {v: k for column in columns for k, v in enumerate(column)}
    total = 0
    for column in columns:
        edges = [(place[u], place[v]) for u in column for v in after[u]]
        total += sum((a - c)*(b - d) < 0 for (a, b), (c, d) in combinations(edges, 2))
    return total


@pytest.mark.parametrize("seed", range(30))
def test_crossings(seed):
    """Counted as by brute force; ordering never makes more; two columns that can be drawn without any have none."""
    draw = random.Random(seed)
    columns = [list(range(7)), list(range(7, 15))]
    edges = {(draw.randrange(7), 7 + draw.randrange(8)) for _ in range(14)}
    before, after = neighbours(15, sorted(edges))
    place = {v: k for column in columns for k, v in enumerate(column)}
    assert crossings(columns, after, place) == brute_force(columns, after)
    assert brute_force(ordered(columns, before, after), after) <= brute_force(columns, after)


def test_a_matching_is_drawn_without_crossings():
    draw = random.Random(0)
    right = list(range(20, 40))
    draw.shuffle(right)
    before, after = neighbours(40, list(zip(range(20), right)))
    assert brute_force(ordered([list(range(20)), list(range(20, 40))], before, after), after) == 0


@pytest.mark.parametrize("seed", range(20))
def test_rising_is_the_isotonic_regression(seed):
    draw = np.random.default_rng(seed)
    wanted, weights = draw.normal(size=30), draw.uniform(0.1, 5, size=30)
    assert rising(list(wanted), list(weights)) == pytest.approx(isotonic_regression(wanted, weights=weights).x)


def test_a_chain_with_inputs_is_level():
    """What leads on is drawn straight, whatever joins it."""
    edges = [(k, k + 1) for k in range(9)] + [(10 + k, k + 1) for k in range(9)]
    found = layout([(60, 40)]*19, edges)
    assert np.ptp([found.boxes[k][1] for k in range(1, 10)]) < 0.5
