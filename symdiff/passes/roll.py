"""roll: outputs go in; the same come out with what is the same step done over and over, one on the other, made a loop.

Needs:    a graph as it was read.
Promises: equal values; never more operations, but for one step's.

The nodes in their order are a text, in which a loop that a program wrote out is a stretch that repeats itself: node
k + P does to the nodes P further on what node k does.  What stands still from step to step is a free input of the
loop, what moves on with the steps its state; a piece of an array that moves on is the array gone through.
"""
from functools import cached_property
from typing import NamedTuple

import numpy as np
import sympy as sp

from ..graph import order, rebuild, same
from ..primitives.arrangement import CONCATENATE, RESHAPE, SLICE, concatenate, cut, take
from ..primitives.build import expand, stretch, transpose
from ..primitives.contraction import CONTRACT, contract, is_movement
from ..primitives.leaf import CONSTANT, DATA, constant, data, number
from ..primitives.scan import Parameter, loop, parameter, part, substituted

FEWEST = 8                      # steps
LONGEST = 4096                  # nodes of a step
NUMBERS = 4096                  # nodes of all steps together, from which on steps of single numbers become a loop
SHORT = 400                     # nodes of a step of single numbers, from which on its lines are compiled quicker apart
_NODE, _BASE, _VIEWS, _PLACE, _KIND = range(5)
WINDOWS, WINDOW = 32, 16        # places at which, and nodes by which, a repetition is looked for
_WEIGHTS = np.array([pow(0x9E3779B97F4A7C15, k, 2**64) for k in range(WINDOW)], np.uint64).astype(np.int64)


def roll(outputs):
    """The outputs with every loop that was written out made a loop."""
    outputs = tuple(outputs)
    while True:
        new = _once(outputs)
        if new is None:
            return outputs
        outputs = rebuild(new, _joined_again)


def _joined_again(node, inputs):
    """The node; rows of one array that are joined in their order are a piece of the array."""
    node = same(node, inputs)
    if node.op is not CONCATENATE:
        return node
    axis, runs = node.attributes[0], []             # of each run: its rows, the first, where the last is, how far apart
    for i in inputs:
        row = _row_of(i, axis)
        count, first, last, step = runs[-1] if runs else (0, None, None, None)
        if row and first and row[:2] == first[:2] and row[2] != last and step in (None, row[2] - last):
            runs[-1] = (count + 1, first, row[2], row[2] - last)
        else:
            runs.append((1, row, row[2] if row else i, None))
    return concatenate([_rows(*run) for run in runs], len(node.sizes) + axis)


def _row_of(node, axis):
    """(array, slices along its other axes, position) of one entry along an axis of an array; None for anything else."""
    if node.op is CONTRACT and is_movement(node) and node.inputs:
        (labels,), out, lengths = node.attributes
        if len(labels) == len(out) and all([a == b or lengths[a] == lengths[b] == 1 for a, b in zip(labels, out)]):
            node = node.inputs[0]
    if node.op is not SLICE or len(node.attributes) + axis < 0 or node.attributes[axis][1:] != (1, 1) \
            or type(node.attributes[axis][0]) is not int:
        return None
    triples = list(node.attributes)
    position, triples[axis] = triples[axis][0], None
    return node.inputs[0], tuple(triples), position


def _rows(count, row, last, step):
    """The piece that rows are, one after the other; what is no row is itself."""
    if row is None:
        return last
    array, triples, first = row
    return cut(array, [(first, step or 1, count) if triple is None else triple for triple in triples])


def _once(outputs):
    """The outputs with one more loop; None when there is none."""
    nodes = order(outputs)
    chain = [node for node in nodes if node.inputs and not _is_view(node)]
    if len(chain) < (FEWEST if any([node.sizes for node in chain]) else NUMBERS):
        return None
    text = _Text(chain)
    for first, period, steps in text.repetitions():
        made = _Roll(text, first, period, steps).replacements(outputs)
        if made is not None:
            return substituted(outputs, made)
    return None


# ---------------------------------------------------------------- nodes as a text

class Term(NamedTuple):
    """An operand: `base` seen through `views`, which only move or take entries, the outermost first."""
    base: object
    views: tuple


def _is_view(node):
    return node.op in (SLICE, RESHAPE) or node.op is CONTRACT and len(node.inputs) == 1 and is_movement(node)


def _term(node):
    views = []
    while _is_view(node):
        views.append(node)
        node = node.inputs[0]
    return Term(node, tuple(views))


def _form(node):
    """A view's attributes but for where its slices start."""
    if node.op is SLICE:
        return "slice", tuple([triple[1:] for triple in node.attributes])
    return node.op.name, node.attributes


