"""A function and LLVM values in, instructions and their result out."""
from llvmlite import ir

from codegen.vectormath import host
from codegen.vectormath.libm import make_known
from codegen.vectormath.llvm_ops import LLVMOps


def emit(builder, function, *values, has_fma=None):
    """The result of `function` (an entry of FUNCTIONS or LIBM), of the type of `values`.

    They are `double`, `float`, or vectors of one of these.  Floats are computed in double and rounded once more:
    within 0.51 ulp of float32.
    """
    make_known()
    kind = values[0].type
    lanes = kind.count if isinstance(kind, ir.VectorType) else 1
    ops = LLVMOps(builder, lanes, host.has_fma() if has_fma is None else has_fma)
    if kind == ops.double:
        return function.build(ops, *values)
    wide = [builder.fpext(value, ops.double) for value in values]
    return builder.fptrunc(function.build(ops, *wide), kind)
