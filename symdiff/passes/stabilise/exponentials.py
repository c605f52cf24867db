"""Rewrites of exponentials and sigmoids: differences that cancel near 0, quotients that overflow."""
from fractions import Fraction

from ...primitives.leaf import is_constant
from ..algebra import build as plain
from ..numbers import rational
from .pattern import (Var, call, exp, expm1, greater, log, log1p, log_ndtr, log_sigmoid, logaddexp, ndtr, power, select,
                      sigmoid, softplus, tanh)
from .rule import Rule, is_already

x, y, a, b = map(Var, "xyab")
LARGE_POWER = 5                             # of smaller whole powers the rounding of 1 + x is within the bar
LAST = 700                                  # exponentials of less are in the range, as are those of minus that
log_softmax, softmax = call("log_softmax"), call("softmax")

Rule("exp(x) - 1", exp(x) - 1, expm1(x), "the difference cancels near 0", {"x": 1e-17})
Rule("exp2(x) - 1", call("exp2")(x) - 1, expm1(x*log(2)), "the difference cancels near 0", {"x": 1e-17})


def _expm1_in_sum(context, node):
    """(c + exp x) - 1 = c + expm1 x: the number 1 is an operand of the sum itself, exp x of the next one."""
    for shift, sign_shift, rest, sign in _signed_pairs(node):
        if not is_constant(shift) or shift.attributes[0] not in (1, -1) or rest.op.name not in ("add", "sub"):
            continue
        sign_one = sign_shift*shift.attributes[0]
        for e, sign_e, other, sign_other in _signed_pairs(rest):
            if e.op.name == "exp" and sign*sign_e == -sign_one:
                part = context.build("expm1", e.inputs[0])
                kept = context.build("neg", other) if sign*sign_other < 0 else other
                return context.build("add" if sign_one < 0 else "sub", kept, part)
    return None


def _signed_pairs(node):
    p, q = node.inputs
    sign = -1 if node.op.name == "sub" else 1
    return (p, 1, q, sign), (q, sign, p, 1)


Rule("c + exp(x) - 1", y + exp(x) - 1, y + expm1(x), "1 is lost or cancels near x = 0", {"x": 1e-17, "y": 1e-17},
     find=_expm1_in_sum, roots=("add", "sub"), having=("exp",))


def _power_minus_one(context, node):
    """a**b - 1 with an exponent that varies, or (1 + u)**n - 1; where the base is not positive the old form stays."""
    p, q = node.inputs
    one, other = (q, p) if is_constant(p) else (p, q)
    if one.op.name != "pow" or not is_constant(other, 1):
        return None
    base, exponent = one.inputs
    near = base.inputs if base.op.name == "add" else base.inputs[:1] if base.op.name == "sub" else ()
    if is_already("select", base) or is_constant(exponent) and not any(is_constant(i, 1) for i in near):
        return None
    better = context.build("expm1", context.build("mul", exponent, context.build("log", base)))
    if not context.ranges.positive(base):
        zero, unit = context.number(0, node), context.number(1, node)
        known = context.build("gt", base, zero)
        left = context.build("pow", context.build("select", known, unit, base), exponent)
        better = context.build("select", known, better, context.build("sub", left, unit))
    return context.build("neg", better) if one is q else better


Rule("x**y - 1", power(x, y) - 1, select(greater(x, 0), expm1(y*log(x)), power(select(greater(x, 0), 1, x), y) - 1),
     "the difference cancels where the power is near 1", {"x": 2.0, "y": 1e-17},
     find=_power_minus_one, roots=("sub",), having=("pow",), typed=True)


def _power_near_one(context, node):
    """(1 + u)**y = exp(y·log1p(u)), where u > -1/2: 1 + u is rounded, and a large y makes much of that."""
    base, exponent = node.inputs
    first = base.inputs if base.op.name == "add" else base.inputs[:1] if base.op.name == "sub" else ()
    if not any(is_constant(i, 1) for i in first):
        return None
    value = rational(exponent) if exponent.op.name == "constant" else None
    if exponent.op.name == "constant" and (value is None or abs(value) < LARGE_POWER):
        return None
    build = context.build
    if base.op.name == "add":
        u = base.inputs[1] if is_constant(base.inputs[0], 1) else base.inputs[0]
    else:
        u = build("neg", base.inputs[1])
    if is_already("select", u):
        return None
    near, one = build("lt", build("abs", u), context.number(Fraction(1, 2), node)), context.number(1, node)
    away = plain("pow", plain("select", near, one, base), _away(context, exponent, near, one))
    new = plain("select", near, build("exp", build("mul", exponent, build("log1p", u))), away)
    return new if context.accepts(node, new) else None


