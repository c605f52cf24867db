"""Formulas that lose their digits as typed: value, first and second derivatives within the bar after the passes.

The bar: 8 units in the last place × max(1, condition) for the value and the first derivatives, 64 × for the second,
with the condition of each by differences in high precision.
"""
import pytest

from symdiff.graph import order
from tests.symdiff.passes.accuracy import BARS, derived, errors
from tests.symdiff.passes.formula import graph
from tests.sparse import sparse

SMALL = [1e-9, 1e-4, 0.02, 0.3, 1.1]
PAIRS = [(1.0, 1e-11), (0.7, -1e-5), (3.0, 0.4)]
SIDES = [(1.0, 1 + 1e-9, 1e-9), (3.0, 3.00001, 1e-3), (2.0, 5.0, 0.3), (2.0, -2.0, 3.1415926), (1.0, 1e-9, 1.0)]
FAR = [-3.0, 0.3, 5.0, 20.0, 60.0]
FACTORS = [(3.0, 1e-9), (1e5, 0.02), (2.0, 0.3)]
FORMULAS = [
    ("1/(x + 1)**2 - 1/x**2", [1e9, 30.0, -1e5, 0.4]), ("x/(x - 1) - (x + 1)/x", [1e9, 30.0, -1e5, 1.5]),
    ("(x + y)**2 - x**2", PAIRS), ("x/(1 - y) - x", PAIRS), ("1/x - 1/(x + y)", PAIRS),
    ("sqrt(x + 1) - sqrt(x)", [1e12, 50.0, 0.1]), ("1/sqrt(x) - 1/sqrt(x + 1)", [1e12, 50.0, 0.1]),
    ("x - sqrt(x**2 - 1)", [1e12, 50.0, 1.5]), ("cbrt(x + 1) - cbrt(x)", [1e12, 50.0, 0.1, -1e12, -0.3]),
    ("cbrt(x + y) - cbrt(x)", [*PAIRS, (-1.0, 1e-11)]), ("cbrt(x**2 + 1) - cbrt(x**2)", [1e6, -1e6, 0.7]),
    ("(x**2 + 1)**Rational(1, 3) - (x**2)**Rational(1, 3)", [1e6, -1e6, 0.7]), ("cbrt(exp(x))", [2000.0, -2000.0, 0.3]),
    ("cbrt(1 + x) - 1", [1e-17, 1e-4, -9.0]), ("log(cbrt(1 + x))", [1e-17, 1e-4, 9.0]), ("cbrt(x)**3", [-1e-300, 5.0]),
   
    ("(x + 1)**(1/y) - x**(1/y)", [(1e10, 3.0), (20.0, 7.5)]),
    ("hypot(x, y) - x", [(1e8, 1.0), (2.0, 3.0), (-4.0, 1.0)]),
    ("sin(x + y) - sin(x)", PAIRS), ("cos(x + y) - cos(x)", PAIRS), ("tan(x + y) - tan(x)", PAIRS),
    ("atan(x + 1) - atan(x)", [1e12, 50.0, -3.0]), ("exp(x + y) - exp(x)", PAIRS), ("log(x + y) - log(x)", PAIRS),
    ("tanh(x + y) - tanh(x)", PAIRS), ("sinh(x + y) - sinh(x)", PAIRS), ("cosh(x + y) - cosh(x)", PAIRS),
    ("cosh(x) - sinh(x)", [20.0, 300.0, 0.3, -5.0]), ("y - exp(x) + 2*cosh(x)", [(20.0, 1e-9), (0.3, -1.5)]),
    ("exp(x) - 2*sinh(x) - 1", [*SMALL, 20.0]), ("cosh(x)**2 - sinh(x)**2 + x", [20.0, 300.0, 0.3]),
    ("sigmoid(x + y) - sigmoid(x)", PAIRS), ("log(sigmoid(x + y) - sigmoid(x))", [(1.0, 1e-11), (300.0, 0.5)]),
    ("x - sin(x)", SMALL), ("x - tan(x)", SMALL[:4]), ("exp(x) - 1 - x", SMALL), ("log(1 + x) - x", SMALL),
    ("x**2 + y**2 - 2*x*y*cos(z)", SIDES), ("sqrt(x**2 + y**2 - 2*x*y*cos(z))", SIDES[:4]),
    ("9*x**2 + 12*x*y*cos(z) + 4*y**2", [(2.0, -3.0, 1e-9), (2.0, 3.00001, 3.14159), (1.0, 2.0, 0.3)]),
    ("acos(sin(x)*sin(y) + cos(x)*cos(y)*cos(z))", [(0.5, 0.5 + 1e-9, 1e-9), (1.0, 0.2, 0.4), (0.3, -0.3, 2.5)]),
    ("sqrt(exp(2*x) + 1) - exp(x)", FAR), ("1/(exp(x) - 1) - 1/(exp(2*x) - 1)", [*SMALL, 20.0, -20.0, 100.0]),
    ("exp(x) - sqrt(exp(2*x) - 1)", FAR[1:]), ("sqrt(1 - exp(-x)) - sqrt(1 - exp(-2*x))", FAR[1:]),
    ("(1 - exp(-x))**2 - (1 - 2*exp(-x))", FAR), ("sqrt((x + y)**2 - 4*x*y)", PAIRS), ("x**2 - 2*x*y + y**2", PAIRS),
    ("(x + y)/2 - sqrt(x*y)", [(1.0, 1 + 1e-9), (3.0, 5.0)]),
    ("1/x - cos(x)/sin(x)", SMALL), ("cosh(x)/sinh(x) - 1/x", SMALL), ("exp(x) - 2 + exp(-x)", SMALL),
    ("(sin(x) - x*cos(x))/x**2", SMALL), ("1/sqrt(1 - x**2) - 1", SMALL[:4]), ("(1 - cos(x))/sin(x)", SMALL),
    ("log(1 - x)/log(1 + x)", SMALL[:4]), ("tan(x)/x", SMALL), ("sinh(x)/x", SMALL), ("atan(x)/x", SMALL),
    ("tanh(x)/x", SMALL), ("log(sin(x)/x)", SMALL), ("(x*y - 1 + exp(-x*y))/x", [(1e-7, 2.0), (0.3, 0.5), (4.0, 2.0)]),
    ("x*log(x/y) - (x - y)", [(3.0, 3.0000001), (5.0, 2.0)]),
    ("x*log(x/y) + (1 - x)*log((1 - x)/(1 - y))", [(0.3, 0.3000001), (0.9, 0.2), (1e-9, 2e-9)]),
    ("lgamma(x + y) - lgamma(x)", [(1e10, 3.0), (1e6, 0.5), (30.0, 20.0)]),
    ("lgamma(x + 1/2) - lgamma(x)", [1e10, 300.0, 5.0]), ("lgamma(x + 1/2) - lgamma(x + 1/3)", [1e10, 300.0, 5.0]),
    ("x*log(2*x + 1) - x*log(2*x) - 1/2", [1e10, 30.0, 0.4]), ("lgamma(1/2 - x) - lgamma(-x)", [-1e10, -300.0, -5.0]),
    ("lgamma(x**2 + 1/2) - lgamma(x**2)", [1e5, 30.0, 2.5]), ("x*log(-x - 1) - x*log(-x) - 1", [-1e10, -30.0, -1.5]),
    ("lgamma(x) + lgamma(y) - lgamma(x + y)", [(1e10, 3.0), (40.0, 30.0)]),
    ("gamma(x + 1)/gamma(x + 1/2)", [1e10, 300.0, 5.0]),
    ("x*cosh(y/x) - x", [(1e5, 0.7), (2.0, 1e-5)]), ("2*x*sinh(y/(2*x)) - y", [(1e5, 0.7), (2.0, 1e-5), (0.3, 5.0)]),
    ("x*log(1 - y/x) + y", [(10.0, 1e-9), (1e5, 0.3), (10.0, 0.3)]),
    ("x/cos(y) - x", FACTORS), ("x - x/cosh(y)**2", FACTORS), ("x*(cos(y) + y)**2 - x", FACTORS),
    ("x*sin(y)*cos(y) - x*y", FACTORS), ("x*tan(y) - x*sinh(y)", FACTORS), ("x*exp(y)*cos(y) - x - x*y", FACTORS),
    ("x*log(cos(y) + y) - x*y", FACTORS), ("x*log(1 + y) - x*y/(1 + y)", FACTORS), ("x/(1 + y) - x*exp(-y)", FACTORS),
    ("x/sin(y)**3 - x/y**3", FACTORS[1:]), ("x*sinh(y)/sin(y) - x", FACTORS),
    ("x*log(1 + 1/x) - 1", [1e10, 300.0, 0.7]), ("x/sqrt(1 + x**2)", [300.0, 1e5, -12.5, 0.3]),
    ("(x/y)**2/(1 + (x/y)**2)", [(1e5, 2.0), (0.7, 1e-5), (0.7, 2.0)]),
    ("(1 + x*y)**(1/x)", [(1e-9, 1.3), (1e-5, 1.3), (0.2, 1.3), (-0.2, 1.3)]), ("(1 + x)**30", [1e-12, 1e-3, 0.9, -3.0]),
    ("digamma(x + 1) - digamma(x)", [1e10, 300.0, 5.0]), ("log(x) - digamma(x)", [1e10, 300.0, 5.0]),
    ("x*log(x) - x - lgamma(x)", [1e10, 300.0, 5.0]), ("lgamma(x + 1/2) - lgamma(x)", [1e10, 300.0, 5.0]),
    ("log(exp(x) + exp(-x)) - log(2)", SMALL), ("acos(1 - x)", SMALL), ("acosh(1 + x)", SMALL),
    ("log(exp(-x**2)/(1 + erf(x)))", [40.0, 0.7, -0.7, -9.0]),
]


