"""Losses and penalties against NumPy and SciPy written by hand, their slopes against the tape and differences, and the
tails."""
import numpy as np
import pytest
import scipy.special as special

import symdiff as sd
from symdiff.derive import gradient
from symdiff.evaluate import evaluate
from symdiff.models import losses as L
from symdiff.primitives.leaf import input as input_node
from symdiff.read import read

RNG = np.random.default_rng(3)
N = 9
s, y, r = sd.array("s", N), sd.array("y", N), sd.array("r", N)
SCORE, SIGN, R = RNG.normal(size=N)*2, np.sign(RNG.normal(size=N)), RNG.normal(size=N)*2
ZERO_ONE = (SIGN + 1)/2


def value(expression, **values):
    return evaluate([read(expression)], values)[0]


def slope(expression, name, *sizes, **values):
    wrt, = gradient(read(sd.sum(expression) if expression.sizes else expression), [input_node(name, sizes)])
    return evaluate([wrt], values)[0]


def theirs_focal(z, gamma):
    p = np.where(ZERO_ONE == 1, special.expit(z), special.expit(-z))
    return -(1 - p)**gamma*np.log(p)


CASES = [
    ("hinge", L.hinge(y, s), "s", lambda s: np.maximum(0, 1 - SIGN*s)),
    ("squared hinge", L.squared_hinge(y, s), "s", lambda s: np.maximum(0, 1 - SIGN*s)**2),
    ("perceptron", L.perceptron(y, s), "s", lambda s: np.maximum(0, -SIGN*s)),
    ("huber", L.huber(r, 1.5), "r", lambda r: special.huber(1.5, r)),
    ("log cosh", L.log_cosh(r), "r", lambda r: np.log(np.cosh(r))),
    ("quantile", L.quantile(r, 0.9), "r", lambda r: np.where(r > 0, 0.9*r, -0.1*r)),
]


