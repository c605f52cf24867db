"""A compiled function and ranges of its inputs go in; out comes how far its results lie from those of mpmath, in ulp.

Points are drawn from the ranges; at each the oracle, which shares no formula with what was compiled, gives the value and
the derivatives to forty digits.  An error is told in units in the last place of the true result, and again over
max(1, condition): what a change of the inputs by half a unit in their last place could explain is no fault of the code.
"""
import itertools
from dataclasses import dataclass
from functools import cache, partial

import mpmath
import numpy as np

from symdiff.document.shown import Shown
from symdiff.errors import ArgumentError, NoDerivative
from symdiff.lengths import text
from symdiff.reference import oracle

from .documents import of_accuracy

BAR = 8                                 # ulp × max(1, condition) that a result may be off
DIGITS = 40
MOST_CORNERS = 3                        # inputs all of whose corners are points; of more, only the lowest and highest
MAGNITUDES = 100                        # a range whose ends are so far apart is drawn by magnitude
STEP = 2.0**-30                         # relative move of an input, to measure the condition of derivatives
SMALLEST = 2.0**-100                    # the smallest magnitude drawn from a range around 0, relative to its largest


@dataclass(frozen=True)
class Row:
    """One quantity: the value, or a derivative.

    ulp, at              the largest error in ulp, and {name: value} of its point
    relative, worst_at   the largest error in ulp over max(1, condition), and its point
    judged, unjudged     points at which the oracle gives a number (or the infinity that it rounds to), and the others
    """
    quantity: str
    ulp: float
    at: dict
    relative: float
    worst_at: dict
    judged: int
    unjudged: int

    @property
    def ok(self):
        """Is every error below the bar, and was there one point at least?"""
        return self.judged > 0 and self.relative <= BAR


class Accuracy(Shown):
    """Rows; .ok when all are; .worst is the largest error over max(1, condition), in ulp."""

    def __init__(self, rows, points):
        self.rows, self.points = tuple(rows), points

    ok = property(lambda self: all(row.ok for row in self.rows))
    worst = property(lambda self: max(row.relative for row in self.rows))

    def document(self):
        """The table as a Document."""
        return of_accuracy(self)

    def __bool__(self):
        return self.ok

    def __str__(self):
        width = max(len(row.quantity) for row in self.rows)
        lines = [f"{'quantity':{width}}{'ulp':>10}{'over max(1, condition)':>24}  at its worst, of {self.points} points"]
        for row in self.rows:
            at = ", ".join(f"{name} = {value}" for name, value in row.worst_at.items())
            rest = f" ({row.unjudged} unjudged: the oracle gives no number)" if row.unjudged else ""
            lines.append(f"{row.quantity:{width}}{row.ulp:10.2g}{row.relative:24.2g}  {'ok' if row.ok else 'WRONG'}  "
                         f"{at}{rest}")
        return "\n".join(lines)

    __repr__ = __str__


def accuracy(f, ranges, points=100, seed=0):
    """The Accuracy of a Compiled function of one scalar over ranges of its inputs.

    ranges   {key: (low, high), for arrays two arrays or, where its sizes are known, two numbers; or a value that is held}
    points   how many points are drawn, besides the ends of the ranges
    seed     of the draws
    Raises NoDerivative where the value is no scalar, ArgumentError for ranges that are none.
    """
    if not f.of_a_scalar:
        raise NoDerivative("accuracy is told of one scalar, and this has several values.",
                           do="compile an entry, or the sum of them.")
    names = [str(key) for key in f.inputs]
    if len(set(names)) < len(names):
        raise ArgumentError("two inputs have one name, and the oracle takes values by name.", do="rename one of them.")
    whole = isinstance(points, (int, np.integer)) and not isinstance(points, bool) and points >= 0
    if not whole:
        raise ArgumentError(f"points is {points!r}.", do="give a whole number from 0 on.")
    if not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ArgumentError(f"seed is {seed!r}.", do="give a whole number from 0 on.")
    drawn = _drawn([_span(f, key, node, ranges) for key, node in zip(f.inputs, f.nodes)], points, seed, f.dtype)
    judge = _Judge(f, names)
    for values in drawn:
        judge.look(dict(zip(names, values)))
    return Accuracy([judge.row(name) for name in ("value", *map(str, f.wrt))], len(drawn))


# -- points ------------------------------------------------------------------------------------------------------------

def _span(f, key, node, ranges):
    """(low, high) of an input as arrays of its shape."""
    given = ranges[key]
    low, high = given if isinstance(given, tuple) and len(given) == 2 else (given, given)
    try:
        ends = [np.asarray(end, dtype=float) for end in (low, high)]
    except (TypeError, ValueError):
        raise ArgumentError(f"the range of {key} is {str(given)[:80]}.", do="give two numbers, (low, high).") from None
    shape = np.broadcast_shapes(*[end.shape for end in ends]) if _alike(ends) else None
    if shape == () and node.sizes:
        if not all(type(length) is int for length in node.sizes):
            raise ArgumentError(f"no range tells the sizes {text(node.sizes)} of {key}.",
                                do="give two arrays, (low, high).")
        shape = node.sizes
    if shape is None or len(shape) != len(node.sizes):
        raise ArgumentError(f"the range of {key} has ends of the shapes {ends[0].shape} and {ends[1].shape}.",
                            where=f"{key} has the sizes {text(node.sizes)}", do="give two arrays of its shape.")
    largest = float(np.finfo(f.dtype).max)
    low, high = [np.clip(np.broadcast_to(end, shape), -largest, largest) for end in ends]
    if not (low <= high).all():
        raise ArgumentError(f"the range of {key} ends before it begins, or at nan.", where=str(given)[:80],
                            do="give (low, high) with low below high.")
    return low, high


