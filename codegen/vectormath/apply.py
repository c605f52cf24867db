"""A function in, a compiled loop over arrays out: what the tests and the table of speeds run."""
from functools import lru_cache

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from codegen.vectormath import host
from codegen.vectormath.llvm_ops import align_stack, emit


def compiled(function, arguments=1, lanes=None, has_fma=None):
    """f(out, x) or f(out, x, y): out[i] = function(x[i], y[i]), `lanes` at a time and the last ones singly.

    The arrays are contiguous, of one length and of one type, float64 or float32.
    """
    return _compiled(function, arguments, host.lanes() if lanes is None else lanes,
                     host.has_fma() if has_fma is None else has_fma)


@lru_cache(maxsize=None)
def _compiled(function, arguments, lanes, has_fma):
    def generate(context, builder, signature, values):
        align_stack(builder)
        arrays = [context.make_array(kind)(context, builder, value) for kind, value in zip(signature.args, values)]
        pointers, count = [array.data for array in arrays], arrays[0].nitems
        whole = builder.and_(count, ir.Constant(count.type, -lanes))
        for width, start, stop in ((lanes, ir.Constant(count.type, 0), whole), (1, whole, count)):
            element = pointers[0].type.pointee
            kind = element if width == 1 else ir.VectorType(element, width)
            step = ir.Constant(count.type, width)
            with cgutils.for_range_slice(builder, start, stop, step, intp=count.type) as (i, _):
                places = [builder.bitcast(builder.gep(p, [i]), kind.as_pointer()) for p in pointers]
                loaded = [_unaligned(builder.load(place)) for place in places[1:]]
                _unaligned(builder.store(emit(builder, function, *loaded, has_fma=has_fma), places[0]))
        return context.get_dummy_value()

    return _of_one(generate) if arguments == 1 else _of_two(generate)


def _unaligned(instruction):
    instruction.align = 4
    return instruction


def _of_one(generate):
    @intrinsic
    def loop(typing, out, x):
        return types.void(out, x), generate

    return njit(nogil=True)(lambda out, x: loop(out, x))


def _of_two(generate):
    @intrinsic
    def loop(typing, out, x, y):
        return types.void(out, x, y), generate

    return njit(nogil=True)(lambda out, x, y: loop(out, x, y))
