"""Rewrites of determinants, inverses and systems of diagonal, triangular, transposed and inverted matrices."""
from ...graph import make
from ...primitives import build
from ...primitives.contraction import CONTRACT, contract
from ...primitives.record import TABLE
from ...primitives.reduction import prod
from .pattern import Var, call
from .rule import Rule

a, b, A = map(Var, ("a", "b", "A"))
det, diag, inv, solve, tril, product, triangular_solve = map(
    call, ("det", "diag", "inv", "solve", "tril", "prod", "triangular_solve"))
DETERMINANTS = ("det", "log_abs_det", "sign_det")


def _diagonal_of(node):
    """The vector a when the node is diag(a), or a batch of such; else None."""
    if node.op is not CONTRACT:
        return None
    labels, out, lengths = node.attributes
    if out[-1] != out[-2]:
        return None
    return contract(node.inputs, labels, out[:-1], dict(enumerate(lengths)))


def _triangle_of(node):
    """(matrix, lower?) when the node is that matrix with 0 above or below its diagonal, or a Cholesky factor."""
    if node.op.name == "cholesky":
        return node, True
    if node.op.name == "select":
        for lower in (True, False):
            if build.triangle(node.inputs[1], 0, lower) is node:
                return node.inputs[1], lower
    return None


def _entries(node):
    """The diagonal of a matrix that is diagonal or triangular; else None."""
    vector = _diagonal_of(node)
    if vector is not None:
        return vector
    triangle = _triangle_of(node)
    if triangle is None:
        return None
    rank = len(node.sizes)
    front = tuple(range(rank - 2))
    return contract([triangle[0]], [front + ("d", "d")], front + ("d",))


def _determinant(context, node):
    """det = Π d, log|det| = Σ log|d|, sign det = Π sign d, d the diagonal; of Aᵀ as of A, of A⁻¹ from that of A."""
    (inner,), name = node.inputs, node.op.name
    entries = _entries(inner)
    if entries is not None:
        last = (len(entries.sizes) - 1,)
        if name == "log_abs_det":
            return build.total(context.build("log", context.build("abs", entries)), last)
        return prod(entries if name == "det" else context.build("sign", entries), last)
    if inner.op is CONTRACT and len(inner.inputs) == 1 and build.swap(inner.inputs[0]) is inner:
        return make(node.op, inner.inputs, ())
    if inner.op.name != "inv":
        return None
    of = make(node.op, inner.inputs, ())
    if name == "log_abs_det":
        return context.build("neg", of)
    return context.build("div", context.number(1, of), of) if name == "det" else of


Rule("det(diag(a))", det(diag(a)), product(a), "a factorisation for nothing", simpler=True, find=_determinant,
     roots=DETERMINANTS)


def _log_of_positive(context, node):
    """log det diag(a) = Σ log a, nan where an entry is negative."""
    entries = _diagonal_of(node.inputs[0])
    return None if entries is None else build.total(context.build("log", entries), (len(entries.sizes) - 1,))


Rule("logdet(diag(a))", call("logdet")(diag(a)), call("sum")(call("log")(a)), "a factorisation for nothing",
     simpler=True, find=_log_of_positive, roots=("logdet",))


def _inverse(context, node):
    """diag(a)⁻¹ = diag(1/a)."""
    entries = _diagonal_of(node.inputs[0])
    if entries is None:
        return None
    labels = tuple(range(len(entries.sizes)))
    return contract([context.build("div", context.number(1, entries), entries)], [labels], labels + labels[-1:])


Rule("inv(diag(a))", inv(diag(a)), diag(1/a), "a factorisation for nothing", simpler=True, find=_inverse,
     roots=("inv",))


def _system(context, node):
    """diag(a) x = b as b/a, row by row; a triangular system by substitution."""
    (matrix, right), (turned,) = node.inputs, node.attributes
    entries = _diagonal_of(matrix)
    if entries is not None:
        labels = tuple(range(len(entries.sizes)))
        rows = contract([entries], [labels], labels + ("column",), {"column": right.sizes[-1]})
        return context.build("div", right, rows)
    triangle = _triangle_of(matrix)
    if triangle is None:
        return None
    return make(TABLE["triangular_solve"], (triangle[0], right), (int(triangle[1]), turned))


Rule("solve(tril(A), b)", solve(tril(A), b), triangular_solve(tril(A), b), "a factorisation for nothing", simpler=True,
     find=_system, roots=("solve",))
