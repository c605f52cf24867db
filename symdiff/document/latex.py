r"""A document goes in; LaTeX comes out that compiles with amsmath alone: long formulas broken, wide tables split.

Tables are TeX's own \halign, whose rows may stand on several pages; their heads are repeated.
"""
from collections import namedtuple

from ..language.printing import as_latex
from ..language.printing.plan import ATOM, MUL, POW, Shown
from . import tex_words
from .blocks import Display, Figure, Heading, Items, Listing, Paragraph, Table
from .breaking import QUAD, lines
from .columns import groups
from .folding import Break, chosen_breaks
from .formulas import Equal, Partial, Plus, Times
from .measuring import width
from .naming import blocks_of
from .notation import Notation, is_words, parts_of

WHOLE, FRAGMENT = 48.0, 34.0                    # ems of ten points: the width of our page, and of article's own
SIZES = (("normalsize", 1.0), ("small", .9), ("footnotesize", .8))
RAGGED = .3                                     # of the page; a paragraph with a formula wider than this is set ragged
GAP, INDENT, LEFT = 1.5, 2.0, .4                # ems between columns; ems; of the page, for the left of an equation
LETTER, SPACE = .5, .33                         # ems of words
BETWEEN = {Equal: 1.33, Plus: 1.22, Times: .72}  # ems of a sign between two parts
COMFORT = 11.0                                  # ems that a column of formulas should have
HEAD_AGAIN, TOGETHER = 30, 14                   # rows between two heads; of a table that stays on one page
PREAMBLE = r"""\documentclass[a4paper]{article}
\usepackage{amsmath}
\setlength{\textwidth}{170mm}\setlength{\oddsidemargin}{-5.4mm}\setlength{\evensidemargin}{-5.4mm}
\setlength{\textheight}{247mm}\setlength{\topmargin}{-10mm}\setlength{\headheight}{0pt}\setlength{\headsep}{0pt}
\setlength{\parindent}{0pt}\setlength{\parskip}{6pt plus 2pt}\raggedright
\allowdisplaybreaks
\begin{document}
"""
SECTIONS = {1: "section", 2: "subsection", 3: "subsubsection"}

Cell = namedtuple("Cell", "content width words")


def latex(document, whole=True):
    r"""A document as a LaTeX file, or (whole=False) as a fragment to \input, which needs amsmath too.

    >>> from symdiff.document.blocks import Document, Paragraph
    >>> print(latex(Document("50 % of x", (Paragraph("a & b"),)), whole=False))
    \section*{50 \% of x}
    <BLANKLINE>
    a \& b
    """
    page = _Page(WHOLE if whole else FRAGMENT)
    body = "\n\n".join([page.block(block) for block in blocks_of(document)])
    return f"{PREAMBLE}{body}\n\\end{{document}}\n" if whole else body


class Latex(Notation):
    """Formulas in LaTeX's mathematics."""
    minus = "-"
    signs = {"=": " = ", "→": r" \to ", "·": r" \cdot ", "+": " + ", "-": " - "}

    def expression(self, expr):
        return as_latex.shown(expr)

    def words(self, words):
        return rf"\text{{{tex_words.words(words)}}}"

    def digits(self, digits):
        mantissa, e, exponent = digits.partition("e")
        if e:
            return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
        named = {"inf": r"\infty", "-inf": r"-\infty"}.get(digits)
        return named or (rf"\text{{{digits}}}" if digits[0].isalpha() else digits)

    def array(self, nested, shape):
        if shape is None and type(nested) is list and nested and all(type(row) is list for row in nested) \
                and all(type(entry) is str for row in nested for entry in row):
            rows = r" \\ ".join([" & ".join(map(self.digits, row)) for row in nested])
            return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"
        if shape is None:
            return r"\ldots" if nested is None else self.digits(nested) if type(nested) is str else \
                f"[{', '.join([self.array(part, None) for part in nested])}]"
        inside, sizes = ", ".join([self.array(part, None) for part in nested]), r" \times ".join(map(str, shape))
        return f"[{inside}]_{{{sizes}}}"

    def partial(self, top, bottom, d):
        d = r"\partial " if d == "∂" else "d"
        below = d + self.over(bottom, POW)
        if top.level == ATOM and not top.tall:
            return Shown(rf"\frac{{{d}{top.text}}}{{{below}}}", MUL, tall=True)
        return Shown(rf"\frac{{{d.strip()}}}{{{below}}} {self.bracket(top.text, top.tall)}", MUL, tall=True)

    def bracket(self, text, tall):
        return rf"\left({text}\right)" if tall else f"({text})"

    def sign(self, character):
        return self.signs[character]


