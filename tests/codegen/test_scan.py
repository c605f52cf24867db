"""Loops in machine code: lowered, fused, interpreted, compiled and printed, against the steps written out."""
import re

import numpy as np
import pytest
from tests.codegen.loop_cases import Case, module_of, text_of, worst
from tests.loops import LOOPS, n, normal

import symdiff as sd
from codegen.fuse import fuse
from codegen.interpret import interpret
from codegen.loops import Steps, check, writes
from codegen.lower import lower
from symdiff import passes
from symdiff.derive import gradient
from symdiff.evaluate import bind_sizes, evaluate
from symdiff.read import read_all
from symdiff.reference import tape
from tests.sparse import sparse

each_loop = pytest.mark.parametrize("name", LOOPS)


def case(name):
    """Value and gradient of a loop."""
    function, values = LOOPS[name]
    reading = read_all(function())
    before, _ = passes.run(reading.outputs)
    inputs = [reading.node(w) for w in values]
    after, _ = passes.run((*before, *gradient(before[0], inputs)), passes.AFTER)
    return Case(name, after, inputs, values)


def sizes_of(case):
    return bind_sizes({i.attributes[0]: (i.sizes, np.shape(case.values[i.attributes[0]])) for i in case.inputs})


def loops_in(program):
    return [s for s in program.statements if isinstance(s, Steps)]


# ---------------------------------------------------------------- the loop language

@each_loop
def test_lowered_and_fused(name):
    one = case(name)
    wanted, before = evaluate(one.outputs, one.values, sizes_of(one)), check(lower(one.outputs))
    after = check(fuse(before))
    assert worst(interpret(before, one.values, sizes_of(one)), wanted) < 1e-12
    assert worst(interpret(after, one.values, sizes_of(one)), wanted) < 1e-12


def test_what_every_step_adds_is_added_in_place():
    """The gradient in W is one buffer, to which each step adds its outer product."""
    one = case("recurrent")
    backward = loops_in(fuse(lower(one.outputs)))[-1]
    place = [i.attributes[0] for i in one.inputs].index("W") + 1
    added = [mode for s in backward.body for b, _, mode in writes(s) if b.name == f"out{place}"]
    assert added == ["add"]
    assert all(before.shape == (3,) for before, _ in backward.carried)


def test_the_code_does_not_depend_on_the_length():
    """The same statements for 3 steps and for 3000, and a time to compile that is the same but for noise."""
    def program(length):
        x, w = sd.array("x", length, 4), sd.array("w", 4)
        last, ys = sd.scan(lambda s, e: (sd.tanh(s*w + e), sd.sum(s)), sd.array("s", 4), x)
        reading = read_all(sd.sum(last) + sd.sum(ys**2))
        after, _ = passes.run((*reading.outputs, *gradient(reading.outputs[0], [reading.node("w")])), passes.AFTER)
        return fuse(lower(after))
    short, long = program(3), program(3000)
    assert [len(s.body) for s in loops_in(short)] == [len(s.body) for s in loops_in(long)]


# ---------------------------------------------------------------- compiled

@each_loop
def test_compiled(name):
    function, values = LOOPS[name]
    expression, names = function(), list(values)
    f = sd.compile(expression, wrt=names)
    wanted, slopes = tape.value_and_grad(expression, names, values)
    value, grad = f.value_and_grad(**values)
    assert worst([f(**values), value, *[grad[w] for w in names]], [wanted, wanted, *[slopes[w] for w in names]]) < 1e-11
    again = f.value_and_grad(**values)
    assert worst([again[0], *again[1].values()], [value, *grad.values()]) == 0


@pytest.mark.parametrize("name", sparse(
    ["numbers", "branches", "recurrent", "gates", "nested", "filtered", "batches"], 7))
def test_second_derivatives(name):
    function, values = LOOPS[name]
    expression, names = function(), list(values)
    f = sd.compile(expression, wrt=names)
    blocks, wanted = f.hess(**values), tape.hessian(expression, names, values)
    assert worst([blocks[pair] for pair in wanted], list(wanted.values())) < 1e-9
    vectors = {w: normal(*np.shape(values[w]), seed=k) for k, w in enumerate(names)}
    product, right = f.hvp(vectors, **values), tape.hvp(expression, names, vectors, values)
    assert worst([product[w] for w in names], [right[w] for w in names]) < 1e-9


@pytest.mark.parametrize("length", [0, 1, 2, 3, 8])
def test_every_number_of_steps(length):
    """Odd and even: the state's two buffers change places after each step."""
    w, x = sd.array("w", 3), sd.array("x", n, 3)
    last, ys = sd.scan(lambda s, e: (sd.sin(s*w + e), s), sd.array("s", 3), x)
    f = sd.compile([last, ys], wrt=["w"])
    values = dict(w=normal(3), x=normal(length, 3), s=normal(3, seed=5))
    state, kept = values["s"], []
    for t in range(length):
        kept.append(state)
        state = np.sin(state*values["w"] + values["x"][t])
    got = f(**values)
    np.testing.assert_allclose(got[0], state, rtol=1e-13)
    np.testing.assert_allclose(got[1], np.reshape(kept, (length, 3)), rtol=1e-13)


def test_jacobians():
    w, x = sd.array("w", 3), sd.array("x", n)
    _, ys = sd.scan(lambda s, e: (sd.tanh(s*w + e), sd.sum(s)), sd.array("s", 3), x)
    values = dict(w=normal(3), x=normal(4), s=normal(3, seed=5))
    wanted = tape.jacobian(ys, ["w", "s", "x"], values)
    for mode in ("forward", "reverse"):
        got = sd.compile(ys, wrt=["w", "s", "x"], mode=mode).jac(**values)
        assert worst([got[k] for k in wanted], list(wanted.values())) < 1e-12


@pytest.mark.parametrize("name", ["recurrent", "nested", "numbers", "filtered"])
def test_the_python_form(name):
    """The printed module computes the same, in readable loops."""
    one = case(name)
    text = text_of(one, fuse(lower(one.outputs)))
    assert re.search(r"for step\w* in range\(", text)
    module = module_of(re.sub(r"@njit\(.*\)", "", text))
    with np.errstate(all="ignore"):
        got = module.run(**one.values)
    assert worst(got, evaluate(one.outputs, one.values, sizes_of(one))) < 1e-11


def test_float32():
    function, values = LOOPS["gates"]
    names = list(values)
    value, grad = sd.compile(function(), wrt=names, dtype="float32").value_and_grad(**values)
    wanted, slopes = tape.value_and_grad(function(), names, values)
    assert worst([value, *[grad[w] for w in names]], [wanted, *[slopes[w] for w in names]]) < 1e-4


def test_a_position_out_of_range_is_an_error():
    E, i = sd.array("E", 4, 2), sd.array("i", n)
    _, ys = sd.scan(lambda s, k: (s, sd.sum(sd.take(E, k, 0)*s)), sd.array("s", 2), i)
    f = sd.compile(sd.sum(ys), wrt=["E"])
    with pytest.raises(sd.ArgumentError, match="out of range"):
        f(E=normal(4, 2), s=normal(2), i=np.array([0.0, 4]))
    assert np.isfinite(f(E=normal(4, 2), s=normal(2), i=np.array([0.0, 3])))
