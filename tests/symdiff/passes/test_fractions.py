"""Quotients of polynomials over atoms: equal to what they were made of, and safe where products overflow."""
import random

import mpmath
import numpy as np
import pytest

from symdiff.derive import gradient
from symdiff.evaluate import evaluate
from symdiff.graph import order
from symdiff.passes.stabilise import RULES, stabilise
from symdiff.passes.stabilise.engine import Rewriter
from symdiff.passes.stabilise.fractions import RING, Fractions, TooLarge
from symdiff.primitives.leaf import INPUT
from tests.symdiff.passes.formula import exact, graph


def work():
    return Fractions(Rewriter(RULES.values()))


@pytest.mark.parametrize("text", [
    "1/(x + 1) - 1/x", "x*(y + 1) - x*y", "(x - y)/(x + y) + (x + y)/(x - y)", "(x + 1)**3 - x**3", "x**-2 - 1/(x*y)",
    "sqrt(x)*sqrt(x) - x*sin(y)", "hypot(x, y)**2/x - x", "(x/3 - y/7)*(x + 0.5)", "1/(1 - half_circle(x)**2)",
])
def test_the_quotient_is_the_formula(text):
    node, fractions, generator = graph(text), work(), random.Random(1)
    with np.errstate(all="ignore"):
        again = fractions.node(*fractions.of(node), node)
    for _ in range(20):
        values = {k: generator.uniform(0.1, 0.9) for k in "xy"}
        one, other = exact(node, values, 60), exact(again, values, 60)
        assert abs(one - other) <= mpmath.mpf(10)**-50*max(1, abs(one))


def test_what_cancels_is_told():
    fractions = work()
    parts = [fractions.of(graph(t)) for t in ("1/(x + 1)", "1/x")]
    assert fractions.added(parts, [1, -1])[2] and not fractions.added(parts, [1, 1])[2]
    above, below, _ = fractions.added(parts, [1, -1])
    assert above == -RING.one and len(below) == 2


def test_products_stay_in_range():
    """x·y/(1 - y) as x·(y/(1 - y)); 1/(x·(x + 1)) as 1/x/(x + 1)."""
    fractions = work()
    with np.errstate(all="ignore"):
        one = fractions.node(*fractions.of(graph("x*y/(1 - y)")), graph("x"))
        other = fractions.node(*fractions.of(graph("1/(x*(x + 1)*(x - 1))")), graph("x"))
    assert float(evaluate((one,), {"x": 1e300, "y": 1e10})[0]) == pytest.approx(-1e300)
    assert float(evaluate((other,), {"x": 1e101})[0]) == pytest.approx(1e-303)


@pytest.mark.parametrize("text", ["(x + y + 1)**4*(x - y + 2)**4*(x + 3)**4", "a + b + c + d + f + g + h",
                                  "x**2/(y - y)"])
def test_bounds(text):
    with pytest.raises(TooLarge):
        work().of(graph(text))


NOTHING = ["(a + b)**2 - a**2 - 2*a*b - b**2", "(a + 1)*a - (a**2 + a)",
           "sqrt(a + b + 2*sqrt(a*b)) - sqrt(a) - sqrt(b)",
           "sqrt(a + (b - b)) - sqrt(a)", "sqrt(2**a + (a - a)) - sqrt(2**a)", "3*(sqrt(a + (b - b)) - sqrt(a))/b"]


@pytest.mark.parametrize("text", NOTHING)
def test_what_cancels_to_nothing_is_0(text):
    """The number 0 with derivatives 0 up to rounding, and nan where all inputs are."""
    (new,), _ = stabilise((graph(text),))
    inputs = [n for n in order([new]) if n.op is INPUT]
    with np.errstate(all="ignore"):
        for values in ({"a": 2.0, "b": 3.0}, {"a": 0.1, "b": 7.0}):
            found = [float(v) for v in evaluate((new, *gradient(new, inputs)), values)]
            assert all(abs(v) <= 1e-15 for v in found), found
        assert np.isnan(evaluate((new,), {"a": np.nan, "b": np.nan})[0])
