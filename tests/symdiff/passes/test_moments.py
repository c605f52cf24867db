"""Variances and covariances in one pass, and distances at 0, of the forms in which people type them: values and
gradients beside mpmath's."""
import mpmath
import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff import derive
from symdiff.evaluate import evaluate
from symdiff.graph import order
from symdiff.passes import AFTER, run
from symdiff.read import read

n, d = sd.sizes("n d")
x, y, X, Y, u = sd.array("x", n), sd.array("y", n), sd.array("X", n, d), sd.array("Y", 3, 4), sd.array("u", 3)
w, o, s, pair = sd.array("w", 2*n), sd.array("o", n, 1), sd.array("s"), sd.array("pair", 2)
FAR = {"x": 1e9 + np.array([0.0, 1, 2, 5]), "y": -1e9 + np.array([3.0, 1, -2, 0]), "u": 1e9 + np.array([0.0, 1, 2]),
       "X": 1e9 + np.array([[0.0, 1, 5], [3, 3, -1], [2, 7, 1], [-4, 1, 2]]),
       "Y": 1e8 + np.array([[0.0, 1, 5, 1], [3, 3, -1, 0], [2, 7, 1, 2]])}


def total(values):
    return mpmath.fsum(values)


def covariance(a, b):
    return total([p*q for p, q in zip(a, b)])/len(a) - total(a)*total(b)/len(a)**2


def variance(a):
    return covariance(a, a)


def flat(rows):
    return [entry for row in rows for entry in row]


def columns(rows):
    return [list(column) for column in zip(*rows)]


