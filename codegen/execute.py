"""Graph nodes in, a callable on arrays out: compiled on the first call, its workspaces kept from call to call."""
import ctypes
import threading
from collections import deque

import numpy as np
from numba.core import config

from symdiff.errors import ArgumentError
from symdiff.evaluate import bind_sizes

from . import cache, threads
from .emit.llvm.kernel import phases
from .fuse import fuse
from .interpret import interpret
from .lower import lower
from .plan import ALIGNMENT, bind_layout, rows_work

WORK_PER_THREAD = 200_000       # entries read by a pass below which one thread is quicker (about 40 µs of work)


class Executable:
    """Machine code for some outputs of a graph.

    outputs   tuple of nodes, or a function of no arguments that makes it (called only when the code is not in the cache)
    inputs    tuple of input nodes, in the order of the call's arrays
    names     {node: the user's name}, for notes
    key       hashable text that decides the outputs, when they are given by a function
    """

    def __init__(self, outputs, inputs, names=None, dtype="float64", key=None):
        self.inputs, self.dtype = tuple(inputs), np.dtype(dtype)
        self._outputs, self._names, self._key = outputs, names or {}, key
        self._lock, self._code, self._plain, self._bound = threading.Lock(), None, None, {}

    @property
    def program(self):
        """The fused program that is compiled."""
        return self._plain_program() if config.DISABLE_JIT else self._compiled().program

    def __call__(self, arrays, out=None):
        """The values of the outputs: floats where they are scalars, else fresh arrays (or those of `out`, filled).

        arrays  one per input: C-contiguous, of the dtype and the number of axes of the input; floats for scalars
        Raises SizeMismatch, ArgumentError.
        """
        if config.DISABLE_JIT:
            return self._interpreted(arrays, out)
        shapes = tuple([a.shape if type(a) is np.ndarray else () for a in arrays])
        bound = self._bound.get(shapes) or self._bind(shapes)
        return bound.run(arrays, out)

    def _interpreted(self, arrays, out):
        """The values without machine code (NUMBA_DISABLE_JIT=1): the same program, run by the interpreter of loops."""
        shapes = {node.attributes[0]: (node.sizes, np.shape(a)) for node, a in zip(self.inputs, arrays)}
        program = self._plain_program()
        try:
            found = interpret(program, dict(zip(shapes, arrays)), bind_sizes(shapes))
        except IndexError:
            raise _out_of_range() from None
        results = [value if value.ndim else value.item() for value in (one.astype(self.dtype) for one in found)]
        if out is None:
            return tuple(results)
        for made, given in zip(results, out):
            if given is not None and isinstance(made, np.ndarray):
                given[...] = made
        return tuple([made if given is None else given for made, given in zip(results, out)])

    def _plain_program(self):
        """The fused program, not compiled."""
        with self._lock:
            if self._plain is None:
                outputs = self._outputs() if callable(self._outputs) else self._outputs
                self._plain = fuse(lower(outputs, self._names))
            return self._plain

    def _compiled(self):
        if self._code is None:
            with self._lock:
                if self._code is None:
                    self._code = cache.compiled(self._outputs, self._names, self.dtype, self._key)
        return self._code

    def _bind(self, shapes):
        sizes = bind_sizes({node.attributes[0]: (node.sizes, shape) for node, shape in zip(self.inputs, shapes)})
        code = self._compiled()
        if len(self._bound) > 64:
            self._bound.clear()
        bound = self._bound[shapes] = _Bound(code, self.inputs, sizes, self.dtype)
        return bound


