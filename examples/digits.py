"""A network of 64, 32 and 10 units that reads handwritten digits, trained with a compiled gradient.

    pip install ".[examples]"          # brings scikit-learn, which brings the digits
    python examples/digits.py [--epochs 20]
"""
import argparse
from timeit import repeat

import numpy as np
import sympy as sp

import symdiff as sd
from symdiff.reference.tape import Tape

HIDDEN, CLASSES, BATCH, RATE, HELD_OUT = 32, 10, 32, 0.5, 360


def digits():
    """Pixels in [0, 1] and one-hot classes of 1797 digits of 8 × 8 pixels."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise SystemExit('the digits come with scikit-learn: pip install ".[examples]"') from None
    data = load_digits()
    return data.data / 16, np.eye(CLASSES)[data.target]


def network():
    """The scores of the classes, their cross-entropy as a textbook has it, and the parameters."""
    n, pixels = sd.sizes("n pixels")
    X, Y = sd.array("X", n, pixels), sd.array("Y", n, CLASSES)
    W1, b1 = sd.array("W1", pixels, HIDDEN), sd.array("b1", HIDDEN)
    W2, b2 = sd.array("W2", HIDDEN, CLASSES), sd.array("b2", CLASSES)
    scores = sp.tanh(X @ W1 + b1) @ W2 + b2
    p = sp.exp(scores) / sd.sum(sp.exp(scores), axis=1, keepdims=True)
    return scores, -sd.mean(sd.sum(Y*sp.log(p), axis=1)), [W1, b1, W2, b2]


def starting_point(pixels, rng):
    return {"W1": rng.normal(size=(pixels, HIDDEN)) / np.sqrt(pixels), "b1": np.zeros(HIDDEN),
            "W2": rng.normal(size=(HIDDEN, CLASSES)) / np.sqrt(HIDDEN), "b2": np.zeros(CLASSES)}


def train(f, X, Y, values, epochs, rng):
    """Gradient descent on mini-batches; changes `values`."""
    for epoch in range(1, epochs + 1):
        losses = []
        order = rng.permutation(len(X))
        for rows in (order[k:k + BATCH] for k in range(0, len(X), BATCH)):
            loss, gradient = f.value_and_grad(X=X[rows], Y=Y[rows], **values)
            for name in values:
                values[name] -= RATE * gradient[name]
            losses.append(loss)
        if epoch == epochs or epoch % 5 == 0:
            print(f"epoch {epoch:3}   loss {np.mean(losses):.4f}")


def seconds(call):
    """The time of one call: the best of five runs of twenty."""
    return min(repeat(call, number=20, repeat=5)) / 20


def main(epochs=20):
    rng = np.random.default_rng(0)
    X, Y = digits()
    order = rng.permutation(len(X))
    seen, held_out = order[HELD_OUT:], order[:HELD_OUT]

    scores, loss, parameters = network()
    for parameter in parameters:
        print(f"d loss / d {parameter} = {sd.gradient(loss, parameter)}")
    f, predict = sd.compile(loss, wrt=parameters), sd.compile(scores, wrt=[])
    print(f"\nrewritten before it was differentiated\n{f.rewrites}\n")
    values = starting_point(X.shape[1], rng)
    batch = {"X": X[seen[:BATCH]], "Y": Y[seen[:BATCH]]}
    print(f.check(**batch, **values), end="\n\n")

    train(f, X[seen], Y[seen], values, epochs, rng)
    for name, rows in (("the rows trained on", seen), ("held-out rows", held_out)):
        right = np.mean(predict(X=X[rows], **values).argmax(1) == Y[rows].argmax(1))
        print(f"{right:.1%} of {len(rows)} {name} are read rightly")

    tape = Tape(loss, parameters)
    interpreted = seconds(lambda: tape.value_and_grad({**batch, **values}))
    compiled = seconds(lambda: f.value_and_grad(**batch, **values))
    print(f"value and gradient of a batch: interpreted {interpreted*1e6:.0f} µs, compiled {compiled*1e6:.0f} µs,"
          f" {interpreted / compiled:.1f} times faster")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=20, help="passes over the rows (default 20)")
    main(parser.parse_args().epochs)
