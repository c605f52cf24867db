"""Numbers in, log |Γ|, its derivative digamma and the logarithm of a Poisson probability out.

Three formulas for x > 0, of which each lane takes one: a polynomial beside the zeros, the step up by 1 to it from small
x, Stirling's formula with a remainder of its own from 5/2 on.  x < 0 is rare: such lanes are computed singly.
"""
from codegen.vectormath.arithmetic import (
    exact_sum, like, muladd, otherwise, polynomial, polynomial_in_two, product, where)
from codegen.vectormath.coefficients import (
    DIGAMMA, DIGAMMA_FAR, DIGAMMA_ROOT_HIGH, DIGAMMA_ROOT_LOW, LGAMMA, STIRLING, STIRLING_HALF_HIGH, STIRLING_HALF_LOW)
from codegen.vectormath.logarithm import log, log1pmx_near, log_in_two
from symdiff.primitives import special

_INF = float("inf")
_FAR = 2.5
_HALF_LOG_2_PI = 0.9189385332046728


def lgamma(x):
    """log |Γ(x)|: (x − 1)·(x − 2)·LGAMMA; that of x + 1 less log x below 3/4; from 5/2 on with log x in two parts,
    (x − 1/2)·(log x − 1) + (log(2π) − 1)/2 + STIRLING/x."""
    low = x < 0.75
    high, rest = log_in_two(x)
    y = where(low, x + 1.0, x)
    y = where(y > _FAR, _FAR, y)
    near = _beside_zeros(where(low, x, y - 1.0), y)
    return otherwise(x <= 0.0, where(x < _FAR, where(low, (near - rest) - high, near + 0.0), _stirling(x, high, rest)),
                     "lgamma", x)


def _beside_zeros(first, x):
    """log Γ(x) for 3/4 ≤ x ≤ 5/2, where first is x − 1."""
    return first * (first - 1.0) * polynomial_in_two((x - 1.375) / (x + 1.375), LGAMMA)


def _stirling(x, high, rest):
    inverse, factor = 1.0 / x, x - 0.5
    less, lost = exact_sum(high, like(x, -1.0))
    p, e = product(factor, less)
    tail = muladd(inverse, polynomial(inverse * inverse, STIRLING), STIRLING_HALF_LOW)
    tail = muladd(factor, rest + lost, tail) + where(p < 2.0**900, e, 0.0)
    total, more = exact_sum(p, like(x, STIRLING_HALF_HIGH))
    return where(p < _INF, total + (more + tail), p)


def log_poisson(k, m):
    """k·log m − m − log Γ(k + 1) as it stands below k = 5/2; from there on Loader's k·(log u − u + 1), u = m/k, less
    ½·log(2πk) + STIRLING/k: all of one sign.  Lanes with numbers far out are computed singly."""
    large, inverse = k >= _FAR, 1.0 / k
    ratio = where(large, m / k, m)
    change = (m - k) / k
    apart = where((change < -0.5) | (change > 1.0), log(ratio) - change, log1pmx_near(change))
    root = log(k)
    rest = muladd(root, 0.5, muladd(inverse, polynomial(inverse * inverse, STIRLING), _HALF_LOG_2_PI))
    step = k < 1.5
    y = where(step, k + 1.0, where(large, _FAR, k))
    factorial = _beside_zeros(where(step, k, y - 1.0), y) + where(step, 0.0, root)
    small = where(k.equals(0.0), 0.0, k * log(ratio)) - m - factorial
    usual = (k >= 0.0) & (k < 2.0**200) & (m > 2.0**-300) & (m < 2.0**200)
    return otherwise(~usual, where(large, k * apart - rest, small), special.log_poisson, k, m)


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
