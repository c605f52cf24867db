"""Small formulas are right wherever float64 can say so: against SymPy and mpmath, over the whole range of the inputs."""
import math
import pickle
import random
import threading
import time

import numpy as np
import pytest
import sympy as sp
from scipy import special

import symdiff as sd
from codegen.precise import Watched
from tests.codegen.precise.naive import FORMULAS, Truth, points
from tests.patience import soon
from tests.sparse import sparse

BAR = 8                         # ulp × max(1, condition)


def worst(text, seed, count):
    """(error, point) of the worst of some points."""
    f = sd.compile(sd.parse(text))
    truth, found = Truth(text, list(f.inputs)), [(0.0, None)]
    for point in points(f.inputs, random.Random(f"{seed} {text}"), count):
        value, gradient = f.value_and_grad(point)
        found += [(error, point) for error in truth.errors(point, [value, *gradient.values()])]
    return max(found, key=lambda pair: pair[0])


@pytest.mark.parametrize("text", FORMULAS[::5])
def test_naive_formulas(text):
    error, point = worst(text, 0, 4)
    assert error <= BAR, point


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("text", FORMULAS)
def test_naive_formulas_at_many_points(text, seed):
    error, point = worst(text, seed, 25)
    assert error <= BAR, point


def test_what_the_graph_as_it_was_read_has_right_is_kept():
    """Where the compiled one is too large to be watched, and only one of the outputs is spoilt in the other."""
    text = "(2*j + 1)/(2*j)/tanh((2*j + 1)*x/(2*j)) - 1/(2*j)/tanh(x/(2*j))"
    f, truth = sd.compile(sd.parse(text)), Truth(text, ["j", "x"])
    point, given = {"j": 1.5, "x": 30.0}, {"j": np.zeros(()), "x": np.zeros(())}
    value, gradient = f.value_and_grad(point)
    assert max(truth.errors(point, [value, *gradient.values()])) <= BAR
    assert f.into(given, point) == value and {name: float(x) for name, x in given.items()} == gradient


def test_second_derivatives_and_products():
    f = sd.compile(sd.parse("(1 - cos(x))/x**2"))
    assert f.hess(x=1e-100)["x", "x"] == pytest.approx(-1/12, rel=1e-15)
    assert f.hvp({"x": 2.0}, x=1e-9)["x"] == pytest.approx(-1/6, rel=1e-15)
    assert f.jvp({"x": 1.0}, x=1e-9) == pytest.approx(-1e-9/12, rel=1e-15)
    assert f.vjp(3.0, x=1e-9)["x"] == pytest.approx(-3e-9/12, rel=1e-15)
    assert f.jac(x=1e-9)["x"] == pytest.approx(-1e-9/12, rel=1e-15)


def test_limits_where_the_formula_has_no_value():
    f = sd.compile(sd.parse("(x - sin(x))/(x - tan(x))"))
    assert f.value_and_grad(x=0.0) == (-0.5, {"x": 0.0})
    for pole in ("1/x", "log(x)", "x*log(x)/x**2", "Abs(x)/x", "log(Abs(x))"):
        assert not np.isfinite(sd.compile(sd.parse(pole)).value_and_grad(x=0.0)[0])


@pytest.mark.parametrize("text, at, slope", [
    ("(1 - x)*log(1 - x)", 1.0, np.inf), ("x*log(x)", 0.0, -np.inf), ("x*log(x) + (1 - x)*log(1 - x)", 1.0, np.inf),
    ("x*log(x/2) + (1 - x)*log((1 - x)/(1 - 1/2))", 0.0, -np.inf), ("exp(x)/x**2 - 1/x**2", 0.0, -np.inf),
])
def test_slopes_that_are_infinite_at_the_end_of_a_domain(text, at, slope):
    assert sd.compile(sd.parse(text)).grad(x=at) == {"x": slope}


def test_an_input_that_is_no_number_stays_one():
    f = sd.compile(sd.parse("exp(x) - 1 - x"))
    assert np.isnan(f(x=np.nan)) and f(x=np.inf) != f(x=1.0)


def test_flat_and_buffers():
    x = sd.array("x", 2)
    f = sd.compile(sd.stack([sd.exp(x[0]) - 1 - x[0], x[1]**2]), wrt=[x])
    at = np.array([1e-12, 3.0])
    np.testing.assert_allclose(f(x=at), [5e-25*(1 + 1e-12/3), 9.0], rtol=1e-15)
    out = np.zeros(2)
    assert f.into(out, {"x": at}) is out and out[0] == f(x=at)[0]
    flat = sd.compile(sd.sum(sd.exp(x) - 1 - x), wrt=[x]).flat()
    value, gradient = flat.fun_and_jac(np.array([1e-12, -1e-12]))
    assert value == pytest.approx(1e-24, rel=1e-15)
    np.testing.assert_allclose(gradient, [1e-12 + 5e-25, -1e-12 + 5e-25], rtol=1e-15)


