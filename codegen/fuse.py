"""Loops in, fewer loops out: movers are read through, and what runs over the same rows becomes one tiled pass."""
from dataclasses import replace

from symdiff.primitives.record import TABLE

from .loops import (Apply, Axis, Buffer, Contract, Fill, Gather, Length, Load, Map, Number, Position, Rows, Steps, Store,
                    Sum, at, axes_of, reads, replace_buffers, substitute, writes)
from .merge import merge_maps
from .plan import read_twice
from .rows import row_classes, schedule

TILE_BYTES = 1 << 18            # what the tiled buffers of one pass may take together
AGAIN_BYTES = 1 << 13           # and what it reads again of data with rows
WIDE_ROW = 24                   # of so many entries and more
SMALLEST_TILE, LARGEST_TILE = 32, 256
FEWEST_LINES = 8                # a single loop of so few instructions, or as cheap ones, is not worth one either
LARGEST_TURNED = 1 << 16        # entries of an array that is copied so that its columns lie next to each other
FEWEST_ROWS = 64                # a shorter axis of known length is not worth a pass of its own


def fuse(program):
    """The program with the same outputs, in as few passes over the data as its sums allow.

    Needs:    a program as `lower` makes it: every statement on whole buffers.
    Promises: equal numbers up to the order of sums; a buffer that runs over the rows of a pass exists
              one tile at a time, unless it is an output or is read outside of the pass.
    """
    if all(isinstance(s, Fill) or isinstance(s, Map) and not s.axes for s in program.statements[:-1]) \
            and len(program.statements) - sum(isinstance(s, Fill) for s in program.statements) == 1:
        return program
    units = [*_units(_fused_steps(_read_through_movers(_write_outputs_directly(program), {}), ()))]
    classes = row_classes(units, FEWEST_ROWS)
    made, statements = [], []
    groups = schedule(units, classes)
    readers = [{b for _, s, _ in group.members for b, _ in reads(s)} for group in groups]
    for k, group in enumerate(groups):
        live = set().union(*readers[:k], *readers[k + 1:])
        body, buffers = (_rows if group.row is not None else _plain)(group, live)
        statements += body
        made += buffers
    kept = {b for s in statements for b, *_ in [*reads(s), *writes(s)]}
    buffers = [b for b in [*program.buffers, *made] if b in kept or b.kind in ("input", "output")]
    return replace(program, buffers=tuple(dict.fromkeys(buffers)), statements=tuple(statements))


def _units(statements):
    """(Fill or None, statement) pairs: a buffer is filled just before the statement that accumulates it."""
    waiting = {}
    for statement in statements:
        if isinstance(statement, Fill):
            waiting[statement.buffer] = statement
            continue
        fills = tuple(dict.fromkeys(waiting.pop(b) for b, _, _ in writes(statement) if b in waiting))
        yield fills, statement
    for fill in waiting.values():
        yield (fill,), Map((), (), "")


def _write_outputs_directly(program):
    """Statements, with a local buffer renamed to the output that is nothing but a copy of it."""
    renamed, kept = {}, []
    for statement in program.statements:
        source = _copied(statement)
        if source is not None and source.kind == "local" and source not in renamed:
            renamed[source] = statement.body[-1].buffer
        else:
            kept.append(statement)
    return [replace_buffers(s, renamed) if any(b in renamed for b, *_ in [*reads(s), *writes(s)]) else s for s in kept]


def _copied(statement):
    """The buffer that the statement copies whole to an output, or None."""
    if not isinstance(statement, Map) or len(statement.body) != 2:
        return None
    load, store = statement.body
    if isinstance(load, Load) and store.buffer.kind == "output" and load.index == store.index == tuple(map(at, statement.axes)):
        return load.buffer
    return None


def _fused_steps(statements, live):
    """The statements with the loops inside of loops over steps made few; `live` holds the buffers that others read."""
    made = []
    for k, s in enumerate(statements):
        if isinstance(s, Steps):
            others = {b for other in (*statements[:k], *statements[k + 1:]) for b, _ in reads(other)}.union(live)
            others |= {b for pair in s.carried for b in pair} | {b for b, _, mode in writes(s) if b.kind == "output"}
            body = _fused_steps(_read_through_movers(s.body, {}, others), others)
            s = replace(s, body=tuple(merge_maps([*_units(body)], None, others)))
        made.append(s)
    return made


