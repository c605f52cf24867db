"""What a loss says of itself: what it is averaged over, and whose squares it adds up."""
import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from codegen.train import train
from codegen.train.form import count_of, expression_of, residual_of, squares_of
from symdiff.errors import ArgumentError
from symdiff.models.initial import initial
from symdiff.models.network import Dense, network

n, k = sd.sizes("n k")
r, s, A, w = sd.array("r", n), sd.array("s", n), sd.array("A", n, k), sd.array("w", 3)
COUNTS = [
    (sd.mean(r), n), (-sd.mean(r*s), n), (sd.mean(r)/2, n), (sd.sum(r), 1), (-2*sd.sum(r), 1), (sd.sum(r)/n, n),
    (sd.mean(A), n*k), (sd.mean(sd.sum(A, axis=1)), n), (sd.mean(r) + sd.mean(s**2), n), (n*sd.mean(r), 1),
    (-(sd.mean(r) - 3*sd.mean(s)), n), (r @ r, 1), (r @ r/n, n),
    (sd.mean(r) + sd.sum(w**2), None), (sd.exp(sd.mean(r)), None), (sd.mean(r)*sd.mean(s), None), (sd.norm(w), None),
]


@pytest.mark.parametrize("loss, count", COUNTS, ids=str)
def test_counts(loss, count):
    found = count_of(loss)
    assert found is None if count is None else sp.simplify(found - count) == 0


SQUARES = [
    (sd.sum(r**2), r), (sd.mean((r - s)**2)/2, r - s), (r @ r, r), (sd.mean(r*r), r), (sd.sum(3*(r - s)**2), r - s),
    (-sd.sum(r**2), None), (sd.sum(r**3), None), (sd.sum(r**2) + sd.sum(w**2), None), (sd.sum(r*s), None),
    (sd.sum(s*r**2), None), (sd.sum(-(r**2)), None), (sd.mean(A**2), A), (sd.sum(r)**2, None),
]


@pytest.mark.parametrize("loss, residual", SQUARES, ids=str)
def test_residuals(loss, residual):
    assert residual_of(loss) is residual


BESIDE = [
    (-sd.mean(-(r - s)**2/2 - sd.log(2*sp.pi)/2), r - s), (sd.mean(3 + r**2), r), (sd.sum(2*(1 + 4*r**2) - 7), r),
    (sd.mean(r**2 - s), None), (-sd.mean(3 + r**2), None), (sd.mean(1 - r**2), None), (sd.mean(r**2 + s**2), None),
    (sd.mean(r**2 + 1) + sd.sum(w**2), None), (sd.mean(sd.exp(r**2) + 1), None), (sd.mean(sd.exp(r)*r**2 + 1), None),
    (sd.exp(sd.mean(r**2 + 1)), None),
]


@pytest.mark.parametrize("loss, residual", [*BESIDE, *SQUARES[:2]], ids=str)
def test_squares_beside_constants(loss, residual):
    found = squares_of(loss)
    assert found is residual


def test_a_gaussian_network_is_trained_by_least_squares():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(30, 2))
    data = {"X": x, "y": np.sin(x[:, 0]) + x[:, 1]}
    model = network([Dense(3, "tanh"), Dense(1)], ("X", "n", 2), "gaussian")
    start = initial(model, 1)
    found, other = train(model, data, start, "lm"), train(model, data, start, "lm", residuals="y - z")
    assert found.ok and found.loss == pytest.approx(other.loss, rel=1e-9) and found.loss < 0.925
    learned = network([Dense(1)], ("X", "n", 2), "gaussian_learned")
    with pytest.raises(ArgumentError, match="no sum or mean of squares"):
        train(learned, data, method="lm")


def test_the_equations_of_a_model_are_put_in():
    model = sd.Model("f = A @ v\ne = r - f", loss="mean(e**2)", parameters={"v": (k,)}, data=[A, r])
    expression = expression_of(sd.compile(model))
    assert str(residual_of(expression)) == "r - A @ v" and count_of(expression) == n
