"""Nodes in order go in; those whose magnitude has to be looked at, to know that nothing overflowed or underflowed, come
out.

A magnitude is a pair of exponents: |value| lies between 2^low and 2^high, or is 0.  What stays within bounds for all
inputs that do, and for all values that are looked at, need not be looked at itself.
"""
import math

from symdiff.primitives.leaf import CONSTANT, INPUT, number
from symdiff.primitives.contraction import CONTRACT
from symdiff.lengths import product

DIGITS = 54                     # bits by which a difference may lie below its terms


class Magnitudes:
    """wild   {node: (the nodes that make it 0 where they are 0, bound of the exponent)}: those to be looked at."""

    def __init__(self, kind, nodes):
        self.kind, self.found, self.wild = kind, {}, {}
        for node in nodes:
            self.found[node] = self._of(node)

    def _of(self, node):
        of = [self.found[i] for i in node.inputs]
        if node.op is INPUT:
            return self._watched(node, (node,), self.kind.inputs)
        if node.op is CONSTANT:
            size = abs(number(node))
            exponent = math.frexp(size)[1] if math.isfinite(size) else 0
            return (exponent - 1, exponent) if size else (0, 0)
        rule = RULES.get(node.op.name)
        if node.op is CONTRACT:
            low, high = sum(low for low, _ in of), sum(high for _, high in of)
            terms = product([n for k, n in enumerate(node.attributes[2]) if k not in node.attributes[1]])
            low, high = low - DIGITS*(terms > 1), high + math.ceil(math.log2(max(terms, 1)))
        elif rule is not None:
            low, high = rule(node, *of)
        else:
            return self._watched(node, (), self.kind.range)
        if low < -self.kind.range or high > self.kind.range:
            return self._watched(node, ZEROS.get(node.op.name, lambda node: ())(node), self.kind.range)
        return low, high

    def _watched(self, node, zeros, limit):
        self.wild[node] = zeros, limit
        return -limit, limit


def _sum(node, a, b):
    return min(a[0], b[0]) - DIGITS, max(a[1], b[1]) + 1


def _product(node, a, b):
    return a[0] + b[0], a[1] + b[1]


def _quotient(node, a, b):
    return a[0] - b[1], a[1] - b[0]


def _power(node, a, b):
    exponent = node.inputs[1]
    if exponent.op is not CONSTANT:
        return -math.inf, math.inf
    ends = [number(exponent)*end for end in a]
    return min(ends), max(ends)


def _same(node, a, *more):
    return a


def _either(node, *of):
    return min(low for low, _ in of), max(high for _, high in of)


def _at_most(top):
    """Functions that are near their argument where it is small, and bounded."""
    return lambda node, a: (min(a[0], 0) - 1, top)


RULES = {
    "add": _sum, "sub": _sum, "mul": _product, "div": _quotient, "pow": _power, "neg": _same, "abs": _same,
    "relu": _same, "sqrt": lambda node, a: (a[0]/2 - 1, a[1]/2 + 1), "cbrt": lambda node, a: (a[0]/3 - 1, a[1]/3 + 1),
    "select": lambda node, c, a, b: _either(node, a, b), "hypot": lambda node, a, b: (min(a[0], b[0]), max(a[1], b[1]) + 1),
    **dict.fromkeys(("maximum", "minimum", "maximum_const", "minimum_const", "concatenate"), _either),
    **dict.fromkeys(("reshape", "slice", "pad", "max_reduce", "min_reduce"), _either),
    "take": lambda node, a, b: a,
    **dict.fromkeys(("lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not", "sign", "step"), lambda node, *of: (-1, 1)),
    **dict.fromkeys(("log", "log2", "log10"), lambda node, a: (-DIGITS - 2, 11)),
    "log1p": lambda node, a: (min(a[0], 0) - 1, 11), "asinh": lambda node, a: (min(a[0], 0) - 1, 11),
    "tanh": _at_most(1), "erf": _at_most(1), "atan": _at_most(1), "asin": _at_most(1),
    **dict.fromkeys(("sin", "cos"), lambda node, a: (min(a[0], -64), 1)), "tan": lambda node, a: (min(a[0], -64), 64),
}
ZEROS = {                       # where a value that is 0 is taken for just that, and for nothing that underflowed
    "mul": lambda node: [i for i in node.inputs if i.op is not CONSTANT], "div": lambda node: node.inputs[:1],
    "pow": lambda node: node.inputs[:1], "contract": lambda node: [node], "neg": lambda node: node.inputs,
    **dict.fromkeys(("sqrt", "cbrt", "abs", "relu"), lambda node: node.inputs),
}
