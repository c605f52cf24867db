"""The basic operations the formulas are written in: `Arithmetic` is the machine below, `Number` the notation above.

A formula is written once, with Python's operators on `Number`, `Bits` and `Mask`; what it does to the values
underneath (LLVM values, scalar or of several lanes; NumPy arrays) is the matter of an `Arithmetic`.
"""
from abc import ABC, abstractmethod


class Arithmetic(ABC):
    """IEEE double arithmetic on values of one shape, and the integers behind them.

    Every operation rounds once, to nearest even, keeps subnormals and the sign of zero, and is never merged with
    another.  Comparisons are false on nan.  Where `has_fma` is false, `fma` must not be called.
    """

    has_fma: bool

    # doubles
    @abstractmethod
    def constant(self, value): """The double `value` in every lane."""
    @abstractmethod
    def add(self, a, b): """a + b"""
    @abstractmethod
    def sub(self, a, b): """a − b"""
    @abstractmethod
    def mul(self, a, b): """a·b"""
    @abstractmethod
    def div(self, a, b): """a/b"""
    @abstractmethod
    def fma(self, a, b, c): """a·b + c, rounded once"""
    @abstractmethod
    def neg(self, a): """−a, also of zero"""
    @abstractmethod
    def abs(self, a): """|a|"""
    @abstractmethod
    def sqrt(self, a): """√a"""

    # masks
    @abstractmethod
    def less(self, a, b): """a < b"""
    @abstractmethod
    def less_equal(self, a, b): """a ≤ b"""
    @abstractmethod
    def equal(self, a, b): """a = b"""
    @abstractmethod
    def nonzero(self, i): """whether the integer i has a bit set"""
    @abstractmethod
    def both(self, p, q): """p and q"""
    @abstractmethod
    def either(self, p, q): """p or q"""
    @abstractmethod
    def opposite(self, p): """not p"""
    @abstractmethod
    def select(self, mask, a, b): """a where mask, b elsewhere"""

    # 64-bit integers
    @abstractmethod
    def integer(self, value): """The integer `value`, modulo 2⁶⁴, in every lane."""
    @abstractmethod
    def bits(self, a): """the bits of a double"""
    @abstractmethod
    def from_bits(self, i): """the double of these bits"""
    @abstractmethod
    def iadd(self, i, j): """i + j modulo 2⁶⁴"""
    @abstractmethod
    def isub(self, i, j): """i − j modulo 2⁶⁴"""
    @abstractmethod
    def iand(self, i, j): """bitwise and"""
    @abstractmethod
    def ior(self, i, j): """bitwise or"""
    @abstractmethod
    def ixor(self, i, j): """bitwise exclusive or"""
    @abstractmethod
    def shift_left(self, i, count): """i·2^count modulo 2⁶⁴"""
    @abstractmethod
    def shift_right(self, i, count): """⌊i/2^count⌋ of i without a sign"""

    # the C library
    @abstractmethod
    def call(self, function, *values):
        """A function lane by lane: libm's of this name, or a plain Python one of symdiff.primitives.special"""
    @abstractmethod
    def otherwise(self, mask, value, function, *values):
        """The function, as `call` has it, where mask, value elsewhere; for masks that are hardly ever set."""


class _Value:
    __slots__ = ("ops", "raw")

    def __init__(self, ops, raw):
        self.ops, self.raw = ops, raw


class Number(_Value):
    """Doubles with Python's operators; floats stand for constants."""

    __slots__ = ()

    def _of(self, other):
        return other.raw if isinstance(other, Number) else self.ops.constant(float(other))

    def __add__(self, other):
        return Number(self.ops, self.ops.add(self.raw, self._of(other)))

    def __radd__(self, other):
        return Number(self.ops, self.ops.add(self._of(other), self.raw))

    def __sub__(self, other):
        return Number(self.ops, self.ops.sub(self.raw, self._of(other)))

    def __rsub__(self, other):
        return Number(self.ops, self.ops.sub(self._of(other), self.raw))

    def __mul__(self, other):
        return Number(self.ops, self.ops.mul(self.raw, self._of(other)))

    def __rmul__(self, other):
        return Number(self.ops, self.ops.mul(self._of(other), self.raw))

    def __truediv__(self, other):
        return Number(self.ops, self.ops.div(self.raw, self._of(other)))

    def __rtruediv__(self, other):
        return Number(self.ops, self.ops.div(self._of(other), self.raw))

    def __neg__(self):
        return Number(self.ops, self.ops.neg(self.raw))

    def __abs__(self):
        return Number(self.ops, self.ops.abs(self.raw))

    def sqrt(self):
        return Number(self.ops, self.ops.sqrt(self.raw))

    def __lt__(self, other):
        return Mask(self.ops, self.ops.less(self.raw, self._of(other)))

    def __le__(self, other):
        return Mask(self.ops, self.ops.less_equal(self.raw, self._of(other)))

    def __gt__(self, other):
        return Mask(self.ops, self.ops.less(self._of(other), self.raw))

    def __ge__(self, other):
        return Mask(self.ops, self.ops.less_equal(self._of(other), self.raw))

    def equals(self, other):
        return Mask(self.ops, self.ops.equal(self.raw, self._of(other)))

    def bits(self):
        return Bits(self.ops, self.ops.bits(self.raw))


