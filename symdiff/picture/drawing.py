"""What is drawn, as data: boxes with their lines of text and arrows between them; each way of drawing reads this."""
from dataclasses import dataclass

from .typeset import named, typeset, words

KINDS = ("parameter", "data", "input", "operation", "fold", "output")


@dataclass(frozen=True)
class Line:
    """One line on a box or an arrow.

    role   "head", "size", "value", "adjoint", "count", "partial"
    text   as plain text, whole
    runs   as it is drawn
    """
    role: str
    text: str
    runs: tuple


@dataclass(frozen=True)
class Box:
    """One box.

    key        its name in the drawing, unlike all others
    kind       one of KINDS
    name       a Line
    body       a Line, or None: its formula
    notes      Lines under it
    copies     how many things of one kind it stands for
    operation  the sign or the word of what it does, for counts
    """
    key: str
    kind: str
    name: Line
    body: Line | None = None
    notes: tuple = ()
    copies: int = 1
    inside: tuple = ()

    @property
    def lines(self):
        """All its lines as text, the name and the formula as one equation."""
        head = " = ".join([line.text for line in (self.name, self.body) if line])
        return [head, *[line.text for line in self.notes]]


@dataclass(frozen=True)
class Arrow:
    """From one box to another, by their keys; its label is a Line or None."""
    source: str
    target: str
    label: Line | None = None


@dataclass(frozen=True)
class Drawing:
    """A title, what it shows in a sentence, boxes (each after those that point to it) and arrows.

    marks   (role, runs of what the lines of that role are), …, for the legend
    """
    title: str
    words: str
    boxes: tuple
    arrows: tuple
    marks: tuple = ()


def formula(role, text):
    """A Line of mathematics whose names are words."""
    return Line(role, text, typeset(text))


def name(text):
    """A Line of a name."""
    return Line("head", text, named(text))


def plain(role, text):
    """A Line of plain words."""
    return Line(role, text, words(text))
