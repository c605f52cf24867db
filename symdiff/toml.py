"""What a Model is made of goes in; the text of the model file that describes it, read back as a check, comes out."""
import re
from dataclasses import MISSING, dataclass, fields

import numpy as np
import sympy as sp

from .errors import SpecError, SymdiffError
from .formulas import read_formula, read_length
from .language.core import Array, Node, nodes, sizes_of
from .language.printing import text as formula_text
from .lengths import sizes
from .modes import word

_BARE, _NAME = re.compile(r"[A-Za-z0-9_-]+"), re.compile(r"[^\W\d]\w*")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


@dataclass(frozen=True)
class Layers:
    """The table [network] that a model was read from.

    table  as the file has it;  made  the names that stand for what it makes, modes  those of them that have one
    loss   the one it gives, or None
    """
    table: dict
    made: frozenset
    modes: dict
    loss: object = None

    def hold(self, loss, wishes, modes):
        """Is the model still what the table makes?"""
        return ((self.loss is None or self.loss is loss) and not self.made & set(wishes)
                and self.modes == {name: mode for name, mode in modes.items() if name in self.made})


def toml(title, description, loss, declared, equations, at, names, typed, modes, wishes, columns, training, layers):
    """The text of a model file.

    loss       an expression, or None
    declared   {"data": arrays, "parameters": arrays}
    equations  (name, expression) pairs
    at         {name: value}
    names      {name: array}: what formulas are read back with
    typed      {name: text} of the formulas that were given as text
    modes      {name: mode}
    wishes     {name: {"constraint": its form, "start": a number, an array or a rule}} of parameters
    columns    how a table becomes the data, or None;  training  {setting: value};  layers  Layers, or None

    Raises SpecError for what has no form in a file: names that are no words, plain symbols, long or large formulas.
    """
    network = layers is not None and layers.hold(loss, wishes, modes)
    if network:
        declared = {table: [a for a in arrays if a.name not in layers.made] for table, arrays in declared.items()}
        equations = [(name, expr) for name, expr in equations if name.name not in layers.made]
        modes = {name: mode for name, mode in modes.items() if name not in layers.made}
        loss = None if layers.loss is loss else loss
    tables = [[f"[{table}]", *(f"{_key(a)} = {_declared(a, wishes.get(a.name) or {})}" for a in arrays)]
              for table, arrays in declared.items() if arrays]
    if equations:
        tables.append(["[equations]", *(f"{_key(name)} = {_quoted(_formula(name.name, expr, names, typed))}"
                                        for name, expr in equations)])
    if network:
        tables.append(["[network]", *(f"{key} = {_written(value)}" for key, value in layers.table.items())])
    if modes:
        tables.append(["[modes]", *(f"{_key(names[name])} = {{{' = '.join(map(str, word(mode)))}}}"
                                    for name, mode in modes.items())])
    if at:
        tables.append(["[at]", *(_point(getattr(key, "name", key), value, names) for key, value in at.items())])
    if columns is not None:
        tables += _columns(columns)
    if training:
        tables.append(["[training]", *(f"{_word(key)} = {_written(value)}" for key, value in training.items())])
    top = [f"{key} = {_quoted(text)}" for key, text in (("title", title), ("description", description))
           if text is not None]
    if loss is not None and not any(loss is name and name.name == "loss" for name, _ in equations):
        top.append(f"loss = {_quoted(_formula('loss', loss, names, typed))}")
    return "\n\n".join("\n".join(lines) for lines in [top, *tables] if lines) + "\n"


def _quoted(text):
    return '"' + "".join(_ESCAPES.get(c) or (c if c.isprintable() else f"\\U{ord(c):08x}") for c in text) + '"'


def _key(array):
    """The key of a name that formulas can hold."""
    if not isinstance(array, Array) or not _NAME.fullmatch(array.name):
        what = "a plain symbol" if not isinstance(array, Array) else "no word"
        raise SpecError(f"{array.name[:80]!r} is {what}, and has no form in a model file.",
                        do="use arrays, sd.array(name), whose names are letters, digits and _.")
    return _word(array.name)


def _declared(array, wishes):
    """The value of a parameter's or data's key: its sizes, or a table of these, a constraint and a start."""
    if not wishes:
        return _sizes(array)
    return f"{{sizes = {_sizes(array)}{''.join(f', {key} = {_written(value)}' for key, value in wishes.items())}}}"


def _columns(columns):
    """The tables [table], [table.arrays], …: what differs from what is usual."""
    told = {one.name: getattr(columns, one.name) for one in fields(columns)
            if one.default is MISSING or getattr(columns, one.name) != one.default}
    plain = {key: value for key, value in told.items() if not isinstance(value, dict)}
    tables = [["[table]", *(f"{key} = {_written(value)}" for key, value in plain.items())]] if plain else []
    return tables + [[f"[table.{key}]", *(f"{_word(name)} = {_written(own)}" for name, own in value.items())]
                     for key, value in told.items() if isinstance(value, dict) and value]


def _written(value):
    """A value as TOML has it: text, numbers, lists, tables; what is none of them as text."""
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_written, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_word(key)} = {_written(own)}" for key, own in value.items()) + "}"
    if not isinstance(value, (str, sp.Basic)):
        raise SpecError(f"a {type(value).__name__} has no form in a model file.", where=str(value)[:80],
                        do="use numbers, text, lists and tables of them.")
    return _quoted(str(value))


def _word(key):
    """A key."""
    return key if _BARE.fullmatch(key) else _quoted(key)


def _sizes(array):
    written = [str(length) for length in sizes_of(array)]
    for text, length in zip(written, sizes_of(array)):
        try:
            same = read_length(text) == length
        except SymdiffError:
            same = False
        if not same:
            raise SpecError(f"the length {text} of {array.name} has no form in a model file.",
                            do="use numbers, and symbols made by sizes(...).")
    return "[" + ", ".join(text if text.isdecimal() else _quoted(text) for text in written) + "]"


def _formula(name, expr, names, typed):
    """The formula as typed, or as printed; the same when it is read back."""
    text = typed.get(name) or formula_text(expr)
    try:
        same = read_formula(text, names, sizes) is expr
    except SymdiffError:
        same = False
    if not same:
        do = "give parts of a long formula names of their own; make large constants data."
        if any(isinstance(e, Node) and e.op == "scan" for e in nodes(expr)):
            do = "no formula writes a loop: write a recurrent layer in [network], or keep the model in Python."
        raise SpecError(f"the formula of {name} has no form in a model file.", where=f"{name} = {text[:200]}", do=do)
    return text


def _point(name, value, names):
    if name not in names:
        raise SpecError(f"the point has a value for {name}, which is no name of the model.", do="leave it out of `at`.")
    return f"{_key(names[name])} = {_written(value)}"
