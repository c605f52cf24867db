"""A model, its data and a method go in; a Training with the best parameters found comes out."""
import math
import time

import numpy as np

from symdiff.errors import ArgumentError

from . import arguments, methods
from .descent import WORDS, Plan, descend
from .draws import Draws
from .full import least_squares, minimise
from .machine import Machine
from .progress import progress as bar_of
from .schedules import schedule as factors_of
from .starts import starts as points
from .task import Task
from .training import Training

BATCH, EPOCHS, ITERATIONS = 32, 100, 1000


def train(model, data, start=None, method="adam", *, epochs=None, batch=None, rate=None, schedule="constant", warmup=0,
          momentum=0.9, betas=(0.9, 0.999), epsilon=1e-8, weight_decay=0.0, clip_norm=None, clip_value=None,
          validation=None, patience=None, tolerance=0.0, starts=1, spread=1.0, seed=0, shuffle=True, rows=None,
          residuals=None, jacobian=False, dtype="float64", progress=None, options=None):
    """Parameters that make the loss of a model small, as a Training.

    model     a Model with a loss, an expression, or a Compiled function;  data  {name: value} of all but the parameters
    start     {name: value} of some or all parameters; a file that `save` wrote; or a function (k, draws) -> the values
              of start k.  What is left out starts where Model.start says, else at zero, matrices at random (Glorot and
              Bengio), scales of batch and layer normalisation at one.  Running statistics, too, go on from there
    method    along gradients of batches: "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"; of all
              rows: "gd".  A whole epoch is one call of machine code.
              SciPy's minimisers, on all rows: "L-BFGS-B", "BFGS", "CG", "TNC", "SLSQP", "Newton-CG", "trust-ncg",
              "trust-krylov", "trust-exact", "dogleg", "trust-constr"; with `options` of SciPy's
              least squares: "lm" (Levenberg and Marquardt), "gauss-newton" (in a trust region), "dogbox"; the loss is a
              sum or mean of squares, or `residuals` says whose squares, by a formula or an equation's name
    epochs    passes over the rows (100), or iterations (1000);  batch  its rows (32), the last one may be smaller
    rate      the learning rate, and its schedule: "constant", "cosine", "1/t", "step", {"name": "step", "every": 10,
              "factor": 0.5}, or a function; it grows to the whole in `warmup` epochs
    momentum, betas, epsilon, weight_decay    as codegen.train.update has them; weight_decay also as {name: number}
    clip_norm, clip_value    bounds of the length of the gradient, and of its entries
    validation   a part of the rows (0.2), drawn at random, or data of their own: the parameters are those of the lowest
                 validation loss, and it ends after `patience` epochs without a lower one
    tolerance    it ends when the loss changes by less than this part of itself
    starts       how many; the best is kept, `.spread` has the loss of each;  spread  how far apart they lie
    seed         decides order, validation rows, masks and starts: the same bits every time, whatever the threads
    rows         the name of the size that counts the rows, where the arrays' first axes do not tell
    jacobian     True: log |det J| of the constraints is taken from the loss, a negative log density; or the number by
                 which the loss must be multiplied to be one

    Constrained parameters are searched in free numbers (symdiff.constraints), which weight_decay leaves alone.
    Masks that the model's modes name and the data lack are drawn afresh for every batch; of statistics of the batch,
    running ones are kept (symdiff.modes).  Losses of validation and of the result are of the model as it predicts.
    Ends early, with a reason and the best parameters so far, on Ctrl-C, and where the loss diverges, or it or its
    gradient is no finite number: then `.fault` says what went bad first.
    Raises ArgumentError, SizeMismatch, NoDerivative.

    >>> import symdiff as sd
    >>> n, d = sd.sizes("n d")
    >>> X, y, w = sd.array("X", n, d), sd.array("y", n), sd.array("w", d)
    >>> given = {"X": np.eye(4)[:, :2], "y": np.arange(4.0)}
    >>> train(sd.mean((X @ w - y)**2), given, method="gd", rate=0.5, epochs=200).parameters["w"].round(6)
    array([0., 1.])
    """
    began, name = time.perf_counter(), arguments.method(method)
    task = model if isinstance(model, Task) else Task(model, data, rows, dtype, jacobian)
    task, judged = _split(task, validation, arguments.seed(seed))
    begins = points(task, start, starts, arguments.number("spread", spread), seed)
    tolerance = arguments.number("tolerance", tolerance)
    if name in methods.DESCENT:
        epochs = arguments.whole("epochs", epochs, EPOCHS)
        plan = Plan(epochs, _rates(name, rate, schedule, warmup, epochs), _judge(judged), _patience(patience, judged),
                    tolerance)
        settings = arguments.of_steps(momentum, betas, epsilon, clip_norm, clip_value)
        machine = _machine(task, name, batch, settings, weight_decay, shuffle)
        runs = _descents(machine, begins, seed, plan, progress)
    else:
        most = arguments.whole("epochs", epochs, ITERATIONS)
        runs = _minimised(task, name, begins, most, tolerance, residuals, options)
    return _training(task, name, runs, time.perf_counter() - began)


