"""A kernel, its table and its phases go in; a call comes out, which several threads do in machine code
(emit.llvm.team).
"""
import ctypes
import functools
import math
import os
import time

import numpy as np

from . import builtin, threads
from .emit.llvm.fastcall import PATIENT
from .emit.llvm.team import (BOARD, BOARD_AT, CHUNKS, EACH, HEADER, KERNEL, LINE, PHASE, SERVING, STEP, STEPS, TABLE,
                             UNITS, WORKERS, emit_lead, emit_serve)
from .entry import KERNEL as KIND


OFTEN = 200e-6                  # seconds from a call to the next one in a loop, at most: as long as helpers stay
TRIED = 4                       # calls by themselves after which it is known how they are done best,
AGAIN = 16                      # and after so many more the other way is tried again


class Team:
    """One call in flight at a time.

    kernel, table   addresses
    steps           (phase, its chunks, threads that share it) of each phase, in order
    rhythm          of the calls, where it depends on it whether helpers are woken; None: they are for any call

    lead, address   what is called for it, as a kernel is, and with which address instead of a table's
    """

    def __init__(self, kernel, table, steps, rhythm=None):
        self._job = job = _lines(HEADER + STEP*len(steps))
        self.helpers, self._rhythm = max([workers for _, _, workers in steps], default=1) - 1, rhythm
        self.lead, self.address = _machine()[0], job.ctypes.data
        units, records = [chunks if workers > 1 else 1 for _, chunks, workers in steps], job[HEADER:].reshape(-1, STEP)
        job[[BOARD_AT, KERNEL, TABLE, STEPS, WORKERS]] = _board.ctypes.data, kernel, table, len(steps), self.helpers + 1
        records[:, PHASE] = [phase for phase, _, _ in steps]
        records[:, CHUNKS] = [chunks for _, chunks, _ in steps]
        records[:, UNITS] = units
        records[:, EACH] = [1 if unit > 1 else chunks for unit, (_, chunks, _) in zip(units, steps)]
        self._lead, self._alone = (functools.partial(KIND(function), address, -1, 0, 0, 0)
                                   for function, address in ((self.lead, self.address), (kernel, table)))

    def __call__(self):
        """Do all steps."""
        if self._rhythm is None:
            self._together()
        else:
            self._rhythm(self._alone, self._together)

    def _together(self):
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


class Rhythm:
    """Of the calls of one kernel: helpers are woken for a loop of calls, and for a call by itself if that was found to be
    quicker.  To wake a thread takes from 50 µs to more than a millisecond, as the processor and the system have it.

    missed   a count that each call raises which somebody else does alone: at PATIENT one comes here
    """

    def __init__(self):
        self.missed, self._first = np.full(1, PATIENT), PATIENT
        self._last, self._tried, self._seconds = -math.inf, 0, {}

    def __call__(self, alone, together):
        """Do one or the other."""
        start, missed = time.perf_counter(), int(self.missed[0]) - self._first
        rest = start - self._last - missed*self._seconds.get(False, 0.0)
        often = rest < OFTEN*(1 + missed)
        if often:
            joint = True
        elif self._tried < TRIED:
            joint = self._tried % 2 == 1
        else:
            joint = self._better() != (self._tried % AGAIN == 0)
        (together if joint else alone)()
        self._last, self._first = time.perf_counter(), PATIENT
        if not often:
            self._first -= self._learn(joint, self._last - start)
        self.missed[0] = self._first

    def _learn(self, joint, seconds):
        """Remember how long a call by itself took, done together or alone; one that took very long counts little.  How
        many of the next ones are to be done alone before it is asked whether they are a loop: for no longer than OFTEN.
        """
        self._tried += 1
        known = self._seconds.get(joint, seconds)
        self._seconds[joint] = min(seconds, known) if self._tried <= TRIED else known + (min(seconds, 2*known) - known)/4
        return 0 if self._tried < TRIED or self._better() else min(PATIENT, int(OFTEN/self._seconds[False]))

    def _better(self):
        """Are calls by themselves quicker together?"""
        known = self._seconds.get
        return known(True, math.inf) < known(False, math.inf)


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
