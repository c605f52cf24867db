"""Layers of networks: an expression and the parameters of a layer go in, the expression of its output comes out.

Rows stand first and channels last: x is (n, d), (n, length, channels) or (n, height, width, channels).
"""
import math

from .. import language as sd
from ..errors import ArgumentError, SizeLost, SizeMismatch, UnknownForm
from ..language import sizes_of
from ..lengths import text
from .activations import ACTIVATIONS

EPSILON = 1e-5                                  # added to variances, as in the papers on normalisation


def activated(z, activation):
    """activation(z), for a function, its name, or None.

    >>> activated(sd.Array("z", 3), "tanh")
    tanh(z)
    """
    if activation is None:
        return z
    if isinstance(activation, str):
        if activation not in ACTIVATIONS:
            raise UnknownForm(f"no activation is called {activation[:80]!r}.", known=", ".join(ACTIVATIONS),
                              do="use one of these names, or give a function.")
        activation = ACTIVATIONS[activation]
    return activation(z)


def dense(x, W, b=None, activation=None):
    """φ(x·W + b).

    x (…, d), W (d, k) or (d,), b (k,) or a scalar, None for no bias; the output is (…, k) or (…).

    >>> n, d = sd.sizes("n d")
    >>> dense(sd.Array("X", n, d), sd.Array("W", d, 16), sd.Array("b", 16), "relu")
    relu(X @ W + b)
    """
    if sizes_of(x)[-1:] != sizes_of(W)[:1]:
        raise SizeMismatch(f"a dense layer needs as many rows of weights as columns: {text(sizes_of(x))} and "
                           f"{text(sizes_of(W))}.", where=f"dense({str(x)[:60]}, {W})",
                           do=f"give {W} the sizes ({', '.join(map(str, (*sizes_of(x)[-1:], 'k')))}).")
    if b is not None and sizes_of(b) not in ((), sizes_of(W)[1:]):
        raise SizeMismatch(f"the bias of a dense layer has one entry for each of its columns: {b} is "
                           f"{text(sizes_of(b))}, {W} is {text(sizes_of(W))}.", where=f"dense({str(x)[:60]}, {W}, {b})",
                           do=f"give {b} the sizes {text(sizes_of(W)[1:])}.")
    z = x @ W
    return activated(z if b is None else z + b, activation)


def residual(x, branch, W=None):
    """x + branch, or x·W + branch where the branch has another number of columns (He et al. 2016).

    >>> x, W = sd.Array("x", 5, 3), sd.Array("W", 3, 3)
    >>> residual(x, dense(x, W, activation="tanh"))
    x + tanh(x @ W)
    """
    skipped = x if W is None else x @ W
    if sizes_of(skipped) != sizes_of(branch):
        raise SizeMismatch(f"a skip adds equal sizes: {text(sizes_of(skipped))} and {text(sizes_of(branch))}.",
                           where=f"residual({str(x)[:60]}, {str(branch)[:60]})",
                           do="give a third argument, a matrix W that brings the first to the columns of the second.")
    return skipped + branch


def joined(*parts):
    """The columns of all parts side by side: concatenation along the last axis.

    >>> joined(sd.Array("a", 5, 3), sd.Array("b", 5, 2)).sizes
    (5, 5)
    """
    return sd.concatenate(parts, axis=-1)


def dropout(x, mask, rate):
    """x·(mask/(1 - rate)): the entries where the mask is 0 are dropped, the rest grow (Srivastava et al. 2014).

    The mask is an input: 0 with the chance `rate` and else 1 in training, which draws it where the model says so
    (symdiff.modes).  For prediction the mask is 1 - rate, and the value is x.

    >>> dropout(sd.Array("h", 5, 4), sd.Array("m", 5, 4), 0.25)
    h*(m/0.75)
    """
    if isinstance(rate, (int, float)) and not 0 <= rate < 1:
        raise ArgumentError(f"the rate {rate!r} drops no part of a layer.", do="give a number from 0 to below 1.")
    return x*(mask/(1 - rate))


def layer_norm(x, scale=1, shift=0, epsilon=EPSILON):
    """scale·(x - m)/sqrt(v + epsilon) + shift, m and v the mean and variance of each row (Ba et al. 2016).

    >>> layer_norm(sd.Array("x", 5, 3), sd.Array("g", 3), sd.Array("b", 3)).sizes
    (5, 3)
    """
    mean = sd.mean(x, axis=-1, keepdims=True)
    return normalised(x, mean, sd.mean((x - mean)**2, axis=-1, keepdims=True), scale, shift, epsilon)


