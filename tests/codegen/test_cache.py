"""The cache on disk: what is kept is found again by any process, and whatever happens to it, results are right."""
import errno
import os
import subprocess
import sys
import warnings

import numpy as np
import pytest

import symdiff.primitives  # noqa: F401
from codegen import cache
from codegen.execute import Executable
from symdiff.errors import CacheWarning
from symdiff.lengths import sizes
from symdiff.primitives import special
from symdiff.primitives.build import elementwise, total
from symdiff.primitives.leaf import input

n, _ = sizes("n d")
X = input("x", (n,))
VALUES = np.array([0.5, 1.5, -2.0, 0.25, 3.0])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty cache folder; nothing in memory, nothing warned of; what all kernels are called by is made already."""
    result()
    monkeypatch.setenv("SYMDIFF_CACHE_DIR", str(tmp_path/"kernels"))
    forget(monkeypatch)
    return tmp_path/"kernels"


def forget(monkeypatch):
    monkeypatch.setattr(cache, "_memory", type(cache._memory)())
    monkeypatch.setattr(cache, "_warned", set())


def result(word="erf"):
    """The sum of erf(x), through an Executable of its own."""
    value, = Executable((total(elementwise(word, X)),), (X,))((VALUES,))
    return value


def right(word="erf"):
    return sum(getattr(special, word)(x) for x in VALUES)


def warned(run):
    """(what run gives, the CacheWarnings on the way)."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        value = run()
    return value, [w for w in found if issubclass(w.category, CacheWarning)]


def kernels(folder):
    return sorted(f for f in folder.iterdir())


def no_compiler(*_):
    raise AssertionError("compiled, though it is in the cache")


def test_a_kernel_is_one_file_that_is_found_again(folder, monkeypatch):
    assert result() == pytest.approx(right(), rel=1e-14)
    file, = kernels(folder)
    assert file.suffix == ".kernel" and file.stat().st_mode & 0o077 == 0 and folder.stat().st_mode & 0o077 == 0
    forget(monkeypatch)
    monkeypatch.setattr(cache, "_new", no_compiler)
    os.utime(file, (0, 0))
    value, found = warned(result)
    assert value == pytest.approx(right(), rel=1e-14) and not found
    assert file.stat().st_mtime > 0                                     # its last use is noted


def truncated(data):
    return data[:len(data)//2]


def flipped(place):
    def damage(data):
        k = int(len(data)*place)
        return data[:k] + bytes([data[k] ^ 16]) + data[k + 1:]
    return damage


DAMAGE = {"empty": lambda data: b"", "truncated": truncated, "no newline": lambda data: data[:40],
          "first bit": flipped(0), "early bit": flipped(0.01), "late bit": flipped(0.9),
          "other": lambda data: b"\0"*5000, "longer": lambda data: data + b"x"}


RARE = [pytest.param(how, marks=pytest.mark.nightly) for how in DAMAGE if how not in ("empty", "truncated", "late bit")]


@pytest.mark.parametrize("how", ["empty", "truncated", "late bit", *RARE])
def test_damage_is_made_good_and_warned_of_once(folder, monkeypatch, how):
    result()
    file, = kernels(folder)
    whole = file.read_bytes()
    file.write_bytes(DAMAGE[how](whole))
    forget(monkeypatch)
    value, found = warned(result)
    assert value == pytest.approx(right(), rel=1e-14) and len(found) == 1 and "damaged" in str(found[0].message)
    forget(monkeypatch)
    monkeypatch.setattr(cache, "_new", no_compiler)             # it was kept anew
    value, found = warned(result)
    assert value == pytest.approx(right(), rel=1e-14) and not found


def test_two_kernels_never_mix(folder, monkeypatch):
    assert result("erf") != result("erfc")
    one, other = kernels(folder)
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second), other.write_bytes(first)
    forget(monkeypatch)
    (a, b), found = warned(lambda: (result("erf"), result("erfc")))
    assert a == pytest.approx(right("erf"), rel=1e-14) and b == pytest.approx(right("erfc"), rel=1e-14)
    assert len(found) == 2


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no owners here")
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o1777])
def test_a_folder_others_can_write_is_not_used(folder, mode):
    folder.mkdir()
    folder.chmod(mode)
    value, found = warned(result)
    assert value == pytest.approx(right(), rel=1e-14) and len(found) == 1 and "others" in str(found[0].message)
    assert not kernels(folder)


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no owners here")
def test_what_belongs_to_another_is_not_read(folder, monkeypatch):
    result()
    file, = kernels(folder)
    file.chmod(0o666)
    forget(monkeypatch)
    assert warned(result)[1]                                            # made anew
    monkeypatch.setattr(os, "getuid", lambda: 4321)
    forget(monkeypatch)
    value, found = warned(result)
    assert value == pytest.approx(right(), rel=1e-14) and len(found) == 1 and "others own" in str(found[0].message)


