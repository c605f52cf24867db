"""Factors with labels go in; the node that writes their product with the fewest operations comes out.

Every order of multiplying two at a time is tried, each intermediate with its axes in either order, and what each step
is called decides what it costs: a product of matrices one operation, a transposition one, a scaling of columns one, of
rows two.  Of equally long forms the one whose intermediates have fewer axes is taken, A @ (B @ x), then the one with
fewer brackets.  The search knows no nodes, only which labels they carry, so that equal searches are made once.
"""
from collections import Counter
from functools import lru_cache
from itertools import permutations
from typing import NamedTuple

from ..graph import make
from ..primitives import build
from ..primitives.contraction import contract
from ..primitives.record import TABLE
from .entrywise import rank, written
from .product import moved
from .ratio import ONE

UNIT = 60                               # one operation; a transposition that is likely to stand elsewhere counts less
EINSUM, MOST_AXES = 3, 3                # what a sum of products without a name counts as, besides its axes


class Form(NamedTuple):
    """A way to write a part: its cost (operations, axes of intermediates, brackets and marks), the plan that makes it,
    and what it is: "name" for one factor, "over" for divisors alone, "product" of matrices, "row" of a vector and a
    matrix, else "other"."""
    cost: tuple
    plan: tuple
    kind: str


class Shape(NamedTuple):
    """What the search knows of a factor: its labels and power, is it symmetric, how often does it stand in the product,
    is it more than a name?"""
    labels: tuple
    power: object
    symmetric: bool
    times: int
    made: bool


class Spelling:
    """Factors and the plan of their cheapest product.

    items    lists of (node, labels, power) whose labels are the same sets
    shared   [(mask, axes, node)]: parts of the product, some of the items, that stand elsewhere, perhaps before a sum
    """

    def __init__(self, items, out, length, mirrored, shared):
        self.items, self.length, self.shared, self.mirrored = items, length, shared, mirrored
        times = Counter([node for item in items for node, _, _ in item])
        shapes = tuple([tuple([Shape(labels, p, len(labels) == 2 and mirrored(node) == 1, times[node],
                                     bool(node.inputs)) for node, labels, p in item]) for item in items])
        self.form = cheapest(out, shapes, tuple([(mask, order) for mask, order, _ in shared]))

    @property
    def operations(self):
        """How many operations the form has."""
        return self.form.cost[0]/UNIT

    def node(self):
        return self._made(self.form.plan)

    def _made(self, plan):
        """The node of a plan; plans are as deep as there are factors."""
        word, *rest = plan
        if word == "shared":
            return self.shared[rest[0]][2]
        if word == "item":
            k, order = rest
            powers = [(self._moved(*f[:2], order), f[2]) for f in self.items[k]]
            powers = powers if any(p > 0 for _, p in powers) else [(n, -p) for n, p in powers]
            return written(ONE, powers, tuple([self.length[c] for c in order]))
        if word == "over":
            node = self._made(rest[0])
            return make(TABLE["div"], (build.constant(1, node.sizes), node))
        if word == "move":
            inner, own, order = rest
            return moved(self._made(inner), own, order, self.length)
        if word == "sum":
            plans, orders, order = rest
            return contract([self._made(p) for p in plans], orders, order, self.length)
        p, q, p_order, q_order, order = rest
        nodes = [moved(self._made(p), p_order, order, self.length), moved(self._made(q), q_order, order, self.length)]
        if word == "mul" and (rank(nodes[1]), -len(q_order)) < (rank(nodes[0]), -len(p_order)):
            nodes.reverse()
        return make(TABLE[word], tuple(nodes))

    def _moved(self, node, labels, order):
        if labels == order or len(order) == 2 and self.mirrored(node) == 1:
            return node
        return moved(node, labels, order, self.length)


@lru_cache(maxsize=8192)
def cheapest(out, items, shared):
    """The cheapest Form of a product: items are tuples of Shapes, shared are (mask, axes)."""
    return Search(out, items, shared).best()


