"""Machine code that Python can call goes in, with the words it reads and its name; a built-in function comes out."""
import ctypes
import functools
import struct
import sys

import numpy as np

from . import cache
from .emit.llvm import python as record

_KEYWORDS, _FASTCALL = 0x0002, 0x0080                           # METH_KEYWORDS, METH_FASTCALL
METHOD = 4                      # words of Python's description of a function: name, address, flags, docstring
NEW_FROM_DESCR, _ARRAY_TYPE = 94, 2                             # places in NumPy's table of functions


def function(words, code, name, doc, alive, owner=None):
    """A built-in function.

    words   what its code finds as its plan (codegen.emit.llvm.python)
    code    the address of its code
    alive   what the words point to
    owner   the object whose method of this name it is pickled as
    """
    texts = [text.encode() + bytes(8 - len(text.encode()) % 8) for text in (name, doc)]
    plan = np.zeros(len(words) + METHOD + sum(map(len, texts))//8, np.int64).view(_Plan)
    plan.owner, plan.alive = owner, alive
    # Python looks at its description of the function until the end of it, when nothing but the plan's own memory may
    # be left.
    method = len(words)
    starts = [plan[method + METHOD + start:].ctypes.data for start in (0, len(texts[0])//8)]
    plan[:method] = words
    plan[method:method + METHOD] = starts[0], code, _FASTCALL | _KEYWORDS, starts[1]
    plan[method + METHOD:] = np.frombuffer(b"".join(texts), np.int64)
    return _new_function(plan[method:].ctypes.data, plan, None)


@functools.cache
def machine_code(name, emit, itemtype):
    """The address of the machine code that emit(module, name, itemtype) writes, which stays as long as Python does."""
    made = cache.assembled(f"{name} {itemtype}", functools.partial(emit, itemtype=itemtype))
    _alive.append(made)
    return made.address


_alive = []


class _Plan(np.ndarray):
    """The words of a plan, with what they point to; a function bound to it is pickled as its owner's method."""

    def __reduce__(self):
        return _itself, (self.owner,)


def _itself(owner):
    return owner


_new_function = ctypes.pythonapi.PyCFunction_NewEx
_new_function.restype, _new_function.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p]
_pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
_pointer_of.restype, _pointer_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]


# -- what the machine code takes for granted -----------------------------------------------------------------------

@functools.cache
def numpy_functions():
    """NumPy's table of functions; None where objects do not lie in memory as the machine code has it."""
    if sys.implementation.name != "cpython" or struct.calcsize("P") != 8 or sys.byteorder != "little" \
            or not getattr(sys, "_is_gil_enabled", lambda: True)():
        return None
    try:
        table = _pointer_of(_capsule(), None)
    except (ImportError, AttributeError, ValueError):
        return None
    functions = ctypes.cast(table, ctypes.POINTER(ctypes.c_int64*(NEW_FROM_DESCR + 1))).contents
    if functions[_ARRAY_TYPE] != id(np.ndarray) or _word(1.5, record.TYPE) != id(float):
        return None
    samples = [np.zeros((2, 3)), np.zeros((3, 2), np.float32).T, np.zeros(7, np.int64)[::2], np.zeros(())]
    return functions if all(map(_lies_as_expected, samples)) else None


def _capsule():
    try:
        from numpy._core.multiarray import _ARRAY_API
    except ImportError:
        from numpy.core.multiarray import _ARRAY_API
    return _ARRAY_API


def _word(value, offset, kind=ctypes.c_int64):
    return kind.from_address(id(value) + offset).value


def _lies_as_expected(array):
    shape = (ctypes.c_int64*array.ndim).from_address(_word(array, record.DIMS)) if array.ndim else ()
    ready = array.flags.c_contiguous + (array.flags.aligned << 8)
    return _word(array, record.TYPE) == id(np.ndarray) and _word(array, record.DATA) == array.ctypes.data \
        and _word(array, record.NDIM, ctypes.c_int32) == array.ndim and tuple(shape) == array.shape \
        and _word(array, record.DESCR) == id(array.dtype) \
        and _word(array, record.FLAGS, ctypes.c_int32) & record.READY == ready
