"""Networks from lists of layers: their equations, parameters, losses and slopes, against NumPy and SciPy."""
import numpy as np
import pytest
import scipy.special as special
import scipy.stats as ss

import symdiff as sd
from symdiff.evaluate import evaluate
from symdiff.models import distributions as D
from symdiff.models.initial import initial
from symdiff.models.network import (BatchNorm, Convolution, Dense, Dropout, Embedding, Flatten, Join, LayerNorm,
                                    MaxPool, Maxout, MeanPool, Skip, network)
from symdiff.read import read
from symdiff.reference.tape import Tape

RNG = np.random.default_rng(11)
X = RNG.normal(size=(6, 3))


def value(model, formula=None, **values):
    expression = model.expression(formula)
    names = {a.name for a in expression.free_symbols}
    return evaluate([read(expression)], {name: v for name, v in values.items() if name in names})[0]


def drawn(model):
    """Parameters, none of them 0."""
    return {name: RNG.normal(size=np.shape(one)) for name, one in initial(model).items()}


def test_one_hidden_layer():
    model = network([Dense(4, "tanh"), Dense(1)], ("X", "n", 3), "bernoulli", penalty={"l2": 0.1, "l1": 0.2})
    assert [name.name for name, _ in model.equations] == ["h1", "z", "p"]
    assert {a.name: a.sizes for a in model.parameters} == {"W1": (3, 4), "b1": (4,), "W2": (4,), "b2": ()}
    v, y = drawn(model), np.array([0., 1, 1, 0, 1, 0])
    p = special.expit(np.tanh(X @ v["W1"] + v["b1"]) @ v["W2"] + v["b2"])
    weights = np.concatenate([v["W1"].ravel(), v["W2"]])
    expected = -ss.bernoulli(p).logpmf(y).mean() + 0.05*(weights**2).sum() + 0.2*np.abs(weights).sum()
    assert value(model, X=X, y=y, **v) == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(value(model, "p", X=X, **v), p, rtol=1e-12)
    assert sd.compile(model).check(X=X, y=y, **v).ok


def test_changing_a_layer_is_changing_a_line():
    layers = [Dense(4, "relu"), Dense(4, "tanh"), Skip("h1"), Dense(1)]
    model = network(layers, ("X", "n", 3), "gaussian")
    v = drawn(model)
    h1 = np.maximum(X @ v["W1"] + v["b1"], 0)
    f = (h1 + np.tanh(h1 @ v["W2"] + v["b2"])) @ v["W4"] + v["b4"]
    y = RNG.normal(size=6)
    assert value(model, X=X, y=y, **v) == pytest.approx(-ss.norm(f).logpdf(y).mean(), rel=1e-12)


def test_skips_across_columns_joins_and_branches():
    model = network([Dense(4, "tanh"), Skip("X"), Dense(2, of="X", name="side"), Join(["h2", "X"]), Dense(5)],
                    ("X", "n", 3), "categorical")
    v = drawn(model)
    assert v["V2"].shape == (3, 4)
    h2 = X @ v["V2"] + np.tanh(X @ v["W1"] + v["b1"])
    z = np.hstack([X @ v["W3"] + v["b3"], h2, X]) @ v["W5"] + v["b5"]
    y = RNG.integers(0, 5, 6)
    expected = -special.log_softmax(z, axis=1)[np.arange(6), y].mean()
    assert value(model, X=X, y=y, **v) == pytest.approx(expected, rel=1e-12)
    one_hot = network([Dense(5)], ("X", "n", 3), "categorical", sd.array("y", sd.sizes("n"), 5))
    w = drawn(one_hot)
    z = X @ w["W1"] + w["b1"]
    assert value(one_hot, X=X, y=np.eye(5)[y], **w) == pytest.approx(
        -special.log_softmax(z, axis=1)[np.arange(6), y].mean(), rel=1e-12)


