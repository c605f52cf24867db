"""The judge of two forms: which of them float64 computes better, on the whole range."""
import pytest

from symdiff.passes.ranges import Ranges
from symdiff.passes.stabilise.judge import better
from tests.symdiff.passes.formula import graph


@pytest.mark.parametrize("old, new", [
    ("1/(x + 1) - 1/x", "-1/x/(x + 1)"), ("sqrt(x + 1) - sqrt(x)", "1/(sqrt(x + 1) + sqrt(x))"),
    ("sin(x + y) - sin(x)", "2*sin(y/2)*cos(x + y/2)"), ("x0/(1 - x1) - x0", "x0*(x1/(1 - x1))"),
    ("exp(x) - 1", "expm1(x)"),
])
def test_better(old, new):
    assert better(graph(old), graph(new), Ranges())
    assert not better(graph(new), graph(old), Ranges())


@pytest.mark.parametrize("old, new, why", [
    ("x + y", "y + x", "equal everywhere"),
    ("x0/(1 - x1) - x0", "x0*x1/(1 - x1)", "the product overflows where the typed form does not"),
    ("hypot(x, y)", "sqrt(x**2 + y**2)", "squares overflow"),
    ("log(x + 1) - log(x)", "log1p(1/x)", "a nan below 0 would be hidden"),
    ("x*y", "x*y + 1", "another value"),
    ("1/x + 1/y", "(x + y)/(x*y)", "the product overflows and cancels"),
])
def test_not_better(old, new, why):
    assert not better(graph(old), graph(new), Ranges())


def test_a_limit_hides_no_nan():
    """At 0/0 the new form may have the value that the old one tends to, and no other."""
    old = graph("x*y - x*(1 - exp(-y*z))/z")
    series = "1/39916800"
    for k in (3628800, 362880, 40320, 5040, 720, 120, 24, 6, 2):
        series = f"(1/{k} - y*z*{series})"
    assert better(old, graph(f"select(lt(abs(y*z), 1/2), x*y*y*z*{series}, x*y - x*(1 - exp(-y*z))/z)"), Ranges())
    assert not better(old, graph("select(eq(z, 0), x, x*y + x*expm1(-y*z)/z)"), Ranges())


def test_too_large_or_without_leaves_is_never_better():
    assert not better(graph("exp(1) - 1"), graph("expm1(1)"), Ranges())
    long = " + ".join(f"sin({k}*x)" for k in range(1, 90))
    assert not better(graph(long), graph(f"expm1(x) + {long}"), Ranges())


def test_ranges_of_leaves_are_kept():
    """sigmoid(x) as a leaf stands between 0 and 1: there 1 - p is right, and no better form is accepted for it."""
    p = graph("sigmoid(x)")
    old, new = graph("sqrt((1 - sigmoid(x))**2)"), graph("1 - sigmoid(x)")
    assert not better(new, old, Ranges(), inside=(p,))
