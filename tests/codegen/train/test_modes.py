"""Dropout and batch normalisation in training: replayed batch by batch from the seed, by NumPy and the gradient."""
import os
import subprocess
import sys

import numpy as np
import pytest

import symdiff as sd
from codegen import threads
from codegen.train import Steps, load_weights, train
from codegen.train.draws import Draws, scatter
from codegen.train.task import Task
from symdiff.errors import ArgumentError
from symdiff.models.initial import initial
from symdiff.models.network import BatchNorm, Convolution, Dense, Dropout, Flatten, network
from symdiff.modes import Mask, RunningMean, RunningVariance
from tests.conftest import ROOT
from tests.codegen.train.test_train import digest

RATE, ROWS, BATCH, EPOCHS, SEED = 0.05, 11, 4, 3, 5
SAME = {"method": "sgd", "rate": RATE, "epochs": EPOCHS, "batch": BATCH, "seed": SEED}
RNG = np.random.default_rng(29)
X = RNG.normal(size=(ROWS, 2))
DATA = {"X": X, "y": np.sin(3*X[:, 0])}


def made(*between):
    return network([Dense(6, "tanh"), *between, Dense(1)], ("X", "n", 2), "gaussian")


def begun(model):
    """A start without a zero in it."""
    return {name: np.asarray(one) + 0.1 for name, one in initial(model, 3).items()}


def batches():
    """The rows of every batch, epoch after epoch."""
    draws, order = Draws(SEED), np.arange(ROWS)
    for _ in range(EPOCHS):
        order = order[draws.order(ROWS)]
        yield from (order[k:k + BATCH] for k in range(0, ROWS, BATCH))


def replayed(model, masks=lambda rows: {}, look=lambda rows, x: None):
    """The parameters after sgd, from the compiled gradient with masks of our own."""
    f, x = sd.compile(model), begun(model)
    for rows in batches():
        look(rows, x)
        slope = f.grad({"X": X[rows], "y": DATA["y"][rows], **masks(rows), **x})
        x = {name: x[name] - RATE*slope[name] for name in x}
    return x


def near(found, wanted, tolerance=1e-12):
    for name in wanted:
        np.testing.assert_allclose(found[name], wanted[name], rtol=tolerance, atol=tolerance, err_msg=name)


# -- dropout -----------------------------------------------------------------------------------------------------------

def drawn(names, rate, width=6):
    """A function of rows -> fresh masks, from the seed, one after the other."""
    draws = Draws(SEED).child().child().child()
    return lambda rows: {name: (draws.uniform(len(rows)*width) < 1 - rate).reshape(-1, width)*1.0 for name in names}


def test_masks_are_drawn_afresh_for_every_batch():
    model = made(Dropout(0.3), Dense(6, "tanh"), Dropout(0.3))
    found = train(model, DATA, begun(model), **SAME)
    near(found.parameters, replayed(model, drawn(["mask2", "mask4"], 0.3)))
    assert found.statistics == {}


def test_other_seeds_other_masks_and_the_same_order_of_rows():
    """Dropout of nothing trains as no dropout does; two seeds that drop do not."""
    plain = train(made(), DATA, begun(made()), **SAME).losses
    model = made(Dropout(0))
    start = dict(zip(begun(model), begun(made()).values()))
    np.testing.assert_allclose(train(model, DATA, start, **SAME).losses, plain, rtol=1e-14)
    model = made(Dropout(0.3))
    settings = {**SAME, "shuffle": False}
    one, other = (train(model, DATA, begun(model), **{**settings, "seed": seed}).losses for seed in (1, 2))
    assert not np.isclose(one, other).any()