@pytest.mark.parametrize("output, density", [
    ("gaussian", lambda y, z, v: ss.norm(z).logpdf(y)), ("laplace", lambda y, z, v: ss.laplace(z).logpdf(y)),
    ("gaussian_learned", lambda y, z, v: ss.norm(z, np.exp(v["log_scale"])).logpdf(y)),
    ("poisson", lambda y, z, v: ss.poisson(np.exp(z)).logpmf(y)),
    ("exponential", lambda y, z, v: ss.expon(scale=np.exp(-z)).logpdf(y)),
    ("gamma", lambda y, z, v: ss.gamma(np.exp(v["log_shape"]), scale=np.exp(z - v["log_shape"])).logpdf(y)),
    ("negative_binomial", lambda y, z, v: ss.nbinom(np.exp(-v["log_dispersion"]),
                                                    1/(1 + np.exp(v["log_dispersion"] + z))).logpmf(y)),
])
def test_the_loss_follows_from_the_output(output, density):
    model = network([Dense(1)], ("X", "n", 3), output)
    v, y = drawn(model), np.array([1., 2, 1, 3, 5, 1])
    z = X @ v["W1"] + v["b1"]
    assert value(model, X=X, y=y, **v) == pytest.approx(-density(y, z, v).mean(), rel=1e-11)


def test_an_output_of_ones_own():
    """A mixture density network."""
    model = network([Dense(6)], ("X", "n", 3), lambda z: D.GaussianMixture(z[:, :2], z[:, 2:4], z[:, 4:]))
    v, y = drawn(model), RNG.normal(size=6)
    z = X @ v["W1"] + v["b1"]
    density = (special.softmax(z[:, :2], axis=1)*ss.norm(z[:, 2:4], np.exp(z[:, 4:])).pdf(y[:, None])).sum(1)
    assert value(model, X=X, y=y, **v) == pytest.approx(-np.log(density).mean(), rel=1e-12)


def test_every_other_layer():
    image = ("image", "n", 6, 6, 1)
    model = network([Convolution(2, 3, "relu"), BatchNorm(), MaxPool(2), MeanPool(2), Flatten(), Maxout(4), LayerNorm(),
                     Dropout(0.5), Dense(3, bias=False)], image, "gaussian")
    v = drawn(model)
    mask, y = (RNG.random((5, 4)) < 0.5)*1.0, RNG.normal(size=(5, 3))
    pixels = RNG.normal(size=(5, 6, 6, 1))
    h1 = np.array([[[[max(0, (pixels[r, i:i + 3, j:j + 3, 0]*v["K1"][:, :, 0, f]).sum() + v["b1"][f]) for f in range(2)]
                     for j in range(4)] for i in range(4)] for r in range(5)])
    h2 = (h1 - h1.mean((0, 1, 2)))/np.sqrt(h1.var((0, 1, 2)) + 1e-5)*v["g2"] + v["b2"]
    h5 = h2.reshape(5, 2, 2, 2, 2, 2).max((2, 4)).mean((1, 2))
    h6 = (h5 @ v["W6"] + v["b6"]).reshape(5, 4, 2).max(2)
    h7 = (h6 - h6.mean(1, keepdims=True))/np.sqrt(h6.var(1, keepdims=True) + 1e-5)*v["g7"] + v["b7"]
    z = (h7*mask*2) @ v["W9"]
    found = value(model, image=pixels, y=y, mask8=mask, **v)
    assert found == pytest.approx(-ss.norm(z).logpdf(y).mean(), rel=1e-11)
    assert "b9" not in v


def test_embedding():
    model = network([Embedding(10, 2), Flatten(), Dense(1)], ("words", "n", 4), "bernoulli")
    v, words, y = drawn(model), RNG.integers(0, 10, (6, 4)), np.array([0., 1, 1, 0, 1, 0])
    p = special.expit(v["E1"][words].reshape(6, 8) @ v["W3"] + v["b3"])
    assert value(model, words=words, y=y, **v) == pytest.approx(-ss.bernoulli(p).logpmf(y).mean(), rel=1e-12)


