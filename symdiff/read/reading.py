"""An expression, a list or dict of them, a matrix or a model goes in; a Reading with its nodes and inputs comes out."""
import gc
from collections.abc import Hashable
from dataclasses import dataclass, field

import numpy as np
import sympy as sp

from ..errors import ArgumentError, NameClash, UnknownForm
from ..language.core import Array, lift
from ..model import Model
from . import arrays, matrices, scalars, show, sums  # noqa: F401  (they declare their rules)
from .inputs import Inputs, describe
from .reader import Reader


def as_arrays(named):
    """{node: an array of its name and sizes} of {node: name}, as `write` takes names."""
    return {node: Array(name, *node.sizes) for node, name in named.items()}


@dataclass
class Reading:
    """What was read.

    outputs     the node of each output, in order
    inputs      {the user's symbol: its input node}, in the order in which they were met
    names       {node: the user's names for it, in a tuple}, e.g. those of a model's equations
    structure   "one", "list", "tuple", "dict" or "model": what was given
    keys        the keys of a dict, in order; else None
    """
    outputs: tuple
    inputs: dict
    names: dict = field(default_factory=dict)
    structure: str = "one"
    keys: tuple | None = None
    _table: Inputs = None

    def find(self, key):
        """The symbol that a name, or the symbol itself, stands for."""
        if not isinstance(key, str):
            if isinstance(key, Hashable) and key in self.inputs:
                return key
            raise ArgumentError(f"{show.brief(key)} is no input of this formula.", known=self._known(),
                                do="give one of the symbols that stand in it.")
        found = self._table.named(key)
        if len(found) == 1:
            return found[0]
        if not found:
            raise ArgumentError(f"no input is called {key!r}.", known=self._known(), do="use one of these names.")
        raise NameClash(f"{len(found)} inputs are called {key!r}.",
                        where="  and  ".join(describe(s, self.inputs[s].sizes) for s in found),
                        do="pass values by the symbols themselves, in a dict, or rename one.")

    def node(self, key):
        """The input node of a name or symbol."""
        return self.inputs[self.find(key)]

    @property
    def symbols(self):
        """{input node: the user's symbol for it}, as `write` takes names."""
        return {node: symbol for symbol, node in reversed(self.inputs.items())}

    @property
    def named(self):
        """{node: the first of the user's names for it}, of what is no input."""
        return {node: names[0] for node, names in self.names.items() if node.inputs}

    def _known(self):
        names = [node.attributes[0] for node in dict.fromkeys(self.inputs.values())]
        return ", ".join(names[:20]) + (", ..." if len(names) > 20 else "") or "none; it has no inputs"


def read(expression):
    """The node of one expression."""
    return read_all(expression).outputs[0]


def read_all(given, *more):
    """The Reading of an expression, of a list, tuple or dict of them, of a matrix, or of a Model.

    More expressions may follow: they become further outputs, with the same inputs.
    """
    structure, keys, expressions, equations, declared = _taken_apart(given)
    expressions = [_expression(e) for e in (*expressions, *more)]
    reader = Reader([*declared, *[e for _, e in equations], *expressions])
    names = {}
    pausing = gc.isenabled()
    gc.disable()                                # nodes are many and stay: collecting doubles the time
    try:
        for symbol in declared:
            reader.read(symbol)
        for symbol, expression in equations:
            node = reader.bound[symbol] = reader.read(expression)
            names[node] = (*names.get(node, ()), symbol.name)
        outputs = tuple([_value(reader, e) for e in expressions])
        sums.check_ranges(reader)
    finally:
        if pausing:
            gc.enable()
    return Reading(outputs, reader.inputs.nodes, names, structure, keys, reader.inputs)


def _taken_apart(given):
    """(structure, keys, outputs, a model's equations, its declared inputs)."""
    if isinstance(given, (list, tuple, sp.Tuple)):
        return ("list" if isinstance(given, list) else "tuple"), None, list(given), (), ()
    if isinstance(given, (dict, sp.Dict)):
        return "dict", tuple(given.keys()), list(given.values()), (), ()
    if isinstance(given, Model):
        return "model", None, list(given.outputs), given.equations, (*given.parameters, *given.data)
    return "one", None, [given], (), ()


def _expression(given):
    """One output as an expression."""
    if isinstance(given, (sp.MatrixBase, sp.NDimArray)):
        return given.as_immutable() if not isinstance(given, sp.Basic) else given
    if isinstance(given, sp.Basic):
        return given
    if isinstance(given, str):
        raise UnknownForm("a formula was given as text.", where=repr(given[:80]), do="read it by sd.parse(...) first.")
    if isinstance(given, (list, tuple, dict)):
        raise UnknownForm("a list stands in a list of outputs.", where=repr(given)[:80],
                          do="give one list of expressions, or join them by sd.stack.")
    if isinstance(given, (int, float, np.number, np.ndarray)) and not isinstance(given, (bool, np.bool_)):
        return lift(given)
    raise UnknownForm(f"{type(given).__name__} is no formula.", where=repr(given)[:80],
                      do="pass SymPy expressions of arrays or symbols.")


def _value(reader, expression):
    """The node of an output; a truth value is refused."""
    node = reader.read(expression)
    if getattr(node.op, "boolean", False) or isinstance(expression, (sp.logic.boolalg.Boolean)) \
            and not isinstance(expression, sp.Symbol):
        raise UnknownForm("the formula is a condition, and has no numeric value to differentiate.",
                          where=show.brief(expression),
                          do="write Piecewise((1, condition), (0, True)), or sd.where(condition, 1, 0).")
    return node


