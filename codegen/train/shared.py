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
             no results: the machine code between cannot pass on what is raised
    """

    def __init__(self, fixed, steps):
        self.raised = None
        self._teams = {one.table: Team(one.kernel, one.table, own) for one, own in zip(fixed, steps)}
        whole, last = (ctypes.c_int64.from_address(one.table + 8*one.status) for one in (fixed[0], fixed[-1]))
        runs = self._runs(whole, last)
        next(runs)
        self._called = _CALLED(runs.send)
        self.address = ctypes.cast(self._called, ctypes.c_void_p).value

    def _runs(self, whole, last):
        """Each table that is sent is run; the statuses of all are set where something is raised, until the next.

        A generator, since an interruption that came during machine code is raised as soon as Python runs again: in a
        function before its first line, in a generator where it waits.
        """
        while True:
            try:
                while True:
                    table = yield
                    whole.value = last.value = 0
                    self._teams[table](self)
            except GeneratorExit:
                raise
            except BaseException as error:
                whole.value = last.value = 1
                self.raised = error
