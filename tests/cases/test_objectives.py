"""Objectives in NumPy's words: value, gradient, Hessian, closed form and check of the compiled functions, against NumPy
and complex steps."""
import zlib

import numpy as np
import pytest

import symdiff as sd
from symdiff.evaluate import evaluate
from symdiff.read import read
from tests.cases.complex_step import derivative, gradient
from tests.cases.loading import compiled, distance, traced, used
from tests.cases.objectives import OBJECTIVES

NIGHTLY = pytest.mark.nightly
QUICK = ["woodbury", "causal_attention", "order_statistics", "borders_and_stacks", "nothing_in_an_axis"]
FAR = 1e-3                                                  # of differences of four points of a gradient


def setting(name):
    wrt, make, function = OBJECTIVES[name]
    inputs = make(np.random.default_rng(zlib.crc32(name.encode())))
    expression, values = traced(function, inputs)
    return wrt, inputs, function, expression, used(expression, values)


def second(f, values, w, direction):
    """The derivative of the gradient along a direction, by differences of the fourth order."""
    at = {h: f.grad({**values, w: values[w] + h*FAR*direction}) for h in (-2, -1, 1, 2)}
    return {u: (8*(at[1][u] - at[-1][u]) - (at[2][u] - at[-2][u]))/(12*FAR) for u in f.wrt}


@pytest.mark.parametrize("name", [name if name in QUICK else pytest.param(name, marks=NIGHTLY) for name in OBJECTIVES])
def test_objective(name):
    wrt, inputs, function, expression, values = setting(name)
    f = compiled(expression, wrt)
    value, slopes = f.value_and_grad(values)
    exact = {w: gradient(function, inputs, w) for w in wrt}
    norm = np.sqrt(sum(np.sum(g**2) for g in exact.values()))
    assert abs(value - float(function(np, inputs))) <= 1e-12*max(1.0, abs(value))
    assert max(distance(slopes[w], exact[w], norm) for w in wrt) < 1e-12
    for w in wrt:
        assert distance(evaluate([read(sd.gradient(expression, w))], values)[0], exact[w], norm) < 1e-11, w
    assert f.check(values).ok


@NIGHTLY
@pytest.mark.parametrize("name", [name for name in OBJECTIVES if name != "nothing_in_an_axis"])
def test_hessian(name):
    wrt, _, _, expression, values = setting(name)
    f = compiled(expression, wrt)
    blocks = f.hess(values)
    for w in wrt:
        shape = np.shape(values[w])
        direction = np.random.default_rng(1).standard_normal(shape)/max(1.0, np.sqrt(np.prod(shape)))
        wanted = second(f, values, w, direction)
        for u in wrt:
            found = np.tensordot(np.asarray(blocks[u, w]), direction, len(shape))
            assert np.max(np.abs(found - wanted[u])) <= 1e-6*max(1.0, np.max(np.abs(blocks[u, w]))), (w, u)


def test_a_wrong_slope_is_seen():
    _, inputs, function, _, _ = setting("woodbury")
    assert abs(derivative(function, inputs, "d", np.ones(8)) - gradient(function, inputs, "d").sum()) < 1e-12
    assert distance(gradient(function, inputs, "d")*(1 + 1e-9), gradient(function, inputs, "d")) > 1e-12