def _machine(task, name, batch, settings, weight_decay, shuffle):
    """What takes the steps."""
    method = methods.DESCENT[name]
    batch = arguments.whole("batch", batch, BATCH if method.batches else task.count)
    return Machine(task, batch, method.code, settings, arguments.decay(task, weight_decay), shuffle)


def _descents(machine, begins, seed, plan, shown):
    """The Run of every start; an interruption ends them all."""
    bar, runs = bar_of(plan.epochs*len(begins), shown), []
    try:
        for k, (x, kept) in enumerate(begins):
            runs.append(descend(machine, x, kept, seed + k, plan, _Shifted(bar, k*plan.epochs)))
            if runs[-1].interrupted:
                break
    finally:
        bar.close()
    return runs


def _minimised(task, name, begins, most, tolerance, residuals, options):
    """The Run of every start by one of SciPy's solvers."""
    task.refuse_masks(methods.NAMES.get(name, name))
    runs = []
    for x, _ in begins:
        if name in methods.SQUARES:
            runs.append(least_squares(task, name, x, most, tolerance, residuals, options))
        else:
            runs.append(minimise(task, name, x, most, tolerance, options))
        if runs[-1].interrupted:
            break
    return runs


class _Shifted:
    """A bar that has come so far already."""

    def __init__(self, bar, before):
        self.bar, self.before = bar, before

    def at(self, done, text):
        """So many are done since."""
        self.bar.at(self.before + done, text)


def _training(task, name, runs, seconds):
    """The best of the runs, as a Training."""
    losses = []
    for run in runs:
        run.kept = task.statistics(run.x) if run.kept is None else run.kept
        loss = task.loss(run.x, run.kept)
        losses.append(float(loss) if math.isfinite(loss) else math.nan)
    scores = [min(run.validation) if run.validation else loss for run, loss in zip(runs, losses)]
    best = min(range(len(runs)), key=lambda k: (not math.isfinite(scores[k]), bool(runs[k].why), scores[k]))
    run = runs[best]
    found = task.fault(*run.bad) if run.bad is not None and run.why in WORDS else None
    return Training(task.parameters(run.x), losses[best], run.reason, not run.why, methods.NAMES.get(name, name),
                    np.array(run.losses), np.array(run.validation), np.array(losses),
                    sum(run.steps or len(run.losses) for run in runs), seconds, found, task, task.kept.unpack(run.kept), run.x)


# -- arguments ---------------------------------------------------------------------------------------------------------

def _rates(name, rate, given, warmup, epochs):
    """(numbers of steps, steps of an epoch) -> learning rates."""
    rate = methods.DESCENT[name].rate if rate is None else arguments.number("rate", rate)
    factors = factors_of(given, arguments.number("warmup", warmup), epochs)
    return lambda steps, each: rate*factors(steps/each, 1/each)


def _split(task, validation, seed):
    """(what is trained on, what is judged by, or None)."""
    if validation is None:
        return task, None
    if hasattr(validation, "keys"):
        return task, task.of(validation)
    if not isinstance(validation, float) or not 0 < validation < 1:
        raise ArgumentError(f"validation is {validation!r}.",
                            do="give the part of the rows, such as 0.2, or data of their own.")
    if not task.rows:
        raise ArgumentError("what the rows of the data are cannot be told, so none can be set aside.",
                            do="give the arrays of data a first axis of one size by name, or data for the validation.")
    order, held = Draws(seed).child().child().order(task.count), round(task.count*validation)
    if not 0 < held < task.count:
        raise ArgumentError(f"{validation:g} of {task.count} rows is {'none' if not held else 'all'} of them.",
                            do="give another part.")
    return task.part(np.sort(order[held:])), task.part(np.sort(order[:held]))


def _judge(task):
    """The validation loss as a function of the parameters and the running statistics."""
    return None if task is None else task.loss


def _patience(patience, judged):
    if patience is not None and judged is None:
        raise ArgumentError("patience is how long the validation loss may fail to fall, and there is no validation.",
                            do="give validation=0.2 too.")
    return None if patience is None else arguments.whole("patience", patience, None)
