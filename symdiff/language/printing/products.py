"""A product of matrices and vectors as it is set: factors in order, and which of them are transposed.

a @ b of two vectors is aᵀb, and a @ M of a vector and a matrix is Mᵀa, since a vector is a column.
"""
from ..core import Node, sizes_of
from .plan import TERMS


def chain(e):
    """[(factor, transposed)] of a matmul of matrices and vectors; None where more axes are a batch."""
    out, stack = [], [(e, "column")]
    while stack:
        x, form = stack.pop()
        if len(out) > TERMS:
            return out[:TERMS] + [(None, False)]
        rank = len(sizes_of(x))
        if not isinstance(x, Node) or x.op != "matmul" or x.sizes is None:
            out.append(_single(x, form))
            continue
        a, b = x.args
        ranks = len(sizes_of(a)), len(sizes_of(b))
        if max(ranks) > 2:
            if x is e:
                return None
            out.append(_single(x, form))
        elif form == "flipped" or form == "row" and ranks[0] == 2:
            # (A b)ᵀ and (A B)ᵀ keep their brackets, but for the ᵀ of a vector that starts a product
            out.append((x, True))
        elif ranks == (1, 2) and form == "column":
            stack += [(a, "column"), (b, "flipped")]
        elif ranks[0] == 1:
            stack += [(b, "column"), (a, "row")]
        else:
            stack += [(b, "column"), (a, "column")]
        del rank
    return out


def _single(x, form):
    """A factor that is no product: its own transpose turned back where it is to be flipped."""
    if form == "flipped" and isinstance(x, Node) and x.op == "transpose" and len(x.sizes) == 2:
        return x.args[0], False
    return x, form != "column"
