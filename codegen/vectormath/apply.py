"""A formula's name in, a compiled function over arrays out: what the tests and the table of speeds run."""
from functools import lru_cache

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from codegen.vectormath import host
from codegen.vectormath.llvm_ops import LLVMOps
from codegen.vectormath.table import FUNCTIONS


@lru_cache(maxsize=None)
def compiled(name, arguments=1, lanes=None, has_fma=None):
    """f(out, x) or f(out, x, y): out[i] = name(x[i], y[i]) for contiguous float64 arrays, `lanes` at a time.

    What is left over at the end goes through one lane.
    """
    lanes = host.lanes() if lanes is None else lanes
    has_fma = host.has_fma() if has_fma is None else has_fma

    def generate(context, builder, signature, values):
        arrays = [context.make_array(kind)(context, builder, value) for kind, value in zip(signature.args, values)]
        pointers, count = [array.data for array in arrays], arrays[0].nitems
        whole = builder.and_(count, ir.Constant(count.type, -lanes))
        for width, start, stop in ((lanes, ir.Constant(count.type, 0), whole), (1, whole, count)):
            step = ir.Constant(count.type, width)
            with cgutils.for_range_slice(builder, start, stop, step, intp=count.type) as (i, _):
                ops = LLVMOps(builder, width, has_fma)
                places = [builder.bitcast(builder.gep(p, [i]), ops.double.as_pointer()) for p in pointers]
                loaded = [_aligned(builder.load(place)) for place in places[1:]]
                _aligned(builder.store(FUNCTIONS[name].build(ops, *loaded), places[0]))
        return context.get_dummy_value()

    if arguments == 1:
        @intrinsic
        def loop(typing, out, x):
            return types.void(out, x), generate

        return njit(nogil=True)(lambda out, x: loop(out, x))

    @intrinsic
    def loop2(typing, out, x, y):
        return types.void(out, x, y), generate

    return njit(nogil=True)(lambda out, x, y: loop2(out, x, y))


def _aligned(instruction):
    instruction.align = 8
    return instruction
