"""A formula, a model or a derivation goes in; pictures come out: the graph of the computation, and the anatomy of a network."""
from .picture import Picture, picture

__all__ = ["Picture", "picture"]
