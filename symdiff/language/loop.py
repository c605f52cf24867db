"""The word `scan`: the step of a loop, written as a function, goes in; last state and stacked results come out."""
import itertools
import threading

from .. import lengths
from ..errors import ArgumentError, SizeMismatch
from ..graph import Pool
from . import blocks  # noqa: F401  (it declares the word slice)
from .axes import operand, word
from .core import Array, ArrayExpr, make, nodes, sizes_of, substitute

_serials = itertools.count()


class Body:
    """One step: parameters, and what they become.

    carry, xs, free  Arrays that stand for the state, the entries gone through, and what stays the same
    outputs          the new state, one expression per carry, then the results of the step
    """

    __slots__ = ("carry", "xs", "free", "outputs", "__weakref__")
    _pool, _lock = Pool(), threading.Lock()

    def __new__(cls, carry, xs, free, outputs):
        key = (carry, xs, free, outputs)
        with cls._lock:
            found = cls._pool.get(key)
            if found is None:
                found = object.__new__(cls)
                found.carry, found.xs, found.free, found.outputs = key
                cls._pool[key] = found
        return found

    def __reduce__(self):
        return Body, (self.carry, self.xs, self.free, self.outputs)

    def __repr__(self):
        return "body"

    def resized(self, symbols):
        """The same with size symbols replaced."""
        groups = self.carry, self.xs, self.free, self.outputs
        return Body(*[tuple([substitute(e, symbols) for e in group]) for group in groups])


@word("scan")
def _scan(args, attributes):
    body, length, _ = attributes
    total = 0
    for sizes in part_sizes(body, length):
        total = total + lengths.product(sizes)
    return (lengths.canonical(total),)


def part_sizes(body, length):
    """The sizes of each part of the value: the last states, then the stacked results."""
    c = len(body.carry)
    return [*[sizes_of(p) for p in body.carry], *[(length, *sizes_of(y)) for y in body.outputs[c:]]]


def scan(body, init, xs=None, length=None, reverse=False):
    """A loop with a carried state: (last state, results of the steps stacked along a new first axis).

    body     body(state, x) -> (new state, result); called once, with arrays that stand for a state and for an entry
             of xs; what else it uses is the same in every step
    init     the first state: an array, or a tuple, list or dict of them (also of each other); the new state is alike
    xs       what the loop goes through, along the first axis: an array, tuple, list or dict likewise, or None
    length   the number of steps, where xs is None
    reverse  True goes from the last entry to the first; results keep the places of their entries

    The loop stays a loop, in the compiled code and in its derivatives: their size does not depend on its length.
    Raises SizeMismatch, ArgumentError.

    >>> from symdiff.language import array, sizes, tanh
    >>> n = sizes("n")
    >>> X, W, h0 = array("X", n, 3), array("W", 3, 3), array("h0", 3)
    >>> h, states = scan(lambda h, x: (tanh(W @ h + x),)*2, h0, X)
    >>> h.sizes, states.sizes
    ((3,), (n, 3))
    """
    inits, entries = _flat(init, "init"), _flat(xs, "xs")
    count = _length([x for _, x in entries], length)
    state = [_parameter(sizes_of(value)) for _, value in inits]
    items = [_parameter(sizes_of(x)[1:]) for _, x in entries]
    result = body(_like(init, iter(state)), _like(xs, iter(items)))
    if not isinstance(result, tuple) or len(result) != 2:
        raise ArgumentError("the body of a scan gave something else than (new state, result).",
                            where=str(result)[:200], do="return two things; the second may be None.")
    new, y = _flat(result[0], "the new state"), _flat(result[1], "the result")
    _check(init, inits, new)
    node = _closed(state, items, [e for _, e in (*new, *y)], [v for _, v in (*inits, *entries)], count, reverse)
    found = iter(_parts(node))
    return _like(init, found), _like(result[1], found)


def _parameter(sizes):
    return Array(f"\0{next(_serials)}", *sizes)