def _away(context, exponent, near, one):
    """The exponent with what it divides by taken for 1 where that may be 0: the other branch is taken there."""
    flat = context.matcher.factors(exponent)
    if flat is None or all(p > 0 for _, p in flat[1]):
        return exponent
    return context.product(flat[0], [(plain("select", near, one, b) if p < 0 else b, p) for b, p in flat[1]], exponent)


Rule("(1 + x)**y", power(1 + x, y), exp(y*log1p(x)), "1 + x is rounded near 1", {"x": 1e-17, "y": 1e17},
     find=_power_near_one, roots=("pow",))

# sigmoids

Rule("1 - sigmoid(x)", 1 - sigmoid(x), sigmoid(-x), "sigmoid(x) is 1 from x = 37 on", {"x": 40.0})
Rule("2*sigmoid(x) - 1", 2*sigmoid(x) - 1, tanh(x/2), "the difference cancels near 0", {"x": 1e-17})
Rule("sigmoid(x) - sigmoid(-x)", sigmoid(x) - sigmoid(-x), tanh(x/2), "the difference cancels near 0", {"x": 1e-17})
Rule("expm1(x)/(1 + exp(x))", expm1(x)/(1 + exp(x)), tanh(x/2), "inf/inf from x = 710 on", {"x": 800.0})
Rule("expm1(x)*sigmoid(-x)", expm1(x)*sigmoid(-x), tanh(x/2), "inf times 0 from x = 746 on", {"x": 800.0})
Rule("exp(x)*sigmoid(-x)", exp(x)*sigmoid(-x), sigmoid(x), "inf times 0 from x = 746 on", {"x": 800.0})
Rule("sigmoid(x)/sigmoid(-x)", sigmoid(x)/sigmoid(-x), exp(x), "one exponential, the logarithm of which is x",
     simpler=True)
Rule("sigmoid(logaddexp(x, y) - a)*sigmoid(x - y)", sigmoid(logaddexp(x, y) - a)*sigmoid(x - y),
     sigmoid(x - logaddexp(a, y)), "one share, the derivative of which does not cancel", simpler=True)
Rule("exp(-softplus(x))", exp(-softplus(x)), sigmoid(-x), "one function instead of two", simpler=True)
Rule("exp(log_sigmoid(x))", exp(log_sigmoid(x)), sigmoid(x), "one function instead of two", simpler=True)
Rule("exp(log_ndtr(x))", exp(log_ndtr(x)), ndtr(x), "one function instead of two", simpler=True)
Rule("exp(x)/expm1(x)", exp(x)/expm1(x), -1/expm1(-x), "inf/inf from x = 710 on", {"x": 800.0},
     when=lambda bound, ranges: ranges(bound["x"]).high > 0)     # below 0 the derivative of the right side overflows
Rule("expm1(-x)*exp(x)", expm1(-x)*exp(x), -expm1(x), "0 times inf", {"x": -800.0})
Rule("softplus(x) - x", softplus(x) - x, softplus(-x), "the difference is 0 from x = 37 on", {"x": 40.0})
Rule("log1p(expm1(x))", log1p(expm1(x)), x, "log of 0 below x = -37", {"x": -40.0})
Rule("exp(log(x))", exp(log(x)), x, "one function instead of two", simpler=True, typed=True,
     when=lambda bound, ranges: ranges.nonnegative(bound["x"]))


def _exp_below(context, node):
    """a/exp(b) = a·exp(-b)."""
    above, below = node.inputs
    if below.op.name != "exp":
        return None
    return context.build("mul", above, context.build("exp", context.build("neg", below.inputs[0])))


Rule("a/exp(b)", a/exp(b), a*exp(-b), "exp(b) overflows before the quotient underflows", {"a": 1e8, "b": 710.0},
     find=_exp_below, roots=("div",), having=("exp",))


def _one_of_two(context, node):
    """exp(u)·exp(v) = exp(u + v); two that are known to be in the range stay."""
    flat = context.matcher.factors(node)
    found = [] if flat is None else [one for one in flat[1] if one[0].op.name == "exp" and one[1].denominator == 1]
    if len(found) < 2:
        return None
    total, reach = None, 0
    for base, power_ in found:
        u = base.inputs[0] if power_ == 1 else context.build("mul", context.number(power_, node), base.inputs[0])
        known = context.ranges(u)
        reach += max(abs(known.low), abs(known.high))
        total = u if total is None else context.build("add", total, u)
    if reach < LAST:
        return None
    rest = [one for one in flat[1] if one not in found]
    return context.product(flat[0], [(context.build("exp", total), 1), *rest], node)


