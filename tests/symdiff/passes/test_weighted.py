"""Logarithms of weighted sums of exponentials where these leave the range of floats: values and gradients beside
mpmath's."""
import mpmath
import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff import derive
from symdiff.evaluate import evaluate
from symdiff.passes import AFTER, run
from symdiff.read import read
from tests.symdiff.passes.test_moments import exactly, inputs, slopes, stable

n, d = sd.sizes("n d")
x, q, p, m = sd.array("x", n), sd.array("q", n), sd.array("p", d), sd.array("m", d)
X, P = sd.array("X", n, d), sd.array("P", d, 2)
NAME, OF_TERMS = "log(sum(p*exp(x)))", "log(a*exp(x) + b*exp(y))"
FAR = {"x": np.array([50.0, 0.5, -60]), "m": np.array([0.0, 1]), "p": np.array([0.3, 0.7]),
       "q": np.array([0.5, 2, 0.0]), "X": np.array([[800.0, 803], [-1300, -1302], [1.5, 0.5]]),
       "P": np.array([[1.0, 0.5], [0.25, 3]])}
HIGH = {"x": np.array([1800.0, 1797, -9000])}
SIGNED = {"p": np.array([-0.2, 2.0]), "q": np.array([3.0, -1, 1e-300])}
MASKED = {"x": np.array([-30.0, -31, 1000]), "p": np.array([1.0, 0]),
          "X": np.array([[-600.0, 300], [-2500, 9000], [20, 800]])}
NONE = {"X": np.array([[600.0, -300], [-2500, -3000], [20, 700]]), "p": np.array([0.0, 2.0])}


def mixture(a, k):
    return total([w*mpmath.exp(-(a["x"][k] - c)**2/2) for w, c in zip(a["p"], a["m"])])


def total(values):
    return mpmath.fsum(values)


def logs(values):
    return total([mpmath.log(value) for value in values])


def rows(a, weights):
    return [total([w*mpmath.exp(u) for w, u in zip(weights, row)]) for row in a["X"]]


