"""A formula as text and a point go in; the value and the first two derivatives with their conditions come out, to 50
digits: differentiated by SymPy, computed by mpmath, with more bits until two results agree.

Where the formula has no value, as 0/0, it is the limit along two lines from two sides, if they agree.
"""
import re
from fractions import Fraction
from functools import cache

import mpmath
import sympy as sp

WORDS = {"loggamma": sp.loggamma, "digamma": sp.digamma, "Abs": sp.Abs, "gamma": sp.gamma}
BITS = ((2400, 4000), (12000, 20000))
FEWER = ((400, 600), (1000, 1500))                                 # of what costs much: its points are no extreme ones
COSTLY = "gamma"                                                   # in the names of such functions
AWAY = ((-1500, 1), (-1700, -1), (-1600, 1), (-1800, -1))         # steps to a limit: exponents of 2, and signs
AGREED = mpmath.mpf(10)**-50
PART = mpmath.mpf(2)**-150                                         # of an input, to see how a result moves with it
FAILURES = (ZeroDivisionError, ValueError, OverflowError, TypeError, mpmath.libmp.NoConvergence)


def keys(names):
    """() for the value, (u,) for a first derivative, (u, v) for a second."""
    return [(), *[(n,) for n in names], *[(u, v) for k, u in enumerate(names) for v in names[k:]]]


@cache
def _function(text, names):
    symbols = dict(zip(names, sp.symbols(names, real=True)))
    exactly = re.sub(r"\d+\.\d+", lambda found: f"({Fraction(float(found[0]))})", text)      # SymPy would round
    formula = sp.sympify(exactly, locals={**symbols, **WORDS})
    wanted = [formula.diff(*[symbols[n] for n in key]) if key else formula for key in keys(names)]
    nothing = {"DiracDelta": lambda x, *order: mpmath.mpf(0) if x else mpmath.nan}          # of a slope that steps
    return sp.lambdify(list(symbols.values()), wanted, [nothing, "mpmath"], cse=True)


def exact(text, at):
    """({key: (value, condition)}, is it a limit?); of what cannot be found None."""
    names = tuple(sorted(at))
    known = _function(text, names), [mpmath.mpf(at[n]) for n in names]
    for bits in FEWER if COSTLY in text else BITS:
        found = [_with_conditions(*known, b) for b in bits]
        if None not in found and all(_same(a, b) for (a, _), (b, _) in zip(*found)):
            return dict(zip(keys(names), found[1])), False
        if None in found:
            break
    return (dict.fromkeys(keys(names)) if COSTLY in text else _limit(*known, names)), True


def _limit(function, values, names):
    found = []
    for exponent, sign in AWAY:
        with mpmath.workprec(BITS[1][1]):
            moved = [v + sign*mpmath.ldexp(8 + k, exponent)*(abs(v) or 1) for k, v in enumerate(values)]
        found.append(_with_conditions(function, moved, BITS[1][1]))
    if None in found:
        return dict.fromkeys(keys(names))
    return {key: all_[0] if all(_same(all_[0][0], one) for one, _ in all_[1:]) else None
            for key, all_ in zip(keys(names), zip(*found))}


def _with_conditions(function, values, bits):
    """[(result, the largest relative change of it by one of an input)]; None where there is no real result."""
    with mpmath.workprec(bits):
        results = _real(function, values)
        if results is None:
            return None
        conditions = [1.0]*len(results)
        for k, v in enumerate(values):
            moved = _real(function, [*values[:k], v*(1 + PART), *values[k + 1:]]) if v else results
            if moved is None:
                return None
            conditions = [max(c, float(min(abs((b - a)/a/PART), 1e300))) if a else c
                          for c, a, b in zip(conditions, results, moved)]
        return list(zip(results, conditions))


def _real(function, values):
    try:
        found = [mpmath.mpmathify(one) for one in function(*values)]
    except FAILURES:
        return None
    if any(isinstance(one, mpmath.mpc) and one.imag or not mpmath.isfinite(one) for one in found):
        return None
    return [one.real for one in found]


def _same(a, b):
    return abs(a - b) <= AGREED*max(abs(a), abs(b)) or max(abs(a), abs(b)) < mpmath.mpf(10)**-400
