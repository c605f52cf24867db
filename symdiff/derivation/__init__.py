"""A formula goes in; its derivation, as a lecturer writes it, comes out: intermediates, partials, the chain rule, numbers."""
from .derivation import Derivation, derivation
from .table import Edge, Input, Row

__all__ = ["Derivation", "Edge", "Input", "Row", "derivation"]
