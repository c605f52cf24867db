"""Compiled functions, reports of checks and measures as documents: what they show, and that Jupyter gets it."""
import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from codegen.bench import Measures, line
from codegen.bench.measures import Measure
from codegen.check import Report, Row

n, d = sd.sizes("n d")
X, y, w, b = sd.array("X", n, d), sd.array("y", n), sd.array("w", d), sd.array("b")
p = 1/(1 + sp.exp(-(X @ w + b)))
loss = -sd.mean(y*sp.log(p) + (1 - y)*sp.log(1 - p))


@pytest.fixture(scope="module")
def compiled():
    return sd.compile(loss, wrt=[w, b])


def test_a_compiled_function(compiled):
    shown = compiled.text(100, ascii=True)
    assert shown.startswith("Compiled function\n") and "X     | (n, d) | given" in shown
    assert "w     | (d,)   | differentiated by" in shown and "All numbers are float64." in shown
    assert "log(sigmoid(X @ w + b)) -> -softplus(-(X @ w + b)): sigmoid is 0 below" in shown
    for verb, (typed, left) in zip(("value", "value and gradient"), compiled.counts.values()):
        row = next(row for row in shown.split("\n") if row.startswith(f"{verb} ") and "|" in row)
        assert [int(cell) for cell in row.split("|")[1:]] == [typed, left]
    assert str(compiled) == repr(compiled) == "<Compiled: y, X, w, b, by w, b, float64>"
    assert "<mo>→</mo>" in compiled._repr_html_() and r"\to" in compiled._repr_latex_()


@pytest.mark.parametrize("given", [
    lambda x: [x**2, sp.exp(x)], lambda x: {"a": x**2, "b": sp.sin(x)}, lambda x: sp.Symbol("u")**2, lambda x: x + 1,
    lambda x: sd.Model("z = sin(x)", loss="z**2"), lambda x: sp.Trace(sp.MatrixSymbol("A", 3, 3)),
    lambda x: sum((sp.sin(k*x) for k in range(1200)), x)])
def test_all_that_compiles_is_shown(given):
    f = sd.compile(given(sd.array("x")))
    assert f.text(80).startswith("Compiled function") and f._repr_html_().startswith('<div class="symdiff">')
    assert f._repr_latex_().isascii() and f.markdown()


def test_a_model_keeps_its_names():
    f = sd.compile(sd.Model("h = x*w\np = sigmoid(h)", loss="-log(p)", parameters={"w": ()}))
    assert "log(p) -> -softplus(-h)" in f.text(100, ascii=True)


def test_a_check(compiled):
    values = {"X": np.ones((4, 2)), "y": np.array([0, 1.0, 1, 0]), "w": [0.1, 0.2], "b": 0.3}
    report = compiled.check(values)
    shown = report.text(100, ascii=True)
    assert "Every quantity agrees with every reference." in shown and shown.count("| ok") == len(report.rows)
    assert str(report).startswith("quantity") and "<table" in report._repr_html_()
    assert r"\halign" in report._repr_latex_()
    bad = Report([Row("value", "tape", 1, 2, 0.5, 1e-13, False)])
    assert "WRONG, 2 unjudged" in bad.text(100) and "more than rounding" in bad.text(100)
    assert "nothing was judged" in Report([Row("value", "tape", 0, 1, 0.0, 1e-13, True)]).text(100)


def test_measures():
    measures = Measures([Measure("compiled", 3.4567, "µs", 4.0), Measure("by hand", 2.0, "µs"),
                         Measure("tape / compiled", 2.0, "times", 10.0, True)])
    shown = measures.text(100, ascii=False).split("\n")
    assert [cell.strip() for cell in shown[5].split("│")] == ["compiled", "3.46", "µs", "at most 4", "reached"]
    assert [cell.strip() for cell in shown[7].split("│")][3:] == ["at least 10", "MISSED"]
    assert str(measures) == "\n".join(map(line, measures)) and "<table" in measures._repr_html_() and len(measures) == 3
