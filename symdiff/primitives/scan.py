"""The loop: a step, which is a graph of its own, done for each entry along an axis, with a state carried on.

    scan   (body, length, reverse)   inputs: first states, arrays with a first axis of `length`, arrays that stay.
           With s the first states, for t = 0 … length−1 (from the last if reverse is 1):
               s, y_t = body(s, x_t, free)
           The value is one vector of all entries: the last states, then for each y the array of all y_t, in C order.
           `part` takes one of them out.

The body holds nothing that is the same in every step but numbers and what only repeats or moves entries: the rest is
computed once, outside, and given as a free input.  Its parameters have fixed names, so that equal steps are identical.
The derivative of a loop is a loop: forward one that carries the tangents beside the states; backward one that runs the
other way over the states before each step, and carries the cotangents of the states and of the free inputs.
"""
import hashlib
import threading
from itertools import accumulate, count
from typing import NamedTuple

from ..errors import SizeMismatch
from ..graph import Pool, digest, make, order, same
from ..lengths import canonical, product, text
from .arrangement import SLICE, cut, reshape
from .contraction import CONTRACT, contract, is_movement
from .leaf import CONSTANT, IOTA, SIZE, constant
from .leaf import input as input_node
from .record import Primitive


class Body:
    """One step of a loop.

    carry, xs, free  its parameters, input nodes: the state, the entries of the arrays gone through, what stays the same
    outputs          the new state, one node per carry, then the y's
    """

    __slots__ = ("carry", "xs", "free", "outputs", "digest", "__weakref__")
    _pool, _lock = Pool(), threading.Lock()

    def __new__(cls, carry, xs, free, outputs):
        key = (carry, xs, free, outputs)
        with cls._lock:
            found = cls._pool.get(key)
            if found is None:
                found = object.__new__(cls)
                found.carry, found.xs, found.free, found.outputs = key
                words = [digest(node) for group in key for node in group] + [repr([*map(len, key)]).encode()]
                found.digest = hashlib.blake2b(b"".join(words), digest_size=16).hexdigest()
                cls._pool[key] = found
        return found

    @property
    def parameters(self):
        """All of them, in the order of the inputs of the loop."""
        return (*self.carry, *self.xs, *self.free)

    @property
    def ys(self):
        """The outputs that are kept for each step."""
        return self.outputs[len(self.carry):]

    def __repr__(self):
        return f"Body({self.digest})"

    def __reduce__(self):
        raise TypeError("a graph is not pickled: pickle the expression it was read from")


class Scan(Primitive):
    """The record.  Its rules need the sweeps of `derive` through the body: they are given them."""
    name, source = "scan", "Griewank, Walther 2008, chapters 3 and 12"

    def __init__(self):
        self._declare()

    def infer(self, inputs, attributes):
        body, length, reverse = attributes
        c, m = len(body.carry), len(body.xs)
        wanted = [*[p.sizes for p in body.carry], *[(length, *p.sizes) for p in body.xs], *[p.sizes for p in body.free]]
        for k, (i, sizes) in enumerate(zip(inputs, wanted, strict=True)):
            if i.sizes != sizes:
                what = "state" if k < c else "array to go through" if k < c + m else "free input"
                raise SizeMismatch(f"a loop of {length} steps needs a {what} of sizes {text(sizes)}, "
                                   f"not {text(i.sizes)}.")
        for p, new in zip(body.carry, body.outputs):
            if p.sizes != new.sizes:
                raise SizeMismatch(f"a state of sizes {text(p.sizes)} becomes {text(new.sizes)} after a step.",
                                   do="give the first state the sizes that a step gives it.")
        return (places(body, length)[-1],)

    def pullback(self, node, bar, lead, sweep):
        """One cotangent (or None) for each input; `sweep(outputs, wrt, bars, lead)` is the one of `derive`."""
        from .scan_rules import cotangents
        return cotangents(node, bar, tuple(lead), sweep)

    def pushforward(self, node, dots, lead, sweep):
        """The tangent of the node; `sweep(outputs, wrt, dots, lead)` is the one of `derive`."""
        from .scan_rules import tangent
        return tangent(node, dots, tuple(lead), sweep)


SCAN = Scan()


# ---------------------------------------------------------------- the parts of the value

def part_sizes(body, length):
    """The sizes of each part of the value: the last states, then the stacked y's."""
    return [*[p.sizes for p in body.carry], *[(length, *y.sizes) for y in body.ys]]


def places(body, length):
    """Where each part starts in the value, and where the last one ends."""
    return [0, *[canonical(n) for n in accumulate([product(sizes) for sizes in part_sizes(body, length)])]]


def part(node, k):
    """Part k of the value of a loop, with its sizes."""
    body, length, _ = node.attributes
    sizes = part_sizes(body, length)[k]
    return reshape(cut(node, [(places(body, length)[k], 1, product(sizes))]), sizes)