FAR |= {"w": 1e9 + np.arange(8.0)**2, "o": 1e9 + np.array([[0.0], [1], [2], [5]]), "pair": 1e9 + np.array([1.0, 4])}
SCALARS = {                                 # {name: (as typed, the same in mpmath of x, y, u, X and Y as lists)}
    "means": (sd.mean(x**2) - sd.mean(x)**2, lambda a: variance(a["x"])),
    "product": (sd.mean(x*x) - sd.mean(x)*sd.mean(x), lambda a: variance(a["x"])),
    "sums": (sd.sum(x**2) - sd.sum(x)**2/n, lambda a: 4*variance(a["x"])),
    "length times mean": (sd.sum(x**2) - n*sd.mean(x)**2, lambda a: 4*variance(a["x"])),
    "dot": (x @ x/n - sd.mean(x)**2, lambda a: variance(a["x"])),
    "sums over n": (sd.sum(x**2)/n - (sd.sum(x)/n)**2, lambda a: variance(a["x"])),
    "multiplied by n": (n*sd.sum(x**2) - sd.sum(x)**2, lambda a: 16*variance(a["x"])),
    "a number inside": (sd.mean((3*x)**2) - sd.mean(3*x)**2, lambda a: 9*variance(a["x"])),
    "a length inside": (sd.mean((n*x)**2) - sd.mean(n*x)**2, lambda a: 16*variance(a["x"])),
    "different numbers inside": (sd.mean(6*x**2) - sd.mean(2*x)*sd.mean(3*x), lambda a: 6*variance(a["x"])),
    "different lengths inside": (sd.mean(n**2*x*y) - sd.mean(n**2*x)*sd.mean(y),
                                 lambda a: 16*covariance(a["x"], a["y"])),
    "twice as many": (y[1]*(sd.mean(w**2) - sd.mean(w)**2), lambda a: a["y"][1]*variance(a["w"])),
    "two": (sd.mean(pair**2) - sd.mean(pair)**2, lambda a: variance(a["pair"])),
    "a column": (sd.mean(o**2) - sd.mean(o)**2, lambda a: variance(flat(a["o"]))),
    "of products": (sd.sum((x*y)**2)/n - (x @ y/n)**2, lambda a: variance([p*q for p, q in zip(a["x"], a["y"])])),
    "of outer products": (sd.mean(sd.outer(-x, u)**2) - sd.mean(sd.outer(-x, u))**2,
                          lambda a: variance([p*q for p in a["x"] for q in a["u"]])),
    "of their inverses": (sd.mean(1/sd.outer(-x, u)**2) - sd.mean(1/sd.outer(-x, u))**2,
                          lambda a: variance([1/(p*q) for p in a["x"] for q in a["u"]])),
    "with a factor": (y[1]*sd.mean(x**2) - y[1]*sd.mean(x)**2, lambda a: a["y"][1]*variance(a["x"])),
    "unbiased": ((sd.sum(x**2) - n*sd.mean(x)**2)/(n - 1), lambda a: variance(a["x"])*4/3),
    "unbiased terms": (sd.sum(x**2)/(n - 1) - n*sd.mean(x)**2/(n - 1), lambda a: variance(a["x"])*4/3),
    "opened square": (sd.sum(x**2) - 2*sd.mean(x)*sd.sum(x) + n*sd.mean(x)**2, lambda a: 4*variance(a["x"])),
    "minus": (sd.mean(x)**2 - sd.mean(x**2), lambda a: -variance(a["x"])),
    "more terms": (sd.mean(x**2) + y[0] - sd.mean(x)**2, lambda a: variance(a["x"]) + a["y"][0]),
    "times a square": (sd.mean(x**2)*sd.mean(y)**2 - sd.mean(x)**2*sd.mean(y)**2,
                       lambda a: variance(a["x"])*(total(a["y"])/4)**2),
    "times its own square": (sd.mean(x**2)*sd.mean(x)**2 - sd.mean(x)**4,
                             lambda a: variance(a["x"])*(total(a["x"])/4)**2),
    "more factors than are looked at": (sd.mean(x**2) + sp.Mul(*[sd.tanh(k*y[0]) for k in range(1, 44)])
                                        - sd.mean(x)**2,
                                        lambda a: variance(a["x"]) + mpmath.fprod([mpmath.tanh(k*a["y"][0])
                                                                                   for k in range(1, 44)])),
    "of weighted exponentials": (sd.mean((y*sd.exp(x/1e9))**2) - sd.mean(y*sd.exp(x/1e9))**2,
                                 lambda a: variance([q*mpmath.exp(p/10**9) for p, q in zip(a["x"], a["y"])])),
    "a length in numbers": (sd.mean(u**2) - sd.mean(u)**2, lambda a: variance(a["u"])),
    "thirds": (sd.sum(u**2) - sd.sum(u)**2/3, lambda a: 3*variance(a["u"])),
    "of a matrix": (sd.mean(X**2) - sd.mean(X)**2, lambda a: variance(flat(a["X"]))),
    "of a formula": (sd.mean((3*x + 1)**2) - sd.mean(3*x + 1)**2, lambda a: 9*variance(a["x"])),
    "of a size": (sd.mean(abs(x)**2) - sd.mean(abs(x))**2, lambda a: variance([abs(p) for p in a["x"]])),
    "of a root": (sd.mean(x) - sd.mean(sd.sqrt(x))**2, lambda a: variance([mpmath.sqrt(p) for p in a["x"]])),
    "of an exponential": (sd.mean(sd.exp(x/1e9)**2) - sd.mean(sd.exp(x/1e9))**2,
                          lambda a: variance([mpmath.exp(p/10**9) for p in a["x"]])),
    "covariance of means": (sd.mean(x*y) - sd.mean(x)*sd.mean(y), lambda a: covariance(a["x"], a["y"])),
    "covariance of sums": (sd.sum(x*y) - sd.sum(x)*sd.sum(y)/n, lambda a: 4*covariance(a["x"], a["y"])),
    "covariance times n": (n*sd.sum(x*y) - sd.sum(x)*sd.sum(y), lambda a: 16*covariance(a["x"], a["y"])),
    "covariance by @": (x @ y - n*sd.mean(x)*sd.mean(y), lambda a: 4*covariance(a["x"], a["y"])),
    "slope": ((n*sd.sum(x*y) - sd.sum(x)*sd.sum(y))/(n*sd.sum(x**2) - sd.sum(x)**2),
              lambda a: covariance(a["x"], a["y"])/variance(a["x"])),
    "correlation": ((sd.mean(x*y) - sd.mean(x)*sd.mean(y))/sd.sqrt((sd.mean(x**2) - sd.mean(x)**2)
                                                                   * (sd.mean(y**2) - sd.mean(y)**2)),
                    lambda a: covariance(a["x"], a["y"])/mpmath.sqrt(variance(a["x"])*variance(a["y"]))),
    "z-score": ((x[3] - sd.mean(x))/sd.sqrt(sd.mean(x**2) - sd.mean(x)**2),
                lambda a: (a["x"][3] - total(a["x"])/4)/mpmath.sqrt(variance(a["x"]))),
    "layer norm": (sd.sum(sd.tanh((X - sd.mean(X, axis=1, keepdims=True))
                                  / sd.sqrt(sd.mean(X**2, axis=1, keepdims=True) + 1e-5
                                            - sd.mean(X, axis=1, keepdims=True)**2))),
                   lambda a: total([mpmath.tanh((p - total(row)/3)/mpmath.sqrt(variance(row) + mpmath.mpf(1e-5)))
                                    for row in a["X"] for p in row])),
}
ROUNDED = {"of a root": 1e-7, "of an exponential": 1e-7, "layer norm": 2e-6, "of weighted exponentials": 1e-7,
           "of outer products": 1e-6, "of their inverses": 1e-6,
           "of products": 1e-7}  # entries or means are rounded to 1e-16
