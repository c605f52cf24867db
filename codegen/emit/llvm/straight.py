"""A long Map without loops in, a chain of small functions out, each a few hundred instructions of it.

LLVM's time grows faster than the length of a function, and most of its passes gain little on straight-line code:
the pieces are compiled without optimisation and not inlined.  A value that a later piece needs is kept in memory.
"""
import heapq

from llvmlite import ir

from codegen.loops import Store, arguments

from . import text
from .code import DOUBLE, INT, Code, Value
from .maps import Nest
from .primitives import as_number

LONGEST = 600                   # instructions of a Map that is still compiled as one piece
PIECE = 600                     # instructions of a piece


def is_long(statement):
    """Is this a Map without loops, too long for one piece?"""
    return not statement.axes and len(statement.body) > LONGEST


def emit_straight(code, statement):
    """Write the pieces, and calls of them one after the other."""
    body = statement.body
    pieces = [range(k, min(k + PIECE, len(body))) for k in range(0, len(body), PIECE)]
    slots, count = _kept(body)
    memory = code.scratch(DOUBLE, code.int(max(1, count)))
    address = code.builder.ptrtoint(memory, INT)
    make = _written if text.fits(body) else _built
    for number, piece in enumerate(pieces):
        name = f"{code.function.name}_piece{len(code.pieces)}_{number}"
        code.builder.call(_apart(make(code, statement, piece, slots, name)), [code.table, address, code.high, code.worker])
    code.pieces.append(statement)


def _kept(body):
    """({instruction: its place in memory} of the values that are used in a later piece than their own, places in all).

    A place is given anew in the pieces after the last one that needs its value.
    """
    last = {}
    for piece in range(PIECE, len(body), PIECE):
        for line in body[piece:piece + PIECE]:
            for a in arguments(line):
                if a < piece and not _cheap(body[a]):
                    last[a] = piece//PIECE
    slots, free, leaving, count = {}, [], [], 0
    for a in sorted(last):
        while leaving and leaving[0][0] < a//PIECE:
            free.append(heapq.heappop(leaving)[1])
        if not free:
            free.append(count)
            count += 1
        slots[a] = free.pop()
        heapq.heappush(leaving, (last[a], slots[a]))
    return slots, count


def _cheap(line):
    """Is this done again rather than kept: a load, a number?"""
    return not arguments(line)


def _apart(function):
    function.linkage = "internal"
    for word in ("noinline", "optnone"):
        function.attributes.add(word)
    return function


def _written(code, statement, piece, slots, name):
    """One function as text: void (table, address of kept values, -, -)."""
    return text.write(code, statement.body, piece, slots, code.function.function_type, name)


def _built(code, statement, piece, slots, name):
    """The same by llvmlite's objects."""
    nest, function = Nest(code, statement, {}), ir.Function(code.builder.module, code.function.function_type, name)
    inner = Code(function, code.layout, code.target, code.itemtype)
    inner.calls = True
    kept = inner.builder.inttoptr(inner.low, DOUBLE.as_pointer())
    body, known = nest.body, {}
    nest.code, nest.values = inner, known
    for k in piece:
        line = body[k]
        for a in arguments(line):
            if a not in known:
                known[a] = _fetch(inner, nest, body, a, slots, kept)
        if isinstance(line, Store) and line.mode != "set":
            nest.accumulate(k, line, 1)
        elif isinstance(line, Store) or k in slots or not _cheap(line):
            known[k] = nest.line(k, line, 1)
            if k in slots:
                value = as_number(inner, known[k])
                inner.builder.store(value.raw, inner.builder.gep(kept, [inner.int(slots[k])]))
    inner.finish()
    return function


def _fetch(code, nest, body, a, slots, kept):
    """The value of an earlier instruction: done again when that is cheap, else from memory."""
    if a in slots:
        return Value(code.builder.load(code.builder.gep(kept, [code.int(slots[a])])))
    return nest.line(a, body[a], 1)

