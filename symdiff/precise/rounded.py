"""A small graph and float64 values go in; its outputs come out, each the float64 nearest to the true value.

The graph is computed with 120 bits, then with more, until two results agree (Ziv, 1991).  Agreement alone can deceive:
1 - 1e-300 is 1 with 120 bits, and with 300, and nothing was rounded.  So every intermediate result is moved by some
units in its last place, others with each number of bits: then two results agree only where what was lost does not
matter.  What is known to be exact, as exp 0, stays: 0/(exp 0 - 1) is 0/0, not 0 over what was moved.  Where a sum has
lost all its bits, what is left is small at random, and something far smaller over it would be nothing with any few
bits, as p/(1 - s) with p = s (1 - s) computed otherwise: then only many bits are believed.  So with log(1 - p), where
p is swallowed, and with floor(1 - p), where what decides a step cannot be told from it.  And 0 over what shrinks as
fast as a unit in the last place, from run to run, is 0/0, as (x - y)/(log x - log y) at x = y: it has no value, but
perhaps a limit.
"""
import os
import random
import threading

import mpmath as mp
import numpy as np

from ..graph import order
from ..primitives.build import zeros
from ..primitives.contraction import CONTRACT
from ..primitives.record import Elementwise
from .nodes import EXACT, entry, exact, rounds, value

LADDER = (120, 300, 700, 1300, 2600, 5200, 10400)       # bits; float64 reaches from 2^-1074 to 2^1024, a product of two
                                                # or three numbers twice or three times as far
MEAGRE = 1300                                   # bits with which it is believed that there is no value
AGREED = 58                                     # bits to which two results agree: five more than a float64 has
NEARLY = 10                                     # bits to which two results agree that a longest run of hours may settle
HOURS = frozenset("gamma lgamma digamma polygamma stirling log_poisson erfinv jn".split())  # take long with many bits
NOTHING = -1100                                 # exponents below this one are 0 as float64
FAR = 5000                                      # exponent of what is infinite on a way to a limit
STEPS = ((-150, 1, 1), (-163, -1, -1), (-176, 1, -1), (-189, -1, 1), (-202, 1, 1), (-215, -1, -1), (-228, 1, -1),
         (-241, -1, 1))                         # ways to a limit: the exponent of the steps, and the signs of those of
                                                # the first input, the second, the third, …
NEAR = -100                                     # exponent below which what shrinks with the steps is 0 at their end
STEEP = 1.05                                    # growth from step to step of what is infinite at their end, as log x
KEPT = 40                                       # bits that must be left of a sum
UNITS = 250                                     # in the last place: errors of intermediate results, at the most
MIDDLE = 30                                     # exponent of a sum's terms that with the fewest bits it loses none of
STEPPED = frozenset("sign step floor ceil round".split())
COMPARED = frozenset("lt le gt ge eq ne".split())
ARITHMETIC = frozenset("add sub mul div neg sqrt".split())
CROSSING = frozenset("log log2 log10 xlogy logaddexp sin cos tan cot lgamma digamma".split())  # 0 at other arguments
                                                # than 0, as log 1
TURNED = frozenset("acos acosh".split())        # the same, there as steep as a root of 0


_lock = threading.RLock()                       # mpmath has one precision for all threads


