"""Maxout against ReLU: a unit that learns its activation, the largest of k lines, against k rectifiers and their sum.

    python examples/maxout.py

The largest of k lines is a convex function of k pieces (Goodfellow et al. 2013).  Expect: on x² one maxout unit comes
near the least error that k pieces can have, 2/(√45 k²), with two thirds of the parameters of k rectifiers; around a
disc it draws a polygon of k sides, where the sum of k rectifiers bends rounder.
"""
import numpy as np

import symdiff as sd
from symdiff.models.initial import initial
from symdiff.models.network import Dense, Maxout, network


def trained(layers, output, data, starts):
    """The best of some starts, and how many parameters it has."""
    model = network(layers, ("X", "n", data["X"].shape[1]), output)
    found = sd.train(model, data, lambda k, draws: initial(model, k), "adam", rate=0.02, schedule="cosine", epochs=200,
                     starts=starts)
    return found, sum(map(np.size, found.parameters.values()))


def parabola(pieces=(2, 4, 8), starts=100):
    """[(least error of k pieces, of one maxout unit, of k rectifiers)] on x² between -1 and 1."""
    x, errors = np.linspace(-1, 1, 801), []
    data = {"X": x[:, None], "y": x**2}
    for k in pieces:
        row = [2/(np.sqrt(45)*k**2)]
        for name, layers in (("maxout", [Maxout(1, k)]), ("ReLU", [Dense(k, "relu"), Dense(1)])):
            found, count = trained(layers, "gaussian", data, starts)
            row.append(np.sqrt(np.mean((found.predict("z", X=data["X"]) - data["y"])**2)))
            print(f"  {k:2} pieces  {name:7}{count:3} parameters  error {row[-1]:.5f}   (least {row[0]:.5f})")
        errors.append(tuple(row))
    return errors


def disc(pieces=(2, 3, 6), rows=1000, starts=100):
    """[(part told rightly by one maxout unit, by k rectifiers)]: is a point outside a disc?"""
    X = np.random.default_rng(0).uniform(-1.5, 1.5, (rows, 2))
    data, rights = {"X": X, "y": (np.sum(X**2, axis=1) > 1).astype(float)}, []
    for k in pieces:
        row = []
        for name, layers in (("maxout", [Maxout(1, k)]), ("ReLU", [Dense(k, "relu"), Dense(1)])):
            found, count = trained(layers, "bernoulli", data, starts)
            row.append(np.mean((found.predict("p", X=X) > 0.5) == data["y"]))
            print(f"  {k:2} sides   {name:7}{count:3} parameters  {100*row[-1]:.1f}% right")
        rights.append(tuple(row))
    return rights


def main():
    for title, part in (("x²", parabola), ("Outside a disc", disc)):
        print(title)
        part()


if __name__ == "__main__":
    main()
