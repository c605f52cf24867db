"""Records of exponentials and logarithms."""
import mpmath
import numpy as np
import sympy as sp

from . import functions, high, special
from .arithmetic import KEPT
from .entrywise import entrywise, quiet
from .functions import (expm1 as Expm1, exprel_cumulant, log1mexp as Log1mexp, log1p as Log1p, logaddexp as Logaddexp,
                        sigmoid)
from .record import X, X1, Elementwise, Kink, Limit, Y, interval

N = sp.Symbol("n")
POSITIVE = interval(sp.Rational(1, 10**9), 10**9)


def _of_a_log(name, low=0):
    """Where a logarithm has no value: at `low` and below."""
    do = KEPT.format("its argument", f"above {low}")
    return (Limit(X < low, f"{name} of a negative number", "nan", do),
            Limit(sp.Eq(X, low), f"{name} of zero", "-inf", do))


exp = Elementwise(
    name="exp", sympy=sp.exp, args=(X,), partials=(Y,),
    numpy=quiet(np.exp), scalar=special.exp, mpmath=high.exp,
    domain=(interval(-700, 700),), at={0: 1}, ulp=2, cost=10, source="DLMF 4.7.1")

expm1 = Elementwise(
    name="expm1", sympy=Expm1, args=(X,), partials=(sp.exp(X),),
    numpy=quiet(np.expm1), scalar=special.expm1, mpmath=high.expm1,
    domain=(interval(-700, 700),), at={0: 1}, ulp=2, cost=12, source="DLMF 4.7.1")

exp2 = Elementwise(
    name="exp2", sympy=functions.exp2, args=(X,), partials=(Y*sp.log(2),),
    numpy=quiet(np.exp2), scalar=special.exp2, mpmath=high.exp2,
    domain=(interval(-1000, 1000),), at={0: sp.log(2), 1: 2*sp.log(2)}, ulp=2, cost=10, source="DLMF 4.7.5")

log = Elementwise(
    name="log", sympy=sp.log, args=(X,), partials=(1/X,),
    numpy=quiet(np.log), scalar=special.log, mpmath=mpmath.log,
    domain=(POSITIVE,), at={1: 1, 2: sp.Rational(1, 2)}, limits=_of_a_log("log"), ulp=2, cost=10, source="DLMF 4.7.1")

log1p = Elementwise(
    name="log1p", sympy=Log1p, args=(X,), partials=(1/(1 + X),),
    numpy=quiet(np.log1p), scalar=special.log1p, mpmath=mpmath.log1p,
    domain=(interval(-1 + sp.Rational(1, 10**9), 10**9),), at={0: 1, 1: sp.Rational(1, 2)}, ulp=2, cost=12,
    limits=_of_a_log("log", -1), source="DLMF 4.7.1")

log2 = Elementwise(
    name="log2", sympy=functions.log2, args=(X,), partials=(1/(X*sp.log(2)),),
    numpy=quiet(np.log2), scalar=special.log2, mpmath=lambda x: mpmath.log(x)/mpmath.log(2),
    domain=(POSITIVE,), at={1: 1/sp.log(2)}, limits=_of_a_log("log2"), ulp=2, cost=10, source="DLMF 4.7.1")

log10 = Elementwise(
    name="log10", sympy=functions.log10, args=(X,), partials=(1/(X*sp.log(10)),),
    numpy=quiet(np.log10), scalar=special.log10, mpmath=lambda x: mpmath.log(x)/mpmath.log(10),
    domain=(POSITIVE,), at={1: 1/sp.log(10)}, limits=_of_a_log("log10"), ulp=2, cost=10, source="DLMF 4.7.1")

logaddexp = Elementwise(
    name="logaddexp", sympy=Logaddexp, args=(X, X1), partials=(sigmoid(X - X1), sigmoid(X1 - X)),
    numpy=quiet(np.logaddexp), scalar=special.logaddexp, mpmath=Logaddexp.mp,
    domain=(interval(-300, 300), interval(-300, 300)), at={(0, 0): (sp.Rational(1, 2), sp.Rational(1, 2))},
    commutative=True, cost=22, source="chain rule")

