"""Matrix expressions of SymPy, explicit matrices among them: always two axes, also where one of them has length 1."""
import functools

import numpy as np
import sympy as sp
from sympy.core.sympify import _sympify
from sympy.matrices.expressions import (DiagMatrix, DiagonalMatrix, DiagonalOf, DotProduct, HadamardPower,
                                        HadamardProduct, KroneckerProduct, MatrixSlice, OneMatrix)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.blockmatrix import BlockDiagMatrix, BlockMatrix
from sympy.matrices.expressions.matexpr import MatrixExpr
from sympy.matrices.expressions.special import GenericIdentity, GenericZeroMatrix
from sympy.matrices.immutable import ImmutableDenseMatrix, ImmutableSparseMatrix
from sympy.tensor.array.ndim_array import ImmutableNDimArray

from ..errors import SizeMismatch, UnknownForm
from ..primitives import build, scalar
from ..primitives.contraction import contract
from ..primitives.leaf import constant, data
from ..lengths import text
from . import pieces
from .inputs import lengths, name_of
from .rules import arguments, nothing, reads
from .scalars import entry
from .words import trace_of


def reads_closed(*classes, parts=arguments):
    """As `reads`, for rules that know no indices of sums around them."""
    def declare(rule):
        @functools.wraps(rule)
        def checked(reader, e, env, values):
            if env:
                raise UnknownForm(f"a {type(e).__name__} stands under a sum and holds its index {env[0][0]}.",
                                  do="write the entries with indices: Sum(A[i, j]*x[j], (j, 0, n - 1)).")
            return rule(reader, e, values)
        return reads(*classes, parts=parts)(checked)
    return declare


def _first(reader, e, env):
    return [reader.at(e.args[0], env)]


@reads_closed(sp.MatrixSymbol, parts=nothing)
def symbol(reader, e, values):
    return reader.inputs.node(e, name_of(e), lengths(e.shape))


@reads_closed(MatrixExpr)
def unknown(reader, e, values):
    raise UnknownForm(f"no primitive reads sympy.{type(e).__name__}.",
                      known="MatMul, MatAdd, Transpose, Inverse, Trace, ...",
                      do="write it with these, or with arrays of symdiff.")


def _product_parts(reader, e, env):
    return [reader.at(a, env) for a in e.args]


@reads_closed(sp.MatMul)
def product(reader, e, values):
    """Products of two from left to right, scalars in front."""
    matrices = [v for a, v in zip(e.args, values) if a.is_Matrix]
    scalars = [v for a, v in zip(e.args, values) if not a.is_Matrix]
    result = functools.reduce(_matmul, matrices)
    return scalar.apply(sp.Mul, [*scalars, result]) if scalars else result


def _matmul(a, b):
    if a.sizes[1] != b.sizes[0]:
        raise SizeMismatch(f"these do not fit in a product: {text(a.sizes)} * {text(b.sizes)}.",
                           do="the columns of the left side must be as many as the rows of the right.")
    return build.matmul(a, b)


@reads_closed(sp.MatAdd)
def total(reader, e, values):
    for value in values[1:]:
        if value.sizes != values[0].sizes:
            raise SizeMismatch(f"these cannot be added: {text(values[0].sizes)} and {text(value.sizes)}.",
                               do="give the matrices one shape.")
    return scalar.apply(sp.Add, values)


@reads_closed(sp.Transpose)
def transpose(reader, e, values):
    return build.transpose(values[0])


@reads_closed(sp.Trace)
def trace(reader, e, values):
    return trace_of(values[0])


@reads_closed(sp.Determinant)
def determinant(reader, e, values):
    return pieces.block("det", values[0])


@reads_closed(sp.Inverse, parts=_first)
def inverse(reader, e, values):
    return pieces.block("inv", values[0])


@reads_closed(sp.MatPow, parts=_first)
def matrix_power(reader, e, values):
    """Repeated squaring; of the inverse for negative powers."""
    power, (base,) = e.args[1], values
    if not power.is_Integer:
        raise UnknownForm(f"a matrix to the power {power} is no finite product.",
                          do="use an integer; for the entries HadamardPower.")
    if power == 0:
        return build.eye(base.sizes[:1])
    if power < 0:
        base = pieces.block("inv", base)
    result = None
    for digit in bin(abs(int(power)))[2:]:
        result = build.matmul(result, result) if result is not None else None
        if digit == "1":
            result = base if result is None else build.matmul(result, base)
    return result


@reads_closed(HadamardProduct)
def hadamard_product(reader, e, values):
    return scalar.apply(sp.Mul, values)


@reads_closed(HadamardPower)
def hadamard_power(reader, e, values):
    return build.stretch(scalar.apply(sp.Pow, values), max((v.sizes for v in values), key=len))


@reads_closed(ElementwiseApplyFunction, parts=lambda reader, e, env: [reader.at(e.expr, env)])
def apply_function(reader, e, values):
    """The function's own formula, its variable bound to the operand."""
    return pieces.call(reader, e.function, values[0])


@reads_closed(OneMatrix, parts=nothing)
def ones(reader, e, values):
    return constant(1, lengths(e.shape))


