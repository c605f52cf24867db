"""Documents as LaTeX: pdflatex compiles them, lines are no wider than the page, everything is ASCII."""
import re
import shutil
import subprocess

import numpy as np
import pytest
import sympy as sp

import symdiff.language as sd
from symdiff.document.blocks import Display, Document, Heading, Paragraph, Table
from symdiff.document.breaking import lines
from symdiff.document.formulas import Arrow, Equal, Partial, Plus, Times, Value
from symdiff.document.latex import latex
from symdiff.document.measuring import width
from symdiff.document.tex_words import code, words
from symdiff.language.printing import latex as printed
from tests.symdiff.document.lecture import DOCUMENT
from tests.symdiff.document.names import ODD, document

needs_pdflatex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
x, y, w, L = [sd.array(name) for name in ("x", "y", "w", "L")]
xi = [sd.array(f"ξ{digit}") for digit in "₀₁₂"]
WORDS = "\\documentclass{article}\\usepackage{amsmath}\\begin{document}\n%s\n\\end{document}\n"
ROOM = 48.0


def compiled(source, folder):
    """What pdflatex reports of the source."""
    (folder/"a.tex").write_text(source, encoding="utf-8")
    ran = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"], cwd=folder,
                         capture_output=True, text=True, errors="replace", timeout=120)
    log = (folder/"a.log").read_text(encoding="latin-1")
    assert ran.returncode == 0, log[-3000:]
    return log


def overfull(log):
    """How many points lines are too wide, those that can be seen."""
    return [points for points in map(float, re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)) if points > 3]


def chains():
    """Long formulas of each kind."""
    total = sum((sp.sin(w*k)*x**k for k in range(2, 30)), x)
    product = x
    for k in range(14):
        product = product*sp.sin(w + k)*(x + y)
    nested = x
    for k in range(30):
        nested = sp.tanh(w*nested + y)
    return {"sum": total, "product": product, "quotient": total/(x + y), "reciprocal": (x + y)/total,
            "root": sp.sqrt(total), "exp": sp.exp(total), "nested": nested, "power": total**3,
            "inside": sp.log(1 + sp.log(1 + total/(x + y)))*x,
            "plain": sp.expand((sp.Symbol("a") + sp.Symbol("b") + sp.Symbol("c") + 1)**6)}


@pytest.mark.parametrize("formula, shown", [
    (Partial(xi[2], xi[1]), r"\frac{\partial \xi_{2}}{\partial \xi_{1}}"),
    (Partial(L, w, total=True), r"\frac{dL}{dw}"), (Partial(w*x, w), r"\frac{\partial}{\partial w} (w x)"),
    (Value(-1.2e-5), r"-1.2 \cdot 10^{-5}"), (Value(-9.0), "-9"),
    (Value(float("-inf")), r"-\infty"), (Value(float("nan")), r"\text{nan}"), (Value(sp.exp(-9)), "e^{-9}"),
    (Times((-y, 1/x, Value(-2.0))), r"-y \cdot \frac{1}{x} \cdot (-2)"), (Plus((x, -y, Value(-2.0))), "x - y - 2"),
    (Times((1/x, sp.log(1/x) + 1)), r"\frac{1}{x} \cdot \left(\log\left( \frac{1}{x} \right) + 1\right)"),
    (Arrow(x, y), r"x \to y"), (Equal(("loss", x)), r"\text{loss} = x"), (Equal(("ξ", x)), r"\xi = x"),
    (Value(np.arange(4.0).reshape(2, 2)), r"\begin{bmatrix} 0 & 1 \\ 2 & 3 \end{bmatrix}"),
    (Value(np.arange(12.0).reshape(6, 2)), r"[[0, 1], \ldots]_{6 \times 2}")])
def test_formulas(formula, shown):
    assert latex((formula,), whole=False) == f"${shown}$"


@needs_pdflatex
def test_the_lectures_document_compiles(tmp_path):
    source = latex(DOCUMENT)
    assert source.isascii() and re.findall(r"\\usepackage\{(.*?)\}", source) == ["amsmath"]
    assert overfull(compiled(source, tmp_path)) == []


@needs_pdflatex
def test_a_fragment_compiles_in_a_plain_article(tmp_path):
    assert overfull(compiled(WORDS % latex(DOCUMENT, whole=False), tmp_path)) == []


@needs_pdflatex
def test_odd_names_compile(tmp_path):
    source = latex(Document(None, tuple(block for name in ODD for block in document(name).blocks)))
    assert source.isascii()
    compiled(source, tmp_path)


@needs_pdflatex
def test_long_formulas_fit_the_page(tmp_path):
    blocks = []
    for name, formula in chains().items():
        sides = Partial(L, w, total=True), Times((formula, Partial(L, w))), Plus((formula, -formula))
        blocks += [Heading(name, 3), Display(Equal((L, formula, Value(1.5)))), Display(formula), Display(Equal(sides)),
                   Paragraph(("Inline ", formula, " and words.")),
                   Table(("", "of"), ((name, formula), (formula, formula)))]
    assert overfull(compiled(latex(Document("Long", tuple(blocks))), tmp_path)) == []
    assert overfull(compiled(WORDS % latex(Document("Long", tuple(blocks)), whole=False), tmp_path)) == []


