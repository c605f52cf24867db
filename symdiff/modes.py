"""What becomes of a name of a model in training, and in prediction: masks that are drawn, statistics that are kept.

A model has one text and two forms.  Training takes it as it stands.  For prediction (`Model.predicting`) some of its
names, those of `Model.modes`, get other values: a mask of dropout, which is data that training draws afresh for every
batch, becomes 1 - rate, so that the layer gives what it takes; a statistic of the batch, which is an equation, becomes
data, and its value is the running one that training has kept.  So prediction draws nothing, and the value for one row
does not depend on the other rows.  All else (derivations, compiled functions, checks) sees the model as it stands.
"""
from dataclasses import dataclass

from .errors import ArgumentError
from .language.core import Node


@dataclass(frozen=True)
class Mask:
    """Data that training draws: each entry 0 with the chance `rate`, else 1; 1 - rate in prediction."""
    rate: float

    def __post_init__(self):
        if not _number(self.rate) or not 0 <= self.rate < 1:
            raise ArgumentError(f"the rate {str(self.rate)[:80]} drops no part of a layer.",
                                do="give a number from 0 to below 1.")


@dataclass(frozen=True)
class RunningMean:
    """An equation, a statistic of the batch; training keeps (1 - momentum)·kept + momentum·(that of the batch),
    from 0 on."""
    momentum: float = 0.1
    start = 0.0

    def __post_init__(self):
        if not _number(self.momentum) or not 0 < self.momentum <= 1:
            raise ArgumentError(f"the momentum {str(self.momentum)[:80]} of a running statistic is the weight of the "
                                "newest batch.", do="give a number above 0, at most 1, such as 0.1.")


@dataclass(frozen=True)
class RunningVariance(RunningMean):
    """The same for a variance, the mean of N squares: what is kept is its unbiased form, N/(N - 1) times that of the
    batch, from 1 on.  A batch of N = 1 tells no variance and changes nothing."""
    start = 1.0


WORDS = {"dropout": Mask, "running_mean": RunningMean, "running_variance": RunningVariance}     # as model files have it


def word(mode):
    """(its word, its number) in a model file.

    >>> word(Mask(0.5))
    ('dropout', 0.5)
    """
    number = mode.rate if isinstance(mode, Mask) else mode.momentum
    return next(name for name, kind in WORDS.items() if type(mode) is kind), number


def check(modes, data, equations):
    """Raise ArgumentError for a mode of a name that cannot have it.

    data       names;  equations  {name: expression}
    """
    for name, mode in modes.items():
        if type(mode) not in WORDS.values():
            raise ArgumentError(f"{str(mode)[:80]} is no mode of {name}.", known=", ".join(
                kind.__name__ for kind in WORDS.values()), do="give one of symdiff.modes, such as Mask(0.5).")
        if isinstance(mode, Mask):
            if name not in data:
                raise ArgumentError(f"{name} is no data of the model, and a mask is data that training draws.",
                                    known=", ".join(data), do="name data.")
        elif name not in equations:
            raise ArgumentError(f"{name} is no equation of the model, and a running statistic is one.",
                                known=", ".join(equations), do="name an equation.")
        elif isinstance(mode, RunningVariance) and not _is_mean(equations[name]):
            raise ArgumentError(f"{name} is no mean, and a running variance is a mean of squares.",
                                where=f"{name} = {str(equations[name])[:160]}",
                                do=f"write {name} = mean((x - mean(x, axis=0))**2, axis=0), or make it a running mean.")


def _is_mean(expr):
    return isinstance(expr, Node) and expr.op == "mean"


def _number(given):
    return isinstance(given, (int, float)) and not isinstance(given, bool)
