"""A Question and points go in; at each point a Sample comes out: what was claimed, what is right, and which it is.

    agree       the claim has the derivative's value
    wrong       it has another one
    undefined   it has none, where the derivative has
    outside     the formula has no value there
    none        the formula has no derivative there, or a number on the way is too large to be sure

Values have 60 digits.  Where claim and chain rule differ, slopes of the formula itself on both sides decide, so that a
convention at a kink condemns nobody.  Formulas of very many operations are judged in float64, to rounding.
"""
from dataclasses import dataclass

import mpmath as mp
import numpy as np
import sympy as sp

from .. import passes
from ..evaluate import evaluate
from ..graph import order, rebuild, same as unchanged
from ..lengths import symbols
from ..operations import operations
from ..primitives.leaf import CONSTANT, DATA, constant, data
from ..precise import LONG, NOTHING, Beyond, Run, exact, precise
from .question import EXACTLY, digits_of

EQUAL, ROUGH = mp.mpf(10)**-50, mp.mpf(10)**-14         # relative differences: of values, of slopes
STEP = mp.mpf(10)**-60
SLACK = 8                                               # times what rounded constants may explain
LARGE = 6_000                                           # operations; larger formulas are judged in float64
MOVE, CLOSE = 2.0**-48, 1e-10                           # of inputs, to see what rounding does; relative, in float64
MOST_ENTRIES = 4                                        # of an array, whose slopes are looked at


@dataclass(frozen=True, eq=False)
class Sample:
    """What was found at a point; arrays of mpf (None where there is nothing), and the first entry that differs."""
    values: dict
    lengths: dict
    kind: str
    claimed: object = None
    true: object = None
    entry: tuple = ()

    @property
    def gap(self):
        """How far the claim is off at its entry, relative to the larger number."""
        a, b = self.claimed[self.entry], self.true[self.entry]
        if not (mp.isfinite(a) and mp.isfinite(b)):
            return 1.0
        return float(abs(a - b)/max(abs(a), abs(b)))


def cost(question):
    """Operations of judging the question at one point, every symbolic length 3."""
    nodes = (question.formula, question.truth)
    lengths = symbols([n for node in order(nodes) for n in node.sizes])
    return max(operations(nodes, dict.fromkeys(lengths, 3)), 1)


def numbers(question, nodes, sample):
    """The nodes' values at a sample's point, as arrays of mpf; those of large formulas in float64.  Raises Beyond."""
    if cost(question) <= LARGE:
        return precise(nodes, sample.values, sample.lengths)
    return [exact(np.asarray(a)) for a in evaluate(nodes, sample.values, sample.lengths)]


