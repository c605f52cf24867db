"""A Judge and its Samples go in; the Verdict comes out, with expressions for nodes."""
import numpy as np

from .. import closed, passes
from ..document.formulas import Equal, Partial, Value
from ..errors import NoDerivative
from ..graph import Node, order, rebuild, same
from ..language import Array
from ..primitives.leaf import INPUT
from ..read import read_all
from ..tidy import tidy
from ..write import write
from .chain import unguarded
from .diagnose import findings
from .proof import equal
from .samples import JUDGED, answer
from .verdict import Fault, Point, Verdict
from .witness import attest

RESULTS, VISIBLE = "LFΛ", 1e-3
FEWEST = 5                                      # points at which a claim must hold to be called right


def made(judge, found, asked, lines=()):
    """The Verdict.

    asked   the first sample is at the point that was asked for
    lines   what was found about the partials that the claim is made of
    """
    question = judge.question
    if not any(s.kind in (*JUDGED, "hole") for s in found):
        raise NoDerivative("the formula has no value, or no derivative, at any of the points tried.",
                           where=f"{len(found)} points", do="give one at which it has: at={...}.")
    if answer(found) and sum(s.kind == "agree" for s in found) < min(FEWEST, len(found)):
        raise NoDerivative("the claim can be judged at a few points only, too few to be sure.",
                           where=f"{len(found)} points tried", do="give a formula with values at more of them.")
    attest(question, found)
    right = answer(found) and all(line.right for line in lines)
    shown = Shown(question)
    faults = [Fault(f.kind, ("In ", line.name, ": ", *f.words), f.part, f.instead)
              for line in lines for f in line.faults]
    if not right and not faults:
        faults = [shown.fault(f) for f in findings(judge, found)]
    bad = _counterexample(found, asked)
    points = {s: shown.point(s) for s in (bad, found[0] if asked else None) if s is not None}
    return Verdict(
        right=right, result=shown.result, formula=shown.typed(0, question.formula), wrt=shown(question.wrt),
        name=shown.partial(question.formula, question.wrt), claim=shown.typed(1, question.claim),
        derivative=shown.closed(), proved=right and _proved(question), rough=judge.rough,
        points=sum(s.kind in (*JUDGED, "hole") for s in found), faults=tuple(faults), counterexample=points.get(bad),
        at=points.get(found[0]) if asked else None, lines=lines, notes=_notes(found, shown))


def _counterexample(found, asked):
    """The asked point, if the claim is wrong there, else the plainest at which it is visibly wrong; or None."""
    bad = [s for s in found if s.kind in ("wrong", "undefined")]
    if asked and found[0] in bad:
        return found[0]
    visible = [s for s in bad if s.gap > VISIBLE] or sorted(bad, key=lambda s: -s.gap)
    return visible[0] if visible else None


def _proved(question):
    """Are claim and derivative one formula, after rewriting or multiplied out?"""
    first, second = tidy(passes.run((question.claim, question.truth), passes.AFTER)[0])
    return first is second or equal(question.claim, question.truth)


def _notes(found, shown):
    notes = []
    for kind, start, end in (("none", "The formula has no derivative at ", "."),
                             ("hole", "The claim itself has no value at ", "; around it, it is right.")):
        first = next((s for s in found if s.kind == kind and s.true is not None), None)
        if first is not None:
            notes.append((start, *shown.place(first), end))
    return tuple(notes)


def _adopted(expression, question):
    """The node of an expression in inputs of the question's names, in its own inputs."""
    own = {n.attributes[0]: n for n in order((question.formula,)) if n.op is INPUT}
    reading = read_all(expression)
    change = lambda n, inputs: own.get(n.attributes[0], n) if n.op is INPUT else same(n, inputs)
    return rebuild(reading.outputs, change)[0]


class Shown:
    """Nodes of one question as what is printed of them."""

    def __init__(self, question):
        self.question = question
        names = {str(s) for s in question.symbols.values()}
        self.result = question.result
        if self.result is None:
            self.result = Array(next((c for c in RESULTS if c not in names), "L′"), *question.formula.sizes)

    def __call__(self, node):
        """The expression of a node."""
        if node is self.question.wrt and node in self.question.symbols:
            return write(node, {node: self.question.symbols[node]})
        return write(node, {n: s for n, s in self.question.symbols.items() if n is not node or n.op is INPUT})

    def typed(self, place, node):
        """The expression that was given, where that is known."""
        given = self.question.given[place]
        return self(node) if given is None else given

    def name(self, node):
        """What a node is called: its symbol, or its expression."""
        if node is self.question.formula:
            return self.result
        if node in self.question.steps and node not in self.question.symbols:
            return Array(self.question.steps[node], *node.sizes)
        return write(node, self.question.symbols)

    def partial(self, top, bottom):
        return Partial(self.name(top), self.name(bottom))

    def closed(self):
        """The right derivative, in the shorter one of its stable form and of that of the chain rule."""
        q = self.question
        plain = unguarded((q.truth,), q.formula)
        typed, = tidy(passes.run(plain, (passes.fold, passes.guard))[0], [q.formula])
        forms = [write(typed, q.symbols)]
        if q.free:
            names = {n: s for n, s in q.symbols.items() if n.op is INPUT and n is not q.wrt}
            formula, wrt = write((q.formula, q.wrt), names)
            forms.insert(0, write(_adopted(closed.jacobian(formula, wrt), q), q.symbols))
        return min(forms, key=lambda form: len(str(form)))

    def fault(self, finding):
        words = tuple([self._word(w) for w in finding.words])
        part, instead = [None if n is None else self(n) for n in (finding.part, finding.instead)]
        return Fault(finding.kind, words, part, instead)

    def _word(self, word):
        if isinstance(word, Node):
            return self(word)
        return self.partial(*word[1:]) if isinstance(word, tuple) else word

    def point(self, sample):
        """The sample as a Point."""
        values = {self._input(name): value for name, value in sample.values.items()}
        if sample.true is None:
            return Point(values, None, None, {})
        claimed, true = _floats(sample.claimed), _floats(sample.true)
        if sample.kind not in ("wrong", "undefined"):
            return Point(values, claimed, true, {})
        i = sample.entry
        return Point(values, claimed, true, {i: (claimed[i], true[i])}, float(sample.claimed[i] - sample.true[i]))

    def _input(self, name):
        for node, symbol in self.question.symbols.items():
            if node.op is INPUT and node.attributes[0] == name:
                return symbol
        return Array(name)

    def place(self, sample):
        """The inputs' values, as inline text."""
        words = []
        for k, (name, value) in enumerate(sample.values.items()):
            words += [", "]*(k > 0) + [Equal((self._input(name), Value(value[()])))]
        return words


def _floats(array):
    return np.array([float(v) for v in np.ravel(array)]).reshape(array.shape)
