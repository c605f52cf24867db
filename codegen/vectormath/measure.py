"""A function's name in, its worst error against mpmath in ulp out, with the point where it was found."""
import math

import mpmath as mp
import numpy as np

_DIGITS = 40


def _sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def _softplus(x):
    return max(x, mp.mpf(0)) + mp.log1p(mp.exp(-abs(x)))


def _log1mexp(x):
    return mp.log(-mp.expm1(x)) if x > -1 else mp.log1p(-mp.exp(x))


def _fmod(x, y):
    return mp.sign(x) * mp.fmod(abs(x), abs(y))


def _lgamma(x):
    return mp.log(abs(mp.gamma(x))) if abs(x) < 1e3 else mp.re(mp.loggamma(x))


def _ndtr(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def _erfcx(x):
    return mp.exp(x * x) * mp.erfc(x)


def _log_ndtr(x):
    return mp.log(_ndtr(x)) if x < 0 else mp.log1p(-_ndtr(-x))


def _inverse_mills(x):
    return mp.exp(-x * x / 2) / (mp.sqrt(2 * mp.pi) * _ndtr(x))


def _log_poisson(k, m):
    with mp.extradps(40):
        return (k * mp.log(m) if k else 0) - m - mp.re(mp.loggamma(k + 1))


def _log1pmx(x):
    if abs(x) < 1e-20:
        return x * x * (x / 3 - mp.mpf(1) / 2)
    with mp.extradps(40):
        return mp.log1p(x) - x


REFERENCE = {
    "exp": mp.exp, "exp2": lambda x: mp.power(2, x), "expm1": mp.expm1, "tanh": mp.tanh, "sigmoid": _sigmoid,
    "swish": lambda x: x * _sigmoid(x), "logistic_pdf": lambda x: _sigmoid(x) * _sigmoid(-x), "sech": mp.sech,
    "sinh": mp.sinh, "cosh": mp.cosh, "log": mp.log, "log2": lambda x: mp.log(x) / mp.log(2), "log10": mp.log10,
    "log1p": mp.log1p, "log1mexp": _log1mexp, "softplus": _softplus, "log_sigmoid": lambda x: -_softplus(-x),
    "logaddexp": lambda a, b: max(a, b) + _softplus(-abs(a - b)), "pow": mp.power, "sin": mp.sin, "cos": mp.cos,
    "tan": mp.tan, "asin": mp.asin, "acos": mp.acos, "atan": mp.atan, "atan2": mp.atan2, "asinh": mp.asinh,
    "acosh": mp.acosh, "atanh": mp.atanh, "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)), "hypot": mp.hypot,
    "fmod": _fmod, "direction": lambda a, b: a / mp.hypot(a, b), "half_circle": lambda x: mp.sqrt((1 - x) * (1 + x)),
    "sinc": lambda x: mp.sin(x) / x, "exprel": lambda x: mp.expm1(x) / x, "inv_exprel": lambda x: x / mp.expm1(x),
    "log1prel": lambda x: mp.log1p(x) / x, "log1pmx": _log1pmx, "xlogy": lambda x, y: x * mp.log(y),
    "erf": mp.erf, "erfc": mp.erfc, "erfcx": _erfcx, "ndtr": _ndtr, "log_ndtr": _log_ndtr,
    "inverse_mills": _inverse_mills, "gamma": mp.gamma, "lgamma": _lgamma, "digamma": mp.digamma, "log_poisson": _log_poisson,
}

# intervals where a function is delicate: breaks between formulas, zeros, poles, the first and last normal results
_EVERYWHERE = ((-1, 1), (-4, 4), (-40, 40), (0.5, 2), (-1.05, -0.3))
DELICATE = {
    "exp": ((-746, -707), (708, 710), (-700, 700)),
    "exp2": ((-1076, -1021), (1022, 1024.1), (-1000, 1000)),
    "expm1": ((708, 710), (-38, -36), (35, 38), (0.3, 0.36)),
    "tanh": ((18, 20), (-0.6, -0.4)),
    "sigmoid": ((-746, -707), (-15, -10)),
    "swish": ((-752, -707), (-40, 40)),
    "logistic_pdf": ((-746, -707), (707, 746), (-2, 2)),
    "sech": ((-746, -707), (707, 746), (-2, 2)),
    "sinh": ((709, 711), (0.2, 0.4)),
    "cosh": ((709, 711),),
    "log": ((0.7, 0.72), (1.4, 1.42), (0.99, 1.01)),
    "log2": ((0.7, 0.72), (1.4, 1.42), (0.99, 1.01)),
    "log10": ((0.7, 0.72), (1.4, 1.42), (0.99, 1.01)),
    "log1p": ((-0.3, -0.28), (0.4, 0.42), (-1, -0.99)),
    "log1mexp": ((-0.7, -0.68), (-31, -29), (-746, -707), (-40, -36)),
    "softplus": ((-746, -707), (-0.72, 0.72), (30, 40)),
    "log_sigmoid": ((-40, -30), (-0.72, 0.72), (707, 746)),
    "sin": ((3294190, 3294210), (-3e6, 3e6), (0.7, 0.9), (3.1, 3.2)),
    "cos": ((3294190, 3294210), (-3e6, 3e6), (0.7, 0.9), (1.5, 1.6)),
    "tan": ((-3e6, 3e6), (0.7, 0.9), (1.5, 1.6), (3.1, 3.2)),
    "asin": ((0.49, 0.53), (0.99, 1)),
    "acos": ((0.49, 0.53), (-0.53, -0.47), (-1, -0.99), (0.99, 1)),
    "atan": ((0.4, 0.5), (2.3, 2.6)),
    "acosh": ((1, 1.01), (1, 10)),
    "atanh": ((0.99, 1), (-0.1, 0.1)),
    "half_circle": ((0.99, 1), (-1, -0.99)),
    "exprel": ((-746, 0), (0, 717), (708, 717), (-0.4, 0.4)),
    "inv_exprel": ((-746, 0), (0, 717), (708, 753), (-0.4, 0.4)),
    "log1prel": ((-0.3, -0.28), (0.4, 0.42), (-1, -0.99)),
    "log1pmx": ((-0.55, -0.45), (0.9, 1.1), (-1, -0.99)),
    "erf": ((0.95, 1.05), (-6, 6)),
    "erfc": ((0, 26.5), (26, 27.3)),
    "erfcx": ((-26.7, 0), (0, 1000)),
    "ndtr": ((-38.6, 0), (-38.6, -37), (0, 9)),
    "log_ndtr": ((-1000, 0), (0, 9), (37, 38.6), (0.2, 2)),
    "inverse_mills": ((-1000, 0), (0, 9), (37, 38.6), (0.2, 2)),
    "gamma": ((0, 171.7), (-20, 0)),
    "lgamma": ((0, 200), (-30, 0), (0.7, 0.8), (0.99, 1.01), (1.99, 2.01), (2.4, 2.8)),
    "digamma": ((0, 200), (-30, 0), (0.9, 1.1), (1.45, 1.48), (2.4, 2.8)),
}
_SLOW = ("gamma", "lgamma", "erf", "erfc", "digamma", "erfcx", "ndtr", "log_ndtr", "inverse_mills")   # of huge numbers
_OF_TWO = {
    "pow": ((-1074, 1023, 4), (-1, 1, 1500), (-0.02, 0.02, 60000), (-4, 4, 300)),
    "logaddexp": ((-8, 9, 700), (-2, 2, 4), (-1074, 1023, 1)),
    "hypot": ((-1074, 1023, 1), (-2, 2, 4)), "direction": ((-1074, 1023, 1), (-2, 2, 4)),
    "atan2": ((-1074, 1023, 1), (-2, 2, 4)), "fmod": ((-9, 9, 7), (-2, 2, 4)), "xlogy": ((-9, 9, 700), (-2, 2, 4)),
    "log_poisson": ((-20, 13, 9), (-3, 5, 3), (-3, 5, 0.5), (1, 30, 0.1)),
}


def arguments(name):
    """How many arguments the function has."""
    return 2 if name in _OF_TWO else 1


def points(name, count, seed=0):
    """About `count` points over the whole range, as one array per argument: random bits, and where it is delicate."""
    rng = np.random.default_rng(seed)
    if name in _OF_TWO:
        rows = _OF_TWO[name]
        part = count // len(rows)
        x = np.concatenate([np.exp2(rng.uniform(low, high, part)) for low, high, _ in rows])
        y = np.concatenate([rng.uniform(-reach, reach, part) for _, _, reach in rows])
        if name == "xlogy":
            return y, x
        if name == "log_poisson":                                 # a mean beside the count, or some way off
            return np.where(x > 2.0**12, np.floor(x), x), x * np.exp2(y)
        if name in ("logaddexp", "direction", "atan2"):
            x = x * rng.choice([-1.0, 1.0], len(x))
        return x, y
    rows = _EVERYWHERE + DELICATE.get(name, ())
    part = count // (len(rows) + 2)
    bits = rng.integers(0, 2**64, part, dtype=np.uint64).view(np.float64)
    if name in _SLOW:
        bits = bits[(bits > -1e3) & (bits < 1e15)]
    small = np.exp2(rng.uniform(-80, 4, part)) * rng.choice([-1.0, 1.0], part)
    return (np.concatenate([bits[np.isfinite(bits)], small, *(rng.uniform(a, b, part) for a, b in rows)]),)


def exact(name, *values):
    """The value in 40 digits; nan where there is no real one."""
    try:
        result = REFERENCE[name](*(mp.mpf(float(v)) for v in values))
    except (ValueError, ZeroDivisionError, mp.libmp.ComplexResult):
        return mp.nan
    return mp.nan if isinstance(result, mp.mpc) else result


def error(got, want, scale=0):
    """|got − want| in distances of doubles at `want`, or at `scale` where that is larger; ∞ counts as 2¹⁰²⁴."""
    if mp.isnan(want) or math.isnan(got):
        return 0.0 if mp.isnan(want) and math.isnan(got) else math.inf
    top = mp.ldexp(1, 1024)
    want = min(max(want, -top), top)
    got = mp.sign(got) * top if math.isinf(got) else mp.mpf(float(got))
    if want == got:
        return 0.0
    exponent = mp.frexp(max(abs(want), scale))[1]
    return float(abs(got - want) / mp.ldexp(1, min(max(exponent - 53, -1074), 971)))


def worst(name, results, *columns):
    """(ulp, point): the largest error of `results` at the points in `columns`.

    logaddexp is measured against the larger of its terms, for it passes through 0 between them; lgamma and digamma of
    negative numbers against x times the derivative, for there they pass through 0 between every two poles; log_poisson
    against each argument times the derivative in it.
    """
    with mp.workdps(_DIGITS):
        found = (-1.0, None)
        for got, *point in zip(results, *columns):
            scale = _SCALES.get(name, lambda *_: 0)(*(mp.mpf(float(v)) for v in point))
            found = max(found, (error(float(got), exact(name, *point), scale), tuple(map(float, point))),
                        key=lambda pair: pair[0])
        return found


def _beside_zeros(order):
    """|x·ψ⁽ᵒʳᵈᵉʳ⁾(x)| for x < 0 that is no pole"""
    return lambda x: abs(x * mp.psi(order, x)) if x < 0 and x != mp.floor(x) else 0


def _slopes(k, m):
    """The larger of |k·∂/∂k| and |m·∂/∂m| of log_poisson"""
    return max(abs(k * (mp.log(m) - mp.digamma(k + 1))), abs(k - m))


_SCALES = {"logaddexp": lambda a, b: max(abs(a), abs(b)), "lgamma": _beside_zeros(0), "digamma": _beside_zeros(1),
           "log_poisson": _slopes}