@pytest.mark.parametrize("layers, inputs", [
    ([Dense(4, "gelu"), Skip("X"), BatchNorm(), LayerNorm(), Maxout(3), Dropout(0.1), Dense(3)], ("X", "n", 3)),
    ([Convolution(2, 3, "relu", padding="same"), MaxPool(2), Flatten(), Dense(3)], ("X", "n", 6, 6, 1)),
    ([Convolution(2, 3, stride=2), MeanPool(2, 1), Flatten(), Dense(3)], ("X", "n", 9, 2)),
])
def test_a_file_gives_the_same_model(layers, inputs, tmp_path):
    model = network(layers, inputs, "categorical", penalty=0.1)
    path = tmp_path / "model.toml"
    path.write_text(model.to_toml())
    again = sd.load(path)
    assert again.equations == model.equations and again.loss is model.loss
    assert again.parameters == model.parameters and set(again.data) == set(model.data)


def test_it_is_drawn_derived_and_trained():
    model = network([Dense(3, "tanh"), Dense(3, "tanh"), Skip("h1"), Dense(1)], ("X", "n", 2), "bernoulli")
    assert sd.diagram(model).svg.startswith("<svg")
    assert "W1" in str(sd.derivation(network([Dense(2, "tanh"), Dense(1)], ("X", 3, 2), "bernoulli"), "W1"))
    corners, y = np.array([[0., 0], [0, 1], [1, 0], [1, 1]]), np.array([0., 1, 1, 0])
    found = sd.train(model, {"X": corners, "y": y}, initial(model, 1), "L-BFGS-B")
    assert found.loss < 0.01


@pytest.mark.parametrize("make, kind, part", [
    (lambda: network([], ("X", "n", 3)), sd.ArgumentError, "a list of layers"),
    (lambda: network([Dense], ("X", "n", 3)), sd.ArgumentError, "a list of layers"),
    (lambda: network([Dense(0)], ("X", "n", 3)), sd.ArgumentError, "layer 1: Dense"),
    (lambda: network([Dense(4, "tahn")], ("X", "n", 3)), sd.UnknownForm, "'tahn'"),
    (lambda: network([Dense(4, 3)], ("X", "n", 3)), sd.ArgumentError, "activation is '3'"),
    (lambda: network([Dense(4, bias=1)], ("X", "n", 3)), sd.ArgumentError, "true or false"),
    (lambda: network([Dense(4), Skip("h3")], ("X", "n", 3)), sd.ArgumentError, "no earlier layer is called h3"),
    (lambda: network([Dense(4), Skip([])], ("X", "n", 3)), sd.ArgumentError, "no earlier layer"),
    (lambda: network([Dense(4, name="X")], ("X", "n", 3)), sd.NameClash, "X is"),
    (lambda: network([Dropout("half")], ("X", "n", 3)), sd.ArgumentError, "rate"),
    (lambda: network([Convolution(2)], ("X", "n", 3)), sd.SymdiffError, "layer 1"),
    (lambda: network([Dense(4)], "X"), sd.ArgumentError, "inputs"),
    (lambda: network([Dense(1)], ("X", "n", 3), "normal"), sd.ArgumentError, "no output is called 'normal'"),
    (lambda: network([Dense(1)], ("X", "n", 3), lambda z: z), sd.ArgumentError, "no distribution"),
    (lambda: network([Dense(1)], ("X", "n", 3), "categorical"), sd.ArgumentError, "a column for each class"),
    (lambda: network([Dense(2)], ("X", "n", 3), "gaussian", sd.array("y", 5)), sd.SizeMismatch, "target y"),
    (lambda: network([Dense(1)], ("X", "n", 3), penalty=1), sd.ArgumentError, "without an output"),
    (lambda: network([Dense(1)], ("X", "n", 3), "gaussian", penalty={"l3": 1}), sd.ArgumentError, "l3"),
    (lambda: network([Dense(1)], ("X", "n", 3), "gaussian", penalty={"l2": "1"}), sd.ArgumentError, "strength"),
    (lambda: network([Dense(1)], ("X", "n", 3), "gaussian", penalty={}), sd.ArgumentError, "without a term"),
    (lambda: network([Dense(1)], ("X",)), sd.ArgumentError, "inputs"),
])
def test_refused(make, kind, part):
    with pytest.raises(kind, match=part):
        make()


