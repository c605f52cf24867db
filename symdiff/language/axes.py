"""What the words share: operands of any accepted kind go in, lifted ones come out; axes as typed, axes as
non-negative ints."""
import operator

import numpy as np
import sympy as sp

from .. import lengths
from ..errors import ArgumentError, SizeLost, SizeMismatch, UnknownForm
from .core import SIZES, ArrayExpr, draft, lift, sizes_of


def word(name):
    """A decorator: the function infers the sizes of the nodes whose op is `name`, from (args, attributes)."""
    def declare(infer):
        SIZES[name] = infer
        return infer
    return declare


def operand(value):
    """The operand of a word: as in formulas, and lists of numbers as NumPy takes them."""
    if isinstance(value, (list, tuple)):
        if not holds_arrays(value):
            try:
                return lift(np.asarray(value))
            except ValueError:
                raise ArgumentError("the rows of this list differ in length.", where=str(value)[:200],
                                    do="give all rows the same number of entries.") from None
        from .arrange import stack
        return stack([operand(v) for v in value])
    return lift(value)


def holds_arrays(value):
    """Is there an array in this nest of lists?"""
    return any(holds_arrays(v) if isinstance(v, (list, tuple)) else isinstance(v, sp.Basic) for v in value)


def one_axis(axis, rank, where):
    """An axis, counted from the front; `where` is called only for an error: to print a formula takes time."""
    try:
        k = operator.index(axis)
    except TypeError:
        raise ArgumentError(f"{axis!r} is no axis.", where=where(),
                            do=f"give an int from {-rank} to {rank - 1}.") from None
    if not -rank <= k < rank or isinstance(axis, bool):
        raise SizeLost(f"there is no axis {axis} in an expression of {rank} axes.", where=where(),
                       do=f"give an axis from {-rank} to {rank - 1}." if rank else "give it axes, as in x[None].")
    return k % rank


def some_axes(x, axis, name):
    """The axes of a reduction, sorted, counted from the front; all of them when None."""
    rank = len(sizes_of(x))
    if not rank:
        raise SizeLost(f"{name} of an expression that has no axes.", where=f"{name}({x})        {x} is a scalar",
                       do="leave the word out, or give the expression the axes it is to be taken over: "
                          "broadcast_to(x, (n,)).")
    if axis is None:
        return tuple(range(rank))
    typed = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    axes = tuple(sorted(one_axis(a, rank, lambda: f"{name}({x}, axis={axis})") for a in typed))
    if len(set(axes)) < len(axes):
        raise ArgumentError("one axis is named twice.", where=f"{name}({x}, axis={axis})", do="name each axis once.")
    return axes


def shown(op, args, attributes=()):
    """The lines `in:` of a size error: the formula, and the sizes of its operands."""
    args = [lift(a) for a in args]
    parts = [f"{a} is {lengths.text(sizes_of(a))}" for a in dict.fromkeys(args)]
    return f"{draft(op, args, attributes)}        " + ";  ".join(parts)


def require_rank(op, x, rank, exact=False):
    """Refuse an operand with fewer axes than a word needs (or with another number)."""
    have = len(sizes_of(x))
    if have < rank or exact and have != rank:
        raise SizeMismatch(f"{op} needs {'' if exact else 'at least '}{rank} {'axis' if rank == 1 else 'axes'}, "
                           f"and got {have}.",
                           where=shown(op, [x]), do="reshape it, or add axes by x[None] and x[:, None].")


def no_primitive(name, remedy, where=None):
    """The error for a function that no primitive reads."""
    return UnknownForm(f"no primitive reads {name}.", where=where, do=remedy)


def by_numpy(function, *given, **options):
    """What NumPy makes of plain numbers, positions and lengths; what it refuses is refused."""
    try:
        return function(*given, **options)
    except (ValueError, IndexError, TypeError) as error:
        raise ArgumentError(f"{function.__name__} takes no such numbers: {error}.",
                            do=f"give what numpy.{function.__name__} takes.") from None


def one_of(word, words, what):
    """The word, if it is one of these."""
    if word not in words:
        raise ArgumentError(f"{word!r} is no {what}.", known=", ".join(words), do="write one of them.")
    return word


def plain_int(value, what):
    """An int that is no bool."""
    if isinstance(value, bool) or isinstance(value, ArrayExpr):
        raise ArgumentError(f"{what} must be an integer, and is {value!r}.", do="give an int.")
    try:
        return operator.index(value)
    except TypeError:
        raise ArgumentError(f"{what} must be an integer, and is {value!r}.", do="give an int.") from None
