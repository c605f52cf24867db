"""Rewrites of sums of quotients and products whose terms cancel: one quotient, its numerator without what cancels."""
from sympy import QQ

from .fractions import Fractions, TooLarge
from .pattern import Var
from .rule import Rule

x, y = map(Var, "xy")


def _common_denominator(context, node):
    """Σ p/q over the common denominator, where terms cancel above it and the quotient is the more accurate form."""
    if not context.samples.cancels(node):
        return None
    flat = context.matcher.terms(node)
    if flat is None or len(flat[1]) + (flat[0] != 0) < 2 or flat[0] == 0 and len(flat[1]) == 2 and _plain(flat[1]):
        return None
    work = Fractions(context)
    try:
        parts = [work.of(t) for _, t in flat[1]] + [work.of(context.number(flat[0], node))]
        above, below, lost = work.added(parts, [QQ(c.numerator, c.denominator) for c, _ in flat[1]] + [QQ(1)])
    except TooLarge:
        return None
    if not lost:
        return None
    new = work.node(above, below, node)
    return new if new is not node and context.accepts(node, new) else None


def _plain(terms):
    """Are both terms without a sum or quotient in them?"""
    return all(t.op.name not in ("add", "sub", "mul", "div", "pow") for _, t in terms)


Rule("1/(x + 1) - 1/x", 1/(x + 1) - 1/x, -1/x/(x + 1), "what the terms have in common cancels", {"x": 1e10},
     find=_common_denominator, roots=("add", "sub"), having=("div", "mul", "pow"))
