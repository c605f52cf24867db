"""Divided differences, by rewrites alone: values and derivatives beside mpmath's near, at and far from b."""
import math

import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.evaluate import evaluate
from symdiff.graph import order
from tests.sparse import sparse
from tests.symdiff.passes.accuracy import BARS, EPS, derived, errors
from tests.symdiff.passes.formula import graph

SEPARATE = "(exp(-a*t) - exp(-b*t))/t"
TEXTS = ["(exp(-a*t) - exp(-b*t))/(b - a)", "c*a/(a - b)*(exp(-b*t) - exp(-a*t))", SEPARATE,
         "a*exp(-b*t)/(a - b) - a*exp(-a*t)/(a - b) + c", "1 - (a*exp(-b*t) - b*exp(-a*t))/(a - b)",
         "(a - b)/(log(a) - log(b))", "(t*a - t*b)/(log(a) - log(b)) - t**2", "(a - b)/log(a/b)", "log(a/b)*t/(a - b)",
         "(a*log(a) - b*log(b))/(a - b)", "(log1p(a*t) - log1p(b*t))/(a - b)",
         "(sin(a*t) - sin(b*t))/(a - b)", "(cos(a*t) - cos(b*t))/(a - b)", "(tan(a/4) - tan(b/4))/(a - b)",
         "(tanh(a*t) - tanh(b*t))/(a - b)", "(sigmoid(a*t) - sigmoid(b*t))/(a - b)",
         "(1/(1 + exp(-a*t)) - 1/(1 + exp(-b*t)))/(a - b)", "(sinh(a*t) - sinh(b*t))/(a - b)",
         "(cosh(a*t) - cosh(b*t))/(a - b)",
         "(sqrt(a*t) - sqrt(b*t))/(a - b)", "(sqrt(a) - sqrt(b))/(a - b)", "(t/sqrt(a) - t/sqrt(b))/(a - b)",
         "(cbrt(a*t) - cbrt(b*t))/(a - b)",
         "(atan(a*t) - atan(b*t))/(a - b)", "(t**a - t**b)/(a - b)", "((a*t)**(7/3) - (b*t)**(7/3))/(a - b)",
         "(a**t - b**t)/(a - b)", "(1/(a*t) - 1/(b*t))/(a - b)", "(a**3 - b**3)/(a - b)", "(a - b)/(exp(a) - exp(b))"]
PLACES = [(0.7, 0.2), (0.7, 0.7*(1 + 1e-8)), (0.7, 0.7*(1 + EPS)), (0.7, 0.7*(1 - 1e-4)), (3.0, 9.0), (1.5, 0.6)]


def node_and_values(text, place):
    node, values = graph(text), dict(zip("ab", place), t=1.3, c=2.5)
    return node, {i.attributes[0]: values[i.attributes[0]] for i in order((node,)) if i.op.name == "input"}


@pytest.mark.parametrize("text", sparse(TEXTS, 10))
def test_within_the_bar(text):
    for place in PLACES:
        node, values = node_and_values(text, place)
        keys, outputs = derived(node, True)
        found = errors(outputs, keys, node, values)
        if text is SEPARATE:                            # 0, as the difference of two that are rounded
            del found["a", "b"]
        for key, error in found.items():
            assert error <= BARS[len(key)], f"{values}, derivative in {key}: {error:.3g} ulp over the condition"


@pytest.mark.parametrize("text", sparse(TEXTS, 4))
def test_where_both_are_one(text):
    """The numbers there are those beside it."""
    node, there = node_and_values(text, (0.7, 0.7))
    keys, outputs = derived(node, True)
    beside = evaluate(outputs, {**there, "b": 0.7*(1 + EPS)})
    np.testing.assert_allclose(evaluate(outputs, there), beside, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("text, at, wanted", [
    ("(exp(a) - exp(b))/(a - b)", (800.0, 1.0), math.inf), ("(exp(a) - exp(b))/(a - b)", (-800.0, -800.0), 0.0),
    ("(exp(a) - exp(b))/(a - b)", (0.0, -1e300), 1e-300), ("(log(a) - log(b))/(a - b)", (1e300, 1e-300),
                                                1.381551055796427e-297),
    ("(sin(a) - sin(b))/(a - b)", (0.0, 0.0), 1.0), ("(a - b)/log(a/b)", (-3.0, -3.0), -3.0),
    ("(sqrt(a) - sqrt(b))/(a - b)", (4.0, 0.0), 0.5), ("sin(a*t)/a", (0.0, None), 1.3),
    ("tanh(a*t)/a", (0.0, None), 1.3),
    ("sinh(a*t)/a", (0.0, None), 1.3), ("tan(a*t)/a", (0.0, None), 1.3), ("sinh(a*t)/a", (-600.0, None), math.inf),
    ("(a**2 - b**2)/(a - b)", (3.0, 3.0), 6.0), ("(exp(a) - exp(b))/t", (1.0, 1.0), 0.0)])
def test_at_the_ends(text, at, wanted):
    node, values = node_and_values(text, at)
    _, (value, *slopes) = derived(node, True, 1)
    with np.errstate(all="ignore"):
        found = evaluate((value,), values)[0]
        assert not np.isnan(evaluate(slopes, values)).any() or not math.isfinite(wanted)
    assert found == wanted or abs(found - wanted) <= 8*EPS*abs(wanted)


def test_over_rows():
    """Absorption and elimination at one rate, and at rates a millionth apart: the sum over times, and the slopes."""
    n = sd.sizes("n")
    t, a, b = sd.array("t", n), sd.array("a"), sd.array("b")
    f = sd.compile(sd.sum(a/(a - b)*(sp.exp(-b*t) - sp.exp(-a*t))), wrt=[a, b])
    times = np.array([0.0, 0.1, 1.0, 7.5])
    value, slopes = f.value_and_grad(a=0.7, b=0.7, t=times)
    e = np.exp(-0.7*times)
    np.testing.assert_allclose([value, slopes["a"], slopes["b"]],
                               [np.sum(x*e) for x in (0.7*times, times - 0.35*times**2, -0.35*times**2)], rtol=1e-15)
    assert f.check(a=0.7, b=0.7*(1 + 1e-6), t=times).ok
