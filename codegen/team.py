"""A kernel, its table and its phases go in; a call comes out, which several threads do in machine code
(emit.llvm.team).
"""
import ctypes
import functools
import os

import numpy as np

from . import builtin, threads
from .emit.llvm.team import (BOARD, BOARD_AT, CHUNKS, EACH, HEADER, KERNEL, LINE, PHASE, SERVING, STEP, STEPS, TABLE,
                             UNITS, WORKERS, emit_lead, emit_serve)
from .entry import KERNEL as KIND


class Team:
    """One call in flight at a time.

    kernel, table   addresses
    steps           (phase, its chunks, threads that share it) of each phase, in order

    lead, address   what is called for it, as a kernel is, and with which address instead of a table's
    """

    def __init__(self, kernel, table, steps):
        self._job = job = _lines(HEADER + STEP*len(steps))
        self.helpers = max([workers for _, _, workers in steps], default=1) - 1
        self.lead, self.address = _machine()[0], job.ctypes.data
        units, records = [chunks if workers > 1 else 1 for _, chunks, workers in steps], job[HEADER:].reshape(-1, STEP)
        job[[BOARD_AT, KERNEL, TABLE, STEPS, WORKERS]] = _board.ctypes.data, kernel, table, len(steps), self.helpers + 1
        records[:, PHASE] = [phase for phase, _, _ in steps]
        records[:, CHUNKS] = [chunks for _, chunks, _ in steps]
        records[:, UNITS] = units
        records[:, EACH] = [1 if unit > 1 else chunks for unit, (_, chunks, _) in zip(units, steps)]
        self._lead = functools.partial(KIND(self.lead), self.address, -1, 0, 0, 0)

    def __call__(self):
        """Do all steps."""
        missing, helpers = self.helpers - int(_board[SERVING]), []
        try:
            if missing > 0:
                processor, let_others_run = _system()
                helpers = threads.started(functools.partial(_serve, processor()), missing + 1)
                let_others_run()
        finally:                                            # after an interruption, too
            self._lead()
            for one in helpers:
                one.cancel()


def _serve(busy, worker):
    """Help whoever needs it, for a while; first away from the processor that is busy with the leader: the system likes
    to put a thread there that is woken, and leaves it for some milliseconds.
    """
    allowed = os.sched_getaffinity(0) if busy >= 0 else set()
    if allowed - {busy}:
        os.sched_setaffinity(0, allowed - {busy})
        os.sched_setaffinity(0, allowed)
    _machine()[1](_board.ctypes.data)


@functools.cache
def _system():
    """(a function that tells on which processor this runs, or -1, a function that lets those run who wait for it: a
    helper that was put here goes elsewhere).
    """
    functions = [getattr(ctypes.CDLL(None), name, None) for name in ("sched_getcpu", "sched_yield")] \
        if hasattr(os, "sched_setaffinity") else [None]
    return tuple(functions) if None not in functions else (lambda: -1, lambda: None)


def _lines(count):
    """So many words that are 0, from the start of a cache line on."""
    memory = np.zeros(count + LINE, np.int64)
    return memory[-(memory.ctypes.data//8) % LINE:][:count]


@functools.cache
def _machine():
    """(the address of lead, serve)"""
    return (builtin.machine_code("lead", emit_lead, None),
            ctypes.CFUNCTYPE(None, ctypes.c_int64)(builtin.machine_code("serve", emit_serve, None)))


_board = _lines(BOARD)
serving = _board[SERVING:].ctypes.data      # the address of the number of helpers that look out for work


def _after_fork():
    """Nobody serves in a child, and no job of another thread is there."""
    _board[:] = 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
