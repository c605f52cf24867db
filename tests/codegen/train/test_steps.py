"""Steps one at a time: those of `train`, with data that change, and nothing lost or spoilt when a step fails."""
import os
import subprocess
import sys

import numpy as np
import pytest

import symdiff as sd
from codegen import threads
from codegen.train import Steps, train
from codegen.train import machine as machine_module
from codegen.train.machine import Machine
from codegen.train.methods import DESCENT
from symdiff.errors import ArgumentError, DTypeError, NoDerivative, SizeMismatch
from tests.codegen.train.problems import X, b, line, logistic, network, slope, w, y
from tests.conftest import ROOT


def vector(steps):
    return np.array([*steps.parameters["w"], steps.parameters["b"]])


@pytest.mark.parametrize("method", DESCENT)
def test_the_same_bits_as_epochs_of_train(method):
    loss, data = logistic()
    more = {"rate": 0.05, "weight_decay": 0.01, "clip_norm": 0.3}
    steps = Steps(loss, data, method=method, **more)
    losses = [steps.step() for _ in range(5)]
    found = train(loss, data, method=method, epochs=5, batch=60, shuffle=False, **more)
    assert losses == found.losses.tolist() and steps.taken == 5 and steps.method == method
    assert np.array_equal(vector(steps), [*found.parameters["w"], found.parameters["b"]])


@pytest.mark.parametrize("dtype", ["float64", pytest.param("float32", marks=pytest.mark.nightly)])
def test_data_that_change_in_number_too(dtype):
    """Momentum by hand, over batches of several sizes: what it keeps is kept when the sizes change."""
    loss, data = line()
    steps = Steps(loss, {"X": data["X"][:4], "y": data["y"][:4]}, method="momentum", rate=0.05, dtype=dtype)
    x, m = np.zeros(4), np.zeros(4)
    for k, rows in enumerate([slice(0, 4), slice(4, 8), slice(8, 11), slice(0, 11), slice(3, 7)]):
        steps.rate = 0.05/(1 + k)
        value, gradient = slope(data, x, rows)
        m = 0.9*m + gradient
        x = x - steps.rate*m
        found = steps.step({"X": data["X"][rows]}, y=data["y"][rows])
        assert found == pytest.approx(value, rel=1e-12 if dtype == "float64" else 1e-5)
    np.testing.assert_allclose(vector(steps), x, rtol=1e-12 if dtype == "float64" else 1e-4)


def test_a_number_among_the_data_changes():
    c = sd.array("c")
    steps = Steps(sd.mean((X @ w - c*y)**2), {**line()[1], "c": 1.0}, method="gd", rate=0.0)
    one, three = steps.step(), steps.step(c=3)
    assert three == pytest.approx(9*one) and steps.step() == three


def test_two_models_in_turn():
    """Each sees what the other has learned: coordinate descent comes to the least of the sum of both."""
    u, v = sd.array("u"), sd.array("v")
    loss = (u + v - 3)**2 + (u - 2*v)**2
    one, other = Steps(loss, {"v": 0.0}, method="gd", rate=0.25), Steps(loss, {"u": 0.0}, method="gd", rate=0.1)
    for _ in range(60):
        one.step(**other.parameters)
        other.step(**one.parameters)
    assert one.parameters["u"] == pytest.approx(2) and other.parameters["v"] == pytest.approx(1)


def test_what_is_given_is_not_written_into():
    loss, data = line()
    start = {"w": np.ones(3), "b": 0.5}
    steps = Steps(loss, data, start)
    before = {name: value.copy() for name, value in data.items()}
    kept = steps.parameters
    steps.step(X=np.zeros((11, 3)))
    assert all(np.array_equal(data[name], before[name]) for name in data)
    assert np.array_equal(start["w"], np.ones(3)) and np.array_equal(kept["w"], np.ones(3))
    kept["w"][:] = 7
    assert not np.any(steps.parameters["w"] == 7)


def test_many_rows_are_shared_by_threads(monkeypatch):
    rng, found = np.random.default_rng(0), []
    data = {"X": rng.normal(size=(200_000, 8)), "y": rng.normal(size=200_000)}
    for count in (1, 3):
        monkeypatch.setattr(threads, "count", lambda count=count: count)
        steps = Steps(sd.mean(sd.log(1 + (X @ w + b - y)**2)), data, method="momentum", rate=0.1)
        steps.step()
        steps.step(y=-data["y"])
        found.append(vector(steps))
    assert np.array_equal(*found)


def test_a_step_that_fails_changes_nothing():
    a = sd.array("a")
    steps = Steps(sd.mean(sd.log(1 - a*y)), {"y": [0.1, 0.5]}, {"a": 1.0}, "adam", rate=0.1)
    steps.step()
    before = steps.parameters["a"]
    with pytest.raises(ArgumentError, match="no finite number, in step 2") as caught:
        steps.step(y=[0.1, 3.0])
    assert "log of a negative number" in str(caught.value) and "row 1" in str(caught.value)
    assert steps.parameters["a"] == before and steps.taken == 1
    other = Steps(sd.mean(sd.log(1 - a*y)), {"y": [0.1, 0.5]}, {"a": 1.0}, "adam", rate=0.1)
    other.step()
    assert steps.step(y=[0.1, 0.5]) == other.step() and steps.parameters == other.parameters


def test_a_refused_value_changes_nothing():
    loss, data = line()
    steps = Steps(loss, data, method="gd")
    with pytest.raises(SizeMismatch):
        steps.step(X=np.zeros((5, 3)))                          # and y has eleven
    with pytest.raises(SizeMismatch):
        steps.step(X=np.zeros((11, 4)))                         # and w three
    with pytest.raises(DTypeError):
        steps.step(X=np.full((11, 3), 5.0), y="many")
    assert steps.step() == slope(data, np.zeros(4), slice(None))[0]


