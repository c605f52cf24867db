"""Rewrites of logarithms: of sums, differences and products of exponentials, of powers, near 1."""
import sympy as sp

from .arrays import log_total
from .exponentials import TAILS, exponent, exponents, log_sum
from .pattern import (Exact, Var, absolute, call, exp, expm1, greater, log, log1mexp, log1p, logaddexp, log_ndtr,
                      ndtr, select, sigmoid, softplus, xlogy, erf, erfc, tanh)
from .rule import Rule, is_already, no_choice

x, y, a, b, p = map(Var, "xyabp")

Rule("log(exp(x))", log(exp(x)), x, "exp overflows above 709 and is 0 below -745", {"x": 800.0})
Rule("log(exp2(x))", log(call("exp2")(x)), Exact(sp.log(2))*x, "exp2 overflows above 1024", {"x": 2000.0})
Rule("log(1 + exp(x))", log(1 + exp(x)), softplus(x), "exp overflows above 709; 1 swallows it below -37", {"x": 800.0})
Rule("log1p(exp(x))", log1p(exp(x)), softplus(x), "exp overflows above 709", {"x": 800.0})
Rule("log1p(-exp(x))", log1p(-exp(x)), log1mexp(x), "1 - exp(x) cancels near 0", {"x": -1e-17})
Rule("log(-expm1(x))", log(-expm1(x)), log1mexp(x), "expm1(x) is -1 below -37", {"x": -40.0})
Rule("log(expm1(x))", log(expm1(x)), x + log1mexp(-x), "expm1 overflows above 709", {"x": 800.0})
Rule("log(sigmoid(x))", log(sigmoid(x)), -softplus(-x), "sigmoid is 0 below -745 and 1 above 37", {"x": -800.0})
Rule("log1p(-sigmoid(x))", log1p(-sigmoid(x)), -softplus(x), "sigmoid is 1 from x = 37 on", {"x": 40.0})
Rule("log(ndtr(x))", log(ndtr(x)), log_ndtr(x), "ndtr is 0 below -38", {"x": -40.0})
Rule("log(erfc(x)/2)", log(erfc(x)/2), log_ndtr(-Exact(sp.sqrt(2))*x), "erfc is 0 above 27", {"x": 30.0})
Rule("log(erfc(x))", log(erfc(x)),
     select(greater(x, 1), log_ndtr(-Exact(sp.sqrt(2))*x) + Exact(sp.log(2)), log1p(-erf(select(greater(x, 1), 0, x)))),
     "erfc is 0 above 27, and rounded near 1", {"x": 30.0})
Rule("log(tanh(x))", log(tanh(x)), log1mexp(-2*x) - softplus(-2*x), "tanh is 1 above 19", {"x": 20.0})
Rule("log(p + (1 - p)*exp(x))", log(p + (1 - p)*exp(x)),
     select(greater(x, -1), log1p((1 - p)*expm1(x)), log(p + (1 - p)*exp(select(greater(x, -1), -1, x)))),
     "the sum is rounded near 1", {"p": 0.5, "x": -1e-17}, when=no_choice)


def _log_sum(context, node):
    """log Σ exp(u), and log(exp u - exp v) = u + log(1 - exp(v - u))."""
    inner = node.inputs[0]
    if inner.op.name not in ("add", "sub"):
        return None
    us = exponents(context, inner)
    if us is not None:
        return log_sum(context, us)
    flat = context.matcher.terms(inner)
    if flat is None:
        return None
    above = [exponent(context, c, t, True) for c, t in flat[1] if c > 0]
    below = [exponent(context, -c, t, True) for c, t in flat[1] if c < 0]
    if flat[0]:
        u = context.build("log", context.number(abs(flat[0]), node))
        (above if flat[0] > 0 else below).append(u)
    if len(above) != 1 or len(below) != 1 or above[0] is None or below[0] is None:
        return None
    u, v = above[0], below[0]
    return context.build("add", u, context.build("log1mexp", context.build("sub", v, u)))


