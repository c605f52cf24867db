"""A primitive's name in, its vectorised formula out: branch-free mathematics with a stated bound in ulp."""
from codegen.vectormath.table import FUNCTIONS, Function

__all__ = ["FUNCTIONS", "Function"]
