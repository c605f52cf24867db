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


@pytest.mark.parametrize("formula, printed", [
    (lambda S: sp.log(sp.Determinant(S)), "inv(S).T"),
    (lambda S: sp.exp(sp.Trace(S)), "exp(trace(S))*eye(3)"),
    (lambda S: sp.Trace(S.T*S) - 3, "2*S"),
    (lambda S: sp.Determinant(S)**2, "2*det(S)*cofactor(S)"),
    (lambda S: sp.Trace(S*S*S), "3*(S @ S).T"),
    (lambda S: sp.Trace(S.I), "-(inv(S) @ inv(S)).T"),
])
def test_where_sympy_s_own_matrix_derivative_is_nought_or_fails(formula, printed):
    S = sp.MatrixSymbol("S", 3, 3)
    point = {"S": RNG.normal(size=(3, 3))*0.3 + 2*np.eye(3)}
    form = sd.gradient(formula(S), S)
    assert str(form) == printed
    wanted = Tape(formula(S), ["S"]).gradient(point)["S"]
    np.testing.assert_allclose(value(form, point), wanted, rtol=1e-12)


def test_ridge():
    lam = sd.array("lam")
    loss = sd.sum((X @ w - y)**2) + lam*sd.sum(w**2)
    assert str(sd.gradient(loss, w)) == "2*(lam*w + X.T @ (X @ w - y))"
    A, v, c = sp.MatrixSymbol("A", 6, 3), sp.MatrixSymbol("v", 3, 1), sp.MatrixSymbol("c", 6, 1)
    entries = ((A*v - c).T*(A*v - c) + sp.Symbol("lam")*v.T*v)[0, 0]
    point = {"A": VALUES["X"], "v": VALUES["w"][:, None], "c": VALUES["y"][:, None], "lam": 0.3}
    found = value(sd.gradient(entries, v), point)
    wanted = 2*(VALUES["X"].T @ (VALUES["X"] @ VALUES["w"] - VALUES["y"]) + 0.3*VALUES["w"])
    np.testing.assert_allclose(np.ravel(found), wanted, rtol=1e-12)


def test_linear_regression():
    """Σ (y - b0 - b1 x)², of arrays and of entries."""
    b0, b1, x_, y_ = sd.array("b0"), sd.array("b1"), sd.array("x", n), sd.array("y", n)
    loss = sd.sum((y_ - b0 - b1*x_)**2)
    assert str(sd.gradient(loss, b0)) == "-2*sum(y - b0 - b1*x)"
    assert str(sd.gradient(loss, b1)) == "-2*sum(x*(y - b0 - b1*x))"
    i, m = sp.Symbol("i", integer=True), sp.Symbol("m", integer=True, positive=True)
    xi, yi = sp.IndexedBase("x", shape=(m,)), sp.IndexedBase("y", shape=(m,))
    c0, c1 = sp.symbols("c0 c1")
    entries = sp.Sum((yi[i] - c0 - c1*xi[i])**2, (i, 0, m - 1))
    assert str(sd.gradient(entries, c0)) == "-2*sum(y - c0 - c1*x)"
    assert str(sd.gradient(entries, c1)) == "-2*sum(x*(y - c0 - c1*x))"


@pytest.mark.parametrize("formula, wrt, printed", [
    (textbook(), w, "X.T*(sigmoid(X @ w + b)*(1 - sigmoid(X @ w + b))) @ X / n"),
    (textbook(), b, "mean(sigmoid(X @ w + b)*(1 - sigmoid(X @ w + b)))"),
    (sd.sum((X @ w - y)**2), w, "2*(X.T @ X)"),
    (sd.sum(sp.exp(X @ w) - y*(X @ w)), w, "X.T*exp(X @ w) @ X"),
    (sd.logsumexp(w), w, "diag(softmax(w)) - outer(softmax(w), softmax(w))"),
    (sd.sum(sp.exp(w)), w, "diag(exp(w))"),
    (sd.norm(w), w, "(eye(d) - outer(w, w)/norm(w)**2)/norm(w)"),
    (sd.sum(sd.where(sp.Abs(X @ w - y) <= b, (X @ w - y)**2/2, b*sp.Abs(X @ w - y) - b**2/2)), w,
     "Piecewise((X.T, Abs(X @ w - y) <= b), (0, True)) @ X"),
])
def test_printed_hessians(formula, wrt, printed):
    found = sd.hessian(formula, wrt)
    assert str(found) == printed
    wanted = Tape(formula, [wrt]).hessian(VALUES)[wrt.name, wrt.name]
    np.testing.assert_allclose(value(found, VALUES), wanted, rtol=1e-9, atol=1e-12)


def test_blocks_of_a_hessian():
    (ww, wb), (bw, bb) = sd.hessian(textbook(), [w, b])
    assert ww.sizes == (d, d) and wb.sizes == bw.sizes == (d,) and bb.sizes == ()
    assert str(wb) == str(bw) == "X.T @ (sigmoid(X @ w + b)*(1 - sigmoid(X @ w + b))) / n"


@pytest.mark.parametrize("formula, wrt, printed", [
    (sd.softmax(w), w, "diag(softmax(w)) - outer(softmax(w), softmax(w))"),
    (sp.exp(X @ w), w, "X*exp(X @ w)[:, None]"),
    (w/sd.norm(w), w, "(eye(d) - outer(w, w)/norm(w)**2)/norm(w)"),
    (X.T @ (X @ w - y), w, "X.T @ X"),
])
def test_printed_jacobians(formula, wrt, printed):
    assert str(sd.jacobian(formula, wrt)) == printed


def test_levels():
    t, a_ = sd.array("t"), sd.array("a")
    formula = sp.log(1 + sp.exp(a_*t)) + sp.sin(t)**2 + sp.cos(t)**2
    forms = {level: sd.gradient(formula, t, simplify=level) for level in ("none", "tidy", "full")}
    assert str(forms["full"]) == "a*sigmoid(a*t)"
    assert len(str(forms["none"])) >= len(str(forms["tidy"])) >= len(str(forms["full"]))
    point = {"t": 0.7, "a": -0.4}
    for form in forms.values():
        np.testing.assert_allclose(value(form, point), Tape(formula, ["t"]).gradient(point)["t"], rtol=1e-12)
    assert sd.gradient(formula, t) == forms["tidy"]
    for verb in (sd.gradient, sd.jacobian, sd.hessian):
        with pytest.raises(sd.ArgumentError, match="none, tidy, full"):
            verb(formula, t, simplify="most")


def test_a_step_where_the_gradient_exists():
    """Of clipped slopes the form holds for bounds of either sign, and at the kink's own point."""
    r, c = sd.array("r", n), sd.array("c")
    loss = sd.sum(sd.where(sp.Abs(r) <= c, r**2/2, c*sp.Abs(r) - c**2/2))
    form = sd.gradient(loss, r)
    assert str(form) == "sign(r)*Min(Abs(r), c)"
    for bound in (0.5, -0.5):
        point = {"r": np.array([-2.0, -0.5, -0.1, 0.3, 0.6, 4.0]), "c": bound}
        np.testing.assert_allclose(value(form, point), Tape(loss, ["r"]).gradient(point)["r"], rtol=1e-14)


def test_refused():
    with pytest.raises(sd.NoDerivative, match="jacobian"):
        sd.gradient(X @ w, w)
    with pytest.raises(sd.ArgumentError, match="one is differentiated"):
        sd.gradient([x, x**2], x)
    with pytest.raises(sd.ArgumentError, match="no input"):
        sd.gradient(x**2, "q")
