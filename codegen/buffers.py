"""Arrays that results shall be written to go in; the same arrays come out, checked before anything is written."""
import numpy as np

from symdiff.errors import ArgumentError, DTypeError, SizeMismatch
from symdiff.evaluate import bind_sizes
from symdiff.lengths import bind


def checked(given, outputs, names, nodes, arrays, dtype):
    """One array for each output that has axes, None for a scalar; ArgumentError, DTypeError or SizeMismatch.

    nodes, arrays   the inputs and their values: they tell the sizes, and no buffer may share memory with them
    """
    known = bind_sizes({n.attributes[0]: (n.sizes, np.shape(a)) for n, a in zip(nodes, arrays)})
    seen = {str(n.attributes[0]): a for n, a in zip(nodes, arrays) if isinstance(a, np.ndarray)}
    for buffer, node, name in zip(given, outputs, names):
        what = f"the buffer of {name}"
        if not isinstance(buffer, np.ndarray) or isinstance(buffer, np.ma.MaskedArray):
            raise DTypeError(f"{what} is a {type(buffer).__name__}, not a plain array.", do=f"give np.empty(..., {dtype}).")
        shape = tuple([bind(length, known) for length in node.sizes])
        if buffer.dtype != dtype or not buffer.dtype.isnative:
            raise DTypeError(f"{what} has the dtype {buffer.dtype}.", do=f"give it the dtype {dtype}.")
        if buffer.shape != shape:
            raise SizeMismatch(f"{what} has the shape {buffer.shape}, and its result {shape}.",
                               do=f"give np.empty({shape}).")
        if not buffer.flags.carray:
            raise ArgumentError(f"{what} is read-only, or not C-contiguous.", do=f"give np.empty({shape}, {dtype}).")
        for other, array in seen.items():
            if np.may_share_memory(buffer, array):
                raise ArgumentError(f"{what} shares memory with {other}.", do="give it memory of its own.")
        seen[what] = buffer
    return tuple([np.asarray(buffer) if node.sizes else None for buffer, node in zip(given, outputs)])


def filled(given, results):
    """The buffers, scalars written into theirs."""
    for buffer, result in zip(given, results):
        if not isinstance(result, np.ndarray):
            buffer[...] = result
    return given
