"""What is known to be symmetric: each claim holds for numbers, and what is not claimed is no mistake."""
import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.evaluate import evaluate
from symdiff.graph import order
from symdiff.read import read
from symdiff.tidy.tidying import Tidying

n, d = sd.sizes("n d")
A, B, S = sd.array("A", d, d), sd.array("B", d, d), sd.array("S", d, d)
X, x, u, s = sd.array("X", n, d), sd.array("x", d), sd.array("u", n), sd.array("s")
difference = x[:, None] - x[None, :]
gram = X.T @ X + s*sd.eye(d)
CLAIMS = [
    (X.T @ X, 1), (X @ X.T, 1), (A + A.T, 1), (A - A.T, -1), (sd.outer(x, x), 1), (sd.diag(x), 1), (gram, 1),
    (sd.inv(gram), 1), (A @ gram @ A.T, 1), (X.T @ (u[:, None]*X), 1), (difference, -1), (sp.exp(-difference**2), 1),
    (sp.sin(difference), -1), (sp.cos(difference), 1), (sp.Abs(difference)*gram, 1), (difference*gram, -1),
    (A @ A.T @ sd.eye(d) - 3*A @ A.T, 1), (sd.sum((X[:, None, :] - X[None, :, :])**2, axis=2), 1),
    (gram @ gram, 1), (A @ (B + B.T) @ A.T, 1), (A.T*A, 1), (A, 0), (A @ B, 0),
    (gram @ A, 0), (x[:, None] + 2*x[None, :], 0), (sp.exp(difference), 0), (A + B.T, 0), (sd.inv(A), 0),
    (sd.solve(A, A.T), 0), (sp.sqrt(gram), 1), (A @ B + B.T @ A.T, 1), (sd.outer(x, A @ x), 0),
]


def sign(node):
    return Tidying((node,), (), True).symmetry(node)


@pytest.mark.parametrize("formula, expected", CLAIMS)
def test_claims(formula, expected):
    node = read(formula)
    assert sign(node) == expected
    rng = np.random.default_rng(0)
    sizes = {n: 6, d: 4}
    values = {i.attributes[0]: rng.uniform(0.5, 2, [sizes.get(k, k) for k in i.sizes]) for i in order((node,))
              if i.op.name == "input"}
    matrix, = evaluate((node,), values)
    assert expected == (1 if np.allclose(matrix, matrix.T) else -1 if np.allclose(matrix, -matrix.T) else 0)


def test_numbers_in_arrays():
    assert sign(read(sd.array("M", 3, 3)*0 + np.array([[1., 2, 3], [2, 4, 5], [3, 5, 6]])).inputs[1]) == 1
    assert sign(read(sd.array("M", 2, 2)*0 + np.array([[0., 2], [-2, 0]])).inputs[1]) == -1
    assert sign(read(sd.array("M", 2, 2)*0 + np.array([[0., 2], [2, 1.]])).inputs[1]) == 1


def test_deep_formulas_take_linear_time():
    e = gram
    for _ in range(3000):
        e = sp.tanh(e)
    assert sign(read(e)) == 1
