"""Rewrites of f(a) - f(b) where a - b is simpler than a and b, as sin(x + h) - sin(x), and of differences of roots."""
from fractions import Fraction as Ratio

from sympy import QQ

from ...graph import same
from ...primitives.leaf import CONSTANT
from ..algebra import build as plain
from .fractions import ROOTS, Fractions, TooLarge, opposite
from .pattern import (Var, call, cos, expm1, greater, log, log1mexp, log1p, log_sigmoid, ndtr, power, select, sigmoid,
                      sin, sqrt)
from .rule import Rule, is_already
from .spread import spread, substituted

x, y = map(Var, "xy")
minimum = call("minimum")


def _pairs(context, node):
    """(f(a), f(b), M, rest, whether M is a part only): the sum is M·(f(a) - f(b)) + rest, f with a rule; M is what the
    two factors have in common, up to its sign, or what cancels of them over their common denominator."""
    terms = []
    for c, term in spread(node, 10):
        flat = context.matcher.factors(term)
        at = [] if flat is None else [k for k, (base, p) in enumerate(flat[1]) if base.op.name in _RULES and p == 1]
        if len(at) == 1:
            rest = flat[1][:at[0]] + flat[1][at[0] + 1:]
            terms.append((c, term, flat[1][at[0]][0], (Ratio(c)*Ratio(flat[0]), rest)))
        else:
            terms.append((c, term, None, None))
    for k, (_, one, f, factor) in enumerate(terms):
        for _, other, g, second in terms[k + 1:]:
            if f is None or g is None or f.op is not g.op or is_already("select", f.inputs[0]):
                continue
            left = [(c, t) for c, t, *_ in terms if t is not one and t is not other]
            if factor[1] == second[1] and factor[0] == -second[0]:
                yield f, g, context.product(*factor, node), left, False
            elif factor[1] or second[1]:
                found = _common_part(context, node, factor, second)
                if found is not None:
                    part, first, last = found
                    for whole, function in ((first, f), (last, g)):
                        if whole is not None:
                            left = [*left, (1, context.build("mul", whole, function))]
                    yield f, g, part, left, True


def _common_part(context, node, factor, second):
    """(M, p - M or None, q + M or None) for the factors p and q of two functions, where terms of p and -q agree."""
    key = node.sizes, *[(c, tuple(powers)) for c, powers in (factor, second)]
    if key not in context.common:
        context.common[key] = _found_in_common(context, node, factor, second)
    return context.common[key]


def _found_in_common(context, node, factor, second):
    work = Fractions(context)
    try:
        (p, q), (r, s) = [work.of(context.product(*f, node)) for f in (factor, second)]
        below = q.lcm(s)
        one, other = p*below.exquo(q), r*below.exquo(s)
        part = opposite(one, other)
        if not part:
            return None
        parts = [work.lowest(poly, below) if poly else None for poly in (part, one - part, other + part)]
    except TooLarge:
        return None
    return tuple([None if pair is None else work.node(*pair, node) for pair in parts])


def difference(context, a, b):
    """The node a - b, when terms of the two cancel in it; else None."""
    work = Fractions(context)
    try:
        above, below, lost = work.added([work.of(a), work.of(b)], [QQ(1), QQ(-1)])
        return work.node(above, below, a) if lost else None
    except TooLarge:
        return None


def _function_difference(context, node):
    """c·(f(a) - f(b)) + rest, with the difference by the rule of f."""
    for one, other, factor, rest, partly in _pairs(context, node):
        rule = _near_exponential if partly and one.op.name == "exp" else _RULES[one.op.name]
        new = rule(context, one, other)
        if new is None:
            continue
        new = context.build("mul", factor, new)
        for e, term in rest:
            new = context.build("add", new, context.product(e, [(term, 1)], node))
        if partly:
            new = _where_near(context, node, one, other, new)
        if new is not None and context.accepts(node, new):
            return new
    return None


def _where_near(context, node, one, other, new):
    """The new form where the arguments differ by less than 1, else the sum as it is: its parts may overflow."""
    d = difference(context, one.inputs[0], other.inputs[0])
    if d is None or len(one.inputs) > 1:
        return None
    near = context.build("lt", context.build("abs", d), context.number(1, node))
    away = {f: same(f, (plain("select", near, context.number(1, node), f.inputs[0]),)) for f in (one, other)}
    return context.build("select", near, new, substituted(node, away))


def _by(formula, always=False):
    """A rule for f(a) - f(b) from a formula in build, d = a - b, a and b; `always` where f(0) is not 0: small a and b
    are lost in it, also where nothing cancels in a - b."""
    def rule(context, one, other):
        a, b = one.inputs[0], other.inputs[0]
        d = difference(context, a, b)
        if d is None and always and "constant" not in (a.op.name, b.op.name):
            d = plain("sub", a, b)
        return None if d is None else formula(context, d, a, b)
    return rule


