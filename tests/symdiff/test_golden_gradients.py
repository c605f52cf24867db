"""Printed gradients as they were last agreed on; SYMDIFF_GOLDEN=write writes them anew, to be read before they are kept."""
import os
from pathlib import Path

import sympy as sp

import symdiff as sd

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "gradients.txt"


def examples():
    """(formula, what it is differentiated by) of every line."""
    n, d = sd.sizes("n d")
    X, y, w, b = sd.array("X", n, d), sd.array("y", n), sd.array("w", d), sd.array("b")
    A, x, v = sd.array("A", d, d), sd.array("x", d), sd.array("v", d)
    mu, sigma, t = sd.array("mu"), sd.array("sigma"), sd.array("t")
    p = 1/(1 + sp.exp(-(X @ w + b)))
    return [
        (-sd.mean(y*sp.log(p) + (1 - y)*sp.log(1 - p)), w),
        (-sd.mean(y*sp.log(p) + (1 - y)*sp.log(1 - p)), b),
        (sd.sum((X @ w - y)**2)/2, w),
        (sd.sum((X @ w - y)**2)/2 + t*sd.sum(w**2)/2, w),
        (x @ A @ x, x),
        (x @ A @ x, A),
        (sd.logdet(A), A),
        (sd.trace(A @ A), A),
        (sd.log(sd.sum(sd.exp(x))), x),
        (sd.sum(sd.exp(X @ w) - y*(X @ w)), w),
        (sd.sum(sd.tanh(x)*v), x),
        (-sd.log(sigma) - ((t - mu)/sigma)**2/2, mu),
        (-sd.log(sigma) - ((t - mu)/sigma)**2/2, sigma),
        (sd.log(1 + sd.exp(t)), t),
        (t*sd.exp(-t**2), t),
    ]


def test_gradients_print_as_agreed():
    lines = [f"d/d{by}  {formula}\n    {sd.gradient(formula, by)}\n" for formula, by in examples()]
    if os.environ.get("SYMDIFF_GOLDEN") == "write":
        GOLDEN.write_text("".join(lines), encoding="utf-8")
    assert "".join(lines) == GOLDEN.read_text(encoding="utf-8")
