"""A recurrent network of 12 units that learns to add: of a sequence of numbers, the two that are marked.

    python examples/sequence.py [--steps 20] [--layer gru]
"""
import argparse

import numpy as np

import symdiff as sd
from symdiff.models.initial import initial
from symdiff.models.network import GRU, LSTM, Dense, Recurrent, network

UNITS, ROWS, LAYERS = 12, 400, {"recurrent": Recurrent, "gru": GRU, "lstm": LSTM}


def sequences(rng, steps, rows=ROWS):
    """Numbers and marks, one pair for each step of each row's sequence, and the sums of the marked numbers."""
    X = np.zeros((rows, steps, 2))
    X[:, :, 0] = rng.random((rows, steps))
    for row in range(rows):
        first, second = rng.integers(steps//2), steps//2 + rng.integers(steps - steps//2)
        X[row, [first, second], 1] = 1
    return X, np.sum(X[:, :, 0]*X[:, :, 1], axis=1)


def main(steps=20, layer="recurrent"):
    rng = np.random.default_rng(1)
    X, y = sequences(rng, steps)
    model = network([LAYERS[layer](UNITS), Dense(1)], ("X", "rows", "steps", 2), "gaussian")
    start = initial(model, seed=1)
    print(model, end="\n\n")                                # the loop over the steps is one node, in the gradient too
    print(sd.compile(model).check(X=X[:3, :4], y=y[:3], **start), end="\n\n")

    found = sd.train(model, {"X": X, "y": y}, start, "L-BFGS-B", epochs=600)
    size = sum(np.size(value) for value in start.values())
    print(f"{found.epochs} iterations on {ROWS} sequences of {steps} steps, {size} parameters")
    for name, (X, y) in (("learned from", (X, y)), ("never seen", sequences(rng, steps))):
        error = np.mean((found.predict("z", X=X) - y)**2)
        print(f"mean square error on sequences {name}: {error:.5f}, of their mean {np.var(y):.5f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=20, help="length of the sequences (default 20)")
    parser.add_argument("--layer", choices=LAYERS, default="recurrent", help="its kind (default recurrent)")
    given = parser.parse_args()
    main(given.steps, given.layer)