def part_of(node):
    """(loop, k) when the node is the entries of part k of a loop's value, as a vector; else None."""
    if node.op is not SLICE or node.inputs[0].op is not SCAN:
        return None
    (start, step, length), source = node.attributes[-1], node.inputs[0]
    where = places(*source.attributes[:2])
    for k in range(len(where) - 1):
        if where[k] == start and step == 1 and length != 0 and canonical(where[k + 1] - where[k]) == length:
            return source, k
    return None


def parts(node):
    """(last states, stacked y's)"""
    body = node.attributes[0]
    made = [part(node, k) for k in range(len(body.outputs))]
    return made[:len(body.carry)], made[len(body.carry):]


# ---------------------------------------------------------------- making loops

_serials = count()


class Parameter(NamedTuple):
    """What stands for a value within a step while the step is written: its node, and what it is outside."""
    node: object
    value: object


def parameter(sizes):
    """An input node of a name that nothing else has; `loop` gives it the name of its place."""
    return input_node(f"\0{next(_serials)}", tuple(sizes))


def loop(carry, xs, free, outputs, length, reverse=0):
    """The node of the loop whose step is `outputs`, the new states and the y's, in these parameters.

    carry, xs, free  Parameters; the value of a carry is its first state, of an x an array with an axis more in front.
                     Other nodes in the outputs stand for themselves, the same in each step.
    """
    known = {p.node: constant(p.value.attributes[0], p.node.sizes) for p in xs if p.value.op is CONSTANT}
    first = {}                                              # one parameter for an array that is gone through twice
    for p in xs:
        if p.node not in known and first.setdefault(p.value, p.node) is not p.node:
            known[p.node] = first[p.value]
    known |= {p.node: p.value for p in free if p.value.op in (CONSTANT, SIZE, IOTA)}
    varying = {p.node for p in carry} | set(first.values())
    outputs = substituted(outputs, known)
    held, values = _frontier(outputs, varying), {}
    outside = {p.node: p.value for p in free}
    for node, value in zip(held, substituted(held, outside)):
        values.setdefault(value, []).append(node)
    xs = [(node, value) for value, node in first.items()]
    names = {p.node: input_node(f"carry{k}", p.node.sizes) for k, p in enumerate(carry)}
    names |= {node: input_node(f"x{k}", node.sizes) for k, (node, _) in enumerate(xs)}
    for k, (value, nodes) in enumerate(values.items()):
        names |= dict.fromkeys(nodes, input_node(f"free{k}", value.sizes))
    new = substituted(outputs, names)
    body = Body(tuple([names[p.node] for p in carry]), tuple([names[node] for node, _ in xs]),
                tuple([names[nodes[0]] for nodes in values.values()]), new)
    inputs = (*[p.value for p in carry], *[value for _, value in xs], *values)
    return make(SCAN, inputs, (body, canonical(length), int(reverse)))


def _frontier(outputs, varying):
    """The nodes to be computed outside: those that do not vary and are used by some that do, or are outputs."""
    varies = set(varying)
    for node in order(outputs):
        if not varies.isdisjoint(node.inputs):
            varies.add(node)
    found, stack, seen = {}, [*reversed(outputs)], set()
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if node in varies or is_movement(node):
            stack += reversed(node.inputs)
        elif node.op not in (CONSTANT, SIZE, IOTA):
            found[node] = None
    return [node for node in found if node not in varying]


def substituted(outputs, new):
    """The outputs on other nodes in the place of some, products in canonical form again."""
    def change(node, inputs):
        if node in new:
            return new[node]
        if node.op is CONTRACT and inputs != node.inputs:
            subs, out, lengths = node.attributes
            return contract(inputs, subs, out, dict(enumerate(lengths)))
        return same(node, inputs)

    return _rebuilt(outputs, new, change) if new else tuple(outputs)


def _rebuilt(outputs, stop, change):
    """`rebuild` that does not look below the nodes of `stop`."""
    made = {}
    stack = [*reversed(outputs)]
    while stack:
        node = stack[-1]
        if node in made:
            stack.pop()
            continue
        waiting = [] if node in stop else [i for i in node.inputs if i not in made]
        if waiting:
            stack += reversed(waiting)
            continue
        stack.pop()
        made[node] = change(node, node.inputs if node in stop else tuple([made[i] for i in node.inputs]))
    return tuple([made[o] for o in outputs])


def step_of(node):
    """(carry, xs, free, outputs) of a loop as `loop` takes them, with fresh names, so that steps may be joined."""
    body = node.attributes[0]
    c, m = len(body.carry), len(body.xs)
    fresh = {p: parameter(p.sizes) for p in body.parameters}
    made = [Parameter(fresh[p], value) for p, value in zip(body.parameters, node.inputs)]
    return made[:c], made[c:c + m], made[c + m:], substituted(body.outputs, fresh)


def with_outputs(node, outputs):
    """The loop with another step in the same parameters; what its steps no longer use, or all share, is outside."""
    body, length, reverse = node.attributes
    c, m = len(body.carry), len(body.xs)
    pairs = [Parameter(p, value) for p, value in zip(body.parameters, node.inputs)]
    return loop(pairs[:c], pairs[c:c + m], pairs[c + m:], outputs, length, reverse)
