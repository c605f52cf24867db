"""Rewrites through picks, joins, choices and weights, over rows: value and slope beside logarithms written by hand."""
import numpy as np
import pytest

import symdiff as sd
from symdiff.evaluate import evaluate
from symdiff.passes.stabilise import stabilise
from symdiff.passes.stabilise.picked import sunk
from symdiff.primitives.arrangement import concatenate, index
from symdiff.primitives.build import elementwise
from symdiff.primitives.contraction import contract
from symdiff.primitives.leaf import input
from symdiff.read import read

(n,) = sizes = sd.sizes("n"),
Z = np.array([-800.0, 3.0, 801.0, 0.5, -790.0])
Y = np.array([1.0, 0.0, 0.0, 1.0, 1.0])


def sigmoid(z):
    return 1/(1 + np.exp(-z))


def softmax(z):
    return np.exp(z)/np.sum(np.exp(z))


def logsig(z):
    return -np.logaddexp(0, -z)


def logsum(z):
    return np.logaddexp.reduce(z)


def share(z):
    return np.exp(z - logsum(z))


def one(k):
    return np.eye(5)[k]


# what is typed; its value and its slope in z where they do not overflow
CASES = [
    (lambda z, y: np.log(softmax(z)[1]), lambda z, y: z[1] - logsum(z), lambda z, y: one(1) - share(z)),
    (lambda z, y: np.sum(np.log(softmax(z)[:3])), lambda z, y: np.sum(z[:3]) - 3*logsum(z),
     lambda z, y: one(0) + one(1) + one(2) - 3*share(z)),
    (lambda z, y: np.log(1 - sigmoid(z)[2]), lambda z, y: logsig(-z[2]), lambda z, y: -one(2)*np.exp(logsig(z[2]))),
    (lambda z, y: np.sum(np.log(np.stack([sigmoid(z), 1 - sigmoid(z)]))), lambda z, y: np.sum(logsig(z) + logsig(-z)),
     lambda z, y: np.exp(logsig(-z)) - np.exp(logsig(z))),
    (lambda z, y: np.sum(np.log(np.concatenate([np.exp(z)[1:], sigmoid(z)]))),
     lambda z, y: np.sum(z[1:]) + np.sum(logsig(z)), lambda z, y: 1 - one(0) + np.exp(logsig(-z))),
    (lambda z, y: np.sum(np.log(np.where(y > 0, sigmoid(z), 1 - sigmoid(z)))),
     lambda z, y: np.sum(logsig((2*y - 1)*z)), lambda z, y: (2*y - 1)*np.exp(logsig((1 - 2*y)*z))),
    (lambda z, y: np.sum(np.log(y*sigmoid(z) + (1 - y)*(1 - sigmoid(z)))),
     lambda z, y: np.sum(logsig((2*y - 1)*z)), lambda z, y: (2*y - 1)*np.exp(logsig((1 - 2*y)*z))),
    (lambda z, y: np.log(np.sum(softmax(z)*y)), lambda z, y: logsum(z[y > 0]) - logsum(z),
     lambda z, y: np.where(y > 0, np.exp(z - logsum(z[y > 0])), 0) - share(z)),
    (lambda z, y: np.log(np.sum(np.where(y > 0, softmax(z), 0))), lambda z, y: logsum(z[y > 0]) - logsum(z),
     lambda z, y: np.where(y > 0, np.exp(z - logsum(z[y > 0])), 0) - share(z)),
    (lambda z, y: np.log(np.sum(np.where(y > 0, np.exp(2*z), 0))), lambda z, y: logsum(2*z[y > 0]),
     lambda z, y: np.where(y > 0, 2*np.exp(2*z - logsum(2*z[y > 0])), 0)),
    (lambda z, y: np.log(np.sum(np.exp(z)[1:3])), lambda z, y: logsum(z[1:3]),
     lambda z, y: np.exp(z - logsum(z[1:3]))*(one(1) + one(2))),
    (lambda z, y: np.log(np.exp(z)[0] + np.exp(z)[4]), lambda z, y: np.logaddexp(z[0], z[4]),
     lambda z, y: one(0)/(1 + np.exp(10.0)) + one(4)/(1 + np.exp(-10.0))),
    (lambda z, y: np.log(sigmoid(z)[4] - sigmoid(z)[0]), lambda z, y: z[4] + np.log1p(-np.exp(-10.0)),
     lambda z, y: (one(4) - np.exp(-10.0)*one(0))/(1 - np.exp(-10.0))),
    (lambda z, y: np.exp(z)[0]/np.exp(z)[4], lambda z, y: np.exp(-10.0), lambda z, y: np.exp(-10.0)*(one(0) - one(4))),
    (lambda z, y: np.sum(np.exp(z)*np.exp(-z - 3)), lambda z, y: 5*np.exp(-3.0), lambda z, y: 0*z)]


