"""Modes of models: the two forms of one text, what is refused, files, copies."""
import copy
import pickle

import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.evaluate import evaluate
from symdiff.models.network import BatchNorm, Dense, Dropout, network
from symdiff.modes import Mask, RunningMean, RunningVariance
from symdiff.read import read

RNG = np.random.default_rng(23)
LAYERS = [Dense(4, "tanh"), Dropout(0.3), BatchNorm(momentum=0.2), Dense(3)]
MODES = {"mask2": Mask(0.3), "mean3": RunningMean(0.2), "var3": RunningVariance(0.2)}


def made():
    return network(LAYERS, ("X", "n", 2), "gaussian")


def value(expression, **values):
    used = {s.name for s in expression.free_symbols}
    return evaluate([read(expression)], {name: one for name, one in values.items() if name in used})[0]


def test_a_network_knows_its_modes():
    model = made()
    assert model.modes == MODES and [a.name for a in model.data] == ["X", "mask2", "y"]
    assert "mask2 dropout 0.3, mean3 running_mean 0.2" in repr(model)
    assert [name.name for name, _ in model.equations] == ["h1", "h2", "mean3", "var3", "h3", "z"]


def test_the_form_that_predicts():
    model = made()
    form = model.predicting()
    assert [a.name for a in form.data] == ["X", "y", "mean3", "var3"] and form.modes == {}
    assert [name.name for name, _ in form.equations] == ["h1", "h2", "h3", "z"]
    W, b, X = RNG.normal(size=(2, 4)), RNG.normal(size=4), RNG.normal(size=(5, 2))
    h, mean, variance = np.tanh(X @ W + b), RNG.normal(size=4), RNG.random(4)
    np.testing.assert_array_equal(value(form.expression("h2"), X=X, W1=W, b1=b),
                                  value(form.expression("h1"), X=X, W1=W, b1=b))
    g, s = RNG.normal(size=4), RNG.normal(size=4)
    found = value(form.expression("h3"), X=X, W1=W, b1=b, g3=g, b3=s, mean3=mean, var3=variance)
    np.testing.assert_allclose(found, g*(h - mean)/np.sqrt(variance + 1e-5) + s, rtol=1e-13)


def test_some_of_the_modes():
    form = made().predicting(["mask2"])
    assert [a.name for a in form.data] == ["X", "y"] and set(form.modes) == {"mean3", "var3"}
    plain = network([Dense(1)], ("X", "n", 2), "gaussian")
    assert plain.predicting() is plain and plain.modes == {}


@pytest.mark.parametrize("rate", [0, 0.1, 0.3, 1/3, sp.Rational(1, 3), 0.9])
def test_dropout_at_rest_is_nothing_at_all(rate):
    """To the last bit, in what is evaluated and in what is compiled."""
    model = network([Dropout(rate)], ("X", "n", 50))
    X = RNG.normal(size=(40, 50))
    np.testing.assert_array_equal(value(model.predicting().expression("h1"), X=X), X)
    np.testing.assert_array_equal(sd.compile(model.predicting().expression("h1"), [])(X=X), X)
    mask = np.full(X.shape, 1 - float(rate))
    np.testing.assert_array_equal(sd.compile(model.expression("h1"), [])(X=X, mask1=mask), X)


def test_a_diagram_leaves_dropout_out():
    with_it = network([Dense(4, "tanh"), Dropout(0.3), Dense(1)], ("X", "n", 2), "bernoulli")
    assert "mask2" not in sd.diagram(with_it).svg and "mask2" in sd.picture(with_it).svg