class Search:
    """Forms of every part of a product, small parts first."""

    def __init__(self, out, items, shared):
        self.out, self.items, self.shared = out, items, shared
        self.labels = [frozenset(item[0].labels) for item in items]
        self.forms, self._carried, self._known_orders = {}, {}, {}

    def best(self):
        """The cheapest form of everything, its axes as in the result."""
        order = tuple([k for k in self.out if any(k in s for s in self.labels)])
        everything = (1 << len(self.items)) - 1
        for mask in range(1, everything + 1):
            self.forms[mask] = self._forms(mask)
            self._carried[mask] = frozenset().union(*self.forms[mask])
        return _whole(self.forms[everything][order], order)

    # -- forms of a part ----------------------------------------------------------------------------------------------

    def _kept(self, mask):
        """The labels of the part that the result or another factor still needs."""
        inside, outside = set(), set(self.out)
        for k, s in enumerate(self.labels):
            (inside if mask >> k & 1 else outside).update(s)
        return frozenset(inside & outside)

    def _orders(self, labels):
        """The orders of axes that are looked at: every one of two; of more the result's, and the last two exchanged."""
        found = self._known_orders.get(labels)
        if found is None:
            known = sorted(labels, key=lambda k: (self.out.index(k) if k in self.out else len(self.out), k))
            found = list(permutations(known)) if len(known) < 3 else [tuple(known), (*known[:-2], known[-1], known[-2])]
            self._known_orders[labels] = found
        return found

    def _forms(self, mask):
        kept, found = self._kept(mask), {}
        if mask & (mask - 1) == 0:
            self._one_item(mask.bit_length() - 1, kept, found)
        elif len(kept) <= max(MOST_AXES, len(self.out)):
            self._splits(mask, kept, found)
            for k, (part, order) in enumerate(self.shared):
                if part == mask:
                    self._standing(k, order, kept, found)
        for order, form in list(found.items()):
            if len(order) == 2:
                ops, axes, marks = form.cost
                kind = form.kind if form.kind == "over" else "other"
                self._offer(found, order[::-1], Form((ops + UNIT, axes, marks + 1),
                                                     ("move", form.plan, order, order[::-1]), kind))
        return found

    def _splits(self, mask, kept, found):
        """Every two parts that touch; parts that do not, only where nothing else is left."""
        apart, left = [], (mask - 1) & mask
        while left > mask ^ left:
            right = mask ^ left
            if self.forms[left] and self.forms[right]:
                if self._carried[left] & self._carried[right]:
                    self._two_parts(left, right, kept, found)
                else:
                    apart.append((left, right))
            left = (left - 1) & mask
        if not found or len(kept) == 2:
            for left, right in apart:
                self._two_parts(left, right, kept, found)

    def _standing(self, k, order, kept, found):
        """What stands elsewhere, summed over what is not kept."""
        form = Form((0, 0, 0), ("shared", k), "name")
        rest = tuple([k for k in order if k in kept])
        if rest != order:
            form = Form((UNIT, len(rest), 0), ("sum", (form.plan,), (order,), rest), "other")
        self._offer(found, rest, form)

    def _offer(self, found, order, form):
        if order not in found or form.cost < found[order].cost:
            found[order] = form

    def _one_item(self, k, kept, found):
        """Factors with the same labels: multiplied entry by entry, and summed over what nobody else carries."""
        item, whole = self.items[k], self.labels[k]
        bare = len(item) == 1 and item[0].power == 1
        kind = "name" if bare else "over" if all(f.power < 0 for f in item) else "other"
        for order in self._orders(whole):
            turned = [f for f in item if f.labels != order and not (f.symmetric and len(order) == 2)]
            ops = UNIT*(len(item) - 1 + sum(f.power not in (1, -1) for f in item))
            ops += sum(UNIT//f.times if f.times > 2 else UNIT for f in turned)
            form = Form((ops, 0, sum(1 + f.made for f in turned)), ("item", k, order), kind)
            if kept == whole:
                self._offer(found, order, form)
            else:
                rest, form = tuple([c for c in order if c in kept]), _whole(form, order)
                self._offer(found, rest, Form(_plus(form, 1, len(rest)), ("sum", (form.plan,), (order,), rest),
                                              "other"))

    # -- two parts ----------------------------------------------------------------------------------------------------

    def _two_parts(self, left, right, kept, found):
        """The parts multiplied, either way round."""
        orders = self._orders(kept)
        entrywise = self._carried[left] | self._carried[right] == kept
        for p_order, p in self.forms[left].items():
            for q_order, q in self.forms[right].items():
                if len(found) == len(orders):
                    if p.cost[0] + q.cost[0] + UNIT > max([form.cost[0] for form in found.values()]):
                        continue
                if entrywise:
                    self._entrywise(p_order, p, q_order, q, orders, found)
                else:
                    self._summed(p_order, _whole(p, p_order), q_order, _whole(q, q_order), kept, found)

    def _entrywise(self, p_order, p, q_order, q, orders, found):
        """p*q, p/q or the outer product."""
        if p.kind == "over":
            p, p_order, q, q_order = q, q_order, p, p_order
        p, word = _whole(p, p_order), "div" if q.kind == "over" else "mul"
        if len(p_order) == len(q_order) == 1 and p_order != q_order and word == "mul":
            for (o, one), (m, other) in (((p_order, p), (q_order, q)), ((q_order, q), (p_order, p))):
                plan = "sum", (one.plan, other.plan), (o, m), o + m
                self._offer(found, o + m, Form(_cost(p, q, 1), plan, "other"))
            return
        for order in orders:
            first, second = _stretch(p_order, order), _stretch(q_order, order)
            if first is not None and second is not None:
                self._offer(found, order, Form(_cost(p, q, 1 + first + second),
                                               (word, p.plan, q.plan, p_order, q_order, order), "other"))

    def _summed(self, p_order, p, q_order, q, kept, found):
        """p @ q or q @ p, the sum of p*q, the trace of p @ q, or an einsum."""
        every = set(p_order) | set(q_order)
        gone = every - kept
        if len(gone) == 1:
            named = self._matrix_product(p_order, p, q_order, q, *gone, found)
            if self._matrix_product(q_order, q, p_order, p, *gone, found) or named:
                return
        full = p_order if set(q_order) <= set(p_order) else q_order if set(p_order) <= set(q_order) else None
        if full and len(full) <= 3:
            first, second = _stretch(p_order, full), _stretch(q_order, full)
            if first is not None and second is not None:
                rest, plan = tuple([c for c in full if c in kept]), ("mul", p.plan, q.plan, p_order, q_order, full)
                self._offer(found, rest, Form(_cost(p, q, 2 + first + second, len(rest)),
                                              ("sum", (plan,), (full,), rest), "other"))
            if len(gone) == len(full) == 2 and p_order == q_order[::-1]:
                self._offer(found, (), Form(_cost(p, q, 2), ("sum", (p.plan, q.plan), (p_order, q_order), ()), "other"))
        order = self._orders(kept)[0]
        self._offer(found, order, Form(_cost(p, q, EINSUM + len(every), len(order)),
                                       ("sum", (p.plan, q.plan), (p_order, q_order), order), "other"))

    def _matrix_product(self, p_order, p, q_order, q, gone, found):
        """p @ q, with leading axes as a batch; is it one?"""
        batch = tuple([k for k in p_order if k in q_order and k != gone])
        left, right = p_order[len(batch):], q_order[len(batch):]
        if p_order[:len(batch)] != batch or q_order[:len(batch)] != batch or gone not in left or gone not in right:
            return False
        if len(left) > 2 or len(right) > 2 or batch and (len(left), len(right)) != (2, 2):
            return False
        if left[-1] != gone or right[0] != gone or len(left) < len(right) and self.out:
            return False                                        # x @ A is written A.T @ x where it is a vector
        order = batch + left[:-1] + right[1:]
        brackets = (q.kind == "product") + (p.kind == "product" and not order)      # (A @ x) @ y is written y @ (A @ x)
        self._offer(found, order, Form(_cost(p, q, 1, len(order), brackets),
                                       ("sum", (p.plan, q.plan), (p_order, q_order), order),
                                       "row" if len(left) < len(right) else "product"))
        return True


def _whole(form, order):
    """One over the divisors, where they stand alone."""
    if form.kind != "over":
        return form
    return Form(_plus(form, 1), ("over", form.plan), "other")


def _plus(form, ops, axes=0):
    return form.cost[0] + ops*UNIT, form.cost[1] + axes, form.cost[2]


def _cost(p, q, ops, axes=0, brackets=0):
    return p.cost[0] + q.cost[0] + ops*UNIT, p.cost[1] + q.cost[1] + axes, p.cost[2] + q.cost[2] + brackets


def _stretch(own, order):
    """0 where broadcasting fits axes `own` into `order`, 1 where an index puts axes in, None in another order."""
    if own == order[len(order) - len(own):]:
        return 0
    places = [order.index(k) for k in own]
    return 1 if places == sorted(places) else None
