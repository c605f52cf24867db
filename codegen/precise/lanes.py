"""Outputs of a small graph go in; the same computed in eight lanes that round differently, and whether rounding, an
overflow or an underflow may have spoilt them, come out.

Lane 0 is the formula itself.  In lanes 1 to 5 every intermediate result is off by a relative error of its own, of the
size η: what they do to an output tells how much it suffers from rounding (Vignes, 1993, draws such errors at random;
here they are fixed, so that the same inputs give the same answer).  In lanes 6 and 7 the inputs are off instead: what
they do is the condition of the output, which no formula for it can avoid.  One vector instruction computes four lanes
or eight, so that all of it takes little longer than the formula alone.
"""
import random
from dataclasses import dataclass

import numpy as np
import sympy as sp

from symdiff.graph import make, order
from symdiff.lengths import product
from symdiff.precise import rounds
from symdiff.primitives import build
from symdiff.primitives.arrangement import SCATTER_ADD, TAKE, concatenate, cut, reshape
from symdiff.primitives.contraction import CONTRACT, contract
from symdiff.primitives.leaf import CONSTANT, INPUT, constant, data, is_rounded
from symdiff.primitives.record import TABLE
from symdiff.primitives.reduction import MAX_REDUCE, MIN_REDUCE, reduce_axes

from .magnitudes import Magnitudes

LANES, ROUNDED, MOVED = 8, range(1, 6), range(6, 8)
SUFFERS = 6                     # errors of one rounding each in an output, up to which it keeps the bar of 8 ulp
PATTERNS = 61                   # different errors of scalars; a prime, so that no regular formula meets them twice
ILL = 2.0**20                   # a condition above this cannot be told from errors of rounding


@dataclass(frozen=True)
class Kind:
    """What depends on the type of the numbers.

    eta     the errors, far above those of rounding, and so small that their squares are nothing
    inputs  the magnitudes of inputs go from 2^-inputs to 2^inputs; beyond, they are suspect
    range   magnitudes from 2^-range to 2^range are those of numbers with all their digits
    """
    eta: float
    inputs: int
    range: int


KINDS = {"float64": Kind(2.0**-30, 100, 1000), "float32": Kind(2.0**-11, 20, 120)}


def in_lanes(outputs, dtype="float64"):
    """(*outputs, right, suspect): the outputs; of each of their entries whether it is right, 1 or 0, as one vector; and a
    scalar that is 0 where all are, else 1.
    """
    lanes, outputs = Lanes(KINDS[dtype]), tuple(outputs)
    nodes = order(outputs)
    for node in nodes:
        lanes.add(node)
    right = lanes.are_right(outputs)
    within = lanes.are_within(Magnitudes(lanes.kind, nodes).wild)
    right = _all_within(right, within)
    suspect = make(TABLE["not"], (reduce_axes(MIN_REDUCE, right),))
    return (*[_lane(lanes.made[o], 0) for o in outputs], right, suspect)


def _all_within(right, within):
    """The vector `right`, 0 wherever one of the scalars is."""
    for one in within:
        right = build.elementwise("and", right, build.stretch(one, right.sizes))
    return right


