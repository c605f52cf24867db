"""Networks from lists of layers: XOR, error against width, and two rings that a hidden layer learns to part.

    python examples/networks.py [--plot widths.png]

Expect: XOR needs a hidden layer, for which two units are enough; one hidden layer comes near a function, the nearer the
wider it is; one unit parts two rings by their radius, where a hidden layer has to learn that from x and y.
"""
import argparse

import numpy as np

import symdiff as sd
from codegen.plot import figures
from symdiff.models.initial import initial
from symdiff.models.network import Dense, network


def xor():
    """Without a hidden layer no line parts the corners; with one of two units it is learned.  Returns both losses."""
    data = {"X": np.array([[0., 0], [0, 1], [1, 0], [1, 1]]), "y": np.array([0., 1, 1, 0])}
    losses = []
    for layers in ([Dense(1)], [Dense(2, "tanh"), Dense(1)]):
        model = network(layers, ("X", "n", 2), "bernoulli")
        found = sd.train(model, data, initial(model, 2), "L-BFGS-B", starts=5)
        losses.append(found.loss)
        chances = found.predict("p", X=data["X"]).round(3)
        print(f"  {len(layers) - 1} hidden layers  loss {found.loss:.4f}  chances {chances}")
    return losses


def widths(units=(1, 2, 4, 8)):
    """The root mean square error of one hidden layer on a function of one variable, for each width."""
    x = np.linspace(-1, 1, 200)
    data, errors = {"X": x[:, None], "y": np.sin(3*x) + np.abs(x)}, []
    for width in units:
        model = network([Dense(width, "tanh"), Dense(1)], ("X", "n", 1), "gaussian")
        found = sd.train(model, data, initial(model, 0), "L-BFGS-B", epochs=1000, starts=3)
        errors.append(float(np.sqrt(np.mean((found.predict("z", X=data["X"]) - data["y"])**2))))
        print(f"  {width:3} units  error {errors[-1]:.5f}")
    return errors


def rings(rows=400):
    """Which part is told rightly: by a line in x and y, by a unit of radius and angle, by a hidden layer in x and y."""
    draws = np.random.default_rng(0)
    y, angle = np.arange(rows) % 2, draws.uniform(0, 2*np.pi, rows)
    radius = 1 + y + draws.normal(0, 0.15, rows)
    plane, polar = np.c_[radius*np.cos(angle), radius*np.sin(angle)], np.c_[radius, angle]
    rights = []
    for what, X, layers in (("a line in x, y", plane, [Dense(1)]), ("a unit of radius, angle", polar, [Dense(1)]),
                            ("8 hidden units in x, y", plane, [Dense(8, "tanh"), Dense(1)])):
        model = network(layers, ("X", "n", 2), "bernoulli", penalty={"l2": 1e-4})
        found = sd.train(model, {"X": X, "y": y.astype(float)}, initial(model, 1), "L-BFGS-B")
        rights.append(float(np.mean((found.predict("p", X=X) > 0.5) == y)))
        print(f"  {what:24} {100*rights[-1]:.1f}% right")
    return rights


def draw(errors, file):
    """The error against the width, 1, 2, 4, …, on a scale of powers."""
    figure = figures()(figsize=(5, 3.5), layout="constrained")
    axes = figure.add_subplot(xlabel="hidden units", ylabel="root mean square error")
    axes.loglog(2**np.arange(len(errors)), errors, ".-", base=2)
    figure.savefig(file)


def main(plot=None):
    for title, part in (("XOR", xor), ("Error against width", widths), ("Two rings", rings)):
        print(title)
        found = part()
        if plot and part is widths:
            draw(found, plot)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", metavar="FILE", help="draw the error against the width (.png, .svg, .pdf)")
    main(parser.parse_args().plot)