@pytest.mark.parametrize("words, given, more", [
    ("takes no steps one by one", {}, {"method": "L-BFGS-B"}), ("no method", {}, {"method": "adamm"}),
    ("rate is -1", {}, {"rate": -1}), ("betas", {}, {"betas": (1, 1)}), ("seed", {}, {"seed": "a"}),
    ("is no parameter", {}, {"start": {"X": 1.0}}), ("no input is called Y", {"Y": [1.0]}, {}),
    ("no input is called w", {"w": np.ones(3)}, {}), ("given by name", [1.0], {}),
])
def test_refusals(words, given, more):
    loss, data = line()
    with pytest.raises(ArgumentError, match=words):
        Steps(loss, data, **more).step(given)


def test_a_rate_that_is_none_is_refused_at_the_step():
    steps = Steps(*line())
    steps.rate = np.nan
    with pytest.raises(ArgumentError, match="rate is nan"):
        steps.step()


def test_a_model_and_a_compiled_function():
    model, data = network()
    steps = Steps(model, data, seed=3)
    assert set(steps.parameters) == {"W1", "b1", "w2", "b2"} and np.ptp(steps.parameters["W1"]) > 0
    compiled = Steps(sd.compile(model, wrt=["w2"]), {**data, "W1": np.ones((2, 3)), "b1": np.zeros(3), "b2": 0.0})
    assert list(compiled.parameters) == ["w2"] and compiled.step() == pytest.approx(np.log(2))
    with pytest.raises(NoDerivative):
        Steps([w, b], {})


def test_one_row_and_none():
    loss, data = line()
    steps = Steps(loss, data, method="gd", rate=0.1)
    assert steps.step(X=data["X"][:1], y=data["y"][:1]) == pytest.approx(data["y"][0]**2)
    with pytest.raises(ArgumentError, match="no rows"):
        steps.step(X=np.zeros((0, 3)), y=np.zeros(0))
    assert steps.step(data) > 0 and steps.taken == 2
    for method in ("adam", "L-BFGS-B"):
        with pytest.raises(ArgumentError, match="no rows"):
            train(loss, {"X": np.zeros((0, 3)), "y": []}, method=method)


@pytest.mark.nightly
def test_plain_python_does_the_same():
    program = ("import numpy as np\nfrom codegen.train import Steps\nfrom tests.codegen.train.problems import line\n"
               "loss, data = line()\ns = Steps(loss, data, rate=0.1)\n"
               "s.step(); s.step(X=data['X'][:4], y=data['y'][:4])\nprint(*s.parameters['w'], s.parameters['b'])")
    found = []
    for off in ("0", "1"):
        ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True,
                             env={**os.environ, "NUMBA_DISABLE_JIT": off})
        assert ran.returncode == 0, ran.stderr
        found.append([float(word) for word in ran.stdout.split()])
    np.testing.assert_allclose(*found, rtol=1e-12)


@pytest.fixture(params=[False, True], ids=["machine code", "interpreted"])
def interpreted(request, monkeypatch):
    monkeypatch.setattr(machine_module, "interpreted", lambda: request.param)
    return request.param


def test_an_interruption_right_after_the_machine_code(interpreted, monkeypatch):
    """What it did is counted, though nobody heard of it."""
    one, other = (Steps(*logistic(), rate=0.1) for _ in range(2))
    other.step(), other.step()
    one.step()
    run = Machine.run

    def interrupted(self, rates, losses):
        run(self, rates, losses)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Machine, "run", interrupted)
        with pytest.raises(KeyboardInterrupt):
            one.step()
    assert one.taken == other.taken == 2 and np.array_equal(vector(one), vector(other))
    assert one.step() == other.step()


@pytest.mark.parametrize("calls", [1, 2])
def test_the_epochs_before_an_interruption_are_counted(interpreted, calls, monkeypatch):
    run, left = Machine.run, [calls]

    def interrupted(self, rates, losses):
        why = run(self, rates, losses)
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        return why

    with monkeypatch.context() as patch:
        patch.setattr(Machine, "run", interrupted)
        found = train(*logistic(), epochs=5, batch=2, rate=0.1)
    whole = 1 if calls == 1 else 5
    wanted = train(*logistic(), epochs=whole, batch=2, rate=0.1)
    assert f"interrupted after {whole} epochs" == found.reason and found.steps == wanted.steps
    assert np.array_equal(found.losses, wanted.losses)
    assert all(np.array_equal(found.parameters[name], wanted.parameters[name]) for name in wanted.parameters)


@pytest.mark.parametrize("place", ["before the move", "in the move"])
def test_an_interruption_inside_an_interpreted_step(place, monkeypatch):
    """It has not begun: nothing is moved, and Adam's powers are those of the steps before."""
    monkeypatch.setattr(machine_module, "interpreted", lambda: True)
    one, other = (Steps(*logistic(), rate=0.1, clip_norm=5.0) for _ in range(2))
    one.step(), other.step()

    def stop(*_):
        raise KeyboardInterrupt

    before = vector(one)
    with monkeypatch.context() as patch:
        if place == "before the move":
            patch.setattr(machine_module, "prepare", stop)
        else:
            patch.setitem(machine_module.FORMULAS, one._machine.method, stop)
        with pytest.raises(KeyboardInterrupt):
            one.step()
    assert one.taken == 1 and np.array_equal(vector(one), before)
    assert one.step() == other.step() and np.array_equal(vector(one), vector(other))
