"""Plain SymPy expressions as parts to be put together: kind, parts in SymPy's order, and which factors divide."""
import sympy as sp
from sympy.core.function import Application
from sympy.core.relational import Relational
from sympy.functions.elementary.piecewise import ExprCondPair

from .plan import is_large

ORDERED = 200                                   # parts of a sum up to which SymPy's order of terms is asked for


def parts_of(e):
    """(kind, parts, notes) of a plain expression that has arguments."""
    if e.is_Add:
        return "add", _in_order(e, e.as_ordered_terms), None
    if e.is_Mul:
        return factors(_in_order(e, e.as_ordered_factors))
    if e.is_Pow:
        if _divides(e):
            return "mul", [_inverted(e)], [True]
        return "power", e.args, None
    if isinstance(e, sp.Piecewise):
        return "node", [part for pair in e.args for part in pair.args], None
    if isinstance(e, (Application, Relational)) and not any(isinstance(a, (sp.Tuple, ExprCondPair)) for a in e.args):
        return "node", e.args, None
    return "foreign", (), None


def _in_order(e, ordered):
    return list(e.args) if len(e.args) > ORDERED or not e.is_commutative or is_large(e) else ordered()


def factors(parts):
    """(kind, parts, notes) of a product: numbers are cut into numerator and denominator, powers below 0 turned over.

    Roots of numbers are put together: sqrt(2)/(2*sqrt(pi)) is 1/sqrt(2*pi).
    """
    number, roots, tops, bottoms = sp.S.One, [sp.S.One, sp.S.One], [], []
    for part in parts:
        if part.is_Rational:
            number *= part
        elif part.is_Pow and _divides(part):
            base = _inverted(part)
            if _is_root(base):
                roots[1] *= base.base
            else:
                bottoms.append(base)
        elif _is_root(part):
            roots[0] *= part.base
        else:
            tops.append(part)
    if roots[0].is_Integer and roots[0] > 1 and number.q % int(roots[0]) == 0:
        roots, number = [sp.S.One, roots[0]*roots[1]], number*roots[0]
    root = [[] if r is sp.S.One else [sp.Pow(r, sp.S.Half, evaluate=False)] for r in roots]
    p, q = sp.Integer(number.p), sp.Integer(number.q)
    tops = [*([] if p is sp.S.One else [p]), *root[0], *tops]
    bottoms = [*([] if q is sp.S.One else [q]), *root[1], *bottoms]
    return "mul", tops + bottoms, [False]*len(tops) + [True]*len(bottoms)


def _is_root(e):
    return e.is_Pow and e.exp is sp.S.Half and e.base.is_number and e.base.is_positive


def _divides(power):
    return power.is_Pow and power.exp.is_Rational and power.exp.is_negative and power.base is not sp.E


def _inverted(power):
    return power.base if power.exp == -1 else sp.Pow(power.base, -power.exp, evaluate=False)
