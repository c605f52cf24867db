"""One round of simplification: the outputs of a graph go in, the same in the shortest form that is found for each of
their sums and products comes out."""
from collections import Counter

from ..graph import order, rebuild, same
from ..primitives.contraction import CONTRACT, is_movement
from ..primitives.leaf import constant, is_constant
from .product import Joining, part, single
from .quotients import improved
from .ratio import MINUS, ONE
from .reading import PRODUCTS, Reading
from .rules import RULES
from .sums import SUMS, Sums
from .symmetry import Symmetry
from .terms import MOST_TERMS, flat
from .words import uses
from .writing import Writing

SIGN = {1: ONE, -1: MINUS}
SMALL, FEW_TERMS = 300, 8       # nodes up to which more is tried; terms that sums are multiplied out to where it is not


class Tidying:
    """One run: what is known of the nodes of one graph.

    reading   the product that a node is; what is used several times is one factor
    opened    the same with every product opened
    opening   of two forms of one length, is the one with every product opened taken?
    """

    def __init__(self, outputs, typed, opening):
        self.opening, self.thorough = opening, len(order(outputs)) <= SMALL
        self.given, self.formula, self.typed, self.outer = outputs, typed, set(order(typed)), set(outputs)
        self.count, self.above = uses(outputs), {}
        for node in order(outputs):
            for i in node.inputs:
                self.above.setdefault(i, []).append(node)
        totals, dots = set(), set()
        self.symmetry = Symmetry(lambda node: self.opened(node))
        dotted = any([node.op is CONTRACT and len(node.inputs) > 1 for node in self.typed])
        self.writing = Writing(self.symmetry, totals, dots, dotted, self._made)
        self.reading = Reading(self.writing.spelled, self.symmetry, totals, dots)
        self.opened = Reading(self.writing.spelled, self.symmetry, totals, dots, self.reading)
        self.sums = Sums(self.writing, self.reading, self.symmetry, MOST_TERMS if self.thorough else FEW_TERMS)
        self.writing.flipped = self.sums.flipped
        self.done = set()                                           # sums that are complete

    def results(self):
        """(outputs, the nodes of the formula), rewritten."""
        new = rebuild((*self.given, *self.formula), self._change)
        return new[:len(self.given)], new[len(self.given):]

    def _made(self, node, product):
        for reading in (self.reading, self.opened):
            reading.note(node, product)

    def _change(self, old, inputs):
        node = same(old, inputs)
        if old not in self.count:                                   # of the formula only
            return node
        if node.op.name in SUMS:
            return self._typed_sum(old, node) if old in self.typed else self._sum(old, node)
        if node.op.name in PRODUCTS:
            return self._product(old, node)
        rule = RULES.get(node.op.name) if old not in self.typed else None
        return node if rule is None else rule(self, node)

    def _waits(self, old, kind):
        """Is the node only a part of one sum, or one product, that is not yet complete?"""
        return old not in self.outer and self.count[old] == 1 and all(
            user.op.name in kind and user not in self.typed for user in self.above[old])

    # -- sums ----------------------------------------------------------------------------------------------------------

    def _sum(self, old, node):
        """A sum in its shortest form, once all its terms are there."""
        if self._waits(old, SUMS):
            return node
        terms = flat(node, lambda inner: inner not in self.done, most=None)
        forms = [[read(term).times(SIGN[sign]) for sign, term in terms] for read in (self.reading, self.opened)]
        product = self._shortest([self.sums.shortest(form) for form in (forms if forms[0] != forms[1] else forms[:1])])
        product = improved(self.sums, product, self.thorough)
        new = self.writing.spelled(product)
        return self._noted_sum(old, new) if new.op.name in SUMS else self._noted_product(old, new, product)

    def _typed_sum(self, old, node):
        """A sum of the formula stays; noughts that were typed go."""
        for one, other in (node.inputs, node.inputs[::-1]):
            if is_constant(other, 0) and (node.op.name == "add" or other is node.inputs[1]):
                return one
        self.sums.keep(node)
        return self._noted_sum(old, node)

    def _noted_sum(self, old, node):
        self.done.add(node)
        if self.count[old] > 1:
            self.sums.share(node)
        return node

    def _shortest(self, products):
        """Of the closed and the opened form the shorter one."""
        return min(products[::-1] if self.opening else products, key=lambda product: self.sums.length([product]))

    # -- products ------------------------------------------------------------------------------------------------------

    def _product(self, old, node):
        """A product as it is written, where it is not only a part of a longer one."""
        if self._waits(old, PRODUCTS):
            return node
        product, opened = self.reading(node), self.opened(node)
        product = self._shortest([product, opened]) if product != opened else product
        product = improved(self.sums, product, self.thorough)
        if not product.c:
            return constant(0, node.sizes)
        if old not in self.typed or old.op is CONTRACT and self._is_chain(product):
            node = self.writing.spelled(product)
        return self._noted_product(old, node, product)

    def _noted_product(self, old, node, product):
        """What is used several times is one factor from now on, besides a number and scalars in front of it."""
        inner = [f for f in product.factors if f[1]] or list(product.factors)
        if self.count[old] > 1 and len(inner) > 1 and not product.is_diagonal and not is_movement(node):
            core = part(inner, product.out, product.length)
            shared = self.writing.spelled(core)
            joining = Joining(product.c, product.length)
            for f in product.factors:
                if f not in inner:
                    joining.factor(*f)
            joining.factor(shared, product.out)
            self.reading.note(node, joining.done(product.out))
            self.reading.note(shared, single(shared))
            self.sums.share(shared)
            self.writing.share(core, shared)
        return node

    def _is_chain(self, product):
        """Is it a product of matrices and vectors and nothing else?"""
        touching = Counter([k for _, labels, _ in product.factors for k in labels] + list(product.out))
        return product.c == 1 and all(p == 1 and labels for _, labels, p in product.factors) \
            and set(touching.values()) == {2}
