"""Words of linear algebra: solve, inverse, determinants, Cholesky.  Matrices go in, a node comes out; leading axes
are a batch."""
from collections import namedtuple

from .. import lengths
from ..errors import SizeMismatch
from .axes import operand, plain_int, require_rank, shown, word
from .core import make, sizes_of
from .products import _batch

Slogdet = namedtuple("Slogdet", "sign logabsdet")


def _square(op, args):
    require_rank(op, args[0], 2)
    n, m = args[0].sizes[-2:]
    if n != m:
        raise SizeMismatch(f"{op} of a matrix that is not square: {lengths.text((n, m))}.", where=shown(op, args),
                           do="give a square matrix.")
    return args[0].sizes


for _name in ("inv", "cholesky"):
    word(_name)(lambda args, attributes, name=_name: _square(name, args))
for _name in ("det", "logdet", "sign_det", "log_abs_det"):
    word(_name)(lambda args, attributes, name=_name: _square(name, args)[:-2])


@word("solve")
def _solve(args, attributes, op="solve"):
    a, b = _square(op, args[:1]), sizes_of(args[1])
    rows = b[0] if len(b) == 1 else b[-2] if b else None
    if rows != a[-1]:
        raise SizeMismatch(f"these do not fit: {op} of {lengths.text(a)} and {lengths.text(b)}.",
                           where=shown(op, args, attributes),
                           do="the right side needs as many rows as the matrix.")
    if len(b) == 1:
        return a[:-1]
    return _batch(a[:-2], b[:-2], op, args) + b[-2:]


@word("triangular_solve")
def _triangular_solve(args, attributes):
    return _solve(args, attributes, "triangular_solve")


def solve(A, b):
    """The x of A x = b."""
    return make("solve", (operand(A), operand(b)))


def triangular_solve(L, b, lower=True, transposed=False):
    """The x of L x = b (transposed: Lᵀ x = b), L lower (or upper) triangular; its other half is not read."""
    return make("triangular_solve", (operand(L), operand(b)), (1 if lower else 0, 1 if transposed else 0))


def inv(A):
    """The inverse."""
    return make("inv", (operand(A),))


def det(A):
    """The determinant."""
    return make("det", (operand(A),))


def slogdet(A):
    """The sign of the determinant, and the logarithm of its absolute value."""
    A = operand(A)
    return Slogdet(make("sign_det", (A,)), make("log_abs_det", (A,)))


def logdet(A):
    """The logarithm of the determinant of a symmetric positive definite matrix."""
    return make("logdet", (operand(A),))


def cholesky(A):
    """The lower triangular L of A = L Lᵀ."""
    return make("cholesky", (operand(A),))


def matrix_power(A, k):
    """A @ A @ ... @ A, k times; of the inverse where k < 0."""
    A, k = operand(A), plain_int(k, "the power of a matrix")
    if k == 0:
        from .arrange import broadcast_to, eye
        return broadcast_to(eye(A.sizes[-1]), A.sizes)
    base = A if k > 0 else inv(A)
    result = None
    for digit in bin(abs(k))[2:]:
        if result is not None:
            result = result @ result
        if digit == "1":
            result = base if result is None else result @ base
    return result
