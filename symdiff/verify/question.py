"""A claimed derivative, a formula and a variable in any form a user has them go in; nodes of one graph come out.

Names in a claim are those of the formula's inputs, of a model's equations, and of the intermediates of its derivation
(ξ₁, or xi1).  A claim may be

    one expression, text or number      the derivative
    a list of them                      the factors of a chain: their product is the derivative
    a list of pairs (name, partial)     partial derivatives of intermediates: ("ξ₄", "-1/ξ₃**2"), ("ξ₄/ξ₃", "-1/ξ₃**2")
"""
import re
from dataclasses import dataclass

import sympy as sp

from .. import derive
from ..derivation.derivation import Derivation
from ..derivation.steps import steps
from ..errors import ArgumentError, SizeMismatch
from ..formulas import parse
from ..graph import Node, order, rebuild, same
from ..language import Array
from ..lengths import symbols as size_symbols
from ..lengths import text
from ..model import Model
from ..primitives.build import elementwise, times
from ..primitives.leaf import CONSTANT, INPUT, constant, input as input_node
from ..read import read_all

EXACTLY = 11                    # digits of a typed decimal up to which it means what it says: 0.1 is 1/10
GREEK = {"ξ": "xi", "ζ": "zeta", "η": "eta"}
PLAIN = str.maketrans({**{k: str(d) for d, k in enumerate("₀₁₂₃₄₅₆₇₈₉")}, "_": "", "∂": "", **GREEK})


@dataclass(frozen=True, eq=False)
class Question:
    """Is `claim` the derivative of `formula` in `wrt`?

    formula, wrt, claim   nodes; wrt is an input, or a part of the formula
    factors               nodes whose product the claim is, where it was given as a list; else ()
    truth                 the derivative, as the chain rule gives it
    free                  wrt is an input, and truth the derivative in it: slopes of the formula can be asked
    symbols               {node: what stands for it in print}
    steps                 {node: the name of the intermediate that it is}
    result                what the formula is called in print, or None
    given                 formula and claim as expressions, as they were given; None where that is not known
    origin                wrt in the inputs that it is made of, where it is a part of the formula; else None
    """
    formula: Node
    wrt: Node
    claim: Node
    factors: tuple
    truth: Node
    free: bool
    symbols: dict
    steps: dict
    result: object = None
    given: tuple = (None, None)
    origin: Node | None = None