def batch_norm(x, scale=1, shift=0, epsilon=EPSILON):
    """scale·(x - m)/sqrt(v + epsilon) + shift, m and v of each channel over the batch (Ioffe and Szegedy 2015).

    The statistics of the rows at hand are part of the graph, so derivatives go through them.  A model that names them,
    `batch_mean` and `batch_variance`, can keep running ones for prediction (symdiff.modes); see also `normalised`.

    >>> batch_norm(sd.Array("x", 5, 3), sd.Array("g", 3), sd.Array("b", 3)).sizes
    (5, 3)
    """
    mean = batch_mean(x)
    return normalised(x, mean, batch_variance(x, mean), scale, shift, epsilon)


def batch_mean(x):
    """The mean of each channel over the batch.

    >>> batch_mean(sd.Array("x", 5, 8, 3))
    mean(x, axis=(0, 1))
    """
    if len(sizes_of(x)) < 2:
        raise SizeLost("batch normalisation needs rows and channels.", where=f"{str(x)[:60]} is {text(sizes_of(x))}",
                       do="give an array of two axes or more.")
    return sd.mean(x, axis=_all_but_the_last(x))


def batch_variance(x, mean):
    """The variance of each channel over the batch, around its mean: the mean of the squares, divided by their number.

    >>> x = sd.Array("x", 5, 3)
    >>> batch_variance(x, batch_mean(x))
    mean((x - mean(x, axis=0))**2, axis=0)
    """
    return sd.mean((x - mean)**2, axis=_all_but_the_last(x))


def _all_but_the_last(x):
    return tuple(range(len(sizes_of(x)) - 1))


def normalised(x, mean, variance, scale=1, shift=0, epsilon=EPSILON):
    """scale·(x - mean)/sqrt(variance + epsilon) + shift, with statistics that are given.

    >>> normalised(sd.Array("x", 5, 3), sd.Array("m", 3), sd.Array("v", 3), epsilon=0)
    (x - m)/sqrt(v)
    """
    out = (x - mean)/sd.sqrt(variance + epsilon if epsilon else variance)
    out = out if scale is None or _is(scale, 1) else scale*out
    return out if shift is None or _is(shift, 0) else out + shift


def _is(value, number):
    return isinstance(value, (int, float)) and value == number


def embedding(table, indices):
    """The rows of a table (words, size) at whole numbers: (…) becomes (…, size).

    >>> embedding(sd.Array("E", 100, 8), sd.Array("words", 5, 7)).sizes
    (5, 7, 8)
    """
    return sd.take(table, indices, axis=0)


