"""What is repeated along an axis: a node goes in, what it repeats comes out; an elementwise one moves below repetition."""
from ..graph import make
from ..primitives.contraction import CONTRACT, contract
from ..primitives.leaf import CONSTANT, constant


def stretched(node):
    """(operand, labels of the operand, labels of the node) when the node only repeats or moves axes; else None.

    Axes of the literal length 1 may go.  A sum that is repeated is the sum, an operand of its own, repeated.
    """
    if node.op is not CONTRACT:
        return None
    subs, out, lengths = node.attributes
    if len(set(out)) != len(out):
        return None
    if len(subs) == 1 and len(set(subs[0])) == len(subs[0]) and all([c in out or lengths[c] == 1 for c in subs[0]]):
        return node.inputs[0], subs[0], out
    carried = tuple([c for c in out if any([c in labels for labels in subs])])
    if not subs or len(carried) == len(out):
        return None
    return contract(node.inputs, subs, carried, dict(enumerate(lengths))), carried, out


def narrowed(op, inputs, simplified):
    """f(a repeated, b repeated) as f(a, b) repeated, over the axes that some input has; None when all have them."""
    views = []
    for i in inputs:
        if i.op is CONSTANT:
            views.append(None)
            continue
        view = stretched(i)
        if view is None:
            return None
        views.append(view)
    sizes = inputs[0].sizes
    rank = len(sizes)
    present = sorted({v[2].index(c) for v in views if v for c in v[1] if c in v[2]})
    moved = all(v is None or v[1] == views[[bool(x) for x in views].index(True)][1] for v in views)
    if len(present) == rank and not (moved and len({v[1:] for v in views if v}) == 1 and rank > 1):
        return None
    small = []
    if len(present) == rank:                        # one transposition of all of them
        labels, out = next(v[1:] for v in views if v)
        if len(labels) != rank:
            return None
        for i, v in zip(inputs, views):
            small.append(constant(i.attributes[0], tuple([sizes[out.index(c)] for c in labels])) if v is None else v[0])
        return contract([simplified(op, tuple(small))], [labels], out)
    kept = tuple([sizes[k] for k in present])
    for i, v in zip(inputs, views):
        if v is None:
            small.append(constant(i.attributes[0], kept))
            continue
        operand, labels, out = v
        place = tuple([out[k] for k in present])
        small.append(contract([operand], [labels], place, {c: sizes[out.index(c)] for c in place}))
    inner = simplified(op, tuple(small))
    return contract([inner], [tuple(present)], tuple(range(rank)), dict(enumerate(sizes)))


def below_reshape(op, inputs, simplified):
    """f(a reshaped, b reshaped) as f(a, b) reshaped, when all are reshaped alike; else None."""
    first = next(i for i in inputs if i.op.name == "reshape")
    inner = first.inputs[0].sizes
    for i in inputs:
        if i.op is CONSTANT:
            continue
        if i.op is not first.op or i.attributes != first.attributes or i.inputs[0].sizes != inner:
            return None
    small = [constant(i.attributes[0], inner) if i.op is CONSTANT else i.inputs[0] for i in inputs]
    return make(first.op, (simplified(op, tuple(small)),), first.attributes)
