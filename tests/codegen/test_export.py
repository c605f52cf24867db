"""Saving: the module computes what the function computes, and a file is written whole or stays as it was."""
import errno
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from codegen.export import module_text, save
from symdiff.errors import ArgumentError

sys.path.insert(0, str(Path(__file__).parent))

from loop_cases import module_of

TEXT = "x = 1\n"


@pytest.fixture
def plain(monkeypatch):
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)


def model():
    n, d = sd.sizes("n d")
    X, y, w, b = sd.array("X", n, d), sd.array("y", n), sd.array("w", d), sd.array("b")
    p = 1/(1 + sp.exp(-(X @ w + b)))
    rng = np.random.default_rng(0)
    values = {"X": rng.normal(size=(50, 3)), "y": (rng.random(50) < 0.5)*1.0, "w": rng.normal(size=3), "b": 0.3}
    return sd.compile(-sd.mean(y*sp.log(p) + (1 - y)*sp.log(1 - p)), wrt=[w, b]), values


def same(a, b):
    if isinstance(a, dict):
        assert list(a) == list(b)
        return all(same(a[key], b[key]) for key in a)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=0, atol=1e-14)


def test_the_module_has_the_verbs(tmp_path, plain):
    f, values = model()
    path = f.save(tmp_path/"grad.py")
    made = module_of(path.read_text(encoding="utf-8"))
    assert path.read_text(encoding="utf-8") == f.source
    assert same(made.value(**values), f(**values))
    assert same(made.value_and_grad(**values), f.value_and_grad(**values))


def test_other_verbs(plain):
    f, values = model()
    made = module_of(module_text(f, ["grad", "jac", "hess"]))
    assert same(made.grad(**values), dict(f.grad(**values)))
    assert same(made.jac(**values), dict(f.jac(**values)))
    assert same(made.hess(**values), dict(f.hess(**values)))
    with pytest.raises(ArgumentError, match="no function"):
        module_text(f, ["hvp"])


def test_hessian_blocks_of_every_rank(plain):
    A, v, s = sd.array("A", 2, 3), sd.array("v", 3), sd.array("s")
    f = sd.compile(sd.sum(sp.sin(A @ v*s)**2), wrt=[A, v, s])
    rng = np.random.default_rng(1)
    values = {"A": rng.normal(size=(2, 3)), "v": rng.normal(size=3), "s": 0.7}
    assert same(module_of(module_text(f, ["hess"])).hess(**values), dict(f.hess(**values)))


def test_lists_and_dicts(plain):
    x, y = sd.array("x", 3), sd.array("y")
    for given in ([sd.sum(x)*y, x*y], {"total sum": sd.sum(x)*y, "b": x*y}):
        f = sd.compile(given, wrt=[x, y])
        made, values = module_of(f.source), {"x": np.arange(3.0), "y": 2.0}
        assert same(made.value(**values), f(**values))
        assert same(made.jac(**values), {k: dict(v) for k, v in f.jac(**values).items()} if isinstance(given, dict)
                    else tuple(map(dict, f.jac(**values))))


def test_names_that_may_not_stand_in_code(plain):
    strange, word = sp.Symbol("λ\n\"\"\""), sp.Symbol("lambda")
    f = sd.compile(strange**2*sp.exp(word), wrt=[strange, word])
    made = module_of(f.source)
    value, gradient = made.value_and_grad(*([2.0, 1.0] if f.inputs[0] != "lambda" else [1.0, 2.0]))
    wanted = f.value_and_grad({strange: 2.0, word: 1.0})
    assert np.isclose(value, wanted[0]) and np.allclose(sorted(gradient.values()), sorted(wanted[1].values()))
    assert "λ" not in f.source.split('"""', 2)[2]


# -- the file ----------------------------------------------------------------------------------------------------------

def test_a_file_is_written_whole(tmp_path):
    path = save(TEXT, tmp_path/"a.py")
    assert path == tmp_path/"a.py" and path.read_text() == TEXT and os.listdir(tmp_path) == ["a.py"]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


def test_a_file_that_exists_stays_unless_forced(tmp_path):
    (tmp_path/"a.py").write_text("old")
    os.chmod(tmp_path/"a.py", 0o640)
    with pytest.raises(ArgumentError, match="exists") as caught:
        save(TEXT, tmp_path/"a.py")
    assert "force" in caught.value.do and (tmp_path/"a.py").read_text() == "old"
    save(TEXT, str(tmp_path/"a.py"), force=True)
    assert (tmp_path/"a.py").read_text() == TEXT and stat.S_IMODE((tmp_path/"a.py").stat().st_mode) == 0o640


def test_a_file_made_meanwhile_stays(tmp_path, monkeypatch):
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda f: ((tmp_path/"a.py").write_text("other"), real(f)))
    with pytest.raises(ArgumentError, match="exists"):
        save(TEXT, tmp_path/"a.py")
    assert (tmp_path/"a.py").read_text() == "other" and os.listdir(tmp_path) == ["a.py"]


def test_a_link_is_followed(tmp_path):
    (tmp_path/"real.py").write_text("old")
    (tmp_path/"link.py").symlink_to(tmp_path/"real.py")
    with pytest.raises(ArgumentError, match="exists"):
        save(TEXT, tmp_path/"link.py")
    save(TEXT, tmp_path/"link.py", force=True)
    assert (tmp_path/"link.py").is_symlink() and (tmp_path/"real.py").read_text() == TEXT


@pytest.mark.parametrize("force", [False, True])
def test_directories_and_missing_folders_are_refused(tmp_path, force):
    with pytest.raises(ArgumentError, match="is a directory"):
        save(TEXT, tmp_path, force)
    with pytest.raises(ArgumentError, match="is no directory"):
        save(TEXT, tmp_path/"none"/"a.py", force)
    for bad in ("", None, 3, "a\0b"):
        with pytest.raises(ArgumentError, match="no path"):
            save(TEXT, bad, force)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("word", ["fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EIO])
def test_a_failure_leaves_the_old_file(tmp_path, monkeypatch, word, code):
    def fails(*_):
        raise OSError(code, os.strerror(code))

    (tmp_path/"a.py").write_text("old")
    monkeypatch.setattr(os, word, fails)
    with pytest.raises(ArgumentError, match="could not be written") as caught:
        save(TEXT, tmp_path/"a.py", force=True)
    assert os.strerror(code) in str(caught.value) and ("space" in caught.value.do) == (code == errno.ENOSPC)
    assert (tmp_path/"a.py").read_text() == "old" and os.listdir(tmp_path) == ["a.py"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk(tmp_path, monkeypatch):
    """Writing itself fails, as on a disk without space."""
    (tmp_path/"a.py").write_text("old")
    real = os.fdopen
    monkeypatch.setattr(os, "fdopen", lambda handle, *a,
                        **k: (os.close(handle), real(os.open("/dev/full", os.O_WRONLY), *a, **k))[1])
    with pytest.raises(ArgumentError, match="No space"):
        save(TEXT*10000, tmp_path/"a.py", force=True)
    assert (tmp_path/"a.py").read_text() == "old" and os.listdir(tmp_path) == ["a.py"]


KILLED = """
import os, signal, sys
from codegen import export
real = os.fsync
os.fsync = lambda f: (real(f), os.kill(os.getpid(), signal.SIGKILL))
export.save("new" * 1000, sys.argv[1], force=True)
"""


def test_killed_on_the_way(tmp_path, project):
    (tmp_path/"a.py").write_text("old")
    ran = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path/"a.py")], cwd=project, capture_output=True)
    assert ran.returncode == -signal.SIGKILL and (tmp_path/"a.py").read_text() == "old"
