"""The CPU time at which something began goes in, with the seconds it takes; what comes out says whether it may be a hang.

A machine that others use, and a collector that walks what earlier tests left, make anything take several times as long:
a test sees what no longer ends in its time (work that grew with the square of its size, a number written out in full),
never a slow minute. How fast something is, the benchmarks show.
"""
import time

PATIENCE = 20


def soon(start, seconds):
    """Whether what began at `start`, a `time.process_time()`, took less than so many times its `seconds`."""
    return time.process_time() - start < PATIENCE*seconds
