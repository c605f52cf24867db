"""Power series of formulas near 0: their coefficients are SymPy's, and beside a crossover both forms are right.
"""
import math

import pytest
import sympy as sp

from symdiff.evaluate import evaluate
from symdiff.graph import order
from symdiff.primitives.leaf import CONSTANT, number
from tests.symdiff.passes.accuracy import BARS, EPS, derived, errors
from tests.symdiff.passes.formula import graph
from tests.symdiff.passes.test_rules import stable

X = sp.Symbol("x")
TYPED = ["x - sin(x)", "tan(x)/x", "atan(x)/x", "log(sinh(x)/x)", "exp(x) - 1 - x", "erf(x)/x", "1/x - cos(x)/sin(x)",
         "x/tan(x)", "(x - sin(x))/(x - tan(x))"]


@pytest.mark.parametrize("text", TYPED[:7])
def test_coefficients(text):
    """Those of the first ten powers stand there, a short fraction exactly, another number rounded."""
    (new,), _ = stable(graph(text))
    there = {abs(one.attributes[0]) for one in order((new,)) if one.op is CONSTANT}
    wanted = sp.sympify(text).series(X, 0, 10).removeO()
    for c in sp.Poly(wanted, X).all_coeffs():
        short = c.is_Rational and c.q <= 10**12
        assert not c or any(one == abs(c) if short else float(one) == abs(float(c)) for one in there), c


def test_sums_that_cancel_for_long():
    """cosh x less the first five terms of its series: x¹⁰/10! and more, of which the first eight coefficients tell nothing."""
    even = " + ".join(f"x**{k}/{math.factorial(k)}" for k in (2, 4, 6, 8))
    node = graph(f"cosh(x) - (1 + {even})")
    (new,), _ = stable(node)
    assert evaluate((new,), {"x": 0.125})[0] == pytest.approx(sum(0.125**k/math.factorial(k) for k in (10, 12, 14, 16)),
                                                              rel=1e-15)
    assert sp.Rational(1, math.factorial(10)) in {one.attributes[0] for one in order((new,)) if one.op is CONSTANT}


def crossovers(node):
    """The numbers that sizes are compared with, in the stable form."""
    compared = [i for one in order(stable(node)[0]) if one.op.name == "lt" for i in one.inputs]
    return sorted({number(i) for i in compared if i.op is CONSTANT})


@pytest.mark.parametrize("text", TYPED)
def test_beside_the_crossover(text):
    node = graph(text)
    keys, outputs = derived(node, True)
    found = crossovers(node)
    assert found
    for c in found:
        for x in (c*(1 - EPS), c, -c*(1 - 1e-9), 1.01*c, -0.9*c):
            for key, error in errors(outputs, keys, node, {"x": x}).items():
                assert error <= BARS[len(key)], f"{text} at {x}, derivative in {key}: {error:.3g} ulp"
