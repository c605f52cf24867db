"""The branch not taken never reaches the gradient."""
import numpy as np
import pytest

from symdiff import derive
from symdiff.evaluate import evaluate
from symdiff.graph import order
from symdiff.operations import operations
from symdiff.passes import AFTER, guard, run
from symdiff.primitives.build import elementwise, total
from symdiff.primitives.contraction import contract
from symdiff.primitives.leaf import constant, input

def choose(c, a, b=None):
    a = elementwise("add", a, constant(0)) if a.op.name == "input" else a
    sizes = a.sizes
    return elementwise("select", c, a, constant(0, sizes) if b is None else b)


def above(a, limit=0):
    return elementwise("gt", a, constant(limit))


def gradient(f, *wrt, **values):
    g, _ = run(derive.gradient(run((f,))[0][0], list(wrt)), AFTER)
    return evaluate(g, values)


x, y = input("x"), input("y")


@pytest.mark.parametrize("name", ["log", "sqrt", "lgamma", "atanh", "acosh"])
def test_infinite_partial(name):
    g, = gradient(choose(above(x, 1) if name == "acosh" else above(x), elementwise(name, x)), x, x=0.0)
    assert g == 0


def test_through_a_chain():
    inner = elementwise("log", elementwise("sqrt", x))
    f = choose(above(x), elementwise("mul", elementwise("exp", elementwise("mul", inner, y)), y))
    assert [float(g) for g in gradient(f, x, y, x=0.0, y=2.0)] == [0, 0]


def test_two_choices_of_one_value():
    u = elementwise("log", x)
    f = elementwise("add", choose(above(x), elementwise("mul", u, y)), choose(above(x, 1), elementwise("sin", u)))
    assert gradient(f, x, x=0.0, y=1.0)[0] == 0
    g, = gradient(f, x, x=0.5, y=3.0)
    assert np.isclose(g, 6)


def test_scalar_repeated_in_a_sum():
    v = input("v", (3,))
    there, logs = [contract([node], [()], "i", {"i": 3}) for node in (above(x), elementwise("log", x))]
    f = total(elementwise("select", there, elementwise("mul", v, logs), constant(0, (3,))))
    assert gradient(f, x, x=0.0, v=[1.0, 2, 3])[0] == 0
    assert np.isclose(gradient(f, x, x=0.5, v=[1.0, 2, 3])[0], 12)


def test_second_derivative():
    f = choose(above(x), elementwise("mul", elementwise("log", x), elementwise("log", x)))
    g, = run(derive.gradient(f, [x]), AFTER)[0]
    h, = run(derive.gradient(g, [x]), AFTER)[0]
    assert evaluate((g, h), {"x": 0.0}) == (0, 0)
    assert np.allclose(evaluate((g, h), {"x": 2.0}), [np.log(2), (1 - np.log(2))/2])


def test_both_branches_and_no_more_products():
    f = elementwise("select", above(x), elementwise("log", x), elementwise("sqrt", elementwise("neg", x)))
    f = elementwise("mul", elementwise("mul", f, f), y)
    raw = derive.gradient(f, [x])
    new = guard(raw)
    assert operations(new) <= operations(raw) + 2
    for value in (0.5, -0.5, 2.0):
        before, after = evaluate((*raw, *new), {"x": value, "y": 2.0})
        assert np.isfinite(after) and (np.isnan(before) or np.isclose(before, after))
    assert gradient(f, x, x=-0.25, y=1.0)[0] == -1


def test_live_nan_stays():
    g, = gradient(choose(above(y), elementwise("log", x)), x, x=0.0, y=1.0)
    assert np.isinf(g)
    new, _ = run(derive.gradient(choose(above(x), elementwise("log", x)), [x]), AFTER)
    assert all(n.op.name != "or" for n in order(new))
