"""A formula goes in; a string in one notation comes out: what text, LaTeX and MathML share of brackets and signs.

Expressions are printed by symdiff.language.printing, each once; here they are put together to what is no expression.
"""
import numpy as np
import sympy as sp

from ..errors import ArgumentError
from ..language.printing import names
from ..language.printing.plan import ADD, ATOM, MUL, OR, RELATION, SUM, Shown
from .characters import printable
from .digits import digits_of, entries
from .formulas import Arrow, Equal, Partial, Plus, Times, Value


class Notation:
    """Formulas in one notation.  Those below it have

    expression(expr)                                    printing's Shown of an expression
    words(text) digits(text) array(nested, shape)       what else stands alone, as text
    partial(top, bottom, d)                             a Shown, of two of them; d is "∂" or "d"
    bracket(text, tall) sign(character) minus           what is put between; how a text with a minus begins
    """

    def __init__(self):
        self._printed = {}

    def __call__(self, formula):
        return self.shown(formula).text

    def shown(self, formula):
        """The formula with its level: a symdiff.language.printing.plan.Shown."""
        form = FORMS.get(type(formula))
        if form is not None:
            return form(self, formula)
        found = self._printed.get(formula) if isinstance(formula, sp.Basic) else self._value(_number(formula))
        if found is None:
            found = self._printed[formula] = self.expression(formula)
        return found

    def _words(self, text):
        """Words; but one letter, with marks and digits, is a symbol."""
        if names.read(text) is not None and not names.is_word(text):
            return self.shown(sp.Symbol(text))
        return Shown(self.words(printable(text)), ATOM)

    def _partial(self, formula):
        return self.partial(self.shown(formula.top), self.shown(formula.bottom), "d" if formula.total else "∂")

    def _equal(self, formula):
        parts = list(map(self.shown, formula.parts))
        return Shown(self.sign("=").join([self.over(part, RELATION) for part in parts]), RELATION, tall=tall(parts))

    def _arrow(self, formula):
        parts = self.shown(formula.before), self.shown(formula.after)
        return Shown(self.sign("→").join([part.text for part in parts]), OR, tall=tall(parts))

    def _times(self, formula):
        parts = list(map(self.shown, formula.parts or (sp.S.One,)))
        if len(parts) == 1:
            return parts[0]
        level = ADD if parts[0].bare else MUL
        return Shown(self.sign("·").join(self.factors(parts)), level, parts[0].bare, tall(parts))

    def factors(self, parts):
        """The texts of factors: sums and what begins with a minus in brackets, but for a minus in front of them all."""
        last = len(parts) - 1
        return [part.text if k == 0 and part.bare else self.over(part, ADD if k == last else SUM)
                for k, part in enumerate(parts)]

    def _plus(self, formula):
        parts = list(map(self.shown, formula.parts or (sp.S.Zero,)))
        if len(parts) == 1:
            return parts[0]
        return Shown("".join(self.terms(parts)), ADD, tall=tall(parts))

    def terms(self, parts):
        """The texts of terms, each but the first with the sign that joins it."""
        first, *rest = [self.over(part, RELATION) for part in parts]
        return [first, *[self.sign("-") + text.removeprefix(self.minus).lstrip() if text.startswith(self.minus)
                         else self.sign("+") + text for text in rest]]

    def _value(self, formula):
        number = formula.number
        if isinstance(number, sp.Basic) and not number.is_Float:
            return self.shown(number)
        if isinstance(number, np.ndarray) and number.ndim:
            nested, whole = entries(number, formula.digits)
            shape = None if whole and number.size else number.shape
            return Shown(self.array(nested, shape), ATOM, tall=number.ndim > 1)
        digits = digits_of(number[()] if isinstance(number, np.ndarray) else number, formula.digits)
        text = self.digits(digits)
        return Shown(text, ADD if digits[0] == "-" else ATOM, text if digits[0] == "-" else None)

    def over(self, shown, lowest):
        """The text of what is shown, in brackets where it binds no closer than `lowest`."""
        return self.bracket(shown.text, shown.tall) if shown.level <= lowest else shown.text


FORMS = {str: Notation._words, Partial: Notation._partial, Equal: Notation._equal, Arrow: Notation._arrow,
         Times: Notation._times, Plus: Notation._plus, Value: Notation._value}


def tall(parts):
    """Is any of what is shown higher than a line?"""
    return any([part.tall for part in parts])


def parts_of(content):
    """The parts of an inline text, as a tuple."""
    return content if type(content) is tuple else () if content is None else (content,)


def is_words(content):
    """Is there no formula in the inline text?"""
    return all([type(part) is str for part in parts_of(content)])


def _number(given):
    """A Python number, or an array of numbers, as a formula."""
    if isinstance(given, (bool, int, float, np.number, np.bool_)):
        return Value(given)
    if isinstance(given, np.ndarray) and given.dtype.kind in "biuf":
        return Value(given)
    raise ArgumentError(f"{type(given).__name__} is no formula.", where=repr(given)[:200],
                        do="give an expression, a part of symdiff.document.formulas, or a str for words.")
