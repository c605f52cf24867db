"""A Contract of one operand or two in, register-blocked loops out: sums kept in vector registers, blocks of rows and of vectors at a time.

Two forms.  "outer": the lanes run along an axis of the result that lies next to each other in the result and in
an operand; the other operand's number is spread over the lanes.  "inner": the lanes run along the summed axis, which lies
next to each other in both operands; the lanes are added at the end.  Whatever fits neither runs in one lane.
Floats are added up as floats where the sum is short, else as doubles.
"""
from dataclasses import dataclass, replace
from math import gcd

from llvmlite import ir

from codegen.loops import Affine, Apply, Axis, Contract, Load, Number, Store, axes_of
from codegen.plan import linear, row_steps

from .code import DOUBLE, FLOAT, fma

DEEP = 4                        # sums side by side for one entry, at most
SHORT = 1024                    # terms of a sum of floats that is kept as a float
FEWEST = 3                      # terms of a sum that are worth a vector of their own, however many lanes stay empty
WRITTEN_OUT = 4                 # vectors along a summed axis that are written out one after the other: no loop
CHAINS = 8                      # sums that run beside each other: a multiply-add takes four cycles, two start in each


@dataclass
class _Side:
    """One operand or the result: where it starts, and {axis: entries per step}."""
    access: object
    steps: dict
    start: object

    def step(self, axis):
        return self.steps.get(axis, 0)


class _Contraction:
    """What the forms share: sides, extents, indices of the moment."""

    def __init__(self, code, statement, rows):
        self.code, self.rows = code, rows
        sides = [self._side(x) for x in (statement.out, *statement.operands)]
        self.statement = _collapsed(statement, sides, rows)
        self.out, self.a, self.b = sides if len(sides) == 3 else (sides[0], _Side(None, {}, None), sides[1])
        self.index, self.begin = {}, {}
        self.adds = statement.out.mode == "add"
        self.kind = FLOAT if code.itemtype is FLOAT and self._short() else DOUBLE
        self.lanes = code.target.lanes*(2 if self.kind is FLOAT else 1)

    def _short(self):
        """Has each sum few terms?  Those over the rows of a pass have a tile of them."""
        terms = 1
        for axis in self.statement.reduce:
            terms *= 1 if axis in self.rows else axis.extent if type(axis.extent) is int else SHORT + 1
        return terms <= SHORT

    def vector(self, lanes):
        """The type of a sum in so many lanes."""
        return self.kind if lanes == 1 else ir.VectorType(self.kind, lanes)

    def zero(self, lanes):
        return ir.Constant(self.vector(lanes), 0.0 if lanes == 1 else [0.0]*lanes)

    def load(self, pointer, lanes=1, live=None):
        """Entries as the sum is kept; only the first `live` lanes are read where that is given.  1 for no pointer."""
        if pointer is None:
            return ir.Constant(self.kind, 1.0)
        if self.kind is DOUBLE:
            return self.code.load(pointer, lanes, live)
        return self.code.load_items(pointer, lanes, live)

    def _side(self, access):
        code = self.code
        start, steps = code.start(*linear(access))
        for row, (first, _) in self.rows.items():
            start = code.add(start, code.mul(code.length(row_steps(access, row)), first))
        return _Side(access, steps, start)

    def extent(self, axis):
        return self.rows[axis][1] if axis in self.rows else self.code.length(axis.extent)

    def known(self, axis):
        return axis.extent if type(axis.extent) is int and axis not in self.rows else None

    def pointer(self, side, moved=()):
        """The entry of a side at the present indices, moved along axes by (axis, steps) pairs."""
        code, place = self.code, side.start
        if side.access is None:                                 # the 1 that a lone operand is multiplied with
            return None
        for axis, step in side.steps.items():
            index = self.index.get(axis)
            if index is not None:
                place = code.add(place, code.mul(code.length(step), index))
        for axis, by in moved:
            place = code.add(place, code.mul(code.length(side.step(axis)), code.int(by)))
        return code.builder.gep(code.pointer(side.access.buffer), [place])

    def multiply_add(self, a, b, total):
        builder = self.code.builder
        return fma(builder, a, b, total) if self.code.target.has_fma else builder.fadd(builder.fmul(a, b), total)

    def put(self, total, lanes, moved, live=None):
        """Write or add a sum to the result."""
        code, pointer = self.code, self.pointer(self.out, moved)
        if self.adds:
            total = code.builder.fadd(self.load(pointer, lanes, live), total)
        if self.kind is DOUBLE:
            code.store(total, pointer, lanes, live)
        else:
            code.store_items(total, pointer, lanes, live)

    def each(self, axes, body):
        """body() inside plain loops over the axes."""
        if not axes:
            return body()
        with self.code.loop(self.begin.get(axes[0], self.code.int(0)), self.extent(axes[0])) as index:
            self.index[axes[0]] = index
            self.each(axes[1:], body)
        del self.index[axes[0]]

    def blocks(self, axis, sizes, body):
        """body(size) with the axis's index at the start of each block, blocks of the first size first."""
        code, start = self.code, self.begin.get(axis, self.code.int(0))
        n = None if axis in self.begin else self.known(axis)
        for k, size in enumerate(sizes):
            if n is not None and n < size:
                continue
            with code.loop(start, self.extent(axis), size) as index:
                self.index[axis] = index
                body(size)
            del self.index[axis]
            start = code.after
            if n is not None:
                n %= size
                start = code.int(self.known(axis) - n)


