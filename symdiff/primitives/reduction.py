"""Blocks along axes: maxima, logsumexp, softmax, norm, running sums and the linear recurrence; products made of it.

Each acts on trailing axes; whatever axes stand in front are a batch.  Attributes:

    max_reduce   (count,)    the largest entry of the last `count` ≥ 1 axes, which go; nan where one is nan; −inf of no
                             entries.  Ties share the derivative equally
    min_reduce   (count,)    the smallest likewise; inf of no entries
    logsumexp    (count,)    log Σ exp x over the last `count` axes, which go.  With m the largest, c its multiplicity
                             and s = Σ_{x<m} exp(x − m) + (c − 1):  m + log1p(s);  −inf of no entries
    softmax      (count,)    exp(x − m)/(1 + s) over the last `count` axes, which stay, with exp(x − m) = 1 wherever
                             x = m: finite at infinite x too.  (count, 1): differentiated as `steady` has it
    log_softmax  (count,)    (x − m) − log1p(s), with x − m = 0 wherever x = m.  (count, 1) likewise
    norm         (count,)    sqrt(Σ x²) over the last `count` axes, which go, without overflow; derivative 0 at 0.
                             (count, 1): from the squares as they are, in half the time
    cumsum       (reverse,)  sums of the entries up to each along the last axis; from the end if reverse is 1
    recurrence   (reverse,)  inputs a, b of equal sizes: s_k = b_k + a_k·s_{k−1} along the last axis; with s_{k+1} if
                             reverse is 1.  The first s (the last if reverse) is b alone; its a is not read
"""
import numpy as np
import sympy as sp

from ..errors import SizeMismatch
from ..graph import make
from ..lengths import canonical, product, text
from . import steady
from .arrangement import cut, pad, reshape
from .build import elementwise, expand, minus, plus, scaled, spread, squeeze, total, transpose
from .contraction import contract, is_movement
from .leaf import constant
from .record import Block, Kink


def reduce_axes(block, node, axes=None, keep=False):
    """A block that drops the last axes, on any axes (all when None); `keep` leaves them with length 1."""
    rank = len(node.sizes)
    axes = tuple(range(rank)) if axes is None else tuple(sorted(a % rank for a in axes))
    if not axes:
        return node if block is not NORM else elementwise("abs", node)
    stay = [k for k in range(rank) if k not in axes]
    result = make(block, (transpose(node, (*stay, *axes)),), (len(axes),))
    return expand(result, axes) if keep else result


def along_axes(block, node, axes):
    """A block that acts on the last axes and keeps them, on any axes."""
    rank = len(node.sizes)
    axes = tuple(sorted(a % rank for a in axes))
    to_end = (*[k for k in range(rank) if k not in axes], *axes)
    result = make(block, (transpose(node, to_end),), (len(axes),))
    return transpose(result, tuple([to_end.index(k) for k in range(rank)]))


def _fewer(inputs, attributes):
    sizes, count = inputs[0].sizes, attributes[0]
    if not 1 <= count <= len(sizes):
        raise SizeMismatch(f"{count} axes of sizes {text(sizes)} cannot be reduced.")
    return sizes[:len(sizes) - count]


def _as_many(inputs, attributes):
    _fewer(inputs, attributes)
    return inputs[0].sizes


def _back(node, sizes):
    """A reduced node repeated over the axes that went."""
    front = tuple(range(len(node.sizes)))
    return contract([node], [front], tuple(range(len(sizes))), dict(enumerate(sizes)))


def _scaled(bar, value, lead, count):
    """bar·value; bar has the lead axes besides, and lacks the last `count` of value's."""
    front = tuple([("lead", k) for k in range(len(lead))])
    own = tuple(range(len(value.sizes)))
    return contract([bar, value], [front + own[:len(own) - count], own], front + own)


def _summed(dot, value, lead, count):
    """Σ dot·value over the last `count` axes; dot has the lead axes besides."""
    front = tuple([("lead", k) for k in range(len(lead))])
    own = tuple(range(len(value.sizes)))
    return contract([dot, value], [front + own, own], front + own[:len(own) - count])


def _reduction(name, weights, numpy, *kinks):
    """A block whose derivative is Σ weights·dot: `weights(node)` has the sizes of the input."""
    def pullback(node, bar, lead, k):
        return _scaled(bar, weights(node), lead, node.attributes[0])

    def pushforward(node, dots, lead):
        return _summed(dots[0], weights(node), lead, node.attributes[0])

    return Block(name, _fewer, pullback, pushforward, numpy, lambda node: product(node.inputs[0].sizes), kinks=kinks)


# ---------------------------------------------------------------- largest and smallest

def _shares(node):
    """One over the number of entries that attain the extreme, at each of them; nan where it is nan."""
    x, count = node.inputs[0], node.attributes[0]
    attained = elementwise("eq", x, _back(node, x.sizes))
    first = len(x.sizes) - count
    return elementwise("div", attained, _back(total(attained, range(first, len(x.sizes))), x.sizes))


