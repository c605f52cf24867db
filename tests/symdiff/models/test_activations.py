"""Activations against their formulas in NumPy, their slopes by the tape, and the sketches in their docstrings."""
import numpy as np
import pytest
from scipy.stats import norm

import symdiff as sd
from symdiff.evaluate import evaluate
from symdiff.models import activations as A
from symdiff.models.sketch import sketch
from symdiff.read import read
from symdiff.reference.tape import Tape

Z = np.array([-30.0, -4.0, -1.0, -0.5, -0.2, 0.0, 0.3, 0.5, 1.0, 5.0, 40.0])
z = sd.array("z", len(Z))


def softplus(x):
    return np.logaddexp(0, x)


def elu(x, alpha=1.0):
    return np.where(x > 0, x, alpha*np.expm1(np.minimum(x, 0)))


FORMULAS = {
    "linear": lambda x: x, "unit_step": lambda x: np.heaviside(x, 0.5), "signum": np.sign,
    "piecewise_linear": lambda x: np.clip(x + 0.5, 0, 1), "logistic": lambda x: 1/(1 + np.exp(-x)), "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0), "leaky_relu": lambda x: np.where(x > 0, x, 0.01*x), "absolute": np.abs,
    "softplus": softplus, "swish": lambda x: x/(1 + np.exp(-x)), "elu": elu,
    "selu": lambda x: 1.0507009873554805*elu(x, 1.6732632423543772), "gelu": lambda x: x*norm.cdf(x),
    "gelu_tanh": lambda x: x/2*(1 + np.tanh(np.sqrt(2/np.pi)*(x + 0.044715*x**3))),
    "mish": lambda x: x*np.tanh(softplus(x)), "softsign": lambda x: x/(1 + np.abs(x)),
    "hard_sigmoid": lambda x: np.clip(x/6 + 0.5, 0, 1), "hard_tanh": lambda x: np.clip(x, -1, 1),
    "hard_swish": lambda x: x*np.clip(x/6 + 0.5, 0, 1), "softmax": lambda x: np.exp(x)/np.exp(x).sum(),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_value(name):
    found, = evaluate([read(A.ACTIVATIONS[name](z))], {"z": Z})
    np.testing.assert_allclose(found, FORMULAS[name](Z), rtol=1e-12, atol=1e-16 if name != "gelu_tanh" else 1e-12)


def test_every_activation_is_tested():
    assert {f.__name__ for f in A.ACTIVATIONS.values()} == set(FORMULAS)


@pytest.mark.filterwarnings("ignore:the derivative of")
@pytest.mark.parametrize("name", FORMULAS)
def test_slope(name):
    at = {"z": Z[1:-1], "v": np.linspace(1, 2, len(Z) - 2)}
    z_, v_ = sd.array("z", len(Z) - 2), sd.array("v", len(Z) - 2)
    loss = sd.sum(A.ACTIVATIONS[name](z_)*v_)
    np.testing.assert_allclose(sd.compile(loss, wrt=["z"]).grad(at)["z"], Tape(loss, ["z"]).gradient(at)["z"],
                               rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("name", [name for name in FORMULAS if name != "softmax"])
def test_the_sketch_in_the_docstring_is_the_function_s(name):
    drawn = [line.strip() for line in A.ACTIVATIONS[name].__doc__.splitlines()]
    assert [line for line in drawn if line.startswith("φ")] == sketch(A.ACTIVATIONS[name]).splitlines()


def test_learned_slopes():
    a, x = sd.array("a", 2), sd.array("x", 3, 2)
    X, slopes = np.array([[1.0, -2], [-3, 4], [0, -1]]), np.array([0.1, 0.5])
    loss = sd.sum(A.parametric_relu(x, a))
    np.testing.assert_allclose(sd.compile(loss, wrt=[a]).grad(x=X, a=slopes)["a"], np.minimum(X, 0).sum(0))
    beta = sd.array("beta")
    found = sd.compile(sd.sum(A.swish(x, beta)), wrt=[beta])
    np.testing.assert_allclose(found(x=X, beta=2.0), (X/(1 + np.exp(-2*X))).sum())


def test_maxout():
    h = sd.array("h", 3, 6)
    H = np.random.default_rng(0).normal(size=(3, 6))
    found, = evaluate([read(A.maxout(h, 3))], {"h": H})
    np.testing.assert_array_equal(found, H.reshape(3, 2, 3).max(-1))
    for wrong, words in ((4, "do not divide"), (0, "no number"), (1.5, "no number")):
        with pytest.raises(sd.ArgumentError, match=words):
            A.maxout(h, wrong)
    with pytest.raises(sd.ArgumentError, match="no axes"):
        A.maxout(sd.array("s"), 2)


def test_right_in_the_tails():
    for name in ("mish", "gelu", "swish", "softplus", "logistic", "gelu_tanh", "elu"):
        f = sd.compile(A.ACTIVATIONS[name](sd.array("t")), wrt=["t"])
        for t in (-800.0, 800.0, 1e6):
            value, slope = f.value_and_grad(t=t)
            assert np.isfinite(value) and np.isfinite(slope["t"]), (name, t, value, slope)


def test_the_slope_of_elu_at_0():
    """It is 1, since the function is smooth there; that of selu is the one from the left."""
    for name, slope in (("elu", 1.0), ("selu", 1.0507009873554805*1.6732632423543772)):
        f = sd.compile(A.ACTIVATIONS[name](sd.array("t")), wrt=["t"])
        assert f.grad(t=0.0)["t"] == pytest.approx(slope, rel=1e-15)
