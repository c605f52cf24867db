"""Nothing goes in; steps of training per second come out, ours beside a loop in PyTorch and one in JAX where installed.

A network of 13, 16 and 1 units on 297 rows, in batches of 32, by Adam, in float64: small enough that a framework's
time goes into its calls.
"""
import time

import numpy as np

from symdiff.model import Model

from ..train.draws import Draws
from ..train.machine import Machine
from ..train.methods import DESCENT
from ..train.task import Task
from .measures import Measure

ROWS, INPUTS, HIDDEN, BATCH, RATE, SEED = 297, 13, 16, 32, 1e-3, 0
BETAS, EPSILON = (0.9, 0.999), 1e-8
SECONDS, REPEATS, REACH = 0.3, 5, 20


def training_measures():
    """Steps per second, and how many times those of a loop in PyTorch and in JAX."""
    rng = np.random.default_rng(SEED)
    X, y = rng.normal(size=(ROWS, INPUTS)), (rng.random(ROWS) < 0.5).astype(float)
    start = {"W": rng.normal(size=(INPUTS, HIDDEN))/4, "b": np.zeros(HIDDEN), "v": rng.normal(size=HIDDEN)/4, "c": 0.0}
    what = f"steps of Adam, {INPUTS}-{HIDDEN}-1, batch {BATCH}"
    ours = rate(*_ours(X, y, start))
    yield Measure(f"training, {what}", ours, "per second")
    for name, rival in (("PyTorch", _torch), ("JAX, batch from NumPy", _jax), ("JAX, batch inside jit", _jax_inside)):
        try:
            epoch, steps = rival(X, y, start)
        except ImportError:
            continue
        yield Measure(f"training, times the steps of a loop in {name}", ours/rate(epoch, steps), "", REACH, True)


def rate(epoch, steps):
    """Steps per second of a function that takes so many: the best of some repeats, after a call that does not count."""
    epoch()
    best = 0.0
    for _ in range(REPEATS):
        began, done = time.perf_counter(), 0
        while time.perf_counter() - began < SECONDS/REPEATS:
            epoch()
            done += steps
        best = max(best, done/(time.perf_counter() - began))
    return best


def _ours(X, y, start):
    """(a function that trains for 100 epochs, its steps)."""
    model = Model("p = sigmoid(tanh(X @ W + b) @ v + c)", loss="-mean(y*log(p) + (1 - y)*log(1 - p))",
                  parameters={"W": (INPUTS, HIDDEN), "b": (HIDDEN,), "v": (HIDDEN,), "c": ()},
                  data={"X": ("n", INPUTS), "y": ("n",)})
    task = Task(model, {"X": X, "y": y})
    machine = Machine(task, BATCH, DESCENT["adam"].code, (0.0, *BETAS, EPSILON, 0.0, 0.0, 1.0, 1.0), None, True)
    machine.start(task.flat.pack(start), task.kept.first, SEED)
    rates, losses = np.full(100*machine.steps, RATE), np.zeros(100)
    return lambda: machine.run(rates, losses), 100*machine.steps


def _batches(draws):
    """The row numbers of each batch of an epoch."""
    order = draws.order(ROWS)
    return [order[k:k + BATCH] for k in range(0, ROWS, BATCH)]


def _torch(X, y, start):
    import torch
    torch.set_num_threads(1)                                    # quicker than more, for so little work
    X, y = torch.tensor(X), torch.tensor(y)
    W, b, v, c = parameters = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in start.values()]
    steps = torch.optim.Adam(parameters, lr=RATE, fused=True)
    loss_of, draws = torch.nn.BCEWithLogitsLoss(), Draws(SEED)

    def epoch():
        for rows in _batches(draws):
            steps.zero_grad()
            loss_of(torch.tanh(X[rows] @ W + b) @ v + c, y[rows]).backward()
            steps.step()

    return epoch, -(-ROWS//BATCH)


def _jax_step():
    import jax
    import jax.numpy as jnp
    jax.config.update("jax_enable_x64", True)
    over = jax.tree_util.tree_map

    def loss_of(parameters, X, y):
        z = jnp.tanh(X @ parameters["W"] + parameters["b"]) @ parameters["v"] + parameters["c"]
        return jnp.mean(jax.nn.softplus(z) - y*z)

    def step(state, X, y):
        p, m, s, t = state
        loss, g = jax.value_and_grad(loss_of)(p, X, y)
        t = t + 1
        m = over(lambda m, g: BETAS[0]*m + (1 - BETAS[0])*g, m, g)
        s = over(lambda s, g: BETAS[1]*s + (1 - BETAS[1])*g*g, s, g)
        one, two = 1 - BETAS[0]**t, 1 - BETAS[1]**t
        return (over(lambda p, m, s: p - RATE*(m/one)/(jnp.sqrt(s/two) + EPSILON), p, m, s), m, s, t), loss

    return jax, jnp, step


def _jax(X, y, start):
    jax, jnp, step = _jax_step()
    step = jax.jit(step)
    return _jax_epoch(jax, jnp, start, lambda state, rows: step(state, X[rows], y[rows]))


def _jax_inside(X, y, start):
    jax, jnp, step = _jax_step()
    X, y = jnp.array(X), jnp.array(y)
    return _jax_epoch(jax, jnp, start, jax.jit(lambda state, rows: step(state, X[rows], y[rows])))


def _jax_epoch(jax, jnp, start, step):
    p = jax.tree_util.tree_map(jnp.array, start)
    zero = jax.tree_util.tree_map(jnp.zeros_like, p)
    state, draws = [(p, zero, zero, 0.0)], Draws(SEED)

    def epoch():
        for rows in _batches(draws):
            state[0], loss = step(state[0], rows)
        jax.block_until_ready(loss)

    return epoch, -(-ROWS//BATCH)
