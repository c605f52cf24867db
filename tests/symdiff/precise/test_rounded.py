"""Outputs to the last digit: what cancels, what is swallowed, what is 0, and what has a limit only."""
import math

import mpmath as mp
import numpy as np
import pytest

import symdiff as sd
from symdiff.derive import gradient
from symdiff.precise import Rounded
from symdiff.read import read_all


def rounded(text, found=math.nan, **at):
    """The value and the slopes."""
    reading = read_all(sd.parse(text))
    nodes = {node.attributes[0]: node for node in reading.inputs.values()}
    outputs = (*reading.outputs, *gradient(reading.outputs[0], list(nodes.values())))
    values = {name: at[str(symbol.name)] for symbol, node in reading.inputs.items() for name in [node.attributes[0]]}
    return Rounded(outputs)(values, [found]*len(outputs))


def near(number, true):
    return abs(number - true) <= 2.0**-52*abs(true)


@pytest.mark.parametrize("text, x, value, slope", [
    ("exp(x) - 1 - x", 1e-100, "5e-201", "1e-100"),
    ("1 - (1 - x)", 1e-300, "1e-300", "1"),                     # 1e-300 is swallowed with 120 bits, and with 300
    ("log(1 - x) + x", 1e-150, "-5e-301", "-1e-150"),
    ("(x + 1)*(x - 1) - x*x", 1e200, "-1", "0"),
    ("x - x", 3.0, "0", "0"),
    ("exp(x)*exp(-x)", 5000.0, "1", "0"),
    ("log(exp(x))", 1e10, "1e10", "1"),
    ("1 - tanh(x)", 300.0, 2*mp.exp(-600)/(1 + mp.exp(-600)), -4*mp.exp(-600)/(1 + mp.exp(-600))**2),
    ("sin(x)", 1e22, mp.sin(mp.mpf(10)**22), mp.cos(mp.mpf(10)**22)),
    ("sin(x)/x", 0.0, "1", "0"),                                # limits
    ("(1 - cos(x))/x**2", 0.0, "0.5", "0"),
    ("x**2*exp(x)/(exp(x) - 1)**2", 0.0, "1", "0"),             # exp 0 is 1 exactly, and 0/0 no 0
    ("x/(1 - (1 + x)**-3)", 0.0, mp.mpf(1)/3, mp.mpf(2)/3),
    ("x*exp(x - 3)/(sqrt(x + 4) - 2)", 0.0, 4*mp.exp(-3), 17*mp.exp(-3)/4),
    ("(erf(x) - 1)*exp(x**2)", 15.0, -mp.exp(225)*mp.erfc(15), None),                    # 1 by rounding, with few bits
])
def test_scalars(text, x, value, slope):
    found = rounded(text, x=x)
    assert near(found[0], float(mp.mpf(value))) and (slope is None or near(found[1], float(mp.mpf(slope))))


@pytest.mark.parametrize("text, slope", [("(x**a - 1)/a", 1/3), ("exp(x**a/a - 1/a)", 1.0), ("x**a", 0.0)])
def test_slopes_of_a_power_of_exponent_0(text, slope):
    """A slope of 0 times what is no number has a limit; one times a number is 0."""
    assert near(rounded(text, found=0.0, a=0.0, x=3.0)[1], slope)


@pytest.mark.parametrize("text", ["1/x", "log(x)", "log(x*x)", "Abs(x)/x", "sqrt(x - 1)"])
def test_what_has_no_value_keeps_what_was_found(text):
    assert rounded(text, found=7.0, x=0.0)[0] == 7.0


@pytest.mark.parametrize("text, slope", [
    ("x*log(x)", "-inf"), ("(exp(x) - 1)*log(x)", "-inf"), ("exp(x)/x**2 - 1/x**2", "-inf"), ("sin(1/x)", "nan"),
])
def test_what_grows_towards_a_point_is_infinite_there(text, slope):
    assert repr(rounded(text, found=math.nan, x=0.0)[1]) == slope


