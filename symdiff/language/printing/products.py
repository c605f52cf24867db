"""A product of matrices and vectors as it is set: factors in order, and which of them are transposed.

a @ b of two vectors is aᵀb, and a @ M of a vector and a matrix is Mᵀa, since a vector is a column; so x[:, None] is x,
and x[None] is xᵀ.
"""
from ..core import Node, sizes_of
from .plan import TERMS


def chain(e):
    """[(factor, transposed)] of a matmul of matrices and vectors; None where more axes are a batch."""
    if max(len(sizes_of(a)) for a in e.args) > 2:
        return None
    out, stack = [], [(e, "column")]
    while stack:
        x, form = stack.pop()
        if len(out) > TERMS:
            return out[:TERMS] + [(None, False)]
        ranks = [len(sizes_of(a)) for a in x.args] if isinstance(x, Node) and x.op == "matmul" else [3]
        if max(ranks) > 2 or form == "flipped" or form == "row" and ranks[0] == 2:
            out.append(factor(x, form != "column"))               # (A b)ᵀ and (A B)ᵀ keep their brackets
        elif ranks == [1, 2] and form == "column":
            stack += [(x.args[0], "column"), (x.args[1], "flipped")]
        else:
            stack += [(x.args[1], "column"), (x.args[0], "row" if ranks[0] == 1 else "column")]
    return out


def factor(x, flipped=False):
    """(expression, transposed) of one factor, or its transpose: transposes and axes of length 1 that were put in go."""
    while isinstance(x, Node):
        if x.op == "transpose" and len(x.sizes) == 2:
            x, flipped = x.args[0], not flipped
        elif as_column(x) is not None:
            x, row = as_column(x)
            flipped = flipped != row
        else:
            break
    return x, flipped


def as_column(e):
    """(x, is it a row?) of x[:, None] and x[None] of a vector x; None of others."""
    if e.op != "index" or len(sizes_of(e.args[0])) != 1 or len(e.sizes) != 2:
        return None
    kinds = [item[0] for item in e.attributes[0]]
    whole = any(item == ("s", 0, e.args[0].sizes[0], 1) for item in e.attributes[0])
    return (e.args[0], kinds[0] == "n") if whole and sorted(kinds) == ["n", "s"] else None


def of_einsum(e):
    """("product" or "traced", [(factor, transposed)]) of an einsum that is a product of two, or a transpose; or None."""
    left, out = e.attributes[0].split("->")
    labels = left.split(",")
    if len(labels) == 1:
        return ("product", [factor(e.args[0], True)]) if len(out) == 2 and labels[0] == out[::-1] != out else None
    if len(labels) != 2 or any(len(one) > 2 or len(set(one)) < len(one) or not one for one in labels):
        return None
    (a, b), (x, y) = labels, e.args
    shared = set(a) & set(b)
    if len(a) == len(b) == 2 and shared == set(a) and not out:
        return "traced", [factor(x, a == b), factor(y)]
    if len(shared) > 1 or shared & set(out) or len(out) != len(set(a) ^ set(b)) or not shared and len(a + b) > 2:
        return None
    if out and out[0] in b:
        (a, b), (x, y) = (b, a), (y, x)
    inner = shared.pop() if shared else ""
    if len(a) == 1 and len(b) == 2:                               # xᵀM as a column is Mᵀx
        (a, b), (x, y) = (b, a), (y, x)
    if len(a) == 2:
        flips = a[0] == inner, len(b) == 2 and b[1] == inner
    else:
        flips = bool(inner), not inner
    return "product", [factor(x, flips[0]), factor(y, flips[1])]
