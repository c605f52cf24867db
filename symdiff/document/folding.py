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
from .formulas import Arrow, Equal, Partial, Plus, Times
from .notation import is_words, parts_of

INDENT = 2                                      # of the lines of a formula after the first one
FULL = 0.4                                      # of a line is filled before it is broken, where it can be
# columns given up for a break that is less deep; that is at a sum and not after a bracket, or not at a product
DEEP, AFTER_BRACKET, AT_PRODUCT = 12, 3, 7
SEARCHED = 5000                                 # subexpressions of a formula whose names are looked at

Break = namedtuple("Break", "end start cost")   # where a line may end, where the next one starts, on one long line

_SPACES = re.compile(" +")
_OPERATORS = re.compile(r"(?<![-+*/@=<>·→|&]) +|(?<=[^\s(\[*])(?=\*(?!\*))|(?<=[^\s(\[])(?=[/·])|(?<=[(\[])(?=[^\s)\]])")
_HELD = {ord(c): 0xE000 + ord(c) for c in " */·([])"}           # these characters where they stand in a name
_RELEASED = {held: c for c, held in _HELD.items()}


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
    held, pattern = _held(text, content)
    return max(map(columns, pattern.split(held)), default=0)


def fold(text, width, content=None, indent=INDENT):
    """Lines of at most `width` columns, but where a part that is not broken is longer.

    content   the inline text it was made of: formulas in it are broken before operators, outer ones first; names never

    >>> fold("a*b + exp(c*d + e)", 9, 1)
    ['a*b', '  + exp(', '  c*d', '  + e)']
    """
    if columns(text) <= width:
        return [text]
    held, pattern = _held(text, content)
    indent = indent if pattern is _OPERATORS else 0
    at = [0, *accumulate(map(_columns, held))]
    depths = [0, *accumulate((c in "([") - (c in ")]") for c in held)]
    found = list(pattern.finditer(held))
    breaks = [Break(at[m.start()], at[m.end()], DEEP*depths[m.start()] + _cost(held, m.end())) for m in found]
    chosen = [found[k] for k in chosen_breaks(breaks, at[-1], width, width - indent)]
    ends = [*[m.start() for m in chosen], len(held)]
    starts = [0, *[m.end() for m in chosen]]
    return [" "*indent*(k > 0) + held[start:end].translate(_RELEASED) for k, (start, end) in enumerate(zip(starts, ends))]


def _cost(text, start):
    """What a line that starts there costs."""
    return AT_PRODUCT if text[start:start + 1] in "*/·" else AFTER_BRACKET if text[start - 1:start] in "([" else 0


def chosen_breaks(breaks, total, width, later):
    """The places of those Breaks at which to begin a new line, so that a line of `total` fits.

    width, later    what the first line can hold, and the others
    Of the breaks in the last part of a line the one farthest on is taken, each less its cost.
    """
    chosen, start, first, room = [], 0, 0, width
    while total - start > room and first < len(breaks):
        last = max(bisect_right(breaks, start + room, key=lambda b: b.end), first + 1)
        best = max(range(first, last), key=lambda k: (breaks[k].end - start >= FULL*room, breaks[k].end - breaks[k].cost))
        chosen.append(best)
        start, first, room = breaks[best].start, best + 1, max(later, 1)
    return chosen


def _held(text, content):
    """The text with the odd characters of names held together, and where it may be broken."""
    if is_words(content):
        return text, _SPACES
    for name in sorted(_odd_names(parts_of(content)), key=len, reverse=True):
        text = text.replace(name, name.translate(_HELD))
    return text, _OPERATORS


def _odd_names(parts):
    """The names in formulas that hold more than letters and digits."""
    found, stack = set(), list(parts)
    while stack:
        part = stack.pop()
        if isinstance(part, sp.Basic):
            odd = [e.name for e in islice(walk(part), SEARCHED) if isinstance(e, sp.Symbol) and not e.name.isalnum()]
            found.update(map(plain, odd))
        elif isinstance(part, (Equal, Times, Plus)):
            stack += part.parts
        elif isinstance(part, Partial):
            stack += [part.top, part.bottom]
        elif isinstance(part, Arrow):
            stack += [part.before, part.after]
    return found
