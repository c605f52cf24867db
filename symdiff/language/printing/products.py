"""A product of matrices and vectors as it is set: factors in order, each with a mark: "", "T", "-1" or "-T".

a @ b of two vectors is aᵀb, and a @ M of a vector and a matrix is Mᵀa, since a vector is a column; so x[:, None] is x,
and x[None] is xᵀ.  solve(A, b) is A⁻¹b.
"""
from ..core import Node, sizes_of
from .plan import TERMS

TRANSPOSED = {"": "T", "T": "", "-1": "-T", "-T": "-1"}
SOLVES = ("solve", "triangular_solve")


def chain(e):
    """[(factor, mark)] of a matmul, or of a solution, of matrices and vectors; None where more axes are a batch."""
    out, stack = [], [(e, "column")]
    while stack:
        x, form = stack.pop()
        if len(out) > TERMS:
            return out[:TERMS] + [(None, "")]
        op = x.op if isinstance(x, Node) else None
        ranks = [len(sizes_of(a)) for a in x.args] if op == "matmul" or op in SOLVES else [3]
        if max(ranks) > 2:
            if x is e:
                return None
            out.append(factor(x, form != "column"))
        elif op in SOLVES and form == "column":
            matrix, mark = factor(x.args[0], op == "triangular_solve" and x.attributes[1] == 1)
            out.append((matrix, "-T" if mark == "T" else "-1") if mark in ("", "T") else (x.args[0], "-1"))
            stack.append((x.args[1], "column"))
        elif op in SOLVES or form == "flipped" or form == "row" and ranks[0] == 2:
            out.append(factor(x, form != "column"))               # (A b)ᵀ and (A B)ᵀ keep their brackets
        elif ranks == [1, 2] and form == "column":
            stack += [(x.args[0], "column"), (x.args[1], "flipped")]
        else:
            stack += [(x.args[1], "column"), (x.args[0], "row" if ranks[0] == 1 else "column")]
    return out


def factor(x, flipped=False):
    """(expression, mark) of one factor, or of its transpose: transposes, and axes of length 1 that were put in, go."""
    mark = "T" if flipped else ""
    while isinstance(x, Node):
        if x.op == "transpose" and len(x.sizes) == 2:
            x, mark = x.args[0], TRANSPOSED[mark]
        elif x.op == "inv" and len(x.sizes) == 2 and mark in ("", "T"):
            x, mark = x.args[0], "-T" if mark else "-1"
        elif as_column(x) is not None:
            x, row = as_column(x)
            mark = TRANSPOSED[mark] if row else mark
        else:
            break
    return x, mark


def as_column(e):
    """(x, is it a row?) of x[:, None] and x[None] of a vector x; None of others."""
    if e.op != "index" or len(sizes_of(e.args[0])) != 1 or len(e.sizes) != 2:
        return None
    kinds = [item[0] for item in e.attributes[0]]
    whole = any(item == ("s", 0, e.args[0].sizes[0], 1) for item in e.attributes[0])
    return (e.args[0], kinds[0] == "n") if whole and sorted(kinds) == ["n", "s"] else None


def of_einsum(e):
    """("product" or "traced", [(factor, mark)]) of an einsum that is a product or a transpose; None of others."""
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
