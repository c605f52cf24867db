"""The expressions of nodes so far, and the symbols that stand for nodes."""
import sympy as sp

from ..language import Array, sizes_of


class Written(dict):
    """{node: its expression}."""

    def __init__(self, names):
        self._names = names

    def name(self, node):
        """The symbol that stands for a node, if any."""
        symbol = self._names.get(node)
        if isinstance(symbol, str):
            return Array(symbol, *node.sizes)
        plain = isinstance(symbol, sp.Expr) and symbol.is_commutative and not getattr(symbol, "is_Matrix", False)
        return symbol if plain and tuple(sizes_of(symbol)) == node.sizes else None