CASES = {                                   # {name: (as typed, the same in mpmath)}
    "mixture": (sd.sum(sd.log(sd.sum(p*sd.exp(-(x[:, None] - m)**2/2), axis=1))),
                lambda a: logs([mixture(a, k) for k in range(3)])),
    "densities": (sd.sum(sd.log(sd.sum(p/sd.sqrt(2*sp.pi)*sd.exp(-(x[:, None] - m)**2/2), axis=1))),
                  lambda a: logs([mixture(a, k)/mpmath.sqrt(2*mpmath.pi) for k in range(3)])),
    "columns": (sd.sum(sd.log(sd.sum(q[:, None]*sd.exp(X), axis=0))),
                lambda a: logs([total([w*mpmath.exp(row[j]) for w, row in zip(a["q"], a["X"])]) for j in range(2)])),
    "kept": (sd.sum(sd.log(sd.sum(p*sd.exp(X), axis=1, keepdims=True))), lambda a: logs(rows(a, a["p"]))),
    "@ vector": (sd.sum(sd.log(sd.exp(X) @ p)), lambda a: logs(rows(a, a["p"]))),
    "@ matrix": (sd.sum(sd.log(sd.exp(X) @ P)),
                 lambda a: logs([one for column in zip(*a["P"]) for one in rows(a, column)])),
    "all": (sd.log(sd.sum(q*sd.exp(x*20))), lambda a: mpmath.log(total([w*mpmath.exp(20*u)
                                                                       for w, u in zip(a["q"], a["x"])]))),
    "mean": (sd.log(3*sd.mean(q*sd.exp(x*20))), lambda a: mpmath.log(total([w*mpmath.exp(20*u)
                                                                           for w, u in zip(a["q"], a["x"])]))),
    "a number inside": (sd.log(sd.sum(3*q*sd.exp(x*20))), lambda a: mpmath.log(total([3*w*mpmath.exp(20*u) for w, u
                                                                                     in zip(a["q"], a["x"])]))),
    "a length inside": (sd.log(sd.sum(n*q*sd.exp(x*20))), lambda a: mpmath.log(total([3*w*mpmath.exp(20*u) for w, u
                                                                                     in zip(a["q"], a["x"])]))),
    "bounded": (sd.log(sd.sum(q*sd.exp(800*sd.tanh(x)))), lambda a: mpmath.log(
        total([w*mpmath.exp(800*mpmath.tanh(u)) for w, u in zip(a["q"], a["x"])]))),
    "bounded below": (sd.log(sd.sum(q*sd.exp(900*sd.sigmoid(x + 9)))), lambda a: mpmath.log(
        total([w*mpmath.exp(900/(1 + mpmath.exp(-u - 9))) for w, u in zip(a["q"], a["x"])]))),
    "bounded above": (sd.log(sd.sum(p*sd.exp(-1300*sd.sigmoid(m + 9)))), lambda a: mpmath.log(
        total([w*mpmath.exp(-1300/(1 + mpmath.exp(-u - 9))) for w, u in zip(a["p"], a["m"])]))),
    "twice": (sd.log((q*sd.exp(x*20)) @ sd.exp(x*20)), lambda a: mpmath.log(total([w*mpmath.exp(40*u) for w, u
                                                                                  in zip(a["q"], a["x"])]))),
    "masked": (sd.log(sd.sum(sp.Piecewise((sd.exp(20*x), q > 0), (0, True)))),
               lambda a: mpmath.log(total([mpmath.exp(20*u) for w, u in zip(a["q"], a["x"]) if w > 0]))),
    "masked with a factor": (sd.log(sd.sum(sp.Piecewise((3*q*sd.exp(20*x), q > 0), (0, True)))/sd.sum(q)),
                             lambda a: mpmath.log(total([3*w*mpmath.exp(20*u) for w, u in zip(a["q"], a["x"]) if w > 0])
                                                  / total(a["q"]))),
    "masked with weights": (sd.log(sd.sum(sp.Piecewise((q*sd.exp(20*x), q > 0), (0, True)))),
                            lambda a: mpmath.log(total([w*mpmath.exp(20*u) for w, u in zip(a["q"], a["x"]) if w > 0]))),
    "masked, twice": (sd.log(sd.sum(sp.Piecewise((2*sd.exp(20*x), q > 0), (0, True)))),
                      lambda a: mpmath.log(total([2*mpmath.exp(20*u) for w, u in zip(a["q"], a["x"]) if w > 0]))),
    "softmax": (sd.log(sd.sum(q*sd.exp(x*20)/sd.sum(sd.exp(x*20)))), lambda a: mpmath.log(
        total([w*mpmath.exp(20*u) for w, u in zip(a["q"], a["x"])])/total([mpmath.exp(20*u) for u in a["x"]]))),
    "terms": (sd.sum(sd.log(p[0]*sd.exp(X[:, 0]) + p[1]*sd.exp(X[:, 1]))), lambda a: logs(rows(a, a["p"]))),
    "terms, one of them no exponential": (sd.sum(sd.log(q + 2*sd.exp(20*x) + 3)), lambda a: logs(
        [w + 2*mpmath.exp(20*u) + 3 for w, u in zip(a["q"], a["x"])])),
    "terms of sigmoids": (sd.sum(sd.log(q*sd.sigmoid(40*x) + 3*q*sd.sigmoid(40*x - 1) + sd.sigmoid(40*x + 1))),
                          lambda a: logs(
        [w/(1 + mpmath.exp(-40*u)) + 3*w/(1 + mpmath.exp(1 - 40*u)) + 1/(1 + mpmath.exp(-40*u - 1))
         for w, u in zip(a["q"], a["x"])])),
    "of another sign": (sd.log(-sd.sum(-p*sd.exp(X[0]))), lambda a: mpmath.log(rows(a, a["p"])[0])),
    "two exponentials": (sd.log(sd.exp(X[0]) @ (p*sd.exp(2*X[1]))),
                         lambda a: mpmath.log(total([w*mpmath.exp(u + 2*v) for w, u, v in zip(a["p"], *a["X"][:2])]))),
    "no weights": (sd.log(sd.exp(X[0]) @ sd.exp(2*X[1])),
                   lambda a: mpmath.log(total([mpmath.exp(u + 2*v) for u, v in zip(*a["X"][:2])]))),
    "over other axes": (sd.log(sd.einsum("i,ij,j->", sd.exp(20*x), X - 900, sd.exp(-30*p)*m)*-1),
                        lambda a: mpmath.log(-total([mpmath.exp(20*u)*(v - 900)*mpmath.exp(-30*w)*c
                                                     for u, row in zip(a["x"], a["X"])
                                                     for v, w, c in zip(row, a["p"], a["m"])]))),
}