class Setting:
    """A formula and a variable, read: what claims about it may name.

    formula, wrt    nodes
    known           {name: node} of inputs, equations and intermediates
    steps           {name: node} of the intermediates of its printed derivation
    typed           the claims read so far, as expressions
    symbols         {node: what stands for it in print}
    """

    def __init__(self, expr, wrt, claims):
        expr = expr.expression if isinstance(expr, Derivation) else expr
        if isinstance(wrt, (list, tuple, dict, sp.Tuple)):
            raise ArgumentError("a derivative is judged in one variable at a time.", where=str(wrt)[:200],
                                do="give one of them, and ask again for the others.")
        if isinstance(expr, str):
            expr = parse(expr, **_arrays([*claims, wrt]))
        reading = read_all(expr)
        if len(reading.outputs) != 1:
            raise ArgumentError(f"{len(reading.outputs)} expressions were given, and one is differentiated at a time.",
                                do="give one of them.")
        self.formula, = as_typed(reading.outputs)
        self.given = expr if isinstance(expr, sp.Expr) else getattr(expr, "loss", None)
        self.result = Array("loss") if isinstance(expr, Model) and expr.loss is not None else None
        self.symbols = dict(reading.symbols)
        self.inputs = {node.attributes[0]: node for node in reading.inputs.values()}
        named = dict(zip(as_typed(tuple(reading.names)), reading.names.values()))
        self.equations = {name: node for node, names in named.items() for name in names}
        for name, node in self.equations.items():
            if node.inputs:
                self.symbols.setdefault(node, Array(name, *node.sizes))
        self.typed = []                         # the claims as expressions, in the order in which they were read
        self.known = {**self.equations, **self.inputs}
        self.wrt = self._variable(wrt)
        self.typed.clear()
        self.steps = self._steps()
        self.known = {**self.steps, **self.known}

    def _variable(self, wrt):
        """The node of what is differentiated by: an input, an equation, or a part of the formula."""
        if isinstance(wrt, str):
            found = self.node(wrt)
            if found is None:
                raise ArgumentError(f"the formula has no {wrt}.", known=", ".join([*self.inputs, *self.equations][:20]),
                                    do="differentiate by one of these.")
        elif isinstance(wrt, sp.Basic):
            found = self.claim(wrt)
        else:
            raise ArgumentError(f"{wrt!r} is nothing to differentiate by.", do="give a symbol, or its name.")
        self._refuse(found, wrt)
        return found

    def _refuse(self, node, wrt):
        """Refuse a variable that is neither an input nor a part of the formula."""
        if node.op is not INPUT:
            if node not in order([self.formula]):
                raise ArgumentError("what is differentiated by is no part of the formula.", where=str(wrt)[:200],
                                    do="give an input of the formula, or a part of it as it stands there.")
            if not any(n.op is INPUT for n in order([node])):
                raise ArgumentError("a number is nothing to differentiate by.", do="give a symbol, or its name.")
            self.symbols.setdefault(node, wrt if isinstance(wrt, sp.Basic) else Array(wrt, *node.sizes))

    def _steps(self):
        """{name: node} of the intermediates of the printed derivation."""
        named = {node: name for name, node in self.equations.items() if node.inputs}
        if self.wrt is self.formula:
            return {}
        found = steps(self.formula, (self.wrt,), named, list(self.inputs))
        return {step.name: step.node for step in found}

    def node(self, name):
        """The node of a name as typed, Greek letters and indices in any spelling; None where nothing has it."""
        found = self.known.get(name)
        if found is None:
            alike = [node for other, node in self.known.items() if plain(other) == plain(name)]
            found = alike[0] if len(set(alike)) == 1 else None
        return found

    def claim(self, given):
        """The node of a claimed expression, in the formula's own inputs."""
        if isinstance(given, str):
            names = {name: Array(name, *node.sizes) for name, node in self.known.items()}
            lengths = size_symbols([n for node in self.known.values() for n in node.sizes])
            given = parse(given, **{s.name: s for s in lengths}, **names)
        reading = read_all(given)
        if len(reading.outputs) != 1:
            raise ArgumentError(f"{len(reading.outputs)} expressions were given for one derivative.",
                                do="give one claim for each variable.")
        self.typed.append(given if isinstance(given, sp.Expr) else None)
        for symbol, node in reading.inputs.items():
            if node not in self.inputs.values():
                self.symbols.setdefault(node, symbol)
        return as_typed(rebuild(reading.outputs, self._adopted))[0]

    def step(self, name):
        """As `node`; a quotient's name may begin with the d or ∂ of a derivative, and L is the formula."""
        found = self.node(name)
        return self.formula if found is None and name.strip() in ("L", "F", "loss") else found

    def called(self, node):
        """A name of a node."""
        names = {**self.known, **self.equations}
        return next((name for name, other in names.items() if other is node), self._whole)

    @property
    def _whole(self):
        """The formula's name."""
        return "L" if self.result is None else self.result.name

    def _adopted(self, node, inputs):
        if node.op is not INPUT:
            return same(node, inputs)
        name = node.attributes[0]
        mine = self.node(name)
        if mine is None:
            return node
        if mine.sizes != node.sizes:
            raise SizeMismatch(f"{name} has two sizes: {text(mine.sizes)} in the formula, {text(node.sizes)} in the "
                               "claim.",
                               do="use one array for one name.")
        if mine.inputs:
            self.symbols.setdefault(mine, Array(self.called(mine), *mine.sizes))
        return mine

    def question(self, claim, factors=()):
        """The Question whether the node is the derivative."""
        typed = self.typed[0] if len(self.typed) == 1 and not factors else None
        return posed(self.formula, self.wrt, claim, factors, self.symbols, self.named(), self.result,
                     (self.given, typed))

    def named(self):
        """{node: the name of the intermediate that it is}."""
        return {node: name for name, node in self.steps.items() if node is not self.formula and node.inputs}


