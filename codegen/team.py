"""A kernel, its table and its phases go in; a call comes out, which several threads do in machine code (emit.llvm.team)."""
import ctypes

import numpy as np

from . import builtin, threads
from .emit.llvm.team import (CALL, CHUNKS, CLOSED, DONE, EACH, HEADER, KERNEL, LINE, NEXT, PHASE, STEP, STEPS, TABLE, UNITS,
                             emit_team)

_KIND = ctypes.CFUNCTYPE(None, *[ctypes.c_int64]*3)


class Team:
    """One call in flight at a time.

    kernel, table   addresses
    steps           (phase, its chunks, threads worth their start) of each phase, in order
    """

    def __init__(self, kernel, table, steps):
        size = HEADER + STEP*len(steps)
        memory = np.zeros(size + LINE, np.int64)
        self._job = job = memory[-(memory.ctypes.data//8) % LINE:][:size]
        self._records = records = job[HEADER:].reshape(-1, STEP)
        job[[KERNEL, TABLE, STEPS, CLOSED]] = kernel, table, len(steps), 1
        units = [chunks if workers > 1 else 1 for _, chunks, workers in steps]
        records[:, PHASE] = [phase for phase, _, _ in steps]
        records[:, CHUNKS] = [chunks for _, chunks, _ in steps]
        records[:, UNITS] = units
        records[:, EACH] = [1 if unit > 1 else chunks for unit, (_, chunks, _) in zip(units, steps)]
        self.workers = max([workers for _, _, workers in steps], default=1)
        self._run = _KIND(builtin.machine_code("team", emit_team, None))
        self._address, self._number = job.ctypes.data, 0

    def __call__(self, alive):
        """Do all steps.  `alive` is what the table points to: a thread that comes late may hold it a while longer."""
        job, records, run, address = self._job, self._records, self._run, self._address
        self._number = number = self._number + 1
        records[:, NEXT] = records[:, DONE] = 0
        job[CALL] = number
        job[CLOSED] = 0
        helpers = []
        try:
            def help_(worker, held=(self, alive)):
                run(address, worker, number)

            helpers = threads.started(help_, self.workers)
        finally:                                            # after an interruption, too: others may be at it already
            run(address, 0, number)
            for one in helpers:
                one.cancel()