class Lanes:
    """Nodes with an axis of lanes in front, by the nodes they are made of."""

    def __init__(self, kind):
        self.kind, self.made, self.draws = kind, {}, random.Random(0)
        self.patterns, self.count = {}, 0

    def add(self, node):
        """Make the lanes of a node whose inputs have theirs."""
        op, sizes = node.op, (LANES, *node.sizes)
        inputs = tuple([self.made[i] for i in node.inputs])
        if op is INPUT:
            result = build.times(build.stretch(node, sizes), self._errors(sizes, MOVED))
        elif op is CONSTANT:
            result = constant(node.attributes[0], sizes)
            result = result if _is_float(node.attributes[0]) else self._rounded(result)
        elif op is CONTRACT:
            subs, out, lengths = node.attributes
            known = {**dict(enumerate(lengths)), "lane": LANES}
            result = contract(inputs, [("lane", *labels) for labels in subs], ("lane", *out), known)
            result = self._rounded(result) if rounds(node) else result
        elif not inputs:
            result = build.stretch(node, sizes)
        else:
            if op in (TAKE, SCATTER_ADD):                       # places are whole numbers, the same in every lane
                inputs = (inputs[0], node.inputs[1])
            result = make(op, inputs, node.attributes)
            result = self._rounded(result) if rounds(node) else result
        self.made[node] = result

    def _rounded(self, node):
        return make(TABLE["mul"], (node, self._errors(node.sizes, ROUNDED)))

    def _errors(self, sizes, lanes):
        """Factors 1 + η·r, with r from -√3 to √3 in the given lanes and 0 in the others: errors of variance 1."""
        self.count += 1
        key = (lanes, self.count % PATTERNS) if len(sizes) == 1 else None
        if key not in self.patterns:
            factors = np.ones(sizes)
            for k in lanes:
                errors = [(self.draws.random()*2 - 1)*3**0.5 for _ in range(product(sizes[1:]))]
                factors[k] = np.reshape(1 + self.kind.eta*np.array(errors), sizes[1:])
            if key is None:
                return data(factors)
            self.patterns[key] = data(factors)
        return self.patterns[key]

    def are_right(self, outputs):
        """Do the errors of the intermediate results do no more to the outputs than those of the inputs?  A vector."""
        flat = [reshape(self.made[o], (LANES, product(o.sizes))) for o in outputs]
        lanes = concatenate(flat, 1) if len(flat) > 1 else flat[0]
        base = build.stretch(_lane(lanes, 0), lanes.sizes)
        moved = build.elementwise("div", build.elementwise("sub", lanes, base), base)
        moved = build.elementwise("select", build.elementwise("eq", lanes, base), constant(0), moved)
        squares = build.elementwise("mul", moved, moved)
        bar = SUFFERS**2*self.kind.eta**2
        bound = build.elementwise("maximum_const", _mean(squares, MOVED, SUFFERS**2), constant(sp.Float(bar)))
        bound = build.elementwise("minimum_const", bound, constant(sp.Float(bar*ILL**2)))
        return build.elementwise("le", _mean(squares, ROUNDED), bound)

    def are_within(self, wild):
        """Scalars: are the magnitudes of all these nodes between their bounds?

        wild  {node: (the nodes that make it 0 where they are 0, the largest and the least exponent)}
        """
        bounds = {}
        for node, (zeros, limit) in wild.items():
            size = make(TABLE["abs"], (self.made[node],))
            for zero in zeros:
                is_zero = build.elementwise("eq", self.made[zero], constant(0))
                size = build.elementwise("select", is_zero, constant(1), size)
            axes = tuple(range(1, len(size.sizes)))
            low, high = [reduce_axes(block, size, axes) if axes else size for block in (MIN_REDUCE, MAX_REDUCE)]
            if limit in bounds:
                low, high = (build.elementwise(*pair) for pair in (("minimum", bounds[limit][0], low),
                                                                   ("maximum", bounds[limit][1], high)))
            bounds[limit] = low, high
        found = []
        for limit, (low, high) in bounds.items():
            found.append(build.elementwise("ge", _lane(low, 0), constant(sp.Float(2.0**-limit))))
            found.append(build.elementwise("le", _lane(high, 0), constant(sp.Float(2.0**limit))))
        return found


def _lane(node, k):
    return reshape(cut(node, [(k, 1, 1), *[(0, 1, n) for n in node.sizes[1:]]]), node.sizes[1:])


def _mean(node, lanes, times=1):
    """The mean over some lanes, times a number."""
    weights = data([times/len(lanes) if k in lanes else 0.0 for k in range(LANES)])
    return contract([node, weights], [(0, 1), (0,)], (1,))


def _is_float(value):
    """Is an exact number a float64 as it stands?"""
    if isinstance(value, str) or not value.is_Rational:
        return isinstance(value, str) or value.is_Float and not is_rounded(value) or not value.is_finite
    return abs(value.p) < 2**53 and not value.q & value.q - 1