class Judge:
    """Judges one Question; `sample(point)` gives the Sample.

    rough   in float64, since the formula is large
    """

    def __init__(self, question):
        self.question, self.rough = question, cost(question) > LARGE
        own = (question.claim, question.truth)
        self.variants = [_rounded_otherwise(own, sign) for sign in (1, -1)] if _is_rounded(own) else []
        if self.rough:
            self.stable = passes.run((question.formula, *own), passes.AFTER)[0]

    def sample(self, point):
        return self._rough(*point) if self.rough else self._sharp(*point)

    def _rough(self, values, lengths):
        """In float64, of the stable forms; apart is what rounding of the inputs does not explain."""
        formula, claimed, true = evaluate(self.stable, values, lengths)
        if not np.all(np.isfinite(formula)):
            return Sample(values, lengths, "outside")
        rng, allowed = np.random.default_rng(0), 0.0
        for _ in range(2):
            moved = {n: v*(1 + MOVE*rng.choice([-1, 1], v.shape)) for n, v in values.items()}
            allowed = np.maximum(allowed, np.abs(evaluate(self.stable[1:], moved, lengths)[1] - true))
        allowed = 16*allowed + CLOSE*np.maximum(np.abs(true), np.abs(claimed))
        fits = (np.abs(claimed - true) <= allowed) | ~np.isfinite(true)
        wrong = next((i for i in np.ndindex(true.shape) if not fits[i]), None)
        kind = "agree" if wrong is None else "wrong" if np.isfinite(claimed[wrong]) else "undefined"
        return Sample(values, lengths, kind, exact(claimed), exact(true), wrong or ())

    def _sharp(self, values, lengths):
        q = self.question
        outputs = [q.formula, q.claim, q.truth, *[node for pair in self.variants for node in pair]]
        try:
            formula, claimed, true, *others = precise(outputs, values, lengths)
            if not all(mp.isfinite(v) for v in formula.flat):
                return Sample(values, lengths, "outside")
            unsure = [_slack(claimed, true, *others[k:k + 2]) for k in range(0, len(others), 2)]
            return self._compared(values, lengths, claimed, true, unsure)
        except Beyond:
            return Sample(values, lengths, "none")

    def _compared(self, values, lengths, claimed, true, unsure):
        true = true.copy()
        differ = [i for i in np.ndindex(true.shape) if not _equal(claimed[i], true[i], [u[i] for u in unsure])]
        if not differ:
            known = [i for i in np.ndindex(true.shape) if mp.isfinite(true[i])]
            return Sample(values, lengths, "agree" if known or not true.size else "none", claimed, true)
        judged = len(differ) < true.size
        for i in differ[:MOST_ENTRIES]:
            value, sure = self._target(values, lengths, i, true)
            if value is None:
                continue
            judged, true[i] = True, value
            if sure or not _near(claimed[i], value):
                kind = "wrong" if mp.isfinite(claimed[i]) else "undefined"
                return Sample(values, lengths, kind, claimed, true, i)
        return Sample(values, lengths, "agree" if judged else "none", claimed, true)

    def _target(self, values, lengths, entry, true):
        """(the derivative at an entry, whether the chain rule gave it); (None, …) where there is none."""
        if not self.question.free:
            return (true[entry], True) if mp.isfinite(true[entry]) else (None, False)
        slope = self._slope(values, lengths, entry, true.ndim)
        if slope is None:
            return None, False
        sure = _near(true[entry], slope)
        return (true[entry] if sure else slope), sure

    def _slope(self, values, lengths, entry, rank):
        """The derivative of an entry in an entry, where the slopes on both sides are one; else None."""
        name, formula = self.question.wrt.attributes[0], self.question.formula
        cut = rank - len(self.question.wrt.sizes)
        with mp.workdps(LONG):
            x = exact(values[name])
            h = (abs(x[entry[cut:]]) or 1)*STEP
            ends = []
            for d in (-h, mp.mpf(0), h):
                moved = x.copy()
                moved[entry[cut:]] += d
                ends.append(Run(LONG)([formula], {**values, name: moved}, lengths)[0][entry[:cut]])
            if not all(map(mp.isfinite, ends)):
                return None
            left, right = (ends[1] - ends[0])/h, (ends[2] - ends[1])/h
            scale = max(abs(left), abs(right))
            return (ends[2] - ends[0])/(2*h) if abs(left - right) <= max(scale*ROUGH, mp.mpf(10)**-25) else None


def _equal(a, b, unsure):
    """Do two numbers agree to 50 digits, or as far as rounded constants let them?"""
    if not (mp.isfinite(a) and mp.isfinite(b)):
        return a == b
    gap = abs(a - b)
    return gap <= max(abs(a), abs(b))*EQUAL or max(abs(a), abs(b)) < NOTHING \
        or bool(unsure) and gap <= SLACK*max(unsure)


def _near(a, b):
    return mp.isfinite(a) and mp.isfinite(b) and abs(a - b) <= max(abs(a), abs(b))*ROUGH + mp.mpf(10)**-25


# -- constants that were rounded before they were typed ----------------------------------------------------------------

def _is_rounded(nodes):
    return any(_uncertain(node) is not None for node in order(nodes))


def _uncertain(node):
    """How far, relative, a constant may be from what was meant; None where it means what it says."""
    if node.op is DATA and not np.all(node.attributes[0].array == np.round(node.attributes[0].array)):
        return 2.0**-52
    value = node.attributes[0] if node.op is CONSTANT else None
    if isinstance(value, sp.Float) and digits_of(value) > EXACTLY:
        return sp.Rational(1, 2**52) + sp.Rational(1, 10**(digits_of(value) - 1))
    digits = len(str(abs(value.p)).rstrip("0")) if isinstance(value, sp.Rational) else 0
    if digits > EXACTLY:                                    # a float, spelt out as a fraction
        return sp.Rational(1, 2**52) + sp.Rational(1, 10**(digits - 2))
    return None


def _rounded_otherwise(nodes, sign):
    """The nodes with every rounded constant moved by what it may be off, this way and that."""
    rng = np.random.default_rng(1 + sign)

    def change(node, inputs):
        size = _uncertain(node)
        if size is None:
            return unchanged(node, inputs)
        if node.op is DATA:
            array = node.attributes[0].array
            return data(array*(1 + size*rng.choice([-1, 1], array.shape)))
        exactly = sp.Rational(node.attributes[0])
        return constant(exactly*(1 + size*int(rng.choice([-1, 1]))), node.sizes)
    return rebuild(nodes, change)


def _slack(claimed, true, other_claimed, other_true):
    """How far the rounded constants move claim and derivative, entry by entry."""
    return np.array(abs(other_true - true) + abs(other_claimed - claimed), dtype=object)
