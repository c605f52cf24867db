"""Small models with data, and the same by hand."""
import numpy as np

import symdiff as sd

n, d = sd.sizes("n d")
X, y, w, b = sd.array("X", n, d), sd.array("y", n), sd.array("w", d), sd.array("b")


def line():
    """(mean square of X w + b − y, data)."""
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(11, 3))
    return sd.mean((X @ w + b - y)**2), {"X": rows, "y": rows @ [1.0, -2.0, 0.5] + 0.3 + 0.1*rng.normal(size=11)}


def slope(data, x, rows):
    """(loss, gradient) of `line` by hand, at w, b in one vector."""
    A = np.column_stack([data["X"], np.ones(len(data["y"]))])[rows]
    r = A @ x - data["y"][rows]
    return np.mean(r**2), 2*A.T @ r/len(r)


def logistic(rows=60, columns=3):
    """(mean cross-entropy in its textbook form, data)."""
    rng = np.random.default_rng(5)
    values = rng.normal(size=(rows, columns))
    p = 1/(1 + sd.exp(-(X @ w + b)))
    label = (rng.random(rows) < 1/(1 + np.exp(-values @ np.arange(1.0, columns + 1)))).astype(float)
    return -sd.mean(y*sd.log(p) + (1 - y)*sd.log(1 - p)), {"X": values, "y": label}


def network():
    """A network of two, three and one units, as a Model, and XOR."""
    model = sd.Model("h = tanh(X @ W1 + b1)\np = sigmoid(h @ w2 + b2)", loss="-mean(y*log(p) + (1 - y)*log(1 - p))",
                     parameters={"W1": (2, 3), "b1": (3,), "w2": (3,), "b2": ()}, data={"X": (n, 2), "y": (n,)})
    return model, {"X": [[0, 0], [0, 1], [1, 0], [1, 1]], "y": [0, 1, 1, 0]}
