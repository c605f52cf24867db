"""Rewrites along axes: logsumexp, softmax and log_softmax; logarithms of products; inverses and determinants."""
from ...graph import make
from ...primitives import build
from ...primitives.contraction import CONTRACT, contract, is_movement
from ...primitives.leaf import is_constant
from ...primitives.record import TABLE
from ...primitives.reduction import LOG_SOFTMAX, LOGSUMEXP, SOFTMAX, along_axes
from ...primitives.reduction import prod as prod_of
from ..repetition import stretched
from .pattern import Var, call, exp, log
from .rule import Rule, is_already

x, m, t, A, b = map(Var, "xmtAb")
total, logsumexp, softmax, log_softmax = map(call, ("sum", "logsumexp", "softmax", "log_softmax"))
inv, det, solve, prod, sign_det, log_abs_det, matmul = map(
    call, ("inv", "det", "solve", "prod", "sign_det", "log_abs_det", "matmul"))


def summed(node):
    """(operand, its axes that are summed, labels of operand and result) when the node sums one operand; else None."""
    if node.op is not CONTRACT or len(node.inputs) != 1 or is_movement(node):
        return None
    (labels,), out, lengths = node.attributes
    if len(set(out)) != len(out) or len(set(labels)) != len(labels):
        return None
    return node.inputs[0], tuple([k for k, c in enumerate(labels) if c not in out]), labels, out, lengths


def log_total(context, node):
    """log Σ exp(u) as logsumexp(u) when the node is such a sum over axes; else None."""
    from .exponentials import exponent
    view = summed(node)
    if view is None:
        return None
    operand, axes, labels, out, lengths = view
    u = exponent(context, 1, operand)
    if u is None:
        return None
    kept = tuple([c for c in out if c in labels])
    gone = tuple([labels[k] for k in axes])
    moved = contract([u], [labels], kept + gone)
    return contract([make(LOGSUMEXP, (moved,), (len(gone),))], [kept], out, dict(enumerate(lengths)))


def _log_of_total(context, node):
    return log_total(context, node.inputs[0])


Rule("log(sum(exp(x)))", log(total(exp(x))), logsumexp(x), "exp overflows above 709 and is 0 below -745",
     {"x": (800.0, 799.0)}, find=_log_of_total, roots=("log",))


def _back_along(node):
    """(reduced node, axes) when the node is a reduced node repeated over `axes` of its own: the rest in their order."""
    view = stretched(node)
    if view is None:
        return None
    operand, labels, out = view
    kept = [c for c in labels if c in out]
    if [c for c in out if c in labels] != kept:
        return None
    return operand, tuple([k for k, c in enumerate(out) if c not in labels])


def _total_in_place(node):
    """(operand, axes) when the node is the sum of the operand over axes, repeated along them: else None."""
    back = _back_along(node)
    view = summed(back[0] if back else node)
    if view is None:
        return None
    operand, axes, labels, out, _ = view
    repeated = back[1] if back else ()
    if back:
        out = tuple([c for c in out if c in labels])
    return (operand, axes) if axes == repeated and [c for c in labels if c in out] == list(out) else None


def _share_of_total(context, node):
    """exp(u)/Σ exp(u) along axes, with any further factors left in place."""
    flat = context.matcher.factors(node)
    if flat is None:
        return None
    coefficient, factors = flat
    for k, (base, power) in enumerate(factors):
        if power > -1 or power.denominator != 1 or base.op is not CONTRACT:
            continue
        found = _total_in_place(base)
        if found is None:
            continue
        operand, axes = found
        for j, (one, p) in enumerate(factors):
            if one is not operand or p < 1 or one.op.name != "exp":
                continue
            rest = [(f, e) for i, (f, e) in enumerate(factors) if i not in (j, k)] + [(base, power + 1), (one, p - 1)]
            share = context.settled(along_axes(SOFTMAX, one.inputs[0], axes))
            return context.product(coefficient, [(share, 1), *rest], node)
    return None


