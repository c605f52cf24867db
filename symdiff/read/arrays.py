"""Array expressions of SymPy: ArraySymbol and sympy.tensor.array.expressions."""
import sympy as sp
from sympy.tensor.array.expressions import (ArrayAdd, ArrayContraction, ArrayDiagonal, ArrayElementwiseApplyFunc,
                                            ArraySymbol, ArrayTensorProduct, OneArray, PermuteDims, Reshape, ZeroArray)

from ..primitives import build, scalar
from ..primitives.contraction import contract
from ..primitives.leaf import constant
from . import pieces
from .inputs import lengths, name_of
from .matrices import reads_closed
from .rules import nothing


def _operand(reader, e, env):
    return [reader.at(e.args[0], env)]


def _factors(e):
    return e.args if isinstance(e, ArrayTensorProduct) else (e,)


@reads_closed(ArraySymbol, parts=nothing)
def symbol(reader, e, values):
    return reader.inputs.node(e, name_of(e), lengths(e.shape))


@reads_closed(ZeroArray, parts=nothing)
def zeros(reader, e, values):
    return constant(0, lengths(e.shape))


@reads_closed(OneArray, parts=nothing)
def ones(reader, e, values):
    return constant(1, lengths(e.shape))


def _number_axes(values):
    """The operands' labels, all different, and the labels of the tensor product in order."""
    subs, count = [], 0
    for v in values:
        subs.append(tuple(range(count, count + len(v.sizes))))
        count += len(v.sizes)
    return subs, list(range(count))


@reads_closed(ArrayTensorProduct)
def tensor_product(reader, e, values):
    subs, out = _number_axes(values)
    return contract(values, subs, tuple(out))


@reads_closed(ArrayContraction, parts=lambda reader, e, env: [reader.at(f, env) for f in _factors(e.expr)])
def contraction(reader, e, values):
    """Σ over groups of axes of a tensor product, as one contraction."""
    subs, out = _number_axes(values)
    same = {k: min(group) for group in e.contraction_indices for k in group}
    subs = [tuple([same.get(c, c) for c in labels]) for labels in subs]
    return contract(values, subs, tuple([c for c in out if c not in same]))


@reads_closed(ArrayDiagonal, parts=lambda reader, e, env: [reader.at(f, env) for f in _factors(e.expr)])
def diagonal(reader, e, values):
    """Groups of axes as one, which stands last, in the order of the groups."""
    subs, out = _number_axes(values)
    same = {k: min(group) for group in e.diagonal_indices for k in group}
    subs = [tuple([same.get(c, c) for c in labels]) for labels in subs]
    out = [c for c in out if c not in same] + [min(group) for group in e.diagonal_indices]
    return contract(values, subs, tuple(out))


@reads_closed(PermuteDims, parts=_operand)
def permute(reader, e, values):
    return build.transpose(values[0], e.permutation.array_form)


@reads_closed(ArrayAdd)
def total(reader, e, values):
    return scalar.apply(sp.Add, values)


@reads_closed(Reshape, parts=_operand)
def reshape(reader, e, values):
    return pieces.reshape(values[0], lengths(e.shape))


@reads_closed(ArrayElementwiseApplyFunc, parts=lambda reader, e, env: [reader.at(e.expr, env)])
def apply_function(reader, e, values):
    return pieces.call(reader, e.function, values[0])


