"""One statement of a program in, its lines in the function being written out."""
from codegen.loops import Call, Contract, Fill, Gather, Map, Rows, Steps, Store
from codegen.routines import ROUTINES

from .contract import contract_lines
from .maps import combined, map_lines
from .text import number


def statement_lines(f, statement):
    """Write the statement."""
    _EMIT[type(statement)](f, statement)


def _fill(f, statement):
    _set(f, statement.buffer, statement.value)


def _set(f, b, value):
    where = f.buffer(b)
    f.line(f"{where}[:] = {number(value).text}" if b.shape else f"{where} = {number(value).text}")


def _rows(f, statement):
    """One pass: its sums start, its tiles follow one another; each tile has sums of its own, added when it is done."""
    apart = [s for s in statement.sums if not _scattered(statement, s.buffer)]
    for s in statement.sums:
        _set(f, s.buffer, s.initial)
    parts = {s.buffer: f.names.fresh(f"{f.buffers[s.buffer]}_tile") for s in apart}
    for s in apart:
        if s.buffer.shape:
            f.allocate(parts[s.buffer], s.buffer.shape)
    rows = f.length(statement.axis.extent)
    with f.block(f"for start in range(0, {rows}, {statement.tile}):"):
        f.line(f"stop = min(start + {statement.tile}, {rows})")
        f.row, f.parts = statement.axis, parts
        for s in apart:
            _set(f, s.buffer, s.initial)
        for inner in statement.body:
            statement_lines(f, inner)
        f.row, f.parts = None, {}
        for s in apart:
            _meet(f, s, parts[s.buffer])


def _scattered(statement, b):
    """Is the sum written at computed positions: then it may be long, and few of its entries change in a tile."""
    return any(isinstance(line, Store) and line.buffer is b and any(isinstance(i, Gather) for i in line.index)
               for s in statement.body if isinstance(s, Map) for line in s.body)


def _meet(f, s, part):
    """The sum of a tile is added to the sum of all."""
    where = f.buffers[s.buffer]
    if not s.buffer.shape or s.mode == "add":
        f.line(combined(where, s.mode, part, f.helpers))
        return
    letters = f.names.letters(len(s.buffer.shape))
    index, depth = f"[{', '.join(letters)}]", f.depth
    for letter, n in zip(letters, s.buffer.shape):
        f.line(f"for {letter} in range({f.length(n)}):")
        f.depth += 1
    f.line(combined(where + index, s.mode, part + index, f.helpers))
    f.depth = depth


def _steps(f, statement):
    """The body in a loop; after each step the new state takes the place of the old one."""
    step, n = f.names.fresh("step"), f.length(statement.axis.extent)
    with f.block(f"for {step} in range({n}):" if not statement.reverse else f"for {step} in range({n} - 1, -1, -1):"):
        f.steps[statement.axis] = step
        for inner in statement.body:
            statement_lines(f, inner)
        for before, after in statement.carried:
            f.line(f"{f.buffer(before)}{'[:]' if before.shape else ''} = {f.buffer(after)}")
        if not statement.body and not statement.carried:
            f.line("pass")
        del f.steps[statement.axis]


def _call(f, statement):
    """A routine on arrays with one batch axis in front."""
    routine = ROUTINES[statement.name]
    if routine.function not in f.helpers:
        f.helpers.append(routine.function)
    rank = len(statement.inputs[0].shape) - routine.axes
    out = statement.outputs[0]
    flags = [str(int(a)) for a in statement.attributes]
    if out.shape:
        arrays = [_batched(f, b, rank) for b in (*statement.inputs, *statement.outputs)]
        f.line(f"{routine.function.__name__}({', '.join([*flags, *arrays])})")
        return
    cell = f.names.fresh(f"{f.buffers[out]}_cell")
    f.allocate(cell, (1, 1))
    arrays = [*[_batched(f, b, rank) for b in statement.inputs], cell,
              *[_batched(f, b, rank) for b in statement.outputs[1:]]]
    f.line(f"{routine.function.__name__}({', '.join([*flags, *arrays])})")
    f.line(f"{f.buffer(out)} = {cell}[0, 0]")


def _batched(f, b, rank):
    """The buffer with its first `rank` axes as one; a scalar per batch has an axis of length 1."""
    rest = b.shape[rank:] or (1,)
    if rank == 1 and b.shape[rank:]:
        return f.buffers[b]
    count = 1
    for n in b.shape[:rank]:
        count = count*n
    return f"{f.buffers[b]}.reshape({', '.join(map(f.length, (count, *rest)))})"


_EMIT = {Map: map_lines, Contract: contract_lines, Fill: _fill, Rows: _rows, Steps: _steps, Call: _call}