Rule("exp(x)/sum(exp(x))", exp(x)/total(exp(x)), softmax(x), "inf/inf above 709 and 0/0 below -745",
     {"x": (800.0, 799.0)}, find=_share_of_total, roots=("mul", "div"), having=("contract",))


def _log_softmax(context, node):
    """log(softmax(x)), and exp(log_softmax(x))."""
    inner = node.inputs[0]
    wanted, other = ("softmax", LOG_SOFTMAX) if node.op.name == "log" else ("log_softmax", SOFTMAX)
    if inner.op.name == wanted:
        return make(other, inner.inputs, inner.attributes)
    if is_movement(inner) and inner.inputs and inner.inputs[0].op.name == wanted and stretched(inner) is not None:
        block = inner.inputs[0]
        moved = make(other, block.inputs, block.attributes)
        return contract([moved], inner.attributes[0], inner.attributes[1], dict(enumerate(inner.attributes[2])))
    return None


Rule("log(softmax(x))", log(softmax(x)), log_softmax(x), "softmax is 0 where x is 745 below the largest",
     {"x": (800.0, 0.0)}, find=_log_softmax, roots=("log",))
Rule("exp(log_softmax(x))", exp(log_softmax(x)), softmax(x), "one block instead of two", simpler=True,
     find=_log_softmax, roots=("exp",))


def _less_logsumexp(context, node):
    """x - logsumexp(x), repeated, is log_softmax(x)."""
    one, other = node.inputs
    back = _back_along(other)
    if back is None or back[0].op is not LOGSUMEXP:
        return None
    reduced, axes = back
    count = reduced.attributes[0]
    rank = len(node.sizes)
    if len(axes) != count:
        return None
    order = tuple([k for k in range(rank) if k not in axes]) + axes
    if contract([one], [tuple(range(rank))], order) is not reduced.inputs[0]:
        return None
    return along_axes(LOG_SOFTMAX, one, axes)


Rule("x - logsumexp(x)", x - logsumexp(x), log_softmax(x), "the difference cancels where x is large",
     {"x": (1e17, 1e17)}, find=_less_logsumexp, roots=("sub",), having=("contract",))


def _shift(node, count):
    """(rest, the shift without the last `count` axes) when the node is rest - shift, equal along those axes."""
    difference = node.inputs[0] if is_movement(node) and node.inputs else node
    if difference.op.name != "sub":
        return None
    rest, repeated = difference.inputs
    if difference is not node:
        subs, out, lengths = node.attributes
        rest, repeated = [contract([i], subs, out, dict(enumerate(lengths))) for i in (rest, repeated)]
    view = stretched(repeated)
    if view is None:
        return None
    operand, labels, out = view
    front = out[:len(out) - count]
    if any(c in out and c not in front for c in labels):
        return None
    return rest, contract([operand], [labels], front, dict(zip(out, repeated.sizes)))


def _shift_dropped(context, node):
    """softmax and log_softmax do not change when all entries along their axes are shifted by one number."""
    parts = _shift(node.inputs[0], node.attributes[0])
    return None if parts is None else make(node.op, (parts[0],), node.attributes)


Rule("softmax(x - m)", softmax(x - m), softmax(x), "the shift is made anyway, and its derivative is 0", simpler=True,
     find=_shift_dropped, roots=("softmax", "log_softmax"))


def _shift_cancelled(context, node):
    """logsumexp(x - m) + m = logsumexp(x)."""
    for one, other in (node.inputs, node.inputs[::-1]):
        moved = None if one.op is LOGSUMEXP else stretched(one)
        reduced = one if moved is None else moved[0]
        if reduced.op is not LOGSUMEXP:
            continue
        parts = _shift(reduced.inputs[0], reduced.attributes[0])
        if parts is None:
            continue
        rest, shift = parts
        again = make(LOGSUMEXP, (rest,), reduced.attributes)
        if moved is not None:
            length = dict(enumerate(one.attributes[2]))
            again, shift = [contract([p], one.attributes[0], one.attributes[1], length) for p in (again, shift)]
        if shift is other:
            return again
    return None


