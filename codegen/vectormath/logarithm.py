"""Numbers in, logarithms out: log, log2, log10, log1p, log1pmx, log1mexp, xlogy, and softplus, log_sigmoid, logaddexp.

x = 2ᵏ·(1 + f) with √½ ≤ 1 + f < √2, and log(1 + f) = f + s·(R − f) where s = f/(2 + f) and R = s²·LOG(s²),
from log(1 + f) = 2 atanh s = 2s + s·R and 2s = f − s·f.  The leading f is exact.
"""
from dataclasses import dataclass

from codegen.vectormath.arithmetic import (
    Bits, Number, exact_sum, like, muladd, polynomial, product, quick_sum, where)
from codegen.vectormath.coefficients import (
    LOG, LOG10_OF_2_HIGH, LOG10_OF_2_LOW, LOG10_OF_E_HIGH, LOG10_OF_E_LOW, LOG2_HIGH, LOG2_LOW, LOG2_OF_E_HIGH,
    LOG2_OF_E_LOW, LOG_WIDE)
from codegen.vectormath.exponential import exp_of_minus, expm1_in_two, reduce, scaled

_INF, _NAN = float("inf"), float("nan")
_ONE = 0x3FF0000000000000                 # the bits of 1
_ROOT_HALF = 0x3FE6A09E667F3BCD           # the bits of √½
_FRACTION = 0x000FFFFFFFFFFFFF
_ATANH = tuple(1 / k for k in range(3, 37, 2))           # |r| ≤ 1/3
_TWO_52, _TWO_52_BITS = 2.0**52, 0x4330000000000000


@dataclass(frozen=True)
class Split:
    """x = 2ᵏ·m with √½ ≤ m < √2; `biased` is k + 1023."""

    biased: Bits
    m: Number
    k: Number


def split(x, subnormals=True):
    """`Split` of a positive finite x."""
    offset = _TWO_52 + 1023.0
    if subnormals:
        tiny = x < 2.0**-1022
        x = where(tiny, x * 2.0**54, x)
        offset = where(tiny, offset + 54.0, offset)
    moved = x.bits() + (_ONE - _ROOT_HALF)
    biased = moved >> 52
    return Split(biased, ((moved & _FRACTION) + _ROOT_HALF).number(), (biased | _TWO_52_BITS).number() - offset)


def log(x):
    parts = split(x)
    return _special(x, 0.0, _assembled(parts.k, parts.m - 1.0, None))


def log1p(x):
    """log of u + c, where u = 1 + x rounded and c is what that lost."""
    u, c = exact_sum(x, like(x, 1.0))
    parts = split(u, subnormals=False)
    f, f_low = _with_rest(parts, c)
    result = _special(x, -1.0, _assembled(parts.k, f, f_low))
    return where(abs(x) < 2.0**-54, x, result)            # −0 keeps its sign


def log1prel(x):
    """log(1 + x)/x, 1 at 0, 0 at ∞."""
    return where(abs(x) < 2.0**-54, 1.0, where(x.equals(_INF), 0.0, log1p(x) / x))


def log1pmx(x):
    """log(1 + x) − x"""
    return where((x < -0.5) | (x > 1.0), where(x < _INF, log1p(x) - x, -x), log1pmx_near(x))


def log1pmx_near(x):
    """log(1 + x) − x between −1/2 and 1, from log(1 + x) = 2 atanh r, r = x/(2 + x), whose 2r is x − r·x."""
    r = x / (x + 2.0)
    z = r * r
    return r * muladd(z * 2.0, polynomial(z, _ATANH), -x)


def xlogy(x, y):
    """x·log y, and 0 where x is 0 and y a number"""
    return where(x.equals(0.0) & y.equals(y), 0.0, x * log(y))


def log_of_two(u, c):
    """log(u + c) for a normal u > 0 and a c that is no more than half a unit in its last place."""
    parts = split(u)
    f, f_low = _with_rest(parts, c)
    return _assembled(parts.k, f, f_low)


def log_in_two(x):
    """(high, low) with high + low = log x to some 57 bits, for x > 0."""
    parts = split(x)
    high, low = _log_in_two(parts.m - 1.0)
    total, rest = quick_sum(parts.k * LOG2_HIGH, high)
    return total, rest + muladd(parts.k, LOG2_LOW, low)


