"""What decides a kernel goes in, the compiled kernel comes out: from memory, from the cache on disk, or made now.

On disk each kernel has a folder named by its digest: the generated module, Numba's files beside it, the program, and the
sums of all of them.  A folder is made under another name and renamed when it is complete, so that nobody sees half of
it.  What is damaged is deleted, made again, and warned of once.
"""
import collections
import functools
import hashlib
import os
import pathlib
import pickle
import shutil
import tempfile
import threading
import warnings
from dataclasses import dataclass

from symdiff.errors import CacheWarning
from symdiff.graph import order

from .fuse import fuse
from .jit import load, load_text, source
from .lower import lower
from .plan import Layout, layout

KEPT = 256                      # kernels kept in memory; an older one is compiled or loaded again when it is asked for
_SUMS = "sums.txt"


@dataclass
class Kernel:
    """A compiled program: `entry` is called with a table and arrays, as codegen.jit has it."""
    program: object
    layout: Layout
    entry: object

    def order(self, inputs):
        """For each input buffer of the program the place of its node among `inputs`."""
        place = {node.attributes[0]: k for k, node in enumerate(inputs)}
        return [place[b.name] for b in self.program.buffers if b.kind == "input"]


_memory, _lock = collections.OrderedDict(), threading.RLock()


def compiled(outputs, names, dtype, key=None):
    """The kernel of some outputs; `outputs` may be a function that makes them, when `key` says what they will be."""
    make = outputs if callable(outputs) else lambda: outputs
    digest = digest_of(make() if key is None else key, dtype)
    with _lock:
        found = _memory.get(digest)
        if found is None:
            found = _memory[digest] = _from_disk(digest) or _made(digest, make(), names, dtype)
            while len(_memory) > KEPT:
                _memory.popitem(last=False)
        _memory.move_to_end(digest)
        return found


def digest_of(outputs, dtype):
    """A name for the kernel of these nodes (or of this text), this dtype, this machine and these versions."""
    text = outputs if isinstance(outputs, str) else graph_text(outputs)
    return hashlib.sha256(f"{_circumstances()}\n{dtype}\n{text}".encode()).hexdigest()[:32]


def graph_text(outputs):
    """A line for each node: the same for equal graphs, in every process."""
    place, lines = {}, []
    for node in order(outputs):
        place[node] = len(lines)
        lines.append(f"{node.op.name} {[place[i] for i in node.inputs]} {node.attributes!r}")
    return "\n".join([*lines, str([place[o] for o in outputs])])


@functools.cache
def _circumstances():
    """Versions, processor, and the state of the source files: whatever changes the code for the same graph."""
    import llvmlite
    import numba
    from numba.core import config

    from .emit.llvm.target import host_target
    here = pathlib.Path(__file__).parent
    files = sorted([*here.rglob("*.py"), *(here.parent/"symdiff").rglob("*.py")])
    stamps = [f"{f.name} {s.st_size} {s.st_mtime_ns}" for f in files for s in (f.stat(),)]
    return repr((numba.__version__, llvmlite.__version__, config.CPU_NAME, config.CPU_FEATURES, host_target(), stamps))


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
    path = folder()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        state = path.stat()
        if hasattr(os, "getuid") and (state.st_uid != os.getuid() or state.st_mode & 0o022):
            return _warn(f"others can write to the cache folder {path}: it is not used.  Make it yours alone (chmod 700).")
        if not os.access(path, os.W_OK | os.X_OK):
            return _warn(f"the cache folder {path} cannot be written: code is compiled anew in every process.")
    except (OSError, RuntimeError) as error:
        return _warn(f"the cache folder {path} cannot be used ({error}): code is compiled anew in every process.")
    return path


_warned = set()


def _warn(message):
    if message not in _warned:
        _warned.add(message)
        warnings.warn(message, CacheWarning, stacklevel=6)


_DAMAGE = (OSError, EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError, ImportError, RuntimeError,
           pickle.UnpicklingError)


def _from_disk(digest):
    """The kernel kept under this digest, or None."""
    base = _usable()
    if base is None or not (base/digest/_SUMS).exists():
        return None
    place = base/digest
    try:
        if (place/_SUMS).read_text() != _sums(place):
            raise ValueError("its sums do not agree")
        program, made = pickle.loads((place/"program").read_bytes())
        return Kernel(program, made, load(place/"kernel.py", digest))
    except _DAMAGE as error:
        _warn(f"a kernel in the cache was damaged ({error}); it is compiled anew.  ({place})")
        shutil.rmtree(place, ignore_errors=True)
        return None


def _sums(place):
    files = sorted(f for f in place.rglob("*") if f.is_file() and f.name != _SUMS and not f.name.endswith(".pyc"))
    return "\n".join(f"{f.relative_to(place)} {hashlib.sha256(f.read_bytes()).hexdigest()}" for f in files)


def _made(digest, outputs, names, dtype):
    """The kernel compiled now, and kept on disk where that is possible."""
    program = fuse(lower(outputs, names))
    made = layout(program, dtype.itemsize)
    base = _usable()
    if base is not None:
        try:
            return _kept(base, digest, program, made)
        except OSError as error:
            _warn(f"a kernel could not be kept in the cache ({error}).")
    return Kernel(program, made, load_text(source(digest, made, _version(), False), digest, program, made))


def _kept(base, digest, program, made):
    place = pathlib.Path(tempfile.mkdtemp(prefix=f".{digest[:8]}-", dir=base))
    try:
        (place/"kernel.py").write_text(source(digest, made, _version(), True))
        (place/"program").write_bytes(pickle.dumps((program, made)))
        entry = load(place/"kernel.py", digest, program, made)
        (place/_SUMS).write_text(_sums(place))
        try:
            os.rename(place, base/digest)
        except OSError:
            pass                                        # another process was quicker: its folder is as good
        return Kernel(program, made, entry)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _version():
    from importlib.metadata import PackageNotFoundError, version
    try:
        return version("symdiff-compiler")
    except PackageNotFoundError:
        return "unknown"

