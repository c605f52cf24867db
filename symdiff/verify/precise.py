"""Nodes of a graph, values and lengths in; the values of the nodes to 60 digits out, each entry a number of mpmath.

Work is repeated with more digits until two results agree, so that nothing is lost to cancellation.
"""
import mpmath as mp
import numpy as np
import sympy as sp

from ..evaluate import _bound as bound
from ..graph import order
from ..lengths import bind
from ..primitives.arrangement import _keys as keys
from ..primitives.arrangement import _positions as positions
from ..primitives.contraction import CONTRACT, is_movement
from ..primitives.leaf import CONSTANT, DATA, INPUT, IOTA, NEGATIVE_ZERO, SIZE
from ..primitives.record import Elementwise
from ..reference.oracle_words import ARRAYS

DIGITS = 60
FIRST, SECOND, LONG, LONGEST = 75, 150, 500, 1000       # digits; LONG ones tell 1e-400 from 0 beside 1
FAR = 10**15                                    # beyond this an exponential needs more digits than there is time for
FINEST = 1400                                   # bits of the smallest and of the largest number on the way
NOISE = 48                                      # bits that a sum keeps, if it is more than rounding
NOTHING = mp.mpf(10)**-290                      # what lies below is 0: floats end at 1e-308
SAFE = frozenset("""add sub mul div neg sqrt log log2 log10 abs maximum minimum maximum_const minimum_const select lt le
    gt ge eq ne and or not relu sign step floor ceil round cbrt hypot direction""".split())


class Beyond(Exception):
    """A number on the way is too large or too small, or more digits are needed than there is time for."""


def precise(outputs, values, sizes):
    """The outputs as arrays of mpf.  Raises Beyond."""
    first = Run(FIRST)
    seen = first(outputs, values, sizes)
    for digits in (LONG, LONGEST) if first.lost else (SECOND, LONG, LONGEST):
        found = Run(digits)(outputs, values, sizes)
        agreed = [_agreed(a, b) for a, b in zip(seen, found)]
        if all(one.all() for one in agreed):
            return found
        seen = found
    raise Beyond("digits")


def _agreed(a, b):
    return np.array([same(x, y) for x, y in zip(a.flat, b.flat)], dtype=bool).reshape(a.shape)


def same(a, b, digits=DIGITS):
    """Do two numbers agree to so many digits; nan with nan, and what lies far below the smallest float with 0?"""
    if not (mp.isfinite(a) and mp.isfinite(b)):
        return a == b or bool(mp.isnan(a) and mp.isnan(b))
    return a == b or abs(a - b) <= max(abs(a), abs(b))*mp.mpf(10)**-digits or max(abs(a), abs(b)) < NOTHING


class Run:
    """One run through a graph with so many digits.

    lost    was a number absorbed by a much larger one, or did two cancel wholly?
    """

    def __init__(self, digits):
        self.digits, self.lost = digits, False

    def __call__(self, outputs, values, sizes):
        found = {}
        with mp.workdps(self.digits):
            for node in order(outputs):
                args = [found[i] for i in node.inputs]
                found[node] = self._watched(node, args, _value(node, args, values, sizes))
        return [found[o] for o in outputs]

    def _watched(self, node, args, value):
        """The value, what is rounding alone as 0; lost digits are noted, numbers beyond all floats refused."""
        if node.op.name in ("add", "sub"):
            for i in np.ndindex(value.shape):
                value[i] = self._kept([a[i] for a in args], value[i])
        elif node.op is CONTRACT and args:
            top = sum([max([mp.mag(v) for v in a.flat if v and mp.isfinite(v)], default=0) for a in args])
            for i in np.ndindex(value.shape):
                if value[i] and mp.isfinite(value[i]) and mp.mag(value[i]) < top - mp.mp.prec + NOISE:
                    value[i], self.lost = mp.mpf(0), True
            self.lost |= not is_movement(node) and not all(value.flat)
        for v in value.flat:
            if v and mp.isfinite(v) and abs(mp.mag(v)) > FINEST:
                raise Beyond(node.op.name)
        return value

    def _kept(self, terms, value):
        """A sum, 0 if it is no more than the rounding of its terms."""
        sizes = [mp.mag(t) for t in terms if t and mp.isfinite(t)]
        if len(sizes) < 2 or not mp.isfinite(value):
            return value
        if value and mp.mag(value) > max(sizes) - mp.mp.prec + NOISE:
            self.lost |= max(sizes) - min(sizes) > mp.mp.prec
            return value
        self.lost = True
        return mp.mpf(0)