@pytest.mark.parametrize("text, at, wanted", [
    ("x*log(x)**2", {"x": 0.0}, [0.0, math.inf]), ("log(x)*log(1 - x)", {"x": 1.0}, [0.0, -math.inf]),
    ("x**2*(log(x) - 1)", {"x": 0.0}, [0.0, 0.0]), ("loggamma(x) + log(x)", {"x": 0.0}, [0.0, -0.5772156649015329]),
    ("acos(x)**2", {"x": 1.0}, [0.0, -2.0]), ("acos(x)/sqrt(1 - x**2)", {"x": 1.0}, [1.0, -1/3]),
    ("sin(sqrt(x))/sqrt(x)", {"x": 0.0}, [1.0, -1/6]), ("acosh(x)/sqrt(x - 1)", {"x": 1.0}, [2**0.5, -2**0.5/12]),
    ("sqrt(x*y)", {"x": 0.0, "y": 2.0}, [0.0, math.inf, 0.0]), ("sqrt(x*y)", {"x": 0.0, "y": 0.0}, [0.0]),
    ("(x - y)/log(x/y)", {"x": 0.0, "y": 2.0}, [0.0, math.inf, 0.0]),                  # as 1/log x does
    ("exp(-1/x)/x**2", {"x": 0.0}, [0.0, 0.0]), ("x*exp(1/x)", {"x": 0.0}, [math.nan, math.nan]),
    ("x*atan(1/x)", {"x": 0.0}, [0.0, math.nan]), ("sqrt(x*y)/(x + y)", {"x": 0.0, "y": 0.0}, [math.nan]),
])
def test_limits_from_one_side(text, at, wanted):
    """On the side where the formula has values; of x atan(1/x) the slope has one from either side."""
    assert all(near(a, b) if math.isfinite(b) else repr(a) == repr(b) for a, b in zip(rounded(text, **at), wanted))


def test_overflow_is_infinite_and_underflow_0():
    assert rounded("exp(x)", x=800.0) == [math.inf, math.inf]
    assert rounded("exp(x)", x=-800.0) == [0.0, 0.0]
    assert rounded("exp(exp(exp(x)))", found=math.inf, x=10.0)[0] == math.inf


@pytest.mark.parametrize("at", [(2.0, 2.0), (-1.5, -1.5)])
def test_limits_along_a_line(at):
    """Where x = y the quotient has a limit, however the point is approached; x/y at 0 has none."""
    assert near(rounded("(x**3 - y**3)/(x - y)", x=at[0], y=at[1])[0], 3*at[0]**2)
    assert math.isnan(rounded("x/y", x=0.0, y=0.0)[0])


def test_a_limit_beside_something_small():
    """The steps at 0 are far below what the limit is made of."""
    x = 2.6289497120862803e-176
    assert all(map(near, rounded("(sinh(x + d) - sinh(x))/d", d=0.0, x=x), [1.0, x, x/2]))


def test_arrays():
    v = sd.array("v", 2)
    outputs = read_all(sd.exp(v) - 1 - v).outputs
    found, = Rounded(outputs)({"v": np.array([1e-12, 1.0])}, [np.zeros(2)])
    np.testing.assert_allclose(found, [5e-25*(1 + 1e-12/3), math.e - 2], rtol=2e-16)


@pytest.mark.parametrize("rest", [lambda s: 1 - s, lambda s: sd.sum(sd.stack([0*s + 1, -s]))])
def test_a_sum_that_loses_all_its_bits_makes_few_bits_no_proof(rest):
    """1 + exp(-t) s²/(1 - s) is 1 + s, and 1 with any bits that lose 1 - s."""
    t = sd.array("t")
    s = 1/(1 + sd.exp(-t))
    reading = read_all(1 + sd.exp(-t)*s*s/rest(s))
    name = next(iter(reading.inputs.values())).attributes[0]
    assert Rounded(reading.outputs)({name: 800.0}, [0.0]) == [2.0]


def test_what_needs_more_bits_than_float64_has_range():
    """x·y is 2e-514, and its square stands over another: y(y - 1)/2 is left after 2 600 bits are lost."""
    small = -1.5386667786113101e-257
    value, slope, _ = rounded("(exp(x*y) - 1)/(exp(x) - 1)", x=small, y=small)
    assert value == small and near(slope, small*(small - 1)/2)


