"""The graph: a node is (primitive, inputs, attributes, sizes), frozen and interned, so that equal is identical."""
import atexit
import hashlib
import threading
import weakref
from _weakref import _remove_dead_weakref
from contextlib import contextmanager


class Node:
    """One intermediate.  Made by `make` only; compared, hashed and shared by identity.

    op          the record of its primitive (symdiff.primitives)
    inputs      tuple of nodes
    attributes  tuple of hashable constants (never bool or float: 1 == True == 1.0 as a key)
    sizes       tuple of axis lengths, each an int or a SymPy integer expression; () is a scalar
    settled     is it known to be in its simplest form (symdiff.passes.algebra)?
    """

    __slots__ = ("op", "inputs", "attributes", "sizes", "settled", "_digest", "__weakref__")

    def __repr__(self):
        return f"<{self.op.name} {self.sizes}>"

    def __reduce__(self):
        raise TypeError("a graph is not pickled: pickle the expression it was read from")


class Pool:
    """What is interned, {key: the one thing of it}, as long as the thing lives: weakref.WeakValueDictionary in a third
    of its time.

    It is emptied before the interpreter ends: what dies later would still look for its key, whose hash SymPy cannot
    compute any more.
    """

    def __init__(self):
        self._refs = refs = {}
        atexit.register(refs.clear)

        def forget(ref):
            _remove_dead_weakref(refs, ref.key)             # not what another thread has put there meanwhile
        self._forget = forget

    def get(self, key):
        """The thing, or None."""
        ref = self._refs.get(key)
        return None if ref is None else ref()

    def __len__(self):
        return len(self._refs)

    def __setitem__(self, key, thing):
        self._refs[key] = ref = _Ref(thing, self._forget)
        ref.key = key


class _Ref(weakref.ref):
    __slots__ = ("key",)


_pool = Pool()
_lock = threading.Lock()


def make(op, inputs=(), attributes=()):
    """The node of primitive `op` on `inputs`; sizes are inferred by the record, which refuses what does not fit."""
    key = (op, inputs, attributes)
    node = _pool.get(key)
    if node is not None:
        return node
    sizes = op.infer(inputs, attributes)
    with _lock:
        node = _pool.get(key)
        if node is None:
            node = object.__new__(Node)
            node.op, node.inputs, node.attributes, node.sizes, node.settled = op, inputs, attributes, sizes, False
            _pool[key] = node
    return node


KEPT, LARGE = 2, 500            # orders that are kept, of graphs with at least so many nodes
_thread = threading.local()


@contextmanager
def orders_kept():
    """Inside, this thread does not look for the order of the graph it has just ordered again: passes ask for it anew."""
    before = getattr(_thread, "orders", None)
    _thread.orders = {} if before is None else before
    try:
        yield
    finally:
        _thread.orders = before


def order(outputs):
    """Every node that the outputs need, once, inputs before users; the same order on every run."""
    outputs, kept = tuple(outputs), getattr(_thread, "orders", None)
    if kept is None:
        return _ordered(outputs)
    found = kept.get(outputs)
    if found is None:
        found = _ordered(outputs)
        if len(found) >= LARGE:
            kept[outputs] = found
            if len(kept) > KEPT:
                del kept[next(iter(kept))]
    return found.copy()


def _ordered(outputs):
    seen, done, stack = set(), [], [*reversed(outputs)]
    push, pop, see, finish = stack.append, stack.pop, seen.add, done.append
    while stack:
        node = pop()
        if node is None:                            # all that the one below needs is done
            finish(pop())
        elif node not in seen:
            see(node)
            inputs = node.inputs
            if inputs:
                push(node)
                push(None)
                stack += inputs[::-1]
            else:
                finish(node)
    return done


def digest(node):
    """A name for what the node is, in bytes: equal for equal nodes on every run, different for different ones."""
    stack = [node]
    while stack:
        top = stack[-1]
        waiting = [i for i in top.inputs if not hasattr(i, "_digest")]
        if waiting:
            stack += waiting
            continue
        stack.pop()
        if not hasattr(top, "_digest"):
            text = repr((top.op.name, top.attributes)).encode()
            top._digest = hashlib.blake2b(text + b"".join([i._digest for i in top.inputs]), digest_size=16).digest()
    return node._digest


def rebuild(outputs, change, names=None):
    """The outputs with `change(node, new_inputs)` applied to every node, inputs first.

    `change` returns the node to stand in its place; `same(node, new_inputs)` keeps it.  Where it only changes primitives
    of some names, it is not asked about others on inputs that are as they were.
    """
    new = {}
    for node in order(outputs):
        inputs = node.inputs
        changed = tuple([new[i] for i in inputs])
        new[node] = node if names is not None and node.op.name not in names and changed == inputs \
            else change(node, changed)
    return tuple([new[o] for o in outputs])


def same(node, inputs):
    """The node on other inputs."""
    return node if inputs == node.inputs else make(node.op, inputs, node.attributes)


def users(outputs, nodes=None):
    """{node: how many times it is used as an input, plus once for each time it is an output}; `nodes` are their order."""
    count = {}
    for node in order(outputs) if nodes is None else nodes:
        for i in node.inputs:
            count[i] = count.get(i, 0) + 1
    for o in outputs:
        count[o] = count.get(o, 0) + 1
    return count


def check(outputs):
    """The outputs, when every node of them keeps the graph's grammar; else AssertionError naming the node.

    Grammar: inputs are nodes; attributes are hashable and hold no bool or float; sizes are what the record infers;
    the node is the one in the pool.
    """
    def plain(value):
        return all(map(plain, value)) if type(value) is tuple else type(value) not in (bool, float)

    for node in order(outputs):
        assert all(type(i) is Node for i in node.inputs), f"{node}: an input is no node"
        assert plain(node.attributes), f"{node}: a bool or float among the attributes {node.attributes}"
        assert node.sizes == node.op.infer(node.inputs, node.attributes), f"{node}: sizes are not as inferred"
        assert make(node.op, node.inputs, node.attributes) is node, f"{node}: not interned"
    return outputs
