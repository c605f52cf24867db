"""The blocks of a printed document: headings, paragraphs, displayed formulas, tables, code, pictures.

An inline text is a str, a formula (symdiff.document.formulas), or a tuple of these, set one after the other.
"""
from dataclasses import dataclass


@dataclass(frozen=True)
class Heading:
    """A title of level 1, 2 or 3."""
    text: object
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    """Running text."""
    text: object


@dataclass(frozen=True)
class Display:
    """One formula on lines of its own."""
    formula: object


@dataclass(frozen=True)
class Items:
    """A list of inline texts."""
    items: tuple


@dataclass(frozen=True)
class Table:
    """Rows of cells under headers; every cell and header is an inline text, None is empty.

    numeric   the places of columns that hold numbers, which are set to the right
    """
    headers: tuple
    rows: tuple
    numeric: tuple = ()
    caption: object = None


@dataclass(frozen=True)
class Listing:
    """Code, as it stands."""
    code: str
    language: str = "python"


@dataclass(frozen=True)
class Figure:
    """A drawing: SVG, and words that stand for it where none can be shown."""
    svg: str
    words: str


@dataclass(frozen=True)
class Document:
    """A title and blocks."""
    title: object
    blocks: tuple
