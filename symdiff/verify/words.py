"""What was found wrong with a claim goes in; sentences of plain words and nodes come out."""
from dataclasses import dataclass

from ..graph import Node
from ..primitives.contraction import CONTRACT, is_movement

THROUGH = frozenset("mul div neg".split())
SUM = frozenset("add sub neg".split())


@dataclass(frozen=True, eq=False)
class Finding:
    """One thing that is wrong.

    kind      a word: "sign", "missing factor", "region", …
    words     a sentence: str and nodes, one after the other
    part      the node of the claim that is wrong, or None
    instead   the node that should stand there, or None
    """
    kind: str
    words: tuple
    part: Node | None = None
    instead: Node | None = None


def told(edit, root):
    """The Finding of an Edit of a claim."""
    whole, role = not edit.path, _role(root, edit.path)
    part = ("the claim",) if whole else (f"the {role} ", edit.part)
    words = SLIPS[edit.kind](whole, part, edit.other)
    first, *rest = words
    text = (first[:1].upper() + first[1:], *rest) if isinstance(first, str) else words
    inside = () if whole else _inside(root, edit.path, edit.part)
    return Finding(edit.kind, (*text, *inside, "."), edit.part, _instead(edit))


def _instead(edit):
    node = edit.claim
    for place in edit.path:
        node = node.inputs[place]
    return node


def _role(root, path):
    """What a part is to what it stands in."""
    spine = [root]
    for place in path:
        spine.append(spine[-1].inputs[place])
    for parent, place in zip(reversed(spine[:-1]), reversed(path)):
        name = parent.op.name
        if name == "neg" or is_movement(parent):
            continue
        if name in ("add", "sub"):
            return "term"
        if name == "div":
            return ("factor", "divisor")[place]
        if name == "pow":
            return ("base", "exponent")[place]
        if name == "mul" or parent.op is CONTRACT and len(parent.inputs) > 1:
            return "factor"
        return "summand" if parent.op is CONTRACT else f"argument of {name},"
    return "expression"


def _inside(root, path, part):
    """", in the factor F": the outermost term or factor around the part, where that is more than the part."""
    node, kind = root, None
    for k, place in enumerate(path):
        family = SUM if node.op.name in ("add", "sub") else THROUGH if node.op.name in ("mul", "div", "neg") else None
        if family is None or kind is not None and family is not kind and node.op.name != "neg":
            break
        kind = kind or (None if node.op.name == "neg" else family)
        node = node.inputs[place]
    if kind is None or node is part:
        return ()
    return (", in the term " if kind is SUM else ", in the factor ", node)


SLIPS = {
    "sign": lambda whole, part, other: ("the sign is wrong",) if whole else ("the sign of ", *part, " is wrong"),
    "missing factor": lambda whole, part, other: ("a factor ", other, " is missing", *_in(whole, part, " from ")),
    "factor too much": lambda whole, part, other: ("a factor ", other, " is too much", *_in(whole, part)),
    "missing factor and sign": lambda whole, part, other: ("a factor ", other, " is missing, and the sign is wrong",
                                                           *_in(whole, part)),
    "factor too much and sign": lambda whole, part, other: ("a factor ", other, " is too much, and the sign is wrong",
                                                            *_in(whole, part)),
    "missing term": lambda whole, part, other: ("the term ", other, " is missing"),
    "term too much": lambda whole, part, other: ("the term ", other, " is too much"),
    "divisor too much": lambda whole, part, other: ("a division by ", other, " is too much", *_in(whole, part)),
    "divided": lambda whole, part, other: (*part, " should be divided by ", other, ", not multiplied by it"),
    "multiplied": lambda whole, part, other: (*part, " should be multiplied by ", other, ", not divided by it"),
    "transposed": lambda whole, part, other: ("the transpose of the claim is right",) if whole
                  else (*part, " should be transposed"),
    "complement": lambda whole, part, other: ("1 less ", *part, " is right"),
    "upside down": lambda whole, part, other: (*part, " is upside down"),
    "square": lambda whole, part, other: (*part, " should be squared"),
    "root": lambda whole, part, other: ("the square root of ", *part, " is right"),
    "power": lambda whole, part, other: (*part, " has the wrong power: the exponent should be ", other),
    "brackets": lambda whole, part, other: (*part, " should be ", other),
    "function too much": lambda whole, part, other: ("the function around the argument of ", *part, " is too much"),
    "stands for": lambda whole, part, other: (*part, " stands where ", other, " should"),
}


def _in(whole, part, word=" in "):
    return () if whole else (word, *part)
