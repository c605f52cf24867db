"""The check: right functions pass it, wrong ones do not, and it says what it could not judge."""
import time

import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.language import lift
from tests.patience import soon
from tests.sparse import sparse

w, x = sd.array("w", 3), sp.Symbol("x")
W = np.array([0.3, -1.2, 2.0])


@pytest.fixture(scope="module")
def f():
    return sd.compile(sd.logsumexp(w) + sd.sum(sp.sin(w)), wrt=[w])


def test_a_right_function(f):
    report = f.check(w=W)
    assert report.ok and report and report.worst < 1e-13
    assert {(row.quantity, row.against) for row in report.rows} >= {("value", "tape"), ("value", "oracle"),
                                                                    ("gradient", "tape"),
                                                                   ("gradient", "oracle"), ("Hessian", "tape")}
    lines = str(report).splitlines()
    assert len(lines) == len(report.rows) + 1 and all(line.rstrip().endswith("ok") for line in lines[1:])


@pytest.mark.parametrize("verb, spoil", [
    ("value_and_grad", lambda r: (r[0], {"w": r[1]["w"]*(1 + 1e-9)})),
    ("value_and_grad", lambda r: (r[0], {"w": -r[1]["w"]})),
    ("value_and_grad", lambda r: (r[0], {"w": r[1]["w"]*np.nan})),
    ("value_and_grad", lambda r: (r[0], {"w": r[1]["w"][::-1]})),
    ("value_and_grad", lambda r: (r[0]*(1 + 1e-9), r[1])),
    ("value_and_grad", lambda r: (np.nan, r[1])),
    ("hess", lambda r: {key: block + 1e-8 for key, block in r.items()}),
])
def test_a_wrong_function(monkeypatch, verb, spoil):
    f = sd.compile(sd.logsumexp(w) + sd.sum(sp.sin(w)), wrt=[w])
    honest = getattr(f, verb)
    monkeypatch.setattr(f, verb, lambda *values, **named: spoil(honest(*values, **named)), raising=True)
    report = f.check(w=W)
    assert not report.ok and "WRONG" in str(report)


def test_where_the_tape_gives_no_number_the_oracle_judges():
    f = sd.compile(sp.log(1 + sp.exp(sd.array("t"))))
    report = f.check(t=800.0)
    assert report.ok and any(row.unjudged for row in report.rows if row.against == "tape")
    assert "unjudged" in str(report)
    assert all(row.judged and row.ok for row in report.rows if row.against == "oracle")


def test_at_a_minimum_rounding_is_no_error():
    n, d = sd.sizes("n d")
    X, y, v = sd.array("X", n, d), sd.array("y", n), sd.array("v", d)
    rng = np.random.default_rng(0)
    A, c = rng.normal(size=(50, 4)), rng.normal(size=50)
    f = sd.compile(sd.mean((X @ v - y)**2), wrt=[v])
    best = np.linalg.lstsq(A, c, rcond=None)[0]
    assert np.abs(f.grad(X=A, y=c, v=best)["v"]).max() < 1e-14 and f.check(X=A, y=c, v=best).ok


def test_vectors_lists_models_and_constants():
    assert sd.compile(sp.tanh(w)*2, wrt=[w]).check(w=W).ok
    assert sd.compile([x**2, w*x]).check(x=2, w=W).ok
    model = sd.Model({"h": "tanh(a*w)"}, loss="sum(h)", parameters=[w], data=[sd.array("a")])
    assert sd.compile(model).check(w=W, a=0.5).ok
    assert sd.compile(x**2, wrt=[]).check(x=3).ok
    unused = sd.compile(x**2, wrt=[x, w])
    assert unused.check(x=1.5, w=W).ok


def test_names_that_clash():
    p, q = sp.Symbol("t", positive=True), sp.Symbol("t", real=True)
    with pytest.raises(sd.ArgumentError, match="one name"):
        sd.compile(p*q).check({p: 1.0, q: 2.0})


def test_a_block_that_is_0_but_for_rounding():
    """The mean of standardised columns: judged by the blocks on the diagonal, and wrong where it is wrong by as much."""
    n = sd.sizes("n")
    X, y, w, b = sd.array("X", n, 3), sd.array("y", n), sd.array("w", 3), sd.array("b")
    draws = np.random.default_rng(0)
    A = draws.normal(size=(50, 3))
    A = (A - A.mean(0))/A.std(0)
    f = sd.compile(sd.mean((y - X @ w - b)**2), wrt=[w, b])
    values = {"X": A, "y": draws.normal(size=50), "w": [1.0, 2.0, 3.0], "b": 0.5}
    assert f.check(values).ok
    hessian = f.hess(values)
    hessian["w", "b"] = hessian["w", "b"] + 1e-9
    f.hess = lambda values: hessian
    assert not f.check(values).ok


