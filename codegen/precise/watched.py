"""Outputs of a small graph go in, as they are compiled and as they were read; a callable on arrays, right at every
point, comes out.

The machine code computes the outputs in lanes (see `lanes`), and so tells where they may be spoilt.  There, and only
there, the formula as it was read is computed anew, in as many digits as it takes (see symdiff.precise), and the compiled
one where that would be too many.
"""
import numpy as np

from symdiff import passes
from symdiff.graph import order
from symdiff.lengths import product
from symdiff.precise import Rounded
from symdiff.primitives import build
from symdiff.primitives.leaf import constant
from symdiff.primitives.scan import SCAN

from .. import cache
from ..execute import Executable
from .lanes import in_lanes

READ, COMPILED = 80, 700       # entries of all nodes, of the graph as it was read and as it is compiled: more of them
                                # would take seconds to compile

AS_TYPED = tuple([one for one in passes.AFTER if one is not passes.stabilise])
AS_READ = 2                     # what `suspect` is where the graph as it was read is watched


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

    plain           the Executable that is not watched
    outputs, read   functions of no arguments that make the graph to compile, and the one as it was read
    key             text that decides both
    """

    def __init__(self, plain, outputs, read, names, dtype, key, asked=()):
        self.inputs, self.dtype, self._plain = plain.inputs, np.dtype(dtype), plain
        self._outputs, self._read, self._rounded = outputs, read, None
        self._run = Executable(lambda: _judged(outputs(), read, dtype), self.inputs, names, dtype, f"watched {key}",
                               asked)

    def __call__(self, arrays, out=None):
        """See Executable."""
        *found, right, suspect = self._run(arrays, None if out is None else (*out, None, None))
        return self._anew(arrays, found, right, suspect, out) if suspect else tuple(found)

    def at(self, arrays):
        """See Executable."""
        run = self._run.at(arrays)

        def call(arrays, out=None):
            *found, right, suspect = run(arrays, None if out is None else (*out, None, None))
            return self._anew(arrays, found, right, suspect, out) if suspect else tuple(found)

        return call

    def fastcall(self, arrays):
        """See Executable."""
        return self._run.fastcall(arrays, hidden=2)

    def _anew(self, arrays, found, right, suspect, out):
        """The outputs, those that are not right computed with more digits; or by the code that is not watched, where an
        input is no number, or more digits find nothing."""
        other, spoilt, start = self._plain(arrays) if suspect == AS_READ else found, [], 0
        for k, one in enumerate(found):
            start, stop = start + np.size(one), start
            if not right[stop:start].all():
                spoilt.append(k)
        results = [other[k] for k in spoilt]
        if all([np.isfinite(a).all() for a in arrays]):
            if self._rounded is None:
                self._rounded = Rounded(passes.exactly(self._read()), self._outputs)
            values = {node.attributes[0]: a for node, a in zip(self.inputs, arrays)}
            with cache.lock:                    # the passes of what is compiled meanwhile use mpmath's precision, too
                results = self._rounded(values, other, spoilt)
        for k, result in zip(spoilt, results):
            if np.ndim(result):
                given = np.empty(result.shape, self.dtype) if out is None or out[k] is None else out[k]
                given[...] = result
                found[k] = given
            else:
                found[k] = float(self.dtype.type(result))
        return tuple(found)


def _judged(outputs, read, dtype):
    """The outputs and whether they are suspect: of the graph to compile, or, where that is too large to be watched, of
    the one as it was read, with `suspect` as AS_READ or 0; never suspect, where that is too large too, or is nothing.
    """
    if any(product(o.sizes) for o in outputs):
        if _entries(outputs) <= COMPILED:
            return in_lanes(outputs, dtype)
        typed = passes.run(read(), AS_TYPED)[0]
        if _entries(typed) <= COMPILED:
            *made, suspect = in_lanes(typed, dtype)
            return (*made, build.elementwise("mul", constant(AS_READ), suspect))
    return (*outputs, constant(1, (0,)), constant(0))


def _entries(outputs):
    return sum(product(node.sizes) for node in order(outputs))
