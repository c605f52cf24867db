"""Nonlinear regressions in the manner of NIST's: formulas with true parameters, starts far off, where x lies and how
large the errors are go in; data and certified values, found anew with 80 digits, come out."""
import zlib
from typing import NamedTuple

import mpmath
import numpy as np
import sympy as sp

DIGITS, ENOUGH = 80, mpmath.mpf(10)**-25
ENVIRONMENT = {name: getattr(np, name) for name in "exp log sin cos sqrt".split()}


class Regression(NamedTuple):
    formula: str
    truth: dict
    starts: tuple           # two lists in the order of the parameters
    x: np.ndarray
    error: float


def _case(formula, truth, first, second, x, error):
    return Regression(formula, truth, (first, second), np.asarray(x, dtype=float), error)


_line = np.linspace
REGRESSIONS = {
    "Michaelis-Menten": _case("V*x/(K + x)", {"V": 212.7, "K": 0.0641}, [1, 10], [1000, 0.5],
                              np.repeat([0.02, 0.06, 0.11, 0.22, 0.56, 1.1], 2), 5),
    "Hill": _case("V*x**h/(K**h + x**h)", {"V": 10, "K": 2, "h": 3}, [1, 20, 1], [50, 0.5, 0.5], _line(0.1, 10, 25),
                  0.2),
    "Gompertz": _case("a*exp(-b*exp(-c*x))", {"a": 100, "b": 5, "c": 0.4}, [10, 1, 0.05], [500, 20, 2],
                      _line(0, 15, 30), 1),
    "logistic growth": _case("K/(1 + exp(-(x - m)/s))", {"K": 50, "m": 6, "s": 1.2}, [5, 0, 5], [200, 20, 4],
                             _line(0, 15, 30), 0.7),
    "four parameters": _case("d + (a - d)/(1 + (x/c)**b)", {"a": 0.1, "d": 2.4, "c": 5, "b": 1.7}, [1, 1.5, 50, 0.5],
                             [0, 10, 1, 4], np.geomspace(0.1, 200, 24), 0.03),
    "Richards": _case("K/(1 + q*exp(-r*x))**(1/v)", {"K": 30, "q": 8, "r": 0.6, "v": 1.5}, [10, 1, 0.1, 0.5],
                      [60, 20, 1.5, 3], _line(0, 14, 40), 0.2),
    "von Bertalanffy": _case("A*(1 - exp(-k*(x - t)))", {"A": 80, "k": 0.25, "t": -0.7}, [10, 1, 0], [200, 0.02, 3],
                             _line(0, 18, 30), 0.8),
    "two exponentials": _case("a*exp(-b*x) + c*exp(-d*x)", {"a": 5, "b": 2, "c": 3, "d": 0.3}, [1, 10, 1, 1],
                              [10, 0.5, 1, 0.1], _line(0, 8, 40), 0.02),
    "three exponentials": _case("a*exp(-p*x) + b*exp(-q*x) + c*exp(-r*x)",
                                {"a": 2, "p": 6, "b": 3, "q": 1.2, "c": 1, "r": 0.15}, [1, 3, 1, 1, 1, 0.3],
                                [4, 20, 1, 2, 2, 0.05], _line(0, 12, 60), 0.0005),
    "damped oscillation": _case("A*exp(-g*x)*cos(w*x + p)", {"A": 4, "g": 0.3, "w": 2.2, "p": 0.5}, [1, 0.1, 2.5, 0],
                                [10, 1, 2, 1], _line(0, 10, 60), 0.1),
    "power law": _case("a*x**b", {"a": 2.3, "b": 1.7}, [100, 0.1], [0.01, 4], _line(0.5, 20, 25), 1),
    "power of a distance": _case("a*(x + c)**b", {"a": 2.3, "b": -1.7, "c": 1.2}, [1, -0.5, 5], [20, -3, 0.3],
                                 _line(0, 20, 25), 0.005),
    "peak on a floor": _case("a*exp(-(x - m)**2/(2*s**2)) + b", {"a": 7, "m": 3, "s": 0.8, "b": 1}, [1, 1.5, 2, 0],
                             [20, 4, 0.3, 3], _line(0, 6, 50), 0.2),
    "two peaks": _case("a*exp(-(x - m)**2/s**2) + b*exp(-(x - n)**2/t**2)",
                       {"a": 7, "m": 3, "s": 0.8, "b": 4, "n": 5, "t": 1}, [5, 2.5, 1, 5, 5.5, 0.7],
                       [3, 3.2, 0.5, 2, 4.5, 2], _line(0, 8, 70), 0.1),
    "Lorentz on a slope": _case("a*g**2/((x - c)**2 + g**2) + b*x", {"a": 5, "g": 0.5, "c": 2, "b": 0.3}, [1, 2, 1, 0],
                                [20, 0.2, 2.5, 1], _line(0, 5, 50), 0.1),
    "Voigt, about": _case("a*(m*g**2/((x - c)**2 + g**2) + (1 - m)*exp(-log(2)*((x - c)/g)**2))",
                          {"a": 5, "g": 0.5, "c": 2, "m": 0.4}, [1, 1, 1.5, 0.9], [9, 0.3, 2.3, 0.1], _line(0, 5, 60),
                          0.03),
    "rational": _case("(a + b*x + c*x**2)/(1 + d*x + f*x**2)", {"a": 1, "b": 2, "c": 0.5, "d": 0.4, "f": 0.2},
                      [5, 0, 1, 1, 1], [0, 1, 0, 0, 1], _line(0, 10, 50), 0.01),
    "Antoine": _case("a - b/(x + c)", {"a": 8.07, "b": 1730.6, "c": 233.4}, [5, 1000, 100], [20, 5000, 400],
                     _line(1, 100, 30), 0.001),
    "Arrhenius": _case("a*exp(-b/x)", {"a": 1e4, "b": 2500}, [10, 1000], [1e6, 5000], _line(280, 400, 20), 0.2),
    "Weibull": _case("1 - exp(-(x/l)**k)", {"l": 3, "k": 1.8}, [10, 0.5], [1, 5], _line(0.1, 8, 30), 0.02),
    "wave on a line": _case("a + b*x + c*sin(w*x + p)", {"a": 1, "b": 0.2, "c": 2, "w": 1.1, "p": 0.3}, [0, 0, 1, 1.2,
                            0],
                            [5, 1, 4, 1, 1], _line(0, 20, 80), 0.2),
    "cooling": _case("a + (b - a)*exp(-k*x)", {"a": 20, "b": 90, "k": 0.07}, [0, 10, 1], [50, 200, 0.005],
                     _line(0, 60, 30), 0.5),
    "Langmuir-Freundlich": _case("q*(k*x)**n/(1 + (k*x)**n)", {"q": 4, "k": 0.6, "n": 0.8}, [1, 5, 2], [10, 0.1, 0.5],
                                 _line(0.05, 20, 30), 0.03),
    "inhibition": _case("V*x/(K + x + x**2/m)", {"V": 5, "K": 1, "m": 8}, [1, 5, 1], [20, 0.3, 50], _line(0.1, 30,
                        40), 0.05),
    "two predictors": _case("a*exp(-b*x)*z**c", {"a": 3, "b": 0.4, "c": 0.7}, [1, 0.01, 2], [10, 2, 0.1],
                            _line(0, 5, 40), 0.05),
    "melting": _case("a + b*x + (c + d*x)/(1 + exp((m - x)/w))",
                     {"a": 1, "b": 0.02, "c": 3, "d": 0.05, "m": 55, "w": 3}, [0, 0, 2, 0.1, 57, 4], [2, 0.1, 5, 0,
                     60, 2],
                     _line(20, 90, 70), 0.03),
    "Moffat": _case("a*(1 + ((x - c)/s)**2)**(-b)", {"a": 6, "c": 1, "s": 1.2, "b": 2.5}, [1, 0, 3, 1], [20, 2, 0.5, 4],
                    _line(-5, 6, 60), 0.05),
    "gamma's peak": _case("a*x**b*exp(-c*x)", {"a": 3, "b": 1.5, "c": 0.8}, [1, 1, 0.1], [10, 4, 3], _line(0.1, 10,
                          40), 0.05),
    "logarithm of a sum": _case("log(a + b*x + exp(c*x))", {"a": 2, "b": 3, "c": 0.8}, [10, 1, 0.1], [1, 10, 2],
                                _line(0, 6, 40), 0.02),
    "large and small": _case("a*exp(b/(x + c))", {"a": 0.0056, "b": 6181, "c": 345}, [0.02, 4000, 250], [0.01, 5500,
                             300],
                             _line(50, 125, 16), 3),
}


