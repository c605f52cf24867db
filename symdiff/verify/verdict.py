"""What was found about a claim goes in; the Verdict comes out, which is printed, and true when the claim is right."""
from dataclasses import dataclass

import numpy as np

from ..document.blocks import Display, Document, Items, Paragraph, Table
from ..document.formulas import Equal, Value
from ..document.shown import Shown

DIGITS = 8


@dataclass(frozen=True, eq=False)
class Point:
    """Values of the inputs, {symbol: number or array}; what was claimed there, what is right, and their first entry
    that differs, {entry: (claimed, right)} ({(): …} for scalars; {} where they agree), by how much."""
    values: dict
    claimed: object
    right: object
    differ: dict
    apart: float = 0.0


@dataclass(frozen=True, eq=False)
class Fault:
    """Something that is wrong.

    kind      a word: "sign", "missing factor", "region", …
    words     the sentence: str and expressions, one after the other
    part      the expression in the claim that is wrong, or None
    instead   what should stand there, or None
    """
    kind: str
    words: tuple
    part: object = None
    instead: object = None


@dataclass(frozen=True, eq=False)
class Line:
    """One claimed partial of a table: its name (a symdiff.document.formulas.Partial), what was claimed, whether that is
    right, what is right, and its faults."""
    name: object
    claimed: object
    right: bool
    derivative: object
    faults: tuple


class Verdict(Shown):
    """Is a claimed derivative right?  True in a condition when it is.

    right           the answer
    formula, wrt, claim, derivative     expressions: the last is the right closed form
    proved          is the claim the same formula as the derivative after rewriting?  Else it was judged at points alone
    points          how many points could be judged
    rough           were they judged in float64, since the formula is large?
    faults          tuple of Fault, the first wrong factor or term first; () where nothing is wrong, or was found
    counterexample  a Point, or None
    at              the Point that was asked for, or None
    lines           tuple of Line, of a claim that was given as factors or as a table of partials
    notes           sentences: points without a derivative, points at which the claim has no value
    """

    def __init__(self, **found):
        self.__dict__.update(found)

    def __bool__(self):
        return self.right

    @property
    def fault(self):
        """The first Fault, or None."""
        return self.faults[0] if self.faults else None

    def document(self):
        """What is printed, as blocks."""
        blocks = [Display(Equal((self.result, self.formula))), Display(Equal((self.name, self.claim)))]
        blocks += [Paragraph(fault.words) for fault in self.faults]
        if not self.right:
            blocks += [Paragraph("Right is"), Display(Equal((self.name, self.derivative)))]
        if self.lines:
            blocks.append(self._table())
        blocks += [Paragraph(words) for words in self._points()]
        blocks.append(Paragraph(self._how()))
        if self.notes:
            blocks.append(Items(tuple(self.notes)))
        return Document("The claim is right" if self.right else "The claim is wrong", tuple(blocks))

    def _table(self):
        rows = [(line.name, line.claimed, "right" if line.right else "wrong", None if line.right else line.derivative)
                for line in self.lines]
        return Table(("partial", "claimed", "", "right is"), tuple(rows))

    def _points(self):
        shown = [("At ", self.at)] if self.at is not None else []
        if self.counterexample is not None and self.counterexample is not self.at:
            shown.append(("For example at ", self.counterexample))
        for start, point in shown:
            words = [start]
            for k, (symbol, value) in enumerate(point.values.items()):
                words += [", "]*(k > 0) + [Equal((symbol, _value(value)))]
            if not point.differ:
                yield (*words, ": both are ", _value(point.right), ".")
            for entry, (claimed, right) in point.differ.items():
                place = f", entry {', '.join(map(str, entry))}" if entry else ""
                alike = f"{claimed:.{DIGITS}g}" == f"{right:.{DIGITS}g}"
                apart = (", apart by ", Value(point.apart, 2)) if alike else ()
                yield (*words, f"{place}: claimed ", _value(claimed), ", right ", _value(right), *apart, ".")

    def _how(self):
        points = f"{self.points} points" if self.points != 1 else "1 point"
        if not self.right:
            return f"Judged at {points}."
        if self.proved:
            return f"The same formula after rewriting; equal at {points}."
        return f"Equal at {points}, to {'rounding in float64' if self.rough else '50 digits'}; not proved."


def _value(number):
    return Value(np.asarray(number)[()] + 0.0, DIGITS)
