"""The Numba boundary: a program and its layout in, an entry point and its machine code out; machine code in, the entry
point out.

The entry point is one @njit function that calls one @intrinsic, which builds the kernel with llvmlite.  What is called
is Numba's wrapper itself, past the dispatcher: it takes read-only arrays, checks of each only the bytes of an
entry, and costs a third.  Its name holds the digest of all that decides the code, so that two never mix.
"""
import pickle

from llvmlite import binding, ir
from numba import njit
from numba.core import cgutils, serialize, types
from numba.core.compiler import CompileResult
from numba.core.registry import cpu_target
from numba.core.runtime import rtsys
from numba.core.typing import signature
from numba.extending import intrinsic

from .emit.llvm import emit_kernel
from .emit.llvm.code import INT
from .emit.llvm.target import host_target
from .vectormath import libm

MOST = 200                      # arguments in the tuple: Numba refuses a thousand, and its time grows with their number
ADDRESS = -2                    # the phase that runs nothing and returns the kernel's address


def compiled(name, program, layout):
    """(entry point, machine code as bytes or None where it cannot be kept) of a program, under a name of its own.

    entry(address of the table, phase, low, high, worker, arrays) runs a phase, as codegen.emit.llvm.kernel has it, and
    returns the table's status; arrays is a tuple, as `arguments` has it.  For the phase ADDRESS it returns where the
    kernel itself lies, which other machine code may call with a table whose addresses are all filled in.
    """
    return function(*_run(name, program, layout))


def listings(name, program, layout):
    """(LLVM's language after all its passes, assembly) of a program, compiled for this."""
    library = _result(*_run(name, program, layout)).library
    return library.get_llvm_str(), library.get_asm_str()


def _run(name, program, layout):
    """The function that calls a program's kernel, and its signature."""
    libm.make_known()
    kernel = _kernel(name, program, layout)

    def run(table, phase, low, high, worker, arrays):
        return kernel(table, phase, low, high, worker, arrays)

    run.__name__ = run.__qualname__ = f"run_{name}"
    return run, types.int64(*[types.int64]*5, types.BaseTuple.from_types(_kinds(layout)))


def function(run, kind):
    """(entry point, machine code as `compiled` gives it) of a Python function that Numba reads, for one signature.

    Its name must hold a digest of all that decides the code.
    """
    result = _result(run, kind)
    return result.entry_point, _code(result)


def _result(run, kind):
    result, = njit(kind, nogil=True, error_model="numpy")(run).overloads.values()
    return result


def loaded(code):
    """The entry point of machine code that `compiled` gave, in any process; LookupError when it cannot be linked.

    Numba's own start, half a second for what only its compiler needs, is left out.
    """
    parts, needed = pickle.loads(code)
    rtsys.initialize(cpu_target.target_context)
    libm.make_known()
    missing = [symbol for symbol in needed if binding.address_of_symbol(symbol) is None]
    if missing:
        raise LookupError(f"nothing here is called {', '.join(missing)}")
    return CompileResult._rebuild(cpu_target.target_context, *parts).entry_point


def arguments(program):
    """The buffers of a call: inputs in order, then outputs that have axes (scalars lie in cells of the table).

    The first MOST of them are passed in the tuple; the caller writes the others into the table and its cells.
    """
    inputs, outputs = ([b for b in program.buffers if b.kind == kind] for kind in ("input", "output"))
    return inputs + [b for b in outputs if b.shape]


def _kinds(layout):
    item = types.float64 if layout.itemsize == 8 else types.float32
    passed = arguments(layout.program)[:MOST]
    return [types.Array(item, len(b.shape), "C") if b.shape else types.float64 for b in passed]


def _code(result):
    """The machine code with the names it must be linked to; None when it holds addresses of this process."""
    if result.library.has_dynamic_globals or result.lifted:
        return None
    declared = [f.name for f in result.library._final_module.functions if f.is_declaration]
    outside = [name for name in declared if not name.startswith("llvm.")]
    return serialize.dumps((result._reduce(), outside))


def _kernel(name, program, layout):
    """The intrinsic of a program."""
    @intrinsic
    def kernel(typing, table, phase, low, high, worker, arrays):
        def generate(context, builder, sig, args):
            function = emit_kernel(context, builder.module, f"kernel_{name}", program, layout, host_target())
            function.linkage = "internal"
            slots = builder.inttoptr(args[0], INT.as_pointer())
            _place(context, builder, slots, layout, sig.args[5], args[5])
            asked = builder.icmp_signed("==", args[1], ir.Constant(INT, ADDRESS))
            with builder.if_then(builder.not_(asked)):
                builder.call(function, [slots, *args[1:5]])
            status = builder.load(builder.gep(slots, [ir.Constant(INT, layout.status)]))
            return builder.select(asked, builder.ptrtoint(function, INT), status)

        return signature(types.int64, table, phase, low, high, worker, arrays), generate

    return kernel


def _place(context, builder, slots, layout, kinds, values):
    """Write the addresses of the arrays into the table, and the scalar arguments into their cells."""
    for k, b in enumerate(arguments(layout.program)[:MOST]):
        value = builder.extract_value(values, k)
        slot = builder.gep(slots, [ir.Constant(INT, layout.buffers[b])])
        if b.shape:
            data = cgutils.create_struct_proxy(kinds.types[k])(context, builder, value).data
            builder.store(builder.ptrtoint(data, INT), slot)
        else:
            if layout.itemsize == 4:
                value = builder.fptrunc(value, ir.FloatType())
            builder.store(value, builder.inttoptr(builder.load(slot), value.type.as_pointer()))
