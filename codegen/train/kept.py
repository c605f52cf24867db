"""A model and the lengths of its axes go in; where masks are drawn and running statistics are kept comes out: vectors,
and the tables by which machine code fills them.

All masks of a batch lie one behind the other in one vector, and so do all statistics: those of the batch, as the kernel
writes them, and those kept.
"""
import math

import numpy as np

from symdiff.errors import ArgumentError
from symdiff.language import sizes_of
from symdiff.lengths import bind, symbols
from symdiff.modes import RunningVariance

from .draws import BITS

MOMENTUM, PER_ROW, FIXED = range(3)             # columns of the table of statistics, a line for each entry


class Masks:
    """The masks of a batch.

    vector   of all masks of the largest batch
    places   for each mask: where it begins, its entries for each row of the batch, its entries besides
    limits   for each mask: an entry is 1 where a number of BITS bits lies below it
    """

    def __init__(self, model, names, length, batch, known, dtype):
        self.sizes = {name: sizes_of(model[name]) for name in names}
        self._length, self._known = length, known
        self.starts, start, places = {}, 0, []
        for name in names:
            one, whole = (math.prod(self.shape(name, rows)) for rows in (1, batch))
            moves = whole == one*batch and batch > 1
            if not moves and whole != one:
                raise ArgumentError(f"the mask {name} grows otherwise than the rows.", do="give its values as data.")
            places.append((start, one, 0) if moves else (start, 0, one))
            self.starts[name] = start
            start += whole
        self.vector = np.zeros(start, dtype)
        self.places = np.array(places, np.int64).reshape(-1, 3)
        keep = [1 - model.modes[name].rate for name in names]
        self.limits = np.array([round(chance*2**BITS) for chance in keep], np.uint64)

    def shape(self, name, rows):
        """The shape of a mask for a batch of so many rows."""
        known = {**self._known, self._length: rows} if self._length is not None else self._known
        return tuple([bind(length, known) for length in self.sizes[name]])

    def views(self, rows):
        """{name: the mask for so many rows}, as arrays that share the vector's memory."""
        made = {}
        for name, start in self.starts.items():
            shape = self.shape(name, rows)
            made[name] = self.vector[start:start + math.prod(shape)].reshape(shape)
        return made


class Kept:
    """Running statistics.

    size     how many numbers they are;  first  what they are before training
    table    for each entry: its momentum; how many numbers a batch averages for a variance: for each row, and besides
    """

    def __init__(self, model, names, length, known):
        parts, first, table = {}, [], []
        equations = {target.name: expr for target, expr in model.equations} if names else {}
        self._inner = {name: sizes_of(equations[name].args[0]) for name in names
                       if isinstance(model.modes[name], RunningVariance)}
        self._length, self._known = length, known
        start = 0
        for name in names:
            if length is not None and length in symbols(sizes_of(model[name])):
                raise ArgumentError(f"{name} has a value for each row, and a running statistic is of all of a batch.",
                                    do=f"average it over the rows, or take {name} out of the modes.")
            mode, shape = model.modes[name], tuple([bind(n, known) for n in sizes_of(model[name])])
            size = math.prod(shape)
            parts[name] = (start, start + size, shape)
            one, two = (self._averaged(name, size, rows) for rows in (1, 2))
            table += [(mode.momentum, one if two > one else 0, 0 if two > one else one)]*size
            first += [mode.start]*size
            start += size
        self.size, self._parts, self.first = start, parts, np.array(first, float)
        self.table = np.array(table, float).reshape(-1, 3)

    def _averaged(self, name, size, rows):
        """How many numbers a batch of so many rows averages for one entry of a variance; 0 for other statistics."""
        if name not in self._inner:
            return 0
        known = {**self._known, self._length: rows} if self._length is not None else self._known
        return math.prod([bind(n, known) for n in self._inner[name]])/max(1, size)

    def views(self, vector):
        """{name: its part of a vector}, as arrays that share its memory."""
        return {name: vector[start:stop].reshape(shape) for name, (start, stop, shape) in self._parts.items()}

    def pack(self, values):
        """The vector of statistics by name; those that are not given are what they are before training."""
        vector = self.first.copy()
        for name, view in self.views(vector).items():
            if name in values:
                given = np.asarray(values[name], float)
                if given.shape != view.shape:
                    raise ArgumentError(f"{name} has the sizes {view.shape}, and its value {given.shape}.",
                                        do="give a start of the model's sizes.")
                view[...] = given
        return vector

    def unpack(self, vector):
        """{name: array}, fresh."""
        return {name: np.array(view, float) for name, view in self.views(np.asarray(vector)).items()}

    def of(self, found, rows):
        """The vector of the statistics of so many rows as one batch, variances unbiased; found: them, by name."""
        vector = np.zeros(self.size)
        for name, view in self.views(vector).items():
            view[...] = found[name]
        count = self.table[:, PER_ROW]*rows + self.table[:, FIXED]
        return np.where(count > 1, vector*count/np.maximum(count - 1, 1), vector)
