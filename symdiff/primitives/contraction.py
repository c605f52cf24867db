"""Contraction: a product of operands summed over every label the result lacks.  Products of matrices, transposes,
traces, sums, outer products, diagonals and broadcasting are all this one primitive.

A node's attributes are (labels of each operand, labels of the result, size of each label); labels are 0, 1, 2, … in the
order in which they appear, result first.  A label of the result that no operand has repeats (broadcast); a label that
stands twice in the result puts its entries on the diagonal, zeros elsewhere.

Forms a node can have (`contract` makes no other):
    movement   no operand (ones), or one operand of which nothing is summed but axes of literal length 1; never of
               another movement, never of a constant unless a label of the result stands twice, which it may only here
    product    one operand or more, the labels of the result distinct; something is summed, or no operand carries all
               labels of the result (outer product).  No operand is a movement, a constant or a scalar: scalars are
               multiplied to the outside
A product that sums and moves nothing is `mul`.
"""
from dataclasses import dataclass

import numpy as np
import sympy as sp

from ..errors import SizeMismatch
from ..graph import digest, make
from ..lengths import bind, text
from .leaf import CONSTANT, INPUT, constant, size
from .record import TABLE, Primitive


@dataclass(frozen=True, eq=False, repr=False)
class Contraction(Primitive):
    """The record.  Its rule is linearity: the pullback in an operand exchanges its labels with the result's."""
    name: str = "contract"
    source: str = "Laue, Mitterreiter, Giesen, NeurIPS 2018"

    def __post_init__(self):
        self._declare()

    def infer(self, inputs, attributes):
        subs, out, lengths = attributes
        for operand, labels in zip(inputs, subs):
            if operand.sizes != tuple([lengths[c] for c in labels]):
                raise SizeMismatch(f"an operand of sizes {text(operand.sizes)} has labels of sizes "
                                   f"{text(tuple([lengths[c] for c in labels]))}.")
        return tuple([lengths[c] for c in out])

    def pullback(self, node, bar, lead, k):
        """Operand k's cotangent: contract([ȳ, the others], [out, their labels], labels of k)."""
        subs, out, lengths = node.attributes
        front = _front(lead)
        others = [j for j in range(len(subs)) if j != k]
        return contract([bar, *[node.inputs[j] for j in others]], [front + out, *[subs[j] for j in others]],
                        front + subs[k], {**dict(enumerate(lengths)), **dict(zip(front, lead))})

    def pushforward(self, node, dots, lead):
        """The sum over operands of the contraction with the operand's tangent in its place."""
        from .build import plus
        subs, out, lengths = node.attributes
        front = _front(lead)
        known = {**dict(enumerate(lengths)), **dict(zip(front, lead))}
        result = None
        for k, dot in enumerate(dots):
            if dot is not None:
                operands = [*node.inputs[:k], dot, *node.inputs[k + 1:]]
                labels = [*subs[:k], front + subs[k], *subs[k + 1:]]
                result = plus(result, contract(operands, labels, front + out, known))
        return result

    def numpy(self, attributes, sizes, *values):
        """The value by np.einsum; the label sizes in `attributes` are ints."""
        subs, out, lengths = attributes
        present = {c for labels in subs for c in labels}
        full = list(dict.fromkeys(out))
        core = [c for c in full if c in present]
        value = np.float64(1)
        if values:
            pairs = [x for pair in zip(values, map(list, subs)) for x in pair]
            value = np.einsum(*pairs, core, optimize=len(values) > 1)
        value = np.reshape(value, [lengths[c] if c in present else 1 for c in full])
        value = np.broadcast_to(value, [lengths[c] for c in full])
        if len(full) == len(out):
            return np.array(value)
        placed = np.zeros([lengths[c] for c in out])
        grid = np.indices([lengths[c] for c in full])
        placed[tuple(grid[full.index(c)] for c in out)] = value
        return placed


CONTRACT = Contraction()


def _front(lead):
    """Labels for leading axes, unlike the integers of a node's own labels."""
    return tuple([("lead", k) for k in range(len(lead))])


def is_movement(node):
    """Does the node only repeat, reorder, drop or place entries: nothing multiplied, nothing summed?"""
    if node.op is not CONTRACT or len(node.inputs) > 1:
        return False
    subs, out, lengths = node.attributes
    return not subs or all([c in out or lengths[c] == 1 for c in subs[0]])


def contract(operands, subs, out, sizes=None):
    """Σ over every label not in `out` of the product of the operands, in canonical form.

    operands  nodes;  subs  their labels (any hashables);  out  labels of the result
    sizes     {label: length} for labels of `out` that no operand carries

    Movements (transposes, repetitions, diagonals, identity matrices) are read through by renaming labels; constants and
    scalars are multiplied to the outside; a summed label that nobody carries multiplies by its length; operands stand
    in a structural order; a product that sums and moves nothing is `mul`.  Sums are never merged: that is `associate`.
    """
    factors, scalars, out, length = _read_through(operands, subs, tuple(out), dict(sizes or {}))
    distinct = tuple(dict.fromkeys(out))
    if scalars is None:
        return constant(0, tuple([length[c] for c in out]))
    scale = _scalar_product(scalars)
    if not factors:
        factors, scale = [(scale, ())], None
    if len(factors) == 1 and not _summed(factors, distinct, length):
        if scale is None:
            return _move(*factors[0], out, length)
        return _move(_scaled(scale, factors[0][0]), factors[0][1], out, length)
    return _move(_product(factors, scale, distinct, length), distinct, out, length)


