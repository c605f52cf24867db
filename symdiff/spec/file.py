"""The path of a TOML file goes in; its tables, and where each key stands, come out."""
import difflib
import os
import re
import stat
import tomllib
from pathlib import Path

from ..errors import SpecError, nearest
from .places import places

BYTES = 4*2**20


class File:
    """A TOML file, read.

    path     as it was given
    tables   {key: value}, as tomllib has them
    """

    def __init__(self, path):
        self.path = os.fspath(path)
        text = _text(self.path)
        self._places = places(text, self.path)
        try:
            self.tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise _refused(self.path, str(error), text) from None
        except (ValueError, RecursionError) as error:           # numbers of thousands of digits
            raise SpecError("this is not read as TOML.", where=f"{self.path}\n{str(error)[:200]}",
                            do="write shorter numbers and fewer brackets.") from None

    def place(self, *keys):
        """file:line: keys, as an error shows them."""
        known = keys
        while known and known not in self._places:
            known = known[:-1]
        line = f":{self._places[known]}" if known else ""
        return f"{self.path}{line}" + (f": {'.'.join(keys)}" if keys else "")

    def error(self, what, *keys, where=None, known=None, do=None, kind=SpecError):
        """An error at the place of a key."""
        return kind(what, where="\n".join(filter(None, (self.place(*keys), where))), known=known, do=do)

    def unknown(self, known, *keys):
        """The error for a key that is none of the known ones."""
        return self.error(f"there is no key {keys[-1][:80]!r} here.", *keys, known=", ".join(known),
                          do=nearest(keys[-1], known, "leave it out."))


def _text(path):
    """The text of a file that is one, not too long, and UTF-8."""
    content = _content(path)
    if len(content) > BYTES:
        raise SpecError(f"this file is longer than {BYTES >> 20} MiB.", where=path,
                        do="keep data in files of their own, and the model in this one.")
    if content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise SpecError("this file begins with a byte order mark.", where=path,
                        do="save it as UTF-8 without a byte order mark.")
    try:
        return content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[:error.start].count(b"\n") + 1
        raise SpecError(f"this file is not UTF-8: byte {content[error.start]:#04x}.", where=f"{path}:{line}",
                        do="save it as UTF-8.") from None


def _content(path):
    """The bytes of a regular file, one more than BYTES at the most."""
    if "\0" in path:
        raise SpecError("this is no path.", where=repr(path)[:200], do="give the path of a model file.")
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):
            with open(path, "rb") as file:
                return file.read(BYTES + 1)
    except OSError as error:
        folder = Path(path).parent
        near = difflib.get_close_matches(Path(path).name, _names(folder), 1)
        hint = f"did you mean {folder / near[0]}?" if near and isinstance(error, FileNotFoundError) else None
        raise SpecError(f"this file is not read: {error.strerror or error}.", where=path,
                        do=hint or "give the path of a file that can be read.") from None
    raise SpecError(f"this is {'a directory' if stat.S_ISDIR(mode) else 'no regular file'}.", where=path,
                    do="give the path of a model file, such as model.toml.")


def _names(folder):
    """The TOML files in a folder, where it can be looked into."""
    try:
        return sorted(entry.name for entry in folder.iterdir() if entry.suffix == ".toml")
    except OSError:
        return []


def _refused(path, message, text):
    """What tomllib says, with the line it means."""
    told = re.search(r" \((?:at line (\d+), column (\d+)|at end of document)\)", message)
    line = int(told[1]) if told and told[1] else text.count("\n") + (not text.endswith("\n"))
    shown = "".join(c if c.isprintable() else "?" for c in text.split("\n")[line - 1][:120])
    return SpecError(f"this is no TOML: {message[:told.start() if told else 200]}.", where=f"{path}:{line}\n{shown}",
                     do="text stands in quotes, a table's name in [brackets], and each key once.")
