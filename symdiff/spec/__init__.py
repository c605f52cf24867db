"""The path of a model file, in TOML, goes in; a Model comes out, by readers of our own that never execute text."""
from .reader import load

__all__ = ["load"]
