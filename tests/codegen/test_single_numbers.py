"""Graphs of single numbers: one straight line whatever holds the numbers together, with the tape's derivatives."""
import sys

import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from codegen import kinds
from codegen.loops import Fill, Map
from symdiff.evaluate import evaluate
from symdiff.graph import order
from symdiff.primitives.scan import SCAN

x, X, a = sd.array("x", 4), sd.array("X", 2, 3), sd.array("a")
p = sp.symbols("p0:4")
FOUR = [x[0]*x[1] + sp.sin(x[2]), sp.exp(x[3])*x[0], x[1], x[0]/x[3]]
MATRIX = np.array([[1.0, 2.0], [3.0, 4.0]])
VALUES = {"x": [0.4, -0.7, 1.3, 0.9], "X": [[0.2, -0.4, 0.6], [0.8, 0.3, -0.5]], "a": 0.7,
          "p0": 0.5, "p1": 1.5, "p2": -0.25, "p3": 2.0}
CASES = {
    "stacked": (sd.stack(FOUR), "x"),
    "entries of a matrix": (sd.stack([X[0, 1]*X[1, 2]*a, sp.tanh(X[0, 0]) + a, X[-1, -1]]), "X a"),
    "a scalar": (X[0, 1]*x[1]*a + sp.log(1 + x[0]**2)*sp.cos(a*X[1, 0]), "x X a"),
    "a list": ([FOUR[0]*a, FOUR[1], sd.stack(FOUR), a], "x a"),
    "a dict": ({"f": FOUR[0]*a, "g": sd.stack([FOUR[1], FOUR[1]])}, "a x"),
    "a table": (sd.stack([sd.stack(FOUR), sd.stack([x[0], x[0], x[1]*x[2], a])]).T, "x a"),
    "choices": (sd.stack([sd.where(x[0] > 0, sp.sqrt(x[0]), x[0]**2), abs(x[1])*x[2], sp.Max(x[0], x[3])]), "x"),
    "linear": (sd.stack([2*x[0] + x[1], x[3], 3*x[2]]), "x"),
    "numbers": (sd.stack([a*0 + 1, a*0 + 2]), "a"),
    "data": (sd.stack([MATRIX[k, 1 - k]*x[k]*x[0] for k in range(2)]), "x"),
    "a little algebra": (sd.sum((MATRIX @ sd.stack(FOUR[:2]))**2), "x"),
    "joined": (sd.concatenate([x[1:3]*a, sd.stack(FOUR)]), "x a"),
    "symbols": ([p[0]*p[1] + sp.sin(p[2]), p[3]*p[0]], "p0 p1 p2 p3"),
    "a SymPy matrix": (sp.ImmutableMatrix([[p[0]*p[1]], [sp.sin(p[2])*p[3]]]), "p3 p0"),
    "one of one": (sd.stack([sd.array("a", 1)[0]**2]), "a"),
}


def compiled(name, **options):
    expression, wrt = CASES[name]
    f = sd.compile(expression, wrt=wrt.split(), **options)
    return f, {key: np.atleast_1d(VALUES[key]) if name == "one of one" else VALUES[key] for key in f.inputs}


def is_straight(program):
    return all(isinstance(s, Fill) or isinstance(s, Map) and not s.axes for s in program.statements) \
        and sum(isinstance(s, Map) for s in program.statements) == 1


MODES = [(name, "auto") for name in CASES] + [
    pytest.param(name, mode, marks=[] if name == "a table" else pytest.mark.nightly)
    for name in ("a list", "a scalar", "a table", "choices") for mode in ("forward", "reverse")]


@pytest.mark.parametrize("name, mode", MODES)
def test_derivatives_in_one_straight_line(name, mode):
    f, values = compiled(name, mode=mode)
    assert f.check(values).ok
    kinds = ["jac", *(["value_and_grad", "hess"] if f.of_a_scalar else ["jvp", "vjp"])]
    assert all(is_straight(f.program(kind)) for kind in kinds if name != "numbers")     # where nothing is computed


@pytest.mark.parametrize("name", ["stacked", "a scalar", "a table"])
def test_single_precision(name):
    f, values = compiled(name, dtype="float32")
    double, _ = compiled(name)
    for key, block in double.jac(values).items():
        got = f.jac(values)[key]
        assert np.asarray(got).dtype == np.float32 or np.ndim(block) == 0
        np.testing.assert_allclose(got, block, rtol=1e-6, atol=1e-6)


def test_a_jacobian_that_is_mostly_nought():
    """A chain of springs: three entries in each row, computed and stored; the rest is filled."""
    n = 60
    y = sd.array("y", n)
    force = [sp.sin(y[(k + 1) % n] - y[k]) - sp.sin(y[k] - y[k - 1]) for k in range(n)]
    f = sd.compile(sd.stack(force), wrt="y")
    at = np.random.default_rng(1).normal(size=n)
    slope = np.cos(np.roll(at, -1) - at)
    wanted = np.diag(-slope - np.roll(slope, 1))
    for k in range(n):
        wanted[k, (k + 1) % n] = wanted[(k + 1) % n, k] = slope[k]
    np.testing.assert_allclose(f.jac(y=at)["y"], wanted, rtol=1e-14, atol=1e-15)
    fill, line = f.program("jac").statements
    assert len(line.body) < 12*n
    total = sd.compile(sum((sp.cos(y[(k + 1) % n] - y[k]) for k in range(n)), 0), wrt="y")
    np.testing.assert_allclose(total.hess(y=at)["y", "y"], wanted, rtol=1e-14, atol=1e-15)
    assert is_straight(total.program("hess")) and len(total.program("hess").statements[-1].body) < 12*n


