"""The arithmetic as LLVM instructions: a llvmlite builder in, instructions on doubles or vectors of doubles out."""
from llvmlite import ir

from codegen import translate
from codegen.vectormath import host
from codegen.vectormath.arithmetic import Arithmetic
from codegen.vectormath.libm import make_known

_DOUBLE, _INT, _BOOL = ir.DoubleType(), ir.IntType(64), ir.IntType(1)


class LLVMOps(Arithmetic):
    """Instructions at the builder's position, on `double` (lanes=1) or `<lanes x double>`.

    No flags are set: LLVM may not contract, reassociate or assume anything, so that every lane of every width
    gets the bits that one alone would get.
    """

    def __init__(self, builder, lanes=1, has_fma=False):
        self.builder, self.lanes, self.has_fma = builder, lanes, has_fma
        self.double, self.int, self.bool = (
            kind if lanes == 1 else ir.VectorType(kind, lanes) for kind in (_DOUBLE, _INT, _BOOL))
        self._suffix = "f64" if lanes == 1 else f"v{lanes}f64"

    def constant(self, value):
        return ir.Constant(self.double, value if self.lanes == 1 else [value] * self.lanes)

    def integer(self, value):
        value %= 2**64
        value -= 2**64 if value >= 2**63 else 0
        return ir.Constant(self.int, value if self.lanes == 1 else [value] * self.lanes)

    def add(self, a, b):
        return self.builder.fadd(a, b)

    def sub(self, a, b):
        return self.builder.fsub(a, b)

    def mul(self, a, b):
        return self.builder.fmul(a, b)

    def div(self, a, b):
        return self.builder.fdiv(a, b)

    def neg(self, a):
        return self.builder.fneg(a)

    def fma(self, a, b, c):
        return self._intrinsic("fma", a, b, c)

    def abs(self, a):
        return self._intrinsic("fabs", a)

    def sqrt(self, a):
        return self._intrinsic("sqrt", a)

    def whole(self, direction, a):
        """The whole number beside a: "floor", "ceil", or "rint", to the even one of two equally near."""
        return self._intrinsic(direction, a)

    def _intrinsic(self, name, *values):
        return self.builder.call(self.declared(name, len(values)), values)

    def declared(self, name, count=1):
        """One of LLVM's own functions, by name: llvmlite's declare_intrinsic knows no vectors."""
        kind = ir.FunctionType(self.double, [self.double] * count)
        return declared(self.builder.module, kind, f"llvm.{name}.{self._suffix}")

    def less(self, a, b):
        return self.builder.fcmp_ordered("<", a, b)

    def less_equal(self, a, b):
        return self.builder.fcmp_ordered("<=", a, b)

    def equal(self, a, b):
        return self.builder.fcmp_ordered("==", a, b)

    def nonzero(self, i):
        return self.builder.icmp_unsigned("!=", i, self.integer(0))

    def both(self, p, q):
        return self.builder.and_(p, q)

    def either(self, p, q):
        return self.builder.or_(p, q)

    def opposite(self, p):
        return self.builder.not_(p)

    def select(self, mask, a, b):
        return self.builder.select(mask, a, b)

    def bits(self, a):
        return self.builder.bitcast(a, self.int)

    def from_bits(self, i):
        return self.builder.bitcast(i, self.double)

    def iadd(self, i, j):
        return self.builder.add(i, j)

    def isub(self, i, j):
        return self.builder.sub(i, j)

    def iand(self, i, j):
        return self.builder.and_(i, j)

    def ior(self, i, j):
        return self.builder.or_(i, j)

    def ixor(self, i, j):
        return self.builder.xor(i, j)

    def shift_left(self, i, count):
        return self.builder.shl(i, self.integer(count))

    def shift_right(self, i, count):
        return self.builder.lshr(i, self.integer(count))

    def otherwise(self, mask, value, function, *values):
        before = self.builder.block
        with self.builder.if_then(self.any(mask), likely=False):
            called = self.select(mask, self.call(function, *values), value)
            inside = self.builder.block
        merged = self.builder.phi(self.double)
        merged.add_incoming(value, before)
        merged.add_incoming(called, inside)
        return merged

    def any(self, mask):
        """One bit: whether any lane is set."""
        if self.lanes == 1:
            return mask
        together = self.builder.bitcast(mask, ir.IntType(self.lanes))
        return self.builder.icmp_unsigned("!=", together, ir.Constant(together.type, 0))

    def call(self, function, *values):
        if self.lanes == 1:
            return self._call(function, values)
        result = ir.Constant(self.double, ir.Undefined)
        for lane in range(self.lanes):
            place = ir.Constant(ir.IntType(32), lane)
            one = self._call(function, [self.builder.extract_element(v, place) for v in values])
            result = self.builder.insert_element(result, one, place)
        return result

    def _call(self, function, values):
        if callable(function):
            result = translate.call(self.builder, function, *values)
            result.callee.attributes.add("noinline")
            return result
        kind = ir.FunctionType(_DOUBLE, [_DOUBLE] * len(values))
        return self.builder.call(declared(self.builder.module, kind, function), values)


def counted(builder, count):
    """A loop over the indices 0 … count-1, to be used in a `for`: what stands in it is written once."""
    head, body, done = (builder.append_basic_block(name) for name in ("head", "body", "done"))
    before = builder.block
    builder.branch(head)
    builder.position_at_end(head)
    index = builder.phi(_INT)
    index.add_incoming(_INT(0), before)
    builder.cbranch(builder.icmp_signed("<", index, count), body, done)
    builder.position_at_end(body)
    yield index
    index.add_incoming(builder.add(index, _INT(1)), builder.block)
    builder.branch(head)
    builder.position_at_end(done)


def declared(module, kind, name):
    """The function of a name and a type in a module, declared where it is not there yet."""
    return module.globals[name] if name in module.globals else ir.Function(module, kind, name)


def emit(builder, function, *values, has_fma=None):
    """The result of `function` (an entry of FUNCTIONS or LIBM), of the type of `values`.

    They are `double`, `float`, or vectors of one of these.  Floats are computed in double and rounded once more:
    within 0.51 ulp of float32.
    """
    make_known()
    kind = values[0].type
    lanes = kind.count if isinstance(kind, ir.VectorType) else 1
    ops = LLVMOps(builder, lanes, host.has_fma() if has_fma is None else has_fma)
    if kind == ops.double:
        return function.build(ops, *values)
    wide = [builder.fpext(value, ops.double) for value in values]
    return builder.fptrunc(function.build(ops, *wide), kind)


def align_stack(builder):
    """Make the function under construction keep its stack at multiples of 64.

    Vectors that find no register are kept on the stack, and LLVM aligns it only if it sees a reason early.
    Without one, a loop whose constants lie across two pages takes three times as long (measured): now and then, as
    the stack happens to lie.
    """
    with builder.goto_entry_block():
        reason = builder.alloca(ir.ArrayType(ir.IntType(8), 64))
        reason.align = 64
        builder.asm(ir.FunctionType(ir.VoidType(), [reason.type]), "", "r", [reason], True)
