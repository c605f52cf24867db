"""An expression, a list of them, or a Model goes in; a Compiled function comes out."""
import warnings

import sympy as sp

from symdiff.errors import ArgumentError, DTypeError
from symdiff.graph import orders_kept
from symdiff.read import read_all

from .collector import at_rest
from .compiled import Compiled
from .kinds import Problem

DTYPES = ("float64", "float32")
MODES = ("auto", "forward", "reverse")


@at_rest()
@orders_kept()
def compile(expr, wrt=None, dtype="float64", mode="auto"):
    """Machine code for the value of an expression and all its derivatives.

    expr   an expression of any SymPy dialect, a list or dict of them, or a Model
    wrt    what to differentiate by: symbols or names; a Model's parameters, or else every input, where it is left out
    dtype  "float64", or "float32" for the whole program
    mode   "auto", "forward" or "reverse": how Jacobians and Hessians sweep

    >>> x = sp.Symbol("x")
    >>> f = compile(x**2*sp.exp(x))
    >>> f.wrt
    ('x',)
    """
    name = getattr(dtype, "__name__", None) or str(dtype)
    if name not in DTYPES:
        raise DTypeError(f"{name} is no dtype of a program.", known=", ".join(DTYPES), do="leave it out for float64.")
    if mode not in MODES:
        raise ArgumentError(f"{mode!r} is no mode.", known=", ".join(MODES))
    expr, asked = _kept(expr), _asked(expr, wrt)
    spare = [w for w in asked or () if _is_symbol(w)]
    reading = read_all(expr, *spare)
    outputs = reading.outputs[:len(reading.outputs) - len(spare)]
    by = list(dict.fromkeys(reading.inputs.values())) if asked is None else [_input(reading, w) for w in asked]
    _refuse_twice(by)
    keys = _keys(reading)
    single = reading.structure == "one" or reading.structure == "model" and len(outputs) == 1
    taken = [node.attributes[0] for node in reading.inputs.values()]
    problem = Problem(outputs, by, single, mode, taken)
    recipe = (compile, (expr, None if asked is None else tuple(asked), name, mode))
    return Compiled(expr, reading, problem, keys, name, recipe, _notes(problem, keys))


def _kept(expr):
    """The expression as it is now: matrices, lists and dicts can be changed by their owner later."""
    if isinstance(expr, sp.MatrixBase):
        return expr.as_immutable()
    if isinstance(expr, dict):
        return {key: _kept(one) for key, one in expr.items()}
    return type(expr)(map(_kept, expr)) if type(expr) in (list, tuple) else expr


def _asked(expr, wrt):
    """What to differentiate by, as a list of symbols or names; None for every input."""
    if wrt is None:
        parameters = getattr(expr, "parameters", None)
        return list(parameters) if parameters else None
    several = isinstance(wrt, (list, tuple, sp.Tuple, set, frozenset, dict)) or hasattr(wrt, "__next__")
    asked = list(wrt) if several else [wrt]
    for w in asked:
        if not isinstance(w, str) and not _is_input(w):
            raise ArgumentError(f"{str(w)[:80]} is nothing to differentiate by.", where=f"it is a {type(w).__name__}",
                                do="give symbols, arrays or their names; an expression needs a name of its own.")
    return asked


def _is_symbol(w):
    return isinstance(w, (sp.Symbol, sp.MatrixSymbol))


def _is_input(w):
    return _is_symbol(w) or isinstance(w, sp.IndexedBase) or type(w).__name__ == "ArraySymbol"


def _input(reading, w):
    """The input node of a symbol or name."""
    return reading.node(w)


def _refuse_twice(nodes):
    left = set(nodes)
    for node in nodes:
        if node not in left:
            raise ArgumentError(f"{node.attributes[0]} stands twice in wrt.", do="name it once.")
        left.remove(node)


def _keys(reading):
    """{input node: its name, or its symbol where several inputs have the name}."""
    first = {}
    for symbol, node in reading.inputs.items():
        first.setdefault(node, symbol)
    names = {node: node.attributes[0] for node in first}
    plain = {node: str(symbol.label) if isinstance(symbol, sp.IndexedBase) else str(getattr(symbol, "name", symbol))
             for node, symbol in first.items()}
    count = {}
    for name in plain.values():
        count[name] = count.get(name, 0) + 1
    return {node: first[node] if count[plain[node]] > 1 else names[node] for node in first}


def _notes(problem, keys):
    """What a user should know of the derivatives: the flat steps (warned of once) and the inputs without effect."""
    notes = [f"{keys[node]} does not occur in the formula: its derivative is 0." for node in problem.unused()]
    steps = problem.steps()
    if steps:
        notes.append(f"the derivative of {', '.join(steps)} is taken as 0, which it is between the steps.")
        warnings.warn(notes[-1], stacklevel=3)
    return notes
