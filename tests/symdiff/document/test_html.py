"""Documents as HTML: one file without scripts or links, MathML that is well formed, every word whole."""
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest
import sympy as sp

import symdiff.language as sd
from symdiff.document.blocks import Display, Document, Figure, Heading, Items, Listing, Paragraph, Table
from symdiff.document.characters import printable
from symdiff.document.formulas import Equal, Partial, Plus, Times, Value
from symdiff.document.html import html
from symdiff.document.mathml import pieces
from symdiff.language.printing import as_mathml, mathml
from symdiff.language.printing.names import read
from tests.symdiff.document.lecture import CHAIN, DOCUMENT
from tests.symdiff.document.names import ODD, document

x, y, w, L = [sd.array(name) for name in ("x", "y", "w", "L")]
VOID = {"meta", "wbr", "circle", "path"}


class Page(HTMLParser):
    """Tags that are closed in order, and the text of each kind of element."""

    def __init__(self, source):
        super().__init__()
        self.open, self.texts, self.tags = [], {}, []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        for tag in set(self.open):
            self.texts[tag][-1] += data


def maths(source):
    """The formulas, parsed."""
    return [ElementTree.fromstring(text) for text in re.findall(r"<math>.*?</math>", source, re.DOTALL)]


def shown(formula):
    """The MathML of a formula in a line."""
    return re.search(r"<p>(.*)</p>", html((formula,), whole=False), re.DOTALL)[1]


@pytest.mark.parametrize("formula, inside", [
    (Partial(L, w), "<mfrac><mrow><mi>∂</mi><mi>L</mi></mrow><mrow><mi>∂</mi><mi>w</mi></mrow></mfrac>"),
    (Value(-1.2e-5), '<mo form="prefix">−</mo><mn>1.2</mn><mo>⋅</mo><msup><mn>10</mn><mrow><mo form="prefix">−</mo>'
                     '<mn>5</mn></mrow></msup>'),
    (x*y, "<mi>x</mi><mo>\u2062</mo><mi>y</mi>"),
    (x*sp.log(y), '<mi>x</mi><mspace width="0.17em"/><mi>log</mi><mo>\u2061</mo><mrow><mo form="prefix" '
                  'stretchy="false">(</mo><mi>y</mi><mo form="postfix" stretchy="false">)</mo></mrow>'),
    (Value(-9), '<mo form="prefix">−</mo><mn>9</mn>'), (Value(float("inf")), "<mi>∞</mi>"),
    (Plus((x, -y, Value(-2.5))), "<mi>x</mi><mo>−</mo><mi>y</mi><mo>−</mo><mn>2.5</mn>"),
    (Times((-y, Value(-2))),
     '<mo form="prefix">−</mo><mi>y</mi><mo>⋅</mo><mrow><mo form="prefix" stretchy="false">(</mo>'
     '<mo form="prefix">−</mo><mn>2</mn><mo form="postfix" stretchy="false">)</mo></mrow>'),
    (Equal(("a < b", x)), '<mtext>a &lt; b</mtext><mo form="infix">=</mo><mi>x</mi>')])
def test_formulas(formula, inside):
    assert shown(formula) == f"<math>{inside}</math>"


def test_the_page():
    source = html(DOCUMENT)
    page = Page(source)
    assert source.startswith("<!DOCTYPE html>\n<html lang=\"en\">") and page.texts["title"] == ["Derivation of L"]
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in page.tags
    assert {"script", "link", "img", "iframe"}.isdisjoint(tag for tag, _ in page.tags)
    assert set(re.findall(r"https?://[^\s\"']*", source)) <= {"http://www.w3.org/2000/svg"} and "@import" not in source
    assert "url(" not in source and "prefers-color-scheme: dark" in source
    assert len(page.texts["h1"]) == 1 and len(page.texts["td"]) == 48 and len(page.texts["svg"]) == 1
    numbers = [tag for tag, attributes in page.tags if attributes.get("class") == "number"]
    assert numbers.count("td") == 18 and numbers.count("th") == 3
    assert len(maths(source)) > 60


