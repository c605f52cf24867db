"""A pass over rows in; the loop that asks for the next tile's data while it computes, and how, out.

A tile's products read its data as fast as memory gives them; the functions of a row in between read next to nothing,
and memory rests.  So the loop with the most arithmetic asks, row by row, for the same row of the next tile: into the second
cache, since the first is filled by the tile at hand.  Value and gradient of a logistic regression, one thread, ms:

                        1 000 000 × 10    100 000 × 20    100 000 × 50
    as memory gives          7.4              1.01             2.5
    asked for ahead          5.6              0.66             2.5
"""
from llvmlite import ir

from codegen.loops import Apply, Contract, Map
from codegen.plan import row_steps
from codegen.vectormath.llvm_ops import declared

from .primitives import cost

LINE = 64                       # bytes that are fetched together
WIDEST = 512                    # bytes of a row: the machine itself looks ahead in wider ones
SECOND_CACHE = 2                # of LLVM's degrees of locality
BYTE, WORD = ir.IntType(8), ir.IntType(32)


def carrier(rows, itemsize):
    """(the Map that asks, {buffer: bytes of one of its rows}); (None, {}) where there is nothing to ask for."""
    wanted = {}
    for statement in rows.body:
        for access in statement.operands if isinstance(statement, Contract) else ():
            step = row_steps(access, rows.axis)
            if access.buffer.kind in ("input", "constant") and type(step) is int and LINE//2 <= step*itemsize <= WIDEST:
                wanted[access.buffer] = step*itemsize
    loops = [s for s in rows.body if isinstance(s, Map) and s.axes == (rows.axis,)]
    if not wanted or not loops:
        return None, {}
    return max(loops, key=_arithmetic), wanted


def _arithmetic(statement):
    return sum(cost(line.name) for line in statement.body if isinstance(line, Apply))


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
