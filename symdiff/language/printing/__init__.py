"""Printing: an expression of arrays, or a plain one of SymPy, goes in; one line of text, LaTeX or MathML comes out.

What is deep or long is elided: at most DEPTH levels and PARTS parts are shown, `...` stands for the rest.  Sums and
products typed one term after the other count as one level.  Nothing recurses.
"""
from sympy.printing.pretty.stringpict import prettyForm

from . import as_latex, as_mathml, as_text
from .plan import MUL, POW


def text(expr, ascii=False):
    """The formula as one line of text that `symdiff.parse` reads back; `ascii`: ξ₁ is written xi1."""
    return as_text.shown(expr, ascii).text


def latex(expr):
    r"""The formula in LaTeX's mathematics; it needs amsmath.

    >>> import sympy as sp
    >>> print(latex(sp.exp(2*sp.Symbol("x"))/3))
    \frac{e^{2 x}}{3}
    """
    return as_latex.shown(expr).text


def mathml(expr):
    """The formula in presentation MathML, without the <math> around it.

    >>> import sympy as sp
    >>> mathml(sp.Symbol("x")/2)
    '<mfrac><mi>x</mi><mn>2</mn></mfrac>'
    """
    return as_mathml.shown(expr).text


def for_str(expr, printer):
    """What SymPy's printer of text asks of an array."""
    return as_text.shown(expr, printer=printer).text


def for_latex(expr, printer, exp=None, **options):
    """What SymPy's printer of LaTeX asks of an array; `exp` is an exponent that it puts on functions."""
    shown = as_latex.shown(expr, printer._settings["symbol_names"], printer)
    if exp is None:
        return shown.text
    inside = rf"\left({shown.text}\right)" if shown.level <= POW else shown.text
    return f"{inside}^{{{exp}}}"


def for_pretty(expr, printer):
    """What SymPy's pretty printer asks of an array: one line."""
    shown = as_text.shown(expr)
    return prettyForm(shown.text, binding=prettyForm.ATOM if shown.level > MUL else prettyForm.ADD)