def posed(formula, wrt, claim, factors, symbols, steps, result, given):
    """The Question; a wrt that is a part of the formula becomes a free input, if the claim can be read so."""
    origin = None
    if wrt.op is not INPUT:
        free = input_node(_free_name(symbols.get(wrt), [formula, claim]), wrt.sizes)
        cut = rebuild((formula, claim, *factors), lambda node, inputs: free if node is wrt else same(node, inputs))
        mine = {n for n in order(cut[:1]) if n.op is INPUT}
        if all(n in mine or n is free for n in order(cut[1:]) if n.op is INPUT):
            formula, claim, *factors = cut
            move = lambda table: dict(zip(rebuild(tuple(table), lambda node, inputs: free if node is wrt
                                                  else same(node, inputs)), table.values()))
            steps, symbols, origin = move(steps), {**move(symbols), free: symbols[wrt]}, wrt
            wrt = free
    truth, = derive.jacobian(formula, [wrt])
    return Question(formula, wrt, claim, tuple(factors), truth, wrt.op is INPUT, symbols, steps, result, given, origin)


def _free_name(symbol, nodes):
    """A name for a part of the formula as an input, that nothing else has."""
    taken = {n.attributes[0] for n in order(nodes) if n.op is INPUT}
    name = symbol.name if isinstance(symbol, Array) else "v"
    while name in taken:
        name += "'"
    return name


def plain(name):
    """A name without its spelling: ξ₄, xi_4 and ξ4 are xi4."""
    return name.translate(PLAIN)


def _arrays(given):
    """{name: Array} of what stands in expressions, and of lengths of their axes, for formulas given as text."""
    found = {}
    for one in given:
        if isinstance(one, sp.Basic):
            for node in dict.fromkeys(read_all(one).inputs.values()):
                found.setdefault(node.attributes[0], Array(node.attributes[0], *node.sizes))
    lengths = {s.name: s for s in size_symbols([n for array in found.values() for n in array.sizes])}
    return {**lengths, **found}


def as_typed(nodes):
    """The nodes with short decimals as the fractions that they spell."""
    return rebuild(tuple(nodes), _fraction)


def _fraction(node, inputs):
    if node.op is CONSTANT and isinstance(node.attributes[0], sp.Float):
        value = node.attributes[0]
        if digits_of(value) <= EXACTLY:
            return constant(sp.Rational(repr(float(value))), node.sizes)
    return same(node, inputs)


def digits_of(value):
    """Significant digits of the shortest decimal that is this float."""
    return len(re.sub(r"e.*|[-.]", "", repr(float(value))).strip("0")) or 1


# -- forms of a claim --------------------------------------------------------------------------------------------------

def pairs_of(claim):
    """[(name, partial), …] where the claim is a table of partials; else None."""
    if isinstance(claim, Derivation):
        edges = [edge for row in claim.rows for edge in row.edges]
        return [((edge.row, edge.by), edge.partial) for edge in edges if edge.partial is not None]
    if isinstance(claim, dict):
        return list(claim.items())
    listed = isinstance(claim, (list, tuple)) and bool(claim)
    if listed and all(isinstance(one, (list, tuple)) and len(one) == 2 for one in claim):
        return [tuple(one) for one in claim]
    return None


def factors_of(claim):
    """The factors of a claim given as a list, else None."""
    if not isinstance(claim, (list, tuple, sp.Tuple)):
        return None
    if not claim:
        raise ArgumentError("an empty list is no claim.", do="give the factors of the derivative.")
    for one in claim:
        if isinstance(one, (list, tuple, dict)):
            raise ArgumentError("a list stands among the factors of a claim.", where=str(one)[:200],
                                do="give expressions, or pairs (name, partial) throughout.")
    return list(claim)


def product(factors):
    """The product of nodes, entry by entry."""
    result = factors[0]
    for one in factors[1:]:
        result = times(result, one) if result.sizes == one.sizes else elementwise("mul", result, one)
    return result

