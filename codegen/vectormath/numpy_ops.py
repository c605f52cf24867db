"""The arithmetic on NumPy arrays of float64: what the loop interpreter and the tests run the formulas on."""
import numpy as np

from codegen.vectormath import libm
from codegen.vectormath.arithmetic import Arithmetic

_LEAST, _MOST = 2.0**-900, 2.0**990


class NumPyOps(Arithmetic):
    """Doubles are float64 arrays, masks bool arrays, integers uint64 arrays.

    `fma` is emulated: exact products and sums (Dekker, Knuth) and one rounding to odd (Boldo and Melquiond).  It
    rounds once where |a·b| lies in [2⁻⁹⁰⁰, 2⁹⁹⁰], and twice, as a·b + c, outside.
    """

    def __init__(self, has_fma=True):
        self.has_fma = has_fma

    def constant(self, value):
        return np.float64(value)

    def add(self, a, b):
        return np.add(a, b)

    def sub(self, a, b):
        return np.subtract(a, b)

    def mul(self, a, b):
        return np.multiply(a, b)

    def div(self, a, b):
        return np.divide(a, b)

    def neg(self, a):
        return np.negative(a)

    def abs(self, a):
        return np.fabs(a)

    def sqrt(self, a):
        return np.sqrt(a)

    def fma(self, a, b, c):
        p = a * b
        plain = p + c
        high, low = _two_sum(c, _product_error(a, b, p))
        top, rest = _two_sum(p, high)
        exact = top + _sum_to_odd(low, rest)
        size = np.fabs(p)
        return np.where((size >= _LEAST) & (size <= _MOST) & (np.fabs(c) <= _MOST), exact, plain)

    def less(self, a, b):
        return np.less(a, b)

    def less_equal(self, a, b):
        return np.less_equal(a, b)

    def equal(self, a, b):
        return np.equal(a, b)

    def nonzero(self, i):
        return np.not_equal(i, np.uint64(0))

    def both(self, p, q):
        return np.logical_and(p, q)

    def either(self, p, q):
        return np.logical_or(p, q)

    def opposite(self, p):
        return np.logical_not(p)

    def select(self, mask, a, b):
        return np.where(mask, a, b)

    def integer(self, value):
        return np.uint64(value % 2**64)

    def bits(self, a):
        return np.asarray(a, np.float64).view(np.uint64)

    def from_bits(self, i):
        return np.asarray(i, np.uint64).view(np.float64)

    def iadd(self, i, j):
        return np.add(i, j)

    def isub(self, i, j):
        return np.subtract(i, j)

    def iand(self, i, j):
        return np.bitwise_and(i, j)

    def ior(self, i, j):
        return np.bitwise_or(i, j)

    def ixor(self, i, j):
        return np.bitwise_xor(i, j)

    def shift_left(self, i, count):
        return np.left_shift(i, np.uint64(count))

    def shift_right(self, i, count):
        return np.right_shift(i, np.uint64(count))

    def otherwise(self, mask, value, function, *values):
        mask, value, *values = np.broadcast_arrays(mask, value, *values)
        value = value.copy()
        value[mask] = self.call(function, *(v[mask] for v in values))
        return value[()]

    def call(self, function, *values):
        one = function if callable(function) else libm.function(function)
        values = np.broadcast_arrays(*values)
        lanes = [one(*map(float, lane)) for lane in zip(*(v.flat for v in values))]
        return np.array(lanes, np.float64).reshape(values[0].shape)


def _two_sum(a, b):
    s = a + b
    moved = s - a
    return s, (a - (s - moved)) + (b - moved)


def _product_error(a, b, p):
    a_high, b_high = _high(a), _high(b)
    a_low, b_low = a - a_high, b - b_high
    return ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low


def _high(a):
    """a rounded to 26 bits, through its bits, so that nothing but the largest overflows."""
    bits = np.asarray(a, np.float64).view(np.uint64)
    return ((bits + np.uint64(2**26)) & np.uint64(2**64 - 2**27)).view(np.float64)


def _sum_to_odd(a, b):
    """a + b; where it is not a double, the neighbour with an odd last bit."""
    s, e = _two_sum(a, b)
    s = np.asarray(s, np.float64)
    even = (s.view(np.uint64) & np.uint64(1)) == 0
    return np.where((e != 0) & even, np.nextafter(s, np.where(e > 0, np.inf, -np.inf)), s)
