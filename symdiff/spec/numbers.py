"""Numbers and arrays as files and commands have them go in, 0.5, "1/3", [1, "pi"]; values come out, numbers exact.

A number is an int, a float, or an exact SymPy number; an array is of float64.
"""
import math
import re

import numpy as np
import sympy as sp

from ..errors import SpecError
from ..formulas import read_formula
from ..language.core import Constant, Node, nodes

NESTING = 8                                     # brackets of an array inside each other
WAYS = 'write 0.5, "1/3", "pi" or "exp(-9)".'

_ROUGH = {sp.Add: lambda *terms: math.fsum(terms), sp.Mul: lambda *factors: math.prod(factors), sp.Pow: math.pow,
          sp.exp: math.exp, sp.log: math.log}


def value(given):
    """A number, or an array of the entries of a list (of lists).  Text is read, and may hold such a list.

    Raises SpecError.

    >>> value("1/3"), value("[1, 2]"), value(["1/4", 2])
    (1/3, array([1., 2.]), array([0.25, 2.  ]))
    """
    if isinstance(given, str) and given.lstrip().startswith("["):
        given = _listed(given)
    return _array(given) if isinstance(given, list) else number(given)


def number(given):
    """An int, a float or an exact SymPy number, from a number or its text.  Raises SpecError."""
    if isinstance(given, str):
        given = _read(given)
    if isinstance(given, bool) or not isinstance(given, (int, float, sp.Expr)):
        raise SpecError(f"a number was expected, and this is {kind(given)}.", where=repr(given)[:120], do=WAYS)
    if not isinstance(given, sp.Expr):
        try:
            finite = math.isfinite(given)
        except OverflowError:
            finite = False
        if not finite:
            raise SpecError("this is no number of float64.", where=str(given)[:120], do="write a finite one.")
    return given


def _read(text):
    """The number that a text is: exact where it is made of whole numbers, pi and E by + - * / **, exp, log, sqrt."""
    def unknown(name):
        raise SpecError(f"a number was expected, and {name} is a name.", where=text[:120], do=WAYS)

    expr = read_formula(text, {}, unknown)
    if getattr(expr, "sizes", ()):
        raise SpecError("a number was expected, and this is an array.", where=text[:120], do=WAYS)
    if isinstance(expr, Constant):
        return float(expr.value.array)          # -0.0, whose sign SymPy has not
    exact, rough = {}, {}
    for e in nodes(expr):
        try:
            if isinstance(e, Node):
                rough[e] = _ROUGH[e.op](*[rough[a] for a in e.args])
                exact[e] = e.op(*[exact[a] for a in e.args])
            else:
                rough[e] = float(e.value.array if isinstance(e, Constant) else e)
                exact[e] = sp.Float(rough[e]) if isinstance(e, Constant) else e
        except KeyError:
            raise SpecError("this is more than a number.", where=text[:120],
                            do="write it with + - * / **, exp, log and sqrt of numbers.") from None
        except (ArithmeticError, ValueError, TypeError):
            rough[e] = exact[e] = math.nan
    found = exact[expr]
    if not math.isfinite(rough[expr]):
        return math.nan
    return float(found) if found.has(sp.Float) else int(found) if found.is_Integer else found


def _listed(text):
    """The list of texts, or of such lists, that a text is: "[[1, 1/3], [2, f(3, 4)]]"."""
    fault = SpecError("this is no list of numbers.", where=text[:120], do="write [1, 2] or [[1, 2], [3, 4]].")
    whole = []
    lists, entry, rounds, filled = [whole], "", 0, False
    for piece in re.findall(r"[\[\](),]|[^\[\](),]+", text):
        rounds += (piece == "(") - (piece == ")")
        if rounds or piece not in ("[", "]", ","):
            entry += piece
            continue
        if entry.strip():
            lists[-1].append(entry)
            filled, entry = True, ""
        if piece == "[":
            if filled or len(lists) > NESTING:
                raise fault
            lists.append([])
        elif piece == "]":
            if len(lists) == 1:
                raise fault
            closed = lists.pop()
            lists[-1].append(closed)
            filled = True
        elif filled and len(lists) > 1:
            filled = False
        else:
            raise fault
    if len(lists) > 1 or len(whole) != 1 or entry.strip():
        raise fault
    return whole[0]


def _array(entries):
    """The array of a list of entries, or of lists of equal length."""
    shape, flat = [len(entries)], entries
    while flat and isinstance(flat[0], list):
        if len({len(part) if isinstance(part, list) else -1 for part in flat}) > 1:
            raise SpecError("the rows of this array differ in length.", where=repr(entries)[:120],
                            do="give all rows the same number of entries.")
        shape.append(len(flat[0]))
        if len(shape) > NESTING:
            raise SpecError(f"an array of more than {NESTING} axes.", do="write one of fewer axes.")
        flat = [entry for part in flat for entry in part]
    return np.array([float(number(entry)) for entry in flat], dtype=np.float64).reshape(shape)


def kind(given):
    """What a value of a TOML file is, in words."""
    words = {bool: "a truth value", int: "a number", float: "a number", str: "text", list: "a list", dict: "a table"}
    return words.get(type(given), f"a {type(given).__name__}")
