"""Rewrites of formulas that lose their digits near 0, as x - sin(x) and f(x)/x: a power series, found from the formula.

The series is that of the formula in one variable t, an input or a product of inputs.  It stands where |t| is below a
crossover: the least of a few at which the formula as typed loses no more than a bit or two, in its first two
derivatives no more than these allow, and at which the terms that are left out are below half a unit in the last place
of the value and of both derivatives.
"""
from fractions import Fraction as Ratio
from math import gcd

import mpmath

from ...primitives.leaf import CONSTANT, constant
from ...primitives.record import Elementwise
from ..algebra import build as plain
from . import jets
from .pattern import Var, call, log, sin, sinh
from .rule import Rule, is_already
from .spread import substituted

x = Var("x")
tan = call("tan")
CROSSOVERS = [mpmath.mpf(c) for c in (0.0078125, 0.015625, 0.03125, 0.0625, 0.125, 0.1875, 0.25, 0.375, 0.5, 0.625,
                                      0.75, 1, 1.25, 1.5, 2, 2.5, 3, 4)]
TERMS, DEPTH = 34, 40
LOSSES = (2, 3, 12)                          # the sum of the terms over the value, the slope, the curvature


# the variable

def _is_leaf(node):
    return node.op is not CONSTANT and type(node.op) is not Elementwise


