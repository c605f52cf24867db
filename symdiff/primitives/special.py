"""Scalar functions: floats in, a float out, as IEEE has it (never an exception), by basic operations and `math` only.

Every function here is plain Python that Numba compiles as it stands (error_model="numpy"), and gives the same values
without Numba.  It needs nothing but `math`, the numbers and the other functions of this file, so that generated modules
can carry a copy.  A record of the table names its function by `scalar`; a trailing underscore keeps a name of Python's
free.

Errors are in ulp (the spacing of floats at the result), measured against mpmath by tests/symdiff/test_table.py; where a
function has a zero inside its domain they are times max(1, condition) there.  "libm" means: the bound of the C library.
"""
import math

INF = math.inf
NAN = math.nan
LOG_2 = 0.6931471805599453
LOG_10 = 2.302585092994046
SQRT_HALF = 0.7071067811865476
SQRT_PI = 1.7724538509055159
HALF_LOG_2PI = 0.9189385332046728


# Arithmetic

def add(a, b):
    """a + b."""
    return a + b


def sub(a, b):
    """a - b."""
    return a - b


def mul(a, b):
    """a·b."""
    return a*b


def neg(a):
    """-a."""
    return -a


def div(a, b):
    """a/b, correctly rounded; infinite or nan where b = 0."""
    if b == 0.0:
        return a*math.copysign(INF, b)
    return a/b


def sqrt(x):
    """The square root, correctly rounded; nan below 0.  +0 at -0, so that 1/(2y) is inf at both zeros."""
    if x >= 0.0:
        return math.sqrt(x) + 0.0
    return NAN


def cbrt(x):
    """The real cube root: one Newton step from a power.  1 ulp."""
    a = math.fabs(x)
    if not 0.0 < a < INF:
        return x
    scale = 1.0
    if a < 1e-280:
        a, scale = a*2.0**180, 2.0**-60
    t = math.pow(a, 1.0/3.0)
    t -= (t*t*t - a)/(3.0*t*t)
    return math.copysign(t*scale, x)


def pow_(x, y):
    """x to the power y by libm: nan for x < 0, -inf too, and y no whole number, 1 for y = 0.  2 ulp."""
    if x == 0.0 and y < 0.0:
        return math.copysign(INF, x) if floor(y) == y and floor(0.5*y) != 0.5*y else INF
    if x < 0.0 and floor(y) != y:
        return NAN
    a = math.fabs(x)
    if not 0.0 < a < INF or math.fabs(y) < 1.0 or not math.fabs(y) < INF:
        return math.pow(x, y)
    exponent = math.frexp(a)[1]
    if y*(exponent if y > 0.0 else exponent - 1) <= 1000.0:             # no overflow
        return math.pow(x, y)
    if y*math.log2(a) > 1030.0:
        root = INF
    else:
        root = math.pow(a, 0.5*y)
    return math.copysign(root*root, x) if floor(0.5*y) != 0.5*y and x < 0.0 else root*root


def hypot(a, b):
    """sqrt(a² + b²) without overflow on the way; inf where one is infinite.  libm, 1 ulp."""
    return math.hypot(a, b)


def direction(a, b):
    """a/hypot(a, b), scaled; 0 at the origin.  2 ulp."""
    if a != a or b != b:
        return NAN
    h = math.hypot(a, b)
    if h == 0.0:
        return 0.0
    if h == INF and (math.fabs(a) == INF or math.fabs(b) == INF):
        if math.fabs(a) < INF:
            return math.copysign(0.0, a)
        return math.copysign(SQRT_HALF if math.fabs(b) == INF else 1.0, a)
    if h > 1e307 or h < 1e-290:
        scale = 0.25 if h > 1.0 else 2.0**600
        a, b = a*scale, b*scale
        h = math.hypot(a, b)
    return a/h


def half_circle(x):
    """sqrt(1 - x²) as sqrt((1 - x)(1 + x)).  2 ulp."""
    return sqrt((1.0 - x)*(1.0 + x))


# Exponentials and logarithms

def exp(x):
    """libm."""
    if x > 709.782712893384:
        return INF
    return math.exp(x)


def expm1(x):
    """exp(x) - 1.  libm."""
    if x > 709.782712893384:
        return INF
    return math.expm1(x)


def exp2(x):
    """2 to the power x.  libm."""
    if x >= 1024.0:
        return INF
    return math.pow(2.0, x)


