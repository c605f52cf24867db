"""The examples run, print what they promise, and find what is known from elsewhere."""
import re

import numpy as np
import pytest


def number(pattern: str, text: str) -> float:
    match = re.search(pattern, text)
    assert match, f"{pattern!r} is not in\n{text}"
    return float(match[1])


def test_heart(example, capsys):
    example("heart").main()
    text = capsys.readouterr().out
    assert "297 patients, 16 columns; 6 incomplete rows left out" in text
    assert "d loss / d w = X.T @ (sigmoid(X @ w + b) - y) / n" in text
    assert "d loss / d b = mean(sigmoid(X @ w + b) - y)" in text
    assert number(r"gradient of norm (\S+),", text) < 1e-10
    # By another program: NumPy's log-likelihood and SciPy's Newton method.
    assert number(r", loss (\S+)", text) == 0.328001
    assert number(r"Ca +(\S+)", text) == pytest.approx(1.190, abs=5e-4)
    assert number(r"intercept +(\S+)", text) == pytest.approx(-1.780, abs=5e-4)
    assert number(r"(\S+)% of the patients", text) == 86.2
    assert number(r"(\S+) times faster", text) > 1


def test_heart_leaves_out_what_is_incomplete(example, project):
    heart = example("heart")
    rows, incomplete = heart.read(project / "examples" / "heart.csv")
    names, X, y = heart.design(rows)
    assert (len(rows), incomplete) == (297, 6)
    assert X.shape == (297, 16) and len(names) == 16 and y.sum() == 137
    assert np.linalg.matrix_rank(np.column_stack([X, np.ones(297)])) == 17


def test_digits(example, capsys):
    pytest.importorskip("sklearn", reason="scikit-learn, of the extra `examples`, is not installed")
    example("digits").main(epochs=6)
    text = capsys.readouterr().out
    assert number(r"(\S+)% of 360 held-out rows", text) >= 95
    assert number(r"(\S+) times faster", text) > 0


def test_sequence(example, capsys):
    example("sequence").main(steps=6)
    text = capsys.readouterr().out
    assert number(r"never seen: (\S+),", text) < 0.02 < 0.1 < number(r"never seen: .* mean (\S+)", text)


def test_rosenbrock(example):
    formulas = example("formulas")
    found = formulas.show("", *formulas.rosenbrock())
    assert found == pytest.approx({"x": 1, "y": 1}, abs=1e-6)


def test_michaelis_menten(example):
    """Bates and Watts (1988) give V = 212.7 and K = 0.0641."""
    formulas = example("formulas")
    found = formulas.show("", *formulas.michaelis_menten())
    assert found == pytest.approx({"V": 212.683743, "K": 0.06412128}, rel=1e-5)


def test_gaussian(example):
    """The minimum is known: the mean, and the root of the mean square deviation."""
    formulas = example("formulas")
    found = formulas.show("", *formulas.gaussian())
    assert found == pytest.approx({"mu": np.mean(formulas.DENSITY), "sigma": np.std(formulas.DENSITY)}, rel=1e-6)


def test_formulas_prints(example, capsys):
    example("formulas").main()
    text = capsys.readouterr().out
    assert text.count("minimum at") == 3 and "WRONG" not in text
