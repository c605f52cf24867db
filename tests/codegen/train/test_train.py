"""What training promises: the same bits from a seed, the best kept, a reason, good parameters whatever happens."""
import hashlib
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

import symdiff as sd
from codegen import threads
from codegen.train import train
from codegen.train.task import Task
from symdiff.errors import ArgumentError, NoDerivative, SizeMismatch
from tests.conftest import ROOT
from tests.codegen.train.problems import X, b, d, line, logistic, n, network, w, y


def digest(found):
    return hashlib.sha256(b"".join([np.asarray(v).tobytes() for v in found.parameters.values()]
                                   + [found.losses.tobytes(), found.validation.tobytes()])).hexdigest()


def trained(dtype="float64"):
    loss, data = logistic(70)
    return train(loss, data, epochs=5, rate=0.1, batch=16, validation=0.2, starts=2, seed=3, dtype=dtype)


@pytest.mark.parametrize("dtype", ["float64", pytest.param("float32", marks=pytest.mark.nightly)])
def test_the_same_bits_in_another_process_with_other_threads(dtype):
    program = f"from tests.codegen.train.test_train import digest, trained; print(digest(trained({dtype!r})))"
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True,
                         env={**os.environ, "SYMDIFF_NUM_THREADS": "1"})
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == digest(trained(dtype))


def test_seeds_differ():
    loss, data = logistic()
    one, other = (train(loss, data, epochs=2, seed=seed).losses for seed in (0, 1))
    assert not np.array_equal(one, other)


def test_many_rows_are_shared_by_threads(monkeypatch):
    """Full batches of so many rows that a second thread pays: the same bits as by one thread."""
    rng = np.random.default_rng(0)
    values = {"X": rng.normal(size=(200_000, 8)), "y": rng.normal(size=200_000)}
    found = []
    for count in (1, 3):
        monkeypatch.setattr(threads, "count", lambda count=count: count)
        found.append(train(sd.mean(sd.log(1 + (X @ w + b - y)**2)), values, method="momentum", rate=0.1, epochs=4,
                           batch=200_000))
    assert digest(found[0]) == digest(found[1]) and found[0].losses[-1] < found[0].losses[0]


def test_plain_python_does_the_same():
    program = ("import numpy as np\nfrom codegen.train import train\nfrom tests.codegen.train.problems import line\n"
               "loss, data = line()\nf = train(loss, data, epochs=3, rate=0.1, batch=4)\n"
               "print(*f.parameters['w'], f.parameters['b'])")
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True,
                         env={**os.environ, "NUMBA_DISABLE_JIT": "1"})
    assert ran.returncode == 0, ran.stderr
    loss, data = line()
    found = train(loss, data, epochs=3, rate=0.1, batch=4).parameters
    np.testing.assert_allclose(np.array(ran.stdout.split(), float), [*found["w"], found["b"]], rtol=1e-12)


# -- what is trained ---------------------------------------------------------------------------------------------------

def test_a_model_learns_xor():
    model, data = network()
    found = train(model, data, method="adam", rate=0.1, epochs=400, batch=4, starts=4, seed=1)
    assert found.loss < 0.01 and found.ok
    assert found.loss == np.nanmin(found.spread) and len(found.spread) == 4
    np.testing.assert_array_equal(found.predict("p", X=data["X"]) > 0.5, np.array(data["y"]) == 1)
    assert found.predict("h[:, 0]", X=data["X"]).shape == (4,)


