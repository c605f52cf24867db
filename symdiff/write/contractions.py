"""Contractions: a node and the expressions of its operands go in; the product, sum, transposition or einsum that it is
comes out."""
import string
from typing import NamedTuple

import sympy as sp

from ..language import Node as Word, sizes_of
from ..language.core import make
from ..primitives import build
from ..primitives.contraction import is_movement
from ..read.words import matmul as product, trace_of
from .pieces import along_an_axis, without


class Operand(NamedTuple):
    """An operand of a product: the node, axes of length 1 dropped that are only summed, its expression, its labels."""
    node: object
    expr: object
    labels: tuple


def contraction(node, written):
    if is_movement(node):
        return _movement(node, written)
    operands = _operands(node, written)
    found = _known_product(node, operands, written)
    if found is not None:
        return found
    _, out, lengths = node.attributes
    return _einsum_of([x.expr for x in operands], [x.labels for x in operands], out, dict(enumerate(lengths)))


def _operands(node, written):
    subs, out, lengths = node.attributes
    found = []
    for i, labels in zip(node.inputs, subs):
        others = {c for own in subs if own is not labels for c in own}
        kept = tuple([c for c in labels if lengths[c] != 1 or c in out or c in others or labels.count(c) > 1])
        expr = without(i, labels, kept, written) if kept != labels else None
        if expr is None:
            found.append(Operand(i, written[i], labels))
        else:
            found.append(Operand(build.squeeze(i, [k for k, c in enumerate(labels) if c not in kept]), expr, kept))
    return found


# -- movements --------------------------------------------------------------------------------------------------------

def _movement(node, written):
    """Axes reordered, dropped, repeated, put on diagonals."""
    out = node.attributes[1]
    return _on_diagonals(node, written) if len(set(out)) < len(out) else moved(node, written, repeat=True)


def moved(node, written, repeat):
    """The operand with its diagonal taken, axes of length 1 dropped, others reordered, new ones put in and repeated."""
    (labels,), out, lengths = node.attributes
    x = along_an_axis(node, written)
    if x is not None:
        return x
    x = written[node.inputs[0]]
    kept = tuple(dict.fromkeys(c for c in labels if c in out))
    known = without(node.inputs[0], labels, kept, written) if kept != labels else None
    if known is not None:
        x, labels = known, kept
    if len(set(labels)) < len(labels):
        spec = f"{_letters(labels)}->{_letters(kept)}"
        x = make("diag", (x,)) if labels == (0, 0) and kept else make("einsum", (x,), (spec,))
        labels = kept
    new = [c not in kept for c in out]
    if repeat is False:                                             # broadcasting puts the leading axes in
        while new and new[0]:
            new, out = new[1:], out[1:]
    wanted = tuple([c for c in out if c in kept])
    if wanted != kept:
        order = (*wanted, *[c for c in labels if c not in kept])
        x, labels = make("transpose", (x,), (tuple([labels.index(c) for c in order]),)), order
    if any(new) or len(labels) > len(kept):
        x = make("index", (x,), (_key(labels, out, kept, lengths),))
    sizes = tuple([lengths[c] for c in out])
    return make("broadcast_to", (x,), (sizes,)) if repeat and sizes_of(x) != sizes else x


def _key(labels, out, kept, lengths):
    """The key that drops the labels not kept and puts new axes in where `out` has others."""
    key, rest = [], list(labels)
    for c in out:
        while rest and rest[0] not in kept:
            key.append(("i", 0))
            rest.pop(0)
        key.append(("s", 0, lengths[rest.pop(0)], 1) if c in kept else ("n",))
    return tuple(key + [("i", 0)]*len(rest))


def _on_diagonals(node, written):
    """Entries placed on diagonals: diag, eye, or a product with identity matrices."""
    subs, out, lengths = node.attributes
    if out == (0, 0):
        if not subs:
            return make("eye", (), (lengths[0],))
        x = written[node.inputs[0]]
        if len(subs[0]) < 2:
            return make("diag", (x if subs[0] else make("broadcast_to", (x,), ((lengths[0],),)),))
    operands, labels, fresh, seen = [written[i] for i in node.inputs], [list(s) for s in subs], len(lengths), set()
    result = []
    for c in out:
        if c in seen:
            operands.append(make("eye", (), (lengths[c],)))
            labels.append([c, fresh])
            fresh += 1
        result.append(fresh - 1 if c in seen else c)
        seen.add(c)
    return _einsum_of(operands, labels, result, dict(enumerate(lengths)))


