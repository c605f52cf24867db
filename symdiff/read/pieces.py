"""Small constructions that several dialects share, from nodes to nodes: blocks by name, lambdas, entries, lengths."""
import sympy as sp

from ..errors import ArgumentError
from ..graph import make
from ..primitives import build
from ..primitives import scalar
from ..primitives.arrangement import concatenate, cut, index, reshape, stack, take
from ..primitives.leaf import CONSTANT, number
from ..primitives.record import TABLE
from ..lengths import canonical


def block(name, *inputs, attributes=()):
    """The block of that name."""
    return make(TABLE[name], inputs, attributes)


def call(reader, function, node):
    """A SymPy Lambda, or a function class, of a node, entry by entry."""
    if isinstance(function, sp.Lambda):
        if len(function.variables) != 1:
            raise ArgumentError(f"{function} takes {len(function.variables)} arguments where one is given.",
                                do="use a Lambda of one variable.")
        body = type(reader)([function.expr], reader.inputs, {**reader.bound, function.variables[0]: node})
        return build.stretch(body.read(function.expr), node.sizes)
    return scalar.apply(function, [node])


def is_number(node):
    """Is the node one number?"""
    return node.op is CONSTANT and not node.sizes


def is_float64(node):
    """Is the number a float64 without rounding?"""
    value = node.attributes[0]
    if isinstance(value, str) or value.is_Float:
        return True
    return value.is_Rational and value.q & (value.q - 1) == 0 and abs(value.p) < 2**53 and value.q < 2**1000


def canonical_or_none(value):
    """A length in canonical form, None when it is none."""
    try:
        return canonical(value)
    except ArgumentError:
        return None


__all__ = ["block", "call", "canonical", "canonical_or_none", "concatenate", "cut", "index", "is_float64", "is_number",
           "number",
           "reshape", "stack", "take"]
