"""Documents as GitHub's Markdown: tables of equal rows, mathematics that MathJax takes, nothing eaten."""
import re

import numpy as np
import pytest
import sympy as sp

import symdiff.language as sd
from symdiff.document.blocks import Display, Document, Figure, Heading, Items, Listing, Paragraph, Table
from symdiff.document.formulas import Equal, Partial, Times, Value
from symdiff.document.markdown import markdown
from tests.symdiff.document.lecture import DOCUMENT
from tests.symdiff.document.names import ODD, document

x, y, w, L = [sd.array(name) for name in ("x", "y", "w", "L")]
FORBIDDEN = [r"\operatorname", r"\mbox", r"\phantom", r"\ensuremath", r"\texttt", r"\textbackslash", r"\Bigl|"]


def rows(shown):
    """The cells of each line of a table, split as GitHub splits them: at bars without a backslash."""
    return [re.split(r"(?<!\\)\|", line.strip())[1:-1] for line in shown.split("\n") if line.startswith("|")]


def formulas(shown):
    """What stands between $` and `$, and in blocks of mathematics."""
    return re.findall(r"\$`(.*?)`\$", shown) + re.findall(r"^```math\n(.*?)\n```$", shown, re.DOTALL | re.MULTILINE)


def test_a_table():
    rows = (x/y, Value(-1.5e-7)), (None, "50 %"), (x,)
    shown = markdown(Table(("a|b", Partial(L, w)), rows, (1,), caption="About *x*"))
    assert shown == ("About \\*x\\*\n\n| a\\|b | $`\\frac{\\partial L}{\\partial w}`$ |\n| --- | ---: |\n"
                     "| $`\\frac{x}{y}`$ | $`-1.5 \\cdot 10^{-7}`$ |\n|  | 50 % |\n| $`x`$ |  |")


def test_blocks():
    shown = markdown(Document(("On ", x), (
        Heading("H_1", 2), Paragraph("1. no list"), Paragraph("- nor here"), Items(("a", ("b ", x))),
        Display(Equal((L, x))), Listing("a = '```'\n"), Figure("<svg/>", "a picture"), Display("words"))))
    assert shown == ("# On $`x`$\n\n## H\\_1\n\n1\\. no list\n\n\\- nor here\n\n- a\n- b $`x`$\n\n"
                     "```math\nL = x\n```\n\n````python\na = '```'\n````\n\n> a picture\n\n> words")


def test_what_mathjax_does_not_take_is_replaced():
    A = sd.array("A", 3, 3)
    for e in (sd.softplus(x), sp.Abs(1/x), sd.norm(A[0]), sd.softmax(A[0]), sd.logdet(A), sp.Max(x, 1/y),
              sp.Determinant(sp.MatrixSymbol("B", 2, 2))):
        shown = formulas(markdown(Display(e)))[0]
        assert not any(word in shown for word in FORBIDDEN) and "|" not in shown, shown
    assert formulas(markdown(Display(sd.softplus(x)))) == [r"\mathop{\mathrm{softplus}}(x)"]


def test_the_lectures_document():
    shown = markdown(DOCUMENT)
    table = rows(shown)
    assert len(table) == 8 and all(len(row) == 8 for row in table)
    assert table[1] == [" --- "]*5 + [" ---: "]*3 and table[2][1] == r" $`\xi_{1} = -w x`$ "
    assert all(f.count("{") == f.count("}") for f in formulas(shown)) and len(formulas(shown)) > 40


def test_long_formulas_are_broken():
    total = sum((sp.sin(w*k)*x**k for k in range(2, 30)), x)
    shown = markdown(Display(Equal((L, total, Times((total, x))))))
    body, = formulas(shown)
    assert body.startswith("\\begin{aligned}\nL&= x + ") and body.count("&= ") == 2 and len(body.split("\n")) > 8


def test_arrays():
    shown = markdown(Table(("", "v"), (("a", Value(np.arange(4.0).reshape(2, 2))), ("b", Value(np.arange(9.0))))))
    assert r"\begin{bmatrix} 0 & 1 \\ 2 & 3 \end{bmatrix}" in shown and "[0, 1, 2, \\ldots]_{9}" in shown


@pytest.mark.parametrize("name", ODD)
def test_odd_names_break_nothing(name):
    shown = markdown(document(name))
    table = rows(shown)
    assert [len(row) for row in table] == [4]*4
    assert [block.split(" ")[0] for block in shown.split("\n\n")[:2]] == ["#", "##"]
    for formula in formulas(shown):
        assert "`" not in formula and "|" not in formula
        plain = re.sub(r"\\[\\{}$]", "", formula)
        assert plain.count("{") == plain.count("}") and "$" not in plain
    outside = re.sub(r"\$`.*?`\$|```math.*?```|^(`{3,}).*?^\1$", "", shown, flags=re.DOTALL | re.MULTILINE)
    unescaped = re.sub(r"\\.|<span>\$</span>", "", re.sub(r"^(#+|-|>|\|.*---.*) ", "", outside, flags=re.MULTILINE))
    assert not re.search(r"[*_`\[\]<>$#~]", unescaped)
