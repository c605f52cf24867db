"""Square roots of numbers: sqrt(2)/(2*sqrt(pi)) is 1/sqrt(2*pi), 3*sqrt(8) is 6*sqrt(2)."""
from fractions import Fraction

import sympy as sp

from ..primitives.leaf import CONSTANT, constant
from .ratio import Ratio

HALF = Fraction(1, 2)
PRIMES = (2, 3, 5, 7, 11, 13)


def roots(square):
    """(a number in front, ((number, power), …)) whose product is the root of `square`.

    None where `square` is no fraction times a whole power of one constant, as 1/(2*pi) is.
    """
    c, kind = square.as_coeff_Mul()
    base, power = kind.as_base_exp()
    if not (c.is_Rational and power.is_Integer) or kind.is_Add or kind.is_Mul or square.has(sp.Float) or c.p <= 0:
        return None
    whole, odd = (base**(abs(power)//2), base) if power % 2 else (base**(abs(power)//2), sp.S.One)
    above, below = (odd, sp.S.One) if power > 0 else (sp.S.One, odd)
    (a, p), (b, q) = _square_part(int(c.p)), _square_part(int(c.q))
    found = ((p*above, HALF), (q*below, -HALF), (whole, 1 if power > 0 else -1))
    return Ratio(Fraction(a, b)), tuple([(number, sign) for number, sign in found if number != 1])


def _square_part(n):
    """(a, b) with n = a²·b, b without squares of small primes."""
    a = 1
    for prime in PRIMES:
        while n % prime**2 == 0:
            n, a = n//prime**2, a*prime
    return a, n


def joined(c, factors):
    """(c, factors) with the roots of numbers among the factors, and c, as one number and one root above and below."""
    known = [(node, p) for node, labels, p in factors if p in (HALF, -HALF) and not labels and _is_number(node)]
    if len(known) < 2 and (not known or c.denominator == 1) or getattr(c, "decimal", False) or not c:
        return c, factors
    square = sp.Rational(c.numerator, c.denominator)**2
    for node, p in known:
        square = square*node.attributes[0] if p > 0 else square/node.attributes[0]
    found = roots(square)
    if found is None:
        return c, factors
    rest = [f for f in factors if (f[0], f[2]) not in known or f[1]]
    return (found[0] if c > 0 else -found[0]), rest + [(constant(number), (), p) for number, p in found[1]]


def _is_number(node):
    return node.op is CONSTANT and isinstance(node.attributes[0], sp.Expr) and node.attributes[0].is_positive
