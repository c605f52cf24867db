"""Rewrites of roots and of the error function."""
from fractions import Fraction

from .pattern import Var, absolute, call, cos, erf, erfc, erfcx, exp, greater, hypot, ndtr, select, sin, sinc, sqrt
from .rule import Rule, no_choice
from .spread import spread

x, y, z = map(Var, "xyz")
cbrt = call("cbrt")


Rule("1 - erf(x)", 1 - erf(x), erfc(x), "erf is 1 from x = 6 on", {"x": 10.0})
Rule("1 + erf(x)", 1 + erf(x), erfc(-x), "erf is -1 from x = -6 on", {"x": -10.0})
Rule("2 - erfc(x)", 2 - erfc(x), erfc(-x), "erfc is 2 below x = -6", {"x": -10.0})
Rule("1 - erfc(x)", 1 - erfc(x), erf(x), "the difference cancels near 0", {"x": 1e-17})
Rule("1 - ndtr(x)", 1 - ndtr(x), ndtr(-x), "ndtr is 1 from x = 9 on", {"x": 12.0})
Rule("exp(-x**2)/erfc(x)", 1/erfc(x)*exp(-x**2),
     select(greater(x, 0), 1/erfcx(select(greater(x, 0), x, 0)), exp(-select(greater(x, 0), 0, x)**2)
            /erfc(select(greater(x, 0), 0, x))), "0/0 above 27", {"x": 30.0}, when=no_choice)
Rule("exp(x**2)*erfc(x)", erfc(x)*exp(x**2), erfcx(x), "inf times 0 above 27", {"x": 30.0})
Rule("sqrt(x**2 + y**2)", sqrt(x**2 + y**2), hypot(x, y), "a square over- or underflows", {"x": 3e200, "y": 4e200})
Rule("sqrt(x**2 + y**2 + z**2)", sqrt(x**2 + y**2 + z**2), hypot(hypot(x, y), z), "a square over- or underflows",
     {"x": 3e200, "y": 4e200, "z": 1e200})
Rule("sqrt(1 + x**2)", sqrt(1 + x**2), hypot(1, x), "the square overflows", {"x": 3e200})
Rule("sqrt(x**2)", sqrt(x**2), absolute(x), "the square over- or underflows", {"x": 3e200})
Rule("sqrt(1 + x) - 1", sqrt(1 + x) - 1, x/(1 + sqrt(1 + x)), "the difference cancels near 0", {"x": 1e-17})
_small = greater(1, absolute(x))
_root = cbrt(1 + select(_small, x, 0))
Rule("cbrt(1 + x) - 1", cbrt(1 + x) - 1,
     select(_small, select(_small, x, 0)/(1 + _root + _root**2), cbrt(1 + select(_small, 7, x)) - 1),
     "the difference cancels near 0", {"x": 1e-17}, when=no_choice)
Rule("hypot(1, x) - 1", hypot(1, x) - 1, call("mul")(x, x/(1 + hypot(1, x))), "the difference cancels near 0",
     {"x": 1e-9})
Rule("acos(1 - x)", call("acos")(1 - x), 2*call("asin")(sqrt(x/2)), "1 - x is rounded near 1", {"x": 1e-17})
Rule("half_circle(1 - x)", call("half_circle")(1 - x), sqrt(x)*sqrt(2 - x), "1 - x is rounded near 1", {"x": 1e-17})
Rule("1 - cos(x)", 1 - cos(x), 2*sin(x/2)**2, "the difference cancels near 0", {"x": 1e-9})
Rule("sin(x)/x", sin(x)/x, sinc(x), "0/0 at 0", {"x": 0.0})
Rule("hypot(1, x) - x", hypot(1, x) - x,
     select(greater(x, 0), 1/(select(greater(x, 0), x, 0) + hypot(1, x)), hypot(1, x) - select(greater(x, 0), 0, x)),
     "the difference cancels for large x", {"x": 1e9}, when=no_choice)


def _cancelled(context, node):
    """x**n·(y/x): what stands above in one factor and below in the other goes."""
    sides = [context.matcher.factors(i) for i in node.inputs]
    if None in sides:
        return None
    (c, first), (d, second) = sides
    sign = -1 if node.op.name == "div" else 1
    if not any(f is g and p*q*sign < 0 for f, p in first for g, q in second):
        return None
    powers = dict(first)
    for base, power in second:
        powers[base] = powers.get(base, 0) + sign*power
    return context.product(Fraction(c)*Fraction(d)**sign, [(b, p) for b, p in powers.items() if p], node)


