"""Rewrites of sums with logarithms of factorials, the large terms of which cancel."""
from .pattern import Var, call, xlogy
from .rule import Rule

x, y = map(Var, "xy")
lgamma, log_poisson = map(call, ("lgamma", "log_poisson"))


def _log_poisson(context, node):
    """c·(k·log(m) - m - lgamma(k + 1)), with |m| for m and lgamma in a choice as `log` of a product leaves them."""
    flat = context.matcher.terms(node)
    if flat is None or flat[0] or len(flat[1]) != 3:
        return None
    for c, power in flat[1]:
        others = [t for d, t in flat[1] if t is not power and d == -c]
        for k, of in _powers(power):
            for mean, factorial in (others, others[::-1]) if len(others) == 2 else ():
                made = _made(context, k, of, mean, factorial)
                if made is not None:
                    return context.product(c, [(made, 1)], node)
    return None


def _powers(node):
    """The pairs (k, m) with node = k·log(m)."""
    if node.op.name == "xlogy":
        return [node.inputs]
    if node.op.name == "mul":
        return [(a, b.inputs[0]) for a, b in (node.inputs, node.inputs[::-1]) if b.op.name == "log"]
    return []


def _made(context, k, of, mean, factorial):
    build, same = context.build, context.matcher.same
    signed = of.op.name == "abs" and same(of.inputs[0], mean)
    if factorial.op.name != "lgamma" or not (signed or same(of, mean)):
        return None
    next_, (at,) = build("add", k, context.number(1, k)), factorial.inputs
    if same(at, next_):
        made = build("log_poisson", k, of)
    elif at.op.name == "select" and at.inputs[0].op.name == "gt" and same(at.inputs[1], next_):
        made = build("select", at.inputs[0], build("log_poisson", k, of), build("sub", build("xlogy", k, of), of))
    else:
        return None
    return build("add", made, build("sub", of, mean)) if signed else made


Rule("y*log(x) - x - lgamma(y + 1)", xlogy(y, x) - x - lgamma(y + 1), log_poisson(y, x),
     "terms of the size of y cancel near x = y", {"x": 10000.0, "y": 10000.0},
     find=_log_poisson, roots=("add", "sub"), having=("lgamma",))
