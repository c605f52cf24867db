"""A module in LLVM's language goes in, machine code as bytes comes out; machine code goes in, addresses come out.

Numba is gone round here.  Its compiler optimises each module twice, with passes for code that is written by hand; ours
has its lanes, unrolled loops and registers chosen, and a few passes that clean up make it as fast, to some percent.
And Numba's modules share one context, in which LLVM keeps what it made for ever; one that is ours alone goes with the
module.  Value and gradient of the network 4-16-16-3, when the emitters were done:

                        s to compile    MB that a model keeps
    through Numba           0.59             2.6
    here                    0.20             0.12

Code is position-independent and finds its constants beside itself, as a shared library does; JITLink puts it into
memory.
"""
import collections
import functools
import itertools
import os
import threading
from dataclasses import dataclass

from llvmlite import binding, ir
from llvmlite.binding import ffi

from .vectormath import host, libm

PASSES = ("sroa", "simplify_cfg", "instruction_combine", "new_gvn", "simplify_cfg", "dead_code_elimination")


def _undisturbed(function):
    """The function, run where no interruption can come, which Python raises in the main thread only; it is raised when
    the function has ended.  llvmlite gives back twice what it was giving back when it was interrupted, and the process
    ends.
    """
    @functools.wraps(function)
    def apart(*given, **named):
        if threading.current_thread() is not threading.main_thread():
            _gone.clear()
            return function(*given, **named)
        outcome, ended, interruption = _Outcome(), threading.Lock(), None
        ended.acquire()
        _let_go()

        def work():
            with outcome:
                outcome.result = apart(*given, **named)
            ended.release()

        try:
            threading.Thread(target=work).start()
        except RuntimeError:                            # no more threads, or Python is about to end
            return function(*given, **named)
        while not outcome.done:
            try:
                ended.acquire(timeout=1)
            except KeyboardInterrupt as error:
                interruption = error
        if interruption is not None or outcome.error is not None:
            raise interruption or outcome.error
        return outcome.result

    return apart


def _let_go():
    """Open llvmlite's lock where this thread has it closed: nothing of it is inside LLVM here, and an interruption that
    came right after the lock was taken, in a call of Numba's above all, left it so.  Other threads would wait for ever.
    """
    while _inside is not None and _inside._lock._is_owned():
        _inside._lock.release()


class _Outcome:
    """What comes of work in another thread: its result, or what it raised."""
    done, result, error = False, None, None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.error, self.done = error, True
        return True


@dataclass(frozen=True)
class Code:
    """Machine code: the image of an object file, and the names in other libraries that it calls."""
    image: bytes
    outside: tuple


@functools.cache
def triple():
    """The machine and system of this process, as LLVM calls them."""
    return binding.get_process_triple()


def module(name):
    """An empty module for this machine."""
    made = ir.Module(name)
    made.triple, made.data_layout = triple(), _data_layout(host.name(), host.features())
    return made


@_undisturbed
def assembled(module, plain=False):
    """The Code of a module; `plain` where LLVM is to run all the passes it has: on loops that are written as one would
    by hand, above all (codegen.routines), which it unrolls and vectorises.
    """
    with _optimised(module, plain) as made:
        declared = [f.name for f in made.functions if f.is_declaration]
        return Code(_machine().emit_object(made), tuple([name for name in declared if not name.startswith("llvm.")]))


@_undisturbed
def listings(module, plain=False):
    """(LLVM's language after all passes, assembly) of a module."""
    with _optimised(module, plain) as made:
        return str(made), _machine().emit_assembly(made)


@_undisturbed
def placed(code, name):
    """(address of a function of some Code, what must stay alive as long as it may be called).

    Raises LookupError where something that the code calls is not there, or the code is damaged.
    """
    libm.make_known()
    builder = binding.JITLibraryBuilder().add_object_img(code.image).export_symbol(name).add_current_process()
    for symbol in code.outside:
        address = binding.address_of_symbol(symbol)         # of what `make_known` knows: the linker finds the rest
        if address is not None:
            builder.import_symbol(symbol, address)
    try:
        made = builder.link(_linker(), f"{name} {next(_numbers)}")
    except RuntimeError as error:
        calls = ", ".join(code.outside) or "nothing"
        raise LookupError(f"the code, which calls {calls}, cannot be linked: {error}") from None
    return made[name], _Held(made)


class _Held:
    """Keeps code at its place.  What is let go of is given back when LLVM is asked for something next: `_undisturbed`.
    """

    def __init__(self, made):
        self._made = made

    def __del__(self):
        _gone.append(self._made)


_gone = collections.deque()


# -- inside ------------------------------------------------------------------------------------------------------------

class _optimised:
    """The module as LLVM has it after the passes, in a context of its own, while it is looked at."""

    def __init__(self, module, plain):
        self._plain, self._context = plain, binding.create_context()
        self._module = binding.parse_assembly(str(module), self._context)

    def __enter__(self):
        self._module.verify()
        with binding.create_pipeline_tuning_options(speed_level=3) as options, \
                binding.create_pass_builder(_machine(), options) as builder, \
                builder.getModulePassManager() if self._plain else self._few() as passes:
            passes.run(self._module, builder)
        return self._module

    def _few(self):
        passes = binding.create_new_module_pass_manager()
        for name in PASSES:
            getattr(passes, f"add_{name}_pass")()
        return passes

    def __exit__(self, *_):
        self._module.close()
        self._context.close()


def _machine():
    """What Numba's settings ask for now: they may change between two modules."""
    return _kept_machine(host.name(), host.features())


def _new_machine(name, features):
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    return binding.Target.from_triple(triple()).create_target_machine(
        cpu=name, features=features, opt=3, reloc="pic", codemodel="small", jit=True)


_kept_machine = functools.cache(_new_machine)


@functools.cache
def _data_layout(name, features):
    return str(_kept_machine(name, features).target_data)


@functools.cache
def _linker():
    own = _new_machine(host.name(), host.features())        # which the linker takes
    return binding.create_lljit_compiler(own, use_jit_link=True, suppress_errors=True)


_numbers = itertools.count()

# A process forks only while no thread of it is inside LLVM: its locks would stay closed in the child for ever.  The lock
# itself is taken and given back, by C: an interruption raised in Python's own function would be dropped, and the lock kept.
_inside = getattr(ffi.lib, "_lock", None)
if _inside is not None and hasattr(os, "register_at_fork"):
    _opened = _inside._lock.release
    os.register_at_fork(before=_inside._lock.acquire, after_in_parent=_opened, after_in_child=_opened)

# llvmlite makes its table of characters when it writes the first name: a child born meanwhile would keep a part of it.
str(ir.Module("any").add_metadata(["any"]))
