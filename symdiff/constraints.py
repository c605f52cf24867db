"""What a parameter must be, "positive" or within two ends, goes in; the formulas to and from free numbers come out.

A constrained parameter x is a function of free numbers u of any size, so that a search needs no walls.  Where the loss
is a density of x, the density of u holds |det J| besides, J = dx/du; each constraint has its logarithm.

    constraint           of            x                                         log |det J|
    positive             each entry    exp(u)                                    u
    [a, inf], [-inf, b]  each entry    a + exp(u),  b - exp(u)                   u
    unit = [0, 1]        each entry    sigmoid(u)                                log sigmoid(u) + log sigmoid(-u)
    [a, b]               each entry    a + (b - a) sigmoid(u)                    that + log(b - a)
    ordered              last axis     u_1, u_1 + exp(u_2), …                    u_2 + … + u_k
    simplex              last axis     softmax(u_1, …, u_(k-1), 0)               log x_1 + … + log x_k
    positive_definite    a matrix      L Lᵀ, L lower, log L_ii among the u       d log 2 + Σ (d + 2 - i) log L_ii

Sources: the Stan reference manual, "Constraint transforms"; of the simplex Aitchison (1982), whose mode with |det J| is
that of Stan's, since their free numbers are linear in each other.
"""
import math
from dataclasses import dataclass

import numpy as np

from . import language as sd
from .errors import ArgumentError, SizeMismatch, SpecError, nearest
from .lengths import text

NAMES = ("positive", "unit", "simplex", "positive_definite", "ordered")


class Constraint:
    """What all share.

    free(sizes)           the sizes of the free numbers of a parameter of these sizes
    value(u), inverse(x)  an expression in the other's, entry by entry where `entrywise`
    log_jacobian(u)       log |det J|, one number
    holds(x)              does an array of numbers keep to it, not on its border?
    zero(shape)           where in a parameter of this shape 0 lies inside
    form                  as a model file has it
    """
    entrywise, axes = True, 0

    def check(self, name, sizes):
        """Raise SizeMismatch where a parameter of these sizes cannot be so."""
        if len(sizes) < self.axes:
            raise SizeMismatch(f"{name} is {self.words}, which scalars are not.", where=f"{name} {text(sizes)}",
                               do=f'give {name} an axis, as ["k"] or [3].')

    def free(self, sizes):
        return sizes

    @property
    def words(self):
        """What such a parameter is, as errors say it."""
        return str(self)


@dataclass(frozen=True)
class Interval(Constraint):
    """Between two ends, of which one may be infinite.

    >>> Interval(0, math.inf).value(sd.array("u")), Interval(0, 1).value(sd.array("u"))
    (exp(u), sigmoid(u))
    """
    low: float
    high: float

    def value(self, u):
        a, b = self.low, self.high
        if b == math.inf:
            return a + sd.exp(u) if a else sd.exp(u)
        if a == -math.inf:
            return b - sd.exp(u)
        if a == 0:
            return b*sd.sigmoid(u) if b != 1 else sd.sigmoid(u)
        if a == -b:
            return b*sd.tanh(u/2) if b != 1 else sd.tanh(u/2)
        # from the nearer end, so that rounding never leaves the interval
        return sd.where(u < 0, a + (b - a)*sd.sigmoid(u), b - (b - a)*sd.sigmoid(-u))

    def inverse(self, x):
        if self.high == math.inf:
            return sd.log(x - self.low)
        if self.low == -math.inf:
            return sd.log(self.high - x)
        return sd.log(x - self.low) - sd.log(self.high - x)

    def log_jacobian(self, u):
        if math.isinf(self.high - self.low):
            return _total(u)
        return _total(sd.log_sigmoid(u) + sd.log_sigmoid(-u) + math.log(self.high - self.low))

    def holds(self, x):
        return bool(np.all((self.low < x) & (x < self.high)))

    def zero(self, shape):
        return np.full(shape, self.low < 0 < self.high)

    @property
    def form(self):
        return {(0, math.inf): "positive", (0, 1): "unit"}.get((self.low, self.high)) or [self.low, self.high]

    def __str__(self):
        return {"positive": "positive", "unit": "between 0 and 1"}.get(str(self.form)) or \
            f"between {self.low:g} and {self.high:g}"


@dataclass(frozen=True)
class Simplex(Constraint):
    """Positive along the last axis, and 1 in sum."""
    entrywise, axes, form = False, 1, "simplex"

    def free(self, sizes):
        return (*sizes[:-1], sizes[-1] - 1)

    def check(self, name, sizes):
        super().check(name, sizes)
        if sizes[-1] == 0:
            raise SizeMismatch(f"{name} has no entries, and they cannot be 1 in sum.", do="give it one or more.")

    def value(self, u):
        return sd.softmax(_with_zero(u))

    def inverse(self, x):
        return sd.log(x[..., :-1]) - sd.log(x[..., -1:])

    def log_jacobian(self, u):
        return _total(sd.log_softmax(_with_zero(u)))

    def holds(self, x):
        return bool(np.all(x > 0) and np.allclose(np.sum(x, axis=-1), 1, rtol=0, atol=1e-8))

    def zero(self, shape):
        return np.zeros(shape, bool)

    def __str__(self):
        return "positive along its last axis, and 1 in sum"