ARRAYS = {                                  # {name: (as typed, the same in mpmath)}
    "columns": (sd.mean(X**2, axis=0) - sd.mean(X, axis=0)**2, lambda a: [variance(c) for c in columns(a["X"])]),
    "rows": (sd.mean(X**2, axis=1) - sd.mean(X, axis=1)**2, lambda a: [variance(row) for row in a["X"]]),
    "columns kept": (sd.mean(X**2, axis=0, keepdims=True) - sd.mean(X, axis=0, keepdims=True)**2,
                     lambda a: [[variance(c) for c in columns(a["X"])]]),
    "rows kept": (sd.mean(X**2, axis=1, keepdims=True) - sd.mean(X, axis=1, keepdims=True)**2,
                  lambda a: [[variance(row)] for row in a["X"]]),
    "rows of four": (sd.sum(Y**2, axis=1) - sd.sum(Y, axis=1)**2/4, lambda a: [4*variance(row) for row in a["Y"]]),
    "covariances": (X.T @ X/n - sd.outer(sd.mean(X, axis=0), sd.mean(X, axis=0)),
                    lambda a: [[covariance(p, q) for q in columns(a["X"])] for p in columns(a["X"])]),
    "with a column": (X.T @ x/n - sd.mean(X, axis=0)*sd.mean(x),
                      lambda a: [covariance(c, a["x"]) for c in columns(a["X"])]),
    "with factors": (x*sd.mean(u**2) - x*sd.mean(u)**2, lambda a: [p*variance(a["u"]) for p in a["x"]]),
    "column by column": (sd.mean(o**2, axis=0) - sd.mean(o, axis=0)**2, lambda a: [variance(flat(a["o"]))]),
    "each with weights": (x*(sd.mean(u**2) - sd.mean(u)**2), lambda a: [p*variance(a["u"]) for p in a["x"]]),
}


def stable(expr):
    (node,), fired = run((read(expr),))
    return node, [one.rule for one in fired]


def exactly(formula, values):
    with mpmath.workdps(60):
        return formula({name: [list(map(mpmath.mpf, row)) if row.ndim else mpmath.mpf(row) for row in value]
                        for name, value in values.items()})


def slopes(formula, values, name):
    """The gradient in one array by differences in 200 digits."""
    with mpmath.workdps(200):
        found, step = np.zeros(values[name].shape), mpmath.mpf(10)**-70
        exact = {k: np.array(v, dtype=object)*mpmath.mpf(1) for k, v in values.items()}
        base = formula({k: v.tolist() for k, v in exact.items()})
        for at in np.ndindex(found.shape):
            moved = exact[name].copy()
            moved[at] += step
            found[at] = (formula({k: v.tolist() for k, v in (exact | {name: moved}).items()}) - base)/step
    return found


def inputs(node):
    return {one.attributes[0]: one for one in order((node,)) if one.op.name == "input"}


@pytest.mark.parametrize("name", SCALARS)
def test_moments_and_their_gradients(name):
    expr, formula = SCALARS[name]
    node, fired = stable(expr)
    assert "mean(x**2) - mean(x)**2" in fired
    wanted, bar = float(exactly(formula, FAR)), ROUNDED.get(name, 2e-14)
    np.testing.assert_allclose(float(evaluate((node,), FAR)[0]), wanted, rtol=bar)
    assert not abs(evaluate((read(expr),), FAR)[0] - wanted) <= 100*bar*abs(wanted)
    arrays = inputs(node)
    found, _ = run(derive.gradient(node, [*arrays.values()]), AFTER)
    for one, slope in zip(arrays, evaluate(found, FAR)):
        wanted = slopes(formula, FAR, one)
        np.testing.assert_allclose(slope, wanted, rtol=1e-6, atol=1e-7*np.max(np.abs(wanted)))


