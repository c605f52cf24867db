"""A case in, PyTensor's compiled derivative out: its default linker, inputs trusted."""
from functools import cache
from types import SimpleNamespace

import numpy as np

from .unable import Unable

NAME, LIBRARY = "PyTensor", "pytensor"
LONGEST_LINE = 300              # operations; its rewriting and compiling takes minutes beyond


@cache
def words():
    """The functions of a model."""
    import pytensor.tensor as pt
    return SimpleNamespace(
        exp=pt.exp, log=pt.log, log1p=pt.log1p, tanh=pt.tanh, sin=pt.sin, sqrt=pt.sqrt, sum=pt.sum, mean=pt.mean,
        reshape=lambda x, shape: x.reshape(shape), erf=pt.erf, loggamma=pt.gammaln, relu=lambda z: pt.maximum(0, z),
        softplus=pt.softplus, log_softmax=lambda z: pt.special.log_softmax(z, axis=1),
        sigmoid=pt.sigmoid, max=pt.max, einsum=pt.einsum, concatenate=pt.concatenate, logsumexp=pt.logsumexp,
        scan=_scan)


def _scan(body, state, xs):
    """Its loop."""
    import pytensor
    many, count = isinstance(xs, list), len(state)
    sequences = xs if many else [xs]

    def step(*given):
        x = list(given[:len(sequences)])
        new, y = body(list(given[len(sequences):len(sequences) + count]), x if many else x[0])
        return [*new, y]

    found = pytensor.scan(step, sequences=sequences, outputs_info=[*state, None], return_updates=False)
    return [each[-1] for each in found[:count]], found[count]


def prepare(case):
    """(call, reading), as ours."""
    if (case.operations or 0) > LONGEST_LINE:
        raise Unable(f"compiling {case.operations} scalar operations takes minutes")
    if case.asked == "training":
        raise Unable("it has no loop of training")
    import pytensor
    import pytensor.tensor as pt
    arrays = {name: np.asarray(value, case.dtype) for name, value in case.values.items()}
    inputs = {name: pt.tensor(f"the_{name}", dtype=case.dtype, shape=array.shape) for name, array in arrays.items()}
    value, wrt = case.model(words(), inputs), [inputs[name] for name in case.wrt]
    given, passed = list(inputs.values()), list(arrays.values())
    if case.asked == "gradient":
        outputs = [value, *pytensor.grad(value, wrt)]
    elif case.asked == "jacobian":
        forward = getattr(pytensor.gradient, "pushforward", pytensor.gradient.Rop)      # its name since 2.39
        outputs = [forward(value, x, pt.ones_like(x)) for x in wrt]
    elif case.asked == "hessian":
        outputs = [pytensor.gradient.hessian(value, wrt[0])]
    else:
        outputs = pytensor.gradient.hessian_vector_product(value, wrt, [pt.as_tensor(case.direction)])
    run = pytensor.function(given, outputs, trust_input=True, on_unused_input="ignore")
    return lambda: run(*passed), lambda found: [np.asarray(one) for one in found]
