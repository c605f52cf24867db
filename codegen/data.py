"""A CSV file and the Columns of a model go in; the arrays of the model's data, and what was learned of them, come out.

What is learned (means, standard deviations, words) belongs to the fit: new rows are brought into the same form by it.
"""
import csv
import difflib
import math
import os
import re
from dataclasses import dataclass, field

import numpy as np

from symdiff.errors import SpecError
from symdiff.spec.columns import EVERY, SORTED

BYTES = 2**28
SHOWN = 12                                              # words or columns in an error
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")


@dataclass
class Table:
    """A file of rows: the names of its columns, the cells of each row, and each row's line."""
    path: str
    names: list
    rows: list
    lines: list


@dataclass
class Data:
    """Arrays of a model, made of a table.

    arrays   {name: array}
    labels   {name: the names of a matrix's columns}
    kept     the numbers of the rows that have every value needed, from 0
    missing  {column: how many of its values are missing}
    count    the rows of the table
    learned  {"columns", "mean", "std", "words"}: what new rows are brought into the same form by; it can go into JSON
    """
    arrays: dict
    labels: dict
    kept: np.ndarray
    missing: dict
    count: int
    learned: dict = field(default_factory=dict)

    def notes(self):
        """What became of missing values, in a line each."""
        left = self.count - len(self.kept)
        lines = [f"{self.count} rows" + (f", {left} of them left out: they lack a value" if left else "")]
        return lines + [f"  {column}: {n} missing" for column, n in self.missing.items()]


def read_table(path, delimiter=","):
    """The Table in a CSV file whose first line has the names of the columns.  Raises SpecError."""
    path, names, rows, lines = os.fspath(path), None, [], []
    try:
        if not os.path.isfile(path):
            raise SpecError("there is no such file.", where=path, do="give the path of a CSV file.")
        if os.path.getsize(path) > BYTES:
            raise SpecError(f"this file is longer than {BYTES >> 20} MiB.", where=path, do="give fewer rows.")
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            for cells in reader:
                if not cells:
                    continue
                if names is None:
                    names = _header(path, reader.line_num, cells)
                    continue
                if len(cells) != len(names):
                    raise SpecError(f"this row has {len(cells)} cells, and the header {len(names)}.",
                                    where=f"{path}:{reader.line_num}\n{delimiter.join(cells)[:120]}",
                                    do="give every row one cell for each column.")
                rows.append([cell.strip() for cell in cells])
                lines.append(reader.line_num)
    except OSError as error:
        raise SpecError(f"this file is not read: {error.strerror or error}.", where=path,
                        do="give a file that can be read.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise SpecError("this is no table.", where=f"{path}\n{str(error)[:200]}",
                        do="save it as CSV in UTF-8.") from None
    if not rows:
        raise SpecError("this table has no rows.", where=path, do="give a line of names, and rows below it.")
    return Table(path, names, rows, lines)


def _header(path, line, cells):
    names = [cell.strip() for cell in cells]
    twice = [name for k, name in enumerate(names) if name in names[:k]]
    if twice:
        raise SpecError(f"two columns are called {twice[0][:80]!r}.", where=f"{path}:{line}", do="rename one of them.")
    if all(_NUMBER.fullmatch(name) for name in names):
        raise SpecError("the first line holds numbers, and should hold the names of the columns.",
                        where=f"{path}:{line}\n{','.join(names)[:120]}", do="write the names on a line above.")
    return names


def arrays_of(columns, table, learned=None, only=None):
    """The Data that a table gives.

    learned  of the Data that a model was fitted to; left out, it is learned here
    only     the names of the arrays wanted (all)

    Raises SpecError with the file, the line and the column.
    """
    return _Maker(columns, table, learned, only).data()


