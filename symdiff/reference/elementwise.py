"""Elementwise operations of the tape: NumPy and SciPy values, and pullbacks written with other operations of the tape.

At kinks: relu'(0) = |x|'(0) = 0, ties of two operands share equally, a constant operand takes the whole tie, steps and
rounding are flat, sqrt'(0) = inf, x**0 is flat also at 0, xlogy(0, y) is flat in y.
"""
import math
import operator

import numpy as np
from numpy.polynomial import Polynomial
from scipy import special

from .recorder import do, operation

LOG2, LOG10, ROOT_PI, ROOT_2 = math.log(2), math.log(10), math.sqrt(math.pi), math.sqrt(2)


# -- arithmetic ------------------------------------------------------------------------------------------------------
def times0(a, b):
    """a·b where 0 times anything, inf and nan too, is 0: a branch that is not taken has cotangent 0 and no say."""
    return np.where((np.equal(a, 0)) | (np.equal(b, 0)), 0.0, a*b)[()]


operation("add", operator.add, lambda g, y, a, b: g, lambda g, y, a, b: g)
operation("sub", operator.sub, lambda g, y, a, b: g, lambda g, y, a, b: -g)
operation("neg", operator.neg, lambda g, y, a: -g)
operation("mul", operator.mul, lambda g, y, a, b: g*b, lambda g, y, a, b: g*a)
operation("times0", times0, lambda g, y, a, b: do("times0", g, b), lambda g, y, a, b: do("times0", g, a))
operation("div", operator.truediv, lambda g, y, a, b: g/b, lambda g, y, a, b: -(g*y/b))
operation("square", lambda x: x*x, lambda g, y, x: g*(2.0*x))
operation("sqrt", lambda x: np.sqrt(x) + 0.0, lambda g, y, x: g*(0.5/y))
operation("cbrt", np.cbrt, lambda g, y, x: g/(3.0*do("square", y)))
operation("power", lambda x, p: np.where((x < 0) & (p != np.round(p)), np.nan, np.power(x, p))[()],
          lambda g, y, x, p: g*slope_of_power(x, p),
          lambda g, y, x, p: g*do("times0", y, do("log", x)))
operation("mod", np.mod, lambda g, y, a, b: g, lambda g, y, a, b: -(g*do("floor", do("div", a, b))))


def power(x, p):
    """x**p by the cheapest operation; 2**-1 is 0.5, a negative base with a broken exponent is nan."""
    if p.steady and p.shape == ():
        if p.value == 2:
            return do("square", x)
        if p.value == 0.5:
            return do("sqrt", x)
        if p.value == -1:
            return do("div", x.record.constant(1.0), x)
        if p.value == -0.5:
            return do("div", x.record.constant(1.0), do("sqrt", x))
        if p.value == 1:
            return x
    return do("power", x, p)


def slope_of_power(x, p):
    """p·x**(p-1), and 0 where p is 0."""
    if p.steady and p.shape == ():
        return p*power(x, p - 1.0) if p.value else x.record.constant(0.0)
    return do("times0", p, do("power", x, do("sub", p, 1.0)))


# -- exponentials and logarithms -------------------------------------------------------------------------------------
def log1mexp(x):
    """log(1 - exp(x)) for x < 0."""
    return np.where(x > -LOG2, np.log(-np.expm1(x)), np.log1p(-np.exp(x)))[()]


operation("exp", np.exp, lambda g, y, x: g*y)
operation("log", np.log, lambda g, y, x: g/x)
operation("expm1", np.expm1, lambda g, y, x: g*do("exp", x))
operation("log1p", np.log1p, lambda g, y, x: g/(1.0 + x))
operation("exp2", np.exp2, lambda g, y, x: g*(LOG2*y))
operation("log2", np.log2, lambda g, y, x: g/(LOG2*x))
operation("log10", np.log10, lambda g, y, x: g/(LOG10*x))
operation("logaddexp", np.logaddexp,
          lambda g, y, a, b: g*do("sigmoid", do("sub", a, b)), lambda g, y, a, b: g*do("sigmoid", do("sub", b, a)))
operation("log1mexp", log1mexp, lambda g, y, x: -(g/do("expm1", -x)))
operation("exprel", lambda order, x: special.hyp1f1(order + 1, order + 2, x)/(order + 1),  # ∫ tⁿ exp(x t) over 0 to 1
          lambda g, y, order, x: g*do("exprel", x, settings=(order + 1,)))
operation("xlogy", special.xlogy,
          lambda g, y, a, b: g*do("select", do("or", a, b), do("log", b), 0.0),
          lambda g, y, a, b: g*do("select", do("or", a, b), do("div", a, b), 0.0))
