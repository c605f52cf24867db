"""A fitted model goes into a folder, as its file, its parameters and what the data taught; and comes out again."""
import hashlib
import json
import math
import os
import shutil
import tempfile
from functools import cached_property
from pathlib import Path


from symdiff.errors import ArgumentError, SpecError
from symdiff.files import write_file
from symdiff.modes import Mask
from symdiff.spec import load

from .train import weights

MODEL, WEIGHTS, ABOUT = "model.toml", "weights.npz", "fit.json"
FORMAT, BYTES = 1, 2**26


def free(path, force=False):
    """The path, when a folder may be written there.  Raises ArgumentError."""
    path = Path(path)
    if not path.parent.is_dir():
        raise ArgumentError(f"{path.parent} is no directory.", do="make it first, or choose another path.")
    if os.path.lexists(path) and (path.is_symlink() or not path.is_dir()):
        raise ArgumentError(f"{path} exists, and is no folder.", do="choose another name.")
    if path.is_dir() and any(path.iterdir()) and not force:
        raise ArgumentError(f"{path} exists.", do="choose another name, or give force=True (--force) to replace it.")
    return path


def write(path, text, parameters, about, force=False):
    """Write the folder; the path.

    text        of the model file
    parameters  {name: array}, with the running statistics that the model has
    about       what else is known, as JSON has it

    A new folder appears whole or not at all; of one that is there, each file is replaced whole, by force only.
    fit.json comes last and has the digests of the others, so that a folder left half replaced is known as such.
    Raises ArgumentError.
    """
    path = free(path, force)
    try:
        made = Path(tempfile.mkdtemp(prefix=f".{path.name[:32]}-", dir=path.parent))
    except OSError as error:
        raise ArgumentError(f"{path} could not be written: {error.strerror}.",
                            do="choose a path that you may write to.") from error
    try:
        write_file(made/MODEL, text)
        weights.save(made/WEIGHTS, parameters, "parameters of model.toml")
        about = {"format": FORMAT, **about, "digests": {name: _digest(made/name) for name in (MODEL, WEIGHTS)}}
        write_file(made/ABOUT, json.dumps(about, indent=1, ensure_ascii=False) + "\n")
        if path.is_dir() and any(path.iterdir()):
            for name in (MODEL, WEIGHTS, ABOUT):
                os.replace(made/name, path/name)
        else:
            made.chmod(0o777 & ~_mask())
            os.replace(made, path)
    except OSError as error:
        raise ArgumentError(f"{path} could not be written: {error.strerror}.", do="free some space, or choose another "
                            "path.") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return path


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _mask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


class Folder:
    """A folder that `write` wrote, read when asked; nothing outside it is ever read.

    model       the Model
    parameters  {name: array}, with the running statistics
    about       what else was written

    Raises SpecError for what is no such folder.
    """

    def __init__(self, path):
        self.path = Path(path)
        if not self.path.is_dir():
            raise SpecError("there is no such folder.", where=str(path), do="give a folder that symdiff fit wrote.")
        for name in (MODEL, WEIGHTS, ABOUT):
            own = self.path/name
            if own.is_symlink() or not own.is_file() or own.stat().st_nlink > 1:
                raise SpecError(f"this folder has no file {name} of its own.", where=str(path),
                                do="give a folder that symdiff fit wrote; links to other places are not followed.")

    @cached_property
    def model(self):
        """The Model."""
        return load(self.path/MODEL)

    @cached_property
    def parameters(self):
        """{name: array}: a finite value for each of the model's parameters and running statistics."""
        found, wanted = weights.load(self.path/WEIGHTS), [array.name for array in self.model.parameters]
        wanted += [name for name, mode in self.model.modes.items() if not isinstance(mode, Mask)]
        if set(found) != set(wanted):
            raise SpecError("these are not the parameters of the model beside them.", where=str(self.path/WEIGHTS),
                            known=", ".join(wanted), do="fit the model again.")
        for name, digest in self.about.get("digests", {}).items():
            if digest != _digest(self.path/name):
                raise SpecError(f"{name} is not that of this fit.", where=str(self.path),
                                do="fit the model again; the files of two fits, or changed ones, do not go together.")
        return found

    @cached_property
    def about(self):
        """What else was written."""
        place, path = f"{self.path/ABOUT}", self.path/ABOUT
        if path.stat().st_size > BYTES:
            raise SpecError(f"this file is longer than {BYTES >> 20} MiB.", where=place, do="fit the model again.")
        try:
            found = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            raise SpecError("this is not what symdiff fit wrote.", where=f"{place}\n{str(error)[:200]}",
                            do="fit the model again.") from None
        version = found.get("format") if isinstance(found, dict) else None
        if type(version) is int and version > FORMAT:
            raise SpecError(f"this folder has format {version}, and this program reads up to {FORMAT}.", where=place,
                            do="use a newer symdiff-compiler.")
        digests = found.get("digests", {}) if isinstance(found, dict) else None
        if version != FORMAT or not _learned(found.get("learned")) or not _numbers(found.get("losses")) or \
                not isinstance(digests, dict) or not set(digests) <= {MODEL, WEIGHTS}:
            raise SpecError("this is not what symdiff fit wrote.", where=place, do="fit the model again.")
        return found


def _once(pairs):
    """An object of JSON, each key once."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key stands here twice")
    return dict(pairs)


def _learned(found):
    """Is it what data teach: names of columns and words, means, deviations?"""
    if not isinstance(found, dict) or set(found) != {"columns", "mean", "std", "words"}:
        return False
    if not all(isinstance(part, dict) for part in found.values()):
        return False
    texts = all(isinstance(own, list) and all(isinstance(one, str) for one in own)
                for kind in ("columns", "words") for own in found[kind].values())
    return texts and all(type(n) in (int, float) and math.isfinite(n) for kind in ("mean", "std")
                         for n in found[kind].values())


def _numbers(found):
    """Is it {label: numbers}?"""
    return isinstance(found, dict) and all(
        isinstance(own, list) and all(n is None or type(n) in (int, float) for n in own) for own in found.values())
