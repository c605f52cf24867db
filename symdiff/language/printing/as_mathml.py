"""Expressions in presentation MathML, as browsers draw it: elements without the <math> around them."""
import re
from functools import lru_cache
from html import escape, unescape

import sympy as sp
from sympy.printing.mathml import MathMLPresentationPrinter

from . import names
from .plan import ATOM, MUL, Shown, is_large, render
from .typeset import Typeset

APPLY, TIMES, SPACE = "<mo>\u2061</mo>", "<mo>\u2062</mo>", '<mspace width="0.17em"/>'
BOLD = {"0": "\U0001d7ce", "1": "\U0001d7cf"}
MINUS_ONE = "<mrow><mo>−</mo><mn>1</mn></mrow>"
LEFT = '<mtd style="text-align:left">'


def shown(expr):
    """The expression in MathML, with its level."""
    return render(expr, _MathML())


def one(text):
    """The text as one element."""
    return text if text.count("</") == 1 and text.startswith(("<mi", "<mn", "<mo>")) else f"<mrow>{text}</mrow>"


@lru_cache(maxsize=1_000)
def _function(words):
    return (APPLY + SPACE).join([_function_word(word) for word in words.split(" ")])


def _function_word(word):
    word, _, below = word.partition("_")
    stem = word.rstrip("′⁻")
    out = names.mathml(stem) if len(stem) == 1 else f"<mi>{stem}</mi>"
    above = f"<mo>{'′'*word.count('′')}</mo>" if "′" in word else MINUS_ONE if "⁻" in word else ""
    out = f"<msup>{out}{above}</msup>" if above else out
    return f"<msub>{out}<mn>{below}</mn></msub>" if below else out


class _MathML(Typeset):
    dots, one = "<mo>…</mo>", Shown("<mn>1</mn>", ATOM, expr=sp.S.One)
    times, thin, apply = TIMES, SPACE, APPLY
    marks = {"T": "<mi>⊤</mi>", "-1": MINUS_ONE, "-T": '<mo form="prefix">−</mo><mi>⊤</mi>'}
    over, modulo = '<mo lspace="0" rspace="0">/</mo>', '<mo lspace="0.3em" rspace="0.3em">mod</mo>'
    letters = {sp.pi: "<mi>π</mi>", sp.E: "<mi>e</mi>", sp.I: "<mi>i</mi>", sp.oo: "<mi>∞</mi>",
               sp.true: "<mtext>true</mtext>", sp.false: "<mtext>false</mtext>", sp.EulerGamma: "<mi>γ</mi>",
               sp.GoldenRatio: "<mi>φ</mi>"}
    function = staticmethod(_function)
    name = staticmethod(names.mathml)
    is_word = staticmethod(names.is_word)

    def op(self, sign):
        sign = {"-": "−", "<": "&lt;", ">": "&gt;"}.get(sign, sign)
        return f'<mo lspace="0" rspace="0">{sign}</mo>' if sign in ":∗" else f"<mo>{sign}</mo>"

    def gap(self, left, right, text):
        """As everywhere, but with a little space before the name of a function, as LaTeX has it by itself."""
        return SPACE if re.match(r"(<m(sub|sup)>)*<mi>\w\w", text) else super().gap(left, right, text)

    def prefix(self, sign):
        return f'<mo form="prefix">{"−" if sign == "-" else sign}</mo>'

    def row(self, *texts):
        return "".join(texts)

    def is_bare(self, name):
        return names.mathml(name).startswith(("<mi", "<mover"))

    def number(self, text):
        return f"<mn>{text}</mn>"

    def signed_number(self, text):
        return f"{self.prefix('-')}<mn>{text[1:]}</mn>" if text[0] == "-" else f"<mn>{text}</mn>"

    def words(self, text):
        return f"<mtext>{escape(text)}</mtext>".replace(" <", "\u00a0<")

    def bold(self, text):
        return f"<mn>{BOLD[text]}</mn>"

    def frac(self, a, b):
        return f"<mfrac>{one(a)}{one(b)}</mfrac>"

    def sup(self, a, b):
        return f"<msup>{one(a)}{one(b)}</msup>"

    def sub(self, a, b):
        return f"<msub>{one(a)}{one(b)}</msub>"

    def big(self, sign, below):
        return f"<munder><mo>{sign}</mo>{one(below)}</munder>" if below else f"<mo>{sign}</mo>"

    def sqrt(self, a):
        return f"<msqrt>{a}</msqrt>"

    def root(self, a, n):
        return f"<mroot>{one(a)}{one(n)}</mroot>"

    def fence(self, text, left, right, tall):
        stretch = "" if tall else ' stretchy="false"'
        return f'<mrow><mo form="prefix"{stretch}>{left}</mo>{text}<mo form="postfix"{stretch}>{right}</mo></mrow>'

    def cases(self, rows):
        conditions = [self.words("otherwise") if c is None else self.words("if ") + c for _, c in rows]
        lines = "".join([f"<mtr>{LEFT}{a}</mtd>{LEFT}{c}</mtd></mtr>" for (a, _), c in zip(rows, conditions)])
        return f'<mrow><mo form="prefix">{{</mo><mtable columnalign="left left">{lines}</mtable></mrow>'

    def grid(self, rows):
        lines = "".join(["<mtr>" + "".join([f"<mtd>{text}</mtd>" for text in row]) + "</mtr>" for row in rows])
        return self.fence(f"<mtable>{lines}</mtable>", "[", "]", True)

    def unknown(self, op, e, parts):
        return self.called(names.mathml(op.__name__), parts, e)

    def foreign(self, plan, parts):
        e = plan.expr
        if is_large(e):
            return Shown(self.dots, ATOM, expr=e)
        try:
            text = MathMLPresentationPrinter()._print(e).toxml()
        except (AttributeError, IndexError, KeyError, NotImplementedError, TypeError):      # SymPy's, of what it cannot
            text = f"<mtext>{escape(str(e))}</mtext>"
        text = re.sub(r"&(?!lt;|gt;|amp;|quot;)\w+;", lambda entity: unescape(entity[0]), text)
        return Shown(text, MUL if e.args else ATOM, tall=True, expr=e)
