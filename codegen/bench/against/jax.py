"""A case in, JAX's jitted derivative out: float64 enabled, inputs on its side, threads as they come."""
from functools import cache
from types import SimpleNamespace

import numpy as np

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
        relu=jax.nn.relu, softplus=jax.nn.softplus, log_softmax=jax.nn.log_softmax)


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
