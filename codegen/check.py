"""A compiled function and values go in; a report comes out: its results beside those of the tape and of the oracle.

Neither shares a formula with what was compiled.  Two results agree where they differ by no more than rounding explains:
the bar is some units in the last place, plus what the tape's own result moves by when its inputs move by so little and,
against the tape, when each of its operations rounds so coarsely: it computes as typed, and may lose digits itself.
A block of a Hessian that is 0 but for rounding is judged by the size that the blocks on the diagonal give it.
Where the tape gives no number and the sizes are small, the oracle judges; else the entry is reported as unjudged.  What
has no value, as a mean over no rows, has no derivatives either: of these none is wrong that is nan.
"""
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from symdiff.document.shown import Shown
from symdiff.errors import ArgumentError
from symdiff.evaluate import bind_sizes
from symdiff.graph import order
from symdiff.language.core import sizes_of
from symdiff.lengths import bind, product, symbols
from symdiff.modes import Mask
from symdiff.primitives.scan import SCAN
from symdiff.reference import oracle
from symdiff.reference.tape import Tape

from .accuracy import accuracy
from .documents import of_check
from .frontdoor import converted

SMALL_HESSIAN, SMALL_ORACLE, SMALL_JACOBIAN = 100, 60, 10_000      # entries
SHIFT = 2.0**-36                                    # relative move of inputs and intermediates, to measure condition
WHOLE = 1024                                        # data that are whole numbers up to here may be labels, and stay
SLACK = 512                                                         # units in the last place
SEED = 0
FEW_SECOND = 6                  # entries of parameters whose Hessian the oracle is asked for, where the tape disagrees
FEW, SMALL_GRAPH, NEAR = 3, 60, 6       # scalar inputs, numbers made and points near one of what has its accuracy told
SMALL_WORK = 5_000              # numbers made by a formula, in the steps of its loops too, that the oracle is asked for


@dataclass(frozen=True)
class Row:
    """One quantity against one reference.

    error      the largest difference, relative to the largest entry of the reference
    allowed    the bar at that entry
    judged     entries compared; `unjudged` are those where the reference gives no number
    """
    quantity: str
    against: str
    judged: int
    unjudged: int
    error: float
    allowed: float
    ok: bool


class Report(Shown):
    """Rows, printed as a table; .ok when all are, .worst the largest relative difference.

    accuracy   of a formula of few scalars the Accuracy around the point, else None; it says how many digits are right,
               and does not decide .ok
    """

    def __init__(self, rows, accuracy=None):
        self.rows, self.accuracy = tuple(rows), accuracy

    @property
    def ok(self):
        """Is every row, and was something judged, or there was nothing at all?"""
        some = any(row.judged for row in self.rows) or not any(row.unjudged for row in self.rows)
        return some and all(row.ok for row in self.rows)

    @property
    def worst(self):
        """The largest relative difference, to two digits."""
        return float(f"{max((row.error for row in self.rows), default=0.0):.1e}")

    def document(self):
        """The table as a Document."""
        return of_check(self)

    def __bool__(self):
        return self.ok

    def __str__(self):
        width = max([len(row.quantity) for row in self.rows] + [8])
        lines = [f"{'quantity':{width}}  {'against':8}{'entries':>8}{'difference':>12}{'allowed':>10}"]
        for row in self.rows:
            word = "ok" if row.ok else "WRONG"
            rest = f" ({row.unjudged} unjudged: the {row.against} gives no number)" if row.unjudged else ""
            lines.append(f"{row.quantity:{width}}  {row.against:8}{row.judged + row.unjudged:8}{row.error:12.1e}"
                         f"{row.allowed:10.0e}  {word}{rest}")
        return "\n".join(lines + ["", str(self.accuracy)]*(self.accuracy is not None))

    __repr__ = __str__


