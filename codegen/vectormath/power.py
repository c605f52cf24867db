"""Two numbers in, x**y out: exp(y·log|x|) with the logarithm in two doubles, and the special cases of C99.

But for one: -inf to a power that is not whole is nan, as every other negative number is, and as sqrt(-inf) is.
"""
from codegen.vectormath.arithmetic import minus_product, muladd, polynomial, product, quick_sum, where
from codegen.vectormath.coefficients import ATANH_DEEP, LOG2_HIGH, LOG2_LOW, THIRD_HIGH, THIRD_LOW
from codegen.vectormath.exponential import clamp, exp_of_two
from codegen.vectormath.logarithm import split

_INF, _NAN = float("inf"), float("nan")
_SIGN = 1 << 63


def power(x, y):
    a = abs(x)
    high, low = _log(a)
    bounded = clamp(y, -(2.0**100), 2.0**100)             # beyond, the result is 0, 1 or ∞ as at the bound
    p, e = product(high, bounded)
    result = exp_of_two(p, muladd(low, bounded, e))
    return _special(x, a, y, result)


def _log(a):
    """(high, low) with high + low = log a to some 64 bits.

    With s = f/(2 + f) in two doubles, log(1 + f) = 2s·(1 + t), t = z/3 + z²·ATANH_DEEP(z), z = s².
    """
    parts = split(a)
    f = parts.m - 1.0
    below = f + 2.0
    inverse = 1.0 / below
    s = f * inverse
    s_low = muladd(-s, f - (below - 2.0), minus_product(f, s, below)) * inverse
    z, z_low = product(s, s)
    z_low = muladd(s + s, s_low, z_low)
    third, third_low = product(z, THIRD_HIGH)
    t, t_low = quick_sum(third, z * z * polynomial(z, ATANH_DEEP))
    t_low = t_low + muladd(z, THIRD_LOW, muladd(z_low, THIRD_HIGH, third_low))
    p, p_low = product(s, t)
    high, low = quick_sum(s, p)
    low = low + (s_low + muladd(s, t_low, muladd(s_low, t, p_low)))
    total, rest = quick_sum(parts.k * LOG2_HIGH, high * 2.0)
    return quick_sum(total, muladd(low, 2.0, muladd(parts.k, LOG2_LOW, rest)))


def _special(x, a, y, result):
    """The result with its sign, where x is 0, ∞, negative or nan, or y is 0 or nan."""
    pole, infinite = a.equals(0.0), a.equals(_INF)
    result = where(pole | infinite, where((pole & (y < 0.0)) | (infinite & (y > 0.0)), _INF, 0.0), result)
    whole, odd = _parity(abs(y))
    result = where((x < 0.0) & ~whole, _NAN, result)
    sign = where(odd, x.bits() & _SIGN, 0)
    result = (result.bits() ^ sign).number()
    result = where(x.equals(x) & y.equals(y), result, _NAN)
    return where(x.equals(1.0) | y.equals(0.0), 1.0, result)


def _parity(y):
    """(whether y ≥ 0 is a whole number, whether it is an odd one)"""
    large, half = y >= 2.0**52, y * 0.5
    whole = large | ((y + 2.0**52) - 2.0**52).equals(y)
    return whole, whole & (y < 2.0**53) & ~((half + 2.0**52) - 2.0**52).equals(half)
