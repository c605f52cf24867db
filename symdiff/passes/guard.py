"""guard: outputs go in; the same come out with every choice outside the product that it stands in."""
from ..graph import order, rebuild
from ..primitives.contraction import CONTRACT, contract, is_movement
from ..primitives.leaf import CONSTANT, constant, number
from ..primitives.record import TABLE
from .algebra import again, simplified
from .repetition import stretched
from .settle import settled

_LINEAR = frozenset(("mul", "div", "neg"))
_CHOICE = TABLE["select"]


def guard(outputs):
    """Keep the branch not taken out of the gradient.

    A partial may be infinite where its branch is not taken, and 0 · inf is nan, as for
    Piecewise((log(x), x > 0), (0, True)) at 0.  So the choice is moved outside the product:

        select(c, a, 0) · b                       becomes    select(c, a · b, 0)
        (select(c, a, 0) + select(d, b, 0)) · p   becomes    select(c or d, (…) · p, 0)
        select(c, a, 0) + select(c, b, 0)         becomes    select(c, a + b, 0)
        select(c, a, 0) + select(c, 0, b)         becomes    select(c, a, b)
        Σ select(c, a, 0) · b                     becomes    select(c, Σ a · b, 0)   if c does not vary along the sum

    Needs:    a graph after `derive`.
    Promises: equal values wherever the old one was finite; never more products; what is guarded stays as it is.
    """
    if not any([node.op is _CHOICE for node in order(outputs)]):
        return tuple(outputs)
    return settled(outputs, lambda now: rebuild(now, _outside))


def _outside(node, inputs):
    """The node on new inputs, the choice in them outside of it."""
    name = node.op.name
    if name in _LINEAR:
        new = _product(name, inputs)
    elif name == "add" or name == "sub":
        new = _sum(name, inputs)
    elif node.op is CONTRACT:
        new = _contraction(inputs, node.attributes)
    else:
        new = None
    return again(node, inputs) if new is None else new


def _is_zero(node):
    return node.op is CONSTANT and number(node) == 0            # -0.0 too


def choice(node):
    """(c, a) when the node is a where c holds and 0 elsewhere; else None."""
    if node.op is CONTRACT:
        return _repeated_choice(node)
    if node.op.name != "select":
        return None
    c, a, b = node.inputs
    if _is_zero(b):
        return c, a
    if _is_zero(a):
        return simplified(TABLE["not"], (c,)), b
    return None


def _repeated_choice(node):
    """`choice` of a choice that is repeated or moved."""
    if not (is_movement(node) and node.inputs and node.inputs[0].op.name == "select"):
        return None
    parts = choice(node.inputs[0])
    subs, out, lengths = node.attributes
    return parts and tuple([contract([p], subs, out, dict(enumerate(lengths))) for p in parts])


def _choice_of_sum(node):
    """`choice`, also of a sum of two choices: it is 0 where neither condition holds."""
    if node.op.name in ("add", "sub"):
        parts = [choice(i) for i in node.inputs]
        if None not in parts:
            (c, _), (d, _) = parts
            return simplified(TABLE["or"], (c, d)), node
    return choice(node)


def _select(c, a):
    return simplified(TABLE["select"], (c, a, constant(0, a.sizes)))


def _product(name, inputs):
    """The choice outside mul, neg and the numerator of div."""
    for k, one in enumerate(inputs[:1] if name == "div" else inputs):
        parts = _choice_of_sum(one)
        if parts is not None:
            c, a = parts
            return _select(c, simplified(TABLE[name], (*inputs[:k], a, *inputs[k + 1:])))
    return None


def _sum(name, inputs):
    parts = [choice(i) for i in inputs]
    if None in parts:
        return None
    (c, a), (d, b) = parts
    if c is d:
        return _select(c, simplified(TABLE[name], (a, b)))
    if d is simplified(TABLE["not"], (c,)) or c is simplified(TABLE["not"], (d,)):
        b = b if name == "add" else simplified(TABLE["neg"], (b,))
        return simplified(TABLE["select"], (c, a, b))
    return None


def _contraction(inputs, attributes):
    """The choice outside a contraction, where its condition depends on labels of the result only."""
    subs, out, lengths = attributes
    if len(set(out)) != len(out) or len(inputs) == 1 and all(c in out for c in subs[0]):
        return None
    for k, one in enumerate(inputs):
        parts = choice(one)
        if parts is None:
            continue
        condition, labels = _condition(parts[0], subs[k])
        if not set(labels) <= set(out):
            continue
        known = dict(enumerate(lengths))
        value = contract([*inputs[:k], parts[1], *inputs[k + 1:]], subs, out, known)
        return _select(contract([condition], [labels], out, known), value)
    return None


def _condition(c, labels):
    """The condition without the axes along which it is only repeated, and its labels."""
    view = stretched(c)
    if view is None:
        return c, labels
    operand, own, out = view
    if not set(own) <= set(out):
        return c, labels
    return operand, tuple([labels[out.index(p)] for p in own])
