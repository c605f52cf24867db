"""Graphs in leaves go in; what is printed of them comes out: in earlier intermediates, and expanded in the inputs.

A form longer than LONGEST operations is not expanded: its parts keep their names, so that lengths are bounded and sharing
is kept.
"""
from ..derive import jacobian, vjp
from ..graph import order, rebuild, same
from ..passes.algebra import simplified
from ..primitives.contraction import CONTRACT, contract, is_movement
from ..primitives.leaf import CONSTANT, constant
from ..primitives.record import Elementwise
from ..tidy import tidy

LONGEST = 24                    # operations of a form that is printed
WIDEST = 60                     # operations of a form that may become short when it is simplified


def length(node, known):
    """How many operations the node is written with, everything spelled out; `known` is a memo."""
    if node not in known:
        for n in order([node]):
            if n not in known:
                known[n] = sum([known[i] for i in n.inputs]) + bool(n.inputs and not is_movement(n))
    return known[node]


def substituted(node, rule):
    """The node with some nodes in it replaced, {node: node of the same sizes}."""
    def change(n, inputs):
        if n in rule:
            return rule[n]
        if n.op is CONTRACT and inputs != n.inputs:
            subs, out, lengths = n.attributes
            return contract(inputs, subs, out, dict(enumerate(lengths)))
        return same(n, inputs)

    return rebuild((node,), change)[0]


def expanded(node, wide, known, longest=LONGEST):
    """The node with leaves replaced by `wide`, {leaf: graph in the inputs or None}; None where that is too long."""
    rule, total = {}, length(node, known)
    for leaf in [n for n in order([node]) if n in wide]:
        rule[leaf] = wide[leaf]
        if rule[leaf] is None:
            return None
        total += length(rule[leaf], known)
        if total > longest:
            return None
    return substituted(node, rule) if rule else node


def folded(graphs, typed=()):
    """The graphs with numbers combined; the nodes of `typed` stay as they are, and None stays None."""
    kept = set(order(typed))

    def change(node, inputs):
        return node if node in kept or not inputs else simplified(node.op, inputs, node.attributes)

    present = iter(rebuild([g for g in graphs if g is not None], change))
    return [None if g is None else next(present) for g in graphs]


def simple(graphs, typed=()):
    """The graphs in the short forms of `tidy`; None stays None."""
    present = iter(tidy(tuple([g for g in folded(graphs, typed) if g is not None]), typed))
    return [None if g is None else next(present) for g in graphs]


def bare(node):
    """A scalar repeated along axes as the scalar itself."""
    if node.op is CONSTANT and node.sizes:
        return constant(node.attributes[0])
    if is_movement(node) and node.inputs and not node.inputs[0].sizes and len(set(node.attributes[1])) == len(node.sizes):
        return node.inputs[0]
    return node


def partials(step):
    """[∂(step)/∂(leaf)] for each leaf of `step.by`, graphs in leaves: entry by entry where the step works so, else the
    Jacobian; None where that has more than two axes."""
    entrywise = entrywise_in(step)
    alike = tuple([leaf for leaf in step.by if leaf in entrywise])
    found = dict(zip(alike, vjp((step.local,), alike, (constant(1, step.node.sizes),)) if alike else ()))
    matrices = tuple([leaf for leaf in step.by if leaf not in entrywise and len(step.node.sizes) + len(leaf.sizes) <= 2])
    if not step.node.sizes:
        found |= zip(matrices, jacobian(step.local, matrices)) if matrices else {}
    else:
        found |= {leaf: jacobian(step.local, (leaf,))[0] for leaf in matrices}
    return [found.get(leaf) for leaf in step.by]


def entrywise_in(step):
    """The leaves of `step.by` of which each entry of the step depends on the same entry alone."""
    whole, mixed = order([step.local]), set()
    for node in reversed(whole):
        if node in mixed or type(node.op) is not Elementwise:
            mixed.update(node.inputs)
    return frozenset(step.by) - mixed


def contributions(step):
    """[what the step gives to ∂L/∂(leaf)] for each leaf of `step.by`: its pullbacks, graphs in leaves and in its bar."""
    return vjp((step.local,), step.by, (step.bar,)) if step.by else ()