def test_a_fragment_is_styled_under_its_class():
    source = html(DOCUMENT, whole=False)
    Page(source)
    assert source.startswith('<div class="symdiff"><style>') and "<html" not in source and "<title" not in source
    style = re.search(r"<style>(.*?)</style>", source, re.DOTALL)[1]
    style = re.sub(r"@media[^{]*\{((?:[^{}]*\{[^{}]*\})*)\s*\}", r"\1", style)
    selectors = [one.strip() for rule in re.findall(r"([^{}]+)\{[^{}]*\}", style) for one in rule.split(",")]
    assert len(selectors) > 30 and all(one.startswith(".symdiff") for one in selectors)


@pytest.mark.parametrize("name", ODD)
def test_odd_names_are_whole(name):
    page = Page(html(document(name)))
    whole = printable(name)
    cut = whole if len(whole) <= 80 else whole[:80]
    for tag, count in {"title": 1, "h1": 1, "h2": 1, "p": 3, "li": 1, "th": 1, "td": 2, "pre": 1}.items():
        assert sum(whole in text for text in page.texts[tag]) >= count, tag
    if read(name) is None:                                          # else it is set as letters with marks and scripts
        assert sum(cut in text.replace("\u00a0", " ") for text in page.texts["math"]) >= 4
    assert dict(next(a for t, a in page.tags if t == "figure"))["aria-label"] == whole
    assert "script" not in {tag for tag, _ in page.tags}
    maths(html(document(name)))


def test_a_long_equation_has_its_sides_under_each_other():
    source = html(Display(CHAIN), whole=False)
    assert source.count('<div class="side">') == 4 and source.count('class="formula chain"') == 1
    assert '<div class="side"><math><mo form="infix">=</mo>' in source
    assert "chain" not in html(Display(Equal((L, x, y))), whole=False).partition("</style>")[2]


def test_long_formulas_are_cut_at_their_outer_signs():
    total = sum((sp.sin(w*k)*x**k for k in range(2, 30)), x)
    found = [text for text, _ in pieces(mathml(total))]
    assert len(found) == 29 and all(text.startswith('<mo form="infix">+</mo>') for text in found[1:])
    sides = re.findall("<math>(.*?)</math>", shown(Equal((L, sp.log(1 + x*y)*sp.sin(w + 1), x*y*sp.cos(w)))))
    assert [side.count("=</mo>") for side in sides] == [0, 1, 1]                        # at relations, not at products
    for e in (total, sp.exp(total)*x, sp.log(1 + total)*y, total/(x + total)):
        text = "".join(re.findall("<math>(.*?)</math>", shown(e))).replace(' form="infix"', "")
        assert re.sub("</?mrow>", "", text) == re.sub("</?mrow>", "", as_mathml.shown(e).text)      # nothing is lost


def test_tables_keep_a_narrow_first_column_in_sight():
    rows = tuple((sd.array(f"ξ{k}"), x*k, Value(k)) for k in range(3))
    assert "<table class=\"keyed\">" in html(Table(("ξ", "a", "b"), rows, (2,)), whole=False)
    wide = tuple(("words that take some room", x*k, Value(k)) for k in range(3))
    assert "<table>" in html(Table(("ξ", "a", "b"), wide, (2,)), whole=False)
    more = html(Table(("ξ", "a"), ((x, y), (None, y))), whole=False)
    assert more.count('<tr class="row more">') == 1


def test_figures_are_scaled_and_set_on_paper():
    svg = '<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg viewBox="0 0 640 80" fill="black"></svg>'
    source = html(Figure(svg, 'a "drawing"'), whole=False)
    assert '<figure class="paper" role="img" aria-label="a &quot;drawing&quot;">' in source
    assert 'style="--w:640px"><svg' in source and "<?xml" not in source
    drawn = html(Figure('<svg width="9px" stroke="currentColor"></svg>', "a"), whole=False)
    assert "paper" not in drawn.partition("</style>")[2]


def test_blocks():
    source = html(Document(None, (Heading("a & b", 3), Items(("one", ("two ", x))), Listing("if a < b:\n\tpass\n"),
                                  Paragraph("x"), Display(Value(np.arange(4.0).reshape(2, 2))))), whole=False)
    body = source.partition("</style>\n")[2]
    assert body.startswith("<h3>a &amp; b</h3>\n<ul>\n<li>one</li>\n<li>two <math><mi>x</mi></math></li>\n</ul>\n"
                           '<pre><code class="language-python">if a &lt; b:\n\tpass</code></pre>\n<p>x</p>\n')
    assert "<mtable><mtr><mtd><mn>0</mn></mtd>" in body
