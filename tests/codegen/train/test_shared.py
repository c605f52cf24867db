"""Steps whose products several threads share: the bits of one thread; an interruption inside a step."""
import ctypes
import signal
from types import SimpleNamespace

import numpy as np
import pytest
from llvmlite import ir

import symdiff as sd
from codegen import assemble, threads
from codegen.emit.llvm.code import INT
from codegen.emit.llvm.python import KERNEL_KIND
from codegen.entry import KERNEL
from codegen.train import Steps, shared, train

ROWS, BATCH, WIDTH, UNITS = 600, 256, 400, 200
n = sd.sizes("n")
X, y = sd.array("X", n, WIDTH), sd.array("y", n, UNITS)
W = sd.array("W", WIDTH, UNITS)
RNG = np.random.default_rng(2)
DATA = {"X": RNG.normal(size=(ROWS, WIDTH)), "y": RNG.normal(size=(ROWS, UNITS))}
LOSS = sd.mean((sd.tanh(X @ W) - y)**2)


@pytest.fixture
def calls(monkeypatch):
    """The teams that were called; how many threads there are is chosen by calls.count, which call is interrupted after
    its work by calls.interrupted, which before it by calls.prevented."""
    class Calls(list):
        count, interrupted, prevented = 3, 0, 0

    class Recorded(shared.Team):
        def __call__(self):
            made.append(self)
            made.prevented -= 1
            if made.prevented == 0:
                raise KeyboardInterrupt
            super().__call__()
            made.interrupted -= 1
            if made.interrupted == 0:
                raise KeyboardInterrupt

    made = Calls()
    monkeypatch.setattr(threads, "count", lambda: made.count)
    monkeypatch.setattr(shared, "Team", Recorded)
    return made


def trained():
    return train(LOSS, DATA, method="adam", rate=0.01, epochs=2, batch=BATCH, seed=3)


def test_the_same_bits_by_one_thread_and_by_three(calls):
    """Shuffled batches, the last of them smaller."""
    several, count = trained(), len(calls)
    assert count >= 6
    calls.count = 1
    alone = trained()
    assert len(calls) == count
    assert np.array_equal(several.parameters["W"], alone.parameters["W"])
    assert np.array_equal(several.losses, alone.losses) and several.losses[1] < several.losses[0]


def test_an_interruption_inside_a_step(calls):
    """The parameters are those after whole steps; the next step goes on as if nothing had been."""
    steps, other = (Steps(LOSS, DATA, rate=0.01, seed=3) for _ in range(2))
    steps.step(), other.step()
    before = steps.parameters["W"]

    calls.interrupted = 1
    with pytest.raises(KeyboardInterrupt):
        steps.step()
    assert steps.taken == 1 and np.array_equal(steps.parameters["W"], before)
    assert steps.step() == other.step() and np.array_equal(steps.parameters["W"], other.parameters["W"])
    calls.interrupted = 1
    found = trained()
    assert "interrupted after 0 epochs" in found.reason and np.isfinite(found.loss) and calls.interrupted <= 0


def test_an_interruption_inside_a_move(calls):
    """The step is done by then; training ends there."""
    steps, other = (Steps(LOSS, DATA, rate=0.01, seed=3) for _ in range(2))
    steps.step(), other.step(), other.step()
    calls.interrupted = 2
    with pytest.raises(KeyboardInterrupt):
        steps.step()
    assert np.array_equal(steps.parameters["W"], other.parameters["W"]) and steps.taken == other.taken == 2
    assert steps.step() == other.step()
    calls.interrupted = 2
    found = trained()
    assert "interrupted after 0 epochs and 1 steps" in found.reason and np.isfinite(found.loss) and found.steps == 1


def test_an_interruption_just_before_a_move(calls):
    """The step has begun, Adam's powers say so: it is done, by the thread that has it, and counted."""
    steps, other = (Steps(LOSS, DATA, rate=0.01, seed=3) for _ in range(2))
    steps.step(), other.step(), other.step()
    calls.prevented = 2
    with pytest.raises(KeyboardInterrupt):
        steps.step()
    assert np.array_equal(steps.parameters["W"], other.parameters["W"]) and steps.taken == other.taken == 2
    assert steps.step() == other.step() and np.array_equal(steps.parameters["W"], other.parameters["W"])
    calls.prevented = 2
    found = trained()
    assert "interrupted after 0 epochs and 1 steps" in found.reason and found.steps == 1


def interrupting():
    """A function (address of a kernel, address of its table): it calls the kernel after an interruption of the process,
    with no Python between the two.
    """
    module = assemble.module("interrupting")
    run = ir.Function(module, ir.FunctionType(ir.VoidType(), [INT, INT]), "interrupting")
    b, (kernel, table) = ir.IRBuilder(run.append_basic_block()), run.args
    b.call(ir.Function(module, ir.FunctionType(ir.VoidType(), []), "PyErr_SetInterrupt"), [])
    b.call(b.inttoptr(kernel, KERNEL_KIND.as_pointer()), [table, *[INT(0)]*4])
    b.ret_void()
    address, alive = assemble.placed(assemble.assembled(module), "interrupting")
    return ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64)(address), alive


@pytest.fixture
def interruptible():
    """SIGINT raises KeyboardInterrupt, also where this process was started in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interruption_before_python_runs_again(interruptible):
    ran, tables = [], np.zeros((2, 1), np.int64)
    kernel = KERNEL(lambda *words: ran.append(words[1:]))
    address = ctypes.cast(kernel, ctypes.c_void_p).value
    fixed = [SimpleNamespace(kernel=address, table=table.ctypes.data, status=0) for table in tables]
    both = shared.Shared(fixed, [[(3, 1, 1)], [(4, 1, 1)]])
    run, _alive = interrupting()
    for one, table in zip(fixed, tables):
        both.raised = None
        run(both.address, one.table)
        assert isinstance(both.raised, KeyboardInterrupt) and table[0] == 1 and not ran
        table[0] = 0                                        # as who called it does
    both.raised = None
    KERNEL(both.address)(fixed[0].table, -1, 0, 0, 0)
    assert ran == [(3, 0, 1, 0)] and not tables.any()
