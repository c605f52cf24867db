"""Products as data: a number times powers of factors whose axes carry labels, summed over every label that the result
lacks; made from parts, and compared by a key that depends on no names of labels and no order of factors.

    A.T @ (2*x)    is    2 · A[j, i] · x[j]    with the result's label i
"""
from itertools import count

import sympy as sp

from ..graph import digest, make
from ..primitives import build
from ..primitives.contraction import contract
from ..primitives.leaf import constant, size
from ..primitives.record import TABLE
from .identities import improved
from .ratio import ONE, Ratio, ratio
from .roots import HALF, joined

LOOSE = frozenset("slice solve triangular_solve reshape".split())    # of these, axes of length 1 are dropped


class Product:
    """c · Π factor**power.

    c        a Ratio
    factors  ((node, its labels, power), …); of one node and one choice of labels there is one factor
    out      labels of the result, numbered in their order; one that stands twice: on the diagonal
    length   {label: length}
    """

    __slots__ = ("c", "factors", "out", "length", "_name")

    def __init__(self, c, factors, out, length, name=None):
        self.c, self.factors, self.out, self.length, self._name = c, factors, out, length, name

    def __eq__(self, other):
        return self is other or (self.factors == other.factors and self.c == other.c and self.out == other.out
                                 and self.length == other.length)

    __hash__ = None

    @property
    def sizes(self):
        return tuple([self.length[k] for k in self.out])

    @property
    def summed(self):
        """The labels that are summed."""
        return {k for _, labels, _ in self.factors for k in labels if k not in self.out}

    @property
    def shapes(self):
        """The different sets of labels that factors carry."""
        return {frozenset(labels) for _, labels, _ in self.factors if labels}

    @property
    def is_diagonal(self):
        return len(set(self.out)) < len(self.out)

    def with_number(self, c):
        """The product with another number in front."""
        return Product(c, self.factors, self.out, self.length, self._name)

    def times(self, c):
        return self if c is ONE else self.with_number(self.c*c)

    def name(self, mirrored):
        """The product's key, remembered: one judge of symmetry at a time asks for it."""
        if self._name is None:
            self._name = key(self, mirrored)
        return self._name


def single(node):
    """The product that is one factor."""
    labels = tuple(range(len(node.sizes)))
    return Product(ONE, ((node, labels, 1),), labels, dict(enumerate(node.sizes)))


def plain(c, sizes):
    """The product that is a number, repeated."""
    return Product(c, (), tuple(range(len(sizes))), dict(enumerate(sizes)))


class Joining:
    """A product in the making: parts are put in with the labels that their results have in it."""

    def __init__(self, c=ONE, length=()):
        self.c, self.length = c, dict(length)
        self._factors, self._seen, self._tied, self._fresh = [], {}, {}, count()

    def put(self, part, labels, power=1):
        """The part to a whole power, its result's axes labelled."""
        place = {}
        self._seen.update(dict.fromkeys(labels))
        for own, label in zip(part.out, labels):
            self._tie(place.setdefault(own, label), label)
            self.length.setdefault(label, part.length[own])
        for node, own, p in part.factors:
            for k in own:
                if k not in place:
                    place[k] = label = ("sum", next(self._fresh))
                    self.length[label] = part.length[k]
            self._factors.append((node, tuple([place[k] for k in own]), p*power))
        if part.c is not ONE:
            self.c = self.c*(part.c if power == 1 else part.c**power)

    def factor(self, node, labels, power=1):
        """One factor with its labels."""
        for k, n in zip(labels, node.sizes):
            self.length.setdefault(k, n)
        self._factors.append((node, tuple(labels), power))

    def done(self, out, mirrored=None):
        """The product, labels numbered: equal factors joined, axes of length 1 dropped where nothing is lost.

        `mirrored(node)` is 1 for a symmetric matrix, -1 for an antisymmetric one, else 0.
        """
        out, powers, seen = self._current(out), {}, dict.fromkeys(self._current(self._seen))
        ones = 1 in self.length.values()
        for node, labels, p in self._factors:
            if labels:
                labels = self._current(labels)
                if ones:
                    node, labels = self._squeezed(node, labels, out)
                if mirrored is not None and len(labels) == 2 and labels[0] != labels[1]:
                    labels = self._ordered(node, labels, p, mirrored)
                seen.update(dict.fromkeys(labels))
            powers[node, labels] = powers.get((node, labels), 0) + p
        factors = [(node, labels, _whole(p)) for (node, labels), p in improved(powers).items() if p]
        if any([node.op.name == "softmax" for node, _, _ in factors]):
            factors = self._shares(factors, out, seen)
        carried = {k for _, labels, _ in factors for k in labels} | set(out)
        lost = [size(self.length[k]) for k in seen if k not in carried and self.length[k] != 1]
        if lost:
            powers = {(node, labels): p for node, labels, p in factors}
            for node in lost:
                powers[node, ()] = powers.get((node, ()), 0) + 1
            factors = [(node, labels, _whole(p)) for (node, labels), p in powers.items() if p]
        factors = [f for f in factors if not self._absorbed(f)]
        self.c, factors = joined(self.c, factors)
        if not self.c:
            return plain(Ratio(0), tuple([self.length[k] for k in out]))
        return _numbered(self.c, factors, out, self.length)

    def _shares(self, factors, out, seen):
        """The factors without those shares, softmax(x), that are only summed: they sum to one."""
        kept = []
        for factor in factors:
            node, labels, p = factor
            last = labels[len(labels) - node.attributes[0]:] if node.op.name == "softmax" and p == 1 else ()
            others = [k for other in factors if other is not factor for k in other[1]] + list(out)
            if last and not set(last) & set(others) and len(set(labels)) == len(labels):
                for k in last:
                    seen.pop(k)
            else:
                kept.append(factor)
        return kept

    def _absorbed(self, factor):
        """Is the factor a number?  It goes in front."""
        node, labels, p = factor
        value = None if labels or node.inputs else ratio(node)
        if value is None or type(p) is not int or not value and p < 0:
            return False
        self.c = self.c*value**p
        return True

    def _squeezed(self, node, labels, out):
        """The factor without axes of length 1 that are only summed, where they come from a word that wants them."""
        gone = [k for k, label in enumerate(labels) if self.length[label] == 1 and label not in out]
        if not gone or node.op.name not in LOOSE:
            return node, labels
        return build.squeeze(node, gone), tuple([label for k, label in enumerate(labels) if k not in gone])

    def _ordered(self, node, labels, p, mirrored):
        """The labels of a symmetric or antisymmetric matrix in one order."""
        sign = mirrored(node) if repr(labels[1]) < repr(labels[0]) else 0
        if sign == 0 or sign < 0 and type(p) is not int:
            return labels
        if sign < 0 and p % 2:
            self.c = -self.c
        return labels[::-1]

    def _current(self, labels):
        return tuple([self._now(k) for k in labels]) if self._tied else tuple(labels)

    def _now(self, k):
        while k in self._tied:
            k = self._tied[k]
        return k

    def _tie(self, k, m):
        k, m = self._now(k), self._now(m)
        if k != m:
            self._tied[m] = k