@pytest.mark.parametrize("of", [sd.max, sd.min, sd.logsumexp, lambda X: sd.sum(sd.max(X, axis=0)), sd.sum, sd.norm])
@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_of_nothing(of, shape):
    """The greatest of nothing is -inf, for the tape and the oracle as for the compiled function."""
    X = sd.array("X", *sd.sizes("n d"))
    found = sd.compile(of(X), [X])
    report = found.check(X=np.zeros(shape))
    assert report.ok and found(X=np.zeros(shape)) in (-np.inf, np.inf, 0.0)


n, d = sd.sizes("n d")
rows, X, v, a = sd.array("rows", n), sd.array("X", n, d), sd.array("v", d), sd.array("a")
RNG = np.random.default_rng(5)


@pytest.mark.parametrize("e, wrt, values", [
    (sd.mean(sp.sin(rows)*a), [a], {"rows": np.zeros(0), "a": 1.3}),
    (sd.mean((X @ v - rows)**2), [v], {"X": np.zeros((0, 3)), "v": np.ones(3), "rows": np.zeros(0)}),
    (sd.mean(sp.sin(rows)), [rows], {"rows": np.zeros(0)}),
])
def test_a_mean_of_nothing_has_no_value_and_no_derivative(e, wrt, values):
    """0/0 by all; its slope is 0/0 or 0·inf, or 0, by the way in which it is computed."""
    f = sd.compile(e, wrt=wrt)
    report = f.check(values)
    assert report.ok and any(row.judged for row in report.rows if row.against == "oracle")
    f.hess = lambda values: {key: np.ones_like(block) for key, block in type(f).hess(f, values).items()}
    assert not f.check(values).ok or not np.size(values[str(wrt[0])])


def unit_row(e):
    return sd.sum(e/sd.norm(e, axis=1, keepdims=True))


ONE = [sd.norm(X), sp.sqrt(sd.sum(X**2)), sd.sum(sp.sqrt(sd.sum(X**2, axis=1))), unit_row(X), unit_row(X)**2]


@pytest.mark.parametrize("e", ONE)
@pytest.mark.parametrize("at", [0.3, 0.7, 1.7, 1e-5, 123.456])
def test_what_is_nought_but_for_rounding(e, at):
    """The length of one number is |x|, which has no curvature: rounding is measured by 1/x, by 1/x² that of x/|x|."""
    f = sd.compile(e, wrt=[X])
    values = {"X": [[at]]}
    assert f.check(values).ok
    f.hess = lambda values: {key: block + 1e-9*(1/at + 1/at**2) for key, block in type(f).hess(f, values).items()}
    assert not f.check(values).ok


@pytest.mark.parametrize("spread", [1e-3, 1e-6, 1e-9])
def test_rows_that_are_almost_equal(spread):
    """Standardised columns lose the digits that the rows have in common; what is off by more is wrong."""
    centred = X - sd.mean(X, axis=0)
    f = sd.compile(sd.mean(sp.sin(centred/sp.sqrt(sd.mean(centred**2, axis=0)) @ v)*rows), wrt=[v])
    values = {"X": RNG.normal(size=3) + spread*RNG.normal(size=(6, 3)), "v": RNG.normal(size=3),
              "rows": RNG.normal(size=6)}
    assert f.check(values).ok
    slope = f.value_and_grad
    f.value_and_grad = lambda values: (slope(values)[0], {"v": slope(values)[1]["v"]*(1 + 1e-6/spread**0.5)})
    assert not f.check(values).ok


def test_the_tape_is_no_judge_of_digits_that_it_loses():
    """(1 - cos x)/x² as typed: the tape has six digits left, the oracle all."""
    t = sd.array("t")
    f = sd.compile((1 - sp.cos(t))/t**2, wrt=[t])
    report = f.check(t=1e-5)
    assert report.ok and all(row.allowed < 1e-12 for row in report.rows if (row.quantity, row.against)
                             == ("value", "oracle"))
    f.value_and_grad = lambda values: (f(values), {"t": type(f).value_and_grad(f, values)[1]["t"]*(1 + 1e-9)})
    assert not f.check(t=1e-5).ok


def test_labels_and_positions_stay():
    """What decides by being equal, or which entry is taken, is not moved when conditions are measured."""
    label, place, table = sd.array("label", n), sd.array("place", n), sd.array("table", 2000)
    f = sd.compile(sd.sum(sd.where(label >= 1, 2, 3)*sd.take(table, place)), wrt=[table])
    values = {"label": [0.0, 1.0, 2.0], "place": [1999.0, 0.0, 1500.0], "table": RNG.normal(size=2000)}
    assert f.check(values).ok
    slope = f.value_and_grad
    f.value_and_grad = lambda values: (slope(values)[0], {"table": slope(values)[1]["table"]*(1 + 1e-11)})
    assert not f.check(values).ok


def test_another_shape_is_wrong():
    f = sd.compile(sd.sum(sp.sin(w)), wrt=[w])
    slope = f.value_and_grad
    f.value_and_grad = lambda values: (slope(values)[0], {"w": slope(values)[1]["w"][:2]})
    report = f.check(w=W)
    assert not report.ok and "WRONG" in str(report)


