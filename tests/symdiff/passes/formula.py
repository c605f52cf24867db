"""Formulas as text go in; scalar graphs built exactly as typed come out; and the value of a graph in mpmath."""
import ast

import mpmath
import sympy as sp

from symdiff.graph import order
from symdiff.primitives.build import elementwise
from symdiff.primitives.leaf import constant, input

_OPERATORS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow"}
_NAMES = {"loggamma": "lgamma", "Abs": "abs"}


def graph(text, sizes=()):
    """The node of a formula in SymPy's words; every name in it an input."""
    return _node(ast.parse(text, mode="eval").body, sizes)


def _node(tree, sizes):
    if isinstance(tree, ast.BinOp):
        if isinstance(tree.op, ast.Div) and type(tree.left) is type(tree.right) is ast.Constant:
            return constant(sp.Rational(tree.left.value, tree.right.value), sizes)
        return elementwise(_OPERATORS[type(tree.op)], _node(tree.left, sizes), _node(tree.right, sizes))
    if isinstance(tree, ast.UnaryOp):
        if isinstance(tree.operand, ast.Constant):
            return constant(-tree.operand.value, sizes)
        return elementwise("neg", _node(tree.operand, sizes))
    if isinstance(tree, ast.Constant):
        return constant(tree.value, sizes)
    if isinstance(tree, ast.Name):
        return constant(sp.pi, sizes) if tree.id == "pi" else input(tree.id, sizes)
    if tree.func.id == "Rational":
        return constant(sp.Rational(*[a.value for a in tree.args]), sizes)
    name = _NAMES.get(tree.func.id, tree.func.id)
    return elementwise(name, *[_node(a, sizes) for a in tree.args])


def exact(node, values, digits=60):
    """The value of a scalar graph of elementwise primitives at the given doubles, as an mpmath number."""
    with mpmath.workdps(digits):
        found = {}
        for one in order((node,)):
            if one.op.name == "input":
                found[one] = mpmath.mpf(values[one.attributes[0]])
            elif one.op.name == "constant":
                value = one.attributes[0]
                found[one] = mpmath.mpf(-0.0) if value == "-0.0" else mpmath.mpf(value.evalf(digits)._to_mpmath(250))
            elif one.op.name == "select":
                c, a, b = [found[i] for i in one.inputs]
                found[one] = a if c != 0 else b
            else:
                found[one] = _value(one, [found[i] for i in one.inputs])
        return +found[node]


def _value(node, inputs):
    """By the record; nan where it has no finite real value."""
    if any(mpmath.isnan(i) for i in inputs):
        return mpmath.nan
    try:
        value = node.op.mpmath(*inputs)
    except (ValueError, ZeroDivisionError, OverflowError, mpmath.libmp.NoConvergence):
        return mpmath.nan
    return value if isinstance(value, (mpmath.mpf, int)) else mpmath.nan
