r"""Expressions in LaTeX's mathematics, for pdflatex with amsmath alone."""
from functools import lru_cache

import sympy as sp
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import precedence

from ..core import Node
from . import names
from .plan import ATOM, MUL, Shown, is_large, render
from .typeset import Typeset

SIGNS = {"+": " + ", "-": " - ", "⋅": r" \cdot ", "⊙": r" \odot ", ",": ", ", "=": " = ", "≠": r" \neq ", "<": " < ",
         "≤": r" \leq ", ">": " > ", "≥": r" \geq ", "∧": r" \wedge ", "∨": r" \vee ", "×": r" \times ", ":": ":",
         "∗": r"\ast"}
PREFIXES = {"-": "-", "¬": r"\neg ", "⊙": r"\odot "}
FENCES = {"(": "(", ")": ")", "[": "[", "]": "]", "|": (r"\lvert ", r" \rvert"), "⌊": r"\lfloor ", "⌋": r" \rfloor",
          "⌈": r"\lceil ", "⌉": r" \rceil", "‖": (r"\lVert ", r" \rVert")}
OPERATORS = frozenset("arccos arcsin arctan cos cosh cot coth csc det exp log max min sec sin sinh tan tanh".split())


def shown(expr, symbol_names=None, printer=None):
    """The expression in LaTeX, with its level."""
    return render(expr, _Latex(symbol_names, printer))


@lru_cache(maxsize=1_000)
def _function(words):
    """`log σ` is \\log\\sigma, `softplus` is \\operatorname{softplus}."""
    return names.joined([_function_word(word) for word in words.split(" ")])


def _function_word(word):
    word, _, below = word.partition("_")
    stem = word.rstrip("′⁻")
    name = names.latex(stem) if len(stem) == 1 and not stem.isascii() else \
        rf"\{stem}" if stem in OPERATORS else stem if len(stem) == 1 else rf"\operatorname{{{stem}}}"
    return name + "'"*word.count("′") + ("^{-1}" if "⁻" in word else "") + (f"_{{{below}}}" if below else "")


class _Latex(Typeset):
    dots, one = r"\ldots", Shown("1", ATOM, expr=sp.S.One)
    times, thin, over, apply, modulo = " ", r" \, ", "/", "", r" \bmod "
    marks = {"T": r"\top", "-1": "-1", "-T": r"-\top"}
    letters = {sp.pi: r"\pi", sp.E: "e", sp.I: "i", sp.oo: r"\infty", sp.true: r"\text{true}",
               sp.false: r"\text{false}", sp.EulerGamma: r"\gamma", sp.GoldenRatio: r"\phi"}
    function = staticmethod(_function)

    def __init__(self, symbol_names=None, printer=None):
        self.symbol_names, self.printer = symbol_names, printer

    def op(self, sign):
        return SIGNS[sign]

    def prefix(self, sign):
        return PREFIXES[sign]

    def row(self, *texts):
        return names.joined(texts)

    def name(self, name):
        if self.symbol_names:
            for symbol, text in self.symbol_names.items():
                if getattr(symbol, "name", None) == name:
                    return text
        return names.latex(name)

    def is_word(self, name):
        return names.is_word(name)

    def is_bare(self, name):
        return "_" not in names.latex(name) and "^" not in names.latex(name)

    def number(self, text):
        return text

    def signed_number(self, text):
        return text

    def words(self, text):
        return rf"\text{{{text}}}"

    def bold(self, text):
        return rf"\mathbf{{{text}}}"

    def frac(self, a, b):
        return rf"\frac{{{a}}}{{{b}}}"

    def sup(self, a, b):
        return f"{{{a}}}^{{{b}}}" if "^" in a and not a.endswith((")", "]")) else f"{a}^{{{b}}}"

    def sub(self, a, b):
        return f"{a}_{{{b}}}"

    def big(self, sign, below):
        sign = r"\sum" if sign == "∑" else r"\prod"
        return f"{sign}_{{{below}}} " if below else sign + " "

    def sqrt(self, a):
        return rf"\sqrt{{{a}}}"

    def root(self, a, n):
        return rf"\sqrt[{n}]{{{a}}}"

    def fence(self, text, left, right, tall):
        left, right = [FENCES[c] if type(FENCES[c]) is str else FENCES[c][k] for k, c in enumerate((left, right))]
        if tall:
            return rf"\left{left.strip()} {text} \right{right.strip()}"
        return left + text + right

    def cases(self, rows):
        lines = [rf"{a} & \text{{otherwise}}" if c is None else rf"{a} & \text{{if }} {c}" for a, c in rows]
        return r"\begin{cases} " + r" \\ ".join(lines) + r" \end{cases}"

    def grid(self, rows):
        return r"\begin{bmatrix} " + r" \\ ".join([" & ".join(row) for row in rows]) + r" \end{bmatrix}"

    def unknown(self, op, e, parts):
        if not isinstance(e, Node) and str(op.__module__).startswith("sympy.functions"):
            return self.foreign_text(e)
        name = names.latex(op.__name__) if issubclass(op, sp.core.function.UndefinedFunction) or len(op.__name__) == 1 \
            else rf"\operatorname{{{op.__name__.replace('_', chr(92) + '_')}}}"
        return self.called(name, parts, e)

    def foreign(self, plan, parts):
        return self.foreign_text(plan.expr)

    def foreign_text(self, e):
        if is_large(e):
            return Shown(self.dots, ATOM, expr=e)
        text = (self.printer or LatexPrinter({"symbol_names": self.symbol_names or {}}))._print(e)
        return Shown(text, min(precedence(e), MUL) if e.args else ATOM, tall=r"\frac" in text or r"\begin" in text,
                     expr=e)