def at_rest(model, values):
    """{name: array} of 1 - rate for every mask of the model that the values lack, of the sizes that they tell."""
    given = {str(name): value for name, value in values.items()}
    lacking = {array: model.modes[array.name].rate for array in model.data
               if isinstance(model.modes.get(array.name), Mask) and array.name not in given}
    if not lacking:
        return {}
    sizes = {array.name: sizes_of(array) for array in (*model.parameters, *model.data)}
    known = bind_sizes({name: (sizes[name], np.shape(converted(value, name, sizes[name], float)))
                        for name, value in given.items() if name in sizes and sizes[name]})
    return {array.name: np.full([int(bind(n, known)) for n in sizes_of(array)], 1 - rate)
            for array, rate in lacking.items() if known.keys() >= set(symbols(sizes_of(array)))}


def check(f, values):
    """The report for a Compiled function at values by key."""
    names = [str(key) for key in f.inputs]
    if len(set(names)) < len(names):
        raise ArgumentError("two inputs have one name, and the references take values by name.",
                            do="rename one of them.")
    work = _Work(f, {str(key): value for key, value in values.items()})
    rows = []
    for quantity, ours, tape, exact in work.quantities():
        rows += _judged(quantity, ours, tape, exact, work)
    return Report(rows, _around(f, work.values) if work.is_small else None)


def _around(f, values):
    """The Accuracy near a point: every input between half of it and one and a half times it."""
    spans = [sorted((x/2, 1.5*x)) if x and np.isfinite(x) else (x, x) for x in map(float, values.values())]
    return accuracy(f, dict(zip(f.inputs, map(tuple, spans))), points=NEAR)


