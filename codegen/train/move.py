"""A formula of one entry goes in; machine code that moves all parameters by it comes out, in vectors, in one pass.

Memory is what a step costs beside its kernel: each vector is read once and written once.
"""
from dataclasses import dataclass

from llvmlite import ir
from numba.core import types
from numba.core.typing import signature
from numba.extending import intrinsic

from ..emit.llvm.code import DOUBLE, FLOAT, INT, Code
from ..emit.llvm.target import host_target
from ..vectormath import align_stack
from . import update

# The table: where the vectors lie, a result, their entries; the address of a function that moves them, of the kernel
# that it has several threads run, and whether that has run.
X, GOOD, G, M, S, DECAY, SETTINGS, RESULT, COUNT, ELSEWHERE, ALONE, MOVED, PLACES = range(13)
SHARE = 1 << 14                 # entries that one thread moves at a time, where several do
_ITEM = {"float64": DOUBLE, "float32": FLOAT}


@dataclass(frozen=True)
class _Item:
    """What Code asks of a layout here."""
    itemsize: int


class Lanes:
    """Numbers of some entries side by side, with the operators that formulas are written in."""

    def __init__(self, ops, raw):
        self.ops, self.raw = ops, raw

    def __add__(self, other):
        return Lanes(self.ops, self.ops.add(self.raw, other.raw))

    def __sub__(self, other):
        return Lanes(self.ops, self.ops.sub(self.raw, other.raw))

    def __rsub__(self, number):
        return Lanes(self.ops, self.ops.sub(self.ops.constant(number), self.raw))

    def __mul__(self, other):
        return Lanes(self.ops, self.ops.mul(self.raw, other.raw))

    def __truediv__(self, other):
        return Lanes(self.ops, self.ops.div(self.raw, other.raw))

    def sqrt(self):
        """√, rounded once."""
        return Lanes(self.ops, self.ops.sqrt(self.raw))


def move_by(method, dtype):
    """The intrinsic (address of a table, entries) -> 0: x moves by a method's formula; where it was goes to `good`."""
    return _pass(f"move_{method}", _mover(method), dtype)


def emit_move(module, name, itemtype, method):
    """Add a kernel (codegen.emit.llvm.kernel) to a module: SHARE entries are a chunk of its only phase.

    With the first chunk it says that it has run: what starts it does all chunks, or none.
    """
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [INT.as_pointer(), *[INT]*4]), name)
    b = ir.IRBuilder(function.append_basic_block())
    table, _, low, high, worker = function.args
    count = b.load(b.gep(table, [INT(COUNT)]))
    with b.if_then(b.icmp_signed("==", low, INT(0))):
        b.store(INT(1), b.gep(table, [INT(MOVED)]))
    low, high = (b.mul(k, INT(SHARE)) for k in (low, high))
    high = b.select(b.icmp_signed("<", high, count), high, count)
    b.call(_function(module, f"{name}_entries", _mover(method), itemtype), [table, low, high, worker])
    b.ret_void()


@intrinsic
def move_elsewhere(typing, table, entries):
    """The same as `move_by`, by the function whose address stands in the table.

    That is Python's, and may be interrupted before it does anything: then the kernel is run from here, all of it, so
    that a step that has begun is done.
    """
    def generate(context, builder, sig, args):
        slots = builder.inttoptr(args[0], INT.as_pointer())
        kind = ir.FunctionType(ir.VoidType(), [INT.as_pointer(), *[INT]*4])

        def call(place, *words):
            address = builder.load(builder.gep(slots, [INT(place)]))
            builder.call(builder.inttoptr(address, kind.as_pointer()), [slots, *words])

        moved = builder.gep(slots, [INT(MOVED)])
        builder.store(INT(0), moved)
        call(ELSEWHERE, INT(-1), *[INT(0)]*3)
        with builder.if_then(builder.icmp_signed("==", builder.load(moved), INT(0)), likely=False):
            call(ALONE, INT(0), INT(0), args[1], INT(0))            # more chunks than there are: it ends with the entries
        return INT(0)

    return signature(types.int64, table, entries), generate


def _mover(method):
    """What writes the loop over entries."""
    formula = update.FORMULAS[method]

    def emit(code):
        own = _pointer(code, SETTINGS, DOUBLE)
        settings = [code.builder.load(code.builder.gep(own, [code.int(k)])) for k in range(update.SETTINGS)]
        for place, lanes in _entries(code):
            ops = code.arithmetic(lanes)
            at = [Lanes(ops, code.splat(raw, lanes) if lanes > 1 else raw) for raw in settings]
            x, g, m, s, decay = given = [Lanes(ops, code.load(place(k), lanes)) for k in (X, G, M, S, DECAY)]
            code.store(x.raw, place(GOOD), lanes)
            for k, before, now in zip((X, M, S), (x, m, s), formula(at, Lanes.sqrt, *given)):
                if now is not before:
                    code.store(now.raw, place(k), lanes)

    return emit


def finite_of(dtype):
    """The intrinsic (address of a table, entries) -> 1 where all entries of the gradient are finite, else 0.

    0·g is 0 then, and nan otherwise, and so is a sum of these.
    """
    def emit(code):
        sums, builder, result = {}, code.builder, code.builder.gep(code.table, [code.int(RESULT)])
        for lanes in (code.target.lanes, 1):
            sums[lanes] = code.scratch(DOUBLE if lanes == 1 else ir.VectorType(DOUBLE, lanes))
            builder.store(code.arithmetic(lanes).constant(0.0), sums[lanes])
        for place, lanes in _entries(code):
            ops = code.arithmetic(lanes)
            zero = ops.mul(code.load(place(G), lanes), ops.constant(0.0))
            builder.store(ops.add(builder.load(sums[lanes]), zero), sums[lanes])
        ops = code.arithmetic(1)
        wide = code.fold_lanes(builder.load(sums[code.target.lanes]), code.target.lanes, ops.add)
        total = ops.add(wide, builder.load(sums[1]))
        builder.store(builder.zext(ops.equal(total, ops.constant(0.0)), INT), result)

    return _pass("finite", emit, dtype)


def _entries(code):
    """The entries low … high-1, inside loops: (place, lanes), where place(k) is their address in the table's vector k.
    """
    for index, lanes in code.entries(code.low, code.high):
        yield lambda k: code.builder.gep(_pointer(code, k, code.itemtype), [index]), lanes          # noqa: B023


def _pointer(code, k, kind):
    """The address that the table has at k."""
    return code.builder.inttoptr(code.slot(k), kind.as_pointer())


def _function(module, name, emit, itemtype):
    """The function void(table, low, high, worker) that passes over entries low … high-1."""
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [INT.as_pointer(), INT, INT, INT]), name)
    function.linkage = "internal"
    code = Code(function, _Item(8 if itemtype is DOUBLE else 4), host_target(), itemtype)
    align_stack(code.builder)
    emit(code)
    code.finish()
    return function


def _pass(name, emit, dtype):
    """The intrinsic of a pass over the vectors, and what it leaves at RESULT."""
    itemtype = _ITEM[dtype]

    @intrinsic
    def run(typing, table, entries):
        def generate(context, builder, sig, args):
            function = _function(builder.module, builder.module.get_unique_name(name), emit, itemtype)
            slots, zero = builder.inttoptr(args[0], INT.as_pointer()), ir.Constant(INT, 0)
            builder.call(function, [slots, zero, args[1], zero])
            return builder.load(builder.gep(slots, [ir.Constant(INT, RESULT)]))

        return signature(types.int64, table, entries), generate

    return run
