"""Nodes go in; out comes what must hold of the lengths of their axes for every position read or written to exist.

A bound is (start, step, length, n): the positions start + step·j, 0 ≤ j < length, lie on an axis of length n, and
length is not negative.  Where all four are ints it held when the node was made; the others are checked when lengths are known.
"""
import sympy as sp

from .errors import ArgumentError, SizeMismatch
from .graph import order
from .lengths import bind, symbols
from .primitives.leaf import SIZE
from .primitives.record import Elementwise
from .primitives.scan import SCAN


def bounds(outputs):
    """The bounds of the outputs that hold symbols, each once."""
    found = {}
    for node in order(outputs):
        if not node.sizes and type(node.op) is Elementwise:
            continue
        reach = getattr(node.op, "reach", None)
        own = [(0, 1, length, length) for length in node.sizes]
        own += reach(node) if reach else []
        own += [(0, 1, 0, length) for length in node.attributes] if node.op is SIZE else []
        if node.op is SCAN:
            body, length, _ = node.attributes
            own += [(0, 1, length, length), *bounds(body.outputs)]
        for bound in own:
            if any(type(value) is not int for value in bound):
                found[bound] = None
    return tuple(found)


def check(bounds, sizes):
    """Refuse lengths ({symbol: int}) with which a bound does not hold.  Raises SizeMismatch, ArgumentError."""
    for bound in bounds:
        unknown = [s for s in symbols(bound) if s not in sizes]
        if unknown:
            raise ArgumentError(f"no value tells the size {unknown[0]}.",
                                do=f"use an array with an axis {unknown[0]} long, or a number in its place.")
        start, step, length, n = [bind(value, sizes) for value in bound]
        if length < 0:
            raise SizeMismatch(f"an axis or a range of length {bound[2]} would be {length} long.",
                               where=_told(bound, sizes), do="give longer arrays.")
        last = start + step*(length - 1)
        if length and not (0 <= start < n and 0 <= last < n):
            position = last if 0 <= start < n else start
            raise SizeMismatch(f"the formula takes position {position} of an axis of length {n}.",
                               where=_told(bound, sizes), do="give longer arrays; positions are counted from 0.")


def certain(bound):
    """Does a bound hold whatever its symbols are?  (True only where that is easily seen.)"""
    start, step, length, n = map(sp.sympify, bound)
    if not length.is_nonnegative or length == n and (start, step) == (0, 1):
        return bool(length.is_nonnegative)
    longest = length
    if isinstance(length, sp.Max) and sp.S.Zero in length.args and len(length.args) == 2:
        longest, = [a for a in length.args if a != 0]       # where it is negative nothing is read
    for count in longest.args if isinstance(longest, sp.Min) else (longest,):
        ends = [start, start + step*(count - 1)]
        low, high = ends if step > 0 else reversed(ends)
        if count == 0 or sp.expand(low).is_nonnegative and sp.expand(n - 1 - high).is_nonnegative:
            return True
    return False


def _told(bound, sizes):
    start, step, length, n = bound
    what = f"{length} positions from {start} on" if length != 1 else f"position {start}"
    what = what if step == 1 else f"{what} in steps of {step}"
    known = ", ".join(f"{s} is {sizes[s]}" for s in symbols(bound))
    return f"{what}, on an axis of length {n};  {known}" if length != n else known
