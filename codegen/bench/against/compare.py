"""A case and the names of other systems go in; times of each, in turn in one process, come out."""
import time
from dataclasses import asdict, dataclass
from importlib import import_module

import numpy as np

from symdiff.errors import ArgumentError

from .unable import Unable

PEERS = ("jax", "torch", "torch_compile", "pytensor", "casadi", "autograd")
TOLERANCE = {"float64": 1e-9, "float32": 2e-4}      # of the largest entry of each result
BATCH, ROUNDS, MOST = 0.002, 40, 3.0                # seconds of a batch, batches of each, seconds for all of one system


@dataclass(frozen=True)
class Time:
    """Microseconds of one call: the least and the median of the batches; `seconds` from the model to the first result.

    ratio  the median, over the batches that ran one after the other, of this system's time by ours
    note   why there is no time; or by how much the numbers differ from ours, where they do
    """
    case: str
    family: str
    entries: int
    system: str
    least: float | None = None
    median: float | None = None
    ratio: float | None = None
    seconds: float | None = None
    note: str = ""

    as_dict = asdict


def adapter(name):
    """The module of a system.  Raises ImportError where it is not installed, ArgumentError where none is called so."""
    if name not in PEERS:
        raise ArgumentError(f"{name!r} is no system to compare with.", known=", ".join(PEERS), do="name some of these.")
    module = import_module(f"{__package__}.{name}")
    import_module(module.LIBRARY)
    return module


def compare(case, systems, limits=()):
    """Times of our derivative first, then of the others, and of code by hand: a list of Time.

    systems  modules with a NAME and prepare(case)
    limits   {name: call} of what is timed beside them and gives no derivative
    """
    from . import ours
    ready, found, wanted = {}, [], None
    for system in (ours, *systems):
        one = Time(case.name, case.family, case.entries, system.NAME)
        started = time.perf_counter()
        try:
            call, reading = system.prepare(case)
            numbers = reading(call())
        except Unable as reason:
            found.append(_replaced(one, note=f"left out: {reason}"))
            continue
        one = _replaced(one, seconds=time.perf_counter() - started)
        wanted = numbers if wanted is None else wanted
        apart = distance(numbers, wanted)
        if not apart <= TOLERANCE[case.dtype]:
            one = _replaced(one, note=f"differs from ours by {apart:.2g}")
        ready[len(found)] = call
        found.append(one)
    for name, call in dict(limits).items():
        ready[len(found)] = call
        found.append(Time(case.name, case.family, case.entries, name))
    times = in_turn(list(ready.values()))
    for k, own in zip(ready, times):
        paired = [a/b for a, b in zip(own, times[0])]
        found[k] = _replaced(found[k], least=min(own)*1e6, median=float(np.median(own))*1e6,
                             ratio=float(np.median(paired)))
    return found


def _replaced(one, **changes):
    return Time(**{**one.as_dict(), **changes})


def distance(numbers, wanted):
    """The largest difference of two lists of results, each by the largest entry of what was wanted."""
    if len(numbers) != len(wanted) or any(np.shape(a) != np.shape(b) for a, b in zip(numbers, wanted)):
        return float("inf")
    worst = [np.max(np.abs(np.subtract(a, b, dtype=float)), initial=0)/max(np.max(np.abs(b), initial=0), 1e-300)
             for a, b in zip(numbers, wanted)]
    return float(np.max(worst))                                 # nan where there is one


def in_turn(calls):
    """Seconds of one call, by batches: [[…], …], each batch of one call after the batch of the one before.

    A call runs once untimed before each of its batches, so that the threads and caches are its own again.
    """
    numbers = []
    for call in calls:
        call()
        started = time.perf_counter()
        call()
        numbers.append(max(1, int(BATCH/max(time.perf_counter() - started, 1e-7))))
    times, spent = [[] for _ in calls], 0.0
    while len(times[0]) < 3 or len(times[0]) < ROUNDS and spent < MOST*len(calls):
        for own, call, number in zip(times, calls, numbers):
            call()
            started = time.perf_counter()
            for _ in range(number):
                call()
            own.append((time.perf_counter() - started)/number)
            spent += own[-1]*number
    return times
