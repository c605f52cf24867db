"""A formula, a model or a derivation goes in; a picture comes out: its graph of steps, or the anatomy of a network."""
from .diagram import diagram
from .picture import Picture, picture

__all__ = ["Picture", "diagram", "picture"]
