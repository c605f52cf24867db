"""A node goes in; float64 values of it at a few points come out, and whether the sum that it is cancels at one of them.

The points are fixed: each leaf takes sizes from 1e-12 to 1e12 of both signs, independent of the other leaves, so that a
sum whose operands have nothing in common hardly ever cancels here, and one whose operands do is found.
"""
import math
import random

import numpy as np

from ...primitives.contraction import CONTRACT, is_movement
from ...primitives.leaf import CONSTANT, number
from ...primitives.record import Elementwise

WIDE, TOGETHER = 32, 12                     # points of any size, and points at which all leaves are close together
COUNT = WIDE + TOGETHER
SEEN = 2.0**-5                              # a sum this much smaller than its terms cancels


SUMS = frozenset(("add", "sub", "neg"))
MANY = 1000                                 # sums are not counted further than this
LARGE, BATCH = 500, 500                     # nodes from which on sums are looked at together, and how many of these
_NEVER = False, False
_PLAIN = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "neg": np.negative}


class Samples:
    """Values of nodes, computed when asked for and remembered; inside np.errstate(all="ignore")."""

    def __init__(self, ranges):
        self._ranges, self._known, self._losses, self._within = ranges, {}, {}, {}
        self._leaves, self._ahead = 0, ()

    def __call__(self, node):
        """An array of COUNT values."""
        known, stack = self._known, [node]
        if node in known:
            return known[node]
        while stack:
            top = stack[-1]
            if top in known:
                stack.pop()
                continue
            below = _below(top)
            waiting = [i for i in below if i not in known]
            if waiting:
                stack.extend(waiting)
            else:
                known[stack.pop()] = self._value(top, below)
        return known[node]

    def _value(self, node, below):
        if node.op is CONSTANT:
            return np.full(COUNT, number(node))
        if not below:
            return self._leaf(node)
        if node.op is CONTRACT:
            return self._known[below[0]]
        return _PLAIN.get(node.op.name, node.op.numpy)(*[self._known[i] for i in below])

    def _leaf(self, node):
        """Sizes from 1e-12 to 1e12, one of each of WIDE classes, in an order of its own; from point to point each leaf
        changes its sign half as often as the one before it."""
        number_, known = self._leaves, self._ranges(node)
        self._leaves += 1
        generator, shared = random.Random(number_), random.Random(-1)
        classes = list(range(WIDE))
        generator.shuffle(classes)
        values = [_inside(known, 24*(k + generator.random())/WIDE - 12, i >> number_ % 5 & 1)
                  for i, k in enumerate(classes)]
        for _ in range(TOGETHER):
            values.append(_inside(known, shared.uniform(-1.5, 1.5) + generator.uniform(-1e-4, 1e-4), 0))
        return np.array(values)

    def cancels(self, node):
        """Is the sum at some point much smaller than its operands?"""
        return self.losses(node)[0]

    def losses(self, node):
        """(`cancels`, the same where all leaves are close together)."""
        found = self._losses.get(node)
        if found is None:
            if self._ahead:
                sums = self._filled(self._ahead)
                self._ahead = ()
                for k in range(0, len(sums), BATCH):
                    self._find(sums[k:k + BATCH])
            if node not in self._losses:
                self._find([node])
            found = self._losses[node]
        return found

    def expect(self, nodes):
        """Say that the sums among these nodes, inputs first, will be asked for: many are found together, in less time."""
        self._ahead = nodes if len(nodes) >= LARGE else ()

    def _filled(self, nodes):
        """Remember the values of nodes, inputs first; those of them that are sums whose losses are not known."""
        known, sums = self._known, []
        for node in nodes:
            inputs, name = node.inputs, node.op.name
            if len(inputs) == 2 and name in _PLAIN:
                if node not in known:
                    known[node] = _PLAIN[name](known[inputs[0]], known[inputs[1]])
                if name in SUMS and node not in self._losses:
                    sums.append(node)
            else:
                self(node)
        return sums

    def _find(self, sums):
        """Find the losses of some sums."""
        known = self._known
        total = np.concatenate([*map(self, sums)]).reshape(-1, COUNT)
        one, other = (np.concatenate([known[node.inputs[k]] for node in sums]).reshape(-1, COUNT) for k in range(2))
        least = np.minimum(np.abs(one), np.abs(other))
        small = (np.abs(total) < SEEN*least) & (least < math.inf)
        self._losses.update(zip(sums, zip(small[:, :WIDE].any(axis=1).tolist(), small[:, WIDE:].any(axis=1).tolist())))

    def within(self, node):
        """(sums that the sum is made of with itself, each as often as it stands there, does any of them cancel, does any
        where all leaves are close together?)"""
        known, stack = self._within, [node]
        found = known.get(node)
        while found is None:
            top = stack[-1]
            count, (cancels, meets) = 1, self.losses(top) if len(top.inputs) == 2 else _NEVER
            for i in top.inputs:
                if i.op.name in SUMS:
                    one = known.get(i)
                    if one is None:
                        stack.append(i)
                    else:
                        count, cancels, meets = count + one[0], cancels or one[1], meets or one[2]
            if stack[-1] is top:
                known[stack.pop()] = one = count if count < MANY else MANY, cancels, meets
                found = None if stack else one
        return found

    def vanishes(self, node):
        """Is the value at some point small, where nothing below it has to be?"""
        return bool(np.any(np.abs(self(node)) < SEEN))


def _below(node):
    """What the value is computed from; () for what is taken as a leaf."""
    if type(node.op) is Elementwise:
        return node.inputs
    return node.inputs if node.op is CONTRACT and len(node.inputs) == 1 and is_movement(node) else ()


def _inside(known, exponent, negative):
    """A value of about this size, of this sign where the range has both."""
    size = 10.0**exponent
    value = -size if negative else size
    for one in (value, -value):
        if known.low <= one <= known.high:
            return one
    low, high = known.low, known.high
    if math.isfinite(low) and math.isfinite(high):
        return low + (high - low)*(0.5 + exponent/24)
    return low + size if math.isfinite(low) else high - size
