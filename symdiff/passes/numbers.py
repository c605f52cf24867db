"""Arithmetic of constant nodes: constants in, the constant that an operation gives on them out, or None to leave it."""
from fractions import Fraction

import mpmath
import numpy as np
import sympy as sp

from ..primitives.leaf import CONSTANT, DATA, IOTA, NEGATIVE_ZERO, SIZE, constant, exact_number, is_rounded, number

LADDER, AGREED = (160, 1300, 2600), 100         # bits, and how many two results agree in
BITS = 96                       # of a constant that is computed of others
KEPT, NOISE = 40, 16            # bits by which a sum of such may lie below its terms, and that may be wrong
MIDDLE = 1e-300, 1e300          # beyond, numbers are computed as floats have it
LARGEST = mpmath.mpf(2)**1024*(1 - mpmath.mpf(2)**-54)
_BITS = 1100                # longer integers than this are left as they stand
_OPERATIONS = 8             # an exact number with more operations than this becomes a Float


def rational(node):
    """The value of a constant node as a Fraction, when it is a finite rational or a float64; else None, as of what was
    computed of numbers."""
    if node.op is not CONSTANT:
        return None
    value = node.attributes[0]
    if value is NEGATIVE_ZERO or value == NEGATIVE_ZERO:
        return None
    if value.is_Rational:
        return Fraction(int(value.p), int(value.q))
    if value.is_Float and value.is_finite and not is_rounded(value):
        return Fraction(float(value))
    return None


def from_fraction(value, sizes, exact=True):
    """A constant node of this value: exact when it comes from exact numbers, else as `folded` has it; None if huge."""
    top = max(value.numerator.bit_length(), value.denominator.bit_length())
    if top > _BITS:
        return None
    if exact:
        return constant(sp.Rational(value.numerator, value.denominator), sizes)
    near = float(value)
    if near == 0 and value != 0:
        return None
    if Fraction(near) == value:
        return constant(near, sizes)
    with mpmath.workprec(LADDER[1]):
        return _as_constant(mpmath.mpf(value.numerator)/value.denominator, LADDER[1], sizes)


def is_exact(node):
    """Is the constant no float?"""
    value = node.attributes[0]
    return value is not NEGATIVE_ZERO and value != NEGATIVE_ZERO and not value.has(sp.Float)


def folded(op, inputs):
    """The constant that `op` gives on constants: exact on exact numbers, else with BITS bits; None to leave."""
    sizes, values = inputs[0].sizes, [i.attributes[0] for i in inputs]
    if all(map(is_exact, inputs)):
        node = folded_exactly(op.name, values, sizes)
        if node is not None:
            return node
    rounded = any(map(is_rounded, values))
    if op.name in _PLAIN:
        with np.errstate(all="ignore"):
            result = float(op.numpy(*map(number, inputs)))
        if not np.isfinite(result):
            return None
        if op.name not in _ARITHMETIC or not MIDDLE[0] < abs(result) < MIDDLE[1] and not (rounded and result == 0):
            return constant(result, sizes)
    return _as_constant(*(_of_rounded if rounded else _of_exact)(op, values), sizes)


def _as_constant(value, bits, sizes):
    """The constant of a number of mpmath that is known to so many bits: a float64 where it is one; None of None and of
    what is too large."""
    if value is None or abs(value) >= LARGEST:
        return None
    near = float(value)
    with mpmath.workprec(bits):
        gap = abs(value - near)
    if abs(value) < MIDDLE[0] or gap <= mpmath.ldexp(abs(value), NOISE - bits):
        return constant(near, sizes)
    enough = mpmath.mag(gap) > mpmath.mag(value) - BITS + NOISE
    return constant(sp.Float(value, precision=BITS if enough else bits), sizes)


_ARITHMETIC = frozenset("add sub mul div sqrt".split())         # what rounds, of these:
_PLAIN = frozenset("add sub mul div neg sqrt abs floor ceil round sign mod maximum minimum maximum_const minimum_const "
                   "select lt le gt ge eq ne and or not step relu hard_unit leaky_relu".split())


def _of_rounded(op, values):
    """(the value at numbers of which some were computed of others, its bits); (None, 0) where it is not one finite real
    number, or where terms cancel."""
    with mpmath.workprec(LADDER[0]):
        numbers = [exact_number(v) for v in values]
        result = real(op, numbers)
        if result is None:
            return None, 0
        if result and op.name in ("add", "sub") and mpmath.mag(result) < max(map(mpmath.mag, numbers)) - KEPT:
            return None, 0
    return result, BITS


def real(op, values):
    """The value of a primitive to the precision in force; None where it is not one finite real number."""
    try:
        result = op.mpmath(*values)
    except (ValueError, ZeroDivisionError, OverflowError, mpmath.libmp.NoConvergence):
        return None
    return result if isinstance(result, mpmath.mpf) and mpmath.isfinite(result) else None


def _of_exact(op, values):
    """(the value at exact numbers, as sin(10**300), its bits), with more of them until two results agree; 0 where ever
    less is left, as of sin(π); (None, 0) where it is not one finite real number."""
    before = None
    for bits in LADDER:
        with mpmath.workprec(bits):
            found = real(op, map(exact_number, values))
            if found is None:
                return None, 0
            if before is not None and abs(found - before) <= mpmath.ldexp(abs(found), -AGREED):
                return found, bits
            before = found
    return (mpmath.mpf(0), LADDER[0]) if mpmath.mag(before) < -LADDER[-2] else (None, 0)


def folded_exactly(name, values, sizes):
    """The constant that the operation gives on exact SymPy numbers, when that is short and in range; else None."""
    exact = _EXACT.get(name)
    if exact is None or not all(v.is_finite for v in values):
        return None
    if name == "pow" and not (values[1].is_Rational and abs(values[1]) <= 64 and
                              (values[0].is_Rational or values[1].is_Integer and values[0].is_positive)):
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
    if not result.is_Rational:
        size = abs(_twenty_digits(result))
        if not size:
            return constant(0, sizes)
        if not 1e-300 < size < 1e300:
            return None
    if result.is_Rational or result.count_ops() <= _OPERATIONS:
        return constant(result, sizes)
    return _as_constant(mpmath.mp.make_mpf(result.evalf(35)._mpf_), BITS, sizes)


def _twenty_digits(value):
    """A float of an exact number; 0 where 1 500 digits of its terms cancel."""
    for most in (100, 1500):
        found = value.evalf(20, maxn=most)
        if found._prec > 20:                        # else SymPy says that no digit is right
            return float(found)
    return 0.0


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
