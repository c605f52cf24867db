"""What decides a kernel goes in, the compiled kernel comes out: from memory, from the cache on disk, or made now.

On disk each kernel is one file named by its digest: a line with the sum of all that follows, then the program, its
layout and its machine code.  It is written under another name and renamed when it is complete, so that nobody sees half
of it.  What is damaged is deleted, made again, and warned of once.  A file is a pickle, so a folder or a file that
others could have written is never read.
"""
import collections
import functools
import hashlib
import os
import pathlib
import pickle
import stat
import sys
import tempfile
import threading
import time
import warnings
from dataclasses import dataclass

from symdiff import errors
from symdiff.errors import CacheWarning
from symdiff.graph import order, orders_kept

from . import assemble
from .collector import at_rest
from .emit.llvm import emit_kernel
from .emit.llvm.target import host_target
from .fuse import fuse
from .loops import Call, Rows, Steps
from .lower import lower
from .plan import Layout, layout
from .vectormath import host

KEPT = 256                      # kernels kept in memory; an older one is compiled or loaded again when it is asked for
LARGEST = 512 << 20             # bytes of the folder; beyond, the kernels not used for longest are deleted
ABANDONED = 3600                # seconds after which a file that was never completed is deleted


@dataclass
class Kernel:
    """Machine code at its address, as long as what `alive` holds is there; of a program (codegen.emit.llvm.kernel says
    how it is called), or of none.
    """
    address: int
    alive: object
    program: object = None
    layout: Layout = None

    def order(self, inputs):
        """For each input buffer of the program the place of its node among `inputs`."""
        place = {node.attributes[0]: k for k, node in enumerate(inputs)}
        return [place[b.name] for b in self.program.buffers if b.kind == "input"]


_memory, lock = collections.OrderedDict(), threading.RLock()


def compiled(outputs, names, dtype, key=None):
    """The kernel of some outputs; `outputs` may be a function that makes them, when `key` says what they will be."""
    make = outputs if callable(outputs) else lambda: outputs
    digest = digest_of(make() if key is None else key, dtype)
    with lock, at_rest(), orders_kept():
        found = _memory.get(digest)
        if found is None:
            found = _memory[digest] = _from_disk(digest) or _made(digest, make(), names, dtype)
            while len(_memory) > KEPT:
                _memory.popitem(last=False)
        _memory.move_to_end(digest)
        return found


def listings(program, layout):
    """(LLVM's language after all its passes, assembly) of a program, compiled for this."""
    with lock:
        return _of_program(assemble.listings, "kernel_shown", program, layout)


def assembled(name, emit):
    """The code that emit(module, its name in it) writes, which is of no program; `name` decides it."""
    digest = digest_of(f"assembled {name}", None)
    with lock:
        return _from_disk(digest) or _assembled(digest, emit)


def function(name, make, kind):
    """The entry point of a function that is no program, from memory, from the disk, or made now.

    name   text that decides it, together with our source files
    make   digest -> the Python function, which Numba reads; the digest must be part of its name
    kind   its signature, in Numba's types
    """
    import numba
    digest = digest_of(f"function {name} {numba.__version__}", kind)
    with lock:
        found = _memory.get(digest)
        if found is None:
            found = _memory[digest] = _from_disk(digest) or _made_function(digest, make(digest), kind)
        _memory.move_to_end(digest)
        return found


def digest_of(outputs, dtype):
    """A name for the kernel of these nodes (or of this text), this dtype, this machine and these versions."""
    text = outputs if isinstance(outputs, str) else graph_text(outputs)
    here = _circumstances(host.name(), host.features())
    return hashlib.sha256(f"{here}\n{dtype}\n{text}".encode()).hexdigest()[:32]


def graph_text(outputs):
    """A line for each node: the same for equal graphs, in every process."""
    place, lines = {}, []
    for node in order(outputs):
        place[node] = len(lines)
        lines.append(f"{node.op.name} {[place[i] for i in node.inputs]} {node.attributes!r}")
    return "\n".join([*lines, str([place[o] for o in outputs])])


@functools.cache
def _circumstances(processor, features):
    """Versions, processor, and the state of our source files: whatever changes the code for the same graph."""
    import llvmlite
    import numpy
    import sympy

    import symdiff
    versions = (sys.implementation.cache_tag, *[m.__version__ for m in (symdiff, llvmlite, numpy, sympy)])
    return repr((versions, assemble.triple(), processor, features, host_target(), _stamps()))


def _stamps():
    """Name, size and time of each of our source files."""
    found, waiting = [], [str(pathlib.Path(__file__).parent), str(pathlib.Path(errors.__file__).parent)]
    while waiting:
        for entry in os.scandir(waiting.pop()):
            if entry.name.endswith(".py"):
                state = entry.stat()
                found.append((entry.path, state.st_size, state.st_mtime_ns))
            elif entry.is_dir() and entry.name != "__pycache__":
                waiting.append(entry.path)
    return sorted(found)


# -- on disk -----------------------------------------------------------------------------------------------------------

def folder():
    """Where kernels are kept: SYMDIFF_CACHE_DIR, or the user's cache folder."""
    chosen = os.environ.get("SYMDIFF_CACHE_DIR")
    if chosen:
        return pathlib.Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (pathlib.Path(base) if base else pathlib.Path("~").expanduser()/".cache")/"symdiff-compiler"