@pytest.mark.parametrize("name", CASES)
def test_weighted_sums(name):
    expr, formula = CASES[name]
    node, fired = stable(expr)
    assert {NAME, OF_TERMS} & {*fired}
    wanted = float(exactly(formula, FAR))
    np.testing.assert_allclose(float(evaluate((node,), FAR)[0]), wanted, rtol=1e-15)
    with np.errstate(all="ignore"):
        assert not abs(evaluate((read(expr),), FAR)[0] - wanted) < 1
    arrays = inputs(node)
    found, _ = run(derive.gradient(node, [*arrays.values()]), AFTER)
    for one, slope in zip(arrays, evaluate(found, FAR)):
        np.testing.assert_allclose(slope, slopes(formula, FAR, one), rtol=1e-12, atol=1e-100)


@pytest.mark.parametrize("name, values", [("@ vector", NONE), ("kept", NONE), ("all", SIGNED), ("all", HIGH),
                                          ("all", MASKED), ("@ vector", MASKED),
                                          ("@ vector", SIGNED), ("mixture", {"x": np.array([1e4, 2.0, -1e4])})])
def test_weights_of_any_sign(name, values):
    """Where a weight is 0 its exponential is none of the largest."""
    expr, formula = CASES[name]
    node, _ = stable(expr)
    values = FAR | values
    np.testing.assert_allclose(float(evaluate((node,), values)[0]), float(exactly(formula, values)), rtol=1e-15)


@pytest.mark.parametrize("u, wanted", [((np.inf, 1), np.inf), ((-np.inf, 900), 900 + np.log(2)), ((np.nan, 1), np.nan),
                                       ((-np.inf, -np.inf), -np.inf), ((1e308, 0), 1e308), ((-1e308, -1e308), -1e308)])
def test_infinite_exponents(u, wanted):
    node, _ = stable(sd.log(sd.sum(q*sd.exp(x))))
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(evaluate((node,), {"x": np.array(u), "q": np.array([1.0, 2])})[0], wanted)
        assert evaluate((node,), {"x": np.array([30.0, 2]), "q": np.zeros(2)})[0] == -np.inf


LEFT = [
    sd.log(sd.sum(q*sd.exp(500*sd.tanh(x)))),
    sd.log(sd.sum(q*sd.exp(sd.tanh(x)))), sd.log(sd.sum(q*sd.exp(x - sd.max(x)))), sd.log(sd.sum(q*x)),
    sd.log(sd.sum(q*sd.exp(x)) + 1), sd.log(sd.sum(sd.exp(x))), sd.log(sd.sum(sd.softmax(q)*sd.exp(x)))]


@pytest.mark.parametrize("expr", LEFT)
def test_left_as_it_is(expr):
    assert NAME not in stable(expr)[1]


def running(terms):
    return logs([total(terms[:k + 1]) for k in range(len(terms))])


