"""A formula, a model or a derivation goes in; a picture comes out: its graph of steps, or the anatomy of a network.

A derivation made by the `derivation` of this package draws its graph in HTML.
"""
from ..derivation import derivation
from .diagram import diagram
from .picture import Picture, picture

__all__ = ["Picture", "derivation", "diagram", "picture"]
