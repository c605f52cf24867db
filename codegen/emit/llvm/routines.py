"""A Call in, a call of its routine out."""
from codegen.routines import ROUTINES
from codegen.translate import View, call


def emit_call(code, statement):
    """Hand the buffers of a Call to its routine, as arrays with one batch axis in front."""
    routine = ROUTINES[statement.name]
    flags = [code.int(int(a)) for a in statement.attributes]
    rank = len(statement.inputs[0].shape) - routine.axes
    views = [_view(code, b, rank) for b in (*statement.inputs, *statement.outputs)]
    call(code.builder, routine.function, *flags, *views)


def _view(code, buffer, rank):
    """A buffer with its first `rank` axes as one; a scalar per batch has an axis of length 1."""
    count = code.int(1)
    for length in buffer.shape[:rank]:
        count = code.mul(count, code.length(length))
    shape = [count, *map(code.length, buffer.shape[rank:] or (1,))]
    strides = [code.int(1)]
    for length in reversed(shape[1:]):
        strides.insert(0, code.mul(strides[0], length))
    return View(code.pointer(buffer), shape, strides)
