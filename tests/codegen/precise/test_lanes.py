"""Lane 0 is the formula; where it suffers more than its condition says, or leaves the range of numbers, it is suspect."""
import numpy as np
import pytest

import symdiff as sd
from codegen.execute import Executable
from codegen.precise.lanes import KINDS, in_lanes
from codegen.precise.magnitudes import Magnitudes
from symdiff.evaluate import evaluate
from symdiff.graph import check, order
from symdiff.read import read_all

# formula: points that are right as they are, and points that are not
SUSPECTS = {
    "x + 1 - x": ([1.0, 3.5], [1e9, 1e20]),
    "exp(x)": ([0.0, 1.0, -5.0], [800.0, -800.0]),
    "x*x/x": ([1.0, 1e-20, 0.25], [1e200, 1e-200]),
    "sin(x)": ([0.1, 30.0, 1e10], []),
    "1/(x - 1)": ([3.0, 1.0 + 2**-30], []),                     # ill-conditioned, and right
    "1/(x**2 - 1)": ([3.0], [1.0]),
    "x**3": ([0.0, -2.0], [1e-200]),
    "cos(x)": ([0.0, 1e-20], []),
    "Max(x, 0)*2": ([-1.0, 0.0, 1.0], []),
    "log(x)": ([2.0, 1e-20, 1 + 2.0**-40, 0.0], [-1.0]),
}


def lanes(text, dtype="float64"):
    reading = read_all(sd.parse(text))
    return reading.outputs, in_lanes(reading.outputs, dtype), list(dict.fromkeys(reading.inputs.values()))


@pytest.mark.parametrize("text", SUSPECTS)
def test_suspects(text):
    outputs, made, inputs = lanes(text)
    check(made)
    run = Executable(made, inputs)
    for suspect, points in enumerate(SUSPECTS[text]):
        for x in points:
            value, right, found = run((x,))
            assert (found, right.tolist()) == (suspect, [1 - suspect]), x
            plain, = evaluate(outputs, {inputs[0].attributes[0]: x})
            assert value == pytest.approx(float(plain), rel=1e-14, nan_ok=True)


def test_entries_of_small_arrays_are_judged_one_by_one():
    v = sd.array("v", 3)
    reading = read_all(sd.exp(v) - 1 - v)
    inputs = list(reading.inputs.values())
    *_, right, suspect = Executable(in_lanes(reading.outputs), inputs)((np.array([1.0, 1e-9, 2.0]),))
    assert right.tolist() == [1, 0, 1] and suspect == 1


def test_the_same_lanes_on_every_run():
    assert lanes("exp(x) - x*y")[1] == lanes("exp(x) - x*y")[1]


def test_magnitudes_that_need_no_look():
    def looked_at(text):
        reading = read_all(sd.parse(text))
        return sorted(node.op.name for node in Magnitudes(KINDS["float64"], order(reading.outputs)).wild)

    assert looked_at("x*y/(x + y) - sqrt(x*y)") == ["input", "input"]
    assert looked_at("exp(x)*y") == ["exp", "input", "input", "mul"]
    assert looked_at("x**9*x**9") == ["input", "mul"]
    assert looked_at("log(1 + x**2)") == ["input"]


@pytest.mark.parametrize("text", ["x*y/(x + y) - sqrt(x*x + y)", "log(x*x + 1)*sin(y)/(2 + cos(x))", "(x - y)/(x + 3)"])
def test_magnitudes_hold(text):
    """Every value lies within its bounds, at inputs over the range that is watched."""
    reading = read_all(sd.parse(text))
    nodes, inputs = order(reading.outputs), [n.attributes[0] for n in dict.fromkeys(reading.inputs.values())]
    bounds = Magnitudes(KINDS["float64"], nodes).found
    for seed in range(200):
        draws = np.random.default_rng(seed)
        at = {name: draws.choice([-1, 1])*2.0**draws.uniform(-100, 100) for name in inputs}
        for node, value in zip(nodes, evaluate(nodes, at)):
            low, high = bounds[node]
            assert value == 0 or not np.isfinite(value) or 2.0**low <= abs(value) <= 2.0**high, (node, at)
