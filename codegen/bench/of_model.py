"""A model and values go in; how long its derivatives take, compiled and interpreted, comes out."""
import time
from collections import Counter

import numpy as np

from symdiff.errors import ArgumentError
from symdiff.reference.tape import Tape

from ..compile import compile
from ..loops import Map
from ..train.task import Task
from .measures import Measure, seconds


def model_measures(model, values, rows=None):
    """Measures of a model at values; with `rows` of them, the given ones over and over."""
    parameters = {array.name: values[array.name] for array in model.parameters}
    data = {name: value for name, value in values.items() if name not in parameters}
    f, wanted = compile(model), {str(key) for key in compile(model).inputs}
    data = {name: value for name, value in data.items() if name in wanted}
    parameters = {name: value for name, value in parameters.items() if name in wanted}
    if rows is not None:
        data = _repeated(Task(f, data), rows)
    started = time.perf_counter()
    flat = f.flat(data)
    x = flat.pack(parameters)
    flat.fun_and_jac(x)
    yield Measure("first call, with compilation or from the cache", time.perf_counter() - started, "s")
    compiled = seconds(lambda: flat.fun_and_jac(x))
    yield Measure("value and gradient", compiled*1e6, "µs")
    tape = Tape(f.expression, list(parameters))
    whole = {**data, **parameters}
    yield Measure("interpreted / compiled", seconds(lambda: tape.value_and_grad(whole))/compiled, "times")


def phase_measures(model, values):
    """How long each phase of value and gradient takes by itself, on one thread; named by what it does."""
    f = compile(model)
    found = f.phases("value_and_grad", {key: values[str(key)] for key in f.inputs})
    for _, run in found:
        run()                                               # in order: what a later one reads is there
    for k, (phase, run) in enumerate(found, 1):
        yield Measure(f"phase {k} of {len(found)}, {described(phase)}", seconds(run)*1e6, "µs")


def described(phase):
    """The kind of a phase and how many statements of each kind it has."""
    statements = [s for one in phase.statements for s in getattr(one, "body", (one,)) if not isinstance(one, Map)]
    statements += [one for one in phase.statements if isinstance(one, Map)]
    if phase.kind == "combine":
        return "sums of chunks"
    kinds = Counter(type(s).__name__.lower() for s in statements)
    return f"{phase.kind}: " + ", ".join(f"{count} {kind}" for kind, count in kinds.items())


def _repeated(task, rows):
    """The data with so many rows."""
    if not task.rows:
        raise ArgumentError("what the rows of the data are cannot be told.",
                            do="leave out --rows, or give the arrays of data a first axis of one size by name.")
    return task.values(np.arange(rows) % task.count)