@pytest.mark.parametrize("rows, batch", [(11, 4), (12, 4), (11, 11), (11, 50), (11, 1)])
def test_the_mean_loss_of_an_epoch_is_that_of_all_rows(rows, batch):
    loss, data = line()
    data = {key: value[np.arange(rows) % 11] for key, value in data.items()}
    found = train(loss, data, method="sgd", rate=1e-300, epochs=1, batch=batch)
    np.testing.assert_allclose(found.losses, [sd.compile(loss, wrt=[w, b])({**data, "w": np.zeros(3), "b": 0.0})])
    assert found.steps == -(-rows//batch)


def test_data_that_are_no_rows_stay_whole():
    K, v = sd.array("K", 5), sd.array("v", 5)
    loss = sd.mean((X @ w - y)**2) + sd.sum((K - v)**2)
    _, data = line()
    found = train(loss, {**data, "K": np.arange(5.0)}, method="sgd", rate=0.1, epochs=300, batch=4)
    np.testing.assert_allclose(found.parameters["v"], np.arange(5.0), atol=1e-6)


def test_rows_that_cannot_be_told_are_taken_at_once():
    loss, data = sd.mean((sd.array("F", 4, 2) @ sd.array("u", 2))**2), {"F": np.ones((4, 2))}
    task = Task(loss, data)
    assert task.rows == () and task.count == 1
    assert train(loss, data, start={"u": [1, 1]}, epochs=3).steps == 3


def test_sizes_that_only_a_start_tells():
    k = sd.sizes("k")
    V, u = sd.array("V", d, k), sd.array("u", k)
    loss, (_, data) = sd.mean((sd.tanh(X @ V) @ u - y)**2), line()
    with pytest.raises(ArgumentError, match="size k"):
        train(loss, data)
    found = train(loss, data, {"V": np.ones((3, 4))/9, "u": np.ones(4)/9}, epochs=2)
    assert found.parameters["V"].shape == (3, 4)


@pytest.mark.nightly
def test_more_arguments_than_go_into_a_tuple():
    """Arrays beyond the two hundredth lie in the table alone."""
    many = [sd.array(f"q{k}", 2) for k in range(230)]
    target = sd.array("t", n, 2)
    loss = sd.mean((sum(many) - target)**2)
    found = train(loss, {"t": np.ones((6, 2))}, method="sgd", rate=1e-3, epochs=40, batch=4)
    assert found.loss < 1e-4


@pytest.mark.parametrize("method", ["L-BFGS-B", "BFGS", "CG", "TNC", "SLSQP", "Newton-CG", "trust-ncg", "trust-krylov",
                                    "trust-exact", "dogleg", "trust-constr", "newton", "lbfgs"])
def test_minimisers(method):
    loss, data = logistic()
    found = train(loss, data, method=method)
    flat = sd.compile(loss, wrt=[w, b]).flat(data)
    assert np.abs(flat.jac(flat.pack(found.parameters))).max() < 1e-3
    assert found.losses.size and found.ok


@pytest.mark.parametrize("method", ["lm", "gauss-newton", "dogbox"])
def test_least_squares(method):
    loss, data = line()
    A = np.column_stack([data["X"], np.ones(11)])
    wanted = np.linalg.lstsq(A, data["y"], rcond=None)[0]
    found = train(loss, data, method=method)
    np.testing.assert_allclose(np.append(found.parameters["w"], found.parameters["b"]), wanted, rtol=1e-10)
    other = train(loss + 0*sd.sum(w), data, method=method, residuals=X @ w + b - y)
    np.testing.assert_allclose(other.parameters["w"], found.parameters["w"], rtol=1e-10)


# -- how it ends -------------------------------------------------------------------------------------------------------

def test_early_stopping_keeps_the_best():
    loss, data = logistic(40, 8)
    found = train(loss, data, epochs=500, rate=0.3, validation=0.3, patience=15)
    best = int(np.argmin(found.validation))
    assert found.epochs == best + 1 + 15 and "15 epochs" in found.reason
    again = train(loss, data, epochs=best + 1, rate=0.3, validation=0.3)
    np.testing.assert_array_equal(again.parameters["w"], found.parameters["w"])


def test_validation_by_data_of_their_own():
    loss, data = logistic()
    found = train(loss, data, epochs=3, validation=data)
    f = sd.compile(loss, wrt=[w, b])
    assert found.validation[-1] == pytest.approx(f({**data, **found.parameters}), rel=1e-14)


def test_tolerance():
    loss, data = line()
    found = train(loss, data, method="gd", rate=0.2, epochs=5000, tolerance=1e-9)
    assert found.epochs < 5000 and "1e-09" in found.reason


class Interrupt:
    """A schedule in whose epoch the user presses Ctrl-C."""

    def __init__(self, epoch):
        self.epoch = epoch

    def __call__(self, t, epochs):
        if t[0] >= self.epoch:
            raise KeyboardInterrupt
        return np.ones_like(t)


def test_an_interruption_returns_what_there_is():
    loss, data = logistic()
    found = train(loss, data, epochs=9, schedule=Interrupt(3), validation=0.2, starts=3)
    assert "interrupted after 3 epochs" in found.reason and len(found.spread) == 1
    assert found.ok and np.isfinite(found.loss)


def test_an_interruption_of_a_minimiser(monkeypatch):
    loss, data = logistic()
    task = Task(loss, data)
    calls, fun = [], type(task.flat).fun_and_jac

    def counted(self, x):
        calls.append(1)
        if len(calls) > 4:
            raise KeyboardInterrupt
        return fun(self, x)

    monkeypatch.setattr(type(task.flat), "fun_and_jac", counted)
    found = train(task.compiled, data, method="BFGS")
    assert "interrupted" in found.reason and found.loss < np.log(2)


def test_a_divergence_returns_the_best():
    loss, data = line()
    found = train(loss, data, method="gd", rate=10.0, epochs=300)
    assert not found.ok and "diverged" in found.reason and found.fault is None
    assert found.loss == pytest.approx(sd.compile(loss, wrt=[w, b])({**data, "w": np.zeros(3), "b": 0.0}))


def test_a_bad_number_is_named():
    model = sd.Model("z = X @ w\nq = log(1 - z)", loss="-mean(q)", parameters={"w": (2,)}, data={"X": (n, 2)})
    rows = np.full((200, 2), 0.1)
    rows[131] = 3
    for method in ("gd", "BFGS"):
        found = train(model, {"X": rows}, {"w": [1.0, 1.0]}, method=method)
        assert not found.ok and found.losses.size == 0
        assert found.fault.row == 131 and found.fault.name == "q" and "negative" in found.fault.what
        assert "row 131" in repr(found)
        np.testing.assert_array_equal(found.parameters["w"], [1.0, 1.0])


def test_the_last_good_parameters():
    """The second step leaves the domain of the logarithm; what comes back is a point where the loss is a number."""
    loss, data = sd.mean(-sd.log(w[0]*y) + 10*w[0]), {"y": np.ones(3)}
    found = train(loss, data, {"w": [1.0]}, method="gd", rate=0.2)
    assert not found.ok and np.isfinite(found.loss) and "epoch 2" in found.reason
    assert "negative" in str(found.fault)


def test_the_row_is_the_users_own_number_when_some_are_held_out():
    rows = np.ones(50)
    rows[37] = -1
    loss = sd.mean(sd.log(y*sd.exp(b)))
    for seed in range(4):
        found = train(loss, {"y": rows}, epochs=2, validation=0.1, seed=seed)
        if found.fault is not None:
            assert found.fault.row == 37
            return
    raise AssertionError("the row was never trained on")


def test_an_index_out_of_range():
    table, place = sd.array("E", 3), sd.array("i", n)
    data = {"i": np.array([0.0, 1, 2, 1, 0, 7]), "y": np.ones(6)}
    loss = sd.mean((sd.take(table, place) - y)**2)
    for batch in (2, 6):
        with pytest.raises(ArgumentError, match="index"):
            train(loss, data, method="sgd", batch=batch, epochs=2)
    data["i"][5] = 2
    found = train(loss, data, method="sgd", rate=0.5, batch=2, epochs=200)
    np.testing.assert_allclose(found.parameters["E"], 1, atol=1e-6)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers that send signals here")
def test_a_real_interruption():
    loss, data = logistic()
    train(loss, data, epochs=1)
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.15)
        found = train(loss, data, epochs=10**7)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert "interrupted" in found.reason and 0 < found.epochs < 10**7 and np.isfinite(found.loss)


