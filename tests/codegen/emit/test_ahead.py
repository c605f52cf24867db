"""Data of the next tile are asked for where a pass reads them twice and computes functions in between, and only there."""
import pytest
import sympy as sp

import symdiff as sd

n = sd.sizes("n")
X, w, y = sd.array("X", n, 10), sd.array("w", 10), sd.array("y", n)
z = X @ w


@pytest.mark.parametrize("formula, verb, asks", [
    (sd.sum(sp.log(1 + sp.exp(z)) - y*z), "value_and_grad", True),
    (sd.sum(sp.log(1 + sp.exp(z)) - y*z), "value", False),              # read once
    (sd.sum((z - y)**2), "value_and_grad", False)])                     # a few multiplications
def test_who_asks_for_the_next_tile(formula, verb, asks):
    assert ("llvm.prefetch" in sd.compile(formula, wrt=[w]).executable(verb).listings()[0]) == asks
