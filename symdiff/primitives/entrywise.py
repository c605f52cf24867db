"""NumPy functions for the records: what goes in is arrays of floats, what comes out is float64, without warnings."""
from functools import wraps

import numpy as np


def quiet(function):
    """The function with float64 results and no warnings: nan and inf say it all."""
    @wraps(function)
    def silent(*values):
        with np.errstate(all="ignore"):
            return np.asarray(function(*values), dtype=np.float64)[()]
    return silent


def entrywise(scalar):
    """A scalar function of symdiff.primitives.special applied entry by entry."""
    many = np.frompyfunc(scalar, scalar.__code__.co_argcount, 1)

    @wraps(scalar)
    def array(*values):
        with np.errstate(all="ignore"):
            return np.asarray(many(*[np.asarray(v, dtype=np.float64) for v in values]), dtype=np.float64)[()]
    return array
