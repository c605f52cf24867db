"""Normal equations and their solutions: as a textbook has them; against NumPy's least squares; refused where due."""
import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.evaluate import evaluate
from symdiff.read import read
from tests.sparse import sparse

N, D, K = 9, 3, 2
n, d, k = sd.sizes("n d k")
x, y, z, a = [sd.array(name, n) for name in "xyza"]
w, q, v, c = sd.array("w", d), sd.array("q", d), sd.array("v", 2), sd.array("c", k)
b, b0, b1, b2, lam, mu = [sd.array(name) for name in ("b", "b0", "b1", "b2", "lam", "mu")]
X, Z, W, Y = sd.array("X", n, d), sd.array("Z", n, 2), sd.array("W", d, k), sd.array("Y", n, k)
A, B, S = sd.array("A", d, d), sd.array("B", k, k), sd.array("S", n, n)
RNG = np.random.default_rng(5)
ROOT = RNG.normal(size=(N, N))
VALUES = {"X": RNG.normal(size=(N, D)), "Z": RNG.normal(size=(N, 2)), "y": RNG.normal(size=N)**2,
          "q": RNG.normal(size=D), "x": RNG.normal(size=N), "z": RNG.normal(size=N), "a": RNG.random(N) + 0.1,
          "lam": 0.3, "mu": 0.7, "Y": RNG.normal(size=(N, K)), "A": RNG.normal(size=(D, D)), "B": RNG.normal(size=(K, K)),
          "S": ROOT @ ROOT.T + np.eye(N)}
SIZES = {n: N, d: D, k: K}
LINE = y - b0 - b1*x


def value(expression, values=VALUES):
    return evaluate([read(expression)], values, SIZES)[0]


def solved(found):
    """{name: value} of the solution, one unknown after the other."""
    values = dict(VALUES)
    for unknown, form in found.solution.items():
        values[unknown.name] = value(form, values)
    return values


# -- as a textbook has them --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("loss", [sd.sum(LINE**2), sd.mean(LINE**2), sd.sum((b0 + b1*x - y)**2), 3*sd.sum(LINE**2)/2,
                                  sd.dot(LINE, LINE), sd.norm(LINE)**2])
def test_the_line_of_least_squares(loss):
    found = sd.stationary(loss, [b0, b1])
    assert [str(name) for name in found.solution] == ["b1", "b0"]
    assert str(found.solution[b1]) == "sum((x - mean(x))*(y - mean(y)))/sum((x - mean(x))**2)"
    assert str(found.solution[b0]) == "mean(y) - b1*mean(x)"
    assert [(str(left), str(right)) for left, right in found.equations] == [
        ("n*b0 + sum(x)*b1", "sum(y)"), ("sum(x)*b0 + sum(x**2)*b1", "sum(x*y)")]
    assert found.minimum and found.conditions == () and found.unique


@pytest.mark.parametrize("loss, wrt, solution", [
    (sd.sum((X @ w - y)**2), w, "solve(X.T @ X, X.T @ y)"),
    (sd.mean((y - X @ w)**2)/2, w, "solve(X.T @ X, X.T @ y)"),
    ((X @ w - y) @ (X @ w - y), w, "solve(X.T @ X, X.T @ y)"),
    (sd.norm(X @ w - y)**2, w, "solve(X.T @ X, X.T @ y)"),
    (sd.sum((X @ w - y)**2) + lam*sd.sum(w**2), w, "solve(X.T @ X + lam*eye(d), X.T @ y)"),
    (sd.mean((X @ w - y)**2) + lam*sd.sum(w**2), w, "solve(X.T @ X + n*lam*eye(d), X.T @ y)"),
    (w @ A @ w/2 - q @ w, w, "solve((A + A.T)/2, q)"),
    (sd.sum((X @ W - Y)**2), W, "solve(X.T @ X, X.T @ Y)"),
    (sd.trace((X @ W - Y).T @ (X @ W - Y)) + lam*sd.sum(W**2), W, "solve(X.T @ X + lam*eye(d), X.T @ Y)"),
    (sd.sum((y - b)**2), b, "mean(y)"),
    (sd.sum(a*(y - b)**2), b, "sum(a*y)/sum(a)"),
    (sd.sum((Y - c)**2), c, "mean(Y, axis=0)"),
    (sd.sum((y - b1*x)**2), b1, "sum(x*y)/sum(x**2)"),
    (sd.sum(w**2) - 2*(q @ w), w, "q"),
])
def test_one_unknown(loss, wrt, solution):
    found = sd.stationary(loss, wrt)
    assert {unknown: str(form) for unknown, form in found.solution.items()} == {wrt: solution}
    assert found.explicit == found.solution


