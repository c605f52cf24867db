"""A node goes in; float64 values of it at a few points come out, and whether the sum that it is cancels at one of them.

The points are fixed: each leaf takes sizes from 1e-12 to 1e12 of both signs, leaf by leaf independent of the others, so
that a sum whose operands have nothing in common hardly ever cancels here, and one whose operands do is found.
"""
import math
import random

import numpy as np

from ...primitives.contraction import CONTRACT, is_movement
from ...primitives.leaf import CONSTANT, number
from ...primitives.record import Elementwise

COUNT, TOGETHER = 32, 12                    # points, the last of which have all leaves close together
SEEN = 2.0**-5                              # a sum this much smaller than its terms cancels


class Samples:
    """Values of nodes, computed when asked for and remembered."""

    def __init__(self, ranges):
        self._ranges, self._known, self._leaves = ranges, {}, 0

    def __call__(self, node):
        """An array of COUNT values."""
        known, stack = self._known, [node]
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
        with np.errstate(all="ignore"):
            return node.op.numpy(*[self._known[i] for i in below])

    def _leaf(self, node):
        self._leaves += 1
        generator, known = random.Random(self._leaves), self._ranges(node)
        values = [_inside(known, generator.uniform(-12, 12), generator) for _ in range(COUNT - TOGETHER)]
        shared = random.Random(0)
        for _ in range(TOGETHER):
            values.append(_inside(known, shared.uniform(-1.5, 1.5) + generator.uniform(-1e-4, 1e-4), generator))
        return np.array(values)

    def cancels(self, node):
        """Is the sum at some point much smaller than its operands?"""
        out = np.abs(self(node))
        with np.errstate(all="ignore"):
            least = np.minimum(*[np.abs(self(i)) for i in node.inputs])
            return bool(np.any(((out < SEEN*least) & np.isfinite(least))[:COUNT - TOGETHER]))

    def meets(self, node):
        """The same, where all leaves are close together."""
        out = np.abs(self(node))
        with np.errstate(all="ignore"):
            least = np.minimum(*[np.abs(self(i)) for i in node.inputs])
            return bool(np.any(((out < SEEN*least) & np.isfinite(least))[COUNT - TOGETHER:]))

    def vanishes(self, node):
        """Is the value at some point small, where nothing below it has to be?"""
        with np.errstate(all="ignore"):
            return bool(np.any(np.abs(self(node)) < SEEN))


def _below(node):
    """What the value is computed from; () for what is taken as a leaf."""
    if type(node.op) is Elementwise:
        return node.inputs
    return node.inputs if node.op is CONTRACT and len(node.inputs) == 1 and is_movement(node) else ()


def _inside(known, exponent, generator):
    """A value of about this size within a range."""
    size = 10.0**exponent
    value = size if generator.random() < 0.6 or abs(exponent) < 2 else -size
    if known.low <= value <= known.high:
        return value
    if known.low <= -value <= known.high:
        return -value
    low, high = known.low, known.high
    if math.isfinite(low) and math.isfinite(high):
        return low + (high - low)*generator.random()
    return low + size if math.isfinite(low) else high - size
