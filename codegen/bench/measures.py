"""Sizes go in; measures come out: what was measured, the number, its unit, and the number to reach."""
import json
import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
from dataclasses import asdict, dataclass
from pathlib import Path
from timeit import repeat

import numpy as np
import sympy as sp

from symdiff import language as words
from symdiff.reference.tape import Tape

from ..compile import compile
from .against.cases import TRAININGS, of_training
from .against.ours import prepare, straight_model
from .handwritten import Handwritten

ROWS = "100x4 303x13 10000x20 100000x50 1000000x10".split()
STRAIGHT, SEED = 10_000, 0
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Measure:
    """One line of the table; `reach` is the number to stay at or below (`at_least`: at or above)."""
    what: str
    value: float
    unit: str
    reach: float | None = None
    at_least: bool = False

    as_dict = asdict

    @property
    def reached(self):
        """Is the number as good as it should be?  None where there is none."""
        if self.reach is None:
            return None
        return self.value >= self.reach if self.at_least else self.value <= self.reach


def logistic():
    """The logistic loss as a textbook has it, and its parameters."""
    n, d = words.sizes("n d")
    X, y = words.array("X", n, d), words.array("y", n)
    w, b = words.array("w", d), words.array("b")
    p = 1/(1 + sp.exp(-(X @ w + b)))
    return -words.mean(y*sp.log(p) + (1 - y)*sp.log(1 - p)), [w, b]


def data(n, d):
    """Rows and labels."""
    rng = np.random.default_rng(SEED)
    return {"X": rng.normal(size=(n, d)), "y": (rng.random(n) < 0.5).astype(float)}


def seconds(call):
    """The time of one call: the best of several runs of some 20 ms, after a warm one."""
    call()
    started = time.perf_counter()
    call()
    number = max(1, int(0.02/max(time.perf_counter() - started, 1e-7)))
    return min(repeat(call, number=number, repeat=7))/number


def rows_measures(rows):
    """Value and gradient of logistic regression through flat, beside the kernel by hand and the interpreted tape."""
    n, d = (int(word) for word in rows.split("x"))
    loss, parameters = logistic()
    given, x = data(n, d), np.random.default_rng(SEED).normal(size=d + 1)/np.sqrt(d)
    flat = compile(loss, wrt=parameters).flat(given)
    by_hand = Handwritten(given["X"], given["y"])
    (ours, gradient), (theirs, other) = flat.fun_and_jac(x), by_hand.fun_and_jac(x)
    if not np.isclose(ours, theirs) or not np.allclose(gradient, other, atol=1e-9):
        raise ArithmeticError(f"the compiled gradient and the one by hand differ at {rows}")
    tape, point = Tape(loss, parameters), {**given, **flat.unpack(x)}
    compiled, hand = seconds(lambda: flat.fun_and_jac(x)), seconds(lambda: by_hand.fun_and_jac(x))
    interpreted = seconds(lambda: tape.value_and_grad(point))
    name = f"logistic regression {n} x {d}"
    yield Measure(f"{name}: compiled", compiled*1e6, "µs", 4.0 if rows == ROWS[0] else None)
    yield Measure(f"{name}: by hand", hand*1e6, "µs")
    yield Measure(f"{name}: compiled less 1 µs / by hand", max(compiled - 1e-6, 0)/hand, "times", 1.4)
    yield Measure(f"{name}: tape / compiled", interpreted/compiled, "times", 10.0 if n < 1000 else 3.0, True)


def fresh(what, *arguments, cache):
    """A number measured in a new process."""
    environment = {**os.environ, "SYMDIFF_CACHE_DIR": str(cache), "JAX_COMPILATION_CACHE_DIR": f"{cache}/jax",
                   "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0", "TORCHINDUCTOR_CACHE_DIR": f"{cache}/torch",
                   "PYTENSOR_FLAGS": f"base_compiledir={cache}/pytensor",
                   "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    ran = subprocess.run([sys.executable, "-m", "codegen.bench.fresh", what, *arguments], env=environment, check=True,
                         capture_output=True, text=True)
    return json.loads(ran.stdout.splitlines()[-1])


def fresh_in(module, one):
    """{"system", "case", "cold", "warm", "memory"} of what a Time of `against` is of, by two new processes."""
    with tempfile.TemporaryDirectory() as cache:
        found = [fresh("case", module, one.case, one.system, one.form, cache=cache) for _ in range(2)]
    return {"system": one.system, "case": one.case, "cold": found[0][0], "warm": found[1][0], "memory": found[1][1]}


def compile_measures():
    """Cold compilation and loading from the cache on disk, in new processes; and the import."""
    with tempfile.TemporaryDirectory() as cache:
        yield Measure("compile value and gradient, cold", fresh("compile", "303x13", cache=cache), "s", 0.5)
        yield Measure("the same from the cache, new process", fresh("compile", "303x13", cache=cache), "s", 0.05)
    with tempfile.TemporaryDirectory() as cache:
        yield Measure("the same cold, for 100 000 rows", fresh("compile", "100000x13", cache=cache), "s", 0.6)
        yield Measure("import symdiff", fresh("import", cache=cache), "s", 0.1)


def straight_measures():
    """10 000 scalar operations in a row: from the model to the first gradient, and each further one."""
    with tempfile.TemporaryDirectory() as cache:
        before = os.environ.get("SYMDIFF_CACHE_DIR")
        os.environ["SYMDIFF_CACHE_DIR"] = cache
        try:
            model = straight_model(STRAIGHT)
            started = time.perf_counter()
            flat = compile(model).flat()
            x = np.array([0.3, 0.4])
            flat.fun_and_jac(x)
            yield Measure(f"{STRAIGHT} scalar operations: derive and compile", time.perf_counter() - started, "s", 4.0)
            yield Measure("the same: value and gradient", seconds(lambda: flat.fun_and_jac(x))*1e6, "µs", 60.0)
        finally:
            os.environ.pop("SYMDIFF_CACHE_DIR")
            if before is not None:
                os.environ["SYMDIFF_CACHE_DIR"] = before


def memory_measures(n=1_000_000, d=10):
    """What a call allocates beyond its inputs and results."""
    loss, parameters = logistic()
    given, f = data(n, d), compile(loss, wrt=parameters)
    values = {"w": np.zeros(d), "b": 0.0}
    f.value_and_grad({**data(10, d), **values})
    tracemalloc.start()
    try:
        f.value_and_grad({**given, **values})
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    yield Measure(f"memory of a call at {n} rows", peak/1e6, "MB", 1.0)


def training_measures():
    """Steps of Adam of a small network; `--against` has other systems, and larger networks."""
    case = of_training(*TRAININGS[0])
    call, _ = prepare(case)
    name = f"training {case.size}, batches of {case.training.batch}: steps of Adam"
    yield Measure(name, case.steps/seconds(call), "per second")