def _axes(count):
    return tuple(range(-count, 0))


def _tie(extreme):
    return Kink(f"several entries of {{0}} are the {extreme}", "shared equally, the subgradient of least norm")


MAX_REDUCE = _reduction("max_reduce", _shares,
                        lambda attributes, sizes, x: np.max(x, _axes(attributes[0]), initial=-np.inf), _tie("greatest"))
MIN_REDUCE = _reduction("min_reduce", _shares,
                        lambda attributes, sizes, x: np.min(x, _axes(attributes[0]), initial=np.inf), _tie("least"))


# ---------------------------------------------------------------- exponentials

def _shifted(x, axes):
    """(x − m, 0 wherever x = m;  m;  s = Σ_{x<m} exp(x − m) + (c − 1)), axes kept."""
    m = np.max(x, axes, keepdims=True, initial=-np.inf)
    top = x == m
    low = np.where(top, 0.0, x - m)
    s = np.sum(np.where(top, 0.0, np.exp(low)), axes, keepdims=True) + (np.sum(top, axes, keepdims=True) - 1)
    return low, m, s


def _logsumexp(attributes, sizes, x):
    _, m, s = _shifted(x, _axes(attributes[0]))
    return np.reshape(m + np.log1p(s), sizes)


def _softmax(attributes, sizes, x):
    low, _, s = _shifted(x, _axes(attributes[0]))
    return np.exp(low)/(1 + s)


def _log_softmax(attributes, sizes, x):
    low, _, s = _shifted(x, _axes(attributes[0]))
    return low - np.log1p(s)


def _softmax_of(node):
    return make(SOFTMAX, node.inputs, node.attributes)


def is_steady(node):
    """Is the softmax or log_softmax differentiated in the form in which nothing cancels?"""
    return len(node.attributes) > 1


def _softmax_both(node, bar, lead):
    """y·(bar − Σ bar·y): the derivative of softmax is symmetric."""
    count = node.attributes[0]
    if is_steady(node):
        return steady.slope(node, bar, lead, count)
    mean = _back(_summed(bar, node, lead, count), bar.sizes)
    return scaled(minus(bar, mean), node, lead)


def _log_softmax_back(node, bar, lead, k):
    """bar − softmax·Σ bar."""
    count, rank = node.attributes[0], len(bar.sizes)
    if is_steady(node):
        return steady.back(_softmax_of(node), bar, lead, count)
    return minus(bar, _scaled(total(bar, range(rank - count, rank)), _softmax_of(node), lead, count))


def _log_softmax_on(node, dots, lead):
    """dot − Σ softmax·dot."""
    if is_steady(node):
        return steady.along(_softmax_of(node), dots[0], lead, node.attributes[0])
    return minus(dots[0], _back(_summed(dots[0], _softmax_of(node), lead, node.attributes[0]), dots[0].sizes))


def _exponentials(node):
    return canonical(10*product(node.inputs[0].sizes))


LOGSUMEXP = _reduction("logsumexp", _softmax_of, _logsumexp)
SOFTMAX = Block("softmax", _as_many, lambda node, bar, lead, k: _softmax_both(node, bar, lead),
                lambda node, dots, lead: _softmax_both(node, dots[0], lead), _softmax, _exponentials)
LOG_SOFTMAX = Block("log_softmax", _as_many, _log_softmax_back, _log_softmax_on, _log_softmax, _exponentials)


# ---------------------------------------------------------------- norm

def untransposed(node):
    """(operand, labels of its axes, labels of the node's) of a node with its axes in another order; else of itself."""
    places = tuple(range(len(node.sizes)))
    if is_movement(node) and node.inputs:
        (labels,), out, _ = node.attributes
        if len(labels) == len(out) and set(labels) == set(out):
            return node.inputs[0], labels, out
    return node, places, places


def is_plain(node):
    """Is the norm made of the squares as they are?  It is then 0, or 1e-162 at least."""
    return len(node.attributes) > 1


def _direction(node):
    """x/y where y is not 0, else 0; no division by 0 on the way, so that its derivatives are right too."""
    x = node.inputs[0]
    if is_plain(node):
        below = elementwise("select", node, node, constant(sp.oo, node.sizes))      # 1/inf is 0, no choice for each x
        inner, labels, out = untransposed(x)
        factor = contract([elementwise("div", constant(1, node.sizes), below)], [out[:len(node.sizes)]], labels,
                          dict(zip(out, x.sizes)))
        return contract([elementwise("mul", factor, inner)], [labels], out)
    y = _back(node, x.sizes)
    safe = elementwise("select", y, y, constant(1, x.sizes))
    return elementwise("select", y, elementwise("div", x, safe), constant(0, x.sizes))


