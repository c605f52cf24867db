"""Networks: the compiled loss and its gradients against autograd, which shares nothing with us."""
import numpy as np
import pytest

import symdiff as sd

autograd = pytest.importorskip("autograd")
anp = pytest.importorskip("autograd.numpy")

ROWS, WIDTHS = 70, (5, 9, 6, 3)


def network(np, activation, X, Y, parts):
    """The mean cross entropy of a network, in NumPy's words."""
    h = X
    for k in range(0, len(parts) - 2, 2):
        h = activation(np, np.dot(h, parts[k]) + parts[k + 1])
    scores = np.dot(h, parts[-2]) + parts[-1]
    log_sum = np.log(np.sum(np.exp(scores), axis=1, keepdims=True))
    return -np.sum(Y*(scores - log_sum))/ROWS


ACTIVATIONS = {
    "tanh": lambda np, x: np.tanh(x),
    "relu": lambda np, x: np.maximum(0.0, x),
    "logistic": lambda np, x: 1/(1 + np.exp(-x)),
    "swish": lambda np, x: x/(1 + np.exp(-x)),
    "softplus": lambda np, x: np.log(1 + np.exp(x)),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_gradients_are_autograds(name):
    rng = np.random.default_rng(3)
    X, Y = rng.normal(size=(ROWS, WIDTHS[0])), np.eye(WIDTHS[-1])[rng.integers(WIDTHS[-1], size=ROWS)]
    parts = [rng.normal(size=shape)/2 for a, b in zip(WIDTHS, WIDTHS[1:]) for shape in ((a, b), (b,))]
    value, gradient = autograd.value_and_grad(lambda p: network(anp, ACTIVATIONS[name], X, Y, p))(parts)

    n = sd.sizes("n")
    arrays = [sd.array(f"p{k}", *part.shape) for k, part in enumerate(parts)]
    loss = network(np, ACTIVATIONS[name], sd.array("X", n, WIDTHS[0]), sd.array("Y", n, WIDTHS[-1]), arrays)
    f = sd.compile(loss, wrt=arrays)
    ours, grads = f.value_and_grad(X=X, Y=Y, **{f"p{k}": part for k, part in enumerate(parts)})
    np.testing.assert_allclose(ours, value, rtol=1e-13)
    for k, wanted in enumerate(gradient):
        np.testing.assert_allclose(grads[f"p{k}"], wanted, rtol=1e-11, atol=1e-13*np.abs(wanted).max())
