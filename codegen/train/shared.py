"""Code at its place goes in; an address comes out, which machine code calls as it calls a kernel, and several threads
run it.
"""
import ctypes
import functools

from .. import builtin, threads
from ..emit.llvm.code import DOUBLE, FLOAT
from ..entry import KERNEL
from ..team import Team
from .move import COUNT, SHARE, emit_move


class Shared:
    """A kernel whose phases are run one after the other, by several threads, and a move whose entries they share.

    fixed    codegen.execute.Fixed of one code, for batches of several sizes;  steps  for each, its phases, as a bound
             function has them
    address  of a function as a kernel is
    raised   what was raised in the last call, an interruption above all, or None.  The status says then that there are
             no results
    """

    def __init__(self, fixed, steps):
        self.raised = None
        self._teams = {one.table: (Team(one.kernel, one.table, own), one.table + 8*one.status)
                       for one, own in zip(fixed, steps)}
        self._called = KERNEL(self._run)
        self.address = ctypes.cast(self._called, ctypes.c_void_p).value

    def moves(self, method, dtype, table):
        """The address of a function that moves the vectors of a table (codegen.train.move) by a method."""
        code = builtin.machine_code(f"move {method}", _emit(method), DOUBLE if dtype == "float64" else FLOAT)
        chunks = -(-int(table[COUNT])//SHARE)
        team = Team(code, table.ctypes.data, [(0, chunks, min(threads.count(), chunks))])

        def move(*_):
            with _Raising(self):
                team()

        self._moves = KERNEL(move)
        return ctypes.cast(self._moves, ctypes.c_void_p).value

    def _run(self, table, phase, low, high, worker):
        team, status = self._teams[table]
        with _Raising(self, status):
            if self.raised is not None:                     # in the move before
                raise self.raised
            team()


@functools.cache
def _emit(method):
    return functools.partial(emit_move, method=method)


class _Raising:
    """Whatever is raised inside is kept for who called the machine code, and the status, if there is one, is set: the code
    between cannot pass it on."""

    def __init__(self, shared, status=None):
        self.shared, self.status = shared, status

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is not None:
            self.shared.raised = error
            if self.status is not None:
                ctypes.c_int64.from_address(self.status).value = 1
        return True
