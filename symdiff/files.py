"""Text or bytes, and a path, go in; the file comes out: written whole or not at all, never over another one unasked."""
import errno
import os
import stat
import tempfile
from pathlib import Path

from .errors import ArgumentError


def write_file(path, text, force=False):
    """Write the text, or bytes, to `path`; the path.

    The file is complete or as it was before: it is written beside the path under another name, and then takes its
    place.  An existing file is replaced only by force.  Raises ArgumentError.
    """
    path = destination(path, force)
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:32]}-", suffix=".tmp", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode(path))
        _put(temporary, path, force)
        temporary = None
    except OSError as error:
        raise _refused(path, error) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
    return path


def destination(path, force=False):
    """The path, when a file may be written there.  Raises ArgumentError."""
    if not isinstance(path, (str, os.PathLike)) or not os.fspath(path) or "\0" in str(path):
        raise ArgumentError(f"{path!r} is no path of a file.", do='give a name such as "grad.py".')
    path = Path(path).expanduser()
    if path.is_dir():
        raise ArgumentError(f"{path} is a directory.", do=f"name a file in it, such as {path/'grad.py'}.")
    if not path.parent.is_dir():
        raise ArgumentError(f"{path.parent} is no directory.", do="make it first, or choose another path.")
    if os.path.lexists(path) and not force:
        raise _exists(path)
    return Path(os.path.realpath(path))


def _put(temporary, path, force):
    """Give the finished file its name; without force only if nobody has made one of that name meanwhile."""
    if force:
        os.replace(temporary, path)
        return
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise _exists(path) from None
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS):
            raise
        os.replace(temporary, path)                     # a file system without links
        return
    os.unlink(temporary)


def _mode(path):
    """The permissions of the file that is there, else those of a new one."""
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _exists(path):
    return ArgumentError(f"{path} exists.", do="choose another name, or give force=True (--force) to replace it.")


def _refused(path, error):
    reason = error.strerror or str(error)
    remedy = "free some space, or choose another path." if error.errno in (errno.ENOSPC, errno.EDQUOT) else \
        "choose a path that you may write to."
    return ArgumentError(f"{path} could not be written: {reason}.", where="what was there before is unchanged",
                         do=remedy)
