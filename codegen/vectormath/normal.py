"""Numbers in, the error function and what is made of it out: erf, erfc, erfcx, ndtr, log_ndtr, inverse_mills.

For x ≥ 0 all start from erfc x = exp(−x²)·P/(x + 7/8), where P = ERFC(t) is nearly constant in t = (x − K)/(x + K):
one polynomial for every x, without cancellation.  x² is taken exactly, as a product in two parts.  The normal
distribution has x/√2 for x; the constants are scaled instead of x.
"""
from codegen.vectormath.arithmetic import exact_sum, like, muladd, polynomial, polynomial_in_two, product, where
from codegen.vectormath.coefficients import ERF, ERF_FAR, ERFC
from codegen.vectormath.exponential import exp
from codegen.vectormath.logarithm import log_of_two

_INF = float("inf")
_SIGN = 1 << 63
_MIDDLE, _MIDDLE_FAR = 3.75, 2.0                          # K, of ERFC and of ERF_FAR
_ROOT_2, _ROOT_HALF = 1.4142135623730951, 0.7071067811865476
_ROOT_2_OVER_PI, _DENSITY_AT_0 = 0.7978845608028654, 0.3989422804014327
_NOTHING = 2.0**10                                        # from here on exp(−x²) is 0, and x² needs one part only


def erf(x):
    """x + x·ERF(x²) up to 1, 1 − exp(−x²)·P/(x + 7/8) beyond; the exponential is to the bit that of the derivative."""
    a, z = abs(x), x * x
    near = x + x * polynomial(z, ERF)
    b = where(a > 6.0, 6.0, a)
    t = (b - _MIDDLE_FAR) / (b + _MIDDLE_FAR)
    far = 1.0 - exp(-z) * polynomial(t, ERF_FAR) / (b + 0.875)
    return where(a < 1.0, near, (far.bits() | (x.bits() & _SIGN)).number())


def erfc(x):
    a, z = abs(x), x * x
    p, below = _tail(a, 1.0)
    far = p * _gauss(exp(-z), _rest(x, z)) / below
    return where(x < 0.0, 2.0 - far, far)


def erfcx(x):
    """exp(x²)·erfc x: P/(x + 7/8), for x < 0 taken from 2·exp(x²)."""
    a, z = abs(x), x * x
    p, below = _tail(a, 1.0)
    positive = p / below
    grown = exp(z)
    grown = where(grown < _INF, grown + grown * _rest(x, z), grown)
    return where(x < 0.0, grown * 2.0 - positive, positive)


def ndtr(x):
    """erfc(−x/√2)/2"""
    p, below, gauss = _parts(x)
    far = p * gauss / below * 0.5
    return where(x > 0.0, 1.0 - far, far)


def log_ndtr(x):
    """log(erfcx(−x/√2)/2) − x²/2 for x ≤ 0; log(1 − far), as log(u + c), for x > 0."""
    p, below, gauss = _parts(x)
    right = x > 0.0
    half = where(right, gauss, 1.0) * p / _kept(below) * 0.5
    u, c = exact_sum(-half, like(x, 1.0))
    found = log_of_two(where(right, u, half), where(right, c, 0.0))
    square = x * 0.5 * x
    return where(right, found, found - square)


def inverse_mills(x):
    """φ(x)/Φ(x): √(2/π)/erfcx(−x/√2) for x < 0, φ(x)/(1 − far) for x ≥ 0; as one quotient."""
    p, below, gauss = _parts(x)
    left = x < 0.0
    below = where(left, below, _kept(below))
    above = where(left, _ROOT_2_OVER_PI, gauss * _DENSITY_AT_0)
    return (below * 0.25 / where(left, p, below - p * gauss * 0.5)) * (above * 4.0)


def _parts(x):
    """(P, |x|/√2 + 7/8, exp(−x²/2)): Φ(−|x|) is half of their product and quotient."""
    z = x * x
    return *_tail(abs(x), _ROOT_2), _gauss(exp(z * -0.5), _rest(x, z) * 0.5)


def _tail(a, unit):
    """(P, b) with exp(x²)·erfc x = P/b for x = a/unit ≥ 0."""
    middle = _MIDDLE * unit
    near = _kept(a)
    t = (near - middle) / (near + middle)
    below = a + 0.875 if unit == 1.0 else muladd(a, _ROOT_HALF, 0.875)
    return polynomial_in_two(t, ERFC), below


def _kept(a):
    """a, no more than 2⁶⁰."""
    return where(a > 2.0**60, 2.0**60, a)


def _rest(x, z):
    """What x·x lost when it was rounded to z, where exp(±z) is neither 0 nor ∞."""
    return where(abs(x) < _NOTHING, product(x, x)[1], 0.0)


def _gauss(e, rest):
    """exp(−z − rest) from e = exp(−z)"""
    return e - e * rest