def test_float32():
    f = sd.compile(sd.parse("sqrt(x + 1) - sqrt(x)"), dtype="float32")
    assert f(x=1e6) == np.float32(0.5/np.sqrt(1e6 + 0.5))


def test_what_is_watched():
    n, x = sd.sizes("n"), sd.array("x")
    chain = x
    for _ in range(200):
        chain = sd.sin(chain) + x
    watched = [isinstance(sd.compile(e).runner("value"), Watched)
               for e in (sd.exp(x) - 1, sd.sum(sd.array("v", 3)), sd.sum(sd.array("v", n)), chain)]
    assert watched == [True, True, False, False]


def test_copies_and_threads():
    f = pickle.loads(pickle.dumps(sd.compile(sd.parse("log(1 + x) - x"))))
    at, found = [(-1)**k*10.0**-k for k in range(1, 30)], {}
    threads = [threading.Thread(target=lambda k=k: found.update({k: [f.value_and_grad(x=x) for x in at]}))
               for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found[k] == found[0] for k in range(4))
    assert found[0][9][0] == pytest.approx(-5e-21, rel=1e-9)


def test_entries_by_their_places():
    """Indices, of a constant or given, are the same in every lane; repeated ones add up in the gradient."""
    v, E, labels = sd.array("v", 3), sd.array("E", 3, 2), sd.array("labels", 4)
    places = np.array([[0, 0], [1, 2]])
    np.testing.assert_array_equal(sd.compile(v[places], [v])(v=[5.0, 6, 7]), [[5, 5], [6, 7]])
    found = sd.compile(sd.sum(sd.take(E, labels, axis=0)**3), [E])
    at = {"E": np.arange(6.0).reshape(3, 2), "labels": [0, 2, 2, 1]}
    np.testing.assert_allclose(found.grad(**at)["E"], [[0, 3], [12, 27], [96, 150]], rtol=1e-15)
    np.testing.assert_allclose(np.einsum("ijij->ij", found.hess(**at)["E", "E"]), [[0, 6], [12, 18], [48, 60]], rtol=1e-15)


@pytest.mark.parametrize("text, at, value, slopes", [
    ("exp(x)*log(1 + exp(-x))", (1e5,), 1.0, (0.0,)), ("log(1 + exp(-x))/exp(-x)", (1e20,), 1.0, (0.0,)),
    ("exp(-x)*log(1 + exp(x))", (-1e300,), 1.0, (0.0,)), ("(1 - exp(-exp(-x)))*exp(x)", (1e4,), 1.0, (0.0,)),
])
def test_what_would_take_too_many_digits_as_typed(text, at, value, slopes):
    """1 + exp(-1e5) is 1 to 43 000 digits: then the compiled form is computed anew, which loses nothing."""
    f = sd.compile(sd.parse(text))
    found, gradient = f.value_and_grad(dict(zip(f.inputs, at)))
    assert found == value and tuple(gradient.values()) == slopes


@pytest.mark.parametrize("text, wanted", [("log(sin(pi))*x", -math.inf), ("x/log(tan(pi/4))", math.inf), ("sin(pi)/x", 0.0)])
def test_exact_numbers_that_are_0_are_not_rounded(text, wanted):
    """sin(π) with 1300 bits is 1e-392, whichever way a limit is looked for."""
    f = sd.compile(sd.parse(text), wrt=["x"])
    assert f(x=1.0) == wanted or wanted == math.inf and abs(f(x=1.0)) == math.inf


