"""Bad inputs, section D (71 to 84): files, each read right or refused with its place; what was there before stays."""
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest

import symdiff as sd
from codegen import folder
from codegen.cli import main
from tests.patience import soon
from tests.sparse import sparse

n = sd.sizes("n")
x, a = sd.array("x", n), sd.array("a", 3)
LOSS = sd.sum((sd.sum(a) - x)**2)
MODEL = 'loss = "sum((x*w + b - y)**2)"\n[data]\nx = ["n"]\ny = ["n"]\n[parameters]\nw = []\nb = []\n'
ABOUT = {"learned": {"columns": {}, "mean": {}, "std": {}, "words": {}}, "losses": {}}


@pytest.fixture
def file(tmp_path):
    """A function that writes a model file; its path."""
    def make(content, name="model.toml"):
        path = tmp_path/name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path
    return make


def refused(path, *words, kind=sd.SpecError, call=sd.load):
    """The error, at once, with the path and a remedy."""
    start = time.process_time()
    with pytest.raises(kind) as caught:
        call(path)
    text = str(caught.value)
    assert str(path) in text and "do:" in text and soon(start, 1), text
    assert all(word in text for word in words), text
    return caught.value


def npz(**arrays):
    whole = io.BytesIO()
    np.savez(whole, **arrays)
    return whole.getvalue()


@pytest.mark.parametrize("content, words", [
    (b"", "no model"), (bytes(range(256))*40, "UTF-8"), ('loss = "x"'.encode("utf-16"), "byte order mark"),
    (b"\xef\xbb\xbfloss = 'x'", "byte order mark"), (b"#"*(5*2**20), "longer than 4 MiB"),
])
def test_71_contents_that_are_no_model(file, content, words):
    refused(file(content), words)


def test_71_paths_that_are_no_file(tmp_path):
    refused(tmp_path/"nowhere.toml", "No such file")
    refused(tmp_path, "a directory")
    os.mkfifo(tmp_path/"pipe.toml")
    refused(tmp_path/"pipe.toml", "no regular file")
    refused("/dev/zero", "no regular file")
    for path in (tmp_path/"pipe.toml", tmp_path, "/dev/zero"):
        refused(path, "no regular file", call=sd.load_weights)
    refused(tmp_path/"nowhere.npz", "no file", kind=sd.ArgumentError, call=sd.load_weights)


def test_71_windows_line_ends_are_read(file):
    assert str(sd.load(file(MODEL.replace("\n", "\r\n")))) == str(sd.load(file(MODEL, "other.toml")))


def test_71_without_permission(file, monkeypatch):
    path, real = file(MODEL), open

    def forbidden(name, *more, **options):
        if str(name) == str(path):
            raise PermissionError(13, "Permission denied")
        return real(name, *more, **options)
    monkeypatch.setattr("builtins.open", forbidden)
    refused(path, "Permission denied")


def test_72_a_key_twice(file, tmp_path):
    refused(file(MODEL + "b = []\n"), ":8", "overwrite")
    folder.write(tmp_path/"fitted", MODEL, {"w": 1.0, "b": 2.0}, ABOUT)
    (tmp_path/"fitted"/"fit.json").write_text('{"format": 1, "format": 1}')
    with pytest.raises(sd.SpecError, match="(?s)a key stands here twice.*fit the model again"):
        folder.Folder(tmp_path/"fitted").about


@pytest.mark.parametrize("content", [
    b"!!python/object/apply:os.system ['touch marker']\n", b"a: &a [x, x]\nb: &b [*a, *a]\nloss: *b\n", b"loss: log(x)\n"])
