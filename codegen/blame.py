"""A compiled function and a point where a result is no finite number go in; what went bad first comes out.

The stable graph, which is what was compiled, is evaluated node by node with NumPy.  From the result the trace follows
the operands that are bad themselves, entry by entry where the operation works so, and into the steps of loops, until
none is: what stands there went bad first.
"""
from dataclasses import dataclass

import numpy as np
import sympy as sp

from symdiff import passes
from symdiff.derivation.steps import steps
from symdiff.evaluate import bind_sizes, evaluate
from symdiff.graph import order, rebuild, same
from symdiff.language import Array
from symdiff.lengths import bind
from symdiff.primitives.leaf import INPUT
from symdiff.primitives.record import Elementwise
from symdiff.primitives.scan import SCAN
from symdiff.write import write

LONGEST, SHORT = 120, 40        # characters of a formula at most, and of one with earlier steps put in
DERIVATIVES = {"grad": "the derivative by {}", "jac": "the derivative by {}", "hess": "a second derivative"}


@dataclass(frozen=True)
class Fault:
    """What went bad first.

    what      "log of a negative number"
    name      the intermediate: "ξ₇", or the user's name
    formula   what it is, as text
    row       the number of the row of the data, None where it is of no single row
    do        how it is kept from happening
    line      all but the last, in one line

    >>> print(Fault("log of a negative number", "ξ₇", "log(1 - p)", 131, "keep its argument above 0"))
    log of a negative number in ξ₇ = log(1 - p), row 131
      do:    keep its argument above 0.
    """
    what: str
    name: str
    formula: str
    row: int | None
    do: str

    @property
    def line(self):
        """What, where and in which row, in one line."""
        formula = self.formula if len(self.formula) <= LONGEST else self.formula[:LONGEST] + "…"
        place = f"{self.name} = {formula}" if formula else self.name
        return f"{self.what} in {place}" + (f", row {self.row}" if self.row is not None else "")

    def __str__(self):
        return f"{self.line}\n  do:    {self.do}."


def blame(f, values):
    """The Fault of a Compiled function at {key: value}; None where its value and its first derivatives are finite.

    Second derivatives are looked at where they were asked for before.  Rows are those of the first axis of what is not
    differentiated by, or of every array where there is none.
    """
    asked = [kind for kind in ("value", "grad" if f.of_a_scalar else "jac", "hess") if kind == "value" or f.wrt]
    kinds = [kind for kind in asked if kind != "hess" or kind in f.asked]
    first = {key: node.sizes[0] for node, key in zip(f.nodes, f.inputs) if node.sizes}
    leading = {length for key, length in first.items() if key not in f.wrt} or {*first.values()}
    for kind in kinds:
        results = f.executable(kind)(tuple([values[key] for key in f.inputs]))
        if not all(np.isfinite(r).all() for r in results):
            return first_bad(f, values, kind, leading) or _of_the_machine(f, kind, results)
    return None


def _of_the_machine(f, kind, results):
    """The Fault of a result that is finite when it is computed by NumPy in float64."""
    bad = next(r for r in results if not np.isfinite(r).all())
    do = 'compile it with dtype="float64"' if f.dtype == "float32" else "print f.check(...) at this point"
    name = "the value" if kind == "value" else DERIVATIVES[kind].format(", ".join(map(str, f.wrt)))
    return Fault(f"{_kind(np.asarray(bad), ~np.isfinite(bad))} of the {f.dtype} machine code alone", name, "", None, do)


def first_bad(f, values, kind, leading, number=int):
    """The Fault of one kind of result ("value", "grad", "jac", "hess"); None where NumPy's numbers are finite.

    values    {key: value}
    leading   the sizes of a first axis that is one of rows
    number    from the place of a row in the values to the number that is reported
    """
    point = _Point(f, values, leading, number)
    if kind == "value":
        return next(filter(None, map(point.of_a_value, range(len(f.problem.stable)))), None)
    return point.of_a_derivative(kind)


