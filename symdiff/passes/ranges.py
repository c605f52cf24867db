"""What is known of the value of a node whatever the inputs are: its least and greatest value, and whether it can be 0.

Mathematics, not floating point: exp is never 0 here.  A nan may be anywhere; what is said holds for the other values.
"""
import math
from typing import NamedTuple

import numpy as np

from ..primitives.leaf import number
from ..primitives.special import cbrt


class Range(NamedTuple):
    """Between `low` and `high`, both included; `nonzero` says that 0 is never taken."""
    low: float = -math.inf
    high: float = math.inf
    nonzero: bool = False

    @property
    def positive(self):
        """Is every value above 0?"""
        return self.low > 0 or self.low == 0 and self.nonzero

    @property
    def nonnegative(self):
        return self.low >= 0

    @property
    def negative(self):
        return self.high < 0 or self.high == 0 and self.nonzero


ANY = Range()
_ABOVE = Range(0.0, math.inf, True)
_NOT_BELOW = Range(0.0)
_UNIT = Range(0.0, 1.0)
_FIXED = {
    "exp": _ABOVE, "exp2": _ABOVE, "exprel": _ABOVE, "inv_exprel": _ABOVE, "log1prel": _ABOVE,
    "softplus": _ABOVE, "erfcx": _ABOVE, "sigmoid": Range(0.0, 1.0, True),
    "cosh": Range(1.0, math.inf, True), "sech": Range(0.0, 1.0, True), "logistic_pdf": Range(0.0, 0.25, True),
    "erfc": Range(0.0, 2.0, True), "ndtr": Range(0.0, 1.0, True), "log_ndtr": Range(-math.inf, 0.0, True),
    "log_sigmoid": Range(-math.inf, 0.0, True), "log1mexp": Range(-math.inf, 0.0, True), "relu": _NOT_BELOW,
    "sqrt": _NOT_BELOW, "hypot": _NOT_BELOW, "acosh": _NOT_BELOW, "tanh": Range(-1.0, 1.0), "sin": Range(-1.0, 1.0),
    "cos": Range(-1.0, 1.0), "erf": Range(-1.0, 1.0), "sinc": Range(-0.22, 1.0), "sign": Range(-1.0, 1.0),
    "step": _UNIT, "hard_unit": _UNIT, "acos": Range(0.0, math.pi), "asin": Range(-math.pi/2, math.pi/2),
    "atan": Range(-math.pi/2, math.pi/2), "softmax": Range(0.0, 1.0, True), "log_softmax": Range(-math.inf, 0.0),
    "norm": _NOT_BELOW, "size": _NOT_BELOW, "iota": _NOT_BELOW, "expm1": Range(-1.0),
    "log1pmx": Range(-math.inf, 0.0), "swish": Range(-0.28),
    **dict.fromkeys(("lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not"), _UNIT),
}
_INCREASING = {"exp": math.exp, "expm1": math.expm1, "sinh": math.sinh, "tanh": math.tanh, "sqrt": math.sqrt,
               "cbrt": cbrt, "log1p": math.log1p,
               "log": math.log}


class Ranges:
    """Ranges of nodes, found when asked for and remembered; `known` are those of some nodes, where more is known."""

    def __init__(self, known=()):
        self._known = dict(known)

    def __call__(self, node):
        known = self._known
        if node in known:
            return known[node]
        stack = [node]
        while stack:
            top = stack[-1]
            waiting = [i for i in top.inputs if i not in known]
            if waiting:
                stack.extend(waiting)
            else:
                known[stack.pop()] = _range(top, [known[i] for i in top.inputs])
        return known[node]

    def positive(self, node):
        return self(node).positive

    def nonnegative(self, node):
        return self(node).nonnegative


def _range(node, of):
    """The range of a node from those of its inputs."""
    name = node.op.name
    if name == "constant":
        value = number(node)
        return Range(value, value, value != 0)
    if name == "data":
        array = node.attributes[0].array
        if array.size and not np.isnan(array).any():
            return Range(float(array.min()), float(array.max()), bool((array != 0).all()))
        return ANY
    rule = _RULES.get(name)
    if rule is not None:
        return rule(node, *of)
    found = _FIXED.get(name, ANY)
    function = _INCREASING.get(name)
    if function is not None and of[0] != ANY:
        low, high = _through(function, of[0].low), _through(function, of[0].high)
        found = Range(max(found.low, low if low is not None else -math.inf),
                      min(found.high, high if high is not None else math.inf), found.nonzero)
    return found


