"""A case in, JAX's jitted derivative out: float64 enabled, inputs on its side, threads as they come."""
from functools import cache, partial
from types import SimpleNamespace

import numpy as np

from .adam import BETAS, EPSILON, batches, orders
from .unable import Unable

NAME, LIBRARY = "JAX", "jax"
LONGEST_LINE = 300              # operations: of 1 000 it compiles the gradient for more than four minutes


@cache
def words():
    """The functions of a model, and NumPy as this system has it."""
    import jax
    import jax.numpy as jnp
    jax.config.update("jax_enable_x64", True)
    return SimpleNamespace(
        numpy=jnp, exp=jnp.exp, log=jnp.log, log1p=jnp.log1p, tanh=jnp.tanh, sin=jnp.sin, sqrt=jnp.sqrt, sum=jnp.sum,
        mean=jnp.mean, reshape=jnp.reshape, erf=jax.scipy.special.erf, loggamma=jax.scipy.special.gammaln,
        relu=jax.nn.relu, softplus=jax.nn.softplus, log_softmax=jax.nn.log_softmax, sigmoid=jax.nn.sigmoid, max=jnp.max,
        einsum=jnp.einsum, concatenate=jnp.concatenate, logsumexp=jax.nn.logsumexp, scan=jax.lax.scan)


def ways(case):
    """{name: prepare}: a training takes its batches from NumPy, or is one program with loops inside."""
    if case.asked == "training":
        return {NAME: partial(_training, _steps), f"{NAME}, scan": partial(_training, _scanned)}
    return {NAME: prepare}


def prepare(case):
    """(call, reading), as ours."""
    if (case.operations or 0) > LONGEST_LINE:
        raise Unable(f"compiling {case.operations} scalar operations takes minutes")
    import jax
    import jax.numpy as jnp
    known = words()
    data = {name: jnp.asarray(case.values[name]) for name in case.data}
    at = {name: jnp.asarray(case.values[name]) for name in case.wrt}

    def loss(at, data):
        return case.model(known, {**at, **data})

    def product(at, data, direction):
        return jax.jvp(lambda x: jax.grad(loss)(x, data), (at,), (direction,))[1]

    if case.asked == "product":
        run, direction = jax.jit(product), {case.wrt[0]: jnp.asarray(case.direction)}
        return lambda: jax.block_until_ready(run(at, data, direction)), lambda found: [np.asarray(found[case.wrt[0]])]
    if case.asked == "hessian":
        run, name = jax.jit(jax.hessian(loss)), case.wrt[0]
        return lambda: jax.block_until_ready(run(at, data)), lambda found: [np.asarray(found[name][name])]
    if case.asked == "jacobian":
        run = jax.jit(jax.jacfwd(loss))
        return lambda: jax.block_until_ready(run(at, data)), lambda found: [np.asarray(found[name]) for name in case.wrt]
    run = jax.jit(jax.value_and_grad(loss))

    def call():
        found = run(at, data)
        found[0].block_until_ready()            # everything is there when the value is: one program computes them
        return found

    return call, lambda found: [np.asarray(found[0]), *[np.asarray(found[1][name]) for name in case.wrt]]


def _training(loop, case):
    """(call, reading) of steps of Adam from the start on, as a loop does them, and of the loss at their end."""
    import jax
    import jax.numpy as jnp
    known, over, (first, second) = words(), jax.tree_util.tree_map, BETAS

    def loss(at, data):
        return case.model(known, {**at, **data})

    def step(state, data):
        at, m, s, one, two = state
        g = jax.grad(loss)(at, data)
        one, two = one*first, two*second
        m = over(lambda m, g: first*m + (1 - first)*g, m, g)
        s = over(lambda s, g: second*s + (1 - second)*g*g, s, g)
        at = over(lambda x, m, s: x - case.training.rate*m/(1 - one)/(jnp.sqrt(s/(1 - two)) + EPSILON), at, m, s)
        return at, m, s, one, two

    at = {name: jnp.asarray(case.values[name], float) for name in case.wrt}
    zero, one = over(jnp.zeros_like, at), jnp.ones(())
    run = loop(case, step)
    whole, data = jax.jit(loss), {name: jnp.asarray(case.values[name]) for name in case.data}

    def call():
        found = run((at, zero, zero, one, one))[0]
        return jax.block_until_ready((whole(found, data), found))

    return call, lambda found: [np.asarray(found[0]), *[np.asarray(found[1][name]) for name in case.wrt]]


def _steps(case, step):
    """A jitted step after the other, each with its rows from NumPy."""
    import jax
    step, data, rows = jax.jit(step), {name: case.values[name] for name in case.data}, batches(case)

    def run(state):
        for chosen in rows:
            state = step(state, {name: array[chosen] for name, array in data.items()})
        return state

    return run


def _scanned(case, step):
    """All epochs inside one jitted program: a scan over their full batches, then the rest, in a scan over epochs."""
    import jax
    import jax.numpy as jnp
    data = {name: jnp.asarray(case.values[name]) for name in case.data}
    rows, size = jnp.asarray(orders(case)), case.training.batch
    full = case.rows//size

    @jax.jit
    def run(state, data, rows):
        def of(state, chosen):
            return step(state, {name: array[chosen] for name, array in data.items()}), None

        def epoch(state, order):
            state, _ = jax.lax.scan(of, state, order[:full*size].reshape(full, size))
            return (of(state, order[full*size:])[0] if case.rows % size else state), None

        return jax.lax.scan(epoch, state, rows)[0]

    return lambda state: run(state, data, rows)