def _alike(ends):
    shapes = [end.shape for end in ends]
    return shapes[0] == shapes[1] or () in shapes


def _drawn(spans, points, seed, dtype):
    """Points, tuples of arrays: the ends, 0 where all ranges hold it, then random ones."""
    if len(spans) <= MOST_CORNERS:
        found = list(itertools.product(*spans))
    else:
        found = [tuple([span[k] for span in spans]) for k in (0, 1)]
    if all((low <= 0).all() and (high >= 0).all() for low, high in spans):
        found.append(tuple([np.zeros(low.shape) for low, _ in spans]))
    rng = np.random.default_rng(seed)
    found += [tuple([_one(rng, *span) for span in spans]) for _ in range(points)]
    rounded = [tuple([p.astype(dtype).astype(float) for p in point]) for point in found]
    return list({tuple([p.tobytes() for p in point]): point for point in rounded}.values())


def _one(rng, low, high):
    """An array between two others: evenly, or by magnitude, each entry by itself."""
    even = low + (high/2 - low/2)*2*rng.random(low.shape)
    top = np.maximum(np.abs(low), np.abs(high))
    bottom = np.where((low > 0) | (high < 0), np.minimum(np.abs(low), np.abs(high)), top*SMALLEST)
    wide = (bottom > 0) & (top > MAGNITUDES*bottom) & (rng.random(low.shape) < 0.75)
    with np.errstate(all="ignore"):
        size = np.exp(np.log(bottom) + (np.log(top) - np.log(bottom))*rng.random(low.shape))
    negative = (low < 0) & ((high <= 0) | (rng.random(low.shape) < 0.5))
    return np.clip(np.where(wide, np.where(negative, -size, size), even), low, high)


# -- errors ------------------------------------------------------------------------------------------------------------

class _Judge:
    """The worst of every quantity so far."""

    def __init__(self, f, names):
        self.f, self.names, self.wrt, self.dtype = f, names, [str(key) for key in f.wrt], np.dtype(f.dtype)
        self.worst = {name: [0.0, {}, 0.0, {}, 0, 0] for name in ("value", *self.wrt)}

    def look(self, values):
        """One more point."""
        f = self.f
        typed = {key: value for key, value in zip(f.inputs, values.values())}
        value, gradient = f.value_and_grad(typed) if f.wrt else (f(typed), {})
        true, slopes = oracle.value_and_grad(f.expression, self.names, values, dps=DIGITS)
        with mpmath.workdps(DIGITS):
            self._judge("value", values, [value], true.flat, lambda: [self._moved(values, slopes)])
            turned = cache(partial(self._turned, values, slopes))
            for name, found in zip(self.wrt, gradient.values()):
                self._judge(name, values, np.ravel(found), slopes[name].flat, lambda name=name: turned()[name])

    def _moved(self, values, slopes):
        """Σ |x ∂f/∂x|: how far the value goes when every input moves by its own size."""
        return mpmath.fsum(abs(mpmath.mpf(float(x))*s) for name in self.names
                           for x, s in zip(np.ravel(values[name]), slopes[name].flat) if x)

    def _turned(self, values, slopes):
        """{name: the same for each entry of a derivative}, by differences of the derivatives."""
        far = {name: [mpmath.mpf(0)]*np.size(values[name]) for name in self.wrt}
        for other in self.names:
            for i, x in np.ndenumerate(values[other]):
                moved = np.array(values[other])
                moved[i] = x*(1 + STEP)
                if moved[i] == x or not np.isfinite(moved[i]):
                    continue
                turned = oracle.gradient(self.f.expression, self.wrt, {**values, other: moved}, dps=DIGITS)
                part = mpmath.mpf(float(x))/(mpmath.mpf(float(moved[i])) - mpmath.mpf(float(x)))
                for name in self.wrt:
                    pairs = zip(far[name], turned[name].flat, slopes[name].flat)
                    far[name] = [total + abs(part*(now - before)) for total, now, before in pairs]
        return far

    def _judge(self, name, values, ours, true, moved):
        """`moved()` is asked for only where it could change the worst."""
        worst, far = self.worst[name], None
        for k, (a, b) in enumerate(zip(map(float, ours), true)):
            if mpmath.isnan(b):
                worst[5] += 1
                continue
            worst[4] += 1
            error, unit = self._error(a, b)
            if error/unit > worst[0]:
                worst[:2] = float(error/unit), values
            if 0 < error/unit <= 1:                     # no condition is below 1: as it stands
                if error/unit > worst[2]:
                    worst[2:4] = float(error/unit), values
            elif error/unit > worst[2]:
                far = far or moved()
                scale = far[k]/abs(b) if b else mpmath.inf
                relative = error/(unit*max(1, scale)) if b and mpmath.isfinite(scale) else self._at_zero(error, far[k])
                if relative > worst[2]:
                    worst[2:4] = float(relative), values

    def _error(self, a, b):
        """(|a − b|, the unit in the last place of b); nothing where a is the infinity that b rounds to."""
        with np.errstate(over="ignore"):
            nearest = self.dtype.type(float(b))
        if np.isinf(nearest):
            return (0 if a == nearest else mpmath.inf), mpmath.mpf(1)
        if not np.isfinite(a):
            return mpmath.inf, mpmath.mpf(1)
        return abs(mpmath.mpf(a) - b), mpmath.mpf(float(np.spacing(abs(nearest))))

    def _at_zero(self, error, far):
        """The error over what moves a result of 0."""
        if mpmath.isinf(error) or mpmath.isnan(far):
            return mpmath.inf
        return error/(far*float(np.finfo(self.dtype).eps)) if far else mpmath.inf

    def row(self, name):
        """The Row of a quantity."""
        return Row("value" if name == "value" else f"derivative by {name}", *self.worst[name])