def _read_through(operands, subs, out, length):
    """(factors and their labels, scalars or None for a zero, out, lengths): no factor a constant or a movement."""
    work, mentioned, tied, scalars, factors = [], {}, {}, [], []
    for operand, labels in zip(operands, subs):
        for c, n in zip(labels, operand.sizes):
            if length.setdefault(c, n) != n:
                raise SizeMismatch(f"axes that are multiplied entry by entry have sizes {length[c]} and {n}.",
                                   do="give them one length; a symbolic size never stretches.")
        work.append((operand, tuple(labels)))
    work.reverse()
    while work:
        operand, labels = work.pop()
        mentioned.update(dict.fromkeys(labels))
        if operand.op is CONSTANT:
            if operand.attributes[0] == 0:                  # not -0.0, which is no number of SymPy's
                scalars = None
                break
            scalars.append(constant(operand.attributes[0]))
        elif is_movement(operand):
            places = {}
            for c, place in zip(labels, operand.attributes[1]):
                _tie(tied, places.setdefault(place, c), c)
            for inner, inner_labels in zip(operand.inputs, operand.attributes[0]):
                for place in inner_labels:
                    if place not in places:
                        places[place] = dropped = ("dropped", len(length))
                        length[dropped] = operand.attributes[2][place]
                work.append((inner, tuple([places[p] for p in inner_labels])))
        elif labels:
            factors.append((operand, labels))
        else:
            scalars.append(operand)
    factors = [(operand, tuple([_now(tied, c) for c in labels])) for operand, labels in factors]
    out = tuple([_now(tied, c) for c in out])
    if scalars is not None:
        carried = {c for _, labels in factors for c in labels} | set(out)
        lost = dict.fromkeys([_now(tied, c) for c in mentioned])
        scalars += [size(length[c]) for c in lost if c not in carried and length[c] != 1]
    return factors, scalars, out, length


def _now(tied, c):
    while c in tied:
        c = tied[c]
    return c


def _tie(tied, c, d):
    """Make two labels one."""
    c, d = _now(tied, c), _now(tied, d)
    if c != d:
        tied[d] = c


def _summed(factors, out, length):
    return any(c not in out and length[c] != 1 for _, labels in factors for c in labels)


def _scalar_product(scalars):
    """The product of scalar nodes, exact numbers multiplied; None where it is one."""
    from .build import times
    exact, rest = sp.S.One, []
    for node in scalars or ():
        value = node.attributes[0] if node.op is CONSTANT else None
        if isinstance(value, sp.Rational):
            exact = exact*value
        else:
            rest.append(node)
    result = None if exact == 1 else constant(exact)
    for node in sorted(rest, key=structural_key):
        result = node if result is None else times(result, node)
    return result


def _scaled(scale, node):
    from .build import stretch, times
    return times(stretch(scale, node.sizes), node)


def _product(factors, scale, out, length):
    """Factors, two or more or summed, times a scalar, over the distinct labels `out`."""
    if not _summed(factors, out, length):
        covers = [all(c in labels for c in out) for _, labels in factors]
        if any(covers):
            terms = [_move(operand, labels, out, length) for operand, labels in factors]
            result = terms[0]
            for term in terms[1:]:
                result = make(TABLE["mul"], (result, term))
            return result if scale is None else _scaled(scale, result)
        if scale is not None:                                  # an outer product: scale its smaller factor
            k = min(range(len(factors)), key=lambda j: len(factors[j][1]))
            factors[k] = (_scaled(scale, factors[k][0]), factors[k][1])
            scale = None
    if len(factors) > 1:
        factors.sort(key=lambda pair: (-len(pair[1]), structural_key(pair[0])))
    return _node(factors, out, length) if scale is None else _scaled(scale, _node(factors, out, length))


def _move(operand, labels, out, length):
    """One operand (None for ones) with its axes reordered, repeated, placed; nothing summed but lengths of 1."""
    distinct = len(set(out)) == len(out)
    if operand is not None and labels == out and distinct:
        return operand
    if operand is None or operand.op is CONSTANT:
        if distinct:
            value = sp.S.One if operand is None else operand.attributes[0]
            return constant(value, tuple([length[c] for c in out]))
        if operand is None:
            return _node([], out, length)
        return _node([(constant(operand.attributes[0]), ())], out, length)
    if is_movement(operand):
        return contract([operand], [labels], out, length)
    return _node([(operand, labels)], out, length)


def _node(factors, out, length):
    number = {}
    for c in (*out, *[c for _, labels in factors for c in labels]):
        number.setdefault(c, len(number))
    attributes = (tuple([tuple([number[c] for c in labels]) for _, labels in factors]), tuple([number[c] for c in out]),
                  tuple([length[c] for c in number]))
    return make(CONTRACT, tuple([operand for operand, _ in factors]), attributes)


def structural_key(node):
    """A key by which commutative operands are sorted, the same on every run: name, input's name, then content."""
    return node.op.name, node.attributes[0] if node.op is INPUT else "", digest(node)


def flops(node):
    """Operations of a round of the naive loop over all labels: of k operands k − 1 products, and a sum if it sums."""
    subs, out, lengths = node.attributes
    sums = any([c not in out and lengths[c] != 1 for labels in subs for c in labels])
    return max(len(subs) - 1, 0) + sums


def label_size(node, values):
    """The label sizes of a contraction as ints, size symbols bound by `values`."""
    return tuple([bind(s, values) for s in node.attributes[2]])
