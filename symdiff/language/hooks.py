"""What SymPy is taught, once: a function of an array is a node, and so are Add, Mul and Pow that are called by name.

Formulas without arrays are what they were: SymPy's own tests pass with this module imported (tests: nightly).
"""
import sympy as sp
from sympy.core.function import FunctionClass
from sympy.core.relational import Relational

from .core import ArrayExpr, make
from .elementwise import of_function

_plain_call = FunctionClass.__call__


def _holds_array(a):
    kind = type(a)
    if kind is tuple or kind is list:
        return any(isinstance(x, ArrayExpr) or isinstance(x, Relational) and _holds_array(x) for x in a)
    return isinstance(a, Relational) and any(isinstance(x, ArrayExpr) for x in a.args)


def _call(cls, *args, **options):
    for a in args:
        if isinstance(a, ArrayExpr) or _holds_array(a):
            return of_function(cls, args)
    return _plain_call(cls, *args, **options)


FunctionClass.__call__ = _call
sp.Basic._constructor_postprocessor_mapping[ArrayExpr] = {
    op.__name__: [lambda e, op=op: make(op, e.args)] for op in (sp.Add, sp.Mul, sp.Pow)}
