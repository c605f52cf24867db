"""A node goes in, the product that it is comes out: quotients, powers, transposes, repetitions and contractions opened.

What is opened is kept small, and is opened only where factors may move: a matrix product that is multiplied entry by
entry with another matrix is one factor, and so is a sum of products that is a scalar.
"""
from fractions import Fraction

import numpy as np
import sympy as sp

from ..primitives.contraction import CONTRACT
from ..primitives.leaf import CONSTANT, DATA, SIZE, constant, size
from .product import HALF, Joining, Product, key, part, plain, single
from .ratio import MINUS, ONE, Ratio, ratio
from .roots import roots

MOST_FACTORS, MOST_SHAPES, HIGHEST = 12, 5, 8
PRODUCTS = frozenset("mul div neg pow sqrt contract".split())


class Reading:
    """Products of nodes, remembered.

    spelled   spelled(product) is the node that a product is written as
    totals    keys of what was typed as the sum of a product of vectors, sum(x*y), and is not to be written x @ y;
              dots, of what was typed x @ y
    closed    another reading, which this one agrees with where it opens no more
    """

    def __init__(self, spelled, mirrored, totals, dots, closed=None):
        self.spelled, self.mirrored, self.totals, self._dots, self.closed = spelled, mirrored, totals, dots, closed
        self._known = {}

    def __call__(self, node):
        known, stack = self._known, [node]
        while stack:
            top = stack[-1]
            waiting = [i for i in top.inputs if i not in known] if top not in known and top.op.name in PRODUCTS else ()
            if waiting:
                stack += waiting
                continue
            stack.pop()
            if top not in known:
                known[top] = self._read(top) if self._opens(top) else self.closed(top)
        return known[node]

    def _opens(self, node):
        """Has an operand been opened that the closed reading leaves?"""
        closed = self.closed
        return closed is None or any([self._known[i] is not closed(i) for i in node.inputs if node.op.name in PRODUCTS])

    def note(self, node, product):
        """Remember that a node is this product."""
        self._known[node] = product

    def _read(self, node):
        name = node.op.name
        value = ratio(node)
        if value is not None:
            return plain(value, node.sizes)
        if name == "neg":
            return self._known[node.inputs[0]].times(MINUS)
        if name == "mul" or name == "div":
            return self._entrywise(node, -1 if name == "div" else 1)
        if name == "pow" or name == "sqrt":
            return self._power(node, _exponent(node))
        if node.op is CONTRACT:
            return self._contraction(node)
        if node.op is SIZE:
            return _length(node)
        if node.op is CONSTANT:
            return _constant(node)
        if node.op is DATA and (identity := _identity(node)) is not None:
            return identity
        return single(node)

    def _entrywise(self, node, sign):
        labels = tuple(range(len(node.sizes)))
        parts = [self._known[i] for i in node.inputs]
        if sign < 0 and (not parts[1].c or parts[1].is_diagonal):
            return single(node)
        wide = [any(len(set(own)) > 1 for _, own, _ in one.factors) for one in parts]
        closed = [one.summed and (wide[1 - k] or k == 1 and sign < 0) for k, one in enumerate(parts)]
        a, b = [self.closed_form(one) if shut else one for one, shut in zip(parts, closed)]
        return self._joined([(a, labels, 1), (b, labels, sign)], labels)

    def _power(self, node, p):
        base = self._known[node.inputs[0]]
        if p is None or base.is_diagonal or not base.c and p < 0:
            return single(node)
        if type(p) is not int and (base.c != 1 or [f[2] for f in base.factors] != [1]):
            base = single(self.spelled(base))                       # sqrt(c·f) is no product of roots
        joining = Joining()
        joining.put(self.closed_form(base) if base.summed else base, base.out, p)
        return joining.done(base.out, self.mirrored)

    def _contraction(self, node):
        subs, out, lengths = node.attributes
        product = self._joined([(self._known[i], labels, 1) for i, labels in zip(node.inputs, subs)], out,
                               dict(enumerate(lengths)))
        if not out:
            inner = [f for f in product.factors if f[1]]
            name = key(part(inner, (), product.length), self.mirrored)
            if len(subs) == 1 and len(subs[0]) == 1 and name not in self._dots:
                self.totals.add(name)
            elif name not in self.totals:
                self._dots.add(name)
        return product

    def _joined(self, parts, out, length=()):
        """The parts in one product; from the last one on they are closed while there are too many factors."""
        for closed in range(len(parts) + 1):
            joining = Joining(ONE, length)
            for k, (one, labels, p) in enumerate(parts):
                joining.put(self.closed_form(one) if k >= len(parts) - closed else one, labels, p)
            product = joining.done(out, self.mirrored)
            if len(product.factors) <= MOST_FACTORS and len(product.shapes) <= MOST_SHAPES:
                break
        return self._apart(product)

    def closed_form(self, product):
        """The product as its scalar factors times one node for the rest."""
        inner = [f for f in product.factors if f[1]]
        if not inner or len(inner) == 1 and not product.summed:
            return product if len(product.factors) <= MOST_FACTORS//2 else single(self.spelled(product))
        outer = [f for f in product.factors if not f[1]]
        if len(outer) > MOST_FACTORS//2:
            return single(self.spelled(product))
        joining, distinct = Joining(product.c, product.length), tuple(dict.fromkeys(product.out))
        for f in outer:
            joining.factor(*f)
        joining.factor(self.spelled(part(inner, distinct, product.length)), distinct)
        return joining.done(product.out)

    def _apart(self, product):
        """What is summed and touches nothing else, as x·y in the product with a matrix A, as one scalar factor."""
        if not product.summed:
            return product
        groups = _components(product)
        loose = [g for g in groups if not any(k in product.out for _, labels, _ in g for k in labels)]
        if not loose or len(groups) == 1 and not product.out:
            return product
        joining = Joining(product.c, product.length)
        for f in product.factors:
            if not any(f in g for g in loose):
                joining.factor(*f)
        for g in loose:
            joining.factor(self.spelled(part(g, (), product.length)), ())
        return joining.done(product.out)