log1mexp = Elementwise(
    name="log1mexp", sympy=Log1mexp, args=(X,), partials=(sp.exp(-sp.Abs(X))/Expm1(-sp.Abs(X)),),
    numpy=entrywise(special.log1mexp), scalar=special.log1mexp, mpmath=Log1mexp.mp,
    domain=(interval(-700, -sp.Rational(1, 10**9)),), at={-sp.log(2): -1}, cost=22, source="Mächler 2012",
    limits=(Limit(X > 0, "log of 1 - exp(x) for a positive number", "nan", KEPT.format("its argument", "below 0")),
            Limit(sp.Eq(X, 0), "log of zero", "-inf", KEPT.format("its argument", "below 0"))))

exprel = Elementwise(
    name="exprel", sympy=functions.exprel, args=(X,), partials=(Y*exprel_cumulant(1, X),),
    numpy=entrywise(special.exprel), scalar=special.exprel, mpmath=functions.exprel.mp,
    domain=(interval(-700, 700),), at={0: sp.Rational(1, 2)}, cost=14, source="DLMF 4.7.1; logarithmic derivative")

inv_exprel = Elementwise(
    name="inv_exprel", sympy=functions.inv_exprel, args=(X,),
    partials=(sp.Piecewise((-Y*exprel_cumulant(1, X), X >= 0),              # inv_exprel(x) = -x + inv_exprel(-x)
                           (functions.inv_exprel(-X)*exprel_cumulant(1, -X) - 1, True)),),
    numpy=entrywise(special.inv_exprel), scalar=special.inv_exprel, mpmath=functions.inv_exprel.mp,
    domain=(interval(-700, 700),), at={0: -sp.Rational(1, 2)}, cost=14, source="DLMF 24.2.1, 24.4.4")

log1prel = Elementwise(
    name="log1prel", sympy=functions.log1prel, args=(X,),
    partials=(-Y*exprel_cumulant(1, Log1p(X))/(1 + X),),
    numpy=entrywise(special.log1prel), scalar=special.log1prel, mpmath=functions.log1prel.mp,
    domain=(interval(-1 + sp.Rational(1, 10**9), 10**9),), at={0: -sp.Rational(1, 2)}, cost=22,
    limits=_of_a_log("log", -1),
    source="log1prel(x) = inv_exprel(log1p(x))")

log1pmx = Elementwise(
    name="log1pmx", sympy=functions.log1pmx, args=(X,),
    partials=(-X/(1 + X),),
    numpy=entrywise(special.log1pmx), scalar=special.log1pmx, mpmath=functions.log1pmx.mp,
    domain=(interval(-1 + sp.Rational(1, 10**9), 10**9),), at={0: 0, 1: -sp.Rational(1, 2)}, cost=24,
    limits=_of_a_log("log", -1), source="DLMF 4.6.4")

exprel_cumulant = Elementwise(
    name="exprel_cumulant", sympy=exprel_cumulant, args=(N, X), partials=(sp.nan, exprel_cumulant(N + 1, X)),
    numpy=entrywise(special.exprel_cumulant), scalar=special.exprel_cumulant, mpmath=functions.exprel_cumulant.mp,
    domain=(interval(1, 4), interval(-100, 100)), at={(1, 0): (sp.nan, sp.Rational(1, 12)), (2, 0): (sp.nan, 0)},
    kinks=(Kink(sp.true, "nan, since it is a whole number", (0,)),), whole=(0,),
    ulp=16, cost=60, source="DLMF 24.2.1")

xlogy = Elementwise(
    name="xlogy", sympy=functions.xlogy, args=(X, X1),
    partials=(sp.log(X1), sp.Piecewise((0, sp.Eq(X, 0) & sp.Eq(X1, 0)), (X/X1, True))),
    numpy=entrywise(special.xlogy), scalar=special.xlogy, mpmath=functions.xlogy.mp,
    domain=(interval(-1000, 1000), interval(0, 10**6)), at={(2, 1): (0, 2), (0, 0): (-sp.oo, 0)},
    kinks=(Kink(sp.Eq(X, 0) & sp.Eq(X1, 0), "-inf in the first factor, 0 in the second; the value is 0, the limit"),),
    limits=(Limit(sp.Ne(X, 0) & (X1 < 0), "log of a negative number", "nan", KEPT.format("its argument", "above 0")),
            Limit(sp.Ne(X, 0) & sp.Eq(X1, 0), "log of zero", "-inf times the factor",
                  KEPT.format("its argument", "above 0"))),
    cost=11, source="product rule")
