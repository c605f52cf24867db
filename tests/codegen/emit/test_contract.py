"""Small products in a pass over rows, of every width beside whole vectors, in both precisions; matrices turned once."""
import mpmath
import numpy as np
import pytest

import symdiff as sd
from codegen.fuse import fuse
from codegen.interpret import interpret
from codegen.kinds import Problem
from codegen.loops import Contract, Rows
from codegen.lower import lower
from symdiff.read import read

n = sd.sizes("n")
WIDTHS = [1, 3, 10, 26]


def layers(width, inner):
    """tanh(X W) Vᵀ and the sum over rows of what it is by its input: every way in which a small product is read."""
    X, W, V = sd.array("X", n, inner), sd.array("W", inner, width), sd.array("V", inner, width)
    h = sd.tanh(X @ W)
    return [h @ V.T, X.T @ h]


def by_numpy(X, W, V):
    h = np.tanh(X @ W)
    return [h @ V.T, X.T @ h]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("width", WIDTHS)
def test_products_of_every_width(width, dtype):
    rng = np.random.default_rng(width)
    f = sd.compile(layers(width, 11), wrt=[], dtype=dtype)
    for rows in (1, 9, 300):
        given = [rng.normal(size=shape).astype(dtype) for shape in ((rows, 11), (11, width), (11, width))]
        exact = by_numpy(*[one.astype(float) for one in given])
        bound = 40*np.finfo(dtype).eps
        for ours, wanted in zip(f(dict(zip("XWV", given))), exact):
            np.testing.assert_allclose(ours, wanted, rtol=0, atol=bound*max(1, abs(wanted).max()))


def test_a_long_sum_of_floats_is_kept_in_doubles():
    x = sd.array("x", n)
    f = sd.compile(sd.sum(x*x), wrt=[], dtype="float32")
    values = np.full(1_000_000, 0.1, "float32")
    assert abs(f(x=values)/(1e6*float(values[0])**2) - 1) < 1e-6


def test_a_small_matrix_is_turned_before_the_pass():
    program = lower(Problem([read(one) for one in layers(6, 5)], []).graph("value"))
    fused = fuse(program)
    rows = [s for s in fused.statements if isinstance(s, Rows)]
    read_inside = {o.buffer.name for one in rows for s in one.body if isinstance(s, Contract) for o in s.operands}
    assert "V_turned0" in read_inside and "V" not in read_inside and "W" in read_inside
    rng = np.random.default_rng(0)
    values = {"X": rng.normal(size=(70, 5)), "W": rng.normal(size=(5, 6)), "V": rng.normal(size=(5, 6))}
    size = next(iter(read(sd.array("X", n, 5)).sizes))
    for before, after in zip(interpret(program, values, {size: 70}), interpret(fused, values, {size: 70})):
        np.testing.assert_allclose(after, before, rtol=1e-12, atol=1e-13)


def test_the_square_of_sech_is_written_as_a_density():
    """So that it shares the exponential of tanh; its numbers stay those of sech² in the tails."""
    x = sd.array("x", n)
    f = sd.compile(sd.sum(sd.tanh(x)), wrt=[x])
    points = np.array([0.0, -0.3, 2.0, -19.0, 40.0, 300.0, -372.0, 400.0, np.inf])
    wanted = [float(mpmath.sech(mpmath.mpf(p))**2) if np.isfinite(p) else 0.0 for p in points]
    np.testing.assert_array_less(abs(f.grad(x=points)["x"] - wanted), 5*np.spacing(wanted) + 1e-323)
    assert np.isnan(f.grad(x=[np.nan])["x"][0])
    value = f(x=np.array([np.inf, -20.0, 21.0, -np.inf]))
    assert value == 0.0
