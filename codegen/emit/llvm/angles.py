"""A module in, its function double -> {sine, cosine} out, which straight-line code calls for either or both."""
from llvmlite import ir

from codegen.vectormath import FUNCTIONS, trigonometric
from codegen.vectormath.arithmetic import Number
from codegen.vectormath.llvm_ops import LLVMOps

from .code import DOUBLE

PAIR = ir.LiteralStructType([DOUBLE, DOUBLE])
NAME = "symdiff_sine_and_cosine"


def sine_and_cosine(module, has_fma):
    """The function, made when it is first asked for.

    Angles near 0 need no reduction: a branch goes round it, which halves the time that the next instruction waits.
    """
    if NAME in module.globals:
        return module.globals[NAME]
    function = ir.Function(module, ir.FunctionType(PAIR, [DOUBLE]), NAME)
    function.linkage = "internal"
    function.attributes.add("noinline")
    blocks = [function.append_basic_block(name) for name in ("entry", "near", "other")]
    ops = LLVMOps(ir.IRBuilder(blocks[0]), 1, has_fma)
    x, b = function.args[0], ops.builder
    b.cbranch(ops.less_equal(ops.abs(x), ops.constant(trigonometric.NEAR)), *blocks[1:])
    b.position_at_end(blocks[1])
    _return(b, *[value.raw for value in trigonometric.near(Number(ops, x))])
    b.position_at_end(blocks[2])
    _return(b, *[FUNCTIONS[name].build(ops, x) for name in ("sin", "cos")])
    return function


def _return(builder, sine, cosine):
    pair = builder.insert_value(ir.Constant(PAIR, ir.Undefined), sine, 0)
    builder.ret(builder.insert_value(pair, cosine, 1))
