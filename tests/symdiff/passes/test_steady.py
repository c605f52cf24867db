"""Second derivatives of logsumexp and softmax, and first ones of log softmax, entry by entry against 150 digits.

Where one entry is far above the others its p is close to 1, and p − p² or v − Σ p·v as they stand keep few digits.
"""
import mpmath
import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff import derive, passes
from symdiff.evaluate import evaluate
from symdiff.graph import check, make, order
from symdiff.passes.steady import steady, unmarked
from symdiff.primitives.leaf import input
from symdiff.primitives.reduction import LOG_SOFTMAX, SOFTMAX

n, d, k = sd.sizes("n d k")
x, A, w, X, W, T = (sd.array(name, *sizes) for name, sizes in (
    ("x", (n,)), ("A", (n, d)), ("w", (d,)), ("X", (n, d)), ("W", (d, k)), ("T", (n, k))))
exact = np.frompyfunc(mpmath.mpf, 1, 1)
POINTS = {"13.6 apart": [13.6, 0.0, -0.3, 0.2, -1.1], "30 apart": [-2.0, 28.0, -1.5, -2.5, -3.0],
          "100 apart": [0.0, 1.0, 2.0, 3.0, 103.0], "two above": [20.0, 20.0, 0.0, 1.0, -1.0],
          "almost two": [20.0, 20.125, 0.0, 1.0, -1.0], "alike": [0.1, 0.2, 0.0, -0.1, 0.15]}
VECTOR = np.array([0.7, -1.25, 0.5, 2.0, -0.375])
each = pytest.mark.parametrize("name", POINTS)


@pytest.fixture(autouse=True)
def digits():
    with mpmath.workdps(150):
        yield


def softmax(z):
    """Along the last axis, in mpmath's numbers."""
    e = np.frompyfunc(mpmath.exp, 1, 1)(z - np.max(z, -1, keepdims=True))
    return e/np.sum(e, -1, keepdims=True)


def curvature(p):
    """diag(p) − p·pᵀ, for each row."""
    return p[..., :, None]*(np.eye(p.shape[-1], dtype=int) - p[..., None, :])


def close(ours, wanted, ulps=32, scale=None):
    """Each entry to so many units in the last place of itself, or of its `scale`."""
    wanted = np.asarray(wanted, object)
    gap = np.abs(exact(np.asarray(ours, float)) - wanted)
    scale = np.abs(wanted) if scale is None else scale
    assert np.shape(ours) == wanted.shape and (gap <= ulps*2.0**-52*scale).all(), (ours, wanted)


@each
def test_hessian_of_logsumexp(name):
    values = {"x": POINTS[name]}
    for e in (sd.logsumexp(x), sp.log(sd.sum(sp.exp(x)))):
        close(sd.compile(e, wrt=[x]).hess(values)["x", "x"], curvature(softmax(exact(POINTS[name]))))


@each
def test_products_with_a_vector(name):
    """J·v for the J of a softmax, in both modes and as the Hessian of logsumexp: to units of Σ |J|·|v|."""
    J, values = curvature(softmax(exact(POINTS[name]))), {"x": POINTS[name]}
    wanted, scale = J @ exact(VECTOR), np.abs(J) @ np.abs(VECTOR)
    close(sd.compile(sd.logsumexp(x), wrt=[x]).hvp({"x": VECTOR}, values)["x"], wanted, scale=scale)
    f = sd.compile(sd.softmax(x), wrt=[x])
    close(f.jvp({"x": VECTOR}, values), wanted, scale=scale)
    close(f.vjp(VECTOR, values)["x"], wanted, scale=scale)


@each
def test_jacobians(name):
    p, values = softmax(exact(POINTS[name])), {"x": POINTS[name]}
    for mode in ("forward", "reverse"):
        close(sd.compile(sd.softmax(x), wrt=[x], mode=mode).jac(values)["x"], curvature(p))
        close(sd.compile(sd.log_softmax(x), wrt=[x], mode=mode).jac(values)["x"], np.eye(5, dtype=int) - p[None, :])
    f = sd.compile(sd.log_softmax(x), wrt=[x])
    J = np.eye(5, dtype=int) - p[None, :]
    close(f.jvp({"x": VECTOR}, values), J @ exact(VECTOR), scale=np.abs(J) @ np.abs(VECTOR))
    close(f.vjp(VECTOR, values)["x"], J.T @ exact(VECTOR), scale=np.abs(J.T) @ np.abs(VECTOR))


