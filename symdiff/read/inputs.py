"""Symbols of every dialect go in, one input node per named value comes out; one name for two things is refused."""
import sympy as sp
from sympy.tensor.array.expressions import ArraySymbol

from ..errors import NameClash
from ..language import Array
from ..primitives.leaf import input as input_node
from ..lengths import canonical, text


class Inputs:
    """The inputs met so far.

    nodes   {symbol: input node}, in the order in which they were met; a symbol is whatever the user made: an Array,
            a Symbol, a MatrixSymbol, an IndexedBase, an ArraySymbol
    """

    def __init__(self):
        self.nodes = {}
        self._by_name = {}                      # {name: [symbols]}
        self._taken = set()                     # names in nodes

    def node(self, symbol, name, sizes):
        """The input node of a symbol.

        Arrays (in any dialect) of one name and one size are one input.  Plain Symbols of one name are different inputs
        and can only be told apart by object; an array and a plain Symbol of one name, or two sizes, are refused.
        """
        found = self.nodes.get(symbol)
        if found is not None:
            return found
        others = self._by_name.setdefault(name, [])
        for other in others:
            if _is_plain(symbol) and _is_plain(other):
                continue
            if _is_plain(symbol) or _is_plain(other) or self.nodes[other].sizes != sizes:
                raise NameClash(f"two things are called {name!r}.",
                                where=f"{describe(other, self.nodes[other].sizes)}  and  {describe(symbol, sizes)}",
                                do="rename one of them.")
            self.nodes[symbol] = self.nodes[other]
            others.append(symbol)
            return self.nodes[symbol]
        node = self.nodes[symbol] = input_node(self._free(name), sizes)
        others.append(symbol)
        return node

    def _free(self, name):
        free, k = name, 1
        while free in self._taken:
            k += 1
            free = f"{name}#{k}"
        self._taken.add(free)
        return free

    def named(self, name):
        """The symbols of a name; arrays that are one input count once."""
        return list({self.nodes[s]: s for s in self._by_name.get(name, ())}.values())


def _is_plain(symbol):
    return isinstance(symbol, sp.Symbol) and not isinstance(symbol, Array)


def describe(symbol, sizes):
    kind = type(symbol).__name__
    if _is_plain(symbol):
        assumed = ", ".join(f"{k}={v}" for k, v in sorted(symbol._assumptions_orig.items()))
        return f"the {kind} {symbol.name}" + (f" ({assumed})" if assumed else "")
    return f"the {kind} {name_of(symbol)} of sizes {text(sizes)}"


def name_of(symbol):
    """The name a user gave."""
    if isinstance(symbol, (sp.MatrixSymbol, ArraySymbol)):
        return str(symbol.args[0])
    if isinstance(symbol, sp.IndexedBase):
        return str(symbol.label)
    return symbol.name


def lengths(shape):
    """A SymPy shape as sizes."""
    return tuple([canonical(length) for length in shape])
