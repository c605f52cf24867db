"""A sum goes in, its terms come out."""

MOST_TERMS = 24


def flat(node, inner=None, most=MOST_TERMS):
    """The terms of a sum as (sign, node), in order; None where they are more than `most`.

    `inner(node)` says whether a sum below the first is opened.
    """
    found, stack = [], [(1, node)]
    while stack:
        sign, top = stack.pop()
        name = top.op.name
        opened = top is node or inner is None or inner(top)
        if name in ("add", "sub") and opened:
            stack += [(sign if name == "add" else -sign, top.inputs[1]), (sign, top.inputs[0])]
        elif name == "neg" and opened:
            stack.append((-sign, top.inputs[0]))
        else:
            found.append((sign, top))
        if most is not None and len(found) + len(stack) > most:
            return None
    return found