@pytest.mark.parametrize("rate", [0, 0.2, 0.5, 0.999])
def test_a_mask_drops_its_part(rate):
    vector, state, count = np.full(60_000, 7.0), np.array([12345], np.uint64), 20_000
    places, limits = np.array([[0, 2, 0], [40_000, 0, 9]]), np.array([round((1 - rate)*2**53)]*2, np.uint64)
    with np.errstate(over="ignore"):
        scatter(vector, places, limits, count, state)
    mask = vector[:40_000]
    assert set(mask) <= {0.0, 1.0} and (vector[40_009:] == 7).all() and set(vector[40_000:40_009]) <= {0.0, 1.0}
    assert mask.mean() == pytest.approx(1 - rate, abs=4*np.sqrt(rate*(1 - rate)/40_000) + 1e-12)
    assert np.mean(mask[1:]*mask[:-1]) == pytest.approx((1 - rate)**2, abs=0.02)
    np.testing.assert_array_equal(mask, Draws(12345).uniform(40_000) < 1 - rate)


def test_predictions_and_losses_leave_it_out():
    model = made(Dropout(0.3))
    found = train(model, DATA, begun(model), validation=DATA, **SAME)
    plain, (W, b, V, c) = made(), found.parameters.values()
    given = {"W1": W, "b1": b, "W2": V, "b2": c}
    z = np.tanh(X @ W + b) @ V + c
    np.testing.assert_allclose(found.predict("z", X=X), z, rtol=1e-13)
    np.testing.assert_allclose(found.predict(model["h2"], {"X": X}), found.predict("h1", X=X), rtol=0)
    loss = sd.compile(plain)(**DATA, **given)
    assert found.loss == pytest.approx(loss, rel=1e-14) and min(found.validation) == pytest.approx(loss, rel=1e-14)
    halved = found.predict("z", X=X, mask2=np.full((ROWS, 6), 0.35))
    np.testing.assert_allclose(halved, np.tanh(X @ W + b)/2 @ V + c, rtol=1e-13)


def test_masks_of_ones_own():
    model, own = made(Dropout(0.3)), (RNG.random((ROWS, 6)) < 0.7)*1.0
    found = train(model, {**DATA, "mask2": own}, begun(model), **SAME)
    near(found.parameters, replayed(model, lambda rows: {"mask2": own[rows]}))
    loss = sd.compile(model)(**DATA, mask2=own, **found.parameters)
    assert found.loss == pytest.approx(loss, rel=1e-14)


def test_checks_leave_it_out():
    """So many units that the Hessian is left out."""
    model = network([Dense(30, "tanh"), Dropout(0.3), Dense(1)], ("X", "n", 2), "gaussian")
    f = sd.compile(model)
    whole, rested = f.check({**DATA, **begun(model)}), f.check(**DATA, **begun(model), mask2=np.full((ROWS, 30), 0.7))
    assert whole.ok and str(whole) == str(rested)
    for wrong in ({**DATA, "X": X[:5]}, {"y": DATA["y"]}, {**DATA, "z": 1.0}):
        with pytest.raises(sd.SymdiffError, match="X|z"):
            f.check(wrong, **begun(model))
    with pytest.raises(ArgumentError, match="by name"):
        f.check(X)


def test_methods_that_need_one_function_refuse():
    model = made(Dropout(0.3))
    for call in (lambda: train(model, DATA, method="L-BFGS-B"), lambda: train(model, DATA, method="lm"),
                 lambda: sd.fit(model, DATA), lambda: sd.fit(model, DATA, method="adam")):
        with pytest.raises(ArgumentError, match="mask2 of the model's dropout"):
            call()


def test_data_without_rows():
    """All sizes are numbers: a mask is drawn whole at every step."""
    model = network([Dropout(0.5), Dense(1)], ("X", 3, 2), "gaussian")
    found = train(model, {"X": X[:3], "y": DATA["y"][:3]}, {"W2": np.ones(2), "b2": 0.5}, **SAME)
    f, x, draws = sd.compile(model), {"W2": np.ones(2), "b2": 0.5}, Draws(SEED).child().child().child()
    for _ in range(EPOCHS):
        mask = (draws.uniform(6) < 0.5).reshape(3, 2)*1.0
        slope = f.grad(X=X[:3], y=DATA["y"][:3], mask1=mask, **x)
        x = {name: x[name] - RATE*slope[name] for name in x}
    near(found.parameters, x)