def test_73_yaml_is_not_read(file, content, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    refused(file(content, "model.yaml"), "no TOML", ":1")
    assert not (tmp_path/"marker").exists()


def test_73_a_number_as_text_is_that_number(file):
    model = sd.load(file('loss = "exp(x)"\n[at]\nx = "1e-3"\n'))
    assert {str(key): float(value) for key, value in model.at.items()} == {"x": 1e-3}


def test_74_a_key_that_is_misspelt(file):
    text = '[data]\nX = ["n", 2]\n[network]\nlayers = [{dense = 4, actvation = "tanh"}, {dense = 1}]\noutput = "bernoulli"\n'
    refused(file(text), ":4", "actvation", "did you mean `activation`?")


@pytest.mark.parametrize("units", ["'four'", "-3", "0", "1e12", "1000000000000", "2.5", "true", "[4]"])
def test_75_units_that_are_none(file, units):
    text = f'[data]\nX = ["n", 2]\n[network]\nlayers = [{{dense = {units}}}, {{dense = 1}}]\noutput = "bernoulli"\n'
    refused(file(text), ":4", kind=sd.SymdiffError)


def test_76_deep_nesting(file):
    refused(file("[at]\nx = " + "["*100_000), ":2")
    refused(file('loss = "' + "("*100_000 + 'x"'), ":1")
    refused(file("[at]\nx = " + "{a = "*50_000), ":2")


def test_77_a_newer_format(file, tmp_path):
    refused(file("format = 7\n" + MODEL), "format 7", "up to 1", ":1")
    folder.write(tmp_path/"fitted", MODEL, {"w": 1.0, "b": 2.0}, ABOUT)
    (tmp_path/"fitted"/"fit.json").write_text(json.dumps({"format": 9, **ABOUT}))
    with pytest.raises(sd.SpecError, match="(?s)format 9.*up to 1"):
        folder.Folder(tmp_path/"fitted").about


def test_78_weights_outside_the_folder(file, tmp_path):
    """A model file names no other file, and a folder's files are its own."""
    refused(file('weights = "../../x"\n' + MODEL), ":1", "no key 'weights'")
    outside = tmp_path/"outside.npz"
    outside.write_bytes(npz(w=np.array(1.0), b=np.array(2.0)))
    for link in (os.symlink, os.link):
        path = folder.write(tmp_path/link.__name__, MODEL, {"w": 1.0, "b": 2.0}, ABOUT)
        (path/"weights.npz").unlink()
        link(outside, path/"weights.npz")
        refused(path, "weights.npz of its own", call=folder.Folder)


def test_79_arrays_of_objects(file):
    bad = npz(w=np.array([{}], dtype=object), b=np.array(1.0))
    refused(file(bad, "weights.npz"), "Python objects are never read", call=sd.load_weights)


def archive(name, content):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as file:
        file.writestr(name, content)
    return whole.getvalue()


FOREIGN = {
    "m.pt": b"\x80\x02cposix\nsystem\nX\x0c\x00\x00\x00touch marker\x85R.",
    "zip.pt": archive("archive/data.pkl", b"\x80\x02cposix\nsystem\nX\x0c\x00\x00\x00touch marker\x85R."),
    "m.keras": archive("config.json", '{"class_name": "Lambda", "config": {"function": "gAAA"}}'),
    "m.onnx": b"\x08\x07\x12\x07pytorch\x3a\x80\x01\x0a\x0ccom.custom.Op\x42\x04\x0a\x00\x10\x63",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_80_files_of_other_systems(file, name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    path = file(FOREIGN[name], name)
    refused(path)
    refused(path, call=sd.load_weights)
    assert not (tmp_path/"marker").exists()


WEIGHTS = {
    "truncated": (npz(a=np.ones(3))[:100], "no file of weights"), "empty": (b"", "no file of weights"),
    "nan": (npz(a=np.array([1.0, np.nan, 1.0])), "no finite number"),
    "infinite": (npz(a=np.array([1.0, np.inf, 1.0])), "no finite number"),
    "text": (npz(a=np.array(["1", "2", "3"])), "no type of real numbers"),
    "flipped": (npz(a=np.ones(3)).replace(np.ones(3).tobytes(), np.array([1, 2, 1.0]).tobytes()), "no file of weights"),
}


@pytest.mark.parametrize("damage", WEIGHTS)
def test_81_damaged_weights(file, damage):
    content, words = WEIGHTS[damage]
    path = file(content, "weights.npz")
    refused(path, words, call=sd.load_weights)
    refused(path, words, call=lambda path: sd.train(LOSS, {"x": [1.0, 2.0]}, start=path))


def test_81_weights_of_another_model(file):
    start = {"a": np.ones(3)}
    trained = sd.train(LOSS, {"x": [1.0, 2.0]}, start, method="L-BFGS-B")
    before = {name: value.copy() for name, value in trained.parameters.items()}
    for wrong, kind in ((npz(a=np.ones(5)), sd.SizeMismatch), (npz(b=np.ones(3)), sd.ArgumentError)):
        with pytest.raises(kind, match="(?s)do:"):
            sd.train(LOSS, {"x": [1.0, 2.0]}, start=file(wrong, "weights.npz"))
    assert all((trained.parameters[name] == value).all() for name, value in before.items())
    assert start["a"].tolist() == [1, 1, 1]


KILLED = """
import os, signal, sys
from pathlib import Path
from codegen import folder
from codegen.train import weights
where, real = Path(sys.argv[1]), os.fsync
calls = [0]
def fsync(handle):
    real(handle)
    calls[0] += 1
    if calls[0] == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
os.fsync = fsync
if where.suffix == ".npz":
    weights.save(where, {"a": [9.0]*3}, force=True)
else:
    folder.write(where, %r, {"w": 9.0, "b": 9.0}, %r, force=True)
""" % (MODEL, ABOUT)


@pytest.mark.parametrize("name, at", sparse([("weights.npz", 1), ("fitted", 1), ("fitted", 3)], 2))
def test_82_killed_while_saving(tmp_path, project, name, at):
    path = tmp_path/name
    if path.suffix:
        path.write_bytes(npz(a=np.ones(3)))
    else:
        folder.write(path, MODEL, {"w": 1.0, "b": 2.0}, ABOUT)
    ran = subprocess.run([sys.executable, "-c", KILLED, str(path), str(at)], cwd=project, capture_output=True, text=True)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    found = sd.load_weights(path) if path.suffix else folder.Folder(path).parameters
    assert [float(np.ravel(found[key])[0]) for key in sorted(found)] == ([1.0] if path.suffix else [2.0, 1.0])


FULL = """
import resource, sys
from pathlib import Path
import numpy as np
import symdiff as sd
from codegen import folder
from codegen.train import weights
where = Path(sys.argv[1])
big = np.ones(100_000)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for save in (lambda: weights.save(where/"weights.npz", {"a": big}, force=True),
             lambda: folder.write(where/"fitted", "loss = 'x'", {"w": big}, {}, force=True),
             lambda: folder.write(where/"fresh", "loss = 'x'", {"w": big}, {}, force=True)):
    try:
        save()
    except sd.ArgumentError as error:
        assert "do:" in str(error) and "File too large" in str(error), error
    else:
        raise SystemExit("nothing was said")
"""


def test_83_a_full_disk(tmp_path, project):
    (tmp_path/"weights.npz").write_bytes(npz(a=np.ones(3)))
    folder.write(tmp_path/"fitted", MODEL, {"w": 1.0, "b": 2.0}, ABOUT)
    ran = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], cwd=project, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert sd.load_weights(tmp_path/"weights.npz")["a"].tolist() == [1, 1, 1]
    assert float(folder.Folder(tmp_path/"fitted").parameters["w"]) == 1.0
    assert sorted(os.listdir(tmp_path)) == ["fitted", "weights.npz"]


def test_84_an_output_that_is_there(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path/"model.toml").write_text(MODEL)
    (tmp_path/"taken").mkdir()
    (tmp_path/"taken"/"file").write_text("mine")
    (tmp_path/"there.py").write_text("mine")
    (tmp_path/"there.md").write_text("mine")
    for arguments in (["derive", "x**2", "-o", "there.md"], ["compile", "model.toml", "-o", "there.py"],
                      ["new", "model.toml"]):
        assert main(arguments) == 2
        assert "exists" in (error := capsys.readouterr().err) and "--force" in error
    assert main(["compile", "model.toml", "-o", "taken"]) == 2 and "is a directory" in capsys.readouterr().err
    assert (tmp_path/"there.py").read_text() == (tmp_path/"there.md").read_text() == "mine"
    assert (tmp_path/"model.toml").read_text() == MODEL and (tmp_path/"taken"/"file").read_text() == "mine"
    assert main(["derive", "x**2", "-o", "there.md", "--force"]) == 0 and "x^{2}" in (tmp_path/"there.md").read_text()
