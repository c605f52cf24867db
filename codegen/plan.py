"""Where everything lies: a program in, the layout of its table and workspace out; a layout and sizes in, the table out.

Machine code sees one table of 64-bit integers: every length it needs, worked out beforehand; the address of every
buffer; for each pass over rows the number of its chunks.  So the code itself computes with no symbolic size.
"""
import bisect
import heapq
from dataclasses import dataclass, field

import numpy as np

from symdiff.lengths import bind, canonical

from . import threads
from .loops import (Affine, Contract, Length, Load, Map, Position, Program, Rows, Steps, Store, canonical_signed, reads,
                    strides, writes)
from .products import sides

ALIGNMENT = 64                  # bytes; a cache line
LARGEST_CHUNKS = 16             # a pass is cut into at most so many chunks, a power of 2, whose sums meet in a tree
GRAIN = 16                      # rows that stay together
CHUNK_ROWS = 4096               # and into none shorter than this
CHUNK_WORK = 4_000_000          # or none with less work than this,
BESIDE_PRODUCTS = 20_000        # or than this where there are large products too, for which other threads are there
BLOCK_DEPTH, BLOCK_ROWS, BLOCK_COLUMNS = 192, 96, 384       # what a product keeps in the cache: multiples of 8 and 48
PRODUCT_WORK = 4_000_000        # multiplications of a chunk of a large product, about; half of a small one has less,
PRODUCT_HALF = 1_000_000        # but so many at least
PRODUCT_PANEL = 96              # and rows or columns of it, at least; half of them in halves
SUMS_BYTES = 1 << 19            # and into no more than keep the sums of all chunks below this, together


@dataclass
class Layout:
    """Slots of the table.

    lengths   {length: slot} for every length that is no int
    buffers   {buffer: slot}; of tiled buffers the slot holds the address in worker 0's tile
    passes    the slot of each pass over rows, in order: number of chunks, then for each sum the address of its first
              chunk and its bytes per chunk
    products  the slot of each large product, in order: the parts of its rows and of its columns
    scratch   slot of the address of worker 0's tiles
    stride    slot of the bytes from one worker's tiles to the next worker's
    status    slot set to 1 when a computed position was out of range
    """
    program: Program
    lengths: dict = field(default_factory=dict)
    buffers: dict = field(default_factory=dict)
    passes: list = field(default_factory=list)
    products: list = field(default_factory=list)
    scratch: int = 0
    stride: int = 0
    status: int = 0
    size: int = 0
    itemsize: int = 8


def layout(program, itemsize=8):
    """The layout of a program whose numbers take `itemsize` bytes."""
    made = Layout(program, itemsize=itemsize)
    for length in _lengths(program):
        if type(length) is not int:
            made.lengths.setdefault(length, len(made.lengths))
    place = len(made.lengths)
    for b in program.buffers:
        made.buffers[b] = place
        place += 1
    for statement in program.statements:
        if isinstance(statement, Rows):
            made.passes.append(place)
            place += 1 + 2*len(statement.sums)
        elif sides(statement) is not None:
            made.products.append(place)
            place += 2
    made.scratch, made.stride, made.status, made.size = place, place + 1, place + 2, place + 3
    return made


def _lengths(program):
    """Every length that the code needs: sizes of axes, strides, coefficients and offsets of indices."""
    def of_index(index):
        for i in index:
            if isinstance(i, Affine):
                yield i.offset
                for _, c in i.terms:
                    yield c
            else:
                yield i.length

    def of_statement(statement):
        if isinstance(statement, (Rows, Steps)):
            yield statement.axis.extent
            for inner in statement.body:
                yield from of_statement(inner)
        for axis in (*getattr(statement, "axes", ()), *getattr(statement, "reduce", ())):
            yield axis.extent
        accesses = statement.body if isinstance(statement, Map) else \
            (statement.out, *statement.operands) if isinstance(statement, Contract) else ()
        for access in accesses:
            if isinstance(access, (Load, Store)):
                yield from of_index(access.index)
            elif isinstance(access, Length):
                yield access.length
            elif isinstance(access, Position):
                yield from of_index((access.index,))

    for b in program.buffers:
        yield from b.shape
        yield from strides(b.shape)
        yield from linear_lengths(b)
    for statement in program.statements:
        yield from of_statement(statement)
    for access in _accesses(program.statements):
        steps, offset = linear(access)
        yield offset
        yield from steps.values()
    for rows in program.statements:
        if isinstance(rows, Rows):
            yield from (row_steps(access, rows.axis) for access in _accesses(rows.body))