Rule("exp(x)*exp(y)", exp(x)*exp(y), exp(x + y), "inf times 0, where the product is neither", {"x": 800.0, "y": -799.0},
     find=_one_of_two, roots=("mul", "div"), having=("exp",))


TAILS = frozenset(("ndtr", "erfc"))                             # known to be positive, with a logarithm of their own


def exponent(context, coefficient, term, tails=False):
    """The u for which coefficient·term = exp(u), of a product of exponentials and factors known to be positive; with
    `tails` one of the factors may be Φ or erfc instead of an exponential."""
    if coefficient <= 0:
        return None
    flat = context.matcher.factors(term)
    if flat is None or flat[0] <= 0:
        return None
    coefficient *= flat[0]
    if tails and [(b.op.name in TAILS, p) for b, p in flat[1]] == [(True, 1)]:
        return context.build("log", context.product(coefficient, flat[1], term))
    u, found = None, False
    for base, power_ in flat[1]:
        part = _exponent_of(context, base)
        found = found or part is not None or tails and base.op.name in TAILS
        if part is None and context.ranges.positive(base):
            part = context.build("log", base)
        if part is None:
            return None
        if power_ != 1:
            part = context.build("mul", context.number(power_, term), part)
        u = part if u is None else context.build("add", u, part)
    if not found:
        return None
    return context.build("add", u, context.build("log", context.number(coefficient, term)))


def _exponent_of(context, base):
    name = base.op.name
    if name == "exp":
        return base.inputs[0]
    if name == "exp2":
        return context.build("mul", base.inputs[0], context.build("log", context.number(2, base)))
    if name == "pow" and base.inputs[0].op.name == "constant" and context.ranges.positive(base.inputs[0]):
        return context.build("mul", base.inputs[1], context.build("log", base.inputs[0]))
    return None


def exponents(context, node):
    """The u of each term exp(u), in a sum of two or more positive terms; that of the number first; else None."""
    flat = context.matcher.terms(node)
    if flat is None or flat[0] < 0 or len(flat[1]) + (flat[0] > 0) < 2:
        return None
    found = []
    for c, term in flat[1]:
        u = exponent(context, c, term)
        if u is None:
            return None
        found.append(u)
    if flat[0]:
        found.insert(0, context.build("log", context.number(flat[0], node)))
    return found


def log_sum(context, us):
    """log Σ exp u, for one or more exponents; log(exp u + exp(-u)) = log 2 + log cosh u."""
    if len(us) == 2 and not is_constant(us[0], 0) and context.matcher.same(us[1], context.build("neg", us[0])):
        size = context.build("log", context.build("cosh", us[0]))
        return context.build("add", size, context.build("log", context.number(2, us[0])))
    total = us[0]
    for u in us[1:]:
        total = context.build("softplus", u) if is_constant(total, 0) else context.build("logaddexp", total, u)
    return total


def _share_of_sum(context, node):
    """exp(u_k)/Σ exp(u_j) = sigmoid(u_k - log Σ_{j≠k} exp(u_j)), with any further factors left in place."""
    flat = context.matcher.factors(node)
    if flat is None:
        return None
    coefficient, factors = flat
    for k, (base, power_) in enumerate(factors):
        if power_ > -1 or power_.denominator != 1 or base.op.name not in ("add", "sub"):
            continue
        us = exponents(context, base)
        if us is None:
            continue
        rest = [*factors[:k], (base, power_ + 1), *factors[k + 1:]]
        for j, (one, p) in enumerate(rest):
            u = exponent(context, 1, one) if p >= 1 else None
            at = next((i for i, v in enumerate(us) if u is not None and context.matcher.same(u, v)), None)
            if at is not None:
                left = [(_share(context, us, at), 1), *rest[:j], (one, p - 1), *rest[j + 1:]]
                return context.product(coefficient, left, node)
        number = context.matcher.terms(base)[0]
        if number:
            return context.product(coefficient/number, [(_share(context, us, 0), 1), *rest], node)
    return None


def _share(context, us, k):
    others = log_sum(context, us[:k] + us[k + 1:])
    return context.build("sigmoid", context.build("sub", us[k], others))


Rule("exp(x)/(exp(x) + exp(y))", exp(x)/(exp(x) + exp(y)), sigmoid(x - y), "inf/inf, and 0/0 below",
     {"x": 800.0, "y": 799.0}, find=_share_of_sum, roots=("mul", "div"), having=("exp", "exp2", "pow"))