class _Point:
    """Values of inputs, and the lengths that they tell."""

    def __init__(self, f, values, leading, number):
        self.f, self.leading, self.number = f, leading, number
        self.reading, self.problem = f.reading, f.problem
        self.values = {node.attributes[0]: np.asarray(values[key], dtype=float) for node, key in zip(f.nodes, f.inputs)}
        self.known = bind_sizes({node.attributes[0]: (node.sizes, np.shape(self.values[node.attributes[0]]))
                                 for node in f.nodes})
        self.largest = float(np.finfo(f.dtype).max)

    def of_a_value(self, place):
        """The Fault of an output, in the steps of its printed derivation."""
        output = self.problem.stable[place]
        taken = [node.attributes[0] for node in self.reading.inputs.values()]
        result = "loss" if self.reading.structure == "model" else None
        named = self._named(output)
        found = steps(output, self.problem.wrt, named, taken, result)
        symbols = {**self.reading.symbols, **{s.leaf: Array(s.name, *s.node.sizes) for s in found}}
        of_leaf = {s.leaf: s for s in found}
        if not found:
            return self._of_a_leaf(output)
        values, inside = dict(self.values), {}
        for s in found:
            inside[s] = self._evaluated(s.local, values, self.known)
            values[s.leaf.attributes[0]] = inside[s][s.local]
        at = found[-1]
        if not self._bad(inside[at][at.local]).any():
            return None
        node, mask = self._traced(at.local, inside[at])
        while node in of_leaf:
            at = of_leaf[node]
            node, mask = self._traced(at.local, inside[at], mask)
        return self._told(node, inside[at], mask, at.name, self._formula(at, symbols, of_leaf, named))

    def _of_a_leaf(self, output):
        found = self._evaluated(output, self.values, self.known)
        bad = self._bad(found[output])
        return self._told(output, found, bad, "the value", "") if bad.any() else None

    def of_a_derivative(self, kind):
        """The Fault of a derivative whose value is finite."""
        keys = list(self.f.wrt)*(len(self.problem.outputs) if kind == "jac" else 1)
        slopes = self.problem.graph(kind)
        for slope, key in zip(slopes, keys if kind != "hess" else [""]*len(slopes)):
            found = self._evaluated(slope, self.values, self.known)
            if self._bad(found[slope]).any():
                node, mask = self._traced(slope, found)
                name = f"{DERIVATIVES[kind].format(key)}, where a part"
                return self._told(node, found, mask, name, str(write(node, self.reading.symbols)))
        return None

    def _told(self, node, found, mask, name, formula):
        """The Fault at a node with its bad entries; of a loop, the one in its step."""
        if node.op is INPUT:
            return Fault(_kind(found[node], mask), node.attributes[0], "", self._row(node, mask),
                         "leave out what is missing, or put a number in its place")
        if node.op is SCAN:
            inner = self._in_the_loop(node, found)
            if inner is not None:
                return inner
        what, do = _words(node, found, mask)
        return Fault(what, name, formula, self._row(node, mask), do)

    def _in_the_loop(self, node, found):
        """The Fault in the first step of a loop that gives no finite number, its number as the row."""
        body, length, reverse = node.attributes
        length, c, m = int(bind(length, self.known)), len(body.carry), len(body.xs)
        given = [found[i] for i in node.inputs]
        state, xs, free = given[:c], given[c:c + m], given[c + m:]
        names = [p.attributes[0] for p in body.parameters]
        nodes = order(body.outputs)
        for t in reversed(range(length)) if reverse else range(length):
            values = dict(zip(names, [*state, *[x[t] for x in xs], *free]))
            inside = dict(zip(nodes, evaluate(nodes, values, self.known)))
            for output in body.outputs:
                if self._bad(inside[output]).any():
                    at, mask = self._traced(output, inside)
                    told = self._told(at, inside, mask, "a step of the loop", "" if at.op is INPUT else str(write(at)))
                    return Fault(told.what, told.name, told.formula, t, told.do)
            state = [inside[o] for o in body.outputs[:c]]
        return None

    def _formula(self, step, symbols, of_leaf, named):
        """The definition of a step, with those of unnamed earlier steps put in as long as it stays short."""
        wide = {}
        for leaf, s in of_leaf.items():
            if s.node not in named:
                wide[leaf] = rebuild((s.local,), lambda node, inputs: wide.get(node) or same(node, inputs))[0]
        whole = rebuild((step.local,), lambda node, inputs: wide.get(node) or same(node, inputs))[0]
        text = str(write(whole, symbols))
        return text if len(text) <= SHORT else str(write(step.local, symbols))

    def _named(self, output):
        """{node of the stable graph: the user's name}."""
        named = self.reading.named
        kept = dict(zip(passes.run((output, *named))[0][1:], named.values()))
        return {node: name for node, name in kept.items() if node.inputs}

    def _evaluated(self, root, values, known):
        nodes = order([root])
        return dict(zip(nodes, evaluate(nodes, values, known)))

    def _row(self, node, mask):
        """The row of the first bad entry, where the first axis is that of the rows."""
        if not node.sizes or node.sizes[0] not in self.leading or not mask.any():
            return None
        return self.number(int(np.argwhere(mask)[0][0]))

    def _bad(self, value):
        """Where it is no number of the dtype."""
        return ~(np.abs(value) <= self.largest)

    def _traced(self, root, found, mask=None):
        """(node, its bad entries): from the root down to the node none of whose operands is bad."""
        node = root
        bad = self._bad(found[node])
        mask = bad if mask is None or mask.shape != bad.shape else mask & bad
        while True:
            below = self._below(node, found, mask)
            if below is None:
                return node, mask
            node, mask = below

    def _below(self, node, found, mask):
        """The operand to blame, with its bad entries: one that is nan before one that is infinite."""
        made = []
        for k, i in enumerate(node.inputs):
            bad = self._bad(found[i])
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
    """(what happened at a node, what to do), in words."""
    op, args = node.op, [found[i] for i in node.inputs]
    at = [a[mask][0] if a.shape == mask.shape else a for a in args]
    limits = getattr(op, "limits", ())
    if isinstance(op, Elementwise) and all(np.ndim(a) == 0 for a in at):
        exact = dict(zip(op.args, map(_exact, at)))
        limits = [limit for limit in limits if limit.where.xreplace(exact) is sp.true]
    if limits:
        return limits[0].what, limits[0].do
    value = found[node][mask][0] if mask.any() else np.nan
    if np.isnan(value):
        return f"{_kind(found[node], mask)} of {op.name}", "look at its operands at this point"
    return f"overflow of {_PLAIN.get(op.name, op.name)}", "scale the data, or work with logarithms (logsumexp, …)"


def _exact(x):
    """The number as SymPy compares it with exact ones."""
    return sp.Rational(x) if np.isfinite(x) else sp.Float(x)


_PLAIN = {"mul": "a product", "add": "a sum", "sub": "a difference", "div": "a quotient", "contract": "a sum",
          "pow": "a power", "exp": "exp"}
