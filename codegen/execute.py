"""Graph nodes in, a callable on arrays out: compiled on the first call, its workspaces kept from call to call."""
import ctypes
import threading
from collections import deque

import numpy as np

from symdiff.errors import ArgumentError
from symdiff.evaluate import bind_sizes

from . import cache, threads
from .emit.llvm.kernel import phases
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
        self._lock, self._code, self._bound = threading.Lock(), None, {}

    @property
    def program(self):
        """The fused program that is compiled."""
        return self._compiled().program

    def __call__(self, arrays, out=None):
        """The values of the outputs: floats where they are scalars, else fresh arrays (or those of `out`, filled).

        arrays  one per input: C-contiguous, of the dtype and the number of axes of the input; floats for scalars
        Raises SizeMismatch, ArgumentError.
        """
        shapes = tuple([a.shape if type(a) is np.ndarray else () for a in arrays])
        bound = self._bound.get(shapes) or self._bind(shapes)
        return bound.run(arrays, out)

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
        program = code.program
        self.outputs = [b for b in program.buffers if b.kind == "output"]
        self.shapes = [self.plan.shapes[b] for b in self.outputs]
        self.order = code.order(inputs)
        self.free = deque()
        self.workers = self._workers(program, sizes)

    def _workers(self, program, sizes):
        """{phase of a pass: threads worth starting}"""
        made = {}
        for k, phase in enumerate(phases(program)):
            if phase.kind == "rows":
                chunks = self.plan.chunks[phase.place]
                work = rows_work(phase.statements[0], sizes)
                made[k] = (phase.kind, chunks, max(1, min(threads.count(), chunks, work//WORK_PER_THREAD)))
            else:
                made[k] = (phase.kind, 1, 1)
        return made

    def run(self, arrays, out=None):
        try:
            state = self.free.pop()
        except IndexError:
            state = _State(self)
        values = [arrays[k] for k in self.order]
        for k, v in enumerate(values):
            if type(v) is np.ndarray:
                if not v.ndim:
                    values[k] = float(v)
                elif not v.flags.writeable:
                    values[k] = _writable_alias(v)
        results = [] if out is None else out
        if out is None:
            for shape in self.shapes:
                results.append(np.empty(shape, self.dtype) if shape else None)
        passed = [*values, *[r for r, shape in zip(results, self.shapes) if shape]]
        table, entry = state.table, self.code.entry
        if all(w == 1 for _, _, w in self.workers.values()):
            entry(table, -1, 0, 0, 0, *passed)
        else:
            for k, (_, chunks, workers) in self.workers.items():
                if workers == 1:
                    entry(table, k, 0, chunks, 0, *passed)
                else:
                    threads.share(lambda low, high, worker: entry(table, k, low, high, worker, *passed), chunks, workers)
        bad = table[self.code.layout.status]
        results = tuple([r if shape else state.cell(b) for r, shape, b in zip(results, self.shapes, self.outputs)])
        if bad:
            table[self.code.layout.status] = 0
        self.free.append(state)
        if bad:
            raise ArgumentError("an index computed by the model is out of range, or no whole number.",
                                do="check the values given as indices: whole numbers from 0 to below the length of the axis.")
        return results


class _State:
    """Memory of one call in flight: its table, workspace, tiles of all workers, cells of scalars."""

    def __init__(self, bound):
        plan, layout = bound.plan, bound.code.layout
        most = max([w for _, _, w in bound.workers.values()], default=1)
        self.table = plan.table.copy()
        self.memory = _aligned(plan.workspace + plan.tiles*most)
        start = self.memory.ctypes.data
        for slot, offset in plan.offsets:
            self.table[slot] = start + offset
        scalars = [b for b in layout.program.buffers if not b.shape and b.kind in ("input", "output")]
        self.cells = np.zeros(len(scalars), bound.dtype)
        self.places = {b: k for k, b in enumerate(scalars)}
        for b, k in self.places.items():
            self.table[layout.buffers[b]] = self.cells.ctypes.data + k*bound.dtype.itemsize
        self.constants = [(b, np.ascontiguousarray(b.value, bound.dtype)) for b in layout.program.buffers if b.kind == "constant"]
        for b, value in self.constants:
            self.table[layout.buffers[b]] = value.ctypes.data

    def cell(self, b):
        return self.cells.item(self.places[b])


def _aligned(size):
    memory = np.empty(size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start:start + size]


def _writable_alias(array):
    """The same memory as an array that Numba takes as its writable kind; the kernel never writes to inputs."""
    if array.size == 0:
        return np.empty(array.shape, array.dtype)
    memory = (ctypes.c_char*array.nbytes).from_address(array.ctypes.data)
    alias = np.ndarray(array.shape, array.dtype, memory)
    return alias

