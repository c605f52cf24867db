"""A large product of two matrices in, calls of one packed kernel out; the kernel is a function of the module.

The result is cut into blocks that stay in the cache: of both operands a block is copied into panels, as wide as the
registers take (HIGH rows, WIDE vectors), along which the innermost loop then runs.  Blocks of the summed axis follow one
another in order, and the edges are computed like the middle, so that each number is the same in whatever chunk it lies.

K. Goto, R. van de Geijn, Anatomy of high-performance matrix multiplication, ACM TOMS 34 (2008).
"""
from math import gcd

from llvmlite import ir

from codegen.plan import BLOCK_COLUMNS as COLUMNS
from codegen.plan import BLOCK_DEPTH as DEPTH
from codegen.plan import BLOCK_ROWS as ROWS
from codegen.plan import linear
from codegen.products import sides

from .code import INT, Code, fma

LINES = 8                       # lines of a block that are copied together
SQUARE = 8                      # entries a side of a square that is turned in registers, at most
WIDE = 3                        # vectors of a panel of the second operand

# what the kernel's table holds: addresses, entries between neighbours along rows and columns, extents
A, A_ROW, A_COLUMN, B, B_ROW, B_COLUMN, C, C_ROW, M, N, K, SCRATCH, ADD, SIZE = range(14)


def emit_product(code, phase):
    """Chunks low … high-1 of a product: a chunk is one part of the rows and one of the columns of the result."""
    statement, = phase.statements
    side, b = sides(statement), code.builder
    slot = code.layout.products[phase.place]
    table = code.scratch(INT, code.int(SIZE))
    rows, columns = code.length(side.rows.extent), code.length(side.columns.extent)
    tall, wide = code.slot(slot), code.slot(slot + 1)
    steps = [(linear(access), axes) for access, axes in ((side.left, (side.rows, side.summed)),
                                                         (side.right, (side.summed, side.columns)),
                                                         (statement.out, (side.rows, side.columns)))]
    place, size = code.slot(code.layout.scratch), code.layout.itemsize
    put = lambda k, value: b.store(value, b.gep(table, [code.int(k)]))              # noqa: E731
    put(K, code.length(side.summed.extent))
    put(SCRATCH, b.add(place, b.mul(code.worker, code.slot(code.layout.stride))))
    put(ADD, code.int(int(statement.out.mode == "add")))
    kernel = _kernel(code)
    with code.loop(code.low, code.high) as chunk:
        top, bottom = _share(code, b.sdiv(chunk, wide), tall, rows, _high(code))
        left, right = _share(code, b.srem(chunk, wide), wide, columns, _wide(code))
        put(M, b.sub(bottom, top))
        put(N, b.sub(right, left))
        for (first, second, third), ((access, offset), (x, y)), buffer, moved in zip(
                ((A, A_ROW, A_COLUMN), (B, B_ROW, B_COLUMN), (C, C_ROW, None)), steps,
                (side.left.buffer, side.right.buffer, statement.out.buffer), ((top, None), (None, left), (top, left))):
            start = code.length(offset)
            for axis, by in zip((x, y), moved):
                if by is not None:
                    start = code.add(start, code.mul(code.length(access[axis]), by))
            put(first, b.add(b.ptrtoint(code.pointer(buffer), INT), b.mul(start, code.int(size))))
            put(second, code.length(access[x]))
            if third is not None:
                put(third, code.length(access[y]))
        b.call(kernel, [table, code.int(0), code.int(0), code.int(0)])


def _share(code, k, parts, extent, unit):
    """(first, behind the last) of the rows or columns of part k, in whole panels."""
    b = code.builder
    panels = b.sdiv(b.add(extent, code.int(unit - 1)), code.int(unit))
    ends = [code.mul(b.sdiv(b.mul(panels, x), parts), code.int(unit)) for x in (k, b.add(k, code.int(1)))]
    return [_smaller(code, end, extent) for end in ends]


def _smaller(code, a, b):
    return code.builder.select(code.builder.icmp_signed("<", a, b), a, b)