def log(x):
    """The natural logarithm: -inf at 0, nan below.  libm."""
    if x > 0.0:
        return math.log(x)
    return -INF if x == 0.0 else NAN


def log1p(x):
    """log(1 + x).  libm."""
    if x > -1.0:
        return math.log1p(x)
    return -INF if x == -1.0 else NAN


def log2(x):
    """The logarithm to base 2.  libm."""
    if x > 0.0:
        return math.log2(x)
    return -INF if x == 0.0 else NAN


def log10(x):
    """The logarithm to base 10.  libm."""
    if x > 0.0:
        return math.log10(x)
    return -INF if x == 0.0 else NAN


def logaddexp(a, b):
    """log(exp(a) + exp(b)): the greater one plus log1p(exp(-|a - b|)).  2 ulp."""
    if a == b:
        return a + LOG_2
    return (a if a > b else b) + math.log1p(math.exp(-math.fabs(a - b)))


def log1mexp(x):
    """log(1 - exp(x)) for x <= 0, by two forms that meet at -log 2 (Mächler, 2012).  2 ulp."""
    if x < -LOG_2:
        return math.log1p(-math.exp(x))
    if x <= 0.0:
        return log(-math.expm1(x))
    return NAN


def exprel(x):
    """(exp(x) - 1)/x, 1 at 0.  3 ulp."""
    if x > 709.0:
        half = math.exp(0.5*x) if x < 1400.0 else INF
        return half if half == INF else half/x*half
    if x == 0.0:
        return 1.0
    return math.expm1(x)/x


def inv_exprel(x):
    """x/(exp(x) - 1), 1 at 0.  3 ulp."""
    if x > 709.0:
        half = math.exp(-0.5*x)
        return x*half*half if x < 800.0 else 0.0
    if x == 0.0:
        return 1.0
    return x/math.expm1(x)


def log1prel(x):
    """log(1 + x)/x, 1 at 0, 0 at inf.  3 ulp."""
    if x == 0.0:
        return 1.0
    return 0.0 if x == INF else log1p(x)/x


def log1pmx(x):
    """log(1 + x) - x: between -1/2 and 1 by -r·x + 2r³(1/3 + r²/5 + …), r = x/(2 + x).  3 ulp."""
    if x < -0.5 or x > 1.0:
        return -INF if x == INF else log1p(x) - x
    r = x/(2.0 + x)
    square, total = r*r, 0.0
    for k in range(35, 1, -2):
        total = total*square + 1.0/k
    return r*(2.0*square*total - x)


TWICE_ZETA = (3.289868133696453, 2.1646464674222763, 2.0346861239688985, 2.0081547123958887, 2.001989150255636,
              2.000492173106616, 2.0001224962701176, 2.0000305645188172, 2.00000763458653, 2.0000019079240676,
              2.0000004769010054, 2.000000119216378, 2.0000000298031098, 2.000000007450668, 2.000000001862655,
              2.000000000465662, 2.0000000001164153, 2.000000000029104, 2.000000000007276, 2.000000000001819,
              2.0000000000004547, 2.0000000000001137, 2.0000000000000284, 2.000000000000007, 2.0000000000000018,
              2.0000000000000004, 2.0)        # 2 zeta(2k), k = 1, 2, …


def exprel_cumulant(n, x):
    """The derivative of whole order n >= 1 of log exprel(x) = x/2 + log(sinh(x/2)/(x/2)).

    Below 3 by its power series, the coefficients of which are Bernoulli numbers; above it by
    1/(1 - exp(-x)) - 1/x = 1 - 1/x + sum of exp(-jx).  4 ulp for n = 1 and 2, 16 ulp up to n = 4.
    """
    if not (n >= 1.0 and floor(n) == n and x == x):
        return NAN
    a, term, odd = math.fabs(x), 0.15915494309189535, n % 2.0
    if a < 3.0:
        turn, k = 0.15915494309189535*x, floor(0.5*(n + 1.0))
        for j in range(1, int(n)):
            term *= 0.15915494309189535*j
        term *= turn*n if odd == 1.0 else 1.0
        term *= -1.0 if k % 2.0 == 0.0 else 1.0
        total, j, square = 0.0, 1.0, -turn*turn
        for twice_zeta in TWICE_ZETA:
            if j == k:
                total += twice_zeta*term
                term *= square*(2.0*k*(2.0*k + 1.0))/((2.0*k + 1.0 - n)*(2.0*k + 2.0 - n))
                k += 1.0
            j += 1.0
        while math.fabs(term) > 1e-18*math.fabs(total):
            total += 2.0*term
            term *= square*(2.0*k*(2.0*k + 1.0))/((2.0*k + 1.0 - n)*(2.0*k + 2.0 - n))
            k += 1.0
        return 0.5 + total if n == 1.0 else total
    far, e = 1.0/a, math.exp(-a)
    for j in range(1, int(n)):
        far *= j/a
    near, power, k = 0.0, e, 1.0
    while k < 20.0:
        term = power
        for j in range(1, int(n)):
            term *= k
        near += term
        power *= e
        k += 1.0
    if n == 1.0:
        return 1.0 + (near - far) if x > 0.0 else far - near
    return near - far if odd == 1.0 and x > 0.0 else far - near


