"""An elementwise primitive on lanes in, its instructions out: arithmetic by name, then vectorised formulas, then the
record's scalar function lane by lane."""
from llvmlite import ir

from codegen.loops import Apply, Number
from codegen.translate import call
from codegen.vectormath import FUNCTIONS
from codegen.vectormath.llvm_ops import LLVMOps
from symdiff.primitives.record import TABLE

from .code import DOUBLE, Value, lane32

LONGEST_INLINE = 40             # multiplications of a formula that is written out for one lane, and not called
LARGEST_POWER = 6               # x**n is multiplied out up to here: at most 3 ulp


def cost(name):
    """In multiplications of one lane."""
    return FUNCTIONS[name].cost if name in FUNCTIONS else TABLE[name].cost


def arithmetic(body):
    """All that some instructions cost; a small constant power is a multiplication or two."""
    total = 0
    for line in body:
        if isinstance(line, Apply):
            power = body[line.args[1]] if line.name == "pow" else None
            total += 1 if isinstance(power, Number) and abs(power.value) <= LARGEST_POWER else cost(line.name)
    return total


def has_lanes(name):
    """Is the primitive computed in all lanes at once, at the price of one?"""
    return name in FUNCTIONS or name in _ARITHMETIC or name in _LOGIC or name == "select"


def apply(code, line, body, args):
    """The value of Apply `line`; its lanes are those of its widest argument."""
    lanes = max(a.lanes for a in args)
    if line.name in _LOGIC:
        known = any(isinstance(body[a], Number) for a in line.args)
        return _LOGIC[line.name](code, args, lanes, known)
    if line.name == "select":
        return _select(code, args, lanes)
    if line.name == "pow" and isinstance(body[line.args[1]], Number):
        made = small_power(_Powers(code.arithmetic(lanes)), wide(code, args[0], lanes), body[line.args[1]].value)
        if made is not None:
            return Value(made, lanes)
    raw = [wide(code, a, lanes) for a in args]
    if line.name in _ARITHMETIC:
        return Value(_ARITHMETIC[line.name](code.arithmetic(lanes), *raw), lanes)
    if line.name in FUNCTIONS and (code.calls or lanes == 1 and FUNCTIONS[line.name].cost > LONGEST_INLINE):
        return Value(code.builder.call(formula_function(code, line.name, len(raw)), raw), lanes)
    if line.name in FUNCTIONS:
        return Value(FUNCTIONS[line.name].build(code.arithmetic(lanes), *raw), lanes)
    return Value(_scalar(code, line.name, raw, lanes), lanes)


def formula_function(code, name, count):
    """The formula of numbers as a function of the module, made when it is first called."""
    module, full = code.builder.module, f"symdiff_{name}"
    if full in module.globals:
        return module.globals[full]
    function = ir.Function(module, ir.FunctionType(DOUBLE, [DOUBLE]*count), full)
    function.linkage = "internal"
    function.attributes.add("noinline")
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    builder.ret(FUNCTIONS[name].build(LLVMOps(builder, lanes=1, has_fma=code.target.has_fma), *function.args))
    return function


def scalar_function(code, name, count):
    """A primitive of numbers, not one of arithmetic, as a function of the module."""
    if name in FUNCTIONS:
        return formula_function(code, name, count)
    module, full = code.builder.module, f"symdiff_{name}_scalar"
    if full not in module.globals:
        function = ir.Function(module, ir.FunctionType(DOUBLE, [DOUBLE]*count), full)
        function.linkage = "internal"
        function.attributes.add("noinline")
        builder = ir.IRBuilder(function.append_basic_block("entry"))
        builder.ret(call(builder, TABLE[name].scalar, *function.args))
    return module.globals[full]


def as_number(code, value):
    """A truth value as 0.0 or 1.0; a number as it is."""
    if not value.mask:
        return value
    ops = code.arithmetic(value.lanes)
    return Value(ops.select(value.raw, ops.constant(1.0), ops.constant(0.0)), value.lanes)


def as_mask(code, value):
    """A number as the truth value that it is not 0; a truth value as it is."""
    if value.mask:
        return value
    ops = code.arithmetic(value.lanes)
    return Value(ops.opposite(ops.equal(value.raw, ops.constant(0.0))), value.lanes, True)


def wide(code, value, lanes):
    """The number in every one of `lanes` lanes."""
    value = as_number(code, value)
    return value.raw if value.lanes == lanes else code.splat(value.raw, lanes)


def _wide_mask(code, value, lanes):
    value = as_mask(code, value)
    return value.raw if value.lanes == lanes else code.splat(value.raw, lanes)


def _compare(operator):
    """Two values are compared as they are stored, so that one computed again is equal to itself; not with a number,
    which is no value of the program: it may lie beyond float32.
    """
    def build(code, args, lanes, known):
        a, b = (wide(code, x, lanes) for x in args)
        if not known:
            a, b = code.as_stored(a, lanes), code.as_stored(b, lanes)
        if operator == "!=":
            return Value(code.builder.fcmp_unordered("!=", a, b), lanes, True)
        return Value(code.builder.fcmp_ordered(operator, a, b), lanes, True)
    return build


