"""A kernel, its table and its phases go in; a call comes out, which several threads do in machine code (emit.llvm.team)."""
import ctypes
import functools
import os

import numpy as np

from . import builtin, threads
from .emit.llvm.team import (BOARD, CHUNKS, DONE, EACH, HEADER, JOINED, KERNEL, LINE, NEXT, PHASE, SERVING, STEP, STEPS, TABLE,
                             UNITS, WORKERS, emit_lead, emit_serve)


class Team:
    """One call in flight at a time.

    kernel, table   addresses
    steps           (phase, its chunks, threads that share it) of each phase, in order
    """

    def __init__(self, kernel, table, steps):
        self._job = job = _lines(HEADER + STEP*len(steps))
        self._records = records = job[HEADER:].reshape(-1, STEP)
        self._workers = max([workers for _, _, workers in steps], default=1)
        units = [chunks if workers > 1 else 1 for _, chunks, workers in steps]
        job[[KERNEL, TABLE, STEPS, WORKERS]] = kernel, table, len(steps), self._workers
        records[:, PHASE] = [phase for phase, _, _ in steps]
        records[:, CHUNKS] = [chunks for _, chunks, _ in steps]
        records[:, UNITS] = units
        records[:, EACH] = [1 if unit > 1 else chunks for unit, (_, chunks, _) in zip(units, steps)]
        lead, _ = _machine()
        self._lead = functools.partial(lead, _board.ctypes.data, job.ctypes.data)

    def __call__(self):
        """Do all steps."""
        job, records = self._job, self._records
        records[:, NEXT] = records[:, DONE] = 0
        job[JOINED] = 0
        missing = self._workers - 1 - int(_board[SERVING])
        helpers = []
        try:
            if missing > 0:
                helpers = threads.started(_serve, missing + 1)
        finally:                                            # after an interruption, too
            self._lead()
            for one in helpers:
                one.cancel()


def _serve(worker):
    """Help whoever needs it, for a while."""
    _, serve = _machine()
    serve(_board.ctypes.data)


def _lines(count):
    """So many words that are 0, from the start of a cache line on."""
    memory = np.zeros(count + LINE, np.int64)
    return memory[-(memory.ctypes.data//8) % LINE:][:count]


@functools.cache
def _machine():
    """(lead, serve)"""
    address = ctypes.c_int64
    return (ctypes.CFUNCTYPE(None, address, address)(builtin.machine_code("lead", emit_lead, None)),
            ctypes.CFUNCTYPE(None, address)(builtin.machine_code("serve", emit_serve, None)))


_board = _lines(BOARD)


def _after_fork():
    """Nobody serves in a child, and no job of another thread is there."""
    _board[:] = 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
