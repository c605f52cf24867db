"""Rewrites of sums of logarithms and log-gammas with factors, the large terms of which cancel: entropies, divergences,
deviances, binomial coefficients, ratios of gamma functions.

    Σ C_i log B_i + R,   the C_i, B_i and R polynomials or quotients of them,

where parts of C_i and C_j cancel, is M·log(B_i/B_j) + …, M the part; and where R cancels Σ M·(B_i/B_j - 1) as well,
the sum is of second order, M·log1pmx(u) + …, u = B_i/B_j - 1.  log Γ(z) counts as (z - ½)·log z - z + ½·log 2π + the
remainder of Stirling's formula (DLMF 5.11.1), ψ(z) as log z - 1/(2z) + the derivative of that remainder (5.11.2).
"""
from fractions import Fraction as Ratio
from itertools import combinations, product, zip_longest

import sympy as sp

from ...graph import same
from ...primitives.leaf import constant
from ...primitives.record import Elementwise
from ..algebra import build as plain
from .fractions import RING, Fractions, TooLarge, opposite
from .pattern import Var, call, log, log1p
from .rule import Rule, is_already
from .spread import spread, substituted

x, y = map(Var, "xy")
lgamma = call("lgamma")
LOGARITHMS = ("log", "log1p", "xlogy", "lgamma", "digamma")


class _Collected:
    """The sum as {B: C}, the rational rest R, what is left of other terms, and the arguments of log Γ."""

    def __init__(self, context, node):
        self.context, self.like, self.work = context, node, Fractions(context, _quotients(node))
        self.factors, self.rest, self.others, self.gammas, self.calls = {}, [], [], [], []
        self.ready, self.taken = [], []
        for c, term in spread(node):
            if self._logarithm(c, term):
                self.taken.append((c, term))
            else:
                self._other(c, term)

    def _logarithm(self, c, term):
        """Does the term hold one logarithm, and is it taken in?"""
        flat = self.context.matcher.factors(term)
        if flat is None:
            return False
        at = [k for k, (base, power) in enumerate(flat[1]) if base.op.name in LOGARITHMS]
        if len(at) != 1 or flat[1][at[0]][1] != 1:
            return False
        base, work = flat[1][at[0]][0], self.work
        left = [one for k, one in enumerate(flat[1]) if k != at[0]]
        if any(p.denominator != 1 for _, p in left):
            return False
        try:
            factor = _polynomial(work.of(self.context.product(Ratio(c)*Ratio(flat[0]), left, term)))
            if base.op.name in ("lgamma", "digamma"):
                return self._gamma(factor, base)
            if base.op.name == "xlogy":
                factor = work._reduced(factor*_polynomial(work.of(base.inputs[0])))
            if base.op.name == "log1p":
                above, below = work.of(base.inputs[0])
                if not below.is_ground:
                    self.ready.append((factor, base, (above, below)))
                    return True
            above, below = self._argument(base)
            self._add(above, factor)
            self._add(below, -factor)
        except TooLarge:
            return False
        self.calls.append(base)
        return True

    def _argument(self, base):
        """(P, Q), log(P/Q) being the logarithm; of what is typed as a quotient both as they stand."""
        inner, work = base.inputs[-1], self.work
        if base.op.name == "log1p":
            return RING.one + _polynomial(work.of(inner)), RING.one
        if inner.op.name != "div":
            return work.of(inner)
        (p, q), (r, s) = [work.of(i) for i in inner.inputs]
        return p*s, q*r

    def _gamma(self, factor, base):
        z, order = _polynomial(self.work.of(base.inputs[0])), int(base.op.name == "digamma")
        if not factor.is_ground or z.is_ground:
            return False
        self.calls.append(base)
        self.gammas.append((factor.coeff(1), z, base.inputs[0], order))
        content, whole = _scaled(z)                     # (x² + 1/2)/x² is near 1, (x² + 1/2)/x is not
        times = factor if order else factor*(z - RING(sp.QQ(1, 2)))
        self._number(content, times)
        self._keep(whole, times)
        self.rest.append((-factor, 2*z) if order else (-factor*z, RING.one))
        return True

    def _add(self, poly, factor):
        """factor·log(poly): numbers and powers of atoms apart."""
        content, poly = _scaled(poly)
        if poly == -1:
            raise TooLarge
        self._number(content, factor)
        if len(poly) == 1 and poly.LC > 0:
            ((powers, _),) = poly.terms()
            for k, p in enumerate(powers):
                if p:
                    self._keep(RING.gens[k], factor*p)
        else:
            self._keep(poly, factor)

    def _number(self, value, factor):
        if value < 1:
            self._keep(RING(1/value), -factor)
        elif value != 1:
            self._keep(RING(value), factor)

    def _keep(self, poly, factor):
        total = self.factors.get(poly, RING.zero) + factor
        self.factors[poly] = total
        if not total:
            del self.factors[poly]

    def _other(self, c, term):
        try:
            above, below = self.work.of(term)
            if all(type(a.op) is not Elementwise for a in self._atoms(above) | self._atoms(below)):
                self.rest.append((above*_rational(c), below))
                self.taken.append((c, term))
                return
        except TooLarge:
            pass
        self.others.append((c, term))

    def _atoms(self, poly):
        return {self.work.atoms[k] for powers in poly for k, p in enumerate(powers) if p}

    def others_cancel(self):
        """Do other logarithms and the rest cancel the leading terms of the log-gammas, all of one sign?"""
        return not self.others and all(factor.is_ground for factor in self.factors.values())

    # pairs

    def pairs(self):
        """[(M, B_i, B_j)], parts of factors that cancel taken out of them; the pairs with most in common first."""
        found = []
        while len(found) < 6:
            keys = [b for b in self.factors if not b.is_ground]
            those = [(opposite(self.factors[one], self.factors[other]), one, other)
                     for one, other in combinations(keys, 2)]
            part, one, other = max(those, key=lambda pair: (len(pair[0]), _near(*pair[1:])), default=(None, None, None))
            if not part:
                break
            self._keep(one, -part)
            self._keep(other, part)
            if part.LC < 0:
                part, one, other = -part, other, one
            found.append((part, *self._with_numbers(part, one, other)))
        return found

    def _with_numbers(self, part, one, other):
        """(B_i, B_j) times the numbers c whose M·log(c) stands in the sum: (x + 1/2)/x is near 1, (2x + 1)/x is not."""
        for c in [b for b in self.factors if b.is_ground]:
            if opposite(part, -self.factors[c]) == part:
                one *= c
                self._keep(c, -part)
            elif opposite(part, self.factors[c]) == part:
                other *= c
                self._keep(c, part)
        return one, other


