"""derive: gradients, Jacobians, Hessians and products against differences, autograd and identities; depth."""
import os
import subprocess
import sys

import numpy as np
import pytest
import sympy as sp
from tests.symdiff.differences import near, verify

import symdiff.primitives as primitives
from symdiff.derive import gradient, hessian, hvp, jacobian, jvp, operations, pullback, vjp
from symdiff.errors import ArgumentError, NoDerivative, SizeMismatch
from symdiff.evaluate import evaluate
from symdiff.graph import check, make, order
from symdiff.instantiate import Template
from symdiff.primitives import arrangement, reduction
from symdiff.primitives.build import (elementwise, expand, eye, matmul, negative, over, plus, squeeze, times, total,
                                      transpose)
from symdiff.primitives.contraction import contract
from symdiff.primitives.leaf import constant, data, input, size
from symdiff.lengths import sizes

n, d = sizes("n d")


def normal(*shape, seed=3):
    return np.random.default_rng(seed).normal(size=shape)


def dot(X, w):
    return squeeze(matmul(X, expand(w, (1,))), (1,))


def logistic(X, y, w, b):
    """−mean(y log p + (1 − y) log(1 − p)) in its stable form: mean(softplus(h) − y·h)."""
    h = elementwise("add", dot(X, w), b)
    losses = elementwise("sub", elementwise("softplus", h), elementwise("mul", y, h))
    return over(total(losses), size(X.sizes[0]))


INPUTS = (input("X", (n, d)), input("y", (n,)), input("w", (d,)), input("b"))
VALUES = {"X": normal(7, 3), "y": (normal(7) > 0)*1.0, "w": normal(3, seed=4), "b": np.array(0.3)}


def test_logistic_regression():
    X, y, w, b = INPUTS
    loss = logistic(*INPUTS)
    first = check(gradient(loss, [w, b]))
    p = 1/(1 + np.exp(-(VALUES["X"] @ VALUES["w"] + VALUES["b"])))
    want = VALUES["X"].T @ (p - VALUES["y"])/7, np.mean(p - VALUES["y"])
    for got, exact in zip(evaluate(first, VALUES), want):
        near(got, exact, 1e-14)
    blocks = hessian(loss, [w, b])
    s = p*(1 - p)/7
    near(evaluate([blocks[0, 0]], VALUES)[0], VALUES["X"].T*s @ VALUES["X"], 1e-14)
    near(evaluate([blocks[1, 0]], VALUES)[0], s @ VALUES["X"], 1e-14)
    assert blocks[1, 0] is transpose(blocks[0, 1], (0,))
    assert not any(len(node.sizes) > 2 for node in order(blocks.values()))
    verify(lambda *a: logistic(*a), symbolic={"X": (n, d), "y": (n,), "w": (d,)}, **VALUES)


def network(np_, x, W1, b1, W2, b2, target):
    h = np_.tanh(np_.dot(x, W1) + b1)
    z = np_.dot(h, W2) + b2
    return -np_.sum(target*(z - np_.log(np_.sum(np_.exp(z), axis=1, keepdims=True))))


def test_network_against_autograd():
    autograd = pytest.importorskip("autograd")
    import autograd.numpy as anp
    values = {"x": normal(5, 4), "W1": normal(4, 3), "b1": normal(3), "W2": normal(3, 2), "b2": normal(2),
              "t": np.eye(2)[[0, 1, 1, 0, 1]]}
    x, W1, b1, W2, b2, t = nodes = [input(k, v.shape) for k, v in values.items()]
    h = elementwise("tanh", elementwise("add", matmul(x, W1), b1))
    z = elementwise("add", matmul(h, W2), b2)
    loss = negative(total(times(t, reduction.along_axes(reduction.LOG_SOFTMAX, z, (1,)))))
    arguments = list(values.values())
    got = evaluate([loss, *gradient(loss, nodes[:5])], values)
    near(got[0], network(np, *arguments), 1e-13)
    for k, name in enumerate(list(values)[:5]):
        near(got[k + 1], autograd.grad(lambda *a: network(anp, *a), k)(*arguments), 1e-12, name)
    blocks = hessian(loss, [W1, b2])
    curvature = autograd.hessian(lambda a: network(anp, values["x"], a, *arguments[2:]))(values["W1"])
    near(evaluate([blocks[0, 0]], values)[0], curvature, 1e-11)


ELEMENTWISE = ["add", "sub", "mul", "div", "neg", "exp", "log", "sqrt", "tanh", "sin", "cos", "sigmoid", "softplus",
               "pow", "hypot", "logaddexp", "erf", "atan2"]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise(name):
    record = primitives.TABLE[name]
    values = {f"x{k}": 0.5 + np.random.default_rng(k).random((2, 2)) for k in range(len(record.args))}
    verify(lambda *a: elementwise(name, *a), **values)


