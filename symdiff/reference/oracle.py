"""The oracle: raw expressions and float64 values in; values and derivatives to the digits asked for out, by mpmath.

Every entry is a number of mpmath.  The gradient is a sweep of its own over the words done, whose local derivatives are
central differences at raised precision; the Hessian is differences of the whole value.  Work is repeated with twice the
digits until the results agree.  For small sizes.

At kinks the gradient follows the project's conventions (oracle_words.KINKS); at other points without a derivative,
where a difference would straddle the edge of a domain, it is nan.  The Hessian is for points off the kinks.
"""
import itertools

import mpmath as mp
import numpy as np
import sympy as sp

from ..errors import NoDerivative
from .oracle_words import ARRAYS, FIXED, FLAT, KINKS, LINEAR, MOVES, SCALARS, ZERO, box, ties
from .reading import Reader, evaluate, lengths_of, parts_of
from .tape import key

BEYOND_FLOATS = 400                                             # digits that tell exp(-800) from 0 beside 1
BEYOND_SLOPES = 1500                                            # the same for differences
PATIENCE = 2_000                                                # digits from which on they are not raised again


class Entry:
    """One array of mpf, and how it was made."""

    __slots__ = ("array", "word", "args", "attributes", "steady")

    shape = property(lambda self: self.array.shape)


class Sheet:
    """The words done, in their order, at the precision in force; `moves` shift entries of inputs (see `shifted`)."""

    def __init__(self, expression, values, moves=()):
        equations, outputs, self.single = parts_of(expression)
        given = {key(n): np.asarray(v, dtype=np.float64) for n, v in values.items()}
        self.steps = []
        self.inputs = {n: self.entry(exact(v), steady=False) for n, v in given.items()}
        for (name, place), amount in moves:
            self.inputs[name].array[place] += amount
        words = {word: self.worded(word) for word in (*SCALARS, *ARRAYS)}
        reader = Reader(words, lambda x: self.entry(exact(x)), self.inputs, lengths_of(equations, outputs, given))
        self.outputs = evaluate(reader, equations, outputs)

    def entry(self, array, word=None, args=(), attributes=(), steady=True):
        made = Entry()
        made.array, made.word, made.args, made.attributes, made.steady = box(array), word, args, attributes, steady
        if not steady:
            self.steps.append(made)
        return made

    def worded(self, word):
        def do(*args):
            entries = tuple([a for a in args if isinstance(a, Entry)])
            attributes = tuple([a for a in args if not isinstance(a, Entry)])
            y = run(word, [e.array for e in entries], attributes)
            return self.entry(y, word, entries, attributes, all(e.steady for e in entries))
        return do

    def gradient(self, names):
        """One backward sweep: the cotangent of every input named."""
        output, = self.outputs
        if output.array.size != 1:
            raise NoDerivative(f"a gradient is of one number; this has the shape {output.shape}.", do="sum it.")
        cotangent = {id(output): box(np.full(output.shape, mp.mpf(1), dtype=object))}
        for step in reversed(self.steps):
            if step.word is None or id(step) not in cotangent or step.word in FLAT or step.word == "sign_det":
                continue
            for arg, part in zip(step.args, pull(step, cotangent.pop(id(step)))):
                if part is not None:
                    cotangent[id(arg)] = box(cotangent[id(arg)] + part if id(arg) in cotangent else part)
        zeros = {n: np.full(self.inputs[n].shape, ZERO, dtype=object) for n in names}
        return {n: box(cotangent.get(id(self.inputs[n]), zeros[n])) for n in names}


def exact(x):
    """An array of mpf from a SymPy number or an array of floats."""
    if isinstance(x, np.ndarray):
        out = np.empty(x.shape, dtype=object)
        for i in np.ndindex(x.shape):
            out[i] = mp.mpf(float(x[i]))
        return out
    named = {sp.pi: mp.pi, sp.E: mp.e, sp.EulerGamma: mp.euler, sp.GoldenRatio: mp.phi, sp.Catalan: mp.catalan,
             sp.oo: mp.inf, -sp.oo: -mp.inf, sp.nan: mp.nan, sp.true: 1, sp.false: 0}
    if x in named:
        return box(+mp.mpf(named[x]))
    return box(mp.mpf(x.p)/x.q if x.is_Rational else mp.make_mpf(x._mpf_))


