"""Text and the columns of a terminal go in; lines that fit go out, broken at spaces and, in formulas, at operators."""
import re
import unicodedata
from bisect import bisect_right
from collections import namedtuple
from functools import lru_cache
from itertools import accumulate, islice

import sympy as sp

from ..language.core import walk
from ..language.printing.names import plain
from .formulas import Equal
from .naming import expressions
from .notation import is_words

INDENT = 2                                      # of the lines of a formula after the first one
FULL = 0.4                                      # of a line is filled before it is broken, where it can be
DEEP = 12                                       # columns given up for a break that stands in one bracket less
AT_SUM, IN_BRACKET, AT_PRODUCT = 3, 5, 8        # for one at another sign, over one at a relation
SEARCHED = 5000                                 # subexpressions of a formula whose names are looked at

Break = namedtuple("Break", "end start cost")   # where a line may end, where the next one starts, on one long line

_SPACES = re.compile(" +")
_OPERATORS = re.compile(r"""(?<![-+*/@=<>·→|&])[ ]+                    # before an operator with spaces around it
    | (?<=[^\s(\[*])(?=\*(?!\*)) | (?<=[^\s(\[])(?=[/·])               # before * / · but not before **
    | (?<=[(\[])(?=[^\s)\]])                                           # in a bracket""", re.VERBOSE)
_HELD = {ord(c): 0xE000 + ord(c) for c in " */·([])"}           # these characters where they stand in a name
_RELEASED = {held: chr(c) for c, held in _HELD.items()}


@lru_cache(maxsize=10_000)
def _columns(c):
    if unicodedata.category(c) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(c) in "WF" else 1


def columns(text):
    """The columns that the text takes on a terminal: marks over letters take none, East Asian letters two.

    >>> columns("ξ̄₁"), columns("漢")
    (2, 2)
    """
    return len(text) if text.isascii() else sum(map(_columns, text))


def least(text, content=None):
    """The columns of the longest part that is not broken."""
    text, pattern = _breakable(text, content)
    return max(map(columns, pattern.split(text)), default=0)


def fold(text, width, content=None, indent=INDENT):
    """Lines of at most `width` columns, but where a part that is not broken is longer.  They are to be `released`.

    content   the inline text it was made of: formulas in it are broken before operators, outer ones first; names never

    >>> fold("a*b + exp(c*d + e)", 9, 1)
    ['a*b', '  + exp(', '  c*d', '  + e)']
    """
    if columns(text) <= width:
        return [text]
    sides = text.split(" = ")
    if type(content) is Equal and len(sides) == len(content.parts) > 1:         # each side on a line of its own
        first, *rest = sides
        return fold(first, width, content.parts[0], indent) + [
            line for side, part in zip(rest, content.parts[1:])
            for line in _after_equals(fold(side, width - indent - 2, part, indent), indent)]
    text, pattern = _breakable(text, content)
    indent = indent if pattern is _OPERATORS else 0
    at = [0, *accumulate(map(_columns, text))]
    depths = [0, *accumulate((c in "([") - (c in ")]") for c in text)]
    found = list(pattern.finditer(text))
    breaks = [Break(at[m.start()], at[m.end()], DEEP*depths[m.start()] + _cost(text, m.end())
                    if pattern is _OPERATORS else 0) for m in found]
    chosen = [found[k] for k in chosen_breaks(breaks, at[-1], width, width - indent)]
    ends = [*[m.start() for m in chosen], len(text)]
    starts = [0, *[m.end() for m in chosen]]
    return [" "*indent*(k > 0) + text[start:end] for k, (start, end) in enumerate(zip(starts, ends))]


def _after_equals(lines, indent):
    return [" "*indent + "= " + lines[0], *[" "*(indent + 2) + line for line in lines[1:]]]


def held(text):
    """The text with what it could be broken at replaced, so that it is not, until it is released."""
    return text.translate(_HELD)


def released(text):
    """The text as it was before parts of it were held."""
    return text.translate(_RELEASED)


def _cost(text, start):
    """What a line of a formula costs that starts there."""
    if text[start - 1] in "([":
        return IN_BRACKET
    return AT_SUM if text[start] in "+-" else AT_PRODUCT if text[start] in "*/@·" else 0


def chosen_breaks(breaks, total, width, later):
    """The places of those Breaks at which to begin a new line, so that a line of `total` fits.

    width, later    what the first line can hold, and the others
    Of the breaks in the last part of a line the one farthest on is taken, each less its cost.
    """
    chosen, start, first, room = [], 0, 0, width
    while total - start > room and first < len(breaks):
        last = max(bisect_right(breaks, start + room, key=lambda b: b.end), first + 1)
        best = max(range(first, last),
                   key=lambda k: (breaks[k].end - start >= FULL*room, breaks[k].end - breaks[k].cost))
        chosen.append(best)
        start, first, room = breaks[best].start, best + 1, max(later, 1)
    return chosen


def _breakable(text, content):
    """The text with the odd characters of names held together, and where it may be broken."""
    if is_words(content):
        return text, _SPACES
    for name in sorted(_odd_names(content), key=len, reverse=True):
        text = text.replace(name, held(name))
    return text, _OPERATORS


def _odd_names(content):
    """The names in formulas that hold more than letters and digits."""
    leaves = [e for formula in expressions(content) for e in islice(walk(formula), SEARCHED)]
    return {plain(e.name) for e in leaves if isinstance(e, sp.Symbol) and not e.name.isalnum()}
