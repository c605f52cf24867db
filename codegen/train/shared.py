"""Code at its place goes in; an address comes out, which machine code calls as it calls a kernel, and several threads
run it.
"""
import ctypes

from .. import threads
from ..entry import KERNEL


class Shared:
    """A kernel whose phases are run one after the other, each by as many threads as it is worth.

    fixed    codegen.execute.Fixed of one code, for batches of several sizes;  steps  for each, its phases, as a bound
             function has them
    address  of a function as a kernel is
    raised   what was raised in the last call, an interruption above all, or None.  The status says then that there are
             no results
    """

    def __init__(self, fixed, steps):
        self._kernel, self.raised = KERNEL(fixed[0].kernel), None
        self._steps = {one.table: (own, one.table + 8*one.status) for one, own in zip(fixed, steps)}
        self._called = KERNEL(self._run)
        self.address = ctypes.cast(self._called, ctypes.c_void_p).value

    def _run(self, table, phase, low, high, worker):
        steps, status = self._steps[table]
        with _Raising(self, status):
            for k, chunks, workers in steps:
                if workers == 1:
                    self._kernel(table, k, 0, chunks, 0)
                else:
                    self._share(table, k, chunks, workers)

    def _share(self, table, k, chunks, workers):
        threads.share(lambda low, high, worker: self._kernel(table, k, low, high, worker), chunks, workers)


class _Raising:
    """Whatever is raised inside is kept for who called the machine code, and the status is set: the code between cannot
    pass it on."""

    def __init__(self, shared, status):
        self.shared, self.status = shared, status

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is not None:
            self.shared.raised = error
            ctypes.c_int64.from_address(self.status).value = 1
        return True