@needs_pdflatex
def test_long_and_wide_tables_run_over_pages(tmp_path):
    rows = tuple((sd.array(f"x{k}"), sp.sin(x*k + y)/(w + k), Equal((Partial(L, x), -1/(x + k)**2)), "some words",
                  Value(k/7), Value(-1e-9*k), sp.exp(-x*k), Value(k*k)) for k in range(200))
    source = latex(Document("Long", (Table(tuple("abcdefgh"), rows, (4, 5, 7), caption="About"),)))
    log = compiled(source, tmp_path)
    assert overfull(log) == [] and "Overfull \\vbox" not in log
    pages = int(re.search(r"Output written on a.pdf \((\d+) pages", log)[1])
    assert pages >= 5 and source.count("\na&b&") >= 6                  # heads, some thirty rows apart


def test_every_line_of_a_broken_formula_stands_alone():
    """Brackets that must be on one line are; the letters are those of the formula."""
    for name, formula in chains().items():
        for room in (12, 20, 34):
            for line in lines(printed(formula), room):
                assert line.count(r"\left") == line.count(r"\right"), (name, line)
                assert line.count("{") == line.count("}"), (name, line)


@pytest.mark.parametrize("room", [10, 16, 25, 40])
def test_a_broken_sum_has_all_its_terms(room):
    terms = [rf"\sin(w \cdot {k}) x^{{{k}}}" for k in range(2, 25)]
    broken = lines(" + ".join(terms), room)
    assert " ".join(broken).replace("{} ", "") == " + ".join(terms)
    assert all(line.startswith("{} +") for line in broken[1:])
    assert max(map(width, broken)) <= room and len(broken) > 1


def test_a_line_that_begins_with_a_factor_says_so():
    assert lines(r"(a + b + c) (d + e + f) \sin(g) \cdot 2", 8) == [
        "(a + b + c)", r"\cdot (d + e + f)", r"\cdot \sin(g) \cdot 2"]
    assert lines(r"(a + b + c) \cdot (d + e + f)", 8) == ["(a + b + c)", r"{} \cdot (d + e + f)"]
    assert all(len(lines(word, 2)) == 1 for word in (r"\log(x)", "-x", r"\operatorname{softplus}(x)"))


@needs_pdflatex
def test_widths_are_nearly_those_that_tex_measures(tmp_path):
    """In ems of ten points, in displays: none is much wider than estimated, most are within a sixth."""
    formulas = [printed(e) for e in (
        x + y, w*x + y*L, sp.exp(-w*x), 1/(1 + sp.exp(-w*x)), -y*sp.log(1/(1 + sp.exp(-w*x))), sp.sqrt(x*x + y*y),
        x**2*y**3, sd.sigmoid(xi[1]*xi[2] + w), sp.sin(x)*sp.cos(y)*sp.tanh(w), sd.softplus(x - y), sp.Abs(x)/2, x > y,
        sd.sum(sd.array("v", 3)*2), sd.array("loss_of_all")*sd.array("rate"), sp.Piecewise((x, x > 0), (-x, True)),
        (x + 1)*(y - 1)*(w + 2), x/y/w, 3*x/(4*y), sp.log(sp.log(sp.log(x))))]
    formulas += [r"\frac{\partial L}{\partial \xi_{1}}", "0.000123410", r"-1.23457 \cdot 10^{-15}", "[1, 2, 3]",
                 r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}"]
    measured = [rf"\settowidth{{\dimen0}}{{$\displaystyle {f}$}}\typeout{{width \the\dimen0}}" for f in formulas]
    log = compiled(WORDS % ("x\n" + "\n".join(measured)), tmp_path)
    points = [float(p)/10 for p in re.findall(r"^width ([\d.]+)pt", log, re.MULTILINE)]
    assert len(points) == len(formulas)
    ratios = {f: width(f)/p for f, p in zip(formulas, points)}
    assert min(ratios.values()) > .85, min(ratios.items(), key=lambda item: item[1])
    assert max(ratios.values()) < 1.45, max(ratios.items(), key=lambda item: item[1])
    assert sum(r < 7/6 for r in ratios.values()) > .7*len(ratios), ratios


def test_what_is_too_wide_is_opened():
    total = " + ".join("abcdefghijklmnop")
    found = {name: " ".join(lines(source, 12)).replace("{} ", "") for name, source in {
        "fence": rf"\left({total}\right)^{{2}}", "fraction": rf"\frac{{{total}}}{{y}}",
        "below": rf"\frac{{y}}{{{total}}}", "exp": f"e^{{{total}}}", "root": rf"\sqrt{{{total}}}"}.items()}
    assert found == {"fence": rf"\Bigl({total}\Bigr)^{{2}}", "fraction": rf"\frac{{1}}{{y}} ({total})",
                     "below": f"y ({total})^{{-1}}", "exp": rf"\exp({total})", "root": f"({total})^{{1/2}}"}


@pytest.mark.parametrize("given, shown", [
    ("50 % & <b>", r"50 \% \& \textless{}b\textgreater{}"),
    ("a_b^c~{d}", r"a\_b\textasciicircum{}c\textasciitilde{}\{d\}"), ("é ü ß", r"\'{e} \"{u} \ss{}"),
    ("ξ̄", r"\ensuremath{\bar{\xi}}"), ("x₁²", r"x\ensuremath{{}_{1}}\ensuremath{{}^{2}}"),
    ("漢", "U+6F22"), ("a--b", "a-{}-b"), ("\\", r"\textbackslash{}")])
def test_words(given, shown):
    assert words(given) == shown


def test_code():
    assert code("    a = '{}'") == r"\hspace*{2.1em}a\ =\ {\char13}{\char123}{\char125}{\char13}"
