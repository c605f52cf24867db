"""Formulas as people type them, and points in; what SymPy's derivatives are there, and how far off a
result is, out.

The reference shares nothing with us: SymPy differentiates, and mpmath computes with 5000 bits, enough for all that can
cancel between numbers of float64.
"""
import math

import mpmath as mp
import sympy as sp

EPS = 2.0**-52
WORDS = {"loggamma": sp.loggamma, "Abs": sp.Abs, "cbrt": sp.cbrt}
FORMULAS = """
sqrt(x+1) - sqrt(x)
1/(x+1) - 1/x
(1 - cos(x))/sin(x)
tan(x+y) - tan(x)
cos(x+y) - cos(x)
cbrt(x+1) - cbrt(x)
exp(x) - 2 + exp(-x)
(exp(2*x) - 1)/(exp(x) - 1)
log(1 + 1/x)
1/x - 1/tan(x)
(exp(x*y) - 1)/(exp(x) - 1)
(1 + x)**(1/x)
(x**4 - y**4)/(x - y)
sqrt(x**2 + y**2) - x
sin(x) - x
(1 + 1/x)**x
loggamma(x+1) - loggamma(x)
loggamma(x+y) - loggamma(x)
erf(x+y) - erf(x)
log(1 - erf(x))
atan(x+1) - atan(x)
asin(x) - x
(sinh(x) - x)/x**3
x*log(x) + (1 - x)*log(1 - x)
(x*y - z*t)/(x - z)
log(exp(x) - 1)
x*exp(-y*t) - x*exp(-z*t)
(exp(-x*t) - exp(-y*t))/(y - x)
1/sqrt(1 - x**2) - 1
log(sqrt(x**2 + 1) + x)
2**x - 2**y
gamma(x+1)/gamma(x)
(x + y)**2 - x**2 - y**2
1/(1 + exp(-x)) - 1/(1 + exp(-y))
log(1 + exp(x)) - x
x*y/sqrt(x**2 + y**2)
exp(x)*exp(-y)
x**y/y**x
""".strip().splitlines()


def points(names, draws, count):
    """So many points over the whole range of float64: {name: number}."""
    for _ in range(count):
        point = {name: _number(draws) for name in names}
        if len(names) > 1 and draws.random() < 0.3:             # neighbours
            one, other = draws.sample(names, 2)
            point[other] = point[one]*(1 + draws.choice([1, -1])*10**draws.uniform(-17, -1))
        yield point


def _number(draws):
    kind = draws.randrange(5)
    if kind == 0:
        return draws.uniform(-5, 5)
    if kind == 1:
        return draws.choice([-1, 1])*10**draws.uniform(-20, 20)
    if kind == 2:
        return draws.choice([-1, 1])*10**draws.uniform(-300, 300)
    return float(draws.randint(-10, 40)) if kind == 3 else draws.uniform(0, 800)


class Truth:
    """The value and the first derivatives of a formula by SymPy and mpmath, and their condition."""

    def __init__(self, text, names):
        symbols = sp.symbols(names, real=True)
        formula = sp.sympify(text, locals={**dict(zip(names, symbols)), **WORDS})
        slopes = [sp.diff(formula, s) for s in symbols]
        made = [{"polygamma": _polygamma}, "mpmath"]
        self.first = [sp.lambdify(symbols, e, made) for e in (formula, *slopes)]
        self.second = [[sp.lambdify(symbols, sp.diff(e, s), made) for s in symbols] for e in slopes]

    def errors(self, point, got):
        """The errors of the value and the derivatives in ulp over max(1, condition); none where there is no truth."""
        args = list(point.values())
        true = [_value(f, args) for f in self.first]
        if None in true:
            return []
        above = [true[1:], *[[_value(f, args) for f in row] for row in self.second]]
        return [_error(y, t, _condition(args, t, slopes)) for y, t, slopes in zip(got, true, above) if None not in slopes]


def _polygamma(n, x):
    """The polygamma function, at large negative numbers by reflection: mpmath goes up from them in steps of 1."""
    if n == 0 or x > -100:
        return mp.psi(n, x)
    t = sp.Symbol("t")
    turn = sp.lambdify(t, sp.diff(sp.pi*sp.cot(sp.pi*t), t, int(n)), "mpmath")
    with mp.workprec(5200):
        return (-1)**int(n)*mp.psi(n, 1 - x) - turn(x)


def _value(f, args):
    """A number of mpmath, from 5000 bits; None where it is no real number."""
    with mp.workprec(5000):
        try:
            y = f(*map(mp.mpf, args))
        except (ValueError, ArithmeticError, TypeError, mp.mp.NoConvergence):
            return None
        return y if isinstance(y, mp.mpf) and mp.isfinite(y) else None


def _condition(args, true, slopes):
    return max([mp.mpf(1)] + [abs(a*s/true) for a, s in zip(map(mp.mpf, args), slopes) if true])


def _error(got, true, condition):
    if abs(true) > mp.mpf(2)**1024:
        return 0.0 if math.isinf(got) and (got > 0) == (true > 0) else math.inf
    if not math.isfinite(got):
        return math.inf
    scale = max(abs(true), mp.mpf(2)**-1022)
    return float(abs(got - true)/scale/condition/EPS)
