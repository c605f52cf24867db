"""Outputs of a graph go in; the shortest of many equal forms comes out: also those in which the formula's own sums are
changed, all sums are multiplied out, or SymPy simplifies what is scalar and small."""
import sympy as sp

from ..errors import UnknownForm
from ..graph import order, rebuild, same, users
from ..instantiate import substitute
from ..passes.ranges import Ranges
from ..primitives.leaf import CONSTANT
from ..primitives.record import Elementwise
from .expand import expanded
from .tidy import shortest, tidy

MOST_OPERATIONS, MOST_SYMBOLS, MOST_NODES = 40, 5, 400      # of what SymPy is given; of a graph it is given parts of
ARITHMETIC = {"sub": lambda a, b: a - b, "div": lambda a, b: a/b, "neg": lambda a: -a, "sqrt": sp.sqrt,
              "log1p": lambda a: sp.log(1 + a), "expm1": lambda a: sp.exp(a) - 1}


def fullest(outputs, typed=()):
    """The outputs in the shortest form that is found."""
    outputs = tuple(outputs)
    forms = [tidy(outputs, typed), tidy(outputs)]
    if len(order(outputs)) <= MOST_NODES:
        forms += [tidy(expanded(forms[1])), tidy(by_sympy(forms[0])), tidy(by_sympy(forms[1]))]
    return shortest(forms)


def by_sympy(outputs):
    """Each small entry-by-entry formula in the shortest form that SymPy knows for it."""
    uses, known = users(outputs), {}
    above = {}
    for node in order(outputs):
        for i in node.inputs:
            above.setdefault(i, []).append(node)

    def change(old, inputs):
        node = same(old, inputs)
        inner = uses[old] == len(above.get(old, ())) and all(_is_read(user) for user in above[old])
        return node if inner or not _is_read(node) else _shorter(node, known)

    return rebuild(outputs, change)


def _is_read(node):
    """Does SymPy know the function?"""
    if type(node.op) is not Elementwise or node.op.boolean or node.op.name == "select":
        return False
    return node.op.name in ARITHMETIC or node.op.sympy is not None


def _shorter(node, known):
    """The node as SymPy has it shortest; the node itself where it is large, or SymPy's form has no primitive."""
    symbols, ranges = {}, Ranges()
    formula = _formula(node, symbols, ranges)
    if formula is None or not symbols or len(symbols) > MOST_SYMBOLS or formula.has(sp.Float) \
            or formula.count_ops() > MOST_OPERATIONS:
        return node
    if formula not in known:
        forms = [formula, sp.simplify(formula), sp.factor(formula), sp.cancel(sp.together(formula)),
                 sp.trigsimp(formula)]
        known[formula] = min(forms, key=lambda form: form.count_ops())
    best = known[formula]
    if best.count_ops() >= formula.count_ops() or not best.is_real and best.is_real is not None:
        return node
    try:
        return substitute(best, tuple(symbols.values()), tuple(symbols))
    except UnknownForm:
        return node


def _formula(root, symbols, ranges):
    """The node as a SymPy formula, symbols for what is not entry by entry: fills {node: symbol}; None if long."""
    nodes = order((root,))
    inside, stack = set(), [root]
    while stack:
        node = stack.pop()
        if node not in inside and _is_read(node):
            inside.add(node)
            stack += node.inputs
        if len(inside) > MOST_OPERATIONS:
            return None
    found = {}
    for node in nodes:
        if node in inside:
            args = [found[i] for i in node.inputs]
            found[node] = ARITHMETIC.get(node.op.name, node.op.sympy)(*args)
        elif any(node in user.inputs for user in inside):
            if node.op is CONSTANT and isinstance(node.attributes[0], sp.Expr):
                found[node] = node.attributes[0]
            else:
                sign = {"positive": True} if ranges.positive(node) else {"real": True}
                found[node] = symbols[node] = sp.Symbol(f"x{len(symbols)}", **sign)
    return found[root]