operation("sigmoid", special.expit, lambda g, y, x: g*(y*do("sigmoid", -x)))
operation("log_sigmoid", special.log_expit, lambda g, y, x: g*do("sigmoid", -x))
operation("softplus", lambda x: np.logaddexp(0.0, x), lambda g, y, x: g*do("sigmoid", x))
operation("swish", lambda x: np.where(x == -np.inf, 0.0, x*special.expit(x))[()],
          lambda g, y, x: g*(do("sigmoid", x)*(1.0 + x*do("sigmoid", -x))))

def _tanh_slope(g, e):
    """4e/(1 + e)²"""
    return g*(4.0*e/((1.0 + e)*(1.0 + e)))


# -- trigonometric and hyperbolic ------------------------------------------------------------------------------------
operation("sin", np.sin, lambda g, y, x: g*do("cos", x))
operation("cos", np.cos, lambda g, y, x: -(g*do("sin", x)))
operation("tan", np.tan, lambda g, y, x: g*(1.0 + y*y))
operation("asin", np.arcsin, lambda g, y, x: g/do("sqrt", (1.0 - x)*(1.0 + x)))
operation("acos", np.arccos, lambda g, y, x: -(g/do("sqrt", (1.0 - x)*(1.0 + x))))
operation("atan", np.arctan, lambda g, y, x: g/(1.0 + x*x))
operation("atan2", np.arctan2,
          lambda g, y, a, b: g*(b/(a*a + b*b)), lambda g, y, a, b: -(g*(a/(a*a + b*b))))
operation("sinh", np.sinh, lambda g, y, x: g*do("cosh", x))
operation("cosh", np.cosh, lambda g, y, x: g*do("sinh", x))
operation("tanh", np.tanh, lambda g, y, x: _tanh_slope(g, do("exp", -2.0*do("abs", x))))     # 1 - y² is 0 from x = 19 on
operation("asinh", np.arcsinh, lambda g, y, x: g/do("hypot", x, 1.0))
operation("acosh", np.arccosh, lambda g, y, x: g/(do("sqrt", x - 1.0)*do("sqrt", x + 1.0)))
operation("atanh", np.arctanh, lambda g, y, x: g/((1.0 - x)*(1.0 + x)))
operation("hypot", np.hypot, lambda g, y, a, b: g*part(a, y), lambda g, y, a, b: g*part(b, y))


def part(a, whole):
    """a/whole, and 0 where whole is 0."""
    return do("select", do("ne", whole, 0.0), do("div", a, whole), 0.0)


