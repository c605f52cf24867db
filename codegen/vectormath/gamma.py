"""Numbers in, log |Γ| and its derivative digamma out.

Three formulas for x > 0, of which each lane takes one: a polynomial beside the zeros, the step up by 1 to it from small
x, Stirling's formula with a remainder of its own from 5/2 on.  x < 0 is rare: such lanes are computed singly.
"""
from codegen.vectormath.arithmetic import (
    exact_sum, like, muladd, otherwise, polynomial, polynomial_in_two, product, where)
from codegen.vectormath.coefficients import (
    DIGAMMA, DIGAMMA_FAR, DIGAMMA_ROOT_HIGH, DIGAMMA_ROOT_LOW, LGAMMA, STIRLING, STIRLING_HALF_HIGH, STIRLING_HALF_LOW)
from codegen.vectormath.logarithm import log, log_in_two
from symdiff.primitives import special

_INF = float("inf")
_FAR = 2.5


def lgamma(x):
    """log |Γ(x)|: (x − 1)·(x − 2)·LGAMMA; that of x + 1 less log x below 3/4; from 5/2 on with log x in two parts,
    (x − 1/2)·(log x − 1) + (log(2π) − 1)/2 + STIRLING/x."""
    low = x < 0.75
    high, rest = log_in_two(x)
    y = where(low, x + 1.0, x)
    y = where(y > _FAR, _FAR, y)
    first = where(low, x, y - 1.0)
    near = first * (first - 1.0) * polynomial_in_two((y - 1.375) / (y + 1.375), LGAMMA)
    return otherwise(x <= 0.0, where(x < _FAR, where(low, (near - rest) - high, near + 0.0), _stirling(x, high, rest)),
                     special.lgamma, x)


def _stirling(x, high, rest):
    inverse, factor = 1.0 / x, x - 0.5
    less, lost = exact_sum(high, like(x, -1.0))
    p, e = product(factor, less)
    tail = muladd(inverse, polynomial(inverse * inverse, STIRLING), STIRLING_HALF_LOW)
    tail = muladd(factor, rest + lost, tail) + where(p < 2.0**900, e, 0.0)
    total, more = exact_sum(p, like(x, STIRLING_HALF_HIGH))
    return where(p < _INF, total + (more + tail), p)


def digamma(x):
    """(x − root)·DIGAMMA; that of x + 1 less 1/x below 1; log x − 1/(2x) − DIGAMMA_FAR/x² from 5/2 on."""
    low, inverse = x < 1.0, 1.0 / x
    y = where(low, x + 1.0, x)
    y = where(y > _FAR, _FAR, y)
    near = where(low, x - (DIGAMMA_ROOT_HIGH - 1.0), y - DIGAMMA_ROOT_HIGH) - DIGAMMA_ROOT_LOW
    near = near * polynomial_in_two(y - 1.75, DIGAMMA)
    z = inverse * inverse
    far = log(x) - muladd(z, polynomial(z, DIGAMMA_FAR), inverse * 0.5)
    return otherwise(x < 0.0, where(x < _FAR, where(low, near - inverse, near), far), special.digamma, x)
