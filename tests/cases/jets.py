"""Jets: numbers of 50 digits with their first and second derivatives along some inputs; operators and functions of them
go in, jets come out.  WORDS are the functions for recipes over jets."""
from types import SimpleNamespace

import mpmath
import numpy as np

DIGITS = 50


class Jet:
    """A value, its gradient and its Hessian (None: not wanted)."""

    __slots__ = ("value", "slope", "bend")

    def __init__(self, value, slope, bend):
        self.value, self.slope, self.bend = value, slope, bend

    def _of(self, value, first, second):
        """A function of the jet from its value and derivatives there."""
        bend = None if self.bend is None else first*self.bend + second*np.outer(self.slope, self.slope)
        return Jet(value, first*self.slope, bend)

    def __add__(self, other):
        if not isinstance(other, Jet):
            return Jet(self.value + other, self.slope, self.bend)
        bend = None if self.bend is None else self.bend + other.bend
        return Jet(self.value + other.value, self.slope + other.slope, bend)

    def __mul__(self, other):
        if not isinstance(other, Jet):
            return self._of(self.value*other, mpmath.mpf(other), 0)
        bend = None
        if self.bend is not None:
            mixed = np.outer(self.slope, other.slope)
            bend = self.value*other.bend + other.value*self.bend + mixed + mixed.T
        return Jet(self.value*other.value, self.value*other.slope + other.value*self.slope, bend)

    def __pow__(self, k):
        k = mpmath.mpf(k)
        return self._of(self.value**k, k*self.value**(k - 1), k*(k - 1)*self.value**(k - 2))

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return self*-1

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other

    def __truediv__(self, other):
        return self*other**-1 if isinstance(other, Jet) else self*(1/mpmath.mpf(other))

    def __rtruediv__(self, other):
        return self**-1*other


def inputs(values, second):
    """The jets of the inputs themselves."""
    n, zero = len(values), mpmath.mpf(0)
    unit = [np.array([mpmath.mpf(k == m) for m in range(n)], object) for k in range(n)]
    return [Jet(mpmath.mpf(float(v)), unit[k], np.full((n, n), zero, object) if second else None)
            for k, v in enumerate(values)]


def _function(f, derivatives):
    def of(x):
        return x._of(f(x.value), *derivatives(x.value)) if isinstance(x, Jet) else f(x)
    return of


WORDS = SimpleNamespace(
    exp=_function(mpmath.exp, lambda v: (mpmath.exp(v), mpmath.exp(v))),
    log=_function(mpmath.log, lambda v: (1/v, -1/v**2)),
    sin=_function(mpmath.sin, lambda v: (mpmath.cos(v), -mpmath.sin(v))),
    cos=_function(mpmath.cos, lambda v: (-mpmath.sin(v), -mpmath.cos(v))),
    tanh=_function(mpmath.tanh, lambda v: (mpmath.sech(v)**2, -2*mpmath.sech(v)**2*mpmath.tanh(v))),
    sqrt=_function(mpmath.sqrt, lambda v: (mpmath.sqrt(v)**-1/2, -mpmath.sqrt(v)**-3/4)),
    rat=lambda p, q: mpmath.mpf(p)/q)
