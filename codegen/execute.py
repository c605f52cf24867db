"""Graph nodes in, a callable on arrays out: compiled on the first call, its workspaces kept from call to call."""
import ctypes
import functools
import os
from collections import deque
from operator import itemgetter
from sys import getrefcount

import numpy as np

from symdiff import bounds
from symdiff.errors import ArgumentError, SizeMismatch
from symdiff.evaluate import bind_sizes

from . import cache, threads
from .emit.llvm.kernel import NOTHING, phases
from .entry import KERNEL, entry
from .fastcall import FastCall
from .fuse import fuse
from .interpret import interpret
from .lower import lower
from .plan import ALIGNMENT, bind_layout, layout, product_work, rows_work
from .settings import interpreted
from .team import Rhythm, Team

# A second thread is worth it from about 400 000 entries read by passes in a loop of calls (measured on two cores: value
# and gradient of a logistic regression of 20 columns, µs):
#                                                     entries    0.45 M  0.55 M  0.77 M  1.5 M  3.0 M
#                                                     1 thread       50      61      86    164    329
#                                                     2 threads      35      41      55    105    195
# A helper that sleeps takes some 100 µs to come, on a virtual machine that has rested for milliseconds a whole one: what
# is quicker for a call by itself, codegen.team finds out, where the work is not so much that it is clear.
WORK_PER_THREAD = 400_000       # entries read by passes, for each thread that takes part; two from so many on
SURE = 20_000_000               # entries from which on helpers are woken for any call
PER_ENTRY = 10                  # multiplications of a large product that take as long as such an entry
KEPT_SHAPES = 64                # for so many different shapes of the inputs a function keeps tables and workspaces,
KEPT_BYTES = 256 << 20          # as long as those take no more than this together; the shapes bound first go first

# The system takes the memory of a large array back as soon as the array is gone, and clears each page of the next one, by
# one thread at a time: 2 000 pages, 3 of 40 ms, for the gradient of a network of four 512 × 512 matrices.  So an array that
# nobody but the call's own state refers to any more is filled anew by a later call.
LARGE_RESULT, MOST_RESULTS = 1 << 17, 1 << 26       # bytes of such an array, at least; of those of one call, at most

_ndarray, _empty = np.ndarray, np.empty


