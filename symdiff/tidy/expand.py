"""Outputs of a graph go in; the same with sums multiplied out, entry by entry, comes out."""
from ..graph import make, rebuild, same
from ..primitives.record import TABLE
from .terms import MOST_TERMS, flat


def expanded(outputs):
    """a·(b + c) as a·b + a·c, (a + b)/c as a/c + b/c, wherever no more than MOST_TERMS terms come of it."""
    def change(old, inputs):
        node = same(old, inputs)
        return _terms_of(node) if node.op.name in ("mul", "div", "neg") else node

    return rebuild(outputs, change)


def _terms_of(node):
    name, (first, *rest) = node.op.name, node.inputs
    terms = [flat(i) for i in ((first, *rest) if name == "mul" else (first,))]
    count = 1
    for one in terms:
        count = count*len(one) if one else MOST_TERMS + 1
    if not 1 < count <= MOST_TERMS:
        return node
    if name == "mul":
        parts = [(s*t, make(node.op, (a, b))) for s, a in terms[0] for t, b in terms[1]]
    else:
        parts = [(-s if name == "neg" else s, a if name == "neg" else make(node.op, (a, *rest))) for s, a in terms[0]]
    total = None
    for sign, part in parts:
        if total is None:
            total = part if sign > 0 else make(TABLE["neg"], (part,))
        else:
            total = make(TABLE["add" if sign > 0 else "sub"], (total, part))
    return total