class _Text:
    """The nodes in their order; equal numbers in `letters` for nodes that look alike."""

    def __init__(self, chain):
        self.chain, self.place = chain, {node: k for k, node in enumerate(chain)}
        self.shapes, self.known, self.codes = {}, {}, {}
        self.arrays = any([node.sizes for node in chain])
        self.letters = np.array([self._letter(node) for node in chain])

    def term(self, node):
        if node not in self.known:
            self.known[node] = _term(node)
        return self.known[node]

    def _letter(self, node):
        key = (node.op, node.attributes, *[self._shape(i) for i in node.inputs])
        return self.codes.setdefault(key, len(self.codes))

    def _shape(self, operand):
        """A number for the form of an operand's views and the sizes of its base."""
        found = self.shapes.get(operand)
        if found is None:
            base, views = self.term(operand)
            key = (tuple(map(_form, views)), base.sizes)
            found = self.shapes[operand] = self.codes.setdefault(key, len(self.codes))
        return found

    def repetitions(self):
        """(first node, nodes of a step, steps) of stretches that repeat themselves, the longest first."""
        found = []
        for period in self._periods():
            if any(period % p == 0 and len(self.chain) - steps*p < FEWEST*period for _, p, steps in found):
                continue                                            # what is found leaves no room for others
            shortest = (FEWEST - 1)*period if self.arrays else max((FEWEST - 1)*period, NUMBERS - period)
            for first, last in _runs(self.letters[:-period] == self.letters[period:], shortest):
                if any(period % p == 0 and low - p <= first and last + period <= low + (steps + 1)*p
                       for low, p, steps in found):
                    continue                                        # several steps of what is found already as one
                for low, high in self._alike(first, last, period):
                    steps = (high - low)//period + 1
                    if steps >= FEWEST and self._worth(low, period, steps):
                        found.append((low, period, steps))
                        start = self._start(low, period)
                        found.append((start, period, (high - start)//period + 1))
        return sorted(dict.fromkeys(found), key=lambda one: (-one[1]*one[2], one[1]))[:4]

    def _periods(self):
        """Lengths of steps with which the text repeats itself somewhere, the shortest first."""
        n = len(self.letters)
        furthest = min(n//FEWEST, LONGEST if self.arrays else SHORT)
        if n < 2*WINDOW:
            yield from range(1, furthest + 1)
            return
        starts = np.unique(np.linspace(0, n - WINDOW - 1, WINDOWS).astype(int))
        windows = np.lib.stride_tricks.sliding_window_view(self.letters, WINDOW)
        words = windows @ _WEIGHTS                                                  # equal for equal windows
        found = set()
        for start in starts:
            found.update(np.flatnonzero(words[start + 1:start + 1 + furthest] == words[start]) + 1)
        yield from map(int, sorted(found))

    def _alike(self, first, last, period):
        """The stretches (low, high) within first … last whose nodes all do what those `period` before them did."""
        starts, operands = self._operands
        one, other = (operands[:, starts[low]:starts[low + last - first]] for low in (first, first + period))
        moving = (one[_PLACE] >= 0) & (other[_PLACE] - one[_PLACE] == period)
        numbers = (one[_KIND] > 0) & (one[_KIND] == other[_KIND])
        goes_on = (one[_NODE] == other[_NODE]) | (one[_BASE] == other[_BASE]) \
            | (one[_VIEWS] == other[_VIEWS]) & (moving | numbers)
        each = np.logical_and.reduceat(goes_on, starts[first:last] - starts[first])
        for low, high in _runs(each, (FEWEST - 1)*period):
            yield first + low, first + high

    @cached_property
    def _operands(self):
        """(where each node's operands start, five rows): of each operand numbers for itself, its base and its views'
        attributes; the base's place in the text, −1 where it has none; 1 for a finite number, 2 for data, else 0."""
        numbers = {}
        starts = np.cumsum([0, *[len(node.inputs) for node in self.chain]])
        return starts, np.array([self._numbered(i, numbers) for node in self.chain for i in node.inputs]).T

    def _numbered(self, operand, numbers):
        found = numbers.get(operand)
        if found is None:
            base, views = self.term(operand)
            attributes = numbers.setdefault(("views", *[v.attributes for v in views]), len(numbers))
            bottom = numbers.setdefault(("base", base), len(numbers))
            kind = _finite(base) if base.op is CONSTANT else 2*(base.op is DATA)
            found = numbers[operand] = len(numbers), bottom, attributes, self.place.get(base, -1), kind
        return found

    def _start(self, low, period):
        """Where the stretch begins when the first step may take its state from elsewhere: up to one step earlier."""
        k = low
        while k > max(0, low - period) and self.letters[k - 1] == self.letters[k - 1 + period] and all([
                self.kind(a, b, period) or self._may_start(a, b)
                for a, b in zip(self.chain[k - 1].inputs, self.chain[k - 1 + period].inputs)]):
            k -= 1
        return k

    def _may_start(self, a, b):
        """May an operand be the first state, where the next step has a state?"""
        one, other = self.term(a), self.term(b)
        return other.base in self.place and [v.attributes for v in one.views] == [v.attributes for v in other.views]

    def kind(self, a, b, period):
        """How an operand goes on to the next step's: "still", "moving", "number", "data" or "piece"; else None."""
        if a is b:
            return "still"
        one, other = self.term(a), self.term(b)
        x, y = one.base, other.base
        shifted = any(v.attributes != w.attributes for v, w in zip(one.views, other.views))
        if x is y:
            return "piece" if shifted else "still"
        if shifted:
            return None
        if x in self.place and y in self.place and self.place[y] - self.place[x] == period:
            return "moving"
        if x.op is CONSTANT and y.op is CONSTANT:
            return "number" if _finite(x) and _finite(y) else None
        return "data" if x.op is DATA and y.op is DATA else None

    def _worth(self, first, period, steps):
        """Are there arrays, or so many numbers that straight lines take long to compile, and steps that do not?"""
        arrays = self.arrays and any([self.chain[k].sizes for k in range(first, first + period)])
        return arrays or period*steps >= NUMBERS and period <= SHORT


def _finite(node):
    value = node.attributes[0]
    return bool(isinstance(value, sp.Basic) and value.is_finite)


def _runs(hits, shortest):
    """(first, last + 1) of stretches of True of at least that length."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], hits, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2]) if b - a >= shortest]


# ---------------------------------------------------------------- a stretch as a loop

class _Roll:
    """The loop that a stretch of the text is."""

    def __init__(self, text, first, period, steps):
        self.text, self.first, self.period, self.steps = text, first, period, steps
        self.chain = text.chain
        self.state, self.xs, self.made = {}, {}, []

    def at(self, k, t=0):
        """Node k of step t; k may be negative: a node of a step before."""
        return self.chain[self.first + k + t*self.period]

    def replacements(self, outputs):
        """{node of the steps that others use: what stands for it}; None when the steps are no loop."""
        used = self._used(outputs)
        for k in range(self.period):
            node = self.at(k)
            inputs = [self._operand(k, q) for q in range(len(node.inputs))]
            if any(i is None for i in inputs):
                return None
            self.made.append(_again(node, tuple(inputs)))
        last = {k for k, t in used if t == self.steps - 1}
        stacked = sorted({k for k, t in used if t < self.steps - 1})
        for k in sorted(last - set(stacked)):
            self._state(k, 1, start=False)
        carry = [*self.state.items()]
        new = [self.made[k] if back == 1 else self.state[k, back - 1].node for (k, back), _ in carry]
        results = [self.made[k] for k in stacked]
        node = loop([p for _, p in carry], [*self.xs.values()], [], (*new, *results), self.steps)
        places = {key: j for j, (key, _) in enumerate(carry)}
        made = {}
        for k, t in used:
            if k in stacked:
                made[self.at(k, t)] = _row(part(node, len(carry) + stacked.index(k)), t)
            else:
                made[self.at(k, t)] = part(node, places[k, 1])
        return made

    def _used(self, outputs):
        """(node of the step, step) of what others than the steps use."""
        stop, found, stack, seen = self.first + self.steps*self.period, {}, [*outputs], set()
        while stack:
            node = stack.pop()
            if node in seen:
                continue
            seen.add(node)
            place = self.text.place.get(node, -1)
            if self.first <= place < stop:
                t, k = divmod(place - self.first, self.period)
                found[k, t] = None
            else:
                stack += node.inputs
        return sorted(found)

    def _operand(self, k, q):
        """What operand q of node k is within a step; None when it goes on in another way from some step to the next."""
        operands = [self.at(k, t).inputs[q] for t in range(self.steps)]
        node, kinds = operands[0], [self.text.kind(a, b, self.period) for a, b in zip(operands, operands[1:])]
        if kinds[0] is None and set(kinds[1:]) == {"moving"}:
            return self._first_state(node, operands[1])
        kinds = set(kinds)
        if kinds == {"still"}:
            return node
        kind = "moving" if kinds == {"moving"} else (kinds - {"still"}).pop() if len(kinds - {"still"}) == 1 else None
        term = self.text.term(node)
        if kind is None or kind == "moving" and "still" in kinds:
            return None
        if kind == "moving":
            back, inner = divmod(self.text.place[term.base] - self.first, self.period)
            base = self.made[inner] if back == 0 else self._state(inner, -back)
            return None if base is None else _through(term.views, base)
        rows = [self.text.term(operand) for operand in operands]
        if kind == "piece":
            return self._piece(rows)
        return _through(term.views, self._values(kind, [row.base for row in rows]))

    def _first_state(self, node, after):
        """A state whose first value the first step itself tells; None when it is none, or another node tells else."""
        one, other = self.text.term(node), self.text.term(after)
        back, k = divmod(self.text.place[other.base] - self.first - self.period, self.period)
        if back != -1 or one.base.sizes != other.base.sizes:
            return None
        state = self.state.setdefault((k, 1), Parameter(parameter(one.base.sizes), one.base))
        return _through(one.views, state.node) if state.value is one.base else None

    def _state(self, k, back, start=True):
        """The parameter for node k of the step `back` steps before; its first value is there, or is of no matter."""
        for b in range(1, back + 1):
            if (k, b) not in self.state:
                if self.first + k - b*self.period < 0 and start:
                    return None
                first = self._before(k, b) if start else constant(0, self.at(k).sizes)
                if first.sizes != self.at(k).sizes:
                    return None
                self.state[k, b] = Parameter(parameter(first.sizes), first)
            elif start and self.state[k, b].value is not self._before(k, b):
                return None
        return self.state[k, back].node

    def _before(self, k, back):
        """Node k of the step `back` steps before the first one, if there is one."""
        return self.at(k, -back) if self.first + k - back*self.period >= 0 else None

    def _entry(self, key, sizes, array):
        """The parameter for what is gone through."""
        if key not in self.xs:
            self.xs[key] = Parameter(parameter(sizes), array())
        return self.xs[key].node

    def _values(self, kind, nodes):
        """The parameter for numbers, or arrays of numbers, that differ from step to step."""
        sizes = nodes[0].sizes
        if kind == "number":
            values = tuple([number(node) for node in nodes])
            return stretch(self._entry(("number", *map(repr, values)), (), lambda: data(np.array(values))), sizes)
        return self._entry(tuple(nodes), sizes, lambda: data(np.stack([node.attributes[0].array for node in nodes])))

    def _piece(self, rows):
        """What moves along one axis of an array that stays the same; None when more than one view or axis moves."""
        views = rows[0].views
        moving = [d for d in range(len(views)) if any(row.views[d].attributes != views[d].attributes for row in rows)]
        if len(moving) != 1 or views[moving[0]].op is not SLICE:
            return None
        d, = moving
        slices = [row.views[d] for row in rows]
        axes = [j for j in range(len(slices[0].attributes)) if len({s.attributes[j] for s in slices}) > 1]
        starts = [s.attributes[axes[0]][0] for s in slices] if len(axes) == 1 else [None]
        if len(axes) != 1 or not all(type(start) is int for start in starts):
            return None
        array = _gone_through(slices[0], axes[0], starts)
        triples = slices[0].attributes
        key = (slices[0].inputs[0], triples[:axes[0]], triples[axes[0] + 1:], axes[0], *starts)
        return _through(views[:d], self._entry(key, slices[0].sizes, array))


def _gone_through(piece, j, starts):
    """A function that makes the array of the pieces, which start there on axis j, along a new first axis."""
    x, (_, step, length) = piece.inputs[0], piece.attributes[j]
    rank, axis = len(x.sizes), len(x.sizes) - len(piece.attributes) + j
    strides = {b - a for a, b in zip(starts, starts[1:])}
    others = [triple if k != j else (0, 1, x.sizes[axis]) for k, triple in enumerate(piece.attributes)]
    stride, = strides if len(strides) == 1 else (0,)

    def array():
        if length == 1 and stride:
            rows = cut(x, [*others[:j], (starts[0], stride, len(starts)), *others[j + 1:]])
            return expand(transpose(rows, (axis, *[k for k in range(rank) if k != axis])), (axis + 1,))
        places = np.array(starts)[:, None] + step*np.arange(length)
        rows = take(cut(x, others), data(places.astype(float)), axis)
        return transpose(rows, (axis, *[k for k in range(rank + 1) if k != axis]))

    return array


def _through(views, base):
    """The views, the outermost first, on another base."""
    for view in reversed(views):
        base = _again(view, (base,))
    return base


def _again(node, inputs):
    if node.op is CONTRACT:
        subs, out, lengths = node.attributes
        return contract(inputs, subs, out, dict(enumerate(lengths)))
    return same(node, inputs)


def _row(array, t):
    """array[t]"""
    rows = cut(array, [(t, 1, 1), *[(0, 1, n) for n in array.sizes[1:]]])
    return contract([rows], [tuple(range(len(rows.sizes)))], tuple(range(1, len(rows.sizes))))
