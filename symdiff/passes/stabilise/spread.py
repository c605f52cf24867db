"""A sum goes in; its terms, numbers in front of brackets multiplied out, come out."""
from fractions import Fraction as Ratio

from ..numbers import rational


def spread(node, limit=24):
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
