"""Blocks of linear algebra: solve, triangular_solve, inv, det, cofactor, sign_det, log_abs_det, logdet, cholesky.

Each acts on the matrices in the last two axes; whatever axes stand in front are a batch, the same for every input.

    solve             (transposed,)        inputs A (…, n, n), b (…, n, k): A⁻¹ b, or A⁻ᵀ b if transposed is 1
    triangular_solve  (lower, transposed)  the same with a triangular A; its other triangle is not read
    inv               ()                   A⁻¹
    det               ()                   the determinant, (…)
    cofactor          ()                   det(A)·A⁻ᵀ, right where A is singular too: the derivative of det
    sign_det          ()                   the sign of the determinant (0 where it is 0); derivative 0
    log_abs_det       ()                   log |det A|, −inf where A is singular
    logdet            ()                   log det A of a symmetric positive definite A, by Cholesky; nan of others
    cholesky          ()                   L, lower triangular with zeros above, L Lᵀ = (A + Aᵀ)/2; nan of what is not
                                           positive definite

What has no value for a singular matrix is nan.  Matrices are differentiated as general ones: logdet has derivative A⁻ᵀ.
`cholesky` and `logdet` read the symmetric part of A, so that the derivative of `cholesky` is symmetric (Murray 2016).
The derivative of `cofactor` needs A⁻¹: second derivatives of det are nan where A is singular.
"""
import numpy as np
import sympy as sp

from ..errors import SizeMismatch
from ..graph import make
from ..lengths import canonical, product, text
from .arrangement import reshape
from .build import expand, matmul, minus, negative, plus, squeeze, stretch, swap, times, transpose, triangle
from .contraction import contract
from .leaf import constant
from .record import Block, Kink, Limit

REGULAR = "add a small multiple of the identity, or leave out rows and columns that depend on others"
SINGULAR = (Limit("{0} is singular", "division by a matrix that is singular", "nan or inf", REGULAR),)
INDEFINITE = (Limit("{0} is not positive definite", "Cholesky factor of a matrix that is not positive definite", "nan",
                    "make it positive definite, by L @ L.T or by a small multiple of the identity"),)


def solve(a, b):
    """A⁻¹ b as np.linalg.solve has it: b is one vector (n,), or matrices (…, n, k); missing batch axes stretch."""
    return _right_sided(SOLVE, a, b, (0,))


def triangular_solve(a, b, lower=True, transposed=False):
    """A⁻¹ b, or A⁻ᵀ b, with a triangular A; b as in `solve`."""
    return _right_sided(TRIANGULAR_SOLVE, a, b, (int(lower), int(transposed)))


def _right_sided(block, a, b, attributes):
    vector = len(b.sizes) == 1
    b = expand(b, (1,)) if vector else b
    batch = max(a.sizes[:-2], b.sizes[:-2], key=len)
    x = make(block, (stretch(a, batch + a.sizes[-2:]), stretch(b, batch + b.sizes[-2:])), attributes)
    return squeeze(x, (len(x.sizes) - 1,)) if vector else x


def _square(inputs, attributes=()):
    sizes = inputs[0].sizes
    if len(sizes) < 2 or sizes[-1] != sizes[-2]:
        raise SizeMismatch(f"a square matrix is needed, but this has sizes {text(sizes)}.",
                           do="give the last two axes one length.")
    return sizes


def _to_scalar(inputs, attributes):
    return _square(inputs)[:-2]


def _solve_sizes(inputs, attributes):
    a, b = _square(inputs), inputs[1].sizes
    if len(b) < 2 or a[:-1] != b[:-1]:
        raise SizeMismatch(f"a system of sizes {text(a)} has a right-hand side of sizes {text(b)}.",
                           do="give both the same rows.")
    return b


def _each(function, shape, *arrays):
    """`function` on every matrix of a batch; nan where it has no value."""
    out = np.empty(shape)
    for k in np.ndindex(arrays[0].shape[:-2]):
        try:
            out[k] = function(*[array[k] for array in arrays])
        except np.linalg.LinAlgError:
            out[k] = np.nan
    return out


def _cube(node):
    """n³ for each matrix of the batch."""
    sizes = node.inputs[0].sizes
    return canonical(product(sizes)*sizes[-1])


# ---------------------------------------------------------------- solving

