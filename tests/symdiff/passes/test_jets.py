"""Power series of formulas against mpmath's differences in high precision, and what has none."""
import mpmath
import pytest

import symdiff as sd
from symdiff.graph import order
from symdiff.passes import run
from symdiff.passes.stabilise import jets
from symdiff.passes.stabilise.jets import NoSeries, TooFew, applied, fixed, variable
from symdiff.primitives.leaf import CONSTANT, input, number
from symdiff.primitives.record import TABLE
from symdiff.read import read_all
from tests.symdiff.passes.formula import graph


def jet(text, count=jets.COUNT):
    """The jet in x of a formula, from so many coefficients of x."""
    return jets.jet_of(graph(text), lambda node: variable(count) if node is input("x") else None, {})


@pytest.mark.parametrize("name", sorted(jets.TAYLOR))
@pytest.mark.parametrize("at", ["1/3", "-1/4"])
def test_functions(name, at):
    """Every function about a point, of t + t²: 12 coefficients (4 of the slow ones) to 25 digits."""
    count = 4 if name in ("lgamma", "gamma", "digamma") else 12
    if name in ("log", "lgamma", "gamma", "digamma") and at[0] == "-":
        at = "3/2"
    with mpmath.workdps(jets.DIGITS):
        start = mpmath.mpf(int(at.split("/")[0]))/int(at.split("/")[1])
        t = variable()
        inner = fixed(start) + t + t*t
        got = applied(name, [inner]).taylor()[:count]
        with mpmath.workdps(90):
            wanted = mpmath.taylor(lambda x: TABLE[name].mpmath(start + x + x*x), 0, count - 1)
        assert all(abs(g - w) <= mpmath.mpf(10)**-25*max(1, abs(w)) for g, w in zip(got, wanted))


@pytest.mark.parametrize("text, first, wanted", [
    ("x - sin(x)", 3, [1/6, 0, -1/120]), ("1/x - cos(x)/sin(x)", 1, [1/3, 0, 1/45]),
    ("x - tan(x)", 3, [-1/3, 0, -2/15]),
    ("(x - sin(x))/(x - tan(x))", 0, [-1/2, 0, 9/40]), ("log(sinh(x)/x)", 2, [1/6, 0, -1/180]),
    ("sqrt(1 + x**2) - 1", 2, [1/2, 0, -1/8]), ("hypot(x, 2*x**2)/sqrt(x**2*(1 + 4*x**2))", 0, [1]),
    ("exp(x) - 2 + exp(-x)", 2, [1, 0, 1/12]), ("x**(1 + x)/x**x", 1, [1]), ("sqrt(x**4)", 2, [1]),
])
def test_formulas(text, first, wanted):
    if "x**(1" in text or "hypot" in text:
        with pytest.raises(NoSeries):                   # log(x), and a root the sign of which is open
            jet(text)
        return
    got = jet(text)
    assert got.first == first
    assert [float(c) for c in got.coefficients[:len(wanted)]] == pytest.approx(wanted, rel=1e-15)


@pytest.mark.parametrize("text", ["log(x)", "sqrt(x)", "abs(x)", "exp(1/x)", "x**0.5", "sin(1/x)", "log(-1 + x)"])
def test_no_series(text):
    with pytest.raises(NoSeries):
        jet(text)


def test_what_cancels_wholly_has_no_term():
    assert jet("sin(x)**2 + cos(x)**2 - 1").coefficients == [] or jet("sin(x)**2 + cos(x)**2 - 1").first > 20


@pytest.mark.parametrize("text", [
    "x - sin(x)", "1 - cos(x)", "x - log1p(x)", "exp(x) - 2 + exp(-x)", "sqrt(1 + x) - cbrt(1 + x)", "lgamma(1 + x)*x",
    "digamma(2 + x)*3", "(x - sin(x))/(x - tan(x))", "erf(x)/x", "asin(x) - atan(x)", "1/(1 - x) + 1/x"])
def test_a_few_coefficients_tell_the_leading_ones(text):
    few, all_ = jet(text, jets.FEW), jet(text)
    assert few.first == all_.first and len(few.coefficients) < 10
    assert [float(c) for c in few.coefficients[:2]] == pytest.approx([float(c) for c in all_.coefficients[:2]], rel=1e-15)


@pytest.mark.parametrize("text", ["1 - cos(x**8)", "sinh(x) - x - x**3/6 - x**5/120 - x**7/5040 - x**9/362880",
                                  "(1 + x)**2 - 1 - 2*x - x**2", "x**9 + 1 - x**12"])
def test_where_a_few_coefficients_cancel_nothing_is_said(text):
    """Some of these go on behind them, some do not."""
    if text[0] == "x":
        assert jet(text, jets.FEW).first == 0
        return
    with pytest.raises(TooFew):
        jet(text, jets.FEW)
    jet(text)


def test_series_of_quotients_have_all_digits():
    """(x - sin x)/(x - tan x) is -1/2 + 9/40 x² - …: the nearest floats, whatever the precision that mpmath is at."""
    for bits in (53, 30):
        with mpmath.workprec(bits):
            reading = read_all(sd.parse(f"(x - sin(x))/(x - tan(x)) + {bits}"))
            stable, _ = run(reading.outputs)
        numbers = {number(node) for node in order(stable) if node.op is CONSTANT}
        assert {0.225, 0.5} <= {abs(n) for n in numbers}