def test_the_normal_equations():
    (left, right), = sd.stationary(sd.sum((X @ w - y)**2), w).equations
    assert (str(left), str(right)) == ("X.T @ X @ w", "X.T @ y")


def test_penalised_and_weighted_lines():
    found = sd.stationary(sd.sum(LINE**2) + lam*b1**2, [b0, b1])
    assert str(found.solution[b1]) == "sum((x - mean(x))*(y - mean(y)))/(sum((x - mean(x))**2) + lam)"
    assert [str(one) for one in found.conditions] == ["lam"] and "lam ≥ 0" in str(found)
    found = sd.stationary(sd.sum(a*LINE**2), [b0, b1])
    assert str(found.solution[b0]) == "sum(a*y)/sum(a) - b1*(sum(a*x)/sum(a))"
    assert [str(one) for one in found.conditions] == ["a"]


@pytest.mark.parametrize("residual, slope, intercept", [
    (y + b0 + 2*b1*x, "-sum((x - mean(x))*(y - mean(y)))/(2*sum((x - mean(x))**2))", "-mean(y) - b1*(2*mean(x))"),
    (y + b0 - b1*x, "sum((x - mean(x))*(y - mean(y)))/sum((x - mean(x))**2)", "-mean(y) + b1*mean(x)"),
    (sp.log(y) - b0 - b1*sp.exp(x), "sum((exp(x) - mean(exp(x)))*(log(y) - mean(log(y))))/sum((exp(x) - mean(exp(x)))**2)",
     "mean(log(y)) - b1*mean(exp(x))"),
])
def test_lines_in_other_forms(residual, slope, intercept):
    found = sd.stationary(sd.sum(residual**2), [b0, b1])
    assert (str(found.solution[b1]), str(found.solution[b0])) == (slope, intercept)


# -- against NumPy -----------------------------------------------------------------------------------------------------

def least_squares(design, response, weights=None):
    root = np.sqrt(np.ones(N) if weights is None else weights)
    return np.linalg.lstsq((design.T*root).T, (response.T*root).T, rcond=None)[0]


def ones_beside(*columns):
    return np.column_stack([np.ones(N), *columns])


