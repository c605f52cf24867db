"""A loss and its unknowns go in; where it is quadratic in them, its gradient H·w − b comes out, as graphs H and b.

That it is quadratic is seen twice: no second derivative holds an unknown, or none changes with them; and the gradient
is H·w − b, to 45 digits, at many points.
"""
import mpmath as mp
import numpy as np

from .. import derive, passes
from ..closed import AFTER, BEFORE
from ..errors import ArgumentError
from ..evaluate import evaluate
from ..graph import make, order, rebuild, same
from ..operations import operations
from ..primitives import build
from ..primitives.contraction import contract
from ..primitives.leaf import constant, is_constant
from ..primitives.record import TABLE
from ..verify.points import Points
from ..precise import Beyond, precise

MOST, FEWEST, BUDGET = 40, 8, 60_000            # points tried; operations in all
NEEDED = 4                                      # points at which all must have values
EQUAL = mp.mpf(10)**-45


class Quadratic:
    """The gradient of a loss as H·w − b.

    loss, unknowns   nodes
    constant         {unknown: b_i}, nodes of the unknowns' sizes
    linear           {(unknown, unknown): H_ij}, nodes of both sizes, one after the other
    points           points at which all have values: [(values, lengths)]
    """

    def __init__(self, loss, unknowns, name):
        self.name = name
        self.unknowns = tuple(unknowns)
        for rewriting in ((passes.fold,), BEFORE):                  # as typed, if that is seen to be quadratic
            blocks = self._derived(_squares(loss), rewriting)
            if not set(order(blocks)) & set(self.unknowns):
                break
        self._check(blocks)

    def _derived(self, loss, rewriting):
        """The second derivatives, as they come; the fields are set to the derivatives of the rewritten loss."""
        unknowns = self.unknowns
        self.loss, = passes.run((loss,), rewriting)[0]
        gradient = derive.gradient(self.loss, list(unknowns))
        second = derive.hessian(self.loss, list(unknowns))
        keys = [(a, b) for a in range(len(unknowns)) for b in range(len(unknowns))]
        self.after = AFTER if rewriting is BEFORE else rewriting
        simple = self._simple((*gradient, *[second[key] for key in keys]))
        self.gradient, blocks = simple[:len(unknowns)], simple[len(unknowns):]
        at_nought = self._at_nought((*self.gradient, *blocks))
        self.constant = {w: self._simple([build.negative(g)])[0] for w, g in zip(unknowns, at_nought)}
        self.linear = {(unknowns[a], unknowns[b]): h for (a, b), h in zip(keys, at_nought[len(unknowns):])}
        return blocks

    def _at_nought(self, nodes):
        nodes = rebuild(tuple(nodes), lambda n, inputs: constant(0, n.sizes) if n in self.unknowns else same(n, inputs))
        return self._simple(nodes)

    def _simple(self, nodes):
        return rebuild(passes.run(tuple(nodes), self.after)[0], _unboxed)

    def product(self, unknown):
        """Σ_j H_ij w_j of an unknown's row."""
        rank, total = len(unknown.sizes), None
        for other in self.unknowns:
            block, more = self.linear[unknown, other], len(other.sizes)
            labels = tuple(range(rank + more))
            total = build.plus(total, contract([block, other], [labels, labels[rank:]], labels[:rank]))
        return total

    def _check(self, blocks):
        """Refuse a loss that is not quadratic, or not even that."""
        reached = set(order((self.loss,)))
        for w in self.unknowns:
            if w not in reached:
                raise ArgumentError(f"the loss does not depend on {w.attributes[0]}.", do="leave it out of wrt.")
        gaps = [build.minus(build.plus(self.product(w), build.negative(self.constant[w])), g)
                for w, g in zip(self.unknowns, self.gradient)]
        moved = [build.minus(self.linear[key], block) for key, block in zip(self.linear, blocks)]
        nodes = (*gaps, *moved, *self.gradient, *[self.product(w) for w in self.unknowns], *blocks, self.loss)
        self.points = []
        points = Points((*nodes, *self.unknowns), {})
        cost = max(operations(nodes, dict.fromkeys(points.bindings[0], 3)), 1)
        for point in points.plan(int(min(MOST, max(FEWEST, BUDGET//cost)))):
            if self._holds(nodes, len(gaps) + len(moved), point):
                self.points.append(point)
        if len(self.points) < NEEDED:
            raise ArgumentError(f"the loss is not quadratic in {self.name}: where it is 0 there is no derivative.",
                                do="give a loss that is a polynomial of the second degree in it.")
        if all(is_constant(h, 0) for h in self.linear.values()):
            raise ArgumentError(f"the second derivative in {self.name} is 0: the loss is linear in it, and stationary "
                                "nowhere or everywhere.", do="give a loss that is quadratic in it.")

    def _holds(self, nodes, count, point):
        """Is every gap nought at the point?  None where that cannot be told; refused where one is not."""
        try:
            values = precise(nodes, *point)
        except Beyond:
            return None
        size = max([abs(v) for a in values[count:] for v in a.flat if mp.isfinite(v)], default=0)
        if not all(mp.isfinite(v) for a in values[count:] for v in a.flat):
            return None
        if all(mp.isfinite(v) and abs(v) <= EQUAL*size for a in values[:count] for v in a.flat):
            return True
        depends = "its second derivative still depends on it." if any(
            not abs(v) <= EQUAL*size for a in values[len(self.unknowns):count] for v in a.flat) else \
            "its gradient is not linear."
        raise ArgumentError(f"the loss is not quadratic in {self.name}: {depends}",
                            do="find its least value by a method that iterates: sd.compile(loss, wrt=[...]).flat(...) "
                               "and scipy.optimize.minimize.")

    def systems(self):
        """(H as one matrix, b as one vector), of floats, at many points of many sizes."""
        nodes = (*self.linear.values(), *self.constant.values())
        count = len(self.unknowns)
        for point in [*self.points, *Points((*nodes, *self.unknowns), {}, wide=True).plan(4*MOST)]:
            found = evaluate(nodes, *point)
            if not all(np.all(np.isfinite(v)) for v in found):
                continue
            lengths = [v.size for v in found[count*count:]]
            rows = [[found[a*count + b].reshape(lengths[a], lengths[b]) for b in range(count)] for a in range(count)]
            yield np.block(rows), np.concatenate([v.reshape(-1) for v in found[count*count:]])


def _squares(loss):
    """norm(u)² as Σ u²."""
    def change(node, inputs):
        node = same(node, inputs)
        base = node.inputs[0] if node.op.name == "pow" and is_constant(node.inputs[1], 2) else \
            node.inputs[0] if node.op.name == "mul" and node.inputs[0] is node.inputs[1] else None
        if base is None or base.op.name != "norm":
            return node
        u, = base.inputs
        rank = len(u.sizes)
        return build.total(make(TABLE["pow"], (u, constant(2, u.sizes))), range(rank - base.attributes[0], rank))
    return rebuild((loss,), change)[0]


def _unboxed(node, inputs):
    """A reshape that only drops or adds axes of length 1 as the movement that does so."""
    node = same(node, inputs)
    if node.op.name != "reshape":
        return node
    x, = node.inputs
    if tuple([n for n in x.sizes if n != 1]) != tuple([n for n in node.sizes if n != 1]):
        return node
    bare = build.squeeze(x, [k for k, n in enumerate(x.sizes) if n == 1])
    return build.expand(bare, tuple([k for k, n in enumerate(node.sizes) if n == 1]))