class Executable:
    """Machine code for some outputs of a graph.

    outputs   tuple of nodes, or a function of no arguments that makes it, called only when the code is not in the cache
    inputs    tuple of input nodes, in the order of the call's arrays
    names     {node: the user's name}, for notes
    key       hashable text that decides the outputs, when they are given by a function
    asked     more bounds of lengths that must hold (symdiff.bounds), or a function of no arguments that makes them:
              those of the formula, where the outputs are only a part of it or were made of it
    """

    def __init__(self, outputs, inputs, names=None, dtype="float64", key=None, asked=()):
        self.inputs, self.dtype = tuple(inputs), np.dtype(dtype)
        self._outputs, self._names, self._key, self._asked = outputs, names or {}, key, asked
        self._code, self._entry, self._plain, self._bound = None, None, None, {}

    @property
    def program(self):
        """The fused program that is compiled."""
        return self._plain_program() if interpreted() else self._compiled().program

    def listings(self):
        """(LLVM's language after its passes, assembly) of the code, compiled anew for this."""
        _need_machine_code()
        program = self.program
        return cache.listings(program, layout(program, self.dtype.itemsize))

    def phases(self, arrays):
        """[(Phase, call)] of the code for these arrays: call() runs that phase alone, by one thread.

        They are to be run in order: each reads what those before it left.
        """
        _need_machine_code()
        bound = self.at(arrays)
        state = _State(bound)
        results = [empty() for empty in bound._fresh]
        passed = (*bound._pick(arrays), *results)

        def run(k, chunks, kept=(state, results)):
            return lambda: bound.entry(state.address, k, 0, chunks, 0, passed)

        return [(phase, run(k, chunks)) for (k, chunks, _), phase in zip(bound.steps, phases(bound.layout.program))]

    def __call__(self, arrays, out=None):
        """The values of the outputs: floats where they are scalars, else fresh arrays (or those of `out`, filled).

        arrays  one per input: C-contiguous, of the dtype and the number of axes of the input; floats for scalars
        out     None, or one per output: a C-contiguous array to fill, or None for a fresh one and for scalars
        Raises SizeMismatch, ArgumentError, MemoryError.
        """
        bound = self._bound.get(tuple([a.shape if type(a) is _ndarray else () for a in arrays]))
        return bound(arrays, out) if bound is not None else self._first(arrays, out)

    def at(self, arrays):
        """The function of (arrays, out) for arrays of these shapes: the same, without looking at shapes again."""
        shapes = tuple([np.shape(a) for a in arrays])
        with cache.lock:
            return self._bound.get(shapes) or self._bind(shapes)

    def fastcall(self, arrays, hidden=0):
        """A FastCall of the code for arrays of these shapes; None where large results are filled anew."""
        bound = self.at(arrays)
        return None if bound.large else FastCall(bound, hidden)

    def _first(self, arrays, out):
        """The first call with arrays of these shapes, or a call with arrays of a subclass of NumPy's."""
        arrays = tuple([np.asarray(a, self.dtype) if isinstance(a, _ndarray) else a for a in arrays])
        return self.at(arrays)(arrays, out)

    def _bind(self, shapes):
        for node, shape in zip(self.inputs, shapes, strict=True):
            if len(shape) != len(node.sizes):               # the machine code does not look at it
                raise SizeMismatch(f"{node.attributes[0]} has {len(node.sizes)} axes, and its value {len(shape)}.")
        sizes = bind_sizes({node.attributes[0]: (node.sizes, shape) for node, shape in zip(self.inputs, shapes)})
        bounds.check(self._asked() if callable(self._asked) else self._asked, sizes)
        bounds.check(self.program.bounds, sizes)
        if interpreted():
            bound = _Interpreted(self._plain_program(), self.inputs, sizes, self.dtype)
        else:
            bound = _Bound(self._compiled(), self._entry, self.inputs, sizes, self.dtype)
        kept = {**self._bound, shapes: bound}
        while len(kept) > KEPT_SHAPES or len(kept) > 1 and sum(b.held for b in kept.values()) > KEPT_BYTES:
            del kept[next(iter(kept))]
        self._bound = kept
        return bound

    def _plain_program(self):
        """The fused program, not compiled."""
        with cache.lock:
            if self._plain is None:
                outputs = self._outputs() if callable(self._outputs) else self._outputs
                self._plain = fuse(lower(outputs, self._names))
            return self._plain

    def _compiled(self):
        with cache.lock:
            if self._code is None:
                code = cache.compiled(self._outputs, self._names, self.dtype, self._key)
                self._entry, self._code = entry(code.address, code.alive, code.layout), code
            return self._code


def _references(arrays, k):
    return getrefcount(arrays[k])


_ALONE = _references([np.empty(1)], 0)              # references to an array that stands in a list, and nowhere else


def refill(arrays, makers):
    """A list's arrays, to be filled anew: those that somebody else refers to, too, are replaced by fresh ones."""
    if not arrays:
        arrays.extend([make() for make in makers])
    for k, make in enumerate(makers):
        if _references(arrays, k) != _ALONE:
            arrays[k] = make()
    return list(arrays)


