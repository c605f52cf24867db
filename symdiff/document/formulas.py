"""The parts of printed mathematics that are no expressions: ∂a/∂b, a = b = c, products of a chain, values.

A formula is one of the classes below, or an expression (of the language, or SymPy's), or a str, which is plain words.
"""
from dataclasses import dataclass

import numpy as np
import sympy as sp


@dataclass(frozen=True)
class Partial:
    """∂top/∂bottom; both are formulas.  `total` prints d for ∂."""
    top: object
    bottom: object
    total: bool = False


@dataclass(frozen=True)
class Equal:
    """a = b = c."""
    parts: tuple


@dataclass(frozen=True)
class Arrow:
    """a → b, as a rewrite."""
    before: object
    after: object


@dataclass(frozen=True)
class Times:
    """a · b · c in the order given; sums among them are bracketed."""
    parts: tuple


@dataclass(frozen=True)
class Plus:
    """a + b + c in the order given; a term that begins with a minus joins by it."""
    parts: tuple


@dataclass(frozen=True)
class Value:
    """A number, or an array of them, to so many digits; of a long array the first entries and the shape are shown."""
    number: object
    digits: int = 6

    def __eq__(self, other):
        return type(other) is Value and self._key() == other._key()

    def __hash__(self):
        return hash(self._key())

    def _key(self):
        """Bits where it is numbers, so that nan equals itself; an exact number of SymPy as it is."""
        if isinstance(self.number, sp.Basic):
            return self.number, self.digits
        array = np.asarray(self.number)
        return array.tobytes(), array.dtype.str, array.shape, self.digits
