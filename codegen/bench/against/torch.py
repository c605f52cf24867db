"""A case in, PyTorch's derivative out: eager, or by torch.compile; by one thread or all, whichever is quicker."""
import warnings
from functools import cache
from statistics import median
from timeit import timeit
from types import SimpleNamespace

import numpy as np

from .unable import Unable

NAME, LIBRARY = "PyTorch", "torch"
LONGEST_LINE = 10_000


WORTH = 0.8       # all are taken where they are at least so much quicker than one


@cache
def words():
    """The functions of a model."""
    import torch
    return SimpleNamespace(
        exp=torch.exp, log=torch.log, log1p=torch.log1p, tanh=torch.tanh, sin=torch.sin, sqrt=torch.sqrt, sum=torch.sum,
        mean=torch.mean, reshape=torch.reshape, erf=torch.erf, loggamma=torch.lgamma, relu=torch.relu,
        softplus=torch.nn.functional.softplus, log_softmax=lambda z: torch.log_softmax(z, 1))


@cache
def _threads():
    """How many threads there are when nobody says."""
    import torch
    return torch.get_num_threads()


def prepare(case, compiled=False):
    """(call, reading), as ours."""
    import torch
    most = _threads()
    call, reading = _prepared(case, compiled)
    call()
    times = {}
    for count in {1, most}:
        torch.set_num_threads(count)
        call()
        times[count] = median(timeit(call, number=1) for _ in range(9))
    best = most if times[most] < WORTH*times[1] else 1

    def with_threads():
        torch.set_num_threads(best)
        return call()

    return with_threads, reading


def _prepared(case, compiled):
    import torch
    known = words()
    if (case.operations or 0) > LONGEST_LINE:
        raise Unable(f"a tape of {case.operations} operations is too long for it")
    data = {name: torch.as_tensor(case.values[name]) for name in case.data}
    at = [_tensor(case.values[name], case.dtype) for name in case.wrt]

    def loss(*at):
        return case.model(known, {**dict(zip(case.wrt, at)), **data})

    read = lambda found: [t.detach().numpy() for t in found]                        # noqa: E731
    every = tuple(range(len(at)))
    if case.asked == "gradient":
        at = [t.requires_grad_() for t in at]
        forward = torch.compile(loss, dynamic=False) if compiled else loss

        def call():
            value = forward(*at)
            return value, *torch.autograd.grad(value, at)

        return call, read
    if case.asked == "product":
        direction = torch.as_tensor(case.direction)
        run = lambda x: torch.func.jvp(torch.func.grad(loss), (x,), (direction,))[1]                # noqa: E731
    else:
        run = torch.func.jacfwd(loss, every) if case.asked == "jacobian" else torch.func.hessian(loss)
    if compiled:
        run = torch.compile(run, dynamic=False)
    if case.asked == "jacobian":
        return lambda: run(*at), read
    return lambda: [run(*at)], read


def _tensor(value, dtype):
    import torch
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")             # that an array of a model may not be writable
        return torch.as_tensor(np.asarray(value, dtype)).clone()
