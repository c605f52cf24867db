"""When a formula is printed with names for what it repeats: a long one goes in, and what is to be printed comes out.

    X.T @ (p*(1 - p)*(p - y)) where p = sigmoid(X @ w + b)
"""
import sympy as sp

from ..core import lift
from . import as_latex, as_mathml, as_text
from .sharing import parts, sharing

LONG = 100                                      # characters from which on a formula is long
LATEX, MATHML = 80, 800                         # and at least so many in other notations
LARGEST, MOST = 3_000, 12                       # subexpressions, and names, of a formula that is so printed
SHORTER = 0.9                                   # of its length, and no more, is printed


def text(expr, ascii=False, printer=None):
    """The formula on one line."""
    expr = _expression(expr)
    shown = as_text.shown(expr, ascii, printer).text
    found = _named(expr, shown)
    if found is None:
        return shown
    main, definitions = found
    inner = [f"{name} = {as_text.shown(body, ascii, printer).text}" for name, body in definitions]
    short = f"{as_text.shown(main, ascii, printer).text} where {', '.join(inner)}"
    return short if _repays(short, shown) else shown


def latex(expr, symbol_names=None, printer=None):
    """The formula in LaTeX."""
    expr = _expression(expr)
    alone = as_latex.shown(expr, symbol_names, printer).text
    found = repeated(expr) if len(alone) > LATEX else None
    if found is None:
        return alone
    shown = [as_latex.shown(e, symbol_names, printer).text for e in _all(found)]
    return shown[0] + _tail(shown, found, r" \quad \text{where } ", " = ", r",\; ", as_latex.shown)


def mathml(expr):
    """The formula in MathML."""
    expr = _expression(expr)
    alone = as_mathml.shown(expr).text
    found = repeated(expr) if len(alone) > MATHML else None
    if found is None:
        return alone
    shown = [as_mathml.shown(e).text for e in _all(found)]
    return shown[0] + _tail(shown, found, '<mspace width="1em"/><mtext>where\u00a0</mtext>', "<mo>=</mo>",
                            '<mo>,</mo><mspace width="0.3em"/>', as_mathml.shown)


def repeated(expr):
    """(the formula in terms of names, ((name, definition), …)), where it is so printed; None elsewhere."""
    shown = as_text.shown(expr).text
    found = _named(expr, shown)
    if found is None:
        return None
    main, definitions = found
    short = [as_text.shown(e).text for e in (main, *[body for _, body in definitions])]
    return found if _repays(", p = ".join(short), shown) else None


def _expression(given):
    """What is printed: expressions as they are, numbers and arrays of them as constants."""
    if isinstance(given, (sp.MatrixBase, sp.NDimArray)) and not isinstance(given, sp.Basic):
        return given.as_immutable()
    return given if isinstance(given, sp.Basic) else lift(given)


def _all(found):
    return found[0], *[body for _, body in found[1]]


def _tail(shown, found, where, equal, comma, show):
    """What follows the formula itself: the names and what they stand for."""
    return where + comma.join([show(name).text + equal + body for (name, _), body in zip(found[1], shown[1:])])


def _named(expr, shown):
    """The formula in terms of names, and these, where it is long and not too long."""
    if len(shown) <= LONG or _is_large(expr):
        return None
    found = sharing((expr,))
    if not 0 < len(found.definitions) <= MOST:
        return None
    return found.expressions[0], found.definitions


def _is_large(expr):
    """Are there more than LARGEST subexpressions?"""
    seen, waiting = {expr}, [expr]
    for e in waiting:                                             # grows while it is walked
        new = [a for a in parts(e) if a not in seen]
        seen.update(new)
        waiting += new
        if len(seen) > LARGEST:
            return True
    return False


def _repays(short, shown):
    """Is a formula shorter with names, or whole where it was cut?"""
    return len(short) <= SHORTER*len(shown) or "..." in shown and "..." not in short