def _read_through_movers(statements, movers, live=()):
    """Statements, where a reader of a buffer that only rearranges another reads that other one.

    movers   those known so far;  live   buffers that others read
    """
    movers, kept, changing = dict(movers), [], set(live)
    for statement in statements:
        if isinstance(statement, Steps):
            changing.update(b for b, _, mode in writes(statement))
    for statement in statements:
        statement = _through(statement, movers)
        source = _moved(statement)
        if source is not None and source[0] not in changing:
            movers[source[0]] = (statement.axes, source[1])
        kept.append(statement)
    read = {b for s in kept for b, _ in reads(s)}.union(changing)
    return [s for s in kept if _moved(s) is None or _moved(s)[0] in read or _moved(s)[0].kind == "output"]


def _moved(statement):
    """(buffer written, instruction that fills it) of a Map without arithmetic that covers a local buffer once."""
    if not isinstance(statement, Map) or len(statement.body) != 2 or not isinstance(statement.body[1], Store):
        return None
    load, store = statement.body
    if store.mode != "set" or store.index != tuple(map(at, statement.axes)) or store.buffer.kind != "local" \
            or tuple([a.extent for a in statement.axes]) != store.buffer.shape:
        return None
    if isinstance(load, Load) and any(isinstance(i, Gather) for i in load.index):
        return None
    return (store.buffer, load) if isinstance(load, (Load, Number, Length, Position)) else None


def _through(statement, movers):
    if isinstance(statement, Map):
        body = tuple([_seen_through(i, movers) or i if isinstance(i, Load) else i for i in statement.body])
        return statement if body == statement.body else replace(statement, body=body)
    if isinstance(statement, Contract):
        seen = [_seen_through(o, movers) for o in statement.operands]
        operands = tuple([s if isinstance(s, Load) else o for s, o in zip(seen, statement.operands)])
        return replace(statement, operands=operands)
    if isinstance(statement, Steps):
        return replace(statement, body=tuple([_through(s, movers) for s in statement.body]))
    return statement


def _seen_through(load, movers):
    """The instruction that reads the source of a mover at the index of this load; None when it cannot."""
    if load.buffer not in movers:
        return None
    axes, source = movers[load.buffer]
    if isinstance(source, (Number, Length)):
        return source
    if len(load.index) != len(axes):
        return None
    new = dict(zip(axes, load.index))
    if isinstance(source, Position):
        if any(isinstance(new.get(a), Gather) for a, _ in source.index.terms):
            return None
        return Position(substitute(source.index, new))
    index = []
    for i in source.index:
        if any(isinstance(new.get(a), Gather) for a, _ in i.terms):
            if len(i.terms) > 1 or i.terms[0][1] != 1 or i.offset != 0:
                return None
            index.append(new[i.terms[0][0]])
        else:
            index.append(substitute(i, new))
    return Load(source.buffer, tuple(index))


def _plain(group, live):
    return merge_maps([(fills, s) for fills, s, _ in group.members], None, live), []


def _rows(group, live):
    """One pass: the fills before it, its tiled buffers, and its statements on one tile."""
    tiled = {}
    for b, dim in group.tiled.items():
        shape = (b.shape[dim], *b.shape[:dim], *b.shape[dim + 1:])
        tiled[b] = replace(b, name=f"{b.name}_{group.level}", shape=shape, tiled=True)
    body, sums, before = [], {}, []
    for fills, statement, axis in group.members:
        statement = _on_tiles(_rename_row(statement, axis, group.row), tiled, group.tiled)
        initial = {f.buffer: f.value for f in fills}
        for b, index, mode in writes(statement):
            if not b.tiled and group.row not in axes_of(index):
                sums[b] = Sum(b, "add" if isinstance(statement, Contract) else mode, initial.pop(b, 0.0))
        body.append((tuple([Fill(tiled[b], v) for b, v in initial.items() if b in tiled]), _as_sum(statement, group.row)))
        before += [Fill(b, v) for b, v in initial.items() if b not in tiled]
    copies, merged = _turned(merge_maps(body, group.row, live), group.row)
    used = {b for s in merged for b, *_ in [*reads(s), *writes(s)]}
    kept = [b for b in tiled.values() if b in used]
    if not sums and not kept and len(merged) == 1 and _price(merged[0]) <= FEWEST_LINES:
        return [*before, *copies, *merged], []
    rows = Rows(group.row, _tile(kept, read_twice(merged, group.row)), tuple(merged),
                tuple([s for s in sums.values() if s.buffer in used]))
    return [*before, *copies, rows], [*kept, *[copy.body[1].buffer for copy in copies]]


