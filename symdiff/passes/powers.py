"""powers and roots: outputs go in; constant powers come out as squares, roots and quotients.

Needs:    any graph; `roots` a graph after `derive`, since x·sqrt(x) has no derivative at 0 by the product rule.
Promises: equal values within a unit in the last place or two per factor, and nan, inf and zeros where they were.
          Whole powers stay one node, which the emitters expand by squaring.
"""
from fractions import Fraction

import sympy as sp

from ..graph import make, order
from ..primitives.leaf import CONSTANT, constant
from ..primitives.record import TABLE
from .algebra import again, resimplified, simplified
from .numbers import rational
from .ranges import Ranges

_HALF, _THIRD = Fraction(1, 2), sp.Rational(1, 3)


def powers(outputs):
    """x·x is x**2;  x**0.5 is sqrt(x);  x**-1 is 1/x;  exp(a)**n is exp(n·a), cbrt(exp(a)) likewise;
    cbrt(x)**3 is x;  sqrt(x)**2 is x where x ≥ 0 is known."""
    ranges, outputs = Ranges(), tuple(outputs)
    if not any([node.op.name in ("pow", "cbrt") or node.op.name == "mul" and node.inputs[0] is node.inputs[1]
                for node in order(outputs)]):
        return outputs

    def change(node, inputs):
        if node.op.name == "mul" and inputs[0] is inputs[1]:
            node = simplified(TABLE["pow"], (inputs[0], constant(2, node.sizes)))
        else:
            node = again(node, inputs)
        if node.op.name == "cbrt" and node.inputs[0].op.name == "exp":
            return _exponential(constant(_THIRD, node.sizes), node.inputs[0])
        return _power(node, ranges) or node if node.op.name == "pow" else node

    return resimplified(outputs, change, ("mul", "pow", "cbrt"))


def _exponential(exponent, base):
    """exp(a)**n as exp(n·a)."""
    return simplified(TABLE["exp"], (simplified(TABLE["mul"], (exponent, base.inputs[0])),))


def _power(node, ranges):
    base, exponent = node.inputs
    if base.op.name == "exp":
        return _exponential(exponent, base)
    if exponent.op is not CONSTANT:
        return None
    n = rational(exponent)
    if n == _HALF:
        return simplified(TABLE["sqrt"], (base,))
    if n == -1:
        return simplified(TABLE["div"], (constant(1, node.sizes), base))
    if n == -_HALF:
        return simplified(TABLE["div"], (constant(1, node.sizes), simplified(TABLE["sqrt"], (base,))))
    if n == 2 and base.op.name == "abs":
        return make(node.op, (base.inputs[0], exponent))
    if n == 3 and base.op.name == "cbrt":
        return base.inputs[0]
    if n == 2 and base.op.name == "sqrt" and ranges.nonnegative(base.inputs[0]):
        return base.inputs[0]
    return None


def roots(outputs):
    """x**1.5 is x·sqrt(x), likewise 2.5 and 3.5;  x**-1.5 is (1/x)/sqrt(x);  x**-n is (1/x)**n."""
    def change(node, inputs):
        node = again(node, inputs)
        return _root(node) or node if node.op.name == "pow" else node

    return resimplified(outputs, change, ("pow",))


def _root(node):
    base, exponent = node.inputs
    n = rational(exponent)
    if n is None:
        return None
    one = constant(1, node.sizes)
    if n.denominator == 2 and 1 < n < 4:
        whole = simplified(TABLE["pow"], (base, constant((n - _HALF).numerator, node.sizes)))
        return simplified(TABLE["mul"], (whole, make(TABLE["sqrt"], (base,))))
    if n == -3*_HALF:
        return simplified(TABLE["div"], (make(TABLE["div"], (one, base)), make(TABLE["sqrt"], (base,))))
    if n.denominator == 1 and -16 <= n <= -2:
        return simplified(TABLE["pow"], (make(TABLE["div"], (one, base)), constant(-n.numerator, node.sizes)))
    return None
