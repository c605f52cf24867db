"""A node, the values of its inputs and lengths go in; its value comes out, each entry a number of mpmath."""
import mpmath as mp
import numpy as np

from ..evaluate import _bound as bound
from ..lengths import bind
from ..primitives.arrangement import _keys as keys
from ..primitives.arrangement import _positions as positions
from ..primitives.contraction import CONTRACT, is_movement
from ..primitives.leaf import CONSTANT, DATA, INPUT, IOTA, SIZE, exact_number
from ..primitives.record import Elementwise
from ..reference.oracle_words import ARRAYS

EXACT = frozenset("""neg abs maximum minimum maximum_const minimum_const select lt le gt ge eq ne and or not relu sign
    step floor ceil round""".split())         # elementwise primitives that round nothing
MOVES = frozenset("reshape slice pad concatenate take max_reduce min_reduce".split())       # others that only choose


def rounds(node):
    """Does the primitive of a node round, unlike one that moves entries or chooses among them?"""
    return not (node.op.name in EXACT or node.op.name in MOVES or node.op is CONTRACT and is_movement(node))


def value(node, args, values, sizes, entry):
    """The value of a node as an array of mpf, from those of its inputs; of an input, from {name: value}.

    entry   (primitive, list of mpf) -> mpf: how an entry of what is elementwise is computed
    """
    op = node.op
    if type(op) is Elementwise:
        return _entrywise(op, args, entry)
    if op is INPUT:
        return exact(np.asarray(values[node.attributes[0]]))
    if op is CONSTANT:
        return np.full(bound(node.sizes, sizes), exact_number(node.attributes[0]), dtype=object)
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


# -- entry by entry ----------------------------------------------------------------------------------------------------

def _entrywise(op, args, entry):
    out = np.empty(args[0].shape, dtype=object)
    if not out.ndim:
        out[()] = entry(op, [a[()] for a in args])
        return out
    for i in np.ndindex(out.shape):
        out[i] = entry(op, [a[i] for a in args])
    return out


def entry(op, xs):
    """An elementwise primitive on numbers; nan where it has no real value, or none that can be had, an infinity at a pole.
    """
    if op.name == "select":
        return xs[1] if xs[0] != 0 else xs[2]
    if any(map(mp.isnan, xs)):
        return mp.mpf(op.name == "ne") if op.boolean else mp.nan
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