def _value(node, args, values, sizes):
    op = node.op
    if type(op) is Elementwise:
        return _entrywise(op, args)
    if op is INPUT:
        return exact(np.asarray(values[node.attributes[0]]))
    if op is CONSTANT:
        return np.full(bound(node.sizes, sizes), _number(node.attributes[0]), dtype=object)
    if op is DATA:
        return exact(node.attributes[0].array)
    if op is SIZE:
        return _box(mp.mpf(bind(node.attributes[0], sizes)))
    if op is IOTA:
        return exact(np.arange(bind(node.attributes[0], sizes), dtype=np.float64))
    shape = tuple([bind(n, sizes) for n in node.sizes])
    return _filled(shape, BLOCKS[op.name](bound(node.attributes, sizes), shape, *args))


def _box(x):
    out = np.empty((), dtype=object)
    out[()] = x
    return out


def _filled(shape, value):
    """An array of objects, also where there are no axes."""
    if isinstance(value, np.ndarray) and value.dtype == object:
        return value.reshape(shape)
    return _box(value).reshape(shape)


def exact(array):
    """An array of floats as one of mpf; one of mpf as it is."""
    if array.dtype == object:
        return array
    out = np.empty(array.shape, dtype=object)
    for i in np.ndindex(array.shape):
        out[i] = mp.mpf(float(array[i]))
    return out


def _number(value):
    if value is NEGATIVE_ZERO or value == NEGATIVE_ZERO:
        return mp.mpf(0)
    if value.is_Rational:
        return mp.mpf(int(value.p))/int(value.q)
    if value.is_Float:
        return mp.make_mpf(value._mpf_)
    if value in (sp.oo, -sp.oo, sp.nan):
        return {sp.oo: mp.inf, -sp.oo: -mp.inf, sp.nan: mp.nan}[value]
    return mp.make_mpf(value.evalf(mp.mp.dps + 5)._mpf_)


# -- entry by entry ----------------------------------------------------------------------------------------------------

def _entrywise(op, args):
    out = np.empty(args[0].shape, dtype=object)
    if not out.ndim:
        out[()] = _entry(op, [a[()] for a in args])
        return out
    for i in np.ndindex(out.shape):
        out[i] = _entry(op, [a[i] for a in args])
    return out


def _entry(op, xs):
    if op.name == "select":
        return xs[1] if xs[0] != 0 else xs[2]
    if any(map(mp.isnan, xs)):
        return mp.mpf(op.name == "ne") if op.boolean else mp.nan
    if op.name not in SAFE and any(abs(x) > FAR and mp.isfinite(x) for x in xs):
        raise Beyond(op.name)
    try:
        y = op.mpmath(*xs)
    except ZeroDivisionError:
        return mp.sign(xs[0])*mp.inf if op.name == "div" and xs[0] else mp.inf if op.name == "pow" else mp.nan
    except (ValueError, ArithmeticError, mp.mp.NoConvergence):
        return mp.nan
    if isinstance(y, mp.mpc):
        return mp.nan if y.imag else y.real
    return mp.mpf(y)


# -- axes --------------------------------------------------------------------------------------------------------------

