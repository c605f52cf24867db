"""Arrays by name go into a file, and come out of it again: NumPy's .npz, without pickles, whole or not at all."""
import io
import math
import zipfile
import zlib
from pathlib import Path

import numpy as np

from symdiff.errors import ArgumentError, SpecError
from symdiff.files import write_file

_DAMAGE = (OSError, ValueError, EOFError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error)
META = "_about"                 # the entry that says in words what the file holds
BYTES = 2**33                   # of all arrays of a file


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
    """{name: array} of a file that `save` wrote; anything else is refused, before room is made for it.

    Raises ArgumentError where there is no file, SpecError for one of another kind.
    """
    path = Path(path)
    if not path.exists():
        raise ArgumentError(f"there is no file {path}.", do="give the path that save gave.")
    try:
        if not path.is_file():
            raise ValueError("it is no regular file")
        with zipfile.ZipFile(path) as file:
            return _arrays(file)
    except _DAMAGE as error:
        why = (str(error) or type(error).__name__).splitlines()[0][:200]
        raise SpecError(f"{path} is no file of weights.", where=why,
                        do="give a file that save wrote; arrays of Python objects are never read.") from error


def _arrays(file):
    """{name: array} of an open archive; ValueError where it is not as `save` writes them."""
    entries = file.infolist()
    if len({entry.filename for entry in entries}) < len(entries):
        raise ValueError("an array stands here twice")
    if sum(entry.file_size for entry in entries) > BYTES:
        raise ValueError(f"its arrays would take more than {BYTES >> 30} GiB")
    found = {}
    for entry in entries:
        name = entry.filename.removesuffix(".npy")
        if name == entry.filename or "/" in name:
            raise ValueError(f"it holds {entry.filename[:80]!r}, which is no array")
        if name != META:
            found[name] = _array(io.BytesIO(file.read(entry)))
    return found


def _array(stream):
    """The array in NumPy's format, whose header claims no more and no less than there is."""
    version = np.lib.format.read_magic(stream)
    header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}.get(version)
    if header is None:
        raise ValueError(f"an array of NumPy's format {version}")
    shape, columns, dtype = header(stream)
    if dtype.kind not in "biuf":
        raise ValueError(f"an array of {dtype}, which is no type of real numbers")
    content = stream.read()
    if len(content) != dtype.itemsize*math.prod(shape):
        raise ValueError(f"an array of the shape {shape} in {len(content)} bytes")
    return np.frombuffer(content, dtype).reshape(shape, order="F" if columns else "C").copy(order="C")