class _Page:
    """Blocks as LaTeX."""

    def __init__(self, room):
        self.room, self.notation = room, Latex()

    def block(self, block):
        form = BLOCKS.get(type(block))
        return form(self, block) if form else self.line(block)

    def line(self, content):
        """An inline text."""
        return "".join([tex_words.words(part) if type(part) is str else
                        " ".join([f"${line}$" for line in lines(self.notation(part), self.room - INDENT)])
                        for part in parts_of(content)])

    def running(self, content):
        """An inline text in running text; ragged where a formula in it is long, and can hardly be broken."""
        text = self.line(content)
        if any([type(part) is not str and self.wide(part) > RAGGED*self.room for part in parts_of(content)]):
            return rf"{{\raggedright {text}\par}}"
        return text

    def heading(self, block):
        return rf"\{SECTIONS.get(block.level, 'paragraph')}*{{{self.line(block.text)}}}"

    def paragraph(self, block):
        return self.running(block.text)

    def display(self, block):
        """One formula; where it is too long, lines of it, those of an equation set under each other at its signs."""
        if type(block.formula) in (tuple, str):
            return rf"\begin{{quote}}{self.line(block.formula)}\end{{quote}}"
        found = displayed(self.notation, block.formula, self.room - INDENT)
        if len(found) == 1:
            return f"\\[\n{found[0]}\n\\]"
        return "\\begin{align*}\n" + " \\\\\n".join(found) + "\n\\end{align*}"

    def items(self, block):
        return "\n".join([r"\begin{itemize}", *[rf"\item[$\bullet$] {self.running(item)}" for item in block.items],
                          r"\end{itemize}"]) if block.items else ""

    def listing(self, block):
        code = [tex_words.code(line) or r"\strut" for line in block.code.expandtabs(4).rstrip("\n").split("\n")]
        return "\\begin{flushleft}\\small\\ttfamily\n" + "\\\\\n".join(code) + "\n\\end{flushleft}"

    def figure(self, block):
        return rf"\begin{{quote}}\itshape {self.line(block.words)}\end{{quote}}"

    # -- tables -------------------------------------------------------------------------------------------------------

    def table(self, block):
        """The table in the largest size in which it fits; else small, its cells on several lines, or split."""
        count = max(map(len, (block.headers, *block.rows)))
        if count == 0:
            return ""
        rows = [[self.cell(content) for content in (*row, *[None]*(count - len(row)))]
                for row in (block.headers, *block.rows)]
        natural = [max([cell.width for cell in column]) for column in zip(*rows)]
        size, scale = next(((size, scale) for size, scale in SIZES
                            if (sum(natural) + GAP*(count - 1))*scale <= self.room), SIZES[-1])
        least = [max([self.least(cell, k in block.numeric) for cell in column]) for k, column in enumerate(zip(*rows))]
        parts = groups(natural, least, self.room/scale, GAP, COMFORT)
        caption = [] if block.caption is None else [rf"{self.line(block.caption)}\par\nobreak\smallskip"]
        body = [self.aligned(rows, columns, widths, block.numeric) for columns, widths in parts]
        return "\n".join([rf"\par\medskip{{\{size}\lineskiplimit=3pt\lineskip=3pt", *caption,
                          "\n\\medskip\n".join(body), r"\par}\medskip"])

    def cell(self, content):
        size = sum([LETTER*len(part) if type(part) is str else self.wide(part) for part in parts_of(content)])
        return Cell(content, size, is_words(content))

    def wide(self, formula):
        """The width of a formula in ems, from those of its parts."""
        between = BETWEEN.get(type(formula))
        if between is not None:
            return sum(map(self.wide, formula.parts)) + between*(len(formula.parts) - 1)
        if type(formula) is Partial:
            return max(self.wide(formula.top), self.wide(formula.bottom)) + .8
        return width(self.notation(formula))

    def least(self, cell, number):
        """How narrow a cell may be made."""
        if number and not cell.words:
            return cell.width
        if not cell.words:
            return min(cell.width, COMFORT)
        return max([LETTER*len(word) for part in parts_of(cell.content) for word in part.split()], default=0.0)

    def aligned(self, rows, columns, widths, numeric):
        """One table of some of the columns, without rows that are empty there."""
        rows = rows[:1] + [row for row in rows[1:] if any([row[k].content is not None for k in columns])]
        right = [k in numeric for k in columns]
        template = rf"&\hskip{GAP}em ".join([r"\hfil#" if r else r"#\hfil" for r in right])
        head, *body = [self.row([row[k] for k in columns], widths, right) for row in rows]
        short = len(body) <= TOGETHER
        rule, thin = r"\noalign{\nobreak\vskip2pt\hrule height.06em\nobreak\vskip3pt}", r"\hrule height.04em"
        out = [r"\halign{\strut " + template + r"\cr", rf"\noalign{{{thin}\nobreak\vskip2pt}}", head + r"\cr" + rule]
        for number, line in enumerate(body):
            if number and number % HEAD_AGAIN == 0 and len(body) - number > HEAD_AGAIN//3:
                again = rf"\noalign{{{thin}\penalty-200\vskip6pt{thin}\nobreak\vskip2pt}}"
                out.append(f"{again}\n{head}" + r"\cr" + rule)
            last = number == len(body) - 1
            out.append(line + r"\cr" + (r"\noalign{\nobreak\vskip2pt}" if short or last else r"\noalign{\vskip2pt}"))
        return "\n".join([*out, rf"\noalign{{{thin}}}", "}"])

    def row(self, cells, widths, right):
        return "&".join([self.set(cell, w, r) for cell, w, r in zip(cells, widths, right)])

    def set(self, cell, room, right):
        """A cell on lines that fit."""
        if cell.width <= room + .01:
            return self.in_cell(cell.content)
        found = self.folded(cell.content, room)
        if len(found) == 1:
            return found[0]
        return rf"\begin{{tabular}}[t]{{@{{}}{'r' if right else 'l'}@{{}}}}" + r"\\".join(found) + r"\end{tabular}"

    def in_cell(self, content):
        return "".join([tex_words.words(part) if type(part) is str else rf"$\displaystyle {self.notation(part)}$"
                        for part in parts_of(content)])

    def folded(self, content, room):
        """An inline text as lines: broken between words, and in formulas that are too wide."""
        pieces = []                                     # (text, width, may a line begin with it?)
        for part in parts_of(content):
            if type(part) is str:
                for k, word in enumerate(part.split(" ")):
                    pieces.append((tex_words.words(word), LETTER*len(word), k > 0))
            else:
                for k, line in enumerate(lines(self.notation(part), room)):
                    pieces.append((rf"$\displaystyle {line}$", room if k else width(line), k > 0))
        at = [0.0]
        for _, size, begins in pieces:
            at.append(at[-1] + size + SPACE*begins)
        places = [k for k, (_, _, begins) in enumerate(pieces) if begins and k]
        chosen = chosen_breaks([Break(at[k], at[k], 0.0) for k in places], at[-1], room, room)
        starts = [0, *[places[k] for k in chosen], len(pieces)]
        return ["".join([" "*(begins and k > 0) + text for k, (text, _, begins) in enumerate(pieces[start:end])])
                for start, end in zip(starts, starts[1:])]


BLOCKS = {Heading: _Page.heading, Paragraph: _Page.paragraph, Display: _Page.display, Items: _Page.items,
          Table: _Page.table, Listing: _Page.listing, Figure: _Page.figure}


def displayed(notation, formula, room):
    """One formula, or lines of it that fit a room of so many ems, each with an & where they are aligned."""
    text = notation(formula)
    if width(text) <= room:
        return [text]
    if type(formula) is not Equal:
        return ["&" + line for line in _hanging(lines(text, room))]
    left, *sides = [notation(Equal((part,))) for part in formula.parts]
    beside = width(left) < LEFT*room
    out = [] if beside else ["&" + line for line in _hanging(lines(left, room))]
    begin, equals = (left, "&= ") if beside else ("", r"&\quad = ")
    room -= (width(left) if beside else QUAD) + 2*QUAD
    for side in sides:
        first, *rest = _hanging(lines(side, room))
        out += [begin + equals + first, *[rf"&\quad {line}" for line in rest]]
        begin = ""
    return out


def _hanging(found):
    """Lines of a formula, those after the first indented."""
    return [found[0], *[rf"\quad {line}" for line in found[1:]]]
