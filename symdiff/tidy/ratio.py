"""Numbers in front of products: exact fractions that remember whether they were typed as decimals.

    0.2 · 3    is 3/5, and is written 0.6;    (1/5) · 3    is 3/5, and is written as a division by 5

A decimal stands for the fraction that its shortest text says, 0.1 for 1/10.
"""
from fractions import Fraction

import sympy as sp

from ..primitives.leaf import CONSTANT, NEGATIVE_ZERO

DIGITS, SMALLEST, LARGEST = 15, 1e-30, 1e30     # digits and magnitudes up to which a decimal is read and written
LONGEST = 200                                   # bits from which an exact number is written as a decimal


class Ratio(Fraction):
    """A fraction, and whether it was typed as a decimal: what is computed with a decimal is one."""

    __slots__ = ("decimal",)

    def __new__(cls, value, decimal=False):
        self = super().__new__(cls, value)
        self.decimal = decimal
        return self

    def __mul__(self, other):
        if other is ONE:
            return self
        if self is ONE and type(other) is Ratio:
            return other
        return Ratio(Fraction.__mul__(self, other), self.decimal or getattr(other, "decimal", False))

    def __truediv__(self, other):
        return Ratio(Fraction.__truediv__(self, other), self.decimal or getattr(other, "decimal", False))

    def __add__(self, other):
        return Ratio(Fraction.__add__(self, other), self.decimal or getattr(other, "decimal", False))

    def __pow__(self, power):
        return Ratio(Fraction.__pow__(self, power), self.decimal)

    def __neg__(self):
        return Ratio(Fraction.__neg__(self), self.decimal)

    def __abs__(self):
        return Ratio(Fraction.__abs__(self), self.decimal)


ONE, MINUS = Ratio(1), Ratio(-1)


def ratio(node):
    """The value of a constant node as a Ratio; None where it is no finite rational and no decimal of usual size."""
    if node.op is not CONSTANT:
        return None
    value = node.attributes[0]
    if value is NEGATIVE_ZERO or value == NEGATIVE_ZERO:
        return None
    if value.is_Rational:
        return Ratio(Fraction(int(value.p), int(value.q)))
    if value.is_Float and value.is_finite and SMALLEST < abs(float(value)) < LARGEST:
        return Ratio(Fraction(repr(float(value))), True)
    return None


def above_and_below(c):
    """(number above, number below) the fraction bar, as SymPy numbers, of a positive Ratio."""
    long = max(c.numerator.bit_length(), c.denominator.bit_length()) > LONGEST
    if _is_decimal(c) or long and Fraction(10)**-300 < c < Fraction(10)**300:
        return sp.Float(float(c)), sp.S.One
    return sp.Integer(c.numerator), sp.Integer(c.denominator)


def _is_decimal(c):
    """Is it written as a decimal: typed as one, and of few digits?"""
    if not c.decimal or c.denominator == 1 or not Fraction(SMALLEST) < c < Fraction(LARGEST):
        return False
    text = repr(float(c))
    return Fraction(text) == c and len(text.replace(".", "").strip("0")) <= DIGITS
