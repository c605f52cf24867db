"""Outputs of a graph go in; outputs of equal value that are shorter to write come out, for print only.

A sum of products is multiplied out, sigmoid(-x) read as 1 - sigmoid(x), where that makes it shorter:

    (1 - y)·sigmoid(z) - y·sigmoid(-z)    becomes    sigmoid(z) - y

Products are written in one form (`monomials`).

Needs:    a graph after all passes.
Promises: equal values in exact arithmetic; never longer.  The shorter form may cancel: it is not computed with.
"""
from fractions import Fraction

import sympy as sp

from .graph import make, order, rebuild, same
from .monomials import hoisted, monomial, written
from .passes.algebra import rational
from .primitives import build
from .primitives.contraction import CONTRACT, is_movement
from .primitives.leaf import constant
from .primitives.record import TABLE

MOST_TERMS = 24
_THROUGH = frozenset("add sub mul neg".split())


def tidy(outputs, typed=()):
    """The outputs in a short form; the nodes of `typed`, those of the formula itself, stay as they are."""
    typed, lengths, sums, products = set(order(typed)), {}, {}, {}

    def change(node, inputs):
        node = same(node, inputs)
        if node in typed:
            return node
        if node.op is CONTRACT and not is_movement(node):
            node = hoisted(node, products)
        if node.op.name in ("add", "sub"):
            common, node = _factored(node, products)
            node = _expanded(node, sums, lengths)
            return node if common is None else written(*_with(common, node, products), node.sizes)
        if node.op.name in ("mul", "div", "neg"):
            return written(*monomial(node, products), node.sizes)
        return node

    return rebuild(outputs, change)


def _expanded(node, sums, lengths):
    """The sum multiplied out, if that is shorter."""
    terms = _terms(node, sums) if node.op.name in _THROUGH else None
    if terms is None:
        return node
    short = _written(terms, node.sizes)
    return short if _length(short, lengths) < _length(node, lengths) else node


def _with(common, node, products):
    (c, powers), (d, others) = common, monomial(node, products)
    total = dict(powers)
    for factor, power in others.items():
        total[factor] = total.get(factor, 0) + power
    return c*d, {f: p for f, p in total.items() if p}


def _factored(node, products):
    """((coefficient, powers) common to all terms or None, the sum of what is left of them)."""
    terms = _flat(node)
    if terms is None:
        return None, node
    parts = [(sign*c, powers) for sign, term in terms for c, powers in [monomial(term, products)]]
    first = parts[0][1]
    common = {f: (min if p > 0 else max)(p, *[powers.get(f, 0) for _, powers in parts])
              for f, p in first.items() if all(powers.get(f, 0)*p > 0 for _, powers in parts)}
    size = abs(parts[0][0]) if len({abs(c) for c, _ in parts}) == 1 else Fraction(1)
    size = -size if all(c < 0 for c, _ in parts) else size
    if not common and size == 1:
        return None, node
    rest = [(c/size, {f: p - common.get(f, 0) for f, p in powers.items() if p != common.get(f, 0)})
            for c, powers in parts]
    rest.sort(key=lambda part: part[0] < 0)
    total = None
    for c, powers in rest:
        term = written(abs(c), powers, node.sizes)
        if total is None:
            total = build.negative(term) if c < 0 else term
        else:
            total = make(TABLE["sub" if c < 0 else "add"], (total, term))
    return (size, common), total


def _flat(node):
    """The terms of a sum as (sign, node), in order; None where they are too many."""
    found, stack = [], [(1, node)]
    while stack:
        sign, top = stack.pop()
        if top.op.name in ("add", "sub"):
            stack += [(sign if top.op.name == "add" else -sign, top.inputs[1]), (sign, top.inputs[0])]
        elif top.op.name == "neg":
            stack.append((-sign, top.inputs[0]))
        else:
            found.append((sign, top))
        if len(found) + len(stack) > MOST_TERMS:
            return None
    return found


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
    """{((atom, power), …): coefficient} of a sum of products, in the order of writing; None for too many terms."""
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
