"""A case in, our compiled derivative out, as a call without arguments: what the other systems are measured against."""
import numpy as np

from codegen.compile import compile
from codegen.train import train
from codegen.train.task import Task
from symdiff import language as words
from symdiff.model import Model

from .adam import BETAS, EPSILON, SEED
from .cases import straight_line

NAME = "symdiff"
ROWS = "n"                      # the length of the first axis of all data is given by name, all others as numbers


def prepare(case):
    """(call, reading): the call gives what was asked, `reading` makes of it a list of NumPy arrays."""
    if case.asked == "training":
        return _training(case)
    f, wrt = compile(expression(case), wrt=list(case.wrt), dtype=case.dtype), case.wrt
    values = case.values
    if case.asked == "jacobian":
        return lambda: f.jac(values), lambda found: [found[name] for name in wrt]
    if case.asked == "hessian":
        return lambda: f.hess(values), lambda found: [found[wrt[0], wrt[0]]]
    if case.asked == "product":
        direction = {wrt[0]: case.direction}
        return lambda: f.hvp(direction, values), lambda found: [found[wrt[0]]]
    return lambda: f.value_and_grad(values), lambda found: [found[0], *[found[1][name] for name in wrt]]


def _training(case):
    """The model is compiled once; a call is a training from the start on."""
    start, how = {name: case.values[name] for name in case.wrt}, case.training
    task = Task(expression(case), {name: case.values[name] for name in case.data}, dtype=case.dtype)

    def call():
        return train(task, {}, start, "adam", epochs=how.epochs, batch=how.batch, rate=how.rate, betas=BETAS,
                     epsilon=EPSILON, seed=SEED)

    return call, lambda found: [np.asarray(found.loss), *[np.asarray(found.parameters[name]) for name in case.wrt]]


def flat(case):
    """{name: call} of what is asked as a function of one vector, the data bound: as an optimiser calls it."""
    if case.asked in ("jacobian", "training"):
        return {}
    compiled = compile(expression(case), wrt=list(case.wrt), dtype=case.dtype)
    found = compiled.flat({name: case.values[name] for name in case.data})
    x = found.pack({name: case.values[name] for name in case.wrt})
    calls = {"gradient": lambda: found.fun_and_jac(x), "hessian": lambda: found.hess(x),
             "product": lambda: found.hessp(x, case.direction)}
    return {f"{NAME}, flat": calls[case.asked]}


def expression(case):
    """The case's model, typed with our arrays."""
    if case.operations is not None:
        return straight_model(case.operations)
    n = words.sizes(ROWS)
    arrays = {name: words.array(name, *_sizes(np.shape(value), name in case.wrt or not case.named_rows, n))
              for name, value in case.values.items()}
    return case.model(words, arrays)


def _sizes(shape, known, n):
    return shape if known or not shape else (n, *shape[1:])


def straight_model(count):
    """A line of `count` scalars, as a model of named equations."""
    arrays = [words.array("x"), words.array("y")]
    model = Model(data=[], parameters=arrays)
    model.loss = straight_line(words.sin, *arrays, count, model.define)[-1]
    return model
