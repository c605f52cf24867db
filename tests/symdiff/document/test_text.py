"""Documents as text: columns that stand under each other, lines that fit, nothing lost, Unicode and ASCII."""
import io
import re
import sys
import unicodedata

import numpy as np
import pytest
import sympy as sp

import symdiff.language as sd
from symdiff.document.blocks import Display, Document, Figure, Heading, Items, Listing, Paragraph, Table
from symdiff.document.characters import ascii_of, printable
from symdiff.document.formulas import Arrow, Equal, Partial, Plus, Times, Value
from symdiff.document.text import text
from symdiff.errors import ArgumentError
from tests.symdiff.document.lecture import CHAIN, DOCUMENT, TABLE
from tests.symdiff.document.names import ODD, document

x, y, w, L = [sd.array(name) for name in ("x", "y", "w", "L")]
xi = [sd.array(f"ξ{digit}") for digit in "₀₁₂"]


def cells_wide(line):
    """The columns of a line, counted by the tables of Unicode."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


@pytest.mark.parametrize("formula, unicode, ascii", [
    (Partial(xi[2], xi[1]), "∂ξ₂/∂ξ₁", "dxi2/dxi1"), (Partial(L, w, total=True), "dL/dw", "DL/Dw"),
    (Partial(w*x, w), "∂(w*x)/∂w", "d(w*x)/dw"), (Times((Partial(L, xi[1]), -x)), "∂L/∂ξ₁ · (-x)", "dL/dxi1 * (-x)"),
    (Times((-y, x + 1, Value(-2.0), Value(3))), "-y · (x + 1) · (-2) · 3", "-y * (x + 1) * (-2) * 3"),
    (Plus((x, -y, Times((-w, x)), Value(-0.5), w)), "x - y - w · x - 0.5 + w", "x - y - w * x - 0.5 + w"),
    (Plus((x + 1, -(x + 1), Times((x + 1, x - 1)))), "x + 1 - (x + 1) + (x + 1) · (x - 1)", None),
    (Equal((L, x > 0)), "L = (x > 0)", "L = (x > 0)"), (Arrow(x/x, sp.Integer(1)), "x/x → 1", "x/x -> 1"),
    (Value(sp.exp(-9)), "exp(-9)", "exp(-9)"), (Value(sp.Rational(-3, 4)), "-3/4", "-3/4"),
    (Value(np.arange(4.0).reshape(2, 2)), "[[0, 1], [2, 3]]", None), 
    (Value(np.arange(9.0)), "[0, 1, 2, …] (9,)", "[0, 1, 2, ...] (9,)"),
    (Value(np.zeros((2, 0))), "[[], []] (2, 0)", None), (Times((x,)), "x", "x"), (Plus((-x,)), "-x", "-x"),
    (Times(()), "1", "1"), (Plus(()), "0", "0"),
    (Times((Plus((x, y)), Equal((x, y)))), "(x + y) · (x = y)", None), (Partial("L", "ξ"), "∂L/∂ξ", "dL/dxi"),
    (("at ", Equal((x, 3)), " – ξ̄"), "at x = 3 – ξ̄", "at x = 3 - xibar")])
def test_formulas(formula, unicode, ascii):
    assert text(formula, 200, False) == unicode
    assert text(formula, 200, True) == (ascii or unicode.replace("·", "*"))


def test_a_formula_is_an_expression_or_words():
    with pytest.raises(ArgumentError, match="no formula"):
        text(Equal((x, object())), 80)


def test_a_table_is_aligned():
    rows = ((xi[1], "α", Value(0.5)), (sd.array("ξ\u0304₂"), "漢字", Value(-12.25)), (None, None, Value(3)))
    assert text(Table(("a", "name", "value"), rows, (2,)), 80, False).split("\n") == [
        "a  │ name │  value", "───┼──────┼───────", "ξ₁ │ α    │    0.5", "ξ̄₂ │ 漢字 │ -12.25", "   │      │      3"]
    assert text(Table(("a", "name", "value"), rows[:1], (2,)), 80, True).split("\n") == [
        "a   | name  | value", "----+-------+------", "xi1 | alpha |   0.5"]


@pytest.mark.parametrize("width", [30, 33, 50, 80, 100, 150, 300])
@pytest.mark.parametrize("ascii", [False, True])
def test_a_document_fits(width, ascii):
    shown = text(DOCUMENT, width, ascii)
    code = "return math.exp"
    for line in shown.split("\n"):
        assert cells_wide(line) <= width or code in line, line
        assert line == line.rstrip()
    assert not ascii or shown.isascii()


@pytest.mark.parametrize("width", [30, 60, 80, 140])
def test_bars_stand_under_each_other(width):
    """In each table every row has its bars where its rule has its crosses."""
    tables = re.split(r"\n\n", text(TABLE, width, False))
    assert len(tables) > 1
    for table in tables[1:]:
        lines = table.split("\n")
        rule = next(line for line in lines if set(line) <= set("─┼═╪"))
        for line in lines:
            at, places = 0, []
            for c in line:
                if c in "│┼╪":
                    places.append(at)
                at += cells_wide(c)
            assert places == [k for k, c in enumerate(rule) if c in "┼╪"]


@pytest.mark.parametrize("width", [30, 40, 64, 90])
def test_nothing_is_lost_in_a_split_table(width):
    """Cells put together again over their lines are those of the wide table; the first column comes with each part."""
    wide = columns_of(text(TABLE, 1000, False))
    parts = [columns_of(table) for table in text(TABLE, width, False).split("\n\n")[1:]]
    found = [column for part in parts for column in part[1:]]
    assert all(part[0] == wide[0] for part in parts) and found == wide[1:]


def columns_of(table):
    """The columns of a table as text without spaces, rules left out."""
    lines = [line for line in table.split("\n") if "│" in line]
    cells = [[cell.replace(" ", "") for cell in line.split("│")] for line in lines]
    return ["".join(column) for column in zip(*cells)]


def test_long_formulas_break_at_their_outer_operators():
    assert text(Display(Plus((x*y*w, sp.exp(x + y + w), sp.sin(w)))), 30, False).split("\n") == [
        "    x*y*w + exp(x + y + w)", "      + sin(w)"]
    assert text(Display(x*y + w*x*y + sp.exp(x*y + w*x)), 31, False).split("\n") == [
        "    x*y + w*x*y", "      + exp(x*y + w*x)"]                   # further on is a sum, but in brackets
    folded = text(Display(CHAIN), 60, False).split("\n")
    assert [line.index("=") for line in folded if "=" in line] == [10]*4
    assert all("∂ξ₅/∂ξ₄" in "".join(folded) and not line.strip().startswith("/") for line in folded)


def test_a_partial_and_a_name_are_not_broken():
    a = sd.array("a * b/(c")
    folded = text(Display(Plus(tuple(Times((Partial(a, x), a)) for _ in range(6)))), 24, False)
    assert folded.count("a * b/(c") == 12 and folded.count("∂a * b/(c/∂x") == 6


@pytest.mark.parametrize("name", ODD)
def test_odd_names_are_whole(name):
    for width in (30, 80):
        shown = text(document(name), width, False)
        whole = name if len(name) <= 80 else name[:80]
        assert shown.replace("\n", " ").count(whole) >= 10
    assert text(document(name), 80, True).isascii()


def test_control_characters_do_not_reach_the_terminal():
    blocks = Paragraph("one\ttwo\nthree\x07"), Listing("x\x1b[0m"), Display(sd.array("n\x1bm"))
    shown = text(Document("a\x1b[2Jb", blocks), 80)
    assert "\x1b" not in shown and "\x07" not in shown and "one two three" in shown
    assert printable("tab\there") == "tab here"


def test_ascii_is_chosen_by_the_encoding(monkeypatch):
    class Stream(io.StringIO):
        encoding = "latin-1"
    monkeypatch.setattr(sys, "stdout", Stream())
    assert text(xi[1], 80) == "xi1"
    Stream.encoding = "utf-8"
    assert text(xi[1], 80) == "ξ₁"


def test_the_width_is_the_terminals(monkeypatch):
    monkeypatch.setenv("COLUMNS", "44")
    assert max(map(len, text(Paragraph("word "*30), ascii=True).split("\n"))) <= 44
    assert len(text(Paragraph("word "*30), width=1).split("\n")) == 5                       # no terminal is so narrow


def test_blocks():
    blocks = Heading("H", 2), Items(("one " + "two "*9, x)), Listing("a = 1\n\nb"), Figure("<svg/>", "words")
    shown = text(Document("T", blocks), 30, False)
    assert shown == ("T\n═\n\nH\n─\n\n• one two two two two two two\n  two two two\n• x\n\n"
                     "    a = 1\n\n    b\n\n[words]")
    assert text(Table((), ()), 80) == "" and text(Items(()), 80) == ""


def test_rows_may_be_short():
    shown = text(Table(("a", "b"), ((x,), (x, y, w))), 80, True)
    assert shown.split("\n") == ["a | b |", "--+---+--", "x |   |", "x | y | w"]


def test_what_a_long_formula_repeats_is_named():
    X, v, b = sd.array("X", 5, 3), sd.array("v", 3), sd.array("b")
    p = sd.sigmoid(X @ v + b)
    long = X.T @ (p*(1 - p)*(p - 2)*(p - 3)*(1 - p)*(p - sd.sin(p)))
    shown = text(Document(None, (Display(Equal((Partial(L, v, total=True), long))),)), 200, False)
    assert shown.count("sigmoid") == 1 and "\n\nwhere p = sigmoid(X @ v + b)" in shown


@pytest.mark.parametrize("given, ascii", [
    ("ξ̄₁ → ∂", "xibar1 -> d"), ("σ² ≤ x⁻⁹", "sigma^2 <= x^-9"), ("naïve Ω é", "naive Omega e"), ("漢", "U+6F22"),
    ("“a” – b…", '"a" - b...')])
def test_words_in_ascii(given, ascii):
    assert ascii_of(given) == ascii
