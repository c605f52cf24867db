"""A primitive without a formula in, a scalar call of the C library per lane out.

The bounds were measured on glibc 2.36 with `python -m codegen.vectormath --all`, and rounded up; another C library
has its own.
The names are linked when the code is loaded, from a cache too: `make_known` first, which costs microseconds.
"""
import ctypes
import ctypes.util
from functools import lru_cache, partial

from llvmlite import binding

from codegen.vectormath.arithmetic import call
from codegen.vectormath.table import Function


def _called(symbol, ulp, cost):
    return Function(partial(call, symbol), ulp, cost)


LIBM = {
    "cbrt": _called("cbrt", 4.0, 60),
    "fmod": _called("fmod", 0.0, 60),
    "gamma": _called("tgamma", 8.0, 200),
}
SYMBOLS = (*sorted(f.formula.args[0] for f in LIBM.values()), "sin", "cos", "tan", "asin", "acos", "atan", "atan2",
           "asinh", "acosh", "atanh", "hypot", "erf", "erfc", "lgamma")      # translated functions call them too


@lru_cache(maxsize=None)
def make_known():
    """Tell LLVM where the functions are that it does not find by itself in this process."""
    for symbol in SYMBOLS:
        if binding.address_of_symbol(symbol) is None:
            binding.add_symbol(symbol, ctypes.cast(function(symbol), ctypes.c_void_p).value)


@lru_cache(maxsize=None)
def function(symbol):
    """The C library's function, to be called with floats."""
    found = getattr(_library(), symbol)
    found.restype, found.argtypes = ctypes.c_double, [ctypes.c_double] * (2 if symbol in _OF_TWO else 1)
    return found


_OF_TWO = ("atan2", "hypot", "fmod")


@lru_cache(maxsize=None)
def _library():
    return ctypes.CDLL(ctypes.util.find_library("m") or ctypes.util.find_library("msvcrt"))
