"""Parts of arrays: keys of slices, entries at one place, and words along an axis that is not the last."""
import sympy as sp

from ..language import sizes_of
from ..language.core import make
from ..primitives import algebra, build, reduction
from ..primitives.contraction import is_movement


def slice_key(x, sizes, triples):
    """The key x[start:stop:step] of a slice of the result's sizes; None where it has no such form."""
    front = len(sizes) - len(triples)
    key = [("s", 0, n, 1) for n in sizes[:front]]
    for n, (start, step, length) in zip(sizes_of(x)[front:], triples):
        stop = sp.expand(start + step*length)
        stop = int(stop) if stop.is_Integer else stop
        if step < 0 and type(stop) is int and stop < 0:
            stop = None
        elif type(stop) is not int and step > 0 and type(start) is int and start > 0 and length == sp.Max(0, n - start):
            stop = n
        key.append(("s", start, stop, step))
    plain = all(type(v) is int or not v.is_negative for item in key for v in item[1:] if v is not None)
    return tuple(key) if plain and all(type(item[1]) is not int or item[1] >= 0 for item in key) else None


def without(node, labels, kept, written):
    """The expression of the node without its axes of length 1 that are not kept, where a word says it; else None."""
    if len(set(labels)) < len(labels):
        return None
    squeezed = build.squeeze(node, [k for k, c in enumerate(labels) if c not in kept])
    if node.op.name == "slice":
        found = _last_product(squeezed, written)
        return _entries(node, labels, kept, written) if found is None else found
    return _solution(squeezed, written)


def _entries(operand, labels, kept, written):
    """x[2] for what is read as x[2:3] without its axis."""
    x, = operand.inputs
    base = written.get(x)
    key = None if base is None else slice_key(base, operand.sizes, operand.attributes)
    if key is None or written.name(operand) is not None:
        return None
    return make("index", (base,), (tuple([item if c in kept else ("i", item[1]) for c, item in zip(labels, key)]),))


def _last_product(node, written):
    """prod along the last axis, where the node is the last of the running products."""
    x, = node.inputs or (None,)
    for name in ("slice", "recurrence", "pad"):
        if x is None or x.op.name != name:
            return None
        x = x.inputs[0]
    if x in written and len(x.sizes) == len(node.sizes) + 1 and reduction.prod(x, (-1,)) is node:
        return make("prod", (written[x],), ((len(x.sizes) - 1,), 0))
    return None


def _solution(node, written):
    """solve with one vector on the right, where the node is the column of such a solution."""
    x = node.inputs[0] if len(node.inputs) == 1 else None
    if x is None or x.op.name not in ("solve", "triangular_solve") or x.sizes[-1] != 1:
        return None
    a, b = x.inputs
    vector = build.squeeze(b, (len(b.sizes) - 1,))
    if len(vector.sizes) != 1 or vector not in written:
        return None
    if x.op.name == "triangular_solve":
        return make("triangular_solve", (written[a], written[vector]), x.attributes) \
            if algebra.triangular_solve(a, vector, *x.attributes) is node else None
    left = make("transpose", (written[a],), ((1, 0),)) if x.attributes[0] else written[a]
    return make("solve", (left, written[vector]))


def along_an_axis(node, written):
    """softmax(x, axis=0), which is read as the transpose of the softmax of the transpose."""
    block = node.inputs[0]
    if block.op.name not in ("softmax", "log_softmax") or block.attributes != (1,):
        return None
    inner = block.inputs[0]
    x = inner.inputs[0] if is_movement(inner) and inner.inputs else None
    if x is None or x not in written or x.sizes != node.sizes or written.name(block) is not None:
        return None
    for axis in range(len(x.sizes)):
        if reduction.along_axes(block.op, x, (axis,)) is node:
            return make(block.op.name, (written[x],), (axis,))
    return None
