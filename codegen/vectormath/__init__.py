"""A primitive's name in, its vectorised formula out: branch-free mathematics with a stated bound in ulp.

FUNCTIONS[name].build(ops, x, …) writes the formula on any `Arithmetic` (LLVMOps, NumPyOps); LIBM has the functions
that are calls of the C library; emit(builder, function, x, …) is the door for LLVM values of any width and type.
"""
from codegen.vectormath.libm import LIBM
from codegen.vectormath.llvm_ops import LLVMOps, align_stack, emit
from codegen.vectormath.numpy_ops import NumPyOps
from codegen.vectormath.table import FUNCTIONS, Function

__all__ = ["FUNCTIONS", "LIBM", "Function", "LLVMOps", "NumPyOps", "align_stack", "emit"]