RUNNING = {                                 # {name: (as typed, the same in mpmath)}
    "plain": (sd.sum(sd.log(sd.cumsum(sd.exp(x*20)))), lambda a: running([mpmath.exp(20*u) for u in a["x"]])),
    "powers": (sd.sum(sd.log(sd.cumsum(2*q*sd.exp(x*10)**2*sd.exp(x)))), lambda a: running(
        [2*w*mpmath.exp(21*u) for u, w in zip(a["x"], a["q"])])),
    "columns": (sd.sum(sd.log(sd.cumsum(sd.exp(X), axis=0))), lambda a: total(
        [running([mpmath.exp(row[j]) for row in a["X"]]) for j in range(2)])),
    "with a factor for each row": (sd.sum(sd.log(sd.cumsum(sd.exp(20*x)[:, None]*sd.exp(X), axis=1))), lambda a: total(
        [running([mpmath.exp(20*u + v) for v in row]) for u, row in zip(a["x"], a["X"])])),
    "of shares": (sd.sum(sd.log(sd.cumsum(sd.softmax(20*x)))), lambda a: running([mpmath.exp(20*u) for u in a["x"]])
                  - 3*mpmath.log(total([mpmath.exp(20*u) for u in a["x"]]))),
}
STILL = [sd.sum(sd.log(sd.cumsum(sd.exp(sd.tanh(x))))), sd.sum(sd.log(sd.cumsum(x**2))),
         sd.sum(sd.log(sd.cumsum(sd.exp(x - sd.max(x)))))]


@pytest.mark.parametrize("name", RUNNING)
def test_running_sums_of_exponentials(name):
    expr, formula = RUNNING[name]
    node, fired = stable(expr)
    values = FAR | {"X": np.array([[800.0, 803], [600, 902], [1.5, 900]])}
    assert "log(cumsum(exp(x)))" in fired
    np.testing.assert_allclose(float(evaluate((node,), values)[0]), float(exactly(formula, values)), rtol=1e-15)
    arrays = inputs(node)
    found, _ = run(derive.gradient(node, [*arrays.values()]), AFTER)
    for one, slope in zip(arrays, evaluate(found, values)):
        np.testing.assert_allclose(slope, slopes(formula, values, one), rtol=1e-12, atol=1e-100)


@pytest.mark.parametrize("expr", STILL)
def test_running_sums_left_as_they_are(expr):
    assert "log(cumsum(exp(x)))" not in stable(expr)[1]


@pytest.mark.parametrize("offset", [0.0, 400.0, 2000.0, -2000.0, 1e6])
@pytest.mark.parametrize("weighted", [False, True])
def test_running_sums(offset, weighted):
    """The partial likelihood of survival times: value, slope and curvature, wherever the covariate's origin is."""
    b, rows, weights = sd.array("b"), [3.0, 1.0, 4.0, 2.0, 0.0], [0.5, 2.0, 1.0, 0.25, 3.0]
    f = sd.compile(sd.sum(sd.log(sd.cumsum((q if weighted else 1)*sd.exp(b*x)))), b)
    given = {"x": offset + np.array(rows), "b": 0.2} | ({"q": weights} if weighted else {})
    with mpmath.workdps(120):
        def exact(s):
            terms = [(w if weighted else 1)*mpmath.exp(s*(offset + k)) for k, w in zip(rows, weights)]
            return sum(mpmath.log(sum(terms[:k + 1])) for k in range(len(rows)))

        value, slope, second = mpmath.taylor(exact, mpmath.mpf(0.2), 2)
    found, gradient = f.value_and_grad(given)
    close = max(1.0, abs(0.2*offset))*1e-14
    assert abs(found/float(value) - 1) < close and abs(gradient["b"]/float(slope) - 1) < close
    assert abs(f.hess(given)["b", "b"]/float(2*second) - 1) < 1e-9*max(1.0, offset**2/1e6)
