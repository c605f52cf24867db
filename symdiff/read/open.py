"""Values that still hold indices go in and out: a node, and the index symbol that each of its axes belongs to."""
from typing import NamedTuple

from ..graph import Node
from ..primitives import build, scalar
from ..primitives.contraction import contract
from ..primitives.leaf import constant, iota, size


class Open(NamedTuple):
    """A value under sums: each axis of the node belongs to an index.  An index may stand twice (a[i, i])."""
    node: Node
    labels: tuple


def opened(value):
    """Any value as an Open."""
    return value if type(value) is Open else Open(value, ())


def closed(value):
    """A value without indices as its node."""
    return value if value.labels else value.node


def index_value(binding):
    """An index as a number: its positions along one axis."""
    symbol, low, length = binding
    positions = iota(length)
    if low != 0:
        positions = build.elementwise("add", positions, size_or_number(low))
    return Open(positions, (symbol,))


def size_or_number(length):
    """A whole number or an expression in sizes, as a node."""
    return constant(length) if type(length) is int else size(length)


def align(value, want, env):
    """The node with one axis for each index of `want`, in that order."""
    node, labels = value
    if labels == want or not labels:
        return node
    return contract([node], [labels], want, {symbol: length for symbol, _, length in env})


def combine(cls, values, env):
    """The node of a SymPy class on values, entry by entry, over the indices that any of them holds."""
    if not env:
        return scalar.apply(cls, values)
    values = [opened(v) for v in values]
    held = {v.labels for v in values if v.labels}
    if not held:
        return scalar.apply(cls, [v.node for v in values])
    want = next(iter(held))
    if len(held) > 1 or len(set(want)) < len(want):
        present = set().union(*held)
        want = tuple([binding[0] for binding in env if binding[0] in present])
    return Open(scalar.apply(cls, [align(v, want, env) for v in values]), want)
