"""Programs in the manner of ADBench: value and gradient of the compiled functions against NumPy and complex steps along
directions; `-s` shows the times."""
import time

import numpy as np
import pytest

from tests.cases.complex_step import derivative
from tests.cases.loading import compiled, traced, used
from tests.cases.programs import PROGRAMS

QUICK = [("topics", (50, 20, 500))]
SLOWEST = 20                                                    # seconds of the processor to derive and compile
SIZES = [(name, size) for name, (_, sizes, _, _) in PROGRAMS.items() for size in sizes]


@pytest.mark.parametrize("name, size", [one if one in QUICK else pytest.param(*one, marks=pytest.mark.nightly)
                                        for one in SIZES])
def test_program(name, size):
    wrt, _, make, function = PROGRAMS[name]
    r = np.random.default_rng(sum(map(ord, name)))
    inputs = make(r, *size)
    start = time.process_time()
    expression, values = traced(function, inputs)
    values = used(expression, values)
    f = compiled(expression, wrt)
    value, slopes = f.value_and_grad(values)
    seconds, start = time.process_time() - start, time.perf_counter()
    f.value_and_grad(values)
    print(f"\n{name} {size}: {seconds:.2f} s to compile, {1e6*(time.perf_counter() - start):.0f} µs a call")
    assert seconds < SLOWEST
    wanted = float(function(np, inputs))
    assert abs(value - wanted) <= 1e-11*max(1.0, abs(wanted))
    norm = np.sqrt(sum(np.sum(np.square(g)) for g in slopes.values()))
    for w in wrt:
        for _ in range(3):
            direction = r.standard_normal(np.shape(inputs[w]))
            direction /= np.linalg.norm(direction)
            error = np.sum(slopes[w]*direction) - derivative(function, inputs, w, direction)
            assert abs(error) <= 1e-10*norm, w
