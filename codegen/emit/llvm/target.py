"""Nothing in, the machine this process compiles for out, as the emitters see it."""
from codegen.vectormath.host import has_fma, lanes, registers

from .code import Target


def host_target():
    """Lanes, fused multiply-add and registers of the machine that code is made for."""
    return Target(lanes(), has_fma(), registers())
