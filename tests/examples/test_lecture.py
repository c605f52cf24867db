"""The lecture's chapter: its numbers are mpmath's, its verdicts are those worked by hand, in every form."""
import importlib.util
import re
import subprocess
import sys

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

mp.mp.dps = 40
SIGMA = lambda h: 1/(1 + mp.exp(-h))                # noqa: E731
L_A = lambda W, y: -y*mp.log(SIGMA(3*W))            # noqa: E731
L_B = lambda W, y: -(1 - y)*mp.log(1 - SIGMA(3*W))  # noqa: E731

# (slide, of, by): (right?, the number printed there, the right one), the last two by hand and by mpmath's differences
E9 = mp.exp(-9)
X, Y = np.array([0.0, 1, 2, 3]), np.array([1.0, 3, 4, 8])
BY_HAND = [
    ("squared error", "f", "β₀", False, 2*Y.sum(), -2*Y.sum()),
    ("squared error", "f", "β₁", True, -2*(X*Y).sum(), -2*(X*Y).sum()),
    ("table A, symbols", "ξ₄", "ξ₃", True, -1/(1 + E9)**2, mp.diff(lambda t: 1/t, 1 + E9)),
    ("table A, numbers", "ξ₄", "ξ₃", False, (1/(1 + E9))**2, mp.diff(lambda t: 1/t, 1 + E9)),
    ("table A, numbers", "ξ₄", "W", False, -3*E9*(1/(1 + E9))**2, mp.diff(lambda W: SIGMA(3*W), 3)),
    ("table A, numbers", "L_A", "W", False, mp.mpf("0.00037018372795869519"), mp.diff(lambda W: L_A(W, 1), 3)),
    ("table A, result", "L_A", "W", True, -3*E9/(1 + E9), mp.diff(lambda W: L_A(W, 1), 3)),
    ("forward mode", "L_A", "ξ₁", False, -3, mp.diff(lambda t: -mp.log(1/(1 + mp.exp(t))), -9)),
    ("table B, symbols", "ξ₆", "W", False, mp.diff(lambda W: mp.log(SIGMA(3*W)), 3),
     mp.diff(lambda W: mp.log(1 - SIGMA(3*W)), 3)),
    ("table B, symbols", "L_B", "ξ₆", False, 1, -1),
    ("table B, chain", "L_B", "W", False, (1 + E9)/E9*-1*(-1/(1 + E9)**2)*1*E9*-3, mp.diff(lambda W: L_B(W, 0), 3)),
    ("table B, result", "L_B", "W", True, 3/(1 + E9), mp.diff(lambda W: L_B(W, 0), 3)),
    ("chain of p and h", "p", "h", True, SIGMA(9)*(1 - SIGMA(9)), mp.diff(SIGMA, 9)),
    ("chain of p and h", "L", "p", False, -1/(1 - SIGMA(9)), mp.diff(lambda p: -mp.log(1 - p), SIGMA(9))),
    ("chain of p and h", "L", "β₁", False, -3*SIGMA(9)*(1 - SIGMA(9))/(1 - SIGMA(9)), mp.diff(lambda b: L_B(b, 0), 3)),
    ("chain of p and h", "L", "β₀", False, -SIGMA(9), mp.diff(lambda b: -mp.log(1 - SIGMA(b + 9)), 0)),
    ("chain of p and h", "L", "β₀", False, 1, mp.diff(lambda b: -mp.log(SIGMA(b + 9)), 0)),
    ("chain of p and h", "h", "β₀", True, 1, 1),
]


