"""Numbers in, sines, cosines and tangents out; those of one number share all but a choice.

x = n·π/2 + r with |r| ≤ π/4, π/2 in three doubles (Cody and Waite), right for |x| ≤ 2²⁰·π, where n has 22 bits.
A larger x, which data hardly ever hold, goes to libm, whose bound is its own: glibc 2.36 keeps 1 ulp but beside
multiples of π/2 (8 ulp at 6381956970095103·2⁷⁹⁷, the worst double of all).
"""
from codegen.vectormath.arithmetic import minus_product, muladd, otherwise, polynomial, product, where
from codegen.vectormath.coefficients import COS, HALF_PI_HIGH, HALF_PI_LAST, HALF_PI_LOW, SIN

_ROUNDER = 1.5 * 2.0**52
_FAR = 3294198.0                          # 2²⁰·π
NEAR = 0.78                               # below π/4
_TWO_OVER_PI = 0.6366197723675814


def sin(x):
    n, r, r_low, z = _reduced(x)
    result = _turned(n, _sin(r, r_low, z), _cos(r, r_low, z))
    return _far(x, where(abs(x) < 2.0**-27, x, result), "sin")


def cos(x):
    n, r, r_low, z = _reduced(x)
    return _far(x, _turned(n + 1, _sin(r, r_low, z), _cos(r, r_low, z)), "cos")


def tan(x):
    n, r, r_low, z = _reduced(x)
    sine, cosine = _sin(r, r_low, z), _cos(r, r_low, z)
    odd = (n & 1).nonzero()
    result = where(odd, -cosine, sine) / where(odd, sine, cosine)
    return _far(x, where(abs(x) < 2.0**-27, x, result), "tan")


def sinc(x):
    """sin(x)/x, 1 at 0, 0 at ±∞"""
    return where(x.equals(0.0), 1.0, where(abs(x).equals(float("inf")), 0.0, sin(x) / x))


def near(x):
    """(sin x, cos x) for |x| ≤ NEAR, to the bit what `sin` and `cos` give: n and r_low are 0 there."""
    z = x * x
    half = z * 0.5
    w = 1.0 - half
    sine = x + z * x * polynomial(z, SIN)
    return where(abs(x) < 2.0**-27, x, sine), w + ((1.0 - w - half) + z * z * polynomial(z, COS))


def _reduced(x):
    """n in the low bits of an integer; r + r_low = x − n·π/2; z = r²."""
    shifted = muladd(x, _TWO_OVER_PI, _ROUNDER)
    n = shifted - _ROUNDER
    high = minus_product(x, n, HALF_PI_HIGH)              # exact
    p, e = product(n, HALF_PI_LOW)
    r = high - p
    r_low = (high - r) - p - muladd(n, HALF_PI_LAST, e)
    return shifted.bits(), r, r_low, r * r


def _sin(r, r_low, z):
    """sin(r + r_low) = r + (r³·SIN(z) + r_low·(1 − z/2))"""
    return r + muladd(z * r, polynomial(z, SIN), muladd(z * -0.5, r_low, r_low))


def _cos(r, r_low, z):
    """cos(r + r_low) = 1 − z/2 + (z²·COS(z) − r·r_low)"""
    half = z * 0.5
    w = 1.0 - half
    return w + ((1.0 - w - half) + muladd(z * z, polynomial(z, COS), -(r * r_low)))


def _turned(n, sine, cosine):
    """sin(r + n·π/2)"""
    chosen = where((n & 1).nonzero(), cosine, sine)
    return (chosen.bits() ^ ((n & 2) << 62)).number()


def _far(x, result, name):
    a = abs(x)
    return otherwise((a > _FAR) & (a < float("inf")), result, name, x)
