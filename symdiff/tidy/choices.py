"""Rules for one node at a time: choices that are maxima, clips or absolute values, and solutions of linear systems."""
from ..graph import make
from ..passes.ranges import Ranges
from ..primitives import build
from ..primitives.leaf import CONSTANT, is_constant
from ..primitives.record import TABLE
from .product import Joining, Product
from .ratio import ONE

SIDES = {"gt": (1, 0), "ge": (1, 0), "lt": (0, 1), "le": (0, 1)}       # which input is larger where it holds


def choice(t, node):
    """select(c, a, b), common factors outside, or one of the words that it spells out."""
    condition, a, b = node.inputs
    if _vanishes(t, condition, a, b):
        return a
    if _vanishes_elsewhere(t, condition, a, b):
        return b
    known = _word(t, condition, a, b)
    if known is not None:
        return known
    common, a_rest, b_rest = _common(t, a, b)
    inner = _word(t, condition, a_rest, b_rest)
    if inner is None:
        if common is None:
            return node
        inner = make(TABLE["select"], (condition, a_rest, b_rest))
    if common is None:
        return inner
    joining = Joining(common.c, common.length)
    joining.put(common.with_number(ONE), common.out)
    joining.put(t.opened(inner), common.out)
    return t.writing.spelled(joining.done(common.out, t.symmetry))


# -- what is nought where it is not chosen -----------------------------------------------------------------------------

def _vanishes(t, condition, a, b):
    """Is b nought, and a too where the condition does not hold: max(u, 0)·v with u > 0?"""
    return is_constant(b, 0) and condition.op.name in SIDES and _has_ramp(t, a, *_difference(condition))


def _vanishes_elsewhere(t, condition, a, b):
    return is_constant(a, 0) and condition.op.name in SIDES and _has_ramp(t, b, *reversed(_difference(condition)))


def _difference(condition):
    """(larger, smaller) where it holds."""
    k, m = SIDES[condition.op.name]
    return condition.inputs[1 - k], condition.inputs[1 - m]


def _has_ramp(t, node, larger, smaller):
    """Is max(larger, 0), with smaller 0, a factor, or max(-smaller, 0) with larger 0?"""
    for f, labels, p in t.opened(node).factors:
        if p <= 0 or labels != tuple(range(len(node.sizes))):
            continue
        if f.op.name == "relu" and is_constant(smaller, 0) and f.inputs[0] is larger:
            return True
        if f.op.name in ("maximum", "maximum_const") and _is_ramp(f.inputs, larger, smaller):
            return True
    return False


def _is_ramp(inputs, larger, smaller):
    return any(is_constant(zero, 0) and u is larger and is_constant(smaller, 0) for u, zero in (inputs, inputs[::-1]))


# -- what both branches have -------------------------------------------------------------------------------------------

def _common(t, a, b):
    """(product of the factors of both, what is left of each); None in the place of no common factor."""
    p, q = t.opened(a), t.opened(b)
    if p.is_diagonal or q.is_diagonal or not (p.c or q.c):
        return None, a, b
    if not p.c or not q.c:
        whole, swap = (p, False) if p.c else (q, True)
        shared = [f for f in whole.factors if not f[1] and f[2] > 0]
        if whole.c == 1 and not shared:
            return None, a, b
        common = Product(whole.c, tuple(shared), whole.out, whole.length)
        rest = _rest(t, whole, common)
        return (common, a, rest) if swap else (common, rest, b)
    if p.summed or q.summed:
        return None, a, b
    shared = [(n, labels, min(power, r)) for n, labels, power in p.factors for m, own, r in q.factors
              if m is n and own == labels and power > 0 and r > 0]
    c = p.c if p.c == q.c else ONE
    c = -c if p.c < 0 and q.c < 0 and c > 0 else c
    if not shared and c == 1:
        return None, a, b
    common = Product(c, tuple(shared), p.out, p.length)
    return common, _rest(t, p, common), _rest(t, q, common)


def _rest(t, product, common):
    """The product without the common factors."""
    joining = Joining(product.c/common.c, product.length)
    for f in product.factors:
        joining.factor(*f)
    for n, labels, p in common.factors:
        joining.factor(n, labels, -p)
    return t.writing.spelled(joining.done(product.out, t.symmetry))


# -- words -------------------------------------------------------------------------------------------------------------

def _word(t, condition, a, b):
    """max, min, abs, or a clip; None for another choice."""
    if condition.op.name not in SIDES:
        return None
    larger, smaller = _difference(condition)
    if larger.op.name == "abs":
        return _clipped(t, larger.inputs[0], smaller, b, a)
    if smaller.op.name == "abs":
        return _clipped(t, smaller.inputs[0], larger, a, b)
    for one, other, word in ((a, b, "maximum"), (b, a, "minimum")):
        if one is larger and other is smaller:
            return make(TABLE[word], (other, one) if one.op is CONSTANT else (one, other))
    if is_constant(smaller, 0) and a is larger and t.opened(b) == t.opened(a).times(-ONE):
        return make(TABLE["abs"], (a,))
    if is_constant(larger, 0) and b is smaller and t.opened(a) == t.opened(b).times(-ONE):
        return make(TABLE["abs"], (b,))
    return _between(larger, smaller, a, b)


def _clipped(t, u, bound, inside, outside):
    """u where |u| is below the bound, bound·sign(u) outside: clip(u, -bound, bound) = sign(u)·min(|u|, bound)."""
    sign = make(TABLE["sign"], (u,))
    if inside is not u or t.opened(outside) != t.opened(build.elementwise("mul", bound, sign)):
        if not _is_product_of(t, outside, bound, sign) or inside is not u:
            return None
    if Ranges().nonnegative(bound):
        low = t.writing.spelled(t.opened(bound).times(-ONE))
        return make(TABLE["minimum"], (make(TABLE["maximum"], (u, low)), bound))
    return build.elementwise("mul", sign, make(TABLE["minimum"], (make(TABLE["abs"], (u,)), bound)))


def _is_product_of(t, node, a, b):
    """Is the node a·b?"""
    joining = Joining()
    labels = tuple(range(len(node.sizes)))
    joining.put(t.opened(a), labels)
    joining.put(t.opened(b), labels)
    wanted, found = joining.done(labels, t.symmetry), t.opened(node)
    return wanted.c == found.c and set(wanted.factors) == set(found.factors)


def _between(larger, smaller, a, b):
    """select(u > c, c, max(u, d)) with numbers d ≤ c is min(max(u, d), c), and the same downwards."""
    if a is smaller and b.op.name == "maximum" and b.inputs[0] is larger and _ordered(b.inputs[1], a):
        return make(TABLE["minimum"], (b, a))
    if a is larger and b.op.name == "minimum" and b.inputs[0] is smaller and _ordered(a, b.inputs[1]):
        return make(TABLE["maximum"], (b, a))
    return None


def _ordered(low, high):
    """Is it known that low ≤ high?"""
    ranges = Ranges()
    if low.op.name == "neg" and low.inputs[0] is high:
        return ranges.nonnegative(high)
    return ranges(low).high <= ranges(high).low