def test_a_fault_is_told_with_the_masks_it_happened_with():
    """log(h) of a dropped entry: at rest there is no fault."""
    n = sd.sizes("n")
    x, m, a = sd.array("x", n), sd.array("m", n), sd.array("a")
    model = sd.Model({"q": sd.log(x*m)}, sd.mean(sd.array("q", n)) + a**2, [a], [x, m], modes={"m": Mask(0.2)})
    found = train(model, {"x": np.ones(60)}, {"a": 1.0}, "sgd", rate=0.1, epochs=3, seed=1)
    assert not found.ok and found.fault.name == "q" and "zero" in found.fault.what
    assert np.isfinite(found.loss)


# -- batch normalisation -----------------------------------------------------------------------------------------------

MOMENTUM = 0.3


@pytest.mark.nightly
def test_running_statistics_by_replaying_the_batches():
    """One row's prediction is the formula with them, whatever the other rows."""
    model = made(BatchNorm(momentum=MOMENTUM))
    found = train(model, DATA, begun(model), **SAME)
    mean, variance = np.zeros(6), np.ones(6)

    def look(rows, x):
        nonlocal mean, variance
        h = np.tanh(X[rows] @ x["W1"] + x["b1"])
        mean = 0.7*mean + 0.3*h.mean(0)
        variance = 0.7*variance + 0.3*h.var(0, ddof=1)

    x = replayed(model, look=look)
    near(found.parameters, x)
    near(found.statistics, {"mean2": mean, "var2": variance})
    h = (np.tanh(X @ x["W1"] + x["b1"]) - mean)/np.sqrt(variance + 1e-5)*x["g2"] + x["b2"]
    z = h @ x["W3"] + x["b3"]
    np.testing.assert_allclose(found.predict("z", X=X), z, rtol=1e-11)
    np.testing.assert_allclose(found.predict("z", X=X[3:4]), z[3:4], rtol=1e-11)
    assert found.loss == pytest.approx(np.mean((DATA["y"] - z)**2)/2 + np.log(2*np.pi)/2, rel=1e-11)


@pytest.mark.nightly
def test_of_a_convolution_and_of_its_channels():
    """A variance is of rows and places: N is their product."""
    model = network([Convolution(2, 2), BatchNorm(), Flatten(), Dense(1)], ("X", "n", 5, 1), "gaussian")
    pixels, start = RNG.normal(size=(ROWS, 5, 1)), begun(model)
    found = train(model, {"X": pixels, "y": DATA["y"]}, start, **{**SAME, "rate": 1e-300})
    z = np.stack([pixels[:, k:k + 2, 0] @ start["K1"][:, 0] for k in range(4)], 1) + start["b1"]
    mean, variance = np.zeros(2), np.ones(2)
    for rows in batches():
        mean = 0.9*mean + 0.1*z[rows].mean((0, 1))
        variance = 0.9*variance + 0.1*z[rows].reshape(-1, 2).var(0, ddof=1)
    near(found.statistics, {"mean2": mean, "var2": variance})


def test_a_batch_of_one_row_tells_no_variance():
    model = made(BatchNorm())
    found = train(model, DATA, begun(model), **{**SAME, "batch": 1, "rate": 1e-300, "epochs": 1})
    np.testing.assert_array_equal(found.statistics["var2"], np.ones(6))
    assert found.statistics["mean2"].all()