def _quotients(node):
    """The quotients among the terms of what log Γ is taken of, as 1/r in lgamma(y + 1/r) - lgamma(1/r): atoms."""
    calls = [base for _, term in spread(node) for base in (term, *term.inputs) if base.op.name in ("lgamma", "digamma")]
    return frozenset(term for call_ in calls for _, term in spread(call_.inputs[0]) if term.op.name == "div")


def _scaled(poly):
    """(content, poly) of a number or one term; of a sum (c, poly/c), so that the coefficient of its first term is 1 or
    -1: n + ½ stays near n."""
    if len(poly) < 2:
        return poly.primitive()
    content = abs(poly.LC)
    return content, poly*(1/content)


def _rational(value):
    value = Ratio(value)
    return sp.QQ(value.numerator, value.denominator)


def _polynomial(pair):
    above, below = pair
    if not below.is_ground:
        raise TooLarge
    return above*(1/below.LC)


def _near(one, other):
    """Do the two share a term?"""
    return any(powers in other for powers in one)


def _logarithms(context, node):
    """The sum with logarithms of ratios, or None where nothing cancels."""
    try:
        held = _Collected(context, node)
        return _in_ratios(context, node, held)
    except TooLarge:
        return None


def _in_ratios(context, node, held):
    if held.gammas and len({c > 0 for c, *_ in held.gammas}) < 2 and not held.others_cancel():
        return None
    if is_already("select", *[i for one in held.calls for i in one.inputs], *[u.inputs[0] for _, u, _ in held.ready]):
        return None
    involved = list(held.factors)
    pairs, work, build = held.pairs(), held.work, context.build
    if not pairs and not held.ready and not held.gammas:
        return None
    changes, above, below, lost = _turned(work, held, pairs)
    if not lost and not held.gammas and not (pairs and (held.gammas or any(_near(i, j) for _, i, j in pairs))):
        return None
    ready = [(work.node(m, RING.one, node), log1p_.inputs[0]) for m, log1p_, _ in held.ready]
    common = _common(context, node, held)
    ratios = [(work.node(m, RING.one, node), work.node(*u, node), i, j) for m, i, j, u in changes]
    near, zero = None, context.number(0, node)
    if lost:
        half = context.number(Ratio(1, 2), node)
        for u in [u for _, u, _, _ in ratios] + [u for _, u in ready]:
            one = build("lt", build("abs", u), half)
            near = one if near is None else build("and", near, one)
    rest = work.node(*work.sum(held.rest, [1]*len(held.rest)), node) if held.rest else None
    new = _total(context, [build("mul", m, _log_ratio(context, work, u, i, j, node)) for m, u, i, j in ratios]
                 + [build("mul", m, build("log1p", u if near is None else plain("select", near, zero, u)))
                    for m, u in ready] + [rest])
    if lost and near is None:
        new = work.node(above, below, node) if above else None
    elif lost:
        both = [(m, u) for m, u, _, _ in ratios] + ready
        if not above:                                   # else u and the rest cancel in the derivatives, and must meet
            both = [(m, plain("select", near, u, zero)) for m, u in both]
        small = [build("mul", m, build("log1pmx", u)) for m, u in both]
        new = build("select", near, _total(context, small + ([work.node(above, below, node)] if above else [])), new)
    new = _total(context, [new, *common])
    known = _domain(context, held, involved, node)
    if known is not None:
        new = build("select", known, new, _without(context, node, held, known))
    others = [context.product(c, [(term, 1)], node) for c, term in held.others]
    new = _total(context, [new, *others])
    if new is node or not held.gammas and not context.accepts(node, new):
        return None
    return new


