"""Closed forms: printed as a lecturer writes them, and equal to the derivative at points."""
import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.evaluate import evaluate
from symdiff.read import read
from symdiff.reference.tape import Tape

n, d = sd.sizes("n d")
X, y, w, b = sd.array("X", n, d), sd.array("y", n), sd.array("w", d), sd.array("b")
x = sp.Symbol("x")
RNG = np.random.default_rng(3)
VALUES = {"X": RNG.normal(size=(6, 3)), "y": (RNG.random(6) < 0.5).astype(float), "w": RNG.normal(size=3), "b": 0.3}


def textbook():
    p = 1 / (1 + sp.exp(-(X @ w + b)))
    return -sd.mean(y*sp.log(p) + (1 - y)*sp.log(1 - p))


def value(expression, values):
    return evaluate([read(expression)], values, {n: 6, d: 3})[0]


def test_logistic_regression_is_printed_as_in_the_book():
    assert str(sd.gradient(textbook(), w)) == "X.T @ (sigmoid(X @ w + b) - y) / n"
    assert str(sd.gradient(textbook(), b)) == "mean(sigmoid(X @ w + b) - y)"


@pytest.mark.parametrize("formula, wrt, printed", [
    (sp.exp(2*x), x, "2*exp(2*x)"),
    (sp.sin(x), x, "cos(x)"),
    (sd.sum(w**2)/2, w, "w"),
    (sd.dot(w, w), w, "2*w"),
    (sd.sum((X @ w - y)**2), w, "2*(X.T @ (X @ w - y))"),
    (sd.mean((X @ w - y)**2), w, "2*(X.T @ (X @ w - y))/n"),
    (sd.logsumexp(w), w, "softmax(w)"),
    (100*(b - x**2)**2 + (1 - x)**2, b, "200*(b - x**2)"),
    (sd.mean((y - b)**2/x), b, "-2*mean(y - b)/x"),
])
def test_printed(formula, wrt, printed):
    assert str(sd.gradient(formula, wrt)) == printed


@pytest.mark.parametrize("formula", [
    textbook(),
    sd.mean((y - sp.tanh(X @ w)*b)**2),
    sd.logsumexp(X @ w + b) - sd.sum(y*sp.log(1 + sp.exp(b*y))),
    sd.sum(y*(1 - y)*sd.sigmoid(-X @ w)*(1 + b)**2),
])
def test_values(formula):
    tape = Tape(formula, [w, b])
    found = [value(g, VALUES) for g in sd.gradient(formula, [w, b])]
    for ours, theirs in zip(found, tape.gradient(VALUES).values()):
        np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-13)
    blocks = sd.hessian(formula, [w, b])
    for (i, j), theirs in zip([(0, 0), (0, 1), (1, 0), (1, 1)], tape.hessian(VALUES).values()):
        np.testing.assert_allclose(value(blocks[i][j], VALUES), theirs, rtol=1e-9, atol=1e-12)


def test_one_wrt_gives_one_expression_and_a_list_a_tuple():
    loss = textbook()
    assert isinstance(sd.gradient(loss, w), sp.Expr)
    assert sd.gradient(loss, [w])[0] == sd.gradient(loss, w)
    assert sd.jacobian(X @ w, w) == X
    assert sd.hessian(sd.sum(w**2), w).sizes == (d, d)


def test_other_dialects():
    A = sp.MatrixSymbol("A", 3, 3)
    point = {"A": RNG.normal(size=(3, 3))}
    np.testing.assert_allclose(value(sd.gradient(sp.Trace(A*A.T), A), point), 2*point["A"])
    assert str(sd.gradient(x**3, x)) == "3*x**2" == str(sd.gradient(x**3, "x"))
    assert sd.gradient(sp.sin(x), sp.Symbol("t")) == 0


def test_a_model_s_loss():
    model = sd.Model({"z": X @ w + b, "p": "sigmoid(z)"}, loss="-mean(y*log(p))", parameters=[w, b], data=[X, y])
    tape = Tape(model, [w, b])
    np.testing.assert_allclose(value(sd.gradient(model, w), VALUES), tape.gradient(VALUES)["w"], rtol=1e-12)


def test_refused():
    with pytest.raises(sd.NoDerivative, match="jacobian"):
        sd.gradient(X @ w, w)
    with pytest.raises(sd.ArgumentError, match="one is differentiated"):
        sd.gradient([x, x**2], x)
    with pytest.raises(sd.ArgumentError, match="no input"):
        sd.gradient(x**2, "q")