@pytest.mark.parametrize("name, loss, wrt, theirs", CASES, ids=lambda c: c if isinstance(c, str) else "")
def test_loss_and_slope(name, loss, wrt, theirs):
    values = {"s": SCORE, "y": SIGN} if wrt == "s" else {"r": R}
    np.testing.assert_allclose(value(loss, **values), theirs(values[wrt]), rtol=1e-12, atol=1e-14)
    step = 1e-6
    differences = (theirs(values[wrt] + step) - theirs(values[wrt] - step))/(2*step)
    np.testing.assert_allclose(slope(loss, wrt, N, **values), differences, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("gamma", [0, 2, 0.5])
def test_focal(gamma):
    np.testing.assert_allclose(value(L.focal(y, s, gamma), y=ZERO_ONE, s=SCORE), theirs_focal(SCORE, gamma), rtol=1e-12)
    weighed = np.where(ZERO_ONE == 1, 0.25, 0.75)*theirs_focal(SCORE, gamma)
    np.testing.assert_allclose(value(L.focal(y, s, gamma, 0.25), y=ZERO_ONE, s=SCORE), weighed, rtol=1e-12)


def test_tails():
    far = np.array([-1e200, -800, -30, -1e-9, 0, 1e-9, 30, 800, 1e200])
    np.testing.assert_allclose(value(L.huber(r), r=far), special.huber(1, far), rtol=1e-15)
    np.testing.assert_allclose(slope(L.huber(r), "r", N, r=far), np.clip(far, -1, 1), rtol=1e-15)
    expected = np.where(np.abs(far) < 1, np.clip(far, -1, 1)**2/2, np.abs(far) - np.log(2))
    np.testing.assert_allclose(value(L.log_cosh(r), r=far), expected, rtol=1e-14)
    np.testing.assert_allclose(slope(L.log_cosh(r), "r", N, r=far), np.tanh(far), rtol=1e-14)
    ones = np.ones(N)
    np.testing.assert_allclose(value(L.focal(y, s), y=ones, s=np.linspace(-800, -100, N)), np.linspace(800, 100, N),
                               rtol=1e-15)
    assert np.isfinite(slope(L.focal(y, s), "s", N, y=ones, s=np.linspace(-900, 900, N))).all()


def test_slopes_at_kinks_and_joints():
    """The subgradient of least norm at a margin; 1 at the joint of Huber's two parts."""
    np.testing.assert_array_equal(slope(L.hinge(y, s), "s", N, y=np.ones(N), s=np.ones(N)), np.zeros(N))
    np.testing.assert_allclose(slope(L.huber(r, 2), "r", N, r=np.full(N, 2.0)), np.full(N, 2.0))
    np.testing.assert_allclose(slope(L.log_cosh(r), "r", N, r=np.ones(N)), np.full(N, np.tanh(1)), rtol=1e-14)


def test_kl():
    p, q = sd.array("p", 4), sd.array("q", 4)
    P, Q = np.array([0.5, 0.25, 0.25, 0]), np.array([0.1, 0.2, 0.3, 0.4])
    np.testing.assert_allclose(value(L.kl(p, q), p=P, q=Q), special.rel_entr(P, Q).sum(), rtol=1e-13)
    A, B = np.array([1., 0, -800, 2]), np.array([0., 1, 900, -1])
    a, b = special.log_softmax(A), special.log_softmax(B)
    np.testing.assert_allclose(value(L.kl_of_logits(p, q), p=A, q=B), np.sum(np.exp(a)*(a - b)), rtol=1e-13)


def theirs_cox(score, time, event):
    return -sum(score[i] - np.log(np.exp(score[time >= time[i]]).sum()) for i in range(len(time)) if event[i])


def test_cox_with_ties_and_censored():
    n = sd.sizes("n")
    a, t, e = (sd.array(name, n) for name in "ate")
    time, event = np.array([3., 1, 1, 2, 5, 5, 2, 4, 1]), np.array([1., 1, 1, 0, 0, 1, 1, 1, 0])
    loss = L.cox(a, t, e)
    np.testing.assert_allclose(value(loss, a=SCORE, t=time, e=event), theirs_cox(SCORE, time, event), rtol=1e-13)
    differences = [(theirs_cox(SCORE + h, time, event) - theirs_cox(SCORE - h, time, event))/2e-6
                   for h in np.eye(N)*1e-6]
    np.testing.assert_allclose(slope(loss, "a", n, a=SCORE, t=time, e=event), differences, atol=1e-8)


def test_cox_far_out_and_compiled():
    """Scores whose exponentials overflow; the derivative is that of a sum of softmaxes."""
    n = sd.sizes("n")
    a, t, e = (sd.array(name, n) for name in "ate")
    score, time = np.array([900., -900, 0]), np.array([1., 2, 3])
    f = sd.compile(L.cox(a, t, e), wrt=[a])
    found, slopes = f.value_and_grad(a=score, t=time, e=np.ones(3))
    assert found == 900.0
    np.testing.assert_allclose(slopes["a"], [0, -1, 1], atol=1e-12)


@pytest.mark.parametrize("penalty, theirs", [
    (L.l1([s, r], 3), lambda: 3*(np.abs(SCORE).sum() + np.abs(R).sum())),
    (L.l2([s, r], 3), lambda: 1.5*((SCORE**2).sum() + (R**2).sum())),
    (L.elastic_net([s, r], 3, 0.25), lambda: 0.75*(np.abs(SCORE).sum() + np.abs(R).sum())
     + 1.125*((SCORE**2).sum() + (R**2).sum())),
    (L.l2(s), lambda: (SCORE**2).sum()/2),
])
def test_penalties(penalty, theirs):
    np.testing.assert_allclose(value(penalty, s=SCORE, r=R), theirs(), rtol=1e-14)


@pytest.mark.parametrize("make, part", [
    (lambda: L.quantile(r, 1.5), "level"), (lambda: L.elastic_net(r, 1, -1), "ratio"), (lambda: L.l1([]), "no weights"),
])
def test_refused(make, part):
    with pytest.raises(sd.ArgumentError, match=part):
        make()


def test_cox_of_columns_is_refused():
    with pytest.raises(sd.SizeMismatch, match="three vectors"):
        L.cox(sd.array("S", N, 1), y, s)
