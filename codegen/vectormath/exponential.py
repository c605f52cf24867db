"""Numbers in, exponentials and what is made of one exponential out: exp, exp2, expm1, tanh, sigmoid, sinh, cosh.

All start from x = n·log 2 + r with a whole n and |r| ≤ log(2)/2:  exp x = 2ⁿ·exp r, where
exp r = 1 + r + tail.  What is rounded off r and off 1 + r is carried along, so that one rounding is nearly all.
The functions of both signs are built on exp(−|x|): f(x) and f(−x) side by side share it.
"""
from dataclasses import dataclass

from codegen.vectormath.arithmetic import Bits, Number, minus_product, muladd, polynomial, product, quick_sum, where
from codegen.vectormath.coefficients import EXP, LOG2_FULL_HIGH, LOG2_FULL_LOW, LOG2_HIGH, LOG2_LOW, LOG2_OF_E_HIGH

_BIAS = 1023
_ROUNDER = 1.5 * 2.0**52 + 2 * _BIAS      # added to |x| < 2⁵¹ it rounds to a whole number, kept in the low bits
_SIGN = 1 << 63


@dataclass(frozen=True)
class Reduced:
    """exp x = 2ⁿ·(1 + r + tail); the lowest bits of `count` are n + 2·1023."""

    count: Bits
    r: Number
    tail: Number

    def power_of_two(self, more):
        """2ⁿ⁺ᵐᵒʳᵉ, where that is a normal double."""
        return ((self.count + (more - _BIAS)) << 52).number()


def reduce(x):
    """`Reduced` for |x| ≤ 1075."""
    shifted = muladd(x, LOG2_OF_E_HIGH, _ROUNDER)
    n = shifted - _ROUNDER
    high = muladd(n, -LOG2_HIGH, x)                       # exact: n has 11 bits, LOG2_HIGH has 42
    r = muladd(n, -LOG2_LOW, high)
    return _reduced(shifted, r, muladd(n, -LOG2_LOW, high - r))


def reduce2(x):
    """`Reduced` of x·log 2 for |x| ≤ 1100."""
    shifted = x + _ROUNDER
    r, r_low = product(x - (shifted - _ROUNDER), LOG2_FULL_HIGH)
    return _reduced(shifted, r, muladd(x - (shifted - _ROUNDER), LOG2_FULL_LOW, r_low))


def _reduced(shifted, r, r_low):
    return Reduced(shifted.bits(), r, muladd(r * r, polynomial(r, (0.5, *EXP)), r_low))


def scaled(reduced):
    """2ⁿ·(1 + r + tail), rounded once where it is normal; 2ⁿ in two factors, for it may not be a double itself."""
    one, rest = quick_sum(_like(reduced.r, 1.0), reduced.r)
    half = reduced.count >> 1
    return (one + (rest + reduced.tail)) * (half << 52).number() * ((reduced.count - half) << 52).number()


def half_expm1(reduced):
    """(high, low) with high + low = (exp x − 1)/2, for n ≥ −1000."""
    scale = reduced.power_of_two(-1)
    whole, lost = quick_sum(_like(scale, -0.5), scale)
    high, low = quick_sum(whole, scale * reduced.r)
    return quick_sum(high, muladd(scale, reduced.tail, low + lost))


def clamp(x, low, high):
    """x between low and high; nan stays."""
    return where(x > high, high, where(x < low, low, x))


def exp(x):
    return scaled(reduce(clamp(x, -746.0, 710.0)))


def exp2(x):
    return scaled(reduce2(clamp(x, -1077.0, 1025.0)))


def exp_of_minus(x):
    """exp(−x) for x ≥ 0."""
    x = -x
    return scaled(reduce(where(x < -746.0, -746.0, x)))


def expm1(x):
    reduced = reduce(clamp(x, -40.0, 710.0))
    scale = reduced.power_of_two(-1)
    high, low = quick_sum(scale - 0.5, scale * reduced.r)
    result = (high + muladd(scale, reduced.tail, low)) * 2.0
    return where(abs(x) < 2.0**-54, x, result)            # subnormals lost a bit; −0 its sign


def tanh(x):
    """−E/(2 + E) with E = exp(−2|x|) − 1 in two parts, the quotient corrected once."""
    minus = abs(x) * -2.0
    high, low = half_expm1(reduce(where(minus < -44.0, -44.0, minus)))
    below, below_low = quick_sum(_like(x, 1.0), high)
    quotient = _quotient(-high, -low, below, below_low + low)
    return (quotient.bits() | (x.bits() & _SIGN)).number()


def sigmoid(x):
    """1/(1 + e) for x ≥ 0, e/(1 + e) for x < 0, with e = exp(−|x|)."""
    e = exp_of_minus(abs(x))
    below, below_low = quick_sum(_like(x, 1.0), e)
    return _quotient(where(x < 0.0, e, 1.0), None, below, below_low)


def sinh(x):
    """(E + E/(1 + E))/2 with E = exp|x| − 1 in two parts."""
    a = abs(x)
    high, low = half_expm1(reduce(where(a > 711.0, 711.0, a)))
    result = high + (low + high / muladd(high, 2.0, 1.0))
    result = where(a < 2.0**-54, a, result)
    return (result.bits() | (x.bits() & _SIGN)).number()


def cosh(x):
    """e/2 + 1/(2e) with e = exp|x|."""
    a = abs(x)
    reduced = reduce(where(a > 711.0, 711.0, a))
    one, rest = quick_sum(_like(x, 1.0), reduced.r)
    half = (one + (rest + reduced.tail)) * reduced.power_of_two(-1)
    return half + 0.25 / half


def _quotient(a, a_low, b, b_low):
    """(a + a_low)/(b + b_low): a division by b alone, made good to first order."""
    inverse = 1.0 / b
    quotient = a * inverse
    rest = minus_product(a, quotient, b)
    if a_low is not None:
        rest = rest + a_low
    return muladd(muladd(-quotient, b_low, rest), inverse, quotient)


def _like(x, value):
    return Number(x.ops, x.ops.constant(value))
