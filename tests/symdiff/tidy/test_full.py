"""The level "full": shorter than "tidy" where SymPy, expansion or other sums of the formula help, and equal."""
import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.evaluate import evaluate
from symdiff.read import read, read_all
from symdiff.tidy import fullest, tidy
from symdiff.tidy.count import written_length
from symdiff.tidy.expand import expanded
from symdiff.write import write

n = sd.sizes("n")
x, y, a, b, t = sd.array("x", n), sd.array("y", n), sd.array("a"), sd.array("b"), sd.array("t")


@pytest.mark.parametrize("formula, printed", [
    (sp.sin(t)**2 + sp.cos(t)**2, "1"),
    (a*sp.sin(t)**2 + a*sp.cos(t)**2, "a"),
    ((x + 1)**2 - x**2 - 2*x, "broadcast_to(1, (n,))"),
    ((a**2 - b**2)/(a - b), "a + b"),
    (1/(1 + a) + a/(1 + a), "1"),
    (sp.exp(a)*sp.exp(-a)*x, "x"),
])
def test_shorter_by_more_expensive_means(formula, printed):
    short = fullest((read(formula),))
    assert str(write(short)[0]) == printed
    assert written_length(short) <= written_length(tidy((read(formula),)))


def test_decimals_stay():
    assert str(sd.gradient(0.1*sp.sin(t)**2*a, t, simplify="full")) == "0.2*a*sin(t)*cos(t)"


def test_sums_are_multiplied_out():
    for formula in ((x + y)*(a - b), (x - y)/a, -(x + y), (x + y)*(x - y)*a):
        read_ = read_all(formula).outputs
        new, = expanded(read_)
        assert new is not read_[0]
        values = {"x": np.arange(3.0), "y": np.arange(3.0)**2, "a": 2.0, "b": 5.0}
        np.testing.assert_allclose(*evaluate((new, read_[0]), values))


def test_large_formulas_are_left_alone():
    e = t
    for _ in range(500):
        e = sp.sin(e)*a + b
    assert written_length(fullest((read(e),))) <= written_length((read(e),))
