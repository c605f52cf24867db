"""checkpoint: long loops in stretches, equal values and derivatives, and the memory that it saves."""
import sys

import numpy as np
import pytest
from tests.loops import LOOPS, n, normal

import symdiff as sd
from codegen.execute import Executable
from codegen.kinds import Problem
from symdiff.derive import gradient
from symdiff.evaluate import evaluate
from symdiff.graph import check, order
from symdiff.passes import AFTER, BEFORE, checkpoint, run
from symdiff.primitives.scan import SCAN
from symdiff.read import read_all
from symdiff.reference import tape


@pytest.mark.parametrize("length", [2, 3, 4, 9, 10, 23])
@pytest.mark.parametrize("name", ["recurrent", "recurrent backwards"])
def test_equal_derivatives(name, length, monkeypatch):
    monkeypatch.setattr(sys.modules["symdiff.passes.checkpoint"], "LONG", 1)
    function, values = LOOPS[name]
    values = values | dict(X=normal(length, 2), c=normal(length, 3))
    reading = read_all(function().subs(n, length))
    wrt = [reading.node(w) for w in values]
    stable, _ = run(reading.outputs, BEFORE)
    cut = check(checkpoint(stable))
    inside = [node for outer in order(cut) if outer.op is SCAN for node in order(outer.attributes[0].outputs)]
    assert any(node.op is SCAN for node in inside)
    after, _ = run((*cut, *gradient(cut[0], wrt)), AFTER)
    wanted = evaluate([*reading.outputs, *gradient(reading.outputs[0], wrt)], values)
    for a, b in zip(evaluate(check(after), values), wanted):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-12)


def test_second_derivatives(monkeypatch):
    """Hessian times vector, and the Hessian, through loops in stretches."""
    monkeypatch.setattr(sys.modules["symdiff.passes.checkpoint"], "LONG", 1)
    function, values = LOOPS["recurrent"]
    expression, names = function().subs(n, 4), ["W", "h0"]
    reading = read_all(expression)
    problem = Problem(reading.outputs, [reading.node(w) for w in names])
    wanted = tape.hessian(expression, names, values)
    blocks = evaluate(check(problem.graph("hess")), values)
    for got, pair in zip(blocks, (("W", "W"), ("W", "h0"), ("h0", "h0"))):
        np.testing.assert_allclose(got, wanted[pair], rtol=1e-9, atol=1e-10)
    vectors = {w: normal(*values[w].shape, seed=7) for w in names}
    given = {node.attributes[0]: vectors[w] for node, w in zip(problem.tangents, names)}
    right = tape.hvp(expression, names, vectors, values)
    for got, w in zip(evaluate(check(problem.graph("hvp")), values | given), names):
        np.testing.assert_allclose(got, right[w], rtol=1e-9, atol=1e-10)


def test_memory_grows_with_the_root_of_the_length():
    """A loop whose states would take 160 MB keeps a fiftieth of that, and gives the same gradient."""
    T, d = 10_000, 2_000
    w, x, s = sd.array("w", d), sd.array("x", T), sd.array("s", d)
    last, _ = sd.scan(lambda s, e: (s + 0.01*sd.sin(s*w + e), None), s, x)
    reading = read_all(sd.sum(last))
    wrt = [reading.node("w")]
    values = dict(w=normal(d), x=normal(T), s=normal(d, seed=4))
    f = Executable(Problem(reading.outputs, wrt).graph("grad"), [reading.node(k) for k in values])
    got, = f([values[k] for k in values])
    bound, = f._bound.values()
    assert bound.bytes < 16e6
    state, total, slope = values["s"], np.ones(d), np.zeros(d)
    states = [state]
    for e in values["x"]:
        states.append(states[-1] + 0.01*np.sin(states[-1]*values["w"] + e))
    for before, e in zip(states[-2::-1], values["x"][::-1]):
        z = 0.01*np.cos(before*values["w"] + e)*total
        slope, total = slope + z*before, total + z*values["w"]
    np.testing.assert_allclose(got, slope, rtol=1e-9)
