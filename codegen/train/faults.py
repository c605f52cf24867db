"""A task and a point where its loss or gradient is no number go in; the first intermediate that went bad comes out.

The stable graph, which is what was compiled, is evaluated node by node with NumPy.  From the loss the trace follows the
operands that are bad themselves, entry by entry where the operation works so, until none is: what stands there went bad
first.
"""
from dataclasses import dataclass

import numpy as np

from symdiff import passes
from symdiff.derivation.steps import steps
from symdiff.evaluate import bind_sizes, evaluate
from symdiff.graph import order, rebuild, same
from symdiff.language import Array
from symdiff.primitives.leaf import INPUT
from symdiff.primitives.record import Elementwise
from symdiff.write import write

LONGEST, SHORT = 120, 40        # characters of a formula at most, and of one with earlier steps put in


@dataclass(frozen=True)
class Fault:
    """What went bad first.

    what      "log of a negative number"
    name      the intermediate: "ξ₇", or the user's name
    formula   what it is, as text
    row       the number of the row of the data, None where it is of no single row

    >>> str(Fault("log of a negative number", "ξ₇", "log(1 - p)", 131))
    'log of a negative number in ξ₇ = log(1 - p), row 131'
    """
    what: str
    name: str
    formula: str
    row: int | None

    def __str__(self):
        formula = self.formula if len(self.formula) <= LONGEST else self.formula[:LONGEST] + "…"
        place = f"{self.name} = {formula}" if formula else self.name
        return f"{self.what} in {place}" + (f", row {self.row}" if self.row is not None else "")


def fault(task, x, rows, masks=None):
    """The Fault at the parameters x, some rows of the data and masks that were drawn; None where float64 gives finite
    numbers only."""
    f, parameters = task.compiled, task.flat.unpack(x)
    data = {**task.values(rows if task.rows else None), **(masks or {})}
    values = {node.attributes[0]: parameters[key] if key in parameters else data[key]
              for node, key in zip(f.nodes, f.inputs)}
    known = bind_sizes({node.attributes[0]: (node.sizes, np.shape(values[node.attributes[0]])) for node in f.nodes})
    point = _Point(task, values, known, rows)
    return point.of_the_loss() or point.of_the_gradient()


class _Point:
    """Values of inputs, and the lengths that they tell."""

    def __init__(self, task, values, known, rows):
        self.task, self.values, self.known, self.rows = task, values, known, rows
        self.reading = task.compiled._reading
        self.output, = task.compiled.problem.stable

    def of_the_loss(self):
        """The Fault of the loss, in the steps of its printed derivation."""
        found = self._steps()
        symbols = {**self.reading.symbols, **{s.leaf: Array(s.name, *s.node.sizes) for s in found}}
        of_leaf = {s.leaf: s for s in found}
        values, inside = dict(self.values), {}
        for s in found:
            inside[s] = self._evaluated(s.local, values)
            values[s.leaf.attributes[0]] = inside[s][s.local]
        if not found or not _bad(inside[found[-1]][found[-1].local]).any():
            return None
        at = found[-1]
        node, mask = _traced(at.local, inside[at])
        while node in of_leaf:
            at = of_leaf[node]
            node, mask = _traced(at.local, inside[at], mask)
        if node.op is INPUT:
            return Fault(_kind(inside[at][node], mask), node.attributes[0], "", self._row(node, mask))
        formula = self._formula(at, symbols, of_leaf)
        return Fault(_words(node, inside[at], mask), at.name, formula, self._row(node, mask))

    def _formula(self, step, symbols, of_leaf):
        """The definition of a step, with those of unnamed earlier steps put in as long as it stays short."""
        named, wide = set(self._named().values()), {}
        for leaf, s in of_leaf.items():
            if s.name not in named:
                wide[leaf] = rebuild((s.local,), lambda node, inputs: wide.get(node) or same(node, inputs))[0]
        whole = rebuild((step.local,), lambda node, inputs: wide.get(node) or same(node, inputs))[0]
        text = str(write(whole, symbols))
        return text if len(text) <= SHORT else str(write(step.local, symbols))

    def of_the_gradient(self):
        """The Fault of a gradient whose loss is finite."""
        slopes = self.task.compiled.problem.graph("grad")
        for key, slope in zip(self.task.compiled.wrt, slopes):
            found = self._evaluated(slope, self.values)
            if _bad(found[slope]).any():
                node, mask = _traced(slope, found)
                formula = str(write(node, self.reading.symbols))
                return Fault(_words(node, found, mask), f"the derivative by {key}, where a part", formula,
                             self._row(node, mask))
        return None

    def _named(self):
        """{node of the stable graph: the user's name}."""
        named = {node: names[0] for node, names in self.reading.names.items() if node.inputs}
        kept = dict(zip(passes.run((self.output, *named))[0][1:], named.values()))
        return {node: name for node, name in kept.items() if node.inputs}

    def _steps(self):
        taken = [node.attributes[0] for node in self.reading.inputs.values()]
        return steps(self.output, self.task.compiled.problem.wrt, self._named(), taken, "loss")

    def _evaluated(self, root, values):
        nodes = order([root])
        return dict(zip(nodes, evaluate(nodes, values, self.known)))

    def _row(self, node, mask):
        """The row of the first bad entry, where the first axis is that of the rows."""
        if not node.sizes or node.sizes[0] != self.task.length or not mask.any():
            return None
        place = int(np.argwhere(mask)[0][0])
        place = place if self.rows is None else int(self.rows[place])
        return place if self.task.numbers is None else int(self.task.numbers[place])