def _with_columns(block, a, b, attributes):
    """The block on b, which has leading axes that a lacks: they become columns, so that a is factored once."""
    more = len(b.sizes) - len(a.sizes)
    if not more:
        return make(block, (a, b), attributes)
    rank = len(b.sizes)
    lead, own = tuple(range(more)), tuple(range(more, rank))
    columns = transpose(b, own + lead)
    wide = reshape(columns, columns.sizes[:rank - more - 1] + (product(columns.sizes[rank - more - 1:]),))
    x = reshape(make(block, (a, wide), attributes), columns.sizes)
    return transpose(x, tuple(range(rank - more, rank)) + tuple(range(rank - more)))


def _solve_rules(flipped, masked):
    def pullback(node, bar, lead, k):
        """b̄ = A⁻ᵀ x̄;  Ā = −b̄ xᵀ, or −x b̄ᵀ of the transposed system."""
        a = node.inputs[0]
        b_bar = _with_columns(node.op, a, bar, flipped(node.attributes))
        if k == 1:
            return b_bar
        x, y = (node, b_bar) if node.attributes[-1] else (b_bar, node)
        return masked(node, negative(matmul(x, swap(y))))

    def pushforward(node, dots, lead):
        """A ẋ = ḃ − Ȧ x."""
        a_dot, b_dot = dots
        if a_dot is not None:
            a_dot = masked(node, a_dot)
            moved = matmul(swap(a_dot) if node.attributes[-1] else a_dot, node)
            b_dot = negative(moved) if b_dot is None else minus(b_dot, moved)
        return _with_columns(node.op, node.inputs[0], b_dot, node.attributes)

    return pullback, pushforward


def _solve_cost(node):
    a, b = (i.sizes for i in node.inputs)
    return canonical(product(a)*a[-1] + product(b)*a[-1])


def _triangular_numpy(attributes, sizes, a, b):
    lower, transposed = attributes
    a = np.tril(a) if lower else np.triu(a)
    forward = lower != transposed
    a = np.swapaxes(a, -1, -2) if transposed else a
    out = np.array(b)
    n = a.shape[-1]
    for k in range(n) if forward else range(n - 1, -1, -1):
        done = slice(0, k) if forward else slice(k + 1, n)
        out[..., k, :] -= np.einsum("...j,...jc->...c", a[..., k, done], out[..., done, :])
        out[..., k, :] /= a[..., k, k, None]
    return out


def _solve_numpy(attributes, sizes, a, b):
    return _each(np.linalg.solve, sizes, np.swapaxes(a, -1, -2) if attributes[0] else a, b)


_back, _on = _solve_rules(lambda attributes: (1 - attributes[0],), lambda node, matrix: matrix)
SOLVE = Block("solve", _solve_sizes, _back, _on, _solve_numpy, _solve_cost, "Giles 2008, 2.3.1", limits=SINGULAR)
_back, _on = _solve_rules(lambda attributes: (attributes[0], 1 - attributes[1]),
                          lambda node, matrix: triangle(matrix, 0, bool(node.attributes[0])))
TRIANGULAR_SOLVE = Block("triangular_solve", _solve_sizes, _back, _on, _triangular_numpy, _solve_cost, "Giles 2008",
                         limits=SINGULAR)


# ---------------------------------------------------------------- inverse and determinants

def inv(a):
    """A⁻¹."""
    return make(INV, (a,))


def _inv_back(node, bar, lead, k):
    """Ā = −Yᵀ Ȳ Yᵀ."""
    return negative(matmul(matmul(swap(node), bar), swap(node)))


def _inv_on(node, dots, lead):
    """Ẏ = −Y Ȧ Y."""
    return negative(matmul(matmul(node, dots[0]), node))


INV = Block("inv", _square, _inv_back, _inv_on, lambda attributes, sizes, a: _each(np.linalg.inv, sizes, a), _cube,
            "Giles 2008, 2.2.3", limits=SINGULAR)


def _with_gradient(name, gradient, numpy, source="", limits=()):
    """A block from matrices to scalars with derivative ⟨gradient(node), ·⟩."""
    def pullback(node, bar, lead, k):
        front, own = _labels(node, lead)
        return contract([bar, gradient(node)], [front + own[:-2], own], front + own)

    def pushforward(node, dots, lead):
        front, own = _labels(node, lead)
        return contract([dots[0], gradient(node)], [front + own, own], front + own[:-2])

    return Block(name, _to_scalar, pullback, pushforward, numpy, _cube, source, limits=limits)


