"""Contraction: a product of operands summed over every label the result lacks.  Products of matrices, transposes, traces,
sums, outer products, diagonals and broadcasting are all this one primitive.

A node's attributes are (labels of each operand, labels of the result, size of each label); labels are 0, 1, 2, … in the
order in which they appear, result first.  A label of the result that no operand has repeats (broadcast); a label that
stands twice in the result puts its entries on the diagonal, zeros elsewhere.
"""
from dataclasses import dataclass

import numpy as np

from ..errors import SizeMismatch
from ..graph import make
from ..sizes import bind, product
from .leaf import constant, is_constant, size
from .record import Primitive


@dataclass(frozen=True, eq=False, repr=False)
class Contraction(Primitive):
    """The record.  Pullback in operand k: exchange the labels of k with the result's,
    k̄ = contract([ȳ, the others], [out, their labels], labels of k)."""
    name: str = "contract"
    source: str = "Laue, Mitterreiter, Giesen, NeurIPS 2018; the rule is linearity"

    def __post_init__(self):
        self._declare()

    def infer(self, inputs, attributes):
        subs, out, lengths = attributes
        for operand, labels in zip(inputs, subs):
            if operand.sizes != tuple([lengths[c] for c in labels]):
                raise SizeMismatch(f"an operand of sizes {operand.sizes} has labels of sizes {[lengths[c] for c in labels]}.")
        return tuple([lengths[c] for c in out])

    def numpy(self, attributes, lengths, *values):
        """The value by np.einsum; `lengths` are the label sizes as ints."""
        subs, out, _ = attributes
        present = {c for labels in subs for c in labels}
        core = [c for c in dict.fromkeys(out) if c in present]
        value = np.einsum(*[x for pair in zip(values, map(list, subs)) for x in pair], core) if values else np.float64(1)
        factor = 1
        for c in range(len(lengths)):
            if c not in present and c not in out:
                factor *= lengths[c]
        full = list(dict.fromkeys(out))
        value = np.reshape(value*factor, [lengths[c] if c in present else 1 for c in full])
        value = np.broadcast_to(value, [lengths[c] for c in full])
        if len(full) == len(out):
            return np.array(value)
        placed = np.zeros([lengths[c] for c in out])
        grid = np.indices([lengths[c] for c in full])
        placed[tuple(grid[full.index(c)] for c in out)] = value
        return placed


CONTRACT = Contraction()


def contract(operands, subs, out, sizes=None):
    """Σ over every label not in `out` of the product of the operands, in canonical form.

    operands  nodes;  subs  their labels (any hashables);  out  labels of the result
    sizes     {label: length} for labels that no operand carries

    Constant ones are dropped (a summed label that nobody carries any more multiplies by its length), identity
    matrices are resolved by renaming, operands stand in a structural order, and a product that sums and
    moves nothing is `mul`.  Nested contractions are not merged: that is the pass `associate`.
    """
    length = dict(sizes or {})
    for operand, labels in zip(operands, subs):
        length.update(zip(labels, operand.sizes))
    kept, rename = [], {}
    for operand, labels in zip(operands, subs):
        if is_constant(operand, 1):
            continue
        if operand.op is CONTRACT and not operand.inputs:               # ones on a diagonal: δ
            kept.append((operand, tuple(labels)))
            continue
        kept.append((operand, tuple(labels)))
    kept, rename, out = _resolve_identities(kept, tuple(out), length)
    if rename:
        for c, d in rename.items():
            length.setdefault(d, length[c])
    summed_away = {c for c in length if c not in out and c not in rename and not any(c in labels for _, labels in kept)}
    mentioned = {c for labels in subs for c in labels} | set(sizes or ())
    for c in sorted(summed_away & mentioned, key=str):
        kept.append((size(length[c]), ()))
        if is_constant(kept[-1][0], 1):
            kept.pop()
    if len(kept) == 1 and kept[0][1] == out and len(set(out)) == len(out):
        return kept[0][0]
    if not kept and len(set(out)) == len(out):
        return constant(1, tuple([length[c] for c in out]))
    if len(kept) == 1 and kept[0][0].op.name == "constant" and len(set(out)) == len(out) and set(kept[0][1]) <= set(out):
        return constant(kept[0][0].attributes[0], tuple([length[c] for c in out]))
    if len(kept) > 1 and len(set(out)) == len(out) and all(labels == out for _, labels in kept):
        result = kept[0][0]
        from .build import elementwise
        for operand, _ in kept[1:]:
            result = elementwise("mul", result, operand)
        return result
    kept.sort(key=lambda pair: (-len(pair[1]), structural_key(pair[0])))
    number = {}
    for c in (*out, *(c for _, labels in kept for c in labels)):
        number.setdefault(c, len(number))
    attributes = (tuple([tuple([number[c] for c in labels]) for _, labels in kept]), tuple([number[c] for c in out]),
                  tuple([length[c] for c in number]))
    return make(CONTRACT, tuple([operand for operand, _ in kept]), attributes)


def _resolve_identities(kept, out, length):
    """Operands without those that are identity matrices tying a summed label to another: the label is renamed."""
    rename = {}

    def now(c):
        while c in rename:
            c = rename[c]
        return c

    changed = True
    while changed:
        changed = False
        for k, (operand, labels) in enumerate(kept):
            if operand.op is not CONTRACT or operand.inputs:
                continue
            group = {}
            for c, place in zip(labels, operand.attributes[1]):
                group.setdefault(place, []).append(c)
            if not all(_tied(cs, out) for cs in group.values()):
                continue
            del kept[k]
            for cs in group.values():
                keep = next((c for c in cs if c in out), cs[0])
                for c in cs:
                    if c != keep:
                        rename[c] = keep
            kept = [(o, tuple([now(c) for c in ls])) for o, ls in kept]
            changed = True
            break
    return kept, rename, out


def _tied(labels, out):
    """May these labels of one diagonal become one: at most one of them is in the result."""
    return len(dict.fromkeys(c for c in labels if c in out)) <= 1 and len(set(labels)) == len(labels)


def structural_key(node):
    """A key by which commutative operands are sorted, the same on every run: names and attributes two levels deep."""
    return (node.op.name, repr(node.attributes), tuple((i.op.name, repr(i.attributes)) for i in node.inputs))


def label_size(node, values):
    """The label sizes of a contraction as ints, size symbols bound by `values`."""
    return tuple([bind(s, values) for s in node.attributes[2]])


def flops(node):
    """Multiplications of the naive loop: the product of all label sizes."""
    return product(node.attributes[2])
