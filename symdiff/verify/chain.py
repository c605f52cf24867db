"""A formula and a variable go in; the links of the chain between them come out, and how claimed factors lie on them.

The links are where every path from the variable to the formula passes; between two of them there may be many paths, so
∂(link)/∂(link before) is itself a sum over those.  The product of these partials is the derivative.
"""
from .. import derive
from ..graph import order, rebuild, same
from ..primitives.build import negative, times, zeros
from ..primitives.leaf import constant, is_constant
from ..primitives.record import Elementwise

MOST_LINKS, MOST_TERMS = 40, 32


def links(formula, wrt):
    """[wrt, …, formula]: the nodes that every path from wrt to the formula passes; [] where there is no path."""
    nodes = order([formula])
    if wrt not in nodes:
        return []
    below, above = {wrt: 1}, {formula: 1}
    for node in nodes:
        if node is not wrt:
            count = sum([below.get(i, 0) for i in node.inputs])
            if count:
                below[node] = count
    for node in reversed(nodes):
        for i in node.inputs:
            if node in above and node in below and i in below:
                above[i] = above.get(i, 0) + above[node]
    total = below.get(formula, 0)
    return [n for n in nodes if total and below.get(n, 0)*above.get(n, 0) == total]


def partials(found):
    """[∂(link)/∂(link before), …], from the variable up."""
    return [derive.jacobian(b, [a])[0] for a, b in zip(found, found[1:])]


def local_partials(formula, wrt):
    """The partials of operations that work entry by entry, in each operand that depends on wrt, entry by entry."""
    active, found = {wrt}, {}
    for node in order([formula]):
        if active.isdisjoint(node.inputs):
            continue
        active.add(node)
        if type(node.op) is Elementwise:
            for i in dict.fromkeys(n for n in node.inputs if n in active):
                found.setdefault(derive.vjp((node,), (i,), (constant(1, node.sizes),))[0], None)
    return unguarded(tuple(found), formula)


def unguarded(nodes, formula):
    """The nodes without the choices that the chain rule adds for 0·inf, as at 0**y: of these the other branch alone."""
    typed = set(order([formula]))

    def change(node, inputs):
        added = node.op.name == "select" and node.inputs[0] not in typed and is_constant(node.inputs[1], 0)
        point = added and (node.inputs[0].op.name == "eq" or zeros(node.inputs[0]))
        return inputs[2] if point else same(node, inputs)
    return rebuild(nodes, change)


def terms(node):
    """The terms of a sum, signs and common factors carried in: -(a + b)·c gives -a·c, -b·c; [node] where it is none."""
    found, stack = [], [(node, None, False)]
    while stack:
        if len(found) + len(stack) > MOST_TERMS:
            return [node]
        top, factor, minus = stack.pop()
        name = top.op.name
        if name in ("add", "sub"):
            stack += [(top.inputs[1], factor, minus != (name == "sub")), (top.inputs[0], factor, minus)]
        elif name == "neg":
            stack.append((top.inputs[0], factor, not minus))
        elif name == "mul" and _is_sum(top.inputs[0]) != _is_sum(top.inputs[1]):
            inner, outer = top.inputs if _is_sum(top.inputs[0]) else reversed(top.inputs)
            stack.append((inner, outer if factor is None else times(outer, factor), minus))
        else:
            term = top if factor is None else times(top, factor)
            found.append(negative(term) if minus else term)
    return found


def _is_sum(node):
    while node.op.name == "neg":
        node = node.inputs[0]
    return node.op.name in ("add", "sub")


# -- claimed factors on the chain --------------------------------------------------------------------------------------

GOOD, SIGN, SCALE, BAD = 0, 1, 1.5, 2.2


def fit(claimed, true):
    """[(first, last, cost)] for each claimed factor: it stands for the partials first … last - 1; None if none fits.

    claimed, true   lists of rows of numbers, one for each point, in one order along the chain
    The cheapest way to cut the chain into as many runs as there are factors; costs say how far each is from its run.
    """
    m, k = len(claimed), len(true)
    best = {(0, 0): (0, None)}
    for i in range(1, m + 1):
        for end in range(k + 1):
            options = []
            for start in range(end + 1):
                if (i - 1, start) in best:
                    cost = _cost(claimed[i - 1], true[start:end])
                    options.append((best[i - 1, start][0] + cost + 0.01*abs(end - start - 1), start, cost))
            if options:
                total, start, cost = min(options)
                best[i, end] = (total, (start, cost))
    if (m, k) not in best:
        return None
    out, end = [], k
    for i in range(m, 0, -1):
        start, cost = best[i, end][1]
        out.append((start, end, cost))
        end = start
    return out[::-1]


def _cost(row, run):
    product = [1.0]*len(row)
    for one in run:
        product = [a*b for a, b in zip(product, one)]
    ratios = [a/b if b else 1.0 if a == b else float("inf") for a, b in zip(row, product)]
    if _constant(ratios, 1.0):
        return GOOD
    if _constant(ratios, -1.0):
        return SIGN
    return SCALE if run and _constant(ratios, ratios[0]) else BAD


def _constant(numbers, value):
    return all(abs(x - value) <= 1e-9*abs(value) for x in numbers) and abs(value) < float("inf")