class _Work:
    """The references of one function at one point."""

    def __init__(self, f, values):
        self.f, self.values, self.wrt = f, values, [str(key) for key in f.wrt]
        expression = list(f.expression) if isinstance(f.expression, tuple) else f.expression
        expression = list(expression.values()) if isinstance(expression, dict) else expression
        self.expression, self.tape = expression, Tape(expression, self.wrt)
        self.unit = float(np.finfo(f.dtype).eps)
        self.entries = sum(np.size(v) for v in values.values())
        self.moving = sum(np.size(values[w]) for w in self.wrt)
        self.scalar, self.undefined = f.of_a_scalar, None       # of each output, where it has no value
        sizes = bind_sizes({key: (n.sizes, np.shape(self.values[str(key)])) for n, key in zip(f.nodes, f.inputs)})
        self.made = _made(f.problem.outputs, sizes)
        self.is_small = self.scalar and 0 < len(values) <= FEW and all(not node.sizes for node in f.nodes) and \
            self.made <= SMALL_GRAPH and all(map(np.isfinite, values.values()))

    @cached_property
    def moving_data(self):
        """Names of the data that move with the parameters: all but positions and limits of sums."""
        still = {*self.wrt, *self.tape.limits, *self.tape.positions(self.values)}
        return [name for name in self.values if name not in still]

    def quantities(self):
        """(name, our result, the tape's function of values, the oracle's or None) for each quantity."""
        f, by_hand = self.f, self.entries <= SMALL_ORACLE and self.made <= SMALL_WORK
        value, exact_value = f(self.values), self._exact_value if by_hand else None
        yield "value", value, self.tape.value, exact_value
        if not self.wrt:
            return
        if self.scalar:
            exact = self._exact_gradient if by_hand else None
            beside, gradient = f.value_and_grad(self.values)
            if not np.array_equal(beside, value, equal_nan=True):           # of a kernel of its own, which sums otherwise
                yield "value with gradient", beside, self.tape.value, exact_value
            yield "gradient", gradient, self.tape.gradient, exact
            if self.moving <= SMALL_HESSIAN:
                yield "Hessian", f.hess(self.values), self.tape.hessian, None
        elif self.moving*sum(np.size(v) for v in _leaves(f(self.values))) <= SMALL_JACOBIAN:
            yield "Jacobian", f.jac(self.values), self.tape.jacobian, None

    def _exact_value(self, values):
        return oracle.value(self.expression, values, dps=40)

    def _exact_gradient(self, values):
        return oracle.gradient(self.expression, self.wrt, values, dps=40)

    def judged(self, k, ours, found):
        """Which entries of leaf k are: where the reference gives a number, or what we have.  A derivative of what has no
        value, by us and by the reference, that is nan is not wrong.
        """
        number = np.isfinite(found) | (ours == found)
        if self.undefined is None:
            return number
        without = self.undefined[0 if self.scalar else k//max(len(self.wrt), 1)]
        return number & ~(without.reshape(without.shape + (1,)*(ours.ndim - without.ndim)) & np.isnan(ours))

    def moved(self, function, before, coarsely=False):
        """How far each result of a reference goes when its inputs move, over how far they do: by SHIFT, of the tape taken
        twice, and by a unit in the last place, since what has no digits at all goes no further by more; `coarsely`: of
        the tape, and when what each of its operations gives moves, too.
        """
        rng = np.random.default_rng(SEED)
        far = [np.zeros(np.shape(b)) for b in before]
        try:
            for shift in (*[SHIFT]*(1 + coarsely), self.unit):
                self.tape.rounding = (lambda made: _whole_or_moved(made, rng, shift)) if coarsely else None
                for k, (a, b) in enumerate(zip(_leaves(function(self._moved_inputs(rng, shift))), before)):
                    far[k] = np.fmax(far[k], np.nan_to_num(np.abs(a - b), nan=0.0, posinf=0.0)/shift)
        finally:
            self.tape.rounding = None
        return far

    def _moved_inputs(self, rng, shift):
        """Parameters moved by their own size and that of the largest; data by their own, where they are no labels."""
        values = dict(self.values)
        for name in self.wrt:
            x = np.asarray(values[name], float)
            scale = np.abs(x) + (np.max(np.abs(x), initial=0.0) or 1.0)
            values[name] = x + shift*scale*rng.choice([-1.0, 1.0], x.shape)
        for name in self.moving_data:
            x = np.asarray(values[name], float)
            label = (np.abs(x) <= WHOLE) & (x == np.round(x))
            values[name] = np.where(label, x, x*(1 + shift*rng.choice([-1.0, 1.0], x.shape)))
        return values


def _made(outputs, sizes):
    """How many numbers the nodes make at lengths, those of a loop as often as it takes a step."""
    total = 0
    for node in order(outputs):
        total += bind(product(node.sizes), sizes)
        if node.op is SCAN:
            body, length, _ = node.attributes
            total += bind(length, sizes)*_made(body.outputs, sizes)
    return total


def _whole_or_moved(made, rng, shift):
    """The array, what is no whole number of it moved by `shift` of itself: whole ones are counts, positions, truths."""
    return np.where(made == np.round(made), made, made*(1 + shift*rng.choice([-1.0, 1.0], np.shape(made))))[()]


def _judged(quantity, ours, function, exact, work):
    """Rows for one quantity: against the tape, and against the oracle where it is asked."""
    with np.errstate(all="ignore"):
        found, ours = _leaves(function(work.values)), _leaves(ours)
        if list(map(np.shape, ours)) != list(map(np.shape, found)):
            yield Row(quantity, "tape", sum(map(np.size, found)), 0, math.inf, 0.0, False)
            return
        rounded = work.moved(function, found, coarsely=True)
        if quantity == "Hessian":
            rounded = [far + floor for far, floor in zip(rounded, _sizes_of_blocks(found))]
        true = exact and _floats(exact(work.values))
        known = [work.judged(k, a, b) for k, (a, b) in enumerate(zip(ours, found))]
        if true is not None:
            moved = [np.where(b == 0, np.fmax(m, r), m)                         # 0 but for rounding, as typed
                     for b, m, r in zip(true, work.moved(lambda at: _floats(exact(at)), true), rounded)]
            sure = [work.judged(k, a, b) | np.isnan(a) & np.isnan(b) for k, (a, b) in enumerate(zip(ours, true))]
            exactly = _row(quantity, "oracle", ours, true, moved, sure, work.f.dtype)
            right = _right(ours, true, moved, work.f.dtype)
            known = [k & ~(s & r) | k & _right([a], [b], [far], work.f.dtype)[0]     # the oracle overrules the tape
                     for k, s, r, a, b, far in zip(known, sure, right, ours, found, rounded)]
        row = _row(quantity, "tape", ours, found, rounded, known, work.f.dtype)
        if not row.ok and quantity == "Hessian" and work.moving <= FEW_SECOND and work.entries <= SMALL_ORACLE:
            second = _floats(oracle.hessian(work.expression, work.wrt, work.values))
            known = [k & ~right for k, right in zip(known, _right(ours, second, rounded, work.f.dtype))]
            row = _row(quantity, "tape", ours, found, rounded, known, work.f.dtype)
        yield row
        if true is not None:
            yield exactly
        if quantity == "value":
            work.undefined = [np.isnan(a) & np.isnan(b) for a, b in zip(ours, true or found)]


def _sizes_of_blocks(blocks):
    """For each block of a Hessian, row by row, sqrt(a·b)/64, a and b the largest entries of the blocks on the diagonal
    in its row and column: what a change of units of the parameters makes of a block, it makes of this.
    """
    n = math.isqrt(len(blocks))
    sizes = [np.sqrt(np.max(np.abs(blocks[k*n + k]), where=np.isfinite(blocks[k*n + k]), initial=0.0)) for k in range(n)]
    return [sizes[i]*sizes[j]/64 for i in range(n) for j in range(n)]


def _bar(found, far, dtype):
    """By how much each entry may be off: units in the last place of what it is, or goes when inputs move."""
    unit, least = float(np.finfo(dtype).eps), float(np.finfo(dtype).smallest_subnormal)
    largest = np.max(np.abs(found), where=np.isfinite(found), initial=0.0)
    return SLACK*(unit*np.where(np.isnan(found), 1.0, np.abs(found) + largest/64 + far) + least)


def _gap(ours, found):
    return np.where((ours == found) | np.isnan(ours) & np.isnan(found), 0.0, np.abs(ours - found))


def _right(ours, found, moved, dtype):
    """Where each array is as near to the reference as its bar says."""
    return [_gap(a, b) <= _bar(b, far, dtype) for a, b, far in zip(ours, found, moved)]


def _row(quantity, against, ours, found, moved, known, dtype):
    """The Row of arrays and those of a reference; `known`: which entries are judged."""
    error, allowed, judged, unjudged, ok = 0.0, SLACK*float(np.finfo(dtype).eps), 0, 0, True
    for a, b, far, number, right in zip(ours, found, moved, known, _right(ours, found, moved, dtype)):
        scale = np.max(np.abs(b), where=np.isfinite(b), initial=0.0) or 1.0
        judged, unjudged = judged + int(number.sum()), unjudged + int((~number).sum())
        ok = ok and bool(np.all(right | ~number))
        if number.any():
            relative = np.where(number, _gap(a, b)/scale, 0.0)
            relative = np.where(np.isnan(relative), np.inf, relative)
            k = int(np.argmax(relative))
            if relative.flat[k] >= error:
                error, allowed = float(relative.flat[k]), float(np.ravel(_bar(b, far, dtype))[k]/scale)
    return Row(quantity, against, judged, unjudged, error, allowed, ok)


def _floats(result):
    """Every array of a result of the oracle, in doubles."""
    return [np.array([float(v) for v in np.ravel(leaf)]).reshape(leaf.shape) for leaf in _leaves(result)]


def _leaves(result):
    """Every array of a result, those of dicts in the order of their keys' names."""
    if isinstance(result, dict):
        return [leaf for key in sorted(result, key=str) for leaf in _leaves(result[key])]
    if isinstance(result, (tuple, list)):
        return [leaf for one in result for leaf in _leaves(one)]
    return [np.asarray(result)]
