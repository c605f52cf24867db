"""Operations of the tape that move, sum or remove axes: NumPy values, and pullbacks written with other operations."""
import math

import numpy as np

from .recorder import do, operation


def sum_to(shape, x):
    """Sum over the axes that broadcasting had added or stretched."""
    lead = np.ndim(x) - len(shape)
    axes = [*range(lead), *(lead + i for i, n in enumerate(shape) if n == 1 and np.shape(x)[lead + i] != 1)]
    return np.sum(x, axis=tuple(axes)).reshape(shape)[()]


def kept(shape, axes):
    """The shape with the given axes of length 1."""
    return tuple([1 if i in axes else n for i, n in enumerate(shape)])


def stretch(g, x, axes):
    """A cotangent of a reduction, spread over what was reduced."""
    return do("broadcast_to", do("reshape", g, settings=(kept(x.shape, axes),)), settings=(x.shape,))


def reduction(run, **more):
    """A NumPy reduction as an operation with settings (axes, keepdims)."""
    return lambda axes, keepdims, x: run(x, axis=axes, keepdims=bool(keepdims), **more)


def count(x, axes):
    return math.prod([x.shape[i] for i in axes])


operation("sum_to", sum_to, lambda g, y, shape, x: do("broadcast_to", g, settings=(x.shape,)))
operation("broadcast_to", lambda shape, x: np.broadcast_to(x, shape),
          lambda g, y, shape, x: do("sum_to", g, settings=(x.shape,)))
operation("reshape", lambda shape, x: np.reshape(x, shape)[()],
          lambda g, y, shape, x: do("reshape", g, settings=(x.shape,)))
operation("transpose", lambda permutation, x: np.transpose(x, permutation),
          lambda g, y, permutation, x: do("transpose", g, settings=(tuple(int(i) for i in np.argsort(permutation)),)))
operation("sum", reduction(np.sum), lambda g, y, axes, keepdims, x: stretch(g, x, axes))
operation("mean", lambda axes, keepdims, x:                         # np.mean warns of the mean of nothing
          np.true_divide(np.sum(x, axis=axes, keepdims=bool(keepdims)), count(x, axes)),
          lambda g, y, axes, keepdims, x: stretch(do("div", g, float(count(x, axes))), x, axes))


# -- choosing along axes ---------------------------------------------------------------------------------------------
def ties(axes, x):
    """Equal shares among the largest entries along the axes."""
    top = np.equal(x, np.max(x, axis=axes, keepdims=True, initial=-np.inf))*1.0
    return top/np.sum(top, axis=axes, keepdims=True)


def chosen(sign):
    """The pullback of max (sign 1) or min (sign -1)."""
    return lambda g, y, axes, keepdims, x: stretch(g, x, axes)*do("ties", x if sign == 1 else -x, settings=(axes,))


operation("ties", ties)
operation("max", reduction(np.max, initial=-np.inf), chosen(1))                # of nothing, too
operation("min", reduction(np.min, initial=np.inf), chosen(-1))


def norm(axes, keepdims, x):
    """The root of the sum of squares, scaled by the largest."""
    top = np.max(np.abs(x), axis=axes, keepdims=True, initial=0.0)
    scale = np.where((top > 0) & np.isfinite(top), top, 1.0)
    return scale*np.sqrt(np.sum((x/scale)**2, axis=axes, keepdims=True))


operation("norm", norm, lambda g, y, axes, keepdims, x: g*do("select", do("ne", y, 0.0), do("div", x, y), 0.0))


# -- exponentials along axes -----------------------------------------------------------------------------------------
def logsumexp(axes, keepdims, x):
    """log of the sum of exp, with the largest taken out."""
    top = np.max(x, axis=axes, keepdims=True, initial=-np.inf)
    total = np.log(np.sum(np.exp(x - np.where(np.isfinite(top), top, 0.0)), axis=axes, keepdims=True))
    y = np.where(np.isfinite(top), total + top, top)
    return y if keepdims else np.squeeze(y, axis=axes)[()]


