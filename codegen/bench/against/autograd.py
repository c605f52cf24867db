"""A case in, autograd's derivative out: taped anew in each call, as it works."""
from functools import cache
from types import SimpleNamespace

import numpy as np

from .loop import written_out
from .unable import Unable

NAME, LIBRARY = "autograd", "autograd"
MOST_OUTPUTS = 1_000            # of a Jacobian, for each of which it sweeps once
LONGEST_LINE = 10_000
LONGEST_LOOP = 3_000


@cache
def words():
    """The functions of a model, and NumPy as this system has it."""
    import autograd.numpy as anp
    from autograd.scipy import special
    return SimpleNamespace(
        numpy=anp, exp=anp.exp, log=anp.log, log1p=anp.log1p, tanh=anp.tanh, sin=anp.sin, sqrt=anp.sqrt, sum=anp.sum,
        mean=anp.mean, reshape=anp.reshape, erf=special.erf, loggamma=special.gammaln,
        relu=lambda z: anp.maximum(0.0, z), softplus=lambda z: anp.logaddexp(0.0, z),
        log_softmax=lambda z: z - special.logsumexp(z, axis=1, keepdims=True), sigmoid=special.expit, max=anp.max,
        einsum=anp.einsum, concatenate=anp.concatenate, logsumexp=special.logsumexp,
        scan=written_out(anp.stack))


def prepare(case):
    """(call, reading), as ours."""
    if case.asked == "jacobian" and case.entries > MOST_OUTPUTS:
        raise Unable(f"a Jacobian of {case.entries} rows takes as many sweeps")
    if (case.operations or 0) > LONGEST_LINE:
        raise Unable(f"a tape of {case.operations} operations is too long for it")
    if case.asked == "training":
        raise Unable("it has no loop of training")
    if case.unrolled > LONGEST_LOOP:
        raise Unable(f"a tape of {case.unrolled} steps is too long for it")
    import autograd
    known = words()
    data = {name: case.values[name] for name in case.data}
    at = [case.values[name] for name in case.wrt]

    def loss(*at):
        return case.model(known, {**dict(zip(case.wrt, at)), **data})

    if case.asked == "gradient":
        run = autograd.value_and_grad(loss, argnum=tuple(range(len(at))))
        return lambda: run(*at), lambda found: [np.asarray(found[0]), *map(np.asarray, found[1])]
    if case.asked == "jacobian":
        runs = [autograd.jacobian(loss, argnum=k) for k in range(len(at))]
        return lambda: [run(*at) for run in runs], lambda found: list(map(np.asarray, found))
    if case.asked == "hessian":
        run = autograd.hessian(loss)
        return lambda: run(*at), lambda found: [found]
    product = autograd.hessian_vector_product(loss)
    return lambda: product(*at, case.direction), lambda found: [found]
