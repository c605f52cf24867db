"""Code at its place goes in; an address comes out, which machine code calls as it calls a kernel, and several threads
run it.
"""
import ctypes
import functools

from .. import builtin, threads
from ..emit.llvm.code import DOUBLE, FLOAT
from ..team import Team
from .move import ALONE, COUNT, SHARE, emit_move

_CALLED = ctypes.CFUNCTYPE(None, ctypes.c_int64)        # of what a kernel is given, the address of the table is enough


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
        self._teams = {one.table: Team(one.kernel, one.table, own) for one, own in zip(fixed, steps)}
        self._statuses = [ctypes.c_int64.from_address(one.table + 8*one.status) for one in fixed]
        self._called, self.address = _function(self._run, _Raising(self, self._statuses))

    def moves(self, method, dtype, table):
        """The address of a function that moves the vectors of a table (codegen.train.move) by a method; what it has
        several threads run is put into the table.
        """
        code = builtin.machine_code(f"move {method}", _emit(method), DOUBLE if dtype == "float64" else FLOAT)
        table[ALONE], chunks = code, -(-int(table[COUNT])//SHARE)
        team = Team(code, table.ctypes.data, [(0, chunks, min(threads.count(), chunks))])

        self._moves, address = _function(lambda table: team(), _Raising(self, []))
        return address

    def _run(self, table):
        for status in self._statuses:
            status.value = 0
        if self.raised is not None:                         # in the move before
            raise self.raised
        self._teams[table]()


def _function(work, raising):
    """(a function that is called as a kernel is, and does work(table); its address)."""
    calls = _calls(work, raising)
    next(calls)
    made = _CALLED(calls.send)
    return made, ctypes.cast(made, ctypes.c_void_p).value


def _calls(work, raising):
    """A generator, since an interruption that came during machine code is raised as soon as Python runs again: in a
    function before its first line, in a generator where it waits.
    """
    while True:
        with raising:
            while True:
                table = yield
                work(table)


@functools.cache
def _emit(method):
    return functools.partial(emit_move, method=method)


class _Raising:
    """Whatever is raised inside is kept for who called the machine code, and these statuses are set until the next
    call: the code between cannot pass it on.
    """

    def __init__(self, shared, statuses):
        self.shared, self.statuses = shared, statuses

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is GeneratorExit:
            return False
        self.shared.raised = error
        for status in self.statuses:
            status.value = 1
        return True