def softmax(axes, x):
    """exp(x) over its sum; where some are +inf they share it."""
    top = np.max(x, axis=axes, keepdims=True, initial=-np.inf)
    e = np.where(top == np.inf, np.equal(x, np.inf)*1.0, np.exp(x - top))
    return e/np.sum(e, axis=axes, keepdims=True)


def pull_softmax(g, y, axes, x):
    w = g*y
    return w - y*do("sum", w, settings=(axes, 1))


operation("logsumexp", logsumexp,
          lambda g, y, axes, keepdims, x: stretch(g, x, axes)*do("softmax", x, settings=(axes,)))
operation("softmax", softmax, pull_softmax)
operation("log_softmax", lambda axes, x: x - logsumexp(axes, 1, x),
          lambda g, y, axes, x: g - do("softmax", x, settings=(axes,))*do("sum", g, settings=(axes, 1)))


# -- running sums and products: along the last axis, one step after the other -----------------------------------------
def recurrence(a, b):
    """s[k] = b[k] + a[k]·s[k-1] along the last axis, with s[-1] = 0."""
    a, b = np.broadcast_arrays(a, b)
    s = np.empty(b.shape)
    last = np.zeros(b.shape[:-1])
    for k in range(b.shape[-1]):
        s[..., k] = last = b[..., k] + a[..., k]*last
    return s


def flip(x):
    return do("flip", x)


def shifted(x, fill):
    """x one place later along the last axis, `fill` in front."""
    front = x.record.constant(np.full(x.shape[:-1] + (1,), fill))
    most = do("index", x, settings=((Ellipsis, slice(0, max(x.shape[-1] - 1, 0))),))
    return do("concatenate", front, most, settings=(len(x.shape) - 1,))


def later(a, g):
    """r[k] = g[k] + a[k+1]·r[k+1]: the recurrence backwards."""
    return flip(do("recurrence", shifted(flip(a), 0.0), flip(g)))


operation("flip", lambda x: np.flip(x, -1), lambda g, y, x: flip(g))
operation("recurrence", recurrence,
          lambda g, y, a, b: later(a, g)*shifted(y, 0.0), lambda g, y, a, b: later(a, g))
operation("cumsum", lambda axis, x: np.cumsum(x, axis), lambda g, y, axis, x: do("cumsum_back", g, settings=(axis,)))
operation("cumsum_back", lambda axis, x: np.flip(np.cumsum(np.flip(x, axis), axis), axis),
          lambda g, y, axis, x: do("cumsum", g, settings=(axis,)))
operation("cumprod", lambda x: np.cumprod(x, -1), lambda g, y, x: shifted(y, 1.0)*later(x, g))


def pull_prod(g, y, x):
    """The product of the others: of those before and those after; nothing is divided."""
    before, after = shifted(do("cumprod", x), 1.0), flip(shifted(do("cumprod", flip(x)), 1.0))
    return do("reshape", g, settings=(x.shape[:-1] + (1,),))*(before*after)


operation("prod", lambda x: np.prod(x, axis=-1), pull_prod)


# -- pieces ----------------------------------------------------------------------------------------------------------
def place(key, shape, g):
    """Zeros with g at x[key]."""
    x = np.zeros(shape)
    x[key] = g
    return x


def add_at(axis, length, g, indices):
    """The adjoint of take: rows of g added up where they were taken from."""
    x = np.zeros((length, *g.shape[:axis], *g.shape[axis + np.ndim(indices):]))
    rows = np.moveaxis(g, range(axis, axis + np.ndim(indices)), range(np.ndim(indices)))
    np.add.at(x, whole(indices), rows)
    return np.moveaxis(x, 0, axis)


def whole(indices):
    return np.asarray(indices).astype(np.intp)


def gather_back(shape, g, *indices):
    """The adjoint of gather."""
    x = np.zeros(shape)
    np.add.at(x, tuple(map(whole, indices)), g)
    return x