Rule("log(exp(x) + exp(y))", log(exp(x) + exp(y)), logaddexp(x, y), "exp overflows above 709 and is 0 below -745",
     {"x": 800.0, "y": 799.0}, find=_log_sum, roots=("log",), typed=True)


_BY_LOGARITHM = frozenset("exp exp2 sigmoid softmax erfc ndtr cosh".split())


def _log_product(context, node):
    """log(exp(u)·r) = u + log r; log(a**b·r) = b·log|a| + log(sign(a)**b·r); log(Γ(u)·r) likewise, for u > 0."""
    inner = node.inputs[0]
    flat = context.matcher.factors(inner)
    if flat is None:
        return None
    build = context.build
    total, rest = None, []
    for base, e in flat[1]:
        part, left = _log_factor(context, base)
        if part is None:
            rest.append((base, e))
            continue
        if abs(e) != 1:
            part = build("mul", context.number(abs(e), node), part)
        if total is None:
            total = part if e > 0 else build("neg", part)
        else:
            total = build("add" if e > 0 else "sub", total, part)
        if left is not None:
            rest.append((left, e))
    if total is None:
        return None
    return build("add", total, build("log", context.product(flat[0], rest, node)))


def _log_factor(context, base):
    """(log of the factor or of what is split off it, the factor that is left or None); (None, None) when it stays."""
    name, build = base.op.name, context.build
    if name in _BY_LOGARITHM:
        return build("log", base), None
    if name in ("add", "sub") and (us := exponents(context, base)) is not None:
        return log_sum(context, us), None
    if name == "contract" and (part := log_total(context, base)) is not None:
        return part, None
    if name == "pow" and base.inputs[1].op.name != "constant":
        of, e = base.inputs
        if is_already("sign", of):
            return None, None
        if context.ranges.positive(of):
            return build("mul", e, build("log", of)), None
        return build("xlogy", e, build("abs", of)), build("pow", build("sign", of), e)
    if name == "select" and _has_tail(context, base):
        c, one, other = base.inputs
        return build("select", c, build("log", one), build("log", other)), None
    if name == "gamma":
        u, one = base.inputs[0], context.number(1, base)
        if is_already("select", u):
            return None, None
        if context.ranges.positive(u):
            return build("lgamma", u), None
        known = build("gt", u, context.number(0, base))
        return (build("lgamma", build("select", known, u, one)), build("gamma", build("select", known, one, u)))
    return None, None


def _has_tail(context, choice):
    """Are both branches positive, and has a factor of one of them a form of its own for its logarithm?"""
    branches = [context.matcher.factors(b) for b in choice.inputs[1:]]
    return None not in branches and all(c > 0 and all(context.ranges.positive(b) or b.op.name in TAILS for b, _ in flat)
                                        for c, flat in branches) \
        and any(b.op.name in _BY_LOGARITHM for _, flat in branches for b, _ in flat)


Rule("log(a*exp(x))", log(a*exp(x)), log(a) + x, "the product over- or underflows where its logarithm does not",
     {"a": 2.0, "x": 800.0}, find=_log_product, roots=("log",))


def _log_power(context, node):
    """log of 1/x, sqrt(x), cbrt(x) and x**n."""
    inner, build = node.inputs[0], context.build
    name = inner.op.name
    if name in ("sqrt", "cbrt"):
        return build("mul", context.number(sp.Rational(1, 2 if name == "sqrt" else 3), node),
                     build("log", inner.inputs[0]))
    if name == "div" and inner.inputs[0].op.name == "constant" and inner.inputs[0].attributes[0] == 1:
        return build("neg", build("log", inner.inputs[1]))
    if name == "pow" and inner.inputs[1].op.name == "constant":
        of, n = inner.inputs
        even = n.attributes[0] != "-0.0" and n.attributes[0].is_even
        return build("mul", n, build("log", build("abs", of) if even else of))
    return None


