"""entries: arrays of single numbers taken apart and put together, against NumPy's own arrangement; what is left alone."""
import numpy as np
import pytest

from symdiff.entries import assembled, entries, entry, entry_of
from symdiff.evaluate import evaluate
from symdiff.graph import check
from symdiff.lengths import sizes
from symdiff.primitives.arrangement import concatenate, cut, pad, reshape, stack, take
from symdiff.primitives.build import elementwise, expand, eye, matmul, stretch, total, transpose
from symdiff.primitives.contraction import contract
from symdiff.primitives.leaf import constant, data, input
from symdiff.primitives.scan import Parameter, loop, parameter

n, _ = sizes("n d")
x, X = input("x", (6,)), input("X", (2, 3))
VALUES = {"x": np.arange(6.0) + 0.5, "X": np.arange(6.0).reshape(2, 3) - 2.25}
S = [elementwise("mul", entry(x, k), elementwise("sin", entry(x, 5 - k))) for k in range(6)]


def row(*nodes):
    return stack(list(nodes), 0)


FOUR = row(*S[:4])
TABLE = reshape(row(*S), (2, 3))
ARRANGED = {
    "scalar": S[0],
    "stacked": FOUR,
    "stacked twice": row(row(*S[:3]), row(*S[3:])),
    "reshaped": TABLE,
    "transposed": transpose(TABLE),
    "cut": cut(TABLE, [(1, -1, 2), (0, 2, 2)]),
    "joined": concatenate([TABLE, row(row(*S[:3]))], 0),
    "placed": pad([FOUR], (9,), [((1, 2),)]),
    "placed twice": pad([FOUR, row(S[0], S[1])], (5,), [((0, 1),), ((3, 1),)]),
    "repeated": stretch(expand(row(*S[:2]), (1,)), (2, 3)),
    "diagonal": contract([FOUR], [(0,)], (0, 0)),
    "diagonal of a table": contract([reshape(FOUR, (2, 2))], [(0, 0)], (0,)),
    "a table's diagonal alone": contract([reshape(FOUR, (2, 2))], [(0, 0)], (0, 0)),
    "with numbers": concatenate([FOUR, constant(0, (2,)), constant(2, (1,))], 0),
    "with entries": row(S[0], entry(X, 4), entry(x, 0), entry(data(np.array([3.0, 4.0])), 1)),
    "a piece of an input": concatenate([FOUR, cut(x, [(1, 2, 3)])], 0),
    "one entry of an array": elementwise("exp", total(cut(FOUR, [(2, 1, 1)]))),
    "added": elementwise("add", row(*S[:2]), row(*S[1:3])),
    "multiplied": matmul(data(np.eye(2)[::-1].copy()), reshape(FOUR, (2, 2))),
    "summed": total(row(*S[:3])),
    "of nothing": elementwise("mul", total(pad([expand(constant(0), (0,))], (2,), [((0, 1),)])), S[0]),
}


@pytest.mark.parametrize("name", ARRANGED)
def test_taken_apart_and_put_together(name):
    node = ARRANGED[name]
    cells, = entries((node, *S))[:1]
    assert cells.shape == node.sizes
    assert all([c is None or c.sizes == () for c in cells.flat])
    again = assembled(cells)
    check((again,))
    wanted = evaluate((node,), VALUES)[0]
    assert again.sizes == node.sizes
    np.testing.assert_allclose(evaluate((again,), VALUES)[0], wanted, rtol=1e-15)
    apart = [0.0 if c is None else float(evaluate((c,), VALUES)[0]) for c in cells.flat]
    np.testing.assert_allclose(np.reshape(apart, cells.shape), wanted, rtol=1e-15)


def test_what_is_a_single_number_stays_the_same_node():
    assert entries(tuple(S))[2][()] is S[2]
    assert entries((FOUR,))[0].tolist() == S[:4]


@pytest.mark.parametrize("k", range(6))
def test_entries_are_known_again(k):
    assert entry_of(entry(x, k)) == (x, k)
    assert entry_of(entry(X, k)) == (X, k)
    assert entry_of(entry(input("a"), 0)) == (input("a"), 0)
    assert entry_of(total(input("q", (1,)))) == (input("q", (1,)), 0)
    assert float(evaluate((entry(X, k),), VALUES)[0]) == VALUES["X"].flat[k]


@pytest.mark.parametrize("node", [S[0], total(x), constant(2), x, total(cut(x, [(0, 1, 2)]))])
def test_others_are_no_entries(node):
    assert entry_of(node) is None


def step():
    state = Parameter(parameter(()), S[0])
    return loop([state], [], [], [elementwise("sin", state.node)], 3)


LEFT_ALONE = {
    "an array": elementwise("exp", x),
    "a large array beside": row(S[0], total(elementwise("exp", input("w", (999,))))),
    "a symbolic length": row(S[0], entry(input("w", (9,)), 1), total(input("v", (n,)))),
    "a large piece": concatenate([row(*S), input("w", (999,))], 0),
    "many numbers": concatenate([row(*S), constant(2, (999,))], 0),
    "repeated often": stretch(expand(S[0], (0,)), (999,)),
    "a loop": step(),
    "an index that is computed": row(S[0], total(take(x, row(entry(x, 0)), 0))),
    "an identity matrix": eye((40,)),
}


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_left_alone(name):
    assert entries((LEFT_ALONE[name],)) is None


def test_zeros_are_placed_by_no_node():
    cells = np.full((3, 4), None, dtype=object)
    assert assembled(cells) is constant(0, (3, 4))
    cells[1, 2] = S[1]
    np.testing.assert_array_equal(np.nonzero(evaluate((assembled(cells),), VALUES)[0]), [[1], [2]])
    assert assembled(np.array(None, dtype=object)) is constant(0)
    assert assembled(np.empty((0, 2), object)) is constant(0, (0, 2))
