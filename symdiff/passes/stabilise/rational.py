"""Rewrites of sums of quotients and products whose terms cancel: one quotient, its numerator without what cancels."""
from sympy import QQ

from ...primitives.record import Elementwise
from .fractions import ROOTS, Fractions, TooLarge
from .pattern import Var
from .rule import Rule
from .spread import spread

x, y = map(Var, "xy")
COMPOUND = frozenset("add sub mul div pow neg direction".split())


def _common_denominator(context, node):
    """Σ p/q over the common denominator, where terms cancel above it and the quotient is the more accurate form."""
    terms = spread(node)
    if len(terms) < 2 or len(terms) == 2 and all(t.op.name not in COMPOUND for _, t in terms):
        return None
    shared = _shared([t for _, t in terms])
    return shared and _joined(context, node, terms, [], shared) or _joined(context, node, terms, []) or _joined(
        context, node, [one for one in terms if _is_plain(context, one[1])],
        [one for one in terms if not _is_plain(context, one[1])])


def _shared(terms):
    """The products, quotients and powers that stand in more than one term, as u in 1/(1 + u) - u/(1 + u)²: what they
    are made of may overflow where they do not."""
    seen, shared = set(), set()
    for term in terms:
        stack, inside = [term], set()
        while stack and len(inside) < 40:
            top = stack.pop()
            if top not in inside and top.op.name in COMPOUND:
                inside.add(top)
                stack += top.inputs
        shared |= {n for n in inside & seen if n.op.name in ("mul", "div", "pow")}
        seen |= inside
    return frozenset(shared)


def _joined(context, node, terms, others, opaque=frozenset(), product=False):
    """The terms as one quotient, where some cancel or, if so asked, where it is a product of sums; and the others."""
    if len(terms) < 2:
        return None
    work = Fractions(context, opaque)
    try:
        parts = [work.of(t) for _, t in terms]
        above, below, lost = work.added(parts, [QQ(c.numerator, c.denominator) for c, _ in terms])
    except TooLarge:
        return None
    if not (work.is_product(above) if product else lost):
        return None
    new = work.node(above, below, node) if above else work.nothing(node)
    for c, term in others:
        new = context.build("add" if c > 0 else "sub", new, context.product(abs(c), [(term, 1)], node))
    return new if new is not node and context.accepts(node, new) else None


def _is_plain(context, term):
    """Is the term a quotient of polynomials in leaves and roots?"""
    stack, seen = [term], set()
    while stack:
        top = stack.pop()
        if top in seen or type(top.op) is not Elementwise or top.op.name in ROOTS:
            continue
        seen.add(top)
        if top.op.name not in COMPOUND or len(seen) > 80:
            return False
        stack += top.inputs[:1] if top.op.name == "pow" else top.inputs
    return True


Rule("1/(x + 1) - 1/x", 1/(x + 1) - 1/x, -1/x/(x + 1), "what the terms have in common cancels", {"x": 1e10},
     find=_common_denominator, roots=("add", "sub"), having=("div", "mul", "pow"), loses="within")


def _product_of_sums(context, node):
    """A polynomial as a product, (x - y)² or (x - y)·(x + y): each of its sums cancels by itself."""
    terms = spread(node, 4)
    if len(terms) < 2 or not all(_is_plain(context, t) for _, t in terms):
        return None
    return _joined(context, node, terms, [], product=True)


Rule("x**2 - 2*x*y + y**2", x**2 - 2*x*y + y**2, (x - y)**2, "the square of a small difference, between large terms",
     {"x": 1.0, "y": 1 + 1e-9}, find=_product_of_sums, roots=("add", "sub"), having=("pow",), loses="close", typed=True)



def _without_shared_sum(context, node):
    """A product in which a sum and what divides it have a difference as a factor in common, as (x² - y²)/(x - y)."""
    flat = context.matcher.factors(node)
    if flat is None:
        return None
    for top, power in flat[1]:
        for low, p in flat[1]:
            if power == 1 and p == -1 and top.op.name in ("add", "sub") and low.op.name in ("add", "sub"):
                new = _cancelled(context, top, low)
                if new is not None:
                    rest = [one for one in flat[1] if one[0] is not top and one[0] is not low]
                    return context.product(flat[0], [*rest, (new, 1)], node)
    return None


def _cancelled(context, top, low):
    """top/low in lowest terms, where a factor with terms of both signs has cancelled; else None."""
    work = Fractions(context)
    try:
        (p, q), (r, s) = work.of(top), work.of(low)
        shared = p.gcd(r)
        if not min(shared.values(), default=0) < 0 < max(shared.values(), default=0):
            return None
        return work.node(*work.lowest(p*s, q*r), top)
    except TooLarge:
        return None


Rule("(1/x - 1/y)/(x - y)", (1/x - 1/y)/(x - y), -1/x/y, "0/0 where x = y; the derivatives cancel beside it",
     {"x": 1.0, "y": 1.0}, find=_without_shared_sum, roots=("mul", "div"), having=("add", "sub"), typed=True)
