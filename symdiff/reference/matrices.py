"""SymPy's matrices (symbols, products, explicit ones) and array expressions, read into the words of the language."""
import numpy as np
import sympy as sp
from sympy.matrices.expressions import hadamard
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.slice import MatrixSlice
from sympy.tensor.array.expressions import array_expressions as arrays

from ..errors import UnknownForm
from .indexed import Scope
from .lengths import integer

SCALAR = (sp.Trace, sp.Determinant)                             # of a matrix, but no matrix
ARRAYS = (arrays.ArrayTensorProduct, arrays.ArrayContraction, arrays.ArrayDiagonal, arrays.PermuteDims, arrays.ArrayAdd,
          arrays.ArrayElementwiseApplyFunc, arrays.Reshape, arrays.OneArray, arrays.ZeroArray)
EXPLICIT = (sp.ImmutableDenseMatrix, sp.ImmutableSparseMatrix, sp.MutableDenseMatrix, sp.NDimArray)
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def is_symbol(e):
    return isinstance(e, arrays.ArraySymbol)


def is_matrix(e):
    return isinstance(e, (sp.MatrixExpr, *SCALAR, *ARRAYS, *EXPLICIT))


def operands(e):
    """The subexpressions that are values (not lengths, indices or functions)."""
    if isinstance(e, EXPLICIT):
        return tuple(e.flat()) if hasattr(e, "flat") else tuple(e)
    if isinstance(e, ElementwiseApplyFunction):
        return (e.expr,)
    if isinstance(e, (sp.Identity, sp.ZeroMatrix, sp.OneMatrix, arrays.OneArray, arrays.ZeroArray)):
        return ()
    if isinstance(e, (sp.Inverse, MatrixSlice, arrays.ArrayContraction, arrays.ArrayDiagonal, arrays.PermuteDims,
                      arrays.Reshape)):
        return e.args[:1]
    if isinstance(e, arrays.ArrayElementwiseApplyFunc):
        return (e.expr,)
    return e.args


def read(reader, e, parts, scope):
    """The value of one matrix or array expression, from its operands' values."""
    for kinds, make in TABLE:
        if isinstance(e, kinds):
            return make(reader, e, *parts)
    raise UnknownForm(f"the reference does not read {type(e).__name__}.", where=str(e),
                      do="write it with MatMul, Trace, ….")


def shape_of(reader, e):
    return tuple([integer(n, reader.bound) for n in e.shape])


def explicit(reader, e, *entries):
    flat = reader.do("stack", *entries, 0) if entries else reader.number(np.zeros(0))
    return reader.do("reshape", flat, tuple(int(n) for n in e.shape))


def product(reader, e, *parts):
    """Scalars times the product of the matrices from left to right."""
    chain, scale = None, None
    for part, arg in zip(parts, e.args):
        if getattr(arg, "is_Matrix", False):
            chain = part if chain is None else reader.do("matmul", chain, part)
        else:
            scale = part if scale is None else reader.do("mul", scale, part)
    return chain if scale is None else reader.do("mul", scale, chain)


def matrix_power(reader, e, base, exponent):
    n = integer(e.args[1], reader.bound)
    if n < 0:
        base, n = reader.do("inv", base), -n
    total = reader.number(np.eye(base.shape[-1])) if n == 0 else base
    for _ in range(n - 1):
        total = reader.do("matmul", total, base)
    return total


def apply(reader, function, value):
    """A Lambda of one variable on every entry."""
    variable, = function.variables
    return reader.read(function.expr, Scope(given={variable: value}))


def matrix_slice(reader, e, x):
    ranges = [slice(*[integer(k, reader.bound) for k in r]) for r in (e.rowslice, e.colslice)]
    return reader.do("index", x, tuple(ranges))


def diagonal(reader, e, x):
    if 1 in x.shape:
        x = reader.do("reshape", x, (max(x.shape),))
        return reader.do("diag", x)
    return reader.do("mul", x, reader.number(np.eye(*x.shape)))


def tensor_product(reader, e, *parts):
    labels, free = [], iter(LETTERS)
    for part in parts:
        labels.append("".join(next(free) for _ in part.shape))
    return reader.do("einsum", *parts, ",".join(labels) + "->" + "".join(labels))


def contraction(reader, e, x, keep=False):
    """Axes that are summed together; with `keep` they stay, as one last axis for each group."""
    labels = list(LETTERS[:len(x.shape)])
    groups = [[int(i) for i in group] for group in e.args[1:]]
    for group in groups:
        for axis in group:
            labels[axis] = LETTERS[group[0]]
    grouped = {axis for group in groups for axis in group}
    output = "".join(label for axis, label in enumerate(labels) if axis not in grouped)
    output += "".join(LETTERS[group[0]] for group in groups) if keep else ""
    return reader.do("einsum", x, "".join(labels) + "->" + output)


def permuted(reader, e, x):
    return reader.do("transpose", x, tuple(int(i) for i in e.permutation.array_form))


def fold(word):
    def make(reader, e, *parts):
        total = parts[0]
        for part in parts[1:]:
            total = reader.do(word, total, part)
        return total
    return make


TABLE = [
    (EXPLICIT, explicit),
    ((sp.MatMul,), product),
    ((sp.MatAdd, arrays.ArrayAdd), fold("add")),
    ((hadamard.HadamardProduct,), fold("mul")),
    ((hadamard.HadamardPower,), lambda reader, e, x, p: reader.do("pow", x, p)),
    ((sp.Transpose,), lambda reader, e, x: reader.do("transpose", x, (1, 0))),
    ((sp.Trace,), lambda reader, e, x: reader.do("trace", x)),
    ((sp.Determinant,), lambda reader, e, x: reader.do("det", x)),
    ((sp.Inverse,), lambda reader, e, x: reader.do("inv", x)),
    ((sp.MatPow,), matrix_power),
    ((sp.Identity,), lambda reader, e: reader.number(np.eye(*shape_of(reader, e)))),
    ((sp.ZeroMatrix, arrays.ZeroArray), lambda reader, e: reader.number(np.zeros(shape_of(reader, e)))),
    ((sp.OneMatrix, arrays.OneArray), lambda reader, e: reader.number(np.ones(shape_of(reader, e)))),
    ((DiagMatrix, DiagonalMatrix), diagonal),
    ((DiagonalOf,), lambda reader, e, x: reader.do("reshape", reader.do("diag", x), (min(x.shape), 1))),
    ((ElementwiseApplyFunction, arrays.ArrayElementwiseApplyFunc),
     lambda reader, e, x: apply(reader, e.function, x)),
    ((MatrixSlice,), matrix_slice),
    ((arrays.ArrayTensorProduct,), tensor_product),
    ((arrays.ArrayContraction,), contraction),
    ((arrays.ArrayDiagonal,), lambda reader, e, x: contraction(reader, e, x, keep=True)),
    ((arrays.PermuteDims,), permuted),
    ((arrays.Reshape,), lambda reader, e, x: reader.do("reshape", x, shape_of(reader, e))),
]
