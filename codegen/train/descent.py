"""A task, a machine and a start go in; one run of a method that steps along gradients of batches comes out."""
from dataclasses import dataclass, field

import numpy as np

from .driver import BATCHES, DIVERGED, DONE, EPOCHS, GRADIENT, LOSS

CALL_WORK = 50_000_000          # rows times parameters of one call of the machine: some 20 ms
DIVERGENCE = 1e6                # a loss that exceeds the first by so many times its size (at least 1) has diverged
WORDS = {LOSS: "the loss is no finite number", GRADIENT: "the gradient is no finite number",
         DIVERGED: "the loss diverged"}


@dataclass
class Run:
    """What came of one start.

    x            the parameters, as one vector: those of the lowest validation loss, where there is validation
    kept         the running statistics there, as one vector; None for those of all rows
    bad          where it went wrong: (parameters, numbers of the rows of the batch, {name: mask}), or None
    why          one of codegen.train.driver's words;  reason  the same as a sentence
    losses, validation   one number for each epoch;  steps  those that led to where the run ended
    interrupted          did Ctrl-C end it?
    """
    x: np.ndarray
    reason: str
    why: int = DONE
    bad: tuple | None = None
    losses: list = field(default_factory=list)
    validation: list = field(default_factory=list)
    steps: int = 0
    interrupted: bool = False
    kept: np.ndarray | None = None


@dataclass(frozen=True)
class Plan:
    """How long, and how fast.

    rates      (numbers of steps, steps of an epoch) -> learning rates
    judge      (parameters, running statistics) -> validation loss, or None
    patience   epochs without a better one, or None
    tolerance  it ends when the loss of an epoch changes by less than this part of itself
    """
    epochs: int
    rates: object
    judge: object = None
    patience: int | None = None
    tolerance: float = 0.0


def descend(machine, x, kept, seed, plan, bar):
    """The Run from x and running statistics; KeyboardInterrupt ends it early, with what it has."""
    machine.start(x, kept, seed)
    run = Run(np.asarray(x, machine.dtype).astype(float, copy=False), f"{plan.epochs} epochs are done")
    best, losses = _Best(plan, machine), np.zeros(0)
    done, most = 0, max(1, CALL_WORK//(machine.order.size*machine.x.size + 1))
    try:
        while done < plan.epochs and not best.enough:
            count = 1 if plan.judge or plan.tolerance or not done else min(most, plan.epochs - done)
            losses = np.zeros(count)
            rates = plan.rates(np.arange(done*machine.steps, (done + count)*machine.steps), machine.steps)
            why = machine.run(rates, losses)
            if why != DONE:
                whole = int(machine.ended[EPOCHS])
                _failed(run, machine, why, done + whole, losses[:whole], best)
                return run
            run.losses += losses.tolist()
            if done == 0:
                machine.limit(losses[0] + DIVERGENCE*max(1.0, abs(losses[0])))
            done += count
            best.look(run, done)
            bar.at(done, f"loss {run.losses[-1]:.6g}")
    except KeyboardInterrupt:
        whole, more = divmod(machine.taken, machine.steps)              # what the machine did, whatever was noted of it
        run.losses += losses[:max(whole - len(run.losses), 0)].tolist()
        run.reason = f"interrupted after {whole} epochs" + f" and {more} steps of the next"*bool(more)
        run.interrupted = True
    run.steps = machine.taken
    run.x, run.kept = machine.x.astype(float), machine.kept.astype(float)
    if plan.judge and best.x is not None:
        run.x, run.kept = best.x, best.kept
        run.reason += f"; the parameters are those of epoch {best.epoch}"
    return run


def _failed(run, machine, why, epoch, losses, best):
    """The run, ended by a loss or a gradient that is none: with the best parameters of those known to be good."""
    run.losses += losses.tolist()
    run.why, run.steps = why, machine.taken
    run.reason = f"{WORDS[why]}, in epoch {epoch + 1}, batch {int(machine.ended[BATCHES]) + 1}"
    run.bad = machine.x.astype(float), *machine.failing()
    if best.plan.judge is None or best.x is None:
        now, first = machine.kept.astype(float), best.first
        known = [(machine.good.astype(float), now), *([(best.x, best.kept)] if best.x is not None else []),
                 (run.x, first)]
        losses = [machine.task.loss(*point) for point in known]
        run.x, run.kept = known[int(np.argmin([loss if np.isfinite(loss) else np.inf for loss in losses]))]
    else:
        run.x, run.kept = best.x, best.kept


class _Best:
    """The best parameters so far, by validation where there is one, and whether it is time to stop."""

    def __init__(self, plan, machine):
        self.plan, self.machine = plan, machine
        self.x, self.kept, self.loss, self.epoch, self.enough = None, None, np.inf, 0, False
        self.first = machine.kept.astype(float)

    def look(self, run, done):
        """After some epochs; `done` are behind us."""
        plan, x, kept = self.plan, self.machine.x, self.machine.kept
        loss = run.losses[-1]
        if plan.judge:
            loss = plan.judge(x.astype(float, copy=False), kept.astype(float, copy=False))
            run.validation.append(loss)
        if loss < self.loss:
            if self.x is None:
                self.x, self.kept = x.astype(float), kept.astype(float)
            else:
                self.x[:], self.kept[:] = x, kept
            self.loss, self.epoch = loss, done
        if plan.patience is not None and done - self.epoch >= plan.patience:
            run.reason = f"the validation loss has not fallen for {plan.patience} epochs"
            self.enough = True
        elif plan.tolerance and len(run.losses) > 1:
            before, now = run.losses[-2:]
            if abs(now - before) <= plan.tolerance*max(abs(now), abs(before)):
                run.reason, self.enough = f"the loss changes by less than {plan.tolerance:g} of itself", True
