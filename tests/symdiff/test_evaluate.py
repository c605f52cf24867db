"""evaluate: leaves, sizes bound and checked, errors, deep graphs."""
import numpy as np
import pytest
import sympy as sp

import symdiff.primitives  # noqa: F401
from symdiff.errors import ArgumentError, SizeMismatch
from symdiff.evaluate import evaluate
from symdiff.primitives.build import elementwise, total
from symdiff.primitives.leaf import constant, data, input, iota, number, size
from symdiff.lengths import sizes

n, m = sizes("n m")


def test_leaves():
    nodes = [constant(sp.Rational(1, 3)), constant(2.5, (2,)), data([[1, 2]]), size(n), iota(n), constant(-0.0),
             size(n*m + 1)]
    third, halves, table, length, places, nought, made = evaluate(nodes, {}, {n: 3, m: 2})
    assert third == 1/3 and halves.tolist() == [2.5, 2.5] and table.tolist() == [[1, 2]]
    assert length == 3 and places.tolist() == [0, 1, 2] and np.signbit(nought) and made == 7


def test_numbers():
    assert constant(2.0) is constant(2) is constant(sp.Float(2.0)) is constant(sp.Integer(2))
    assert constant(0.1) is constant(sp.Float(0.1)) and number(constant(0.1)) == 0.1
    assert number(constant(sp.pi)) == np.pi and number(constant(1e300)) == 1e300 and number(constant(5e-324)) == 5e-324
    assert constant(0.0) is constant(0) and constant(-0.0) is not constant(0)
    assert np.isnan(number(constant(float("nan")))) and number(constant(-np.inf)) == -np.inf


def test_sizes_are_bound_and_checked():
    x, w = input("x", (n, m)), input("w", (m,))
    node = elementwise("mul", x, w)
    assert evaluate([node], {"x": np.ones((2, 3)), "w": [1, 2, 3], "other": 5})[0].shape == (2, 3)
    with pytest.raises(SizeMismatch, match="axis 0 of w is m long"):
        evaluate([node], {"x": np.ones((2, 3)), "w": [1, 2]})
    with pytest.raises(SizeMismatch, match="shape"):
        evaluate([node], {"x": np.ones(3), "w": [1, 2, 3]})
    with pytest.raises(ArgumentError, match="no value for w"):
        evaluate([node], {"x": np.ones((2, 3))})
    assert evaluate([input("y", (n + 1,)), input("z", (n,))], {"y": np.ones(3), "z": np.ones(2)})[0].shape == (3,)
    with pytest.raises(SizeMismatch):
        evaluate([input("y", (n + 1,)), input("z", (n,))], {"y": np.ones(3), "z": np.ones(3)})
    with pytest.raises(ArgumentError, match="size n"):
        evaluate([input("y", (n + 1,))], {"y": np.ones(3)})
    assert evaluate([input("y", (n + 1,))], {"y": np.ones(3)}, {"n": 2})[0].shape == (3,)
    with pytest.raises(ArgumentError, match="size n"):
        evaluate([size(n)], {})
    with pytest.raises(SizeMismatch):
        evaluate([input("v", (3,))], {"v": np.ones(2)})


def test_inputs_are_left_as_they_are_and_no_rows_work():
    x = input("x", (n,))
    given = np.array([1.0, 2.0])
    evaluate([elementwise("mul", x, x)], {"x": given})
    assert given.tolist() == [1, 2]
    assert evaluate([total(x), elementwise("exp", x)], {"x": np.zeros(0)})[0] == 0


def test_deep_graphs():
    x = input("x")
    chain = x
    for k in range(100_000):
        chain = elementwise("sin" if k % 2 else "cos", chain)
    want = 0.3
    for k in range(100_000):
        want = np.sin(want) if k % 2 else np.cos(want)
    assert evaluate([chain], {"x": 0.3})[0] == pytest.approx(want, rel=1e-12)
    doubled = x
    for _ in range(1000):
        doubled = elementwise("add", doubled, doubled)
    assert evaluate([doubled], {"x": 2.0**-1000})[0] == 1
