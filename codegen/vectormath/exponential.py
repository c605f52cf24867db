"""Numbers in, exponentials and what is made of one exponential out: exp, expm1, exprel, tanh, sigmoid, sinh, cosh, …

All start from x = n·log 2 + r with a whole n and |r| ≤ log(2)/2:  exp x = 2ⁿ·exp r, where
exp r = 1 + (r + r²·rest).  Where 1 is taken off again, what was rounded off r is carried along.
The functions of both signs are built on exp(−|x|): f(x) and f(−x) side by side share it.
"""
from dataclasses import dataclass

from codegen.vectormath.arithmetic import (
    Bits, Number, exact_sum, like, minus_product, muladd, polynomial, product, quick_sum, where)
from codegen.vectormath.coefficients import EXP, LOG2_FULL_HIGH, LOG2_FULL_LOW, LOG2_HIGH, LOG2_LOW, LOG2_OF_E_HIGH

_INF = float("inf")
_BIAS = 1023
_ROUNDER = 1.5 * 2.0**52 + 2 * _BIAS      # added to |x| < 2⁵¹ it rounds to a whole number, kept in the low bits
_SIGN = 1 << 63


@dataclass(frozen=True)
class Reduced:
    """exp x = 2ⁿ·(1 + r + low + square·rest); the lowest bits of `count` are n + 2·1023."""

    count: Bits
    r: Number
    low: Number
    square: Number
    rest: Number

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
    fraction = x - (shifted - _ROUNDER)
    r, low = product(fraction, LOG2_FULL_HIGH)
    return _reduced(shifted, r, muladd(fraction, LOG2_FULL_LOW, low))


def _reduced(shifted, r, low):
    return Reduced(shifted.bits(), r, low, r * r, polynomial(r, (0.5, *EXP)))


def scaled(reduced):
    """2ⁿ·(1 + r + square·rest); 2ⁿ in two factors, for it may be no normal double where the result is subnormal."""
    half = reduced.count >> 1
    value = muladd(reduced.square, reduced.rest, reduced.r) + 1.0
    return value * (half << 52).number() * ((reduced.count - half) << 52).number()


def exp_of_two(x, low):
    """exp(x + low) for a low that is small beside x; within 0.7 ulp."""
    kept = clamp(x, -746.0, 710.0)
    reduced = reduce(kept)
    r, lost = exact_sum(reduced.r, reduced.low + where(kept.equals(x), low, 0.0))
    square = r * r
    one, rest = quick_sum(like(x, 1.0), r)
    value = one + (rest + muladd(square, polynomial(r, (0.5, *EXP)), lost))
    half = reduced.count >> 1
    return value * (half << 52).number() * ((reduced.count - half) << 52).number()


def expm1_in_two(reduced, power):
    """(high, low) with high + low = (exp x − 1)·2ᵖᵒʷᵉʳ, where 2ⁿ⁺ᵖᵒʷᵉʳ is a normal double."""
    scale = reduced.power_of_two(power)
    whole, lost = quick_sum(like(scale, -(2.0**power)), scale)
    high, low = quick_sum(whole, scale * reduced.r)
    return quick_sum(high, muladd(scale, muladd(reduced.square, reduced.rest, reduced.low), low + lost))


def clamp(x, low, high):
    """x between low and high; nan stays."""
    x = where(x < low, low, x)
    return where(x > high, high, x)


def exp(x):
    return scaled(reduce(clamp(x, -746.0, 710.0)))


def exp2(x):
    return scaled(reduce2(clamp(x, -1077.0, 1025.0)))


def exp_of_minus(x):
    """exp(−x) for x ≥ 0."""
    return scaled(reduce(_minus(x)))


def _minus(x):
    """−x for x ≥ 0, not below where exp is 0."""
    x = -x
    return where(x < -746.0, -746.0, x)


def expm1(x):
    result = _expm1(reduce(clamp(x, -40.0, 710.0)), -1) * 2.0
    return where(abs(x) < 2.0**-54, x, result)            # subnormals lost a bit; −0 its sign