def _turned(work, held, pairs):
    """(pairs with u = B_i/B_j - 1, Σ M·u + R above and below, whether terms cancel in that): M·log(B_i/B_j) or
    -M·log(B_j/B_i), whichever leaves the shorter sum."""
    best = None
    for turns in product((False, True), repeat=len(pairs[:3])):
        changes = [(-m, j, i, work.lowest(j - i, i)) if turn else (m, i, j, work.lowest(i - j, j))
                   for turn, (m, i, j) in zip_longest(turns, pairs)]
        firsts = [work.lowest(m*above, below) for m, (above, below) in
                  [(m, u) for m, _, _, u in changes] + [(m, u) for m, _, u in held.ready]]
        above, below, lost = work.added(held.rest + firsts, [1]*(len(held.rest) + len(firsts)))
        if best is None or (not lost, len(above)) < (not best[3], len(best[1])):
            best = changes, above, below, lost
    return best


def _total(context, parts):
    total = None
    for part in parts:
        if part is not None:
            total = part if total is None else context.build("add", total, part)
    return total


def _common(context, node, held):
    """The terms that stand as they are: what is left of logarithms, remainders of log Γ, others."""
    build, work, parts = context.build, held.work, []
    for poly, factor in held.factors.items():
        of = build("log", work.node(poly, RING.one, node))
        parts.append(build("mul", work.node(factor, RING.one, node), of))
    scale = sum(c for c, _, _, order in held.gammas if not order)
    if scale:
        value = sp.log(2*sp.pi)/2*sp.Rational(int(scale.numerator), int(scale.denominator))
        parts.append(constant(value, node.sizes))
    for c, _, z, order in held.gammas:
        remainder = plain("stirling", context.number(order, node), z)
        parts.append(context.product(Ratio(int(c.numerator), int(c.denominator)), [(remainder, 1)], node))
    return parts


def _log_ratio(context, work, u, i, j, node):
    """log(B_i/B_j): by log1p of u where the ratio is between 1/2 and 3/2; by two logarithms where it is far from 1,
    and the derivatives of the quotient overflow."""
    build, one, zero = context.build, context.number(1, node), context.number(0, node)
    above, below = [work.node(poly, RING.one, node) for poly in (i, j)]
    ratio = build("div", above, below)
    near = build("lt", build("abs", u), context.number(Ratio(1, 2), node))
    far = build("or", build("gt", ratio, context.number(Ratio(10)**30, node)),
                build("lt", ratio, context.number(Ratio(1, 10**30), node)))
    apart = build("sub", *[build("log", build("select", far, b, one)) for b in (above, below)])
    ratio = build("select", build("or", near, far), one, ratio)
    return build("select", near, build("log1p", build("select", near, u, zero)),
                 build("select", far, apart, build("log", ratio)))


def _domain(context, held, involved, node):
    """The condition that all B are positive, and all z of log Γ above 1; None where that is known."""
    build, zero, condition = context.build, context.number(0, node), None
    gammas = {_scaled(z)[1] for _, z, *_ in held.gammas}
    for poly in involved:
        if poly.is_ground or poly in gammas:
            continue
        b = held.work.node(poly, RING.one, node)
        if not context.ranges.positive(b):
            one = build("gt", b, zero)
            condition = one if condition is None else build("and", condition, one)
    for _, _, z, _ in held.gammas:
        one = build("gt", z, context.number(1, node))
        condition = one if condition is None else build("and", condition, one)
    return condition


def _without(context, node, held, known):
    """The logarithms and the rest as they are, of 1 where the condition holds."""
    unit = context.number(1, node)
    new, parts = {}, []
    for one in held.calls:
        away = plain("select", known, context.number(0, node) if one.op.name == "log1p" else unit, one.inputs[-1])
        new[one] = same(one, (*one.inputs[:-1], away))
    for _, one, _ in held.ready:
        new[one] = same(one, (plain("select", known, context.number(0, node), one.inputs[0]),))
    if not held.others:
        return substituted(node, new)
    for c, term in held.taken:
        parts.append(context.product(c, [(substituted(term, new), 1)], node))
    return _total(context, parts)


Rule("(x + 1)*log(x + 1) - x*log(x)", (x + 1)*log(x + 1) - x*log(x) - 1, (x + 1)*log1p(x) - x*log(x) - 1,
     "the large terms cancel", {"x": 1e15}, find=_logarithms, roots=("add", "sub"), having=LOGARITHMS, loses="close",
     whole=True)
