"""Gradient descent on a loss over one weight: rates too small, right and too large, and starts that end elsewhere.

    python examples/descent.py [--plot descent.png]

Each step is w ← w - rate·dL/dw, by `sd.Steps`.  Expect: the small rate is half way after twenty steps, the right one is
there, the large one is further away after each step; on a curve with several minima most starts miss the lowest.
"""
import argparse

import numpy as np

import symdiff as sd
from codegen.plot import figures

n = sd.sizes("n")
x, y, w = sd.array("x", n), sd.array("y", n), sd.array("w")
LINE = sd.mean((y - w*x)**2)                    # one minimum
WAVE = sd.mean((y - sd.sin(w*x))**2)            # several
POINTS, BEST = np.linspace(0, 2, 41), 3.0
DATA = {LINE: {"x": POINTS, "y": BEST*POINTS}, WAVE: {"x": POINTS, "y": np.sin(BEST*POINTS)}}


def path(loss, start, rate, steps=20):
    """The weights that descent comes by, the start among them."""
    descent, weights = sd.Steps(loss, DATA[loss], {"w": start}, "gd", rate=rate), [start]
    for _ in range(steps):
        descent.step()
        weights.append(descent.parameters["w"])
    return np.array(weights)


def curve(loss, weights):
    """The loss at each of some weights."""
    f = sd.compile(loss, wrt=[w])
    return np.array([f(DATA[loss], w=weight) for weight in weights])


def draw(panels, file):
    """Each loss as a curve, and on it the steps of each path."""
    figure = figures()(figsize=(11, 4), layout="constrained")
    for k, (loss, title, paths) in enumerate(panels):
        axes = figure.add_subplot(1, len(panels), k + 1, title=title, xlabel="w", ylabel="loss")
        around = np.linspace(-1.5, 7.5, 300)
        axes.plot(around, curve(loss, around), color="gray")
        for label, weights in paths.items():
            axes.plot(weights, curve(loss, weights), ".-", label=label, alpha=0.7)
        axes.legend()
    figure.savefig(file)


def main(plot=None, steps=20):
    print(f"dL/dw = {sd.gradient(LINE, w)}, the best weight {BEST:g}")
    rates = {f"rate {rate}": path(LINE, 0.0, rate, steps) for rate in (0.01, 0.25, 0.75)}
    starts = {f"from {start}": path(WAVE, start, 0.3, steps) for start in (-1.0, 0.5, 2.0, 4.5, 6.5)}
    for loss, paths in ((LINE, rates), (WAVE, starts)):
        for label, weights in paths.items():
            print(f"  {label:10} w = {weights[-1]:8.3f}   loss {curve(loss, weights[-1:])[0]:.6f}")
    found = sd.train(WAVE, DATA[WAVE], {"w": 0.5}, "gd", rate=0.3, epochs=200, starts=8, spread=4)
    print(f"the best of 8 starts: w = {found.parameters['w']:.3f}; their losses {np.sort(found.spread).round(3)}")
    if plot:
        draw([(LINE, "learning rates", rates), (WAVE, "starts", starts)], plot)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", metavar="FILE", help="draw the curves and the steps (.png, .svg, .pdf)")
    main(parser.parse_args().plot)