def test_both_and_a_validation():
    """The best epoch's statistics are kept with its parameters, and its loss is the one told."""
    model = made(Dropout(0.3), BatchNorm(), Dropout(0.2))
    held = {"X": RNG.normal(size=(30, 2)), "y": RNG.normal(size=30)}
    found = train(model, DATA, begun(model), validation=held, **{**SAME, "epochs": 40, "rate": 0.3})
    best = int(np.argmin(found.validation)) + 1
    again = train(model, DATA, begun(model), **{**SAME, "epochs": best, "rate": 0.3})
    assert best < 40
    near(again.statistics, found.statistics, 0)
    near(again.parameters, found.parameters, 0)
    mu = again.predict("z", X=held["X"])
    assert found.validation.min() == pytest.approx(np.mean((held["y"] - mu)**2)/2 + np.log(2*np.pi)/2, rel=1e-12)


def test_saved_with_the_weights_and_gone_on_from(tmp_path):
    model = made(BatchNorm(momentum=MOMENTUM))
    found = train(model, DATA, begun(model), **SAME)
    path = found.save(tmp_path / "weights.npz")
    assert set(load_weights(path)) == {"W1", "b1", "g2", "b2", "W3", "b3", "mean2", "var2"}
    again = train(model, DATA, path, **{**SAME, "rate": 1e-300, "epochs": 1, "batch": ROWS})
    h = np.tanh(X @ found.parameters["W1"] + found.parameters["b1"])
    near(again.statistics, {"mean2": 0.7*found.statistics["mean2"] + 0.3*h.mean(0),
                            "var2": 0.7*found.statistics["var2"] + 0.3*h.var(0, ddof=1)})
    with pytest.raises(ArgumentError, match="mean2 has the sizes"):
        train(model, DATA, {"mean2": np.zeros(5)})


@pytest.mark.parametrize("method", ["L-BFGS-B", pytest.param("fit", marks=pytest.mark.nightly)])
def test_all_rows_at_once(method):
    """SciPy's methods take all rows as one batch, and so are the statistics."""
    model = made(BatchNorm())
    if method == "fit":
        found = sd.fit(model, DATA, begun(model), "L-BFGS-B", scale="mean", epochs=5)
        parameters = found.coefficients
    else:
        found = train(model, DATA, begun(model), method, epochs=5)
        parameters = found.parameters
    h = np.tanh(X @ parameters["W1"] + parameters["b1"])
    near(found.statistics, {"mean2": h.mean(0), "var2": h.var(0, ddof=1)}, 1e-10)
    z = (h - h.mean(0))/np.sqrt(h.var(0, ddof=1) + 1e-5)*parameters["g2"] + parameters["b2"]
    z = z @ parameters["W3"] + parameters["b3"]
    np.testing.assert_allclose(found.predict("z", X=X[:2]), z[:2], rtol=1e-9)


def test_scales_start_at_one():
    """From zero no gradient would pass: the output's vector of weights starts there, too."""
    found = train(made(BatchNorm()), DATA, method="sgd", rate=1e-300, epochs=1)
    np.testing.assert_array_equal(found.parameters["g2"], np.ones(6))
    assert np.abs(found.parameters["W3"]).max() < 1e-299


def test_any_equation_may_be_kept():
    """A running mean of a parameter is its moving average; the loss need not hold it."""
    n = sd.sizes("n")
    x, a = sd.array("x", n), sd.array("a")
    model = sd.Model({"slow": a*1, "far": sd.mean(sd.array("u", n))}, "mean((x - a)**2)", [a],
                     [x, sd.array("u", n)], modes={"slow": RunningMean(0.5), "far": RunningMean(0.5)})
    found = train(model, {"x": np.ones(4), "u": np.arange(4.0)}, {"a": 0.0}, "gd", rate=0.25, epochs=3)
    assert found.statistics == {"slow": pytest.approx(0.5*0.75 + 0.25*0.5 + 0.125*0), "far": pytest.approx(1.5*7/8)}
    model = sd.Model({"h": a*x}, "mean(h)", [a], [x], modes={"h": RunningMean(0.5)})
    with pytest.raises(ArgumentError, match="a value for each row"):
        train(model, {"x": np.ones(4)})


