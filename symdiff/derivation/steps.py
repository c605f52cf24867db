"""A formula's node and what it is differentiated by go in; the intermediates of its table come out, with their names.

One elementary operation is one intermediate, as it is done by hand:

    -y·log(1/(1 + exp(-w·x)))     ξ₁ = -w·x   ξ₂ = exp ξ₁   ξ₃ = 1 + ξ₂   ξ₄ = 1/ξ₃   ξ₅ = log ξ₄   L = -y·ξ₅

So a sign and factors that do not depend on wrt belong to their product, the terms of a sum are added at once, a mean is one
step, and what only moves or repeats entries is no step.  What does not depend on wrt is written where it is used.
"""
from dataclasses import dataclass

from ..graph import Node, order, same
from ..primitives.contraction import CONTRACT, is_movement
from ..primitives.leaf import CONSTANT, SIZE, input as input_node

LONGEST_FACTOR = 24                     # operations of a part without wrt that are still written where it is used
MOVING = frozenset("slice reshape pad".split())
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
LETTERS, RESULTS = "ξζη", "LfF"
BAR = "\u0304"


@dataclass(frozen=True, eq=False)
class Step:
    """One intermediate.

    node    what it is in the graph
    name    "ξ₁", or the user's own name
    leaf    the input node that stands for it in the definitions of others
    bar     the input node that stands for ∂L/∂ξ₁
    local   its definition: a graph of leaves of earlier steps and of inputs
    by      the leaves in it that depend on wrt, or are in wrt, in order
    """
    node: Node
    name: str
    leaf: Node
    bar: Node
    local: Node
    by: tuple


def steps(output, wrt, named, taken, result=None):
    """The tuple of Steps that lead to the output, in order.

    named   {node: the user's name}
    taken   names that may not be given to an intermediate
    result  the name of the output, where the user gave it none
    """
    nodes = order([output])
    active = _active(nodes, wrt)
    rows = _rows(nodes, output, active, named)
    names = _named([n for n in nodes if n in rows], output, named, taken, result)
    leaves = {node: input_node(name, node.sizes) for node, name in names.items()}
    held = {leaves[n] for n in active & rows} | set(wrt)
    bars = _bars(names, taken)
    cut, found = {}, []
    for node in nodes:
        local = same(node, tuple([cut[i] for i in node.inputs]))
        cut[node] = leaves.get(node, local)
        if node in rows:
            by = tuple([n for n in _acting(local) if n in held])
            found.append(Step(node, names[node], leaves[node], input_node(bars[node], node.sizes), local, by))
    return tuple(found)


def _acting(local):
    """The nodes of a definition in order, those left out that only decide which branch is taken."""
    whole = order([local])
    acting = {local}
    for node in reversed(whole):
        if node in acting and not getattr(node.op, "boolean", False):
            acting.update(node.inputs)
    return [node for node in whole if node in acting]


def barred(name):
    """The name of the adjoint of a variable: ξ̄₁ of ξ₁, p̄ of p, bar_loss of loss."""
    return name[0] + BAR + name[1:] if len(name.rstrip("₀₁₂₃₄₅₆₇₈₉")) == 1 else f"bar_{name}"


def _bars(names, taken):
    """{node: the name of its adjoint}, each with as many primes as tell it from every other name."""
    taken, bars = {*taken, *names.values()}, {}
    for node, name in names.items():
        bar = barred(name)
        while bar in taken:
            bar += "′"
        taken.add(bar)
        bars[node] = bar
    return bars


def _active(nodes, wrt):
    active = set(wrt)
    for node in nodes:
        if not active.isdisjoint(node.inputs):
            active.add(node)
    return active


def _rows(nodes, output, active, named):
    """The nodes that are steps."""
    users = {}
    for node in nodes:
        for i in node.inputs:
            users.setdefault(i, []).append(node)
    rows, load, weight, unfinished = set(), {}, {}, set()
    for node in nodes:
        load[node] = sum([1 if i in rows else load[i] for i in node.inputs]) if node.inputs else int(node in active)
        weight[node] = 1 + sum([1 if i in rows else weight[i] for i in node.inputs])
        if not node.inputs and node is not output:
            continue
        joined = _moves(node) or getattr(node.op, "boolean", False)
        if _is_inner(node, users.get(node, [])) or not unfinished.isdisjoint(node.inputs) and _moves(node):
            joined = all(map(_moves, users.get(node, ()))) and bool(users.get(node))
            if joined and node not in named:
                unfinished.add(node)
        elif node in active:
            joined = joined or _joins(node, users.get(node, []), load[node], active)
        else:
            joined = joined or weight[node] <= LONGEST_FACTOR
        if node is output or node in named or not joined:
            rows.add(node)
    return rows


def _joins(node, users, load, active):
    """Is this a part of the one step that uses it?"""
    if len(users) != 1:
        return False
    user, name = users[0], node.op.name
    other = user.op.name
    if name == "neg":
        return other in ("mul", "div", "add", "sub", "neg") or _is_product(user)
    if name in ("add", "sub"):
        return other in ("add", "sub")
    if name == "mul" or _is_product(node):
        scaled = other in ("mul", "div") and node is user.inputs[0] or other == "mul" or _is_product(user)
        return other == "neg" or scaled and load <= 1 and not (other == "div" and user.inputs[1] in active)
    return _is_sum(node) and other == "div" and user.inputs[1].op in (SIZE, CONSTANT)


def _is_inner(node, users):
    """Is this the inside of a word: what a slice of it (prod), or a column (the solution for one vector), completes?"""
    name = node.op.name
    return name == "recurrence" or name in ("solve", "triangular_solve") and len(users) == 1 and is_movement(users[0])


def _moves(node):
    return is_movement(node) or node.op.name in MOVING


def _is_product(node):
    return node.op is CONTRACT and len(node.inputs) > 1


def _is_sum(node):
    return node.op is CONTRACT and len(node.inputs) == 1 and not is_movement(node)


def _named(rows, output, named, taken, result):
    """{node: name}, numbered where the user gave none."""
    taken = {*taken, *named.values(), *[result]*(result is not None)}
    letter = next((c for c in LETTERS if not any(name.startswith(c) for name in taken)), LETTERS[0] + "′")
    names, count = {}, 0
    for node in rows:
        name = named.get(node)
        if name is None and node is output:
            name = result or next((c for c in RESULTS if c not in taken), letter)
        if name is None:
            count += 1
            name = letter + str(count).translate(SUBSCRIPTS)
        names[node] = name
    return names
