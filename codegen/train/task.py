"""A model and its data go in; out comes what is trained: a compiled loss, arrays, and which of them are rows."""
import math
from copy import copy
from functools import cached_property

import numpy as np
import sympy as sp

from symdiff.errors import ArgumentError, NoDerivative
from symdiff.evaluate import bind_sizes
from symdiff.lengths import symbols
from symdiff.model import Model
from symdiff.modes import Mask

from ..blame import first_bad
from ..compile import compile as compiled_of
from ..compiled import Compiled
from ..frontdoor import Door
from .coordinates import Coordinates
from .form import count_of, expression_of
from .kept import Kept, Masks


class Task:
    """What is trained.

    compiled   the loss, differentiable by the parameters, or by the free numbers of those that a constraint holds
    model      the Model, where there is one;  searched  the same in free numbers
    masks      the names of the masks that training draws: those that the data do not give
    data       {name: array} of everything else that is no parameter
    rows       the names of the arrays whose first axis is a row of data each; () where that cannot be told
    count      how many rows there are; 1 without rows
    numbers    the number of each row among those the user gave, None where these are all
    flat       the loss as a function of one vector, at the data; masks are at rest, 1 - rate
    """

    def __init__(self, model, data, rows=None, dtype="float64", jacobian=False):
        self._given = model, rows, dtype, jacobian
        model, dtype = _constrained(model, dtype)
        self.coordinates = Coordinates(model) if isinstance(model, Model) and model.constraints else None
        self.compiled = _compiled(model.free() if self.coordinates else model, data, dtype)
        self._take(data, rows, None)
        self.model = model if self.coordinates else self.searched
        self.jacobian = bool(self.coordinates and jacobian is not False)
        if self.jacobian:
            self.compiled = _compiled(model.free(self._weight(jacobian)), data, dtype)
            self._take(data, rows, None)

    def _take(self, data, rows, numbers):
        """Take the data in."""
        f, given = self.compiled, {str(key) for key in data}
        self.searched = f.expression if isinstance(f.expression, Model) else None
        self._modes = self.searched.modes if self.searched is not None else {}
        self.masks = tuple([key for key in f.inputs if isinstance(self._modes.get(str(key)), Mask)
                            and str(key) not in given and key not in f.wrt])
        inner = [(node, key) for node, key in zip(f.nodes, f.inputs) if key not in f.wrt and key not in self.masks]
        spare = (*f.wrt, *(self.coordinates.free if self.coordinates else ()))
        self.door = Door([n for n, _ in inner], [k for _, k in inner], f._door.symbols, f.dtype, spare)
        if self.coordinates:
            self.coordinates.check(symbols([length for n, _ in inner for length in n.sizes]))
        self.data = dict(zip(self.door.keys, self.door(data, {})))
        self.length = _row_length(f, rows)
        self.rows = tuple([k for n, k in inner if n.sizes and n.sizes[0] == self.length])
        self.count = len(self.data[self.rows[0]]) if self.rows else 1
        if not self.count:
            raise ArgumentError("the data have no rows.", where=f"{self.length} is 0", do="give one row or more.")
        at_rest = f if not self.masks else compiled_of(self.searched.predicting(self.masks), list(f.wrt), f.dtype)
        self.flat, self.numbers = at_rest.flat(self.data), numbers

    # -- masks and running statistics ----------------------------------------------------------------------------------

    @cached_property
    def stepped(self):
        """What a step of training computes, compiled: the loss, then the statistics of the batch."""
        if not self.statistic_names:
            return self.compiled
        return compiled_of([self.searched.expression(), *map(self.searched.expression, self.statistic_names)],
                           list(self.compiled.wrt), self.compiled.dtype)

    @cached_property
    def kept(self):
        """The running statistics, Kept."""
        names = self.statistic_names
        return Kept(self.searched, names, self.length, self._known() if names else {})

    @cached_property
    def shapes(self):
        """{name: shape} of the parameters, in the order of their vector."""
        return {key: np.shape(value) for key, value in self.flat.unpack(np.zeros(self.flat.size)).items()}

    @property
    def statistic_names(self):
        """The names of the running statistics."""
        return tuple([name for name, mode in self._modes.items() if not isinstance(mode, Mask)])

    def masks_of(self, batch):
        """The Masks of a batch of so many rows."""
        return Masks(self.searched, self.masks, self.length, batch, self._known() if self.masks else {},
                     self.compiled.dtype)

    def refuse_masks(self, method):
        """Raise ArgumentError where masks are drawn, for a method that makes one fixed function small."""
        if self.masks:
            raise ArgumentError(f"{method} makes one fixed function small, and {', '.join(self.masks)} of the model's "
                                "dropout are drawn afresh for every batch.",
                                do='train by steps along gradients, sd.train(…, method="adam"); or give masks of your '
                                   'own among the data.')

    def _known(self):
        """The lengths of axes."""
        values, f = {**self.data, **self.flat.unpack(np.zeros(self.flat.size))}, self.compiled
        return bind_sizes({n.attributes[0]: (n.sizes, np.shape(values[k])) for n, k in zip(f.nodes, f.inputs)
                           if k in values})

    def statistics(self, x):
        """The vector of statistics of all rows, as one batch, at some parameters."""
        names = self.statistic_names
        if not names:
            return self.kept.first
        f = compiled_of([self.searched.predicting(self.masks).expression(name) for name in names], [],
                        self.compiled.dtype)
        return self.kept.of(dict(zip(names, self._called(f, x, {}))), self.count)

    def loss(self, x, kept):
        """The loss as the model predicts: at some parameters and running statistics."""
        if not self.statistic_names:
            return self.flat.fun(x)
        return float(self._called(self._predicting, x, self.kept.unpack(kept)))

    @cached_property
    def _predicting(self):
        form = self.searched.predicting([*self.masks, *self.statistic_names])
        return compiled_of(form.expression(), [], self.compiled.dtype)

    def _called(self, f, x, kept):
        values = {**self.data, **self.flat.unpack(x), **kept}
        return f({key: values[key] for key in f.inputs})

    # -- rows ----------------------------------------------------------------------------------------------------------

    def __reduce__(self):
        return _task, (*self._given, self.data, self.numbers)

    def part(self, rows):
        """The same with some of the rows only, by an array of their numbers."""
        return self.of(self.values(rows), rows)

    def of(self, data, numbers=None):
        """The same of other data."""
        other = copy(self)
        for name in ("kept", "shapes"):
            other.__dict__.pop(name, None)                      # they hold lengths
        other._take(data, None if self.length is None else str(self.length), numbers)
        return other

    def _weight(self, given):
        """What log |det J| is multiplied by in the loss, so that the two are one density.

        A loss that adds up the rows has it in each batch by the batch's part of them.
        """
        if given is not True:
            if isinstance(given, bool) or not isinstance(given, (int, float)) or not 0 < given < math.inf:
                raise ArgumentError(f"jacobian is {given!r}.", do="give True, or what the loss must be multiplied by "
                                    "to be the negative log density.")
            return 1/given
        count = count_of(self.expression)
        if count is None:
            raise ArgumentError("the loss is neither a sum nor an average: it does not tell what it must be multiplied "
                                "by to be a negative log density.", where=f"loss = {str(self.expression)[:200]}",
                                do="say it: jacobian=297 for an average over 297 rows, jacobian=1 for a sum.")
        return self.length/(self.count*count) if self.rows else 1/count

    @property
    def expression(self):
        """The loss as one expression, as it was given: in the user's parameters, without the term of a Jacobian."""
        return self.model.expression() if self.coordinates else expression_of(self.compiled)

    def parameters(self, x):
        """{name: value} of the parameters, as the user has them, at a point of the search."""
        found = self.flat.unpack(x)
        return self.coordinates.opened(found) if self.coordinates else found

    def closed(self, values):
        """Values of parameters, as the user has them, as those of the search."""
        return self.coordinates.closed(values) if self.coordinates else values

    def log_jacobian(self, x):
        """What the loss holds of the constraints, 0 where it does not."""
        return self.coordinates.log_jacobian(self.flat.unpack(x)) if self.jacobian else 0.0

    def values(self, rows=None):
        """The data, of some rows only where asked (a slice or an array of their numbers)."""
        if rows is None:
            return self.data
        return {key: value[rows] if key in self.rows else value for key, value in self.data.items()}

    def fault(self, x, rows=None, masks=None):
        """What went bad first in the loss or its gradient, at the parameters x, some rows of the data and masks that
        were drawn; or None.
        """
        def number(place):
            place = place if rows is None else int(rows[place])
            return place if self.numbers is None else int(self.numbers[place])

        values = {**self.flat.unpack(x), **self.values(rows if self.rows else None), **(masks or {})}
        leading = {self.length} if self.rows else set()
        return first_bad(self.compiled, values, "value", leading, number) or \
            first_bad(self.compiled, values, "grad", leading, number)


def _task(model, rows, dtype, jacobian, data, numbers):
    """The Task of what a pickled one held."""
    task = Task(model, data, rows, dtype, jacobian)
    task.numbers = numbers
    return task


def _constrained(model, dtype):
    """(the model, dtype), of a compiled one that has constraints."""
    if isinstance(model, Compiled) and getattr(model.expression, "constraints", None):
        held = [name for name in model.expression.constraints if name not in map(str, model.wrt)]
        if not held:
            return model.expression, model.dtype
        raise ArgumentError(f"{held[0]} has a constraint, and no derivative is taken by it.",
                            known=", ".join(map(str, model.wrt)), do="compile the model by all its parameters.")
    return model, dtype


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
