"""The attributes of a word as they may be typed: keywords, keys of x[...], entries of constants."""
import re

import sympy as sp

from ... import lengths
from ..core import sizes_of
from ..loop import part_sizes

REDUCTIONS = ("sum", "mean", "prod", "max", "min", "logsumexp", "norm")


def entries(constant):
    """The numbers of a constant array; of a long one its shape."""
    array = constant.value.array
    if array.size <= 6:
        return re.sub(r"(?<!-0)\.0(?=[,\]])", "", str(array.tolist()))
    return f"constant{array.shape}".replace(",)", ")")


def settings(expr):
    """The attributes of a word as keywords; those at their defaults are left out."""
    op, attributes = expr.op, expr.attributes
    if not attributes:                          # a draft, in an error
        return []
    if op in REDUCTIONS:
        axes, keep = attributes
        out = [] if len(axes) == len(sizes_of(expr.args[0])) else [f"axis={axes[0] if len(axes) == 1 else axes}"]
        return out + (["keepdims=True"] if keep else [])
    if op in ("softmax", "log_softmax"):
        return [] if attributes[0] == len(sizes_of(expr.args[0])) - 1 else [f"axis={attributes[0]}"]
    if op in ("cumsum", "cumprod"):
        return [] if len(sizes_of(expr.args[0])) == 1 else [f"axis={attributes[0]}"]
    if op in ("concatenate", "stack"):
        return [f"axis={attributes[0]}"] if attributes[0] else []
    if op == "take":
        return [f"axis={attributes[0]}"]
    if op in ("tril", "triu"):
        return [str(attributes[0])] if attributes[0] else []
    if op == "triangular_solve":
        return ([] if attributes[0] else ["lower=False"]) + (["transposed=True"] if attributes[1] else [])
    if op == "einsum":
        return []
    if op == "scan":
        body, length, reverse = attributes
        return ([] if body.xs else [f"length={length}"]) + (["reverse=True"] if reverse else [])
    return [f"({', '.join(map(str, a))}{',' if len(a) == 1 else ''})" if isinstance(a, tuple) else str(a)
            for a in attributes]


def loop_part(expr):
    """The number of the state or result that a piece of a loop's value is, a vector or in its own sizes; else None."""
    if getattr(expr, "op", None) == "reshape":
        expr = expr.args[0]
    if getattr(expr, "op", None) != "slice" or getattr(expr.args[0], "op", None) != "scan":
        return None
    place, (wanted,) = 0, expr.attributes
    for k, sizes in enumerate(part_sizes(*expr.args[0].attributes[:2])):
        count = lengths.product(sizes)
        if (place, 1, count) == wanted:
            return k
        place = lengths.canonical(place + count)
    return None


def key(expr):
    """The items of the key of x[...] as typed: None, (position,), or (low, high, step); ends left out are None."""
    axes, out = iter(sizes_of(expr.args[0])), []
    for item in expr.attributes[0]:
        if item[0] == "n":
            out.append(None)
        elif item[0] == "i":
            next(axes, None)
            out.append((item[1],))
        else:
            n, (_, start, stop, step) = next(axes, None), item
            backward = step < 0
            low = None if start == (n - 1 if backward and n is not None else 0) else _cut(start, n)
            high = None if stop is None or stop == n and not backward else _cut(stop, n)
            out.append((low, high, None if step == 1 else step))
    while len(out) > 1 and out[-1] == (None, None, None):
        out.pop()
    return out


def key_text(expr, show=str, new="None", comma=", ", colon=":"):
    """The key as one line; `show` prints a position."""
    return comma.join([new if item is None else show(item[0]) if len(item) == 1 else
                       colon.join(["" if b is None else show(b) for b in (item if item[2] is not None else item[:2])])
                       for item in key(expr)])


def _cut(bound, n):
    """The bound of a slice as typed, from the one cut at the ends of an axis of length n."""
    if isinstance(bound, sp.Min) and n in bound.args:
        return sp.Min(*[a for a in bound.args if a != n])
    if isinstance(bound, sp.Max) and 0 in bound.args:
        return sp.Max(*[a for a in bound.args if a != 0]) - n
    return bound