def test_scalars_by_complex_step():
    x = input("x")
    f = elementwise("mul", elementwise("sin", elementwise("exp", x)), elementwise("div", x, elementwise("cos", x)))
    z = 0.7 + 1e-20j
    want = (np.sin(np.exp(z))*z/np.cos(z)).imag/1e-20
    assert evaluate(gradient(f, [x]), {"x": 0.7})[0] == pytest.approx(want, rel=1e-14)


def test_any_order_by_repetition():
    x = input("x")
    y = elementwise("sin", x)
    for _ in range(8):
        y, = gradient(y, [x])
    assert y is elementwise("sin", x)                              # (sin)⁽⁸⁾ = sin: signs and ones leave nothing behind
    cube = elementwise("pow", x, constant(3))
    for k in range(4):
        cube, = gradient(cube, [x])
    assert cube is constant(0)


def test_jacobians_stay_diagonal():
    x = input("x", (n,))
    y = elementwise("sin", elementwise("exp", x))
    reverse, = jacobian(y, [x], "reverse")
    forward, = jacobian(y, [x], "forward")
    for J in (reverse, forward):
        assert [node.sizes for node in order([J])] == [(n,)]*4 + [(n, n)]
    W = input("W", (d, n))
    layer = elementwise("tanh", dot(W, y))
    J, = jacobian(layer, [x], "reverse")
    assert J.sizes == (d, n) and all(len(node.sizes) <= 2 for node in order([J]))
    H = hessian(total(elementwise("mul", y, y)), [x])[0, 0]
    assert sum(len(node.sizes) == 2 for node in order([H])) == 1
    J, = jacobian(negative(elementwise("relu", elementwise("maximum", x, y))), [x], "reverse")
    assert sum(len(node.sizes) == 2 for node in order([J])) == 1
    verify(lambda v: elementwise("relu", elementwise("maximum", v, elementwise("sin", v))), x=normal(5))


def test_mode_is_the_cheaper_one():
    few, many = input("few", (2,)), input("many", (50,))
    A, B = data(normal(50, 2)), data(normal(2, 50))
    tall = elementwise("tanh", dot(A, elementwise("tanh", few)))
    tall = elementwise("tanh", dot(data(normal(50, 50)), tall))
    wide = elementwise("tanh", dot(B, elementwise("tanh", dot(data(normal(50, 50)), elementwise("tanh", many)))))
    assert jacobian(tall, [few])[0] is jacobian(tall, [few], "forward")[0]
    assert jacobian(wide, [many])[0] is jacobian(wide, [many], "reverse")[0]
    near(*evaluate([jacobian(tall, [few], mode)[0] for mode in ("forward", "reverse")], {"few": normal(2)}), 1e-12)
    with pytest.raises(ArgumentError):
        jacobian(tall, [few], "sideways")


def test_operations():
    x, w = input("X", (n, 3)), input("w", (3,))
    z = dot(x, w)
    assert operations([z], 10) == 30 + 30 and operations([z], {n: 7}) == 21 + 21
    assert operations([elementwise("exp", z)], 10) == 60 + 10*primitives.TABLE["exp"].cost
    assert operations([transpose(x), eye((n,)), contract([x], ["ij"], "kij", {"k": 5})]) == 0


@pytest.mark.parametrize("many", [1, 2, 3, 4])
def test_operations_of_a_product_of_many(many):
    """Of k operands k - 1 products for each pair of labels; a sum is as many additions, an outer product none."""
    operands = [input(f"a{k}", (3, 5)) for k in range(many)]
    assert operations([contract(operands, ["ij"]*many, "i")]) == 15*(many - 1) + 15
    vectors = [input(f"v{k}", (4,)) for k in range(many)]
    assert operations([contract(vectors, "abcd"[:many], "abcd"[:many])]) == 4**many*(many - 1)


def test_unused_and_repeated_wrt():
    x, u = input("x", (3,)), input("u", (n, 2))
    f = total(elementwise("mul", x, x))
    assert gradient(f, [u, x, x]) == (constant(0, (n, 2)), times(constant(2, (3,)), x), times(constant(2, (3,)), x))
    assert jacobian(x, [u])[0] is constant(0, (3, n, 2)) and jacobian(x, [u], "forward")[0] is constant(0, (3, n, 2))
    assert jacobian(x, [x])[0] is eye((3,))
    assert hessian(f, [x, u])[0, 1] is constant(0, (3, n, 2)) and hessian(f, [u])[0, 0].sizes == (n, 2, n, 2)
    assert gradient(constant(3), [x]) == (constant(0, (3,)),)
    assert gradient(input("s"), [input("s")]) == (constant(1),)
    assert jvp([f], [u], [u]) == (constant(0),)


