"""Numbers in, inverse functions out: atan, atan2, asin, acos by odd polynomials; asinh, acosh, atanh by logarithms."""
from codegen.vectormath.arithmetic import exact_sum, like, muladd, polynomial, where
from codegen.vectormath.coefficients import ASIN, ATAN, HALF_PI_HIGH, HALF_PI_LOW, LOG2_FULL_HIGH
from codegen.vectormath.logarithm import log_of_two

_INF, _NAN = float("inf"), float("nan")
_SIGN = 1 << 63
_TANGENTS = 0.41421356237309503, 2.414213562373095        # of π/8 and 3π/8
_HUGE = 2.0**1021
_FAR = 2.0**28                                            # from here on √(x² ± 1) is x


def atan(x):
    a = abs(x)
    return _signed(_angle(a, like(x, 1.0), (0.0, 0.5, 1.0), 1.0), x)


def atan2(y, x):
    """The angle of the point (x, y): that of |y|/|x|, taken from π where x has a minus sign, with the sign of y."""
    a, b = abs(y), abs(x)
    far = a.equals(_INF) & b.equals(_INF)
    a, b = where(far, 1.0, a), where(far, 1.0, b)
    huge = (a > _HUGE) | (b > _HUGE)
    a, b = where(huge, a * 0.25, a), where(huge, b * 0.25, b)
    left = (x.bits() & _SIGN).nonzero()
    parts = where(left, like(x, 2.0), 0.0), where(left, like(x, 1.5), 0.5), 1.0
    result = _angle(a, b, parts, where(left, like(x, -1.0), 1.0))
    return _signed(where(x.equals(x) & y.equals(y), result, _NAN), y)


def _angle(a, b, parts, direction):
    """parts[k]·π/2 + direction·atan r for a, b ≥ 0, where r is a/b, (a − b)/(a + b) or −b/a, |r| ≤ tan(π/8)."""
    steep, middle = a > b * _TANGENTS[1], a > b * _TANGENTS[0]
    above = where(steep, -b, where(middle, a - b, a)) * direction
    r = above / where(steep, a, where(middle, a + b, b))
    r = where(a.equals(0.0), above, r)
    turn = where(steep, parts[2], where(middle, parts[1], parts[0]))
    z = r * r
    return turn * HALF_PI_HIGH + (r + muladd(r * z, polynomial(z, ATAN), turn * HALF_PI_LOW))


def asin(x):
    """x + x³·ASIN(x²) up to 1/2; π/2 − 2·asin √((1 − x)/2) beyond."""
    a = abs(x)
    high, s, rest = _arc(a)
    far = HALF_PI_HIGH - (s * 2.0 + (rest * 2.0 - HALF_PI_LOW))
    return _signed(where(high, far, s + rest), x)


def acos(x):
    """π/2 − asin x up to 1/2, 2·asin √((1 − x)/2) beyond, π − acos(−x) from −1/2 down."""
    high, s, rest = _arc(abs(x))
    left = x < 0.0
    s, rest = where(left, -s, s), where(left, -rest, rest)
    near = HALF_PI_HIGH - (s + (rest - HALF_PI_LOW))
    base, low = where(left, like(x, 2.0 * HALF_PI_HIGH), 0.0), where(left, like(x, 2.0 * HALF_PI_LOW), 0.0)
    return where(high, base + (s * 2.0 + muladd(rest, 2.0, low)), near)


def _arc(a):
    """(whether a > 1/2, s, rest): s + rest = asin s, where s is a, or √((1 − a)/2)."""
    high = a > 0.5
    z = where(high, 0.5 - a * 0.5, a * a)
    s = where(high, z.sqrt(), a)
    return high, s, s * z * polynomial(z, ASIN)


def asinh(x):
    """log1p(|x| + x²/(1 + √(1 + x²))); log|x| + log 2 far out."""
    a = abs(x)
    far = a > _FAR
    b = where(far, 1.0, a)
    square = b * b
    result = _log1p(b + square / ((square + 1.0).sqrt() + 1.0), far, a)
    return _signed(where(a < 2.0**-27, a, result), x)


def acosh(x):
    """log1p(t + √(t·(t + 2))) with t = x − 1; log x + log 2 far out."""
    far = x > _FAR
    t = where(far, 1.0, x - 1.0)
    return where(x < 1.0, _NAN, _log1p(t + (t * (t + 2.0)).sqrt(), far, x))


def atanh(x):
    """log1p(2|x|/(1 − |x|))/2"""
    a = abs(x)
    b = where(a < 1.0, a, 0.0)
    result = _log1p(b * 2.0 / (1.0 - b), a < 0.0, a) * 0.5
    result = where(a < 1.0, result, where(a.equals(1.0), _INF, _NAN))
    return _signed(where(a < 2.0**-27, a, result), x)


def _log1p(t, far, x):
    """log(1 + t), or log x + log 2 where x is far; t ≥ 0."""
    u, c = exact_sum(t, like(t, 1.0))
    result = log_of_two(where(far, x, u), where(far, 0.0, c))
    result = where(far, result + LOG2_FULL_HIGH, result)
    return where(x < _INF, result, x)


def _signed(result, x):
    """The result ≥ 0 with the sign of x."""
    return (result.bits() | (x.bits() & _SIGN)).number()