def test_what_has_no_digits_is_not_judged_by_them():
    """sin of 1e300 + 1: the last place of the sum decides it."""
    f = sd.compile(sd.mean(sp.sin(rows + 1)*rows[::-1]), wrt=[rows])
    assert f.check(rows=[1e300, 0.3, -2.0]).ok
    slope = f.value_and_grad
    for large, off in ((10.0, 1e-9), (1e8, 1e-2)):
        f.value_and_grad = lambda values: (slope(values)[0], {"rows": slope(values)[1]["rows"]*(1 + off)})  # noqa: B023
        assert not f.check(rows=[large, 0.3, -2.0]).ok


def test_the_smallest_numbers():
    """Below the normal range a unit in the last place is the smallest number."""
    f = sd.compile(sd.mean(sp.sin(sd.outer(rows, rows) + 1)), wrt=[rows])
    assert f.check(rows=[5e-324]).ok and f.check(rows=[5e-324, 1.0]).ok
    f.value_and_grad = lambda values: (f(values), {"rows": np.array([1e-320])})
    assert not f.check(rows=[5e-324]).ok


def test_nothing_is_what_it_is():
    """Results without entries: there is nothing to judge, and nothing wrong."""
    report = sd.compile([rows*2, sp.sin(rows)], wrt=[rows]).check(rows=np.zeros(0))
    assert report.ok and not any(row.judged for row in report.rows)


def test_the_largest_of_what_is_no_number():
    """Ties are looked for in what is compared; with nan in it there are none."""
    f = sd.compile(sd.max(rows)*a, wrt=[rows, a])
    report = f.check(rows=[np.nan, 1.0, 1.0], a=2.0)
    assert report.ok and np.isnan(f(rows=[np.nan, 1.0, 1.0], a=2.0))


@pytest.mark.parametrize("form", [lambda t: sp.sin(sp.exp(t)), lambda t: t*sp.cos(sp.exp(t)), lambda t: sp.tan(t**99)])
def test_an_angle_of_more_digits_than_there_are_of_pi(form):
    """exp(1e300) has no sine that can be had: by us, the tape and the oracle; and soon."""
    t = sd.array("t")
    f = sd.compile(form(t), wrt=[t])
    began = time.process_time()
    report = f.check(t=1e300)
    assert not any(row.judged and not row.ok for row in report.rows) and soon(began, 1)
    assert np.isnan(f(t=1e300)) and f.blame(t=1e300) is not None


def test_the_oracle_overrules_the_tape():
    """log(expm1(t)) at 1e300, as typed, is infinite, and by the tape of slope 0; by the oracle it is t."""
    t = sd.array("t")
    f = sd.compile(sp.Abs(sp.log(sd.expm1(t))), wrt=[t])
    report = f.check(t=1e300)
    assert report.ok and f(t=1e300) == 1e300 and any(row.unjudged for row in report.rows if row.against == "tape")
    f.value_and_grad = lambda values: (1e300, {"t": np.array(1 + 1e-6)})
    assert not f.check(t=1e300).ok


def test_the_oracle_is_asked_where_the_tape_disagrees_on_a_few_second_derivatives():
    """acosh|t| has none at -inf, of which the tape makes 0·inf = 0; what is wrong elsewhere stays so."""
    t = sd.array("t")
    f = sd.compile(sp.Rational(1, 2) - sp.acosh(sp.Abs(t)), wrt=[t])
    assert f.check(t=-np.inf).ok and f.check(t=-3.0).ok
    f.hess = lambda values: {key: block*np.nan for key, block in type(f).hess(f, values).items()}
    assert not f.check(t=-3.0).ok


def test_a_logarithm_of_what_no_float_holds():
    """To the tape 1999! is infinite; the oracle has its logarithm, and so have we."""
    t = sd.array("t")
    report = sd.compile(sp.log(sp.factorial(1999))*t, wrt=[t]).check(t=0.5)
    assert report.ok and [row.judged for row in report.rows if row.against == "oracle"] == [1, 1]


@pytest.mark.parametrize("steps, told, by_hand", sparse([(3, True, True), (100, False, True), (1000, False, False)], 3))
def test_loops_are_as_long_as_their_steps(steps, told, by_hand):
    """What is asked in high precision is decided by the numbers that are made, not by the nodes: a loop is one node."""
    a, e = sd.array("a"), np.random.default_rng(0).standard_normal(steps)
    squares = sd.scan(lambda s, x: (0.1 + a*x**2 + 0.7*s, 0.1 + a*x**2 + 0.7*s), 1.0, lift(e))[1]
    report = sd.compile(sd.sum(sd.log(squares)), [a]).check(a=0.2)
    assert report.ok and (report.accuracy is not None) == told
    assert ("oracle" in {row.against for row in report.rows}) == by_hand