class _Bound:
    """The code for arrays of given shapes: a table and a workspace for each call in flight."""

    def __init__(self, code, inputs, sizes, dtype):
        self.code, self.dtype = code, dtype
        self.plan = bind_layout(code.layout, sizes)
        self.outputs = [b for b in code.program.buffers if b.kind == "output"]
        self.shapes = [self.plan.shapes[b] for b in self.outputs]
        self.order = code.order(inputs)
        self.free = deque()
        self.steps = self._steps(code.program, sizes)
        self.serial = all(workers == 1 for _, _, workers in self.steps)

    def _steps(self, program, sizes):
        """(phase, chunks, threads worth starting) of each phase, in order."""
        made = []
        for k, phase in enumerate(phases(program)):
            chunks = self.plan.chunks[phase.place] if phase.kind == "rows" else 1
            work = rows_work(phase.statements[0], sizes) if phase.kind == "rows" else 0
            made.append((k, chunks, max(1, min(threads.count(), chunks, work//WORK_PER_THREAD))))
        return made

    def run(self, arrays, out=None):
        """The outputs for these arrays; into the arrays of `out` where given (None stands for scalars there)."""
        try:
            state = self.free.pop()
        except IndexError:
            state = _State(self)
        results = out or [np.empty(shape, self.dtype) if shape else None for shape in self.shapes]
        passed = [arrays[k] for k in self.order]
        passed += [r for r in results if r is not None]
        try:
            self._run(state.table, passed)
        except TypeError:                                       # Numba's dispatcher knows no read-only arrays
            passed = [_writable_alias(v) if isinstance(v, np.ndarray) else float(v) for v in passed]
            self._run(state.table, passed)
        if state.scalars:
            results = [r if r is not None else state.cells.item(k) for r, k in zip(results, state.scalars)]
        bad = state.table.item(self.code.layout.status)
        if bad:
            state.table[self.code.layout.status] = 0
        self.free.append(state)
        if bad:
            raise _out_of_range()
        return tuple(results)

    def _run(self, table, passed):
        entry = self.code.entry
        if self.serial:
            entry(table, -1, 0, 0, 0, *passed)
            return
        for k, chunks, workers in self.steps:
            if workers == 1:
                entry(table, k, 0, chunks, 0, *passed)
            else:
                threads.share(lambda low, high, worker: entry(table, k, low, high, worker, *passed), chunks, workers)


class _State:
    """Memory of one call in flight: its table, workspace, tiles of all workers, cells of scalars."""

    def __init__(self, bound):
        plan, layout = bound.plan, bound.code.layout
        most = max([workers for _, _, workers in bound.steps], default=1)
        self.table = plan.table.copy()
        self.memory = _aligned(plan.workspace + plan.tiles*most)
        start = self.memory.ctypes.data
        for slot, offset in plan.offsets:
            self.table[slot] = start + offset
        scalars = [b for b in layout.program.buffers if not b.shape and b.kind in ("input", "output")]
        self.cells = np.zeros(len(scalars), bound.dtype)
        places = {b: k for k, b in enumerate(scalars)}
        for b, k in places.items():
            self.table[layout.buffers[b]] = self.cells.ctypes.data + k*bound.dtype.itemsize
        self.scalars = [places.get(b, 0) for b in bound.outputs] if any(b in places for b in bound.outputs) else []
        self.constants = [(b, np.ascontiguousarray(b.value, bound.dtype)) for b in layout.program.buffers if b.kind == "constant"]
        for b, value in self.constants:
            self.table[layout.buffers[b]] = value.ctypes.data


def _out_of_range():
    return ArgumentError("an index computed by the model is out of range, or no whole number.",
                         do="check the values given as indices: whole numbers from 0 to below the length of the axis.")


def _aligned(size):
    memory = np.empty(size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start:start + size]


def _writable_alias(array):
    """The same memory as an array that Numba takes as its writable kind; the kernel never writes to inputs."""
    if not array.ndim:
        return float(array)
    if array.flags.writeable:
        return array
    if array.size == 0:
        return np.empty(array.shape, array.dtype)
    memory = (ctypes.c_char*array.nbytes).from_address(array.ctypes.data)
    alias = np.ndarray(array.shape, array.dtype, memory)
    return alias