def _logic(method):
    def build(code, args, lanes, known):
        masks = [_wide_mask(code, a, lanes) for a in args]
        return Value(getattr(code.arithmetic(lanes), method)(*masks), lanes, True)
    return build


_LOGIC = {"lt": _compare("<"), "le": _compare("<="), "gt": _compare(">"), "ge": _compare(">="), "eq": _compare("=="),
          "ne": _compare("!="), "and": _logic("both"), "or": _logic("either"), "not": _logic("opposite")}


def _select(code, args, lanes):
    condition, a, b = args
    if a.mask and b.mask:
        a, b = as_number(code, a), as_number(code, b)
    mask = as_mask(code, condition)
    if mask.lanes == 1 and lanes > 1:
        mask = Value(code.splat(mask.raw, lanes), lanes, True)
    return Value(code.builder.select(mask.raw, wide(code, a, lanes), wide(code, b, lanes)), lanes)


def _larger(ops, a, b):
    return _extreme(ops, ops.less(b, a), a, b)


def _smaller(ops, a, b):
    return _extreme(ops, ops.less(a, b), a, b)


def _extreme(ops, first, a, b):
    """a where `first`, else b; nan when either is."""
    chosen = ops.select(first, a, b)
    return ops.select(ops.equal(a, a), chosen, a)


def _relu(ops, x):
    zero = ops.constant(0.0)
    return ops.select(ops.less_equal(x, zero), zero, x)


def _sqrt(ops, x):
    """+0 at -0, as its record says."""
    return ops.add(ops.sqrt(x), ops.constant(0.0))


_ARITHMETIC = {
    "add": lambda ops, a, b: ops.add(a, b), "sub": lambda ops, a, b: ops.sub(a, b),
    "mul": lambda ops, a, b: ops.mul(a, b), "div": lambda ops, a, b: ops.div(a, b),
    "neg": lambda ops, a: ops.neg(a), "abs": lambda ops, a: ops.abs(a), "sqrt": lambda ops, a: _sqrt(ops, a),
    "floor": lambda ops, a: ops.whole("floor", a), "ceil": lambda ops, a: ops.whole("ceil", a),
    "round": lambda ops, a: ops.whole("rint", a), "sign": lambda ops, a: _sign(ops, a),
    "step": lambda ops, a: _step(ops, a), "hard_unit": lambda ops, a: _hard_unit(ops, a),
    "leaky_relu": lambda ops, a, slope: ops.select(ops.less(ops.constant(0.0), a), a, ops.mul(slope, a)),
    "maximum": _larger, "minimum": _smaller, "maximum_const": _larger, "minimum_const": _smaller, "relu": _relu,
}


def _sign(ops, x):
    zero = ops.constant(0.0)
    result = ops.select(ops.less(zero, x), ops.constant(1.0), x)
    return ops.select(ops.less(x, zero), ops.constant(-1.0), result)


def _step(ops, x):
    zero = ops.constant(0.0)
    result = ops.select(ops.less(zero, x), ops.constant(1.0), x)
    result = ops.select(ops.less(x, zero), zero, result)
    return ops.select(ops.equal(x, zero), ops.constant(0.5), result)


def _hard_unit(ops, x):
    half = ops.constant(0.5)
    result = ops.select(ops.less_equal(half, x), ops.constant(1.0), ops.add(x, half))
    return ops.select(ops.less_equal(x, ops.constant(-0.5)), ops.constant(0.0), result)


class _Powers:
    """The operations that `small_power` needs, on lanes."""

    def __init__(self, ops):
        self.constant, self.mul, self.div, self.sqrt = ops.constant, ops.mul, ops.div, lambda x: _sqrt(ops, x)


def small_power(ops, x, power):
    """x**power for small integers and their halves by multiplications and a root; None for others."""
    if abs(power) > LARGEST_POWER or power*2 != int(power*2):
        return None
    if power == 0:
        return ops.constant(1.0)
    half, inverse = power != int(power), power < 0
    if half:
        if abs(power) > 2:
            return None
        root = ops.sqrt(x)                              # before it is inverted: the inverse of -0 has none
        root = ops.div(ops.constant(1.0), root) if inverse else root
    if inverse:
        x, power = ops.div(ops.constant(1.0), x), -power
    whole = int(power)
    if half:
        return ops.mul(x, root) if whole else root
    result, square = None, x
    while whole:
        if whole & 1:
            result = square if result is None else ops.mul(result, square)
        whole >>= 1
        square = ops.mul(square, square) if whole else square
    return result


def _scalar(code, name, raw, lanes):
    """The record's scalar function, once for each lane."""
    function, b = TABLE[name].scalar, code.builder
    if lanes == 1:
        return call(b, function, *raw)
    result = ir.Constant(ir.VectorType(DOUBLE, lanes), ir.Undefined)
    for lane in range(lanes):
        one = call(b, function, *[b.extract_element(r, lane32(lane)) for r in raw])
        result = b.insert_element(result, one, lane32(lane))
    return result
