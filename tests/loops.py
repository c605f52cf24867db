"""Loops for the tests of symdiff and of codegen: name -> (a function that makes the expression, values)."""
import numpy as np

import symdiff as sd

n, m = sd.sizes("n m")


def normal(*shape, seed=2):
    return np.random.default_rng(seed).normal(size=shape)


def recurrent(reverse=False):
    """A network of one layer, whose states and whose last state are used."""
    X, W, h0, b = sd.array("X", n, 2), sd.array("W", 3, 3), sd.array("h0", 3), sd.array("b")
    U = sd.array("U", 3, 2)
    h, states = sd.scan(lambda h, x: (sd.tanh(W @ h + U @ x + sd.exp(b)),)*2, h0, X, reverse=reverse)
    weights = sd.array("c", n, 3)
    return sd.sum(weights*states**2) + sd.sum(h)


def batches():
    """States with an axis for the batch, of symbolic length; targets gone through beside the inputs."""
    X, Y, W, V = sd.array("X", n, m, 2), sd.array("Y", n, m), sd.array("W", 2, 2), sd.array("V", 2)

    def step(h, xy):
        h = sd.tanh(xy[0] + h @ W)
        return h, sd.sum((h @ V - xy[1])**2)

    return sd.sum(sd.scan(step, sd.broadcast_to(0, (m, 2)), (X, Y))[1])


def gates():
    """A state of several arrays; what is computed from parameters alone is the same in every step."""
    X, W, c = sd.array("X", n, 3), sd.array("W", 4, 3), sd.array("c", 3)

    def step(s, x):
        forget = 1/(1 + sd.exp(-(W[0]*x + W[1]*s["h"])))
        cell = forget*s["c"] + (1 - forget)*sd.tanh(sd.exp(W[2])*x + W[3])
        return {"h": sd.tanh(cell), "c": cell}, (sd.sum(cell*x), cell[0])

    last, (sums, firsts) = sd.scan(step, {"h": c, "c": np.zeros(3)}, X)
    return sd.sum(last["h"]*last["c"]) + sd.sum(sums*firsts)


def numbers():
    """A state of one number, no arrays to go through: Newton's iteration."""
    a = sd.array("a")
    root, errors = sd.scan(lambda x, _: ((x + a/x)/2, x**2 - a), 1.0, length=6)
    return root + sd.sum(errors)


def outputs_of_one_step():
    """Results that are no function of the state, the same in every step, or the position itself."""
    x, w = sd.array("x", n), sd.array("w", 2)
    total, (plain, same, state, place) = sd.scan(
        lambda s, e: (s + e[0]**2, (e[0]*w, w**2, s, e[1]*e[0])), sd.array("s"), (x, sd.arange(n)))
    return total**2 + sd.sum(plain**2) + sd.sum(same) + sd.sum(state*x) + sd.sum(place)


def nested():
    """A loop in the step of a loop, over an array of the outer step and one from outside."""
    A, x, w = sd.array("A", n, 3, 2), sd.array("x", 3, 2), sd.array("w", 2)

    def step(s, a):
        inner, kept = sd.scan(lambda r, e: (sd.sin(r*w + e[0]*s), r*e[1]), s, (a, x))
        return inner + 0.1*s, sd.sum(kept*inner)

    last, sums = sd.scan(step, sd.array("s", 2), A)
    return sd.sum(last**2) + sd.sum(sums**2)


def branches():
    """Choices, rows taken by number, softmax, a maximum; the length is known."""
    x, E, p = sd.array("x", 5, 3), sd.array("E", 4, 3), sd.array("p", 3)

    def step(s, e):
        row = sd.take(E, e[1], 0)
        s = sd.softmax(s + sd.where(e[0] > 0, sd.exp(e[0]), row))
        return s, sd.max(s*row) + sd.logsumexp(e[0] + s)

    return sd.sum(sd.scan(step, p, (x, np.array([0.0, 3, 1, 1, 2])))[1])


def filtered():
    """Matrices as states, and a system solved in every step: a Kalman filter."""
    Y, A, Q = sd.array("Y", n, 2), sd.array("A", 2, 2), sd.array("Q", 2, 2)

    def step(s, y):
        mean, cov = A @ s[0], A @ s[1] @ A.T + Q @ Q.T + np.eye(2)
        gap = y - mean
        gain = sd.solve(cov + np.eye(2), cov)
        nll = gap @ sd.solve(cov + np.eye(2), gap) + sd.logdet(cov + np.eye(2))
        return (mean + gain.T @ gap, cov - cov @ gain), nll

    return sd.sum(sd.scan(step, (sd.array("m0", 2), np.eye(2)), Y)[1])


LOOPS = {
    "recurrent": (recurrent, dict(X=normal(4, 2), W=normal(3, 3, seed=3), U=normal(3, 2, seed=8), h0=normal(3), b=0.3,
                                  c=normal(4, 3))),
    "recurrent backwards": (lambda: recurrent(True), dict(X=normal(4, 2), W=normal(3, 3, seed=3), U=normal(3, 2),
                                                          h0=normal(3), b=0.3, c=normal(4, 3))),
    "batches": (batches, dict(X=normal(4, 3, 2), Y=normal(4, 3), W=normal(2, 2), V=normal(2))),
    "gates": (gates, dict(X=normal(5, 3), W=normal(4, 3), c=normal(3))),
    "numbers": (numbers, dict(a=2.3)),
    "outputs of one step": (outputs_of_one_step, dict(x=normal(4), w=normal(2), s=0.7)),
    "nested": (nested, dict(A=normal(3, 3, 2), x=normal(3, 2), w=normal(2), s=normal(2))),
    "branches": (branches, dict(x=normal(5, 3), E=normal(4, 3), p=normal(3))),
    "filtered": (filtered, dict(Y=normal(4, 2), A=normal(2, 2)/2, Q=normal(2, 2), m0=normal(2))),
}