class Variable:
    """t, a product of powers of leaves, of which a formula is a function; None of it where there is none.

    inverse  1/t is the one that is looked for
    """

    def __init__(self, context, node, inverse=False):
        self.context, self.powers, self._inverse = context, None, inverse
        stack, seen = [node], set()
        while stack:
            top = stack.pop()
            if top in seen or top.op is CONSTANT:
                continue
            seen.add(top)
            vector = self.vector(top)
            if vector is not None:
                if vector and not self._joined(vector):
                    self.powers = None
                    return
            elif len(seen) > DEPTH:
                self.powers = None
                return
            else:
                top = context.origin.get(top, top)
                stack += top.inputs

    def vector(self, node):
        """{leaf: power} when the node is a number times a product of whole powers of leaves; else None."""
        if _is_leaf(node):
            return {node: 1}
        if node.op.name not in ("mul", "div", "neg", "pow"):
            return None
        flat = self.context.matcher.factors(node)
        if flat is None or not all(_is_leaf(b) and p.denominator == 1 for b, p in flat[1]):
            return None
        return {b: int(p) for b, p in flat[1]}

    def _joined(self, vector):
        if self.powers is None:
            divisor = gcd(*vector.values())
            if (next(iter(vector.values())) < 0) != self._inverse:
                divisor = -divisor
            self.powers = {b: p//divisor for b, p in vector.items()}
            return True
        return self.power(vector) is not None

    def power(self, vector):
        """The whole k with vector = k·powers; None where there is none."""
        if vector.keys() != self.powers.keys():
            return None
        first = next(iter(self.powers))
        k = Ratio(vector[first], self.powers[first])
        return int(k) if k.denominator == 1 and all(vector[b] == k*p for b, p in self.powers.items()) else None

    def jet(self, node, count=jets.COUNT):
        """The jet of a node that is a power of t times a number; None of any other."""
        vector = self.vector(node)
        if not vector:
            return None
        k = self.power(vector)
        if k is None:
            raise jets.NoSeries
        coefficient = Ratio(self.context.matcher.factors(node)[0])
        number = mpmath.mpf(coefficient.numerator)/coefficient.denominator
        return jets.Jet(k, [number*c for c in jets.variable(count).coefficients])

    def node(self, like):
        """t"""
        return self.context.product(1, self.powers.items(), like)


REFUSED = jets.NoSeries, ValueError, ZeroDivisionError, OverflowError, TypeError, mpmath.libmp.NoConvergence


def _jet(context, variable, node):
    """The jet of a node in t; None where it has none."""
    try:
        return jets.jet_of(node, variable.jet, context.origin)
    except REFUSED:
        return None


def _cancels(context, variable, node):
    """Whether the leading terms of a sum may cancel at t = 0, by its first few."""
    def leaf(part):
        return variable.jet(part, jets.FEW)

    try:
        parts = [jets.jet_of(i, leaf, context.origin) for i in node.inputs]
        if not all(p.coefficients for p in parts):
            return False
        with mpmath.workdps(jets.DIGITS):
            jet = jets.applied(node.op.name, parts)
    except jets.TooFew:
        return True
    except REFUSED:
        return False
    return jet.first > min(p.first for p in parts)


# the crossover

def _at(jet, c, order=0):
    """The derivative of this order at c."""
    total = mpmath.mpf(0)
    for k, a in enumerate(jet.coefficients):
        power = jet.first + k
        factor = 1
        for j in range(order):
            factor *= power - j
        if factor:
            total += factor*a*c**(power - order)
    return total


def _terms(jet, c):
    """How many coefficients are needed up to c; None where they are more than there may be."""
    sizes = [abs(a)*c**k*(k + 2)**2 for k, a in enumerate(jet.coefficients)]
    value = abs(mpmath.fsum(a*c**k for k, a in enumerate(jet.coefficients)))
    least = value*mpmath.mpf(2)**-57
    if mpmath.fsum(sizes[-6:]) > least/8 or mpmath.fsum(abs(a)*c**k for k, a in enumerate(jet.coefficients)) > 3*value:
        return None
    count, tail = len(sizes), mpmath.mpf(0)
    while tail + sizes[count - 1] <= least:
        count -= 1
        tail += sizes[count]
    return count if count <= TERMS or not any(jet.coefficients[1::2]) else None


def _crossover(jet, sizes):
    """(c, how many coefficients) for the formula of this jet; None where there is none.

    `sizes(c, order)` is the size of what the formula, its slope or its curvature is the sum of, as typed.
    """
    chosen = None
    with mpmath.workdps(jets.DIGITS):
        for c in CROSSOVERS:
            count = _terms(jet, c)
            if count is None:
                break
            chosen = c, count
            values = [(abs(_at(jet, c, order)), loss) for order, loss in enumerate(LOSSES)]
            if all(v and sizes(c, order) <= loss*v for order, (v, loss) in enumerate(values)):
                break
    return chosen


def _of_sum(parts):
    """The sizes of the terms of a sum."""
    return lambda c, order: max(abs(_at(p, c, order)) for p in parts)


def _of_quotient(above, below):
    """The sizes of the terms of p/q, (p/q)' and (p/q)''."""
    return lambda c, order: abs(_at(above, c, order)/_at(below, c))


# the new formula

def _number(value):
    """A short fraction where a positive number is one, else the nearest float."""
    ratio = (Ratio(value.man)*Ratio(2)**value.exp).limit_denominator(10**12)
    if abs(mpmath.mpf(ratio.numerator)/ratio.denominator - value) <= jets.NOTHING*value:
        return ratio
    return float(value)


def _constant(context, value, like):
    return context.number(value, like) if isinstance(value, Ratio) else constant(value, like.sizes)


def _horner(context, coefficients, t, like):
    """Σ coefficients[k]·t**k; in t² where every second one is 0."""
    if not any(coefficients[1::2]):
        coefficients, t = coefficients[::2], plain("pow", t, context.number(2, like))
    node = None
    for a in reversed(coefficients):
        node = None if node is None else plain("mul", node, t)
        if a:
            number = _constant(context, _number(abs(a)), like)
            if node is None:
                node = number if a > 0 else plain("neg", number)
            else:
                node = plain("add" if a > 0 else "sub", node, number)
    return node


def _split(context, node, variable, jet, crossover):
    """select(|t| < c, t**first·P(t), the node as it is, t kept away from 0)."""
    if crossover is None:
        return None
    c, count = crossover
    t = variable.node(node)
    near = context.build("lt", context.build("abs", t), _constant(context, _number(c), node))
    with mpmath.workdps(jets.DIGITS):
        series = polynomial = _horner(context, jet.coefficients[:count], t, node)
    if jet.first:
        powers = [(b, p*jet.first) for b, p in variable.powers.items()]
        series = context.product(1, [*powers, (series, 1)], node)
    leaf = next(iter(variable.powers))
    far = substituted(node, {leaf: plain("select", near, context.number(1, node), leaf)})
    new = plain("select", near, series, far)
    context.origin[new] = node
    context.series[new] = variable.powers, jet.first, polynomial
    return new


# the rules

def _cancelling_sum(context, node):
    """A sum the leading terms of which cancel at t = 0."""
    for inverse in (False, True):
        variable = Variable(context, node, inverse)
        if variable.powers is None:
            return None
        if not _cancels(context, variable, node):
            continue
        parts = [_jet(context, variable, i) for i in node.inputs]
        jet = _jet(context, variable, node) if None not in parts and all(p.coefficients for p in parts) else None
        if jet is not None and jet.coefficients and jet.first > min(p.first for p in parts):
            return _split(context, node, variable, jet, _crossover(jet, _of_sum(parts)))
    return None


Rule("x - sin(x)", x - sin(x), x - sin(x), "the leading terms cancel near 0", {"x": 1e-5}, find=_cancelling_sum,
     roots=("add", "sub"), having=tuple(jets.TAYLOR) + ("hypot", "sqrt", "pow", "select", "div"), loses="itself")


def _removable(context, node):
    """p/q, both 0 at t = 0: its derivatives cancel near there."""
    above, below = node.inputs
    if not (context.samples.vanishes(above) and context.samples.vanishes(below)):
        return None
    variable = Variable(context, node)
    if variable.powers is None:
        return None
    parts = [_jet(context, variable, i) for i in node.inputs]
    if None in parts or not all(p.coefficients and p.first > 0 for p in parts):
        return None
    with mpmath.workdps(jets.DIGITS):
        jet = parts[0]/parts[1]
    return _split(context, node, variable, jet, _crossover(jet, _of_quotient(*parts)))


def _logarithm_of_one(context, node):
    """log(p), p = 1 at t = 0."""
    inner = node.inputs[0]
    if not context.samples.vanishes(node):
        return None
    variable = Variable(context, node)
    if variable.powers is None:
        return None
    inside, jet = _jet(context, variable, inner), _jet(context, variable, node)
    if inside is None or jet is None or not jet.coefficients or inside.first or jet.first < 1:
        return None
    return _split(context, node, variable, jet, _crossover(jet, _of_sum([jets.fixed(1), inside])))


Rule("log(sinh(x)/x)", log(sinh(x)/x), log(sinh(x)/x), "the logarithm of a number near 1, which is rounded",
     {"x": 1e-9}, find=_logarithm_of_one, roots=("log",))
ZERO_AT_0 = "tan asin sinh atan tanh asinh atanh erf".split()


def _over_argument(context, node):
    """f(v)·r where a factor of v cancels one of r, f(v) = v·g(v) and g by its series near v = 0."""
    flat = context.matcher.factors(node)
    if flat is None:
        return None
    for k, (base, power) in enumerate(flat[1]):
        if power.denominator != 1 or base.op.name not in ZERO_AT_0 or is_already("select", base.inputs[0]):
            continue
        v = base.inputs[0]
        inner = context.matcher.factors(v)
        rest = flat[1][:k] + flat[1][k + 1:]
        if inner is None or not any(b is c and p*power*q < 0 for b, p in inner[1] for c, q in rest):
            continue
        powers = dict(rest)
        for b, p in inner[1]:
            powers[b] = powers.get(b, 0) + power*p
        scale = Ratio(flat[0])*Ratio(inner[0])**int(power)
        factors = [(b, p) for b, p in powers.items() if p]
        return context.product(scale, [*factors, (_relative(context, base), power)], node)
    return None


def _relative(context, base):
    """f(v)/v."""
    v = base.inputs[0]
    with mpmath.workdps(jets.DIGITS):
        above = jets.applied(base.op.name, [jets.variable()])
        jet = above/jets.variable()
    c, count = _crossover(jet, _of_quotient(above, jets.variable()))
    near = context.build("lt", context.build("abs", v), _constant(context, _number(c), v))
    with mpmath.workdps(jets.DIGITS):
        series = _horner(context, jet.coefficients[:count], v, v)
    away = plain("select", near, context.number(1 if c < 1 else 2, v), v)
    new = plain("select", near, series, context.build("div", context.build(base.op.name, away), away))
    context.origin[new] = plain("div", base, v)
    return new


Rule("tan(x)/x", tan(x)/x, tan(x)/x, "0/0 at 0; its derivatives cancel near 0", {"x": 0.0}, find=_over_argument,
     roots=("mul", "div"), having=tuple(ZERO_AT_0))
Rule("(x - sin(x))/(x - tan(x))", (x - sin(x))/(x - tan(x)), (x - sin(x))/(x - tan(x)), "0/0 at 0; its derivatives "
     "cancel near 0", {"x": 0.0}, find=_removable, roots=("div",), having=tuple(jets.TAYLOR) + ("select",))