def exprel(x):
    """(exp x − 1)/x, 1 at 0; for x > 0 the numerator is taken 2⁻¹⁶ times, which is a double where it is none."""
    above, positive = _expm1(reduce(clamp(x, -40.0, 720.0)), -16), x > 0.0
    result = where(positive, above, above * 2.0**16) / x
    result = where(x > 720.0, _INF, where(positive, result * 2.0**16, result))
    return where(abs(x) < 2.0**-54, 1.0, result)


def inv_exprel(x):
    """x/(exp x − 1), 1 at 0; for x > 0 with 2⁻⁸⁰ of the denominator: only the last product may be subnormal."""
    below, positive = _expm1(reduce(clamp(x, -40.0, 760.0)), -80), x > 0.0
    result = x / where(positive, below, below * 2.0**80)
    result = where(x > 760.0, 0.0, where(positive, result * 2.0**-80, result))
    return where(abs(x) < 2.0**-54, 1.0, result)


def tanh(x):
    """−E/(2 + E) with E = exp(−2|x|) − 1, where 2 + E is taken as 1 + exp(−2|x|); 1 where the quotient rounds to it.

    The exponential is reduced as that of logistic_pdf(2x) is, a quarter of the derivative: side by side they share it.
    """
    minus = _minus(abs(x * 2.0))
    reduced = reduce(minus)
    result = abs(_expm1(reduced, 0)) / (_exp(reduced, 0) + 1.0)
    result = where(minus < -44.0, 1.0, result)
    return (result.bits() | (x.bits() & _SIGN)).number()


def sigmoid(x):
    """1/(1 + e) for x ≥ 0, e/(1 + e) for x < 0, with e = exp(−|x|); the quotient made good to first order."""
    e = exp_of_minus(abs(x))
    below, lost = quick_sum(like(x, 1.0), e)
    inverse = 1.0 / below
    above = where(x < 0.0, e, 1.0)
    quotient = above * inverse
    rest = minus_product(above, quotient, below)
    return muladd(muladd(-quotient, lost, rest), inverse, quotient)


def swish(x):
    """x/(1 + h²) for x ≥ 0, x·h·h/(1 + h²) for x < 0, with h = exp(−|x|/2), so that only the last product is subnormal."""
    h = exp_of_minus(abs(x) * 0.5)
    one = like(x, 1.0)
    part = where(x < 0.0, h, one)
    return where(x < -2000.0, like(x, -2000.0), x) * part * part / muladd(h, h, one)


def logistic_pdf(x):
    """e/(1 + e)² with e = exp(−|x|): the derivative of sigmoid."""
    e = exp_of_minus(abs(x))
    below = e + 1.0
    return e / (below * below)


def sech(x):
    """2e/(1 + e²) with e = exp(−|x|)."""
    e = exp_of_minus(abs(x))
    return (e + e) / muladd(e, e, like(x, 1.0))


def sinh(x):
    """(E + E/(1 + E))/2 with E = exp|x| − 1 in two parts; E/4 is a double where E is none."""
    a = abs(x)
    high, low = expm1_in_two(reduce(where(a > 710.6, 710.6, a)), -2)
    result = (high + (low + high / muladd(high, 4.0, 1.0))) * 2.0
    result = where(a < 2.0**-54, a, result)
    return (result.bits() | (x.bits() & _SIGN)).number()


def cosh(x):
    """e/2 + 1/(2e) with e = exp|x|; e/4 is a double where e is none."""
    a = abs(x)
    half = _exp(reduce(where(a > 710.6, 710.6, a)), -2) * 2.0
    return half + 0.25 / half


def _exp(reduced, power):
    """exp(x)·2ᵖᵒʷᵉʳ, where 2ⁿ⁺ᵖᵒʷᵉʳ is a normal double"""
    return (muladd(reduced.square, reduced.rest, reduced.r) + 1.0) * reduced.power_of_two(power)


def _expm1(reduced, power):
    """(exp x − 1)·2ᵖᵒʷᵉʳ, where 2ⁿ⁺ᵖᵒʷᵉʳ is a normal double"""
    scale = reduced.power_of_two(power)
    high, low = quick_sum(scale - 2.0**power, scale * reduced.r)
    return high + muladd(scale, muladd(reduced.square, reduced.rest, reduced.low), low)