def xlogy(x, y):
    """x·log(y), 0 where x = 0 and y is not nan.  2 ulp."""
    if x == 0.0 and y == y:
        return 0.0
    return x*log(y)


# Activations

def sigmoid(x):
    """1/(1 + exp(-x)), from the exponential that does not overflow.  2 ulp."""
    e = math.exp(-math.fabs(x))
    return 1.0/(1.0 + e) if x >= 0.0 else e/(1.0 + e)


def log_sigmoid(x):
    """log sigmoid(x) = -softplus(-x).  2 ulp."""
    return -softplus(-x)


def logistic_pdf(x):
    """sigmoid(x)·sigmoid(-x) = e/(1 + e)², e = exp(-|x|).  3 ulp."""
    e = math.exp(-math.fabs(x))
    return e/((1.0 + e)*(1.0 + e))


def softplus(x):
    """log(1 + exp(x)).  2 ulp."""
    tail = math.log1p(math.exp(-math.fabs(x)))
    return x + tail if x > 0.0 else tail


def swish(x):
    """x·sigmoid(x); far out exp is kept in the normal range, so that only the result is rounded.  3 ulp."""
    if x < -700.0:
        return x*math.exp(x + 64.0)*math.exp(-64.0) if x > -1000.0 else -0.0
    return x*sigmoid(x)


def relu(x):
    """x where x > 0, 0 elsewhere, nan where x is nan.  Exact."""
    return 0.0 if x <= 0.0 else x


def leaky_relu(x, slope):
    """x where x > 0, else slope·x.  Correctly rounded."""
    return x if x > 0.0 else slope*x


def step(x):
    """0, 1/2 at 0, 1.  Exact."""
    if x == 0.0:
        return 0.5
    return sign(x) if x > 0.0 or x != x else 0.0


def sign(x):
    """-1, 0, 1; ±0 and nan are kept.  Exact."""
    if x > 0.0:
        return 1.0
    return -1.0 if x < 0.0 else x


def hard_unit(x):
    """0 up to -1/2, x + 1/2, 1 from 1/2 on.  Correctly rounded."""
    if x <= -0.5:
        return 0.0
    return 1.0 if x >= 0.5 else x + 0.5


# Trigonometric and hyperbolic

def sin(x):
    """libm; nan at ±inf."""
    return math.sin(x) if math.fabs(x) < INF else NAN


def cos(x):
    """libm; nan at ±inf."""
    return math.cos(x) if math.fabs(x) < INF else NAN


def tan(x):
    """libm; nan at ±inf."""
    return math.tan(x) if math.fabs(x) < INF else NAN


def asin(x):
    """libm; nan outside [-1, 1]."""
    return math.asin(x) if math.fabs(x) <= 1.0 else NAN


def acos(x):
    """libm; nan outside [-1, 1]."""
    return math.acos(x) if math.fabs(x) <= 1.0 else NAN


def atan(x):
    """libm."""
    return math.atan(x)


def atan2(a, b):
    """The angle of the point (b, a).  libm."""
    return math.atan2(a, b)


def sinh(x):
    """libm; near overflow by the square of a half exponential.  2 ulp."""
    if math.fabs(x) > 709.0:
        half = exp(0.5*math.fabs(x))
        return math.copysign(0.5*half*half, x)
    return math.sinh(x)


def cosh(x):
    """libm; near overflow by the square of a half exponential.  2 ulp."""
    if math.fabs(x) > 709.0:
        half = exp(0.5*math.fabs(x))
        return 0.5*half*half
    return math.cosh(x)


def tanh(x):
    """libm."""
    return math.tanh(x)


def sech(x):
    """1/cosh(x) = 2e/(1 + e²), e = exp(-|x|).  3 ulp."""
    e = math.exp(-math.fabs(x))
    return 2.0*e/(1.0 + e*e)