def _after_fork():
    """Another thread may have held the lock: in the child it never gives it back."""
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class Rounded:
    """The outputs of a graph, whose lengths are numbers, as a function of the values of its inputs.

    rewritten   a function of no arguments that makes the same outputs in a form that loses less, for what would take
                more digits than there is time for, as log(1 + exp(-1e20))*exp(1e20)
    """

    def __init__(self, outputs, rewritten=None):
        self.outputs, self._rewritten, self._other = tuple(outputs), rewritten, None
        self.place = {node: k for k, node in enumerate(order(self.outputs))}
        self._slow = any(node.op.name in HOURS for node in self.place)
        self._lost = False                      # has a sum lost all its bits in the last run, or what decides a step?
        self._sizes = {}                        # {node: exponents of its entries in the last run}

    def __call__(self, values, found, which=None):
        """Some of the outputs (all), by their numbers; floats where they are scalars, else arrays.

        values  {name of an input: float, or array}, finite
        found   what was found for every output by other means: it stays where there is nothing better, as where the
                formula has neither a value nor a limit
        """
        which = range(len(self.outputs)) if which is None else which
        with _lock:
            return self._found(values, found, which)

    def _found(self, values, found, which):
        values = {name: exact(np.asarray(v, dtype=float)) for name, v in values.items()}
        settled = self._agreed([self.outputs[k] for k in which], values)
        lost = [k for k in which if self.outputs[k] not in settled]
        if lost and self._rewritten is not None:
            settled.update(self._by_rewritten(lost, values))
        for k in lost:
            settled.setdefault(self.outputs[k], np.full(self.outputs[k].sizes, mp.nan, dtype=object))
        open_ = {o: result for o, result in settled.items() if not _is_finite(result)}
        if open_:
            settled.update(self._limits(open_, values))
        return [_better(settled[self.outputs[k]], np.asarray(found[k])) for k in which]

    def _by_rewritten(self, which, values):
        """{output: what its other form settles on}, of some by their numbers."""
        if self._other is None:
            self._other = Rounded(self._rewritten())
        settled = self._other._agreed([self._other.outputs[k] for k in which], values)
        pairs = [(self.outputs[k], self._other.outputs[k]) for k in which]
        return {mine: settled[other] for mine, other in pairs if other in settled}

    def _agreed(self, outputs, values):
        """{output: the first result that the next one agrees with}, of those that have one."""
        settled, last, before = {}, {}, 0
        wanted = list(outputs)
        for turn, bits in enumerate(LADDER):
            self._lost = False
            found = self._run(wanted, values, bits, turn, bits - before)
            before = bits
            near = [o for o in wanted if o in last and _same(last[o], found[o], NEARLY)]
            for output, result in found.items():
                if self._lost and bits <= MEAGRE:
                    continue
                if output in last and (_same(last[output], result) if bits <= MEAGRE else _alike(last[output], result)):
                    settled[output] = result
            last.update(found)
            wanted = [o for o in (near if self._slow and bits == LADDER[-2] else wanted) if o not in settled]
            if not wanted:
                break
        return settled

    def _draws(self, turn):
        """The error of each node, in units in the last place: at random, and the same on every run."""
        draws = random.Random(turn)
        return [draws.randint(-UNITS, UNITS) for _ in self.place]

    def _limits(self, results, values):
        """{output: its result, with limits in the place of what is no number, where all ways to them agree}."""
        around, upward = [], []
        sizes = [abs(x) for v in values.values() for x in v.flat if x]
        scale = min([mp.mpf(1), *sizes]) if not self._slow else mp.mpf(1)           # a 0 stays beside what is small
        bits = MEAGRE - 4*min(mp.mag(scale), 0)
        for turn, (step, *signs) in enumerate(STEPS, len(LADDER)):
            moved, up = {}, True
            for k, (name, v) in enumerate(values.items()):
                size = signs[k % 2]*mp.ldexp(64 + 8*k + k*turn % 7, step - 3)       # each way in its own direction
                moved[name] = _mapped(lambda x, size=size: _beside(x, size, scale), v)
                up = up and (size > 0 or all(v.flat))
            around.append(self._run(list(results), moved, bits, turn))
            upward.append(up)
        return {o: _limit(one, [found[o] for found in around], upward) for o, one in results.items()}

    def _run(self, outputs, values, bits, turn, more=0):
        """{output: its value} with so many bits, every intermediate result off by some units in the last places.

        more    how many bits more these are than those of the run before, of the same values; 0 where there was none
        """
        found, draws, sizes = {}, self._draws(turn), self._sizes if 0 < more < bits else {}
        with mp.workprec(bits):
            for node in order(outputs):
                unit = mp.ldexp(draws[self.place[node]], -bits)
                args = [found[i] for i in node.inputs]
                if type(node.op) is Elementwise:
                    found[node] = self._elementwise(node, args, sizes, unit, bits, more/2)
                    continue
                made = value(node, args, values, {}, entry)
                if args and rounds(node) and not _is_exact_sum(node, args, made):
                    self._lost = self._lost or _some_is_lost(node, args, made, bits)
                    made = _mapped(lambda x, unit=unit: _off(x, unit), made)
                found[node] = made
        self._sizes = {node: _mapped(_size, y) for node, y in found.items()}
        return {o: found[o] for o in outputs}

    def _elementwise(self, node, args, sizes, unit, bits, least):
        """The entries of an elementwise node.

        sizes   {node: the exponents of its entries in the run before}
        least   by so many bits at least what is nothing but rounding has become smaller since
        """
        name, made = node.op.name, np.empty(args[0].shape, dtype=object)
        for at in np.ndindex(made.shape):
            xs = [a[at] for a in args]
            grown = [_growth(x, sizes[i][at] if i in sizes else None) for x, i in zip(xs, node.inputs)]
            if name in STEPPED or name in COMPARED:
                given, xs = xs, _without_rounding(name, xs, grown, least, bits)
                self._lost = self._lost or xs != given      # with more bits it may be seen beside the step after all
            open_ = _is_left_open(node, xs) or _is_nothing_over_nothing(name, xs, grown, least)
            y = mp.nan if open_ else entry(node.op, xs)
            exact = name in EXACT or _is_exact(name, xs, y)
            self._lost = self._lost or _is_lost(name, xs, y, exact, bits)
            made[at] = y if exact else _off(y, unit)
        return made