def test_copies_keep_them():
    model = made()
    for other in (copy.copy(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert other.modes == MODES and other.predicting().equations == model.predicting().equations
    f = pickle.loads(pickle.dumps(sd.compile(model)))
    assert f.expression.modes == MODES


def test_files_keep_them(tmp_path):
    path = tmp_path / "model.toml"
    path.write_text(made().to_toml())
    assert "[modes]\nmask2 = {dropout = 0.3}\nmean3 = {running_mean = 0.2}" in path.read_text()
    again = sd.load(path)
    assert again.modes == MODES and again.equations == made().equations
    path.write_text('[data]\nX = ["n", 2]\ny = ["n", 3]\n[network]\noutput = "gaussian"\n'
                    'layers = [{dense = 4, activation = "tanh"}, {dropout = 0.3}, '
                    '{batch_norm = true, momentum = 0.2}, {dense = 3}]\n')
    assert sd.load(path).modes == MODES and sd.load(path).equations == made().equations


def test_equations_of_ones_own(tmp_path):
    path = tmp_path / "model.toml"
    path.write_text('loss = "mean((y - (X - m)/sqrt(v + 0.1) @ w*(d/0.5))**2)"\n'
                    '[data]\nX = ["n", 2]\ny = ["n"]\nd = ["n"]\n[parameters]\nw = [2]\n'
                    '[equations]\nm = "mean(X, axis=0)"\nv = "mean((X - m)**2, axis=0)"\n'
                    '[modes]\nd = {dropout = 0.5}\nm = {running_mean = 0.1}\nv = {running_variance = 0.1}\n')
    model = sd.load(path)
    assert model.modes == {"d": Mask(0.5), "m": RunningMean(0.1), "v": RunningVariance(0.1)}
    assert [a.name for a in model.predicting().data] == ["X", "y", "m", "v"]


def test_a_network_with_a_loss_of_ones_own(tmp_path):
    path = tmp_path / "model.toml"
    path.write_text('loss = "mean(relu(1 - s*h2))"\n[data]\nX = ["n", 2]\ns = ["n", 2]\n[network]\n'
                    'layers = [{dropout = 0.25}, {batch_norm = true}]\n')
    model = sd.load(path)
    assert model.modes == {"mask1": Mask(0.25), "mean2": RunningMean(), "var2": RunningVariance()}


HEAD = 'loss = "mean(s*d)"\n[data]\nd = ["n"]\n[parameters]\na = []\n[equations]\ns = "a*d**2"\n[modes]\n'


@pytest.mark.parametrize("line, what, do", [
    ("e = {dropout = 0.5}", "e is no data", "name data"),
    ("s = {dropout = 0.5}", "s is no data", "name data"),
    ("d = {dropout = 1.0}", "drops no part", "below 1"),
    ("d = {dropout = true}", "drops no part", "below 1"),
    ("d = {dropout = 'half'}", "drops no part", "below 1"),
    ("d = {running_mean = 0.1}", "d is no equation", "name an equation"),
    ("s = {running_mean = 0.0}", "newest", "above 0"),
    ("s = {running_mean = nan}", "newest", "above 0"),
    ("s = {running_variance = 0.1}", "s is no mean", "running mean"),
    ("d = {drop = 0.5}", "one key", "did you mean `dropout`?"),
    ("d = {}", "one key", "{dropout = 0.5}"),
    ("d = 0.5", "one key", "{dropout = 0.5}"),
])
def test_faults_name_file_line_and_remedy(tmp_path, line, what, do):
    path = tmp_path / "model.toml"
    path.write_text(HEAD + line)
    with pytest.raises(sd.SymdiffError) as caught:
        sd.load(path)
    assert what in caught.value.what and do in caught.value.do and f"{path}:9" in caught.value.where


def test_refused_in_python():
    with pytest.raises(sd.ArgumentError, match="no mode of d"):
        sd.Model({"s": "a*d"}, "s**2", {"a": ()}, {"d": ()}, modes={"d": 0.5})
    with pytest.raises(sd.ArgumentError, match="layer 1"):
        network([BatchNorm(momentum=0)], ("X", "n", 3))
    with pytest.raises(sd.ArgumentError, match="layer 1"):
        network([Dropout(1)], ("X", "n", 3))
