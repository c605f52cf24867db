"""A case in, PyTorch's derivative out: eager, or by torch.compile; by one thread or all, whichever is quicker."""
import warnings
from functools import cache
from statistics import median
from timeit import timeit
from types import SimpleNamespace

import numpy as np

from .adam import BETAS, EPSILON, batches
from .loop import written_out
from .unable import Unable

NAME, LIBRARY = "PyTorch", "torch"
LONGEST_LINE, LONGEST_LOOP = 10_000, 5_000
WORTH = 0.8       # all threads are taken where they are at least so much quicker than one


@cache
def words():
    """The functions of a model."""
    import torch
    return SimpleNamespace(
        exp=torch.exp, log=torch.log, log1p=torch.log1p, tanh=torch.tanh, sin=torch.sin, sqrt=torch.sqrt, sum=torch.sum,
        mean=torch.mean, reshape=torch.reshape, erf=torch.erf, loggamma=torch.lgamma, relu=torch.relu,
        softplus=torch.nn.functional.softplus, log_softmax=lambda z: torch.log_softmax(z, 1), sigmoid=torch.sigmoid,
        max=torch.max, einsum=torch.einsum, concatenate=torch.concatenate, scan=written_out(torch.stack),
        logsumexp=lambda x, axis: torch.logsumexp(x, axis))


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
        times[count] = _of_some(call)
    best = most if times[most] < WORTH*times[1] else 1

    def with_threads():
        torch.set_num_threads(best)
        return call()

    return with_threads, reading


def _of_some(call, most=9, seconds=1.0):
    """The median time of some calls, of one where it is long."""
    times = []
    while len(times) < most and sum(times) < seconds:
        times.append(timeit(call, number=1))
    return median(times)


def _prepared(case, compiled):
    import torch
    known = words()
    if case.unrolled > LONGEST_LOOP:
        raise Unable(f"a tape of {case.unrolled} steps is too long for it")
    if (case.operations or 0) > LONGEST_LINE:
        raise Unable(f"a tape of {case.operations} operations is too long for it")
    data = {name: torch.as_tensor(case.values[name]) for name in case.data}
    at = [_tensor(case.values[name], case.dtype) for name in case.wrt]

    def loss(*at, **rows):
        return case.model(known, {**dict(zip(case.wrt, at)), **data, **rows})

    if case.asked == "training":
        return _training(case, torch.compile(loss) if compiled else loss, data, at)
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


def _training(case, loss, data, start):
    """(call, reading) of a loop of steps of its own Adam from the start on, and of the loss at their end; the data and
    the rows of each batch are on its side.
    """
    import torch
    rows = [torch.as_tensor(chosen) for chosen in batches(case)]
    names, arrays = list(data), list(data.values())
    at = [t.clone().requires_grad_() for t in start]

    def call():
        with torch.no_grad():
            for t, first in zip(at, start):
                t.copy_(first)
        adam = torch.optim.Adam(at, lr=case.training.rate, betas=BETAS, eps=EPSILON, fused=True)
        for chosen in rows:
            adam.zero_grad()
            loss(*at, **{name: array[chosen] for name, array in zip(names, arrays)}).backward()
            adam.step()
        with torch.no_grad():
            return loss(*at), *at

    return call, lambda found: [t.detach().numpy().copy() for t in found]
