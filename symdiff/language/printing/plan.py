"""What is shown of an expression: a tree of plans, breadth first, cut at DEPTH and PARTS, rendered from its leaves.

A style (text, LaTeX, MathML) says how an expression falls into parts, and how shown parts are put together.
"""
from collections import namedtuple

import sympy as sp

from ...primitives.scalar import writable
from ..core import ArrayExpr, Node

DEPTH, PARTS, TERMS = 40, 2000, 60
OR, AND, RELATION, ADD, SUM, MUL, POW, ATOM = 20, 30, 35, 40, 45, 50, 60, 1000

# text    what is printed
# level   how close it binds
# bare    the same without the minus it begins with, where it may join a sum by it; else None
# tall    is it higher than one line?
# expr    the expression
Shown = namedtuple("Shown", "text level bare tall expr", defaults=(None, False, None))

# kind    the method of the style that renders it;  expr;  children  places of the parts in the list of plans
# notes   what the style wants to remember of the parts;  small  is it set in an exponent?
Plan = namedtuple("Plan", "kind expr children notes small")
SMALL = {"power": 1, "exponential": 0}              # the part that is set as an exponent


def render(root, style, small=False):
    """The root as the style shows it."""
    plans, waiting = [], [(root, 0, small)]
    for expr, depth, small in waiting:                            # grows while it is walked
        if expr is None or depth > DEPTH or len(waiting) > PARTS:
            plans.append(Plan("elided", expr, (), None, small))
            continue
        kind, parts, notes = style.plan(expr)
        expr = writable(expr) if kind == "leaf" and isinstance(expr, sp.Expr) else expr
        at = len(waiting)
        plans.append(Plan(kind, expr, range(at, at + len(parts)), notes, small))
        exponent = SMALL.get(kind)
        waiting.extend([(part, depth + 1, small or k == exponent) for k, part in enumerate(parts)])
    shown = [None]*len(plans)
    for k in range(len(plans) - 1, -1, -1):
        plan = plans[k]
        shown[k] = getattr(style, plan.kind)(plan, [shown[c] for c in plan.children])
    return shown[0]


def spine(expr):
    """The terms of a sum, or the factors of a product, typed one after the other; of a long one the last, and None."""
    terms, e = [], expr
    while isinstance(e, Node) and e.op is expr.op and len(e.args) > 1 and (e is expr or expr.op is sp.Mul
                                                                           or not is_minus(e)):
        terms += reversed(e.args[1:])
        e = e.args[0]
        if len(terms) > TERMS:
            e = None
            break
    return (terms[:TERMS] + [e])[::-1]


def is_minus(e):
    """Is it -1 times one operand?"""
    return isinstance(e, Node) and e.op is sp.Mul and len(e.args) == 2 and e.args[0] == -1


def is_reciprocal(e):
    """Is it 1/x?"""
    return isinstance(e, Node) and e.op is sp.Pow and e.args[1] == -1


def is_large(e, depth=DEPTH, parts=PARTS):
    """Is a plain expression, written out as a tree, deeper or longer than is shown?"""
    height, count, stack = {}, {}, [e]
    while stack:
        top = stack[-1]
        if id(top) in count:
            stack.pop()
            continue
        missing = [a for a in top.args if id(a) not in count]
        if missing:
            stack += missing
            if len(stack) > 100*parts:
                return True
            continue
        stack.pop()
        count[id(top)] = 1 + sum([count[id(a)] for a in top.args])
        height[id(top)] = 1 + max([height[id(a)] for a in top.args], default=0)
        if count[id(top)] > parts or height[id(top)] > depth:
            return True
    return False


def is_plain(e):
    """Is it a SymPy expression without arrays?"""
    return not isinstance(e, ArrayExpr)


def between(texts, sign):
    """The texts with a sign between each two."""
    out = []
    for text in texts:
        out += [sign, text]
    return out[1:]


def is_tall(parts):
    """Is any of the parts higher than a line?"""
    return any([p.tall for p in parts])
