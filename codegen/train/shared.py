"""Code at its place goes in; an address comes out, which machine code calls as it calls a kernel, and several threads
run it.
"""
import ctypes

from ..team import Team

_CALLED = ctypes.CFUNCTYPE(None, ctypes.c_int64)        # of what a kernel is given, the address of the table is enough


class Shared:
    """A kernel whose phases are run one after the other, by several threads.

    fixed    codegen.execute.Fixed of one code, for batches of several sizes;  steps  for each, its phases, as a bound
             function has them
    address  of a function as a kernel is
    raised   what was raised in the last call, an interruption above all, or None.  The status says then that there are
             no results
    """

    def __init__(self, fixed, steps):
        self.raised = None
        self._teams = {one.table: Team(one.kernel, one.table, own) for one, own in zip(fixed, steps)}
        self.whole, self.last = (ctypes.c_int64.from_address(one.table + 8*one.status) for one in (fixed[0], fixed[-1]))
        runs = self._runs()
        next(runs)
        self._called = _CALLED(runs.send)
        self.address = ctypes.cast(self._called, ctypes.c_void_p).value

    def _runs(self):
        """Each table that is sent is run.

        A generator, since an interruption that came during machine code is raised as soon as Python runs again: in a
        function before its first line, in a generator where it waits.
        """
        while True:
            with _Raising(self):
                while True:
                    table = yield
                    self.whole.value = self.last.value = 0
                    self._teams[table](self)


class _Raising:
    """Whatever is raised inside is kept for who called the machine code, and the statuses of all tables are set until the
    next call: the code between cannot pass it on."""

    def __init__(self, shared):
        self.shared = shared

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is GeneratorExit:
            return False
        shared = self.shared
        shared.whole.value = shared.last.value = 1
        shared.raised = error
        return True