def _contract(attributes, shape, *args):
    """Σ of products, by loops; a label that stands twice in the result puts entries on the diagonal."""
    subs, out, lengths = attributes
    full = list(dict.fromkeys(out))
    rest = [c for c in dict.fromkeys(c for labels in subs for c in labels) if c not in out]
    placed = np.full(shape, mp.mpf(0), dtype=object)
    for place in np.ndindex(*[lengths[c] for c in full]):
        at = dict(zip(full, place))
        terms = []
        for inner in np.ndindex(*[lengths[c] for c in rest]):
            at.update(zip(rest, inner))
            factors = [x[tuple([at[c] for c in labels])] for x, labels in zip(args, subs)]
            terms.append(factors[0]*factors[1] if len(factors) == 2 else mp.fprod(factors))
        placed[tuple([at[c] for c in out])] = terms[0] if len(terms) == 1 else mp.fsum(terms)
    return placed


def _pad(attributes, shape, *pieces):
    trailing, places = attributes
    out = np.full(shape, mp.mpf(0), dtype=object)
    for piece, place in zip(pieces, places):
        out[keys(place, piece.shape[piece.ndim - len(trailing):])] += piece
    return out


def _scatter(attributes, shape, x, indices):
    axis, length = attributes
    place = len(shape) + axis
    out = np.full(shape, mp.mpf(0), dtype=object)
    flat = np.moveaxis(np.reshape(x, (*shape[:place], indices.size, *shape[place + 1:])), place, 0)
    target = np.moveaxis(out, place, 0)
    for k, i in enumerate(positions(indices.astype(float), length).reshape(-1)):
        target[i] += flat[k]
    return out


def _recurrence(attributes, shape, a, b):
    out, n = np.array(b), shape[-1]
    for k in range(n - 2, -1, -1) if attributes[0] else range(1, n):
        out[..., k] += a[..., k]*out[..., k + 1 if attributes[0] else k - 1]
    return out


def _reduction(word):
    return lambda attributes, shape, x: ARRAYS[word](x, tuple(range(x.ndim - attributes[0], x.ndim)), 0)


def _flat(word):
    """A word along one axis, over several as one."""
    def run(attributes, shape, x):
        front = shape[:len(shape) - attributes[0]]
        return ARRAYS[word](x.reshape(*front, -1), len(front)).reshape(shape)
    return run


def _cofactor(attributes, shape, a):
    """(-1)^(i+j) times the determinant without row i and column j."""
    out, n = np.empty(shape, dtype=object), shape[-1]
    for *front, i, j in np.ndindex(*shape):
        minor = np.delete(np.delete(a[tuple(front)], i, 0), j, 1)
        out[(*front, i, j)] = (-1)**(i + j)*(_box(ARRAYS["det"](minor))[()] if n > 1 else mp.mpf(1))
    return out


def _slice(attributes, shape, x):
    return x[keys([t[:2] for t in attributes], [t[2] for t in attributes])]


def _take(attributes, shape, x, indices):
    axis = attributes[0]
    return np.take(x, positions(indices.astype(float), x.shape[axis]), axis)


def _cumsum(attributes, shape, x):
    return np.flip(np.cumsum(np.flip(x, -1), -1), -1) if attributes[0] else np.cumsum(x, -1)


def _matrix(word):
    return lambda attributes, shape, *args: ARRAYS[word](*args)


BLOCKS = {
    "contract": _contract, "pad": _pad, "scatter_add": _scatter, "recurrence": _recurrence, "slice": _slice,
    "cofactor": _cofactor, "reshape": lambda attributes, shape, x: x.reshape(shape),
    "concatenate": lambda attributes, shape, *values: np.concatenate(values, attributes[0]),
    "take": _take, "cumsum": _cumsum,
    "max_reduce": _reduction("max"), "min_reduce": _reduction("min"), "logsumexp": _reduction("logsumexp"),
    "norm": _reduction("norm"), "softmax": _flat("softmax"), "log_softmax": _flat("log_softmax"),
    "solve": lambda attributes, shape, a, b: ARRAYS["solve"](np.swapaxes(a, -1, -2) if attributes[0] else a, b),
    "triangular_solve": lambda attributes, shape, a, b: ARRAYS["triangular_solve"](a, b, *attributes),
    **{word: _matrix(word) for word in ("inv", "det", "logdet", "log_abs_det", "sign_det", "cholesky")}}
assert CONTRACT.name in BLOCKS
