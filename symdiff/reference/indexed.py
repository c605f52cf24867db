"""Indexed expressions, Sum and Product: every running index is an axis, and a sum over it a sum over that axis."""
import numpy as np
import sympy as sp

from .lengths import integers


class Scope:
    """The running indices around a subexpression, one axis each.

    positions  {index: its integers, as an array with one axis per running index, of length 1 where it does not run}
    given      {symbol: value} of a function's arguments
    done       what was read in this scope
    """

    def __init__(self, positions=None, rank=0, given=None):
        self.positions, self.rank, self.given, self.done = positions or {}, rank, given or {}, {}


def read(reader, e, scope):
    """The value of a Sum, a Product or an indexed entry."""
    scope = scope or Scope()
    if isinstance(e, (sp.Sum, sp.Product)):
        return total(reader, e, scope)
    base, *indices = e.args if not isinstance(e, sp.Indexed) else (e.base, *e.indices)
    if not isinstance(e, sp.Indexed) and len(indices) == 1 and isinstance(indices[0], sp.Tuple):
        indices = list(indices[0])                              # ArrayElement keeps its indices in a tuple
    return reader.do("gather", reader.read(base), *[reader.read(i, scope) for i in indices])


def total(reader, e, scope):
    """A Sum or Product: its body with one more axis per limit, then those axes taken together."""
    positions = {i: p.reshape(p.shape + (1,)*len(e.limits)) for i, p in scope.positions.items()}
    rank = scope.rank + len(e.limits)
    inside, shape = np.ones((1,)*rank, dtype=bool), [1]*rank
    for axis, (index, *bounds) in enumerate(reversed(e.limits), start=scope.rank):
        low, high = bounds or (index.lower, index.upper)
        low, high = [np.asarray(integers(b, reader.bound | positions)) for b in (low, high)]
        low, high = [b if b.ndim else b.reshape((1,)*rank) for b in (low, high)]
        length = max(int(np.max(high - low)) + 1, 0)
        run = np.arange(length).reshape((1,)*axis + (length,) + (1,)*(rank - axis - 1))
        inside = inside & (low + run <= high)
        positions[index] = np.minimum(low + run, np.maximum(high, low)) if length else low + run
        shape[axis] = length
    inner = Scope(positions, rank, widened(reader, scope, len(e.limits)))
    body = reader.read(e.function, inner)
    wide = np.broadcast_shapes(body.shape, inside.shape, tuple(shape))
    body = reader.do("broadcast_to", body, wide)
    neutral = sp.S.Zero if isinstance(e, sp.Sum) else sp.S.One
    if not inside.all():
        where = reader.number(np.broadcast_to(inside, wide).astype(float))
        body = reader.do("select", where, body, reader.number(neutral))
    axes = tuple(range(scope.rank, rank))
    return reader.do("sum" if isinstance(e, sp.Sum) else "prod", body, axes, 0)


def widened(reader, scope, more):
    """A function's arguments, with axes of length 1 for further running indices."""
    return {s: reader.do("reshape", v, v.shape + (1,)*more) if v.shape else v for s, v in scope.given.items()}