@each
def test_hessian_through_a_product(name):
    """wᵀ ↦ logsumexp(A w): Aᵀ·J·A, to units of |A|ᵀ·|J|·|A|."""
    rng = np.random.default_rng(3)
    matrix = np.round(rng.normal(size=(5, 3)), 3)
    matrix[:, 0] = POINTS[name]
    values = {"A": matrix, "w": [1.0, 0.0, 0.0]}
    J, M = curvature(softmax(exact(POINTS[name]))), exact(matrix)
    f = sd.compile(sd.logsumexp(A @ w), wrt=[w])
    wanted, scale = M.T @ J @ M, np.abs(M).T @ np.abs(J) @ np.abs(M)
    close(f.hess(values)["w", "w"], wanted, scale=scale)
    close(f.hvp({"w": VECTOR[:3]}, values)["w"], wanted @ exact(VECTOR[:3]), scale=scale @ np.abs(VECTOR[:3]))


@each
@pytest.mark.parametrize("form", [
    lambda z: -sd.sum(T*sd.log_softmax(z, axis=1)), lambda z: -sd.sum(T*sp.log(sd.softmax(z, axis=1))),
    lambda z: sd.sum(sd.logsumexp(z, axis=1)) - sd.sum(T*z)])
def test_hessian_of_the_cross_entropy_of_logits(name, form):
    """Σ_r X_ri·X_rj·J_r, of two rows whose scores are the point and its half."""
    W0 = np.array([POINTS[name]])
    values = {"X": [[1.0], [0.5]], "W": W0, "T": np.eye(5)[[0, 3]]}
    J = curvature(softmax(exact(np.array([[1.0], [0.5]])) @ exact(W0)))
    wanted = J[0] + J[1]/4
    f = sd.compile(form(X @ W), wrt=[W])
    close(f.hess(values)["W", "W"].reshape(5, 5), wanted)
    scale = np.abs(J[0] + J[1]/4) @ np.abs(VECTOR)
    close(f.hvp({"W": VECTOR[None]}, values)["W"][0], wanted @ exact(VECTOR), scale=scale)


def test_several_axes_and_symbols_beside():
    """Over two axes of three, seeded with the identity and with a vector: as the plain form, where nothing cancels."""
    s = input("s", (2, 3, 2))
    for block in (SOFTMAX, LOG_SOFTMAX):
        for count in (1, 2, 3):
            plain = make(block, (s,), (count,))
            for mode in ("forward", "reverse"):
                ours, = derive.jacobian(steady((plain,))[0], [s], mode)
                other, = derive.jacobian(plain, [s], mode)
                values = {"s": np.random.default_rng(0).normal(size=(2, 3, 2))}
                one, two = evaluate(check(passes.run((ours, other), passes.AFTER)[0]), values)
                np.testing.assert_allclose(one, two, rtol=1e-13, atol=1e-16)


@each
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_the_graph_itself(name, mode):
    """Evaluated by NumPy, without the compiler and what it remembers."""
    s, p = input("s", (5,)), softmax(exact(POINTS[name]))
    for block, wanted in ((SOFTMAX, curvature(p)), (LOG_SOFTMAX, np.eye(5, dtype=int) - p[None, :])):
        made, = derive.jacobian(steady((make(block, (s,), (1,)),))[0], [s], mode)
        close(evaluate(passes.run((made,), passes.AFTER)[0], {"s": np.array(POINTS[name])})[0], wanted)


def test_marks_go():
    s = input("s", (4,))
    node = make(SOFTMAX, (s,), (1,))
    marked, = steady((node,))
    assert marked is not node and steady((marked,)) == (marked,) and unmarked((marked,)) == (node,)
    assert not any(i.op.name == "select" for i in order(derive.jacobian(node, [s])))         # the plain form is short
    made = passes.run(derive.jacobian(marked, [s]), passes.AFTER)[0]
    assert [i.attributes for i in order(made) if i.op is SOFTMAX] == [(1,)]


def test_gradients_cost_what_they_did():
    """What is differentiated once by one sweep backward has no choices."""
    f = sd.compile(sd.sum((sd.softmax(X @ W, axis=1) - T)**2), wrt=[W])
    assert not any(node.op.name == "select" for node in order(f.problem.graph("grad")))
    assert any(node.op.name == "select" for node in order(f.problem.graph("hvp")))
