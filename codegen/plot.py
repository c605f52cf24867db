"""Activations or losses go in; a picture by matplotlib comes out, drawn without a screen."""
import io
import math

import numpy as np

from symdiff.derive import gradient
from symdiff.errors import ArgumentError
from symdiff.evaluate import evaluate
from symdiff.language import Array
from symdiff.models.activations import ACTIVATIONS
from symdiff.primitives.leaf import input as input_node
from symdiff.read import read

POINTS, COLUMNS, AROUND = 401, 4, 5
FORMS = ("png", "svg", "pdf")


def activations(low=-4.0, high=4.0, names=None):
    """The figure of the activations of one number, each with its derivative.

    names    some of `known()` (default: all)

    Raises ArgumentError where matplotlib is missing, or a name is not known.
    """
    figure_of = figures()
    names = list(names or known())
    unknown = [name for name in names if name not in ACTIVATIONS or name == "softmax"]
    if unknown:
        raise ArgumentError(f"{unknown[0][:80]!r} is no activation of one number.", known=", ".join(known()),
                            do="name some of these.")
    columns = min(COLUMNS, len(names))
    lines = math.ceil(len(names)/columns)
    figure = figure_of(figsize=(3*columns, 2.4*lines), layout="constrained")
    for k, name in enumerate(names):
        z, *values = curve(ACTIVATIONS[name], low, high)
        axes = figure.add_subplot(lines, columns, k + 1)
        for y, line, label in zip(values, ("-", "--"), ("φ(z)", "φ'(z)")):
            points, heights, alone = broken(z, y)
            drawn, = axes.plot(points, heights, line, label=label)
            axes.plot(z[alone], y[alone], ".", color=drawn.get_color())
        axes.set_title(name.replace("_", " "))
        axes.grid(alpha=0.3)
    figure.axes[0].legend()
    return figure


def known():
    """The names of the activations that have a curve."""
    first = {function: name for name, function in reversed(ACTIVATIONS.items())}
    return [name for name, function in ACTIVATIONS.items() if first[function] == name and name != "softmax"]


def curve(function, low=-4.0, high=4.0):
    """(points, values, derivatives) of a function of one number.

    >>> curve(ACTIVATIONS["relu"], -1, 1)[2][[0, -1]]
    array([0., 1.])
    """
    node = read(function(Array("z", POINTS)))
    one = read(function(Array("z")))
    slope, = gradient(one, [input_node("z")])
    z = np.linspace(low, high, POINTS)
    slopes = np.array([evaluate([slope], {"z": point})[0] for point in z])
    return z, evaluate([node], {"z": z})[0], slopes


def broken(z, values):
    """(points, values, numbers of values that stand alone): the curve with a gap, nan, wherever it jumps.

    It jumps where a step from point to point is a fiftieth of the whole height or more, and ten times as high as most
    steps around.

    >>> broken(np.arange(4.0), np.array([0, 0, 1, 1.0]))[1]
    array([ 0.,  0., nan,  1.,  1.])
    """
    steps = np.abs(np.diff(values))
    around = np.array([np.median(steps[max(0, k - AROUND):k + AROUND + 1]) for k in range(len(steps))])
    jumps = np.flatnonzero(steps > np.maximum(10*around, np.ptp(values)/50))
    alone = np.intersect1d(jumps, jumps + 1)
    return np.insert(z, jumps + 1, np.nan), np.insert(values, jumps + 1, np.nan), alone


def losses(history):
    """The figure of the losses of each epoch or iteration."""
    figure = figures()(layout="constrained")
    axes = figure.add_subplot()
    for label, values in history.items():
        if len(values):
            axes.plot(np.arange(1, len(values) + 1), np.array(values, float), label=label)
    axes.set_xlabel("epoch or iteration")
    axes.set_ylabel("loss")
    axes.legend()
    return figure


def picture(figure, form):
    """The bytes of a figure: the same on every run."""
    out = io.BytesIO()
    date = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(form, {})
    figure.savefig(out, format=form, metadata=date)
    return out.getvalue()


def figures():
    """Matplotlib's class of figures, which needs no screen; an ArgumentError with the remedy where it is missing."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ArgumentError("pictures of curves are drawn with matplotlib, which is not installed.",
                            do='pip install "symdiff-compiler[plot]"') from None
    return Figure