def as_contract(statement):
    """The Contract that a Map is which adds up products of two entries, or squares, along contiguous memory; or None."""
    *loads, last, store = statement.body if len(statement.body) > 2 else (None, None, None)
    if not isinstance(store, Store) or store.mode != "add" or not isinstance(last, Apply) or store.value != len(loads):
        return None
    found = [loads[k] for k in last.args]
    if last.name == "pow" and len(loads) == 2 and isinstance(found[1], Number) and found[1].value == 2.0:
        found[1] = found[0]
    elif last.name != "mul" or len(loads) > 2:
        return None
    if not all(isinstance(i, Affine) for one in (*found, store) if isinstance(one, (Load, Store)) for i in one.index) \
            or not all(isinstance(one, Load) for one in found):
        return None
    kept = axes_of(store.index)
    axes, reduce = (tuple([a for a in statement.axes if (a in kept) == inside]) for inside in (True, False))
    steps = [linear(one)[0] for one in found]
    along = [a for a in reduce if type(a.extent) is int and a.extent >= FEWEST and all(s.get(a) == 1 for s in steps)]
    return Contract(axes, reduce, store, tuple(found), statement.note) if axes and along else None


def emit_contract(code, statement, rows):
    """Write the loops of a Contract; none where the result has no entries."""
    c = _Contraction(code, statement, rows)
    lanes = c.lanes
    if any([c.known(axis) == 0 for axis in statement.axes]):
        return None
    vector = _outer_axis(c, lanes)
    if vector is not None:
        return _outer(c, vector, lanes)
    shared = _inner_axis(c)
    if shared is not None:
        return _inner(c, shared, lanes)
    return _plain(c)


def _collapsed(statement, sides, rows):
    """The statement with axes of the result that together run through all memory as one would, made one; so the sides."""
    axes = list(statement.axes)
    k = 0
    while k + 1 < len(axes):
        outer, inner = axes[k], axes[k + 1]
        if type(outer.extent) is type(inner.extent) is int and not {outer, inner} & set(rows) \
                and all(side.step(outer) == side.step(inner)*inner.extent for side in sides):
            one = Axis(outer.extent*inner.extent)
            axes[k:k + 2] = [one]
            for side in sides:
                step = side.step(inner)
                side.steps = {a: n for a, n in side.steps.items() if a not in (outer, inner)}
                if step:
                    side.steps[one] = step
        else:
            k += 1
    return replace(statement, axes=tuple(axes))