def _half(context, node):
    return context.build("mul", context.number(_HALF, node), node)


def _sine(context, d, a, b):
    """sin a - sin b = 2 sin(d/2) cos(b + d/2)."""
    build, half = context.build, _half(context, d)
    return build("mul", context.number(2, a),
                 build("mul", build("sin", half), build("cos", build("add", b, half))))


def _cosine(context, d, a, b):
    """cos a - cos b = -2 sin(d/2) sin(b + d/2)."""
    build, half = context.build, _half(context, d)
    return build("mul", context.number(-2, a),
                 build("mul", build("sin", half), build("sin", build("add", b, half))))


def _tangent(context, d, a, b):
    """tan a - tan b = sin(d)/(cos a cos b)."""
    build = context.build
    return build("div", build("sin", d), build("mul", build("cos", a), build("cos", b)))


def _arctangent(context, d, a, b):
    """atan a - atan b = atan2(d, 1 + a·b)."""
    build = context.build
    return build("atan2", d, build("add", context.number(1, a), build("mul", a, b)))


def _exponential(context, d, a, b):
    """e^a - e^b, from the larger of the two and a power that does not overflow; where e^b = 0, d may be inf - inf."""
    build, zero = context.build, context.number(0, a)
    rising = build("gt", d, zero)
    down = build("select", rising, d, zero)
    up = build("select", rising, zero, build("select", build("gt", b, context.number(_NOTHING, b)), d, a))
    first = build("mul", build("exp", a), build("expm1", build("neg", down)))
    return build("select", rising, build("neg", first), build("mul", build("exp", b), build("expm1", up)))


def _small_exponent(context, d, a, b):
    """e^a - e^b = e^b·expm1(d) where |d| < 1."""
    return context.build("mul", context.build("exp", b), context.build("expm1", d))


def _logarithm(context, d, a, b):
    """log a - log b = log1p(d/b) where b > |d|."""
    build, unit = context.build, context.number(1, a)
    near = build("gt", b, build("abs", d))
    far = [build("log", build("select", near, unit, i)) for i in (a, b)]
    return build("select", near, build("log1p", build("div", d, b)), build("sub", *far))


def _log1p(context, d, a, b):
    """log(1 + a) - log(1 + b) = log1p(d/(1 + b)) where 1 + b > |d|."""
    build, unit = context.build, context.number(1, a)
    below = build("add", unit, b)
    near = build("gt", below, build("abs", d))
    far = [build("log1p", build("select", near, unit, i)) for i in (a, b)]
    return build("select", near, build("log1p", build("div", d, below)), build("sub", *far))


def _sigmoid(context, d, a, b):
    """σ(a) - σ(b) = (σ(a)σ(-b) + σ(-a)σ(b))·tanh(d/2)."""
    build = context.build
    p, q = [[build("sigmoid", s) for s in (i, build("neg", i))] for i in (a, b)]
    both = build("add", build("mul", p[0], q[1]), build("mul", p[1], q[0]))
    return build("mul", both, build("tanh", _half(context, d)))


def _tanh(context, d, a, b):
    """tanh a - tanh b = 2(σ(2a) - σ(2b))."""
    two = context.number(2, a)
    d, a, b = [context.build("mul", two, i) for i in (d, a, b)]
    return context.build("mul", two, _sigmoid(context, d, a, b))


def _sinh(context, d, a, b):
    """sinh a - sinh b = 2 sinh(d/2) cosh(b + d/2)."""
    build, half = context.build, _half(context, d)
    return build("mul", context.number(2, a), build("mul", build("sinh", half), build("cosh", build("add", b, half))))


def _cosh(context, d, a, b):
    """cosh a - cosh b = 2 sinh(d/2) sinh(b + d/2)."""
    build, half = context.build, _half(context, d)
    return build("mul", context.number(2, a), build("mul", build("sinh", half), build("sinh", build("add", b, half))))


def _cube_root(context, d, a, b):
    """cbrt a - cbrt b = d/(p² + pq + q²), p and q the roots, where |d| < 8·|b|: elsewhere nothing cancels, and both
    may be 0."""
    build, unit = context.build, context.number(1, a)
    near = build("gt", build("mul", context.number(8, a), build("abs", b)), build("abs", d))
    p, q = [build("cbrt", build("select", near, i, unit)) for i in (a, b)]
    squares = build("add", build("pow", p, context.number(2, a)), build("pow", q, context.number(2, a)))
    far = [build("cbrt", build("select", near, unit, i)) for i in (a, b)]
    return build("select", near, build("div", d, build("add", squares, build("mul", p, q))), build("sub", *far))