# -- errors ------------------------------------------------------------------------------------------------------------

WRONG = [
    ({"method": "adamm"}, ArgumentError, "no method"),
    ({"epochs": 0}, ArgumentError, "epochs"),
    ({"epochs": 1.5}, ArgumentError, "epochs"),
    ({"batch": True}, ArgumentError, "batch"),
    ({"rate": -1.0}, ArgumentError, "rate"),
    ({"rate": float("nan")}, ArgumentError, "rate"),
    ({"betas": 0.9}, ArgumentError, "betas"),
    ({"betas": (0.9, 1.0)}, ArgumentError, "betas"),
    ({"schedule": "cosin"}, ArgumentError, "no schedule"),
    ({"schedule": {"name": "step", "often": 1}}, ArgumentError, "often"),
    ({"validation": 1.5}, ArgumentError, "validation"),
    ({"validation": 0.001}, ArgumentError, "none"),
    ({"patience": 3}, ArgumentError, "validation"),
    ({"starts": 0}, ArgumentError, "starts"),
    ({"start": {"X": 1.0}}, ArgumentError, "no parameter"),
    ({"start": {"w": np.ones(7)}}, SizeMismatch, "w|d"),
    ({"start": 3}, ArgumentError, "by name"),
    ({"weight_decay": {"X": 0.1}}, ArgumentError, "no parameter"),
    ({"weight_decay": "much"}, ArgumentError, "weight_decay"),
    ({"momentum": "much"}, ArgumentError, "momentum"),
    ({"clip_norm": -1}, ArgumentError, "clip_norm"),
    ({"tolerance": "none"}, ArgumentError, "tolerance"),
    ({"seed": 1.5}, ArgumentError, "seed"),
    ({"spread": -1}, ArgumentError, "spread"),
    ({"warmup": "long"}, ArgumentError, "warmup"),
    ({"rows": "m"}, ArgumentError, "m is not"),
    ({"method": "lm", "residuals": None}, ArgumentError, "no sum or mean of squares"),
]


@pytest.mark.parametrize("given, error, words", WRONG)
def test_wrong_arguments(given, error, words):
    loss, data = logistic()
    with pytest.raises(error, match=words):
        train(loss, data, **{"epochs": 1, **given})


def test_wrong_models_and_data():
    loss, data = logistic()
    with pytest.raises(ArgumentError, match="no value for"):
        train(sd.compile(loss, wrt=[w, b]), {"X": data["X"]})
    with pytest.raises(ArgumentError, match="by name"):
        train(loss, [1, 2])
    with pytest.raises(NoDerivative, match="one number"):
        train(X @ w, {"X": data["X"]})
    with pytest.raises(ArgumentError, match="no loss"):
        train(sd.Model("p = X @ w", parameters={"w": (3,)}, data={"X": (n, 3)}), {"X": data["X"]})
    with pytest.raises(ArgumentError, match="nothing is left"):
        train(loss, {**data, "w": np.zeros(3), "b": 0.0})
    found = train(loss, data, epochs=1)
    with pytest.raises(ArgumentError, match="no input is called z"):
        found.predict(X @ w, X=data["X"], z=1)
    with pytest.raises(ArgumentError, match="by name"):
        found.predict(X @ w, 3)