def _labels(node, lead):
    return tuple([("lead", k) for k in range(len(lead))]), tuple(range(len(node.sizes) + 2))


def _inverse_transposed(node):
    return swap(inv(node.inputs[0]))


def _cofactor_of(node):
    return make(COFACTOR, node.inputs)


def _cofactor_one(a):
    """By singular values, U Σ Vᵀ: det(U)·det(V)·U·diag(products of the other singular values)·Vᵀ."""
    n = a.shape[0]
    if not np.all(np.isfinite(a)):
        return np.full((n, n), np.nan)
    u, s, v = np.linalg.svd(a)
    others = np.array([np.prod(np.delete(s, k)) for k in range(n)])
    return np.linalg.det(u)*np.linalg.det(v)*(u*others) @ v


def _cofactor_back(node, bar, lead, k):
    """With K = A⁻ᵀ:  Ā = Σ(C∘C̄)·K − K C̄ᵀ C."""
    return _cofactor_both(node, bar, lead)


def _cofactor_both(node, bar, lead):
    inverse = _inverse_transposed(node)
    front = tuple([("lead", k) for k in range(len(lead))])
    own = tuple(range(len(node.sizes)))
    inner = contract([bar, node], [front + own, own], front + own[:-2])
    first = contract([inner, inverse], [front + own[:-2], own], front + own)
    return minus(first, matmul(matmul(inverse, swap(bar)), node))


DET = _with_gradient("det", _cofactor_of, lambda attributes, sizes, a: np.reshape(np.linalg.det(a), sizes),
                     "Giles 2008, 2.2.4")
COFACTOR = Block("cofactor", _square, _cofactor_back, lambda node, dots, lead: _cofactor_both(node, dots[0], lead),
                 lambda attributes, sizes, a: _each(_cofactor_one, sizes, a), _cube)
LOG_ABS_DET = _with_gradient("log_abs_det", _inverse_transposed,
                             lambda attributes, sizes, a: np.reshape(np.linalg.slogdet(a)[1], sizes),
                             limits=(Limit("{0} is singular", "log of a determinant that is 0", "-inf", REGULAR),))
LOGDET = _with_gradient("logdet", _inverse_transposed, lambda attributes, sizes, a: 2*np.sum(
    np.log(np.diagonal(_cholesky_numpy((), a.shape, a), axis1=-2, axis2=-1)), -1), limits=INDEFINITE)
SIGN_DET = Block("sign_det", _to_scalar, lambda node, bar, lead, k: None, lambda node, dots, lead: None,
                 lambda attributes, sizes, a: np.reshape(np.linalg.slogdet(a)[0], sizes), _cube,
                 kinks=(Kink("{0} is singular", "0, as on both sides"),))


# ---------------------------------------------------------------- Cholesky

def _half(matrix):
    """Φ: the lower triangle with half the diagonal, by the mean of the triangles with it and without."""
    half = constant(sp.Rational(1, 2), matrix.sizes)
    return times(half, plus(triangle(matrix), triangle(matrix, -1)))


def _symmetric(matrix):
    return times(constant(sp.Rational(1, 2), matrix.sizes), plus(matrix, swap(matrix)))


def _cholesky_back(node, bar, lead, k):
    """S = L⁻ᵀ Φ(Lᵀ L̄) L⁻¹;  Ā = (S + Sᵀ)/2."""
    inner = _half(matmul(swap(node), triangle(bar)))
    left = _with_columns(TRIANGULAR_SOLVE, node, inner, (1, 1))
    return _symmetric(swap(_with_columns(TRIANGULAR_SOLVE, node, swap(left), (1, 1))))


def _cholesky_on(node, dots, lead):
    """L̇ = L Φ(L⁻¹ S L⁻ᵀ) with S the symmetric part of Ȧ."""
    left = _with_columns(TRIANGULAR_SOLVE, node, _symmetric(dots[0]), (1, 0))
    return matmul(node, _half(swap(_with_columns(TRIANGULAR_SOLVE, node, swap(left), (1, 0)))))


def _cholesky_numpy(attributes, sizes, a):
    return _each(np.linalg.cholesky, sizes, (a + np.swapaxes(a, -1, -2))/2)


CHOLESKY = Block("cholesky", _square, _cholesky_back, _cholesky_on, _cholesky_numpy, _cube, "Murray 2016",
                 limits=INDEFINITE)