def _power(context, one, other):
    """a^e - b^e = b^e·expm1(e·log1p(d/b)) where b > |d|."""
    (a, e), (b, f) = one.inputs, other.inputs
    if e is not f:
        return None
    d = difference(context, a, b)
    if d is None:
        return None
    build, unit = context.build, context.number(1, a)
    near = build("gt", b, build("abs", d))
    far = [build("pow", build("select", near, unit, i), e) for i in (a, b)]
    growth = build("expm1", build("mul", e, build("log1p", build("div", d, b))))
    return build("select", near, build("mul", other, growth), build("sub", *far))


_NOTHING = -800                             # its exponential is 0
_HALF, _near_exponential = Ratio(1, 2), _by(_small_exponent)
_RULES = {"sin": _by(_sine), "cos": _by(_cosine, True), "tan": _by(_tangent), "atan": _by(_arctangent),
          "exp": _by(_exponential, True), "log": _by(_logarithm), "log1p": _by(_log1p), "sigmoid": _by(_sigmoid, True),
          "tanh": _by(_tanh, True), "sinh": _by(_sinh), "cosh": _by(_cosh, True), "cbrt": _by(_cube_root), "pow": _power}

Rule("sin(x + y) - sin(x)", sin(x + y) - sin(x), 2*sin(y/2)*cos(x + y/2), "the difference cancels where y is small",
     {"x": 1.0, "y": 1e-17}, find=_function_difference, roots=("add", "sub"), having=tuple(_RULES), loses="itself")
Rule("(x + 1)**y - x**y", power(x + 1, y) - power(x, y), power(x, y)*expm1(y*log1p(1/x)), "the difference cancels for "
     "large x", {"x": 1e17, "y": 0.5}, find=_function_difference, roots=("add", "sub"), having=("pow",), loses="itself",
     typed=True)


def _flat_difference(context, node):
    """erf a - erf b = erfc b - erfc a, Φ(a) - Φ(b) = Φ(-b) - Φ(-a), where a and b are positive; erf a - erf b =
    erfc(-a) - erfc(-b) where they are negative."""
    f, g = node.inputs
    if node.op.name != "sub" or f.op is not g.op or f.op.name not in ("erf", "ndtr"):
        return None
    build, ((a,), (b,)) = context.build, (f.inputs, g.inputs)
    if is_already("select", a, b) or "constant" in (a.op.name, b.op.name):
        return None
    zero = context.number(0, node)
    right = build("gt", build("minimum", a, b), zero)
    p, q = [build("select", right, i, zero) for i in (a, b)]
    r, s = [build("select", right, zero, i) for i in (a, b)]
    if f.op.name == "ndtr":
        return build("select", right, build("sub", plain("ndtr", plain("neg", q)), plain("ndtr", plain("neg", p))),
                     build("sub", plain("ndtr", r), plain("ndtr", s)))
    left = build("lt", build("maximum", a, b), zero)
    t, u = [build("select", left, i, zero) for i in (a, b)]
    far = plain("sub", plain("erfc", q), plain("erfc", p))
    near = plain("sub", plain("erf", plain("select", left, zero, r)), plain("erf", plain("select", left, zero, s)))
    return build("select", right, far, build("select", left, plain("sub", plain("erfc", plain("neg", t)),
                                                                   plain("erfc", plain("neg", u))), near))


Rule("ndtr(x) - ndtr(y)", ndtr(x) - ndtr(y), select(greater(minimum(x, y), 0), ndtr(-y) - ndtr(-x), ndtr(x) - ndtr(y)),
     "both are 1 from 9 on", {"x": 12.0, "y": 11.0}, find=_flat_difference, roots=("sub",), having=("ndtr", "erf"))


def _log_of_difference(context, node):
    """log((σ(a)σ(-b) + σ(-a)σ(b))·tanh(d/2)) = log σ(a) + log σ(-b) + log(1 - e^-d), d = a - b: what is made of
    log(σ(a) - σ(b))."""
    inner, build = node.inputs[0], context.build
    if inner.op.name != "mul":
        return None
    for both, slope in (inner.inputs, inner.inputs[::-1]):
        if both.op.name != "add" or any(term.op.name != "mul" or any(f.op.name != "sigmoid" for f in term.inputs)
                                        for term in both.inputs):
            continue
        for one in both.inputs:
            a, minus_b = [f.inputs[0] for f in one.inputs]
            b = plain("neg", minus_b)
            d = difference(context, a, b) or plain("sub", a, b)
            if _is_swapped(context, both, one, a, minus_b) and build("tanh", _half(context, d)) is slope:
                return build("add", build("add", build("log_sigmoid", a), build("log_sigmoid", minus_b)),
                             build("log1mexp", build("neg", d)))
    return None


