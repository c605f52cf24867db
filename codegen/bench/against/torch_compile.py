"""A case in, PyTorch's derivative by torch.compile out."""
import shutil

from . import torch
from .unable import Unable

NAME, LIBRARY = "torch.compile", "torch"
LONGEST_LINE = 1_000


def prepare(case):
    """(call, reading), as ours."""
    if not any(map(shutil.which, ("g++", "clang++"))):
        raise Unable("there is no C++ compiler")
    if (case.operations or 0) > LONGEST_LINE:
        raise Unable(f"compiling {case.operations} scalar operations takes minutes")
    if case.unrolled:
        raise Unable(f"compiling {case.unrolled} steps of loops, written out, takes minutes")
    return torch.prepare(case, compiled=True)