def _whole(p):
    return p if type(p) is int or p.denominator != 1 else int(p)


def _numbered(c, factors, out, length):
    number = {}
    for k in (*out, *[k for _, labels, _ in factors for k in labels]):
        number.setdefault(k, len(number))
    return Product(c, tuple([(node, tuple([number[k] for k in labels]), p) for node, labels, p in factors]),
                   tuple([number[k] for k in out]), {number[k]: length[k] for k in number})


def part(factors, out, length):
    """Some factors of a product as a product of their own."""
    return _numbered(ONE, factors, out, length)


def key(product, mirrored=None):
    """What two products have in common when they are equal but for their numbers.

    Equal products may have different keys where summed labels are alike and cannot be told apart; nothing is then
    wrong, only longer.
    """
    colour = {}
    for place, k in enumerate(product.out):
        colour[k] = (0, *colour.get(k, (0,))[1:], place)
    known = [(digest(node), labels, p, mirrored is not None and len(labels) == 2 and mirrored(node) == 1)
             for node, labels, p in product.factors]
    names = sorted({k for _, labels, _, _ in known for k in labels} - set(colour))
    if names:
        colour = _named(known, names, colour)
    found = []
    for name, labels, p, either in known:
        own = tuple([colour[k] for k in labels])
        found.append((name, tuple(sorted(own)) if either else own, p))
    return tuple(sorted(found)), product.out, tuple(map(str, product.sizes))


def _named(known, names, colour):
    """Colours of the summed labels that tell what each touches; of those alike, one at a time is told apart."""
    colour = colour | {k: (1, 0) for k in names}
    while True:
        colour = _refined(known, colour)
        alike = {}
        for k in names:
            alike.setdefault(colour[k], []).append(k)
        several = [c for c, group in alike.items() if len(group) > 1]
        if not several:
            return colour
        chosen = min(several)
        colour[alike[chosen][0]] = (*chosen, -1)


def _refined(known, colour):
    """Colours told apart by the factors and the neighbours of each label, until no more are."""
    classes = 0
    while True:
        touched = {k: [] for k in colour}
        for name, labels, p, either in known:
            around = tuple([colour[k] for k in labels])
            for place, k in enumerate(labels):
                touched[k].append((name, p, 0 if either else place, tuple(sorted(around)) if either else around))
        full = {k: (colour[k], tuple(sorted(touched[k]))) for k in colour}
        rank = {value: number for number, value in enumerate(sorted(set(full.values())))}
        if len(rank) == classes:
            return colour
        colour, classes = {k: (1, rank[full[k]]) if c[0] else c for k, c in colour.items()}, len(rank)


def moved(node, labels, out, length):
    """The node with its axes named `labels` as one of axes `out`: reordered, repeated, or put on diagonals."""
    return node if tuple(labels) == tuple(out) else contract([node], [labels], out, length)


def power(node, p):
    """node**p."""
    if p == 1:
        return node
    if p == HALF:
        return make(TABLE["sqrt"], (node,))
    return make(TABLE["pow"], (node, constant(sp.Rational(p.numerator, p.denominator), node.sizes)))
