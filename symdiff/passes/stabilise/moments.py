"""Rewrites of sums of products along axes: second moments less products of first ones, as sums of products of
deviations; roots of sums of squares, as norms.

    Σ p·q - (Σ p)·(Σ q)/n = Σ (p - p̄)·(q - q̄),    p̄ = Σ p/n, q̄ = Σ q/n, n the number of terms
"""
from fractions import Fraction as Ratio
from itertools import permutations

import sympy as sp

from ...graph import make, order
from ...lengths import product
from ...primitives.contraction import CONTRACT, contract
from ...primitives.leaf import CONSTANT, DATA, INPUT, size
from ...primitives.reduction import NORM
from ..numbers import rational
from .pattern import Var, call, sqrt
from .rule import Rule
from .spread import spread

x, y = map(Var, "xy")
total, mean, norm = map(call, ("sum", "mean", "norm"))
ONE = "one"                                 # the label of an axis of length 1 that a movement drops
AXES, FACTORS = 2, 40                       # summed axes that are exchanged, and factors looked at


class Factors:
    """number·length·Π base**power: a Fraction, a SymPy expression in lengths, {(base, labels of its axes): power}."""

    def __init__(self, number, length, powers):
        self.number, self.length, self.powers, self.terms = number, length, powers, []

    def without(self, taken):
        """The powers less those of {key: power}."""
        left = {key: power - taken.get(key, 0) for key, power in self.powers.items()}
        return {key: power for key, power in left.items() if power}


def read(*parts):
    """The Factors of a product of nodes, given with the labels of their axes; None when there are too many."""
    number, length, powers = Ratio(1), sp.S.One, {}
    stack = [(node, labels, Ratio(1)) for node, labels in reversed(parts)]
    while stack:
        node, labels, e = stack.pop()
        name = node.op.name
        value = rational(node.inputs[1]) if name == "pow" else rational(node) if node.op is CONSTANT else None
        if len(stack) + len(powers) > FACTORS:
            return None
        if name in ("mul", "div"):
            one, other = node.inputs
            stack += [(other, labels, e if name == "mul" else -e), (one, labels, e)]
        elif name == "neg":
            number *= Ratio(-1)**int(e)
            stack.append((node.inputs[0], labels, e))
        elif name == "pow" and value is not None and value.denominator == 1 and abs(value*e) < FACTORS:
            stack.append((node.inputs[0], labels, e*value))
        elif node.op is CONSTANT and value:
            number *= value**int(e)
        elif name == "size":
            length *= node.attributes[0]**int(e)
        elif _is_product(node):
            stack += [(i, own, e) for i, own in zip(node.inputs, _places(node, labels))]
        else:
            powers[node, labels] = powers.get((node, labels), 0) + e
    return Factors(number, length, {key: e for key, e in powers.items() if e})


def _is_product(node):
    """Is each entry a product of entries of the operands, at the same places?"""
    if node.op is not CONTRACT or not node.inputs:
        return False
    subs, out, lengths = node.attributes
    return len(set(out)) == len(out) and all([c in out or lengths[c] == 1 for labels in subs for c in labels])


def _places(node, labels):
    """The labels of the operands' axes, where the node's own axes have the given labels; of what is summed its own."""
    subs, out, lengths = node.attributes
    name = dict(zip(out, labels))
    for c, n in enumerate(lengths):
        name.setdefault(c, ONE if n == 1 else ("sum", c))
    return [tuple([name[c] for c in own]) for own in subs]


class Moment:
    """A sum of products over axes: what is summed, as Factors, and the labels that are summed, with their lengths."""

    def __init__(self, node, labels):
        subs, out, lengths = node.attributes
        self.node, self.labels = node, labels
        self.places = _places(node, labels)
        self.lengths = {("sum", c): n for c, n in enumerate(lengths) if c not in out and n != 1}
        self.inner = read(*zip(node.inputs, self.places))

    def summand(self):
        """(node, labels of its axes): one term of the sum."""
        if len(self.node.inputs) == 1:
            return self.node.inputs[0], self.places[0]
        kept = tuple(dict.fromkeys([c for own in self.places for c in own if c != ONE]))
        return contract([*self.node.inputs], self.places, kept), kept

    def deviation(self, context):
        """(node, labels of its axes): one term less the mean of all."""
        node, places = self.summand()
        count = contract([size(product(self.lengths.values()))], [()], tuple(range(len(self.labels))),
                         dict(enumerate(self.node.sizes)))
        average = context.build("div", self.node, count)
        back = contract([average], [self.labels], places, dict(zip(places, node.sizes)))
        return context.build("sub", node, back), places


