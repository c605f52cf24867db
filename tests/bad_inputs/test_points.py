"""Bad inputs, section B (35 to 54): values and gradients where the textbook forms break, as the list states."""
import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.reference import oracle
from symdiff.reference.tape import Tape
from tests.sparse import sparse

a, b, c = sp.symbols("a b c", real=True)
v = sd.array("v", sd.sizes("n"))
inf, nan = np.inf, np.nan
ONE_UP = float(np.nextafter(1, 2))

# {key: (formula, {point: (value, gradient)})}; values are in the order of a, b, c as they stand in the formula
LIST = {
    "35 log": (sp.log(a), {(0.0,): (-inf, [inf])}),
    "36 sqrt": (sp.sqrt(a), {(0.0,): (0.0, [inf]), (-0.0,): (0.0, [inf]), (-1.0,): (nan, [nan])}),
    "36 sqrt(-a)": (sp.sqrt(-a), {(0.0,): (0.0, [-inf]), (-0.0,): (0.0, [-inf]), (-4.0,): (2.0, [-0.25])}),
    "37 xlogy": (a*sp.log(b), {(0.0, 0.0): (0.0, [-inf, 0.0]), (1.0, 1.0): (0.0, [0.0, 1.0])}),
    "38 a**0": (sp.Pow(a, 0, evaluate=False), {(0.0,): (1.0, [0.0])}),
    "38 1/a": (1/a, {(0.0,): (inf, [-inf])}),
    "38 a**(1/3)": (a**sp.Rational(1, 3), {(-8.0,): (nan, [nan])}),
    "38 a**(-1/2)": (a**-sp.Rational(1, 2), {(-0.0,): (inf, [-inf]), (0.0,): (inf, [-inf]), (4.0,): (0.5, [-0.0625])}),
    "38 a**b": (a**b, {
        (0.0, 0.0): (1.0, [0.0, -inf]), (0.0, -1.0): (inf, [-inf, -inf]), (-2.0, 3.0): (-8.0, [12.0, nan])}),
    "39 relu": (sd.relu(a), {(0.0,): (0.0, [0.0]), (-0.0,): (0.0, [0.0])}),
    "40 two": (sp.Max(a, b), {(1.0, 1.0): (1.0, [0.5, 0.5])}),
    "40 three": (sp.Max(a, b, c), {(1.0, 1.0, 1.0): (1.0, [1/3]*3), (1.0, 1.0, 0.0): (1.0, [0.5, 0.5, 0.0])}),
    "41 abs": (sp.Abs(a), {(-0.0,): (0.0, [0.0]), (0.0,): (0.0, [0.0])}),
    "42 atan2": (sp.atan2(a, b), {(0.0, 0.0): (0.0, [nan, nan]), (1.0, 0.0): (np.pi/2, [0.0, -1.0])}),
    "43 sigmoid": (1/(1 + sp.exp(-a)), {(800.0,): (1.0, [0.0]), (-800.0,): (0.0, [0.0])}),
    "43 softplus": (sp.log(1 + sp.exp(a)), {(1000.0,): (1000.0, [1.0]), (-1000.0,): (0.0, [0.0])}),
    "43 tanh": ((sp.exp(a) - sp.exp(-a))/(sp.exp(a) + sp.exp(-a)), {(400.0,): (1.0, [0.0]), (-400.0,): (-1.0, [0.0])}),
    "43 log sigmoid": (sp.log(1/(1 + sp.exp(-a))), {(-1000.0,): (-1000.0, [1.0])}),
    "45 exp": (sp.exp(a), {(710.0,): (inf, [inf]), (-745.0,): (5e-324, [5e-324]), (-746.0,): (0.0, [0.0])}),
    "46 54 identity": (a, {(5e-324,): (5e-324, [1.0]), (-0.0,): (-0.0, [1.0])}),
    "47 log1p": (sp.log(1 + a), {(1e-17,): (1e-17, [1.0])}),
    "47 expm1": (sp.exp(a) - 1, {(1e-17,): (1e-17, [1.0])}),
    "48 lgamma": (sp.loggamma(a), {(0.0,): (inf, [-inf]), (-1.0,): (inf, [nan])}),
    "51 Bernoulli": (a*sp.log(b) + (1 - a)*sp.log(1 - b), {
        (0.0, 0.0): (0.0, [-inf, -1.0]), (1.0, 1.0): (0.0, [inf, 1.0]), (1.0, 0.0): (-inf, [-inf, inf]),
        (0.0, 1.0): (-inf, [inf, -inf])}),
    "51 slope in the outcome": (a*sp.log(1 - b), {(0.0, 0.5): (0.0, [np.log1p(-0.5), 0.0])}),
    "53 difference": (a - b, {(1.0, ONE_UP): (1.0 - ONE_UP, [1.0, -1.0])}),
    "53 of squares": (a**2 - b**2, {(ONE_UP, 1.0): (2*(ONE_UP - 1), [2*ONE_UP, -2.0])}),
    "52 normal": (-sp.log(b)/2 - a**2/(2*b), {
        (1.0, -1.0): (nan, [1.0, 1.0]), (0.0, 0.0): (nan, [nan, nan]), (1.0, 0.0): (nan, [-inf, nan])}),
}


