"""What the emitters of statements share: the function being written, its lengths and addresses, loops, numbers of one or
several lanes."""
from contextlib import contextmanager
from dataclasses import dataclass

from llvmlite import ir

from codegen.vectormath.llvm_ops import LLVMOps, declared

INT, DOUBLE, FLOAT, BOOL = ir.IntType(64), ir.DoubleType(), ir.FloatType(), ir.IntType(1)


@dataclass(frozen=True)
class Target:
    """What the machine has: lanes of a vector of doubles, fused multiply-add, vector registers."""
    lanes: int = 4
    has_fma: bool = True
    registers: int = 16


@dataclass
class Value:
    """A number or a truth value in one lane or several."""
    raw: object
    lanes: int = 1
    mask: bool = False


class Code:
    """One function being written: void (i64* table, i64 low, i64 high, i64 worker)."""

    def __init__(self, function, layout, target, itemtype=DOUBLE):
        self.function, self.layout, self.target, self.itemtype = function, layout, target, itemtype
        self.entry = function.append_basic_block("entry")
        start = function.append_basic_block("start")
        self.builder = ir.IRBuilder(start)
        self._head = ir.IRBuilder(self.entry)
        self.table, self.low, self.high, self.worker = function.args
        self._known, self._start = {}, start
        self.step = {}                                 # {axis: the position at which the loop over its steps is}
        self.calls, self.pieces = False, []            # `calls`: formulas are functions to call, not written out

    def finish(self):
        self.builder.ret_void()
        self._head.position_at_end(self.entry)
        self._head.branch(self._start)

    def int(self, value):
        return ir.Constant(INT, value)

    def slot(self, k):
        """The table's entry k, loaded once at the function's start."""
        if k not in self._known:
            self._known[k] = self._head.load(self._head.gep(self.table, [self.int(k)]))
        return self._known[k]

    def length(self, value):
        """A length as an integer of the code."""
        return self.int(value) if type(value) is int else self.slot(self.layout.lengths[value])

    def pointer(self, buffer):
        """The address of a buffer's first entry; of a tiled one, in this worker's tile."""
        key = ("pointer", buffer)
        if key not in self._known:
            address = self.slot(self.layout.buffers[buffer])
            if buffer.tiled:
                address = self._head.add(address, self._head.mul(self.worker, self.slot(self.layout.stride)))
            self._known[key] = self._head.inttoptr(address, self.itemtype.as_pointer())
        return self._known[key]

    def start(self, steps, offset):
        """The entry at which an access starts, and its steps along the other axes than those of loops over steps."""
        place = self.length(offset)
        for axis, position in self.step.items():
            if axis in steps:
                place = self.add(place, self.mul(self.length(steps[axis]), position))
        return place, {axis: n for axis, n in steps.items() if axis not in self.step}

    def add(self, a, b):
        """a + b of integers, folded where they are known."""
        if _known(a) and _known(b):
            return self.int(a.constant + b.constant)
        return b if _zero(a) else a if _zero(b) else self.builder.add(a, b)

    def mul(self, a, b):
        """a·b of integers, folded where they are known."""
        if _known(a) and _known(b):
            return self.int(a.constant*b.constant)
        if _zero(a) or _zero(b):
            return self.int(0)
        return b if _one(a) else a if _one(b) else self.builder.mul(a, b)

    @contextmanager
    def loop(self, start, stop, step=1):
        """The body runs with the index at start, start + step, … while index + step ≤ stop; yields (index).

        Afterwards `self.after` is the first index not done.  LLVM is told to leave the loop as it is: the lanes are
        chosen already, and copies of remainders cost more time to compile than they save.
        """
        b = self.builder
        head, body, done = (b.append_basic_block(name) for name in ("head", "body", "done"))
        before = b.block
        b.branch(head)
        b.position_at_end(head)
        index = b.phi(INT)
        index.add_incoming(start, before)
        step = self.int(step) if type(step) is int else step
        b.cbranch(b.icmp_signed("<=", b.add(index, step), stop), body, done)
        b.position_at_end(body)
        yield index
        index.add_incoming(b.add(index, step), b.block)
        b.branch(head).set_metadata("llvm.loop", self._loop_kind())
        b.position_at_end(done)
        self.after = index

    def entries(self, first, last):
        """(index, lanes) of the entries first … last-1, inside loops: as many at a time as there are lanes, then one.
        """
        for lanes in (self.target.lanes, 1):
            with self.loop(first, last, lanes) as index:
                yield index, lanes
            first = self.after

    def _loop_kind(self):
        """A loop's own metadata node, whose first operand is itself: neither vectorise nor unroll."""
        module = self.builder.module
        words = [module.add_metadata([ir.MetaDataString(module, "llvm.loop.vectorize.enable"), ir.Constant(BOOL, 0)]),
                 module.add_metadata([ir.MetaDataString(module, "llvm.loop.unroll.disable")])]
        made = ir.MDValue(module, words, name=str(len(module.metadata)))
        made.operands = (made, *words)
        return made

    def scratch(self, kind, count=None):
        """Memory on the stack, made once at the function's start."""
        return self._head.alloca(kind, count)

    def arithmetic(self, lanes):
        """The operations on `lanes` lanes at the builder's position."""
        return LLVMOps(self.builder, lanes, self.target.has_fma)

    # memory ------------------------------------------------------------------------------------------------------
    def load(self, pointer, lanes=1, live=None):
        """Consecutive entries as doubles; with `live`, only so many are read, and zeros stand in the other lanes."""
        return self._widen(self.load_items(pointer, lanes, live), lanes)

    def load_items(self, pointer, lanes=1, live=None):
        """Consecutive entries as they are."""
        b = self.builder
        if lanes == 1:
            return b.load(pointer)
        if live is not None:
            kind = ir.VectorType(self.itemtype, lanes)
            return self._masked("load", kind, pointer, live, lanes, ir.Constant(kind, [0.0]*lanes))
        got = b.load(b.bitcast(pointer, ir.VectorType(self.itemtype, lanes).as_pointer()))
        got.align = self.layout.itemsize
        return got

    def _masked(self, word, result, pointer, live, lanes, value):
        """LLVM's masked load or store, of the first `live` lanes."""
        kind = ir.VectorType(self.itemtype, lanes)
        mask = ir.Constant(ir.VectorType(BOOL, lanes), [int(k < live) for k in range(lanes)])
        place = self.builder.bitcast(pointer, kind.as_pointer())
        found = [place, ir.Constant(ir.IntType(32), self.layout.itemsize), mask]
        found = [*found, value] if word == "load" else [value, *found]
        name = f"llvm.masked.{word}.v{lanes}f{8*self.layout.itemsize}.p0"
        kind = ir.FunctionType(result, [v.type for v in found])
        return self.builder.call(declared(self.builder.module, kind, name), found)

    def store(self, value, pointer, lanes=1, live=None):
        """Doubles to consecutive entries; with `live`, to so many."""
        self.store_items(self._narrow(value, lanes), pointer, lanes, live)

    def store_items(self, value, pointer, lanes=1, live=None):
        b = self.builder
        if lanes == 1:
            b.store(value, pointer)
        elif live is not None:
            self._masked("store", ir.VoidType(), pointer, live, lanes, value)
        else:
            put = b.store(value, b.bitcast(pointer, value.type.as_pointer()))
            put.align = self.layout.itemsize

    def memory(self, name, to, given, count):
        """LLVM's memset of `count` entries to a byte, or memcpy of as many from elsewhere."""
        b, byte = self.builder, ir.IntType(8).as_pointer()
        given = b.bitcast(given, byte) if name == "memcpy" else given
        kinds = [byte, *([byte] if name == "memcpy" else []), INT]
        function = b.module.declare_intrinsic(f"llvm.{name}", kinds)
        b.call(function, [b.bitcast(to, byte), given, self.mul(count, self.int(self.layout.itemsize)), BOOL(0)])

    def load_strided(self, pointer, step, lanes):
        """Entries `step` apart, one a lane."""
        b = self.builder
        result = ir.Constant(ir.VectorType(DOUBLE, lanes), ir.Undefined)
        for lane in range(lanes):
            one = self.load(b.gep(pointer, [self.mul(step, self.int(lane))]))
            result = b.insert_element(result, one, lane32(lane))
        return result

    def _widen(self, value, lanes):
        if self.itemtype is DOUBLE:
            return value
        return self.builder.fpext(value, DOUBLE if lanes == 1 else ir.VectorType(DOUBLE, lanes))

    def _narrow(self, value, lanes):
        if self.itemtype is DOUBLE:
            return value
        return self.builder.fptrunc(value, FLOAT if lanes == 1 else ir.VectorType(FLOAT, lanes))

    def as_stored(self, value, lanes):
        """A number rounded as it is when it is stored: a double, or one that a float32 is."""
        return self._widen(self._narrow(value, lanes), lanes)

    # lanes -------------------------------------------------------------------------------------------------------
    def splat(self, raw, lanes):
        """One number in every lane."""
        kind = ir.VectorType(raw.type, lanes)
        if isinstance(raw, ir.Constant):
            return ir.Constant(kind, [raw.constant]*lanes)
        b = self.builder
        first = b.insert_element(ir.Constant(kind, ir.Undefined), raw, lane32(0))
        return b.shuffle_vector(first, ir.Constant(kind, ir.Undefined), ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0]*lanes))

    def fold_lanes(self, raw, lanes, combine):
        """The lanes of a vector combined pairwise, first half with second half."""
        b = self.builder
        parts = [b.extract_element(raw, lane32(k)) for k in range(lanes)]
        while len(parts) > 1:
            half = len(parts)//2
            parts = [combine(parts[k], parts[k + half]) for k in range(half)]
        return parts[0]


