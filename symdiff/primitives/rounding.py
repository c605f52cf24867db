"""Records of rounding and remainders."""
import mpmath
import numpy as np
import sympy as sp

from . import functions, special
from .arithmetic import KEPT
from .entrywise import quiet
from .record import X, X1, Elementwise, Kink, Limit, Y, interval

WIDE = interval(-10**6, 10**6)

floor = Elementwise(
    name="floor", sympy=sp.floor, args=(X,), partials=(sp.S.Zero,),
    numpy=quiet(np.floor), scalar=special.floor, mpmath=mpmath.floor,
    domain=(WIDE,), at={sp.Rational(5, 2): 0, 2: 0}, ulp=1,
    kinks=(Kink(sp.Eq(X, sp.floor(X)), "0, as between the jumps"),), cost=1, source="steps")

ceil = Elementwise(
    name="ceil", sympy=sp.ceiling, args=(X,), partials=(sp.S.Zero,),
    numpy=quiet(np.ceil), scalar=special.ceil, mpmath=mpmath.ceil,
    domain=(WIDE,), at={sp.Rational(5, 2): 0, 2: 0}, ulp=1,
    kinks=(Kink(sp.Eq(X, sp.floor(X)), "0, as between the jumps"),), cost=1, source="steps")

round_ = Elementwise(
    name="round", sympy=functions.round_, args=(X,), partials=(sp.S.Zero,),
    numpy=quiet(np.rint), scalar=special.round_, mpmath=functions.round_.mp,
    domain=(WIDE,), at={sp.Rational(5, 2): 0, 2: 0}, ulp=1,
    kinks=(Kink(sp.Eq(X + sp.S.Half, sp.floor(X + sp.S.Half)), "0, as between the jumps"),), cost=1,
    source="steps; ties to even, IEEE 754 section 4.3.1")

mod = Elementwise(
    name="mod", sympy=sp.Mod, args=(X, X1), partials=(sp.S.One, -functions.round_((X - Y)/X1)),
    numpy=quiet(np.mod), scalar=special.mod, mpmath=lambda a, b: a - b*mpmath.floor(a/b),
    domain=(interval(-1000, 1000), interval(sp.Rational(1, 2), 100)),
    at={(7, 3): (1, -2), (-7, 3): (1, 3), (6, 3): (1, -2)},
    ulp=1, kinks=(Kink(sp.Eq(Y, 0), "that from the right"),),
    limits=(Limit(sp.Eq(X1, 0), "remainder of a division by zero", "nan", KEPT.format("the divisor", "off 0")),),
    cost=20,
    source="x - x1 floor(x/x1), the floor a step")
