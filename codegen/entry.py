"""A kernel's address and its layout go in; a function that Python calls comes out.

entry(address of the table, phase, low, high, worker, arrays) writes where the arrays lie into the table, runs a phase
as codegen.emit.llvm.kernel has it, other threads running meanwhile, and returns the table's status; arrays is a tuple,
as `arguments` has it.  It is machine code where objects lie in memory as that expects, else plain Python.
"""
import ctypes

import numpy as np

from . import builtin
from .emit.llvm.code import DOUBLE, FLOAT
from .emit.llvm.entry import emit_entry

KERNEL = ctypes.CFUNCTYPE(None, *[ctypes.c_int64]*5)


def arguments(program):
    """The buffers of a call: inputs in order, then outputs that have axes (scalars lie in cells of the table)."""
    inputs, outputs = ([b for b in program.buffers if b.kind == kind] for kind in ("input", "output"))
    return inputs + [b for b in outputs if b.shape]


def entry(address, alive, layout):
    """The function; `alive` is what the code at the address needs to stay."""
    slow = _in_python(address, alive, layout)
    numpy = builtin.numpy_functions()
    if numpy is None:
        return slow
    dtype = _dtype(layout)
    items = np.array([word for b in arguments(layout.program)
                      for word in (8*layout.buffers[b], len(b.shape) if b.shape else -1)], np.int64)
    words = [address, 8*layout.status, id(slow), id(tuple), id(np.ndarray), id(dtype), items.ctypes.data, len(items)//2]
    made = builtin.machine_code("entry", emit_entry, DOUBLE if layout.itemsize == 8 else FLOAT)
    return builtin.function(words, made, "entry", _DOC, (slow, dtype, items))


_DOC = "entry($self, table, phase, low, high, worker, arrays, /)\n--\n\nRun a phase of a kernel; its status."


def _dtype(layout):
    return np.dtype(np.float64 if layout.itemsize == 8 else np.float32)


def _in_python(address, alive, layout):
    """The same in Python, which takes more: arrays of equal dtypes, numbers of any kind.  TypeError for what is
    neither.
    """
    dtype, number = _dtype(layout), ctypes.c_double if layout.itemsize == 8 else ctypes.c_float
    buffers = [(b, layout.buffers[b]) for b in arguments(layout.program)]
    run = KERNEL(address)

    def entry(table, phase, low, high, worker, arrays, alive=alive):
        if len(arrays) != len(buffers):
            raise TypeError(f"{len(arrays)} arrays where the kernel has {len(buffers)}")
        entries = (ctypes.c_int64*(layout.status + 1)).from_address(table)
        for (b, slot), value in zip(buffers, arrays):
            if not b.shape:
                number.from_address(entries[slot]).value = value
            elif isinstance(value, np.ndarray) and value.dtype == dtype and value.ndim == len(b.shape) \
                    and value.flags.c_contiguous and value.flags.aligned:
                entries[slot] = value.ctypes.data
            else:
                raise TypeError(f"{b.name or 'a result'} is no contiguous array of {dtype} with {len(b.shape)} axes")
        run(table, phase, low, high, worker)
        return entries[layout.status]

    return entry
