"""Formulas as NumPy: an expression, a list of them or a Model goes in, the text of a Python function comes out."""
from .code import numpy_code  # noqa: F401
