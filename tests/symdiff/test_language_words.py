"""NumPy's words that others make: each as NumPy has it, of the same numbers, its sizes too; those that choose entries
with their slopes, by differences of NumPy's own."""
import math

import numpy as np
import pytest
import sympy as sp
from sympy.codegen.cfunctions import Cbrt

import symdiff.language as sd
from symdiff.derive import gradient
from symdiff.errors import SymdiffError, UnknownForm
from symdiff.evaluate import evaluate
from symdiff.graph import order as order_of
from symdiff.primitives.leaf import INPUT
from symdiff.read import read

VALUE = np.round(np.random.default_rng(0).standard_normal((4, 3)), 2)
VALUE[2, 1] = VALUE[0, 0]
PLACES = np.array([[0, 1], [2, 0], [1, 1], [2, 2]])

PRODUCTS = [
    *[lambda np, x, a=a, b=b: np.cross(x[a], x[b])
      for a, b in ((np.s_[:], np.s_[::-1]), (0, np.s_[:]), (np.s_[:], 1))],
    lambda np, x: np.linalg.cross(x, x[::-1]),
    lambda np, x: np.cov(x), lambda np, x: np.cov(x, rowvar=False), lambda np, x: np.cov(x, bias=True),
    lambda np, x: np.cov(x[0], x[1]), lambda np, x: np.cov(x[0]), lambda np, x: np.cov(x, ddof=0),
    lambda np, x: np.corrcoef(x), lambda np, x: np.corrcoef(x[0], x[1]),
    *[lambda np, x, m=m, a=a, b=b: np.convolve(a(x), b(x), m) for m in ("full", "same", "valid")
      for a, b in ((lambda x: x[:, 0], lambda x: x[0]), (lambda x: x[0, :2], lambda x: x[:, 0]))],
    *[lambda np, x, m=m, a=a, b=b: np.correlate(a(x), b(x), m) for m in ("full", "same", "valid")
      for a, b in ((lambda x: x[:, 0], lambda x: x[0]), (lambda x: x[0, :2], lambda x: x[:, 0]))],
    lambda np, x: np.trapezoid(x), lambda np, x: np.trapezoid(x, axis=0), lambda np, x: np.trapezoid(x, dx=0.5),
    lambda np, x: np.trapezoid(x, [0.0, 1.0, 3.0]), lambda np, x: np.trapezoid(x, [0.0, 1.0, 3.0, 4.0], axis=0),
    lambda np, x: np.trapezoid(x, x**2), lambda np, x: np.gradient(x[:, 0]), lambda np, x: np.stack(np.gradient(x)),
    lambda np, x: np.gradient(x, axis=1), lambda np, x: np.stack(np.gradient(x, 0.5, 2.0)),
    lambda np, x: np.gradient(x[:, 0], 0.1), lambda np, x: np.polyval(x[0], x), lambda np, x: np.polyval([1.0, 2.0], x),
    lambda np, x: np.vander(x[0]), lambda np, x: np.vander(x[0], 5), lambda np, x: np.vander(x[0], 2, increasing=True),
    *[lambda np, x, o=o: np.linalg.norm(x[0], o) for o in (None, 0, 1, 2, 3, 1.5, np.inf, -np.inf, -1)],
    *[lambda np, x, o=o: np.linalg.norm(x, o) for o in ("fro", 1, -1, np.inf, -np.inf)],
    *[lambda np, x, o=o: np.linalg.norm(x, o, axis=0) for o in (1, 3, np.inf)],
    lambda np, x: np.linalg.norm(np.stack([x, x]), 1, axis=(2, 1)),
    lambda np, x: np.linalg.norm(np.stack([x, x]), np.inf, axis=(0, 2), keepdims=True),
    lambda np, x: np.linalg.vector_norm(x), lambda np, x: np.linalg.vector_norm(x, ord=3),
    lambda np, x: np.linalg.vector_norm(x, axis=1), lambda np, x: np.linalg.vector_norm(x, ord=1, keepdims=True),
    lambda np, x: np.average(x, axis=0, weights=[1.0, 2.0, 3.0, 4.0]), lambda np, x: np.average(x, weights=x**2),
    lambda np, x: np.average(x, axis=-1, weights=np.array([1.0, 2.0, 3.0])),
    lambda np, x: np.average(x, axis=1, keepdims=True),
    lambda np, x: np.einsum(x, [0, 1], x, [0, 2], [1, 2]), lambda np, x: np.einsum(x, [5, 1], x, [5, 2]),
    lambda np, x: np.einsum("ij,kj->ik", x, x, optimize="greedy"), lambda np, x: np.einsum(x, [..., 1], [...]),
    lambda np, x: np.vecdot(x, x), lambda np, x: np.subtract.outer(x[0], x), lambda np, x: np.maximum.outer(x, x[0]),
    lambda np, x: np.multiply.outer(x, x), lambda np, x: np.add.outer(x[0], 2.0),
    lambda np, x: np.multiply.outer(x[0], x[:, 1]), lambda np, x: np.power.outer(np.abs(x[0]), [1.0, 2.0]),
    lambda np, x: np.add.accumulate(x, axis=1), lambda np, x: np.multiply.accumulate(x),
    lambda np, x: np.logaddexp2(x, 1.0), lambda np, x: np.logaddexp2(x, x[0]),
    lambda np, x: np.trace(x[:3]), lambda np, x: np.trace(x), lambda np, x: np.trace(x, offset=1),
    lambda np, x: np.trace(x, offset=-1), lambda np, x: np.trace(np.stack([x[:3], x[1:]]), axis1=1, axis2=2),
    lambda np, x: np.trace(np.stack([x[:3], x[1:]])), lambda np, x: np.linspace(x[0, 0], 2.0, 5),
    lambda np, x: np.linspace(x[0], x[1], 4), lambda np, x: np.linspace(x[0], x[1], 4, axis=1),
    lambda np, x: np.linspace(x[0], 3.0, 4, endpoint=False), lambda np, x: np.linspace(x[0], 3.0, 4, axis=-1)]
