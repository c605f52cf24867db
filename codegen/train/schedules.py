"""The number of a step goes in, what the learning rate is multiplied by comes out.

A schedule is a name, {"name": …, …} with its numbers, or a function (epochs behind us, as an array; epochs) -> array.
"""
import numpy as np

from symdiff.errors import ArgumentError


def constant(t, epochs):
    """1 throughout."""
    return np.ones_like(t)


def step(t, epochs, every=10, factor=0.5):
    """Times `factor` after every so many epochs."""
    return factor**np.floor(t/every)


def cosine(t, epochs, end=0.0):
    """From 1 down to `end` along half a wave (Loshchilov and Hutter, 2017)."""
    return end + (1 - end)*(1 + np.cos(np.pi*np.minimum(t/epochs, 1)))/2


def hyperbolic(t, epochs, half=10):
    """1/(1 + t/half): a half after `half` epochs, as Robbins and Monro (1951) ask for it."""
    return 1/(1 + t/half)


SCHEDULES = {"constant": constant, "step": step, "cosine": cosine, "1/t": hyperbolic}


def schedule(given, warmup, epochs):
    """The function from epochs behind us (an array), and the part of an epoch that a step is, to what the rate is
    multiplied by.

    warmup   for so many epochs at first the rate grows in proportion to the steps taken, up to the whole

    >>> schedule({"name": "step", "every": 2}, 0, 10)(np.array([0.0, 1.5, 2.0]), 0.5)
    array([1. , 1. , 0.5])
    """
    named = dict(given) if isinstance(given, dict) else {"name": given}
    name = named.pop("name", None)
    form = name if callable(name) else SCHEDULES.get(name)
    if form is None:
        raise ArgumentError(f"{name!r} is no schedule of the learning rate.", known=", ".join(SCHEDULES),
                            do='give a name, {"name": "step", "every": 10, "factor": 0.5}, or a function.')
    code = getattr(form, "__code__", None)
    unknown = set(named) - set(code.co_varnames[2:code.co_argcount] if code and name in SCHEDULES else ())
    if unknown:
        raise ArgumentError(f"the schedule {name} has no {sorted(unknown)[0]!r}.",
                            known=", ".join(code.co_varnames[2:code.co_argcount]) if code else "none",
                            do="leave it out, or use one of those known.")

    def factors(t, step):
        found = np.asarray(form(t, epochs, **named), float)*np.ones_like(t)
        return found*np.minimum(1.0, (t + step)/warmup) if warmup else found

    return factors
