"""A document goes in; Markdown that GitHub shows comes out: tables, formulas between $` and `$, fenced code."""
import re
from functools import lru_cache

import sympy as sp

from ..language.core import walk
from ..language.printing import as_latex, names
from .blocks import Display, Figure, Heading, Items, Listing, Paragraph, Table
from .characters import printable
from .latex import Latex, displayed
from .naming import blocks_of
from .notation import parts_of

ROOM = 46.0                                     # ems of a displayed formula
_MARKS = re.compile(r"[\\`*_{}\[\]<>|~#]")
_START = re.compile(r"^(\d+)([.)])|^([-+=])")
# what GitHub's MathJax does not take, or its tables would eat
_MACROS = [(re.compile(r"\\operatorname\{([^{}]*)\}"), r"\\mathop{\\mathrm{\1}}"), (re.compile(r"\\\|"), r"\\Vert "),
           (re.compile(r"\|"), r"\\vert "), (re.compile("`"), "\u02cb")]


def markdown(document):
    """A document, a block, or an inline text as Markdown.

    >>> from symdiff.document.formulas import Partial
    >>> print(markdown(Table(("of", "a|b"), ((Partial("L", "w"), "50_%"),))))
    | of | a\\|b |
    | --- | --- |
    | $`\\frac{\\partial L}{\\partial w}`$ | 50\\_% |
    """
    page = _Page()
    return "\n\n".join([page.block(block) for block in blocks_of(document)])


class _Formula(Latex):
    """Formulas in the LaTeX that MathJax takes on GitHub."""

    def expression(self, expr):
        odd = {e: _name(e.name) for e in walk(expr) if isinstance(e, sp.Symbol) and r"\text" in names.latex(e.name)}
        found = as_latex.shown(expr, odd)
        return found._replace(text=_allowed(found.text))

    def words(self, words):
        return _name(words)


def _allowed(latex):
    for pattern, replacement in _MACROS:
        latex = pattern.sub(replacement, latex)
    return latex


@lru_cache(maxsize=10_000)
def _name(name):
    r"""A name of odd characters, or words, in a formula: MathJax's \text knows only the escapes of \ { } $."""
    text = re.sub(r"[\\{}$]", lambda m: "\\" + m[0], names.plain(name)).replace("`", "\u02cb")
    return r"\vert ".join([rf"\text{{{part}}}" for part in text.split("|")])


def _words(text):
    """Text of which Markdown eats nothing."""
    text = _MARKS.sub(lambda m: "\\" + m[0], printable(text).replace("&", "&amp;"))
    return text.replace("$", "<span>$</span>")


class _Page:
    """Blocks as Markdown."""

    def __init__(self):
        self.notation = _Formula()

    def block(self, block):
        form = BLOCKS.get(type(block))
        return form(self, block) if form else self.line(block)

    def line(self, content):
        return "".join([_words(part) if type(part) is str else f"$`{self.notation(part)}`$"
                        for part in parts_of(content)])

    def heading(self, block):
        return "#"*min(max(block.level, 1), 6) + " " + self.line(block.text)

    def paragraph(self, block):
        return _START.sub(lambda m: rf"{m[1]}\{m[2]}" if m[1] else "\\" + m[3], self.line(block.text))

    def display(self, block):
        if type(block.formula) in (tuple, str):
            return "> " + self.line(block.formula)
        found = displayed(self.notation, block.formula, ROOM)
        body = found[0] if len(found) == 1 else "\\begin{aligned}\n" + " \\\\\n".join(found) + "\n\\end{aligned}"
        return f"```math\n{body}\n```"

    def items(self, block):
        return "\n".join(["- " + self.paragraph(Paragraph(item)) for item in block.items])

    def listing(self, block):
        code = block.code.rstrip("\n")
        fence = "`"*max([3, *[len(run) + 1 for run in re.findall("`+", code)]])
        return f"{fence}{block.language}\n{code}\n{fence}"

    def figure(self, block):
        return f"> {self.line(block.words)}"

    def table(self, block):
        count = max(map(len, (block.headers, *block.rows)))
        if count == 0:
            return ""
        rows = [[self.line(content) for content in (*row, *[None]*(count - len(row)))]
                for row in (block.headers, *block.rows)]
        rows.insert(1, ["---:" if k in block.numeric else "---" for k in range(count)])
        caption = "" if block.caption is None else self.paragraph(Paragraph(block.caption)) + "\n\n"
        return caption + "\n".join([f"| {' | '.join(row)} |" for row in rows])


BLOCKS = {Heading: _Page.heading, Paragraph: _Page.paragraph, Display: _Page.display, Items: _Page.items,
          Table: _Page.table, Listing: _Page.listing, Figure: _Page.figure}
