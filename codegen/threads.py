"""Chunks of rows in, the same chunks done by several threads out; which thread does which chunk changes no bit."""
import os
import threading
from concurrent.futures import ThreadPoolExecutor, wait

_pool = None
_lock = threading.Lock()


def count():
    """Threads to use: SYMDIFF_NUM_THREADS, or as many as the process may run on."""
    wanted = os.environ.get("SYMDIFF_NUM_THREADS", "")
    if wanted.isdigit() and int(wanted) > 0:
        return int(wanted)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share(run, chunks, workers):
    """run(low, high, worker) for `chunks` chunks cut evenly among workers; the calling thread is worker 0.

    An exception of any worker is raised after all have ended.
    """
    cuts = [chunks*w//workers for w in range(workers + 1)]
    waiting = [_executor().submit(run, cuts[w], cuts[w + 1], w) for w in range(1, workers)]
    try:
        run(cuts[0], cuts[1], 0)
    finally:
        wait(waiting)
    for one in waiting:
        one.result()


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
