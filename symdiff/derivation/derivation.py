"""An expression or a model, what it is differentiated by and a point go in; a Derivation comes out."""
from functools import cached_property

import sympy as sp

from .. import closed
from ..document.blocks import Document, Figure, Heading
from ..document.html import html
from ..document.shown import Shown
from ..errors import ArgumentError, NameClash, NoDerivative
from ..formulas import parse
from ..lengths import text
from ..model import Model
from ..passes import run
from ..read import as_arrays, read_all
from ..validity import validity
from ..write import write
from . import numbers, page
from .forms import LONGEST, length
from .graphs import Graphs
from .source import Module
from .steps import steps as steps_of
from .table import table

MODES, STEPS = ("reverse", "forward"), ("textbook", "compiled")


def derivation(expr, wrt=None, at=None, mode="reverse", steps="textbook", exact=False, digits=8, name=None):
    """The derivation of a formula: every intermediate, every local partial derivative, what is accumulated, and numbers.

    expr    an expression of any SymPy dialect, text, or a Model, whose names are kept
    wrt     what to differentiate by: a symbol or name, or a list; a Model's parameters, or else every input, if left out
    at      the point, {name or symbol: number or array}, for numbers
    mode    "reverse": ∂L/∂ξ from the last row up; "forward": dξ/dw from the first row down
    steps   "textbook": the formula as typed, one elementary operation a row; "compiled": the stable graph that is
            compiled, with what was rewritten
    exact   numbers stay symbolic (exp(-9)), for formulas of scalars
    digits  significant digits of printed numbers
    name    of the result, where it has none ("L"; "loss" for a Model)

    An expression of plain SymPy symbols reads as SymPy holds it; text and arrays read as typed.
    Raises NoDerivative where the formula is no scalar in reverse mode; ArgumentError for wrong names, values, options;
    NameClash where `name` stands for something else in the formula.

    >>> d = derivation("log(1 + exp(w*x))", "w", at={"x": 2, "w": 0})
    >>> [str(row.name) for row in d.rows]
    ['ξ₁', 'ξ₂', 'ξ₃', 'L']
    >>> d.gradient["w"], d.value
    (1.0, 0.6931471805599453)
    """
    _known("mode", mode, MODES)
    _known("steps", steps, STEPS)
    if type(digits) is not int or not 1 <= digits <= 30:
        raise ArgumentError(f"digits is {digits!r}.", do="give a whole number from 1 to 30.")
    if name is not None and (not isinstance(name, str) or not name.strip()):
        raise ArgumentError(f"the name is {str(name)[:60]!r}.", do='give the result a name: name="L".')
    expr = parse(expr) if isinstance(expr, str) else expr
    return Derivation(expr, _asked(expr, wrt), at, mode, steps, exact, digits, name)


def _known(what, given, known):
    if given not in known:
        raise ArgumentError(f"{given!r} is no {what} of a derivation.", known=", ".join(known))


def _asked(expr, wrt):
    if wrt is None:
        return list(getattr(expr, "parameters", ())) or None
    return list(wrt) if isinstance(wrt, (list, tuple, sp.Tuple)) else [wrt]