PLACED = [
    *[lambda np, x, m=m: np.pad(x, ((2, 1), (0, 2)), mode=m) for m in ("edge", "reflect", "symmetric", "wrap")],
    lambda np, x: np.pad(x, 1), lambda np, x: np.pad(x, (1, 2), constant_values=3.0),
    lambda np, x: np.block([[x, x], [np.ones((1, 3)), x[:1]]]), lambda np, x: np.block([x[0], x[1]]),
    lambda np, x: np.block([[x[0]], [x[1]]]), lambda np, x: np.block([[[x[0]], [x[1]]]]),
    lambda np, x: np.stack(np.meshgrid(x[0], x[:, 1])), lambda np, x: np.stack(np.meshgrid(x[0], x[:, 1], x[0])),
    lambda np, x: np.stack(np.meshgrid(x[0], x[:, 1], indexing="ij")), lambda np, x: np.meshgrid(x[0])[0],
    lambda np, x: np.meshgrid(x[0], x[:, 1], sparse=True)[1], lambda np, x: np.dstack([x, x]),
    lambda np, x: np.dstack([x[0], x[1]]), *[lambda np, x, k=k: np.rot90(x, k) for k in range(-1, 5)],
    lambda np, x: np.rot90(x, 1, (1, 0)), lambda np, x: np.delete(x, 1), lambda np, x: np.delete(x, [0, 2], axis=0),
    lambda np, x: np.delete(x, -1, axis=1), lambda np, x: np.delete(x, slice(0, 2), axis=0),
    lambda np, x: np.insert(x, 1, 5.0), lambda np, x: np.insert(x, 1, x[0], axis=0),
    lambda np, x: np.insert(x, 2, 1.0, axis=1), lambda np, x: np.insert(x[0], 1, [1.0, 2.0]),
    lambda np, x: np.insert(x, -1, x[:, 0], axis=1), lambda np, x: np.take_along_axis(x, PLACES, axis=1),
    lambda np, x: np.take_along_axis(x, np.argsort(x, axis=1), axis=1),
    lambda np, x: np.take_along_axis(x, np.argsort(x, axis=0), axis=0),
    lambda np, x: np.take_along_axis(x[0], np.array([0, 2, 2]), axis=0),
    lambda np, x: np.take_along_axis(x, np.array([[1, 0]]), axis=1),
    lambda np, x: np.diagonal(x, 1), lambda np, x: np.diagonal(np.stack([x, x]), axis1=-2, axis2=-1),
    lambda np, x: np.diagonal(x, -2), lambda np, x: np.diagonal(x, axis1=1, axis2=0), lambda np, x: np.diag(x[0], 1),
    lambda np, x: np.diag(x[0], -2), lambda np, x: np.diag(x, 1), lambda np, x: np.diag(x, -1),
    lambda np, x: np.diag(x), lambda np, x: np.diagflat(x[:2]), lambda np, x: np.linalg.diagonal(x),
    lambda np, x: np.array_split(x, 3)[0], lambda np, x: np.array_split(x, 3)[2], lambda np, x: np.hsplit(x, 3)[1],
    lambda np, x: np.vsplit(x, 2)[1], lambda np, x: np.ediff1d(x), lambda np, x: np.fliplr(x),
    lambda np, x: np.flipud(x), lambda np, x: np.roll(x, (1, 2), (0, 1)), lambda np, x: np.roll(x, 1, (0, 1)),
    lambda np, x: np.repeat(x, [1, 2, 0, 3], axis=0), lambda np, x: np.repeat(x, 2),
    lambda np, x: np.moveaxis(np.stack([x, x]), (0, 1), (-1, 0)), lambda np, x: np.moveaxis(x, 0, -1)]
