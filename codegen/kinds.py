"""What was read goes in; for each verb of a compiled function the graph that it needs, derived, comes out."""
import threading

from symdiff import derive, passes
from symdiff.bounds import bounds
from symdiff.errors import NoDerivative
from symdiff.graph import digest, order
from symdiff.lengths import text
from symdiff.operations import operations
from symdiff.primitives.leaf import input as input_node
from symdiff.primitives.scan import SCAN


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
        """What `stabilise` did to the formula."""
        return self._before()[1]

    def _before(self):
        with self._lock:
            if self._stable is None:
                self._stable = passes.run(self.outputs, (passes.roll, *passes.BEFORE))
            return self._stable

    def graph(self, kind):
        """The outputs of a kind, ready for the machine."""
        made = KINDS[kind](self, self.stable if kind in FORWARD else passes.checkpoint(self.stable), _stable)
        return made if kind == "value" else passes.run(made, passes.AFTER)[0]

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


def _is_step(op):
    partials = getattr(op, "partials", None)
    return bool(partials) and not getattr(op, "boolean", False) and all(p == 0 for p in partials)


def _stable(outputs):
    """A gradient that is differentiated again in its stable form: stabilised first, it stays right in the tails."""
    return passes.run(outputs, passes.AFTER)[0]


def _hessian(problem, outputs, between):
    """The blocks (i, j) with i ≤ j, row by row; the others are their transposes."""
    first, wrt = between(derive.gradient(outputs[0], problem.wrt)), problem.wrt
    rows = [derive.jacobian(first[i], wrt[i:], problem.mode) for i in range(len(wrt))]
    return tuple([block for row in rows for block in row])


def _hessian_product(problem, outputs, between):
    return derive.jvp(between(derive.gradient(outputs[0], problem.wrt)), problem.wrt, problem.tangents)


def _and_gradient(problem, outputs, between):
    """All values, and the gradient of the first."""
    return (*outputs, *derive.gradient(outputs[0], problem.wrt))


def upper(n):
    """The pairs (i, j) with i ≤ j < n, row by row."""
    return [(i, j) for i in range(n) for j in range(i, n)]


def _jacobian(problem, outputs):
    return tuple([block for o in outputs for block in derive.jacobian(o, problem.wrt, problem.mode)])


FORWARD = ("value", "jvp")          # the kinds that do not go backward through the formula
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