def linear_lengths(b):
    """How many entries a buffer has, in a tile a row."""
    total = 1
    for length in (b.shape[1:] if b.tiled else b.shape):
        total = total*length
    return (canonical(total),)


def _accesses(statements):
    for statement in statements:
        if isinstance(statement, (Rows, Steps)):
            yield from _accesses(statement.body)
        elif isinstance(statement, Map):
            yield from (i for i in statement.body if isinstance(i, (Load, Store)))
        elif isinstance(statement, Contract):
            yield from (statement.out, *statement.operands)


def linear(access):
    """({axis or Gather: entries per step}, offset in entries) of a load or store in its contiguous buffer."""
    steps, offset = {}, 0
    for i, s in _pairs(access):
        if isinstance(i, Affine):
            offset = offset + i.offset*s
            for axis, c in i.terms:
                steps[axis] = steps.get(axis, 0) + c*s
        else:
            steps[i] = s
    return {a: _canonical(s) for a, s in steps.items()}, _canonical(offset)


def row_steps(access, row):
    """Entries by which the first row of a tile moves an access: none for a tiled buffer's own row axis."""
    total = 0
    for k, (i, step) in enumerate(_pairs(access)):
        if isinstance(i, Affine) and not (k == 0 and access.buffer.tiled):
            total = total + dict(i.terms).get(row, 0)*step
    return _canonical(total)


def read_twice(body, row):
    """{input: entries from one of its rows to the next} for those that the products of a pass read more than once."""
    times, steps = {}, {}
    for statement in body:
        for access in statement.operands if isinstance(statement, Contract) else ():
            step = row_steps(access, row)
            if access.buffer.kind in ("input", "constant") and type(step) is int and step > 0:
                times[access.buffer] = times.get(access.buffer, 0) + 1
                steps[access.buffer] = step
    return {buffer: step for buffer, step in steps.items() if times[buffer] > 1}


def _pairs(access):
    """(index, entries from one to the next) for each index of an access."""
    index, step = access.index, strides(access.buffer.shape)
    if index and len(index) < len(step):
        step = (*step[:len(index) - 1], 1)
    return zip(index, step)


def _canonical(value):
    return canonical_signed(value)


@dataclass
class Bound:
    """A layout with its sizes bound.

    table      int64 array; addresses of inputs, outputs and constants are still to be filled in
    workspace  bytes of one call's workspace: local buffers, sums of chunks, in turns where they do not live at one time
    tiles      bytes of one worker's tiles, after the workspace
    chunks     chunks of each pass, in order
    products   chunks of each large product, in order
    shapes     {buffer: shape as ints}
    """
    table: np.ndarray
    workspace: int
    tiles: int
    chunks: list
    products: list
    shapes: dict
    offsets: list = field(default_factory=list)          # (slot, offset from the workspace's start)


