"""A claimed derivative goes in; out come the ways in which one slip of the pen may have made it of the right one.

An Edit undoes one slip at one place: a sign, a factor 2 or n, a dropped or superfluous term or factor, a quotient
upside down, a matrix that should be transposed, a function taken for its neighbour, one name for another.
"""
from dataclasses import dataclass

import sympy as sp

from ..graph import Node, make, order
from ..lengths import symbols
from ..primitives import build
from ..primitives.leaf import CONSTANT, INPUT, constant, size
from ..primitives.record import TABLE, Elementwise

MOST_PLACES = 100
INDEXED = ("take", "scatter_add")               # of these the second operand is no number
NEIGHBOURS = {"sin": ("cos",), "cos": ("sin",), "sinh": ("cosh",), "cosh": ("sinh",), "tan": ("tanh",),
              "tanh": ("tan",), "log": ("log2", "log10"),
              "log2": ("log",), "log10": ("log",), "exp": ("exp2",), "exp2": ("exp",)}


@dataclass(frozen=True, eq=False)
class Edit:
    """A slip undone.

    weight    how unlikely the slip is
    kind      a word of symdiff.verify.words.SLIPS
    path      where: places among inputs, from the root of the claim
    part      the node there
    other     what the slip's sentence names besides: a factor, what should stand there; or None
    claim     the claim as it would be without the slip
    """
    weight: float
    kind: str
    path: tuple
    part: Node
    other: Node | None
    claim: Node


def places(root):
    """[(path, node)]: every occurrence in the expression, shallow ones first, up to MOST_PLACES."""
    found, k = [((), root)], 0
    while k < len(found) and len(found) < MOST_PLACES:
        path, node = found[k]
        for place, i in enumerate(node.inputs):
            if not (node.op.name in INDEXED and place == 1):
                found.append(((*path, place), i))
        k += 1
    return found[:MOST_PLACES]


def replaced(root, path, new):
    """The expression with another node at a place; None where its sizes do not fit there."""
    spine = [root]
    for place in path:
        spine.append(spine[-1].inputs[place])
    if spine[-1].sizes != new.sizes:
        return None
    for node, place in zip(reversed(spine[:-1]), reversed(path)):
        new = make(node.op, (*node.inputs[:place], new, *node.inputs[place + 1:]), node.attributes)
    return new


def edits(question, terms, ingredients):
    """Every Edit, likely ones first.

    terms        terms of the right derivative, one of which may be missing
    ingredients  parts of the formula and of its chain of partials, which may be missing as factors, or too much
    """
    root, found = question.claim, []
    inputs = [n for n in order((question.formula, question.claim)) if n.op is INPUT]
    for k, (path, node) in enumerate(places(root)):
        for weight, kind, new, other in (*_slips(node, question), *_named(node, inputs),
                                         *_factors(node, path, ingredients)):
            claim = None if new is None else replaced(root, path, new)
            if claim is not None and claim is not root:
                found.append((weight, len(path), k, Edit(weight, kind, path, node, other, claim)))
    for term in terms:
        if term.sizes == root.sizes:
            for sign, claim in ((1, build.elementwise("add", root, term)), (-1, build.elementwise("sub", root, term))):
                other = term if sign > 0 else build.negative(term)
                found.append((1.5, 0, 0, Edit(1.5, "missing term", (), root, other, claim)))
    return [edit for *_, edit in sorted(found, key=lambda one: one[:3])]


def _slips(node, question):
    """(weight, kind, new node, what is named besides) of slips that need nothing from elsewhere."""
    yield 0, "sign", _negative(node), None
    for number in (2, 3, 4, *_lengths(question)):
        factor, alone = build.stretch(size(number), node.sizes), size(number)
        yield 1, "missing factor", _combined("mul", factor, node), alone
        if alone.op is CONSTANT:
            yield 1, "factor too much", _combined("div", node, factor), alone
        else:
            yield 1, "missing factor", _combined("div", node, factor), _combined("div", constant(1), alone)
    yield from _by_operation(node)
    if len(node.sizes) == 2 and node.sizes[0] == node.sizes[1]:
        yield 1, "transposed", build.transpose(node), None
    if type(node.op) is Elementwise and node.op is not CONSTANT:
        one = constant(1, node.sizes)
        yield 2, "complement", _combined("sub", one, node), None
        yield 2, "upside down", _combined("div", one, node), None
        yield 2, "square", _combined("mul", node, node), None
        yield 2, "root", make(TABLE["sqrt"], (node,)), None


