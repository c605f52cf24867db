"""A generative adversarial network: one network makes points of noise, another tells them from real ones, in turn.

    python examples/gan.py [--steps 20000] [--plot gan.png]

The real points lie in eight clouds on a ring; no likelihood is written down (Goodfellow et al. 2014).  Both networks
are one list of layers, with the points x in the middle.  The one loss, a Bernoulli's, is taken with real points called
real and made ones called made, to step the second half, and with made ones called real, to step the first.  Noise on
both kinds of points, which fades, keeps most runs from losing a cloud (Sønderby et al. 2017).  Expect: points in all
eight clouds, nine of ten near a middle.
"""
import argparse

import numpy as np

import symdiff as sd
from codegen.plot import figures
from symdiff.models.initial import initial
from symdiff.models.network import Dense, network

CLOUDS, SPREAD, NEAR, ROWS = 8, 0.1, 0.3, 128
MIDDLES = 2*np.array([[np.cos(angle), np.sin(angle)] for angle in 2*np.pi*np.arange(CLOUDS)/CLOUDS])
MODEL = network([Dense(32, "relu"), Dense(32, "relu"), Dense(2, name="x"),           # makes points
                 Dense(64, "relu"), Dense(64, "relu"), Dense(1)],                    # tells how real they look
                ("noise", "n", 2), "bernoulli")
MAKES, TELLS = MODEL.parameters[:6], MODEL.parameters[6:]

n = sd.sizes("n")
real, blur = sd.array("real", n, 2), sd.array("blur", n, 2)
MADE = MODEL.expression("x")
TELLING = MODEL.expression(x=real, y=1) + MODEL.expression(x=MADE + blur, y=0)
MAKING = MODEL.expression(x=MADE + blur, y=1)


def reals(draws, rows):
    """Points of the eight clouds."""
    return MIDDLES[draws.integers(CLOUDS, size=rows)] + draws.normal(0, SPREAD, (rows, 2))


def trained(steps, seed=0, rate=0.002):
    """{name: value} of the network that makes points, after so many steps of both."""
    draws, start = np.random.default_rng(seed), initial(MODEL, seed)
    makes, tells = ({one.name: start[one.name] for one in part} for part in (MAKES, TELLS))
    sizes = {name: np.zeros((ROWS, 2)) for name in ("real", "noise", "blur")}
    telling = sd.Steps(TELLING, {**sizes, **makes}, tells, "adam", betas=(0.5, 0.9))
    del sizes["real"]
    making = sd.Steps(MAKING, {**sizes, **tells}, makes, "adam", betas=(0.5, 0.9))
    for k in range(steps):
        telling.rate = making.rate = rate*(1 + np.cos(np.pi*k/steps))/2
        fades = 0.5*max(0, 1 - 1.5*k/steps)
        noise, one, other = draws.normal(size=(3, ROWS, 2))
        telling.step(real=reals(draws, ROWS) + fades*one, noise=noise, blur=fades*other, **making.parameters)
        noise, one = draws.normal(size=(2, ROWS, 2))
        making.step(noise=noise, blur=fades*one, **telling.parameters)
    return making.parameters


def judged(points):
    """(clouds with at least 2 % of the points near their middle, the part near one, the median distance from one)."""
    distances = np.linalg.norm(points[:, None] - MIDDLES, axis=2)
    nearest, middle = distances.min(axis=1), distances.argmin(axis=1)
    shares = np.bincount(middle[nearest < NEAR], minlength=CLOUDS)/len(points)
    return int(np.sum(shares >= 0.02)), float(np.mean(nearest < NEAR)), float(np.median(nearest))


def draw(kinds, file):
    figure = figures()(figsize=(4*len(kinds), 4), layout="constrained")
    for k, (title, points) in enumerate(kinds.items()):
        axes = figure.add_subplot(1, len(kinds), k + 1, title=title, xlim=(-3, 3), ylim=(-3, 3), aspect="equal")
        axes.plot(*points.T, ".", markersize=2)
    figure.savefig(file)


def main(steps=20_000, plot=None, seed=0):
    draws, make = np.random.default_rng(99), sd.compile(MADE, wrt=[])
    noise = draws.normal(size=(2000, 2))
    kinds = {"at first": make(trained(0, seed), noise=noise), "made": make(trained(steps, seed), noise=noise),
             "real": reals(draws, 2000)}
    for kind, points in kinds.items():
        clouds, part, middle = judged(points)
        print(f"{kind:10}{clouds} of {CLOUDS} clouds, {part:.1%} of the points near one, median distance {middle:.3f}")
    if plot:
        draw(kinds, plot)
    return judged(kinds["made"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=20_000, help="of each network (default 20000)")
    parser.add_argument("--plot", metavar="FILE", help="draw the points (.png, .svg, .pdf)")
    given = parser.parse_args()
    main(given.steps, given.plot)
