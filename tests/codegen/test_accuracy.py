"""The statement of accuracy: right code is found right, wrong digits are found, with the point; ranges are as they are given."""
import math

import mpmath
import numpy as np
import pytest

import symdiff as sd
from codegen.named import Named

n = sd.sizes("n")
x, y, w, v = sd.array("x"), sd.array("y"), sd.array("w", 3), sd.array("v", n)


def stated(formula, points=20, dtype="float64", **ranges):
    return sd.compile(sd.parse(formula), dtype=dtype).accuracy(points=points, **ranges)


@pytest.mark.parametrize("formula, ranges", [
    ("log(1 + exp(x))", {"x": (-800, 800)}), ("x - y", {"x": (1, 2), "y": (1, 2)}), ("exp(x)", {"x": (-750, 720)}),
    ("sin(x)", {"x": (0, 1e6)}), ("sqrt(x)", {"x": (0, math.inf)}), ("x*y", {"x": (-1e200, 1e200), "y": (-1e200, 1e200)}),
])
def test_right_code_is_found_right(formula, ranges):
    report = stated(formula, **ranges)
    assert report.ok and report and report.worst <= 4, str(report)
    assert all(row.judged + row.unjudged == report.points for row in report.rows)


def test_digits_that_are_lost_are_found_with_their_point(monkeypatch):
    f = sd.compile(x**2, "x")
    monkeypatch.setattr(f, "value_and_grad", lambda values: (values["x"]**2*(1 + 2.0**-45*(values["x"] > 5)),
                                                             Named(x=2*values["x"])))
    report = f.accuracy(x=(1.0, 10.0))
    value, slope = report.rows
    assert not report.ok and not value.ok and slope.ok and slope.ulp == 0
    assert 64 <= value.ulp <= 256 and value.at["x"] > 5 and value.worst_at["x"] > 5        # 2^-45 is 128 to 256 ulp
    assert value.relative == pytest.approx(value.ulp/2)                                    # the condition of x² is 2
    assert "WRONG" in str(report) and "WRONG" in report.text() and "WRONG" in report.html()


def test_the_error_is_that_of_mpmath():
    f = sd.compile(sd.exp(x), "x")
    row = f.accuracy(x=(3.0, 4.0), points=5).rows[0]
    at = float(row.at["x"])
    true = mpmath.mpf(at)
    with mpmath.workdps(40):
        assert row.ulp == pytest.approx(float(abs(f(x=at) - mpmath.exp(true))/np.spacing(math.exp(at))), rel=1e-12)


def test_infinities_and_nan():
    f = sd.compile(sd.exp(x), "x")
    assert f.accuracy(x=(700, 800)).ok                                                     # inf where the truth rounds to it
    f.value_and_grad = lambda values: (math.nan, Named(x=0.0))
    assert f.accuracy(x=1.0, points=0).rows[0].ulp == math.inf
    report = stated("log(x)", x=(-2.0, -1.0))
    assert not report.ok and report.rows[0].judged == 0 and "unjudged" in str(report)


def test_points():
    """Ends and corners are among them, magnitudes are spread, and a seed gives the same ones again."""
    seen = []
    f = sd.compile(x + y, "x")
    f.value_and_grad = lambda values: seen.append((float(values["x"]), float(values["y"]))) or (sum(seen[-1]), Named(x=1.0))
    f.accuracy(x=(1e-9, 1e9), y=(-1.0, 1.0), points=40)
    assert {(1e-9, -1.0), (1e-9, 1.0), (1e9, -1.0), (1e9, 1.0)} <= set(seen[:4])
    assert all(1e-9 <= a <= 1e9 and -1 <= b <= 1 for a, b in seen)
    assert sum(a < 1 for a, _ in seen) > 8 and sum(abs(b) < 1e-6 for _, b in seen) > 5 and min(b for _, b in seen) < 0
    first, seen[:] = list(seen), []
    f.accuracy(x=(1e-9, 1e9), y=(-1.0, 1.0), points=40)
    assert seen == first
    seen[:] = []
    f.accuracy(x=(1e-9, 1e9), y=(-1.0, 1.0), points=40, seed=1)
    assert seen[:4] == first[:4] and seen != first
    seen[:] = []
    f.accuracy(x=(-1.0, 1.0), y=2.0, points=0)                                             # a value is held
    assert seen == [(-1.0, 2.0), (1.0, 2.0)]


def test_arrays():
    f = sd.compile(sd.sum(sd.log(1 + sd.exp(w))*y), "w")
    assert f.accuracy(w=(-20, 20), y=(0, 1), points=5).ok                                  # two numbers, the sizes are known
    assert f.accuracy(w=(np.full(3, -2.0), np.array([1.0, 2, 3])), y=1, points=5).ok
    g = sd.compile(sd.sum(v**2), "v")
    assert g.accuracy(v=(-np.ones(4), np.ones(4)), points=5).ok
    for bad, words in [((-1, 1), "no range tells the sizes"), ((np.zeros(2), np.ones(3)), "ends of the shapes")]:
        with pytest.raises(sd.ArgumentError, match=words):
            g.accuracy(v=bad)


def test_float32():
    report = stated("exp(x)*x", dtype="float32", x=(-50, 50))
    assert report.ok and report.worst <= 4
    assert all(float(value) == float(np.float32(value)) for row in report.rows for value in row.at.values())


@pytest.mark.parametrize("ranges, words", [
    ({"x": (2, 1)}, "ends before it begins"), ({"x": (0, math.nan)}, "ends before it begins"), ({"x": ("a", "b")}, "range of x"),
    ({}, "no value for x"), ({"x": 1, "z": 1}, "no input is called z"), ({"x": (np.zeros(2), np.ones(2))}, "shapes"),
])
def test_ranges_that_are_none(ranges, words):
    with pytest.raises(sd.SymdiffError, match=words):
        sd.compile(sd.exp(x)).accuracy(**ranges)


def test_what_has_no_statement():
    with pytest.raises(sd.NoDerivative, match="one scalar"):
        sd.compile(sd.exp(w)).accuracy(w=(0, 1))
    with pytest.raises(sd.ArgumentError, match="seed is 'a'"):
        sd.compile(sd.exp(x)).accuracy(x=(0, 1), seed="a")
    with pytest.raises(sd.ArgumentError, match="points"):
        sd.compile(sd.exp(x)).accuracy(x=(0, 1), points=-1)


def test_a_check_of_few_scalars_tells_it():
    report = sd.compile(sd.parse("log(1 + exp(x*y))")).check(x=2.0, y=-1.0)
    assert report.ok and report.accuracy.ok and "over max(1, condition)" in str(report) and "Accuracy" not in str(report)
    assert "max(1, condition)" in report.html()
    assert sd.compile(sd.sum(w)).check(w=[1.0, 2, 3]).accuracy is None
    assert sd.compile(sd.exp(x)).check(x=0.0).accuracy.rows[0].judged >= 1
