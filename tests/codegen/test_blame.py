"""What went bad first is found, with its operation, its intermediate and its row; what is infinite by right is not."""
import numpy as np
import pytest

import symdiff as sd
from codegen.train.task import Task

n = sd.sizes("n")
x, y, a, c = sd.array("x", n), sd.array("y", n), sd.array("a"), sd.array("c")
ROWS = np.array([1.0, 2.0, 3.0, 4.0])


def found(loss, at, rows=None, **data):
    task = Task(loss, {"x": ROWS, **data})
    order = [str(key) for key in task.compiled.wrt]
    return task.fault(np.array([at[name] for name in order]), rows)


CASES = [
    (sd.mean(sd.log(a - x)), {"a": 2.5}, "log of a negative number", 2),
    (sd.mean(sd.log(a - x)), {"a": 3.0}, "log of zero", 2),
    (sd.mean(sd.sqrt(a - x)*c), {"a": 3.5, "c": 1.0}, "square root of a negative number", 3),
    (sd.mean(1/(x - a)), {"a": 2.0}, "division by zero", 1),
    (sd.mean((x - a)**c), {"a": 1.5, "c": 0.5}, "negative number to a power", 0),
    (sd.sum(sd.exp(a*x)), {"a": 200.0}, "overflow of exp", 3),
    (sd.mean(sd.atan(x) + sd.acosh(x - a)), {"a": 0.5}, "acosh of a number below 1", 0),
    (sd.mean(sd.loggamma(x - a)), {"a": 3.0}, "loggamma at a pole", 0),
]


@pytest.mark.parametrize("loss, at, words, row", CASES, ids=[str(case[0]) for case in CASES])
def test_what_and_where(loss, at, words, row):
    one = found(loss, at)
    assert words in one.what and one.row == row
    assert f"row {row}" in str(one)


def test_users_names_and_formulas():
    model = sd.Model("z = a*x\nq = log(1 - z)", loss="-mean(q)", parameters={"a": ()}, data=[x])
    one = found(model, {"a": 0.4})
    assert str(one).startswith("log of a negative number in q = log1p(-z), row 2")


def test_rows_are_those_of_the_batch():
    assert found(sd.mean(sd.log(a - x)), {"a": 2.5}, np.array([0, 3])).row == 3
    assert found(sd.mean(sd.log(a - x)), {"a": 2.5}, np.array([0, 1])) is None


def test_a_branch_not_taken_is_not_blamed():
    safe = sd.where(x > 2, sd.log(x - 2), 0)
    assert found(sd.mean(safe*a + sd.log(c - x)), {"a": 1.0, "c": 3.5}).row == 3
    assert found(sd.mean(safe*a), {"a": 1.0}) is None
    both = sd.where(x > 2, sd.log(x - 2), sd.sqrt(a - x))
    assert "square root" in found(sd.mean(both), {"a": 0.5}).what


def test_bad_data():
    one = found(sd.mean((x - a*y)**2), {"a": 1.0}, y=np.array([1, 1, np.nan, 1]))
    assert (one.what, one.name, one.row) == ("nan", "y", 2)


def test_a_gradient_alone():
    one = found(sd.mean(sd.sqrt(x - a)), {"a": 1.0})
    assert one.what == "division by zero" and "derivative by a" in one.name and one.row == 0


def test_of_no_row():
    one = found(sd.log(a) + sd.mean(x), {"a": -1.0})
    assert one.row is None and "log of a negative number" in str(one) and "row" not in str(one)


def blamed(expression, wrt=None, dtype="float64", **values):
    return sd.compile(expression, wrt, dtype=dtype).blame(**values)


def test_of_a_compiled_function():
    one = blamed(sd.mean(sd.log(a - x)), a=2.5, x=ROWS)
    assert (one.what, one.row) == ("log of a negative number", 2) and "log(a - x)" in one.line
    assert "above 0" in one.do and str(one).splitlines()[1].startswith("  do:    keep its argument")
    assert blamed(sd.mean(sd.log(a - x)), a=5.0, x=ROWS) is None


def test_of_arrays_lists_and_inputs_alone():
    assert blamed(sd.log(x)*a, x=ROWS - 2, a=1.0).row == 0                    # an array; its rows are the data's
    second = blamed([sd.exp(a), sd.sqrt(a - 3)], a=1.0)
    assert "square root" in second.what and second.row is None
    assert "overflow of exp" in blamed({"one": a, "two": sd.exp(a)}, a=1000.0).what
    assert blamed(x, "x", x=np.array([1.0, np.nan])).name == "x"


def test_of_derivatives():
    one = blamed([sd.sum(x), sd.sqrt(a)], "a", x=ROWS, a=0.0)
    assert one.what == "division by zero" and "derivative by a" in one.name
    f = sd.compile(sd.sum(sd.sqrt(x)**3), "x")
    at = {"x": np.array([1.0, 0.0])}
    assert f.blame(**at) is None                                               # value and gradient are finite
    f.hess(**at)
    assert "second derivative" in f.blame(**at).name


def test_a_loop_names_its_step():
    h0, count = sd.array("h0"), sd.sizes("count")
    u = sd.array("u", count)
    last, _ = sd.scan(lambda h, v: (sd.log(h - v),)*2, h0, u)
    one = blamed(last, ["h0"], h0=8.0, u=np.array([1.0, 0.5, 3.0, 0.0]))
    assert "log of a negative number in a step of the loop" in one.line and one.row == 2


def test_float32_overflows_earlier():
    assert blamed(sd.exp(a), dtype="float32", a=50.0) is None
    assert "overflow of exp" in blamed(sd.exp(a), dtype="float32", a=100.0).what


def test_what_only_the_machine_code_makes_bad(monkeypatch):
    f = sd.compile(sd.exp(a), "a")
    monkeypatch.setattr(f, "executable", lambda kind: lambda arrays: (np.nan,))
    one = f.blame(a=1.0)
    assert "nan of the float64 machine code alone" in one.what and "f.check" in one.do