@pytest.fixture(scope="module")
def lecture(project):
    spec = importlib.util.spec_from_file_location("example_lecture", project / "examples" / "lecture.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    document = module.Chapter().document()                  # once for all tests
    module.Chapter.document = lambda self: document
    return module


@pytest.fixture(scope="module")
def text(lecture):
    return lecture.Chapter().text(width=160, ascii=False)


def test_where_the_slides_differ(lecture):
    table = lecture.Chapter().document().blocks[-1]
    assert len(table.rows) == len(BY_HAND)
    for row, (where, top, bottom, good, there, true) in zip(table.rows, BY_HAND):
        place, printed, verdict, claimed, right, _ = row
        partial = printed.parts[0]
        assert (place, str(partial.top), str(partial.bottom)) == (where, top, bottom)
        assert verdict == ("right" if good else "WRONG"), (where, top, bottom)
        assert float(claimed.number) == pytest.approx(float(there), rel=1e-12)
        assert float(right.number) == pytest.approx(float(true), rel=1e-12)


TABLES = {          # value, partial derivative, dξ/dW, ∂L/∂ξ, row by row, by hand
    "L_A": [(-9, -3, -3, E9/(1 + E9)), (E9, E9, -3*E9, 1/(1 + E9)), (1 + E9, 1, -3*E9, 1/(1 + E9)),
            (1/(1 + E9), -1/(1 + E9)**2, 3*E9/(1 + E9)**2, -(1 + E9)), (-mp.log(1 + E9), 1 + E9, 3*E9/(1 + E9), -1),
            (mp.log(1 + E9), -1, -3*E9/(1 + E9), 1)],
    "L_B": [(-9, -3, -3, -1/(1 + E9)), (E9, E9, -3*E9, -1/(E9*(1 + E9))), (1 + E9, 1, -3*E9, -1/(E9*(1 + E9))),
            (1/(1 + E9), -1/(1 + E9)**2, 3*E9/(1 + E9)**2, (1 + E9)/E9),
            (E9/(1 + E9), -1, -3*E9/(1 + E9)**2, -(1 + E9)/E9),
            (mp.log(E9/(1 + E9)), (1 + E9)/E9, -3/(1 + E9), -1), (-mp.log(E9/(1 + E9)), -1, 3/(1 + E9), 1)],
}


@pytest.mark.parametrize("name", TABLES)
def test_the_tables(lecture, name):
    formula, at = (lecture.L_A, lecture.ONE) if name == "L_A" else (lecture.L_B, lecture.NOUGHT)
    exact, decimals, _ = lecture.table(name, formula, at)
    assert len(exact.rows) == len(decimals.rows) == len(TABLES[name])
    for row, rounded, wanted in zip(exact.rows, decimals.rows, TABLES[name]):
        assert row[:2] == rounded[:2] and not any(number.has(sp.Float) for number in row[2:])
        assert [float(number) for number in row[2:]] == pytest.approx([float(w) for w in wanted], rel=1e-12)
        assert [cell.number for cell in rounded[2:]] == pytest.approx([float(w) for w in wanted], rel=1e-12)


def test_table_b_is_nought_where_y_is_one(lecture):
    exact, _, _ = lecture.table("L_B", lecture.L_B, lecture.ONE)
    assert [row[5] for row in exact.rows] == [0]*6 + [1] and exact.rows[-1][4] == 0


def test_what_the_chapter_says(text):
    assert "-3*exp(-9)/(exp(-9) + 1) = -0.000370183728" in text
    assert "3/(exp(-9) + 1) = 2.99962982" in text
    assert "sigmoid(β₀ + β₁*X) - y = 0.99987661" in text
    assert re.search(r"∂f/∂β₀ = -2\*sum\(y - β₀ - β₁\*x\)", text)
    for line in ("ξ₂ = exp(ξ₁)", "∂ξ₄/∂ξ₃ = -1/ξ₃**2", "forward: dξ/dW", "backward: ∂L_A/∂ξ"):
        assert line in text


def test_the_line_is_numpy_s(lecture, text):
    """And the slides': β₁ = (n Σxy - Σx Σy)/(n Σx² - (Σx)²), β₀ = ȳ - β₁ x̄."""
    *_, table = lecture.linear()
    found = {str(name): (ours.number, numpys.number) for name, ours, numpys in table.rows}
    n = len(X)
    slope = (n*(X*Y).sum() - X.sum()*Y.sum())/(n*(X*X).sum() - X.sum()**2)
    assert found == {"β₁": (pytest.approx(slope),)*2, "β₀": (pytest.approx(Y.mean() - slope*X.mean()),)*2}
    for line in ("n*β₀ + sum(x)*β₁ = sum(y)", "sum(x)*β₀ + sum(x**2)*β₁ = sum(x*y)", "β₀ = mean(y) - β₁*mean(x)",
                 "β₁ = sum((x - mean(x))*(y - mean(y)))/sum((x - mean(x))**2)"):
        assert line in text


def test_the_functions_of_the_lecture(lecture, text):
    assert "def xi2(xi1):" in text and "def dxi4_dxi3(xi3):" in text and "return -1/xi3**2" in text


@pytest.mark.parametrize("form, words", [("markdown", "# "), ("latex", r"\documentclass"), ("html", "<!DOCTYPE html>")])
def test_forms(lecture, capsys, tmp_path, form, words):
    path = tmp_path / "chapter"
    lecture.main(["--format", form, "-o", str(path)])
    assert words in path.read_text(encoding="utf-8") and capsys.readouterr().out == ""
    with pytest.raises(Exception, match="exists"):
        lecture.main(["--format", form, "-o", str(path)])


@pytest.mark.nightly
def test_as_a_command(project):
    ran = subprocess.run([sys.executable, "examples/lecture.py"], cwd=project, capture_output=True, text=True,
                         env={"PYTHONPATH": str(project), "PATH": "", "PYTHONIOENCODING": "utf-8"})
    assert ran.returncode == 0 and ran.stderr == "" and "Where the slides differ" in ran.stdout