def _price(statement):
    """The instructions of a loop, functions at what they cost in arithmetic."""
    body = getattr(statement, "body", ())
    return sum(max(1, TABLE[line.name].cost) if isinstance(line, Apply) else 1 for line in body)


def _turned(statements, row):
    """(copies, statements): a small array that each row is multiplied with is turned once, before the pass.

    It is one along whose memory a summed axis runs, and not the result's last axis, which carries the lanes: that one
    becomes the copy's last.
    """
    copies, written = {}, {b for s in statements for b, *_ in writes(s)}

    def turned(statement, access):
        b, index = access.buffer, access.index
        if b.tiled or b in written or not 2 <= len(index) == len(b.shape) or len(set(index)) < len(index) \
                or not all(type(length) is int for length in b.shape) \
                or not 1 < min(b.shape) <= max(b.shape) or _nominal(b.shape) > LARGEST_TURNED:
            return access
        last, summed = statement.out.index[-1], [at(a) for a in statement.reduce]
        if last not in index or index[-1] not in summed:
            return access
        place = index.index(last)
        moved = lambda items: (*items[:place], *items[place + 1:], items[place])        # noqa: E731
        if (b, place) not in copies:
            axes = tuple(map(Axis, b.shape))
            to = Buffer(f"{b.name}_turned{place}", "local", moved(b.shape), note=b.note)
            plain = tuple(map(at, axes))
            copies[b, place] = Map(axes, (Load(b, plain), Store(to, moved(plain), 0)), b.note)
        return Load(copies[b, place].body[1].buffer, moved(index))

    kept = [replace(s, operands=tuple([turned(s, o) for o in s.operands]))
            if isinstance(s, Contract) and row in s.axes and len(s.out.index) > 1 else s for s in statements]
    return list(copies.values()), kept


def _as_sum(statement, row):
    """A contraction over the rows adds one tile's share to the sum."""
    if isinstance(statement, Contract) and row in statement.reduce:
        return replace(statement, out=replace(statement.out, mode="add"))
    return statement


def _rename_row(statement, axis, row):
    """The statement with its row axis called by the pass's name and standing first."""
    if axis is row or axis is None:
        return statement
    new = {axis: at(row)}
    put = lambda i: i if isinstance(i, Gather) else substitute(i, new)              # noqa: E731
    move = lambda axes: tuple([row]*(axis in axes) + [a for a in axes if a is not axis])   # noqa: E731
    if isinstance(statement, Map):
        return replace(statement, axes=move(statement.axes), body=tuple([_reindex(i, put) for i in statement.body]))
    return replace(statement, axes=move(statement.axes), reduce=move(statement.reduce), out=_reindex(statement.out, put),
                   operands=tuple([_reindex(o, put) for o in statement.operands]))


def _reindex(instruction, put):
    if isinstance(instruction, (Load, Store)):
        return replace(instruction, index=tuple(map(put, instruction.index)))
    if isinstance(instruction, Position):
        return Position(put(instruction.index))
    return instruction


def _on_tiles(statement, tiled, dims):
    """The statement on the tiled copies of its buffers, whose row axis stands first."""
    def change(access):
        if not isinstance(access, (Load, Store)) or access.buffer not in tiled:
            return access
        dim, index = dims[access.buffer], access.index
        return replace(access, buffer=tiled[access.buffer], index=(index[dim], *index[:dim], *index[dim + 1:]))

    if isinstance(statement, Map):
        return replace(statement, body=tuple(map(change, statement.body)))
    return replace(statement, out=change(statement.out), operands=tuple(map(change, statement.operands)))


def _tile(buffers, again):
    """Rows of a tile: a power of two, so that the tiled buffers stay in the cache, and in the first one what is read
    again there: `again` has the entries of a row of each.  Narrow rows are read in one loop over many, which ends with
    some work of its own: their tiles stay long.
    """
    width = sum(_nominal(b.shape[1:]) for b in buffers)
    read = sum([entries for entries in again.values() if entries >= WIDE_ROW])
    tile = LARGEST_TILE
    while tile > SMALLEST_TILE and (tile*width*8 > TILE_BYTES or tile*read*8 > AGAIN_BYTES):
        tile //= 2
    return tile


def _nominal(shape):
    total = 1
    for length in shape:
        total *= length if type(length) is int else 64
    return total
