"""Nodes go in; points at which a claim about them is judged come out, the plainest first, the same ones on every run.

A point is ({name of an input: array}, {size symbol: int}).  Values are small whole numbers, special numbers (0, 1, the
constants of the formulas, large and small ones), random numbers of many sizes and of both signs, and, for formulas of
scalars, numbers on both sides of wherever a branch is taken or a domain ends.
"""
import itertools

import numpy as np

from .. import bounds
from ..errors import ArgumentError, SizeMismatch
from ..graph import order
from ..lengths import bind, symbols
from ..primitives.contraction import is_movement
from ..primitives.leaf import CONSTANT, INPUT, SIZE, number
from ..primitives.record import Elementwise

LENGTHS = ((3, 2, 4, 5, 2, 3), (2, 4, 3, 2, 5, 3), (4, 3, 2, 3, 2, 5))      # of symbolic axes, three times
PLAINEST = (2, 3, 1, 0.5, -1, -2, 4, 5)
SPECIAL = (0, 1, -1, 2, 0.5, -0.5, 3, -3, 0.1, 10, -10, 30, -30, 1e-3, -1e-3, 700, -700, 1e4, -1e4)
SEED, MOST_EDGES, MOST_CONSTANTS = 0, 12, 8


def inputs_of(nodes):
    """The input nodes, by name."""
    return {n.attributes[0]: n for n in order(nodes) if n.op is INPUT}


def bindings(nodes, wide=False):
    """[{size symbol: int}, …]: lengths with which everything the nodes read exists, different ones where possible.

    wide   one binding more for each symbol, with that one long beside the others
    """
    everything = order(nodes)
    found = symbols([n for node in everything for n in node.sizes] +
                    [n for node in everything if node.op is SIZE for n in node.attributes])
    needed, good = bounds.bounds(nodes), []
    for more, row in itertools.product(range(9), LENGTHS):
        lengths = {s: row[k % len(row)] + more for k, s in enumerate(found)}
        if _holds(needed, lengths) and lengths not in good:
            good.append(lengths)
            if len(good) == len(LENGTHS):
                break
    if not good:
        raise ArgumentError("no small lengths of the axes fit the formula.", where=", ".join(map(str, found)),
                            do="give the arrays sizes that are numbers.")
    for s in found if wide else ():
        lengths = {**good[0], s: sum(good[0].values()) + len(found) + 2}
        good += [lengths] if _holds(needed, lengths) else []
    return good[:1] if not found else good


def _holds(needed, lengths):
    try:
        bounds.check(needed, lengths)
    except SizeMismatch:
        return False
    return all(_allowed(s, n) for s, n in lengths.items())


def _allowed(symbol, value):
    """Does a number keep what was assumed of a symbol?"""
    assumed = getattr(symbol, "_assumptions_orig", {})
    whole = float(value).is_integer()
    tests = {"positive": value > 0, "negative": value < 0, "nonnegative": value >= 0, "nonpositive": value <= 0,
             "integer": whole, "even": whole and value % 2 == 0, "odd": whole and value % 2 == 1, "nonzero": value != 0,
             "zero": value == 0, "noninteger": not whole, "prime": value in (2, 3, 5, 7, 11)}
    return all(tests.get(word, truth) == truth for word, truth in assumed.items())


