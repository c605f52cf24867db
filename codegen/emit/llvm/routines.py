"""A Call in, a call of its routine out, which Numba compiles into this module."""
from llvmlite import ir
from numba.core import types
from numba.core.typing import signature
from numba.np.arrayobj import make_array, populate_array

from codegen.routines import ROUTINES

from .code import DOUBLE, INT, compiled_call


def emit_call(code, statement):
    """Hand the buffers of a Call to its routine, as arrays with one batch axis in front."""
    routine = ROUTINES[statement.name]
    flags = [(types.int64, code.int(int(a))) for a in statement.attributes]
    rank = len(statement.inputs[0].shape) - routine.axes
    arrays = [_array(code, b, rank, routine.axes) for b in (*statement.inputs, *statement.outputs)]
    kinds, values = zip(*flags, *arrays)
    compiled_call(code, routine.function, signature(types.none, *kinds), values)


def _array(code, buffer, rank, axes):
    """(Numba's type, value) of a buffer with its first `rank` axes as one; a scalar per batch has an axis of length 1."""
    rest = buffer.shape[rank:] or (1,)
    kind = types.Array(types.float64 if code.itemtype is DOUBLE else types.float32, 1 + len(rest), "C")
    count = code.int(1)
    for length in buffer.shape[:rank]:
        count = code.mul(count, code.length(length))
    shape = [count, *map(code.length, rest)]
    item = code.layout.itemsize
    strides, step = [], code.int(item)
    for length in reversed(shape):
        strides.insert(0, step)
        step = code.mul(step, length)
    made = make_array(kind)(code.context, code.builder)
    populate_array(made, data=code.pointer(buffer), shape=shape, strides=strides, itemsize=ir.Constant(INT, item), meminfo=None)
    return kind, made._getvalue()