# -- outputs ----------------------------------------------------------------------------------------------------------

DRAWS = np.random.default_rng(21)
ROWS, Z = 6, DRAWS.normal(size=(6, 6))
REAL, POSITIVE, SHARE = DRAWS.normal(size=ROWS), 0.2 + DRAWS.random(ROWS), 0.1 + 0.8*DRAWS.random(ROWS)
PAIRS, CLASS = DRAWS.normal(size=(ROWS, 2)), np.array([0.0, 1, 2, 3, 1, 2])


def mixture(z, y):
    weight, mean, scale = np.exp(z[:, :2]), z[:, 2:4], np.exp(z[:, 4:])
    return np.log(np.sum(weight/weight.sum(1, keepdims=True)*ss.norm(mean, scale).pdf(y[:, None]), axis=1))


def ordered(z, y, first, gaps):
    cuts = first + np.concatenate([[0], np.cumsum(np.exp(gaps))])
    below = np.column_stack([np.zeros(ROWS), 1/(1 + np.exp(-(cuts - z[:, None]))), np.ones(ROWS)])
    return np.log(np.diff(below)[np.arange(ROWS), y.astype(int)])


def correlated(z, y, below, log_diagonal):
    L = np.diag(np.exp(log_diagonal)) + np.array([[0, 0], [below[0], 0]])
    return [ss.multivariate_normal(mean, L @ L.T).logpdf(row) for mean, row in zip(z, y)]


OUTPUT_CASES = [
    ("student_t", 1, REAL, {"log_scale": 0.3, "log_freedom": 1.2},
     lambda z, y, log_scale, log_freedom: ss.t(np.exp(log_freedom), z, np.exp(log_scale)).logpdf(y)),
    ("weibull", 1, POSITIVE, {"log_shape": 0.4},
     lambda z, y, log_shape: ss.weibull_min(np.exp(log_shape), scale=np.exp(z)).logpdf(y)),
    ("beta", 1, SHARE, {"log_precision": 1.1}, lambda z, y, log_precision: ss.beta(
        np.exp(log_precision)/(1 + np.exp(-z)), np.exp(log_precision)/(1 + np.exp(z))).logpdf(y)),
    ("gaussian_varying", 2, REAL, {}, lambda z, y: ss.norm(z[:, 0], np.exp(z[:, 1])).logpdf(y)),
    ("gaussian_mixture", 6, REAL, {}, mixture),
    ("multivariate_normal", 2, PAIRS, {"below": np.array([0.4]), "log_diagonal": np.array([0.2, -0.3])}, correlated),
    ({"ordinal": 4}, 1, CLASS, {"first": -0.4, "gaps": np.array([0.2, -0.1])}, ordered),
    ({"ordinal": 2}, 1, np.minimum(CLASS, 1), {"first": -0.4, "gaps": np.zeros(0)}, ordered),
]


@pytest.mark.parametrize("output, units, y, more, theirs", OUTPUT_CASES, ids=lambda one: str(one)[:24])
def test_the_loss_of_an_output_is_its_density(output, units, y, more, theirs):
    """X is ones and zeros, so that z is W itself; the gradient is that of the tape."""
    model = network([Dense(units)], ("X", "n", ROWS), output)
    z = Z[:, 0] if units == 1 else Z[:, :units]
    at = {"X": np.eye(ROWS), "W1": z, "b1": 0.0 if units == 1 else np.zeros(units), "y": y, **more}
    f = sd.compile(model)
    assert f(**at) == pytest.approx(-np.mean(theirs(z, y, **more)), rel=1e-10)
    names = [array.name for array in model.parameters if np.size(at[array.name])]
    found, wanted = f.grad(**at), Tape(model, names).gradient(at)
    for name in names:
        np.testing.assert_allclose(found[name], wanted[name], rtol=1e-8, atol=1e-11, err_msg=name)