def asinh(x):
    """libm."""
    return math.asinh(x)


def acosh(x):
    """libm; nan below 1."""
    return math.acosh(x) if x >= 1.0 else NAN


def atanh(x):
    """libm; ±inf at ±1, nan outside."""
    if math.fabs(x) < 1.0:
        return math.atanh(x)
    return math.copysign(INF, x) if math.fabs(x) == 1.0 else NAN


def sinc(x):
    """sin(x)/x, 1 at 0, 0 at ±inf.  2 ulp."""
    if x == 0.0:
        return 1.0
    return 0.0 if math.fabs(x) == INF else sin(x)/x


def jn(n, x):
    """The spherical Bessel function of whole order n >= 0: its power series below n + 3/2, above it the recurrence
    upwards, which is stable there (DLMF 10.53.1, 10.51.1).  8 ulp up to n = 4."""
    if not (n >= 0.0 and floor(n) == n and x == x):
        return NAN
    a = math.fabs(x)
    if a < n + 1.5:
        factor, square = 1.0, -0.5*a*a
        for k in range(int(n)):
            factor *= x/(2.0*k + 3.0)
        term, total, k = 1.0, 1.0, 0.0
        while math.fabs(term) > 1e-19:
            k += 1.0
            term *= square/(k*(2.0*n + 2.0*k + 1.0))
            total += term
        return factor*total
    if a == INF:
        return 0.0
    low, high = math.sin(x)/x, (math.sin(x)/x - math.cos(x))/x
    if n == 0.0:
        return low
    for k in range(1, int(n)):
        low, high = high, (2.0*k + 1.0)/x*high - low
    return high


# Rounding

def floor(x):
    """The greatest whole number not above x; ±0, ±inf and nan are kept.  Exact."""
    return math.copysign(float(math.floor(x)), x) if math.fabs(x) < 2.0**52 else x


def ceil(x):
    """The least whole number not below x; ±0, ±inf and nan are kept.  Exact."""
    return math.copysign(float(math.ceil(x)), x) if math.fabs(x) < 2.0**52 else x


def round_(x):
    """The nearest whole number, ties to the even one; ±0, ±inf and nan are kept.  Exact."""
    return math.copysign(math.fabs(x) + 2.0**52 - 2.0**52, x) if math.fabs(x) < 2.0**52 else x


def abs_(x):
    """|x|.  Exact."""
    return math.fabs(x)


def mod(a, b):
    """a - b·floor(a/b), with the sign of b; nan where b = 0 or a is infinite.  Correctly rounded."""
    if b == 0.0 or not math.fabs(a) < INF or b != b:
        return NAN
    return a % b


# Branches and truth values (0.0 and 1.0)

def maximum(a, b):
    """The greater one; nan where one is nan.  Exact."""
    if a > b or a != a:
        return a
    return b


def minimum(a, b):
    """The lesser one; nan where one is nan.  Exact."""
    if a < b or a != a:
        return a
    return b


def select(c, a, b):
    """a where c is not 0, else b.  Exact."""
    return a if c != 0.0 else b


def lt(a, b):
    """a < b."""
    return 1.0 if a < b else 0.0


def le(a, b):
    """a <= b."""
    return 1.0 if a <= b else 0.0


def gt(a, b):
    """a > b."""
    return 1.0 if a > b else 0.0


def ge(a, b):
    """a >= b."""
    return 1.0 if a >= b else 0.0


def eq(a, b):
    """a = b."""
    return 1.0 if a == b else 0.0


def ne(a, b):
    """a ≠ b."""
    return 1.0 if a != b else 0.0


def and_(a, b):
    """Both."""
    return 1.0 if a != 0.0 and b != 0.0 else 0.0


def or_(a, b):
    """At least one."""
    return 1.0 if a != 0.0 or b != 0.0 else 0.0


def not_(a):
    """Not so."""
    return 1.0 if a == 0.0 else 0.0


# The error function and the normal distribution

def polynomial(coefficients, t):
    """Horner's rule, highest power first."""
    total = 0.0
    for c in coefficients:
        total = total*t + c
    return total


def erf(x):
    """libm, 1 ulp."""
    return math.erf(x)


def erfc(x):
    """1 - erf(x).  libm, 5 ulp."""
    return math.erfc(x)