def test_steps_have_derivative_zero():
    x = input("x", (3,))
    f = total(elementwise("mul", elementwise("floor", x), elementwise("gt", x, constant(0, (3,)))))
    assert gradient(f, [x]) == (constant(0, (3,)),)


def test_nothing_moves_behind_a_step():
    x = input("x", (3,))
    stairs = elementwise("floor", x)
    for behind in (arrangement.reshape(stairs, (3, 1)), make(reduction.CUMSUM, (stairs,), (0,)),
                   arrangement.cut(stairs, ((1, 1, 2),)), make(reduction.MAX_REDUCE, (stairs,), (1,))):
        assert jvp([behind], [x], [x])[0] is constant(0, behind.sizes)
        assert jacobian(behind, [x], "forward")[0] is constant(0, (*behind.sizes, 3))
        loss = total(elementwise("mul", behind, total(x)))
        near(*evaluate([hvp(loss, [x], [x])[0], constant(0, (3,))], {"x": [1.5, 0.3, 2]}), 1e-15)


def test_with_respect_to_intermediates():
    x = input("x")
    h = elementwise("mul", x, x)
    f = elementwise("mul", elementwise("exp", h), x)
    in_h, in_x = gradient(f, [h, x])
    forward = [jvp([f], [w], [constant(1)])[0] for w in (h, x)]
    e, p = np.exp(0.49), 0.7
    for got, want in zip(evaluate([in_h, in_x, *forward], {"x": 0.7}), [e*p, e + 2*p*p*e]*2):
        assert got == pytest.approx(want, rel=1e-15)


def test_the_branch_not_taken_stays_out():
    x = input("x", (3,))
    positive = elementwise("gt", x, constant(0, (3,)))
    f = total(elementwise("select", positive, elementwise("log", elementwise("select", positive, x, constant(1, (3,)))),
                          constant(0, (3,))))
    assert evaluate(gradient(f, [x]), {"x": [-1, 0, 2]})[0].tolist() == [0, 0, .5]
    largest = total(elementwise("sqrt", elementwise("maximum", x, constant(0, (3,)))))
    assert evaluate(gradient(largest, [x]), {"x": [-1, 4, 1]})[0].tolist() == [0, .25, .5]


def test_powers():
    x = input("x", (4,))
    for exponent in (0, 1, 2, 3, sp.Rational(5, 2)):
        f = total(elementwise("pow", x, constant(exponent, (4,))))
        got = evaluate(gradient(f, [x]), {"x": [0, 1, 2, 4]})[0]
        np.testing.assert_allclose(got, float(exponent)*np.array([0., 1, 2, 4])**max(float(exponent) - 1, 0))
    verify(lambda v: elementwise("pow", v, constant(3, (2,))), x=np.array([-1.5, 0.5]))


def test_templates_read_by_the_rules():
    a, b = sp.symbols("a b")
    p, q = input("p"), input("q")

    def made(formula):
        return Template(formula, (a, b))((p, q))
    one = constant(1)
    assert made(a - b) is elementwise("sub", p, q) and made(b - a) is elementwise("sub", q, p)
    assert made(-a) is elementwise("neg", p) and made(a/b) is elementwise("div", p, q)
    assert made(1/a) is elementwise("div", one, p) and made(sp.sqrt(a)) is elementwise("sqrt", p)
    assert made(1 - a) is elementwise("sub", one, p) and made(a - 1) is elementwise("sub", p, one)
    assert made(a**2) is elementwise("pow", p, constant(2)) and made(sp.exp(a)) is elementwise("exp", p)
    assert made(a) is p and made(b) is q and made(sp.Integer(3)) is constant(3)
    assert made(1/(2*a)) is elementwise("div", one, elementwise("mul", constant(2), p))
    assert made(sp.Rational(1, 2)*a) is elementwise("mul", constant(sp.Rational(1, 2)), p)
    assert made(sp.Piecewise((a, a > b), (0, True))) is elementwise("select", elementwise("gt", p, q), p, constant(0))


def test_errors():
    x = input("x", (3,))
    with pytest.raises(NoDerivative, match="jacobian"):
        gradient(x, [x])
    with pytest.raises(SizeMismatch):
        jvp([x], [x], [constant(1, (2,))])
    with pytest.raises(ArgumentError):
        vjp([x], [x], [])


def test_products_with_vectors():
    X, y, w, b = INPUTS
    loss = logistic(*INPUTS)
    v, c = input("v", (d,)), input("c")
    product = hvp(loss, [w, b], [v, c])
    blocks = hessian(loss, [w, b])
    values = VALUES | {"v": normal(3, seed=9), "c": np.array(-0.4)}
    a, g = evaluate(product, values)
    ww, wb, bb = evaluate([blocks[0, 0], blocks[0, 1], blocks[1, 1]], values)
    near(a, ww @ values["v"] + wb*values["c"], 1e-13)
    near(g, wb @ values["v"] + bb*values["c"], 1e-13)
    reverse = gradient(total(elementwise("mul", gradient(loss, [w])[0], v)), [w])[0]
    forward = jvp(gradient(loss, [w]), [w], [v])[0]
    near(*evaluate([forward, reverse], values), 1e-13)


