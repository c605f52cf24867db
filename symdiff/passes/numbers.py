"""Arithmetic of constant nodes: constants in, the constant that an operation gives on them out, or None to leave it."""
from fractions import Fraction

import mpmath
import numpy as np
import sympy as sp

from ..primitives.leaf import CONSTANT, DATA, IOTA, NEGATIVE_ZERO, SIZE, constant, number

_BITS = 1100                # longer integers than this are left as they stand
_OPERATIONS = 8             # an exact number with more operations than this becomes a Float


def rational(node):
    """The value of a constant node as a Fraction, when it is a finite rational or a float; else None."""
    if node.op is not CONSTANT:
        return None
    value = node.attributes[0]
    if value is NEGATIVE_ZERO or value == NEGATIVE_ZERO:
        return None
    if value.is_Rational:
        return Fraction(int(value.p), int(value.q))
    if value.is_Float and value.is_finite:
        return Fraction(float(value))
    return None


def from_fraction(value, sizes, exact=True):
    """A constant node of this value: exact when it comes from exact numbers, else the nearest float; None if huge."""
    top = max(value.numerator.bit_length(), value.denominator.bit_length())
    if top > _BITS:
        return None
    if exact:
        return constant(sp.Rational(value.numerator, value.denominator), sizes)
    near = float(value)
    if near == 0 and value != 0:
        return None
    return constant(near, sizes)


def is_exact(node):
    """Is the constant no float?"""
    value = node.attributes[0]
    return value is not NEGATIVE_ZERO and value != NEGATIVE_ZERO and not value.has(sp.Float)


def folded(op, inputs):
    """The constant that `op` gives on constants: exact on exact numbers, else as floats have it; None to leave."""
    sizes = inputs[0].sizes
    if all(map(is_exact, inputs)):
        node = folded_exactly(op.name, [i.attributes[0] for i in inputs], sizes)
        if node is not None:
            return node
    values = [number(i) for i in inputs]
    with np.errstate(all="ignore"):
        plain = op.name in _PLAIN
        result = float(op.numpy(*values)) if plain else _rounded(op, values)
    if result is None or not np.isfinite(result):
        return None
    return constant(result, sizes)


_PLAIN = frozenset("add sub mul div neg sqrt abs floor ceil round sign mod maximum minimum maximum_const minimum_const "
                   "select lt le gt ge eq ne and or not step relu hard_unit leaky_relu".split())


def _rounded(op, values):
    """The value by mpmath at twice the precision, rounded once; None where it is not one finite real number."""
    with mpmath.workprec(120):
        try:
            result = op.mpmath(*map(mpmath.mpf, values))
        except (ValueError, ZeroDivisionError, OverflowError, mpmath.libmp.NoConvergence):
            return None
        return float(result) if isinstance(result, mpmath.mpf) and mpmath.isfinite(result) else None


def folded_exactly(name, values, sizes):
    """The constant that the operation gives on exact SymPy numbers, when that is short and in range; else None."""
    exact = _EXACT.get(name)
    if exact is None or not all(v.is_finite for v in values):
        return None
    if name == "pow" and not (values[0].is_Rational and values[1].is_Rational and abs(values[1]) <= 64):
        return None
    if name == "div" and values[1] == 0 or name == "log" and values[0].is_positive is not True:
        return None
    if name in ("pow", "sqrt") and values[0].is_nonnegative is not True and not values[-1].is_Integer:
        return None
    if name == "pow" and values[0] == 0 and values[1].is_negative:
        return None
    if any(v.is_Rational and max(int(v.p).bit_length(), v.q.bit_length()) > 64 for v in values):
        return None
    result = exact(*values)
    if not (result.is_number and result.is_finite and result.is_real):
        return None
    if not result.is_Rational and not 1e-300 < abs(float(result.evalf(20))) < 1e300:
        return None
    if result.is_Rational or result.count_ops() <= _OPERATIONS:
        return constant(result, sizes)
    return constant(sp.Float(result.evalf(25), 16), sizes)


_EXACT = {"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a*b, "div": lambda a, b: a/b,
          "neg": lambda a: -a, "pow": lambda a, b: a**b, "sqrt": sp.sqrt, "exp": lambda a: sp.exp(a), "log": sp.log,
          "abs": sp.Abs, "floor": sp.floor, "ceil": sp.ceiling}


def is_finite_leaf(node):
    """Is the node finite whatever the inputs are?"""
    if node.op is CONSTANT:
        return bool(np.isfinite(number(node)))
    if node.op is DATA:
        return bool(np.isfinite(node.attributes[0].array).all())
    return node.op is SIZE or node.op is IOTA
