"""Leaves of the graph: named inputs, numbers, arrays of numbers, lengths of axes, positions along an axis."""
import hashlib
import math
import struct
import threading

import mpmath
import numpy as np
import sympy as sp

from ..graph import Pool, make
from ..lengths import canonical
from .record import Leaf

INPUT = Leaf("input", lambda attributes: attributes[1])            # (name, sizes)
CONSTANT = Leaf("constant", lambda attributes: attributes[1])      # (exact SymPy number or NEGATIVE_ZERO, sizes)
DATA = Leaf("data", lambda attributes: attributes[0].array.shape)  # (ConstantArray,)
SIZE = Leaf("size", lambda attributes: ())                         # (length,): the length as a number
IOTA = Leaf("iota", lambda attributes: attributes)                 # (length,): 0, 1, 2, … along one axis

NEGATIVE_ZERO = "-0.0"


def input(name, sizes=()):
    """A named value given at the call."""
    return make(INPUT, (), (name, sizes))


def constant(value, sizes=()):
    """A number, repeated over `sizes`.  Exact SymPy numbers (1/3, pi) stay exact; floats keep their bits.

    One value has one form: a float that is a whole number below 2^53 becomes that integer.  What is computed of numbers
    has more digits than a float64, by which it is known to be no exact number (`is_rounded`).
    """
    if type(value) is int:
        value = sp.Integer(value)
    elif isinstance(value, float):
        value = _from_float(float(value))
    elif isinstance(value, sp.Float) and value.is_finite and value == sp.Float(float(value), precision=value._prec):
        value = _from_float(float(value))
    return make(CONSTANT, (), (value, sizes))


def _from_float(value):
    if value == 0:
        return NEGATIVE_ZERO if math.copysign(1, value) < 0 else sp.S.Zero
    if not math.isfinite(value):
        return sp.nan if value != value else sp.oo if value > 0 else -sp.oo
    return sp.Integer(int(value)) if value.is_integer() and abs(value) < 2.0**53 else sp.Float(value)


def is_rounded(value):
    """Is the number of a constant what was computed of numbers: a float of more digits than a float64 has?"""
    return isinstance(value, sp.Float) and value._prec > 53


def number(node):
    """The float64 nearest to the value of a constant node."""
    value = node.attributes[0]
    return -0.0 if value is NEGATIVE_ZERO or value == NEGATIVE_ZERO else _nearest(value)


def _nearest(value):
    if value.is_Integer:
        return float(int(value))
    if value.is_Rational:
        return int(value.p)/int(value.q)                # Python divides integers correctly rounded
    return float(value) if value.is_Float else float(value.evalf(40))


def exact_number(value):
    """An exact number as one of mpmath, to the precision in force."""
    if value is NEGATIVE_ZERO or value == NEGATIVE_ZERO:
        return mpmath.mpf(0)
    if value.is_Rational:
        return mpmath.mpf(int(value.p))/int(value.q)
    if value.is_Float:
        return mpmath.mp.make_mpf(value._mpf_)
    if value in (sp.oo, -sp.oo, sp.nan):
        return {sp.oo: mpmath.inf, -sp.oo: -mpmath.inf, sp.nan: mpmath.nan}[value]
    return mpmath.mp.make_mpf(value.evalf(mpmath.mp.dps + 5)._mpf_)


class ConstantArray:
    """The entries of a constant array, float64 and read-only; interned by content, so equal is identical."""

    __slots__ = ("array", "digest", "__weakref__")
    _pool, _lock = Pool(), threading.Lock()

    def __new__(cls, array):
        array = np.array(array, dtype=np.float64, order="C")
        array.flags.writeable = False
        shape = struct.pack(f"{1 + array.ndim}q", array.ndim, *array.shape)         # the number 0 is no empty vector
        digest = hashlib.sha256(shape + array.tobytes()).hexdigest()
        with cls._lock:
            found = cls._pool.get(digest)
            if found is None:
                found = object.__new__(cls)
                found.array, found.digest = array, digest
                cls._pool[digest] = found
        return found

    def __reduce__(self):
        return ConstantArray, (np.array(self.array),)

    def __repr__(self):
        return f"ConstantArray({self.array.shape}, {self.digest[:32]})"


def data(array):
    """A constant array as a node."""
    return make(DATA, (), (array if isinstance(array, ConstantArray) else ConstantArray(array),))


def size(length):
    """The length of an axis as a number: a constant where it is known, else bound at the call."""
    length = canonical(length)
    return constant(length) if type(length) is int else make(SIZE, (), (length,))


def iota(length):
    """Positions 0, 1, … along one axis of the given length."""
    return make(IOTA, (), (canonical(length),))


def is_constant(node, value=None):
    """Is the node a number (and this one)?"""
    return node.op is CONSTANT and (value is None or node.attributes[0] == value)
