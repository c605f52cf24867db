"""A recurrent network of 12 units that learns to add: of a sequence of numbers, the two that are marked.

    python examples/sequence.py [--steps 20]
"""
import argparse

import numpy as np
from scipy.optimize import minimize

import symdiff as sd

UNITS, ROWS = 12, 400


def sequences(rng, steps, rows=ROWS):
    """Numbers and marks, one row of both for each step of each sequence, and the sums of the marked numbers."""
    X = np.zeros((steps, rows, 2))
    X[:, :, 0] = rng.random((steps, rows))
    for row in range(rows):
        first, second = rng.integers(steps//2), steps//2 + rng.integers(steps - steps//2)
        X[[first, second], row, 1] = 1
    return X, np.sum(X[:, :, 0]*X[:, :, 1], axis=0)


def network():
    """(prediction, its mean square error, parameters): the loop over the steps is one node, in the gradient too."""
    steps, rows = sd.sizes("steps rows")
    X, y = sd.array("X", steps, rows, 2), sd.array("y", rows)
    U, W, b = sd.array("U", 2, UNITS), sd.array("W", UNITS, UNITS), sd.array("b", UNITS)
    v, c = sd.array("v", UNITS), sd.array("c")
    h, _ = sd.scan(lambda h, x: (sd.tanh(x @ U + h @ W + b), None), sd.broadcast_to(0, (rows, UNITS)), X)
    prediction = h @ v + c
    return prediction, sd.mean((prediction - y)**2), [U, W, b, v, c]


def main(steps=20):
    rng = np.random.default_rng(1)
    X, y = sequences(rng, steps)
    prediction, loss, parameters = network()
    f, predict = sd.compile(loss, wrt=parameters), sd.compile(prediction, wrt=[])
    start = {"U": rng.normal(size=(2, UNITS))/2, "W": np.eye(UNITS)*0.9, "b": np.zeros(UNITS),
             "v": rng.normal(size=UNITS)/UNITS**0.5, "c": 0.0}
    print(f.check(X=X[:4, :3], y=y[:3], **start), end="\n\n")

    flat = f.flat(X=X, y=y)
    fit = minimize(flat.fun_and_jac, flat.pack(start), jac=True, method="L-BFGS-B",
                   options={"maxiter": 600, "maxfun": 900})
    values = flat.unpack(fit.x)
    print(f"{fit.nfev} gradients of {ROWS} sequences of {steps} steps, {flat.size} parameters")
    for name, (X, y) in (("learned from", (X, y)), ("never seen", sequences(rng, steps))):
        error = np.mean((predict(X=X, **values) - y)**2)
        print(f"mean square error on sequences {name}: {error:.5f}, of their mean {np.var(y):.5f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=20, help="length of the sequences (default 20)")
    main(parser.parse_args().steps)
