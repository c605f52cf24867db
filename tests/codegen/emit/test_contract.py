"""Small products in a pass over rows, of every width beside whole vectors, in both precisions; matrices turned once."""
import os
import subprocess
import sys

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


NARROW = [(10, "float64"), (13, "float32"), *[pytest.param(width, dtype, marks=pytest.mark.nightly)
                                              for width in (2, 3, 4, 7, 8, 9, 12, 17, 20, 33)
                                              for dtype in ("float64", "float32")]]


def narrow(np_, v):
    """Products, sums and functions along a short last axis, alone and with a batch axis."""
    X, w, r, Q = (v[name] for name in "XwrQ")
    D = X[:, None, :] - v["M"][None, :, :]
    z = np_.einsum("kij,nkj->nki", Q, D)
    e = np_.exp(X)
    rows = e*np_.sum(e*(1 + r[:, None]), axis=1)[:, None]
    return [X @ w, X.T @ r, np_.sum(X*X, axis=1), np_.sum(np_.exp(w)), np_.max(-np_.exp(w)), rows, np_.max(-e, axis=1),
            np_.sum(z*z, axis=2), np_.einsum("kij,nki->kj", Q, z), np_.einsum("nki,nkj->kij", z, D)]


@pytest.mark.parametrize("width, dtype", NARROW)
def test_what_does_not_fill_a_vector(width, dtype):
    """Whatever the rows: none, fewer than lanes, several tiles; nothing behind the arrays is read or written."""
    sizes = {"X": (n, width), "w": (width,), "r": (n,), "M": (3, width), "Q": (3, width, width)}
    f = sd.compile(narrow(sd, {name: sd.array(name, *shape) for name, shape in sizes.items()}), wrt=[], dtype=dtype)
    rng = np.random.default_rng(width)
    for rows in (1, 6, 70, 530):
        given = {name: rng.normal(size=[rows if s is n else s for s in shape]).astype(dtype)
                 for name, shape in sizes.items()}
        exact = narrow(np, {name: value.astype(float) for name, value in given.items()})
        for ours, wanted in zip(f(given), exact):
            np.testing.assert_allclose(ours, wanted, rtol=0, atol=400*np.finfo(dtype).eps*max(1, abs(wanted).max()))


FIXED = """
import numpy as np, symdiff as sd
rng = np.random.default_rng(0)
for rows in (1, 6, 13, 50):
    for width in (3, 5, 10):
        X, r, w = sd.array("X", rows, width), sd.array("r", rows), sd.array("w", width)
        values = {"X": rng.normal(size=(rows, width)), "r": rng.normal(size=rows), "w": rng.normal(size=width)}
        a, b, c = sd.compile([X.T @ r, X @ w, sd.sum(X*X, axis=1)], wrt=[])(values)
        np.testing.assert_allclose(a, values["X"].T @ values["r"], rtol=0, atol=1e-12)
        np.testing.assert_allclose(b, values["X"] @ values["w"], rtol=0, atol=1e-12)
        np.testing.assert_allclose(c, (values["X"]**2).sum(axis=1), rtol=0, atol=1e-12)
"""


@pytest.mark.nightly
@pytest.mark.parametrize("machine", ["host", "generic"])
def test_a_known_number_of_rows_on_any_number_of_lanes(machine, tmp_path):
    """Two lanes on the generic machine, where whole vectors end in the middle of a block of rows."""
    found = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)} | ({} if machine == "host" else {"NUMBA_CPU_NAME": machine})
    done = subprocess.run([sys.executable, "-c", FIXED], env=found, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_where_lanes_stay_empty_no_neighbour_is_touched():
    """The results are views of one array: what lies between them stays as it was."""
    X = sd.array("X", n, 10)
    f = sd.compile([sd.exp(X - sd.sum(X, axis=1)[:, None]), sd.sum(X, axis=0)], wrt=[])
    room = np.full(7*10 + 10 + 40, 5.0)
    rows, total = room[8:78].reshape(7, 10), room[90:100]
    values = np.linspace(-1, 1, 70).reshape(7, 10)
    f.into([rows, total], X=values)
    np.testing.assert_allclose(rows, np.exp(values - values.sum(axis=1)[:, None]), rtol=1e-14)
    np.testing.assert_allclose(total, values.sum(axis=0), rtol=0, atol=1e-14)
    assert (np.delete(room, [*range(8, 78), *range(90, 100)]) == 5.0).all()


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


@pytest.mark.parametrize("one, other, summed", [(a, b, c) for a in (0, 3) for b in (0, 5) for c in (0, 4)])
def test_lengths_that_are_known_to_be_nought(one, other, summed):
    """No entries, or sums of nothing: of matrices, of three operands, along and across the lanes."""
    A, B = sd.array("A", one, summed), sd.array("B", summed, other)
    C, x = sd.array("C", n, one, summed), sd.array("x", n, other)
    values = {key: np.random.default_rng(0).normal(size=shape) for key, shape in
              {"A": (one, summed), "B": (summed, other), "C": (6, one, summed), "x": (6, other)}.items()}

    def forms(np_, A, B, C, x):
        return [A @ B, np_.einsum("ij,ij,jk->ki", A, A, B), np_.einsum("nij,nij,nk->jk", C, C, x),
                np_.einsum("nij,nk->ik", C, x), np_.einsum("ij,jk->", A, B)]

    f = sd.compile(forms(sd, A, B, C, x), wrt=[A, C])
    for ours, wanted in zip(f(values), forms(np, **values)):
        np.testing.assert_allclose(ours, wanted, rtol=1e-12, atol=1e-13)
    f.jac(values)