def _usable():
    """The folder, made if need be; None with a warning when it cannot be used or others could write to it."""
    try:
        path = folder()
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not _ours(path.stat()):
            return _warn(f"others own the cache folder {path}, or can write to it: it is not used.  "
                         "Make it yours alone (chmod 700), or set SYMDIFF_CACHE_DIR to another.")
        if not os.access(path, os.W_OK | os.X_OK):
            return _warn(f"the cache folder {path} cannot be written: code is compiled anew in every process.")
    except (OSError, RuntimeError) as error:
        return _warn(f"the cache folder cannot be used ({error}): code is compiled anew in every process.")
    return path


def _ours(state):
    """Can nobody else have written this?"""
    others = state.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return not hasattr(os, "getuid") or state.st_uid == os.getuid() and not others


_warned = set()


def _warn(message):
    if message not in _warned:
        _warned.add(message)
        warnings.warn(message, CacheWarning, stacklevel=6)


_DAMAGE = (OSError, EOFError, ValueError, TypeError, LookupError, AttributeError, ImportError, RuntimeError,
           pickle.UnpicklingError)


def _from_disk(digest):
    """The kernel kept under this digest, or None."""
    base = _usable()
    if base is None:
        return None
    path = base/f"{digest}.kernel"
    try:
        return _read(path, digest)
    except FileNotFoundError:
        return None
    except _DAMAGE as error:
        _delete(path)
        _warn(f"a kernel in the cache was damaged ({error}); it is compiled anew.  ({path})")
        return None


def _read(path, digest):
    with open(path, "rb") as file:
        if not _ours(os.fstat(file.fileno())):
            raise ValueError("others can write to it")
        sum_, rest = file.readline(), file.read()
    if sum_ != _sum(rest):
        raise ValueError("its sum does not agree")
    name, program, made, code = pickle.loads(rest)
    if name != digest:
        raise ValueError("it has the name of another")
    found = _placed(digest, program, made, code)
    _touch(path)
    return found


def _delete(path):
    try:
        os.unlink(path)
    except OSError:
        pass                                            # gone already, or not ours to delete


def _touch(path):
    """The time of its last use, for `_pruned`."""
    try:
        os.utime(path)
    except OSError:
        pass


def _sum(data):
    return hashlib.sha256(data).hexdigest().encode() + b"\n"


def _made(digest, outputs, names, dtype):
    """The kernel compiled now, and kept on disk where that is possible."""
    program = fuse(lower(outputs, names))
    made = layout(program, dtype.itemsize)
    return _new(digest, program, made, _of_program(assemble.assembled, _name(digest), program, made))


def _of_program(form, name, program, layout):
    """The code of a program in a form: that of assemble.assembled, or of assemble.listings."""
    module = assemble.module(name)
    emit_kernel(module, name, program, layout, host_target())
    return form(module, _gains(program.statements))


def _assembled(digest, emit):
    module = assemble.module(_name(digest))
    emit(module, _name(digest))
    return _new(digest, None, None, assemble.assembled(module))


def _new(digest, program, made, code):
    _keep(digest, program, made, code)
    return _placed(digest, program, made, code)


def _gains(statements):
    """Is it worth it to let LLVM run all its passes?  Where a routine is called, whose loops are Python's own, and for
    loops over steps, within which much stays the same: a tenth of the time of an LSTM.
    """
    return any([isinstance(s, (Call, Steps)) or isinstance(s, Rows) and _gains(s.body) for s in statements])


def _placed(digest, program, made, code):
    """The Kernel of some code; of what Numba compiled the entry point."""
    if isinstance(code, assemble.Code):
        return Kernel(*assemble.placed(code, _name(digest)), program, made)
    from .jit import loaded
    return loaded(code)


def _name(digest):
    return f"kernel_{digest}"


def _made_function(digest, run, kind):
    """The entry point of a function compiled now, and kept on disk where that is possible."""
    from .jit import function as compiled_by_numba
    entry, code = compiled_by_numba(run, kind)
    _keep(digest, None, None, code)
    return entry


def _keep(digest, program, made, code):
    """Keep machine code on disk, if that is possible."""
    base = _usable()
    if base is not None and code is not None:
        try:
            _write(base, digest, pickle.dumps((digest, program, made, code)))
            _pruned(base)
        except OSError as error:
            _warn(f"a kernel could not be kept in the cache folder {base} ({error}).")


def _write(base, digest, data):
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=base)
    try:
        with open(handle, "wb") as file:
            file.write(_sum(data) + data)
        os.replace(name, base/f"{digest}.kernel")
    finally:
        _delete(name)                                   # there only where it was not completed


def _pruned(base):
    """Delete what was never completed and, when the folder is too large, what was not used for longest."""
    kept, total = [], 0
    for entry in os.scandir(base):
        try:
            state = entry.stat()
        except FileNotFoundError:                       # another process was quicker
            continue
        if entry.name.endswith(".kernel"):
            kept.append((state.st_mtime_ns, entry.name, state.st_size))
            total += state.st_size
        elif entry.name.endswith(".part") and state.st_mtime < time.time() - ABANDONED:
            _delete(entry.path)
    if total > LARGEST:
        for _, name, size in sorted(kept)[:-1]:
            if total > LARGEST*3//4:
                _delete(base/name)
                total -= size


def _after_fork():
    """Another thread may have held the lock: in the child it never gives it back."""
    global lock
    lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
