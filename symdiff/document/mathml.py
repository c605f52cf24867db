"""A formula goes in; presentation MathML comes out, in pieces between which a page may begin a new line."""
import re
from functools import lru_cache
from html import escape

from ..language.printing import as_mathml
from ..language.printing.plan import ATOM, MUL, POW, Shown
from .notation import Notation

BREAKS, OPENS = 18.0, 32.0                      # ems from which a formula is broken at its signs; inside its brackets
_LETTER, _SIGN, _SMALL = .5, .55, .71
_TAG = re.compile(r"<(/?)(\w+)([^>]*)>|([^<]+)")
_TAGS = re.compile("<[^>]*>")
# where a formula is broken: at its relations; what is still wide at the signs of its sums, then of its products
_SIGNS = [re.compile(rf'<mo(?: form="infix")?>{signs}</mo>') for signs in ("(?:[=<>≤≥≠→]|&[lg]t;)", "[+−]", "[⋅⊙]")]
# between a factor and the name of a function, where TeX sets a thin space
_BESIDE, THIN = re.compile("<mo>\u2062</mo>(?=(?:<msu[bp]>)?<mi>\\w{2})"), '<mspace width="0.17em"/>'
_MOVED = frozenset("msub msup msubsup munder mover munderover mroot".split())


class MathML(Notation):
    """Formulas in MathML."""
    minus = '<mo form="prefix">−</mo>'
    signs = {"=": '<mo form="infix">=</mo>', "→": "<mo>→</mo>", "·": "<mo>⋅</mo>", "+": "<mo>+</mo>", "-": "<mo>−</mo>"}

    def expression(self, expr):
        found = as_mathml.shown(expr)
        return found._replace(text=_BESIDE.sub(THIN, found.text))

    def words(self, words):
        return f"<mtext>{escaped(words)}</mtext>"

    def digits(self, digits):
        if digits[0] == "-":
            return self.minus + self.digits(digits[1:])
        if digits[0].isalpha():
            return "<mi>∞</mi>" if digits == "inf" else f"<mtext>{digits}</mtext>"
        mantissa, e, exponent = digits.partition("e")
        if not e:
            return f"<mn>{digits}</mn>"
        return f"<mn>{mantissa}</mn><mo>⋅</mo><msup><mn>10</mn><mrow>{self.digits(str(int(exponent)))}</mrow></msup>"

    def array(self, nested, shape):
        if nested is None:
            return "<mi>…</mi>"
        if type(nested) is str:
            return self.digits(nested)
        if shape is None and nested and all([type(row) is list and type(row[0]) is str for row in nested]):
            rows = "".join([f"<mtr>{''.join([f'<mtd>{self.digits(e)}</mtd>' for e in row])}</mtr>" for row in nested])
            return _fence("[", f"<mtable>{rows}</mtable>", "]", True)
        inside = _fence("[", "<mo>,</mo>".join([self.array(part, None) for part in nested]), "]", False)
        if shape is None:
            return inside
        sizes = "<mo>×</mo>".join([f"<mn>{n}</mn>" for n in shape])
        return f"<msub>{inside}<mrow>{sizes}</mrow></msub>"

    def partial(self, top, bottom, d):
        below = f"<mrow><mi>{d}</mi>{self.over(bottom, POW)}</mrow>"
        if top.level == ATOM and not top.tall:
            return Shown(f"<mfrac><mrow><mi>{d}</mi>{top.text}</mrow>{below}</mfrac>", MUL, tall=True)
        return Shown(f"<mfrac><mi>{d}</mi>{below}</mfrac>{self.bracket(top.text, top.tall)}", MUL, tall=True)

    def bracket(self, text, tall):
        return _fence("(", text, ")", tall)

    def sign(self, character):
        return self.signs[character]


def escaped(text):
    """The text in HTML; spaces at its ends stay."""
    text = escape(text)
    return text if text == text.strip() else re.sub(r"^ +| +$", lambda m: "\u00a0"*len(m[0]), text)


def _fence(left, inside, right, tall):
    stretch = "" if tall else ' stretchy="false"'
    return f'<mrow><mo form="prefix"{stretch}>{left}</mo>{inside}<mo form="postfix"{stretch}>{right}</mo></mrow>'


def pieces(mathml):
    """[(a piece of the formula, its width in ems)]: one where it is short, else what stands between its outer signs.

    >>> [piece for piece, _ in pieces("<mi>long</mi><mo>+</mo>"*9 + "<mi>end</mi>")][-1]
    '<mo form="infix">+</mo><mi>end</mi>'
    """
    most = at_most(mathml)
    if most <= BREAKS:
        return [(mathml, most)]
    return [(_begun("".join([text for text, _ in piece])), sum([w for _, w in piece]))
            for outer in _cut(elements(mathml), BREAKS)
            for piece in ([outer] if sum([w for _, w in outer]) <= OPENS else _cut(_opened(outer), OPENS))]


def at_most(mathml):
    """More ems than the formula takes, found quickly."""
    return _LETTER*len(_TAGS.sub("", mathml)) + _SIGN*mathml.count("<mo") + mathml.count("<mt") + mathml.count("<msq")


def _begun(piece):
    """The piece; a sign that it begins with has an operand on the line before."""
    return piece.replace("<mo>", '<mo form="infix">', 1) if any([sign.match(piece) for sign in _SIGNS]) else piece


def _cut(found, room, level=0):
    """Elements in lists not wider than the room where that can be, each but the first beginning with a sign."""
    if level == len(_SIGNS) or sum([w for _, w in found]) <= room:
        return [found]
    parts = [[]]
    for element in found:
        if parts[-1] and _SIGNS[level].fullmatch(element[0]):
            parts.append([])
        parts[-1].append(element)
    return [piece for part in parts for piece in _cut(part, room, level + 1)]


def _opened(found):
    """Elements; of an <mrow> that is too wide those inside it."""
    out = []
    for text, w in found:
        inside = re.fullmatch(r"<mrow>(.*)</mrow>", text, re.DOTALL) if w > OPENS/2 else None
        out += _opened(elements(inside[1])) if inside else [(text, w)]
    return out


@lru_cache(maxsize=2_000)
def elements(mathml):
    """The outer elements of MathML, each with its width in ems, estimated: ((text, width), …)."""
    stack, start = [["", []]], 0
    for m in _TAG.finditer(mathml):
        close, tag, attributes, text = m.groups()
        if text is not None:
            stack[-1][1].append(_LETTER*len(text))
        elif not close:
            if len(stack) == 1:
                start = m.start()
            if attributes.endswith("/"):
                stack[-1][1].append(.2 if len(stack) > 1 else (mathml[start:m.end()], .2))
            else:
                stack.append([tag, []])
        else:
            tag, inside = stack.pop()
            w = _width(tag, inside)
            stack[-1][1].append(w if len(stack) > 1 else (mathml[start:m.end()], w))
    return tuple(stack[0][1])


def _width(tag, inside):
    if not inside:
        return 0.0
    if tag == "mfrac":
        return max(inside) + .2
    if tag in _MOVED:
        return inside[0] + _SMALL*max(inside[1:], default=0.0)
    if tag == "mtable":
        return max(inside)
    return sum(inside) + (_SIGN if tag == "mo" else .8 if tag in ("mtd", "msqrt") else 0.0)


def width(mathml):
    """The width of a formula in ems, estimated."""
    return sum([w for _, w in elements(mathml)])
