"""Is a matrix symmetric?  A node and two of its axes go in; 1, -1 or 0 comes out: the sign that it changes by when the
axes change places, 0 where that is not known.

    X @ X.T,  A + A.T,  diag(v),  inv(S),  exp(-(x_i - x_j)²)    are symmetric,    x_i - x_j    is antisymmetric
"""
import numpy as np

from ..passes.algebra import EVEN, ODD
from ..primitives.leaf import CONSTANT, DATA, INPUT
from ..primitives.record import Elementwise
from .product import Product, key
from .terms import flat

LARGEST = 200                               # rows of a constant matrix that is looked at


class Symmetry:
    """Signs, remembered.  `reading(node)` is the product that a node is."""

    def __init__(self, reading):
        self.reading, self._known = reading, {}

    def __call__(self, node):
        """The sign of a matrix."""
        return self.sign(node, 0, 1) if len(node.sizes) == 2 else 0

    def sign(self, node, p, q):
        """The sign of a node of any rank under the exchange of its axes p and q."""
        known, stack, opened = self._known, [(node, p, q)], set()
        while stack:
            top = stack[-1]
            if top in known:
                stack.pop()
                continue
            waiting = [one for one in self._needed(*top) if one not in known] if top not in opened else ()
            opened.add(top)
            if waiting:
                stack += waiting
                continue
            stack.pop()
            known[top] = self._sign(*top)
        return known[node, p, q]

    def _needed(self, node, p, q):
        """The signs that the sign of the node is made of."""
        if node.sizes[p] != node.sizes[q] or node.op in (INPUT, CONSTANT, DATA):
            return []
        products = self._products(node)
        if products is not None:
            return [(f, labels.index(one.out[p]), labels.index(one.out[q])) for _, one in products
                    for f, labels, _ in one.factors if {one.out[p], one.out[q]} <= set(labels)]
        if node.op.name == "inv" or type(node.op) is Elementwise:
            return [(i, p, q) for i in node.inputs]
        return []

    def _products(self, node):
        """The terms of the node as (sign, product); None where it is neither a sum nor a product."""
        terms = flat(node)
        if terms is None:
            return None
        products = [(sign, self.reading(term)) for sign, term in terms]
        if any(len(one.factors) == 1 and one.factors[0][0] is node for _, one in products):
            return None
        return products

    def _sign(self, node, p, q):
        if node.sizes[p] != node.sizes[q] or node.op is INPUT:
            return 0
        if node.op is CONSTANT:
            return 1
        if node.op is DATA:
            return _of_array(node.attributes[0].array, p, q)
        products = self._products(node)
        if products is not None:
            return self._of_sum(products, p, q)
        signs = [self._known.get((i, p, q), 0) for i in node.inputs]
        if node.op.name == "inv":
            return signs[0] if (p, q) == (len(node.sizes) - 2, len(node.sizes) - 1) else 0
        if type(node.op) is not Elementwise or 0 in signs:
            return 0
        if all(s == 1 for s in signs):
            return 1
        return -1 if node.op.name in ODD else 1 if node.op.name in EVEN else 0

    def _of_sum(self, products, p, q):
        """The sign of a sum: its terms with the axes exchanged are the terms, or their negatives."""
        found, turned = {}, {}
        for sign, one in products:
            for terms, other in ((found, one), (turned, self._turned(one, p, q))):
                name = key(other, self._seen)
                terms[name] = terms.get(name, 0) + sign*other.c
        found, turned = [{k: c for k, c in d.items() if c} for d in (found, turned)]
        if found == turned:
            return 1
        return -1 if found == {k: -c for k, c in turned.items()} else 0

    def _turned(self, one, p, q):
        """The product with two axes of its result exchanged; factors that do not mind stay as they are."""
        i, j = one.out[p], one.out[q]
        swap, c, factors = {i: j, j: i}, one.c, []
        for node, labels, power in one.factors:
            sign = 0
            if i in labels and j in labels:
                sign = self._known.get((node, labels.index(i), labels.index(j)), 0)
            if sign and (sign > 0 or type(power) is int):
                c = c*sign**power
            else:
                labels = tuple([swap.get(k, k) for k in labels])
            factors.append((node, labels, power))
        return Product(c, tuple(factors), one.out, one.length)

    def _seen(self, node):
        return self._known.get((node, 0, 1), 0)


def _of_array(array, p, q):
    if array.shape[p] != array.shape[q] or array.shape[p] > LARGEST:
        return 0
    other = np.swapaxes(array, p, q)
    return 1 if np.array_equal(array, other) else -1 if np.array_equal(array, -other) else 0