ORDERED = [
    lambda np, x: np.sort(x), lambda np, x: np.sort(x, axis=0), lambda np, x: np.sort(x, axis=None),
    lambda np, x: np.quantile(x, 0.3), lambda np, x: np.quantile(x, [0.1, 0.5, 1.0], axis=0),
    lambda np, x: np.percentile(x, 25, axis=1), lambda np, x: np.median(x), lambda np, x: np.median(x, axis=0),
    lambda np, x: np.median(x, axis=1, keepdims=True), lambda np, x: np.interp(x, [-1.0, 0.0, 1.0], [3.0, 5.0, 4.0]),
    lambda np, x: np.interp([-9.0, 0.1, 0.5, 7.0], [0.0, 0.5, 1.0], x[0]),
    lambda np, x: np.interp(0.2, [0.0, 0.5, 1.0], x[0]), lambda np, x: np.fmax(x, 0.0), lambda np, x: np.fmin(x, x[0]),
    lambda np, x: np.maximum.accumulate(x), lambda np, x: np.minimum.accumulate(x, axis=1)]
COUNTED = [
    lambda np, x: np.argsort(x, axis=None, kind="stable"), lambda np, x: np.argsort(x, axis=0),
    lambda np, x: np.argmax(x), lambda np, x: np.argmax(x, axis=0), lambda np, x: np.argmin(x, axis=1),
    lambda np, x: np.argmax(x, axis=1, keepdims=True), lambda np, x: x.argmax(axis=0), lambda np, x: x.argmin(),
    lambda np, x: x[:3].trace(), lambda np, x: x.diagonal(1), lambda np, x: x.argsort(axis=0), lambda np,
    x: np.searchsorted([-1.0, 0.0, 1.0], x),
    lambda np, x: np.searchsorted(np.sort(x[:, 0]), x, side="right"), lambda np, x: np.argmax(x[0, 0])]
EDGES = [lambda np, x: np.quantile(x, [[0.1, 0.2], [0.3, 0.4]], axis=1), lambda np, x: np.interp(x, [1.0], [2.0]),
         lambda np, x: np.linspace(x[0, 0]*0 + 0.1, 0.3, 3)[-1] - 0.3, lambda np, x: np.linspace(x[0], x[1], 3, axis=1),
         lambda np, x: np.linspace(x[0], 2.0, 1), lambda np, x: np.linspace(x[0, 0], 2.0, 4, endpoint=False),
         lambda np, x: np.cov(x[:2], rowvar=False), lambda np, x: np.gradient(x[:2, 0]),
         lambda np, x: np.linalg.norm(x[:0, 0], np.inf), lambda np, x: np.insert(x[:, 0], 4, 1.0)]
