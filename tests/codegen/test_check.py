"""The check: right functions pass it, wrong ones do not, and it says what it could not judge."""
import numpy as np
import pytest
import sympy as sp

import symdiff as sd

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
