"""Rewrites of roots and of the error function."""
from .pattern import Var, above, absolute, at_least, below, call, erf, erfc, erfcx, exp, hypot, ndtr, select, sin, sinc, sqrt
from .rule import Rule

x, y = map(Var, "xy")


def _not_below(bound, ranges):
    """Not again in the branch that a rule leaves as it was: x is cut off there."""
    return bound["x"].op.name != "minimum_const"



Rule("1 - erf(x)", 1 - erf(x), erfc(x), "erf is 1 from x = 6 on", {"x": 10.0})
Rule("1 + erf(x)", 1 + erf(x), erfc(-x), "erf is -1 from x = -6 on", {"x": -10.0})
Rule("2 - erfc(x)", 2 - erfc(x), erfc(-x), "erfc is 2 below x = -6", {"x": -10.0})
Rule("1 - erfc(x)", 1 - erfc(x), erf(x), "the difference cancels near 0", {"x": 1e-17})
Rule("1 - ndtr(x)", 1 - ndtr(x), ndtr(-x), "ndtr is 1 from x = 9 on", {"x": 12.0})
Rule("exp(-x**2)/erfc(x)", 1/erfc(x)*exp(-x**2),
     select(at_least(x, 0), 1/erfcx(above(x, -1)), exp(-below(x, 0)**2)/erfc(below(x, 0))), "0/0 above 27", {"x": 30.0},
     when=_not_below)
Rule("exp(x**2)*erfc(x)", erfc(x)*exp(x**2), erfcx(x), "inf times 0 above 27", {"x": 30.0})
Rule("sqrt(x**2 + y**2)", sqrt(x**2 + y**2), hypot(x, y), "a square over- or underflows", {"x": 3e200, "y": 4e200})
Rule("sqrt(1 + x**2)", sqrt(1 + x**2), hypot(1, x), "the square overflows", {"x": 3e200})
Rule("sqrt(x**2)", sqrt(x**2), absolute(x), "the square over- or underflows", {"x": 3e200})
Rule("sqrt(1 + x) - 1", sqrt(1 + x) - 1, x/(1 + sqrt(1 + x)), "the difference cancels near 0", {"x": 1e-17})
Rule("hypot(1, x) - 1", hypot(1, x) - 1, call("mul")(x, x/(1 + hypot(1, x))), "the difference cancels near 0", {"x": 1e-9})
Rule("sin(x)/x", sin(x)/x, sinc(x), "0/0 at 0", {"x": 0.0})
Rule("hypot(1, x) - x", hypot(1, x) - x,
     select(at_least(x, 0), 1/(x + hypot(1, x)), hypot(1, x) - below(x, 0)),
     "the difference cancels for large x", {"x": 1e9}, when=_not_below)
