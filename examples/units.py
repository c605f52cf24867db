"""Three units that part two classes by a line: the perceptron, Adaline and the linear support vector machine.

    python examples/units.py

All have the score s = X @ w + b and classes y = -1 and 1; they differ in one line, the loss.  Expect: the perceptron
stops after no more than (R/γ)² mistakes (Novikoff 1962), Adaline is the least-squares line, and the support vector
machine has the widest margin of the three.
"""
import numpy as np

import symdiff as sd
from symdiff.models import losses

n, d = sd.sizes("n d")
X, y, w, b = sd.array("X", n, d), sd.array("y", n), sd.array("w", d), sd.array("b")
SCORE = X @ w + b
PERCEPTRON = sd.mean(losses.perceptron(y, SCORE))
ADALINE = sd.mean((y - SCORE)**2)
STRENGTH = 0.001                                # so little that no point may lie within the margin
SVM = sd.mean(losses.hinge(y, SCORE)) + losses.l2(w, STRENGTH)


def clouds(rows=60, seed=2):
    """Points of two classes that a line parts."""
    draws = np.random.default_rng(seed)
    labels = np.where(np.arange(rows) % 2, 1.0, -1.0)
    return {"X": [1.5, 0] + np.outer(labels, [0.9, 0.7]) + draws.normal(0, 0.4, (rows, 2)), "y": labels}


def perceptron(data):
    """(w, b, mistakes): row after row; the first row is the first mistake, and a step is taken at each one."""
    (first, *_), (label, *_), mistakes, before = data["X"], data["y"], 1, 0
    unit = sd.Steps(PERCEPTRON, {"X": [first], "y": [label]}, {"w": label*first, "b": label}, "sgd", rate=1)
    while before < mistakes:
        before = mistakes
        for row, label in zip(data["X"], data["y"]):
            mistakes += unit.step(X=[row], y=[label]) > 0
    return *unit.parameters.values(), mistakes


def adaline(data, epochs=400):
    """(w, b) by a step for each row, of Widrow and Hoff (1960); the rate falls to 0."""
    found = sd.train(ADALINE, data, method="sgd", batch=1, rate=0.05, schedule="cosine", epochs=epochs)
    return tuple(found.parameters.values())


def svm(data, epochs=200_000):
    """(w, b) by descent along the subgradient; the rate falls to 0."""
    found = sd.train(SVM, data, method="gd", rate=0.5, schedule="cosine", epochs=epochs)
    return tuple(found.parameters.values())


def margin(data, w, b):
    """The distance of the nearest point from the line; less than 0 where it lies on the wrong side."""
    return np.min(data["y"]*(data["X"] @ w + b))/np.linalg.norm(w)


def main():
    data = clouds()
    *line, mistakes = perceptron(data)
    units = {"perceptron": line, "Adaline": adaline(data), "support vectors": svm(data)}
    print(f"{'':16}{'w':^20}{'b':>9}{'wrong':>7}{'margin':>9}")
    for name, (w, b) in units.items():
        wrong = np.sum(data["y"]*(data["X"] @ w + b) <= 0)
        print(f"{name:16}{w[0]:10.4f}{w[1]:10.4f}{b:9.4f}{wrong:7}{margin(data, w, b):9.4f}")
    w, b = units["support vectors"]
    longest = np.max(np.sum(data["X"]**2, axis=1) + 1)                          # the bias is a weight of an input 1
    bound = longest*(w @ w + b*b)/np.min(data["y"]*(data["X"] @ w + b))**2
    print(f"the perceptron made {mistakes} mistakes; (R/γ)² = {bound:.1f}")


if __name__ == "__main__":
    main()