def _is_swapped(context, both, one, a, minus_b):
    """Is the other product σ(-a)·σ(b)?"""
    other = both.inputs[1] if both.inputs[0] is one else both.inputs[0]
    wanted = [plain("neg", a), plain("neg", minus_b)]
    return any(all(context.matcher.same(f.inputs[0], w) for f, w in zip(pair, wanted))
               for pair in (other.inputs, other.inputs[::-1]))


Rule("log(sigmoid(x) - sigmoid(x - 1))", log(sigmoid(x) - sigmoid(x - 1)),
     log_sigmoid(x) + log_sigmoid(1 - x) + log1mexp(-1), "both are 1 from 37 on", {"x": 900.0},
     find=_log_of_difference, roots=("log",))


# roots

def _conjugate(context, node):
    """c·√s + r = (c²·s - r²)/(c·√s - r), where r and c·√s have not the same sign; r may hold another root."""
    flat = context.matcher.terms(node)
    if flat is None:
        return None
    for c, root in flat[1]:
        if root.op.name in ROOTS:
            new = _with_conjugate(context, node, flat, c, root)
            if new is not None and context.accepts(node, new):
                return new
    return None


def _with_conjugate(context, node, flat, c, root):
    build, work = context.build, Fractions(context)
    rest = context.number(flat[0]/-c, node) if flat[0] else None
    for d, term in flat[1]:
        if term is not root:
            share = -d/c
            part = context.product(abs(share), [(term, 1)], node)
            rest = (part if share > 0 else build("neg", part)) if rest is None \
                else build("add" if share > 0 else "sub", rest, part)
    if rest is None:
        return None
    try:                                                                # c·(√s - r), r = rest
        square = _squared(work, root, node)
        other = work.of(build("pow", rest, context.number(2, node)))
        above, below, lost = work.added([square, other], [QQ(1), QQ(-1)])
        if rest.op is not CONSTANT or not context.ranges.positive(rest):
            lost = lost or work.shrinks([square, other], [QQ(1), QQ(-1)])
            if not lost:
                return None
        if is_already("select", root.inputs[0]):
            return None
    except TooLarge:
        return None
    zero = context.number(0, node)

    def over(sum_):                             # 0·sum where all cancels: what is no number or infinite stays so
        return work.node(above, below, node, sum_) if above else build("mul", zero, sum_)

    if not lost:                                        # right everywhere, but its derivative only where it is needed
        near = build("gt", root, build("mul", context.number(Ratio(3, 4), rest), rest))
        better = over(build("add", build("select", near, root, zero), rest))
        new = build("select", near, better, build("sub", build("select", near, zero, root), rest))
    elif context.ranges.nonnegative(rest):
        new = over(build("add", root, rest))
    elif is_already("select", rest):
        return None
    else:
        rising = build("gt", rest, zero)
        other = build("sub", root, build("select", rising, zero, rest))
        new = build("select", rising, over(build("add", root, build("select", rising, rest, zero))), other)
    return context.product(c, [(new, 1)], node)


def _squared(work, root, like):
    """What stands under a root, as a fraction."""
    if root.op.name == "sqrt":
        return work.of(root.inputs[0])
    return work.of(work.context.build("pow", root, work.context.number(2, like)))


Rule("sqrt(x + 1) - sqrt(x)", sqrt(x + 1) - sqrt(x), 1/(sqrt(x + 1) + sqrt(x)), "the difference cancels for large x",
     {"x": 1e17}, find=_conjugate, roots=("add", "sub"), having=tuple(ROOTS), loses="close")


def _inverse_roots(context, node):
    """p/√s - q/√t = (p√t - q√s)/(√s√t)."""
    flat = context.matcher.terms(node)
    if flat is None or flat[0] or len(flat[1]) != 2:
        return None
    parts = []
    for c, term in flat[1]:
        if term.op.name != "div" or term.inputs[1].op.name not in ROOTS:
            return None
        parts.append((c, *term.inputs))
    (c, p, s), (d, q, t) = parts
    build = context.build
    over = build("add", context.product(c, [(p, 1), (t, 1)], node), context.product(d, [(q, 1), (s, 1)], node))
    new = build("div", build("div", over, s), t)
    return new if context.accepts(node, new) else None


Rule("1/sqrt(x) - 1/sqrt(x + 1)", 1/sqrt(x) - 1/sqrt(x + 1), 1/(sqrt(x + 1) + sqrt(x))/sqrt(x)/sqrt(x + 1),
     "the difference cancels for large x", {"x": 1e17}, find=_inverse_roots, roots=("add", "sub"), having=tuple(ROOTS),
     loses="itself")
