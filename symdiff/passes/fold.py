"""fold: outputs go in; the same values come out with numbers combined, signs moved outwards and repetition moved last.

Needs:    any graph.
Promises: equal values up to a saved rounding and the sign of a zero; nan and inf stay where they were; never more
          operations; a + b and b + a are one node; what is folded stays as it is.
"""
from ..graph import order
from ..primitives.record import Elementwise
from .algebra import again
from .settle import settled


def fold(outputs):
    """The outputs in their simplest equal form."""
    return settled(outputs, _folded)


def _folded(outputs):
    """One sweep, node by node, inputs first."""
    new, first = {}, {}
    for node in order(outputs):                             # `rebuild`, without a function call for each node
        one, inputs = node, node.inputs
        if inputs:
            changed = tuple([new[i] for i in inputs])
            if not node.settled or changed != inputs:
                one = again(node, changed)
            op = one.op
            if type(op) is Elementwise and op.commutative and len(one.inputs) == 2:
                a, b = one.inputs
                one = first.setdefault((op, a, b) if id(a) < id(b) else (op, b, a), one)
        new[node] = one
    return tuple([new[o] for o in outputs])
