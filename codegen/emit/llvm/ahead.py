"""A pass over rows in; the loop that asks for the next tile's data while it computes, and how, out.

A tile's products read its data as fast as memory gives them; the functions of a row in between read next to nothing,
and memory rests.  So the loop with the most arithmetic asks, row by row, for the same row of the next tile: into the second
cache, since the first is filled by the tile at hand.  Where data are read once only, or little is computed, memory gives
its most by itself, and what is asked for besides stands in its way.  Value and gradient, one thread, ns a row:

                        logistic regression                        least squares
                        1 000 000 × 10    100 000 × 20    × 50     1 000 000 × 10    × 5
    as memory gives          6.5              6.5          25            4.5          1.9
    asked for ahead          5.4              5.8          25            5.6          3.4
"""
from llvmlite import ir

from codegen.loops import Map
from codegen.plan import read_twice
from codegen.vectormath.llvm_ops import declared

from .primitives import arithmetic

LINE = 64                       # bytes that are fetched together
WIDEST = 512                    # bytes of a row: the machine itself looks ahead in wider ones
FEWEST = 8                      # multiplications of a row, about, that leave memory the time
SECOND_CACHE = 2                # of LLVM's degrees of locality
BYTE, WORD = ir.IntType(8), ir.IntType(32)


def carrier(rows, itemsize):
    """(the Map that asks, {buffer: bytes of one of its rows}); (None, {}) where there is nothing to ask for."""
    wanted = {buffer: step*itemsize for buffer, step in read_twice(rows.body, rows.axis).items()
              if LINE//2 <= step*itemsize <= WIDEST}
    loops = [s for s in rows.body if isinstance(s, Map) and s.axes == (rows.axis,) and arithmetic(s.body) >= FEWEST]
    if not wanted or not loops:
        return None, {}
    return max(loops, key=lambda loop: arithmetic(loop.body)), wanted


def asks(code, rows, start, wanted):
    """A function of (index of a row in the tile, rows from it on): asks for the data of those rows of the next tile."""
    b = code.builder
    next_tile = b.add(start, code.int(rows.tile))
    kind = ir.FunctionType(ir.VoidType(), [BYTE.as_pointer(), WORD, WORD, WORD])
    fetch = declared(b.module, kind, "llvm.prefetch.p0")

    def ask(index, count):
        for buffer, size in wanted.items():
            first = code.mul(code.int(size), b.add(next_tile, index))
            row = b.gep(b.bitcast(code.pointer(buffer), BYTE.as_pointer()), [first])
            for place in range(0, size*count, LINE):
                b.call(fetch, [b.gep(row, [code.int(place)]), WORD(0), WORD(SECOND_CACHE), WORD(1)])

    return ask
