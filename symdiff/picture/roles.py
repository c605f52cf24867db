"""What was read of a formula goes in; which of its inputs are parameters comes out: as declared, asked for, or guessed.

Guessed is from the products of matrices: what multiplies something computed is a parameter, and so is the right side of
X @ W; of a matrix and a vector the names decide, and what is added to the vector; of scalars the names alone.
"""
import re

from ..graph import order
from ..primitives.contraction import CONTRACT
from ..primitives.leaf import INPUT

DATA = re.compile(r"(x|z|phi|φ|data|inputs?|features?|images?)(_?\w*|\d*)", re.IGNORECASE)
PARAMETER = re.compile(r"(w|v|u|theta|θ|beta|β|weights?|coef\w*|kernel|bias|a|b|c)(_?[\d₀-₉]*|_\w+)", re.IGNORECASE)
TARGET = re.compile(r"(y|t|targets?|labels?)(_?\d*|_\w+)", re.IGNORECASE)


def parameters(reading, declared, wrt):
    """The set of input nodes that are parameters; `declared`: those of a Model, `wrt`: those asked for, or None."""
    if wrt is not None:
        return {reading.node(w) for w in wrt}
    if declared:
        return {reading.node(w) for w in declared}
    return _guessed(order(reading.outputs))


def _guessed(nodes):
    leaves = [node for node in nodes if node.op is INPUT]
    if not any([leaf.sizes for leaf in leaves]):                  # scalars: the names decide
        return {leaf for leaf in leaves if PARAMETER.fullmatch(leaf.attributes[0])}
    found, data, computed = set(), set(), set()
    for node in nodes:
        pair = factors(node)
        computed_here = any([i in computed for i in node.inputs])
        if pair is not None:
            weight = _weight(node, *pair, computed, nodes)
            if weight is not None:
                found.add(weight)
                data.update([leaf for leaf, _ in pair if leaf is not weight and leaf.op is INPUT])
                computed_here = True
        if computed_here:
            computed.add(node)
    return (found | _biases(nodes, computed, found | data)) - data


def factors(node):
    """((node, labels), (node, labels)) of a sum of products of two nodes, read through movements; else None."""
    if node.op is not CONTRACT:
        return None
    subs, out, _ = node.attributes
    pairs = list(zip(node.inputs, subs))
    if len(pairs) == 1 and pairs[0][0].op.name == "mul":
        pairs = [(factor, subs[0]) for factor in pairs[0][0].inputs]
    if len(pairs) != 2 or not {c for _, labels in pairs for c in labels} - set(out):
        return None
    return tuple([_read_through(*pair) for pair in pairs])


def _read_through(node, labels):
    """A node and its labels, in the place of one that only repeats or reorders its axes."""
    while node.op is CONTRACT and len(node.inputs) == 1 and len(set(node.attributes[1])) == len(node.attributes[1]) \
            and set(node.attributes[0][0]) <= set(node.attributes[1]):
        at = dict(zip(node.attributes[1], labels))
        node, labels = node.inputs[0], tuple([at[c] for c in node.attributes[0][0]])
    return node, labels


def _weight(node, left, right, computed, nodes):
    """Which side of a product is the parameter; None where neither can be."""
    (a, a_labels), (b, b_labels) = left, right
    if a in computed or b in computed:
        leaf = b if a in computed else a
        return leaf if leaf.op is INPUT and leaf not in computed else None
    leaves = [side for side in (a, b) if side.op is INPUT]
    if len(leaves) < 2:
        return leaves[0] if leaves else None
    if len(a_labels) != len(b_labels):
        matrix, vector = (a, b) if len(a_labels) > len(b_labels) else (b, a)
        return vector if _vote(matrix, vector, node, nodes) >= 0 else matrix
    first = [side for side, labels in (left, right) if node.attributes[1][:1] and node.attributes[1][0] in labels]
    left, right = (b, a) if first and first[0] is b else (a, b)
    return left if _vote(left, right, node, nodes) < 0 else right


def _vote(first, second, node, nodes):
    """Above 0 where the names say that `first` is the data and `second` the parameter."""
    vote = 0
    for side, sign in ((first, 1), (second, -1)):
        name = side.attributes[0]
        vote += 2*sign*(bool(DATA.fullmatch(name)) - bool(PARAMETER.fullmatch(name)))
    if len(node.sizes) == 1 and not vote:                         # W @ x + b: a bias for each row
        added = [i for user in nodes if node in user.inputs and user.op.name == "add" for i in user.inputs]
        vote -= any([i.op is INPUT and i.sizes == node.sizes and PARAMETER.fullmatch(i.attributes[0]) for i in added])
    return vote


def _biases(nodes, computed, known):
    """Inputs that are added to what is computed: without all its axes, or called so, or on the way to a product."""
    found = set()
    before = _before_products(nodes, computed)
    for node in nodes:
        if node.op.name in ("add", "sub") and node in computed:
            for side in node.inputs:
                leaf = _read_through(side, tuple(range(len(side.sizes))))[0]
                if leaf.op is INPUT and leaf not in known and not TARGET.fullmatch(leaf.attributes[0]):
                    if len(leaf.sizes) < len(node.sizes) or node in before or PARAMETER.fullmatch(leaf.attributes[0]):
                        found.add(leaf)
    return found


def _before_products(nodes, computed):
    """The nodes that later products of what is computed use."""
    found = set()
    for node in reversed(nodes):
        pair = factors(node)
        if node in found or pair is not None and any([side in computed for side, _ in pair]):
            found.update(node.inputs)
    return found
