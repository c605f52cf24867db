"""The Numba boundary: a Python function that Numba reads goes in, an entry point and its machine code come out; machine
code goes in, the entry point comes out.

What is called is Numba's wrapper itself, past the dispatcher: it takes read-only arrays, checks of each only the bytes
of an entry, and costs a third.
"""
import pickle

from llvmlite import binding
from numba import njit
from numba.core import serialize
from numba.core.compiler import CompileResult
from numba.core.registry import cpu_target
from numba.core.runtime import rtsys

from .vectormath import libm


def function(run, kind):
    """(entry point, machine code as bytes or None where it cannot be kept) of a function, for one signature.

    Its name must hold a digest of all that decides the code, so that two never mix.
    """
    libm.make_known()
    result, = njit(kind, nogil=True, error_model="numpy")(run).overloads.values()
    return result.entry_point, _code(result)


def loaded(code):
    """The entry point of machine code that `function` gave, in any process; LookupError when it cannot be linked.

    Numba's own start, half a second for what only its compiler needs, is left out.
    """
    parts, needed = pickle.loads(code)
    rtsys.initialize(cpu_target.target_context)
    libm.make_known()
    missing = [symbol for symbol in needed if binding.address_of_symbol(symbol) is None]
    if missing:
        raise LookupError(f"nothing here is called {', '.join(missing)}")
    return CompileResult._rebuild(cpu_target.target_context, *parts).entry_point


def _code(result):
    """The machine code with the names it must be linked to; None when it holds addresses of this process."""
    if result.library.has_dynamic_globals or result.lifted:
        return None
    declared = [f.name for f in result.library._final_module.functions if f.is_declaration]
    outside = [name for name in declared if not name.startswith("llvm.")]
    return serialize.dumps((result._reduce(), outside))
