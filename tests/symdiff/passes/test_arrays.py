"""Rewrites along axes: what they become, and their values where the typed form fails."""
import numpy as np
import pytest
from scipy.special import log_softmax, logsumexp, softmax

from symdiff import derive
from symdiff.evaluate import evaluate
from symdiff.graph import make, order
from symdiff.passes import AFTER, run
from symdiff.primitives.build import elementwise, swap, total
from symdiff.primitives.contraction import contract
from symdiff.primitives.leaf import input
from symdiff.primitives.record import TABLE
from symdiff.primitives.reduction import MAX_REDUCE, prod, reduce_axes

x = input("x", (3, 4))
HARD = np.array([[800.0, 799.0, -5.0, 0.0], [-900.0, -901.0, -1000.0, -950.0], [1e5, 1.0, 2.0, 3.0]])


def exp(a):
    return elementwise("exp", a)


def log(a):
    return elementwise("log", a)


def stable(node):
    (new,), _ = run((node,))
    return new


def value(node, **values):
    return evaluate((stable(node),), values)[0]


def ops(node):
    return {n.op.name for n in order((node,))}


@pytest.mark.parametrize("axes", [(0,), (1,), (0, 1)])
@pytest.mark.parametrize("keep", [False, True])
def test_logsumexp(axes, keep):
    node = log(total(exp(x), axes, keep))
    np.testing.assert_allclose(value(node, x=HARD), logsumexp(HARD, axes, keepdims=keep), rtol=1e-15)


@pytest.mark.parametrize("keep", [False, True])
def test_shift_by_hand(keep):
    top = reduce_axes(MAX_REDUCE, x, (1,), True)
    inner = log(total(exp(elementwise("sub", x, top)), (1,), keep))
    node = elementwise("add", inner, top if keep else reduce_axes(MAX_REDUCE, x, (1,)))
    assert "max_reduce" not in ops(stable(node))
    np.testing.assert_allclose(value(node, x=HARD), logsumexp(HARD, 1, keepdims=keep), rtol=1e-15)


@pytest.mark.parametrize("axes", [(0,), (1,), (0, 1)])
@pytest.mark.parametrize("shift", [False, True])
def test_softmax(axes, shift):
    z = elementwise("sub", x, reduce_axes(MAX_REDUCE, x, axes, True)) if shift else x
    node = elementwise("div", exp(z), total(exp(z), axes, True))
    assert "max_reduce" not in ops(stable(node)) and "exp" not in ops(stable(node))
    np.testing.assert_allclose(value(node, x=HARD), softmax(HARD, axes), rtol=1e-14)
    np.testing.assert_allclose(value(log(node), x=HARD), log_softmax(HARD, axes), rtol=1e-12)
    less = elementwise("sub", x, log(total(exp(x), axes, True)))
    np.testing.assert_allclose(value(less, x=HARD), log_softmax(HARD, axes), rtol=1e-12)
    assert "logsumexp" not in ops(stable(less))
    np.testing.assert_allclose(value(exp(less), x=HARD), softmax(HARD, axes), rtol=1e-14)


def test_weighted_share_and_mean():
    node = log(elementwise("div", total(exp(x), (1,)), elementwise("add", input("n"), input("n"))))
    assert "logsumexp" in ops(stable(node))
    np.testing.assert_allclose(value(node, x=HARD, n=2.0), logsumexp(HARD, 1) - np.log(4.0), rtol=1e-15)


def test_cross_entropy_and_its_gradient():
    t = input("t", (3, 4))
    share = elementwise("div", exp(x), total(exp(x), (1,), True))
    loss = elementwise("neg", total(elementwise("mul", t, log(share))))
    (loss,), _ = run((loss,))
    gradient, _ = run(derive.gradient(loss, [x]), AFTER)
    assert {"log_softmax"} <= ops(loss) and ops(gradient[0]) <= {"input", "contract", "mul", "sub", "softmax"}
    T = np.eye(4)[[1, 0, 2]]
    f, g = evaluate((loss, *gradient), {"x": HARD, "t": T})
    np.testing.assert_allclose(f, -np.sum(T*log_softmax(HARD, 1)), rtol=1e-14)
    np.testing.assert_allclose(g, softmax(HARD, 1) - T, rtol=1e-13, atol=1e-300)


def test_inverse_and_determinant():
    A, b = input("A", (3, 3)), input("b", (3,))
    inverse = make(TABLE["inv"], (A,))
    M = np.array([[2.0, 1, 0], [0, 3, 1], [1, 0, 4]])
    v = np.array([1.0, 2, 3])
    for node, want in ((contract([inverse, b], ["ij", "j"], "i"), np.linalg.solve(M, v)),
                       (contract([inverse, b], ["ij", "i"], "j"), np.linalg.solve(M.T, v)),
                       (contract([inverse, A], ["ij", "jk"], "ik"), np.eye(3)),
                       (contract([inverse, A], ["ij", "jk"], "ki"), np.eye(3)),
                       (contract([swap(inverse), A], ["ij", "jk"], "ik"), np.linalg.solve(M.T, M))):
        assert "inv" not in ops(stable(node)) and "solve" in ops(stable(node))
        np.testing.assert_allclose(value(node, A=M, b=v), want, atol=1e-15)
    assert stable(make(TABLE["inv"], (inverse,))) is A
    logdet = log(make(TABLE["det"], (A,)))
    np.testing.assert_allclose(value(logdet, A=1e150*M), np.linalg.slogdet(1e150*M)[1])
    assert np.isnan(value(logdet, A=-M))


def test_elementwise_moves_below_repetition():
    """f of something repeated is f, repeated: computed once, and a rule sees through it."""
    repeated = contract([input("h", (4,))], ["j"], "ij", {"i": 3})
    new = stable(elementwise("add", x, log(elementwise("add", elementwise("exp", repeated), input("c")))))
    assert {n.sizes for n in order((new,)) if n.op.name in ("log", "exp", "logaddexp")} == {(4,)}
    (new,), fired = run((elementwise("mul", x, log(elementwise("sigmoid", repeated))),))
    assert [f.rule for f in fired] == ["log(sigmoid(x))"]
    assert {n.sizes for n in order((new,)) if n.op.name == "softplus"} == {(4,)}


@pytest.mark.parametrize("axes, keep", [(None, False), ((0,), False), ((1,), False), ((1,), True)])
def test_log_of_a_product(axes, keep):
    node = log(prod(x, axes, keep))
    data = np.random.default_rng(0).uniform(0.5, 2, (3, 4))*1e150
    np.testing.assert_allclose(value(node, x=data), np.sum(np.log(data), axes, keepdims=keep), rtol=1e-14)
    assert np.isnan(value(log(prod(x)), x=np.where(np.arange(12).reshape(3, 4) == 5, -data, data)))
    positive = stable(log(prod(exp(x), axes, keep)))
    assert not ops(positive) & {"recurrence", "exp", "log"}
