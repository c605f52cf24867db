"""Long subexpressions that occur several times get names: an expression goes in; the same in terms of names, and what
these stand for, come out.

A subexpression is named where it would be printed at least twice, is long, and the whole gets shorter by it.  What only
wraps another one (-x, 1/x, x.T) is not named itself.  Everything is counted on the shared graph, in linear time.
"""
import itertools
from collections import namedtuple

import sympy as sp
from sympy.core.function import Application
from sympy.logic.boolalg import Boolean

from ... import lengths
from ...errors import ArgumentError
from ...primitives import functions as f
from ..core import TRUTH, Array, ArrayExpr, Constant, Node, make, sizes_of
from .plan import is_minus, is_reciprocal

LONG, OPERATIONS = 20, 3                        # characters, or operations, from which on a subexpression is long
LARGEST = 10**9                                 # where lengths are no longer counted
BESIDE = len(", p = ")                          # what a name costs beside its definition
LETTERS = "uvstgckmahzqrp"                      # for what has no letter of its own
RESERVED = frozenset(["E", "I", "pi", "where"])
ACTIVATIONS = frozenset([sp.tanh, f.relu, f.softplus, f.swish, f.leaky_relu, sp.Max])
PROBABILITIES = frozenset([f.sigmoid, f.ndtr, "softmax"])

Sharing = namedtuple("Sharing", "expressions definitions")


def shared(expr):
    """The expression with names for the long subexpressions it repeats, and ((name, definition), …), inner ones first.

    Names are arrays (symbols, in a plain SymPy expression), none that the expression holds already.  A definition may
    hold the names before it.

    >>> from symdiff import array, sigmoid, sizes
    >>> n, d = sizes("n d")
    >>> X, y, w, b = array("X", n, d), array("y", n), array("w", d), array("b")
    >>> p = sigmoid(X @ w + b)
    >>> shared(X.T @ (p*(1 - p)*(p - y)))
    (X.T @ (p*(1 - p)*(p - y)), ((p, sigmoid(X @ w + b)),))
    """
    if not isinstance(expr, sp.Basic):
        raise ArgumentError(f"{type(expr).__name__} is no expression.", do="give one expression.")
    found = sharing((expr,))
    return found.expressions[0], found.definitions


def sharing(expressions, taken=()):
    """The same for several expressions at once, none of the names being in `taken`."""
    order = list(subexpressions(expressions))
    chosen = _chosen(order, expressions)
    if not chosen:
        return Sharing(tuple(expressions), ())
    names = Names({*taken, *RESERVED, *names_in(order)})
    new, definitions = {}, []
    for e in order:
        new[e] = _made(e, [new[a] for a in parts(e)])
        if e in chosen:
            name = names.new(letter(e))
            name = Array(name, *e.sizes) if isinstance(e, ArrayExpr) else sp.Symbol(name)
            definitions.append((name, new[e]))
            new[e] = name
    return Sharing(tuple([new[e] for e in expressions]), tuple(definitions))


# -- walking ----------------------------------------------------------------------------------------------------------

def parts(e):
    """The operands of an expression; plain SymPy inside an array expression is a leaf."""
    if isinstance(e, Node):
        return e.args
    if isinstance(e, (sp.Add, sp.Mul, sp.Pow, Application)) and not isinstance(e, (sp.Piecewise, Boolean)):
        return e.args
    return ()


def subexpressions(roots):
    """Every subexpression once, inputs first; by a stack, the same order on every run."""
    seen, stack = set(), [*reversed(roots)]
    while stack:
        e = stack[-1]
        if e in seen:
            stack.pop()
            continue
        waiting = [a for a in parts(e) if a not in seen] if isinstance(e, Node) or not isinstance(e, ArrayExpr) else ()
        if waiting:
            stack.extend(reversed(waiting))
        else:
            seen.add(stack.pop())
            yield e


def _made(e, args):
    if all(a is b for a, b in zip(args, parts(e))):
        return e
    return make(e.op, args, e.attributes) if isinstance(e, Node) else e.func(*args)


def _wrapped(e):
    """Does the expression only wrap another one: -x, 1/x, x.T?"""
    if isinstance(e, Node):
        return is_minus(e) or is_reciprocal(e) and not _is_logistic(e) or e.op == "transpose"
    return e.is_Mul and len(e.args) == 2 and e.args[0] is sp.S.NegativeOne or e.is_Pow and e.exp is sp.S.NegativeOne


def _is_logistic(e):
    """Is it 1/(1 + exp(h))?"""
    below = e.args[0] if is_reciprocal(e) else None
    return isinstance(below, Node) and below.op is sp.Add and len(below.args) == 2 and below.args[0] == 1 \
        and isinstance(below.args[1], Node) and below.args[1].op is sp.exp


# -- choosing ---------------------------------------------------------------------------------------------------------