V = VALUES
REFERENCES = [
    (sd.sum(LINE**2), [b0, b1], lambda: least_squares(ones_beside(V["x"]), V["y"])),
    (sd.sum(a*LINE**2), [b0, b1], lambda: least_squares(ones_beside(V["x"]), V["y"], V["a"])),
    (sd.sum((sp.log(y) - b0 - b1*sp.exp(x))**2), [b0, b1],
     lambda: least_squares(ones_beside(np.exp(V["x"])), np.log(V["y"]))),
    (sd.sum((y + b0 + 2*b1*x)**2), [b0, b1], lambda: least_squares(-ones_beside(2*V["x"]), V["y"])),
    (sd.sum((y - b0 - b1*x - b2*z)**2), [b0, b1, b2], lambda: least_squares(ones_beside(V["x"], V["z"]), V["y"])),
    (sd.sum((y - b1*x - b2*z)**2), [b1, b2], lambda: least_squares(np.column_stack([V["x"], V["z"]]), V["y"])),
    (sd.sum((X @ w - y)**2), [w], lambda: least_squares(V["X"], V["y"])),
    (sd.mean(a*(X @ w - y)**2), [w], lambda: least_squares(V["X"], V["y"], V["a"])),
    (sd.mean((X @ w + b - y)**2), [b, w], lambda: least_squares(ones_beside(V["X"]), V["y"])),
    (sd.sum(a*(X @ w + b - y)**2), [b, w], lambda: least_squares(ones_beside(V["X"]), V["y"], V["a"])),
    (sd.sum((X @ w + Z @ v - y)**2), [w, v], lambda: least_squares(np.hstack([V["X"], V["Z"]]), V["y"])),
    (sd.sum((X @ w + Z @ v + b - y)**2), [b, w, v], lambda: least_squares(ones_beside(V["X"], V["Z"]), V["y"])),
    (sd.sum((X @ w + b1*x + b - y)**2), [b, b1, w], lambda: least_squares(ones_beside(V["x"], V["X"]), V["y"])),
    (sd.sum((X @ W + c - Y)**2), [c, W], lambda: least_squares(ones_beside(V["X"]), V["Y"])),
    (sd.sum((sd.array("U", k, d) @ X.T - Y.T)**2), [sd.array("U", k, d)], lambda: least_squares(V["X"], V["Y"]).T),
    (sd.sum((X @ W @ B - Y)**2), [W], lambda: least_squares(V["X"], V["Y"]) @ np.linalg.inv(V["B"])),
    ((X @ w - y) @ sd.solve(S, X @ w - y), [w], lambda: np.linalg.solve(
        V["X"].T @ np.linalg.inv(V["S"]) @ V["X"], V["X"].T @ np.linalg.solve(V["S"], V["y"]))),
    ((X @ w - y) @ sd.inv(S) @ (X @ w - y), [w], lambda: np.linalg.solve(
        V["X"].T @ np.linalg.inv(V["S"]) @ V["X"], V["X"].T @ np.linalg.solve(V["S"], V["y"]))),
    (sd.mean((X @ w + b - y)**2) + lam*sd.sum((w - 1)**2), [b, w], None),
    (sd.sum((X @ w - y)**2) + w @ (A @ A.T) @ w + q @ w, [w], None),
    (sd.sum((X @ W - Y)**2) + mu*sd.sum((W @ B)**2), [W], None),
    (sd.sum((sd.sum(W, axis=1) - q)**2) + lam*sd.sum(W**2), [W], None),                # no column by itself
    ((sd.sum(W) - lam)**2 + mu*sd.sum((X @ W - Y)**2), [W], None),
]


@pytest.mark.parametrize("loss, wrt, reference", sparse(REFERENCES, 3), ids=[str(loss) for loss, *_ in REFERENCES])
def test_against_numpy(loss, wrt, reference):
    found = sd.stationary(loss, wrt)
    values = solved(found)
    for unknown, gradient in zip(wrt, sd.gradient(loss, wrt)):
        np.testing.assert_allclose(value(gradient, values), np.zeros(np.shape(values[unknown.name])), atol=1e-10)
        np.testing.assert_allclose(value(found.explicit[unknown]), values[unknown.name], rtol=1e-9, atol=1e-12)
    if reference is not None:
        entries = [np.atleast_1d(values[unknown.name]) for unknown in wrt]
        ours = np.vstack(entries) if entries[-1].ndim == 2 else np.concatenate(entries)
        np.testing.assert_allclose(ours, reference(), rtol=1e-8, atol=1e-10)
    assert found.minimum or "solve" in str(loss) or "inv" in str(loss) or "A @" in str(loss)


def test_sizes_that_are_numbers():
    p, r = sd.array("p", 5), sd.array("r", 5)
    found = sd.stationary(sd.mean((r - b0 - b1*p)**2), [b0, b1])
    assert str(found.solution[b0]) == "mean(r) - b1*mean(p)"
    assert str(found.equations[0][0]) == "5*b0 + sum(p)*b1"


# -- other dialects ----------------------------------------------------------------------------------------------------

def test_plain_symbols():
    t, u, m, h = sp.symbols("t u m h")
    found = sd.stationary((u - m*t)**2 + h*m**2, m)
    assert sp.simplify(found.solution[m] - t*u/(t**2 + h)) == 0 and isinstance(found.solution[m], sp.Mul)
    found = sd.stationary((u - m*t - h)**2 + (h - 1)**2, [m, h])
    assert found.explicit[h] == 1 and sp.simplify(found.explicit[m] - (u - 1)/t) == 0
    assert sd.stationary(3*t**2 - 12*t + 1, t).solution == {t: 2}