@pytest.mark.parametrize("name", ARRAYS)
def test_moments_along_axes(name):
    expr, formula = ARRAYS[name]
    node, fired = stable(expr)
    assert "mean(x**2) - mean(x)**2" in fired
    wanted = np.array(exactly(formula, FAR), dtype=object).astype(float)
    np.testing.assert_allclose(evaluate((node,), FAR)[0], wanted, rtol=1e-13)


NO_MOMENTS = [
    sd.mean(x**2) - sd.sum(x)**2, sd.mean(x**2) + sd.mean(x)**2, sd.mean(x**2) - sd.mean(y)**2,
    sd.mean(x**3) - sd.mean(x)**2, sd.mean(x**2)*y[0] - sd.mean(x)**2, sd.mean(x*y) - sd.mean(x)**2,
    sd.sum(x**2)/(n - 1) - sd.mean(x)**2, sd.mean(x**2) - 2*sd.mean(x)**2, sd.mean(X**2, axis=0) - sd.mean(X)**2,
    sd.mean(u**2) - sd.sum(u)**2/4, sd.mean(x**2) - sd.mean(x)**3,
    sd.mean(x*y) - sd.mean(abs(x))*sd.mean(y), n*sd.sum(x**2) - sd.sum(x),
    sd.mean(x**2) - sd.mean(sp.Mul(*[sd.tanh(k*x) for k in range(1, 44)]))**2]


@pytest.mark.parametrize("expr", NO_MOMENTS)
def test_no_moments(expr):
    assert "mean(x**2) - mean(x)**2" not in stable(expr)[1]


# distances

l, C = sd.array("l", d), sd.array("C", n, d)
NEAR = {"x": np.array([0.5, -2, 3, 1]), "y": np.array([1.0, 0, 3, -2]), "u": np.array([1.0, 2, -2]),
        "l": np.array([2.0, 3, 0.5]), "C": np.array([[1.0, 2, 0], [4, 0, -1], [1, 2, 0], [0.5, 0, 1]])}
GAPS = C[:, None] - C[None]


def length(entries):
    return mpmath.sqrt(total([p*p for p in entries]))


def gaps(rows, scales=(1, 1, 1)):
    """The sum of all distances of different rows; equal ones have 0, as their derivative has."""
    return total([length([(p - q)/s for p, q, s in zip(one, other, scales)])
                  for i, one in enumerate(rows) for j, other in enumerate(rows) if i != j and {i, j} != {0, 2}])


def spread_of(entries):
    return mpmath.sqrt(total([(p - total(entries)/len(entries))**2 for p in entries])/len(entries))


