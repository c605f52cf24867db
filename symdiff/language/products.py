"""Words that multiply: matmul, einsum, dot, outer, trace.  Operands go in, a node comes out; NumPy's names and
meaning."""
import string

import sympy as sp

from .. import lengths
from ..errors import ArgumentError, SizeMismatch
from .axes import operand, require_rank, shown, word
from .core import elementwise, make, sizes_of


@word("matmul")
def _matmul(args, attributes):
    a, b = map(sizes_of, args)
    if not a or not b:
        raise SizeMismatch("@ needs axes on both sides.", where=shown("matmul", args),
                           do="use * to multiply by a scalar.")
    if a[-1] != (b[-2] if len(b) > 1 else b[0]):
        raise SizeMismatch(f"these do not fit in a product: {lengths.text(a)} @ {lengths.text(b)}.",
                           where=shown("matmul", args),
                           do="the last axis of the left side must be as long as the first of the right "
                              "(the one before the last, where there are more); perhaps .T is missing.")
    batch = _batch(a[:-2], b[:-2], "matmul", args)
    return batch + a[-2:-1] + (b[-1:] if len(b) > 1 else ())


def _batch(a, b, op, args):
    try:
        return lengths.broadcast((a, b))
    except SizeMismatch:
        raise SizeMismatch(f"the leading axes do not fit: {lengths.text(a)} and {lengths.text(b)}.",
                           where=shown(op, args),
                           do="give them equal sizes, or a literal 1 where one is to stretch.") from None


def matmul(a, b):
    """a @ b: products of matrices and vectors; leading axes are a batch and broadcast."""
    return make("matmul", (operand(a), operand(b)))


@word("dot")
def _dot(args, attributes):
    a, b = map(sizes_of, args)
    if a[-1] != (b[-2] if len(b) > 1 else b[0]):
        raise SizeMismatch(f"these do not fit in a product: dot of {lengths.text(a)} and {lengths.text(b)}.",
                           where=shown("dot", args), do="perhaps .T is missing.")
    return a[:-1] + (b[:-2] + b[-1:] if len(b) > 1 else ())


def dot(a, b):
    """NumPy's dot: the inner product of vectors, the product of matrices, a plain product where one side is a
    scalar."""
    a, b = operand(a), operand(b)
    ranks = len(sizes_of(a)), len(sizes_of(b))
    if 0 in ranks:
        return elementwise(sp.Mul, a, b)
    return make("matmul" if max(ranks) <= 2 else "dot", (a, b))


@word("outer")
def _outer(args, attributes):
    for x in args:
        require_rank("outer", x, 1, exact=True)
    return args[0].sizes + args[1].sizes


def outer(a, b):
    """The matrix a_i b_j of two vectors."""
    return make("outer", (operand(a), operand(b)))


def inner(a, b):
    """Σ over the last axis of both."""
    a, b = operand(a), operand(b)
    if len(sizes_of(a)) == len(sizes_of(b)) == 1 or not sizes_of(a) or not sizes_of(b):
        return dot(a, b)
    return tensordot(a, b, ((len(a.sizes) - 1,), (len(b.sizes) - 1,)))


def tensordot(a, b, axes=2):
    """Σ over pairs of axes of two arrays: the last and the first ones when `axes` is a number."""
    a, b = operand(a), operand(b)
    p, q = len(sizes_of(a)), len(sizes_of(b))
    if isinstance(axes, int):
        axes = range(p - axes, p), range(axes)
    left, right = [[k] if isinstance(k, int) else list(k) for k in axes]
    letters = string.ascii_letters
    one, two = list(letters[:p]), list(letters[p:p + q])
    for k, m in zip(left, right):
        two[m] = one[k]
    left, right = {k % p for k in left}, {m % q for m in right}
    out = [c for k, c in enumerate(one) if k not in left] + [c for m, c in enumerate(two) if m not in right]
    return einsum(f"{''.join(one)},{''.join(two)}->{''.join(out)}", a, b)


@word("trace")
def _trace(args, attributes):
    require_rank("trace", args[0], 2)
    if args[0].sizes[-1] != args[0].sizes[-2]:
        raise SizeMismatch("trace of a matrix that is not square.", where=shown("trace", args),
                           do="take sum(diag(...)) of a square part.")
    return args[0].sizes[:-2]


def trace(x):
    """Σ of the diagonal over the last two axes."""
    return make("trace", (operand(x),))


# -- einsum -----------------------------------------------------------------------------------------------------------

@word("einsum")
def _einsum(args, attributes):
    spec, = attributes
    subs, out = spec.split("->")
    length = {}
    for labels, x in zip(subs.split(","), args):
        for c, s in zip(labels, sizes_of(x)):
            if length.setdefault(c, s) != s:
                raise SizeMismatch(f"the label {c} is {length[c]} and {s} long.",
                                   where=shown("einsum", args, attributes),
                                   do="one label means one length.")
    return tuple([length[c] for c in out])


def einsum(spec, *operands, optimize=None):
    """Σ over labels: einsum("ij,jk->ik", A, B).  Without an arrow the result has the labels that stand once, sorted."""
    if not isinstance(spec, str):
        raise ArgumentError("einsum needs its labels as text.", do='write einsum("ij,jk->ik", A, B).')
    operands = [operand(x) for x in operands]
    subs, out = _explicit(spec.replace(" ", ""), [len(sizes_of(x)) for x in operands])
    length = {}
    for labels, x in zip(subs, operands):
        for c, s in zip(labels, sizes_of(x)):
            if length.get(c, 1) == 1:
                length[c] = s
    for k, x in enumerate(operands):                        # a literal 1 stretches: its axis is dropped
        drop = [m for m, s in enumerate(sizes_of(x)) if s == 1 and length[subs[k][m]] != 1]
        if drop:
            operands[k] = x[tuple(0 if m in drop else slice(None) for m in range(len(x.sizes)))]
            subs[k] = "".join(c for m, c in enumerate(subs[k]) if m not in drop)
    return make("einsum", tuple(operands), (",".join(subs) + "->" + out,))


def _explicit(spec, ranks):
    """Labels of each operand and of the result, without ellipses."""
    left, arrow, out = spec.partition("->")
    subs = left.split(",")
    if len(subs) != len(ranks):
        raise ArgumentError(f"einsum was given {len(ranks)} operands for {len(subs)} groups of labels.",
                            where=repr(spec),
                            do="give one group of labels per operand, with commas between.")
    free = [c for c in string.ascii_letters if c not in spec]
    extra = [rank - len(labels.replace("...", "")) if "..." in labels else 0 for labels, rank in zip(subs, ranks)]
    many = "".join(free[:max([0, *extra])])
    for k, labels in enumerate(subs):
        if extra[k] < 0:
            continue                                        # refused below
        subs[k] = labels.replace("...", many[len(many) - extra[k]:])
    if not arrow:
        joined = "".join(subs)
        out = many + "".join(sorted(c for c in set(joined) - set(many) if joined.count(c) == 1))
    else:
        out = out.replace("...", many)
    for labels, rank in zip(subs, ranks):
        if len(labels) != rank or not all(c in string.ascii_letters for c in labels):
            raise ArgumentError(f"the labels {labels!r} do not fit an operand of {rank} axes.", where=repr(spec),
                                do="give one letter per axis.")
    if len(set(out)) < len(out) or set(out) - set("".join(subs)):
        raise ArgumentError(f"the result's labels {out!r} must each stand once, and in an operand.", where=repr(spec),
                            do="write every letter of the result once.")
    return subs, out
