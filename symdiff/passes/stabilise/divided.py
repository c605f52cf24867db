"""Rewrites of divided differences (f(a) - f(b))/(a - b), 0/0 where a = b: near it, a form without a - b.

Also where only a factor of a - b divides, as in (exp(-x·t) - exp(-y·t))/(x - y), and upside down, as the logarithmic
mean (x - y)/(log x - log y).  Elsewhere nothing cancels, and the quotient stays as it is.
"""
from fractions import Fraction

from sympy import QQ

from ...graph import same
from ...primitives.leaf import CONSTANT, is_constant
from ..algebra import build as plain
from .fractions import Fractions, TooLarge
from .pattern import Var, call, exp
from .rule import Rule, is_already
from .spread import spread, substituted

x, y, z = map(Var, "xyz")
NEAR = 2                                    # of |a - b|: beyond, the second derivatives of the quotient hardly cancel
APART = frozenset(("exp", "log", "log1p"))          # of which nothing cancels in f(a) - f(b) where a is not near b


def _divided_difference(context, node):
    """r·((p·f(a) + q·f(b))/D)**±1, where D has a factor of a - b, and p + q = 0 or D divides p + q."""
    flat = context.matcher.factors(node)
    if flat is None:
        return None
    coefficient, factors = flat
    for top, power in factors:
        if abs(power) == 1 and top.op.name in FORMS_OF:
            for below, p in factors:
                new = _quotient(context, top, below) if p == -power and below is not top else None
                if new is not None:
                    rest = [one for one in factors if one[0] is not top and one[0] is not below]
                    return context.product(coefficient, [*rest, (new, power)], node)
    return None


def _over_one_divisor(context, node):
    """p·f(a)/D + q·f(b)/D + rest."""
    terms = [(c, term, context.matcher.factors(term)) for c, term in spread(node, 10)]
    for k, (c, one, first) in enumerate(terms):
        for e, other, second in terms[k + 1:]:
            if first is None or second is None:
                continue
            for below, power in first[1]:
                if power != -1 or (below, power) not in second[1]:
                    continue
                parts = [context.product(scale*flat[0], [f for f in flat[1] if f[0] is not below], node)
                         for scale, flat in ((c, first), (e, second))]
                new = _quotient(context, plain("add", *parts), below)
                if new is not None:
                    for scale, term, _ in terms:
                        if term is not one and term is not other:
                            new = context.build("add", new, context.product(scale, [(term, 1)], node))
                    return new
    return None


def _quotient(context, top, below):
    """A numerator over what divides it; None where it is no divided difference."""
    if top.op.name in _ALONE:
        made = _ALONE[top.op.name](context, top, below)
        return made and _where(context, top, below, *made, top)
    terms = [_term(context, c, term) for c, term in spread(top, 4)]
    if len(terms) != 2 or None in terms:
        return None
    (one, p), (other, q) = terms
    if one.op is not other.op or is_already("select", one.inputs[0]):
        return None
    shared = _shared(context, p, q, below)
    made = None if shared is None else _FORMS[one.op.name](context, one, other, below)
    if made is None:
        return None
    near, slope, at = made
    new = context.build("mul", p, slope)
    if not is_constant(shared, 0):
        new = context.build("add", new, context.build("mul", shared, same(other, at)))
    return _where(context, top, below, near, new, one, other)


def _term(context, c, term):
    """(f(u), p) with c·term = p·f(u), f with a form; else None."""
    flat = context.matcher.factors(term)
    if flat is None:
        return None
    functions = [(_function(context, *one), one) for one in flat[1]]
    found = [(f, one) for f, one in functions if f is not None]
    if len(found) != 1:
        return None
    f, one = found[0]
    return f, context.product(c*flat[0], [other for other in flat[1] if other is not one], term)


def _function(context, base, power):
    """base**power as a function with a form; else None."""
    if power == 1:
        return base if base.op.name in _FORMS else None
    if power.denominator == 1:
        return None
    return context.build("sqrt", base) if power == Fraction(1, 2) else plain("pow", base, context.number(power, base))


def _where(context, top, below, near, new, *functions):
    """The new form where a is near b, None where it always is, elsewhere the quotient as it was, there of 1 and 1."""
    if near is None:
        return new
    unit = context.number(1, top)
    if functions[0].op.name in APART:
        top = substituted(top, {f: same(f, (plain("select", near, unit, f.inputs[0]),)) for f in functions})
    else:
        top = plain("select", near, unit, context.settled(top))
    return plain("select", near, new, plain("div", top, plain("select", near, unit, below)))


def _ratio(context, a, b, below):
    """c with a - b = c·D, where D is 0 if a - b is, by a factor they share, and c is finite there; else None."""
    work = Fractions(context)
    try:
        above, under = work.sum([work.of(a), work.of(b)], [QQ(1), QQ(-1)])
        p, q = work.of(below)
        if not above or above.gcd(p).is_ground:
            return None
        c = work.lowest(above*q, under*p)
        return work.node(*c, a) if c[1].gcd(above).is_ground else None
    except TooLarge:
        return None


