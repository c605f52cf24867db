"""Where a derivative does not hold: the places of a formula, none too few, none that cannot be, in the user's words."""
import math
import subprocess
import sys

import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.validity import EVERYWHERE

n, d = sd.sizes("n d")
X, W, b, A = sd.array("X", n, d), sd.array("W", d, 3), sd.array("b", 3), sd.array("A", d, d)
x, y, h0, u = sd.array("x"), sd.array("y"), sd.array("h0"), sd.array("u", n)


def said(expr, wrt=None, steps="textbook"):
    return str(sd.derivation(expr, wrt, steps=steps, mode="forward").validity)


# formula, the place of each line of what is said, a point of each, and the derivative by x there (None: the value is said)
SCALARS = [
    ("Abs(x)", ["x = 0"], [0], [0]),
    ("relu(2*x - 4)", ["x = 2"], [2], [0]),
    ("maximum(x, 3)", ["x = 3"], [3], [0]),
    ("sqrt(1 - x)", ["x > 1", "x = 1"], [2, 1], [None, -math.inf]),
    ("log(1 - 2*x)", ["x > 1/2", "x = 1/2"], [1, 0.5], [None, None]),
    ("1/(x + 1)", ["x = -1"], [-1], [None]),
    ("x**(-2)", ["x = 0"], [0], [None]),
    ("x**(1/3)", ["x < 0", "x = 0"], [-1, 0], [None, math.inf]),
    ("gamma(x)", ["x is a whole number and x <= 0"], [-1], [None]),
    ("asin(x)", ["Abs(x) > 1", "Abs(x) = 1"], [2, 1], [None, math.inf]),
    ("where(x > 1, x**2, 3*x)", ["x = 1"], [1], [3]),
    ("where((x > 1) & (x < 2), x**2, 3*x)", ["x = 1", "x = 2"], [1, 2], [3, 3]),
    ("x*(x > 2)", ["x = 2"], [2], [0]),
    ("floor(x)", ["x is a whole number"], [1], [0]),
    ("where(x > 0, log(x), 0)", ["x = 0"], [0], [0]),
    ("where(x, 1/x, 0)", ["x = 0"], [0], [0]),
    ("where(x > 1, 0, log(x))", ["x = 1", "x < 0", "x = 0"], [1, -1, 0], [1, None, None]),
    ("mod(x, 2)", ["Mod(x, 2) = 0"], [4], [1]),
]


@pytest.mark.filterwarnings("ignore:the derivative of")
@pytest.mark.parametrize("formula, places, points, slopes", SCALARS, ids=[case[0] for case in SCALARS])
def test_places_and_what_is_returned_there(formula, places, points, slopes):
    expr = sd.parse(formula)
    lines = said(expr, "x").splitlines()
    assert [line.split(":")[0] for line in lines] == places
    f = sd.compile(expr, "x")
    for line, at, slope in zip(lines, points, slopes):
        value, gradient = f.value_and_grad(x=float(at))
        if slope is None:
            assert "the value there is" in line and not math.isfinite(value)
            assert ("nan" if math.isnan(value) else "inf") in line
        else:
            assert "the derivative there is" in line and gradient["x"] == slope


@pytest.mark.parametrize("formula", ["log(1 + exp(x))", "x/(x**2 + 1)", "sqrt(1 + x**2)", "tanh(x)", "x**3", "exp(x)**y",
                                     "1/(2 + sin(x))", "log(cosh(x))", "x/sqrt(2*pi)", "abs(exp(x))", "1/exp(x)"])
def test_nothing_is_said_of_what_cannot_be(formula):
    assert said(sd.parse(formula)) == EVERYWHERE


def test_what_holds_everywhere():
    assert said(sd.parse("x/(y - y)"), "x").startswith("everywhere: division by zero in x/(y - y)")
    assert said(sd.parse("where(y < y, log(x), x)"), "x").count("everywhere") == 0


def test_data_have_no_kinks_but_they_have_limits():
    assert said(sd.parse("x*abs(y)"), "x") == EVERYWHERE
    assert said(sd.parse("x/y"), "x").startswith("y = 0: division by zero")
    assert "the derivative by x there is 0" in said(sd.parse("x**y")) and "derivative by" not in said(sd.parse("x**y"), "x")


def test_arrays():
    assert said(sd.mean(sd.relu(X @ W + b)), W).startswith("X @ W + b = 0: relu(X @ W + b) has a kink")
    assert "is not positive definite" in said(sd.logdet(A), A) and "A is singular" in said(sd.inv(A), A)
    assert "several entries of u are the greatest" in said(sd.max(u), u) and "u is all 0" in said(sd.norm(u), u)
    found = sd.derivation(sd.mean(sd.relu(X @ W + b)), W).validity
    assert "one entry is enough" in found.text() and len(found) == 1 and list(found) == list(found.places)


