"""A statement in, the two matrices whose product it is out, where it is one, large enough for phases of its own."""
from dataclasses import dataclass

from .loops import Affine, Axis, Contract, Load

LARGE = 16_384                  # products of the two shortest axes from which on panels are worth their copies


@dataclass(frozen=True)
class Sides:
    """out[rows, columns] (= or +=) Σ_summed left·right, where left runs over (rows, summed), right over (summed, columns).

    Columns lie next to each other in the result.
    """
    left: Load
    right: Load
    rows: Axis
    columns: Axis
    summed: Axis


def sides(statement):
    """The Sides of a statement; None where it is no product of two matrices, or no large one as far as lengths are known."""
    if not isinstance(statement, Contract) or (len(statement.axes), len(statement.reduce)) != (2, 1) \
            or len(statement.operands) != 2:
        return None
    found = [_axes(access) for access in (statement.out, *statement.operands)]
    if None in found:
        return None
    (rows, columns), (summed,) = found[0], statement.reduce
    for left, right in (statement.operands, statement.operands[::-1]):
        if set(_axes(left)) == {rows, summed} and set(_axes(right)) == {summed, columns}:
            return Sides(left, right, rows, columns, summed) if _large((rows, columns, summed)) else None
    return None


def _axes(access):
    """The two axes that the two indices of an access are; None of others."""
    index = access.index
    plain = len(index) == len(access.buffer.shape) == 2 and not access.buffer.tiled and all(
        isinstance(i, Affine) and len(i.terms) == 1 and i.terms[0][1] == 1 for i in index)
    axes = tuple([i.terms[0][0] for i in index]) if plain else ()
    return axes if len(set(axes)) == 2 else None


def _large(axes):
    known = sorted([a.extent for a in axes if type(a.extent) is int])
    return len(known) >= 2 and known[0]*known[1] >= LARGE
