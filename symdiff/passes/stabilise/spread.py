"""Formulas as a whole: a sum goes in and its terms come out; nodes below one go in and others stand there instead."""
from fractions import Fraction as Ratio

from ...graph import same
from ...primitives.leaf import CONSTANT
from ...primitives.record import Elementwise
from ..numbers import rational


MOST = 24                                   # terms, or sums, of a sum that is looked at as a whole


def spread(node, limit=MOST):
    """[(coefficient, term)] of a sum, numbers in front of brackets multiplied out; [] when there are too many."""
    terms, stack = {}, [(Ratio(1), node)]
    while stack:
        c, top = stack.pop()
        name = top.op.name
        if name in ("add", "sub"):
            stack += [(-c if name == "sub" else c, top.inputs[1]), (c, top.inputs[0])]
        elif name == "neg":
            stack.append((-c, top.inputs[0]))
        elif name == "mul" and (value := rational(top.inputs[0])):
            stack.append((c*value, top.inputs[1]))
        elif name == "mul" and (value := rational(top.inputs[1])):
            stack.append((c*value, top.inputs[0]))
        else:
            terms[top] = terms.get(top, 0) + c
        if len(stack) + len(terms) > limit:
            return []
    return [(c, t) for t, c in terms.items() if c]


def substituted(node, new):
    """The node with others in place of some below it, as {node: what stands there instead}."""
    new, stack = dict(new), [node]
    while stack:
        top = stack[-1]
        if top in new:
            stack.pop()
            continue
        below = top.inputs if type(top.op) is Elementwise and top.op is not CONSTANT else ()
        waiting = [i for i in below if i not in new]
        if waiting:
            stack += waiting
        else:
            new[stack.pop()] = same(top, tuple([new[i] for i in below])) if below else top
    return new[node]
