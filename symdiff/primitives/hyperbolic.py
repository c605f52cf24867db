"""Records of hyperbolic functions and their inverses."""
import mpmath
import numpy as np
import sympy as sp

from . import functions, high, special
from .arithmetic import KEPT
from .entrywise import quiet
from .record import X, Elementwise, Kink, Limit, Y, interval

TAILS = interval(-700, 700)
WIDE = interval(-10**6, 10**6)


def _sech(x):
    e = np.exp(-np.abs(x))
    return 2*e/(1 + e*e)


sinh = Elementwise(
    name="sinh", sympy=sp.sinh, args=(X,), partials=(sp.cosh(X),),
    numpy=quiet(np.sinh), scalar=special.sinh, mpmath=high.sinh,
    domain=(TAILS,), at={0: 1}, cost=20, source="DLMF 4.34.1")

cosh = Elementwise(
    name="cosh", sympy=sp.cosh, args=(X,), partials=(sp.sinh(X),),
    numpy=quiet(np.cosh), scalar=special.cosh, mpmath=high.cosh,
    domain=(TAILS,), at={0: 0}, cost=20, source="DLMF 4.34.2")

tanh = Elementwise(
    name="tanh", sympy=sp.tanh, args=(X,), partials=(sp.sech(X)**2,),
    numpy=quiet(np.tanh), scalar=special.tanh, mpmath=high.tanh,
    domain=(interval(-350, 350),), at={0: 1}, cost=18, source="DLMF 4.34.3")

sech = Elementwise(
    name="sech", sympy=sp.sech, args=(X,), partials=(-Y*sp.tanh(X),),
    numpy=quiet(_sech), scalar=special.sech, mpmath=high.sech,
    domain=(TAILS,), at={0: 0}, cost=16, source="DLMF 4.34.5")

asinh = Elementwise(
    name="asinh", sympy=sp.asinh, args=(X,), partials=(1/functions.hypot(1, X),),
    numpy=quiet(np.arcsinh), scalar=special.asinh, mpmath=mpmath.asinh,
    domain=(WIDE,), at={0: 1, sp.Rational(3, 4): sp.Rational(4, 5)}, cost=24, source="DLMF 4.38.9")

acosh = Elementwise(
    name="acosh", sympy=sp.acosh, args=(X,), partials=(1/(sp.sqrt(X - 1)*sp.sqrt(X + 1)),),
    numpy=quiet(np.arccosh), scalar=special.acosh, mpmath=mpmath.acosh,
    domain=(interval(1, 10**6),), at={sp.Rational(5, 4): sp.Rational(4, 3), 1: sp.oo},
    kinks=(Kink(sp.Eq(X, 1), "inf, the limit from the right"),),
    limits=(Limit(X < 1, "acosh of a number below 1", "nan", KEPT.format("its argument", "from 1 on")),), cost=24,
    source="DLMF 4.38.10")

atanh = Elementwise(
    name="atanh", sympy=sp.atanh, args=(X,), partials=(1/functions.half_circle(X)**2,),
    numpy=quiet(np.arctanh), scalar=special.atanh, mpmath=mpmath.atanh,
    domain=(interval(-1, 1),), at={0: 1, sp.Rational(3, 5): sp.Rational(25, 16), 1: sp.oo}, cost=20,
    kinks=(Kink(sp.Eq(sp.Abs(X), 1), "inf, the one-sided limit"),),
    limits=(Limit(sp.Abs(X) > 1, "atanh of a number beyond 1", "nan", KEPT.format("its argument", "between -1 and 1")),
            Limit(sp.Eq(sp.Abs(X), 1), "atanh of 1 or -1", "inf of the sign", KEPT.format("its argument", "off ±1"))),
    source="DLMF 4.38.11")
