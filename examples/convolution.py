"""A convolutional network that reads handwritten digits, beside one without convolutions of as many parameters.

    pip install ".[examples]"          # brings scikit-learn, which brings the digits
    python examples/convolution.py [--epochs 60] [--splits 3]

Two layers of small filters, each with the largest of every two by two, then the classes; by Adam on batches of 32.
Expect: 98 % of the held-out digits are read rightly, the mean of several splits, and one in a hundred less without
convolutions.
"""
import argparse

import numpy as np

import symdiff as sd
from symdiff.models.initial import initial
from symdiff.models.network import Convolution, Dense, Flatten, MaxPool, network

HELD_OUT = 360
NETWORKS = {
    "convolutions": [Convolution(8, 3, "relu", padding="same"), MaxPool(2),
                     Convolution(16, 3, "relu", padding="same"), MaxPool(2), Flatten(), Dense(10)],
    "dense": [Flatten(), Dense(25, "relu"), Dense(10)],
}


def digits():
    """1797 digits of 8 × 8 pixels in [0, 1], one channel, and which digits they are."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise SystemExit('the digits come with scikit-learn: pip install ".[examples]"') from None
    data = load_digits()
    return data.images[..., None]/16, data.target.astype(float)


def read(layers, epochs, X, y, seed=0):
    """(the training, the part of the held-out digits that are read rightly)."""
    order = np.random.default_rng(seed).permutation(len(y))
    seen, held_out = order[HELD_OUT:], order[:HELD_OUT]
    model = network(layers, ("X", "n", 8, 8, 1), "categorical")
    found = sd.train(model, {"X": X[seen], "y": y[seen]}, initial(model, seed), "adam", rate=0.003, schedule="cosine",
                     epochs=epochs)
    return found, np.mean(found.predict("z", X=X[held_out]).argmax(axis=1) == y[held_out])


def main(epochs=60, splits=3):
    X, y = digits()
    for name, layers in NETWORKS.items():
        runs = [read(layers, epochs, X, y, seed) for seed in range(splits)]
        found, right = runs[0][0], np.mean([part for _, part in runs])
        print(f"{name:13}{sum(map(np.size, found.parameters.values()))} parameters, {found.steps} steps in "
              f"{found.seconds:.1f} s; {right:.1%} of {HELD_OUT} held-out digits are read rightly")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=60, help="passes over the digits (default 60)")
    parser.add_argument("--splits", type=int, default=3, help="into learned from and held out (default 3)")
    given = parser.parse_args()
    main(given.epochs, given.splits)
