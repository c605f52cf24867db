"""Outputs go in; the same with each input that is repeated along axes as an input of its own come out, and the way back.

Elsewhere f(r repeated) is f(r), repeated: computed once.  There the rules would not see f: not the other log-gamma in
lgamma(y + r) - lgamma(r) repeated, nor the choice that a rule has made of x**y - 1 before.
"""
from ...graph import digest, make, order, rebuild, same
from ...primitives.leaf import CONSTANT, INPUT, constant, input
from ...primitives.record import Elementwise
from ..algebra import again
from ..repetition import stretched


def apart(outputs):
    """(outputs, {input made for it: the repeated one}); formulas of inputs and numbers are repeated input by input."""
    nodes, of_inputs, new, back = order(outputs), set(), {}, {}
    for node in nodes:
        if node.op in (INPUT, CONSTANT) or type(node.op) is Elementwise and of_inputs.issuperset(node.inputs):
            of_inputs.add(node)
        view = stretched(node)
        if view is not None and view[0] in of_inputs and view[0].op is not CONSTANT and len(view[1]) < len(view[2]):
            new[node] = _repeated(view[0], node, back)
        else:
            new[node] = same(node, tuple([new[i] for i in node.inputs]))
    return tuple([new[o] for o in outputs]), back


def _repeated(formula, like, back):
    """The formula with each input repeated as `like` repeats the whole."""
    def change(node, inputs):
        if node.op is CONSTANT:
            return constant(node.attributes[0], like.sizes)
        if node.op is INPUT:
            whole = make(like.op, (node,), like.attributes)
            found = input("\0" + digest(whole).hex(), like.sizes)
            back[found] = whole
            return found
        return make(node.op, inputs, node.attributes)

    return rebuild((formula,), change)[0]


def together(outputs, back):
    """Outputs with the repeated inputs in place of those made for them, and what is repeated computed once."""
    return rebuild(outputs, lambda node, inputs: back.get(node) or again(node, inputs)) if back else outputs