def run(word, arrays, attributes):
    """The word done: entry by entry, or on whole arrays."""
    if word in ARRAYS:
        return box(ARRAYS[word](*arrays, *attributes))
    wide = np.broadcast_arrays(*arrays, subok=False) if len(arrays) > 1 else arrays
    y = np.empty(wide[0].shape, dtype=object)
    for i in np.ndindex(y.shape):
        y[i] = SCALARS[word](*[x[i] for x in wide])
    return y


# -- the sweep -------------------------------------------------------------------------------------------------------
def pull(step, g):
    """The cotangents of a step's operands (None where they depend on no input)."""
    arrays = [a.array for a in step.args]
    active = [not a.steady and k not in FIXED.get(step.word, ()) for k, a in enumerate(step.args)]
    if step.word in MOVES:
        return pull_moves(step, g, arrays, active)
    if step.word in ARRAYS:
        return [pull_array(step, g, arrays, k) if moves else None for k, moves in enumerate(active)]
    return pull_entries(step, g, arrays, active)


def pull_entries(step, g, arrays, active):
    """Elementwise: local derivatives at each entry; where the cotangent is 0 nothing is asked."""
    parts = [np.full(a.shape, ZERO, dtype=object) if moves else None for a, moves in zip(arrays, active)]
    constants = {k for k, a in enumerate(step.args) if a.steady}
    wide = np.broadcast_arrays(*arrays)
    for i in np.ndindex(g.shape):
        if not g[i]:
            continue
        xs = [x[i] for x in wide]
        kink = kink_of(step.word, xs, constants)
        for k in (k for k, moves in enumerate(active) if moves):
            slope = kink[k] if kink else local(SCALARS[step.word], xs, k)
            at = tuple([0 if n == 1 else j for n, j in zip(arrays[k].shape, i[len(i) - arrays[k].ndim:])])
            if slope:
                parts[k][at] += g[i]*slope
    return parts


def kink_of(word, xs, constants):
    """The derivatives at a point that has a convention, else None."""
    if any(map(mp.isnan, xs)):
        return [mp.nan]*len(xs)
    if word in ("maximum", "minimum"):
        return ties(1 if word == "maximum" else -1, xs, constants)
    if word == "piecewise":                                     # the branch taken, straight through
        taken = next((k for k in range(1, len(xs), 2) if xs[k]), len(xs)) - 1
        return [mp.mpf(k == taken) for k in range(len(xs))]
    return KINKS[word](*xs) if word in KINKS else None


def local(f, xs, k):
    """The derivative of f in its operand k by a central difference; digits are doubled until enough are left.  The step
    is small beside the operand, or beside the largest one where a sum swallows such steps."""
    digits, x = mp.mp.dps, xs[k]
    if mp.isinf(x) or mp.isnan(x):
        return mp.nan
    h = (abs(x) or mp.mpf(1))*mp.mpf(10)**-digits
    work = 3*digits
    while True:
        with mp.workdps(work):
            high, low = [f(*xs[:k], x + d, *xs[k + 1:]) for d in (h, -h)]
            difference = high - low
            enough = abs(difference) > max(abs(high), abs(low))*mp.mpf(10)**(digits - work)
            if enough or not mp.isfinite(high) or work > BEYOND_SLOPES:
                largest = max([abs(v) for v in xs if mp.isfinite(v)])
                if difference or mp.mag(largest) - mp.mag(h) <= mp.mp.prec:
                    return difference/(2*h)
                h, work = largest*mp.mpf(10)**-digits, 3*digits
                continue
        work *= 2


def decades(x):
    """How many powers of ten x lies below 1; floats reach 324, a step beside such a number twice that."""
    return min(max(0, int(-mp.mag(x)*0.302)), 700) if x else 0


