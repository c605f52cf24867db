"""A kernel is called from Python, in machine code and in Python: the same numbers, and errors where arrays are others.
"""
import ctypes
import threading

import numpy as np
import pytest

import symdiff.primitives  # noqa: F401
from codegen import assemble, builtin
from codegen.emit.llvm import emit_kernel
from codegen.emit.llvm.target import host_target
from codegen.entry import arguments, entry
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


def compiled(plan, name="kernel"):
    module = assemble.module(name)
    emit_kernel(module, name, plan.program, plan, host_target())
    return assemble.placed(assemble.assembled(module), name)


@pytest.fixture(scope="module", params=[8, 4])
def plan(request):
    return planned(item=request.param)


@pytest.fixture(scope="module")
def code(plan):
    return compiled(plan)


@pytest.fixture(params=["machine code", "Python"])
def run(request, plan, code, monkeypatch):
    if request.param == "Python":
        monkeypatch.setattr(builtin, "numpy_functions", lambda: None)
    made = entry(*code, plan)
    assert (type(made) is type(len)) == (request.param == "machine code")
    return made


class Table:
    """A table by hand for x of so many entries."""

    def __init__(self, plan, count):
        self.plan, self.dtype = plan, np.dtype(f"f{plan.itemsize}")
        bound = bind_layout(plan, {n: count})
        self.table, self.memory = bound.table, np.zeros(bound.workspace + bound.tiles + 64, np.uint8)
        for slot, offset in bound.offsets:
            self.table[slot] = self.memory.ctypes.data + offset
        self.cells = np.zeros(8, self.dtype)
        for k, b in enumerate(b for b in plan.buffers if not b.shape and b.kind in ("input", "output")):
            self.table[plan.buffers[b]] = self.cells.ctypes.data + plan.itemsize*k
        self.out = np.empty(count, self.dtype)

    def passed(self, x, c):
        given = {"x": x, "c": c}
        return *[given[b.name] for b in self.plan.program.buffers if b.kind == "input"], self.out

    def call(self, run, x, c):
        return run(self.table.ctypes.data, -1, 0, 0, 0, self.passed(x, c))


@pytest.mark.parametrize("c", [3.0, 3, np.float64(3), np.float32(3), True, np.array(3.0)])
def test_arrays_and_numbers(plan, run, c):
    x = np.arange(5, dtype=f"f{plan.itemsize}")
    x.flags.writeable = False
    here = Table(plan, 5)
    assert here.call(run, x, c) == 0
    np.testing.assert_array_equal(here.out, x*float(c))
    assert [b.kind for b in arguments(plan.program)] == ["input", "input", "output"]


def test_the_status_is_returned(plan, run):
    here = Table(plan, 2)
    here.table[plan.status] = 7
    assert here.call(run, np.ones(2, here.dtype), 1.0) == 7


def test_what_is_no_array_of_the_kernel(plan, run):
    here = Table(plan, 4)
    x = np.ones(4, here.dtype)
    other = np.float32 if plan.itemsize == 8 else np.float64
    for bad in ([1.0]*4, x.astype(other), x.reshape(2, 2), np.ones(8, here.dtype)[::2], None, x.astype(">f8"), 1.0):
        with pytest.raises(TypeError, match="contiguous"):
            here.call(run, bad, 2.0)
    for bad in ("2", None, x, [2.0]):
        with pytest.raises((TypeError, ValueError)):
            here.call(run, x, bad)
    for k in range(5):
        with pytest.raises((TypeError, ctypes.ArgumentError)):
            run(*[None if j == k else word for j, word in enumerate((here.table.ctypes.data, -1, 0, 0, 0))],
                here.passed(x, 2.0))
    with pytest.raises(TypeError):
        run(here.table.ctypes.data, -1, 0, 0, 0, here.passed(x, 2.0)[:2])
    with pytest.raises(TypeError):
        run(here.table.ctypes.data, -1)
    assert here.call(run, x, 2.0) == 0 and (here.out == 2).all()


def test_equal_dtypes_and_subclasses_are_taken(plan, run):
    class Own(np.ndarray):
        pass
    here = Table(plan, 3)
    for x in (np.arange(3, dtype=here.dtype).view(Own), np.arange(3).astype(np.dtype(here.dtype, metadata={"a": 1}))):
        assert here.call(run, x, 2.0) == 0
        np.testing.assert_array_equal(here.out, [0, 2, 4])


def test_others_run_meanwhile(code):
    """Every thread is inside the call at once, or the barrier breaks."""
    plan, barrier = planned(), threading.Barrier(4)
    address, alive = compiled(plan, "many")
    run, right = entry(address, alive, plan), []

    def work(k):
        here, x = Table(plan, 1000), np.full(1000, float(k))
        barrier.wait(30)
        for _ in range(50):
            here.call(run, x, 2.0)
            right.append((here.out == 2*k).all())

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(right) == 200 and all(right)