# what is typed with z, y and a table t; the same in NumPy, where nothing leaves the range
PLAIN = [lambda z, y, t: np.sum(np.log(np.take(sigmoid(t), y))),
         lambda z, y, t: np.sum(np.log(1 - np.take(sigmoid(t), y))),
         lambda z, y, t: np.sum(np.log(np.take(softmax(t), y))),
         lambda z, y, t: np.sum(np.log(np.diag(np.exp(t)) + 1) + np.maximum(np.log(np.diag(np.exp(t))), -5)),
         lambda z, y, t: np.sum(((2*z)[1:] - (2*z)[:-1])**2),
         lambda z, y, t: np.sum(np.log(np.exp(z)[:, None]*np.ones(3))),
         lambda z, y, t: np.sum(np.log(np.exp(t)[:, None]*np.ones(3)))]
TABLE = np.array([0.5, -2.0, 1.0])


@pytest.mark.parametrize("typed", PLAIN)
def test_where_all_is_in_the_range(typed):
    given = {"z": Z/300, "y": Y, "t": TABLE}
    node = read(typed(sd.array("z", n), sd.array("y", n), sd.array("t", 3)))
    (new,), _ = stabilise((node,))
    with np.errstate(all="ignore"):
        wanted = typed(*[given[name].astype(int) if name == "y" else given[name] for name in "zyt"])
        np.testing.assert_allclose(evaluate((new,), given)[0], wanted, rtol=1e-14)


@pytest.mark.parametrize("typed, value, slope", CASES)
def test_in_the_tails(typed, value, slope):
    z, y = sd.array("z", n), sd.array("y", n)
    f = sd.compile(typed(z, y), wrt=[z])
    given = {"z": Z, "y": Y} if "y" in f.inputs else {"z": Z}
    got, grad = f.value_and_grad(**given)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(got, value(Z, Y), rtol=2e-14, atol=1e-300)
        np.testing.assert_allclose(grad["z"], slope(Z, Y), rtol=2e-13, atol=1e-300)


def test_a_distance_of_some_entries_is_flat_where_it_is_0():
    z = sd.array("z", n)
    f = sd.compile(np.sqrt(np.sum((z**2)[1:3])), wrt=[z])
    assert f.grad(z=np.array([1.0, 0.0, 0.0, 2.0]))["z"].tolist() == [0, 0, 0, 0]
    np.testing.assert_allclose(f.grad(z=np.array([1.0, 3.0, 4.0, 2.0]))["z"], [0, 0.6, 0.8, 0], rtol=1e-15)


def test_where_nothing_fires_the_picks_stay():
    """f(x)[1:] - f(x)[:-1] asks for n values of f, not 2n."""
    z = sd.array("z", n)
    f = sd.compile(np.sum((np.abs(z)[1:] - np.abs(z)[:-1])**2), wrt=[z])
    assert str(f.rewrites) == "nothing"


def test_an_outer_product_of_exponentials_stays():
    """2n exponentials, not n²; of two entries, and of two columns, it is one."""
    z, y = sd.array("z", n), sd.array("y", n)
    for typed, fires in ((np.exp(z[:, None])*np.exp(y), False), (np.exp(z[1])*np.exp(y[2]), True),
                         (np.exp(z)*np.exp(y[::-1]), True)):
        _, fired = stabilise((read(typed),))
        assert ("exp(x)*exp(y)" in [one.rule for one in fired]) == fires


def test_what_moves():
    """Through functions of entries, sums and picks; not through repetition, nor into a matrix with zeros beside it."""
    x = input("x", (4,))
    e = elementwise("exp", x)
    node, moved = sunk(elementwise("add", index(e, [("i", 1)]), index(concatenate((e, x), -1), [("i", 2)])))
    assert moved == {"exp"} and [i.op.name for i in node.inputs][0] == "exp"
    diagonal = contract([e], [(0,)], (0, 0))
    assert sunk(diagonal) == (diagonal, set())
    assert sunk(contract([e], [(0,)], (0, 1), {1: 3}))[1] == set()


def test_a_formula_that_shares_its_parts_is_moved_once():
    """2^60 terms when written out."""
    x = input("x", (4,))
    node = elementwise("exp", x)
    for _ in range(60):
        node = elementwise("mul", node, node)
    sunk(index(node, [("i", 1)]))
