"""A program and its layout in, one LLVM function in a module out: void kernel(i64* table, i64 phase, low, high, worker).

A phase is one pass over rows, its combination of sums, or the plain statements between two passes.  Phase -1 runs them
all, every chunk of every pass in order: what the phases do when each is run by itself, whoever runs which chunk.  Phase
NOTHING runs none.
"""
import math
from dataclasses import dataclass

from llvmlite import ir

from codegen.loops import Call, Contract, Fill, Map, Rows, Steps
from codegen.plan import GRAIN, LARGEST_CHUNKS, linear_lengths
from codegen.products import sides
from codegen.vectormath import align_stack

from .ahead import asks, carrier
from .code import DOUBLE, FLOAT, INT, Code, combine
from .contract import as_contract, emit_contract
from .maps import emit_map
from .product import emit_product
from .routines import emit_call
from .straight import emit_straight, is_long

LONGEST = 32                    # statements of a plain phase
NOTHING = -2


@dataclass(frozen=True)
class Phase:
    """kind: "plain", "rows" or "product" (whose work is the chunks low … high-1), or "combine"; `place`: which pass, or
    which product, in order.
    """
    kind: str
    statements: tuple
    place: int = 0


def phases(program):
    """The phases of a program in order."""
    made, plain, place, products = [], [], 0, 0
    for statement in program.statements:
        if isinstance(statement, Rows):
            made += [*_cut(plain), Phase("rows", (statement,), place), Phase("combine", (statement,), place)]
            plain, place = [], place + 1
        elif sides(statement) is not None:
            made += [*_cut(plain), Phase("product", (statement,), products)]
            plain, products = [], products + 1
        else:
            plain.append(statement)
    return tuple([*made, *_cut(plain)])


def _cut(statements):
    """Plain phases of no more statements than LLVM compiles quickly as one function."""
    return [Phase("plain", tuple(statements[k:k + LONGEST])) for k in range(0, len(statements), LONGEST)]


def emit_kernel(module, name, program, layout, target):
    """Add the kernel to the module and return it; its helpers are internal to the module."""
    itemtype = DOUBLE if layout.itemsize == 8 else FLOAT
    made = phases(program)
    functions = []
    for k, phase in enumerate(made):
        function = ir.Function(module, _PHASE, f"{name}_phase{k}")
        function.linkage = "internal"
        code = Code(function, layout, target, itemtype)
        align_stack(code.builder)
        _EMIT[phase.kind](code, phase)
        code.finish()
        functions.append(function)
    kernel = ir.Function(module, ir.FunctionType(ir.VoidType(), [INT.as_pointer(), INT, INT, INT, INT]), name)
    _dispatch(kernel, made, functions, layout)
    return kernel


_PHASE = ir.FunctionType(ir.VoidType(), [INT.as_pointer(), INT, INT, INT])


def _dispatch(kernel, made, functions, layout):
    table, phase, low, high, worker = kernel.args
    builder = ir.IRBuilder(kernel.append_basic_block("entry"))
    everything, done = (kernel.append_basic_block(n) for n in ("everything", "done"))
    switch = builder.switch(phase, everything)
    switch.add_case(ir.Constant(INT, NOTHING), done)
    for k, function in enumerate(functions):
        block = kernel.append_basic_block(f"phase{k}")
        switch.add_case(ir.Constant(INT, k), block)
        builder.position_at_end(block)
        builder.call(function, [table, low, high, worker])
        builder.branch(done)
    builder.position_at_end(everything)
    for one, function in zip(made, functions):
        high = ir.Constant(INT, 0)
        if one.kind == "rows":
            high = builder.load(builder.gep(table, [ir.Constant(INT, layout.passes[one.place])]))
        elif one.kind == "product":
            parts = [builder.load(builder.gep(table, [ir.Constant(INT, layout.products[one.place] + k)])) for k in (0, 1)]
            high = builder.mul(*parts)
        builder.call(function, [table, ir.Constant(INT, 0), high, ir.Constant(INT, 0)])
    builder.branch(done)
    builder.position_at_end(done)
    builder.ret_void()


def _plain(code, phase):
    for statement in phase.statements:
        emit_statement(code, statement, {})


def emit_statement(code, statement, rows):
    """The code of one statement; `rows` as `emit_map` has it."""
    if isinstance(statement, Map):
        if is_long(statement) and not code.step:
            emit_straight(code, statement)
        elif (sum_of_products := as_contract(statement)) is not None:
            emit_contract(code, sum_of_products, rows)
        else:
            emit_map(code, statement, rows)
    elif isinstance(statement, Contract):
        emit_contract(code, statement, rows)
    elif isinstance(statement, Fill):
        _fill(code, statement, rows)
    elif isinstance(statement, Call):
        emit_call(code, statement)
    elif isinstance(statement, Steps):
        _steps(code, statement)


def _steps(code, statement):
    """The body in a loop; a state's two buffers change places after each step; the last is copied where it belongs."""
    b, n = code.builder, code.length(statement.axis.extent)
    kind = code.itemtype.as_pointer()
    slots = [(before, after, code.scratch(kind), code.scratch(kind)) for before, after in statement.carried]
    for before, after, old, new in slots:
        b.store(code.pointer(before), old)
        b.store(code.pointer(after), new)
    with code.loop(code.int(0), n) as index:
        code.step[statement.axis] = b.sub(b.sub(n, code.int(1)), index) if statement.reverse else index
        held = [(before, after, b.load(old), b.load(new)) for before, after, old, new in slots]
        places = {one: place for before, after, p, q in held for one, place in ((before, p), (after, q))}
        with _buffers_at(code, places):
            for inner in statement.body:
                emit_statement(code, inner, {})
        for (_, _, old, new), (_, _, p, q) in zip(slots, held):
            b.store(q, old)
            b.store(p, new)
        del code.step[statement.axis]
    for before, _, old, _ in slots:
        last = b.load(old)
        with b.if_then(b.icmp_unsigned("!=", last, code.pointer(before))):
            code.memory("memcpy", code.pointer(before), last, code.length(linear_lengths(before)[0]))


