"""What was read goes in; for each verb of a compiled function the graph that it needs, derived, comes out."""
import functools
import threading

import numpy as np

from symdiff import derive, elimination, passes
from symdiff.bounds import bounds
from symdiff.entries import LARGEST, assembled, entries, entry_of
from symdiff.errors import NoDerivative
from symdiff.graph import digest, order
from symdiff.lengths import product, text
from symdiff.operations import operations
from symdiff.primitives.contraction import CONTRACT, is_movement
from symdiff.primitives.leaf import constant
from symdiff.primitives.leaf import input as input_node
from symdiff.primitives.scan import SCAN

STABLE = (passes.roll, *passes.BEFORE)          # from what was read to what is differentiated


FEW = 4                         # rows of a matrix that loops carry along as cheaply as single numbers do
UNROLLED = 200_000              # nodes of single numbers that are still compiled one by one


class Problem:
    """Outputs, and what they are differentiated by.

    outputs  the nodes as they were read
    wrt      the input nodes of the derivatives
    single   is there one output, or a list of them?
    mode     "auto", "forward" or "reverse": how Jacobians and Hessians sweep
    """

    def __init__(self, outputs, wrt, single=True, mode="auto", taken=()):
        self.outputs, self.wrt, self.single, self.mode = tuple(outputs), tuple(wrt), single, mode
        self._taken = set(taken)
        self._lock, self._stable, self._bounds = threading.RLock(), None, None
        self.tangents = self._fresh("d", self.wrt)
        self.cotangents = self._fresh("bar_", self.outputs)
        self._identity = ".".join(digest(node).hex() for node in (*self.outputs, *self.wrt))

    def _fresh(self, prefix, nodes):
        """Inputs for vectors of the sizes of some nodes, of names that nothing else has."""
        made = []
        for k, node in enumerate(nodes):
            name = prefix + (str(node.attributes[0]) if node in self.wrt else str(k))
            while name in self._taken:
                name += "_"
            self._taken.add(name)
            made.append(input_node(name, node.sizes))
        return tuple(made)

    @property
    def bounds(self):
        """What must hold of the lengths of axes for the formula to have a value, whatever is derived from it."""
        with self._lock:
            if self._bounds is None:
                self._bounds = bounds(self.outputs)
            return self._bounds

    @property
    def stable(self):
        """The outputs in their stable form."""
        return self._before()[0]

    @property
    def rewrites(self):
        """What `stabilise` did to the formula, each once."""
        return list(dict.fromkeys(self._before()[1]))

    def _before(self):
        with self._lock:
            if self._stable is None:
                self._stable = passes.run(self.outputs, STABLE)
            return self._stable

    def stable_with(self, named):
        """(the outputs in their stable form, {node of it: the user's name}), from {node as read: its name}."""
        made = passes.run((*self.outputs, *named), STABLE)[0]
        kept = dict(zip(made[len(self.outputs):], named.values()))
        return made[:len(self.outputs)], {node: name for node, name in kept.items() if node.inputs}

    def graph(self, kind):
        """The outputs of a kind, ready for the machine."""
        formulas = self._unrolled(kind) or self.stable
        if kind in STEADY:
            formulas = passes.steady(formulas)
        made = KINDS[kind](self, formulas if kind in FORWARD else passes.checkpoint(formulas), _steady)
        return made if kind == "value" else _stable(made)

    def _unrolled(self, kind):
        """The stable outputs without the loops that `roll` made of single numbers, where a matrix is derived from them.

        A loop carries a row of the matrix for each of its numbers; apart, each number has only the entries it needs.
        None where that does not matter: for vectors, for a few columns, for more numbers than compile in seconds.
        """
        matrix = kind == "hess" and sum([_count(w) for w in self.wrt]) > FEW \
            or kind == "jac" and sum([_count(o) for o in self.outputs]) > FEW
        if not matrix or not any([node.op is SCAN for node in order(self.stable)]) \
                or len(order(self.outputs)) > UNROLLED or entries(self.outputs) is None:
            return None
        return passes.run(self.outputs, passes.BEFORE)[0]

    def as_read(self, kind):
        """The outputs of a kind as they were read and differentiated, with nothing rewritten."""
        return KINDS[kind](self, self.outputs, lambda outputs: outputs)

    def key(self, kind):
        """Text that decides `graph(kind)` without making it."""
        return f"{kind} {self.mode} {self._identity}"

    def counts(self, kind):
        """(operations as they were typed and differentiated, operations after the passes)."""
        return operations(self.as_read(kind)), operations(self.graph(kind))

    def scalar(self, verb):
        """The one scalar output, or NoDerivative that says what to ask for instead."""
        if not self.single:
            raise NoDerivative(f"{verb} is of one scalar, and this was compiled from a list.",
                               do="ask for jac, or vjp, or compile the one expression.")
        sizes = self.outputs[0].sizes
        if sizes:
            raise NoDerivative(f"{verb} is of a scalar, but this has sizes {text(sizes)}.",
                               do="ask for jac, jvp or vjp, or sum it or average it first.")

    def unused(self):
        """Those of wrt that no output depends on."""
        held = set(order(self.outputs))
        return tuple([node for node in self.wrt if node not in held])

    def steps(self):
        """Names of the primitives between wrt and the outputs that are flat wherever they have a derivative."""
        return tuple(dict.fromkeys(_flat(self.outputs, self.wrt)))