def pull_moves(step, g, arrays, active):
    """Words that move entries: done on the entries' numbers, so that each finds where it came from."""
    start, tagged = 1, []
    for k, a in enumerate(arrays):
        fixed = step.word in ("take", "gather") and k
        tagged.append(a if fixed else box(np.arange(start, start + a.size).astype(object).reshape(a.shape)))
        start += 0 if fixed else a.size
    parts = [[ZERO]*a.size if moves else None for a, moves in zip(arrays, active)]
    starts = list(itertools.accumulate([1, *[a.size for a in arrays]]))
    for tag, value in zip(box(MOVES[step.word](*tagged, *step.attributes)).flat, g.flat):
        for k, part in enumerate(parts):
            if part is not None and tag and starts[k] <= tag < starts[k + 1]:
                part[int(tag) - starts[k]] += value
    return [None if p is None else np.array(p, dtype=object).reshape(a.shape) for p, a in zip(parts, arrays)]


def pull_array(step, g, arrays, k):
    """Words on whole arrays: the cotangent times a difference in each entry of operand k."""
    special = choice(step, arrays[0], g) if step.word in ("max", "min", "norm") else None
    if special is not None:
        return special
    out = np.full(arrays[k].shape, ZERO, dtype=object)
    for i in np.ndindex(out.shape):
        column = along(step, arrays, k, i)
        out[i] = mp.fsum(a*b for a, b in zip(g.flat, box(column).flat) if a)
    return out


def along(step, arrays, k, i):
    """The derivative of a word on arrays in one entry of operand k."""
    moved = list(arrays)
    if step.word in LINEAR:
        moved[k] = np.full(arrays[k].shape, ZERO, dtype=object)
        moved[k][i] = mp.mpf(1)
        return run(step.word, moved, step.attributes)
    digits, x = mp.mp.dps, arrays[k][i]
    if mp.isinf(x) or mp.isnan(x):
        return np.full(step.shape, mp.nan, dtype=object)
    h = (abs(x) or mp.mpf(1))*mp.mpf(10)**-digits
    with mp.workdps(3*digits + decades(x)):
        ends = []
        for d in (h, -h):
            moved[k] = arrays[k].copy()
            moved[k][i] = x + d
            ends.append(run(step.word, moved, step.attributes))
        return (ends[0] - ends[1])/(2*h)


def choice(step, x, g):
    """max and min share ties equally; the norm is flat at 0.  None where there is neither."""
    axes, _ = step.attributes
    g = g.reshape([1 if i in axes else n for i, n in enumerate(x.shape)])
    rest = [i for i in range(x.ndim) if i not in axes]
    out = np.full(x.shape, ZERO, dtype=object)
    moved, wide = np.transpose(out, rest + list(axes)), np.transpose(x, rest + list(axes))
    seeds = np.transpose(np.broadcast_to(g, x.shape), rest + list(axes))
    for i in np.ndindex(wide.shape[:len(rest)] if x.size else (0,)):
        xs = list(box(wide[i]).flat)
        if step.word == "norm":
            size = mp.sqrt(mp.fsum(v*v for v in xs))
            shares = [slope_of_norm(xs, j) if size else ZERO for j in range(len(xs))]
        else:
            best = (max if step.word == "max" else min)(xs)
            shares = ties(1 if step.word == "max" else -1, xs) or [mp.mpf(v == best) for v in xs]
        for j, place in enumerate(np.ndindex(wide.shape[len(rest):])):
            if seeds[i + place]:
                moved[i + place] = seeds[i + place]*shares[j]
    return out


def slope_of_norm(xs, j):
    return local(lambda *v: mp.sqrt(mp.fsum(a*a for a in v)), xs, j)


# -- what is asked ---------------------------------------------------------------------------------------------------
def settled(work, dps, values, beyond=BEYOND_FLOATS):
    """work() done with more and more digits until two results agree to dps digits; rounded to them.

    0, inf and nan may come of digits lost to an exp(-800): they are believed when more digits than floats span agree.
    """
    sizes = [mp.mpf(float(v)) for array in values.values() for v in np.ravel(array) if v and np.isfinite(v)]
    digits, seen = dps + 15 + int(max([abs(mp.mag(v))*0.302 for v in sizes], default=0)), None
    while True:
        with mp.workdps(digits):
            found = work()
        if seen is not None and (agree(seen, found, dps) or digits > PATIENCE):
            break
        first = seen is None and all(v and mp.isfinite(v) for a in found for v in a.flat)
        seen, digits = found, 2*digits if first else max(2*digits, beyond)
    with mp.workdps(dps):
        return [box(np.array([+v for v in a.flat] + [None], dtype=object)[:-1].reshape(a.shape)) for a in found]


