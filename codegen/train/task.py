"""A model and its data go in; out comes what is trained: a compiled loss, arrays, and which of them are rows."""
import sympy as sp

from symdiff.errors import ArgumentError, NoDerivative
from symdiff.lengths import symbols
from symdiff.model import Model

from ..compile import compile as compiled_of
from ..compiled import Compiled
from ..frontdoor import Door


class Task:
    """What is trained.

    compiled   the loss, differentiable by the parameters
    model      the Model, where there is one
    data       {name: array} of everything that is no parameter
    rows       the names of the arrays whose first axis is a row of data each; () where that cannot be told
    count      how many rows there are; 1 without rows
    numbers    the number of each row among those the user gave, None where these are all
    """

    def __init__(self, model, data, rows=None, dtype="float64", numbers=None):
        self.compiled = _compiled(model, data, dtype)
        expression = self.compiled.expression
        self.model = expression if isinstance(expression, Model) else None
        f = self.compiled
        inner = [(node, key) for node, key in zip(f.nodes, f.inputs) if key not in f.wrt]
        self.door = Door([n for n, _ in inner], [k for _, k in inner], f._door.symbols, f.dtype, f.wrt)
        self.data = dict(zip(self.door.keys, self.door(data, {})))
        self.length = _row_length(f, rows)
        self.rows = tuple([k for n, k in inner if n.sizes and n.sizes[0] == self.length])
        self.count = len(self.data[self.rows[0]]) if self.rows else 1
        if not self.count:
            raise ArgumentError("the data have no rows.", where=f"{self.length} is 0", do="give one row or more.")
        self.flat, self.numbers = f.flat(self.data), numbers

    def part(self, rows):
        """The same with some of the rows only, by an array of their numbers."""
        return Task(self.compiled, self.values(rows), str(self.length), numbers=rows)

    def values(self, rows=None):
        """The data, of some rows only where asked (a slice or an array of their numbers)."""
        if rows is None:
            return self.data
        return {key: value[rows] if key in self.rows else value for key, value in self.data.items()}


def _compiled(model, data, dtype):
    """The loss as a Compiled function with something to differentiate by."""
    if not hasattr(data, "keys"):
        raise ArgumentError(f"data are given by name, and this is a {type(data).__name__}.",
                            do='write {"X": X, "y": y}.')
    if isinstance(model, Compiled):
        f = model
    elif isinstance(model, Model):
        if model.loss is None:
            raise ArgumentError("this model has no loss, and training makes a loss small.", where=str(model)[:300],
                                do='give it one: Model(equations, loss="mean((y - f)**2)").')
        wrt = list(model.parameters) or None
        f = compiled_of(model, wrt, dtype) if wrt else _by_the_rest(model, data, dtype)
    else:
        f = _by_the_rest(model, data, dtype)
    if not f.wrt:
        raise ArgumentError("nothing is left to train: the data give a value to every input.",
                            known=", ".join(map(str, f.inputs)), do="leave the parameters out of the data.")
    if not f.of_a_scalar:
        raise NoDerivative("training makes one number small, and this has several.",
                           do="take the mean or the sum of it.")
    return f


def _by_the_rest(expression, data, dtype):
    """Compiled by every input that the data do not give."""
    whole = compiled_of(expression, None, dtype)
    given = {str(key) for key in data}
    return compiled_of(expression, [key for key in whole.inputs if str(key) not in given], dtype)


def _row_length(f, rows):
    """The length of the first axis that all arrays of rows share, None where it cannot be told."""
    data = [node for node, key in zip(f.nodes, f.inputs) if key not in f.wrt]
    leading = dict.fromkeys([n.sizes[0] for n in data if n.sizes and isinstance(n.sizes[0], sp.Symbol)])
    held = set(symbols([length for w in f.problem.wrt for length in w.sizes]))
    held |= set(symbols([length for n in data for length in n.sizes[1:]]))
    held |= set(symbols([n.sizes[0] for n in data if n.sizes and not isinstance(n.sizes[0], sp.Symbol)]))
    able = [length for length in leading if length not in held]
    if rows is not None:
        found = [length for length in able if str(length) == str(rows)]
        if not found:
            raise ArgumentError(f"{rows} is not the length of the first axis of data, and of nothing else.",
                                known=", ".join(map(str, able)) or "none",
                                do="give the arrays of data a first axis of a size by name that no parameter has.")
        return found[0]
    return able[0] if len(able) == 1 else None
