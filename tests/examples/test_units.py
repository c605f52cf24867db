"""The perceptron keeps Novikoff's bound, Adaline is least squares, and the margin is that of another program."""
import numpy as np
import pytest

import symdiff as sd


@pytest.fixture(scope="module")
def units(example):
    return example("units")


@pytest.fixture(scope="module")
def data(units):
    return units.clouds()


def rosenblatt(X, y):
    """(w, b, mistakes) by the rule of 1958, in NumPy, from nought."""
    w, b, mistakes, wrong = np.zeros(X.shape[1]), 0.0, 0, True
    while wrong:
        wrong = False
        for row, label in zip(X, y):
            if label*(row @ w + b) <= 0:
                w, b, mistakes, wrong = w + label*row, b + label, mistakes + 1, True
    return w, b, mistakes


def test_the_perceptron_is_rosenblatt_s(units, data):
    w, b, mistakes = units.perceptron(data)
    wanted = rosenblatt(**data)
    np.testing.assert_allclose(w, wanted[0], rtol=1e-13)
    assert (b, mistakes) == wanted[1:] and mistakes > 5


def test_the_perceptron_s_mistakes_are_bounded(units, data):
    """By every line u of margin γ: |(u, c)|²·max(|x|² + 1)/γ² (Novikoff 1962); the best is not needed."""
    *_, mistakes = units.perceptron(data)
    for u, c in (units.perceptron(data)[:2], units.svm(data, 20_000)):
        least = np.min(data["y"]*(data["X"] @ u + c))
        assert mistakes <= np.max(np.sum(data["X"]**2, axis=1) + 1)*(u @ u + c*c)/least**2


def test_the_perceptron_by_epochs_of_machine_code(units, data):
    """The same steps by `train`, row by row in order."""
    w, b, _ = units.perceptron(data)
    start = {"w": data["y"][0]*data["X"][0], "b": data["y"][0]}
    found = sd.train(units.PERCEPTRON, data, start, "sgd", batch=1, rate=1, shuffle=False, epochs=50)
    assert found.loss == 0 and np.array_equal(found.parameters["w"], w) and found.parameters["b"] == b


def test_adaline_is_least_squares(units, data):
    w, b = units.adaline(data)
    *wanted, shift = np.linalg.lstsq(np.c_[data["X"], np.ones(len(data["y"]))], data["y"], rcond=None)[0]
    np.testing.assert_allclose([*w, b], [*wanted, shift], atol=2e-3)


def test_the_margin_is_scikit_learn_s(units, data):
    svm = pytest.importorskip("sklearn.svm")
    w, b = units.svm(data, 20_000)
    other = svm.SVC(kernel="linear", C=1/(len(data["y"])*units.STRENGTH), tol=1e-10).fit(**data)
    np.testing.assert_allclose([*w, b], [*other.coef_[0], *other.intercept_], rtol=1e-4)
    assert units.margin(data, w, b) == pytest.approx(units.margin(data, other.coef_[0], other.intercept_[0]), rel=1e-4)
    assert units.margin(data, w, b) > units.margin(data, *units.perceptron(data)[:2])


def test_it_prints(units, monkeypatch, capsys):
    monkeypatch.setattr(units.svm, "__defaults__", (2000,))
    units.main()
    text = capsys.readouterr().out
    assert text.count("\n") == 5 and "13 mistakes" in text
