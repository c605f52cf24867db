"""Rows, labels and weights in; the logistic loss and its gradient, by the kernel that one writes by hand, out.

One pass over the rows in tiles of 256, so that margins and residuals stay in the cache; exp and log1p branch-free, so
that LLVM uses its vectors; from 200 000 entries on, the rows are shared by all threads.
"""
from math import factorial

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from ..threads import count, share

TILE, ALONE = 256, 200_000
PIECES = 4                      # of the rows, for each thread
EXACT, FAST = {"contract", "nsz"}, {"contract", "nsz", "reassoc"}
LOG2E, LN2_HIGH, LN2_LOW, ROUND = 1.4426950408889634, 6.93145751953125e-1, 1.42860682030941723212e-6, 6755399441055744.0
EXP = tuple([1/factorial(k) for k in range(13, -1, -1)])
LOG1P = tuple([1/k for k in range(27, 0, -2)])


@intrinsic
def _bits(typing, x):
    def generate(context, builder, signature, args):
        return builder.bitcast(args[0], ir.IntType(64))
    return types.int64(types.float64), generate


@intrinsic
def _from_bits(typing, x):
    def generate(context, builder, signature, args):
        return builder.bitcast(args[0], ir.DoubleType())
    return types.float64(types.int64), generate


@njit(fastmath=EXACT, error_model="numpy")
def _exp(x):
    """e**x for -708 ≤ x ≤ 0."""
    x = max(x, -708.0)
    shifted = x*LOG2E + ROUND
    n = shifted - ROUND
    r = x - n*LN2_HIGH - n*LN2_LOW
    p = EXP[0]
    for k in range(1, 14):
        p = p*r + EXP[k]
    return p*_from_bits((_bits(shifted) + 1023) << 52)


@njit(fastmath=EXACT, error_model="numpy")
def _log1p(e):
    """log(1 + e) for 0 ≤ e ≤ 1."""
    s = e/(2.0 + e)
    square, p = s*s, LOG1P[0]
    for k in range(1, 14):
        p = p*square + LOG1P[k]
    return 2.0*s*p


@njit(nogil=True, fastmath=FAST, error_model="numpy")
def _rows(X, y, w, b, low, high, z, g):
    """Σ loss over rows low to high; g += its gradient, that in b last."""
    d, total = X.shape[1], 0.0
    for start in range(low, high, TILE):
        m = min(TILE, high - start)
        for i in range(m):
            margin = b
            for j in range(d):
                margin += X[start + i, j]*w[j]
            z[i] = margin
        for i in range(m):
            e = _exp(-abs(z[i]))
            q = 1.0/(1.0 + e)
            label = y[start + i]
            total += max(z[i], 0.0) + _log1p(e) - label*z[i]
            z[i] = (q if z[i] >= 0.0 else e*q) - label
        for i in range(m):
            for j in range(d):
                g[j] += X[start + i, j]*z[i]
            g[d] += z[i]
    return total


class Handwritten:
    """fun_and_jac(x) for x = (w, b)."""

    def __init__(self, X, y):
        self.X, self.y, (self.n, self.d) = X, y, X.shape
        self.workers = min(count(), max(1, X.size//ALONE))
        self.z = np.empty((self.workers, TILE))

    def fun_and_jac(self, x):
        """(loss, gradient)."""
        if self.workers == 1:
            g = np.zeros(self.d + 1)
            total = _rows(self.X, self.y, x[:-1], x[-1], 0, self.n, self.z[0], g)
            g /= self.n
            return total/self.n, g
        pieces = PIECES*self.workers
        totals, parts = np.zeros(pieces), np.zeros((pieces, self.d + 1))

        def run(low, high, worker):
            for k in range(low, high):
                first, last = self.n*k//pieces, self.n*(k + 1)//pieces
                totals[k] = _rows(self.X, self.y, x[:-1], x[-1], first, last, self.z[worker], parts[k])

        share(run, pieces, self.workers)
        return totals.sum()/self.n, parts.sum(axis=0)/self.n
