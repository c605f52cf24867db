"""A plain Python function of floats in, the same function out, made known to Numba with all plain functions it calls."""
import types

from numba.extending import register_jitable

_known = set()


def jitable(function):
    """The function; Numba compiles it and what it calls into whatever calls it."""
    waiting = [function]
    while waiting:
        one = waiting.pop()
        if one in _known:
            continue
        _known.add(one)
        register_jitable(one)
        names = one.__code__.co_names
        waiting += [g for name in names if isinstance(g := one.__globals__.get(name), types.FunctionType)]
    return function