Rule("log(x**2)", log(x**2), 2*log(absolute(x)), "the power over- or underflows where its logarithm does not",
     {"x": 1e200}, find=_log_power, roots=("log",))
Rule("log(1 + x)", log(1 + x), log1p(x), "1 + x is rounded near 1", {"x": 1e-17})


def _log1p_square(context, node):
    """log1p(x²): 2·log|x| where 1 is lost in x²."""
    inner, build = node.inputs[0], context.build
    if inner.op.name != "pow" or inner.inputs[1].op.name != "constant" or inner.inputs[1].attributes[0] != 2:
        return None
    of = inner.inputs[0]
    if is_already("select", of) or max(map(abs, context.ranges(of)[:2])) < 1e150:
        return None
    size = build("abs", of)
    large = build("gt", size, context.number(10**9, node))
    twice = build("mul", context.number(2, node), build("log", size))
    small = build("select", large, context.number(0, node), of)
    return build("select", large, twice, build("log1p", build("pow", small, inner.inputs[1])))


Rule("log1p(x**2)", log1p(x**2), select(greater(absolute(x), 10**9), 2*log(absolute(x)),
                                        log1p(select(greater(absolute(x), 10**9), 0, x)**2)),
     "x**2 overflows above 1.3e154", {"x": 1e200}, find=_log1p_square, roots=("log1p",))
Rule("log1p(x) - log(x)", log1p(x) - log(x),
     select(greater(x, 1), log1p(1/x), log1p(select(greater(x, 1), 1, x)) - log(select(greater(x, 1), 1, x))),
     "the difference cancels for large x", {"x": 1e17}, when=no_choice)


def _times_log(context, node):
    """x·log(y) as xlogy(x, y), unless x or y is known not to be 0; and x·log1p(-y) as xlogy(x, 1 - y) where x = 0 and
    y = 1: there it is 0, and its derivative in x -inf."""
    for one, other in (node.inputs, node.inputs[::-1]):
        name = one.op.name
        if name not in ("log", "log1p") or _fixed(other):
            continue
        of = one.inputs[0]
        known = context.ranges(other)
        if known.nonzero or name == "log" and context.ranges.positive(of):
            continue
        if name == "log":
            return context.build("xlogy", other, of)
        if of.op.name == "neg":
            unit = context.number(1, node)
            there = context.build("or", context.build("ne", other, context.number(0, node)),
                                  context.build("ne", of.inputs[0], unit))
            return context.build("select", there, node,
                                 context.build("xlogy", other, context.build("sub", unit, of.inputs[0])))
    return None


def _fixed(node):
    """Is this made of numbers and lengths only?"""
    while len(node.inputs) == 1:
        node = node.inputs[0]
    if node.op.name in ("mul", "div", "add", "sub"):
        return all(map(_fixed_leaf, node.inputs))
    return _fixed_leaf(node)


def _fixed_leaf(node):
    return node.op.name in ("constant", "size", "data")




def _share_of_itself(context, node):
    """x/x where x is not 0, else 0: what the derivative of x·log x leaves."""
    c, a, b = node.inputs
    if c.op.name not in ("eq", "ne") or c.inputs[1].op.name != "constant" or c.inputs[1].attributes[0] != 0:
        return None
    k = 2 if c.op.name == "eq" else 1
    ratio = node.inputs[k]
    if ratio.op.name != "div" or not ratio.inputs[0] is ratio.inputs[1] is c.inputs[0]:
        return None
    return context.build("select", *[context.number(1, node) if j == k else i for j, i in enumerate(node.inputs)])


Rule("x/x", x/x, select(call("ne")(x, 0), 1, 0), "its derivative is not inf - inf at the smallest x", simpler=True,
     find=_share_of_itself, roots=("select",))
Rule("x*log(y)", x*log(y), xlogy(x, y), "0 times -inf where both are 0", {"x": 0.0, "y": 0.0},
     find=_times_log, roots=("mul",), having=("log", "log1p"))
