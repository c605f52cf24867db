"""Rewrites of logarithms of weighted sums of exponentials along axes, whose weights may have any sign.

    log Σ p·exp(u) = m + log Σ p·exp(u - m),    m the largest u where p is not 0, to the nearest multiple of 1024

m is a step, whose derivative is 0, as that of the whole by m is; it is 0 where exp is far from the ends of its range.
Of running sums no weight is asked, and the steps are 512: the squares in second derivatives are in the range, too.
"""
from ...graph import make, same
from ...primitives.contraction import contract, is_movement
from ...primitives.leaf import constant, is_constant
from ...primitives.reduction import CUMSUM, MAX_REDUCE
from .moments import moments, placed, read, scaled
from ..algebra import build as plain
from .pattern import Var, call, exp, log
from .picked import is_pick
from .rule import Rule
from .spread import spread

x, y, a, b, p = map(Var, "xyabp")
total, largest = map(call, ("sum", "max_reduce"))
TERMS = 6                                   # of a sum that is not along an axis
STEP = 1024                                 # exp(±512) is in the range, times what is between 1e-85 and 1e85, too
EXPONENTIALS = frozenset(("exp", "softmax"))
LAST = 708                                  # exp of more is not in the range; where a weight is 0 u - m may be larger


def _log_of_weighted(context, node):
    """m + log(K·Σ p·exp(u - m)) for log(K·Σ p·exp(u)); of several exponentials over other axes, each is shifted."""
    inner = _unmasked(context, node.inputs[0])
    places = tuple(range(len(node.sizes)))
    factors = read((inner, places))
    found = [pair for pair in moments(factors.powers) if _has_exponential(pair[0])] if factors is not None else []
    if len(found) != 1 or found[0][1] != 1:
        return None
    one, length = found[0][0], {}
    for operand, own in zip(one.node.inputs, one.places):
        length.update(zip(own, operand.sizes))
    weights, exponents = _grouped(context, one, length)
    if any(_is_shifted(u) for u in exponents.values()) or all(_is_mild(context, u) for u in exponents.values()):
        return None
    operands, shifts = [*weights.items()], []
    for labels, u in exponents.items():
        zeros = _with_zeros(context, labels, u, weights)
        m, there = _shift(context, one, labels, u, zeros)
        v = context.build("sub", u, contract([m], [there], labels, length))
        for weight in zeros:
            v = context.build("select", weight, v, context.build("minimum", v, context.number(LAST, v)))
        operands.append((labels, context.build("exp", v)))
        shifts.append(contract([m], [there], places, dict(enumerate(node.sizes))))
    value = contract([operand for _, operand in operands], [labels for labels, _ in operands], places,
                     {**length, **dict(enumerate(node.sizes))})
    kept = factors.without({(one.node, one.labels): 1})
    value = scaled(context, node, factors.number*one.inner.number, factors.length*one.inner.length,
                   [(value, 1), *placed(kept, node)])
    value = context.build("log", value)
    for m in shifts:
        value = context.build("add", m, value)
    return value


def _unmasked(context, node):
    """With (c ? w : 0)·exp(c ? u : -∞) for c ? w·exp(u) : 0 in what is multiplied and summed; also for a softmax."""
    if node.op.name == "select" and is_constant(node.inputs[2], 0):
        condition, of, zero = node.inputs
        flat = context.matcher.factors(of)
        found = [one for one in flat[1] if one[0].op.name in EXPONENTIALS and one[1] == 1] if flat is not None else []
        if len(found) == 1:
            u = _exponent(context, found[0][0])
            masked = context.build("exp", plain("select", condition, u, constant(-float("inf"), u.sizes)))
            rest = [one for one in flat[1] if one is not found[0]]
            if flat[0] == 1 and not rest:
                return masked
            return plain("mul", plain("select", condition, context.product(flat[0], rest, of), zero), masked)
    elif node.op.name in ("mul", "div", "neg", "contract") or is_pick(node):
        return same(node, tuple([_unmasked(context, i) for i in node.inputs]))
    return node


def _has_exponential(one):
    return any(base.op.name in EXPONENTIALS for base, _ in one.inner.powers)


def _exponent(context, base):
    """The u of exp(u), or of softmax(x) its logarithm; else None."""
    if base.op.name not in EXPONENTIALS:
        return None
    return base.inputs[0] if base.op.name == "exp" else context.build("log", base)


def _grouped(context, one, length):
    """({labels: product of the weights over these axes}, {labels: sum of the exponents}) of what is summed."""
    weights, exponents = {}, {}
    for (base, own), power in one.inner.powers.items():
        labels = tuple(dict.fromkeys([c for c in (*one.labels, *one.lengths) if c in own]))
        entries = _exponent(context, base) if base.op.name in EXPONENTIALS else base
        entries = contract([entries], [own], labels, length)
        if base.op.name not in EXPONENTIALS:
            weights.setdefault(labels, []).append((entries, power))
            continue
        if power != 1:
            entries = context.build("mul", context.number(power, entries), entries)
        exponents[labels] = context.build("add", exponents[labels], entries) if labels in exponents else entries
    return {labels: context.product(1, parts, parts[0][0]) for labels, parts in weights.items()}, exponents


def _with_zeros(context, labels, u, weights):
    """The weights over some of the axes of u that may be 0, repeated to its sizes."""
    return [contract([weight], [own], labels, dict(zip(labels, u.sizes))) for own, weight in weights.items()
            if set(own) <= set(labels) and not context.ranges(weight).nonzero]