class _Bound:
    """The code for arrays of given shapes: a table and a workspace for each call in flight, `bytes` each.

    held   bytes that stay between calls: the workspace, and large results
    """

    def __init__(self, code, entry, inputs, sizes, dtype):
        self.layout, self.dtype, self.entry, self.sizes = code.layout, dtype, entry, sizes
        self.kernel = code.address                      # a function as codegen.emit.llvm.kernel has it
        program = code.program
        try:
            self.plan = bind_layout(code.layout, sizes)
        except OverflowError:
            raise _too_large("more than 64-bit addresses reach") from None
        self.outputs = [b for b in program.buffers if b.kind == "output"]
        self.shapes = [self.plan.shapes[b] for b in self.outputs]
        self.steps = self._steps(program, sizes)
        self.serial = all(workers == 1 for _, _, workers in self.steps)
        self.workers = max([workers for _, _, workers in self.steps], default=1)
        self.bytes = self.plan.workspace + self.plan.tiles*self.workers
        needed = self.bytes + sum(dtype.itemsize*_product(shape) for shape in self.shapes)
        if needed > _physical_memory():
            raise _too_large(f"{needed/1e9:.3g} GB")
        self.constants = {b: np.ascontiguousarray(b.value, dtype) for b in program.buffers if b.kind == "constant"}
        self.order = code.order(inputs)
        self._pick = _picker(self.order, len(inputs))
        self._fresh = [functools.partial(_empty, shape, dtype) for shape in self.shapes if shape]
        sizes_of = [dtype.itemsize*_product(shape) for shape in self.shapes if shape]
        self.large = any(size >= LARGE_RESULT for size in sizes_of) and sum(sizes_of) <= MOST_RESULTS
        self.held = self.bytes + sum(sizes_of)*self.large
        self._free = deque()

    def _steps(self, program, sizes):
        """(phase, chunks, threads that share it) of each phase, in order."""
        made, total = [], 0
        for phase in phases(program):
            chunks, work = 1, 0
            if phase.kind == "rows":
                chunks, work = self.plan.chunks[phase.place], rows_work(phase.statements[0], sizes)
            elif phase.kind == "product":
                chunks, work = self.plan.products[phase.place], product_work(phase.statements[0], sizes)//PER_ENTRY
            made.append(chunks)
            total += work if chunks > 1 else 0
        self.rhythm = None if total >= SURE else Rhythm()               # of the calls
        most = min(threads.count(), max(total//WORK_PER_THREAD, 1 + (total >= WORK_PER_THREAD)))
        return [(k, chunks, max(1, min(most, chunks))) for k, chunks in enumerate(made)]

    def __call__(self, arrays, out=None):
        """The outputs for these arrays; into the arrays of `out` where given (None stands for scalars there)."""
        try:
            state = self._free.pop()
        except IndexError:
            state = _State(self)
        if out is not None:
            results = self._given(out)
        else:
            results = refill(state.results, self._fresh) if self.large else [empty() for empty in self._fresh]
        passed = (*self._pick(arrays), *results)
        bad = self.entry(state.address, -1 if self.serial else NOTHING, 0, 0, 0, passed)
        if not self.serial:
            state.team()
            bad = state.table.item(self.layout.status)
        for k, place in state.scalars:
            results.insert(k, state.cell(place))
        if bad:
            state.table[self.layout.status] = 0
        self._free.append(state)
        if bad:
            raise _out_of_range()
        return tuple(results)

    def fixed(self, arrays, out):
        """The code for arrays that stay where they are: Fixed.  Scalars are arrays without axes here."""
        return Fixed(self, arrays, out)

    def state(self):
        """The memory of one call, which is the caller's."""
        return _State(self)

    def _given(self, out):
        """The arrays of `out`, fresh ones where it has None for an array."""
        found = [given for given in out if given is not None]
        if len(found) == len(self._fresh):
            return found
        wanted = [(given, shape) for given, shape in zip(out, self.shapes) if shape]
        return [_empty(shape, self.dtype) if given is None else given for given, shape in wanted]


class _State:
    """Memory of one call in flight: its table, workspace, tiles of all workers, cells of scalars."""

    def __init__(self, bound):
        plan, slots = bound.plan, bound.layout.buffers
        self.table = plan.table.copy()
        self.address = self.table.ctypes.data
        self.memory = _aligned(bound.bytes)
        start = self.memory.ctypes.data
        for slot, offset in plan.offsets:
            self.table[slot] = start + offset
        cells = [b for b in slots if not b.shape and b.kind in ("input", "output")]
        self.cells = np.zeros(len(cells), bound.dtype)
        self.cell = self.cells.item
        places = {b: k for k, b in enumerate(cells)}
        for b, k in places.items():
            self.table[slots[b]] = self.cells.ctypes.data + k*bound.dtype.itemsize
        self.results, self.team = [], None if bound.serial else Team(
            bound.kernel, self.address, bound.steps, bound.rhythm)
        self.scalars = [(k, places[b]) for k, b in enumerate(bound.outputs) if not b.shape]
        for b, value in bound.constants.items():
            self.table[slots[b]] = value.ctypes.data


class Fixed:
    """The code for arrays that stay where they are, for a caller that is machine code itself.

    kernel   the address of the code, as _Bound.kernel has it
    table    the address of the table to call it with
    run()    a call from Python, on this thread alone, past what would look at each array again
    status   the place in the table, in entries, that is 1 after a call that computed an index out of range
    """

    def __init__(self, bound, arrays, out):
        state, slots = _State(bound), bound.layout.buffers
        inputs = [b for b in bound.layout.program.buffers if b.kind == "input"]
        given = [*zip(inputs, [arrays[k] for k in bound.order]), *zip(bound.outputs, out)]
        self.table, self.status, self.kernel = state.address, bound.layout.status, bound.kernel
        for b, array in given:
            state.table[slots[b]] = array.ctypes.data
        self._alive = bound, state, given
        place = [ctypes.c_int64(word) for word in (self.table, -1, 0, 0, 0)]
        self._call, self._state = functools.partial(KERNEL(self.kernel), *place), state.table

    def run(self):
        """Everything, once.  Raises ArgumentError where a computed index is out of range."""
        self._call()
        if self._state.item(self.status):
            self._state[self.status] = 0
            raise _out_of_range()


class _Interpreted:
    """The same without machine code (NUMBA_DISABLE_JIT=1): the program, run by the interpreter of loops."""
    held, serial = 0, False

    def __init__(self, program, inputs, sizes, dtype):
        self.program, self.inputs, self.sizes, self.dtype = program, inputs, sizes, dtype

    def __call__(self, arrays, out=None):
        try:
            found = interpret(self.program, {n.attributes[0]: a for n, a in zip(self.inputs, arrays)}, self.sizes)
        except IndexError:
            raise _out_of_range() from None
        results = [value if value.ndim else value.item() for value in (one.astype(self.dtype) for one in found)]
        for k, given in enumerate(out or ()):
            if given is not None:
                given[...] = results[k]
                results[k] = given
        return tuple(results)


def _picker(order, count):
    """From the arrays of a call, `count`, to a tuple of those the program reads, in its order."""
    if order == list(range(count)):
        return tuple
    return itemgetter(*order) if len(order) > 1 else lambda arrays: tuple([arrays[k] for k in order])


def _need_machine_code():
    if interpreted():
        raise ArgumentError("there is no machine code to look at: NUMBA_DISABLE_JIT is set.", do="unset it.")


def _out_of_range():
    return ArgumentError("an index computed by the model is out of range, or no whole number.",
                         do="check the values given as indices: whole numbers from 0 to below the length of the axis.")


def _too_large(size):
    return MemoryError(f"results and workspace take {size}, which this machine does not have.  "
                       "Ask for a product with vectors (hvp, jvp, vjp) where a Hessian or Jacobian is too large.")


def _physical_memory():
    """Bytes; without bound where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES")*os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return float("inf")


def _product(shape):
    total = 1
    for length in shape:
        total *= length
    return total


def _aligned(size):
    memory = np.empty(size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start:start + size]