def _size(y):
    """The exponent of a number; None of 0 and of what is no number."""
    return mp.mag(y) if y and mp.isfinite(y) else None


def _growth(x, before):
    """By how many bits a number has grown; None where it, or it before, has no exponent."""
    return None if before is None or _size(x) is None else mp.mag(x) - before


def _without_rounding(name, xs, grown, least, bits):
    """The arguments of a function with steps, or of a comparison, without what only rounding left: 0 for what shrinks as
    a unit in the last place does, the place of a step for what is next to it, two equal numbers for two that differ by
    nothing else."""
    xs = [mp.mpf(0) if g is not None and -g > least else x for x, g in zip(xs, grown)]
    if not all(map(mp.isfinite, xs)):
        return xs
    if name in COMPARED:
        a, b = xs
        return [b, b] if _all_is_lost(a - b, xs, bits) else xs
    x, = xs
    step = mp.nint(2*x)/2 if name == "round" else mp.nint(x)
    return [step] if name != "sign" and _all_is_lost(x - step, xs, bits) else xs


def _off(y, unit):
    """A number off by so many units of its own; an infinity stays, which less another one would be no number."""
    return y + y*unit if mp.isfinite(y) else y


def _is_left_open(node, xs):
    """Is this the 0 that stands for a slope of 0 times what is no number, as of (x**a - 1)/a at a = 0?  It may have a
    limit."""
    if node.op.name != "select" or not (node.inputs[0].op.name == "eq" or zeros(node.inputs[0])):
        return False
    there, one, other = xs
    return there != 0 and not one and bool(mp.isnan(other))


def _is_nothing_over_nothing(name, xs, grown, least):
    """Is this 0 over what is smaller than it was with fewer bits, by so many bits at least, or that over 0, or 0 times
    what is larger?"""
    if name not in ("div", "mul") or bool(xs[0]) == bool(xs[1]):
        return False
    growth = grown[0 if xs[0] else 1]
    return growth is not None and (growth if name == "mul" else -growth) > least


def _is_exact_sum(node, args, made):
    """Is this a sum, or a contraction, of short numbers that is short itself?"""
    return node.op is CONTRACT and all([_is_short(x, MIDDLE) for one in (*args, made) for x in one.flat])


def _is_lost(name, xs, y, exact, bits):
    """Has a sum, or a function that crosses 0 where its argument is not 0, lost all its bits?"""
    if name in ("add", "sub"):
        return _all_is_lost(y, xs, bits)
    if exact or name not in CROSSING and name not in TURNED or not mp.isfinite(y):
        return False
    return _all_is_lost(y if name in CROSSING else y*y, [mp.mpf(1), *xs] if _is_far(xs) else xs, bits)


def _is_far(xs):
    """Is any of these no small number?"""
    return any(mp.isfinite(x) and mp.mag(x) >= 0 for x in xs)


def _is_exact(name, xs, y):
    """Is a result that of no rounding: short, of short arguments, as exp 0; of others than arithmetic such below 4, as
    erf 10 is 1 but for 1e-45?"""
    if name == "pow" and (xs[0] == 1 or not xs[1]):
        return True
    far = MIDDLE if name in ARITHMETIC else 2
    return all([_is_short(x, far) for x in xs]) and _is_short(y, MIDDLE)


def _is_short(x, far):
    """Is a number 0, or a float64 of middle size?"""
    return not x or bool(mp.isfinite(x)) and x._mpf_[3] <= 53 and -MIDDLE <= mp.mag(x) <= far


