"""Numbers, lengths and expressions in, their text with no bracket too many out."""
import math
from dataclasses import dataclass

import sympy as sp

WIDTH = 110                     # of what is folded
LOWEST, TRUTH, COMPARED, SUM, PRODUCT, SIGN, ATOM = range(7)


@dataclass(frozen=True)
class Text:
    """An expression: its text, how tightly it binds, and for a truth value the condition it stands for."""
    text: str
    binds: int = ATOM
    condition: str = ""
    number: float | None = None

    def within(self, least):
        """The text where something that binds at least so tightly is asked for."""
        return self.text if self.binds >= least else f"({self.text})"

    @property
    def truth(self):
        """The text as a condition, in brackets unless it is a comparison."""
        return self.condition or f"{self.within(SUM)} != 0.0"


def number(value):
    """A floating-point number."""
    if math.isnan(value):
        return Text("np.nan", number=value)
    text = "np.inf" if math.isinf(value) else repr(abs(value))
    return Text(f"-{text}", SIGN, number=value) if math.copysign(1.0, value) < 0 else Text(text, number=value)


def infix(operator, left, right, binds, spaced):
    """left operator right, where the same operator groups from the left."""
    sign = f" {operator} " if spaced else operator
    return Text(f"{left.within(binds)}{sign}{right.within(binds + 1)}", binds)


def length(value, names):
    """An integer expression in sizes; `names` has the sizes' names by symbol."""
    return _length(value, names).text


def length_within(value, names, least):
    """The same with brackets where it binds less tightly than asked."""
    return _length(value, names).within(least)


def _length(value, names):
    if isinstance(value, int) or value.is_Integer:
        return Text(str(int(value)), ATOM if value >= 0 else SIGN)
    if value.is_Symbol:
        return Text(names[value])
    if value.is_Add:
        return _added([(_split(a)) for a in value.as_ordered_terms()], names)
    if value.is_Mul:
        sign, rest = _split(value)
        return Text(f"-{_multiplied(rest, names).within(SIGN)}", SIGN) if sign < 0 else _multiplied(rest, names)
    if value.is_Pow:
        return Text(f"{_length(value.base, names).within(ATOM)}**{_length(value.exp, names).within(ATOM)}", SIGN)
    if isinstance(value, sp.floor):
        top, bottom = sp.fraction(sp.together(value.args[0]))
        return infix("//", _length(top, names), _length(bottom, names), PRODUCT, False)
    word = {"Min": "min", "Max": "max"}[type(value).__name__]
    return Text(f"{word}({', '.join(_length(a, names).text for a in sorted(value.args, key=str))})")


def _split(term):
    """(sign, the rest) of a product."""
    c, rest = term.as_coeff_Mul()
    return (-1, -term) if c < 0 else (1, term)


def _added(terms, names):
    terms = sorted(terms, key=lambda t: -t[0])
    sign, first = terms[0]
    text = ("-" if sign < 0 else "") + _length(first, names).within(PRODUCT)
    for sign, term in terms[1:]:
        text += (" - " if sign < 0 else " + ") + _length(term, names).within(PRODUCT)
    return Text(text, SUM)


def _multiplied(value, names):
    if not value.is_Mul:
        return _length(value, names)
    return Text("*".join(_length(a, names).within(SIGN) for a in value.as_ordered_factors()), PRODUCT)
