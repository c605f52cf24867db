"""A product of matrices and vectors as it is set: factors in order, and which of them are transposed.

a @ b of two vectors is aᵀb, and a @ M of a vector and a matrix is Mᵀa, since a vector is a column.
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
            out.append(_single(x, form))                          # (A b)ᵀ and (A B)ᵀ keep their brackets
        elif ranks == [1, 2] and form == "column":
            stack += [(x.args[0], "column"), (x.args[1], "flipped")]
        else:
            stack += [(x.args[1], "column"), (x.args[0], "row" if ranks[0] == 1 else "column")]
    return out


def _single(x, form):
    """A factor that is not opened: a transpose that is to be transposed is turned back."""
    if form == "flipped" and isinstance(x, Node) and x.op == "transpose" and len(x.sizes) == 2:
        return x.args[0], False
    return x, form != "column"