def _count(node):
    """The entries of a node; none where a length is a symbol."""
    return product(node.sizes) if all([type(n) is int for n in node.sizes]) else 0


def _flat(outputs, wrt):
    """Names of the flat primitives that depend on some nodes, in the steps of loops too."""
    active = set(wrt)
    for node in order(outputs):
        if active.isdisjoint(node.inputs):
            continue
        active.add(node)
        if _is_step(node.op):
            yield node.op.name
        elif node.op is SCAN:
            body = node.attributes[0]
            moving = [p for p, i in zip(body.parameters, node.inputs) if i in active]
            yield from _flat(body.outputs, [*body.carry, *moving])


@functools.cache
def _is_step(op):
    partials = getattr(op, "partials", None)
    return bool(partials) and not getattr(op, "boolean", False) and all(p == 0 for p in partials)


def _stable(outputs):
    """Derivatives in their stable form; where they are arrays of single numbers, these alone go through the passes.

    A gradient that is differentiated again, too: what is stabilised first stays right in the tails.
    """
    cells = entries(outputs)
    if cells is None:
        return passes.run(outputs, passes.AFTER)[0]
    numbers = tuple(dict.fromkeys([c for one in cells for c in one.flat if c is not None]))
    new = dict(zip(numbers, passes.run(numbers, passes.AFTER)[0]))
    return tuple([assembled(_each(one, new)) for one in cells])


def _steady(gradient):
    """A gradient in its stable form, that is to be differentiated again."""
    return passes.steady(_stable(gradient))


def _each(cells, new):
    """The array with each of its nodes replaced."""
    made = np.empty(cells.shape, object)
    made.ravel()[:] = [new.get(c) for c in cells.flat]
    return made


def _hessian(problem, outputs, between):
    """The blocks (i, j) with i ≤ j, row by row; the others are their transposes."""
    first, wrt = between(derive.gradient(outputs[0], problem.wrt)), problem.wrt
    cells = entries(first)
    if cells is None or any([_too_large(g, w) for g in first for w in wrt]):
        rows = [derive.jacobian(first[i], wrt[i:], problem.mode) for i in range(len(wrt))]
        return tuple([block if k else _unturned(block, len(w.sizes)) for w, row in zip(wrt, rows)
                      for k, block in enumerate(row)])
    found = _eliminated(problem, cells)
    for (i, j), block in found.items():
        if i == j:                                             # symmetric: one half is computed, and stands twice
            flat = block.reshape(cells[i].size, cells[i].size)
            low = np.tril_indices(len(flat), -1)
            flat[low] = flat.T[low]
    return tuple([_block(found, i, j, first, wrt) for i, j in upper(len(wrt))])