def bind_layout(made, sizes):
    """The layout for sizes {symbol: int}; deterministic, so that the bits depend on the sizes alone."""
    program, item = made.program, made.itemsize
    table = np.zeros(made.size, dtype=np.int64)
    for length, slot in made.lengths.items():
        table[slot] = bind(length, sizes)
    shapes = {b: tuple(bind(length, sizes) for length in b.shape) for b in program.buffers}
    chunks, wanted = [], []
    for b, (first, last) in _lifetimes(program).items():
        wanted.append((first, last, _aligned(item*_count(shapes[b])), made.buffers[b]))
    passes = [(k, s) for k, s in enumerate(program.statements) if isinstance(s, Rows)]
    for (k, statement), slot in zip(passes, made.passes):
        rows = bind(statement.axis.extent, sizes)
        bytes_each = [_aligned(item*_count(shapes[s.buffer])) for s in statement.sums]
        work = BESIDE_PRODUCTS if made.products else CHUNK_WORK
        worth = max(rows//CHUNK_ROWS, min(rows//statement.tile, rows_work(statement, sizes)//work))
        count = _power(min(LARGEST_CHUNKS, worth, SUMS_BYTES//max(1, sum(bytes_each))))
        chunks.append(count)
        table[slot] = count
        for n, each in enumerate(bytes_each):
            if count > 1:
                wanted.append((k, k, each*count, slot + 1 + 2*n))
            table[slot + 2 + 2*n] = each
    offsets, place = _placed(wanted)
    tiles = 0
    for statement in program.statements:
        if isinstance(statement, Rows):
            used = 0
            for b in program.buffers:
                if b.tiled and b in _touched(statement):
                    offsets.append((made.buffers[b], place + used))
                    used += _aligned(item*statement.tile*_count(shapes[b][1:]))
            tiles = max(tiles, used)
    products = [_parts(sides(s), sizes) for s in program.statements if sides(s) is not None]
    for slot, parts in zip(made.products, products):
        table[slot:slot + 2] = parts
    if products:
        tiles = max(tiles, _aligned(item*BLOCK_DEPTH*(BLOCK_ROWS + BLOCK_COLUMNS)))
        offsets.append((made.scratch, place))
    table[made.stride] = tiles
    return Bound(table, place, tiles, chunks, [a*b for a, b in products], shapes, offsets)


def _parts(side, sizes):
    """(parts of the rows, parts of the columns) of a product, which with one another are its chunks.

    The longer side of a chunk is halved, so that chunks stay near squares: those copy the least of their operands into
    panels.  For the same reason there is one for each thread, or some more where these are no power of 2.
    """
    rows, columns = (bind(axis.extent, sizes) for axis in (side.rows, side.columns))
    work, parts, workers = _multiplications(side, sizes), [1, 1], threads.count()
    most = workers if workers == _power(workers) else 4*workers
    wanted = min(most, max(work//PRODUCT_WORK, min(2, work//PRODUCT_HALF)))
    while 2*parts[0]*parts[1] <= wanted:
        lengths = [rows//parts[0], columns//parts[1]]
        longer = lengths[1] > lengths[0]
        if lengths[longer] < (PRODUCT_PANEL if parts == [1, 1] else 2*PRODUCT_PANEL):
            break
        parts[longer] *= 2
    return tuple(parts)


def _power(most):
    """The largest power of 2 that is no larger; at least 1."""
    return 1 << max(most, 1).bit_length() - 1


def product_work(statement, sizes):
    """The multiplications of a large product."""
    return _multiplications(sides(statement), sizes)


def _multiplications(side, sizes):
    total = 1
    for axis in (side.rows, side.columns, side.summed):
        total *= bind(axis.extent, sizes)
    return total


def rows_work(rows, sizes):
    """Numbers that a pass reads, all its rows together: what decides whether threads are worth their start."""
    total = 0
    for statement in rows.body:
        each = 1 if isinstance(statement, Contract) else len(getattr(statement, "body", ()))
        for axis in (*getattr(statement, "axes", ()), *getattr(statement, "reduce", ())):
            each *= bind(axis.extent, sizes)
        total += each
    return total


def _touched(rows):
    return {b for s in rows.body for b, *_ in [*reads(s), *writes(s)]}


def _lifetimes(program):
    """{local whole buffer: (first, last statement that touches it)}"""
    alive = {}
    for k, s in enumerate(program.statements):
        for b, *_ in [*reads(s), *writes(s)]:
            if b.kind == "local" and not b.tiled:
                alive[b] = (alive.get(b, (k, k))[0], k)
    return alive


def _placed(wanted):
    """([(slot, offset)], bytes in all) for (first, last statement, bytes, slot).

    What does not live at one time may share memory: in the order of their first statement each takes the lowest gap that is large enough.
    """
    offsets, gaps, top, alive = [], [], 0, []           # gaps: [(offset, bytes)], sorted, no two touch
    for first, last, size, slot in sorted(wanted):
        while alive and alive[0][0] < first:
            _, offset, freed = heapq.heappop(alive)
            _give_back(gaps, offset, freed)
        k = next((k for k, (_, space) in enumerate(gaps) if space >= size), None)
        if k is None:
            offset = top if not gaps or sum(gaps[-1]) < top else gaps.pop()[0]
            top = offset + size
        else:
            offset, space = gaps.pop(k)
            if space > size:
                gaps.insert(k, (offset + size, space - size))
        offsets.append((slot, offset))
        heapq.heappush(alive, (last, offset, size))
    return offsets, top


def _give_back(gaps, offset, size):
    """Put a gap back among the others, joined with those it touches."""
    if not size:
        return
    k = bisect.bisect(gaps, (offset, 0))
    if k < len(gaps) and gaps[k][0] == offset + size:
        size += gaps.pop(k)[1]
    if k and sum(gaps[k - 1]) == offset:
        offset, before = gaps.pop(k - 1)
        size, k = size + before, k - 1
    gaps.insert(k, (offset, size))


def _aligned(count):
    return -(-count//ALIGNMENT)*ALIGNMENT


def _count(shape):
    total = 1
    for length in shape:
        total *= length
    return total
