"""Printing: an expression of arrays, or a plain one of SymPy, goes in; one line of text, LaTeX or MathML comes out.

What is deep or long is elided: at most DEPTH levels and PARTS parts are shown, `...` stands for the rest.  Sums and
products typed one term after the other count as one level.  Nothing recurses.
"""
from sympy.printing.pretty.stringpict import prettyForm

from . import as_latex, as_text, where
from .plan import MUL, POW
from .sharing import shared

__all__ = ["latex", "mathml", "shared", "text"]


def text(expr, ascii=False):
    """The formula as one line of text that `symdiff.parse` reads back; `ascii`: ξ₁ is written xi1.

    A long formula that repeats long parts is printed with names for them: `p*(1 - p) where p = ...`.
    """
    return where.text(expr, ascii)


def latex(expr):
    r"""The formula in LaTeX's mathematics; it needs amsmath.

    >>> import sympy as sp
    >>> print(latex(sp.exp(2*sp.Symbol("x"))/3))
    \frac{e^{2 x}}{3}
    """
    return where.latex(expr)


def mathml(expr):
    """The formula in presentation MathML, without the <math> around it.

    >>> import sympy as sp
    >>> mathml(sp.Symbol("x")/2)
    '<mfrac><mi>x</mi><mn>2</mn></mfrac>'
    """
    return where.mathml(expr)


# -- what SymPy's printers ask of an array ----------------------------------------------------------------------------

def for_str(expr, printer):
    """Text; inside something else without names."""
    return where.text(expr, printer=printer) if printer._print_level == 1 else as_text.shown(expr, printer=printer).text


def for_latex(expr, printer, exp=None, **options):
    """LaTeX; `exp` is an exponent that SymPy puts on functions."""
    names = printer._settings["symbol_names"]
    if printer._print_level == 1 and exp is None:
        return where.latex(expr, names, printer)
    shown = as_latex.shown(expr, names, printer)
    if exp is None:
        return shown.text
    inside = rf"\left({shown.text}\right)" if shown.level <= POW else shown.text
    return f"{inside}^{{{exp}}}"


def for_pretty(expr, printer):
    """Text for the pretty printer, on one line."""
    shown = as_text.shown(expr)
    return prettyForm(shown.text, binding=prettyForm.ATOM if shown.level > MUL else prettyForm.ADD)