def _unturned(block, count):
    """A symmetric block of two times `count` axes as it is before its halves change places, if that is how it was made.
    """
    if block.op is CONTRACT and is_movement(block) and block.inputs:            # the identity moves nothing
        (labels,), out, _ = block.attributes
        if len(labels) == 2*count and out == (*labels[count:], *labels[:count]):
            return block.inputs[0]
    return block


def _hessian_product(problem, outputs, between):
    return derive.jvp(between(derive.gradient(outputs[0], problem.wrt)), problem.wrt, problem.tangents)


def _and_gradient(problem, outputs, between):
    """All values, and the gradient of the first."""
    return (*outputs, *derive.gradient(outputs[0], problem.wrt))


def upper(n):
    """The pairs (i, j) with i ≤ j < n, row by row."""
    return [(i, j) for i in range(n) for j in range(i, n)]


def _jacobian(problem, outputs):
    cells, wrt = entries(outputs), problem.wrt
    if cells is None or any([_too_large(o, w) for o in outputs for w in wrt]):
        return tuple([block for o in outputs for block in derive.jacobian(o, wrt, problem.mode)])
    found = _eliminated(problem, cells)
    return tuple([_block(found, i, j, outputs, wrt) for i in range(len(outputs)) for j in range(len(wrt))])


def _too_large(output, w):
    """Has the block so many entries that it is better no list of nodes?"""
    return _count(output)*_count(w) > LARGEST


def _block(found, i, j, outputs, wrt):
    """The node of ∂output_i/∂wrt_j, from what `_eliminated` found."""
    return assembled(found[i, j]) if (i, j) in found else constant(0, outputs[i].sizes + wrt[j].sizes)


def _eliminated(problem, cells):
    """{(i, j): array of the nodes of ∂output_i/∂wrt_j, None for 0}, from the entries of the outputs; only what is not 0."""
    wrt, made = problem.wrt, {}
    place = {w: k for k, w in enumerate(wrt)}
    numbers = [c for one in cells for c in one.flat]
    where = {node: entry_of(node) for node in order([c for c in numbers if c is not None])}
    by = [node for node, found in where.items() if found is not None and found[0] in place]
    rows = [(i, k) for i, one in enumerate(cells) for k in range(one.size)]
    filled = [k for k, c in enumerate(numbers) if c is not None]
    for (r, c), value in elimination.jacobian([numbers[k] for k in filled], by, problem.mode).items():
        i, k = rows[filled[r]]
        leaf, at = where[by[c]]
        j = place[leaf]
        if (i, j) not in made:
            made[i, j] = np.empty((*cells[i].shape, *leaf.sizes), object)
        made[i, j].reshape(cells[i].size, -1)[k, at] = value
    return made


FORWARD = ("value", "jvp")          # the kinds that do not go backward through the formula
STEADY = ("jac", "jvp", "vjp")      # first derivatives where no digit is lost, as in the second ones
KINDS = {                           # (problem, outputs, what is done to a gradient before it is differentiated again)
    "value": lambda problem, outputs, between: outputs,
    "grad": lambda problem, outputs, between: derive.gradient(outputs[0], problem.wrt),
    "value_and_grad": _and_gradient,
    "step": _and_gradient,          # of a list
    "jac": lambda problem, outputs, between: _jacobian(problem, outputs),
    "hess": _hessian,
    "hvp": _hessian_product,
    "jvp": lambda problem, outputs, between: derive.jvp(outputs, problem.wrt, problem.tangents),
    "vjp": lambda problem, outputs, between: derive.vjp(outputs, problem.wrt, problem.cotangents),
}
