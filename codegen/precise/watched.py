"""Outputs of a small graph go in, as they are compiled and as they were read; a callable on arrays, right at every
point, comes out.

The machine code computes the outputs in lanes (see `lanes`), and so tells where they may be spoilt.  There, and only
there, the formula as it was read is computed anew, in as many digits as it takes (see symdiff.precise).
"""
import numpy as np

from symdiff.graph import order
from symdiff.lengths import product
from symdiff.precise import Rounded
from symdiff.primitives.leaf import constant
from symdiff.primitives.scan import SCAN

from ..execute import Executable
from .lanes import in_lanes

READ, COMPILED = 80, 450       # entries of all nodes, of the graph as it was read and as it is compiled: more of them
                                # would take seconds to compile


def is_small(outputs):
    """Is a graph such that it is watched: all lengths are numbers, no loops, and few entries?"""
    total = 0
    for node in order(outputs):
        if node.op is SCAN or not all(type(n) is int for n in node.sizes):
            return False
        total += product(node.sizes)
        if total > READ:
            return False
    return True


class Watched:
    """The same calls as an Executable's.

    outputs, read   functions of no arguments that make the graph to compile, and the one as it was read
    key             text that decides both
    """

    def __init__(self, outputs, read, inputs, names, dtype, key, asked=()):
        self.inputs, self.dtype = tuple(inputs), np.dtype(dtype)
        self._read, self._rounded = read, None
        self._run = Executable(lambda: _judged(outputs(), dtype), inputs, names, dtype, f"watched {key}", asked)

    def __call__(self, arrays, out=None):
        """See Executable."""
        *found, right, suspect = self._run(arrays, None if out is None else (*out, None, None))
        return self._anew(arrays, found, right, out) if suspect else tuple(found)

    def at(self, arrays):
        """See Executable."""
        run = self._run.at(arrays)

        def call(arrays, out=None):
            *found, right, suspect = run(arrays, None if out is None else (*out, None, None))
            return self._anew(arrays, found, right, out) if suspect else tuple(found)

        return call

    def _anew(self, arrays, found, right, out):
        """The outputs, those that are not right computed with more digits; those found where an input is no number."""
        if not all([np.isfinite(a).all() for a in arrays]):
            return tuple(found)
        if self._rounded is None:
            self._rounded = Rounded(self._read())
        values = {node.attributes[0]: a for node, a in zip(self.inputs, arrays)}
        spoilt, start = [], 0
        for k, one in enumerate(found):
            start, stop = start + np.size(one), start
            if not right[stop:start].all():
                spoilt.append(k)
        for k, result in zip(spoilt, self._rounded(values, found, spoilt)):
            if np.ndim(result):
                given = np.empty(result.shape, self.dtype) if out is None or out[k] is None else out[k]
                given[...] = result
                found[k] = given
            else:
                found[k] = float(self.dtype.type(result))
        return tuple(found)


def _judged(outputs, dtype):
    """The outputs and whether they are suspect; never, where there are too many to be watched, or none."""
    entries = sum(product(node.sizes) for node in order(outputs))
    if entries > COMPILED or not any(product(o.sizes) for o in outputs):
        return (*outputs, constant(1, (0,)), constant(0))
    return in_lanes(outputs, dtype)