def _shared(context, p, q, below):
    """(p + q)/D, where D divides that: the number 0 where p = -q; else None."""
    work = Fractions(context)
    try:
        above, under = work.sum([work.of(p), work.of(q)], [QQ(1), QQ(1)])
        if not above:
            return context.number(0, p)
        d, e = work.of(below)
        found = work.lowest(above*e, under*d)
        return work.node(*found, p) if found[1].gcd(d).is_ground else None
    except TooLarge:
        return None


def _by(formula, near=None):
    """A form from a formula in build, c, d = a - b, a and b, each what it is where |d| is small, by
    `near`, else 0 or 1; without `near` everywhere."""
    def form(context, one, other, below):
        a, b = one.inputs[0], other.inputs[0]
        c = _ratio(context, a, b, below)
        if c is None:
            return None
        d = context.build("mul", c, below)
        there = near and near(context, d, b)
        if there:
            zero, unit = context.number(0, a), context.number(1, a)
            d, a, b = [plain("select", there, i, number) for i, number in ((d, zero), (a, unit), (b, unit))]
        return there, context.build("mul", c, formula(context, d, a, b)), (b,)
    return form


def _alone(formula):
    """The form of f(c·D)/D with f(0) = 0 and c no number, as that of f(c·D) - f(0)."""
    def form(context, one, below):
        a, zero = one.inputs[0], context.number(0, one)
        c = None if is_already("select", a) else _ratio(context, a, zero, below)
        if c is None or c.op is CONSTANT:
            return None
        d = context.build("mul", c, below)
        near = _close(context, d, zero)
        d = plain("select", near, d, zero)
        return near, context.build("mul", c, formula(context, d, d, zero))
    return form


def _of_quotient(context, one, below):
    """log(a/b)/D = c·log1prel(d/b)/b, where |d| < |b|."""
    if one.inputs[0].op.name != "div":
        return None
    a, b = one.inputs[0].inputs
    c = _ratio(context, a, b, below)
    if c is None:
        return None
    d = context.build("mul", c, below)
    near = _beside_size(context, d, b)
    d, b = plain("select", near, d, context.number(0, d)), plain("select", near, b, context.number(1, b))
    return near, context.build("mul", c, _logarithm(context, d, a, b))


def _close(context, d, b):
    """|d| < 2."""
    return context.build("lt", context.build("abs", d), context.number(NEAR, d))


def _beside(context, d, b):
    """|d| < b."""
    return context.build("gt", b, context.build("abs", d))


def _beside_size(context, d, b):
    """|d| < |b|."""
    return _beside(context, d, context.build("abs", b))


def _beside_minus_one(context, d, b):
    """|d| < 1 + b."""
    return context.build("gt", context.build("add", context.number(1, b), b), context.build("abs", d))


def _exponential(context, d, a, b):
    """(e^a - e^b)/d = e^b·exprel(d)."""
    return context.build("mul", context.build("exp", b), context.build("exprel", d))


def _sigmoid(context, d, a, b):
    """(σ(a) - σ(b))/d = σ(-a)·σ(b)·exprel(d)."""
    build = context.build
    return build("mul", build("mul", build("sigmoid", build("neg", a)), build("sigmoid", b)), build("exprel", d))


def _tanh(context, d, a, b):
    """(tanh a - tanh b)/d = 4·σ(-2a)·σ(2b)·exprel(2d)."""
    twice = [context.build("mul", context.number(2, a), i) for i in (d, a, b)]
    return context.build("mul", context.number(4, a), _sigmoid(context, *twice))


def _middle(context, d, b):
    half = context.build("mul", context.number(Fraction(1, 2), d), d)
    return half, context.build("add", b, half)


def _sine(context, d, a, b):
    """(sin a - sin b)/d = sinc(d/2)·cos((a + b)/2)."""
    half, middle = _middle(context, d, b)
    return context.build("mul", context.build("sinc", half), context.build("cos", middle))


def _sine_alone(context, d, a, b):
    """sin(a)/d = sinc(d), where b = 0."""
    return context.build("sinc", d)


def _cosine(context, d, a, b):
    """(cos a - cos b)/d = -sinc(d/2)·sin((a + b)/2)."""
    half, middle = _middle(context, d, b)
    return context.build("neg", context.build("mul", context.build("sinc", half), context.build("sin", middle)))


def _tangent(context, d, a, b):
    """(tan a - tan b)/d = sinc(d)/(cos a·cos b)."""
    build = context.build
    return build("div", build("sinc", d), build("mul", build("cos", a), build("cos", b)))


def _hyperbolic_sine(context, d, a, b):
    """(sinh a - sinh b)/d = exp(-d/2)·exprel(d)·cosh((a + b)/2)."""
    return _beside_middle(context, d, b, "cosh")


def _hyperbolic_cosine(context, d, a, b):
    """(cosh a - cosh b)/d = exp(-d/2)·exprel(d)·sinh((a + b)/2)."""
    return _beside_middle(context, d, b, "sinh")


def _beside_middle(context, d, b, name):
    build, (half, middle) = context.build, _middle(context, d, b)
    return build("mul", build("mul", build("exp", build("neg", half)), build("exprel", d)), build(name, middle))


