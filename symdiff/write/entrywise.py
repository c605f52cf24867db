"""Numbers and entry-by-entry operations: a node and the expressions of its operands go in, its expression comes out."""
import numpy as np
import sympy as sp

from ..language import Constant, Node as Word, sizes_of
from ..language.core import make
from ..lengths import product as entries
from ..primitives import build
from ..primitives.contraction import is_movement
from ..primitives.leaf import CONSTANT, NEGATIVE_ZERO, is_rounded, size
from .contractions import moved


def constant(node, written, args):
    value = _number(node.attributes[0])
    return make("broadcast_to", (value,), (node.sizes,)) if node.sizes else value


def _number(value):
    if value is NEGATIVE_ZERO or value == NEGATIVE_ZERO:
        return Constant(np.array(-0.0))
    if is_rounded(value):
        return sp.Float(float(value))
    return Constant(np.array(float(value))) if value is sp.nan or value.is_infinite else value


def elementwise(node, written):
    """The operation on operands that NumPy's broadcasting stretches, where it does."""
    args = _operands(node, written)
    special = ELEMENTWISE.get(node.op.name)
    if special is None:
        return make(node.op.sympy, args)
    return special(node, args)


def _operands(node, written):
    """The operands, repetition left out where broadcasting makes it again."""
    if not node.sizes:
        return [written[i] for i in node.inputs]
    bare = [_before_repetition(i, written) for i in node.inputs]
    keep = next((k for k, i in enumerate(node.inputs) if sizes_of(bare[k]) == node.sizes), None)
    if keep is None and build.common_sizes([sizes_of(b) for b in bare]) != node.sizes:
        keep = 0
        bare[keep] = written[node.inputs[keep]]
    return bare


def _before_repetition(node, written):
    """The expression that broadcasting stretches to the node's; else the node's own."""
    if written.name(node) is None:
        if node.op is CONSTANT:
            return _number(node.attributes[0])
        full = written[node]
        if is_movement(node) and isinstance(full, Word) and full.op in ("broadcast_to", "index") and node.inputs:
            inner = moved(node, written, repeat=False)
            lead = len(node.sizes) - len(sizes_of(inner))
            if all(a in (1, b) for a, b in zip(sizes_of(inner), node.sizes[lead:])):
                return inner
    return written[node]


def _minus(x):
    return -x if x.is_Number and not x.is_zero else make(sp.Mul, (sp.S.NegativeOne, x))


def _over(x):
    return make(sp.Pow, (x, sp.S.NegativeOne))


def _quotient(node, args):
    over, under = node.inputs
    if over.op is CONSTANT and over.attributes[0] == 1 and sizes_of(args[1]) == node.sizes:
        return _over(args[1])
    mean = _mean(node, over, under, args[0])
    return make(sp.Mul, (args[0], _over(args[1]))) if mean is None else mean


def _mean(node, over, under, total):
    """The mean, where the node is a sum over the number of its terms."""
    if not (isinstance(total, Word) and total.op == "sum"):
        return None
    x, (axes, keep) = total.args[0], total.attributes
    if build.elementwise("div", over, size(entries([sizes_of(x)[k] for k in axes]))) is not node:
        return None
    return make("mean", (x,), (axes, keep))


def _select(node, args):
    condition, a, b = args
    triangle = _triangle(node, args)
    if triangle is not None:
        return triangle
    otherwise = node.inputs[2]
    if otherwise.op is CONSTANT and otherwise.attributes[0] is sp.nan:
        return make(sp.Piecewise, (a, condition))
    return make(sp.Piecewise, (a, condition, b, sp.true))


def _triangle(node, args):
    """tril or triu, where the node keeps what is below or above a diagonal; None elsewhere."""
    keep, x, zero = node.inputs
    if keep.op.name not in ("le", "ge") or zero.op is not CONSTANT or zero.attributes[0] != 0 or len(node.sizes) < 2:
        return None
    diagonal = keep.inputs[1]
    offset = diagonal.inputs[1].attributes[0] if diagonal.op.name == "add" and diagonal.inputs[1].op is CONSTANT else 0
    lower = keep.op.name == "le"
    if offset not in range(-10**6, 10**6) or build.triangle(x, int(offset), lower) is not node:
        return None
    return make("tril" if lower else "triu", (args[1],), (int(offset),)) if sizes_of(args[1]) == node.sizes else None


ELEMENTWISE = {
    "add": lambda node, args: make(sp.Add, args),
    "sub": lambda node, args: make(sp.Add, (args[0], _minus(args[1]))),
    "mul": lambda node, args: make(sp.Mul, args),
    "div": _quotient,
    "neg": lambda node, args: make(sp.Mul, (sp.S.NegativeOne, args[0])),
    "pow": lambda node, args: make(sp.Pow, args),
    "sqrt": lambda node, args: make(sp.Pow, (args[0], sp.S.Half)),
    "maximum": lambda node, args: make(sp.Max, args),
    "minimum": lambda node, args: make(sp.Min, args),
    "maximum_const": lambda node, args: make(sp.Max, args),
    "minimum_const": lambda node, args: make(sp.Min, args),
    "select": _select,
    "and": lambda node, args: make(sp.And, args),
    "or": lambda node, args: make(sp.Or, args),
    "not": lambda node, args: make(sp.Not, args),
    "lgamma": lambda node, args: make(sp.loggamma, args),
    "gamma": lambda node, args: make(sp.gamma, args),
    "digamma": lambda node, args: make(sp.digamma, args),
    "polygamma": lambda node, args: make(sp.polygamma, args),
}
