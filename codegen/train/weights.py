"""Arrays by name go into a file, and come out of it again: NumPy's .npz, without pickles, whole or not at all."""
import os
import tempfile
import zipfile
import zlib
from pathlib import Path

import numpy as np

from symdiff.errors import ArgumentError, SpecError

META = "_about"                 # the entry that says in words what the file holds


def save(path, arrays, about="", force=False):
    """Write {name: array of numbers} to an .npz file; the path.

    What is there before is written over only by force=True.  The file is written under another name, flushed to the
    disk and renamed, so that nobody ever sees half of it.
    """
    path = Path(path)
    path = path if path.suffix == ".npz" else path.with_name(path.name + ".npz")
    if path.exists() and not force:
        raise ArgumentError(f"{path} is there already.", do="give force=True to write over it, or another name.")
    numbers = {str(name): np.asarray(array) for name, array in arrays.items()}
    wrong = [name for name, array in numbers.items() if array.dtype.kind not in "biuf" or name == META or "/" in name]
    if wrong:
        raise ArgumentError(f"{wrong[0]} cannot be kept in a file.",
                            where=f"its dtype is {numbers[wrong[0]].dtype}", do="keep arrays of numbers, by plain names.")
    try:
        handle, other = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    except OSError as error:
        raise ArgumentError(f"nothing can be written in {path.parent} ({error.strerror}).",
                            do="make the folder, or give another.") from error
    try:
        with open(handle, "wb") as file:
            np.savez(file, allow_pickle=False, **{META: np.array(about)}, **numbers)
            file.flush()
            os.fsync(file.fileno())
        if force:
            os.replace(other, path)
        else:
            _renamed(other, path)
    finally:
        Path(other).unlink(missing_ok=True)
    return path


def _renamed(other, path):
    """Renamed where nothing has come there meanwhile."""
    try:
        os.link(other, path)
    except FileExistsError:
        raise ArgumentError(f"{path} is there already.", do="give force=True to write over it.") from None
    except OSError:                                             # a file system without links
        os.replace(other, path)


def load(path):
    """{name: array} of a file that `save` wrote; anything else is refused."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files if name != META}
    except FileNotFoundError:
        raise ArgumentError(f"there is no file {path}.", do="give the path that save gave.") from None
    except (OSError, ValueError, EOFError, AttributeError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise SpecError(f"{path} is no file of weights.", where=str(error).splitlines()[0][:200],
                        do="give a file that save wrote; arrays of Python objects are never read.") from error
