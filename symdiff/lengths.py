"""Lengths of axes: ints, or SymPy integer expressions in size symbols; here they are made, compared, counted and bound."""
import sympy as sp

from .errors import ArgumentError, SizeMismatch


def sizes(names):
    """Symbols for lengths of axes, bound when a compiled function is called.

    A symbolic size never broadcasts, not even when it is bound to 1.

    >>> n, d = sizes("n d")
    >>> canonical(n + 2*n)
    3*n
    """
    made = [sp.Symbol(name, integer=True, nonnegative=True) for name in names.replace(",", " ").split()]
    if not made:
        raise ArgumentError("sizes were asked for, but no name was given.", do='write sizes("n d").')
    return made[0] if len(made) == 1 else tuple(made)


def is_size(value):
    """Is this something an axis may be long: a non-negative int, or an integer expression in size symbols?"""
    if type(value) is int:
        return value >= 0
    return isinstance(value, sp.Expr) and bool(value.is_integer) and value.is_nonnegative is not False


def canonical(value):
    """The one form of a length: an int where it is a number, else an expanded SymPy expression.

    Raises ArgumentError when it is no length.
    """
    if type(value) is int and value >= 0:
        return value
    if isinstance(value, sp.Expr) and value.is_integer:
        value = value.expand() if value.args else value
        if value.is_Integer:
            value = int(value)
            if value >= 0:
                return value
        elif value.is_negative is not True:
            return value
    elif hasattr(value, "__index__") and not isinstance(value, (int, bool)):
        return canonical(value.__index__())
    raise ArgumentError(f"{value!r} is no length of an axis.",
                        do="use a non-negative integer, or a symbol made by sizes(...).")


def product(lengths):
    """How many entries: the product of the lengths, in canonical form."""
    total = 1
    for length in lengths:
        total = total*length
    return canonical(total)


def broadcast(all_sizes, describe=lambda: ""):
    """NumPy's broadcasting of several sizes; only a literal 1 stretches.  Raises SizeMismatch with `describe()`."""
    out = ()
    for one in all_sizes:
        if one == out:
            continue
        if len(one) > len(out):
            out, one = one, out
        lead = len(out) - len(one)
        tail = []
        for a, b in zip(out[lead:], one):
            if a != b and a != 1 and b != 1:
                raise SizeMismatch("these sizes do not fit together: "
                                   + " and ".join(text(s) for s in dict.fromkeys(all_sizes)) + ".",
                                   where=describe(), do="give them equal sizes, or a literal 1 where one is to stretch.")
            tail.append(b if a == 1 else a)
        out = out[:lead] + tuple(tail)
    return out


def text(lengths):
    """Sizes as a person writes them.

    >>> text((3, sizes("n")))
    '(3, n)'
    """
    return "(" + ", ".join(map(str, lengths)) + ("," if len(lengths) == 1 else "") + ")"


def symbols(lengths):
    """The size symbols that lengths are made of, by name."""
    found = {s for length in lengths if isinstance(length, sp.Expr) for s in length.free_symbols}
    return sorted(found, key=lambda s: s.name)


def bind(length, values):
    """The length as an int, with size symbols bound by `values` ({symbol: int})."""
    if type(length) is int:
        return length
    if length in values:
        return values[length]
    return int(length.xreplace({s: sp.Integer(v) for s, v in values.items()}).doit())