def _logarithm(context, d, a, b):
    """(log a - log b)/d = log1prel(d/b)/b."""
    return context.build("div", context.build("log1prel", context.build("div", d, b)), b)


def _log1p(context, d, a, b):
    """(log(1 + a) - log(1 + b))/d = log1prel(d/(1 + b))/(1 + b)."""
    return _logarithm(context, d, a, context.build("add", context.number(1, b), b))


def _square_root(context, d, a, b):
    """(√a - √b)/d = 1/(√a + √b)."""
    p, q = [context.build("sqrt", i) for i in (a, b)]
    return context.build("div", context.number(1, a), context.build("add", p, q))


def _cube_root(context, d, a, b):
    """(p - q)/d = 1/(p² + q² + p·q) of p = ∛a and q = ∛b."""
    p, q = [context.build("cbrt", i) for i in (a, b)]
    squares = [context.build("pow", i, context.number(2, i)) for i in (p, q)]
    below = context.build("add", context.build("add", *squares), context.build("mul", p, q))
    return context.build("div", context.number(1, a), below)


def _arctangent(context, d, a, b):
    """(atan a - atan b)/d = atan(z)/z/(1 + a·b), z = d/(1 + a·b)."""
    build = context.build
    both = build("add", context.number(1, a), build("mul", a, b))
    z = build("div", d, both)
    return build("div", build("div", build("atan", z), z), both)


def _power(context, one, other, below):
    """a**e - b**e or t**a - t**b."""
    (a, e), (b, f) = one.inputs, other.inputs
    if e is f:
        return _of_bases(context, a, b, e, below)
    return _of_exponents(context, a, e, f, below) if a is b else None


def _of_bases(context, a, b, e, below):
    """(a^e - b^e)/d = e·b^e/b·log1prel(d/b)·exprel(e·log1p(d/b)), where (1 + |e|)·|d| < b."""
    c = _ratio(context, a, b, below)
    if c is None:
        return None
    build, zero, unit = context.build, context.number(0, a), context.number(1, a)
    d = build("mul", c, below)
    near = build("gt", b, build("mul", build("add", unit, build("abs", e)), build("abs", d)))
    d, b = plain("select", near, d, zero), plain("select", near, b, unit)
    ratio = build("div", d, b)
    slope = build("div", build("mul", e, build("pow", b, e)), b)
    growth = build("mul", build("log1prel", ratio), build("exprel", build("mul", e, build("log1p", ratio))))
    return near, build("mul", c, build("mul", slope, growth)), (b, e)


def _of_exponents(context, t, e, f, below):
    """(t^e - t^f)/d = t^f·log t·exprel(d·log t), d = e - f, where t > 0 and |d·log t| < 2."""
    c = _ratio(context, e, f, below)
    if c is None:
        return None
    build, zero, unit = context.build, context.number(0, t), context.number(1, t)
    positive = build("gt", t, zero)
    logarithm = build("log", plain("select", positive, t, unit))
    d = build("mul", build("mul", c, below), logarithm)
    near = build("and", positive, _close(context, d, f))
    d, t = plain("select", near, d, zero), plain("select", near, t, unit)
    power = build("mul", build("pow", t, f), build("mul", build("log", t), build("exprel", d)))
    return near, build("mul", c, power), (t, f)


_FORMS = {"exp": _by(_exponential, _close), "sigmoid": _by(_sigmoid, _close), "tanh": _by(_tanh, _close),
          "sin": _by(_sine, _close), "cos": _by(_cosine, _close), "tan": _by(_tangent, _close),
          "sinh": _by(_hyperbolic_sine, _close), "cosh": _by(_hyperbolic_cosine, _close),
          "atan": _by(_arctangent, _close), "log": _by(_logarithm, _beside), "log1p": _by(_log1p, _beside_minus_one),
          "sqrt": _by(_square_root), "cbrt": _by(_cube_root), "pow": _power}
_ALONE = {"log": _of_quotient, "sin": _alone(_sine_alone), "tan": _alone(_tangent), "tanh": _alone(_tanh),
          "sinh": _alone(_hyperbolic_sine)}
FORMS_OF = frozenset(("add", "sub", *_ALONE))

_same = z*exp(y*z)*call("exprel")(z*(x - y))
Rule("(exp(x*z) - exp(y*z))/(x - y)", (exp(x*z) - exp(y*z))/(x - y), _same,
     "0/0 where x = y; the derivatives cancel beside it", {"x": 1.0, "y": 1.0, "z": 1.0},
     find=_divided_difference, roots=("mul", "div"), having=tuple({**_FORMS, **_ALONE}), typed=True)
Rule("exp(x*z)/(x - y) - exp(y*z)/(x - y)", exp(x*z)/(x - y) - exp(y*z)/(x - y), _same,
     "inf - inf where x = y; the terms and their derivatives cancel beside it", {"x": 1.0, "y": 1.0 + 1e-9, "z": 1.0},
     find=_over_one_divisor, roots=("add", "sub"), having=tuple(_FORMS), loses="close", typed=True)