def _by_operation(node):
    name, inputs = node.op.name, node.inputs
    if name in ("add", "sub"):
        yield 1, "term too much", inputs[0], inputs[1]
        yield 1, "term too much", inputs[1] if name == "add" else _negative(inputs[1]), inputs[0]
    if name == "mul":
        yield 1.5, "factor too much", inputs[0], inputs[1]
        yield 1.5, "factor too much", inputs[1], inputs[0]
        yield 2, "divided", _combined("div", *inputs), inputs[1]
        yield 2, "divided", _combined("div", *reversed(inputs)), inputs[0]
    if name == "div":
        yield 1.5, "divisor too much", inputs[0], inputs[1]
        yield 2, "upside down", _combined("div", *reversed(inputs)), None
        yield 2, "multiplied", _combined("mul", *inputs), inputs[1]
    if name == "pow":
        for k in (1, -1):
            exponent = build.plus(inputs[1], constant(k, node.sizes))
            yield 2, "power", make(node.op, (inputs[0], exponent)), exponent
        yield 2.5, "power", make(node.op, tuple(reversed(inputs))), inputs[0]
    yield from _bracketed(node)
    if len(inputs) == 1 and type(node.op) is Elementwise and name != "neg":
        yield 2.5, "function too much", inputs[0], None
    for other in NEIGHBOURS.get(name, ()):
        new = make(TABLE[other], inputs)
        yield 2, "stands for", new, new


def _bracketed(node):
    """A power taken of a sum for the sum of a power, and the reverse."""
    a, b = node.inputs if len(node.inputs) == 2 else (node, node)
    if node.op.name == "pow" and a.op.name in ("add", "sub"):
        first, second = a.inputs
        for new in (make(a.op, (first, make(node.op, (second, b)))), make(a.op, (make(node.op, (first, b)), second)),
                    make(a.op, (make(node.op, (first, b)), make(node.op, (second, b))))):
            yield 2, "brackets", new, new
    if node.op.name in ("add", "sub"):
        for base, other, flip in ((b, a, False), (a, b, True)):
            if base.op.name == "pow":
                inner = make(node.op, (base.inputs[0], other) if flip else (other, base.inputs[0]))
                new = make(base.op, (inner, base.inputs[1]))
                yield 2, "brackets", new, new


def _named(node, inputs):
    """One name taken for another."""
    if node.op is INPUT:
        for other in inputs:
            if other is not node and other.sizes == node.sizes:
                yield 3, "stands for", other, other


def _factors(node, path, ingredients):
    """Parts of the formula missing as factors, too much, or in the place of this: not too deep."""
    if len(path) > 4:
        return
    deep = len(path)/2
    for one in ingredients:
        if one.sizes not in (node.sizes, ()) or one is node:
            continue
        factor = one if one.sizes == node.sizes else build.stretch(one, node.sizes)
        yield 2 + deep, "missing factor", _combined("mul", node, factor), one
        yield 2 + deep, "factor too much", _combined("div", node, factor), one
        yield 3 + deep, "missing factor and sign", _negative(_combined("mul", node, factor)), one
        yield 3 + deep, "factor too much and sign", _negative(_combined("div", node, factor)), one
        if path:
            yield 3 + deep, "stands for", factor, one
            yield 3.5 + deep, "stands for", _negative(factor), _negative(one)


def _lengths(question):
    return symbols([n for node in order((question.formula, question.claim)) for n in node.sizes])


def _combined(name, a, b):
    return make(TABLE[name], (a, b))


def _negative(node):
    if node.op is TABLE["neg"]:
        return node.inputs[0]
    if node.op is CONSTANT and isinstance(node.attributes[0], sp.Rational):
        return constant(-node.attributes[0], node.sizes)
    return make(TABLE["neg"], (node,))
