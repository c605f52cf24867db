"""SymPy in, SymPy out: the closed forms of gradients, Jacobians and Hessians, as a person would write them.

The formula is read, made stable, differentiated, simplified, and written in its shortest form (`tidy`): what is printed
may cancel where what is compiled does not.
"""
import sympy as sp

from . import derive, passes
from .errors import ArgumentError
from .read import read_all
from .tidy import tidy
from .write import write

AFTER = tuple([one for one in passes.AFTER if one is not passes.associate])   # products in the order as typed
BEFORE = tuple([one for one in passes.BEFORE if one is not passes.associate])


def gradient(expr, wrt):
    """The gradient of a scalar expression, or of a Model's loss: one expression for one wrt, a tuple for a list.

    >>> x = sp.Symbol("x")
    >>> gradient(sp.exp(2*x), x)
    2*exp(2*x)
    """
    return _closed(expr, wrt, derive.gradient)


def jacobian(expr, wrt):
    """The derivative of every entry: an expression of the sizes of `expr` followed by those of wrt."""
    return _closed(expr, wrt, derive.jacobian)


def hessian(expr, wrt):
    """The second derivatives of a scalar: one expression for one wrt; for a list, a tuple of rows of blocks."""
    def blocks(output, nodes):
        found = derive.hessian(output, nodes)
        return tuple([found[i, j] for i in range(len(nodes)) for j in range(len(nodes))])

    listed = isinstance(wrt, (list, tuple, sp.Tuple))
    found = _closed(expr, wrt, blocks)
    n = len(wrt) if listed else 1
    return tuple([found[k*n:(k + 1)*n] for k in range(n)]) if listed else found


def _closed(expr, wrt, rule):
    """The expressions of `rule(output, wrt nodes)`."""
    listed = isinstance(wrt, (list, tuple, sp.Tuple))
    asked = list(wrt) if listed else [wrt]
    spare = [w for w in asked if isinstance(w, (sp.Symbol, sp.MatrixSymbol))]
    reading = read_all(expr, *spare)
    outputs = reading.outputs[:len(reading.outputs) - len(spare)]
    if len(outputs) != 1:
        raise ArgumentError(f"{len(outputs)} expressions were given, and one is differentiated at a time.",
                            do="give one of them.")
    output, = passes.run(outputs, BEFORE)[0]
    found = passes.run(rule(output, [reading.node(w) for w in asked]), AFTER)[0]
    names = {}
    for symbol, node in reading.inputs.items():
        names.setdefault(node, symbol)
    written = write(tidy(found, [output]), names)
    return written if listed else written[0]
