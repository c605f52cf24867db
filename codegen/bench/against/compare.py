"""A case and the names of other systems go in; times of each, in turn in one process, come out."""
import time
from dataclasses import asdict, dataclass, replace
from importlib import import_module

import numpy as np

from symdiff.errors import ArgumentError

from .unable import Unable

PEERS = ("jax", "torch", "torch_compile", "pytensor", "casadi", "autograd")
TOLERANCE = {"float64": 1e-9, "float32": 2e-4}      # of the largest entry of each result
BATCH, ROUNDS, MOST = 0.01, 40, 3.0                 # seconds of a batch, batches of each, seconds for all of one system
REST, FEW = 0.1, 250            # seconds before a batch of few calls, which may use several threads


@dataclass(frozen=True)
class Time:
    """Microseconds of one call, or of one step of training: the least and the median of the batches; `seconds` from
    the model to the first result.

    ratio  the median, over the batches that ran one after the other, of this system's time by ours
    note   why there is no time; or by how much the numbers differ from ours, where they do
    form   of the forms that the model can be written in, the quickest for this system
    unit   what the times are of: a "call", or a "step" of training
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
    form: str = ""
    unit: str = "call"

    as_dict = asdict


def adapter(name):
    """The module of a system.  Raises ImportError where it is not installed, ArgumentError where none is called so."""
    if name not in PEERS:
        raise ArgumentError(f"{name!r} is no system to compare with.", known=", ".join(PEERS), do="name some of these.")
    module = import_module(f"{__package__}.{name}")
    import_module(module.LIBRARY)
    return module


def compare(case, systems, beside=lambda case: {}):
    """Times of our derivative first, then of the others, and of code by hand: a list of Time.

    systems  modules with a NAME and prepare(case)
    beside   gives {name: call} of what is timed beside them unchecked, for the case in the form that is our quickest
    """
    from . import ours
    ready, found, wanted = {}, [], None
    unit = "call" if case.training is None else "step"
    for system, prepare in [way for module in (ours, *systems) for way in ways(module, case).items()]:
        one = Time(case.name, case.family, case.entries, system, unit=unit)
        try:
            best = quickest(prepare, case, wanted)
        except Unable as reason:
            found.append(replace(one, note=f"left out: {reason}"))
            continue
        wanted = best.numbers if wanted is None else wanted
        note = "" if best.right else f"differs from ours by {distance(best.numbers, wanted):.2g}"
        ready[len(found)] = best.call
        found.append(replace(one, seconds=best.seconds, form=best.form, note=note))
    for name, call in beside(case.written[found[0].form]).items():
        ready[len(found)] = call
        found.append(Time(case.name, case.family, case.entries, name))
    times = [[seconds/case.steps for seconds in own] for own in in_turn(list(ready.values()))]
    for k, own in zip(ready, times):
        paired = [a/b for a, b in zip(own, times[0])]
        found[k] = replace(found[k], least=min(own)*1e6, median=float(np.median(own))*1e6,
                           ratio=float(np.median(paired)))
    return found


def ways(module, case):
    """{name: prepare} of how a system computes a case: one, where its module does not tell others."""
    return module.ways(case) if hasattr(module, "ways") else {module.NAME: module.prepare}


@dataclass(frozen=True)
class Prepared:
    """A case in one of its forms, in one system; `right`: are its numbers those wanted?"""
    form: str
    seconds: float
    call: object
    numbers: list
    right: bool


def quickest(prepare, case, wanted=None):
    """The Prepared form of a case that runs quickest, of those that give the wanted numbers where some do.

    Raises Unable where none can be prepared.
    """
    made, reason = [], None
    for form, written in case.written.items():
        started = time.perf_counter()
        try:
            call, reading = prepare(written)
            numbers = reading(call())
        except Unable as error:
            reason = error
            continue
        right = wanted is None or distance(numbers, wanted) <= TOLERANCE[case.dtype]
        made.append(Prepared(form, time.perf_counter() - started, call, numbers, right))
    if not made:
        raise reason
    able = [one for one in made if one.right] or made
    return able[0] if len(able) == 1 else min(able, key=lambda one: least(one.call))


def least(call, most=20, seconds=0.5):
    """The least time of some calls, of one where it is long."""
    times = []
    while len(times) < most and sum(times) < seconds:
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return min(times)


def distance(numbers, wanted):
    """The largest difference of two lists of results, each by the largest entry of what was wanted."""
    if len(numbers) != len(wanted) or any(np.shape(a) != np.shape(b) for a, b in zip(numbers, wanted)):
        return float("inf")
    worst = [np.max(np.abs(np.subtract(a, b, dtype=float)), initial=0)/max(np.max(np.abs(b), initial=0), 1e-300)
             for a, b in zip(numbers, wanted)]
    return float(np.max(worst))                                 # nan where there is one


def in_turn(calls):
    """Seconds of one call, by batches: [[…], …], each batch of one call after the batch of the one before.

    A call runs once untimed before each of its batches, so that the caches are its own again; before a long one the
    threads of the one before come to rest: OpenBLAS's look for work for 60 ms and more (measured), PyTensor's too, and
    take a core meanwhile.
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
            time.sleep(REST*(number <= FEW))
            call()
            started = time.perf_counter()
            for _ in range(number):
                call()
            own.append((time.perf_counter() - started)/number)
            spent += own[-1]*number
    return times
