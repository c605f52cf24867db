"""Where training starts: the variances of the papers, roles read from the model, names that override."""
import numpy as np
import pytest

import symdiff as sd
from symdiff.models import initial as I
from symdiff.models.activations import ACTIVATIONS
from symdiff.models.layers import batch_norm, convolution, dense, flatten


@pytest.mark.parametrize("shape, fan_in, fan_out", [
    ((300, 200), 300, 200), ((3, 3, 20, 60), 180, 540), ((5, 30, 90), 150, 450)])
@pytest.mark.parametrize("rule, variance", [
    ("glorot", lambda i, o: 2/(i + o)), ("glorot_uniform", lambda i, o: 2/(i + o)), ("he", lambda i, o: 2/i),
    ("he_uniform", lambda i, o: 2/i), ("lecun", lambda i, o: 1/i), ("lecun_uniform", lambda i, o: 1/i)])
def test_variances(rule, variance, shape, fan_in, fan_out):
    made = I.RULES[rule](np.random.default_rng(2), shape)
    count = made.size
    assert abs(made.mean()) < 4*np.sqrt(variance(fan_in, fan_out)/count)
    assert made.var() == pytest.approx(variance(fan_in, fan_out), rel=6/np.sqrt(count))
    if "uniform" in rule:
        assert np.abs(made).max() <= np.sqrt(3*variance(fan_in, fan_out))


@pytest.mark.parametrize("shape", [(7, 4), (4, 7), (5, 5), (3, 2, 4)])
def test_orthogonal(shape):
    made = I.orthogonal(np.random.default_rng(0), shape).reshape(-1, shape[-1])
    small = made.T @ made if made.shape[0] >= made.shape[1] else made @ made.T
    np.testing.assert_allclose(small, np.eye(len(small)), atol=1e-14)


def network(activation):
    n = sd.sizes("n")
    X, y, W, b, v = sd.array("X", n, 3), sd.array("y", n), sd.array("W", 3, 400), sd.array("b", 400), sd.array("v", 400)
    z = sd.array("z", n, 400)
    return sd.Model([(z, dense(X, W, b)), ("h", ACTIVATIONS[activation](z)), ("s", sd.array("h", n, 400) @ v)],
                    sd.mean(sd.abs(y - sd.array("s", n))), [W, b, v], [X, y])


@pytest.mark.parametrize("activation, variance", [
    ("tanh", 2/403), ("logistic", 2/403), ("softsign", 2/403), ("relu", 2/3), ("leaky_relu", 2/3), ("elu", 2/3),
    ("gelu", 2/3), ("swish", 2/3), ("mish", 2/3), ("absolute", 2/3), ("softplus", 2/3)])
def test_rectifiers_start_by_he_others_by_glorot(activation, variance):
    start = I.initial(network(activation))
    assert start["W"].var() == pytest.approx(variance, rel=0.2)
    assert not start["b"].any()
    assert start["v"].var() == pytest.approx(2/401, rel=0.3)


def test_roles():
    n = sd.sizes("n")
    X, K, g, s = sd.array("X", n, 6, 6, 2), sd.array("K", 3, 3, 2, 50), sd.array("g", 50), sd.array("s", 50)
    h = flatten(sd.relu(batch_norm(convolution(X, K), g, s)))
    w, a = sd.array("w", 4*4*50), sd.array("a")
    model = sd.Model({"h": h, "f": a*(sd.array("h", n, 800) @ w)}, "mean(f)", [K, g, s, w, a], [X])
    start = I.initial(model, 3)
    assert (start["g"] == 1).all() and not start["s"].any() and start["a"] == 0.0
    assert start["K"].shape == (3, 3, 2, 50) and start["w"].any()


def test_linear_regression_starts_at_zero():
    model = sd.Model("f = X @ w + b", "mean((y - f)**2)", {"w": (3,), "b": ()}, {"X": ("n", 3), "y": ("n",)})
    start = I.initial(model)
    np.testing.assert_array_equal(start["w"], np.zeros(3))
    assert start["b"] == 0.0


def test_rules_and_names():
    model = network("tanh")
    kept = np.arange(400.)
    start = I.initial(model, 1, {"W": "he", "b": 0.5, "v": kept})
    assert start["W"].var() == pytest.approx(2/3, rel=0.2) and (start["b"] == 0.5).all()
    np.testing.assert_array_equal(start["v"], kept)
    lecun = I.initial(network("relu"), 1, "lecun")
    assert lecun["W"].var() == pytest.approx(1/3, rel=0.2) and not lecun["b"].any()
    assert (I.initial(model, rule=lambda draws, shape: np.full(shape, 2.0))["W"] == 2).all()


def test_the_seed_decides_and_a_layer_more_changes_no_other():
    one, two = I.initial(network("tanh"), 5), I.initial(network("tanh"), 5)
    assert all((one[name] == two[name]).all() for name in one)
    assert (I.initial(network("tanh"), 6)["W"] != one["W"]).all()
    assert (one["W"].ravel()[:5] != one["v"][:5]).all()
    model = sd.Model("h = tanh(X @ W)\nk = tanh(h @ U)", "mean(k)", {"U": (400, 2), "W": (3, 400)}, {"X": ("n", 3)})
    np.testing.assert_array_equal(I.initial(model, 5)["W"], one["W"])


def test_lengths_by_name():
    model = sd.Model("h = tanh(X @ W)", "mean(h)", {"W": ("d", 4)}, {"X": ("n", "d")})
    assert I.initial(model, sizes={"d": 6})["W"].shape == (6, 4)
    with pytest.raises(sd.ArgumentError, match="length by name, d"):
        I.initial(model)


@pytest.mark.parametrize("rule, part", [
    ("glorto", "no rule is called 'glorto'"), ({"Z": 1}, "Z is no parameter"), ({"W": "x"}, "W: no rule"),
    ({"W": np.zeros(3)}, "the sizes"), (object(), "is no rule")])
def test_refused(rule, part):
    with pytest.raises(sd.ArgumentError, match=part):
        I.initial(network("tanh"), rule=rule)
    with pytest.raises(sd.ArgumentError, match="no seed"):
        I.initial(network("tanh"), seed=-1)


def test_training_takes_it():
    model = sd.Model("h = tanh(X @ W + b)\nf = h @ v", "mean((y - f)**2)", {"W": (1, 5), "b": (5,), "v": (5,)},
                     {"X": ("n", 1), "y": ("n",)})
    x = np.linspace(-1, 1, 20)
    found = sd.train(model, {"X": x[:, None], "y": np.sin(2*x)}, I.initial(model, 0), epochs=300, rate=0.02)
    assert found.loss < 1e-2
