"""The graph of a small formula goes in; machine code that knows where rounding spoils it, and then gets it right, comes
out.
"""
from .watched import Watched, is_small

__all__ = ["Watched", "is_small"]
