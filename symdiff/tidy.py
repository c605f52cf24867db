"""Outputs of a graph go in; outputs of equal value that are shorter to write come out, for print only.

A sum of products is multiplied out, sigmoid(-x) read as 1 - sigmoid(x), where that makes it shorter:

    (1 - y)·sigmoid(z) - y·sigmoid(-z)    becomes    sigmoid(z) - y

Needs:    a graph after all passes.
Promises: equal values in exact arithmetic; never longer.  The shorter form may cancel: it is not computed with.
"""
from fractions import Fraction

import sympy as sp

from .graph import make, rebuild, same
from .primitives import build
from .primitives.leaf import constant
from .primitives.record import TABLE
from .passes.algebra import rational

MOST_TERMS = 24
_THROUGH = frozenset("add sub mul neg".split())


def tidy(outputs):
    """The outputs in a short form."""
    lengths, sums = {}, {}

    def change(node, inputs):
        node = same(node, inputs)
        if node.op.name not in ("add", "sub"):
            return node
        terms = _terms(node, sums)
        if terms is None:
            return node
        short = _written(terms, node.sizes)
        return short if _length(short, lengths) < _length(node, lengths) else node

    return rebuild(outputs, change)


def _length(node, known):
    """How many names and functions the node is written with, those inside functions left out."""
    stack = [node]
    while stack:
        top = stack[-1]
        if top in known:
            stack.pop()
            continue
        waiting = [i for i in top.inputs if i not in known] if top.op.name in _THROUGH else []
        if waiting:
            stack += waiting
            continue
        stack.pop()
        if top.op.name in _THROUGH:
            known[top] = sum(known[i] for i in top.inputs)
        else:
            known[top] = 1 + _is_reflected(top)
    return known[node]


def _is_reflected(node):
    return node.op.name == "sigmoid" and node.inputs[0].op.name == "neg"


def _terms(node, known):
    """{((atom, power), …): coefficient} of a sum of products, in the order of writing; None where it has too many terms."""
    stack = [node]
    while stack:
        top = stack[-1]
        if top in known:
            stack.pop()
            continue
        waiting = [i for i in top.inputs if i not in known] if top.op.name in _THROUGH else []
        if waiting:
            stack += reversed(waiting)
            continue
        known[stack.pop()] = _one(top, [known[i] for i in top.inputs] if top.op.name in _THROUGH else [])
    return known[node]


def _one(node, parts):
    if any(part is None for part in parts):
        return None
    name = node.op.name
    if name == "mul":
        return _product(*parts)
    if name in _THROUGH:
        signs = {"add": (1, 1), "sub": (1, -1), "neg": (-1,)}[name]
        return _sum([(m, c*sign) for part, sign in zip(parts, signs) for m, c in part.items()])
    number = rational(node)
    if number is not None:
        return {(): number} if number else {}
    if _is_reflected(node):
        return {(): Fraction(1), ((make(node.op, node.inputs[0].inputs), 1),): Fraction(-1)}
    return {((node, 1),): Fraction(1)}


def _sum(pairs):
    found = {}
    for monomial, coefficient in pairs:
        found[monomial] = found.get(monomial, 0) + coefficient
    found = {m: c for m, c in found.items() if c}
    return found if len(found) <= MOST_TERMS else None


def _product(a, b):
    if len(a)*len(b) > MOST_TERMS:
        return None
    return _sum([(_times(m, k), c*d) for m, c in a.items() for k, d in b.items()])


def _times(a, b):
    """The product of two monomials; factors in one order, so that equal monomials are equal keys."""
    powers = {}
    for atom, power in (*a, *b):
        powers[atom] = powers.get(atom, 0) + power
    return tuple(sorted(powers.items(), key=lambda pair: id(pair[0])))


def _written(terms, sizes):
    """The sum as a node, positive terms first."""
    total = None
    for monomial, c in sorted(terms.items(), key=lambda term: term[1] < 0):
        size = abs(c)
        value = None
        if size != 1 or not monomial:
            value = constant(sp.Rational(size.numerator, size.denominator), sizes)
        for atom, power in monomial:
            factor = atom if power == 1 else make(TABLE["pow"], (atom, constant(power, sizes)))
            value = factor if value is None else make(TABLE["mul"], (value, factor))
        if total is None:
            total = build.negative(value) if c < 0 else value
        else:
            total = make(TABLE["sub" if c < 0 else "add"], (total, value))
    return constant(0, sizes) if total is None else total