# -- products ---------------------------------------------------------------------------------------------------------

def _known_product(node, operands, written):
    """The sum, trace or product of matrices that the node is, by name; None when it is none of them."""
    out = node.attributes[1]
    if len(operands) == 1:
        return _total(node, *operands)
    if len(operands) > 2:
        return None
    a, b = operands
    if sorted((a.labels, b.labels)) == [(0,), (1,)] and out == (0, 1):
        return make("outer", (a.expr, b.expr) if a.labels == (0,) else (b.expr, a.expr))
    if not out and a.labels == b.labels and len(a.labels) == 1:
        return _dot(a, b, written)
    if not out and len(a.labels) == 2 == len(set(a.labels)) and sorted(a.labels) == sorted(b.labels):
        return make("trace", (_times(a, 0, b, a.labels == b.labels),))
    return _matrix_product(node, a, b)


def _total(node, x):
    """The sum or trace of one operand."""
    out, labels = node.attributes[1], x.labels
    if len(set(labels)) == len(labels) and tuple([c for c in labels if c in out]) == out:
        return make("sum", (x.expr,), (tuple([k for k, c in enumerate(labels) if c not in out]), 0))
    sizes = x.node.sizes
    if len(sizes) >= 2 and sizes[-2] == sizes[-1] and trace_of(x.node) is node:
        return make("trace", (x.expr,))
    return None


def _dot(a, b, written):
    """The inner product of vectors; x.(A'y) is written y A x."""
    for one, other in ((a, b), (b, a)):
        if _is_product(one.expr) and written.name(one.node) is None:
            matrix, vector = one.expr.args
            if isinstance(matrix, Word) and matrix.op == "transpose" and len(sizes_of(vector)) == 1:
                return make("matmul", (make("matmul", (vector, matrix.args[0])), other.expr))
    first, second = (b, a) if _is_product(a.expr) and not _is_product(b.expr) else (a, b)
    return make("matmul", (first.expr, second.expr))


def _is_product(x):
    return isinstance(x, Word) and x.op == "matmul"


def _matrix_product(node, a, b):
    """a @ b, either way round, each perhaps transposed, when that is the node."""
    for x, y in ((a, b), (b, a)):
        for flip_x, flip_y in ((0, 0), (1, 0), (0, 1), (1, 1)):
            left, right = _flipped(x.node, flip_x), _flipped(y.node, flip_y)
            if left is not None and right is not None and _fits(left, right) \
                    and product([left, right], (), None) is node:
                return _times(x, flip_x, y, flip_y)
    p, q, out = a.labels, b.labels, node.attributes[1]                      # equal operands, which no order tells apart
    if len(p) == len(q) == 2 and set(p) ^ set(q) == set(out) and len(out) == len({*p, *q}) - 1 == 2:
        left, right = (a, b) if out[0] in p else (b, a)
        return _times(left, left.labels[0] != out[0], right, right.labels[1] != out[1])
    return None


def _times(a, flip_a, b, flip_b):
    return make("matmul", tuple([make("transpose", (x.expr,), ((1, 0),)) if flip else x.expr
                                 for x, flip in ((a, flip_a), (b, flip_b))]))


def _flipped(node, flip):
    if not flip:
        return node
    return build.transpose(node) if len(node.sizes) == 2 else None


def _fits(a, b):
    """Do the sizes fit in a @ b, without stretching?"""
    if not a.sizes or not b.sizes or a.sizes[-1] != b.sizes[-2 if len(b.sizes) > 1 else 0]:
        return False
    short, long = sorted((a.sizes[:-2], b.sizes[:-2]), key=len)
    return long[len(long) - len(short):] == short


# -- the rest ---------------------------------------------------------------------------------------------------------

def _einsum_of(operands, labels, out, lengths):
    """einsum with a vector of ones for each label of the result that no operand has."""
    carried = {c for one in labels for c in one}
    for c in out:
        if c not in carried:
            operands.append(make("broadcast_to", (sp.S.One,), ((lengths[c],),)))
            labels.append((c,))
    pairs = [(x, c) for x, c in zip(operands, labels) if len(c)]
    spec = ",".join(_letters(c) for _, c in pairs) + "->" + _letters(out)
    written = make("einsum", tuple([x for x, _ in pairs]), (spec,))
    for x, c in zip(operands, labels):
        if not len(c):
            written = make(sp.Mul, (x, written))
    return written


def _letters(labels):
    return "".join(string.ascii_letters[c] for c in labels)