@pytest.mark.parametrize("text, at, wanted", [
    ("(x - y)/(log(x) - log(y))", {"x": 0.05, "y": 0.05}, [0.05, 0.5, 0.5]),
    ("(x - y)*(exp(x) - exp(y))**-1", {"x": 0.0, "y": 0.0}, [1.0, -0.5, -0.5]),
    ("x*y/log((sqrt(1 + x + x**2) + x - 1/2)*2)", {"x": 0.0, "y": 4.0}, [4/3, 5/3, 1/3]),     # log 1 but for rounding
    ("x*(1 - (1 - y))", {"x": 0.0, "y": 1e-300}, [0.0, 1e-300, 0.0]),                            # far from 0/0
    ("x/(1 - (1 - y))", {"x": 0.0, "y": 1e-300}, [0.0, 1e300, 0.0]),
])
def test_nothing_over_nothing(text, at, wanted):
    """0 over what is 0 but for rounding has a limit, and is not 0."""
    assert all(map(near, rounded(text, **at), wanted))


@pytest.mark.parametrize("text, x, slope", [
    ("log(x**3/log(1 - x))", 1e-150, 2e150), ("log(x**3/acos(1 - x**2/2))", 1e-150, 2e150),
    ("log(x**3/sin(acos(x - 1)))", 1e-150, 2.5e150), ("log(x**3/loggamma(x + 1)**2)", 1e-40, 1e40),
])
def test_a_function_that_crosses_0_loses_its_bits_as_a_sum(text, x, slope):
    """Where 1 - x is 1, the slope of log log(1 - x) is one over rounding, far below 1/x."""
    assert near(rounded(text, x=x)[1], slope)


def test_a_cube_over_a_cube_takes_more_bits_than_two_of_them():
    """Of (exp d - 1)/d the second derivative is 2 (d²/2! - d²/1! + ...)/d³: it takes 3 000 bits at 1e-300, and as many
    again to be believed."""
    reading = read_all(sd.parse("(exp(d) - 1)/d"))
    (node,) = reading.inputs.values()
    second = gradient(gradient(reading.outputs[0], [node])[0], [node])
    assert near(Rounded(second)({node.attributes[0]: 1e-300}, [math.nan])[0], 1/3)


def test_rounding_over_nothing_takes_no_more_bits_than_nothing_over_it(monkeypatch):
    """(Γ(x) - Γ(y))/(x - y) at x = y is rounding over 0: an infinity of another sign with any bits, at seconds each."""
    runs, run = [], Rounded._run
    monkeypatch.setattr(Rounded, "_run", lambda self, outputs, values, bits, *rest: (
        runs.append(bits), run(self, outputs, values, bits, *rest))[1])
    assert near(rounded("(gamma(x) - gamma(y))/(x - y)", x=2.5, y=2.5)[0], 0.9347345216260855)
    assert max(runs) == 2600


def test_a_zero_keeps_its_sign():
    """What rounding leaves of x² - 1 at 1, far below every float64, is of either sign."""
    for found in (0.0, -0.0):
        assert str(rounded("x**2 - 1", found=found, x=1.0)[0]) == str(found)


@pytest.mark.parametrize("text, wanted", [
    ("maximum(x - y, atanh(1)**minimum(y, -3))", [1.0, -1.0]), ("x*y + 1/(1 + atanh(1))", [0.5, 3.5])])
def test_an_infinity_on_the_way_stays_one(text, wanted):
    """Moved by some units of itself it was no number, and of a maximum with that half the slope was left."""
    reading = read_all(sd.parse(text))
    names = {str(symbol): node for symbol, node in reading.inputs.items()}
    slopes = gradient(reading.outputs[0], [names["x"], names["y"]])
    values = {names["x"].attributes[0]: 3.5, names["y"].attributes[0]: 0.5}
    assert Rounded(slopes)(values, [0.0, 0.0]) == wanted
