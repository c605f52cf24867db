"""The elementwise words: SymPy's own classes and ours by their names, and those that make a choice; operands go in,
a node comes out."""
import functools

import numpy as np
import sympy as sp
from sympy import (  # noqa: F401  (the public words, ours by re-export)
    acos, acosh, asin, asinh, atan, atan2, atanh, ceiling, cos, cosh, digamma, erf, erfc, erfinv, exp, floor, gamma,
    log, loggamma, polygamma, sign, sin, sinc, sinh, sqrt, tan, tanh)
from sympy.codegen.cfunctions import Cbrt

from ..errors import ArgumentError, DTypeError
from ..primitives.functions import (  # noqa: F401
    cbrt, erfcx, exp2, expm1, exprel, hard_unit, hypot, leaky_relu, log1mexp, log1p, log2, log10, log_ndtr, log_sigmoid,
    logaddexp, ndtr, relu, round_, sigmoid, softplus, step, swish, xlogy)
from .axes import operand
from .core import ArrayExpr, condition, constant, elementwise, make

abs = sp.Abs


def _either(op, name, doc):
    """The node when an operand is an array, else what SymPy makes of plain operands."""
    def build(*operands):
        operands = [operand(x) for x in operands]
        if len(operands) < 2:
            raise ArgumentError(f"{build.__name__} needs two operands or more.",
                                do="for the largest entry of one array write max(x).")
        return make(op, operands) if any(isinstance(x, ArrayExpr) for x in operands) else op(*operands)
    build.__name__, build.__doc__ = name, doc
    return build


maximum = _either(sp.Max, "maximum", "The larger, entry by entry; where both are equal each has half of the "
                                     "derivative.")
minimum = _either(sp.Min, "minimum", "The smaller, entry by entry; where both are equal each has half of the "
                                     "derivative.")


def where(choice, a, b):
    """a where the condition holds, else b; either may be infinite, as -inf for what a softmax is to leave out."""
    if isinstance(choice, bool):
        raise DTypeError(f"where was given a Python truth value: {choice}.",
                         do="x == y asks whether both are one formula; write sd.eq(x, y), sd.ne(x, y), x > y, "
                            "with & | ~ between.")
    return make(sp.Piecewise, (_branch(a), _condition(choice), _branch(b), sp.true))


def _branch(value):
    """What is chosen: an operand, and an infinite number as data, which it is here and nowhere else in a formula."""
    value = operand(value)
    return constant(np.array(float(value))) if value is sp.oo or value is -sp.oo else value


def _condition(choice):
    choice = condition(choice)
    if choice is sp.true or choice is sp.false:
        raise DTypeError(f"where was given a truth value: {choice}.", do="give it a comparison of arrays.")
    return choice


def eq(a, b):
    """1 where both are equal, entry by entry (== asks whether both are one formula)."""
    return elementwise(sp.Eq, operand(a), operand(b))


def ne(a, b):
    """1 where both differ, entry by entry."""
    return elementwise(sp.Ne, operand(a), operand(b))


def xor(a, b):
    """True where one of two conditions holds, and not the other."""
    a, b = _condition(a), _condition(b)
    return make(sp.Or, (make(sp.And, (a, make(sp.Not, (b,)))), make(sp.And, (make(sp.Not, (a,)), b))))


def clip(x, low=None, high=None):
    """x, but not below `low` and not above `high`."""
    x = operand(x)
    if low is not None:
        x = maximum(x, low)
    return minimum(x, high) if high is not None else x


# -- SymPy functions that are called with arrays ----------------------------------------------------------------------

def of_function(cls, args):
    """The node for cls(*args), where `args` hold arrays."""
    _check_count(cls, len(args))
    special = _SPECIAL.get(cls)
    return special(*args) if special is not None else make(cls, args)


@functools.cache
def _counts(cls):
    """How many arguments a SymPy function takes; None: any number."""
    allowed = cls.nargs
    return tuple(allowed) if isinstance(allowed, sp.FiniteSet) else None


def _check_count(cls, given):
    allowed = _counts(cls)
    if allowed is not None and given not in allowed or not given:
        counts = " or ".join(map(str, allowed)) if allowed else "some"
        raise ArgumentError(f"{cls.__name__} takes {counts} argument{'s' if counts != '1' else ''}, and was "
                            f"given {given}.",
                            do="give it as many as it takes.")


def _piecewise(*pairs):
    flat = []
    for pair in pairs:
        value, choice = pair if isinstance(pair, (tuple, list)) else pair.args
        flat += [_branch(value), condition(choice)]
    return make(sp.Piecewise, flat)


def _choice(choice, a, b):
    return make(sp.Piecewise, (_branch(a), condition(choice), _branch(b), sp.true))


def _log(x, base=None):
    if base is None:
        return make(sp.log, (x,))
    for known, log_of in ((2, log2), (10, log10)):
        if base == known:
            return make(log_of, (x,))
    return make(sp.log, (x,))/make(sp.log, (base,))


def _heaviside(x, at_zero=None):
    if at_zero is None or at_zero == sp.S.Half or at_zero == 0.5:
        return make(sp.Heaviside, (x,))
    return make(sp.Piecewise, (0, elementwise(sp.Lt, x, 0), at_zero, eq(x, 0), 1, elementwise(sp.Gt, x, 0), sp.nan,
                               sp.true))


def _lattice(op):
    return lambda *args: make(op, args) if len(args) > 1 else condition(args[0])


_SPECIAL = {sp.Piecewise: _piecewise, sp.ITE: _choice, sp.log: _log, sp.Heaviside: _heaviside,
            Cbrt: lambda x: make(cbrt, (x,)),
            **{op: _lattice(op) for op in (sp.Max, sp.Min, sp.And, sp.Or)}}
