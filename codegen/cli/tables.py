"""The path of a .npy or .csv file goes in; the array of its numbers comes out."""
import csv
import os
from pathlib import Path

import numpy as np

from symdiff.errors import DTypeError, SpecError

BYTES = 2**28


def table(path):
    """The array in a .npy file, as it is; the rows of numbers in a .csv file, whose first line may be names.

    Raises SpecError, DTypeError.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in (".npy", ".csv"):
        raise SpecError(f"no array is read from a file of suffix {suffix!r}.", where=path,
                        do="give a .npy or .csv file.")
    try:
        if not os.path.isfile(path):
            raise SpecError("there is no such file.", where=path, do="give the path of a file.")
        if os.path.getsize(path) > BYTES:
            raise SpecError(f"this file is longer than {BYTES >> 20} MiB.", where=path, do="give fewer rows.")
        return _npy(path) if suffix == ".npy" else _csv(path)
    except OSError as error:
        raise SpecError(f"this file is not read: {error.strerror or error}.", where=path,
                        do="give a file that can be read.") from None


def _npy(path):
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)        # mapped: what its header claims is checked
    except (ValueError, EOFError) as error:
        raise SpecError("this is no array of numbers in NumPy's format.", where=f"{path}\n{str(error)[:200]}",
                        do="write it by np.save(path, array).") from None
    if found.dtype.kind not in "biuf":
        raise DTypeError(f"this file holds {found.dtype}, which is no type of real numbers.", where=path,
                         do="save numbers.")
    return np.array(found, dtype=np.float64)


def _csv(path):
    rows, names = [], None
    try:
        with open(path, newline="", encoding="utf-8") as file:
            for line, cells in enumerate(csv.reader(file), 1):
                if not cells:
                    continue
                numbers = [_number(cell) for cell in cells]
                if None in numbers and not rows and names is None:
                    names = cells
                    continue
                width = len(rows[0]) if rows else len(names or cells)
                if None in numbers or len(cells) != width:
                    where = f"{path}:{line}\n{','.join(cells)[:120]}"
                    wrong = f"{cells[numbers.index(None)][:40]!r} is no number" if None in numbers else \
                        f"this row has {len(cells)} cells, and the first one {width}"
                    raise SpecError(f"{wrong}.", where=where, do="give rows of numbers, of one length.")
                rows.append(numbers)
    except (UnicodeDecodeError, csv.Error) as error:
        raise SpecError("this is no table of numbers.", where=f"{path}\n{str(error)[:200]}",
                        do="save it as CSV in UTF-8.") from None
    if not rows:
        raise SpecError("this table has no rows.", where=path, do="give rows of numbers.")
    return np.array(rows)


def _number(cell):
    """The number in a cell, or None."""
    try:
        return float(cell)
    except ValueError:
        return None