def _outer_axis(c, lanes):
    """The axis of the result for lanes: next to each other in the result and in one operand at least."""
    for axis in reversed(c.statement.axes):
        if c.out.step(axis) == 1 and {c.a.step(axis), c.b.step(axis)} in ({0, 1}, {1}) and c.known(axis) != 1:
            return axis
    return None


def _inner_axis(c):
    for axis in reversed(c.statement.reduce):
        if c.a.step(axis) == 1 and c.b.step(axis) == 1 and (c.known(axis) is None or c.known(axis) >= min(FEWEST, c.lanes)):
            return axis
    return None


def _outer(c, vector, lanes):
    """Blocks of several rows by some vectors of the result in registers; one row, more vectors, where no axis is shared."""
    if c.a.step(vector) == 1 and c.b.step(vector) == 0:
        c.a, c.b = c.b, c.a                                     # b carries the lanes
    rest = [x for x in c.statement.axes if x is not vector]
    shared = next((x for x in reversed(rest) if c.b.step(x) == 0), None)
    rest = [x for x in rest if x is not shared]
    if _is_periodic(c, vector, lanes):
        _periodic(c, vector, lanes)

    def across(count, width=lanes, live=None):
        if shared is None:
            return _outer_block(c, vector, None, 1, count, width, live)
        c.blocks(shared, _heights(c, shared, count),
                 lambda high: _outer_block(c, vector, shared, high, count, width, live))

    c.each(rest, lambda: _vectors(c, vector, shared, lanes, across))