def test_where_nothing_can_be_written_it_runs_and_warns_once(folder, tmp_path, monkeypatch):
    (tmp_path/"file").write_text("")
    monkeypatch.setenv("SYMDIFF_CACHE_DIR", str(tmp_path/"file"/"kernels"))
    value, found = warned(lambda: (result(), result("erfc")))
    assert value[0] == pytest.approx(right(), rel=1e-14) and len(found) == 1
    monkeypatch.setenv("SYMDIFF_CACHE_DIR", str(folder))
    monkeypatch.setattr(cache.os, "access", lambda *_: False)
    forget(monkeypatch)
    value, found = warned(lambda: (result(), result("erfc")))
    assert value[0] == pytest.approx(right(), rel=1e-14)
    assert len(found) == 1 and "cannot be written" in str(found[0].message)


def test_no_home(folder, monkeypatch):
    monkeypatch.delenv("SYMDIFF_CACHE_DIR")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    def homeless(_):
        raise RuntimeError("Could not determine home directory.")
    monkeypatch.setattr(cache.pathlib.Path, "expanduser", homeless)
    value, found = warned(result)
    assert value == pytest.approx(right(), rel=1e-14) and len(found) == 1


def test_a_full_disk(folder, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(cache.os, "replace", full)
    value, found = warned(result)
    assert value == pytest.approx(right(), rel=1e-14) and len(found) == 1 and "No space" in str(found[0].message)
    assert not kernels(folder)


def test_interrupted_while_compiling(folder, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt
    for place in ("emit_kernel", "fuse", "_sum"):
        with monkeypatch.context() as patch:
            patch.setattr(cache, place, interrupted)
            run = Executable((total(elementwise("erf", X)),), (X,))
            with pytest.raises(KeyboardInterrupt):
                run((VALUES,))
            assert not folder.exists() or not kernels(folder)
    assert run((VALUES,))[0] == pytest.approx(right(), rel=1e-14)


def test_the_digest_holds_whatever_decides_the_code(monkeypatch):
    import symdiff

    def digest():
        cache._circumstances.cache_clear()
        return cache.digest_of("a text", "float64")

    first = digest()
    assert digest() == first and cache.digest_of("a text", "float32") != first != cache.digest_of("b text", "float64")
    changes = [(symdiff, "__version__", "0.0"), (np, "__version__", "0.0"), (cache, "_stamps", lambda: []),
               (cache.assemble, "triple", lambda: "riscv64"), (cache.host, "name", lambda: "generic"),
               (cache.host, "features", lambda: ""), (cache, "host_target", lambda: "two lanes")]
    for place, name, value in changes:
        with monkeypatch.context() as patch:
            patch.setattr(place, name, value)
            assert digest() != first, name
    assert digest() == first


def test_the_folder_is_bounded(folder, monkeypatch):
    monkeypatch.setattr(cache, "LARGEST", 200_000)
    folder.mkdir(mode=0o700)
    for k in range(10):
        file = folder/f"{k}.kernel"
        file.write_bytes(bytes(20_000))
        os.utime(file, (1000 + k, 1000 + k))
    (folder/".abandoned.part").write_bytes(b"half")
    os.utime(folder/".abandoned.part", (1000, 1000))
    (folder/".others.part").write_bytes(b"being written")
    result()
    names = {f.name for f in kernels(folder)}
    assert ".abandoned.part" not in names and ".others.part" in names
    assert "0.kernel" not in names and "9.kernel" in names and len(names) < 11
    assert sum(f.stat().st_size for f in kernels(folder)) <= 200_000


PROGRAM = '''
import sys
import numpy as np
import symdiff.primitives
from codegen import cache
from codegen.execute import Executable
from symdiff.primitives.build import elementwise, total
from symdiff.primitives.leaf import input
if "loads" in sys.argv:
    cache._new = None
x = input("x", (3, 5))
f = Executable((total(elementwise("atan2", elementwise("tan", x), elementwise("lgamma", x))),), (x,))
print(repr(f((np.linspace(0.1, 1.4, 15).reshape(3, 5),))[0]))
'''


def test_processes(folder, tmp_path, project):
    """Two that compile one model at once, one that finds it, one for another processor; Numba's own cache is no matter.

    A kernel is one file; what it is called by is another."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": "/proc/nowhere", "PYTHONPATH": str(project),
                   "PYTHONWARNINGS": "error::UserWarning"}

    def start(*arguments, **more):
        return subprocess.Popen([sys.executable, "-c", PROGRAM, *arguments], cwd=tmp_path, env={**environment, **more},
                                stdout=subprocess.PIPE, text=True)

    first = [start(), start()]
    printed = [p.communicate()[0] for p in first]
    assert [p.returncode for p in first] == [0, 0] and len(kernels(folder)) == 2
    later = [start("loads"), start(NUMBA_CPU_NAME="generic")]
    printed += [p.communicate()[0] for p in later]
    assert [p.returncode for p in later] == [0, 0] and len(kernels(folder)) == 4
    assert len(set(printed[:3])) == 1 and float(printed[3]) == pytest.approx(float(printed[0]), rel=1e-13)