def data(name):
    """{x, z where the formula has it, y}: the formula at its true parameters with errors, to six digits."""
    case, r = REGRESSIONS[name], np.random.default_rng(zlib.crc32(name.encode()))
    known = {"x": case.x} | ({"z": r.uniform(0.5, 4, len(case.x))} if "z" in case.formula else {})
    y = eval(case.formula, ENVIRONMENT, {**case.truth, **known}) + case.error*r.standard_normal(len(case.x))
    return known | {"y": np.array([float(f"{v:.6g}") for v in y])}


def certified(name):
    """(parameters, standard errors): Gauss and Newton's method from the true parameters, with 80 digits."""
    case, known = REGRESSIONS[name], data(name)
    symbols = {key: sp.Symbol(key, real=True) for key in (*case.truth, *known)}
    model = sp.sympify(case.formula, locals=symbols)
    rows = sp.lambdify([symbols[key] for key in (*case.truth, *[k for k in known if k != "y"])],
                       [model, *[model.diff(symbols[p]) for p in case.truth]], "mpmath")
    with mpmath.workdps(DIGITS):
        values = [[mpmath.mpf(float(v)) for v in column] for key, column in known.items() if key != "y"]
        y, p = [mpmath.mpf(float(v)) for v in known["y"]], [mpmath.mpf(float(v)) for v in case.truth.values()]

        def at(p):
            found = [rows(*p, *point) for point in zip(*values)]
            return mpmath.matrix([[v - row[0]] for v, row in zip(y, found)]), mpmath.matrix([row[1:] for row in found])

        for _ in range(200):
            residuals, A = at(p)
            step = mpmath.lu_solve(A.T*A, A.T*residuals)
            p = [a + b for a, b in zip(p, step)]
            if all(abs(b) <= ENOUGH*abs(a) for a, b in zip(p, step)):
                break
        residuals, A = at(p)
        spread = (A.T*A)**-1*(residuals.T*residuals)[0]/(len(y) - len(p))
        return np.array([float(v) for v in p]), np.array([float(mpmath.sqrt(spread[k, k])) for k in range(len(p))])
