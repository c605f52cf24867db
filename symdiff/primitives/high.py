"""Functions of mpmath, made safe and quick for numbers far from 1: a number of mpmath goes in, the value to the
precision in force comes out.

By mpmath an exponential takes a second from 2^5000 on, and digits without end from there: such numbers come of
exponentials of exponentials.  Beyond 2^FAR an exponential is 0 or infinite here, an angle no number, and what grows
slower is its asymptotic form, exact to the precision in force.  All accept mpf only.
"""
import mpmath

FAR = 20_000                                    # exponent, in bits: 6 000 digits before the point
REDUCED = 20                                    # exponent from which on exp is reduced by log 2 here


def is_far(x):
    """Is a number finite and beyond 2^FAR?"""
    _, mantissa, exponent, bits = x._mpf_
    return mantissa != 0 and exponent + bits > FAR


def is_integer(x):
    """Is a finite number whole?"""
    return x._mpf_[2] >= 0


def exp(x):
    """e^x; mpmath multiplies as often as a whole x has bits, of which a division by log 2 leaves none."""
    if is_far(x):
        return mpmath.inf if x > 0 else mpmath.mpf(0)
    if not mpmath.isfinite(x) or mpmath.mag(x) < REDUCED:
        return mpmath.exp(x)
    with mpmath.extraprec(mpmath.mag(x) + 20):
        turns = mpmath.nint(x/mpmath.ln2)
        rest = mpmath.exp(x - turns*mpmath.ln2)
    return mpmath.ldexp(+rest, int(turns))


def expm1(x):
    """e^x - 1."""
    return exp(x) - 1 if mpmath.isfinite(x) and mpmath.mag(x) >= REDUCED else mpmath.expm1(x)


def sinh(x):
    """sinh x."""
    return (exp(x) - exp(-x))/2 if mpmath.isfinite(x) and mpmath.mag(x) >= REDUCED else mpmath.sinh(x)


def cosh(x):
    """cosh x."""
    return (exp(x) + exp(-x))/2


def sech(x):
    """1/cosh x."""
    return 1/cosh(x)


def tanh(x):
    """tanh x."""
    return mpmath.sign(x) if is_far(x) else mpmath.tanh(x)


def power(a, b):
    """a^b; nan where that is no real number."""
    if not (a and b and mpmath.isfinite(a) and mpmath.isfinite(b)) or is_integer(b) and mpmath.mag(b) < REDUCED:
        return mpmath.power(a, b)
    if a < 0:
        if not is_integer(b):
            return mpmath.nan
        return -power(-a, b) if b._mpf_[2] == 0 else power(-a, b)       # odd or even
    size = b*mpmath.log(a)
    if mpmath.mag(size) < REDUCED:
        return mpmath.power(a, b)
    with mpmath.extraprec(20 if is_far(size) else int(mpmath.mag(size)) + 20):
        found = exp(b*mpmath.log(a))
    return +found


def exp2(x):
    """2^x."""
    return power(mpmath.mpf(2), x)


def _turning(f):
    """f; no number, where an angle takes as many digits of π as it has itself."""
    return lambda x: mpmath.nan if is_far(x) else f(x)


sin, cos, tan, sinc = map(_turning, (mpmath.sin, mpmath.cos, mpmath.tan, mpmath.sinc))


def jn(n, x):
    """The spherical Bessel function of whole order n."""
    if is_far(x):
        return mpmath.nan
    if not x:
        return mpmath.mpf(n == 0)
    return mpmath.sign(x)**int(n)*mpmath.sqrt(mpmath.pi/(2*abs(x)))*mpmath.besselj(n + 0.5, abs(x))


def erf(x):
    """erf x."""
    return mpmath.sign(x) if is_far(x) else mpmath.erf(x)


def erfc(x):
    """1 - erf x."""
    if not _has_tail(0, abs(x)):
        return mpmath.erfc(x)
    if is_far(x):
        return mpmath.mpf(0 if x > 0 else 2)
    if x < 0:
        return 2 - erfc(-x)
    with mpmath.extraprec(2*int(mpmath.mag(x)) + 10):
        square = x*x
    return exp(-square)*_ierfcx_far(0, x)