def _bad(value):
    return ~np.isfinite(value)


def _traced(root, found, mask=None):
    """(node, its bad entries): from the root down to the node none of whose operands is bad."""
    node = root
    mask = _bad(found[node]) if mask is None or mask.shape != found[node].shape else mask & _bad(found[node])
    while True:
        below = _below(node, found, mask)
        if below is None:
            return node, mask
        node, mask = below


def _below(node, found, mask):
    """The operand to blame, with its bad entries: one that is nan before one that is infinite."""
    made = []
    for k, i in enumerate(node.inputs):
        bad = _bad(found[i])
        if isinstance(node.op, Elementwise) and bad.shape == mask.shape:
            bad = bad & mask & _chosen(node, found, k)
        if bad.any():
            made.append((not np.isnan(found[i][bad]).any(), k, i, bad))
    if not made:
        return None
    _, _, i, bad = min(made, key=lambda one: one[:2])
    return i, bad


def _chosen(node, found, k):
    """Where operand k decides the value: in a choice only where its branch is taken."""
    if node.op.name != "select" or k == 0:
        return True
    condition = found[node.inputs[0]] != 0
    return condition if k == 1 else ~condition


def _kind(value, mask):
    return "nan" if np.isnan(value[mask]).any() else "infinity"


def _words(node, found, mask):
    """What happened at a node, in words."""
    name, args = node.op.name, [found[i] for i in node.inputs]
    at = [a[mask][0] if a.shape == mask.shape else a for a in args]
    if isinstance(node.op, Elementwise) and all(np.ndim(a) == 0 for a in at):
        for test, words in _HAPPENED.get(name, ()):
            if test(*at):
                return words
    value = found[node][mask][0] if mask.any() else np.nan
    return f"{_kind(found[node], mask)} of {name}" if np.isnan(value) else f"overflow of {_PLAIN.get(name, name)}"


_PLAIN = {"mul": "a product", "add": "a sum", "sub": "a difference", "div": "a quotient", "contract": "a sum",
          "pow": "a power", "exp": "exp"}
_OF_A_LOG = [(lambda x: x < 0, "{} of a negative number"), (lambda x: x == 0, "{} of zero")]
_HAPPENED = {
    **{name: [(test, words.format(name)) for test, words in _OF_A_LOG] for name in ("log", "log2", "log10")},
    "log1p": [(lambda x: x < -1, "log of a negative number"), (lambda x: x == -1, "log of zero")],
    "sqrt": [(lambda x: x < 0, "square root of a negative number")],
    "div": [(lambda x, y: y == 0, "division by zero")],
    "pow": [(lambda x, y: x < 0, "negative number to a power that is not whole"),
            (lambda x, y: x == 0 and y < 0, "zero to a negative power")],
    **{name: [(lambda x: abs(x) > 1, f"{name} of a number beyond 1")] for name in ("asin", "acos", "atanh")},
    "acosh": [(lambda x: x < 1, "acosh of a number below 1")],
    "lgamma": [(lambda x: x <= 0 and x == int(x), "loggamma at a pole")],
    "gamma": [(lambda x: x <= 0 and x == int(x), "gamma at a pole")],
}