class Points:
    """The points for some nodes; `plan()` gives the first ones, `more(seen)` others near and far."""

    def __init__(self, nodes, symbols_of, wide=False):
        self.nodes, self.rng = nodes, np.random.default_rng(SEED)
        self.inputs = inputs_of(nodes)
        self.symbols = {name: symbols_of.get(node) for name, node in self.inputs.items()}
        self.bindings = bindings(nodes, wide)
        self.scalars = not any(node.sizes for node in self.inputs.values())
        self.whole = _whole(nodes)
        self.special = (*SPECIAL, *_constants(nodes))

    def plan(self, count):
        """About `count` points; those of formulas of scalars are more where branches are many."""
        if not self.inputs:
            return [({}, self.bindings[0])]
        if not self.scalars:
            return [self._arrays(k) for k in range(max(count//2, len(STYLES)//2))]
        points = [*self._plain(count//4), *self._specials(count//2), *self._signs(), *self._at_edges()]
        points += [self._random() for _ in range(count//3)]
        return [(values, self.bindings[k % len(self.bindings)]) for k, values in enumerate(_distinct(points))]

    def more(self, seen, count):
        """Other points: random ones, and ones near those seen."""
        out = []
        for k in range(count):
            if seen and k % 2:
                values, lengths = seen[int(self.rng.integers(len(seen)))]
                near = {n: self._kept(n, v*(1 + 0.2*self.rng.normal(size=v.shape))) for n, v in values.items()}
                out.append((near, lengths))
            elif self.scalars:
                out.append((self._random(), self.bindings[k % len(self.bindings)]))
            else:
                out.append(self._arrays(8 + k))
        return out

    # -- scalars -------------------------------------------------------------------------------------------------------

    def _point(self, draw):
        """A value for every input; numbers against what is assumed of it are drawn again."""
        values = {}
        for k, name in enumerate(self.inputs):
            value = draw(k)
            for _ in range(40):
                if _allowed(self.symbols[name], value):
                    break
                value = self._fitting(name)
            values[name] = self._kept(name, np.float64(value))
        return values

    def _fitting(self, name):
        value = float(np.exp(self.rng.normal()))*self.rng.choice([1, -1])
        assumed = getattr(self.symbols[name], "_assumptions_orig", {})
        even = 2*round(value)
        return even + assumed.get("odd", False) if {"even", "odd"} & {k for k, v in assumed.items() if v} else \
            round(value) if assumed.get("integer") else value

    def _kept(self, name, value):
        """Positions and orders are whole numbers within their range."""
        value = np.asarray(value, dtype=np.float64)
        if name in self.whole:
            value = np.mod(np.floor(np.abs(value)), self.whole[name])
        return value

    def _plain(self, count):
        yield self._point(lambda k: PLAINEST[k % len(PLAINEST)])
        yield self._point(lambda k: 3.0)
        for _ in range(count):
            yield self._point(lambda k: self.rng.choice(PLAINEST))

    def _specials(self, count):
        """Each input at each special number, the others moderate; then all at special ones."""
        names = list(self.inputs)
        pairs = [(name, x) for x in self.special for name in names]
        step = max(1, len(pairs)//max(count, 1))
        for name, x in pairs[::step]:
            yield self._point(lambda k: x if names[k] == name else self._moderate())
        for _ in range(count//4):
            yield self._point(lambda k: self.rng.choice(self.special[:8]))

    def _moderate(self):
        return self.rng.choice([self.rng.uniform(0, 1), self.rng.normal(), 3*self.rng.normal()])

    def _signs(self):
        for signs in itertools.islice(itertools.product((1, -1), repeat=len(self.inputs)), 16):
            yield self._point(lambda k: signs[k]*np.exp(self.rng.normal()))

    def _random(self):
        kind = self.rng.integers(4)
        draw = (lambda k: self.rng.uniform(0, 1), lambda k: 2*self.rng.normal(), lambda k: np.exp(self.rng.normal()),
                lambda k: self.rng.choice([1, -1])*10.0**self.rng.uniform(-4, 4))[kind]
        return self._point(draw)

    def _at_edges(self):
        """Points on, and on both sides of, where a branch is taken or a domain ends along one input."""
        names = list(self.inputs)
        for edge in _edges(self.nodes)[:MOST_EDGES]:
            for name in names[:4]:
                base = self._point(lambda k: self._moderate())
                for root in _roots(edge, name, base)[:3]:
                    for away in (0, 1e-9, -1e-9, 0.01, -0.01, 1, -1):
                        value = np.float64(root + away*max(1, abs(root)) if abs(away) < 1 else root + away)
                        if _allowed(self.symbols[name], value):
                            yield {**base, name: self._kept(name, value)}

    # -- arrays --------------------------------------------------------------------------------------------------------

    def _arrays(self, k):
        lengths, values = self.bindings[k % len(self.bindings)], {}
        for name, node in self.inputs.items():
            shape = tuple([bind(n, lengths) for n in node.sizes])
            style = STYLES[k] if k < len(STYLES) else STYLES[self.rng.integers(len(STYLES))]
            value = self._entries(style, shape)
            if not shape and not _allowed(self.symbols[name], float(value)):
                value = self._fitting(name)
            values[name] = self._kept(name, value)
        return values, lengths

    def _entries(self, style, shape):
        """Entries in one of STYLES; a style of matrices gives others normal numbers."""
        rng = self.rng
        square = len(shape) >= 2 and shape[-1] == shape[-2]
        if style in ("definite", "symmetric", "dominant") and square:
            a, n = rng.normal(size=shape), shape[-1]
            flipped = np.swapaxes(a, -1, -2)
            one = np.eye(n)
            return {"definite": a @ flipped/n + one, "symmetric": a + flipped, "dominant": a + 2*n*one}[style]
        draw = {"count": lambda: rng.integers(1, 6, shape), "small": lambda: rng.integers(-3, 4, shape),
                "unit": lambda: rng.uniform(0.05, 0.95, shape), "positive": lambda: np.exp(rng.normal(size=shape)),
                "negative": lambda: -np.exp(rng.normal(size=shape)), "binary": lambda: rng.integers(0, 2, shape),
                "wide": lambda: rng.choice([1, -1], shape)*10.0**rng.uniform(-3, 2, shape),
                "special": lambda: rng.choice(self.special, shape)}
        return np.asarray(draw.get(style, lambda: rng.normal(size=shape))(), dtype=np.float64)


STYLES = ("small", "normal", "count", "definite", "unit", "dominant", "negative", "positive", "wide", "special",
          "symmetric", "binary")


def _distinct(points):
    seen, out = set(), []
    for values in points:
        key = tuple([float(v) for v in values.values()])
        if key not in seen:
            seen.add(key)
            out.append(values)
    return out


def _constants(nodes):
    """The numbers that stand in the formulas, and their negatives; a few."""
    found = {}
    for node in order(nodes):
        if node.op is CONSTANT and np.isfinite(number(node)) and abs(number(node)) <= 1e12:
            found.setdefault(number(node), None)
            found.setdefault(-number(node), None)
    return [c for c in found if c not in SPECIAL][:2*MOST_CONSTANTS]


def _whole(nodes):
    """{name: how many}: inputs that are positions along an axis, or orders of functions."""
    found = {}
    for node in order(nodes):
        if node.op.name in ("take", "scatter_add"):
            axis = node.attributes[0]
            length = node.inputs[0].sizes[axis] if node.op.name == "take" else node.attributes[1]
            _note(found, node.inputs[1], length if type(length) is int else 2)
        elif type(node.op) is Elementwise and node.op.whole and node.op.name != "select":
            for k in node.op.whole:
                _note(found, node.inputs[k], 4)
    return found


def _note(found, node, length):
    while is_movement(node) and node.inputs:
        node = node.inputs[0]
    if node.op is INPUT:
        found[node.attributes[0]] = min(length, found.get(node.attributes[0], length))


# -- where branches are taken and domains end --------------------------------------------------------------------------

def _edges(nodes):
    """[(a, b), …]: nodes of scalars at whose equality something happens; b may be None, for 0."""
    found = {}
    for node in order(nodes):
        if node.sizes:
            continue
        name = node.op.name
        if name in ("lt", "le", "gt", "ge", "eq", "ne", "maximum", "minimum", "maximum_const", "minimum_const"):
            found.setdefault(node.inputs, None)
        elif name in ENDS:
            found.setdefault((node.inputs[name == "xlogy"], None), None)
    return [pair for pair in found if any(n.op is INPUT for n in order([n for n in pair if n is not None]))]


ENDS = frozenset("abs relu leaky_relu sign step log sqrt pow xlogy cbrt acosh asin acos atanh log1p select".split())
GRID = np.concatenate([-np.logspace(12, -6, 120), [0.0], np.logspace(-6, 12, 120)])


def _roots(edge, name, base):
    """Values of one input at which the edge's two sides are equal, by narrowing grids; [] where it has none."""
    grids = [GRID]
    for depth in range(9):
        refined = []
        for grid in grids:
            gap = _gap(edge, {**{n: np.full(grid.shape, float(v)) for n, v in base.items()}, name: grid})
            if gap is None:
                return []
            change = np.nonzero(np.sign(gap[:-1])*np.sign(gap[1:]) <= 0)[0]
            refined += [np.linspace(grid[k], grid[k + 1], 64) for k in change[:4 if depth == 0 else 1]]
        grids = refined
    return [float(f"{grid[32]:.12g}") for grid in grids]


def _gap(edge, values):
    """a - b over many values at once; None where the graph is not all entry by entry."""
    a, b = edge
    found = {}
    with np.errstate(all="ignore"):
        for node in order([n for n in edge if n is not None]):
            if node.op is INPUT and not node.sizes:
                found[node] = values[node.attributes[0]]
            elif node.op is CONSTANT and not node.sizes:
                found[node] = np.full(next(iter(values.values())).shape, number(node))
            elif type(node.op) is Elementwise:
                found[node] = np.asarray(node.op.numpy(*[found[i] for i in node.inputs]))
            else:
                return None
        gap = found[a] - (found[b] if b is not None else 0)
    return None if np.ptp(np.nan_to_num(gap)) == 0 else gap
