"""Graphs of a derivation and a point go in; the number of every cell of its table comes out.

By machine code where the compiled graph is shown and Numba is there, else by NumPy; exactly, by SymPy, where that is
asked for and everything is a scalar.
"""
import re

import numpy as np
import sympy as sp

from ..derive import forward_jacobians, gradient
from ..errors import ArgumentError, DTypeError, SizeMismatch
from ..evaluate import evaluate
from ..language import Constant, Node, nodes
from ..lengths import text
from ..passes import AFTER, run
from ..write import write
from .forms import substituted

BY_MACHINE, BY_NUMPY, EXACTLY = "the compiled function", "NumPy, as typed", "exact arithmetic (SymPy)"
LONGEST_EXACT = 60              # operations of an exact number; longer ones are shown as decimals
LONGEST_TEXT = 400              # characters of a number given as text
LARGEST_EXACT = 1000            # a power or a gamma function of more is computed to thirty digits, not as a whole number
GROWING = frozenset([sp.Pow, sp.exp, sp.gamma, sp.loggamma, sp.digamma, sp.polygamma])
TURNING = frozenset([sp.sin, sp.cos, sp.tan])
BEYOND = sp.Integer(2)**1024
MOST_ENTRIES = 1_000_000        # of a tangent: a Jacobian of a step in an array

_DECIMAL = re.compile(r"\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?(\s*/\s*0*[1-9][0-9]*)?\s*")


def cells(steps, graphs, output, wrt, inputs, reverse):
    """{(kind, key): graph in the inputs}: the value of every leaf, of every partial, of what is accumulated.

    The kinds are "value", "partial", "adjoint" and "part" (backward), "tangent" (forward); a number that is nowhere
    defined has no cell.
    """
    made = {("value", node): node for node in inputs}
    made |= {("value", step.leaf): step.node for step in steps}
    real = {step.leaf: step.node for step in steps}
    for edge, graph in graphs.partials.items():
        if graph is not None:
            made["partial", edge] = substituted(graph, real)
    if reverse:
        leaves = [step.leaf for step in steps if step.by or step is steps[-1]] + list(wrt)
        adjoints = gradient(output, [real.get(leaf, leaf) for leaf in leaves])
        made |= {("adjoint", leaf): node for leaf, node in zip(leaves, adjoints)}
        real |= {step.bar: made["adjoint", step.leaf] for step in steps if step.by}
        for edge, graph in graphs.pulled.items():
            made["part", edge] = substituted(graph, real)
    else:
        for w in wrt:
            for step, node in zip(steps, forward_jacobians([step.node for step in steps], w)):
                made["tangent", (step.leaf, w)] = node
            made |= {("tangent", (v, w)): node for v in wrt for node in forward_jacobians([v], w)}
    return made


def point(at, reading):
    """{input node: value}, of what the user gave by name or by symbol; missing, unknown and wrong values are refused."""
    if not hasattr(at, "keys"):
        raise ArgumentError(f"a point is given by name, and this is a {type(at).__name__}.",
                            do='write at={"x": 3, "w": 0.5}.')
    given = {}
    for key in at.keys():
        node = reading.node(key)
        if node in given:
            raise ArgumentError(f"{key} is given twice.", do="give it once, by name or by symbol.")
        given[node] = _number(at[key], str(key), node.sizes)
    missing = [node.attributes[0] for node in dict.fromkeys(reading.inputs.values()) if node not in given]
    if missing:
        raise ArgumentError(f"no value for {', '.join(missing[:20])}.", do="give every input a value in `at`.")
    return given


def _number(value, name, sizes):
    """A SymPy number or an array of float64 of the right number of axes."""
    if isinstance(value, str):
        if not _DECIMAL.fullmatch(value) or len(value) > LONGEST_TEXT:
            raise DTypeError(f"{name} is {value[:40]!r}, which is no number.", do="give a number.")
        value = sp.Rational(value)
    if isinstance(value, sp.Basic) and not (isinstance(value, sp.Expr) and value.is_number and value.is_real):
        raise DTypeError(f"{name} is {str(value)[:60]}, which is no real number.", do="give a real number.")
    if isinstance(value, sp.Basic):
        found = value
    else:
        try:
            array = np.asarray(value)
        except (TypeError, ValueError) as error:
            raise DTypeError(f"{name} is no array of numbers.", where=str(error)[:200], do="give numbers.") from error
        if array.dtype.kind not in "biuf":
            raise DTypeError(f"{name} holds {array.dtype}, which is no type of real numbers.", do="give numbers.")
        whole = array.ndim == 0 and array.dtype.kind in "biu"
        found = sp.Integer(int(array)) if whole else array.astype(np.float64)
    if np.ndim(found) != len(sizes):
        raise SizeMismatch(f"{name} has the sizes {text(sizes)}, and its value {np.ndim(found)} axes.",
                           do=f"give {name} a value of sizes {text(sizes)}.")
    return found


