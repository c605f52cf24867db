"""Nodes of the graph go in, expressions of the array language that say the same come out; SymPy evaluates nothing.

For a graph as it was read, read(write(node)) is the node; for a rewritten one the values are equal.
"""
from ..graph import Node, order
from ..language import Array
from ..language.core import make
from ..language.loop import Body
from ..primitives.contraction import CONTRACT
from ..primitives.record import Elementwise
from ..primitives.scan import SCAN
from .blocks import RULES
from .contractions import contraction
from .entrywise import elementwise
from .names import Written


def write(nodes, names=None):
    """The expression of a node, or the tuple of those of several.

    names   {node: symbol that stands for it}; inputs that are not among them become arrays of their own names
    """
    outputs = (nodes,) if isinstance(nodes, Node) else tuple(nodes)
    written = Written(names or {})
    for node in order(outputs):
        symbol = written.name(node)
        written[node] = _write(node, written) if symbol is None else symbol
    expressions = tuple([written[node] for node in outputs])
    return expressions[0] if isinstance(nodes, Node) else expressions


def _write(node, written):
    if isinstance(node.op, Elementwise):
        return elementwise(node, written)
    if node.op is CONTRACT:
        return contraction(node, written)
    if node.op is SCAN:
        return _loop(node, [written[i] for i in node.inputs])
    return RULES[node.op.name](node, written, [written[i] for i in node.inputs])


def _loop(node, args):
    """The loop, its step written in parameters of the language."""
    body, length, reverse = node.attributes
    groups = [tuple([Array(p.attributes[0], *p.sizes) for p in group]) for group in (body.carry, body.xs, body.free)]
    names = dict(zip(body.parameters, [symbol for group in groups for symbol in group]))
    return make("scan", tuple(args), (Body(*groups, write(body.outputs, names)), length, reverse))
