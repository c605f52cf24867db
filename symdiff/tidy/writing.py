"""Products and sums of them go in, the nodes that they are written as come out, and their lengths; each remembered."""
from itertools import combinations, permutations

from ..graph import digest, make
from ..primitives import build
from ..primitives.contraction import contract
from ..primitives.record import TABLE
from .entrywise import written
from .product import Product, key, moved, part, single
from .ratio import MINUS, ONE, above_and_below
from .spelling import Spelling

MOST_APART = {1: 3, 2: 2}               # vectors, matrices that are summed away, among which all orders are tried


class Writing:
    """Nodes of products.

    totals   keys of what is to be written sum(x*y), not x @ y;  dots   keys of what was typed x @ y
    dotted   is what is in neither written x @ y?
    made     made(node, product) is told of each node
    flipped  flipped(node) is the node of b - a, for a sum a - b that may be turned round
    """

    def __init__(self, mirrored, totals, dots, dotted, made):
        self.mirrored, self.totals, self.dots, self.dotted, self.made = mirrored, totals, dots, dotted, made
        self.flipped = lambda node: None
        self._nodes, self._lengths = {}, {}
        self._shared, self._shared_by = {}, {}

    def share(self, product, node):
        """Let the node, which stands elsewhere anyway, be used where its product is a part of another one."""
        self._shared.setdefault(product.name(self.mirrored), node)
        first = min(product.factors, key=lambda f: (digest(f[0]), f[2]))
        powers = frozenset([(n, p) for n, _, p in product.factors])
        self._shared_by.setdefault((first[0], first[2]), []).append((powers, len(product.factors), len(product.out)))

    # -- products -----------------------------------------------------------------------------------------------------

    def spelled(self, product):
        """The node of a product."""
        name = product.name(self.mirrored), product.c, product.c.decimal
        node = self._nodes.get(name)
        if node is None:
            node = self._nodes[name] = self._spelled(product)
            self.made(node, product)
        return node

    def length(self, product):
        """How many operations the product adds to those of its factors."""
        name = product.name(self.mirrored)
        if name not in self._lengths:
            self._lengths[name] = self._length(product)
        over, under = above_and_below(abs(product.c))
        return self._lengths[name] + (over != 1 and any(p > 0 for _, _, p in product.factors)) + (under != 1)

    def is_negative(self, product):
        """Is a minus written in front of the product?"""
        return product.c < 0 and above_and_below(abs(product.c))[0] == 1 and self._turned_round(product) is None

    def _turned_round(self, product):
        """-(a - b)·x as (b - a)·x; None where there is no such sum."""
        if product.c > 0 or above_and_below(abs(product.c))[0] != 1:
            return None
        for k, (node, labels, p) in enumerate(product.factors):
            other = self.flipped(node) if type(p) is int and p % 2 else None
            if other is not None:
                self.made(other, single(node).times(MINUS))
                factors = (*product.factors[:k], (other, labels, p), *product.factors[k + 1:])
                return Product(-product.c, factors, product.out, product.length)
        return None

    def _spelled(self, product):
        product = self._turned_round(product) or product
        factors = product.factors
        if len(factors) == 1 and product.c == 1 and factors[0][1:] == (product.out, 1):
            return factors[0][0]
        scalars, rest = [(n, p) for n, labels, p in factors if not labels], [f for f in factors if f[1]]
        if not rest and product.is_diagonal:
            return written(product.c, [(contract([], [], product.out, product.length), 1)], product.sizes, scalars)
        order = tuple([k for k in dict.fromkeys(product.out) if any(k in labels for _, labels, _ in rest)])
        powers = [(n, p) for n, _, p in rest]
        if any(labels != order for _, labels, _ in rest):
            powers = [(self._core(product, rest), 1)]
        sizes = tuple([product.length[k] for k in order])
        return moved(written(product.c, powers, sizes, scalars), order, product.out, product.length)

    def _core(self, product, rest):
        """The factors with axes as one node."""
        (_, labels, _), *others = rest
        name = key(part(rest, (), product.length), self.mirrored)
        if not product.out and len(labels) == 1 and all(f[1] == labels for f in others) \
                and (name in self.totals or not self.dotted and name not in self.dots):
            inner = written(ONE, [(n, p) for n, _, p in rest], rest[0][0].sizes)
            return contract([inner], [labels], ())
        return self._spelling(product, rest).node()

    def _length(self, product):
        scalars, rest = [f for f in product.factors if not f[1]], [f for f in product.factors if f[1]]
        ops = len(scalars) + sum(p not in (1, -1) for _, _, p in scalars)
        if rest:
            carried = {k for _, labels, _ in rest for k in labels}
            kept = tuple([k for k in product.out if k in carried])
            indexed = kept != product.out[len(product.out) - len(kept):]
            return ops + self._spelling(product, rest).operations + (product.is_diagonal or indexed)
        return ops - any(p > 0 for _, _, p in scalars)

    def _spelling(self, product, rest):
        items = _items(product, rest)
        return Spelling(items, tuple(dict.fromkeys(product.out)), product.length, self.mirrored,
                        self._standing(items, product, rest) if self._shared else [])

    def _standing(self, items, product, rest):
        """[(which items, axes in their order, node)] of what stands elsewhere and is a part of the product."""
        have, found = dict.fromkeys([(n, p) for n, _, p in rest]), []
        for f in have:
            for powers, count, rank in self._shared_by.get(f, ()):
                if not powers <= have.keys():
                    continue
                usable = [k for k, item in enumerate(items) if all((n, p) in powers for n, _, p in item)]
                for some in range(1, len(usable) + 1):
                    for chosen in combinations(usable, some):
                        if sum(len(items[k]) for k in chosen) == count:
                            found += self._matching(items, chosen, rank, product)
        return found

    def _matching(self, items, chosen, rank, product):
        factors = [f for k in chosen for f in items[k]]
        inside = {k for _, labels, _ in factors for k in labels}
        others = {k for j, item in enumerate(items) if j not in chosen for k in item[0][1]}
        kept = inside & (others | set(product.out))
        mask = sum(1 << k for k in chosen)
        for order in permutations(sorted(inside), rank):
            if kept <= set(order):
                node = self._shared.get(key(part(factors, order, product.length), self.mirrored))
                if node is not None:
                    yield mask, order, node

    # -- sums ---------------------------------------------------------------------------------------------------------

    def added(self, terms):
        """The node of a sum: positive terms first, else in their order; what is only repeated is added before."""
        terms, total = sorted(terms, key=_place), None
        groups = {}
        for place, one in enumerate(terms):
            carried = tuple([k for k in one.out if any(k in labels for _, labels, _ in one.factors)])
            narrow = len(carried) < len(one.out) and not one.is_diagonal
            groups.setdefault(carried if narrow else place, []).append(one)
        for name, group in groups.items():
            node, negative = self._together(name, group) if len(group) > 1 else (
                self.spelled(group[0].with_number(abs(group[0].c))), group[0].c < 0)
            if total is None:
                total = build.negative(node) if negative else node
            else:
                total = make(TABLE["sub" if negative else "add"], (total, node))
        return total

    def _together(self, carried, group):
        """(the sum of terms that lack the same axes, repeated along these, whether it is taken away)."""
        negative = all(one.c < 0 for one in group)
        inner = [part(one.factors, carried, one.length).times(-one.c if negative else one.c) for one in group]
        return moved(self.added(inner), carried, group[0].out, group[0].length), negative


def _place(term):
    """The place of a term in a sum: positive ones first, numbers after names, a matrix before its transpose."""
    turned = len(term.factors) == 1 and len(term.out) == 2 and term.factors[0][1] == term.out[::-1]
    return term.c < 0, not term.factors, turned


def _items(product, factors):
    """The factors grouped by the axes they carry; those that only a dot product or a trace sums stay apart."""
    groups = {}
    for factor in factors:
        groups.setdefault(frozenset(factor[1]), []).append(factor)
    if len(groups) != 1 or product.out or not 1 <= len(factors[0][1]) <= 2:
        return list(groups.values())
    (node, labels, p), *others = factors
    if p == 2 and not others and len(labels) == 1:
        return [[(node, labels, 1)]]*2
    apart = len(factors) <= MOST_APART[len(labels)] and all(f[2] > 0 for f in factors)
    return [[f] for f in factors] if apart else list(groups.values())
