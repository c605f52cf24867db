"""A formula as one line of text goes in; runs of letters come out, slanted, raised or lowered, whose width is known.

    exp(-w1*x)**2    becomes    e, raised −w·x with a lowered 1, ...

The widths are those of Times and of the typefaces made like it, rounded up, so that what is drawn fits its box.
"""
import re
import unicodedata
from collections import namedtuple
from functools import lru_cache

from ..language.printing import names

Run = namedtuple("Run", "text slanted shift")           # shift: one of SIZE
UP, LOWER, BOTH = 1, -1, 2                              # raised, lowered, lowered in what is raised
SIZE = {0: 1, UP: 0.72, LOWER: 0.72, BOTH: 0.58}        # size of letters
RISE = {0: 0, UP: 0.40, LOWER: -0.20, BOTH: 0.26}       # how high their line is, of the size of the whole
SHORT = 14                                              # letters of an exponent of e; longer ones stay exp(...)
SIGNS = {"*": "·", "-": "−", "<=": "≤", ">=": "≥", "...": "…"}
TOKEN = re.compile(r"(?P<number>\d+\.?\d*(?:e[+-]?\d+)?)|(?P<word>[^\W\d](?:\w|[\u0300-\u036f\u20d7])*'*)"
                   r"|(?P<turned>\.T\b)|(?P<times>\s*(?:\*(?!\*)|@)\s*)|(?P<sign>\*\*|<=|>=|\.\.\.|.)", re.DOTALL)
_WIDTHS = {0.30: " '.,|/\\ijlt·", 0.34: "!()-:;I`f", 0.40: "[]rs²³", 0.48: "Jcez\"^{}ξζτ",
           0.68: "+<=>~−EFLPSTZ∂√", 0.80: "m&", 0.96: "MW@%…→"}
WIDTH = {letter: width for width, letters in _WIDTHS.items() for letter in letters}


@lru_cache(maxsize=20_000)
def typeset(text):
    """The runs of a formula whose names are words.

    >>> "".join(run.text for run in typeset("-w*x"))
    '−w·x'
    """
    tokens = [(found.lastgroup, found[0]) for found in TOKEN.finditer(text)]
    closes = _closes(tokens)
    out, raised, dropped, k = [], -1, set(), 0          # raised: the last token that is raised
    while k < len(tokens):
        kind, piece = tokens[k]
        up = UP if k <= raised else 0
        called = k + 1 < len(tokens) and tokens[k + 1][1] == "(" and kind == "word"
        if piece == "**" and not up and k + 1 < len(tokens):
            raised, brackets = _exponent(tokens, closes, k + 1)
            dropped |= brackets
        elif called and piece == "exp" and not up and _is_short(tokens, closes, k + 1):
            out.append(Run("e", True, 0))
            raised = closes[k + 1]
            dropped |= {k + 1, raised}
        elif kind == "word" and not called:
            runs = named(piece)
            out += [run._replace(shift=BOTH if run.shift == LOWER else UP) for run in runs] if up else runs
        elif k not in dropped:
            out += _plain(kind, piece, up)
        k += 1
    return _merged(out)


def named(name):
    """The runs of a name: w_max is a w with a lowered max; what is no word stands as it is."""
    parts = names.read(name)
    if parts is None:
        return (Run(names.plain(name), False, 0),)
    marks = "".join([names.MARKS[mark][0] for mark in parts.marks])
    runs = [Run(parts.base + marks, len(parts.base) == 1, 0)]
    runs += [Run(",".join(parts.sub), False, LOWER)] if parts.sub else []
    runs += [Run(",".join(parts.sup), False, UP)] if parts.sup else []
    return tuple(runs)


def words(text):
    """The runs of plain words."""
    return (Run(text, False, 0),)


def _plain(kind, piece, up):
    if kind == "number" and "e" in piece and not up:
        digits, _, power = piece.partition("e")
        return [Run(digits + "·10", False, 0), Run(str(int(power)).replace("-", "−"), False, UP)]
    if kind == "turned":
        return [Run("T", False, UP)]
    if kind == "times":
        return [Run("·" if "*" in piece else "\u2009", False, up)]
    if piece == "sqrt":
        return [Run("√", False, up)]
    return [Run("^" if piece == "**" else SIGNS.get(piece, piece), False, up)]


def _closes(tokens):
    """{place of a bracket: place where it is closed}."""
    waiting, closes = [], {}
    for k, (_, piece) in enumerate(tokens):
        if piece == "(":
            waiting.append(k)
        elif piece == ")" and waiting:
            closes[waiting.pop()] = k
    return closes


def _exponent(tokens, closes, k):
    """(the last token of the exponent that begins at k, brackets that are not shown)."""
    if k in closes:
        return closes[k], {k, closes[k]}
    return closes.get(k + 1, k) if tokens[k][0] == "word" else k, set()


def _is_short(tokens, closes, k):
    inside = [piece for _, piece in tokens[k + 1:closes.get(k, k)]]
    return 0 < sum(map(len, inside)) <= SHORT and not {"exp", "**"} & set(inside)


def _merged(runs):
    out = []
    for run in runs:
        if out and out[-1][1:] == run[1:]:
            out[-1] = Run(out[-1].text + run.text, *run[1:])
        else:
            out.append(run)
    return tuple(out)


def width(runs, size):
    """How wide the runs are at a size of letters."""
    return size*sum([SIZE[run.shift]*sum(map(_letter, run.text)) for run in runs])


@lru_cache(maxsize=1000)
def _letter(c):
    if unicodedata.combining(c):
        return 0
    known = WIDTH.get(c)
    if known is not None:
        return known
    if unicodedata.east_asian_width(c) in "WF":
        return 1.0
    return 0.73 if c.isupper() or c == "w" or ord(c) > 0x2000 else 0.54


def fitted(runs, size, most):
    """The runs, cut with … where they are wider than `most`."""
    if width(runs, size) <= most:
        return runs
    out, left = [], most/size - _letter("…")
    for run in runs:
        kept = ""
        for c in run.text:
            left -= _letter(c)*SIZE[run.shift]
            if left < 0:
                return (*out, run._replace(text=kept), Run("…", False, 0)) if kept else (*out, Run("…", False, 0))
            kept += c
        out.append(run)
    return tuple(out)
