"""Expressions of any SymPy dialect go in, the one graph comes out."""
from .reading import Reading, as_arrays, read, read_all  # noqa: F401
