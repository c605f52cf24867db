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


REFERENCE = {
    "exp": mp.exp, "exp2": lambda x: mp.power(2, x), "expm1": mp.expm1, "tanh": mp.tanh, "sigmoid": _sigmoid,
    "swish": lambda x: x * _sigmoid(x), "logistic_pdf": lambda x: _sigmoid(x) * _sigmoid(-x), "sech": mp.sech,
    "sinh": mp.sinh, "cosh": mp.cosh, "log": mp.log, "log2": lambda x: mp.log(x) / mp.log(2), "log10": mp.log10,
    "log1p": mp.log1p, "log1mexp": _log1mexp, "softplus": _softplus, "log_sigmoid": lambda x: -_softplus(-x),
    "logaddexp": lambda a, b: max(a, b) + _softplus(-abs(a - b)), "pow": mp.power, "sin": mp.sin, "cos": mp.cos,
    "tan": mp.tan, "asin": mp.asin, "acos": mp.acos, "atan": mp.atan, "atan2": mp.atan2, "asinh": mp.asinh,
    "acosh": mp.acosh, "atanh": mp.atanh, "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)), "hypot": mp.hypot,
    "fmod": _fmod, "erf": mp.erf, "erfc": mp.erfc, "gamma": mp.gamma,
    "lgamma": lambda x: mp.log(abs(mp.gamma(x))) if abs(x) < 1e3 else mp.re(mp.loggamma(x)),
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
    "erfc": ((0, 26.5), (26, 27.3)),
    "gamma": ((0, 171.7), (-20, 0)),
    "lgamma": ((0, 200), (-30, 0), (0.99, 1.01), (1.99, 2.01)),
}
_OF_TWO = {
    "pow": ((-1074, 1023, 4), (-1, 1, 1500), (-0.02, 0.02, 60000), (-4, 4, 300)),
    "logaddexp": ((-8, 9, 700), (-2, 2, 4), (-1074, 1023, 1)),
    "hypot": ((-1074, 1023, 1), (-2, 2, 4)), "atan2": ((-1074, 1023, 1), (-2, 2, 4)), "fmod": ((-9, 9, 7), (-2, 2, 4)),
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
        if name == "logaddexp":
            x = x * rng.choice([-1.0, 1.0], len(x))
        return x, y
    rows = _EVERYWHERE + DELICATE.get(name, ())
    part = count // (len(rows) + 2)
    bits = rng.integers(0, 2**64, part, dtype=np.uint64).view(np.float64)
    if name in ("gamma", "lgamma", "erf", "erfc"):            # of huge numbers mpmath's take minutes
        bits = bits[np.abs(bits) < 1e15]
    small = np.exp2(rng.uniform(-80, 4, part)) * rng.choice([-1.0, 1.0], part)
    return (np.concatenate([bits[np.isfinite(bits)], small, *(rng.uniform(a, b, part) for a, b in rows)]),)


def exact(name, *values):
    """The value in 40 digits; nan where there is no real one."""
    try:
        result = REFERENCE[name](*(mp.mpf(float(v)) for v in values))
    except (ValueError, ZeroDivisionError, mp.libmp.ComplexResult):
        return mp.nan
    return mp.nan if isinstance(result, mp.mpc) else result


def error(got, want, scale=None):
    """|got − want| in distances of doubles at `want`, or at `scale` where that is larger; ∞ counts as 2¹⁰²⁴."""
    if mp.isnan(want) or math.isnan(got):
        return 0.0 if mp.isnan(want) and math.isnan(got) else math.inf
    top = mp.ldexp(1, 1024)
    want = min(max(want, -top), top)
    got = mp.sign(got) * top if math.isinf(got) else mp.mpf(float(got))
    if want == got:
        return 0.0
    exponent = mp.frexp(max(abs(want), scale or 0))[1]
    return float(abs(got - want) / mp.ldexp(1, min(max(exponent - 53, -1074), 971)))


def worst(name, results, *columns):
    """(ulp, point): the largest error of `results` at the points in `columns`.

    logaddexp is measured against the larger of its terms, for it passes through 0 between them.
    """
    with mp.workdps(_DIGITS):
        found = (-1.0, None)
        for got, *point in zip(results, *columns):
            scale = max(abs(mp.mpf(float(v))) for v in point) if name == "logaddexp" else None
            found = max(found, (error(float(got), exact(name, *point), scale), tuple(map(float, point))),
                        key=lambda pair: pair[0])
        return found