def split(k):
    """The pullback of concatenate in operand k."""
    def pullback(g, y, axis, *parts):
        start = sum(p.shape[axis] for p in parts[:k])
        return do("index", g, settings=((*[slice(None)]*axis, slice(start, start + parts[k].shape[axis])),))
    return pullback


operation("index", lambda key, x: x[key], lambda g, y, key, x: do("place", g, settings=(key, x.shape)))
operation("place", place, lambda g, y, key, shape, x: do("index", g, settings=(key,)))
operation("concatenate", lambda axis, *parts: np.concatenate(parts, axis), each=split)
operation("stack", lambda axis, *parts: np.stack(parts, axis),
          each=lambda k: lambda g, y, axis, *parts: do("index", g, settings=((*[slice(None)]*axis, k),)))
operation("take", lambda axis, x, indices: np.take(x, whole(indices), axis=axis),
          lambda g, y, axis, x, i: do("add_at", g, i, settings=(axis, x.shape[axis])))
operation("add_at", add_at, lambda g, y, axis, length, x, i: do("take", g, i, settings=(axis,)))
operation("gather", lambda x, *indices: x[tuple(map(whole, indices))],
          lambda g, y, x, *indices: do("gather_back", g, *indices, settings=(x.shape,)))
operation("gather_back", gather_back, lambda g, y, shape, x, *indices: do("gather", g, *indices))


# -- products --------------------------------------------------------------------------------------------------------
def einsum(spec, path, *operands):
    return np.einsum(spec, *operands, optimize=path)


def contract(spec, *operands):
    """einsum with its order of contraction planned once."""
    path = list(np.einsum_path(spec, *[np.broadcast_to(0.0, o.shape) for o in operands], optimize="greedy")[0])
    plan = path if len(operands) > 1 else False
    return do("einsum", *operands, settings=(spec, plan))


def pull_einsum(k):
    """In operand k: the cotangent and the others, summed to k's labels.

    A label that only k has meets ones, a repeated one the identity.
    """
    def pullback(g, y, spec, path, *operands):
        inputs, output = spec.split("->")
        inputs = inputs.split(",")
        parts, labels = [g, *operands[:k], *operands[k + 1:]], [output, *inputs[:k], *inputs[k + 1:]]
        free = (c for c in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" if c not in spec)
        wanted = ""
        for label, length in zip(inputs[k], operands[k].shape):
            if label in wanted:
                fresh = next(free)
                parts.append(g.record.constant(np.eye(length)))
                labels.append(label + fresh)
                label = fresh
            elif not any(label in other for other in labels):
                parts.append(g.record.constant(np.ones(length)))
                labels.append(label)
            wanted += label
        return contract(",".join(labels) + "->" + wanted, *parts)
    return pullback


operation("einsum", einsum, each=pull_einsum)


def swap(x):
    return do("transpose", x, settings=((*range(x.ndim - 2), x.ndim - 1, x.ndim - 2),))


def reshape(x, shape):
    return do("reshape", x, settings=(shape,))


def as_matrices(g, a, b):
    """A product's cotangent and operands with the axes that @ gives to vectors."""
    left = reshape(a, (1, *a.shape)) if a.ndim == 1 else a
    right = reshape(b, (*b.shape, 1)) if b.ndim == 1 else b
    batch = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    return reshape(g, (*batch, left.shape[-2], right.shape[-1])), left, right


def unbatch(g, like):
    """A matrix cotangent summed over the batches its operand lacks, and without the axis that @ gave to a vector."""
    if like.ndim == 1:
        return reshape(do("sum_to", g, settings=(g.shape[-2:],)), like.shape)
    return g if g.shape == like.shape else do("sum_to", g, settings=(like.shape,))


def pull_left(g, y, a, b):
    g, _, right = as_matrices(g, a, b)
    return unbatch(do("matmul", g, swap(right)), a)


def pull_right(g, y, a, b):
    g, left, _ = as_matrices(g, a, b)
    return unbatch(do("matmul", swap(left), g), b)


operation("matmul", np.matmul, pull_left, pull_right)