def _vectors(c, vector, shared, lanes, across):
    """across(count[, lanes, live]) along the lanes' axis: `count` vectors, the last of which may have `live` lanes only."""
    known = c.known(vector)
    most = 8 if shared is None else 3 if known is None or c.code.target.registers < 32 else 4
    if known is None:
        sizes = [8, 4, 2, 1] if shared is None else [3, 1]
        return c.blocks(vector, [*[n*lanes for n in sizes], 1],
                        lambda size: across(size//lanes) if size >= lanes else across(1, 1))
    total, live = -(-known//lanes), known % lanes or None
    most = -(-total//-(-total//most))                           # as few blocks as can be, of one size if possible
    looped = (known//lanes - (live is None))//most if total > most else 0
    if looped:
        with c.code.loop(c.code.int(0), c.code.int(looped*most*lanes), most*lanes) as index:
            c.index[vector] = index
            across(most)
    start = looped*most
    while start < total:
        c.index[vector] = c.code.int(start*lanes)
        count = min(most, total - start)
        across(count, lanes, live if start + count == total else None)
        start += count
    del c.index[vector]


def _heights(c, shared, count):
    """Rows of blocks of so many vectors: sums, vectors and a factor all in registers; of one length if possible."""
    tall, known = 4 if c.code.target.registers < 32 else 6 if count > 3 else 8, c.known(shared)
    if known is None:
        return [tall, 1]
    high = -(-known//-(-known//tall))
    return [high, known % high] if known % high else [high]


def _is_periodic(c, vector, lanes):
    """Is it a sum over rows of a narrow matrix, all of it next to each other in memory, times a number a row?"""
    d, axes, reduce = c.known(vector), c.statement.axes, c.statement.reduce
    if d is None or axes != (vector,) or len(reduce) != 1 or d % lanes == 0 or lanes == 1:
        return False
    summed, = reduce
    return (c.a.steps == {summed: 1} and c.b.steps == {vector: 1, summed: d}
            and d//gcd(d, lanes) <= c.code.target.registers//2 - 2)


def _periodic(c, vector, lanes):
    """Add the whole blocks of `lanes` rows: their d vectors in the order of memory, each times the factors of its lanes.

    Entry f of a block belongs to row f // d and column f mod d.  After the least common multiple of d and the lanes it
    begins anew, so that so many sums are enough; more are kept where a multiply-add would wait for the one before.
    The rows that are left are summed afterwards, as if they were all: `begin` says where.
    """
    code, b, d, (summed,) = c.code, c.code.builder, c.known(vector), c.statement.reduce
    period = d//gcd(d, lanes)
    count = min(d, period*max(1, CHAINS//period))
    kind = c.vector(lanes)
    memory = code.scratch(c.kind, code.int((count + 1)*lanes))        # a vector that begins in the last one ends in it
    sums = [code.scratch(kind) for _ in range(count)]
    for s in sums:
        b.store(c.zero(lanes), s)
    c.index[vector] = code.int(0)
    with code.loop(code.int(0), c.extent(summed), lanes) as index:
        c.index[summed] = index
        factors, start = c.load(c.pointer(c.a), lanes), c.pointer(c.b)
        for v in range(d):
            rows = [(v*lanes + k)//d for k in range(lanes)]
            mask = ir.Constant(ir.VectorType(ir.IntType(32), lanes), rows)
            spread = b.shuffle_vector(factors, ir.Constant(kind, ir.Undefined), mask)
            entries = c.load(b.gep(start, [code.int(v*lanes)]), lanes)
            b.store(c.multiply_add(spread, entries, b.load(sums[v % count])), sums[v % count])
        del c.index[summed]
    c.begin[summed] = code.after
    for v, s in enumerate(sums):
        total = b.load(s)
        put = b.store(total, b.bitcast(b.gep(memory, [code.int(v*lanes)]), kind.as_pointer()))
        put.align = 4
    for column in range(0, d, lanes):
        live = d - column if d - column < lanes else None
        total = None
        for start in range(column, count*lanes, d):
            one = b.load(b.bitcast(b.gep(memory, [code.int(start)]), kind.as_pointer()))
            one.align = 4
            total = one if total is None else b.fadd(total, one)
        c.put(total, lanes, [(vector, column)], live)
    del c.index[vector]
    c.adds = True


def _outer_block(c, vector, shared, high, count, lanes, live):
    """One block: high rows by count vectors of sums; several sums of each where there are too few to keep the machine busy.

    live  how many lanes of the last vector are inside of the result; None for all
    """
    code = c.code
    kind, zero = c.vector(lanes), c.zero(lanes)
    deep = max(1, min(DEEP, CHAINS//(high*count))) if c.statement.reduce else 1
    sums = [[[code.scratch(kind) for _ in range(count)] for _ in range(high)] for _ in range(deep)]
    for s in (s for rows in sums for row in rows for s in row):
        code.builder.store(zero, s)
    last = c.statement.reduce[-1] if c.statement.reduce else None
    inside = [None]*(count - 1) + [live]

    def term(k):
        further = [(last, k)] if k else []
        vectors = [c.load(c.pointer(c.b, [(vector, v*lanes), *further]), lanes, inside[v]) for v in range(count)]
        for r in range(high):
            row = [(shared, r)] if shared is not None else []
            if c.a.step(vector) == 0:
                one = c.load(c.pointer(c.a, [*row, *further]))
                factors = [one if lanes == 1 else code.splat(one, lanes)]*count
            else:
                factors = [c.load(c.pointer(c.a, [(vector, v*lanes), *row, *further]), lanes, inside[v])
                           for v in range(count)]
            for v in range(count):
                total = c.multiply_add(factors[v], vectors[v], code.builder.load(sums[k][r][v]))
                code.builder.store(total, sums[k][r][v])

    def steps(size):
        for k in range(size):
            term(k)

    if deep == 1:
        c.each(c.statement.reduce, lambda: term(0))
    else:
        c.each(c.statement.reduce[:-1], lambda: c.blocks(last, [deep, 1], steps))
    for r in range(high):
        for v in range(count):
            total = code.builder.load(sums[0][r][v])
            for k in range(1, deep):
                total = code.builder.fadd(total, code.builder.load(sums[k][r][v]))
            c.put(total, lanes, [(vector, v*lanes), *([(shared, r)] if shared is not None else [])], inside[v])


def _inner(c, summed, lanes):
    """Blocks of as many rows as lanes, each with a vector of sums along the summed axis.

    What is left of that axis behind whole vectors fills some lanes of one more where its length is known; else it is
    summed up in a number of its own.
    """
    other = [x for x in c.statement.reduce if x is not summed]
    axes = list(c.statement.axes)
    if not axes:
        return _inner_block(c, summed, other, None, 1, lanes)
    tall = axes.pop()
    c.each(axes, lambda: c.blocks(tall, [lanes, 1], lambda high: _inner_block(c, summed, other, tall, high, lanes)))


def _inner_block(c, summed, other, tall, high, lanes):
    code, known = c.code, c.known(summed)
    kind = c.vector(lanes)
    wide = [code.scratch(kind) for _ in range(high)]
    rest = code.scratch(c.kind, code.int(lanes)) if known is None else None
    narrow = [code.builder.gep(rest, [code.int(r)]) for r in range(high)] if rest else []
    for r in range(high):
        code.builder.store(c.zero(lanes), wide[r])
    for one in narrow:
        code.builder.store(c.zero(1), one)

    def step(width, live=None):
        sums = wide if width == lanes else narrow
        shared = {id(side): c.load(c.pointer(side), width, live) for side in (c.a, c.b)
                  if tall is None or side.step(tall) == 0}
        for r in range(high):
            moved = [(tall, r)] if tall is not None else []
            a, b = (shared[id(side)] if id(side) in shared else c.load(c.pointer(side, moved), width, live)
                    for side in (c.a, c.b))
            code.builder.store(c.multiply_add(a, b, code.builder.load(sums[r])), sums[r])

    c.each(other, lambda: _along(c, summed, lanes, step))
    if high == lanes > 1 and c.out.step(tall) == 1:
        totals = _totals(code, [code.builder.load(w) for w in wide])
        if rest:
            remainder = code.builder.load(code.builder.bitcast(rest, kind.as_pointer()))
            remainder.align = 4
            totals = code.builder.fadd(totals, remainder)
        return c.put(totals, lanes, [])
    for r in range(high):
        total = code.fold_lanes(code.builder.load(wide[r]), lanes, code.builder.fadd)
        total = code.builder.fadd(total, code.builder.load(narrow[r])) if rest else total
        c.put(total, 1, [(tall, r)] if tall is not None else [])


def _along(c, axis, lanes, step):
    """step(width, live lanes) with the axis's index at one vector after another; written out where there are few."""
    known = c.known(axis)
    if known is None:
        return c.blocks(axis, [lanes, 1], step)
    whole = known//lanes
    if whole > WRITTEN_OUT:
        c.blocks(axis, [lanes], step)
    else:
        for k in range(whole):
            c.index[axis] = c.code.int(k*lanes)
            step(lanes)
    if known % lanes:
        c.index[axis] = c.code.int(whole*lanes)
        step(lanes, known % lanes)
    c.index.pop(axis, None)


def _totals(code, vectors):
    """One vector with the sum of the lanes of each of the vectors, as many as there are lanes: neighbours are added first.

    Two vectors become one of pairs of their sums side by side; then whole pairs are added, which change places cheaply.
    """
    b, lanes = code.builder, len(vectors)
    evens = [k if k % 2 == 0 else lanes + k - 1 for k in range(lanes)]
    apart = 1
    while len(vectors) > 1:
        masks = [ir.Constant(ir.VectorType(ir.IntType(32), lanes), [k + odd for k in evens]) for odd in (0, apart)]
        vectors = [b.fadd(*[b.shuffle_vector(x, y, mask) for mask in masks])
                   for x, y in zip(vectors[::2], vectors[1::2])]
        evens, apart = [2*k - k % 2 for k in range(lanes)], 2
    return vectors[0]


def _plain(c):
    """One number after another."""
    def entry():
        code = c.code
        total = code.scratch(c.kind)
        code.builder.store(c.zero(1), total)

        def step():
            a, b = (c.load(c.pointer(s)) for s in (c.a, c.b))
            code.builder.store(c.multiply_add(a, b, code.builder.load(total)), total)

        c.each(list(c.statement.reduce), step)
        c.put(code.builder.load(total), 1, [])

    c.each(list(c.statement.axes), entry)