def _fill(code, statement, rows):
    count = code.length(linear_lengths(statement.buffer)[0])
    if statement.buffer.tiled:
        (_, number), = rows.values()
        count = code.mul(count, number)
    _fill_entries(code, code.pointer(statement.buffer), count, statement.value)


def _fill_entries(code, pointer, count, value):
    """Entries that all have one value; zeros by the C library's memset, as copies by its memcpy."""
    if value == 0 and math.copysign(1, value) > 0:
        code.memory("memset", pointer, ir.IntType(8)(0), count)
        return
    for place, lanes in code.entries(code.int(0), count):
        number = ir.Constant(DOUBLE, value)
        code.store(number if lanes == 1 else code.splat(number, lanes), code.builder.gep(pointer, [place]), lanes)


def _rows(code, phase):
    """Chunks low … high-1 of a pass: chunk c of C has the rows from ⌊n·c/C⌋ grains on, of which there are n."""
    statement, = phase.statements
    b, slot = code.builder, code.layout.passes[phase.place]
    busiest, wanted = carrier(statement, code.layout.itemsize)
    rows, count = code.length(statement.axis.extent), code.slot(slot)
    grains = b.sdiv(b.add(rows, code.int(GRAIN - 1)), code.int(GRAIN))
    with code.loop(code.low, code.high) as chunk:
        first = code.mul(b.sdiv(b.mul(grains, chunk), count), code.int(GRAIN))
        last = code.mul(b.sdiv(b.mul(grains, b.add(chunk, code.int(1))), count), code.int(GRAIN))
        last = b.select(b.icmp_signed("<", last, rows), last, rows)
        places = _sums_of_chunk(code, statement, slot, chunk, count)
        with _buffers_at(code, places):
            for s in statement.sums:
                _fill_entries(code, code.pointer(s.buffer), code.length(linear_lengths(s.buffer)[0]), s.initial)
            with code.loop(first, b.add(last, code.int(statement.tile - 1)), statement.tile) as start:
                left = b.sub(last, start)
                number = b.select(b.icmp_signed("<", left, code.int(statement.tile)), left, code.int(statement.tile))
                tile = {statement.axis: (start, number)}
                for inner in statement.body:
                    if inner is busiest:
                        emit_map(code, inner, tile, asks(code, statement, start, wanted))
                    else:
                        emit_statement(code, inner, tile)


def _sums_of_chunk(code, statement, slot, chunk, count):
    """{buffer: the address of this chunk's sum}: the buffer itself when there is one chunk."""
    b, places = code.builder, {}
    for k, s in enumerate(statement.sums):
        own = b.add(code.slot(slot + 1 + 2*k), b.mul(chunk, code.slot(slot + 2 + 2*k)))
        whole = code.slot(code.layout.buffers[s.buffer])
        address = b.select(b.icmp_signed("==", count, code.int(1)), whole, own)
        places[s.buffer] = b.inttoptr(address, code.itemtype.as_pointer())
    return places


class _buffers_at:
    """Inside, the code finds these buffers at these addresses."""

    def __init__(self, code, places):
        self.known, self.places = code._known, {("pointer", b): p for b, p in places.items()}

    def __enter__(self):
        self.before = {k: self.known[k] for k in self.places if k in self.known}
        self.known.update(self.places)

    def __exit__(self, *_):
        for k in self.places:
            del self.known[k]
        self.known.update(self.before)


def _combine(code, phase):
    """The sums of the chunks, two neighbours at a time, in an order that depends on their number only."""
    statement, = phase.statements
    b, slot = code.builder, code.layout.passes[phase.place]
    if not statement.sums:
        return
    count = code.slot(slot)
    with b.if_then(b.icmp_signed(">", count, code.int(1))):
        for k, s in enumerate(statement.sums):
            base, each = code.slot(slot + 1 + 2*k), code.slot(slot + 2 + 2*k)
            entries = code.length(linear_lengths(s.buffer)[0])
            _tree(code, base, each, count, entries, s.mode)
            first = b.inttoptr(base, code.itemtype.as_pointer())
            code.memory("memcpy", code.pointer(s.buffer), first, entries)


def _tree(code, base, each, count, entries, mode):
    """chunk[c] += chunk[c + s] for c = 0, 2s, 4s, … and s = 1, 2, 4, … below the number of chunks."""
    b = code.builder
    step = 1
    while step < LARGEST_CHUNKS:
        with code.loop(code.int(0), b.sub(count, code.int(step))) as c:
            aligned = b.icmp_signed("==", b.and_(c, code.int(2*step - 1)), code.int(0))
            with b.if_then(aligned):
                left = b.inttoptr(b.add(base, b.mul(each, c)), code.itemtype.as_pointer())
                right = b.inttoptr(b.add(base, b.mul(each, b.add(c, code.int(step)))), code.itemtype.as_pointer())
                for index, lanes in code.entries(code.int(0), entries):
                    at = b.gep(left, [index])
                    both = combine(code, mode, code.load(at, lanes), code.load(b.gep(right, [index]), lanes), lanes)
                    code.store(both, at, lanes)
        step *= 2


_EMIT = {"plain": _plain, "product": emit_product, "rows": _rows, "combine": _combine}