class _Maker:
    """The columns of one table, as they become arrays."""

    def __init__(self, columns, table, learned, only):
        self.spec, self.table, self.fresh = columns, table, learned is None
        self.learned = learned or {"columns": {}, "mean": {}, "std": {}, "words": {}}
        self.words = {**columns.one_hot, **columns.dummies}
        wanted = {name: given for name, given in columns.arrays.items() if only is None or name in only}
        self.arrays = {name: self._named(name, given) for name, given in wanted.items()}
        self.used = list(dict.fromkeys(column for _, own in self.arrays.values() for column in own))
        for column in [*self.words, *columns.maps, *(columns.standardise if columns.standardise is not True else ())]:
            if only is None:
                self._place(column)

    def _named(self, name, given):
        """(is it a vector, its columns); "*" stands for all that no other array has."""
        if isinstance(given, str):
            return True, (given,)
        if EVERY in given and EVERY not in self.table.names:
            if self.fresh:
                held = {c for other, own in self.spec.arrays.items() if other != name
                        for c in ((own,) if isinstance(own, str) else own)} | set(given)
                rest = [column for column in self.table.names if column not in held]
                self.learned["columns"][name] = [c for one in given for c in (rest if one == EVERY else [one])]
            return False, tuple(self._told("columns", name))
        return False, given

    def _place(self, column):
        if column not in self.table.names:
            near = difflib.get_close_matches(column, self.table.names, 1)
            raise SpecError(f"this table has no column {column[:80]!r}.", where=self.table.path,
                            known=", ".join(self.table.names[:SHOWN]),
                            do=f"did you mean {near[0]!r}?" if near else "name one of its columns.")
        return self.table.names.index(column)

    def data(self):
        """The Data."""
        cells = {column: [row[self._place(column)] for row in self.table.rows] for column in self.used}
        lacking = {column: np.array([cell in self.spec.missing_words for cell in own]) for column, own in cells.items()}
        missing = {column: int(own.sum()) for column, own in lacking.items() if own.any()}
        kept = self._kept(lacking, missing)
        made = {column: self._column(column, cells[column], lacking[column], kept) for column in self.used}
        arrays, labels = {}, {}
        for name, (vector, own) in self.arrays.items():
            parts = [made[column] for column in own]
            arrays[name] = parts[0][1][:, 0] if vector else np.column_stack([values for _, values in parts])
            if not vector:
                labels[name] = [label for names, _ in parts for label in names]
        return Data(arrays, labels, kept, missing, len(self.table.rows), self.learned)

    def _kept(self, lacking, missing):
        """The numbers of the rows that stay."""
        if missing and self.spec.missing == "refuse":
            column = next(iter(missing))
            line = self.table.lines[int(np.argmax(lacking[column]))]
            counts = ", ".join(f"{c} {n}" for c, n in list(missing.items())[:SHOWN])
            raise SpecError(f"values are missing: {counts}.", where=f"{self.table.path}:{line}: column {column}",
                            do='say what becomes of them: missing = "drop" (the rows) or "mean" in [table].')
        drop = np.zeros(len(self.table.rows), bool)
        for column, own in lacking.items():
            if self.spec.missing == "drop" or column in self.words or column in self.spec.maps:
                drop |= own
        kept = np.flatnonzero(~drop)
        if not len(kept):
            raise SpecError("no row has a value in every column.", where=self.table.path,
                            do="leave out the columns that lack most.")
        return kept

    def _column(self, column, cells, lacking, kept):
        """(the names of what a column becomes, its values, a column each)."""
        if column in self.words:
            words = self._levels(column, [cells[k] for k in kept])
            index = {word: k for k, word in enumerate(words)}
            codes = [self._known(column, k, cells[k], index) for k in kept]
            first = column in self.spec.dummies
            return [f"{column} {word}" for word in words[first:]], np.eye(len(words))[codes][:, first:]
        values = np.array([math.nan if lacking[k] else self._number(column, k, cells[k]) for k in kept])
        if self.spec.missing == "mean" and column not in self.spec.maps:
            values = self._filled(column, values)
        if self._standardised(column):
            mean, std = self._moments(column, values)
            values = (values - mean)/std
        return [column], values[:, None]

    def _levels(self, column, cells):
        given = self.words[column]
        if given != SORTED:
            return list(given)
        if self.fresh:
            self.learned["words"][column] = sorted(set(cells))
            if len(self.learned["words"][column]) < 2:
                raise SpecError("fewer than two words tell nothing.", where=f"{self.table.path}: column {column}",
                                do="leave the column out.")
        return self._told("words", column)

    def _known(self, column, row, cell, known):
        if cell not in known:
            near = difflib.get_close_matches(cell, known, 1)
            raise self._error(f"{cell[:40]!r} is none of the words of this column.", column, row,
                              f"did you mean {near[0]!r}?" if near else
                              "add it in [table], or to missing_words there.",
                              ", ".join(map(str, list(known)[:SHOWN])))
        return known[cell]

    def _number(self, column, row, cell):
        if column in self.spec.maps:
            return self._known(column, row, cell, self.spec.maps[column])
        value = float(cell) if _NUMBER.fullmatch(cell) else math.nan
        if not math.isfinite(value):
            raise self._error(f"{cell[:40]!r} is no finite number.", column, row,
                              f"give words numbers in [table.maps], or columns in [table.dummies]; or add "
                              f"{cell[:40]!r} to missing_words.")
        return value

    def _filled(self, column, values):
        if self.fresh and np.isnan(values).all():
            raise SpecError("this column has no value at all.", where=f"{self.table.path}: column {column}",
                            do="leave it out.")
        if self.fresh:
            self._moments(column, values[~np.isnan(values)])
        return np.where(np.isnan(values), self._told("mean", column), values)

    def _standardised(self, column):
        if self.spec.standardise is True:
            single = any(vector and column in own for vector, own in self.arrays.values())
            return not single and column not in self.spec.maps
        return column in self.spec.standardise

    def _moments(self, column, values):
        if self.fresh:
            mean, std = float(np.mean(values)), float(np.std(values))
            if self._standardised(column) and not (std > 0 and math.isfinite(std)):
                raise SpecError("this column has one value in all rows, and is not standardised.",
                                where=f"{self.table.path}: column {column}", do="leave it out.")
            self.learned["mean"].setdefault(column, mean)
            self.learned["std"].setdefault(column, std)
        return self._told("mean", column), self._told("std", column)

    def _told(self, kind, name):
        """What the fit learned of a column, or of an array's columns."""
        if name not in self.learned[kind]:
            raise SpecError(f"the fit has learned no {kind} of {name[:80]!r}.", where=self.table.path,
                            do="fit the model again: its file, or what was learned, has changed since.")
        return self.learned[kind][name]

    def _error(self, what, column, row, do, known=None):
        return SpecError(what, where=f"{self.table.path}:{self.table.lines[row]}: column {column}", known=known, do=do)