def _flat(tree, what):
    """[(where it stands, array)] of a tuple, list or dict of arrays, or of one."""
    if tree is None:
        return []
    if isinstance(tree, dict):
        return [(f"[{key!r}]{place}", e) for key, value in tree.items() for place, e in _flat(value, what)]
    if isinstance(tree, (tuple, list)):
        return [(f"[{k}]{place}", e) for k, value in enumerate(tree) for place, e in _flat(value, what)]
    return [("", operand(tree))]


def _like(tree, values):
    """The values in the structure of the tree."""
    if tree is None:
        return None
    if isinstance(tree, dict):
        return {key: _like(value, values) for key, value in tree.items()}
    if isinstance(tree, (tuple, list)):
        made = [_like(value, values) for value in tree]
        return type(tree)(*made) if hasattr(tree, "_fields") else type(tree)(made)
    return next(values)


def _length(xs, length):
    """The number of steps."""
    for x in xs:
        if not sizes_of(x):
            raise SizeMismatch("a scan cannot go through a scalar.", where=str(x)[:200],
                               do="give it an axis, or use it in the body directly.")
    told = [sizes_of(x)[0] for x in xs] + ([] if length is None else [lengths.canonical(length)])
    if not told:
        raise ArgumentError("nothing tells how many steps a scan has.", do="give it xs, or length=….")
    if any(n != told[0] for n in told):
        lists = ", ".join(map(str, dict.fromkeys(told)))
        raise SizeMismatch(f"a scan goes through arrays of different lengths: {lists}.",
                           where="; ".join(f"{str(x)[:60]} is {lengths.text(sizes_of(x))}" for x in xs) or None,
                           do="give all of them one first axis.")
    return told[0]


def _check(init, inits, new):
    """The new state must be like the first one."""
    if [place for place, _ in inits] != [place for place, _ in new]:
        raise ArgumentError("the new state of a scan is not built like the first one.",
                            where=f"init has {len(inits)} arrays, the new state {len(new)}",
                            do="return the state in the structure of init.")
    for (place, before), (_, after) in zip(inits, new):
        if sizes_of(before) != sizes_of(after):
            raise SizeMismatch(f"a state of sizes {lengths.text(sizes_of(before))} becomes "
                               f"{lengths.text(sizes_of(after))} after a step.",
                               where=f"init{place}:  {str(after)[:200]}",
                               do="give init the sizes that a step gives it: broadcast_to(0, …), numpy.zeros(…).")


def _closed(state, items, outputs, values, length, reverse):
    """The node; what the step uses besides becomes an operand, parameters get the names of their places."""
    own, free = {*state, *items}, {}
    for e in nodes(*outputs):
        if e not in own and (isinstance(e, Array) or not isinstance(e, ArrayExpr) and e.free_symbols):
            free.setdefault(e, Array(f"free{len(free)}", *sizes_of(e)))
    new = {p: Array(f"carry{k}", *p.sizes) for k, p in enumerate(state)}
    new |= {p: Array(f"x{k}", *p.sizes) for k, p in enumerate(items)} | free
    body = Body(tuple([new[p] for p in state]), tuple([new[p] for p in items]), tuple(free.values()),
                tuple([_renamed(e, new) for e in outputs]))
    return make("scan", (*values, *free), (body, length, 1 if reverse else 0))


def _renamed(root, new):
    """The expression with other leaves, all at once."""
    made = {}
    for e in nodes(root):
        if e in new:
            made[e] = new[e]
        else:
            args = [made[a] for a in e.args] if isinstance(e, ArrayExpr) else ()
            made[e] = make(e.op, args, e.attributes) if args and any(a is not b for a, b in zip(args, e.args)) else e
    return made[root]


def _parts(node):
    """The parts of the value, each with its sizes."""
    body, length, _ = node.attributes
    place = 0
    for sizes in part_sizes(body, length):
        count = lengths.product(sizes)
        yield make("reshape", (make("slice", (node,), ((place, 1, count),)),), (sizes,))
        place = lengths.canonical(place + count)
