"""Nothing in, the machine that code is made for out: its name, its features, doubles in a vector register.

NUMBA_CPU_NAME and NUMBA_CPU_FEATURES choose another one, as they do for Numba.
"""
import functools
import platform

from llvmlite import binding

from codegen.settings import setting


def name():
    """The processor, as LLVM calls it."""
    return setting("CPU_NAME") or _own_name()


def features():
    """What the processor has, as LLVM writes it: "+fma,-avx512f,…"."""
    asked = setting("CPU_FEATURES")
    return asked if asked is not None else "" if name() == "generic" else _own()


@functools.cache
def _own_name():
    return binding.get_host_cpu_name()


@functools.cache
def _own():
    try:
        return binding.get_host_cpu_features().flatten()
    except RuntimeError:                                # LLVM does not know this system's processors
        return ""


def _words():
    return frozenset(word[1:] for word in features().split(",") if word.startswith("+"))


def _is_arm():
    return platform.machine().lower() in ("arm64", "aarch64")


def has_fma():
    """Whether a·b + c with one rounding is one instruction."""
    return _is_arm() or "fma" in _words()


def registers():
    """Vector registers."""
    return 32 if _is_arm() or "avx512f" in _words() else 16


def lanes():
    """Doubles in one vector register."""
    known = _words()
    return 8 if "avx512f" in known else 4 if "avx" in known else 2
