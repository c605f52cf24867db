"""Records of the gamma function and its logarithmic derivatives."""
import sympy as sp

from . import functions, high, special
from .arithmetic import KEPT
from .entrywise import entrywise
from .record import X, X1, Elementwise, Kink, Limit, Y, interval

N = sp.Symbol("n")
POSITIVE = interval(sp.Rational(1, 10**6), 10**6)
DIGAMMA = sp.digamma(X, evaluate=False)                              # SymPy would make it polygamma(0, x)


def _poles(what):
    return Limit(sp.Eq(X, sp.floor(X)) & (X <= 0), f"{what} at a pole", "infinite where the sign is one, else nan",
                 KEPT.format("its argument", "off 0, -1, -2, …"))


gamma = Elementwise(
    name="gamma", sympy=sp.gamma, args=(X,), partials=(Y*DIGAMMA,),
    numpy=entrywise(special.gamma), scalar=special.gamma, mpmath=high.gamma,
    domain=(interval(sp.Rational(1, 10**6), 170),), at={1: -sp.EulerGamma, 2: 1 - sp.EulerGamma},
    limits=(_poles("gamma"),), ulp=4, cost=50, source="DLMF 5.2.2")

lgamma = Elementwise(
    name="lgamma", sympy=sp.loggamma, args=(X,), partials=(DIGAMMA,),
    numpy=entrywise(special.lgamma), scalar=special.lgamma, mpmath=high.loggamma,
    domain=(POSITIVE,), at={1: -sp.EulerGamma, 2: 1 - sp.EulerGamma},
    limits=(_poles("loggamma"),), cost=50, source="DLMF 5.2.2")

digamma = Elementwise(
    name="digamma", sympy=sp.digamma, args=(X,), partials=(sp.polygamma(1, X),),
    numpy=entrywise(special.digamma), scalar=special.digamma, mpmath=lambda x: high.psi(0, x),
    domain=(POSITIVE,), at={1: sp.pi**2/6}, limits=(_poles("digamma"),), cost=50, source="DLMF 5.15.1")

polygamma = Elementwise(
    name="polygamma", sympy=sp.polygamma, args=(N, X), partials=(sp.nan, sp.polygamma(N + 1, X)),
    numpy=entrywise(special.polygamma), scalar=special.polygamma, mpmath=high.psi,
    domain=(interval(0, 4), POSITIVE), at={(0, 1): (sp.nan, sp.pi**2/6)}, whole=(0,),
    kinks=(Kink(sp.true, "nan, since it is a whole number", (0,)),), limits=(_poles("polygamma"),), cost=200,
    source="DLMF 5.15.1")

log_poisson = Elementwise(
    name="log_poisson", sympy=functions.log_poisson, args=(X, X1),
    partials=(sp.log(X1) - DIGAMMA.xreplace({X: X + 1}),
              sp.Piecewise((-1, sp.Eq(X, 0) & sp.Eq(X1, 0)), (X/X1 - 1, True))),
    numpy=entrywise(special.log_poisson), scalar=special.log_poisson, mpmath=functions.log_poisson.mp,
    domain=(interval(0, 10**4), interval(sp.Rational(1, 10**3), 10**4)), ulp=8,
    at={(0, 1): (sp.EulerGamma, -1), (1, 2): (sp.log(2) + sp.EulerGamma - 1, -sp.S.Half)},
    cost=80,
    limits=(Limit((X1 < 0) | sp.Eq(X, sp.floor(X)) & (X < 0), "Poisson probability of a negative number", "nan or -inf",
                  KEPT.format("counts and means", "from 0 on")),
            Limit(sp.Ne(X, 0) & sp.Eq(X1, 0), "log of zero: a count where the mean is 0", "-inf",
                  KEPT.format("the mean", "above 0"))),
    source="Loader 2000, Fast and accurate computation of binomial probabilities")

stirling = Elementwise(
    name="stirling", sympy=functions.stirling, args=(N, X), partials=(sp.nan, functions.stirling(N + 1, X)),
    numpy=entrywise(special.stirling), scalar=special.stirling, mpmath=functions.stirling.mp,
    domain=(interval(0, 4), POSITIVE), at={(1, 1): (sp.nan, sp.pi**2/6 - sp.Rational(3, 2))}, whole=(0,),
    kinks=(Kink(sp.true, "nan, since it is a whole number", (0,)),), ulp=16, cost=100,
    limits=(Limit(X <= 0, "remainder of Stirling's formula at no positive number", "nan",
                  KEPT.format("its argument", "above 0")),),
    source="DLMF 5.11.1, 5.9.10")