def _norm(attributes, sizes, x):
    axes = _axes(attributes[0])
    if len(attributes) > 1:
        return np.sqrt(np.sum(x**2, axes))
    m = np.max(np.abs(x), axes, keepdims=True, initial=0.0)
    unit = np.where((m == 0) | np.isinf(m), 1.0, m)
    return np.reshape(unit*np.sqrt(np.sum((x/unit)**2, axes, keepdims=True)), sizes)


NORM = _reduction("norm", _direction, _norm, Kink("{0} is all 0", "0, the subgradient of least norm"))


# ---------------------------------------------------------------- running sums and products

def _last_axis(inputs, attributes):
    first = inputs[0].sizes
    if not first or any(i.sizes != first for i in inputs):
        raise SizeMismatch("a recurrence runs along the last axis of arrays of equal sizes, not of "
                           + " and ".join(text(i.sizes) for i in inputs) + ".")
    return first


def cumsum(node, axis):
    """Running sums along an axis."""
    return _on_last(lambda x: make(CUMSUM, (x,), (0,)), node, axis)


def cumprod(node, axis):
    """Running products along an axis: a recurrence that starts from 1, so that no derivative divides."""
    return _on_last(lambda x: cut(_products(x), _after(x)), node, axis)


def prod(node, axes=None, keep=False):
    """The product over the axes (all when None): the last of the running products."""
    rank = len(node.sizes)
    axes = tuple(range(rank)) if axes is None else tuple(sorted(a % rank for a in axes))
    stay = [k for k in range(rank) if k not in axes]
    sizes = tuple([node.sizes[k] for k in stay])
    flat = reshape(transpose(node, (*stay, *axes)), (*sizes, product([node.sizes[k] for k in axes])))
    last = cut(_products(flat), [(flat.sizes[-1], 1, 1)])
    result = squeeze(last, (len(sizes),))
    return expand(result, axes) if keep else result


def _products(x):
    """1, x_0, x_0·x_1, …: s_k = b_k + a_k·s_{k−1} with a = (0, x), b = (1, 0, 0, …)."""
    n = x.sizes[-1] + 1
    a = pad([x], (n,), [((1, 1),)])
    b = pad([constant(1, x.sizes[:-1] + (1,))], (n,), [((0, 1),)])
    return make(RECURRENCE, (a, b), (0,))


def _after(x):
    return [(1, 1, x.sizes[-1])]


def _on_last(what, node, axis):
    rank = len(node.sizes)
    order = [k for k in range(rank) if k != axis % rank] + [axis % rank]
    return transpose(what(transpose(node, order)), tuple([order.index(k) for k in range(rank)]))


def _shift(node, by):
    """The entries moved one place along the last axis (by = 1 to the right, −1 to the left), 0 coming in."""
    n = node.sizes[-1]
    less = max(n - 1, 0) if type(n) is int else canonical(sp.Max(0, n - 1))
    return pad([cut(node, [(max(-by, 0), 1, less)])], (n,), [((max(by, 0), 1),)])


def _cumsum_numpy(attributes, sizes, x):
    return np.flip(np.cumsum(np.flip(x, -1), -1), -1) if attributes[0] else np.cumsum(x, -1)


def _recurrence_back(node, bar, lead, k):
    """t_k = bar_k + a_{k+1}·t_{k+1} runs the other way; then b̄ = t and ā_k = t_k·s_{k−1}."""
    reverse = node.attributes[0]
    by = -1 if reverse else 1
    a = _shift(node.inputs[0], -by)
    t = make(RECURRENCE, (spread(a, lead), bar), (1 - reverse,))
    return t if k == 1 else scaled(t, _shift(node, by), lead)


def _recurrence_on(node, dots, lead):
    """ds_k = (db_k + da_k·s_{k−1}) + a_k·ds_{k−1}."""
    a, b = dots
    by = -1 if node.attributes[0] else 1
    drive = plus(b, None if a is None else scaled(a, _shift(node, by), lead))
    return make(RECURRENCE, (spread(node.inputs[0], lead), drive), node.attributes)


def _recurrence_numpy(attributes, sizes, a, b):
    out = np.array(b)
    n = sizes[-1]
    for k in range(n - 2, -1, -1) if attributes[0] else range(1, n):
        out[..., k] += a[..., k]*out[..., k + 1 if attributes[0] else k - 1]
    return out


CUMSUM = Block("cumsum", _last_axis, lambda node, bar, lead, k: make(CUMSUM, (bar,), (1 - node.attributes[0],)),
               lambda node, dots, lead: make(CUMSUM, (dots[0],), node.attributes),
               _cumsum_numpy, lambda node: 0)
RECURRENCE = Block("recurrence", _last_axis, _recurrence_back, _recurrence_on, _recurrence_numpy,
                   lambda node: product(node.sizes), "Blelloch 1990")
