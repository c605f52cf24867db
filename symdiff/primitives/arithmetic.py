"""Records of arithmetic: sums, products, quotients, powers, roots, lengths."""
import mpmath
import numpy as np
import sympy as sp

from . import functions, high, special
from .entrywise import entrywise, quiet
from .record import X, X1, Elementwise, Kink, Limit, Y, interval

WIDE = interval(-10**6, 10**6)
POSITIVE = interval(sp.Rational(1, 10**6), 10**6)
TINY = sp.Rational(1, 2**1024)                                    # the largest number whose reciprocal is infinite
KEPT = "keep {} {} there: by a choice (where), a bound, or other data"

def _power(x, y):
    """np.power, and nan also for -inf to a power that is not whole: x**0.5 is sqrt(x), and nan all the way there."""
    return np.where((x == -np.inf) & (y != np.floor(y)), np.nan, np.power(x, y))

add = Elementwise(
    name="add", sympy=sp.Add, args=(X, X1), partials=(sp.S.One, sp.S.One),
    numpy=quiet(np.add), scalar=special.add, mpmath=mpmath.fadd,
    domain=(WIDE, WIDE), at={(2, 3): (1, 1)}, commutative=True, ulp=1, cost=1, source="linear")

sub = Elementwise(
    name="sub", sympy=None, args=(X, X1), partials=(sp.S.One, sp.S.NegativeOne),
    numpy=quiet(np.subtract), scalar=special.sub, mpmath=mpmath.fsub,
    domain=(WIDE, WIDE), at={(2, 3): (1, -1)}, ulp=1, cost=1, source="linear")

mul = Elementwise(
    name="mul", sympy=sp.Mul, args=(X, X1), partials=(X1, X),
    numpy=quiet(np.multiply), scalar=special.mul, mpmath=mpmath.fmul,
    domain=(WIDE, WIDE), at={(2, 3): (3, 2)}, commutative=True, ulp=1, cost=1, source="product rule")

div = Elementwise(
    name="div", sympy=None, args=(X, X1), partials=(1/X1, -Y/X1),
    numpy=quiet(np.divide), scalar=special.div, mpmath=lambda a, b: a/b,
    domain=(WIDE, POSITIVE), at={(6, 2): (sp.Rational(1, 2), sp.Rational(-3, 2))}, ulp=1, cost=4,
    limits=(Limit(sp.Eq(X1, 0), "division by zero", "inf of the sign, nan for 0/0",
                  KEPT.format("the divisor", "off 0")),),
    source="quotient rule")

neg = Elementwise(
    name="neg", sympy=None, args=(X,), partials=(sp.S.NegativeOne,),
    numpy=quiet(np.negative), scalar=special.neg, mpmath=mpmath.fneg,
    domain=(WIDE,), at={3: -1}, ulp=1, cost=1, source="linear")

# At exponent 0 the slope x1·x**(x1 - 1) is 0 by itself, and its derivative in x1 is 1/x: 0 is chosen only where 1/x is
# infinite in float64.
pow_ = Elementwise(
    name="pow", sympy=sp.Pow, args=(X, X1),
    partials=(sp.Piecewise((0, sp.Eq(X1, 0) & (sp.Abs(X) <= TINY)), (X1*X**(X1 - 1), True)),
              sp.Piecewise((0, sp.Eq(X, 0) & sp.Eq(Y, 0)), (Y*sp.log(X), True))),
    numpy=quiet(_power), scalar=special.pow_, mpmath=high.power,
    domain=(interval(sp.Rational(1, 100), 100), interval(-20, 20)),
    at={(2, 3): (12, 8*sp.log(2)), (1, 0): (0, 0)},
    kinks=(Kink(sp.Eq(X, 0) & sp.Eq(X1, 0), "0, since x**0 is 1 for every x", (0,)),
           Kink(sp.Eq(X, 0) & (X1 > 0) & (X1 < 1), "inf, the limit from the right", (0,)),
           Kink(sp.Eq(X, 0) & (X1 > 0), "0, the limit", (1,)),
           Kink(X < 0, "nan, since the power is real for single exponents only", (1,))),
    limits=(Limit((X < 0) & sp.Ne(X1, sp.floor(X1)), "negative number to a power that is not whole", "nan",
                  KEPT.format("the base", "above 0")),
            Limit(sp.Eq(X, 0) & (X1 < 0), "zero to a negative power", "inf, of the sign where the power is odd",
                  KEPT.format("the base", "off 0"))),
    cost=40, source="DLMF 4.2(iv)")

sqrt = Elementwise(
    name="sqrt", sympy=None, args=(X,), partials=(1/(2*Y),),
    numpy=quiet(lambda x: np.sqrt(x) + 0.0), scalar=special.sqrt, mpmath=mpmath.sqrt,
    domain=(interval(0, 10**12),), at={4: sp.Rational(1, 4), 0: sp.oo}, ulp=1,
    kinks=(Kink(sp.Eq(X, 0), "inf, the limit from the right (also at -0)"),),
    limits=(Limit(X < 0, "square root of a negative number", "nan", KEPT.format("its argument", "from 0 on")),),
    cost=4, source="DLMF 4.2(iv)")

cbrt = Elementwise(
    name="cbrt", sympy=functions.cbrt, args=(X,), partials=(1/(3*Y**2),),
    numpy=entrywise(special.cbrt), scalar=special.cbrt, mpmath=functions.cbrt.mp,
    domain=(WIDE,), at={8: sp.Rational(1, 12), -8: sp.Rational(1, 12), 0: sp.oo}, ulp=2,
    kinks=(Kink(sp.Eq(X, 0), "inf, the limit from both sides"),), cost=20, source="DLMF 4.2(iv)")

abs_ = Elementwise(
    name="abs", sympy=sp.Abs, args=(X,), partials=(sp.sign(X),),
    numpy=quiet(np.abs), scalar=special.abs_, mpmath=lambda x: abs(x),
    domain=(WIDE,), at={2: 1, -2: -1, 0: 0}, ulp=1,
    kinks=(Kink(sp.Eq(X, 0), "0, the subgradient of least norm"),), cost=1, source="DLMF 1.9.7")

hypot = Elementwise(
    name="hypot", sympy=functions.hypot, args=(X, X1),
    partials=(functions.direction(X, X1), functions.direction(X1, X)),
    numpy=quiet(np.hypot), scalar=special.hypot, mpmath=functions.hypot.mp,
    domain=(WIDE, WIDE), at={(3, 4): (sp.Rational(3, 5), sp.Rational(4, 5)), (0, 0): (0, 0)}, commutative=True, ulp=2,
    kinks=(Kink(sp.Eq(X, 0) & sp.Eq(X1, 0), "0, the subgradient of least norm"),),
    cost=20, source="the gradient of a length is its direction")

direction = Elementwise(
    name="direction", sympy=functions.direction, args=(X, X1),
    partials=(functions.direction(X1, X)**2/functions.hypot(X, X1),
              -Y*functions.direction(X1, X)/functions.hypot(X, X1)),
    numpy=entrywise(special.direction), scalar=special.direction, mpmath=functions.direction.mp,
    domain=(WIDE, WIDE), at={(3, 4): (sp.Rational(16, 125), sp.Rational(-12, 125))},
    kinks=(Kink(sp.Eq(X, 0) & sp.Eq(X1, 0), "nan, since the value jumps"),),
    cost=24, source="the second derivatives of a length, in which nothing cancels")
