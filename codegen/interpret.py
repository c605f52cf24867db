"""A program of the loop language and its inputs in, its outputs out: NumPy does each statement for all indices at once."""
import numpy as np

from symdiff.primitives.record import TABLE
from symdiff.lengths import bind

from .loops import Affine, Apply, Contract, Fill, Length, Load, Map, Number, Position, Store


def interpret(program, values, sizes):
    """The outputs as a list of arrays.

    values  {input buffer's name: array};  sizes  {size symbol: int}
    """
    memory = {}
    for b in program.buffers:
        shape = tuple(bind(length, sizes) for length in b.shape)
        if b.kind == "input":
            memory[b] = np.asarray(values[b.name], dtype=float)
        elif b.kind == "constant":
            memory[b] = b.value
        elif not b.tiled:
            memory[b] = np.full(shape, np.nan)
    machine = _Machine(memory, sizes)
    with np.errstate(all="ignore"):
        for statement in program.statements:
            machine.run(statement, {})
    return [memory[b] for b in program.buffers if b.kind == "output"]


class _Machine:
    """Memory, sizes, and where the tile of the moment starts."""

    def __init__(self, memory, sizes):
        self.memory, self.sizes, self.step = memory, sizes, {}

    def run(self, statement, rows):
        getattr(self, type(statement).__name__.lower())(statement, rows)

    def fill(self, statement, rows):
        self.memory[statement.buffer][...] = statement.value

    def call(self, statement, rows):
        out = self.memory[statement.outputs[0]]
        out[...] = TABLE[statement.name].numpy(statement.attributes, out.shape, *[self.memory[b] for b in statement.inputs])

    def rows(self, statement, rows):
        n = bind(statement.axis.extent, self.sizes)
        for s in statement.sums:
            self.memory[s.buffer][...] = s.initial
        for start in range(0, n, statement.tile):
            stop = min(n, start + statement.tile)
            for inner in statement.body:
                for b in _tiled(inner):
                    if b not in self.memory or len(self.memory[b]) != stop - start:
                        self.memory[b] = np.full((stop - start, *[bind(k, self.sizes) for k in b.shape[1:]]), np.nan)
                self.run(inner, {statement.axis: (start, stop)})

    def steps(self, statement, rows):
        n = bind(statement.axis.extent, self.sizes)
        for t in reversed(range(n)) if statement.reverse else range(n):
            self.step[statement.axis] = t
            for inner in statement.body:
                self.run(inner, rows)
            for before, after in statement.carried:
                self.memory[before][...] = self.memory[after]

    def grid(self, axes, rows):
        """{axis: its positions, shaped to broadcast against those of the others}"""
        positions = {}
        for k, a in enumerate(axes):
            span = np.arange(*rows[a]) if a in rows else np.arange(bind(a.extent, self.sizes))
            positions[a] = span.reshape([-1 if j == k else 1 for j in range(len(axes))])
        return positions

    def position(self, index, grid):
        total = bind(index.offset, self.sizes) if not isinstance(index.offset, int) else index.offset
        for a, c in index.terms:
            total = total + (self.step[a] if a in self.step else grid[a])*bind(c, self.sizes)
        return total

    def locate(self, access, grid, rows, done):
        """The index arrays of a load or a store, and the array that they index."""
        array, index = self.memory[access.buffer], []
        for k, i in enumerate(access.index):
            if isinstance(i, Affine):
                place = self.position(i, grid)
                if k == 0 and access.buffer.tiled:
                    place = place - next(iter(rows.values()))[0]
            else:
                place = np.asarray(done[i.value])
                if np.any(place != np.floor(place)) or np.any(place < 0) or np.any(place >= bind(i.length, self.sizes)):
                    raise IndexError("an index is out of range or no whole number")
                place = place.astype(int)
            index.append(place)
        if len(index) < array.ndim:
            array = array.reshape(*array.shape[:len(index) - 1], -1)
        return array, tuple(index)

    def map(self, statement, rows):
        grid, done = self.grid(statement.axes, rows), []
        shape = tuple(len(range(*rows[a])) if a in rows else bind(a.extent, self.sizes) for a in statement.axes)
        for line in statement.body:
            if isinstance(line, Load):
                array, index = self.locate(line, grid, rows, done)
                done.append(array[index] if index else array)
            elif isinstance(line, Number):
                done.append(np.float64(line.value))
            elif isinstance(line, Length):
                done.append(np.float64(bind(line.length, self.sizes)))
            elif isinstance(line, Position):
                done.append(np.asarray(self.position(line.index, grid), dtype=float))
            elif isinstance(line, Apply):
                done.append(np.asarray(TABLE[line.name].numpy(*[done[k] for k in line.args]), dtype=float))
            elif isinstance(line, Store):
                array, index = self.locate(line, grid, rows, done)
                value = np.broadcast_to(done[line.value], shape)
                _put(line.mode, array, index, value, shape)
                done.append(None)

    def contract(self, statement, rows):
        axes = (*statement.axes, *statement.reduce)
        grid, letter = self.grid(axes, rows), {a: k for k, a in enumerate(axes)}
        full = []
        for o in statement.operands:
            array, index = self.locate(o, grid, rows, [])
            shape = np.broadcast_shapes((1,)*len(axes), *[np.shape(i) for i in index])
            full.append(np.broadcast_to(array[index], shape))
        pairs = [p for x in full for p in (np.squeeze(x, tuple(k for k in range(len(axes)) if x.shape[k] == 1 and self._extent(axes[k], rows) != 1)),
                                           [letter[a] for k, a in enumerate(axes) if x.shape[k] != 1 or self._extent(a, rows) == 1])]
        present = {k for labels in pairs[1::2] for k in labels}
        value = np.einsum(*pairs, [letter[a] for a in statement.axes if letter[a] in present])
        shape = tuple(self._extent(a, rows) for a in statement.axes)
        value = np.broadcast_to(value.reshape([n if letter[a] in present else 1 for a, n in zip(statement.axes, shape)]), shape)
        array, index = self.locate(statement.out, self.grid(statement.axes, rows), rows, [])
        _put(statement.out.mode, array, index, value, shape)

    def _extent(self, a, rows):
        return len(range(*rows[a])) if a in rows else bind(a.extent, self.sizes)


def _tiled(statement):
    if isinstance(statement, Map):
        return {i.buffer for i in statement.body if isinstance(i, (Load, Store)) and i.buffer.tiled}
    if isinstance(statement, Contract):
        return {i.buffer for i in (statement.out, *statement.operands) if i.buffer.tiled}
    return {statement.buffer} if isinstance(statement, Fill) and statement.buffer.tiled else set()


def _put(mode, array, index, value, shape):
    """Store every value at its index, one after the other where several share one."""
    array, index = (array, index) if array.ndim else (array.reshape(1), (0,))
    index = tuple([np.broadcast_to(i, shape) for i in index])
    if mode == "set":
        array[index] = value
    else:
        {"add": np.add, "max": np.maximum, "min": np.minimum}[mode].at(array, index, value)
