"""Chunks of rows in, the same chunks done by several threads out; which thread does which chunk changes no bit."""
import functools
import os
import threading
from concurrent.futures import ThreadPoolExecutor

SETTINGS = ("SYMDIFF_NUM_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS")     # joblib sets the last two

_pool = None
_lock = threading.Lock()


@functools.cache
def count():
    """Threads to use: what the first of SETTINGS said that is set, when first asked, or as many as the process may run
    on.
    """
    for name in SETTINGS:
        wanted = os.environ.get(name, "")
        if wanted.isdigit() and int(wanted) > 0:
            return int(wanted)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share(run, chunks, workers):
    """run(low, high, worker) for each of `chunks` chunks, once; the calling thread is worker 0 and takes part.

    Whoever is free takes the next chunk.  Helpers that have not begun when the chunks are gone are not waited for, so
    that calls from many threads, or on a busy pool, go on by themselves.  An exception of any worker is raised after
    all have ended.
    """
    left = iter(range(chunks))

    def work(worker):
        for chunk in left:
            run(chunk, chunk + 1, worker)

    helpers = started(work, min(workers, chunks))
    try:
        work(0)
    finally:
        list(left)                                  # after an exception: nobody begins another chunk
        errors = [error for one in helpers if not one.cancel() and (error := one.exception())]
    if errors:
        raise errors[0]


def started(work, workers):
    """Helpers that run work(1), work(2), … below workers, as many as there can be: none while the interpreter ends or
    the system has no more threads.
    """
    helpers = []
    try:
        for worker in range(1, workers):
            helpers.append(_executor().submit(work, worker))
    except RuntimeError:
        pass
    return helpers


def _executor():
    global _pool
    with _lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(max_workers=max(1, count() - 1), thread_name_prefix="symdiff")
        return _pool


def _after_fork():
    """Threads do not survive a fork: the child makes its own."""
    global _pool, _lock
    _pool, _lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
