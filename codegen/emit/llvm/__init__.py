"""A program of the loop language and its layout in, LLVM functions in a module out."""
from .kernel import emit_kernel  # noqa: F401