def fma(builder, a, b, c):
    """a·b + c with one rounding, of doubles, floats, or vectors of them."""
    kind = a.type
    item, suffix = (kind.element, f"v{kind.count}") if isinstance(kind, ir.VectorType) else (kind, "")
    name = f"llvm.fma.{suffix}{'f64' if item == DOUBLE else 'f32'}"
    module = builder.module
    if name not in module.globals:
        ir.Function(module, ir.FunctionType(kind, [kind]*3), name)
    return builder.call(module.globals[name], [a, b, c])


def lane32(k):
    return ir.Constant(ir.IntType(32), k)


def _known(a):
    return isinstance(a, ir.Constant) and isinstance(a.constant, int)


def _zero(a):
    return _known(a) and a.constant == 0


def _one(a):
    return _known(a) and a.constant == 1


def combine(code, mode, a, b, lanes):
    """a accumulated with b by the mode of a store: a sum, or the larger or smaller one where nan wins."""
    builder = code.builder
    if mode == "add":
        return builder.fadd(a, b)
    beyond = builder.fcmp_ordered(">" if mode == "max" else "<", b, a)
    return builder.select(builder.or_(beyond, builder.fcmp_unordered("uno", b, b)), b, a)


IDENTITY = {"add": 0.0, "max": float("-inf"), "min": float("inf")}