def test_a_loop_says_it_of_its_step():
    last, _ = sd.scan(lambda h, v: (sd.log(h - v),)*2, h0, u)
    assert said(last, h0).splitlines()[0].startswith("in a step of the loop, carry0 < x0: log of a negative number")


def test_names_of_equations():
    model = sd.Model("h = relu(X @ W + b)\np = h @ v", loss="mean(log(p))", parameters={"W": (d, 3), "b": (3,), "v": (3,)},
                     data={"X": (n, d)})
    lines = str(sd.derivation(model).validity).splitlines()
    assert [line.split(":")[0] for line in lines] == ["X @ W + b = 0", "p < 0", "p = 0"]
    assert str(sd.compile(model).validity).splitlines() == lines


def test_of_the_stable_form_it_is_that_which_is_compiled():
    assert said(sp.sqrt(x**2), x).startswith("x = 0: sqrt(x**2)")
    assert said(sp.sqrt(x**2), x, "compiled") == "x = 0: sqrt(x**2) has a kink; the derivative there is 0, the subgradient of least norm"
    assert str(sd.compile(sp.sqrt(x**2), x).validity) == said(sp.sqrt(x**2), x, "compiled")


@pytest.mark.parametrize("formula, places", [
    ("sqrt(1 + x**2) - x", []), ("exp(x + y) - exp(x)", []), ("log(cosh(x))", []), ("sin(x)/x", []), ("(x - sin(x))/x**3", []),
    ("log(sigmoid(x + y) - sigmoid(x))", ["sigmoid(x + y) < sigmoid(x)", "sigmoid(x + y) = sigmoid(x)"]),
    ("sqrt(x + 1) - sqrt(x)", ["x < -1", "x = -1", "x < 0", "x = 0"]), ("1/(x + 1) - 1/x", ["x = -1", "x = 0"]),
    ("x**2 + y**2 - 2*x*y*cos(1)", []), ("hypot(x, y) - x", ["x = 0 and y = 0"]), ("sqrt(x**2 + y**2)", ["x**2 + y**2 = 0"]),
    ("where(x > 0, log(1 + exp(x)), 0)", ["x = 0"]), ("where(abs(x) < 1, x**2, x)", ["Abs(x) = 1"]),
    ("relu(log(1 + exp(x)) - y)", ["log(1 + exp(x)) = y"]), ("log(1 - exp(x))/x", ["exp(x) > 1", "exp(x) = 1", "x = 0"]),
])
def test_of_what_is_compiled_nothing_is_said_that_only_rewrites_bring(formula, places):
    """Their choices and quotients end nothing; and what they mend is no place any more."""
    lines = str(sd.compile(sd.parse(formula)).validity).splitlines()
    assert [line.split(":")[0] for line in lines if line != EVERYWHERE] == places


def test_of_loops_all_is_said_of_what_is_compiled():
    last, _ = sd.scan(lambda h, v: (sd.log(1 + sd.exp(h)) - sd.log(h - v),)*2, h0, u)
    assert str(sd.compile(last, h0).validity).startswith("in a step of the loop, carry0 < x0: log of a negative number")


def test_it_is_printed_in_every_way():
    steps = sd.derivation("abs(x - a)", "x")
    for printed in (steps.text(), steps.markdown(), steps.latex(), steps.html()):
        assert "Where it holds" in printed and "has a kink" in printed
    assert EVERYWHERE in sd.derivation("x**2").text()


def test_long_lists_are_cut():
    total = sum(abs(x - k) for k in range(100))
    found = sd.derivation(total, x).validity
    assert len(found) == 100 and "and 40 more" in found.text()


def test_lists_and_no_derivatives():
    assert "Abs(y)" in str(sd.compile([sp.Abs(x), sp.Abs(y)]).validity)
    assert str(sd.compile(sp.Abs(x), wrt=[]).validity) == EVERYWHERE


def test_without_numba():
    program = ("import sys; sys.modules['numba'] = None\nimport symdiff as sd\n"
               "print(sd.derivation('abs(x)', 'x').validity)")
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.stdout.startswith("x = 0: Abs(x) has a kink"), ran.stderr


def test_powers_by_trying():
    """An end of the domain is said of those powers of which one is met between -2 and 2."""
    for base, exponent in [(x, 3), (x, -1), (x, sp.Rational(3, 2)), (x, 0), (x, -sp.Rational(1, 2)), (1 + x**2, -3)]:
        found, bad = said(base**exponent, x), []
        f = sd.compile(base**exponent, x)
        for at in np.linspace(-2, 2, 9):
            bad += [at] if not math.isfinite(f(x=at)) else []
        assert bool(bad) == ("the value there" in found), (base, exponent, found)