ERFCX_MIDDLE = (                    # (1 + 2x)·erfcx(x) in t = (x - 2)/(x + 2), |t| <= 1/3, error 2e-20
    1.1000842024375399e-06, 4.845598175612745e-06, 3.797433395294531e-06, -1.3413159804196568e-05,
    -3.643429856811552e-05,
    -1.518624806680355e-06, 0.000151040148064277, 0.00020636775026833197, -0.00045434089978855184,
    -0.0014568139647012565,
    0.0012713389697027637, 0.008722653875968229, -0.008034015082555215, -0.054220000992037824, 0.1640512800334443,
    -0.16603039761528937, -0.09276382658574601, 1.2769783815525286)
# The third pair of W. J. Cody, Rational Chebyshev approximations for the error function, Math. Comp. 23 (1969).
ERFCX_FAR_P = (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
               1.60837851487422766e-2, 6.58749161529837803e-4)
ERFCX_FAR_Q = (1.0, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2,
               2.33520497626869185e-3)


def erfcx(x):
    """exp(x²)·erfc(x): by the polynomial of Shepherd and Laframboise's kind between 1 and 4.  4 ulp."""
    if x > 4.0:
        if x > 1e8:
            return 1.0/SQRT_PI/x
        t = 1.0/(x*x)
        return (1.0/SQRT_PI - t*polynomial(ERFCX_FAR_P, t)/polynomial(ERFCX_FAR_Q, t))/x
    if x > 1.0:
        return polynomial(ERFCX_MIDDLE, (x - 2.0)/(x + 2.0))/(1.0 + 2.0*x)
    if x > -1.0 or x != x:
        return math.exp(x*x)*math.erfc(x)
    if x < -26.7:
        return INF
    near = float(math.floor(16.0*x))/16.0                              # x² = near² + (x - near)(x + near), near² exact
    return math.exp(near*near)*math.exp((x - near)*(x + near))*math.erfc(x)


def ierfcx(n, x):
    """exp(x²)·iⁿerfc(x), the repeated integral of erfc, scaled (DLMF 7.18): up from erfcx by the recurrence 7.18.7 for
    small and negative x, by the continued fraction of the ratios above.  All terms positive but for small x.  8 ulp."""
    if not (n >= 0.0 and floor(n) == n and x == x):
        return NAN
    value = erfcx(x)
    if x <= 0.5:
        before = 2.0/SQRT_PI
        for k in range(1, int(n) + 1):
            before, value = value, (before - 2.0*x*value)/(2.0*k)
        return value
    ratio = 0.0
    for k in range(int(n) + 20 + int(400.0/(x*x)), 0, -1):
        ratio = 0.5/(x + (k + 1.0)*ratio)
        if k <= n:
            value *= ratio
    return value


def ndtr(x):
    """Φ(x) = erfc(-x/√2)/2.  5 ulp."""
    return 0.5*math.erfc(-x*SQRT_HALF)


def log_ndtr(x):
    """log Φ(x); in the left tail log(erfcx(-x/√2)/2) - x²/2.  4 ulp."""
    if x < -1.0:
        return log(0.5*erfcx(-x*SQRT_HALF)) - 0.5*x*x
    if x > 0.0:
        return math.log1p(-0.5*math.erfc(x*SQRT_HALF))
    return math.log(0.5*math.erfc(-x*SQRT_HALF))


def inverse_mills(x):
    """φ(x)/Φ(x); for x < 0 as sqrt(2/π)/erfcx(-x/√2).  5 ulp."""
    if x < 0.0:
        return div(0.7978845608028654, erfcx(-x*SQRT_HALF))
    return 0.3989422804014327*math.exp(-0.5*x*x)/ndtr(x)


# M. Giles, Approximating the erfinv function, GPU Computing Gems (2011), single precision.
ERFINV_NEAR = (2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503,
               -0.00417768164, 0.246640727, 1.50140941)
ERFINV_FAR = (-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613,
              0.00943887047, 1.00167406, 2.83297682)


def erfinv(x):
    """The inverse of erf: Giles' start, then Halley's steps, on erfc near 1.  4 ulp."""
    a = math.fabs(x)
    if not a < 1.0:
        return math.copysign(INF, x) if a == 1.0 else NAN
    w = -math.log((1.0 - a)*(1.0 + a))
    y = a*(polynomial(ERFINV_NEAR, w - 2.5) if w < 5.0 else polynomial(ERFINV_FAR, math.sqrt(w) - 3.0))
    for _ in range(2 if w < 15.0 else 5):
        miss = (1.0 - a) - math.erfc(y) if a > 0.5 else math.erf(y) - a
        newton = 0.5*SQRT_PI*miss*math.exp(y*y)
        y -= newton/(1.0 + y*newton)
    return math.copysign(y, x)