class Derivation(Shown):
    """A derivation; print it, or ask for `text`, `markdown`, `latex`, `html`.

    rows      tuple of Row, in order; the last one is the formula
    inputs    tuple of Input
    wrt       the symbols that it is differentiated by
    rewrites  ((before, after, reason), …): what was rewritten before (steps="compiled")
    by        how the numbers were computed, or None
    validity  where the derivative does not hold, and what is returned there (a symdiff.validity.Validity)
    """

    def __init__(self, expr, wrt, at, mode, steps, exact, digits, name):
        self.expression, self.mode, self.steps, self.digits, self.exact = expr, mode, steps, digits, exact
        self._recipe = expr, wrt, at, mode, steps, exact, digits, name
        reading = read_all(expr)
        if len(reading.outputs) != 1:
            raise ArgumentError(f"{len(reading.outputs)} expressions were given, and one is derived at a time.",
                                do="give one of them.")
        nodes = list(dict.fromkeys(reading.inputs.values())) if wrt is None else [reading.node(w) for w in wrt]
        if len(set(nodes)) < len(nodes):
            raise ArgumentError("an input stands twice in wrt.", do="name it once.")
        if not nodes:
            raise ArgumentError("the formula has no inputs to differentiate by.", where=str(expr)[:120],
                                do="give a formula with a name in it.")
        output, named, self.rewrites = _graph(reading, steps)
        reverse = mode == "reverse"
        if reverse and output.sizes:
            raise NoDerivative(f"reverse mode accumulates the derivatives of a scalar, and this has the sizes "
                               f"{text(output.sizes)}.", do='sum it or average it first, or ask for mode="forward".')
        if name is None and isinstance(expr, Model) and expr.loss is not None:
            name = "loss"
        taken = [node.attributes[0] for node in reading.inputs.values()]
        if name in taken or name in named.values() and name != named.get(output):
            raise NameClash(f"{name!r} is already a name in the formula.", do="give the result another name.")
        found = steps_of(output, nodes, named, taken, name)
        graphs = Graphs(found, nodes, named, reverse)
        self.wrt = tuple([reading.symbols[node] for node in nodes])
        self.at, self.by = None, None
        cells = {}
        if at is not None:
            self.at = numbers.point(at, reading)
            made = numbers.cells(found, graphs, output, nodes, self.at, reverse)
            if exact:
                cells, self.by = numbers.exact(made, self.at), numbers.EXACTLY
            else:
                cells, self.by = numbers.computed(made, self.at, steps == "compiled")
        typed = None if steps == "textbook" else (reading.outputs, reading.symbols | as_arrays(reading.named))
        self.validity = validity((output,), nodes, reading.symbols | _names(found, named), typed)
        self.rows, self.inputs = table(found, graphs, nodes, reading, lambda kind, key: cells.get((kind, key)))

    def __reduce__(self):
        return Derivation, self._recipe

    @property
    def result(self):
        """The symbol of the formula: L, or the user's own name."""
        return self.rows[-1].name

    @property
    def value(self):
        """The number of the formula at the point; None without one."""
        return self.rows[-1].value

    @property
    def gradient(self):
        """{name: the number of the derivative at the point} for each of wrt; None without a point."""
        if self.at is None:
            return None
        if self.mode == "forward":
            return {str(w): t for w, t in zip(self.wrt, self.rows[-1].tangents)}
        found = {i.name: i.adjoint for i in self.inputs}
        return {str(w): found[w] for w in self.wrt}

    @cached_property
    def closed(self):
        """{symbol: the closed form of the derivative} for each of wrt."""
        rule = closed.gradient if not self.rows[-1].name.sizes else closed.jacobian
        return dict(zip(self.wrt, rule(self.expression, list(self.wrt))))

    @cached_property
    def _module(self):
        return Module(self)

    def source(self):
        """A small module of Python, as text: a function for each step, one for each partial derivative, and, of a scalar, one
        that puts them together by the chain rule.

        >>> print(derivation("2*w", "w").source())
        \"\"\"L, step by step: its value, every partial derivative, and the chain rule.\"\"\"
        import numpy as np
        <BLANKLINE>
        <BLANKLINE>
        def L(w):
            # L = 2*w
            return 2*w
        <BLANKLINE>
        <BLANKLINE>
        def dL_dw():
            # ∂L/∂w = 2
            return 2
        <BLANKLINE>
        <BLANKLINE>
        def value_and_gradient(w):
            \"\"\"The value, and its derivatives by w.\"\"\"
            w = np.asarray(w, dtype=float)
            L_value = L(w)
            L_bar = 1.0
            w_bar = L_bar*dL_dw()
            return L_value, {'w': w_bar}
        <BLANKLINE>
        """
        return self._module.text

    def functions(self):
        """{name of a step: Functions}: for each step a function of its value, and one for each partial derivative.

        >>> one = derivation("exp(w*x)", "w").functions()["ξ₁"]
        >>> float(one.value(2, 3)), float(one.partials["w"](3))
        (6.0, 3.0)
        """
        return self._module.functions

    drawn = None                                                # symdiff.picture tells how a derivation is drawn

    @cached_property
    def _document(self):
        return page.document(self)

    def document(self):
        """What is printed, as blocks."""
        return self._document

    def html(self, whole=True):
        """As HTML with the picture of the graph: one file that needs no other, or a fragment to put into a page."""
        printed = self.document()
        if self.drawn is not None:
            picture = self.drawn()
            printed = Document(printed.title, (*printed.blocks, Heading("Graph"), Figure(picture.svg, picture.words)))
        return html(printed, whole)


def _names(steps, named):
    """{node: a symbol}: the user's names, and those of the steps that would be long to write out."""
    known, long = {}, {}
    for step in steps:
        if length(step.node, known) > LONGEST:
            long[step.node] = step.name
    return as_arrays(long | named)


def _graph(reading, steps):
    """(the output's node, {node: the user's name}, rewrites): as read, or as compiled."""
    output, = reading.outputs
    named = reading.named
    if steps == "textbook":
        return output, named, ()
    (stable,), rewrites = run((output,))
    with_names = run((output, *named))[0]
    kept = dict(zip(with_names[1:], named.values()))
    return stable, {node: name for node, name in kept.items() if node.inputs}, _written(rewrites, reading, named)


def _written(rewrites, reading, named):
    """((before, after, reason), …), in the user's names."""
    symbols = reading.symbols | as_arrays(named)
    sides = [side for rewrite in rewrites for side in (rewrite.node, rewrite.result)]
    inside = [symbols if side not in named else {k: v for k, v in symbols.items() if k is not side} for side in sides]
    forms = [write(side, names) for side, names in zip(sides, inside)]
    return tuple([(forms[2*k], forms[2*k + 1], rewrite.reason) for k, rewrite in enumerate(rewrites)])
