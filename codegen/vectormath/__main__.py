"""`python -m codegen.vectormath [--all] [--points N]`: the functions' bounds, worst measured errors and speeds."""
import argparse
import time

import numpy as np

from codegen.vectormath import FUNCTIONS, LIBM, host, measure
from codegen.vectormath.apply import compiled

_LENGTH = 4096


def nanoseconds(function, *columns):
    """Per element, the best of many passes over an array that stays in the cache."""
    out, best = np.empty(len(columns[0])), np.inf
    function(out, *columns)
    for _ in range(50):
        start = time.perf_counter()
        for _ in range(10):
            function(out, *columns)
        best = min(best, time.perf_counter() - start)
    return best / 10 / len(out) * 1e9


def typical(name):
    """Numbers as data have them: normal ones, made valid."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, _LENGTH))
    if name in ("log", "log2", "log10", "pow", "log1p", "gamma", "lgamma", "digamma"):
        x = np.exp(x)
    if name == "log1mexp":
        x = -np.exp(x)
    if name in ("asin", "acos", "atanh", "half_circle"):
        x = np.tanh(x)
    if name == "xlogy":
        x, y = y, np.exp(x)
    if name == "log_poisson":
        x, y = np.floor(np.exp(x)), np.exp(y)
    if name == "acosh":
        x = 1 + np.exp(x)
    return (x, y)[:measure.arguments(name)]


def main():
    parser = argparse.ArgumentParser(prog="python -m codegen.vectormath", description=__doc__)
    parser.add_argument("--all", action="store_true", help="the functions of the C library too")
    parser.add_argument("--points", type=int, default=2000, help="points per function (2000)")
    options = parser.parse_args()
    width = host.lanes()
    print(f"lanes {width}, fma {'yes' if host.has_fma() else 'no'}; ns per element, one, {width} and {2 * width} lanes")
    print(f"{'function':<12} {'bound':>6} {'worst':>6}   {'1':>5} {width:>5} {2 * width:>5}   at")
    for name, function in {**FUNCTIONS, **(LIBM if options.all else {})}.items():
        run = {lanes: compiled(function, measure.arguments(name), lanes) for lanes in (1, width, 2 * width)}
        columns = measure.points(name, options.points)
        out = np.empty(len(columns[0]))
        run[width](out, *columns)
        ulp, where = measure.worst(name, out, *columns)
        speeds = " ".join(f"{nanoseconds(f, *typical(name)):5.2f}" for f in run.values())
        print(f"{name:<12} {function.ulp:6.2f} {ulp:6.3f}   {speeds}   {', '.join(map(repr, where))}", flush=True)


if __name__ == "__main__":
    main()
