"""Nodes of a graph, values and lengths in; the values of the nodes to 60 digits out, each entry a number of mpmath.

Work is repeated with more digits until two results agree, so that nothing is lost to cancellation.
"""
import mpmath as mp
import numpy as np

from ..graph import order
from ..primitives.contraction import CONTRACT, is_movement
from .nodes import entry, value

DIGITS = 60
FIRST, SECOND, LONG, LONGEST = 75, 150, 500, 1000       # digits; LONG ones tell 1e-400 from 0 beside 1
FAR = 10**15                                    # beyond this an exponential needs more digits than there is time for
FINEST = 1400                                   # bits of the smallest and of the largest number on the way
NOISE = 48                                      # bits that a sum keeps, if it is more than rounding
NOTHING = mp.mpf(10)**-290                      # what lies below is 0: floats end at 1e-308
SAFE = frozenset("""add sub mul div neg sqrt log log2 log10 abs maximum minimum maximum_const minimum_const select lt le
    gt ge eq ne and or not relu sign step floor ceil round cbrt hypot direction""".split())


class Beyond(Exception):
    """A number on the way is too large or too small, or more digits are needed than there is time for."""


def precise(outputs, values, sizes):
    """The outputs as arrays of mpf.  Raises Beyond."""
    first = Run(FIRST)
    seen = first(outputs, values, sizes)
    for digits in (LONG, LONGEST) if first.lost else (SECOND, LONG, LONGEST):
        found = Run(digits)(outputs, values, sizes)
        agreed = [_agreed(a, b) for a, b in zip(seen, found)]
        if all(one.all() for one in agreed):
            return found
        seen = found
    raise Beyond("digits")


def _agreed(a, b):
    return np.array([same(x, y) for x, y in zip(a.flat, b.flat)], dtype=bool).reshape(a.shape)


def same(a, b, digits=DIGITS):
    """Do two numbers agree to so many digits; nan with nan, and what lies far below the smallest float with 0?"""
    if not (mp.isfinite(a) and mp.isfinite(b)):
        return a == b or bool(mp.isnan(a) and mp.isnan(b))
    return a == b or abs(a - b) <= max(abs(a), abs(b))*mp.mpf(10)**-digits or max(abs(a), abs(b)) < NOTHING


class Run:
    """One run through a graph with so many digits.

    lost    was a number absorbed by a much larger one, or did two cancel wholly?
    """

    def __init__(self, digits):
        self.digits, self.lost = digits, False

    def __call__(self, outputs, values, sizes):
        found = {}
        with mp.workdps(self.digits):
            for node in order(outputs):
                args = [found[i] for i in node.inputs]
                found[node] = self._watched(node, args, value(node, args, values, sizes, _near_entry))
        return [found[o] for o in outputs]

    def _watched(self, node, args, value):
        """The value, what is rounding alone as 0; lost digits are noted, numbers beyond all floats refused."""
        if node.op.name in ("add", "sub"):
            for i in np.ndindex(value.shape):
                value[i] = self._kept([a[i] for a in args], value[i])
        elif node.op is CONTRACT and args:
            top = sum([max([mp.mag(v) for v in a.flat if v and mp.isfinite(v)], default=0) for a in args])
            for i in np.ndindex(value.shape):
                if value[i] and mp.isfinite(value[i]) and mp.mag(value[i]) < top - mp.mp.prec + NOISE:
                    value[i], self.lost = mp.mpf(0), True
            self.lost |= not is_movement(node) and not all(value.flat)
        for v in value.flat:
            if v and mp.isfinite(v) and abs(mp.mag(v)) > FINEST:
                raise Beyond(node.op.name)
        return value

    def _kept(self, terms, value):
        """A sum, 0 if it is no more than the rounding of its terms."""
        sizes = [mp.mag(t) for t in terms if t and mp.isfinite(t)]
        if len(sizes) < 2 or not mp.isfinite(value):
            return value
        if value and mp.mag(value) > max(sizes) - mp.mp.prec + NOISE:
            self.lost |= max(sizes) - min(sizes) > mp.mp.prec
            return value
        self.lost = True
        return mp.mpf(0)


def _near_entry(op, xs):
    """An entry of what is elementwise.  Raises Beyond for exponentials of numbers too far away."""
    if op.name not in SAFE and any(abs(x) > FAR and mp.isfinite(x) for x in xs):
        raise Beyond(op.name)
    return entry(op, xs)