# Gamma and its relatives.  The polynomials were fitted by mpmath's chebyfit at 40 digits.

LGAMMA_1 = (                        # lgamma(1 + t)/t, |t| <= 1/4, error 2e-19
    0.0668720785318785, -0.07029484756388002, 0.05319051602021362, -0.056348328950397764, 0.06267952792218533,
    -0.06685559490235758, 0.0714248883747205, -0.07692408371902587, 0.08335406432754498, -0.09095425132658988,
    0.10009945374190689, -0.11133426192355116, 0.1255096695611593, -0.1440498968069531, 0.16955717699722989,
    -0.2073855510284874, 0.27058080842778487, -0.40068563438653176, 0.8224670334241132, -0.5772156649015329)
LGAMMA_15 = (                       # lgamma(3/2 + t), |t| <= 1/4, error 6e-21
    -6.685537558054893e-05, 0.00010648357989482375, -0.00015146066361452674, 0.00024351758885145708,
    -0.0003958261628361335, 0.0006437894277743979, -0.001054913669764266, 0.0017450323726167826, -0.0029209705026258842,
    0.0049657288790385164, -0.00862260392863577, 0.015435484169201865, -0.028952081888896808, 0.05871212641677338,
    -0.13813277403905333, 0.46740110027233966, 0.03648997397857652, -0.12078223763524522)
LGAMMA_2 = (                        # lgamma(2 + t)/t, |t| <= 1/4, error 4e-21
    1.0099766002821108e-06, -2.1553537284881934e-06, 4.369236257081078e-06, -9.427563935608914e-06,
    2.0507512127170385e-05, -4.4926870684497506e-05, 9.945750398530135e-05, -0.0002231547398252664,
    0.000509669524883242,
    -0.0011927539120001576, 0.0028905103307404266, -0.007385551028671663, 0.02058080842778455, -0.0673523010531981,
    0.3224670334241132, 0.42278433509846713)
GAMMA_25 = (                        # gamma(5/2 + t), |t| <= 1/2, error 1e-18
    -8.228337612513728e-08, 2.0594390312960716e-07, -4.1866472217648884e-07, 1.0654567795576118e-06,
    -2.561960809450555e-06, 7.258179334692199e-06, -1.2801398595590587e-05, 6.132933686364514e-05,
    3.941763325825312e-06,
    0.0007544741843398753, 0.0016074004859635903, 0.01039240342319837, 0.028360780594813752, 0.1096732340022263,
    0.2538712468411431, 0.6545585779813361, 0.9347345216260855, 1.329340388179137)
DIGAMMA_15 = (                      # digamma(3/2 + t)/(3/2 + t - root), |t| <= 1/2, error 3e-18
    0.00011881232908510335, -0.0001782188548855923, 9.653646261410062e-05, -0.00014480643368061614,
    0.00032395945401345196, -0.00048595039220036254, 0.0006909255761282986, -0.0010364584817312839,
    0.0015633696313653504, -0.0023454947397380833, 0.003518106563802472, -0.005279937255532708, 0.007927021796868154,
    -0.011908220105959716, 0.017907248317313294, -0.026975796659787055, 0.040760833940846085, -0.06192213327548831,
    0.09498872445289039, -0.14840492305388092, 0.24054248424078697, -0.4236274212814606, 0.9510558760318328)
DIGAMMA_ROOT = 1.4616321449683622
DIGAMMA_ROOT_REST = 9.549995429965697e-17
STIRLING = (-3617/122400, 1/156, -691/360360, 1/1188, -1/1680, 1/1260, -1/360, 1/12)                # DLMF 5.11.1
DIGAMMA_SERIES = (-3617/8160, 1/12, -691/32760, 1/132, -1/240, 1/252, -1/120, 1/12)                 # DLMF 5.11.2
EULER_MACLAURIN = (1/12, -1/720, 1/30240, -1/1209600, 1/47900160, -691/1307674368000, 1/74724249600,
                   -3617/10670622842880000)                                                          # DLMF 25.11.5


def sinpi(x):
    """sin(πx), reduced exactly.  2 ulp."""
    r = math.fabs(x - 2.0*round_(0.5*x))                                # in [0, 1]
    s = math.sin(math.pi*(1.0 - r if r > 0.5 else r))
    return s if x - 2.0*round_(0.5*x) >= 0.0 else -s