def moments(powers):
    """[(Moment, power)] of the sums among factors."""
    found = []
    for (base, labels), power in powers.items():
        if base.op is CONTRACT and base.inputs and power > 0:
            subs, out, _ = base.attributes
            if all([len(set(own)) == len(own) for own in (*subs, out)]):
                one = Moment(base, labels)
                if one.inner is not None:
                    found.append((one, power))
    return found


def _named(powers, names):
    """The powers of factors with other names for the labels; e^(c·u) counts as (e^u)^c, and √u as u^½."""
    found = {}
    for (base, labels), power in powers.items():
        key = base, tuple([names.get(c, c) for c in labels])
        factors = read((base.inputs[0], key[1])) if base.op.name in ("exp", "sqrt") else None
        if factors is not None and base.op.name == "exp":
            key, power = ("exp", factors.length, frozenset(factors.powers.items())), factors.number*power
        elif factors is not None and factors.number == factors.length == 1 and [*factors.powers.values()] == [1]:
            (key,), power = factors.powers, power/2
        found[key] = found.get(key, 0) + power
    return found


def _multiplied(*several):
    """The product of powers, with |u|² as u²."""
    found = {}
    for powers in several:
        for key, power in powers.items():
            found[key] = found.get(key, 0) + power
    for key in [key for key, power in found.items() if key[0] != "exp" and key[0].op.name == "abs" and power % 2 == 0]:
        inner = key[0].inputs[0], key[1]
        found[inner] = found.get(inner, 0) + found.pop(key)
    return {key: power for key, power in found.items() if power}


def _names(one, other):
    """Every way to name the summed labels of a sum as those of another one."""
    if len(one.lengths) == len(other.lengths) <= AXES:
        for labels in permutations(other.lengths):
            if [other.lengths[c] for c in labels] == [*one.lengths.values()]:
                yield dict(zip(one.lengths, labels))


def _matched(whole, p, q):
    """(names for p's labels, for q's) with which whole sums the product of what p and q sum, but for a number."""
    wanted = _multiplied(_named(whole.inner.powers, {}))
    for first in _names(p, whole):
        for second in _names(q, whole):
            if _multiplied(_named(p.inner.powers, first), _named(q.inner.powers, second)) == wanted:
                return first, second
    return None


def _pairs(found):
    """(p, q) of the sums among factors, {key: power} of them."""
    for k, (p, power) in enumerate(found):
        if power > 1:
            yield p, p, {(p.node, p.labels): 2}
        for q, _ in found[k + 1:]:
            yield p, q, {(p.node, p.labels): 1, (q.node, q.labels): 1}


def _deviations(context, node):
    """K·Σ p·q - (K/n)·Σ p·Σ q as K·Σ (p - p̄)·(q - q̄), among the terms of a sum."""
    parts = [(c, term, *_known(context, term)) for c, term in spread(node)]
    if not any(square for *_, square in parts):
        return None
    terms = _collected(parts)
    products = [(second, pair) for second, found in terms for pair in _pairs(found)]
    for first, found in terms:
        for whole, _ in found:
            kept = first.without({(whole.node, whole.labels): 1})
            for second, (p, q, taken) in products:
                if second.without(taken) == kept and (names := _matched(whole, p, q)) is not None:
                    new = _shifted(context, node, first, second, whole, (p, q), names, kept)
                    if new is not None:
                        left = [term for one, _ in terms if one not in (first, second) for term in one.terms]
                        return _with_rest(context, node, new, left)
    return None


def _known(context, term):
    """(Factors of the term of a sum, none where there are too many, their moments, whether two of these are multiplied),
    remembered."""
    known = context.products.get(term)
    if known is None:
        places = tuple(range(len(term.sizes)))
        one = read((term, places)) or read()
        found = moments(one.powers)
        known = context.products[term] = one, found, any(True for _ in _pairs(found))
    return known


def _collected(parts):
    """[(Factors, their moments)] of the terms of a sum, those that differ by a number as one; `terms` are what they
    stand for, [(coefficient, term)]."""
    found = {}
    for c, term, one, sums, _ in parts:
        whole, _ = found.setdefault((one.length, frozenset(one.powers.items())),
                                    (Factors(Ratio(0), one.length, one.powers), sums))
        whole.number += c*one.number
        whole.terms.append((c, term))
    return [*found.values()]


