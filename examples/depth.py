"""Depth against width: networks of as many units and parameters, in layers of two or side by side, draw a saw.

    python examples/depth.py

A layer of two rectifiers folds the line once: tent(x) = 2 relu(x) - 4 relu(x - 1/2).  Folded k times it has 2^k pieces
(Telgarsky 2015), and a network of k layers is that repeated composition.  One layer of 2k units has 2k + 1 pieces at
most.  Expect: the deep network, begun near the folds, is all but exact at every k; the shallow one, begun with its
kinks spread evenly and the least-squares weights for them, fails from k = 3 on.
"""
import numpy as np

import symdiff as sd
from symdiff.models.network import Dense, network

POINTS = np.linspace(0, 1, 513)
TENT = {"W": np.array([[2.0, 2], [-4, -4]]), "b": np.array([0, -0.5])}


def saw(folds):
    """The saw of 2^folds pieces at the points."""
    y = POINTS
    for _ in range(folds):
        y = 1 - np.abs(2*y - 1)
    return y


def deep_start(folds, off=0.01, seed=0):
    """Weights of layers that fold, each off by a part in a hundred."""
    start = {"W1": np.ones((1, 2)), "b1": TENT["b"], f"W{folds + 1}": TENT["W"][:, 0], f"b{folds + 1}": 0.0}
    for k in range(2, folds + 1):
        start |= {f"W{k}": TENT["W"], f"b{k}": TENT["b"]}
    draws = np.random.default_rng(seed)
    return {name: value + off*draws.normal(size=np.shape(value)) for name, value in start.items()}


def shallow_start(folds, y):
    """Kinks spread evenly, and the least-squares weights."""
    kinks = np.arange(2*folds)/(2*folds)
    heights = np.c_[np.maximum(POINTS[:, None] - kinks, 0), np.ones(len(POINTS))]
    *weights, bias = np.linalg.lstsq(heights, y, rcond=None)[0]
    return {"W1": np.ones((1, 2*folds)), "b1": -kinks, "W2": np.array(weights), "b2": bias}


def trained(layers, start, y):
    """(the root mean square error after training, how many parameters)."""
    model = network(layers, ("X", "n", 1), "gaussian")
    found = sd.train(model, {"X": POINTS[:, None], "y": y}, start, "adam", rate=0.002, schedule="cosine", epochs=500)
    error = np.sqrt(np.mean((found.predict("z", X=POINTS[:, None]) - y)**2))
    return error, sum(map(np.size, found.parameters.values()))


def main(numbers=(1, 2, 3, 4, 5)):
    print(f"{'pieces':>6}{'parameters':>12}{'deep':>12}{'wide':>12}   root mean square errors")
    errors = []
    for folds in numbers:
        y = saw(folds)
        deep, count = trained([*[Dense(2, "relu")]*folds, Dense(1)], deep_start(folds), y)
        wide, same = trained([Dense(2*folds, "relu"), Dense(1)], shallow_start(folds, y), y)
        assert count == same
        errors.append((deep, wide))
        print(f"{2**folds:6}{count:12}{deep:12.2e}{wide:12.2e}")
    return errors


if __name__ == "__main__":
    main()
