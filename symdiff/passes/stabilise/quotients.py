"""Rewrites of quotients that are 0/0 at 0: expm1(x)/x, x/expm1(x), log1p(x)/x, also with x a product."""
from fractions import Fraction

from .pattern import Var, call, expm1, log1p, select
from .rule import Rule

x, a = map(Var, "xa")
exprel, inv_exprel, log1prel, at_most = map(call, ("exprel", "inv_exprel", "log1prel", "le"))
LEAST = -700                                # expm1 is -1 below, and the exponent may overflow


def _quotient(context, node):
    """expm1(v)·r = (v·r)·exprel(v), r/expm1(v) = (r/v)·inv_exprel(v) and log1p(v)·r = (v·r)·log1prel(v), where a factor
    of v cancels one of r."""
    flat = context.matcher.factors(node)
    if flat is None:
        return None
    coefficient, factors = flat
    for k, (base, power) in enumerate(factors):
        if abs(power) != 1:
            continue
        rest = factors[:k] + factors[k + 1:]
        if base.op.name == "expm1":
            new = _cancelled(context, coefficient, base.inputs[0], power, rest, node)
        elif base.op.name == "log1p" and power == 1:
            new = _logarithm(context, coefficient, base, rest, node)
        elif base.op.name == "select" and power == 1:
            new = _in_branch(context, coefficient, base, rest, node)
        else:
            continue
        if new is not None:
            return new
    return None


def _logarithm(context, coefficient, base, rest, node):
    """log1p(v)·r."""
    factors = _with_log1prel(context, [(base, 1)])
    if not any(b is c and p*q < 0 for b, p in factors for c, q in rest):
        return None
    return context.product(coefficient, _merged(rest, factors, 1), node)


def _merged(factors, others, power):
    """The factors times the others to the power."""
    powers = dict(factors)
    for base, p in others:
        powers[base] = powers.get(base, 0) + p*power
    return [(b, p) for b, p in powers.items() if p]


def _in_branch(context, coefficient, choice, rest, node):
    """select(c, expm1(v), b)·r: the product moves into both branches where it cancels in the first."""
    c, one, other = choice.inputs
    if one.op.name != "expm1":
        return None
    new = _cancelled(context, coefficient, one.inputs[0], 1, rest, node)
    if new is None:
        return None
    one = context.number(1, node)
    away = _divided(context, rest, lambda base: context.build("select", c, one, base))
    return context.build("select", c, new, context.product(coefficient, [(other, 1), *away], node))


def _cancelled(context, coefficient, v, power, rest, node):
    """The product with v and exprel(v), or its inverse, in place of expm1(v)**power; None where nothing cancels."""
    inner = context.matcher.factors(v)
    if inner is None:
        return None
    for factors in (_with_logarithm(context, v, inner[1]), _with_log1prel(context, inner[1])):
        if not any(b is c and p*power*q < 0 for b, p in factors for c, q in rest):
            continue
        left = _merged(rest, factors, power)
        scale = Fraction(coefficient)*Fraction(inner[0])**int(power)
        if power < 0 or not left:
            part = context.build("exprel" if power > 0 else "inv_exprel", v)
            return context.product(scale, [*left, (part, 1)], node)
        low = context.build("le", v, context.number(LEAST, node))
        near = context.build("select", low, context.number(0, node), v)
        new = context.product(scale, [*left, (context.build("exprel", near), 1)], node)
        away = _divided(context, rest, lambda base: context.build("select", low, base, context.number(1, node)))
        return context.build("select", low, context.product(-coefficient, away, node), new)
    return None


def _divided(context, factors, masked):
    """The factors, those that divide masked: where the branch is not taken they may be 0."""
    return [(masked(base) if power < 0 else base, power) for base, power in factors]


def _with_logarithm(context, v, factors):
    """The factors of v, xlogy(a, b) taken as a·log b."""
    powers = {}
    for base, p in factors:
        if base.op.name == "xlogy" and p == 1:
            first = context.matcher.factors(base.inputs[0])
            if first is None or first[0] != 1:
                return factors
            parts = [*first[1], (context.build("log", base.inputs[1]), 1)]
        else:
            parts = [(base, p)]
        for b, q in parts:
            powers[b] = powers.get(b, 0) + q
    return [(b, p) for b, p in powers.items() if p]


def _with_log1prel(context, factors):
    """The factors, log1p(u) taken as u·log1prel(u) with u written out."""
    powers = {}
    for base, p in factors:
        parts = [(base, p)]
        if base.op.name == "log1p" and p == 1:
            inner = context.matcher.factors(base.inputs[0])
            if inner is not None and inner[0] == 1:
                parts = [*inner[1], (context.build("log1prel", base.inputs[0]), 1)]
        for b, q in parts:
            powers[b] = powers.get(b, 0) + q
    return [(b, p) for b, p in powers.items() if p]


Rule("expm1(x)/x", expm1(x)/x, exprel(x), "0/0 at 0; the derivative cancels near 0", {"x": 0.0})
Rule("x/expm1(x)", x/expm1(x), inv_exprel(x), "0/0 at 0; the derivative cancels near 0", {"x": 0.0})
Rule("log1p(x)/x", log1p(x)/x, log1prel(x), "0/0 at 0; the derivative cancels near 0", {"x": 0.0})
Rule("expm1(a*x)/a", expm1(a*x)/a,
     select(at_most(a*x, LEAST), -1/select(at_most(a*x, LEAST), a, 1), x*exprel(select(at_most(a*x, LEAST), 0, a*x))),
     "0/0 at 0; the derivative in a cancels near 0", {"a": 0.0, "x": 3.0},
     find=_quotient, roots=("mul", "div"), having=("expm1", "log1p", "select"))
