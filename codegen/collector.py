"""Python's garbage collector, at rest while a graph of many small objects is made and compiled."""
import gc
import threading
from contextlib import contextmanager

_lock = threading.Lock()
_inside, _was_on = 0, False


@contextmanager
def at_rest():
    """Inside, no automatic collection: with 10⁵ nodes alive it looks through all of them again and again, which takes half
    of the time, and finds nothing, since nodes refer to earlier ones only.  May be entered twice, and by several threads.
    """
    global _inside, _was_on
    with _lock:
        if not _inside:
            _was_on = gc.isenabled()
            gc.disable()
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside and _was_on:
                gc.enable()
