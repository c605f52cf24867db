"""Blocks: a node and the expressions of its operands go in, the word of the language that it is comes out."""
import sympy as sp

from ..language import Array, Constant, sizes_of
from ..language.core import make
from ..lengths import canonical, product as entries
from ..primitives import build, reduction
from ..primitives.contraction import is_movement
from ..primitives.leaf import CONSTANT, constant
from ..primitives.scan import part_of
from .entrywise import constant as written_constant
from .pieces import slice_key


def _slice(node, written, args):
    """x[start:stop:step], where that slice has the node's sizes; else the block's own word."""
    if part_of(node) is not None:
        return make("slice", args[:1], node.attributes)
    products = _running_products(node, written)
    if products is not None:
        return products
    key = slice_key(args[0], node.sizes, node.attributes)
    if key is not None:
        sliced = make("index", args[:1], (key,))
        if sliced.sizes == node.sizes:
            return sliced
    return make("slice", args[:1], node.attributes)


def _running_products(node, written):
    """cumprod, where the node is the running products after the leading one."""
    inner = node.inputs[0]
    if inner.op.name != "recurrence" or inner.inputs[0].op.name != "pad":
        return None
    x = inner.inputs[0].inputs[0]
    if x in written and len(x.sizes) == len(node.sizes) and reduction.cumprod(x, -1) is node:
        return make("cumprod", (written[x],), (len(x.sizes) - 1,))
    return None


def _concatenate(node, written, args):
    return _joined(node.inputs, args, len(node.sizes) + node.attributes[0], written)


def _joined(nodes, args, axis, written):
    """stack or concatenate."""
    inner = [_without(i, axis, written) for i in nodes]
    if all(x is not None for x in inner):
        return make("stack", tuple(inner), (axis,))
    return make("concatenate", tuple(args), (axis,))


def _pad(node, written, args):
    """Pieces that cover one axis without gaps, joined; the block's own word for others."""
    sizes, places = node.attributes
    front = len(node.sizes) - len(sizes)
    cut = [k for k in range(len(sizes)) if any(i.sizes[front + k] != sizes[k] for i in node.inputs)]
    if len(cut) == 1 and all(step == 1 for place in places for _, step in place):
        axis, = cut
        pieces = sorted(zip(places, node.inputs, args), key=lambda piece: sp.default_sort_key(piece[0][axis][0]))
        end = 0
        for place, piece, _ in pieces:
            if end is None or place[axis][0] != end:
                return make("pad", args, node.attributes)
            end = canonical(end + piece.sizes[front + axis])
        if end == sizes[axis]:
            return _joined([piece for _, piece, _ in pieces], [x for _, _, x in pieces], front + axis, written)
    return make("pad", args, node.attributes)


def _without(node, axis, written):
    """The expression of the operand that a new axis of length 1 was put into; None when there is none."""
    if node.sizes[axis] != 1:
        return None
    if node.op is CONSTANT:
        inner = constant(node.attributes[0], node.sizes[:axis] + node.sizes[axis + 1:])
        return written_constant(inner, written, ())
    inner = build.squeeze(node, (axis,))
    return written[inner] if inner in written and build.expand(inner, (axis,)) is node else None


def _reduction(word):
    """A reduction of the last axes; of any axes, where the operand is only a transposed array."""
    def rule(node, written, args):
        x, count = node.inputs[0], node.attributes[0]
        rank = len(x.sizes)
        if is_movement(x) and x.inputs and len(x.inputs[0].sizes) == rank and x.inputs[0] in written \
                and sorted(x.attributes[1]) == sorted(x.attributes[0][0]) == list(range(rank)):
            places = tuple(sorted([x.attributes[0][0].index(c) for c in x.attributes[1][rank - count:]]))
            if reduction.reduce_axes(node.op, x.inputs[0], places) is node:
                return make(word, (written[x.inputs[0]],), (places, 0))
        return make(word, args, (tuple(range(rank - count, rank)), 0))
    return rule


def _softmax(word):
    """softmax along the last axis; over several axes it is taken over them as one."""
    def rule(node, written, args):
        rank, count = len(node.sizes), node.attributes[0]
        if count == 1:
            return make(word, args, (rank - 1,))
        flat = node.sizes[:rank - count] + (entries(node.sizes[rank - count:]),)
        return make("reshape", (make(word, (make("reshape", args, (flat,)),), (rank - count,)),), (node.sizes,))
    return rule


def _cumsum(node, written, args):
    last = len(node.sizes) - 1
    if not node.attributes[0]:
        return make("cumsum", args, (last,))
    return _reversed(make("cumsum", (_reversed(args[0]),), (last,)))


def _reversed(x):
    *front, n = sizes_of(x)
    return make("index", (x,), ((*[("s", 0, m, 1) for m in front], ("s", _less_one(n), None, -1)),))


def _less_one(n):
    return n - 1 if type(n) is int else sp.expand(n - 1)


def _solve(node, written, args):
    a, b = args
    return make("solve", (_swapped(a) if node.attributes[0] else a, b))


def _swapped(a):
    rank = len(sizes_of(a))
    return make("transpose", (a,), ((*range(rank - 2), rank - 1, rank - 2),))


def _same_word(word):
    return lambda node, written, args: make(word, args, node.attributes)


RULES = {
    "input": lambda node, written, args: Array(node.attributes[0], *node.sizes),
    "constant": written_constant,
    "data": lambda node, written, args: Constant(node.attributes[0]),
    "size": lambda node, written, args: node.attributes[0],
    "iota": lambda node, written, args: make("iota", (), node.attributes),
    "reshape": lambda node, written, args: make("reshape", args, (node.sizes,)),
    "slice": _slice,
    "concatenate": _concatenate,
    "take": lambda node, written, args: make("take", args, (len(node.inputs[0].sizes) + node.attributes[0],)),
    "max_reduce": _reduction("max"),
    "min_reduce": _reduction("min"),
    "logsumexp": _reduction("logsumexp"),
    "norm": _reduction("norm"),
    "softmax": _softmax("softmax"),
    "log_softmax": _softmax("log_softmax"),
    "cumsum": _cumsum,
    "solve": _solve,
    "pad": _pad,
    **{word: _same_word(word) for word in ("scatter_add", "recurrence", "cofactor", "triangular_solve", "inv",
                                           "det",
                                           "sign_det", "log_abs_det", "logdet", "cholesky")},
}