@dataclass(frozen=True)
class Ordered(Constraint):
    """Growing along the last axis."""
    entrywise, axes, form = False, 1, "ordered"

    def value(self, u):
        first = u[..., :1]
        return sd.concatenate((first, first + sd.cumsum(sd.exp(u[..., 1:]), axis=-1)), axis=-1)

    def inverse(self, x):
        return sd.concatenate((x[..., :1], sd.log(x[..., 1:] - x[..., :-1])), axis=-1)

    def log_jacobian(self, u):
        return _total(u[..., 1:])

    def holds(self, x):
        return bool(np.isfinite(x).all() and np.all(np.diff(x, axis=-1) > 0))

    def zero(self, shape):
        return np.ones(shape, bool)

    def __str__(self):
        return "growing along its last axis"


@dataclass(frozen=True)
class PositiveDefinite(Constraint):
    """A symmetric positive definite matrix; its free numbers are the rows of its factor, log-diagonal, in a line."""
    entrywise, axes, form = False, 2, "positive_definite"

    def check(self, name, sizes):
        if len(sizes) != 2 or sizes[0] != sizes[1] or type(sizes[0]) is not int or not sizes[0]:
            raise SizeMismatch(f"{name} is {self.words}, and its sizes are {text(sizes)}.",
                               do=f"give {name} two axes of one number, as [3, 3].")

    def free(self, sizes):
        return (sizes[0]*(sizes[0] + 1)//2,)

    def value(self, u):
        M = u[_places(_order(u.sizes[0]))]
        L = sd.tril(M, -1) + sd.diag(sd.exp(sd.diag(M)))
        return L @ L.T

    def inverse(self, x):
        L = sd.cholesky(x)
        return sd.ravel(sd.tril(L, -1) + sd.diag(sd.log(sd.diag(L))))[_rows(x.sizes[0])]

    def log_jacobian(self, u):
        d = _order(u.sizes[0])
        logs = u[np.cumsum(np.arange(1, d + 1)) - 1]                    # log L_ii
        return d*math.log(2) + sd.sum(np.arange(d + 1.0, 1, -1)*logs)

    def holds(self, x):
        if not np.isfinite(x).all() or not np.allclose(x, x.T, rtol=1e-8, atol=0):
            return False
        try:
            np.linalg.cholesky(x)
        except np.linalg.LinAlgError:
            return False
        return True

    def zero(self, shape):
        return ~np.eye(*shape, dtype=bool)

    def __str__(self):
        return "a symmetric positive definite matrix"


KINDS = {"positive": Interval(0, math.inf), "unit": Interval(0, 1), "simplex": Simplex(),
         "positive_definite": PositiveDefinite(), "ordered": Ordered()}


def constraint(given):
    """The Constraint of a name, or of two ends.  Raises SpecError.

    >>> constraint("unit"), constraint((-1, 1)).form
    (Interval(low=0, high=1), [-1, 1])
    """
    if isinstance(given, Constraint):
        return given
    if isinstance(given, str):
        if given in KINDS:
            return KINDS[given]
        raise SpecError(f"no constraint is called {given[:80]!r}.", known=", ".join((*NAMES, "[low, high]")),
                        do=nearest(given, NAMES, "use one of these."))
    ends = tuple(given) if isinstance(given, (list, tuple)) else ()
    if len(ends) != 2 or not all(type(end) in (int, float) for end in ends) or not ends[0] < ends[1]:
        raise SpecError("a constraint is a name, or two ends of which the first is smaller.", where=str(given)[:80],
                        known=", ".join((*NAMES, "[low, high]")), do='write "positive", or [-1, 1].')
    if ends == (-math.inf, math.inf):
        raise SpecError("between these ends are all numbers.", where=str(given)[:80], do="leave the constraint out.")
    if not math.isfinite(float(ends[1]) - float(ends[0])) and all(map(math.isfinite, ends)):
        raise SpecError("these ends are further apart than float64 counts.", where=str(given)[:80],
                        do="leave the constraint out.")
    return Interval(*ends)


def inside(name, kind, value):
    """The value, when it keeps to the constraint.  Raises ArgumentError."""
    if not kind.holds(value):
        shown = " ".join(np.array2string(np.asarray(value), precision=6, threshold=6).split())
        raise ArgumentError(f"{name} is {kind.words}, and this value is not.", where=f"{name} = {shown[:120]}",
                            do="give it a value that is, and not on the border.")
    return value


def _total(x):
    return sd.sum(x) if sd.sizes_of(x) else x


def _with_zero(u):
    """u with a 0 at the end of its last axis."""
    return sd.concatenate((u, sd.broadcast_to(0, (*u.sizes[:-1], 1))), axis=-1)


def _order(count):
    """d of the d (d + 1)/2 numbers of a triangle."""
    return (math.isqrt(8*count + 1) - 1)//2


def _rows(d):
    """The place in a matrix, read row by row, of each entry of its lower triangle."""
    i, j = np.tril_indices(d)
    return i*d + j


def _places(d):
    """The place in the lower triangle, read row by row, of each entry of a matrix; 0 above the diagonal."""
    found = np.zeros((d, d), int)
    found[np.tril_indices(d)] = np.arange(d*(d + 1)//2)
    return found
