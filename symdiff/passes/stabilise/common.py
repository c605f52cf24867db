"""Rewrites of sums with a factor in common, the rest of which cancels: a·cosh(x/a) - a = a·(cosh(x/a) - 1), and
n·log(1 - x/n) + x = n·(log(1 + u) - u), u = -x/n.

What stands beside a function in one term divides the others, x·exp(y)·cos(y) - x - x·y by x; the sum that is left is of
one variable, as its series and the rules for functions near 0 need it.
"""
from fractions import Fraction as Ratio

from ...graph import order
from ...primitives.leaf import CONSTANT
from ...primitives.record import Elementwise
from ..algebra import build as plain
from .match import product_of
from .pattern import Var, cosh
from .rule import Rule
from .spread import spread, substituted

x, y = map(Var, "xy")
FUNCTIONS = frozenset("""exp expm1 log log1p cosh sinh tanh cos sin tan atan asin asinh atanh exprel inv_exprel log1prel
    sinc erf sqrt cbrt hypot half_circle pow""".split())
SUMS = frozenset(("add", "sub"))
NODES = 60


def _in_common(context, node):
    """M·f + c·M·t + … = M·(f + c·t + …), where f is a function, or a sum with one, to any power, and t is made of what
    f is made of; not again in what is left."""
    if context.apart or not _is_small(node):
        return None
    terms = []
    for c, term in spread(node, 8):
        flat = context.matcher.factors(term)
        if flat is None:
            return None
        terms.append((Ratio(c)*Ratio(flat[0]), flat[1]))
    for coefficient, factors in terms:
        for one in factors:
            if _is_function(*one):
                inside = _leaves(one[0])
                wide = tuple([other for other in factors if other is not one])
                narrow = tuple([other for other in wide if not _is_of(inside, *other)])
                for rest in filter(None, dict.fromkeys((wide, narrow))):
                    new = _divided(context, node, terms, coefficient, rest, inside)
                    if new is not None:
                        return new
    return None


def _is_small(node):
    """Are there few nodes below?  What is left is rewritten by itself, and the larger one is none of one variable."""
    seen, stack = set(), [node]
    while stack and len(seen) <= NODES:
        top = stack.pop()
        if top not in seen:
            seen.add(top)
            stack += top.inputs
    return len(seen) <= NODES


def _is_function(base, power):
    """Is base**power one, or a power of a sum with one?  No logarithm of a product is: sums of those have rules."""
    name = base.op.name
    if power.denominator != 1:
        return base.op is not CONSTANT
    if name == "log":
        inner = base.inputs[0]
        return inner.op.name in SUMS and any(i.op is CONSTANT or _is_function(i, power) for i in inner.inputs)
    return name in FUNCTIONS or name in SUMS and any(_is_function(i, power) for i in base.inputs)


def _leaves(node):
    return {n for n in order((node,)) if type(n.op) is not Elementwise and n.op is not CONSTANT}


def _is_of(inside, base, power):
    """Is base**power a function, or a sum, of these leaves?"""
    return (base.op.name in SUMS or base not in inside and _is_function(base, power)) and _leaves(base) <= inside


def _divided(context, node, terms, coefficient, rest, inside):
    """M·(what is left), M the coefficient times the rest; terms that M does not divide, or that are made of more than
    these leaves, stay outside."""
    kept, left = [], []
    for c, factors in terms:
        powers = dict(factors)
        for base, power in rest:
            powers[base] = powers.get(base, 0) - power
        found, own = [(base, power) for base, power in powers.items() if power], dict(factors)
        whole = all(base in inside or _is_of(inside, base, power) and abs(power) <= abs(own.get(base, 0))
                    for base, power in found)
        (kept if whole else left).append((c/coefficient, found) if whole else (c, factors))
    if len(kept) < 2:
        return None
    total = None
    for c, factors in kept:
        part = product_of(abs(c), factors, plain, node.sizes)
        if total is None:
            total = plain("neg", part) if c < 0 else part
        else:
            total = plain("sub" if c < 0 else "add", total, part)
    if total.op.name not in SUMS:
        return None
    better = context.by_itself(total)
    if better is total:
        return None
    if left and better in context.series:
        return None
    new = _times(context, coefficient, rest, better, node)
    for c, factors in left:
        new = context.build("add" if c > 0 else "sub", new, context.product(abs(c), factors, node))
    return new if new is not node and context.accepts(node, new) else None


def _times(context, coefficient, rest, better, node):
    """M·better; of a series t**k·P the product (M·t)·t·…·P, which is nowhere larger than M or smaller than the whole,
    and the node as it is where it is not needed."""
    if better not in context.series:
        return context.product(coefficient, [*rest, (better, 1)], node)
    t, k, polynomial = context.series[better]
    near, leaf = better.inputs[0], next(iter(t))
    far = substituted(node, {leaf: plain("select", near, context.number(1, node), leaf)})
    powers = dict(rest)
    for base, power in t.items():
        powers[base] = powers.get(base, 0) + power*min(k, 1)
    total = context.product(coefficient, [(base, power) for base, power in powers.items() if power], node)
    for _ in range(k - 1):
        total = plain("mul", total, context.product(1, t.items(), node))
    return plain("select", near, plain("mul", total, polynomial), far)


Rule("x*cosh(y) - x", x*cosh(y) - x, x*(cosh(y) - 1), "what is left of two large terms cancels near y = 0",
     {"x": 3.0, "y": 1e-9}, find=_in_common, roots=("add", "sub"), having=tuple(sorted(FUNCTIONS)), loses="itself",
     typed=True)