Rule("logsumexp(x - m) + m", logsumexp(x - m) + m, logsumexp(x), "the shift is made anyway, and its derivative is 0",
     simpler=True, find=_shift_cancelled, roots=("add",), having=("logsumexp", "contract"))


# products and matrices

def _factors(node):
    """The array whose product along its last axis the node is, as primitives.reduction.prod makes it; else None."""
    view = stretched(node)
    if view is not None and view[1][:-1] != view[2]:
        return None
    last = view[0] if view else node
    if last.op.name != "slice" or last.inputs[0].op.name != "recurrence" or last.inputs[0].attributes != (0,):
        return None
    a, b = last.inputs[0].inputs
    if a.op.name != "pad" or b.op.name != "pad":
        return None
    if a.attributes[1:] != ((((1, 1),),),) or b.attributes[1:] != ((((0, 1),),),):
        return None
    x, one = a.inputs[0], b.inputs[0]
    return x if last.attributes == ((x.sizes[-1], 1, 1),) and is_constant(one, 1) and one.sizes[-1] == 1 else None


def _log_of_product(context, node):
    """log Π x = Σ log|x| + log Π sign(x): of positive x the first sum."""
    inner = node.inputs[0]
    x = _factors(inner)
    if x is None or is_already("sign", x):
        return None
    last, keep = (len(x.sizes) - 1,), inner.op.name == "slice"
    if context.ranges.positive(x):
        return build.total(context.build("log", x), last, keep)
    logs = build.total(context.build("log", context.build("abs", x)), last, keep)
    return context.build("add", logs, context.build("log", prod_of(context.build("sign", x), last, keep)))


Rule("log(prod(x))", log(prod(x)), total(log(call("abs")(x))) + log(prod(call("sign")(x))),
     "the product over- or underflows where its logarithm does not", {"x": (1e200, 1e200)},
     find=_log_of_product, roots=("log",))


def _log_of_det(context, node):
    """log(det A): nan stays where the determinant is negative."""
    inner = node.inputs[0]
    if inner.op.name != "det":
        return None
    size, sign = [make(TABLE[name], inner.inputs, ()) for name in ("log_abs_det", "sign_det")]
    return context.build("add", size, context.build("log", sign))


Rule("log(det(A))", log(det(A)), log_abs_det(A) + log(sign_det(A)), "the determinant over- or underflows",
     {"A": ((1e200, 0.0), (0.0, 1e200))}, find=_log_of_det,
     roots=("log",))


def _inverse_times(context, node):
    """inv(A) @ b = solve(A, b), and inv(A).T @ b likewise; one matrix A, b a vector or a matrix."""
    if len(node.inputs) != 2:
        return None
    subs, out, lengths = node.attributes
    for k in (0, 1):
        inverse, other = node.inputs[k], node.inputs[1 - k]
        own, labels = subs[k], subs[1 - k]
        if inverse.op.name != "inv" or len(own) != 2 or len(labels) > 2 or len(set(labels)) != len(labels):
            continue
        for transposed, (kept, gone) in enumerate((own, own[::-1])):
            if gone in out or gone not in labels or kept not in out or kept in labels:
                continue
            rest = tuple([c for c in labels if c != gone])
            column = ("one", 0)
            right = contract([other], [labels], (gone,) + (rest or (column,)), {column: 1})
            value = make(TABLE["solve"], (inverse.inputs[0], right), (transposed,))
            return contract([value], [(kept,) + (rest or (column,))], out, dict(enumerate(lengths)))
    return None


Rule("inv(A) @ b", matmul(inv(A), b), solve(A, b), "an inverse costs more, and its errors are multiplied by b",
     simpler=True, find=_inverse_times, roots=("contract",))


def _twice_inverted(context, node):
    inner = node.inputs[0]
    return inner.inputs[0] if inner.op.name == "inv" else None


Rule("inv(inv(A))", inv(inv(A)), A, "two factorisations for nothing", simpler=True, find=_twice_inverted,
     roots=("inv",))