def test_a_variance_of_fixed_rows():
    x, a = sd.array("x", 3), sd.array("a")
    model = sd.Model({"v": sd.mean((x - sd.mean(x))**2)}, "mean((x - a)**2)*v", [a], [x],
                     modes={"v": RunningVariance(1.0)})
    found = train(model, {"x": [1.0, 2.0, 6.0]}, {"a": 0.0}, "gd", epochs=2)
    assert found.statistics["v"] == pytest.approx(7.0)


# -- the same bits -----------------------------------------------------------------------------------------------------

def trained(dtype="float64", epochs=4):
    model = made(Dropout(0.3), BatchNorm(), Dropout(0.2))
    found = train(model, DATA, begun(model), validation=0.2, starts=2, dtype=dtype, **{**SAME, "epochs": epochs})
    found.parameters.update(found.statistics)
    return found


@pytest.mark.nightly
def test_the_same_bits_in_another_process_with_other_threads():
    program = "from tests.codegen.train.test_modes import digest, trained; print(digest(trained()))"
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True,
                         env={**os.environ, "SYMDIFF_NUM_THREADS": "1"})
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == digest(trained())


@pytest.mark.nightly
def test_plain_python_does_the_same():
    program = ("import numpy as np\nfrom tests.codegen.train.test_modes import trained\n"
               "print(*np.concatenate([np.ravel(v) for v in trained(epochs=2).parameters.values()]))")
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True,
                         env={**os.environ, "NUMBA_DISABLE_JIT": "1"})
    assert ran.returncode == 0, ran.stderr
    wanted = np.concatenate([np.ravel(v) for v in trained(epochs=2).parameters.values()])
    np.testing.assert_allclose(np.array(ran.stdout.split(), float), wanted, rtol=1e-11, atol=1e-13)


@pytest.mark.nightly
def test_single_precision():
    one, other = trained("float32").parameters, trained().parameters
    near(one, other, 1e-3)
    assert not np.array_equal(one["var3"], other["var3"])


@pytest.mark.parametrize("between", [(BatchNorm(),), pytest.param((Dropout(0.5), BatchNorm()),
                                                                  marks=pytest.mark.nightly)])
def test_many_rows_are_shared_by_threads(monkeypatch, between):
    """Statistics of full batches of so many rows that a second thread pays; masks are drawn by one."""
    rows = {"X": RNG.normal(size=(150_000, 8)), "y": RNG.normal(size=150_000)}
    found, model = [], network([*between, Dense(1)], ("X", "n", 8), "gaussian")
    for count in (1, 3):
        monkeypatch.setattr(threads, "count", lambda count=count: count)
        found.append(train(model, rows, begun(model), method="sgd", rate=0.1, epochs=2, batch=150_000))
        found[-1].parameters.update(found[-1].statistics)
    assert digest(found[0]) == digest(found[1])
    if len(between) == 1:
        near(found[0].statistics, {"var1": 0.81 + 0.19*rows["X"].var(0, ddof=1)}, 1e-10)


def test_a_model_without_modes_costs_nothing():
    """The kernel is the one that value_and_grad has, and nothing is drawn or kept."""
    task = Task(made(), DATA)
    assert task.stepped is task.compiled and task.kept.size == 0 and task.masks_of(4).vector.size == 0


def test_steps_one_at_a_time():
    """As epochs of all rows: masks drawn afresh, statistics kept, also where the number of rows changes."""
    model = made(Dropout(0.3), BatchNorm(), Dropout(0.2))
    steps = Steps(model, DATA, begun(model), "sgd", rate=RATE, seed=SEED)
    losses = [steps.step() for _ in range(3)]
    found = train(model, DATA, begun(model), "sgd", rate=RATE, seed=SEED, epochs=3, batch=ROWS, shuffle=False)
    assert losses == found.losses.tolist()
    near(steps.statistics, found.statistics, 0)
    before = steps.statistics["mean3"]
    steps.step(X=X[:4], y=DATA["y"][:4])
    assert np.abs(steps.statistics["mean3"] - 0.9*before).max() <= 0.1/0.7
