"""fold: outputs go in; the same values come out with numbers combined, signs moved outwards and repetition moved last.

Needs:    any graph.
Promises: equal values up to a saved rounding and the sign of a zero; nan and inf stay where they were; never more
          operations; a + b and b + a are one node; what is folded stays as it is.
"""
from ..graph import rebuild
from ..primitives.record import Elementwise
from .algebra import again
from .settle import settled


def fold(outputs):
    """The outputs in their simplest equal form."""
    return settled(outputs, _folded)


def _folded(outputs):
    """One sweep, node by node, inputs first."""
    first = {}

    def change(node, inputs):
        if not inputs:
            return node
        new = again(node, inputs)
        if type(new.op) is Elementwise and new.op.commutative and len(new.inputs) == 2:
            a, b = new.inputs
            return first.setdefault((new.op, *((a, b) if id(a) < id(b) else (b, a))), new)
        return new

    return rebuild(outputs, change)
