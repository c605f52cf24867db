"""What numpy_code is given goes in; equations, outputs, inputs and lengths come out, in the array language."""
from collections import namedtuple

import sympy as sp
from sympy.core.function import Application
from sympy.core.relational import Relational
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import Boolean

from .. import lengths
from ..errors import ArgumentError
from ..language.core import Array, ArrayExpr, Node, lift, sizes_of, walk
from ..model import Model
from ..read import read_all
from ..write import write
from .functions import KNOWN

# equations  (symbol, expression), …;  outputs  expressions;  many  is a tuple returned?
# inputs     symbols in order;  sizes  symbols of lengths of axes
Given = namedtuple("Given", "equations outputs many inputs sizes")

ARITHMETIC = (sp.Add, sp.Mul, sp.Pow, Relational, Boolean, ExprCondPair, sp.Piecewise)


def taken_apart(given):
    """The Given of an expression, a list or tuple of them, or a Model."""
    if isinstance(given, Model):
        equations, outputs = _needed(given)
        many = len(outputs) > 1
    else:
        many = isinstance(given, (list, tuple, sp.Tuple))
        equations, outputs = (), _in_the_language(list(given) if many else [given])
    if not outputs:
        raise ArgumentError("no expression was given.", do="give one, or a list of them.")
    sizes, found = {}, {}
    for e in walk(*[body for _, body in equations], *outputs):
        sizes.update(dict.fromkeys(lengths.symbols(sizes_of(e))))
        if isinstance(e, Node):
            sizes.update(dict.fromkeys(_symbols(e.attributes)))
        elif isinstance(e, sp.Symbol):
            found[e] = None
    defined = {target for target, _ in equations}
    inputs = [s for s in found if s not in defined and s not in sizes]
    if isinstance(given, Model):
        declared = [s for s in (*given.parameters, *given.data) if s in found]
        inputs = declared + [s for s in inputs if s not in declared]
    return Given(equations, outputs, many, inputs, list(sizes))


def _needed(model):
    """The equations that the outputs of a model use, in order, and the outputs."""
    used, kept = set(), []
    for e in walk(*model.outputs):
        used.add(e)
    for target, body in reversed(model.equations):
        if target in used:
            kept.append((target, body))
            used.update(walk(body))
    return kept[::-1], list(model.outputs)


def _in_the_language(expressions):
    """Expressions of any dialect in that of arrays; those of arrays and plain scalars as they are."""
    if all(_is_known(e) for e in expressions):
        return [lift(e) if not isinstance(e, sp.Basic) else e for e in expressions]
    reading = read_all(expressions)
    return list(write(reading.outputs, reading.symbols))


def _is_known(e):
    """Is it made of arrays, symbols, numbers, and functions that have code?"""
    if not isinstance(e, sp.Basic) or isinstance(e, sp.MatrixBase):
        return not isinstance(e, (str, list, tuple, dict, sp.MatrixBase, sp.NDimArray))
    for part in walk(e):
        if isinstance(part, ArrayExpr) or isinstance(part, ARITHMETIC) or isinstance(part, Application) \
                and type(part) in KNOWN:
            if isinstance(part, Node) and type(part.op) is not str and part.op not in KNOWN \
                    and not issubclass(part.op, ARITHMETIC):
                return False
        elif not isinstance(part, (sp.Symbol, sp.Number, sp.NumberSymbol)):
            return False
    return True


def _symbols(attributes):
    """The symbols in the attributes of a node."""
    stack, found = [attributes], {}
    while stack:
        value = stack.pop()
        if type(value) is tuple:
            stack += reversed(value)
        elif isinstance(value, sp.Expr):
            found.update(dict.fromkeys(lengths.symbols((value,))))
    return found


def told_by(symbol, arrays, names):
    """The code of a length, from the shape of an input; None where no shape tells it."""
    axes = [(a, k, length) for a in arrays if isinstance(a, Array) for k, length in enumerate(a.sizes)]
    for a, k, length in axes:
        if length == symbol:
            return f"{names[a]}.shape[{k}]"
    for a, k, length in axes:
        if isinstance(length, sp.Expr) and length.free_symbols == {symbol} and length.is_polynomial(symbol) \
                and sp.degree(length, symbol) == 1:
            slope, rest = int(length.coeff(symbol, 1)), int(length.coeff(symbol, 0))
            shifted = f"{names[a]}.shape[{k}]" + (f" - {rest}" if rest > 0 else f" + {-rest}" if rest else "")
            return shifted if slope == 1 else f"({shifted})//{slope}" if rest else f"{shifted}//{slope}"
    return None
