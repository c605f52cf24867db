"""Programs of the loop language in, the text of a Python module out: readable, and with NumPy and Numba alone."""
from .module import Given, Transposed, Verb, source  # noqa: F401