def convolution(x, K, b=None, activation=None, stride=1, padding=0):
    """φ(Σ x[n, i·stride + k, c]·K[k, c, f] + b[f]), in one dimension or more; K is not turned over.

    x         (n, length, channels), (n, height, width, channels), …; the middle lengths are numbers
    K         (width, channels, filters), (height, width, channels, filters), …
    b         (filters,) or None
    stride    a whole number, or one for each dimension
    padding   zeros at both ends; a whole number, one for each dimension, or "same": as long as before

    The windows are gathered by their positions, then it is one matrix product.

    >>> n = sd.sizes("n")
    >>> convolution(sd.Array("x", n, 8, 8, 1), sd.Array("K", 3, 3, 1, 4), padding="same").sizes
    (n, 8, 8, 4)
    """
    widths, channels, filters = _kernel(x, K)
    if padding == "same":
        odd = [w for w in widths if not w % 2]
        if odd or stride not in (1, (1,)*len(widths)):
            raise ArgumentError('padding="same" is for windows of odd width, with stride 1.', where=str(K),
                                do="give the padding as a number.")
        padding = [w//2 for w in widths]
    found = windows(_padded(x, _each("padding", padding, len(widths), 0)), widths, stride)
    space, inner = sizes_of(found)[1:-len(widths) - 1], math.prod(widths)*channels
    z = sd.reshape(found, (sizes_of(x)[0], *space, inner)) @ sd.reshape(K, (inner, filters))
    return activated(z if b is None else z + b, activation)


def max_pool(x, width, stride=None):
    """The largest of each window, channel by channel; the windows lie side by side where no stride is given.

    Ties share the derivative equally.

    >>> max_pool(sd.Array("x", 5, 8, 8, 3), 2).sizes
    (5, 4, 4, 3)
    """
    return sd.max(_pooled(x, width, stride), axis=-2)


def mean_pool(x, width, stride=None):
    """The mean of each window, channel by channel; the windows lie side by side where no stride is given.

    >>> mean_pool(sd.Array("x", 5, 9, 3), 3).sizes
    (5, 3, 3)
    """
    return sd.mean(_pooled(x, width, stride), axis=-2)


def flatten(x):
    """Each row as one vector: (n, a, b, …) becomes (n, a·b·…).

    >>> flatten(sd.Array("x", 5, 4, 4, 3)).sizes
    (5, 48)
    """
    if not sizes_of(x):
        raise SizeLost("a scalar has no rows.", where=str(x)[:80], do="give an array.")
    return sd.reshape(x, (sizes_of(x)[0], math.prod(sizes_of(x)[1:])))


def windows(x, widths, stride=1):
    """All windows of x: (n, *lengths, c) becomes (n, *places, *widths, c).

    >>> windows(sd.Array("x", 5, 10, 2), (3,), 2).sizes
    (5, 4, 3, 2)
    """
    lengths, strides = _space(x, len(widths)), _each("stride", stride, len(widths), 1)
    short = [(length, width) for length, width in zip(lengths, widths) if width > length]
    if short:
        raise SizeMismatch(f"a window of width {short[0][1]} does not fit a length of {short[0][0]}.",
                           where=f"{str(x)[:60]} is {text(sizes_of(x))}", do="use a smaller window, or padding.")
    where = 0
    for k, (length, width, step) in enumerate(zip(lengths, widths, strides)):
        first, inside = sd.arange((length - width)//step + 1), sd.arange(width)
        along = _beside(first*step if step > 1 else first, 2*len(widths) - 1 - k) + _beside(inside, len(widths) - 1 - k)
        where = where*length + along if k else along
    return sd.take(sd.reshape(x, (sizes_of(x)[0], math.prod(lengths), sizes_of(x)[-1])), where, axis=1)


def _beside(positions, axes):
    """Positions with so many axes of length 1 behind them."""
    return positions[(slice(None), *[None]*axes)] if axes else positions


def _space(x, dimensions):
    """The lengths between rows and channels, numbers."""
    sizes = sizes_of(x)
    if len(sizes) != dimensions + 2:
        raise SizeMismatch(f"windows of {dimensions} dimension{'s'*(dimensions > 1)} need {dimensions + 2} axes: rows, "
                           f"{dimensions} of space, channels.", where=f"{str(x)[:60]} is {text(sizes)}",
                           do="for one channel write x[..., None].")
    if not all(type(length) is int for length in sizes[1:]):
        raise ArgumentError("the lengths that windows move along are numbers.", where=f"{str(x)[:60]} is {text(sizes)}",
                            do="only the number of rows may be a name.")
    return sizes[1:-1]


def _kernel(x, K):
    """(widths, channels, filters) of a kernel that fits."""
    sizes = sizes_of(K)
    if len(sizes) < 3 or not all(type(length) is int for length in sizes):
        raise SizeMismatch("a kernel has widths, channels and filters, all numbers.", where=f"{K} is {text(sizes)}",
                           do="write (3, 3, channels, filters).")
    _space(x, len(sizes) - 2)
    if sizes_of(x)[-1] != sizes[-2]:
        raise SizeMismatch(f"the kernel takes {sizes[-2]} channels, and there are {sizes_of(x)[-1]}.",
                           where=f"{str(x)[:60]} is {text(sizes_of(x))}; {K} is {text(sizes)}",
                           do=f"give {K} the sizes {text((*sizes[:-2], sizes_of(x)[-1], sizes[-1]))}.")
    return sizes[:-2], sizes[-2], sizes[-1]


def _padded(x, padding):
    """Zeros before and behind each dimension of space."""
    for axis, width in enumerate(padding, 1):
        if width:
            sizes = sizes_of(x)
            zeros = sd.broadcast_to(sd.lift(0), (*sizes[:axis], width, *sizes[axis + 1:]))
            x = sd.concatenate((zeros, x, zeros), axis=axis)
    return x


def _pooled(x, width, stride):
    """(n, *places, entries of a window, c)."""
    dimensions = len(sizes_of(x)) - 2
    _space(x, max(dimensions, 1))
    widths = _each("width", width, dimensions, 1)
    found = windows(x, widths, widths if stride is None else stride)
    sizes = sizes_of(found)
    return sd.reshape(found, (*sizes[:1 + dimensions], math.prod(widths), sizes[-1]))


def _each(what, given, dimensions, least):
    """A whole number for each dimension."""
    given = tuple(given) if isinstance(given, (list, tuple)) else (given,)*dimensions
    if len(given) != dimensions or not all(type(one) is int and one >= least for one in given):
        raise ArgumentError(f"{what} is a whole number from {least} on, or one for each dimension.",
                            where=f"{what} = {given!r}"[:120], do=f"there are {dimensions}: write {(1,)*dimensions}.")
    return given