def erfcx(x):
    """exp(x²)·erfc(x)."""
    return ierfcx(0, x)


def ierfcx(n, x):
    """exp(x²)·iⁿerfc(x), n whole: DLMF 7.18.14 for large x, else from erfc by the recurrence DLMF 7.18.7."""
    if mpmath.isinf(x):
        return mpmath.mpf(0) if x > 0 else mpmath.inf
    n = int(n)
    if _has_tail(n, x):
        return _ierfcx_far(n, x)
    if is_far(x):
        return mpmath.inf
    size = max(0, int(mpmath.mag(x)) if x else 0)
    with mpmath.extraprec((2 if x < 0 or not n else 4*n + 4)*(size + 4) + 10):
        before, value = 2/mpmath.sqrt(mpmath.pi), exp(x*x)*erfc(x)
        for k in range(1, n + 1):
            before, value = value, (before - 2*x*value)/(2*k)
    return +value


def _has_tail(n, x):
    """Is x so large that the asymptotic series gives all digits?  Its least term is below exp(-x²)."""
    return mpmath.isfinite(x) and x > 8*(n + 1) and x*x > mpmath.mp.prec


def _ierfcx_far(n, x):
    with mpmath.extraprec(20):
        inverse = 1/(4*x*x)
        term = total = mpmath.mpf(1)
        for m in range(1, mpmath.mp.prec):
            term *= -inverse*(2*m + n)*(2*m + n - 1)/m
            total += term
            if abs(term) < mpmath.eps:
                break
        found = 2/mpmath.sqrt(mpmath.pi)*total/(2*x)**(n + 1)
    return +found


