"""Routines on whole buffers, by the name of their block: plain Python loops that are translated into the kernel.

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
    """Row operations with partial pivoting make u upper triangular, and are done to x as well; the permutation's sign.

    Four columns at a time: their factors stay below the diagonal, and each row further down is read once for all four.
    """
    n, sign = u.shape[0], 1.0
    for first in range(0, n, 4):
        last = first + 4 if first + 4 < n else n
        sign *= _pivot(u, x, first, last)
        for k in range(first, last):
            for i in range(k + 1, last):
                _take(u, i, k, u[i, k], last)
                _take(x, i, k, u[i, k], 0)
        if last == first + 4:
            for i in range(last, n):
                _take_four(u, i, first, u[i, first], u[i, first + 1], u[i, first + 2], u[i, first + 3], last)
                _take_four(x, i, first, u[i, first], u[i, first + 1], u[i, first + 2], u[i, first + 3], 0)
    return sign


def _pivot(u, x, first, last):
    """The factors of the columns first … last-1, rows exchanged for the largest pivots; the sign of the exchanges."""
    n, sign = u.shape[0], 1.0
    for k in range(first, last):
        best = k
        for i in range(k + 1, n):
            if abs(u[i, k]) > abs(u[best, k]) or u[i, k] != u[i, k]:
                best = i
        if best != k:
            sign = -sign
            _exchange(u, k, best)
            _exchange(x, k, best)
        if u[k, k] != 0.0:
            for i in range(k + 1, n):
                u[i, k] = u[i, k]/u[k, k]
                for j in range(k + 1, last):
                    u[i, j] -= u[i, k]*u[k, j]
    return sign


def _exchange(x, k, i):
    for j in range(x.shape[1]):
        x[k, j], x[i, j] = x[i, j], x[k, j]


def _take(x, i, k, factor, start):
    """Row i less factor times row k, from column `start` on."""
    for j in range(start, x.shape[1]):
        x[i, j] -= factor*x[k, j]


def _take_four(x, i, k, a, b, c, d, start):
    """Row i less a, b, c, d times the rows k … k+3, one after the other, from column `start` on."""
    for j in range(start, x.shape[1]):
        x[i, j] = x[i, j] - a*x[k, j] - b*x[k + 1, j] - c*x[k + 2, j] - d*x[k + 3, j]


def _substitute(u, x):
    """x becomes u⁻¹ x of an upper triangular u; nan where u is singular."""
    n, width = x.shape
    for k in range(n - 1, -1, -1):
        i = k + 1
        while i + 4 <= n:
            _take_four(x, k, i, u[k, i], u[k, i + 1], u[k, i + 2], u[k, i + 3], 0)
            i += 4
        while i < n:
            _take(x, k, i, u[k, i], 0)
            i += 1
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
        for i in range(n):
            for j in range(i, n):
                out[m, i, j] = (a[m, i, j] + a[m, j, i])/2
        if _root(out[m]):
            for i in range(n):
                for j in range(i):
                    out[m, i, j], out[m, j, i] = out[m, j, i], 0.0
        else:
            _spoil(out[m])


def _root(u):
    """The upper triangle of a symmetric u becomes that of Lᵀ, four rows at a time; false when u is not positive definite."""
    n, fine = u.shape[0], True
    for first in range(0, n, 4):
        last = first + 4 if first + 4 < n else n
        for k in range(first, last):
            fine = fine and u[k, k] > 0.0
            pivot = np.sqrt(u[k, k]) if u[k, k] > 0.0 else float("nan")
            for j in range(k, n):
                u[k, j] = u[k, j]/pivot if j > k else pivot
            for i in range(k + 1, last):
                _take(u, i, k, u[k, i], i)
        if last == first + 4:
            for i in range(last, n):
                _take_four(u, i, first, u[first, i], u[first + 1, i], u[first + 2, i], u[first + 3, i], i)
    if fine:
        return True
    return False


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