def points(text, listed):
    node = graph(text)
    names = sorted(i.attributes[0] for i in order((node,)) if i.op.name == "input")
    return [dict(zip(names, p if isinstance(p, tuple) else (p,))) for p in listed]


@pytest.mark.parametrize("text, listed", sparse(FORMULAS, 4), ids=[text for text, _ in FORMULAS])
def test_within_the_bar(text, listed):
    node = graph(text)
    keys, outputs = derived(node, True)
    for at in points(text, listed):
        for key, error in errors(outputs, keys, node, at).items():
            assert error <= BARS[len(key)], f"{text} at {at}, derivative in {key}: {error:.3g} ulp over the condition"


def test_four_pairs():
    """Of log-gammas: of three it is tried which way round they are shorter, the others stay as they come."""
    node = graph(" + ".join(f"lgamma(x + {2*k + 1}/2) - lgamma(x + {k})" for k in range(1, 5)))
    keys, outputs = derived(node, True, 1)
    typed = derived(node, False, 1)[1]
    for x in (3.0, 50.0, 1e9):
        found, before = [errors(made, keys, node, {"x": x}, 1) for made in (outputs, typed)]
        assert all(found[key] <= BARS[len(key)] for key in keys), found
    assert before[()] > 1e6, "as typed it is lost at 1e9"


def test_as_typed_they_fail():
    """Without the passes every one of a sample is outside the bar at one of its points."""
    for text, listed in FORMULAS[::6]:
        node = graph(text)
        keys, outputs = derived(node, False)
        assert any(error > BARS[len(key)] for at in points(text, listed)
                   for key, error in errors(outputs, keys, node, at).items()), text
