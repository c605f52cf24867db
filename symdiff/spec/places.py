"""The text of a TOML file goes in; the line of each of its keys comes out, before anything else reads the text.

One pass over strings, brackets and comments.  What is no TOML ends the pass; the reader of TOML says what is wrong.
"""
import re

from ..errors import SpecError

NESTING, PARTS = 32, 8                          # brackets inside each other; parts of a dotted key

_PIECE = re.compile(r'''
      (?P<text>"""(?:[^\\]|\\.)*?"{3,5}|\'{3}.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')
    | (?P<comment>\#[^\n]*) | (?P<line>\n) | (?P<equals>=) | (?P<open>[\[{]) | (?P<close>[\]}])
    | (?P<other>[^"'\#\n=\[\]{}]+)''', re.VERBOSE | re.DOTALL)
_PART = re.compile(r'''\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s."']+))\s*(?:\.|$)''')


def places(text, path):
    """{keys from the top down: line}: ("equations",) for a table, ("equations", "h") for a key in it.

    Raises SpecError where brackets are nested too deeply, or a key has too many parts.

    >>> places('loss = "h"\\n[equations]\\nh = "x + 1"', "model.toml")
    {('loss',): 1, ('equations',): 2, ('equations', 'h'): 3}
    """
    found, table, statement, depth, line, at = {}, (), [], 0, 1, 0
    while at < len(text):
        match = _PIECE.match(text, at)
        if match is None:
            break
        kind, piece, at = match.lastgroup, match.group(), match.end()
        if kind == "open":
            depth += 1
            if depth > NESTING:
                raise SpecError(f"more than {NESTING} brackets inside each other.", where=f"{path}:{line}",
                                do="write fewer.")
        elif kind == "close":
            depth -= 1
        if kind == "line" and depth <= 0:
            table = _header(statement, table, found, line, path)
            statement, depth = [], 0
        elif kind == "equals" and depth == 0 and statement is not None:
            _note(table, _parts(statement, line, path), found, line)
            statement = None                    # what follows is the value
        elif kind != "comment" and statement is not None:
            statement.append(piece)
        line += piece.count("\n")
    _header(statement, table, found, line, path)
    return found


def _header(statement, table, found, line, path):
    """The table that holds from here on: the one that the statement names, if it names one."""
    words = "".join(statement or ()).strip()
    if not words.startswith("["):
        return table
    return _note((), _parts([words.strip("[]")], line, path), found, line)


def _note(table, parts, found, line):
    """Keep the line of a key, and of the tables that it makes by its dots; the whole key."""
    for k in range(1, len(parts) + 1):
        found.setdefault(table + parts[:k], line)
    return table + parts


def _parts(statement, line, path):
    """The parts of a dotted key, as written."""
    words, parts, at = "".join(statement).strip(), [], 0
    while at < len(words):
        match = _PART.match(words, at)
        if match is None:
            break
        parts.append(next(part for part in match.groups() if part is not None))
        if len(parts) > PARTS:
            raise SpecError(f"a key of more than {PARTS} parts.", where=f"{path}:{line}", do="write a shorter one.")
        at = match.end()
    return tuple(parts)