def _with_rest(context, node, new, left):
    for c, term in left:
        new = context.build("add" if c > 0 else "sub", new, context.product(abs(c), [(term, 1)], node))
    return new


def _shifted(context, node, first, second, whole, pair, names, kept):
    """The sum of products of deviations with what multiplies it, when the two terms cancel."""
    p, q = pair
    number = first.number*whole.inner.number/(p.inner.number*q.inner.number)
    length = first.length*whole.inner.length/(p.inner.length*q.inner.length)
    share = length/(second.length*product(whole.lengths.values()))
    if not second.number or sp.cancel(share*sp.Rational(number.numerator, number.denominator)) != \
            -sp.Rational(second.number.numerator, second.number.denominator):
        return None
    shifted = []
    for one, own in zip(pair, names):
        u, labels = one.deviation(context)
        shifted.append((u, tuple([own.get(c, c) for c in labels])))
    (u, labels), other = shifted
    if other == (u, labels):
        shifted = [(context.build("pow", u, context.number(2, u)), labels)]
    sizes = dict(enumerate(node.sizes))
    summed = contract(*zip(*shifted), tuple(range(len(node.sizes))), {ONE: 1, **sizes})
    return scaled(context, node, number, length, [(summed, Ratio(1)), *placed(kept, node)])


def placed(powers, node):
    """[(base, power)] of factors, repeated to the sizes of the node."""
    places = tuple(range(len(node.sizes)))
    lengths = {ONE: 1, **dict(enumerate(node.sizes))}
    return [(contract([base], [labels], places, lengths), power) for (base, labels), power in powers.items()]


def scaled(context, node, number, length, factors, root=1):
    """Π base**power times number·length, or its root, with the sizes of the node."""
    places = tuple(range(len(node.sizes)))
    for base, power in length.as_powers_dict().items():
        if base.is_Rational:
            number *= Ratio(int(base.p), int(base.q))
        else:
            repeated = contract([size(base)], [()], places, dict(enumerate(node.sizes)))
            factors.append((repeated, Ratio(int(power), root)))
    if root == 1:
        return context.product(number, factors, node)
    ends = [(number.numerator, 1), (number.denominator, -1)]
    factors += [(context.number(Ratio(end), node), Ratio(sign, root)) for end, sign in ends if end != 1]
    return context.product(1, factors, node)


Rule("mean(x**2) - mean(x)**2", mean(x**2) - mean(x)**2, mean((x - mean(x))**2),
     "the squares are far larger than their spread where x is far from 0", {"x": (1e9, 1e9 + 1, 1e9 + 2)},
     find=_deviations, roots=("add", "sub"), having=("contract",))


# distances

def _root_of_squares(context, node):
    """√(K·Σ u²) as √K·norm(u), K made of numbers and lengths."""
    places = tuple(range(len(node.sizes)))
    factors = read((node.inputs[0], places))
    found = moments(factors.powers) if factors is not None else ()
    if len(found) != 1 or found[0][1] != 1:
        return None
    ((one, _),) = found
    kept = factors.without({(one.node, one.labels): 1})
    number = factors.number*one.inner.number
    if number <= 0 or any(power % 2 for power in one.inner.powers.values()) or not all(map(_is_fixed, kept)):
        return None
    value = make(NORM, (_rooted(context, one),), (len(one.lengths), 1))
    outside = [(base, power/2) for base, power in placed(kept, node)]
    value = contract([value], [one.labels], places, dict(enumerate(node.sizes)))
    return scaled(context, node, number, factors.length*one.inner.length, [(value, Ratio(1)), *outside], 2)


def _rooted(context, one):
    """u for Σ u², its last axes those that are summed."""
    labels, sizes = (*one.labels, *one.lengths), {**dict(zip(one.labels, one.node.sizes)), **one.lengths}
    parts = [(contract([base], [own], labels, sizes), power/2) for (base, own), power in one.inner.powers.items()]
    return context.product(1, parts, parts[0][0])


def _is_fixed(key):
    """Is the factor made of numbers and lengths?"""
    return not any(one.op is INPUT or one.op is DATA for one in order((key[0],)))


Rule("sqrt(sum(x**2))", sqrt(total(x**2)), norm(x), "the derivative is nan where x is 0", {"x": (0.0, 0.0)},
     find=_root_of_squares, roots=("sqrt",))