@pytest.mark.parametrize("text, at, wanted", sparse([
    ("exp(-exp(-x)) - exp(-exp(-y))", (40.0, 50.0), -4.248161509742675e-18),
    ("exp(-exp(-x)) - exp(-exp(-y))", (-1e4, -1e300), 0.0), ("exp(exp(exp(x))) + y", (700.0, 1.0), math.inf),
    ("2**2**2**x/y", (30.0, 21.0), math.inf), ("sinh(exp(exp(x)))/cosh(exp(exp(x)))", (30.0,), 1.0),
    ("log(log(log(exp(exp(exp(x))))))", (700.0,), 700.0), ("gamma(exp(exp(x)))", (5.0,), math.inf),
    ("exp(-exp(-exp(-exp(x))))", (1e300,), 1/math.e),
    ("(1 + exp(exp(x)))**(exp(exp(y)))", (30.0, 21.0), math.inf), ("polygamma(2, x)*x", (-1e12 - 0.3,), None),
    ("(1 + x)**exp(exp(14)) - 1", (0.3,), math.inf), ("cosh(x + exp(exp(14))) - 1", (0.3,), math.inf),
    ("loggamma(exp(exp(x)))", (30.0,), math.inf), ("digamma(exp(exp(x)))", (30.0,), 10686474581524.463),
], 4))
def test_exponentials_of_exponentials(text, at, wanted):
    """Numbers whose exponent has more digits than there is time for are 0 or infinite; nothing waits for them."""
    f = sd.compile(sd.parse(text))
    point, began = dict(zip(f.inputs, at)), time.process_time()
    value, _ = f.value_and_grad(point)
    f.hess(point)
    assert wanted is None or value == pytest.approx(wanted, rel=1e-15) or value == wanted
    report = f.check(point)
    assert not any(row.judged and not row.ok for row in report.rows)
    assert soon(began, 5)


@pytest.mark.nightly
def test_the_inverse_of_what_is_next_to_1():
    """tanh(exp(exp(30))) is 1 but for exp(-1e13): by more and more digits, each with its own erfinv."""
    f = sd.compile(sd.parse("erfinv(tanh(exp(exp(x))))"))
    assert f(x=30.0) == math.inf and f(x=-1.0) == pytest.approx(special.erfinv(np.tanh(np.exp(np.exp(-1.0)))), rel=1e-14)


def test_a_sum_that_has_lost_all_its_bits_tells_nothing():
    """The slope is 5·σ(u) + σ(u) − 3·σ(−u) − σ(−u): e^-800 over 1 − σ(800), both far below what 700 bits tell from 1."""
    u = sd.array("u")
    p = sd.sigmoid(u)
    f = sd.compile(-(3*sd.log(p) + 5*sd.log(1 - p)) - sd.log_sigmoid(u) - sd.log_sigmoid(-u), [u])
    value, slope = f.value_and_grad(u=800.0)
    assert (value, slope["u"]) == (4800.0, 6.0)


Z = sd.array("z", 3)
FAR = Z - sd.mean(Z)


@pytest.mark.parametrize("formula, at, wanted", [
    (sd.cumprod(sd.where(Z >= sd.max(Z), 0, 1)), [2, 1, 0], [0, 0, 0]),         # what is moved or chosen is not rounded
    (sd.cumprod(sd.where(Z >= sd.max(Z), 0, 1)), [1, 2, 0], [1, 0, 0]),
    (sp.sign(FAR), [1, 2, 3], [-1, 0, 1]),                                       # a mean that is exact
    (sp.sign(FAR), [0.1, 0.1, 0.1], [0, 0, 0]),                                  # and one that only rounding makes another
    (FAR/0, [1, 2, 3], [-math.inf, math.nan, math.inf]),
    (sp.floor(3*(Z/3)), [1, 2, 7], [1, 2, 7]),
    (sd.where(FAR/sd.sqrt(sd.sum(FAR**2)) >= 0, 1, 0), [1, 2, 3], [0, 1, 1]),
    (sd.where(sd.sum(Z)*Z >= Z*Z[0] + Z*Z[1] + Z*Z[2], 1, 0), [0.1, 0.2, 0.3], [1, 1, 1])])
def test_steps_and_ties_are_no_matter_of_rounding(formula, at, wanted):
    found = sd.compile(formula, wrt=[])(z=np.array(at, dtype=float))
    np.testing.assert_array_equal(found, np.broadcast_to(wanted, np.shape(found)))


@pytest.mark.parametrize("text, below, above", sparse([
    ("floor(x + y)", 0, 1), ("sign(x + y - 1)", -1, 1), ("Heaviside(x + y - 1)", 0, 1), ("ceiling(x + y)", 1, 2),
    ("Piecewise((1, x + y < 1), (2, True))", 1, 2), ("floor(3*(x/3) + y)", 0, 1)], 2))
@pytest.mark.parametrize("size", [1e-60, 1e-90, 1e-150, 1e-200, 5e-324])
def test_steps_beside_what_is_tiny(text, below, above, size):
    """1 - 1e-150 is 1 with 300 bits, and with 120, and is not 1."""
    f = sd.compile(sd.parse(text), wrt=[])
    assert (f(x=1.0, y=-size), f(x=1.0, y=size)) == (below, above)