def lgamma_near(x):
    """log Γ(x) on [3/4, 9/4], right at its zeros 1 and 2."""
    if x < 1.25:
        return (x - 1.0)*polynomial(LGAMMA_1, x - 1.0)
    if x < 1.75:
        return polynomial(LGAMMA_15, x - 1.5)
    return (x - 2.0)*polynomial(LGAMMA_2, x - 2.0)


def lgamma_positive(x):
    """log Γ(x) for x > 0: one step up below 3/4, steps down to [5/4, 9/4], Stirling's series from 10 on."""
    if x < 0.75:
        return lgamma_near(x + 1.0) - math.log(x)
    if x < 10.0:
        product = 1.0
        while x > 2.25:
            x -= 1.0
            product *= x
        return math.log(product) + lgamma_near(x)
    t = 1.0/x
    return (x - 0.5)*(log(x) - 1.0) + (HALF_LOG_2PI - 0.5 + t*polynomial(STIRLING, t*t))


def lgamma(x):
    """log |Γ(x)|; inf at the poles.  4 ulp, for x < 0 8 ulp (by reflection, DLMF 5.5.3)."""
    if x > 0.0:
        return lgamma_positive(x)
    if x == floor(x):
        return INF
    if x > -0.5:
        return lgamma_near(1.0 + x) - math.log(-x) if x > -0.25 else lgamma_positive(1.0 + x) - math.log(-x)
    return log(math.pi/math.fabs(x*sinpi(x))) - lgamma_positive(-x)


def gamma_positive(x):
    """Γ(x) for -1/2 < x: steps to [2, 3], Stirling's formula from 10 on, its power in two halves."""
    if x < 0.0:
        return polynomial(GAMMA_25, x + 0.5)/(x*(x + 1.0)*(x + 2.0))
    if x < 1.0:
        return div(polynomial(GAMMA_25, x - 0.5), x*(x + 1.0))
    if x < 2.0:
        return polynomial(GAMMA_25, x - 1.5)/x
    if x < 10.0:
        product = 1.0
        while x > 3.0:
            x -= 1.0
            product *= x
        return product*polynomial(GAMMA_25, x - 2.5)
    if x > 171.7:
        return INF
    t = 1.0/x
    half = math.pow(x, 0.5*x - 0.25)
    return math.exp(-x)*half*math.exp(HALF_LOG_2PI + t*polynomial(STIRLING, t*t))*half


def gamma(x):
    """Γ(x): ±inf at ±0, nan at the other poles.  4 ulp (by reflection below 0, DLMF 5.5.3)."""
    if x == 0.0:
        return math.copysign(INF, x)
    if x > -0.5 or x != x:
        return gamma_positive(x)
    if x == floor(x):
        return NAN
    if x < -186.0:
        return math.copysign(0.0, -sinpi(x))
    product = 1.0
    for k in range(20 if x < -165.0 else 0):                            # Γ(-x) would overflow
        product *= x
        x += 1.0
    return -math.pi/(x*sinpi(x)*gamma_positive(-x))/product


def log_poisson(k, m):
    """k·log(m) - m - log Γ(k + 1), the logarithm of m**k·exp(-m)/Γ(k + 1): below k = 10 from the product, from there
    on by Loader's saddle point, -½ log(2πk) - 1/(12k) + … - (k·log(k/m) + m - k).  8 ulp."""
    if k == 0.0 and m >= 0.0:
        return -m
    if not k >= 10.0:
        gamma = k*polynomial(LGAMMA_1, k) if math.fabs(k) < 0.25 else lgamma(k + 1.0)
        value = k*log(m) - m - gamma
        if -30.0 < value < -0.5 and k > -0.5:
            return log(pow_(m, k)*math.exp(-m)/gamma_positive(k + 1.0))
        return value
    t, d, both = 1.0/k, k - m, k + m
    if math.fabs(d) < 0.1*both:
        v = d/both
        term, total, j = 2.0*k*v, 0.0, 1.0
        for i in range(12):
            term *= v*v
            j += 2.0
            total += term/j
        part = d*v + total
    else:
        ratio = k/m if m > 0.0 else INF
        part = k*(log(ratio) if 0.0 < ratio < INF else log(k) - log(m)) - d
    return -part - (HALF_LOG_2PI + 0.5*log(k) + t*polynomial(STIRLING, t*t))


