"""A document goes in; text for a terminal comes out: aligned columns, folded to its width, in Unicode or ASCII."""
import shutil
import sys
from collections import namedtuple

from ..language.printing import as_text
from ..language.printing.plan import MUL, POW, Shown
from .blocks import Display, Figure, Heading, Items, Listing, Paragraph, Table
from .characters import ascii_of, printable
from .columns import groups
from .folding import columns, fold, held, least, released
from .formulas import Equal
from .naming import blocks_of
from .notation import Notation, parts_of

SLASH = held("/")                               # of a partial derivative, which is not broken there
NARROWEST = 30                                  # columns; a terminal that says it has less is not believed
COMFORT = 18                                    # of a column of formulas, if it would like as many
SHORT = 24                                      # columns of a left side that the lines below are set under
INDENT = 4                                      # of displayed formulas and code

Cell = namedtuple("Cell", "text width content")
Signs = namedtuple("Signs", "d total times arrow dots bullet down across cross double double_cross")
UNICODE = Signs("∂", "d", "·", "→", "…", "•", "│", "─", "┼", "═", "╪")
ASCII = Signs("d", "D", "*", "->", "...", "*", "|", "-", "+", "=", "+")


def text(what, width=None, ascii=None):
    """A document, a block, or an inline text as text, without a line break at the end.

    width   columns to fold to, 30 at least: the terminal's, if left out
    ascii   only ASCII: if left out, where stdout has no encoding for more.  ∂a/∂b is da/db, and the total da/db Da/Db

    >>> from symdiff.document.formulas import Value
    >>> print(text(Table(("x", "exp x"), (("ξ₁", Value(0.5)), ("ξ₂", Value(2.0))), numeric=(1,)), 80, False))
    x  │ exp x
    ───┼──────
    ξ₁ │   0.5
    ξ₂ │     2
    """
    width = max(shutil.get_terminal_size().columns if width is None else width, NARROWEST)
    page = _Page(width, not _speaks_unicode() if ascii is None else ascii)
    lines = []
    for block in blocks_of(what):
        lines += [""]*bool(lines) + page.block(block)
    return released("\n".join([line.rstrip() for line in lines]))


def _speaks_unicode():
    try:
        "ξ̄₁∂→│┼═╪·…•".encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


class _Text(Notation):
    """Formulas on one line."""
    minus = "-"

    def __init__(self, signs, ascii):
        super().__init__()
        self.signs, self.ascii = signs, ascii

    def expression(self, expr):
        return as_text.shown(expr, self.ascii)

    def words(self, words):
        return ascii_of(words) if self.ascii else words

    def digits(self, digits):
        return digits

    def array(self, nested, shape):
        if type(nested) is list:
            nested = f"[{', '.join([self.array(part, None) for part in nested])}]"
        shown = self.signs.dots if nested is None else nested
        return shown if shape is None else f"{shown} {shape}"

    def partial(self, top, bottom, d):
        d = self.signs.d if d == "∂" else self.signs.total
        return Shown(f"{d}{self.over(top, POW)}{SLASH}{d}{self.over(bottom, POW)}", MUL)

    def bracket(self, text, tall):
        return f"({text})"

    def sign(self, character):
        return f" {self.signs.arrow if character == '→' else self.signs.times if character == '·' else character} "