def _chosen(order, roots):
    """The subexpressions to be named."""
    width, operations = {}, {}
    for e in order:
        _measure(e, width, operations)
    long = {e for e in order if _may_be_named(e) and (width[e] >= LONG or operations[e] >= OPERATIONS)}
    times = dict.fromkeys(order, 0)
    for e in roots:
        times[e] += 1
    for e in reversed(order):                                     # what is named is printed once itself
        each = 1 if e in long and times[e] > 1 else times[e]
        for a in parts(e):
            times[a] = min(times[a] + each, LARGEST)
    chosen = set()
    if all(times[e] < 2 for e in long):
        return chosen
    for e in order:                                               # again, with the inner ones named
        _measure(e, width, operations)
        if e in long and times[e] > 1 and (width[e] >= LONG or operations[e] >= OPERATIONS) \
                and times[e]*width[e] > width[e] + times[e] + BESIDE:
            chosen.add(e)
            width[e], operations[e] = 1, 0
    return chosen


def _may_be_named(e):
    if isinstance(e, Node):
        return e.op not in TRUTH and not _wrapped(e)
    return bool(parts(e)) and not e.is_number and not _wrapped(e)


def _measure(e, width, operations):
    """How long the expression is printed, and how many operations it has, from those of its parts."""
    inner = parts(e)
    if not inner:
        width[e], operations[e] = _leaf_width(e), 0
        return
    op = e.op if isinstance(e, Node) else type(e)
    count = len(inner)
    total = sum([width[a] for a in inner])
    if op is sp.Add:
        own = 3*(count - 1)
    elif op is sp.Mul:
        own = count - 1 + sum([2 for a in inner if _op(a) is sp.Add])
    elif op is sp.Pow:
        own = 2 + (2 if _op(inner[0]) in (sp.Add, sp.Mul, "matmul") else 0)
    elif op == "matmul":
        own = 3 + sum([2 for a in inner if _op(a) is sp.Add])
    elif op in ("transpose", "index"):
        own = 2 if op == "transpose" else 6
    else:
        own = len(op if type(op) is str else op.__name__) + 2*count
    width[e] = min(total + own, LARGEST)
    # a sign, a fraction, a transpose is no operation of its own
    operations[e] = min(sum([operations[a] for a in inner]) + (0 if _wrapped(e) else max(count - 1, 1)), LARGEST)


def _op(e):
    return e.op if isinstance(e, Node) else type(e)


def _leaf_width(e):
    if isinstance(e, sp.Symbol):
        return len(e.name)
    if isinstance(e, Constant):
        return min(8 + 3*e.value.array.size, 30)
    return 8 if e.args else len(str(e.p)) if e.is_Integer else len(str(e))


# -- naming -----------------------------------------------------------------------------------------------------------

def names_in(order):
    """The names that stand in subexpressions, lengths of axes among them."""
    found = set()
    for e in order:
        if isinstance(e, sp.Symbol):
            found.add(e.name)
        elif isinstance(e, Node):
            found.update([s.name for s in _symbols(e.attributes)])
        elif e.args and not isinstance(e, ArrayExpr):
            found.update([s.name for s in e.free_symbols if hasattr(s, "name")])
        found.update([s.name for s in lengths.symbols(sizes_of(e))])
    return found


def _symbols(attributes):
    """The size symbols in the attributes of a node."""
    stack, found = [attributes], []
    while stack:
        value = stack.pop()
        if type(value) is tuple:
            stack += value
        elif isinstance(value, sp.Expr):
            found += value.free_symbols
    return found


def letter(e):
    """The letter that a person would choose: p for a probability, r for a residual, h for an activation, ..."""
    op = _op(e)
    if op in PROBABILITIES or isinstance(e, Node) and _is_logistic(e):
        return "p"
    if op in ACTIVATIONS:
        return "h"
    if op == "cholesky":
        return "L"
    if op is sp.Add and len(e.args) == 2 and isinstance(e, Node):
        first, second = e.args
        if is_minus(second) and (sizes_of(first) == sizes_of(second.args[0]) or not parts(second.args[0])):
            return "r"
    if op in ("matmul", sp.Add) and isinstance(e, Node) and any(_op(a) == "matmul" for a in (e, *e.args)):
        return "z"
    return "s" if op in ("sum", "mean", "norm", "logsumexp") else ""


class Names:
    """New names, none of those taken."""

    def __init__(self, taken):
        self.taken, self.streams = {*taken}, {}

    def new(self, wanted=""):
        """The letter wanted, another one, or a letter with a number."""
        stream = self.streams.get(wanted)
        if stream is None:
            numbered = (f"{c}{k}" for k in itertools.count(1) for c in (wanted or LETTERS[:4]))
            stream = self.streams[wanted] = itertools.chain(wanted + LETTERS, numbered)
        name = next(n for n in stream if n not in self.taken)
        self.taken.add(name)
        return name
