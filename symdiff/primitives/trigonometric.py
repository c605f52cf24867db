"""Records of trigonometric functions and their inverses."""
import mpmath
import numpy as np
import sympy as sp

from . import functions, high, special
from .entrywise import entrywise, quiet
from .arithmetic import KEPT
from .functions import direction, hypot
from .record import X, X1, Elementwise, Kink, Limit, Y, interval

TURNS = interval(-1000, 1000)
WIDE = interval(-10**6, 10**6)
UNIT = interval(-1, 1)


def _beyond(what):
    return Limit(sp.Abs(X) > 1, what, "nan", KEPT.format("its argument", "between -1 and 1"))


sin = Elementwise(
    name="sin", sympy=sp.sin, args=(X,), partials=(sp.cos(X),),
    numpy=quiet(np.sin), scalar=special.sin, mpmath=high.sin,
    domain=(TURNS,), at={0: 1}, ulp=2, cost=18, source="DLMF 4.20.1")

cos = Elementwise(
    name="cos", sympy=sp.cos, args=(X,), partials=(-sp.sin(X),),
    numpy=quiet(np.cos), scalar=special.cos, mpmath=high.cos,
    domain=(TURNS,), at={0: 0}, ulp=2, cost=18, source="DLMF 4.20.2")

tan = Elementwise(
    name="tan", sympy=sp.tan, args=(X,), partials=(1 + Y**2,),
    numpy=quiet(np.tan), scalar=special.tan, mpmath=high.tan,
    domain=(TURNS,), at={0: 1}, cost=24, source="DLMF 4.20.3")

half_circle = Elementwise(
    name="half_circle", sympy=functions.half_circle, args=(X,), partials=(-X/Y,),
    numpy=quiet(lambda x: np.sqrt((1 - x)*(1 + x))), scalar=special.half_circle, mpmath=functions.half_circle.mp,
    domain=(UNIT,), at={0: 0, sp.Rational(3, 5): -sp.Rational(3, 4), -1: sp.oo, 1: -sp.oo},
    kinks=(Kink(sp.Eq(sp.Abs(X), 1), "infinite, the one-sided limit"),),
    limits=(_beyond("square root of 1 - x**2 for a number beyond 1"),), cost=6, source="chain rule")

asin = Elementwise(
    name="asin", sympy=sp.asin, args=(X,), partials=(1/functions.half_circle(X),),
    numpy=quiet(np.arcsin), scalar=special.asin, mpmath=mpmath.asin,
    domain=(UNIT,), at={0: 1, sp.Rational(3, 5): sp.Rational(5, 4), 1: sp.oo}, ulp=2,
    kinks=(Kink(sp.Eq(sp.Abs(X), 1), "inf, the one-sided limit"),),
    limits=(_beyond("asin of a number beyond 1"),), cost=20, source="DLMF 4.24.7")

acos = Elementwise(
    name="acos", sympy=sp.acos, args=(X,), partials=(-1/functions.half_circle(X),),
    numpy=quiet(np.arccos), scalar=special.acos, mpmath=mpmath.acos,
    domain=(UNIT,), at={0: -1, sp.Rational(3, 5): -sp.Rational(5, 4), 1: -sp.oo}, ulp=2,
    kinks=(Kink(sp.Eq(sp.Abs(X), 1), "-inf, the one-sided limit"),),
    limits=(_beyond("acos of a number beyond 1"),), cost=20, source="DLMF 4.24.8")

atan = Elementwise(
    name="atan", sympy=sp.atan, args=(X,), partials=(1/(1 + X**2),),
    numpy=quiet(np.arctan), scalar=special.atan, mpmath=mpmath.atan,
    domain=(WIDE,), at={0: 1, 1: sp.Rational(1, 2)}, ulp=2, cost=20, source="DLMF 4.24.9")

atan2 = Elementwise(
    name="atan2", sympy=sp.atan2, args=(X, X1),
    partials=(direction(X1, X)/hypot(X, X1), -direction(X, X1)/hypot(X, X1)),
    numpy=quiet(np.arctan2), scalar=special.atan2, mpmath=mpmath.atan2,
    domain=(WIDE, WIDE), at={(3, 4): (sp.Rational(4, 25), -sp.Rational(3, 25))}, ulp=2,
    kinks=(Kink(sp.Eq(X, 0) & (X1 < 0), "the limit from both sides, and the value jumps"),
           Kink(sp.Eq(X, 0) & sp.Eq(X1, 0), "nan, since no direction is there")),
    cost=24, source="the angle turns by 1/radius across the radius")

sinc = Elementwise(
    name="sinc", sympy=sp.sinc, args=(X,), partials=(-sp.jn(1, X),),
    numpy=entrywise(special.sinc), scalar=special.sinc, mpmath=high.sinc,
    domain=(TURNS,), at={0: 0, sp.pi: -1/sp.pi}, cost=22, source="DLMF 10.49.3, 10.51.2")

N = sp.Symbol("n")

jn = Elementwise(
    name="jn", sympy=sp.jn, args=(N, X),
    partials=(sp.nan, sp.Piecewise((-sp.jn(1, X), sp.Eq(N, 0)),
                                   ((N*sp.jn(N - 1, X) - (N + 1)*sp.jn(N + 1, X))/(2*N + 1), True))),
    numpy=entrywise(special.jn), scalar=special.jn, mpmath=high.jn,
    domain=(interval(0, 4), interval(-100, 100)), at={(1, 0): (sp.nan, sp.Rational(1, 3)), (0, 0): (sp.nan, 0)},
    kinks=(Kink(sp.true, "nan, since it is a whole number", (0,)),), whole=(0,),
    ulp=8, cost=60, source="DLMF 10.51.2")