class _Page:
    """Blocks as lists of lines."""

    def __init__(self, width, ascii):
        self.width, self.signs = width, ASCII if ascii else UNICODE
        self.notation = _Text(self.signs, ascii)

    def block(self, block):
        form = BLOCKS.get(type(block))
        return form(self, block) if form else fold(self.line(block), self.width, block)

    def line(self, content):
        """An inline text on one line."""
        return "".join([self.notation.words(printable(part)) if type(part) is str else self.notation(part)
                        for part in parts_of(content)])

    def heading(self, block):
        lines = fold(self.line(block.text), self.width, block.text, 0)
        sign = {1: self.signs.double, 2: self.signs.across}.get(block.level)
        return lines + [sign*max(map(columns, lines))] if sign else lines

    def paragraph(self, block):
        return fold(self.line(block.text), self.width, block.text, 0)

    def display(self, block):
        """The formula indented; where it is too long, each side of an equation on lines of its own."""
        formula, room = block.formula, self.width - INDENT
        shown = self.line(formula)
        if type(formula) is not Equal or columns(shown) <= room:
            return _indented(fold(shown, room, formula))
        left, *right = [self.notation.shown(Equal((part,))).text for part in formula.parts]
        across = columns(left) if columns(left) <= SHORT else INDENT
        lines = [] if across == columns(left) else fold(left, room, formula)
        for k, (side, part) in enumerate(zip(right, formula.parts[1:])):
            begin = left if k == 0 and not lines else ""
            folded = fold(side, max(room - across - 3, NARROWEST//3), part)
            lines.append(begin + " "*(across - columns(begin)) + " = " + folded[0])
            lines += [" "*(across + 3) + line for line in folded[1:]]
        return _indented(lines)

    def items(self, block):
        lines = []
        for item in block.items:
            first, *rest = fold(self.line(item), self.width - 2, item, 0)
            lines += [f"{self.signs.bullet} {first}", *_indented(rest, 2)]
        return lines

    def listing(self, block):
        code = block.code.expandtabs(4)
        return _indented([self.notation.words(printable(line)) for line in code.rstrip("\n").split("\n")])

    def figure(self, block):
        return fold(self.line(("[", block.words, "]")), self.width, block.words, 1)

    def table(self, block):
        count = max(map(len, (block.headers, *block.rows)))
        if count == 0:
            return []
        rows = [[self.cell(content) for content in (*row, *[None]*(count - len(row)))]
                for row in (block.headers, *block.rows)]
        lines = [] if block.caption is None else fold(self.line(block.caption), self.width, block.caption, 0) + [""]
        natural = [max(cell.width for cell in column) for column in zip(*rows)]
        if sum(natural) + 3*(count - 1) <= self.width:
            return lines + self.aligned(rows, range(count), natural, block.numeric)
        comfort = min(COMFORT, (self.width - 3)//2)
        needed = [max([cell.width if cell.width <= comfort else least(cell.text, cell.content) for cell in column])
                  for column in zip(*rows)]
        for k, (part, widths) in enumerate(groups(natural, needed, self.width, 3, comfort)):
            lines += [""]*(k > 0) + self.aligned(rows, part, widths, block.numeric)
        return lines

    def cell(self, content):
        shown = self.line(content)
        return Cell(shown, columns(shown), content)

    def aligned(self, rows, part, widths, numeric):
        """One table of some of the columns, without rows that are empty; rules between rows of several lines."""
        rows = rows[:1] + [row for row in rows[1:] if any([row[k].content is not None for k in part])]
        down, right = f" {self.signs.down} ", [k in numeric for k in part]
        set_rows = [[[cell.text] if cell.width <= w else fold(cell.text, w, cell.content, min(2, w//8))
                     for cell, w in zip([row[k] for k in part], widths)] for row in rows]
        tall = any(len(lines) > 1 for row in set_rows[1:] for lines in row)
        signs, out = self.signs, []
        light = f"{signs.across}{signs.cross}{signs.across}".join([signs.across*w for w in widths])
        heavy = f"{signs.double}{signs.double_cross}{signs.double}".join([signs.double*w for w in widths])
        for number, (row, cells) in enumerate(zip(rows, set_rows)):
            if number == 1 or number > 1 and tall and row[part[0]].content is not None:
                out.append(heavy if number == 1 and tall else light)
            for k in range(max(map(len, cells))):
                here = [lines[k] if k < len(lines) else "" for lines in cells]
                out.append(down.join([_set(line, w, r) for line, w, r in zip(here, widths, right)]))
        return out


BLOCKS = {Heading: _Page.heading, Paragraph: _Page.paragraph, Display: _Page.display, Items: _Page.items,
          Table: _Page.table, Listing: _Page.listing, Figure: _Page.figure}


def _set(line, width, right):
    space = " "*(width - columns(line))
    return space + line if right else line + space


def _indented(lines, by=INDENT):
    return [" "*by + line for line in lines]