@reads_closed(sp.ZeroMatrix, parts=nothing)
def zeros(reader, e, values):
    return constant(0, lengths(e.shape))


@reads_closed(sp.Identity, parts=nothing)
def identity(reader, e, values):
    return build.eye(lengths(e.shape[:1]))


@reads_closed(GenericIdentity, GenericZeroMatrix, parts=nothing)
def without_shape(reader, e, values):
    raise UnknownForm("a matrix without a shape stands in the formula.",
                      do="give it one: Identity(n), ZeroMatrix(n, m).")


@reads_closed(DiagMatrix)
def diagonal_matrix(reader, e, values):
    """The matrix with a vector, a column or a row, on its diagonal."""
    vector = pieces.reshape(values[0], (max_length(values[0].sizes),))
    return contract([vector], [(0,)], (0, 0))


def max_length(sizes):
    """The length of a vector written as a matrix."""
    return sizes[1] if sizes[0] == 1 else sizes[0]


@reads_closed(DiagonalMatrix)
def keep_diagonal(reader, e, values):
    """The matrix with zeros off its diagonal; of a shape with two lengths nothing is known, and it is refused."""
    _square(values[0])
    return contract([contract([values[0]], [(0, 0)], (0,))], [(0,)], (0, 0))


@reads_closed(DiagonalOf)
def diagonal_of(reader, e, values):
    """The diagonal, as a column."""
    _square(values[0])
    return build.expand(contract([values[0]], [(0, 0)], (0,)), (1,))


def _square(node):
    if node.sizes[0] != node.sizes[1]:
        raise SizeMismatch(f"the diagonal of a matrix of sizes {text(node.sizes)}.",
                           do="take a square part: A[:n, :n].")


@reads_closed(DotProduct)
def dot_product(reader, e, values):
    """Σ a_k b_k of two vectors, columns or rows."""
    a, b = [pieces.reshape(v, (max_length(v.sizes),)) for v in values]
    return contract([a, b], [(0,), (0,)], ())


@reads_closed(KroneckerProduct)
def kronecker_product(reader, e, values):
    def pair(a, b):
        (i, j), (k, m) = a.sizes, b.sizes
        return pieces.reshape(contract([a, b], [(0, 2), (1, 3)], (0, 1, 2, 3)),
                              (pieces.canonical(i*k), pieces.canonical(j*m)))
    return functools.reduce(pair, values)


@reads_closed(MatrixSlice, parts=_first)
def matrix_slice(reader, e, values):
    cuts = []
    for length, part in zip(values[0].sizes, (e.rowslice, e.colslice)):
        start, stop, step = [_sympify(k) for k in part]
        if not step.is_Integer or step <= 0:
            raise UnknownForm(f"a slice with the step {step}.", do="slice with positive integer steps.")
        count = sp.ceiling((stop - start)/step)
        cuts.append((pieces.canonical(start), int(step), pieces.canonical(count)))
        if pieces.canonical_or_none(_sympify(length) - stop) is None:
            raise SizeMismatch(f"the slice ends at {stop}, but the axis has length {length}.",
                               do="end it at the axis' length.")
    return pieces.cut(values[0], cuts)


@reads_closed(BlockMatrix, parts=lambda reader, e, env: [reader.at(b, env) for b in e.blocks.flat()])
def block_matrix(reader, e, values):
    rows, columns = e.blocks.shape
    lines = [pieces.concatenate(values[r*columns:(r + 1)*columns], 1) for r in range(rows)]
    return pieces.concatenate(lines, 0)


@reads_closed(BlockDiagMatrix)
def block_diagonal(reader, e, values):
    lines = []
    for k, v in enumerate(values):
        zero = [constant(0, (v.sizes[0], w.sizes[1])) for w in values]
        lines.append(pieces.concatenate([*zero[:k], v, *zero[k + 1:]], 1))
    return pieces.concatenate(lines, 0)


# -- explicit entries ------------------------------------------------------------------------------

def _entries(reader, e, env):
    return [reader.at(a, env) for a in e.flat()] if isinstance(e,
                                                               sp.MatrixBase) else [reader.at(a, env) for a in _flat(e)]


def _flat(e):
    return list(e.reshape(len(e))) if e.rank() != 1 else list(e)


@reads_closed(ImmutableDenseMatrix, ImmutableSparseMatrix, ImmutableNDimArray, parts=_entries)
def explicit(reader, e, values):
    """Entries written one by one: a constant array when all are numbers, else joined."""
    entries = e.flat() if isinstance(e, sp.MatrixBase) else _flat(e)
    values = [entry(a, v) for a, v in zip(entries, values)]
    shape = tuple([int(n) for n in e.shape])
    if not values:
        return data(np.zeros(shape))
    if any(v.sizes for v in values):
        raise UnknownForm("an entry of an explicit matrix is itself an array.",
                          do="join arrays by BlockMatrix or sd.concatenate.")
    if all(pieces.is_number(v) for v in values) and all(pieces.is_float64(v) for v in values):
        return data(np.reshape([pieces.number(v) for v in values], shape))
    return pieces.reshape(pieces.concatenate([pieces.reshape(v, (1,)) for v in values], 0), shape)
