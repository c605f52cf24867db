"""Rewrites of distances by cosines, which cancel where the distance is small: in the plane and on the sphere."""
from fractions import Fraction as Ratio
from math import isqrt

import sympy as sp

from .pattern import Exact, Var, absolute, at_least, call, cos, select, sin, sqrt
from .rule import Rule

x, y, z = map(Var, "xyz")
acos, atan2 = map(call, ("acos", "atan2"))


def _law_of_cosines(context, node):
    """p·(P² + Q² - 2·P·Q·cos z) = p·((P - Q)² + 4·P·Q·sin²(z/2)) where P·Q > 0, p·((P + Q)² - 4·P·Q·cos²(z/2)) elsewhere:
    nothing cancels.  Where P is a number, the sum may be near it, and its logarithm has a rule for that."""
    flat = context.matcher.terms(node)
    if flat is None or flat[0] or len(flat[1]) != 3:
        return None
    parts = [(Ratio(c), context.matcher.factors(term)) for c, term in flat[1]]
    if any(found is None for _, found in parts):
        return None
    parts = [(c*Ratio(found[0]), found[1]) for c, found in parts]
    for k, (c, factors) in enumerate(parts):
        for one in factors:
            if one[0].op.name == "cos" and one[1] == 1:
                rest = [other for other in factors if other is not one]
                new = _with_half_angle(context, node, parts[:k] + parts[k + 1:], c, rest, one[0].inputs[0])
                if new is not None:
                    return new
    return None


def _with_half_angle(context, node, squares, c, rest, angle):
    """The sum of the two squares and c·rest·cos(angle), where that is twice the product of their roots."""
    (p, first), (q, second) = squares
    ratio = _root(q/p)
    if ratio is None or c*c != 4*p*q or any(power % 2 for _, power in (*first, *second)):
        return None
    both = dict(first)
    for base, power in second:
        both[base] = both.get(base, 0) + power
    if {base: 2*power for base, power in rest} != {base: power for base, power in both.items() if power}:
        return None
    build, number = context.build, context.number
    roots = [context.product(scale, [(base, power/2) for base, power in factors], node)
             for scale, factors in ((1, first), (ratio, second))]
    product, half = build("mul", *roots), build("mul", number(Ratio(1, 2), angle), angle)
    if c*p > 0:
        roots[1], product = build("neg", roots[1]), build("neg", product)
    forms = [_squares(context, name, roots, product, half, side) for name, side in (("sub", "sin"), ("add", "cos"))]
    if context.ranges.positive(product):
        whole = forms[0]
    else:
        whole = build("select", build("gt", product, number(0, product)), *forms)
    return build("mul", number(p, node), whole)


def _squares(context, name, roots, product, half, side):
    """(P - Q)² + 4·P·Q·sin²(z/2), or (P + Q)² - 4·P·Q·cos²(z/2)."""
    build, two = context.build, context.number(2, product)
    rest = build("mul", product, build("pow", build(side, half), context.number(2, half)))
    opposite = "add" if name == "sub" else "sub"
    return build(opposite, build("pow", build(name, *roots), two), build("mul", context.number(4, product), rest))


def _root(value):
    """The rational root of a rational; None where there is none."""
    if value <= 0:
        return None
    root = Ratio(isqrt(value.numerator), isqrt(value.denominator))
    return root if root*root == value else None


Rule("x**2 + y**2 - 2*x*y*cos(z)", x**2 + y**2 - 2*x*y*cos(z), (x - y)**2 + 4*x*y*sin(z/2)**2,
     "the law of cosines cancels where two sides are almost equal and the angle is small",
     {"x": 1.0, "y": 1.0, "z": 1e-9}, find=_law_of_cosines, roots=("add", "sub"), having=("cos",), typed=True)

_cosine = sin(x)*sin(y) + cos(x)*cos(y)*cos(z)
_latitudes = at_least(Exact(sp.pi/2), call("maximum")(absolute(x), absolute(y)))
_x, _y = [select(_latitudes, side, 0) for side in (x, y)]
_shared = cos(_x)*cos(_y)
Rule("acos(sin(x)*sin(y) + cos(x)*cos(y)*cos(z))", acos(_cosine),
     select(_latitudes, 2*atan2(sqrt(sin((_x - _y)/2)**2 + _shared*sin(z/2)**2),
                                sqrt(sin((_x + _y)/2)**2 + _shared*cos(z/2)**2)),
            acos(select(_latitudes, 0, _cosine))),
     "the cosine of a small angle is 1; haversines are not", {"x": 0.5, "y": 0.5, "z": 1e-9})