def erfinv(y):
    """The x of erf x = y: by mpmath up to 1/2, beyond by Newton's method for log erfc x, which is nearly a parabola."""
    if not 0.5 < abs(y) < 1:
        return mpmath.erfinv(y)
    if y < 0:
        return -erfinv(-y)
    bits = [mpmath.mp.prec + 20]
    while bits[-1] > 60:
        bits.append(bits[-1]//2 + 10)
    with mpmath.workprec(y._mpf_[3] + max(0, -y._mpf_[2]) + 10):
        rest = 1 - y                                                    # exact
    x = mpmath.sqrt(-mpmath.log(rest))
    for prec in [bits[-1]]*5 + bits[::-1]:
        with mpmath.workprec(prec):
            scaled = erfcx(x)
            x += (mpmath.log(scaled/rest) - x*x)*mpmath.sqrt(mpmath.pi)/2*scaled
    return +x


def _is_pole(x):
    """Is a number 0, -1, -2, …?"""
    return x <= 0 and mpmath.isfinite(x) and is_integer(x)


def gamma(x):
    """Γ(x); nan at a pole."""
    if _is_pole(x):
        return mpmath.nan
    return mpmath.inf if is_far(x) else mpmath.gamma(x)


NEXT, MANY = -4, 600                                                  # the exponent of what is next to 1, and bits


def loggamma(x):
    """log |Γ(x)|; next to 1 and 2 from the value next to 3, where with many bits mpmath takes seconds for a series."""
    if is_far(x):
        return x*(mpmath.log(x) - 1) if x > 0 else mpmath.inf
    beside = x - mpmath.nint(x) if 0.5 < x < 2.5 else 0
    if not beside or mpmath.mag(beside) > NEXT or mpmath.mp.prec < MANY:
        return mpmath.re(mpmath.loggamma(x))
    with mpmath.extraprec(20 - mpmath.mag(beside)):
        return mpmath.loggamma(x + 2) - mpmath.log(x*(x + 1))


def psi(n, x):
    """The derivative of order n >= 0 of digamma; nan at a pole."""
    n = int(n)
    if _is_pole(x):
        return mpmath.nan
    if not is_far(x):
        return _reflected(n, x) if n and x < -8 else mpmath.psi(n, x)
    return mpmath.log(x) if n == 0 else (-1)**(n + 1)*mpmath.factorial(n - 1)/x**n


def _reflected(n, x):
    """By DLMF 5.15.6, (-1)ⁿ ψ⁽ⁿ⁾(1 - x) - π dⁿcot(πx)/dxⁿ: mpmath goes up in steps of 1.

    The n-th derivative of the cotangent is a polynomial of it, P(0) = c, P(n + 1) = -(1 + c²) P(n)'.
    """
    with mpmath.extraprec(100):
        cotangent = mpmath.cospi(x)/mpmath.sinpi(x)
        polynomial = [0, 1]
        for _ in range(n):
            slope = [k*a for k, a in enumerate(polynomial)][1:]
            polynomial = [-a for a in slope] + [0, 0]
            for k, a in enumerate(slope):
                polynomial[k + 2] -= a
        turned = mpmath.polyval(polynomial[::-1], cotangent)*mpmath.pi**(n + 1)
        found = (-1)**n*mpmath.psi(n, 1 - x) - turned
    return +found


def stirling(n, x):
    """The derivative of order n of the remainder of Stirling's formula, for x > 0."""
    if not x > 0:
        return mpmath.nan
    if mpmath.isinf(x):
        return mpmath.mpf(0)
    n, bits = int(n), int(mpmath.mag(x))
    if 2*bits > mpmath.mp.prec + 2*n + 20:                              # it is 1/(12 x) - 1/(360 x³) + …
        return (-1)**n*mpmath.factorial(n)/(12*x**(n + 1))
    with mpmath.extraprec((2*n + 4)*max(0, bits) + 40 + 10*n):
        if n == 0:
            found = mpmath.loggamma(x) - (x - 0.5)*mpmath.log(x) + x - mpmath.log(2*mpmath.pi)/2
        elif n == 1:
            found = mpmath.digamma(x) - mpmath.log(x) + 1/(2*x)
        else:
            far = mpmath.factorial(n - 2)/x**(n - 1) + mpmath.factorial(n - 1)/(2*x**n)
            found = mpmath.psi(n - 1, x) + (-far if n % 2 == 0 else far)
    return +found


def log1pmx(x):
    """log(1 + x) - x."""
    if not x > -1:
        return -mpmath.inf if x == -1 else mpmath.nan
    if mpmath.isinf(x):
        return -mpmath.inf
    bits = int(mpmath.mag(x)) if x else 0
    if -bits > mpmath.mp.prec:
        return -x*x/2
    with mpmath.extraprec(2*max(0, -bits) + 20):
        found = mpmath.log1p(x) - x
    return +found


def exprel_cumulant(n, x):
    """The derivative of order n >= 1 of log((e^x - 1)/x); at 0 it is Bernoulli's number over n."""
    n, one = int(n), mpmath.mpf(1)
    if not x or -mpmath.mag(x) > mpmath.mp.prec:
        first = one/2 if n == 1 else mpmath.bernoulli(n)/n
        return first or mpmath.bernoulli(n + 1)/(n + 1)*x
    with mpmath.extraprec(60 + 2*n*max(0, 3 - int(mpmath.mag(x)))):          # the two terms cancel near 0
        a = abs(x)
        q = 1/expm1(a)
        total = mpmath.fsum(mpmath.factorial(k)*mpmath.stirling2(n, k + 1)*q**(k + 1) for k in range(n))
        far = mpmath.factorial(n - 1)/a**n
        if n == 1:
            found = 1 + total - far if x > 0 else far - total
        else:
            found = total - far if n % 2 and x > 0 else far - total
    return +found


def log_poisson(k, m):
    """k·log(m) - m - log Γ(k + 1); no number where there are too many digits of it to see what is left."""
    if is_far(k) or is_far(m):
        return mpmath.nan
    with mpmath.extraprec(2*max(0, int(mpmath.mag(k)) if k else 0, int(mpmath.mag(m)) if m else 0) + 20):
        found = (k*real_log(m) if k else mpmath.mpf(0)) - m - mpmath.re(mpmath.loggamma(k + 1))
    return +found


def real_log(x):
    """log x as IEEE has it: -inf at 0, nan below."""
    return mpmath.log(x) if x > 0 else -mpmath.inf if x == 0 else mpmath.nan
