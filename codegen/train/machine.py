"""A task and a size of batches go in; steps of training, any number of epochs by one machine-code call, come out."""
import math

import numpy as np

from symdiff.errors import ArgumentError

from ..plan import ALIGNMENT
from ..settings import interpreted
from .draws import Draws, scatter
from .driver import (BATCH, BATCHES, CALL, ENTRIES, INDEX, LIMIT, PLAN, REST, ROWS, SHUFFLE, STATUS, TAKEN, VECTORS,
                     WHOLE, driver, epochs_of, follow)
from .move import COUNT, ELSEWHERE, PLACES, SETTINGS
from .shared import Shared
from .update import ADAM, ADAMW, FORMULAS, NORM, POWER1, POWER2, VALUE, prepare

GAP = 5                         # cache lines: vectors begin so far apart, so that entries of one place share no set


class Machine:
    """Parameters that move, and all that moves them; one for each thread that trains.

    x, good   the parameters as one vector, and as they were before the last step
    kept      the running statistics as one vector
    order     the order of the rows in this epoch;  ended  epochs and batches behind us in the last call, steps in all
    steps     how many steps an epoch has;  taken  how many were taken since the start: as many as moved the parameters,
              also where a call was interrupted
    """

    def __init__(self, task, batch, method, settings, decay, shuffle):
        self.task, self.shuffle = task, shuffle
        self.method = ADAM if method == ADAMW and decay is None else method
        self.batch = min(batch or task.count, task.count)
        self.steps = -(-task.count//self.batch)
        self.dtype = np.dtype(task.compiled.dtype)
        size = task.flat.size
        self.x, self.good, self.g, self.m, self.s = vectors = _aligned(5, size, self.dtype)
        self.decay = np.zeros(0, self.dtype) if decay is None else decay.astype(self.dtype)
        self._added = self.decay[:0 if method == ADAMW else size]
        self.settings = np.array([*settings, 0.0, 1.0, 1.0, np.inf])
        self._prepares = bool(self._added.size or self.settings[NORM] > 0 or self.settings[VALUE] > 0)
        self._vectors = np.zeros(PLACES, np.int64)
        self._vectors[:SETTINGS + 1] = [v.ctypes.data for v in (*vectors, self.decay, self.settings)]
        self.loss, self.order = np.zeros(1, self.dtype), np.arange(task.count)
        self.draws, self.luck, self.ended = Draws(0), Draws(0), np.zeros(3, np.int64)
        self._masks = task.masks_of(self.batch)
        self.kept, self._fresh = (np.zeros(task.kept.size, self.dtype) for _ in range(2))
        self._run = task.stepped.executable("value_and_grad" if task.stepped is task.compiled else "step")
        self._several = None
        self.views, self.slopes = self._split(self.x), self._split(self.g)
        self._epochs = self._interpreted if interpreted() else self._placed()

    def start(self, x, kept, seed):
        """Begin at x and these running statistics, with nothing kept of earlier steps."""
        self.x[:] = self.good[:] = x
        self.m[:], self.s[:] = 0, 0
        self.settings[POWER1] = self.settings[POWER2] = 1.0
        self.settings[LIMIT] = np.inf
        self.order[:] = np.arange(len(self.order))
        self.kept[:], self.ended[:] = kept, 0
        self.draws, self.luck = Draws(seed), Draws(seed).child().child().child()

    def limit(self, loss):
        """From now on a loss beyond this ends it."""
        self.settings[LIMIT] = loss

    def run(self, rates, losses):
        """Whole epochs, with these rates of the steps; their losses come into `losses`; why it ended."""
        return self._epochs(rates, losses)

    @property
    def taken(self):
        """How many steps were taken since the start."""
        return int(self.ended[TAKEN])

    def failing(self):
        """(the numbers of the rows of the batch that the last call ended at, {name: its mask}), fresh."""
        first = int(self.ended[BATCHES])*self.batch
        rows = self.order[first:first + self.batch].copy()
        return rows, {name: mask.copy() for name, mask in self._masks.views(len(rows)).items()}

    # -- inside --------------------------------------------------------------------------------------------------

    def _split(self, vector):
        """{name: its part of a vector}, as arrays that share its memory."""
        made, start = {}, 0
        for key, shape in self.task.shapes.items():
            size = math.prod(shape)
            made[key] = vector[start:start + size].reshape(shape)
            start += size
        return made

    def _inputs(self, data):
        """One array for each input of the kernel."""
        return [self.views[k] if k in self.views else np.asarray(data[k], self.dtype)
                for k in self.task.stepped.inputs]

    def _out(self):
        """Where the kernel writes: the loss, the statistics of the batch, the gradient."""
        return [self.loss.reshape(()), *self.task.kept.views(self._fresh).values(), *self.slopes.values()]

    def _bound(self, inputs):
        return self._run.at([a if a.ndim else a.item() for a in inputs])

    def _asked(self):
        """Does something happen to the gradient before a step, are masks drawn, are running statistics kept?"""
        return self._prepares, bool(self._masks.vector.size), bool(self.kept.size)

    def _plan(self):
        """The driver's plan, without addresses."""
        plan = np.zeros(PLAN, np.int64)
        plan[[ROWS, BATCH, SHUFFLE]] = self.task.count, self.batch, self.shuffle and self.steps > 1
        return plan

    def _placed(self):
        """The driver, and everything it needs at its place; a function (rates, losses)."""
        task, out = self.task, self._out()
        plan, copies = self._plan(), np.zeros((0, 3), np.int64)
        data, rest = task.data, task.count % self.batch
        if self.steps > 1:
            data, copies = self._side_by_side()
        inputs = [self._inputs({**data, **self._masks.views(self.batch)})]
        if rest:
            inputs.append(self._inputs({**{k: v[:rest] if k in task.rows else v for k, v in data.items()},
                                        **self._masks.views(rest)}))
        bound = [self._bound(given) for given in inputs]
        fixed = [one.fixed(given, out) for one, given in zip(bound, inputs)]
        call, whole, last = fixed[0].kernel, fixed[0], fixed[-1]
        if not bound[0].serial:
            self._several = Shared(fixed, [one.steps for one in bound])
            call = self._several.address
            self._vectors[COUNT] = self.x.size
            self._vectors[ELSEWHERE] = self._several.moves(self.method, self.dtype, self._vectors)
        plan[[VECTORS, ENTRIES]] = self._vectors.ctypes.data, self.x.size
        plan[[CALL, WHOLE, REST, STATUS]] = call, whole.table, last.table, whole.status
        self._alive = fixed, data
        run = driver(self.dtype.name, self.method, *self._asked(), self._several is not None)
        return lambda rates, losses: self._call(run, plan, copies, rates, losses)

    def _call(self, call, plan, copies, rates, losses):
        masks = self._masks
        why = call(plan, copies, self.order, self.draws.state, self.loss, self.settings, rates, losses, self.ended,
                   (self.x, self.g, self._added) if self._prepares else None,
                   (masks.vector, masks.places, masks.limits, self.luck.state) if masks.vector.size else None,
                   (self.kept, self._fresh, self.task.kept.table) if self.kept.size else None)
        if self._several is not None and self._several.raised is not None:
            raised, self._several.raised = self._several.raised, None
            raise raised
        if why == INDEX:
            raise ArgumentError("an index computed by the model is out of range, or no whole number.",
                                do="check the values given as indices: whole numbers from 0 to below the axis' length.")
        return why

    def _side_by_side(self):
        """({name: array}, copies): the arrays of rows as room for one batch, and what is copied there."""
        data, copies = dict(self.task.data), []
        for key in self.task.rows:
            source = data[key]
            data[key] = target = np.zeros((self.batch, *source.shape[1:]), self.dtype)
            copies.append((source.ctypes.data, target.ctypes.data, target.nbytes//self.batch))
        return data, np.array(copies, np.int64)

    def _interpreted(self, rates, losses):
        """The same in plain Python, where Numba's compiler is switched off."""
        batch, before = {}, []
        state = self.x, self.good, self.m, self.s, self.settings, self.kept, self.ended

        def gather(copies, order, first, count):
            batch.update({**self.task.values(order[first:first + count]), **self._masks.views(count)})

        def run(kernel, table, status):
            before[:] = [one.copy() for one in state]
            values = self._inputs(batch)
            found = self._bound(values)([a if a.ndim else a.item() for a in values])
            for part, value in zip(self._out(), found):
                part[...] = value
            return 0

        def finite(vectors, size):
            return np.isfinite(self.g).all()

        def move(vectors, size):
            self.good[:] = self.x
            now = FORMULAS[self.method](self.settings, np.sqrt, self.x, self.g, self.m, self.s, self.decay)
            self.x[:], self.m[:], self.s[:] = now

        functions = [one if asked else None for one, asked in zip((prepare, scatter, follow), self._asked())]
        try:
            with np.errstate(all="ignore"):
                return self._call(epochs_of(run, gather, finite, move, *functions), self._plan(), None, rates, losses)
        except KeyboardInterrupt:                               # a step is done, or it has not begun
            if before and before[-1][TAKEN] == self.taken:
                for one, old in zip(state, before):
                    one[...] = old
            raise


def _aligned(count, size, dtype):
    """So many vectors of zeros, each from the start of a cache line on.

    Each has memory of its own: what NumPy asks for in one piece of 4 MB or more the system may give in large pages, and
    clearing one of these took 5 ms, all of the same memory in small pages 1 ms (measured, in a virtual machine).
    """
    line, made = ALIGNMENT//dtype.itemsize, []
    for k in range(count):
        memory = np.zeros(size + (1 + count*GAP)*line, dtype)
        start = (-memory.ctypes.data % ALIGNMENT)//dtype.itemsize + k*GAP*line
        made.append(memory[start:start + size])
    return made