def test_what_has_no_effect_may_be_of_any_size():
    n, _ = sd.sizes("n d")
    long, named = sd.array("long", 500_000), sd.array("named", n)
    values = {**VALUES, "long": np.ones(500_000), "named": np.ones(3)}
    f = sd.compile([a*sp.sin(a), x[0]*a], wrt=[a, x, long, named])
    rows = f.jac({key: values[key] for key in f.inputs})
    assert float(rows[1]["a"]) == VALUES["x"][0] and rows[1]["long"].shape == (500_000,) and not rows[0]["named"].any()
    g = sd.compile(a*sp.sin(a)*x[0], wrt=[a, x, named])
    blocks = g.hess({key: values[key] for key in g.inputs})
    assert blocks["a", "x"].shape == (4,) and blocks["named", "a"].shape == (3,) and not blocks["named", "a"].any()


def test_what_is_too_large_for_a_list_of_nodes(monkeypatch):
    f, values = compiled("a scalar")
    usual = {kind: f.problem.graph(kind) for kind in ("jac", "hess")}
    monkeypatch.setattr(kinds, "LARGEST", 3)
    monkeypatch.setattr(kinds.elimination, "jacobian", None)
    for kind, wanted in usual.items():
        for got, block in zip(evaluate(f.problem.graph(kind), values), evaluate(wanted, values), strict=True):
            np.testing.assert_allclose(got, block, rtol=1e-13, atol=1e-15)


def test_one_half_of_a_hessian_is_computed():
    n = 12
    y = sd.array("y", n)
    f = sd.compile(sum((sp.sin(y[k]*y[k - 1])*sp.exp(y[k - 2]*y[k]) for k in range(n)), 0)**2, wrt="y")
    block = f.hess(y=np.random.default_rng(3).normal(size=n))["y", "y"]
    np.testing.assert_array_equal(block, block.T)
    stored = {s.value for s in f.program("hess").statements[-1].body if hasattr(s, "mode")}
    assert len(stored) <= n*(n + 1)//2


def test_loops_of_numbers_are_no_loops_of_rows(monkeypatch):
    """What `roll` makes a loop of is one for a gradient, and single numbers for a matrix."""
    monkeypatch.setattr(sys.modules["symdiff.passes.roll"], "NUMBERS", 64)
    n = 24
    y = sd.array("y", n)
    waves = [sp.sin(y[0])]
    for k in range(1, n):
        waves.append(sp.sin(waves[-1]*y[k]) + y[k])
    f, g = sd.compile(sd.stack(waves), wrt="y"), sd.compile(waves[-1], wrt="y")
    assert all(any(node.op is SCAN for node in order(one.problem.stable)) for one in (f, g))
    assert any(node.op is SCAN for node in order(g.problem.graph("value_and_grad")))
    assert not any(node.op is SCAN for node in order(f.problem.graph("jac") + g.problem.graph("hess")))
    at = np.random.default_rng(4).normal(size=n)
    assert f.check(y=at).ok and g.check(y=at).ok
    assert is_straight(f.program("jac")) and is_straight(g.program("hess"))


def test_the_waist_of_a_graph_is_gone_through_once():
    """n numbers make one, and that makes n: the Jacobian is an outer product, of n² products and no more."""
    n = 30
    y = sd.array("y", n)
    waist = sp.tanh(sum((sp.sin(y[k])*y[k - 1] for k in range(n)), 0))
    f = sd.compile(sd.stack([sp.exp(waist/(k + 1))*sp.cos(waist) for k in range(n)]), wrt="y")
    at = np.random.default_rng(2).normal(size=n)
    block = f.jac(y=at)["y"]
    assert np.linalg.matrix_rank(block, tol=1e-10) == 1
    assert f.check(y=at).ok
    assert len(f.program("jac").statements[-1].body) < 3*n*n


def test_infinities_of_branches_not_taken():
    f = sd.compile(sd.stack([sd.where(x[0] > 0, sp.log(x[0])*x[1], 0), sd.where(x[0] > 0, sp.sqrt(x[0]), 0)*x[2]]), wrt="x")
    np.testing.assert_array_equal(f.jac(x=[0.0, 1, 2, 3])["x"], np.zeros((2, 4)))


def test_rows_of_data_stay_loops():
    """An array that holds more than the numbers beside it is computed as before."""
    w = sd.array("w", 200)
    f = sd.compile(sd.sum(sp.exp(w*a))*x[0], wrt=["a", "x"])
    assert not is_straight(f.program("value_and_grad"))
    assert f.check(w=np.linspace(0, 1, 200), a=0.3, x=VALUES["x"]).ok