def test_fan_out_is_added_once():
    x = input("x")
    squares = [elementwise("mul", x, x)]*3
    node = plus(plus(squares[0], squares[1]), squares[2])
    assert evaluate(gradient(node, [x]), {"x": 2.0})[0] == 12
    assert pullback(elementwise("mul", x, input("z")), constant(1), (), {x}) == [input("z"), None]


def size_of(outputs):
    return len(order(outputs))


def chain(length):
    x = node = input("x")
    for k in range(length):
        node = elementwise("sin" if k % 2 else "tanh", node)
    return x, node


@pytest.mark.nightly
def test_long_chains():
    x, node = chain(100_000)
    assert size_of(gradient(node, [x])) < 500_000
    x, node = chain(5_000)
    reverse, forward = evaluate([*gradient(node, [x]), *jvp([node], [x], [constant(1)])], {"x": 0.5})
    assert 0 < reverse < 1 and reverse == pytest.approx(forward, rel=1e-11)


def test_doublings():
    x = input("x")
    node = x
    for k in range(1000):
        node = elementwise("mul", node, constant(0.5)) if k % 2 else elementwise("add", node, elementwise("sin", node))
    first = gradient(node, [x])
    assert size_of(first) < 6000 and size_of(hvp(node, [x], [x])) < 30000
    assert np.isfinite(evaluate(first, {"x": 0.5})[0])


def test_derivatives_are_linear_in_the_graph():
    def sizes_at(length):
        x, v = input("x", (4,)), input("v", (4,))
        W, node = input("W", (4, 4)), x
        for _ in range(length):
            node = elementwise("tanh", dot(W, node))
        f = total(node)
        graphs = gradient(f, [x, W]), hvp(f, [x], [v]), jacobian(node, [x], "forward")
        return np.array([size_of(outputs) for outputs in graphs])
    short, long = sizes_at(20), sizes_at(40)
    assert np.all(long <= 2*short + 10)


def test_same_graph_on_every_run():
    program = """
import symdiff.primitives
from symdiff.derive import gradient, hessian
from symdiff.graph import digest
from symdiff.primitives.build import elementwise, matmul, total
from symdiff.primitives.leaf import input
A, B, x = input("A", (3, 3)), input("B", (3, 3)), input("x", (3,))
f = total(elementwise("sin", matmul(elementwise("exp", A), matmul(B, elementwise("tanh", A)))))
print([digest(g).hex() for g in (*gradient(f, [A, B]), *hessian(f, [A, B]).values())])
"""
    runs = []
    for seed in ("0", "1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        runs.append(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True,
                                   env=environment).stdout)
    assert len(set(runs)) == 1 and len(runs[0]) > 100


def test_batched_seed_of_a_contraction():
    a, b = normal(2, 3), normal(3, 2)
    verify(lambda p, q: contract([p, q], ["ij", "jk"], "ki"), a=a, b=b)


def test_signs_stand_in_front_of_the_gradients_sums_and_products():
    """So that the passes after `derive` need not move each of them outwards, and with it all that is built on it."""
    x, y = input("x"), input("y")
    for seed in range(20):
        chance, made = np.random.default_rng(seed), [x, y]
        for _ in range(60):
            a, b = (made[-1 - min(k, len(made) - 1)] for k in chance.integers(8, size=2))
            made.append((plus, lambda a, b: elementwise("sub", a, b), times, lambda a, b: elementwise("sin", a))
                        [chance.integers(4)](a, b))
        for node in order(gradient(made[-1], [x, y])):
            if node.op.name in ("add", "sub", "mul"):
                assert all(i.op.name != "neg" for i in node.inputs), seed


@pytest.mark.parametrize("made, plain", [
    (lambda a, b: plus(negative(a), b), lambda a, b: elementwise("sub", b, a)),
    (lambda a, b: plus(a, negative(b)), lambda a, b: elementwise("sub", a, b)),
    (lambda a, b: plus(negative(a), negative(b)), lambda a, b: negative(elementwise("add", a, b))),
    (lambda a, b: times(negative(a), b), lambda a, b: negative(elementwise("mul", a, b))),
    (lambda a, b: times(negative(a), negative(b)), lambda a, b: elementwise("mul", a, b))])
def test_negatives_in_sums_and_products(made, plain):
    a, b = input("a"), input("b")
    assert made(a, b) is plain(a, b)