def _components(product):
    """The factors with labels, grouped by what they are connected with."""
    groups = []
    for factor in product.factors:
        if not factor[1]:
            continue
        near = [g for g in groups if any(set(factor[1]) & set(labels) for _, labels, _ in g)]
        groups = [g for g in groups if g not in near] + [[f for g in near for f in g] + [factor]]
    return groups


def _exponent(node):
    """The constant exponent of a power: an int, or a Fraction of halves and the like; None for another."""
    if node.op.name == "sqrt":
        return HALF
    value = ratio(node.inputs[1])
    if value is None or not value or abs(value) > HIGHEST or value.denominator > HIGHEST:
        return None
    return int(value) if value.denominator == 1 else Fraction(value)


def _constant(node):
    """An irrational number as a number times roots, where it is that."""
    value = node.attributes[0]
    found = roots(value**2) if isinstance(value, sp.Expr) and value.is_positive and value.is_finite else None
    if found is None or not any(p in (HALF, -HALF) for _, p in found[1]):
        return single(node)
    joining = Joining(found[0], dict(enumerate(node.sizes)))
    for number, p in found[1]:
        joining.factor(constant(number), (), p)
    return joining.done(tuple(range(len(node.sizes))))


def _length(node):
    """A length that is a product, 2·n·d, as the product of its factors."""
    c, factors = node.attributes[0].as_coeff_mul()
    if not c.is_Integer or len(factors) < 2 and c == 1:
        return single(node)
    joining = Joining(Ratio(int(c)))
    for base, p in [f.as_base_exp() for f in factors]:
        if not (p.is_Integer and p > 0):
            return single(node)
        joining.factor(size(base), (), int(p))
    return joining.done(())


def _identity(node):
    """c·I where a constant square matrix is that."""
    array = node.attributes[0].array
    if array.ndim != 2 or array.shape[0] != array.shape[1] or array.shape[0] < 2 or array[0, 0] == 0:
        return None
    if not np.array_equal(array, array[0, 0]*np.eye(len(array))):
        return None
    scale = Fraction(repr(float(array[0, 0])))
    return Product(Ratio(scale, scale.denominator != 1), (), (0, 0), {0: array.shape[0]})