def _lanes(code):
    return code.target.lanes*(8//code.layout.itemsize)


def _high(code):
    return 8 if code.target.registers >= 32 else 4


def _wide(code):
    return WIDE*_lanes(code)


def _kernel(code):
    """The function void(i64* table, …) of the module that multiplies two matrices of the layout's numbers."""
    module, name = code.builder.module, "symdiff_product"
    if name in module.globals:
        return module.globals[name]
    function = ir.Function(module, code.function.ftype, name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    own = Code(function, code.layout, code.target, code.itemtype)
    _Kernel(own).write()
    own.finish()
    return function


class _Kernel:
    """The kernel being written."""

    def __init__(self, code):
        self.code, self.b = code, code.builder
        self.lanes, self.high, self.wide = _lanes(code), _high(code), _wide(code)
        self.vector = ir.VectorType(code.itemtype, self.lanes)
        self.item = code.itemtype.as_pointer()
        self.given = [code.slot(k) for k in range(SIZE)]
        self.a, self.second, self.c, self.panels = (self._as_pointer(k) for k in (A, B, C, SCRATCH))
        self.blocks = self.b.gep(self.panels, [code.int(DEPTH*COLUMNS)])

    def _as_pointer(self, k):
        return self.code._head.inttoptr(self.given[k], self.item)

    def at(self, pointer, *pairs):
        """The entry that lies Σ step·index further on."""
        place = self.code.int(0)
        for step, index in pairs:
            place = self.code.add(place, self.code.mul(step, index))
        return self.b.gep(pointer, [place])

    def each(self, extent, step):
        """A loop over blocks of `step`, the last of which may be shorter; (start, length of the block)."""
        return _Blocks(self, extent, step)

    def even(self, extent, most, unit):
        """A loop over blocks of at most `most`, as few as can be, of one length but for the last: whole units."""
        code, b = self.code, self.b
        up = lambda a, by: b.sdiv(b.add(a, b.sub(by, code.int(1))), by)                 # noqa: E731
        some = b.select(b.icmp_signed(">", extent, code.int(0)), extent, code.int(1))
        blocks = up(some, code.int(most))
        return _Blocks(self, extent, code.mul(up(up(some, blocks), code.int(unit)), code.int(unit)))

    def write(self):
        code, given = self.code, self.given
        depth = self.b.select(self.b.icmp_signed(">", given[K], code.int(0)), given[K], code.int(1))
        with self.even(given[N], COLUMNS, self.wide) as (left, width):
            with self.even(depth, DEPTH, SQUARE) as (first, most):
                deep = _smaller(code, self.b.sub(given[K], first), most)         # 0 where nothing is summed
                self.pack(self.panels, self.at(self.second, (given[B_ROW], first), (given[B_COLUMN], left)),
                          given[B_ROW], given[B_COLUMN], deep, width, self.wide)
                later = self.b.or_(self.b.icmp_signed(">", first, code.int(0)),
                                   self.b.icmp_signed("!=", given[ADD], code.int(0)))
                with self.even(given[M], ROWS, self.high) as (top, height):
                    self.pack(self.blocks, self.at(self.a, (given[A_ROW], top), (given[A_COLUMN], first)),
                              given[A_COLUMN], given[A_ROW], deep, height, self.high)
                    corner = self.at(self.c, (given[C_ROW], top), (code.int(1), left))
                    with self.each(width, self.wide) as (j, columns), self.each(height, self.high) as (i, rows):
                        block, panel = (self.at(of, (code.int(DEPTH), k)) for of, k in ((self.blocks, i), (self.panels, j)))
                        self.tile(block, panel, deep, self.at(corner, (given[C_ROW], i), (code.int(1), j)), rows, columns,
                                  later)

    def pack(self, to, source, along, across, deep, extent, unit):
        """Copy deep × extent entries into panels of `unit` columns; the last panel is filled up by its last column.

        Whole panels go by vectors where the columns lie next to each other, by squares that are turned in registers
        where the depth does, the rest entry by entry.
        """
        code, b = self.code, self.b
        one, done, level = code.int(1), code.scratch(INT), code.scratch(INT)
        b.store(code.int(0), done)
        with b.if_then(b.icmp_signed("==", across, one)):
            b.store(self.lines(to, source, along, deep, extent, unit), done)
        packed = b.load(done)
        with self.each(b.sub(extent, packed), unit) as (start, left):
            start = b.add(packed, start)
            panel, here = self.at(to, (code.int(DEPTH), start)), self.at(source, (across, start))
            b.store(code.int(0), level)
            with b.if_then(b.and_(b.icmp_signed("==", along, one), b.icmp_signed("==", left, code.int(unit)))):
                b.store(self.turn(panel, here, across, deep, unit), level)
            with code.loop(code.int(0), code.int(unit)) as column:
                own = self.at(here, (across, _smaller(code, column, b.sub(left, one))))
                with code.loop(b.load(level), deep) as k:
                    b.store(b.load(self.at(own, (along, k))), self.at(panel, (code.int(unit), k), (one, column)))

    def lines(self, to, source, along, deep, extent, unit):
        """Copy the whole panels, a few lines of columns at a time, which are read from end to end; the columns done."""
        code, b = self.code, self.b
        one, whole = code.int(1), b.sub(extent, b.srem(extent, code.int(unit)))
        with self.each(deep, LINES) as (top, some), code.loop(code.int(0), whole, unit) as start:
            panel = self.at(to, (code.int(DEPTH), start), (code.int(unit), top))
            here = self.at(source, (one, start), (along, top))
            with code.loop(code.int(0), some) as k:
                for first in range(0, unit, self.lanes):
                    lanes = min(self.lanes, unit - first)
                    got = code.load_items(self.at(here, (along, k), (one, code.int(first))), lanes)
                    code.store_items(got, self.at(panel, (code.int(unit), k), (one, code.int(first))), lanes)
        return whole

    def turn(self, panel, here, across, deep, unit):
        """Copy the columns, each along its memory, into the panel by squares; the depth that is done."""
        code, side = self.code, gcd(unit, SQUARE)
        with code.loop(code.int(0), deep, side) as k:
            for first in range(0, unit, side):
                columns = [code.load_items(self.at(here, (across, code.int(first + c)), (code.int(1), k)), side)
                           for c in range(side)]
                for r, row in enumerate(_turned(self.b, columns)):
                    at = self.at(panel, (code.int(unit), code.add(k, code.int(r))), (code.int(1), code.int(first)))
                    code.store_items(row, at, side)
        return code.after

    def tile(self, block, panel, deep, corner, rows, columns, later):
        """One tile of the result: its sums stay in registers along a block of the summed axis.  At the right edge there
        are no more vectors than columns need.
        """
        b = self.b
        kept = self.code.scratch(self.code.itemtype, self.code.int(self.high*self.wide))
        with b.if_else(b.icmp_signed(">", columns, self.code.int((WIDE - 1)*self.lanes))) as (most, fewer):
            for branch, count in ((most, WIDE), (fewer, WIDE - 1)):
                with branch:
                    self.tile_of(count, kept, block, panel, deep, corner, rows, columns, later)

    def tile_of(self, count, kept, block, panel, deep, corner, rows, columns, later):
        """A tile of `count` vectors; `kept` is memory for one."""
        code, b = self.code, self.b
        sums = [[code.scratch(self.vector) for _ in range(count)] for _ in range(self.high)]
        zero = ir.Constant(self.vector, [0.0]*self.lanes)
        for s in (s for row in sums for s in row):
            b.store(zero, s)
        with code.loop(code.int(0), deep) as k:
            p, q = self.at(panel, (code.int(self.wide), k)), self.at(block, (code.int(self.high), k))
            vectors = [self.load(p, v*self.lanes) for v in range(count)]
            for r in range(self.high):
                one = code.splat(b.load(b.gep(q, [code.int(r)])), self.lanes)
                for v in range(count):
                    b.store(self.multiply_add(one, vectors[v], b.load(sums[r][v])), sums[r][v])
        full = b.and_(b.icmp_signed("==", rows, code.int(self.high)),
                      b.icmp_signed("==", columns, code.int(count*self.lanes)))
        with b.if_else(full) as (whole, edge):
            with whole:
                self.put_whole(sums, corner, later)
            with edge:
                self.put_edge(sums, kept, corner, rows, columns, later)

    def put_whole(self, sums, corner, later):
        b = self.b
        with b.if_else(later) as (add, fresh):
            for branch, added in ((add, True), (fresh, False)):
                with branch:
                    for r, row in enumerate(sums):
                        line = self.at(corner, (self.given[C_ROW], self.code.int(r)))
                        for v, s in enumerate(row):
                            total = b.load(s)
                            if added:
                                total = b.fadd(self.load(line, v*self.lanes), total)
                            self.store(total, line, v*self.lanes)

    def put_edge(self, sums, kept, corner, rows, columns, later):
        """The part of the tile that lies inside of the result, by way of memory."""
        code, b = self.code, self.b
        for r, row in enumerate(sums):
            for v, s in enumerate(row):
                self.store(b.load(s), kept, r*self.wide + v*self.lanes)
        with code.loop(code.int(0), rows) as i, code.loop(code.int(0), columns) as j:
            total = b.load(self.at(kept, (code.int(self.wide), i), (code.int(1), j)))
            at = self.at(corner, (self.given[C_ROW], i), (code.int(1), j))
            b.store(b.select(later, b.fadd(b.load(at), total), total), at)

    def load(self, pointer, offset):
        return self.code.load_items(self.b.gep(pointer, [self.code.int(offset)]), self.lanes)

    def store(self, value, pointer, offset):
        self.code.store_items(value, self.b.gep(pointer, [self.code.int(offset)]), self.lanes)

    def multiply_add(self, a, b, total):
        if not self.code.target.has_fma:
            return self.b.fadd(self.b.fmul(a, b), total)
        return fma(self.b, a, b, total)


def _turned(b, rows):
    """The columns of a square whose rows are vectors; its side is a power of two.

    Halves change places between rows that are 1, 2, 4, … apart, as bits of the two indices do.
    """
    side, step, ints = len(rows), 1, ir.VectorType(ir.IntType(32), len(rows))
    while step < side:
        low = ir.Constant(ints, [k if not k & step else side + k - step for k in range(side)])
        high = ir.Constant(ints, [k + step if not k & step else side + k for k in range(side)])
        for r in range(side):
            if not r & step:
                rows[r], rows[r + step] = (b.shuffle_vector(rows[r], rows[r + step], mask) for mask in (low, high))
        step *= 2
    return rows


class _Blocks:
    """`with` a loop over blocks: (start, length).  The step is a number or code."""

    def __init__(self, kernel, extent, step):
        self.code, self.extent, self.step = kernel.code, extent, kernel.code.int(step) if type(step) is int else step

    def __enter__(self):
        code, b = self.code, self.code.builder
        self.loop = code.loop(code.int(0), b.add(self.extent, b.sub(self.step, code.int(1))), self.step)
        start = self.loop.__enter__()
        return start, _smaller(code, b.sub(self.extent, start), self.step)

    def __exit__(self, *error):
        return self.loop.__exit__(*error)
