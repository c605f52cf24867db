"""SymPy in, SymPy out: the closed forms of gradients, Jacobians and Hessians, as a person would write them.

The formula is read, differentiated, simplified, and written in its shortest form (`tidy`).  It is not made stable: what
is printed may cancel or overflow where what is compiled does not.
"""
import sympy as sp

from . import derive, passes
from .errors import ArgumentError
from .passes.stabilise.engine import rewritten
from .passes.stabilise.rule import RULES
from .primitives import build
from .read import read_all
from .tidy import fullest, shortest, tidy
from .write import write

LEVELS = "none", "tidy", "full"
SHORTER = [RULES[name] for name in (
    "exp(x)*sigmoid(-x)", "sigmoid(x)/sigmoid(-x)", "exp(-softplus(x))", "exp(log_sigmoid(x))", "exp(log(x))",
    "exp(x)/(exp(x) + exp(y))", "sinh(x)/cosh(x)", "log(sum(exp(x)))", "exp(x)/sum(exp(x))", "log(softmax(x))",
    "exp(log_softmax(x))", "x - logsumexp(x)", "softmax(x - m)", "logsumexp(x - m) + m", "log(prod(x))", "log(det(A))",
    "inv(inv(A))", "log(ndtr(x))", "log(exp(x))", "log(1 + exp(x))", "log1p(exp(x))", "log(a*exp(x))", "sqrt(x**2)")]


def gradient(expr, wrt, simplify="tidy"):
    """The gradient of a scalar expression, or of a Model's loss: one expression for one wrt, a tuple for a list.

    simplify   "none": as the chain rule gives it, in its stable form; "tidy": as a person would write it; "full": the
               shortest of many forms, which takes longer

    >>> x = sp.Symbol("x")
    >>> gradient(sp.exp(2*x), x)
    2*exp(2*x)
    """
    return _closed(expr, wrt, _gradient, simplify)


def jacobian(expr, wrt, simplify="tidy"):
    """The derivative of every entry: an expression of the sizes of `expr` followed by those of wrt."""
    return _closed(expr, wrt, _jacobian, simplify)


def hessian(expr, wrt, simplify="tidy"):
    """The second derivatives of a scalar: one expression for one wrt; for a list, a tuple of rows of blocks."""
    listed = isinstance(wrt, (list, tuple, sp.Tuple))
    found = _closed(expr, wrt, _hessian, simplify)
    n = len(wrt) if listed else 1
    return tuple([found[k*n:(k + 1)*n] for k in range(n)]) if listed else found


# -- derivatives: an output, nodes and what is done to a derivative go in, equal tuples of outputs come out -----------

def _gradient(output, nodes, steps):
    return [derive.gradient(output, nodes)]


def _jacobian(output, nodes, steps):
    return [derive.jacobian(output, nodes)]


def _hessian(output, nodes, steps):
    """The derivative as it is, and the derivatives of the gradient in its short form."""
    count = range(len(nodes))
    found = derive.hessian(output, nodes)
    forms = [tuple([found[i, j] for i in count for j in count])]
    if steps is not _stable:
        first, found = steps(derive.gradient(output, nodes)), {}
        for i in count:
            for j, block in enumerate(derive.jacobian(first[i], nodes[i:]), i):
                a, b = len(nodes[i].sizes), len(nodes[j].sizes)
                found[i, j] = block
                found.setdefault((j, i), build.transpose(block, (*range(a, a + b), *range(a))))
        forms.append(tuple([found[i, j] for i in count for j in count]))
    return forms


def _closed(expr, wrt, rule, simplify):
    """The expressions of `rule`'s derivative, in the shortest of its forms."""
    if simplify not in LEVELS:
        raise ArgumentError(f"{simplify!r} is no way to simplify.", known=", ".join(LEVELS),
                            do='write simplify="tidy".')
    listed = isinstance(wrt, (list, tuple, sp.Tuple))
    asked = list(wrt) if listed else [wrt]
    spare = [w for w in asked if isinstance(w, (sp.Symbol, sp.MatrixSymbol))]
    reading = read_all(expr, *spare)
    outputs = reading.outputs[:len(reading.outputs) - len(spare)]
    if len(outputs) != 1:
        raise ArgumentError(f"{len(outputs)} expressions were given, and one is differentiated at a time.",
                            do="give one of them.")
    output, = _run(outputs, BEFORE if simplify == "none" else SHORT_BEFORE)
    steps = _stable if simplify == "none" else lambda found: _short(found, output, simplify)
    found = shortest([steps(form) for form in rule(output, [reading.node(w) for w in asked], steps)])
    names = {}
    for symbol, node in reading.inputs.items():
        names.setdefault(node, symbol)
    written = write(found, names)
    return written if listed else written[0]


def _stable(found):
    return _run(found, AFTER)


def _short(found, output, simplify):
    return (fullest if simplify == "full" else tidy)(_run(found, SHORT_AFTER), (output,))


# -- passes ------------------------------------------------------------------------------------------------------------

def _shortened(outputs):
    """The outputs with those rewrites of the stable form that a person would make as well."""
    return rewritten(outputs, SHORTER)[0]


def _run(outputs, steps):
    return passes.run(outputs, steps)[0]


AFTER = tuple([one for one in passes.AFTER if one is not passes.associate])     # products in the order as typed
BEFORE = tuple([one for one in passes.BEFORE if one is not passes.associate])
SHORT_BEFORE = (passes.fold, passes.powers, _shortened, passes.fold)
SHORT_AFTER = (passes.fold, passes.guard, passes.powers, _shortened, passes.guard, passes.fold)
