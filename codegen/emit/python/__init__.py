"""Programs of the loop language in, the text of a Python module out that a person would sign: NumPy and Numba, no more."""
from .module import Given, Transposed, Verb, source  # noqa: F401
