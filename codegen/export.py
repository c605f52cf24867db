"""A compiled function in, the file of a module that computes the same out: written whole or not at all."""
import errno
import os
import stat
import tempfile
from dataclasses import replace
from pathlib import Path

from symdiff.errors import ArgumentError

from .emit.python import Given, Transposed, Verb, source
from .kinds import upper

_NOTES = {
    "value": "The value.", "grad": "{name: gradient}.", "value_and_grad": "(value, {name: gradient}).",
    "jac": "{name: Jacobian}, of the sizes of the value followed by those of the name.",
    "hess": "{(name, name): Hessian}, of the sizes of the first followed by those of the second.",
}


def save(compiled, path, force=False):
    """Write the module of a compiled function (or a text) to `path`; the path.

    The file is complete or as it was before: it is written beside the path under another name, and then
    takes its place.
    An existing file is replaced only by force.  Raises ArgumentError.
    """
    path = destination(path, force)
    text = compiled if isinstance(compiled, str) else module_text(compiled)
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:32]}-", suffix=".tmp", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
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


def module_text(compiled, kinds=None):
    """The text of the module: the value and its first derivatives, or the verbs named."""
    verbs = [_verb(compiled, kind) for kind in kinds or compiled.counts]
    inputs = [Given(node.attributes[0], str(key), node.sizes) for node, key in zip(compiled.nodes, compiled.inputs)]
    return source(verbs, inputs, title=str(compiled.expression), version=_version(), notes=compiled.notes,
                  dtype=compiled.dtype)


def _verb(compiled, kind):
    if kind not in _NOTES:
        raise ArgumentError(f"{kind} is no function that a module can have.", known=", ".join(_NOTES))
    program = compiled.program(kind)
    program = replace(program, bounds=tuple(dict.fromkeys((*compiled.problem.bounds, *program.bounds))))
    return Verb(kind, program, _result(compiled, kind), (), _NOTES[kind])


def _result(compiled, kind):
    """How the outputs of a verb are handed back: places of outputs, under the names of input buffers."""
    problem = compiled.problem
    names, count = [node.attributes[0] for node in problem.wrt], len(problem.outputs)
    if kind == "value":
        return _structured(compiled, list(range(count)))
    if kind == "grad":
        return {name: k for k, name in enumerate(names)}
    if kind == "value_and_grad":
        return (0, {name: k + 1 for k, name in enumerate(names)})
    if kind == "jac":
        return _structured(compiled, [{name: k*len(names) + j for j, name in enumerate(names)} for k in range(count)])
    return _hessian(names, [len(node.sizes) for node in problem.wrt])


def _structured(compiled, results):
    """The results in the form of what was compiled: one, several, or by name."""
    if compiled.problem.single:
        return results[0]
    keys = compiled.output_keys
    return tuple(results) if keys is None else dict(zip(keys, results))


def _hessian(names, ranks):
    """Blocks i ≤ j are computed, the others are their transposes."""
    place = {pair: k for k, pair in enumerate(upper(len(names)))}
    made = {}
    for i, one in enumerate(names):
        for j, other in enumerate(names):
            if i <= j:
                made[one, other] = place[i, j]
            else:
                axes = (*range(ranks[j], ranks[j] + ranks[i]), *range(ranks[j]))
                made[one, other] = Transposed(place[j, i], axes) if axes else place[j, i]
    return made


def _version():
    from importlib.metadata import PackageNotFoundError, version
    try:
        return version("symdiff-compiler")
    except PackageNotFoundError:
        return ""