def stirling(n, x):
    """The derivative of order n of log Γ(x) - (x - 1/2)·log(x) + x - log(2π)/2, the remainder of Stirling's formula: by
    its asymptotic series from 12 on (DLMF 5.11.1), below by steps up, each (x + 1/2)·log(1 + 1/x) - 1 = Σ v^2k/(2k + 1)
    with v = 1/(2x + 1), k = 1, 2, …; all terms of one sign.  Below 1/2 by its definition.  16 ulp, for n up to 4."""
    if not (n >= 0.0 and floor(n) == n and x > 0.0):
        return NAN
    if x == INF:
        return 0.0
    if x < 0.5:
        if n == 0.0:
            return lgamma(x) - (x - 0.5)*log(x) + (x - HALF_LOG_2PI)
        if n == 1.0:
            return digamma(x) - log(x) + 0.5/x
        far = gamma(n - 1.0)*pow_(x, 1.0 - n)*(1.0 + 0.5*(n - 1.0)/x)
        return polygamma(n - 1.0, x) + (far if floor(0.5*n) != 0.5*n else -far)
    total = 0.0
    while x < 12.0:
        v = 1.0/(2.0*x + 1.0)
        power, k, part = v*v, 1.0, 0.0
        term = 1.0
        while term > 1e-18*part:
            term = power/(2.0*k + 1.0)
            for j in range(int(n)):
                term *= 2.0*v*(2.0*k + j)
            part += term
            power *= v*v
            k += 1.0
        total += part
        x += 1.0
    t, tail, k = 1.0/x, 0.0, 15.0
    for c in STIRLING:
        rising = 1.0
        for j in range(int(n)):
            rising *= t*(k + j)
        tail = tail*(t*t) + c*rising
        k -= 2.0
    tail = total + tail*t
    return -tail if floor(0.5*n) != 0.5*n else tail


def digamma(x):
    """Γ'/Γ: ∓inf at ±0, nan at the other poles.  4 ulp, by steps to [1, 2], where the zero is split off
    (DLMF 5.5.2, 5.5.4)."""
    if x == 0.0:
        return math.copysign(INF, -x)
    if x < 0.0:
        if x == floor(x):
            return NAN
        return digamma_positive(1.0 - x) - math.pi/math.tan(math.pi*(x - round_(x)))
    return digamma_positive(x)


def digamma_positive(x):
    """Γ'/Γ for x > 0."""
    if x < 1.0:
        return (x - (DIGAMMA_ROOT - 1.0) - DIGAMMA_ROOT_REST)*polynomial(DIGAMMA_15, x - 0.5) - 1.0/x
    if x < 10.0:
        total = 0.0
        while x > 2.0:
            x -= 1.0
            total += 1.0/x
        return total + (x - DIGAMMA_ROOT - DIGAMMA_ROOT_REST)*polynomial(DIGAMMA_15, x - 1.5)
    t = 1.0/x
    return log(x) - (0.5*t + t*t*polynomial(DIGAMMA_SERIES, t*t))


def hurwitz(s, x):
    """ζ(s, x) = Σ (x + k)^-s for x > 0, s >= 2, by Euler and Maclaurin (DLMF 25.11.5); all leading terms positive."""
    total = 0.0
    while x < 12.0 + 0.5*s:
        total += pow_(x, -s)
        x += 1.0
    t = 1.0/x
    tail, factor = 1.0/(s - 1.0) + 0.5*t, s*t*t
    k = 0.0
    for c in EULER_MACLAURIN:
        tail += c*factor
        factor *= (s + k + 1.0)*(s + k + 2.0)*t*t
        k += 2.0
    return total + pow_(x, 1.0 - s)*tail


def polygamma(n, x):
    """The derivative of order n of digamma, n whole: (-1)^(n+1) n! ζ(n+1, x) (DLMF 25.11.12); below 0 by steps up, at
    most 1000 of them and nan beyond, for n = 1 by reflection.  4 ulp."""
    if not (n >= 0.0 and floor(n) == n and x == x):
        return NAN
    if n == 0.0:
        return digamma(x)
    odd = floor(0.5*n) != 0.5*n
    if x <= 0.0 and x == floor(x):
        return INF if odd and x > -INF else NAN
    if x < 0.0 and n == 1.0:
        s = math.pi/sinpi(x)
        return s*s - hurwitz(2.0, 1.0 - x)
    if x < -1000.0:
        return NAN
    total = 0.0
    while x < 0.0:
        total += pow_(x, -n - 1.0)
        x += 1.0
    total = gamma(n + 1.0)*(total + hurwitz(n + 1.0, x))
    return total if odd else -total
