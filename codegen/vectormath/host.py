"""Nothing in, what Numba's target can do out: fused multiply-add, and doubles in a vector register."""
import platform

from numba.core import config
from numba.core.codegen import get_host_cpu_features


def features():
    """The features Numba compiles for, as a set of words."""
    if config.CPU_FEATURES is not None:
        text = config.CPU_FEATURES
    elif config.CPU_NAME == "generic":
        text = ""
    else:
        text = get_host_cpu_features()
    return frozenset(word[1:] for word in text.split(",") if word.startswith("+"))


def has_fma():
    """Whether a·b + c with one rounding is one instruction."""
    return platform.machine().lower() in ("arm64", "aarch64") or "fma" in features()


def registers():
    """Vector registers."""
    return 32 if platform.machine().lower() in ("arm64", "aarch64") or "avx512f" in features() else 16


def lanes():
    """Doubles in one vector register."""
    known = features()
    return 8 if "avx512f" in known else 4 if "avx" in known else 2
