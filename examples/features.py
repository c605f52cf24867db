"""Features fixed against features learned: radial bumps on a grid, and bumps that find their own places and widths.

    python examples/features.py [--plot features.png]

f(x) = φ(x) @ w with φ_j(x) = exp(-(r_j (x - c_j))²), a kernel regression where the centres c and the inverse widths r
are given; where they are learned with w, φ is a hidden layer.  Which of them are learned is said by the data alone:
what has a value there is fixed.  The function is flat here and steep there.  Expect: on points never seen eight learned
bumps, 24 numbers, err a fifth of what sixteen fixed ones do, and no more than thirty-two.
"""
import argparse

import numpy as np

import symdiff as sd
from codegen.plot import figures

n, k = sd.sizes("n k")
x, y, w, c, r = sd.array("x", n), sd.array("y", n), sd.array("w", k), sd.array("c", k), sd.array("r", k)
F = sd.exp(-(r*(x[:, None] - c))**2) @ w
LOSS = sd.mean((y - F)**2)


def truth(x):
    """Flat on the left, steep on the right."""
    return np.sin(2*np.pi*x**4)


def points(rows, seed):
    draws = np.random.default_rng(seed)
    x = draws.uniform(0, 1.2, rows)
    return {"x": x, "y": truth(x) + draws.normal(0, 0.03, rows)}


def bumps(count):
    """Centres on a grid, and widths as their distance has it."""
    return {"c": np.linspace(0, 1.2, count), "r": np.full(count, count/1.5)}


def fitted(count, learned, data):
    """The parameters of so many bumps, centres and widths fixed or learned."""
    if learned:
        return sd.train(LOSS, data, {**bumps(count), "w": np.zeros(count)}, "lm").parameters
    return {**bumps(count), **sd.train(LOSS, {**data, **bumps(count)}, method="lm").parameters}


def main(counts=(4, 8, 16, 32), plot=None):
    seen, unseen = points(80, 0), points(2000, 1)
    f, found = sd.compile(F, wrt=[]), {}
    for count, learned in [(count, False) for count in counts] + [(counts[1], True)]:
        values = fitted(count, learned, seen)
        errors = [np.sqrt(np.mean((f(values, x=data["x"]) - truth(data["x"]))**2)) for data in (seen, unseen)]
        found[f"{count} bumps, {'learned' if learned else 'fixed'}"] = values, errors
        print(f"{list(found)[-1]:18} error on the points learned from {errors[0]:.4f}, on others {errors[1]:.4f}")
    if plot:
        draw(f, found, seen, plot)
    return {name: errors for name, (_, errors) in found.items()}


def draw(f, found, data, file):
    axes = figures()(figsize=(8, 4.5), layout="constrained").add_subplot()
    grid = np.linspace(0, 1.2, 500)
    axes.plot(data["x"], data["y"], ".", color="gray")
    for name, (values, _) in found.items():
        axes.plot(grid, f(values, x=grid), label=name)
    axes.legend()
    axes.figure.savefig(file)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", metavar="FILE", help="draw the fits (.png, .svg, .pdf)")
    main(plot=parser.parse_args().plot)