def _shift(context, one, labels, u, zeros):
    """(m, labels of its axes)."""
    front = tuple([c for c in labels if c not in one.lengths])
    gone = tuple([c for c in labels if c in one.lengths])
    for weight in zeros:
        u = context.build("select", weight, u, constant(-float("inf"), u.sizes))
    top = make(MAX_REDUCE, (contract([u], [labels], front + gone),), (len(gone),)) if gone else u
    return _to_a_step(context, top), front


def _to_a_step(context, top, size=STEP):
    """The multiple of a size next to the largest u; 0 where that is infinite."""
    build, step = context.build, context.number(size, top)
    near = build("mul", step, build("round", build("div", top, step)))
    return build("select", build("lt", build("abs", top), constant(float("inf"), top.sizes)), near,
                 context.number(0, top))


def _is_mild(context, u):
    """Is exp(u) known to be far from the ends of the range?"""
    known = context.ranges(u)
    return -STEP/2 <= known.low and known.high <= STEP/2


def _is_shifted(u):
    """Is the largest entry taken away, here or by hand?"""
    stack = [u]
    while stack:
        node = stack.pop()
        if node.op is MAX_REDUCE or node.op.name == "round":
            return True
        if node.op.name in ("add", "sub", "neg", "mul", "select") or is_movement(node):
            stack += node.inputs
    return False


def _log_of_running(context, node):
    """m + log cumsum(p·exp(u - m)) for log cumsum(p·exp(u)), m the largest u of all along the axis."""
    inner, build = node.inputs[0], context.build
    flat = context.matcher.factors(inner.inputs[0]) if inner.op is CUMSUM else None
    exponents = [] if flat is None else [(one, p) for one, p in [(_exponent(context, b), p) for b, p in flat[1]] if one]
    if not exponents:
        return None
    u = None
    for one, p in exponents:
        one = build("mul", context.number(p, one), one)
        u = one if u is None else build("add", u, one)
    if _is_shifted(u) or _is_mild(context, u):
        return None
    places = tuple(range(len(u.sizes)))
    m = _to_a_step(context, make(MAX_REDUCE, (u,), (1,)), STEP//2)
    m = contract([m], [places[:-1]], places, dict(enumerate(u.sizes)))
    rest = [(base, p) for base, p in flat[1] if not _exponent(context, base)]
    terms = context.product(flat[0], [*rest, (build("exp", build("sub", u, m)), 1)], u)
    return build("add", m, build("log", make(CUMSUM, (terms,), inner.attributes)))


def _log_of_terms(context, node):
    """m + log Σ w·exp(u - m) for log Σ w·exp(u) of a few terms, where a w may be 0 or below."""
    parts = [_weighted(context, c, term) for c, term in spread(node.inputs[0], TERMS)]
    if len(parts) < 2 or None in parts or all(context.ranges.positive(w) for w, _ in parts):
        return None
    exponents = [u for _, u in parts if not is_constant(u)]
    if not exponents or any(_is_shifted(u) for u in exponents) or all(_is_mild(context, u) for u in exponents):
        return None
    if len(exponents) < len(parts) and all(context.ranges(u).high <= 0 for u in exponents):
        return None                                             # a number is the largest as it is
    build, tops = context.build, []
    for w, u in parts:
        tops.append(u if context.ranges(w).nonzero else build("select", w, u, constant(-float("inf"), u.sizes)))
    m = tops[0]
    for top in tops[1:]:
        m = build("maximum", m, top)
    m = _to_a_step(context, m, 1)
    value = None
    for (w, u), top in zip(parts, tops):
        v = build("sub", u, m)
        if top is not u:
            v = build("select", w, v, build("minimum", v, context.number(LAST, v)))
        term = build("mul", w, build("exp", v))
        value = term if value is None else build("add", value, term)
    return build("add", m, build("log", value))


def _weighted(context, c, term):
    """(w, u) with c·term = w·exp(u)."""
    flat = context.matcher.factors(term)
    if flat is None:
        return None
    u, rest = context.number(0, term), []
    for base, p in flat[1]:
        if base.op.name in ("exp", "sigmoid"):
            one = base.inputs[0] if base.op.name == "exp" else context.build("log", base)
            u = context.build("add", u, context.build("mul", context.number(p, term), one))
        else:
            rest.append((base, p))
    return context.product(c*flat[0], rest, term), u


running = call("cumsum")
Rule("log(cumsum(exp(x)))", log(running(exp(x))), largest(x) + log(running(exp(x - largest(x)))),
     "exp overflows above 709 and is 0 below -745", {"x": (-1250.0, -1200.0)}, find=_log_of_running, roots=("log",))
Rule("log(sum(p*exp(x)))", log(total(p*exp(x))), largest(x) + log(total(p*exp(x - largest(x)))),
     "exp overflows above 709 and is 0 below -745", {"x": (-1250.0, -1200.0), "p": (0.25, 0.75)},
     find=_log_of_weighted, roots=("log",))
Rule("log(a*exp(x) + b*exp(y))", log(a*exp(x) + b*exp(y)), x + log(a + b*exp(y - x)),
     "exp overflows above 709 and is 0 below -745", {"x": -800.0, "y": -801.0, "a": 1.0, "b": -0.5}, find=_log_of_terms,
     roots=("log",))
