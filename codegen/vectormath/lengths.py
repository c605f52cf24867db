"""Numbers in, what is made of squares and their root out: hypot, direction, half_circle.

The larger number is brought near 1 by a power of two before it is squared, where its square would leave the range.
"""
from codegen.vectormath.arithmetic import like, muladd, where

_INF, _NAN = float("inf"), float("nan")
_ROOT_HALF = 0.7071067811865476


def hypot(a, b):
    """√(a² + b²)"""
    a, b = abs(a), abs(b)
    p, q, scale = _scaled(where(a < b, b, a), where(a < b, a, b))
    result = muladd(p, p, q * q).sqrt() * (1.0 / scale)
    result = where(a.equals(a) & b.equals(b), result, _NAN)
    return where(a.equals(_INF) | b.equals(_INF), _INF, result)


def direction(a, b):
    """a/√(a² + b²); 0 at the origin, at infinity as if the infinite numbers were equal and the others 0."""
    p, q = abs(a), abs(b)
    far = p.equals(_INF) | q.equals(_INF)
    p, q = (where(far, where(c.equals(_INF), like(c, 1.0), where(c.equals(c), 0.0, c)), c) for c in (p, q))
    _, _, scale = _scaled(where(p < q, q, p), q)
    p, q = p * scale, q * scale
    length = muladd(p, p, q * q).sqrt()
    result = ((p / length).bits() | (a.bits() & (1 << 63))).number()
    return where(length.equals(0.0), 0.0, result)


def half_circle(x):
    """√(1 − x²) as √((1 − x)·(1 + x))"""
    return ((1.0 - x) * (x + 1.0)).sqrt() + 0.0


def _scaled(large, small):
    """Both times a power of two, and it; the larger then is between 2⁻⁵⁰⁰ and 2⁵⁰⁰."""
    scale = where(large > 2.0**500, like(large, 2.0**-600), where(large < 2.0**-500, like(large, 2.0**600), 1.0))
    return large * scale, small * scale, scale