DISTANCES = {                               # {name: (as typed, the same in mpmath, the arrays at which it is 0)}
    "distance": (sd.sqrt(sd.sum((x - y)**2)), lambda a: length([p - q for p, q in zip(a["x"], a["y"])]),
                 {"x": NEAR["y"]}),
    "dot": (sd.sqrt(x @ x), lambda a: length(a["x"]), {"x": np.zeros(4)}),
    "power": (sd.sum(x**2)**0.5, lambda a: length(a["x"]), {"x": np.zeros(4)}),
    "mean": (sd.sqrt(sd.mean(x**2)), lambda a: length(a["x"])/2, {"x": np.zeros(4)}),
    "three entries": (sd.sqrt(2*sd.mean(u**2)), lambda a: length(a["u"])*mpmath.sqrt(2)/mpmath.sqrt(3),
                      {"u": np.zeros(3)}),
    "deviation": (sd.sqrt(sd.mean((x - sd.mean(x))**2)), lambda a: spread_of(a["x"]), {"x": np.full(4, 3.0)}),
    "deviation in one pass": (sd.sqrt(sd.mean(x**2) - sd.mean(x)**2), lambda a: spread_of(a["x"]),
                              {"x": np.full(4, 3.0)}),
    "unbiased deviation": (sd.sqrt(sd.sum((x - sd.mean(x))**2)/(n - 1)),
                           lambda a: spread_of(a["x"])*2/mpmath.sqrt(3), {"x": np.full(4, 3.0)}),
    "deviations of columns": (sd.sum(sd.sqrt(sd.mean((C - sd.mean(C, axis=0))**2, axis=0))),
                              lambda a: total([spread_of(c) for c in columns(a["C"])]), {"C": np.ones((4, 3))}),
    "rows": (sd.sum(sd.sqrt(sd.sum(C**2, axis=1, keepdims=True))), lambda a: total(map(length, a["C"])),
             {"C": np.zeros((4, 3))}),
    "rows of products": (sd.sum(sd.sqrt(sd.sum(sd.outer(x, u)**2, axis=1))),
                         lambda a: total(map(abs, a["x"]))*length(a["u"]), {"x": np.zeros(4)}),
    "matrix": (sd.sqrt(sd.sum(C**2)), lambda a: length(flat(a["C"])), {"C": np.zeros((4, 3))}),
    "pairs": (sd.sum(sd.sqrt(sd.sum(GAPS**2, axis=2))), lambda a: gaps(a["C"]), {"C": np.ones((4, 3))}),
    "scaled pairs": (sd.sum(sd.sqrt(sd.sum((GAPS/l)**2, axis=2))), lambda a: gaps(a["C"], a["l"]),
                     {"C": np.ones((4, 3))}),
    "scaled squares": (sd.sum(sd.sqrt(sd.sum(GAPS**2/l**2, axis=2))), lambda a: gaps(a["C"], a["l"]),
                       {"C": np.ones((4, 3))}),
    "times pi": (sd.sqrt(sp.pi*sd.sum(x**2)), lambda a: length(a["x"])*mpmath.sqrt(mpmath.pi), {"x": np.zeros(4)}),
    "a number inside": (sd.sqrt(sd.sum(3*x**2)), lambda a: length(a["x"])*mpmath.sqrt(3), {"x": np.zeros(4)}),
    "a length inside": (sd.sqrt(sd.sum(n*x**2)), lambda a: length(a["x"])*2, {"x": np.zeros(4)}),
    "a column": (sd.sqrt(sd.sum(x[:, None]**2)), lambda a: length(a["x"]), {"x": np.zeros(4)}),
    "fourth powers": (sd.sqrt(sd.sum(x**4)), lambda a: length([p*p for p in a["x"]]), {"x": np.zeros(4)}),
}


@pytest.mark.parametrize("name", DISTANCES)
def test_distances_and_their_gradients(name):
    expr, formula, nowhere = DISTANCES[name]
    node, fired = stable(expr)
    assert "sqrt(sum(x**2))" in fired
    np.testing.assert_allclose(float(evaluate((node,), NEAR)[0]), float(exactly(formula, NEAR)), rtol=1e-15)
    arrays = inputs(node)
    found, _ = run(derive.gradient(node, [*arrays.values()]), AFTER)
    for one, slope in zip(arrays, evaluate(found, NEAR)):
        np.testing.assert_allclose(slope, slopes(formula, NEAR, one), rtol=1e-14, atol=1e-15)
    assert evaluate((node,), NEAR | nowhere)[0] == 0
    for slope in evaluate(found, NEAR | nowhere):
        assert not np.any(slope)
    typed = derive.gradient(read(expr), [arrays[one] for one in nowhere])
    assert np.isnan(evaluate(typed, NEAR | nowhere)[0]).any()


def test_second_derivatives_of_a_distance():
    """Those of norm(x - y), and 0 where it is 0."""
    node, _ = stable(DISTANCES["distance"][0])
    arrays = inputs(node)
    (second,), _ = run((derive.hessian(node, [arrays["x"]])[0, 0],), AFTER)
    gap = NEAR["x"] - NEAR["y"]
    size = np.linalg.norm(gap)
    np.testing.assert_allclose(evaluate((second,), NEAR)[0], (np.eye(4) - np.outer(gap, gap)/size**2)/size, atol=1e-15)
    assert not np.any(evaluate((second,), NEAR | {"x": NEAR["y"]})[0])


NO_DISTANCES = [
    sd.sqrt(x[0]*sd.sum(x**2)), sd.sqrt(sd.sum(x**2) + 1), sd.sqrt(sd.sum(x**3)), sd.sqrt(sd.sum(x)), sd.sqrt(x @ y),
    sd.sqrt(-sd.sum(x**2)), sd.sqrt(sd.sum(x**2)*sd.sum(y**2)), sd.sqrt(sd.sum(x**2*y)),
    sd.sqrt(s*sd.sum(x**2)), sd.sqrt(np.array([2.0, 3])*sd.sum(x**2))]


@pytest.mark.parametrize("expr", NO_DISTANCES)
def test_no_distances(expr):
    assert "sqrt(sum(x**2))" not in stable(expr)[1]
