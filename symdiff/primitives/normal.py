"""Records of the error function and the normal distribution."""
import sympy as sp

from . import functions, high, special
from .arithmetic import KEPT
from .entrywise import entrywise
from .functions import ierfcx as Ierfcx
from .record import X, Elementwise, Kink, Limit, Y, interval

N = sp.Symbol("n")
DENSITY = sp.exp(-X**2/2)/sp.sqrt(2*sp.pi)

erf = Elementwise(
    name="erf", sympy=sp.erf, args=(X,), partials=(2/sp.sqrt(sp.pi)*sp.exp(-X**2),),
    numpy=entrywise(special.erf), scalar=special.erf, mpmath=high.erf,
    domain=(interval(-25, 25),), at={0: 2/sp.sqrt(sp.pi)}, ulp=2, cost=20, source="DLMF 7.2.1")

erfc = Elementwise(
    name="erfc", sympy=sp.erfc, args=(X,), partials=(-2/sp.sqrt(sp.pi)*sp.exp(-X**2),),
    numpy=entrywise(special.erfc), scalar=special.erfc, mpmath=high.erfc,
    domain=(interval(-25, 25),), at={0: -2/sp.sqrt(sp.pi)}, ulp=5, cost=25, source="DLMF 7.2.2")

erfcx = Elementwise(
    name="erfcx", sympy=functions.erfcx, args=(X,), partials=(-2*Ierfcx(1, X),),
    numpy=entrywise(special.erfcx), scalar=special.erfcx, mpmath=functions.erfcx.mp,
    domain=(interval(-25, 10**4),), at={0: -2/sp.sqrt(sp.pi)}, cost=40, source="DLMF 7.18.6")

ierfcx = Elementwise(
    name="ierfcx", sympy=Ierfcx, args=(N, X), partials=(sp.nan, -2*(N + 1)*Ierfcx(N + 1, X)),
    numpy=entrywise(special.ierfcx), scalar=special.ierfcx, mpmath=Ierfcx.mp,
    domain=(interval(0, 4), interval(-20, 1000)), at={(1, 0): (sp.nan, -1)}, whole=(0,),
    kinks=(Kink(sp.true, "nan, since it is a whole number", (0,)),), ulp=8, cost=200, source="DLMF 7.18.6")

ndtr = Elementwise(
    name="ndtr", sympy=functions.ndtr, args=(X,), partials=(DENSITY,),
    numpy=entrywise(special.ndtr), scalar=special.ndtr, mpmath=functions.ndtr.mp,
    domain=(interval(-35, 35),), at={0: 1/sp.sqrt(2*sp.pi)}, ulp=5, cost=25, source="DLMF 7.2.2")

log_ndtr = Elementwise(
    name="log_ndtr", sympy=functions.log_ndtr, args=(X,),
    partials=(functions.inverse_mills(X),),
    numpy=entrywise(special.log_ndtr), scalar=special.log_ndtr, mpmath=functions.log_ndtr.mp,
    domain=(interval(-10**4, 35),), at={0: sp.sqrt(2/sp.pi)}, cost=50, source="φ/Φ")

inverse_mills = Elementwise(
    name="inverse_mills", sympy=functions.inverse_mills, args=(X,),
    partials=(sp.Piecewise((-Y*(X + Y), X >= 0),
                           (-Y*sp.sqrt(2)*Ierfcx(1, -X/sp.sqrt(2))/functions.erfcx(-X/sp.sqrt(2)), True)),),
    numpy=entrywise(special.inverse_mills), scalar=special.inverse_mills, mpmath=functions.inverse_mills.mp,
    domain=(interval(-10**4, 35),), at={0: -2/sp.pi}, ulp=5, cost=50,
    source="h' = -h(h + x), where h + x = √2 i¹erfc(u)/erfc(u), u = -x/√2")

erfinv = Elementwise(
    name="erfinv", sympy=sp.erfinv, args=(X,), partials=(sp.sqrt(sp.pi)/2*sp.exp(Y**2),),
    numpy=entrywise(special.erfinv), scalar=special.erfinv, mpmath=high.erfinv,
    domain=(interval(-1, 1),), at={0: sp.sqrt(sp.pi)/2, 1: sp.oo},
    kinks=(Kink(sp.Eq(sp.Abs(X), 1), "inf, the one-sided limit"),),
    limits=(Limit(sp.Abs(X) > 1, "erfinv of a number beyond 1", "nan", KEPT.format("its argument", "between -1 and 1")),
            Limit(sp.Eq(sp.Abs(X), 1), "erfinv of 1 or -1", "inf of the sign", KEPT.format("its argument", "off ±1"))),
    cost=100, source="DLMF 7.17.1")
