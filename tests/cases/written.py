"""How long a formula is as it is written: an expression of the array language goes in, its number of operations comes
out, the same measure for ours and for those of the literature; and formulas of the literature as expressions."""
from types import SimpleNamespace

import numpy as np
import sympy as sp

import symdiff as sd
from symdiff.language import Node, sizes_of

FORMULAS = {"sech": 2, "logistic_pdf": 4, "hypot": 4, "direction": 5, "half_circle": 3, "log1p": 2, "expm1": 2,
            "xlogy": 2, "logaddexp": 4, "log1mexp": 3, "exprel": 3, "log_poisson": 6, "inverse_mills": 6}


def operations(*expressions):
    """How many operations the expressions are written with, shared subexpressions counted once.

    a - b, a/b and -a are one operation each; so are a transposition, an index and a word such as solve; an einsum
    counts its operands, and a function that few readers know (FORMULAS) the operations of its formula.
    """
    seen, stack, total = set(), list(expressions), 0
    while stack:
        e = stack.pop()
        if e in seen or not getattr(e, "args", ()):
            continue
        seen.add(e)
        if not isinstance(e, Node):
            total += int(e.count_ops())
            continue
        total += _own(e)
        stack += [part for a in e.args for part in _bare(e.op, a)]
    return total


def _own(e):
    if e.op == "einsum":
        return len(e.args)
    if e.op == "broadcast_to" and not sizes_of(e.args[0]):
        return 0
    if e.op is sp.Piecewise:
        return len(e.args)//2 - (e.args[-1] == sp.true) or 1
    if type(e.op) is str:
        return 1
    if e.op is sp.Mul:
        return len(e.args) - 1 + sum(map(_more_than_one, e.args))
    return FORMULAS.get(e.op.__name__, max(1, len(e.args) - 1))


def _more_than_one(number):
    """How many operations more than one a number in front is: 3*x/2 and -x/2 are two."""
    if not isinstance(number, sp.Rational) or number == -1:
        return 0
    return (abs(number.p) != 1) + (number.q != 1) + (number.p == -1) - 1


def _bare(op, a):
    """The operand without the sign or the division that the operation above it writes."""
    if isinstance(a, Node) and len(a.args) == 2:
        if op is sp.Add and a.op is sp.Mul and a.args[0] == -1:
            return a.args[1:]
        if op is sp.Mul and a.op is sp.Pow and a.args[1] == -1:
            return a.args[:1]
    return (a,)


def literature(cases, case, arrays):
    """{variable: expression} of the case's closed form: its NumPy code called with arrays of the language.

    numpy.array of arrays becomes stack, and matrix_power as many products.
    """
    plain = cases.onp
    words = {name: getattr(plain, name) for name in dir(plain)} | {"array": sd.stack}
    words["linalg"] = SimpleNamespace(**{name: getattr(plain.linalg, name) for name in dir(plain.linalg)}
                                      | {"matrix_power": power})
    cases.onp = SimpleNamespace(**words)
    try:
        return case.closed(arrays)
    finally:
        cases.onp = plain


def power(matrix, count):
    """The matrix times itself, written out."""
    result = matrix
    for _ in range(count - 1):
        result = result @ matrix
    return result


def arrays_of(inputs):
    """The inputs as arrays of the language; whole numbers stay what they are."""
    return {name: sd.array(name, *np.shape(given)) if np.asarray(given).dtype.kind == "f" else given
            for name, given in inputs.items()}
