"""Arrays by name go into a file, and come out of it again: NumPy's .npz, without pickles, whole or not at all."""
import io
import os
import stat
import zipfile
import zlib
from pathlib import Path

import numpy as np

from symdiff.errors import ArgumentError, SpecError
from symdiff.files import write_file

_DAMAGE = (OSError, ValueError, TypeError, EOFError, AttributeError, KeyError, zipfile.BadZipFile, zlib.error)
META = "_about"                 # the entry that says in words what the file holds


def save(path, arrays, about="", force=False):
    """Write {name: array of numbers} to an .npz file; the path.

    The file is written whole or not at all; one that is there is replaced by force=True only.
    """
    path = Path(path)
    path = path if path.suffix == ".npz" else path.with_name(path.name + ".npz")
    numbers = {str(name): np.asarray(array) for name, array in arrays.items()}
    wrong = [name for name, array in numbers.items() if array.dtype.kind not in "biuf" or name == META or "/" in name]
    if wrong:
        raise ArgumentError(f"{wrong[0]} cannot be kept in a file.",
                            where=f"its dtype is {numbers[wrong[0]].dtype}",
                            do="keep arrays of numbers, by plain names.")
    whole = io.BytesIO()
    np.savez(whole, allow_pickle=False, **{META: np.array(about)}, **numbers)
    return write_file(path, whole.getvalue(), force)


def load(path):
    """{name: array of finite numbers} of a file that `save` wrote; anything else is refused."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise SpecError(f"{path} is no regular file.", do="give the path that save gave.")
        with np.load(path, allow_pickle=False) as file:
            found = {name: file[name] for name in file.files if name != META}
    except FileNotFoundError:
        raise ArgumentError(f"there is no file {path}.", do="give the path that save gave.") from None
    except _DAMAGE as error:
        raise SpecError(f"{path} is no file of weights.", where=str(error).splitlines()[0][:200],
                        do="give a file that save wrote; arrays of Python objects are never read.") from error
    for name, array in found.items():
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
            raise SpecError(f"{path} is no file of weights.", where=f"its entry {name[:80]!r} is no array of numbers",
                            do="give a file that save wrote.")
        if not np.isfinite(array).all():
            raise SpecError(f"{name} holds what is no finite number.", where=str(path), do="train or fit again.")
    return found
