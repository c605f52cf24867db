"""Blocks go in; blocks come out in which a long displayed formula has names for the long parts that it repeats."""
import sympy as sp

from ..language.printing.sharing import sharing
from ..language.printing.where import MOST, repeated
from .blocks import Display, Document, Heading, Paragraph
from .formulas import Arrow, Equal, Partial, Plus, Times


def blocks_of(what):
    """The blocks of a document, its title in front; of a block, or an inline text, itself.

    >>> [type(block).__name__ for block in blocks_of(Document("A title", (Paragraph("words"),)))]
    ['Heading', 'Paragraph']
    """
    if not isinstance(what, Document):
        return _named(what)
    title = [Heading(what.title, 1)] if what.title else []
    return title + [made for block in what.blocks for made in _named(block)]


def expressions(formula):
    """The expressions in a formula, from left to right."""
    found, stack = [], [formula]
    while stack:
        part = stack.pop()
        if isinstance(part, sp.Basic):
            found.append(part)
        else:
            stack += reversed(_parts(part))
    return found


def _parts(formula):
    if isinstance(formula, (Equal, Times, Plus)):
        return formula.parts
    if isinstance(formula, Partial):
        return formula.top, formula.bottom
    return (formula.before, formula.after) if isinstance(formula, Arrow) else formula if type(formula) is tuple else ()


def _named(block):
    """A displayed formula, and what its names stand for."""
    if type(block) is not Display:
        return [block]
    whole = expressions(block.formula)
    if all([repeated(e) is None for e in whole]):
        return [block]
    found = sharing(tuple(whole))
    if not 0 < len(found.definitions) <= MOST:
        return [block]
    words = []
    for name, definition in found.definitions:
        words += [", " if words else "where ", Equal((name, definition))]
    return [Display(_with(block.formula, iter(found.expressions))), Paragraph(tuple(words))]


def _with(formula, new):
    """The formula with other expressions in the places of its own."""
    if isinstance(formula, sp.Basic):
        return next(new)
    parts = [_with(part, new) for part in _parts(formula)]
    if isinstance(formula, (Equal, Times, Plus)):
        return type(formula)(tuple(parts))
    if isinstance(formula, Partial):
        return Partial(*parts, formula.total)
    return Arrow(*parts) if isinstance(formula, Arrow) else formula
