"""The Numba boundary: what is compiled runs, and its machine code runs again wherever it can be linked."""
import pickle

import numpy as np
import pytest

import symdiff.primitives  # noqa: F401
from codegen import jit
from codegen.fuse import fuse
from codegen.lower import lower
from codegen.plan import bind_layout, layout
from symdiff.lengths import sizes
from symdiff.primitives.build import elementwise, total
from symdiff.primitives.leaf import input

n, _ = sizes("n d")
X, C = input("x", (n,)), input("c")


def planned(word="mul", item=8):
    return layout(fuse(lower((elementwise(word, X, C), total(X)))), item)


@pytest.fixture(scope="module")
def made():
    plan = planned()
    return plan, *jit.compiled("one", plan.program, plan)


def called(plan, entry, x, c):
    """(x·c, the status) by a table made by hand."""
    bound = bind_layout(plan, {n: len(x)})
    memory, cells = np.zeros(bound.workspace + bound.tiles + 64, np.uint8), np.zeros(8)
    for slot, offset in bound.offsets:
        bound.table[slot] = memory.ctypes.data + offset
    for k, b in enumerate(b for b in plan.buffers if not b.shape and b.kind in ("input", "output")):
        bound.table[plan.buffers[b]] = cells.ctypes.data + 8*k
    given = {"x": x, "c": c}
    inputs = [given[b.name] for b in plan.program.buffers if b.kind == "input"]
    out = np.empty_like(x)
    status = entry(bound.table.ctypes.data, -1, 0, 0, 0, (*inputs, out))
    return out, status


def test_the_entry_point(made):
    plan, entry, _ = made
    x = np.arange(5.0)
    out, status = called(plan, entry, x, 3.0)
    np.testing.assert_array_equal(out, 3*x)
    assert status == 0
    assert [b.kind for b in jit.arguments(plan.program)] == ["input", "input", "output"]
    with pytest.raises(TypeError):
        called(plan, entry, x.astype(np.float32), 3.0)
    with pytest.raises(TypeError):
        called(plan, entry, [1.0, 2.0], 3.0)


def test_machine_code_runs_again(made):
    plan, _, code = made
    entry = jit.loaded(code)
    np.testing.assert_array_equal(called(plan, entry, np.arange(7.0), -1.0)[0], -np.arange(7.0))


def test_what_cannot_be_linked_is_refused(made):
    parts, _ = pickle.loads(made[2])
    with pytest.raises(LookupError, match="no_such_function"):
        jit.loaded(pickle.dumps((parts, ["malloc", "no_such_function"])))


def test_two_names_are_two_functions(made):
    plan = planned("add")
    other = jit.compiled("two", plan.program, plan)[0]
    x = np.arange(4.0)
    np.testing.assert_array_equal(called(made[0], made[1], x, 2.0)[0], 2*x)
    np.testing.assert_array_equal(called(plan, other, x, 2.0)[0], x + 2)
