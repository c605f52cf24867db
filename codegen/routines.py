"""Routines on whole buffers, by the name of their block: plain Python loops that Numba compiles into the kernel.

Each takes its flags as ints, then its inputs, its output and its scratch, as arrays with one batch axis in front.
Nothing is allocated and nothing raised: what has no value is nan.
"""
from dataclasses import dataclass
from typing import Callable

import numpy as np


def cumsum(reverse, x, out):
    """Sums of the entries up to each; from the end if reverse."""
    count, n = x.shape
    for i in range(count):
        total = 0.0
        for step in range(n):
            k = n - 1 - step if reverse else step
            total += x[i, k]
            out[i, k] = total


def recurrence(reverse, a, b, out):
    """s_k = b_k + a_k·s_{k-1}; with s_{k+1} if reverse.  The first s is b alone."""
    count, n = b.shape
    for i in range(count):
        s = 0.0
        for step in range(n):
            k = n - 1 - step if reverse else step
            s = b[i, k] + (a[i, k]*s if step else 0.0)
            out[i, k] = s


def _eliminate(u, x):
    """Row operations with partial pivoting that make u upper triangular, done to x as well; the sign of the permutation."""
    n, width, sign = u.shape[0], x.shape[1], 1.0
    for k in range(n):
        best = k
        for i in range(k + 1, n):
            if abs(u[i, k]) > abs(u[best, k]) or u[i, k] != u[i, k]:
                best = i
        if best != k:
            sign = -sign
            for j in range(n):
                u[k, j], u[best, j] = u[best, j], u[k, j]
            for j in range(width):
                x[k, j], x[best, j] = x[best, j], x[k, j]
        if u[k, k] != 0.0:
            for i in range(k + 1, n):
                factor = u[i, k]/u[k, k]
                if factor != 0.0:
                    for j in range(k, n):
                        u[i, j] -= factor*u[k, j]
                    for j in range(width):
                        x[i, j] -= factor*x[k, j]
    return sign


def _substitute(u, x):
    """x becomes u⁻¹ x of an upper triangular u; nan where u is singular."""
    n, width = x.shape
    for k in range(n - 1, -1, -1):
        for i in range(k + 1, n):
            for j in range(width):
                x[k, j] -= u[k, i]*x[i, j]
        for j in range(width):
            x[k, j] = x[k, j]/u[k, k] if u[k, k] != 0.0 else float("nan")


def _copy(a, out, transposed):
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[i, j] = a[j, i] if transposed else a[i, j]


def solve(transposed, a, b, out, u):
    """A⁻¹ b, or A⁻ᵀ b."""
    for m in range(a.shape[0]):
        _copy(a[m], u[m], transposed)
        _copy(b[m], out[m], 0)
        _eliminate(u[m], out[m])
        _substitute(u[m], out[m])
        if _singular(u[m]):
            _spoil(out[m])


def _spoil(x):
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            x[i, j] = float("nan")


def _singular(u):
    for k in range(u.shape[0]):
        if u[k, k] == 0.0:
            return True
    return False


def triangular_solve(lower, transposed, a, b, out):
    """A⁻¹ b, or A⁻ᵀ b, of which only one triangle of A is read."""
    count, n, width = b.shape
    for m in range(count):
        for step in range(n):
            k = step if lower != transposed else n - 1 - step
            for j in range(width):
                out[m, k, j] = b[m, k, j]
            for i in range(k) if lower != transposed else range(k + 1, n):
                factor = a[m, i, k] if transposed else a[m, k, i]
                for j in range(width):
                    out[m, k, j] -= factor*out[m, i, j]
            for j in range(width):
                out[m, k, j] = out[m, k, j]/a[m, k, k]


def inv(a, out, u):
    """A⁻¹."""
    for m in range(a.shape[0]):
        _copy(a[m], u[m], 0)
        _identity(out[m])
        _eliminate(u[m], out[m])
        _substitute(u[m], out[m])
        if _singular(u[m]):
            _spoil(out[m])


def _identity(x):
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            x[i, j] = 1.0 if i == j else 0.0


