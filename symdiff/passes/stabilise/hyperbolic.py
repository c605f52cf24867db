"""Rewrites of hyperbolic functions and of their inverses in terms of exponentials and roots."""
from fractions import Fraction as Ratio

import sympy as sp

from .pattern import (Exact, Var, absolute, acosh, asinh, at_least, atanh, call, cosh, exp, hypot, log, log1mexp, log1p,
                      select, sech, sigmoid, sinh, sqrt, tanh)
from .rule import Rule

x = Var("x")

Rule("sinh(x)/(exp(x) + exp(-x))", sinh(x)/(exp(x) + exp(-x)), tanh(x)/2, "inf/inf above 710", {"x": 800.0})
Rule("sinh(x)/cosh(x)", sinh(x)/cosh(x), tanh(x), "inf/inf above 710", {"x": 800.0})
Rule("1/cosh(x)", 1/cosh(x), sech(x), "cosh overflows above 710", {"x": 712.0})
Rule("exp(x) - exp(-x)", exp(x) - exp(-x), 2*sinh(x), "the difference cancels near 0", {"x": 1e-17})
Rule("sinh(x)*sech(x)", sinh(x)*sech(x), tanh(x), "inf times 0 above 745", {"x": 800.0})
Rule("cosh(x)/sinh(x)", cosh(x)/sinh(x), 1/tanh(x), "inf/inf above 710", {"x": 800.0})
Rule("1 - tanh(x)", 1 - tanh(x), 2*sigmoid(-2*x), "tanh is 1 from x = 19 on", {"x": 20.0})
Rule("1 + tanh(x)", 1 + tanh(x), 2*sigmoid(2*x), "tanh is -1 from x = -19 on", {"x": -20.0})
Rule("1 - tanh(x)**2", 1 - tanh(x)**2, sech(x)**2, "tanh is 1 from x = 19 on", {"x": 20.0})
Rule("1 + 2*sinh(x)**2", 1 + 2*sinh(x)**2, cosh(2*x), "one function; it divides sinh without overflow", simpler=True)
Rule("sinh(x)*cosh(x)", sinh(x)*cosh(x), sinh(2*x)/2, "one function instead of two", simpler=True)
Rule("tanh(abs(x))*sign(x)", tanh(absolute(x))*call("sign")(x), tanh(x), "tanh is odd", simpler=True)
Rule("exp(-x)*cosh(x)", exp(-x)*cosh(x), (1 + exp(-2*x))/2, "0 times inf above 745", {"x": 800.0})
Rule("exp(-x)*sinh(x)", exp(-x)*sinh(x), -call("expm1")(-2*x)/2, "0 times inf above 745", {"x": 800.0})
Rule("cosh(x)**2 - sinh(x)**2", cosh(x)**2 - sinh(x)**2, Exact(sp.S.One), "two large squares cancel", {"x": 20.0})

SHARES = {"exp": (Ratio(1), Ratio(0)), "cosh": (Ratio(1, 2), Ratio(1, 2)), "sinh": (Ratio(1, 2), Ratio(-1, 2))}


def _one_exponential(context, node):
    """p·exp(u) + q·exp(-u), added up over exponentials, cosh and sinh of one argument or its negative, and at most one
    term beside them: one function where p or q is 0, or where they differ in sign only."""
    flat = context.matcher.terms(node)
    if flat is None or len(flat[1]) < 2:
        return None
    number, terms = flat
    u, p, q, others = None, 0, 0, []
    for c, term in terms:
        at = _sign(context, u, term)
        if not at:
            others.append((c, term))
            continue
        u = u or term.inputs[0]
        up, down = SHARES[term.op.name][::at]
        p, q = p + c*up, q + c*down
    if len(others) + (number != 0) > 1 or len(terms) - len(others) < 2 or p and q and abs(p) != abs(q):
        return None
    new = _of_exponentials(context, u, p, q, node)
    if number:
        return context.build("add", new, context.number(number, node))
    for c, term in others:
        new = context.build("add", new, context.product(c, [(term, Ratio(1))], node))
    return new


def _sign(context, u, term):
    """1 or -1: this is a function of u, or of -u; of whatever argument where u is None; else 0."""
    if term.op.name not in SHARES:
        return 0
    if u is None or context.matcher.same(u, term.inputs[0]):
        return 1
    return -1 if context.matcher.same(u, context.build("neg", term.inputs[0])) else 0


def _of_exponentials(context, u, p, q, like):
    """p·exp(u) + q·exp(-u), where one of them is 0 or their sizes are equal."""
    if not p and not q:
        return context.number(0, like)
    if not p or not q:
        return context.product(p or q, [(context.build("exp", u if p else context.build("neg", u)), Ratio(1))], like)
    return context.product(2*p, [(context.build("cosh" if p == q else "sinh", u), Ratio(1))], like)


Rule("cosh(x) - sinh(x)", cosh(x) - sinh(x), exp(-x), "two large terms cancel", {"x": 20.0}, find=_one_exponential,
     roots=("add", "sub"), having=("cosh", "sinh"))

Rule("log(cosh(x))", log(cosh(x)),
     select(at_least(absolute(x), 1), absolute(x) + log1p(exp(-2*absolute(x))) - Exact(sp.log(2)),
            log1p(2*sinh(x/2)**2)),
     "cosh overflows above 710; it is 1 near 0", {"x": 800.0})
Rule("log(sinh(x))", log(sinh(x)), x + log1mexp(-2*x) - Exact(sp.log(2)), "sinh overflows above 710", {"x": 800.0})
Rule("acosh(1 + x)", acosh(1 + x), 2*asinh(sqrt(x/2)), "1 + x is rounded near 1", {"x": 1e-17})
Rule("log((1 + x)/(1 - x))", log((1 + x)/(1 - x)), 2*atanh(x), "1 + x and 1 - x are rounded near 1", {"x": 1e-17})
Rule("log(x + hypot(1, x))", log(x + hypot(1, x)), asinh(x), "cancels below 0", {"x": -1e10}, typed=True)
Rule("log(x + sqrt(x**2 - 1))", log(x + sqrt(x**2 - 1)), acosh(x), "x**2 overflows above 1e154", {"x": 1e200},
     typed=True)
Rule("log(x + sqrt(1 + x**2))", log(x + sqrt(1 + x**2)), asinh(x), "cancels below 0", {"x": -1e10}, typed=True)