def _into_branches(context, node):
    """select(c, a, b)·r = select(c, a·r, b·r), where a factor of a cancels one of r."""
    name, (p, q) = node.op.name, node.inputs
    for choice, other in ((p, q), (q, p)) if name == "mul" else ((p, q),):
        if choice.op.name != "select":
            continue
        c, a, b = choice.inputs
        flat, rest = context.matcher.factors(a), context.matcher.factors(other)
        if flat is None or rest is None:
            continue
        sign = -1 if name == "div" else 1
        if any(f is g and m*n*sign < 0 for f, m in flat[1] for g, n in rest[1]):
            powers = dict(flat[1])
            for base, power in rest[1]:
                powers[base] = powers.get(base, 0) + sign*power
            scale = Fraction(flat[0])*Fraction(rest[0])**sign
            first = context.product(scale, [(f, m) for f, m in powers.items() if m], node)
            return context.build("select", c, first, context.build(name, b, other))
    return None


def _one_choice(context, node):
    """c·select(p, a, b) + d·select(p, a', b') + … = select(p, c·a + d·a' + …, c·b + d·b' + …) + …"""
    terms = spread(node)
    by = {}
    for c, term in terms:
        if term.op.name == "select":
            by.setdefault(term.inputs[0], []).append((c, term))
    several = [group for group in by.values() if len(group) > 1]
    if not several:
        return None
    build, joined = context.build, {t for group in several for _, t in group}
    parts = []
    for group in several:
        branches = [None, None]
        for c, term in group:
            for k, branch in enumerate(term.inputs[1:]):
                if not (branch.op.name == "constant" and branch.attributes[0] == 0):
                    one = context.product(abs(c), [(branch, 1)], node)
                    held = branches[k]
                    branches[k] = (build("neg", one) if c < 0 else one) if held is None \
                        else build("sub" if c < 0 else "add", held, one)
        first, second = [context.number(0, node) if b is None else b for b in branches]
        parts.append(build("select", group[0][1].inputs[0], first, second))
    parts += [context.product(c, [(t, 1)], node) for c, t in terms if t not in joined]
    total = parts[0]
    for part in parts[1:]:
        total = build("add", total, part)
    return total


Rule("select(c, x, y) - select(c, y, x)", select(greater(x, 0), x, y) - select(greater(x, 0), y, x),
     select(greater(x, 0), x - y, y - x), "one choice, the branches of which may cancel", simpler=True,
     find=_one_choice, roots=("add", "sub"), having=("select",), whole=True)
Rule("select(c, x*y, z)/x", select(greater(y, 0), x*y, y)/x, select(greater(y, 0), y, y/x),
     "a factor over- or underflows; its derivative cancels", {"x": 1e200, "y": 1e200}, find=_into_branches,
     roots=("mul", "div"), having=("select",))
Rule("x**2*(y/x)", x**2*call("div")(y, x), x*y, "a factor over- or underflows; its derivative cancels",
     {"x": 1e200, "y": 1.0}, find=_cancelled, roots=("mul", "div"), having=("pow",))


def _square_over_hypot(context, node):
    """r·x²/(1 + hypot(…)) = r·x·(x/(1 + hypot(…)))."""
    above, below = node.inputs
    if below.op.name != "add" or not any(i.op.name == "hypot" for i in below.inputs):
        return None
    for square, rest in ((above, None), *([above.inputs, above.inputs[::-1]] if above.op.name == "mul" else [])):
        if square.op.name != "pow" or square.inputs[1].op.name != "constant" or square.inputs[1].attributes[0] != 2:
            continue
        x = square.inputs[0]
        once = x if rest is None else context.build("mul", rest, x)
        return context.build("mul", once, context.build("div", x, below))
    return None


Rule("x**2/(1 + hypot(1, y))", x**2/(1 + hypot(1, y)), call("mul")(x, x/(1 + hypot(1, y))),
     "the square overflows, below it stands a length of its size", {"x": 1e160, "y": 1e160},
     find=_square_over_hypot, roots=("div",), having=("pow",))