def _determinant(u):
    """The determinant of u, which is eliminated on the way."""
    total = _eliminate(u, u[:, :0])
    for k in range(u.shape[0]):
        total *= u[k, k]
    return total


def det(a, out, u):
    """The determinant."""
    for m in range(a.shape[0]):
        _copy(a[m], u[m], 0)
        out[m, 0] = _determinant(u[m])


def sign_det(a, out, u):
    """The sign of the determinant."""
    for m in range(a.shape[0]):
        _copy(a[m], u[m], 0)
        total = _eliminate(u[m], u[m, :, :0])
        for k in range(u.shape[1]):
            total *= 1.0 if u[m, k, k] > 0.0 else -1.0 if u[m, k, k] < 0.0 else u[m, k, k]
        out[m, 0] = total


def log_abs_det(a, out, u):
    """log |det A|"""
    for m in range(a.shape[0]):
        _copy(a[m], u[m], 0)
        _eliminate(u[m], u[m, :, :0])
        total = 0.0
        for k in range(u.shape[1]):
            total += np.log(abs(u[m, k, k]))
        out[m, 0] = total


def cofactor(a, out, u):
    """det(A)·A⁻ᵀ; by the determinants of the minors where A is nearly singular."""
    n = a.shape[1]
    for m in range(a.shape[0]):
        _copy(a[m], u[m], 0)
        _identity(out[m])
        total = _eliminate(u[m], out[m])
        small = large = abs(u[m, 0, 0]) if n else 1.0
        for k in range(n):
            total *= u[m, k, k]
            small, large = min(small, abs(u[m, k, k])), max(large, abs(u[m, k, k]))
        if small > 1e-8*large:
            _substitute(u[m], out[m])
            for i in range(n):
                for j in range(i + 1):
                    out[m, i, j], out[m, j, i] = total*out[m, j, i], total*out[m, i, j]
        else:
            _minors(a[m], out[m], u[m])


def _minors(a, out, u):
    n = a.shape[0]
    for i in range(n):
        for j in range(n):
            for k in range(n - 1):
                for q in range(n - 1):
                    u[k, q] = a[k + (k >= i), q + (q >= j)]
            value = _determinant(u[:n - 1, :n - 1])
            out[i, j] = -value if (i + j) % 2 else value


def cholesky(a, out):
    """L with L Lᵀ = (A + Aᵀ)/2, zeros above; nan throughout where that is not positive definite."""
    n = a.shape[1]
    for m in range(a.shape[0]):
        fine = True
        for i in range(n):
            for j in range(n):
                out[m, i, j] = 0.0
        for j in range(n):
            for i in range(j, n):
                s = (a[m, i, j] + a[m, j, i])/2
                for k in range(j):
                    s -= out[m, i, k]*out[m, j, k]
                if i == j:
                    fine = fine and s > 0.0
                    out[m, j, j] = np.sqrt(s) if s > 0.0 else float("nan")
                else:
                    out[m, i, j] = s/out[m, j, j]
        if not fine:
            _spoil(out[m])


def logdet(a, out, u):
    """log det A of a symmetric positive definite A, by Cholesky; nan of others."""
    cholesky(a, u)
    for m in range(a.shape[0]):
        total = 0.0
        for k in range(a.shape[1]):
            total += np.log(u[m, k, k])
        out[m, 0] = 2.0*total


@dataclass(frozen=True)
class Routine:
    """function  as above;  axes  how many trailing axes its arrays have after the batch (scalars have one of length 1)
    scratch   how many buffers of the first input's sizes it needs beside"""
    function: Callable
    axes: int
    scratch: int = 0


ROUTINES = {
    "cumsum": Routine(cumsum, 1), "recurrence": Routine(recurrence, 1),
    "solve": Routine(solve, 2, 1), "triangular_solve": Routine(triangular_solve, 2), "inv": Routine(inv, 2, 1),
    "det": Routine(det, 2, 1), "sign_det": Routine(sign_det, 2, 1), "log_abs_det": Routine(log_abs_det, 2, 1),
    "cofactor": Routine(cofactor, 2, 1), "cholesky": Routine(cholesky, 2), "logdet": Routine(logdet, 2, 1),
}
