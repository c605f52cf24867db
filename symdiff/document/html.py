"""A document goes in; HTML comes out: one file with formulas as MathML that needs no script and no network."""
import re
from html import escape

from .blocks import Display, Document, Figure, Heading, Items, Listing, Paragraph, Table
from .characters import printable
from .formulas import Equal
from .mathml import MathML, pieces, width
from .naming import blocks_of
from .notation import is_words, parts_of
from .style import PAGE, SCOPED
from .text import text

LONG_WORDS, NARROW = 30, 9.0                    # letters of a cell that is folded; ems of a column that stays in sight
INLINE = 20.0                                   # ems of a piece of a formula that scrolls by itself on a phone
CHAIN, LEFT = 34.0, 9.0                         # ems of an equation on one line; of a side that others stand beside


def html(document, whole=True):
    """A document as an HTML file, or (whole=False) as a fragment with its style under one class, as Jupyter takes it.

    >>> page = html(Document("a < b", (Paragraph("words"),)))
    >>> page.splitlines()[0], "<h1>a &lt; b</h1>" in page
    ('<!DOCTYPE html>', True)
    """
    page = _Page()
    body = "\n".join([page.block(block) for block in blocks_of(document)])
    if not whole:
        return f'<div class="symdiff"><style>{SCOPED}</style>\n{body}\n</div>'
    title = document.title if isinstance(document, Document) else None
    name = escape(text(title, 10_000, False) if title else "symdiff", quote=False)
    return ('<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="color-scheme" content="light dark">\n'
            f'<title>{name}</title>\n<style>{SCOPED}{PAGE}</style>\n</head>\n<body>\n<main class="symdiff">\n'
            f"{body}\n</main>\n</body>\n</html>\n")


class _Page:
    """Blocks as HTML."""

    def __init__(self):
        self.notation = MathML()

    def block(self, block):
        form = BLOCKS.get(type(block))
        return form(self, block) if form else self.paragraph(Paragraph(block))

    def line(self, content):
        """An inline text."""
        return "".join([escape(printable(part), quote=False) if type(part) is str else self.formula(part)
                        for part in parts_of(content)])

    def formula(self, formula):
        return _in_pieces(self.notation(formula))

    def heading(self, block):
        level = min(max(block.level, 1), 6)
        return f"<h{level}>{self.line(block.text)}</h{level}>"

    def paragraph(self, block):
        return f"<p>{self.line(block.text)}</p>"

    def display(self, block):
        """One formula; an equation of several sides that is too long for a line has each of them on its own."""
        formula = block.formula
        if type(formula) is not Equal or len(formula.parts) < 3 or self.wide(formula) < CHAIN:
            return f'<div class="formula">{self.line(formula)}</div>'
        left, *sides = [self.notation(Equal((part,))) for part in formula.parts]
        stacked = " stacked" if width(left) > LEFT else ""
        sides = "\n".join([f'<div class="side">{_in_pieces(self.notation.sign("=") + side)}</div>' for side in sides])
        return f'<div class="formula chain{stacked}"><div>{_in_pieces(left)}</div>\n{sides}</div>'

    def items(self, block):
        return "<ul>\n" + "\n".join([f"<li>{self.line(item)}</li>" for item in block.items]) + "\n</ul>"

    def listing(self, block):
        language = re.sub(r"\W", "", block.language)
        return f'<pre><code class="language-{language}">{escape(block.code.rstrip(), quote=False)}</code></pre>'

    def figure(self, block):
        svg = re.sub(r"^\s*(<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|\s+)*", "", block.svg, flags=re.DOTALL)
        words = escape(printable(block.words) if type(block.words) is str else text(block.words, 10_000, False))
        paper = "" if "currentColor" in svg or "prefers-color-scheme" in svg else ' class="paper"'
        return (f'<figure{paper} role="img" aria-label="{words}"><div class="scroll" tabindex="0" '
                f'style="--w:{_pixels(svg)}">{svg}</div></figure>')

    def table(self, block):
        count = max(map(len, (block.headers, *block.rows)))
        if count == 0:
            return ""
        headers = (*block.headers, *[None]*(count - len(block.headers)))
        numeric = frozenset(block.numeric)
        number = {True: ' class="number"', False: ""}
        head = "".join([f'<th scope="col"{number[k in numeric]}>{self.line(content)}</th>'
                        for k, content in enumerate(headers)])
        rows = [self.row((*row, *[None]*(count - len(row))), numeric) for row in block.rows]
        caption = "" if block.caption is None else f'<p class="caption">{self.line(block.caption)}</p>\n'
        keyed = ' class="keyed"' if count > 2 and max([self.wide(row[0]) for row in (headers, *block.rows) if row],
                                                      default=0) < NARROW else ""
        return (f'{caption}<div class="scroll" tabindex="0"><table{keyed}>\n'
                f'<thead><tr class="row">{head}</tr></thead>\n<tbody>\n' + "\n".join(rows)
                + "\n</tbody></table></div>")

    def row(self, row, numeric):
        cells = "".join([f"<td{self.kind(content, k in numeric)}>{self.line(content)}</td>"
                         for k, content in enumerate(row)])
        more = " more" if row[0] is None else ""
        return f'<tr class="row{more}">{cells}</tr>'

    def kind(self, content, number):
        """The class of a cell."""
        if number:
            return ' class="number"'
        if content is None:
            return ""
        if is_words(content):
            return ' class="long"' if sum(map(len, parts_of(content))) > LONG_WORDS else ""
        long = any([type(part) is not str and len(pieces(self.notation(part))) > 1 for part in parts_of(content)])
        return ' class="long"' if long else ""

    def wide(self, content):
        """The width of an inline text in ems."""
        return sum([.5*len(part) if type(part) is str else width(self.notation(part)) for part in parts_of(content)])


BLOCKS = {Heading: _Page.heading, Paragraph: _Page.paragraph, Display: _Page.display, Items: _Page.items,
          Table: _Page.table, Listing: _Page.listing, Figure: _Page.figure}


def _in_pieces(mathml):
    """A formula in a line: where it is long, in pieces, those that are wide themselves in boxes that scroll."""
    return "<wbr>".join([f"<math>{piece}</math>" if size < INLINE else f'<span class="wide"><math>{piece}</math></span>'
                         for piece, size in pieces(mathml)])


def _pixels(svg):
    """The width of a drawing as it says itself."""
    opening = re.search(r"<svg\b[^>]*>", svg)
    if opening is None:
        return "100%"
    found = re.search(r'\bwidth="([\d.]+)(?:px)?"', opening[0])
    box = re.search(r'\bviewBox="[\d.-]+[ ,]+[\d.-]+[ ,]+([\d.]+)', opening[0])
    return f"{(found or box)[1]}px" if found or box else "100%"