def sinc(order, x):
    """A derivative of sin(x)/x: by its series up to order + 1, beyond by (x·sinc)^(n) = sin^(n)."""
    x = np.asarray(x, dtype=np.float64)
    small = np.where(np.abs(x) <= order + 1, x, 0.0)
    series = np.zeros_like(x)
    for m in range((order + 1)//2, (order + 1)//2 + 20 + 2*order):
        factor = (-1.0)**m/math.factorial(2*m - order)/(2*m + 1)
        series = series + factor*small**(2*m - order)
    far = np.where(small == x, 1.0, x)
    values = np.sin(far)/far
    for n in range(1, order + 1):
        values = (np.sin(far + n*math.pi/2) - n*values)/far
    return np.where(np.isnan(x), np.nan, np.where(small == x, series, values))[()]


operation("sinc", sinc, lambda g, y, order, x: g*do("sinc", x, settings=(order + 1,)))


# -- special functions -----------------------------------------------------------------------------------------------
_ZETA = special.zetac(np.arange(2.0, 60.0))                     # ζ(k) - 1


def lgamma(x):
    """log|Γ(x)|; around its zeros 1 and 2, where SciPy loses digits, by the series of log Γ(2 + z) (DLMF 5.7.3)."""
    x = np.asarray(x, dtype=np.float64)
    near_1, near_2 = np.abs(x - 1) < 0.5, np.abs(x - 2) <= 0.5
    z = np.where(near_1, x - 1, np.where(near_2, x - 2, 0.0))
    tail = np.zeros_like(x)
    for k, zeta in reversed(list(enumerate(_ZETA, start=2))):
        tail = zeta/k*(-1.0)**k + z*tail
    series = z*(1 - np.euler_gamma + z*tail)
    return np.where(near_1, series - np.log1p(z), np.where(near_2, series, special.gammaln(x)))[()]


def polygamma(order, x):
    """The derivative of digamma of the given order; digamma itself for order 0.  Far below 0, from where SciPy goes up in
    steps of 1, by reflection (DLMF 5.15.6)."""
    if order == 0:
        return special.digamma(x)
    far = np.asarray(x) < -1e4
    found = (-1.0)**(order + 1)*special.gamma(order + 1.0)*special.zeta(order + 1.0, np.where(far, 1 - x, x))
    if not np.any(far):
        return found
    slope = Polynomial([0, 1])                                          # of cot(πx), in itself
    for _ in range(order):
        slope = -slope.deriv()*Polynomial([1, 0, 1])
    with np.errstate(all="ignore"):
        turned = np.pi**(order + 1)*slope(1/np.tan(np.pi*(x - np.round(x))))
        return np.where(far, (-1.0)**order*found - turned, found)[()]


operation("erf", special.erf, lambda g, y, x: g*(2/ROOT_PI*do("exp", -(x*x))))
operation("erfc", special.erfc, lambda g, y, x: -(g*(2/ROOT_PI*do("exp", -(x*x)))))
operation("erfcx", special.erfcx, lambda g, y, x: g*(2.0*x*y - 2/ROOT_PI))
operation("erfinv", special.erfinv, lambda g, y, x: g*(ROOT_PI/2*do("exp", y*y)))
operation("ndtr", special.ndtr, lambda g, y, x: g*(1/math.sqrt(2*math.pi)*do("exp", -0.5*(x*x))))
operation("log_ndtr", special.log_ndtr, lambda g, y, x: g*(math.sqrt(2/math.pi)/do("erfcx", -1/ROOT_2*x)))
operation("lgamma", lgamma, lambda g, y, x: g*do("polygamma", x, settings=(0,)))
operation("gamma", special.gamma, lambda g, y, x: g*(y*do("polygamma", x, settings=(0,))))
operation("polygamma", polygamma, lambda g, y, order, x: g*do("polygamma", x, settings=(order + 1,)))


# -- branches --------------------------------------------------------------------------------------------------------
def truth(test):
    """A comparison as the numbers 0 and 1."""
    return lambda *args: test(*args)*1.0


def share(a, b):
    """How much of max(a, b) is a's: 1, 0, or 1/2 at a tie."""
    return np.where(np.isnan(a) | np.isnan(b), np.nan, np.greater(a, b) + 0.5*np.equal(a, b))[()]


def above(a, b):
    """1 where a > b, else 0; nan where either is."""
    return np.where(np.isnan(a) | np.isnan(b), np.nan, np.greater(a, b)*1.0)[()]


for _name, _test in dict(lt=np.less, le=np.less_equal, gt=np.greater, ge=np.greater_equal, eq=np.equal, ne=np.not_equal,
                         **{"and": np.logical_and, "or": np.logical_or, "not": np.logical_not}).items():
    operation(_name, truth(_test))
operation("share", share)
operation("above", above)
operation("select", lambda c, a, b: np.where(np.not_equal(c, 0), a, b)[()], None,
          lambda g, y, c, a, b: do("select", c, g, 0.0), lambda g, y, c, a, b: do("select", c, 0.0, g))
operation("maximum", np.maximum, lambda g, y, a, b: g*do("share", a, b), lambda g, y, a, b: g*do("share", b, a))
operation("minimum", np.minimum, lambda g, y, a, b: g*do("share", b, a), lambda g, y, a, b: g*do("share", a, b))
operation("maximum_const", np.maximum, lambda g, y, x, c: g*do("above", x, c))
operation("minimum_const", np.minimum, lambda g, y, x, c: g*do("above", c, x))
operation("abs", np.abs, lambda g, y, x: g*do("sign", x))
operation("sign", np.sign)
operation("floor", np.floor)
operation("ceil", np.ceil)
operation("round", np.rint)
operation("step", lambda at_0, x: np.heaviside(x, at_0))
operation("relu", lambda x: np.maximum(x, 0.0), lambda g, y, x: g*do("above", x, 0.0))
operation("leaky_relu", lambda x, slope: np.where(x > 0, x, slope*x)[()],
          lambda g, y, x, slope: g*do("select", do("above", x, 0.0), 1.0, slope),
          lambda g, y, x, slope: g*do("minimum_const", x, 0.0))
operation("hard_unit", lambda x: np.clip(x + 0.5, 0.0, 1.0), lambda g, y, x: g*do("inside", x))
operation("inside", lambda x: np.where(np.isnan(x), np.nan, np.less(np.abs(x), 0.5)*1.0)[()])
BRANCHING = {"select", "maximum", "minimum", "maximum_const", "minimum_const", "abs", "relu", "leaky_relu", "hard_unit",
             "max", "min"}