def log1mexp(x):
    """log(1 − exp x) for x ≤ 0, as log of u + c: the two parts of −expm1 x, below −30 those of 1 − exp x."""
    reduced = reduce(where(x < -746.0, -746.0, x))
    near, tiny = x > -30.0, x > -(2.0**-54)
    high, low = expm1_in_two(reduced, 0)
    u = where(tiny, -x, where(near, -high, 1.0))
    result = log_of_two(u, where(tiny, 0.0, where(near, -low, -scaled(reduced))))
    return where(x < 0.0, result, where(x.equals(0.0), -_INF, _NAN))


def log2(x):
    parts = split(x)
    high, low = _log_in_two(parts.m - 1.0)
    p, e = product(high, LOG2_OF_E_HIGH)
    e = muladd(high, LOG2_OF_E_LOW, muladd(low, LOG2_OF_E_HIGH, e))
    total, rest = quick_sum(parts.k, p)
    return _special(x, 0.0, total + (rest + e))


def log10(x):
    parts = split(x)
    high, low = _log_in_two(parts.m - 1.0)
    p, e = product(high, LOG10_OF_E_HIGH)
    e = muladd(high, LOG10_OF_E_LOW, muladd(low, LOG10_OF_E_HIGH, e))
    total, rest = quick_sum(parts.k * LOG10_OF_2_HIGH, p)     # the first exact: k has 11 bits, the constant 42
    return _special(x, 0.0, total + (rest + muladd(parts.k, LOG10_OF_2_LOW, e)))


def softplus(x):
    """max(x, 0) + log1p(exp(−|x|))"""
    return where(x < 0.0, 0.0, x) + _log1p_of(exp_of_minus(abs(x)))


def log_sigmoid(x):
    """−softplus(−x)"""
    return -softplus(-x)


def logaddexp(a, b):
    """max(a, b) + log1p(exp(−|a − b|)), where equal infinities differ by 0."""
    apart = where(a.equals(b), 0.0, abs(a - b))
    return where(a < b, b, a) + _log1p_of(exp_of_minus(apart))


def _log1p_of(e):
    """log(1 + e) for 0 ≤ e ≤ 1: f = e up to 1/2, above it 1 + e = 2·(1 + f); both exact."""
    high = e > 0.5
    f = where(high, muladd(e, 0.5, -0.5), e)
    s, rest = _pieces(f, LOG_WIDE)
    return where(high, LOG2_HIGH, 0.0) + (f + muladd(s, rest - f, where(high, LOG2_LOW, 0.0)))


def _assembled(k, f, f_low):
    """k·log 2 + log(1 + f) + f_low"""
    s, rest = _pieces(f, LOG)
    low = k * LOG2_LOW if f_low is None else muladd(k, LOG2_LOW, f_low)
    return muladd(k, LOG2_HIGH, f + muladd(s, rest - f, low))


def _pieces(f, coefficients):
    """s and R"""
    s = f / (f + 2.0)
    z = s * s
    return s, z * polynomial(z, coefficients)


def _log_in_two(f):
    """(high, low) with high + low = log(1 + f) to some 57 bits, as f − h + s·(h + R) with h = f²/2."""
    s, rest = _pieces(f, LOG)
    square, square_low = product(f, f)
    high, low = quick_sum(f, square * -0.5)
    return high, muladd(s, muladd(square, 0.5, rest), muladd(square_low, -0.5, low))


def _with_rest(parts, c):
    """(f, f_low) with f + f_low = m − 1 + c·2⁻ᵏ; c·2⁻ᵏ is below 2⁻⁵², or the sum is exact."""
    twice = ((2047 - parts.biased) << 52).number()        # 2¹⁻ᵏ, and 0 at k = 1024
    return quick_sum(parts.m - 1.0, c * twice * 0.5)


def _special(x, pole, result):
    """log's result from the pole on; −∞ at the pole, nan before it, ∞ and nan as they are."""
    result = where(x < _INF, result, x)
    return where(x <= pole, where(x.equals(pole), -_INF, _NAN), result)