class Bits(_Value):
    """64-bit integers with Python's operators; ints stand for constants; >> brings in zeros."""

    __slots__ = ()

    def _of(self, other):
        return other.raw if isinstance(other, Bits) else self.ops.integer(other)

    def __add__(self, other):
        return Bits(self.ops, self.ops.iadd(self.raw, self._of(other)))

    def __sub__(self, other):
        return Bits(self.ops, self.ops.isub(self.raw, self._of(other)))

    def __rsub__(self, other):
        return Bits(self.ops, self.ops.isub(self._of(other), self.raw))

    def __and__(self, other):
        return Bits(self.ops, self.ops.iand(self.raw, self._of(other)))

    def __or__(self, other):
        return Bits(self.ops, self.ops.ior(self.raw, self._of(other)))

    def __xor__(self, other):
        return Bits(self.ops, self.ops.ixor(self.raw, self._of(other)))

    def __lshift__(self, count):
        return Bits(self.ops, self.ops.shift_left(self.raw, count))

    def __rshift__(self, count):
        return Bits(self.ops, self.ops.shift_right(self.raw, count))

    def nonzero(self):
        return Mask(self.ops, self.ops.nonzero(self.raw))

    def number(self):
        """The double of these bits."""
        return Number(self.ops, self.ops.from_bits(self.raw))


class Mask(_Value):
    """Truth per lane."""

    __slots__ = ()

    def __and__(self, other):
        return Mask(self.ops, self.ops.both(self.raw, other.raw))

    def __or__(self, other):
        return Mask(self.ops, self.ops.either(self.raw, other.raw))

    def __invert__(self):
        return Mask(self.ops, self.ops.opposite(self.raw))


def where(mask, a, b):
    """a where mask, b elsewhere; numbers or bits, one of them may be a Python number."""
    kind = Bits if isinstance(a, Bits) or isinstance(b, Bits) else Number
    like = a if isinstance(a, kind) else b if isinstance(b, kind) else kind(mask.ops, None)
    return kind(mask.ops, mask.ops.select(mask.raw, like._of(a), like._of(b)))


def like(x, value):
    """The double `value` in every lane of x."""
    return Number(x.ops, x.ops.constant(value))


def otherwise(mask, value, function, *values):
    """The function (libm's of this name, or a plain one of Python) of the values where mask, value elsewhere."""
    return Number(mask.ops, mask.ops.otherwise(mask.raw, value.raw, function, *(v.raw for v in values)))


def call(function, *values):
    """The function (libm's of this name, or a plain one of Python) of the values."""
    ops = values[0].ops
    return Number(ops, ops.call(function, *(value.raw for value in values)))


def muladd(a, b, c):
    """a·b + c, with one rounding where the machine has it and two elsewhere; c or b may be a float."""
    if a.ops.has_fma:
        return Number(a.ops, a.ops.fma(a.raw, a._of(b), a._of(c)))
    return a * b + c


def product(a, b):
    """(p, e) with p = a·b rounded and p + e = a·b exactly, unless it over- or underflows (|a|, |b| ≤ 2⁹⁹⁵)."""
    p = a * b
    if a.ops.has_fma:
        return p, muladd(a, b, -p)
    a_high, a_low = _halves(a)
    b_high, b_low = _halves(b if isinstance(b, Number) else Number(a.ops, a._of(b)))
    return p, ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low


def minus_product(c, a, b):
    """c − a·b, exact where that is a double; else the rounding of a·b is all that is lost."""
    if a.ops.has_fma:
        return muladd(-a, b, c)
    p, e = product(a, b)
    return (c - p) - e


def quick_sum(a, b):
    """(s, e) with s = a + b rounded and s + e = a + b exactly, where |a| ≥ |b| or a = 0."""
    s = a + b
    return s, b - (s - a)


def exact_sum(a, b):
    """(s, e) with s = a + b rounded and s + e = a + b exactly."""
    s = a + b
    moved = s - a
    return s, (a - (s - moved)) + (b - moved)


def polynomial(x, coefficients):
    """Σ coefficients[k]·xᵏ by Estrin's scheme: terms in pairs, pairs in pairs, so that few wait for each other."""
    terms, power = list(coefficients), x
    while len(terms) > 1:
        pairs = [muladd(power, terms[k + 1], terms[k]) for k in range(0, len(terms) - 1, 2)]
        terms = pairs + terms[len(terms) - len(terms) % 2:]
        if len(terms) > 1:
            power = power * power
    return terms[0]


def polynomial_in_two(x, coefficients):
    """Σ cₖ·xᵏ whose c₀ is given in two parts: the first coefficients are c₀, what rounding it lost, c₁, …"""
    first, lost, *others = coefficients
    return first + muladd(x, polynomial(x, others), lost)


def _halves(a):
    """a as a sum of two doubles of 26 bits (Veltkamp)."""
    shifted = a * 134217729.0
    high = shifted - (shifted - a)
    return high, a - high