def agree(one, two, dps):
    return all(same(a, b, dps) for x, y in zip(one, two) for a, b in zip(x.flat, y.flat))


def same(a, b, dps):
    """Two numbers that agree to dps digits, are both nan, or both lie far below the smallest float."""
    if not (mp.isfinite(a) and mp.isfinite(b)):
        return a == b or mp.isnan(a) and mp.isnan(b)
    return abs(a - b) <= abs(b)*tiny(dps) or max(abs(a), abs(b)) < tiny(330)


def tiny(dps):
    return mp.mpf(10)**-dps


def value(expression, values, dps=50):
    """The value to dps digits: an array of mpf (no axes for a scalar); a tuple for a list of expressions."""
    found = settled(lambda: [o.array for o in Sheet(expression, values).outputs], dps, values)
    return tuple(found) if isinstance(expression, (list, tuple)) else found[0]


def value_and_grad(expression, wrt, values, dps=50):
    """(value, {name: gradient}) to dps digits."""
    names = [key(w) for w in (wrt if isinstance(wrt, (list, tuple)) else [wrt])]

    def work():
        sheet = Sheet(expression, values)
        return [sheet.outputs[0].array, *sheet.gradient(names).values()]
    first, *rest = settled(work, dps, values)
    return first, dict(zip(names, rest))


def gradient(expression, wrt, values, dps=50):
    """{name: gradient} to dps digits."""
    return value_and_grad(expression, wrt, values, dps)[1]


def hessian(expression, wrt, values, dps=30):
    """{(name, name): block} to dps digits, by central differences of the whole value."""
    names = [key(w) for w in (wrt if isinstance(wrt, (list, tuple)) else [wrt])]
    given = {key(n): np.asarray(v, dtype=np.float64) for n, v in values.items()}
    pairs = [(a, b) for a in names for b in names]
    found = settled(lambda: whole_hessian(expression, given, names, pairs), dps, given, beyond=BEYOND_FLOATS//3)
    return dict(zip(pairs, found))


def whole_hessian(expression, given, names, pairs):
    """The blocks, with steps of the digits in force and values of five times as many."""
    places = [(n, i) for n in names for i in np.ndindex(given[n].shape)]
    blocks = {(a, b): np.full(given[a].shape + given[b].shape, ZERO, dtype=object) for a, b in pairs}
    step = tiny(mp.mp.dps)
    with mp.workdps(5*mp.mp.dps):
        steps = [(abs(mp.mpf(float(given[n][i]))) or mp.mpf(1))*step for n, i in places]
        middle = shifted(expression, given, ())
        for a, b in itertools.combinations_with_replacement(range(len(places)), 2):
            (n, i), (m, j) = places[a], places[b]
            second = difference(expression, given, places, steps, a, b, middle)
            blocks[n, m][i + j] = blocks[m, n][j + i] = second
    return [blocks[pair] for pair in pairs]


def difference(expression, given, places, steps, a, b, middle):
    """The second difference in two entries."""
    (p, h), (q, k) = (places[a], steps[a]), (places[b], steps[b])
    if a == b:
        return (shifted(expression, given, [(p, h)]) - 2*middle + shifted(expression, given, [(p, -h)]))/h**2
    corners = [s*t*shifted(expression, given, [(p, s*h), (q, t*k)]) for s in (1, -1) for t in (1, -1)]
    return mp.fsum(corners)/(4*h*k)


def shifted(expression, given, moves):
    """The value with single entries moved: [((name, place), by how much)]."""
    sheet = Sheet(expression, given, moves)
    return sheet.outputs[0].array.flat[0]
