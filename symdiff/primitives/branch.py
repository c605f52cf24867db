"""Records of branches: greater and lesser, choice, comparison, logic.  Truth values are 0.0 and 1.0."""
import numpy as np
import sympy as sp

from . import special
from .entrywise import quiet
from .record import X, X1, X2, Elementwise, Kink, interval

WIDE = interval(-10**6, 10**6)
TRUTH = interval(0, 1)
HALF = sp.S.Half
STEP = "0, as on both sides"
TIE = "shared equally, the subgradient of least norm"
OF_A_CONSTANT = "0: the number takes the whole tie, as in relu"

maximum = Elementwise(
    name="maximum", sympy=sp.Max, args=(X, X1),
    partials=(sp.Piecewise((1, X > X1), (0, X < X1), (HALF, True)),
              sp.Piecewise((1, X1 > X), (0, X1 < X), (HALF, True))),
    numpy=quiet(np.maximum), scalar=special.maximum, mpmath=lambda a, b: max(a, b),
    domain=(WIDE, WIDE), at={(2, 1): (1, 0), (1, 2): (0, 1), (1, 1): (HALF, HALF)}, commutative=True, ulp=1,
    kinks=(Kink(sp.Eq(X, X1), TIE),), cost=1, source="piecewise linear")

minimum = Elementwise(
    name="minimum", sympy=sp.Min, args=(X, X1),
    partials=(sp.Piecewise((1, X < X1), (0, X > X1), (HALF, True)),
              sp.Piecewise((1, X1 < X), (0, X1 > X), (HALF, True))),
    numpy=quiet(np.minimum), scalar=special.minimum, mpmath=lambda a, b: min(a, b),
    domain=(WIDE, WIDE), at={(2, 1): (0, 1), (1, 2): (1, 0), (1, 1): (HALF, HALF)}, commutative=True, ulp=1,
    kinks=(Kink(sp.Eq(X, X1), TIE),), cost=1, source="piecewise linear")

maximum_const = Elementwise(
    name="maximum_const", sympy=None, args=(X, X1), partials=(sp.Piecewise((1, X > X1), (0, True)), sp.S.Zero),
    numpy=quiet(np.maximum), scalar=special.maximum, mpmath=lambda a, b: max(a, b),
    domain=(WIDE, WIDE), at={(2, 1): (1, 0), (1, 2): (0, 0), (1, 1): (0, 0)}, ulp=1,
    kinks=(Kink(sp.Eq(X, X1), OF_A_CONSTANT),), constant=(1,), cost=1,
    source="piecewise linear")

minimum_const = Elementwise(
    name="minimum_const", sympy=None, args=(X, X1), partials=(sp.Piecewise((1, X < X1), (0, True)), sp.S.Zero),
    numpy=quiet(np.minimum), scalar=special.minimum, mpmath=lambda a, b: min(a, b),
    domain=(WIDE, WIDE), at={(2, 1): (0, 0), (1, 2): (1, 0), (1, 1): (0, 0)}, ulp=1,
    kinks=(Kink(sp.Eq(X, X1), OF_A_CONSTANT),), constant=(1,), cost=1,
    source="piecewise linear")

select = Elementwise(
    name="select", sympy=sp.Piecewise, args=(X, X1, X2),
    partials=(sp.S.Zero, sp.Piecewise((1, sp.Ne(X, 0)), (0, True)), sp.Piecewise((0, sp.Ne(X, 0)), (1, True))),
    numpy=quiet(lambda c, a, b: np.where(np.asarray(c) != 0, a, b)), scalar=special.select,
    mpmath=lambda c, a, b: a if c else b,
    domain=(TRUTH, WIDE, WIDE), at={(1, 2, 3): (0, 1, 0), (0, 2, 3): (0, 0, 1)}, ulp=1,
    kinks=(Kink(sp.Eq(X, 0), "that of the branch taken; 0 in the condition"),), whole=(0,), cost=1,
    source="piecewise")


def _truth(name, cls, numpy, scalar, known, args=(X, X1), domain=WIDE, commutative=False):
    """A record whose value is 0.0 or 1.0 and whose partials are 0; `known` is one worked point."""
    return Elementwise(
        name=name, sympy=cls, args=args, partials=(sp.S.Zero,)*len(args), numpy=quiet(numpy), scalar=scalar,
        mpmath=scalar, domain=(domain,)*len(args), at={known: (0,)*len(args)}, boolean=True, commutative=commutative,
        ulp=1, cost=1, source="IEEE 754 section 5.11", kinks=(Kink(sp.true, STEP),))


lt = _truth("lt", sp.StrictLessThan, np.less, special.lt, (1, 2))
le = _truth("le", sp.LessThan, np.less_equal, special.le, (1, 1))
gt = _truth("gt", sp.StrictGreaterThan, np.greater, special.gt, (2, 1))
ge = _truth("ge", sp.GreaterThan, np.greater_equal, special.ge, (1, 1))
eq = _truth("eq", sp.Equality, np.equal, special.eq, (1, 1), commutative=True)
ne = _truth("ne", sp.Unequality, np.not_equal, special.ne, (1, 1), commutative=True)
and_ = _truth("and", sp.And, np.logical_and, special.and_, (1, 1), domain=TRUTH, commutative=True)
or_ = _truth("or", sp.Or, np.logical_or, special.or_, (1, 0), domain=TRUTH, commutative=True)
not_ = _truth("not", sp.Not, np.logical_not, special.not_, (1,), args=(X,), domain=TRUTH)