def test_indexed_sums_matrices_text_and_models():
    i, size = sp.Symbol("i", integer=True), sp.Symbol("n", integer=True, nonnegative=True)
    p, r, s0, s1 = sp.IndexedBase("x"), sp.IndexedBase("y"), sp.Symbol("s0"), sp.Symbol("s1")
    found = sd.stationary(sp.Sum((r[i] - s0 - s1*p[i])**2, (i, 0, size - 1)), [s0, s1])
    assert str(found.solution[s1]) == "sum((x - mean(x))*(y - mean(y)))/sum((x - mean(x))**2)"
    M, m, e = sp.MatrixSymbol("X", 5, 3), sp.MatrixSymbol("w", 3, 1), sp.MatrixSymbol("y", 5, 1)
    found = sd.stationary(sp.Trace((M*m - e).T*(M*m - e)), m)
    assert [str(form) for form in found.solution.values()] == ["solve(X.T @ X, X.T @ y)"] and found.minimum
    assert str(*sd.stationary("(p - q*r)**2 + r**2", "r").solution.values()) == "p*q/(1 + q**2)"
    model = sd.Model("r = X @ w + b - y", loss="mean(r**2)", parameters={"w": (d,), "b": ()},
                     data={"X": (n, d), "y": (n,)})
    assert str(sd.stationary(model).solution[b]) == "mean(y) - mean(X, axis=0) @ w"


# -- minima, and what has none -----------------------------------------------------------------------------------------

def test_minimum_maximum_and_what_depends():
    assert sd.stationary(b**2 - 4*b, b).minimum is True
    assert sd.stationary(-b**2 + 3*b, b).minimum is False
    assert sd.stationary(b**2 - 3*b0**2 + b*b0, [b, b0]).minimum is None
    assert sd.stationary(w @ A @ w, w).minimum is None
    assert sd.stationary(sd.sum(a*(X @ w - y)**2), w).conditions == (a,)
    assert sd.stationary(sd.sum(a**2*(X @ w - y)**2), w).conditions == ()


def test_no_single_solution():
    found = sd.stationary(sd.sum((y - b0 - b1)**2), [b0, b1])
    assert not found.unique and found.solvable and found.solution == {} and "no single solution" in str(found)
    found = sd.stationary(sd.sum((y - b0)**2) + b1, [b0, b1])
    assert not found.unique and not found.solvable and "no solution" in str(found)
    p, r, u = sd.array("p", 3, 5), sd.array("r", 3), sd.array("u", 5)                  # fewer rows than unknowns
    assert not sd.stationary(sd.sum((p @ u - r)**2), u).unique
    assert sd.stationary(sd.sum((p @ u - r)**2) + lam*sd.sum(u**2), u).unique


@pytest.mark.parametrize("loss, wrt, words", [
    (sd.sum(w**3), w, "its second derivative still depends on it"),
    (sd.mean(sp.log(1 + sp.exp(X @ w))), w, "its second derivative still depends on it"),
    (sd.sum(sd.relu(w)**2), w, "its second derivative still depends on it"),
    (sd.sum(w**2) + 1e-12*sd.sum(w**3), w, "its second derivative still depends on it"),
    (sd.sum((X @ w*b - y)**2), [w, b], "its second derivative still depends on it"),
    (sd.sum(sp.Abs(w)), w, "its gradient is not linear"),
    (sd.sum(w**2) + sd.sum(sp.Abs(w)), w, "its gradient is not linear"),
    (sd.sum(X @ w), w, "the second derivative in w is 0"),
    (sd.sum(y**2) + sd.sum(w*0), w, "the second derivative in w is 0"),
    (sd.sum(w**2), [], "no unknowns"),
    (sd.sum(w**2), [w, w], "stands twice"),
    (sd.sum(w**2), q, "no input"),
    (X @ w, w, "a loss is one number"),
    ("b**2 +", "b", "operand is missing"),
])
def test_refused(loss, wrt, words):
    with pytest.raises(sd.SymdiffError, match=words):
        sd.stationary(loss, wrt)


def test_quadratic_in_value_though_not_in_form():
    found = sd.stationary(sd.sum(sp.sqrt((w - q)**2)**2), w)
    np.testing.assert_allclose(solved(found)["w"], VALUES["q"])
    found = sd.stationary(sp.log(sp.exp((b - mu)**2)), b)
    np.testing.assert_allclose(solved(found)["b"], VALUES["mu"])


def test_a_document():
    found = sd.stationary(sd.sum(LINE**2), [b0, b1])
    assert "b1 = sum((x - mean(x))*(y - mean(y)))/sum((x - mean(x))**2)" in str(found)
    assert "<math" in found.html() and r"\frac" in found.latex(whole=False) and "minimum" in found.markdown()