@pytest.mark.parametrize("d", [1, 3])
def test_a_factor_of_any_size(d):
    """Its lower entries stand row by row; one column alone has none."""
    model = network([Dense(d)], ("X", "n", 2), "multivariate_normal", target=sd.array("y", sd.sizes("n"), d))
    below, logs = np.arange(1.0, d*(d - 1)//2 + 1), np.linspace(-0.2, 0.3, d)
    wanted = np.diag(np.exp(logs))
    wanted[np.tril_indices(d, -1)] = below
    np.testing.assert_allclose(value(model, "factor", below=below, log_diagonal=logs), wanted, rtol=1e-15)


def test_what_outputs_give_besides():
    at = {"X": np.eye(ROWS), "W1": Z[:, :2], "b1": np.zeros(2)}
    model = network([Dense(2)], ("X", "n", ROWS), "gaussian_varying")
    np.testing.assert_allclose(sd.compile(model.expression("sigma"), [])(**at), np.exp(Z[:, 1]))
    np.testing.assert_allclose(sd.compile(model.expression("mu"), [])(**at), Z[:, 0])
    model = network([Dense(1)], ("X", "n", ROWS), {"ordinal": 3})
    p = sd.compile(model.expression("p"), [])(X=np.eye(ROWS), W1=Z[:, 0], b1=0.0, first=0.1, gaps=[0.3])
    assert p.shape == (ROWS, 3) and p.sum(axis=1) == pytest.approx(1) and p.min() > 0
    model = network([Dense(1)], ("X", "n", ROWS), "beta")
    assert str(dict((a.name, e) for a, e in model.equations)["mu"]) == "sigmoid(z)"


def test_ordered_classes_as_labels_and_as_rows():
    one_hot = network([Dense(1)], ("X", "n", ROWS), {"ordinal": 4}, target=sd.array("y", sd.sizes("n"), 4))
    labels = network([Dense(1)], ("X", "n", ROWS), {"ordinal": 4})
    at = {"X": np.eye(ROWS), "first": -0.4, "gaps": np.array([0.2, -0.1])}
    assert sd.compile(one_hot)(**at, W1=Z[:, :1], b1=np.zeros(1), y=np.eye(4)[CLASS.astype(int)]) == pytest.approx(
        sd.compile(labels)(**at, W1=Z[:, 0], b1=0.0, y=CLASS), rel=1e-14)


@pytest.mark.parametrize("output, units, words", [
    ("gaussian_varying", 3, "two columns"), ("gaussian_varying", 1, "two columns"),
    ("gaussian_mixture", 4, "3 columns"), ("gaussian_mixture", 1, "3 columns"), ("multivariate_normal", 1, "needs columns"), ({"ordinal": 3}, 2, "one score"),
    ({"ordinal": 1}, 1, "from 2 on"), ({"ordinal": True}, 1, "from 2 on"), ("ordinal", 1, "from 2 on"),
    ({"ordnal": 3}, 1, "did you mean `ordinal`"), ({}, 1, "no output"), ({"ordinal": 3, "beta": 1}, 1, "no output"),
    ("gaussian_varing", 2, "did you mean `gaussian_varying`"),
])
def test_outputs_that_do_not_fit(output, units, words):
    with pytest.raises(sd.SymdiffError, match=words) as error:
        network([Dense(units)], ("X", "n", 2), output)
    assert error.value.do


@pytest.mark.parametrize("output, units", [("gaussian_varying", 2), ("gaussian_mixture", 3)])
def test_a_target_of_more_columns_does_not_fit_an_output_of_rows(output, units):
    with pytest.raises(sd.SizeMismatch, match="the target y is"):
        network([Dense(units)], ("X", "n", 2), output, target=sd.array("y", sd.sizes("n"), units))