@pytest.fixture(scope="module")
def points():
    """All the formulas as one function of all their own symbols: compiled once."""
    formulas, own = [], []
    for key, (formula, _) in LIST.items():
        new = {s: sp.Symbol(f"{s}_{len(own)}", real=True) for s in (a, b, c) if formula.has(s)}
        formulas.append(formula.xreplace(new))
        own.append(list(new.values()))
    return sd.compile(formulas, wrt=[s for symbols in own for s in symbols]), dict(zip(LIST, own))


def same(one, other):
    np.testing.assert_array_equal(np.array(one), np.array(other))


@pytest.mark.parametrize("key, point", [(key, point) for key, (_, points) in LIST.items() for point in points])
def test_35_to_54_scalars(points, key, point):
    f, own = points
    values = {s.name: 1.0 for s in f._reading.inputs} | {s.name: p for s, p in zip(own[key], point)}
    value, gradient = LIST[key][1][point]
    place = list(LIST).index(key)
    found = f(values)[place]
    same(found, value)
    assert np.signbit(found) == np.signbit(value) or value != 0 or not key.startswith("46 54")
    slopes = f.jac(values)[place]
    np.testing.assert_allclose([slopes[s.name] for s in own[key]], gradient, rtol=1e-15)


BROKEN = (0.5, 1.5, 2.5, 3.5, 4.5, 2.2, -0.5, -1.5, -2.5, -2.2, sp.Rational(1, 3))


@pytest.mark.parametrize("power", sparse(BROKEN, 5))
def test_38_broken_power_of_minus_infinity(power):
    """A negative number has none, and -inf is one: by the exact language, the tape, machine code for one number, for
    arrays and for exponents that are inputs, and the readable source.
    """
    x, p, xs = sd.array("x"), sd.array("p"), sd.array("xs", 9)
    for e, values in ((x**power, {"x": -inf}), (sd.sum(xs**power), {"xs": np.full(9, -inf)}),
                      (x**p, {"x": -inf, "p": float(power)})):
        f, names = sd.compile(e), list(values)
        module = {}
        exec(f.source, module)
        assert np.isnan(module["value"](*values.values()))
        for value, gradient in (f.value_and_grad(values), Tape(e, names).value_and_grad(values),
                                oracle.value_and_grad(e, names, values)):
            assert np.isnan(float(np.ravel(value)[0]))
            assert all(np.isnan(float(g)) for part in gradient.values() for g in np.ravel(part))


def test_39_40_53_arrays():
    f = sd.compile([sd.max(v), sd.sum(sd.relu(v)), sd.sum(sp.sqrt(-v))], wrt=[v])
    zeros = np.array([0.0, -0.0, 0.0, -0.0, 0.0, -1.0, 0.0])
    top, flat, root = (block["v"] for block in f.jac(v=zeros))
    same(top, np.where(zeros == 0, 1/6, 0)), same(flat, 0*zeros + 0), same(root, np.where(zeros == 0, -inf, -0.5))


STEADY = {
    (1e308, 1e308): (1e308, [0.5, 0.5]), (-inf, -inf): (-inf, [0.5, 0.5]), (inf, 0.0): (inf, [1.0, 0.0]),
    (-1e308, 1e308): (1e308, [0.0, 1.0]),
}


@pytest.fixture(scope="module")
def steady():
    return sd.compile([sd.logsumexp(v), sp.log(sd.sum(sp.exp(v))), sd.softmax(v), sp.exp(v)/sd.sum(sp.exp(v))], wrt=[v])


@pytest.mark.parametrize("point", STEADY)
def test_44_softmax_and_logsumexp(steady, point):
    value, shares = STEADY[point]
    one, two, three, four = steady(v=point)
    assert one == two == value
    same(three, shares), same(four, shares)
    first, second = steady.jac(v=point)[:2]
    same(first["v"], shares), same(second["v"], shares)


@pytest.fixture(scope="module")
def logistic():
    n, d = sd.sizes("n d")
    X, y, w = sd.array("X", n, d), sd.array("y", n), sd.array("w", d)
    p = 1/(1 + sp.exp(-(X @ w)))
    return sd.compile(-sd.mean(y*sp.log(p) + (1 - y)*sp.log(1 - p)), wrt=[w])


@pytest.mark.parametrize("row", [0, 3, 8])
def test_49_one_nan_is_seen(logistic, row):
    X = np.ones((9, 2))
    X[row, 1] = nan
    values = {"X": X, "y": np.zeros(9), "w": np.ones(2)}
    value, gradient = logistic.value_and_grad(values)
    assert np.isnan(value) and np.isnan(gradient["w"]).any() and np.isnan(logistic.hess(values)["w", "w"]).any()
    assert np.isnan(logistic(X=np.ones((9, 2)), y=np.where(np.arange(9) == row, nan, 0), w=np.ones(2)))


def test_50_infinity_in_the_data(logistic):
    X = np.ones((5, 2))
    X[2, 1] = inf
    assert logistic(X=X, y=np.zeros(5), w=np.ones(2)) == inf
    assert not np.isfinite(logistic(X=X, y=np.ones(5), w=np.ones(2)))


def test_46_no_flush_of_small_numbers():
    tiny = np.full(9, 5e-324)
    f = sd.compile([v, v + v, v*3], wrt=[v])
    assert [r[0] for r in f(v=tiny)] == [5e-324, 1e-323, 1.5e-323]


def test_54_minus_nothing():
    f = sd.compile([v, -v, v[::-1], sd.concatenate([v, v])], wrt=[v])
    for result, sign in zip(f(v=np.full(9, -0.0)), (True, False, True, True)):
        assert (np.signbit(result) == sign).all()