def _through(function, x):
    """A bound through an increasing function; None where it has no value."""
    if math.isinf(x):
        return None
    try:
        value = function(x)
    except (ValueError, OverflowError):
        return None
    return value


def _add(node, a, b):
    low, high = a.low + b.low, a.high + b.high
    low, high = -math.inf if math.isnan(low) else low, math.inf if math.isnan(high) else high
    nonzero = low > 0 or high < 0 or (a.nonnegative and b.nonnegative and (a.nonzero or b.nonzero)) \
        or (a.high <= 0 and b.high <= 0 and (a.nonzero or b.nonzero))
    return Range(low, high, nonzero)


def _neg(node, a):
    return Range(-a.high, -a.low, a.nonzero)


def _sub(node, a, b):
    return _add(node, a, _neg(node, b))


def _mul(node, a, b):
    if node is not None and node.inputs[0] is node.inputs[1]:
        return _square(a)
    ends = [_times(p, q) for p in (a.low, a.high) for q in (b.low, b.high)]
    return Range(min(ends), max(ends), a.nonzero and b.nonzero)


def _times(p, q):
    return 0.0 if p == 0 or q == 0 else p*q


def _square(a):
    top = max(abs(a.low), abs(a.high))
    bottom = a.low if a.low > 0 else -a.high if a.high < 0 else 0.0
    return Range(bottom*bottom, top*top if top < 1e154 else math.inf, a.nonzero)


def _div(node, a, b):
    if b.positive or b.negative:
        low = -math.inf if b.high == 0 else 1/b.high if b.high else math.inf
        high = math.inf if b.low == 0 else 1/b.low
        return _mul(None, a, Range(min(low, high), max(low, high), True))
    if a.nonnegative and b.nonnegative:
        return Range(0.0, math.inf, a.nonzero)
    return Range(nonzero=a.nonzero)


def _pow(node, a, b):
    exponent = node.inputs[1]
    if exponent.op.name == "constant" and exponent.attributes[0] != "-0.0" and exponent.attributes[0].is_Integer:
        if int(exponent.attributes[0]) % 2 == 0:
            return Range(0.0, math.inf, a.nonzero)
        return Range(0.0, math.inf, a.nonzero) if a.nonnegative else ANY
    return Range(0.0, math.inf, a.positive)


def _abs(node, a):
    if a.nonnegative:
        return a
    return Range(0.0, max(abs(a.low), abs(a.high)), a.nonzero)


def _maximum(node, a, b):
    return Range(max(a.low, b.low), max(a.high, b.high), a.positive or b.positive)


def _minimum(node, a, b):
    return Range(min(a.low, b.low), min(a.high, b.high), a.positive and b.positive)


def _select(node, c, a, b):
    return Range(min(a.low, b.low), max(a.high, b.high), a.nonzero and b.nonzero)


def _same_range(node, *of):
    return Range(min(r.low for r in of), max(r.high for r in of), all(r.nonzero for r in of))


def _contract(node, *of):
    """A sum of products: of one sign when the products are; bounded when nothing is summed."""
    subs, out, lengths = node.attributes
    product = Range(1.0, 1.0, True)
    for r in of:
        product = _mul(None, product, r)
    if len(set(out)) != len(out):
        product = _same_range(node, product, Range(0.0, 0.0))
    if len(node.inputs) == 2 and node.inputs[0] is node.inputs[1] and subs[0] == subs[1]:
        product = Range(0.0, math.inf, product.nonzero)
    if all(c in out for labels in subs for c in labels):
        return product
    filled = all(type(lengths[c]) is int and lengths[c] > 0 for labels in subs for c in labels if c not in out)
    if product.low >= 0:
        return Range(0.0, math.inf, product.nonzero and filled)
    if product.high <= 0:
        return Range(-math.inf, 0.0, product.nonzero and filled)
    return ANY


def _lesser(node, a, *_):
    return a


_RULES = {"add": _add, "sub": _sub, "neg": _neg, "mul": _mul, "div": _div, "pow": _pow, "abs": _abs,
          "maximum": _maximum,
          "maximum_const": _maximum, "minimum": _minimum, "minimum_const": _minimum, "select": _select,
          "contract": _contract, "reshape": _lesser, "slice": _lesser, "take": _lesser, "max_reduce": _lesser,
          "min_reduce": _lesser, "concatenate": _same_range}