def computed(made, given, compiled):
    """({cell: float or array}, by what): the cells at a point."""
    values = {node.attributes[0]: np.asarray(value, dtype=np.float64) if not isinstance(value, sp.Basic)
              else np.float64(float(value)) for node, value in given.items()}
    graphs = tuple(made.values())
    if compiled:
        graphs = run(graphs, AFTER)[0]
        try:
            from .. import numbers_of
        except ImportError:                                     # Numba is not there
            found, by = evaluate(graphs, values), "NumPy: Numba is not installed"
        else:
            found, by = numbers_of(graphs, tuple(given), values), BY_MACHINE
    else:
        found, by = evaluate(graphs, values), BY_NUMPY
    return {key: np.array(value) if np.ndim(value) else float(value) for key, value in zip(made, found)}, by


def exact(made, given):
    """{cell: SymPy number}: the cells at a point, simplified by SymPy's own arithmetic only."""
    arrays = [node.attributes[0] for node in given if node.sizes]
    if arrays or any(graph.sizes for graph in made.values()):
        raise ArgumentError("exact numbers are of formulas of scalars"
                            + (f", and {arrays[0]} is an array." if arrays else "."), do="leave exact out.")
    symbols = {node: sp.Dummy() for node in given}
    known = {symbols[node]: _exact(value) for node, value in given.items()}
    expressions = write(tuple(made.values()), symbols)
    for expression in expressions:
        for e in nodes(expression) if isinstance(expression, Node) else ():
            if e not in known and isinstance(e, Node):
                known[e] = _evaluated(e, [known.get(a, a) for a in e.args])
    return {key: _short(known.get(e, e)) for key, e in zip(made, expressions)}


def _exact(value):
    return value if isinstance(value, sp.Basic) else sp.Float(float(value))


def _evaluated(e, args):
    if type(e.op) is str:
        raise ArgumentError(f"{e.op} has no exact number.", do="leave exact out.")
    if e.op in GROWING and any(isinstance(a, sp.Rational) and abs(a) > LARGEST_EXACT for a in args[e.op is sp.Pow:]):
        args = [a.evalf(30) if isinstance(a, sp.Expr) else a for a in args]
    if e.op in GROWING or e.op in TURNING:
        args = [*args[:e.op is sp.Pow], *map(_within, args[e.op is sp.Pow:])]
    value = sp.Piecewise(*zip(args[::2], args[1::2])) if e.op is sp.Piecewise else e.op(*args)
    return _short(_real(value, e.op)) if isinstance(value, sp.Expr) else value


def _within(number):
    """The number, infinite beyond what a float holds: of its exponential nobody has the digits."""
    if not isinstance(number, sp.Expr) or not number.is_number or number.is_Rational and abs(number) < BEYOND:
        return number
    size = number.evalf(5)
    return sp.sign(size)*sp.oo if size.is_Float and abs(size) > BEYOND else number


def _real(value, op):
    """The number as floats would have it where it is none of the reals: log 0 and 1/0 are infinite, else nan."""
    if value is sp.zoo:
        return {sp.log: -sp.oo, sp.Pow: sp.oo}.get(op, sp.nan)
    return value if value.is_extended_real is not False and not isinstance(value, sp.AccumBounds) else sp.nan


def _short(value):
    """The number in its shortest exact form: a quotient of products in what is irrational in it (exp(-9), log(2), …)."""
    if isinstance(value, Constant):
        return sp.Float(float(value.value.array))
    if isinstance(value, sp.Rational) and max(abs(value.p), value.q) > 10**30:
        return value.evalf(30)
    if not isinstance(value, sp.Expr) or value.is_Atom:
        return value
    if value.count_ops() > LONGEST_EXACT or value.has(sp.Float):
        return value.evalf(30)
    stands = {f: sp.Dummy() for f in value.atoms(sp.Function, sp.exp)}
    short = sp.factor(value.xreplace(stands)).xreplace({dummy: f for f, dummy in stands.items()})
    return short if short.count_ops() < value.count_ops() else value
