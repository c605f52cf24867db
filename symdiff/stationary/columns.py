"""Blocks of a second derivative go in; the smaller matrices that they repeat for every column of the unknowns come out.

    loss Σ(XW − Y)²:    H = XᵀX ⊗ I, of sizes (d, k, d, k), is XᵀX for each of the k columns of W
"""
from dataclasses import dataclass

from ..graph import make
from ..primitives.contraction import CONTRACT, contract
from ..primitives.leaf import CONSTANT, constant
from ..primitives.record import Elementwise
from .terms import terms


def without(node, axes):
    """The node at the first position of the axes, which go; None where that would take entries of data.

    What stands on a diagonal of two of the axes, or is repeated along them, is the same at every position.
    """
    found, stack = {}, [(node, frozenset(axes))]
    while stack:
        key = stack[-1]
        if key in found:
            stack.pop()
            continue
        parts = _parts(*key)
        waiting = [part for part in parts or () if part not in found]
        if waiting:
            stack += waiting
            continue
        stack.pop()
        inner = None if parts is None else [found[part] for part in parts]
        found[key] = None if inner is None or any(i is None for i in inner) else _made(*key, inner)
    return found[node, frozenset(axes)]


def _parts(node, axes):
    """[(operand, its axes that go)]; None where entries would have to be taken."""
    if not axes:
        return []
    if node.op is CONSTANT:
        return []
    if type(node.op) is Elementwise:
        return [(i, axes) for i in node.inputs]
    if node.op is not CONTRACT:
        return None
    subs, out, _ = node.attributes
    gone = {out[k] for k in axes}
    if any(c in gone and k not in axes for k, c in enumerate(out)):
        return None
    return [(i, frozenset(k for k, c in enumerate(labels) if c in gone)) for i, labels in zip(node.inputs, subs)]


def _made(node, axes, inner):
    if not axes:
        return node
    if node.op is CONSTANT:
        return constant(node.attributes[0], tuple([n for k, n in enumerate(node.sizes) if k not in axes]))
    if type(node.op) is Elementwise:
        return make(node.op, tuple(inner))
    subs, out, lengths = node.attributes
    gone = {out[k] for k in axes}
    left = [tuple([c for c in labels if c not in gone]) for labels in subs]
    return contract(inner, left, tuple([c for c in out if c not in gone]), dict(enumerate(lengths)))


@dataclass(frozen=True, eq=False)
class Layout:
    """How the unknowns are laid out as vectors: Σ_j matrix_ij · w_j = right_i.

    kind      "plain": vectors and scalars.  "columns": every unknown has an axis of length `columns` at its end, and
              each column obeys the same equations; "rows": the same of a matrix's rows.  "flat": one vector of all
              entries of each unknown
    own       {unknown: sizes of its vector}
    matrix    {(unknown, unknown): terms (symdiff.stationary.terms) of nodes of both own sizes}
    right     {unknown: terms of nodes of the own sizes and the columns}
    """
    kind: str
    own: dict
    matrix: dict
    right: dict
    columns: object = None


def layout(quadratic):
    """The Layout with the smallest matrices."""
    unknowns = quadratic.unknowns
    blocks, right = terms(tuple(quadratic.linear.values())), terms(tuple(quadratic.constant.values()))
    matrix = {key: blocks[h] for key, h in quadratic.linear.items()}
    right = {w: right[b] for w, b in quadratic.constant.items()}
    for kind, axis in (("columns", -1), ("rows", 0)):
        small = _shared(unknowns, matrix, kind, axis)
        if small is not None:
            own = {w: w.sizes[:-1] if axis else w.sizes[1:] for w in unknowns}
            return Layout(kind, own, small, right, unknowns[0].sizes[axis])
    kind = "plain" if all(len(w.sizes) < 2 for w in unknowns) else "flat"
    return Layout(kind, {w: w.sizes for w in unknowns}, matrix, right)


def _shared(unknowns, matrix, kind, axis):
    """The matrix of one position along an axis of the unknowns, where it is that of every position; else None."""
    ranks = [len(w.sizes) for w in unknowns]
    if min(ranks) == 0 or max(ranks) > 2 or len({w.sizes[axis] for w in unknowns}) > 1:
        return None
    if kind == "rows" and ranks != [2]:
        return None
    place, small = {w: len(w.sizes) - 1 if axis else 0 for w in unknowns}, {}
    for (a, b), parts in matrix.items():
        first, second = place[a], len(a.sizes) + place[b]
        small[a, b] = []
        for c, scalars, core in parts:
            inner = without(core, (first, second))
            if inner is None or _repeated(inner, core.sizes, first, second) is not core:
                return None
            small[a, b].append((c, scalars, inner))
    return small


def _repeated(inner, sizes, first, second):
    """The node on the diagonal of two axes of the sizes."""
    out = [first if k == second else k for k in range(len(sizes))]
    labels = tuple([k for k in range(len(sizes)) if k not in (first, second)])
    return contract([inner], [labels], tuple(out), dict(enumerate(sizes)))