NEWER = {"matvec": lambda np, x: np.matvec(x, x[0]), "vecmat": lambda np, x: np.vecmat(x[:, 0], x),
         "unstack": lambda np, x: np.stack(np.unstack(x, axis=1)), "cumulative_sum": lambda np,
         x: np.cumulative_sum(x[0]),
         "cumulative_prod": lambda np, x: np.cumulative_prod(x, axis=0)}


@pytest.mark.parametrize("f", [*PRODUCTS, *PLACED, *ORDERED, *COUNTED, *EDGES,
                               *[f for name, f in NEWER.items() if hasattr(np, name)]])
def test_as_numpy(f):
    node, wanted = f(np, sd.array("x", 4, 3)), np.asarray(f(np, VALUE), dtype=float)
    found = np.asarray(evaluate([read(node)], {"x": VALUE})[0])
    assert node.sizes == found.shape == wanted.shape
    assert np.allclose(found, wanted, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("f", ORDERED)
def test_slopes_of_what_chooses(f):
    value = VALUE + 0.003*np.arange(12.0).reshape(4, 3)                     # no ties
    weights, x = np.cos(1 + np.arange(np.size(f(np, value)))).reshape(np.shape(f(np, value))), sd.array("x", 4, 3)
    chosen = f(np, x)*weights
    inputs = [k for k in order_of([read(sd.sum(chosen) if chosen.sizes else chosen)]) if k.op is INPUT]
    slope, = evaluate(gradient(read(sd.sum(chosen) if chosen.sizes else chosen), inputs), {"x": value})
    for k in np.ndindex(4, 3):
        step = np.zeros((4, 3))
        step[k] = 1e-6
        wanted = np.sum((f(np, value + step) - f(np, value - step))*weights)/2e-6
        assert abs(slope[k] - wanted) < 1e-7, k


SPECIAL = np.array([[np.nan, 1.0, -2.0], [np.inf, 3.0, -np.inf], [0.0, np.nan, np.inf], [np.nan, np.nan, 5.0]])


@pytest.mark.parametrize("f", [
    lambda x: np.sort(x, axis=None), lambda x: np.sort(x), lambda x: np.argsort(x, axis=None, kind="stable"),
    lambda x: np.median(x), lambda x: np.median(x, axis=1), lambda x: np.argmax(x, axis=1), lambda x: np.argmin(x,
    axis=0),
    lambda x: np.interp(x, [0.0, 1.0], [2.0, 3.0]), lambda x: np.searchsorted([0.0, 1.0], x), lambda x: np.fmax(x, 0.0),
    lambda x: np.fmin(x, x[0]), lambda x: np.maximum.accumulate(x, axis=1)])
def test_nan_and_infinity_as_numpy(f):
    found = evaluate([read(f(sd.array("x", 4, 3)))], {"x": SPECIAL})[0]
    with np.errstate(invalid="ignore"):
        assert np.array_equal(found, f(SPECIAL), equal_nan=True)


X, n = sd.array("x", 4, 3), sd.sizes("n")
REFUSED = [lambda: np.linalg.eigvalsh(X[:3]), lambda: np.linalg.svd(X), lambda: np.linalg.lstsq(X, X),
           lambda: np.linalg.qr(X),
           lambda: np.linalg.norm(X, "nuc"), lambda: np.linalg.norm(X, 2), lambda: np.gradient(X, [1.0, 2.0], [1.0,
           2.0]),
           lambda: np.pad(X, 1, mode="linear_ramp"), lambda: np.quantile(X, 2.0), lambda: np.cross(X[:, :2], X[:, :2]),
           lambda: np.quantile(X, 0.5, method="lower"), lambda: np.convolve(X[:, 0], X[0], "half"),
           lambda: np.interp(X, [0.0, 1.0], [0.0, 1.0], left=0.0), lambda: np.polyval(sd.array("p", n), X),
           lambda: np.take_along_axis(X, np.array([0]), axis=1),
           lambda: np.quantile(X, math.nan), lambda: np.gradient(X[:1], axis=0), lambda: np.gradient(X[:0, 0]),
           lambda: np.searchsorted(X[0], 1.0, side="middle"), lambda: np.searchsorted(X, 1.0), lambda: np.argmax(X[:0]),
           lambda: np.argmin(X[:, :0], axis=1), lambda: np.meshgrid(X[0], X[1], indexing="yx"),
           lambda: np.pad(X[:0], 1, mode="edge"), lambda: np.pad(X, [1, 2, 3]), lambda: np.pad(X, -1),
           lambda: np.pad(X, 1.5), lambda: np.cov(X[:, :1]), lambda: np.cov(X[0, 0]), lambda: np.cov(X[:1], rowvar=False),
           lambda: np.delete(X, 99), lambda: np.insert(X[0], 9, 1.0), lambda: np.insert(X[0], -9, 1.0),
           lambda: np.repeat(X, [1, 2], axis=0), lambda: np.repeat(X, [1, -2, 0, 1], axis=0),
           lambda: np.vsplit(X[0], 1), lambda: np.take_along_axis(X, np.array([[0, 1], [1, 0]]), 1),
           lambda: np.moveaxis(X, (0, 1), (1, 1)), lambda: np.moveaxis(X, (0, 1), (1,)),
           lambda: np.roll(X, (1, 2, 3), axis=(0, 1)), lambda: np.interp(X, [0.0, 1.0], [1.0, 2.0, 3.0]),
           lambda: np.interp(X, [], []), lambda: np.block([[X, []]]), lambda: np.linspace(0.0, X[0, 0], -1),
           lambda: np.average(X[0], weights=[1.0, -1.0, 0.0]), lambda: np.linalg.norm(X[:0, 0], -np.inf),
           lambda: np.median(sd.array("y", n)), lambda: np.percentile(X, 50, axis=None, keepdims=True)]


@pytest.mark.parametrize("k", range(len(REFUSED)))
def test_what_is_refused_says_what_to_do(k):
    with pytest.raises(SymdiffError) as caught:
        REFUSED[k]()
    assert caught.value.do


def test_eigenvalues_have_a_remedy_of_their_own():
    with pytest.raises(UnknownForm, match="eigvalsh") as caught:
        np.linalg.eigvalsh(X[:3])
    assert "logdet" in caught.value.do


def test_where_a_number_is_asked_for():
    with pytest.raises(SymdiffError) as caught:
        math.exp(sd.array("s"))
    assert "numpy.exp" in caught.value.do


def test_cube_roots_are_real():
    """np.cbrt, sd.cbrt and SymPy's Cbrt of an array: -2 at -8; sp.cbrt is the power 1/3, nan there."""
    v = sd.array("v", 5)
    at = np.array([-8.0, -1e-300, -0.0, 2.0, np.inf])
    for typed in (np.cbrt(v), sd.cbrt(v), Cbrt(v)):
        assert typed is sd.cbrt(v) and str(typed) == "cbrt(v)" and sp.latex(typed) == r"\sqrt[3]{v}"
        found, = evaluate([read(typed)], {"v": at})
        assert np.allclose(found, np.cbrt(at), rtol=4e-16, atol=0) and np.signbit(found[2])
    assert np.isnan(evaluate([read(sp.cbrt(v))], {"v": at})[0][0])
    x = sp.Symbol("x", real=True)
    assert sd.cbrt(x).diff(x) == 1/(3*sd.cbrt(x)**2) and sd.cbrt(x).subs(x, -27) == -3
    assert sd.cbrt(2) == sp.cbrt(2) and sd.cbrt(-2) == -sp.cbrt(2) and sd.cbrt(-sp.oo) == -sp.oo
    assert read(Cbrt(x)) is read(sd.cbrt(x)) and sp.lambdify(x, sd.cbrt(x))(-8.0) == -2.0
