"""Code at its place goes in; an address comes out, which machine code calls as it calls a kernel, and several threads
run it.
"""
import ctypes

from ..entry import KERNEL
from ..team import Team


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
        self._teams = {one.table: (Team(one.kernel, one.table, own), one.table + 8*one.status)
                       for one, own in zip(fixed, steps)}
        self._called = KERNEL(self._run)
        self.address = ctypes.cast(self._called, ctypes.c_void_p).value

    def _run(self, table, phase, low, high, worker):
        team, status = self._teams[table]
        try:
            team(self)
        except BaseException as error:                      # the code between cannot pass it on
            self.raised = error
            ctypes.c_int64.from_address(status).value = 1