def _some_is_lost(node, inputs, made, bits):
    """Has an entry of a contraction lost all its bits?"""
    if node.op is not CONTRACT:
        return False
    top = sum(max((mp.mag(x) for x in one.flat if mp.isfinite(x)), default=0) for one in inputs)
    return any(mp.isfinite(y) and mp.mag(y) < top - bits + KEPT for y in made.flat)


def _all_is_lost(y, xs, bits):
    """Is a sum so much smaller than its terms that with so many bits next to nothing is left of it?"""
    return all(map(mp.isfinite, xs)) and mp.mag(y) < max(map(mp.mag, xs)) - bits + KEPT


def _beside(x, size, scale):
    """A number next to x, by far nearer than the next float64; next to 0 it is far below the scale."""
    with mp.workprec(LADDER[-1]):
        return x + size*(abs(x) or scale)


def _array(x):
    """A number as an array without axes; an array as it is."""
    if isinstance(x, np.ndarray):
        return x
    out = np.empty((), dtype=object)
    out[()] = x
    return out


def _mapped(f, array):
    out = np.empty(array.shape, dtype=object)
    for i in np.ndindex(array.shape):
        out[i] = f(array[i])
    return out


def _is_finite(array):
    return all(map(mp.isfinite, array.flat))


def _same(a, b, agreed=AGREED):
    """Are these arrays the same finite numbers, to so many bits?"""
    return all(mp.isfinite(y) and _close(x, y, agreed=agreed) for x, y in zip(a.flat, b.flat))


def _alike(a, b):
    """The same, or as much no numbers, or both nothing: what may be believed of many bits only."""
    return all(x == y or mp.isnan(x) and mp.isnan(y) or mp.isfinite(y) and _close(x, y, NOTHING)
               for x, y in zip(a.flat, b.flat))


def _close(x, y, nothing=-mp.inf, agreed=AGREED):
    """Do two numbers agree to the last bit of a float64, or lie below 2^nothing?"""
    return abs(x - y) <= mp.ldexp(abs(y), -agreed) or max(mp.mag(x), mp.mag(y)) < nothing


def _limit(results, near, upward):
    """The results, with what stands next to them where they are no numbers; 0 where that shrinks from way to way,
    infinite where it grows, if only on the side where the formula has values.

    upward  for every way, does it go up from each 0?
    """
    out = results.copy() if results.ndim else _array(results[()])
    for i in np.ndindex(out.shape):
        beside = [n[i] for n in near]
        if mp.isfinite(out[i]):
            continue
        reached = [x for x in beside if mp.isfinite(x)]
        side = _side(beside, upward)
        if len(side) > 1 and all(_close(x, side[0]) for x in side):
            out[i] = side[0]
        elif len(side) > 1 and all(mp.mag(x) < NEAR for x in side) or _shrink(side):
            out[i] = mp.mpf(0)
        elif mp.isnan(out[i]) and _grow(reached):
            out[i] = mp.sign(reached[0])*mp.inf
    return out


def _side(beside, upward):
    """The results on the side where the formula has values, of x log² x that of positive x; where it is infinite on the
    other one, as exp(-1/x), those of the ways upward, if these are finite: 0 has a sign, and 1/0 is not negative.
    """
    if any(mp.isinf(x) or mp.isfinite(x) and mp.mag(x) > FAR for x in beside):
        beside = [x for x, up in zip(beside, upward) if up]
        return beside if all(map(mp.isfinite, beside)) else []
    return [x for x in beside if mp.isfinite(x)]


def _shrink(results):
    """Are these, four at least, each far smaller than the one before?"""
    return len(results) > 3 and all(abs(a) > STEEP*abs(b) for a, b in zip(results, results[1:]))


def _grow(results):
    """Are these, four at least, of one sign, and each far greater than the one before?"""
    return len(results) > 3 and all(a*b > 0 and abs(b) > STEEP*abs(a) for a, b in zip(results, results[1:]))


def _better(precise, found):
    """float64 numbers: the precise ones, but those found otherwise where these are not finite, or both are 0; infinite
    ones where nothing else was found.
    """
    made = np.empty(found.shape)
    for i in np.ndindex(found.shape):
        better = float(precise[i]) if mp.isfinite(precise[i]) or np.isnan(found[i]) else found[i]
        made[i] = better or found[i] if found[i] == 0 else better     # a 0 keeps its sign: what is left of one has none
    return made if found.ndim else made.item()
