"""Rewrites of quotients of gamma functions the arguments of which differ by a number."""
from fractions import Fraction as Ratio

from ...graph import same
from ..algebra import build as plain
from ..numbers import rational
from .differences import difference
from .pattern import Var, call
from .rule import Rule, is_already
from .spread import substituted

x = Var("x")
gamma, log1p, log1pmx, stirling, sqrt, exp = map(call, ("gamma", "log1p", "log1pmx", "stirling", "sqrt", "exp"))


def _gamma_quotient(context, node):
    """Γ(v + a)/Γ(v) = (v + a)^a·exp(v·log1pmx(a/v) - ½·log1p(a/v) + μ(v + a) - μ(v)), μ the remainder of Stirling's
    formula (DLMF 5.11.1), where both arguments are above 1."""
    flat = context.matcher.factors(node)
    if flat is None:
        return None
    found = [(k, base, p) for k, (base, p) in enumerate(flat[1]) if base.op.name == "gamma"]
    for k, above, p in found:
        for j, below, q in found:
            if (p, q) != (1, -1):
                continue
            (u,), (v,) = above.inputs, below.inputs
            a = difference(context, u, v)
            if a is None or rational(a) is None or abs(rational(a)) > 64 or is_already("select", u, v):
                continue
            rest = [one for i, one in enumerate(flat[1]) if i not in (k, j)]
            ratio = _ratio(context, node, u, v, a)
            known = context.build("gt", context.build("minimum", u, v), context.number(1, node))
            away = {f: same(f, (plain("select", known, context.number(1, node), f.inputs[0]),)) for f in (above, below)}
            return context.build("select", known, context.product(flat[0], [(ratio, 1), *rest], node),
                                 substituted(node, away))
    return None


def _ratio(context, node, u, v, a):
    build, size = context.build, context.build("div", a, v)
    power = build("sub", build("mul", v, build("log1pmx", size)),
                  build("mul", context.number(Ratio(1, 2), node), build("log1p", size)))
    zero = context.number(0, node)
    for of, sign in ((u, "add"), (v, "sub")):
        power = build(sign, power, plain("stirling", zero, of))
    return context.product(1, [(u, rational(a)), (build("exp", power), 1)], node)


Rule("gamma(x + 1/2)/gamma(x)", gamma(x + Ratio(1, 2))/gamma(x),
     sqrt(x + Ratio(1, 2))*exp(x*log1pmx(1/(2*x)) - log1p(1/(2*x))/2 + stirling(0, x + Ratio(1, 2)) - stirling(0, x)),
     "gamma overflows above 171", {"x": 200.0}, find=_gamma_quotient, roots=("mul", "div"), having=("gamma",))
