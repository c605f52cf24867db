"""Folders of fitted models and files of weights: nothing outside is read, damage is told, a save is whole or none."""
import errno
import io
import json
import os
import zipfile

import numpy as np
import pytest

from codegen.folder import Folder, write
from codegen.train import load_weights
from codegen.train.weights import save
from symdiff.errors import ArgumentError, SpecError
from symdiff.__main__ import main

MODEL = 'loss = "mean((y - a*x)**2)"\n[data]\nx = ["n"]\ny = ["n"]\n[parameters]\na = []\n'
LEARNED = {"losses": {}, "learned": {"columns": {}, "mean": {}, "std": {}, "words": {}}}


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path/"fitted", MODEL, {"a": 2.0}, LEARNED)


def told(path):
    """What is said of a folder, by the first of its parts that is asked for."""
    with pytest.raises(SpecError) as caught:
        found = Folder(path)
        assert found.model and found.about and found.parameters
    assert caught.value.do
    return str(caught.value)


def test_there_and_back(folder):
    found = Folder(folder)
    assert found.parameters == {"a": 2.0} and [a.name for a in found.model.parameters] == ["a"]
    assert os.listdir(folder.parent) == ["fitted"]
    assert found.about["digests"].keys() == {"model.toml", "weights.npz"}


@pytest.mark.parametrize("name", ["model.toml", "weights.npz", "fit.json"])
@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_files_that_are_links_to_other_places_are_not_read(folder, tmp_path, name, link):
    outside = tmp_path/name
    (folder/name).rename(outside)
    link(outside, folder/name)
    assert f"no file {name} of its own" in told(folder)


def test_a_fifo_and_a_folder_in_the_place_of_a_file(folder):
    (folder/"weights.npz").unlink()
    os.mkfifo(folder/"weights.npz")
    assert "no file weights.npz of its own" in told(folder)
    (folder/"weights.npz").unlink()
    (folder/"weights.npz").mkdir()
    assert "no file weights.npz of its own" in told(folder)


def test_nothing_is_written_through_a_link(tmp_path):
    (tmp_path/"elsewhere").mkdir()
    os.symlink("elsewhere", tmp_path/"link")
    os.symlink("nowhere", tmp_path/"dangling")
    for name in ("link", "dangling"):
        for force in (False, True):
            with pytest.raises(ArgumentError, match="no folder"):
                write(tmp_path/name, MODEL, {"a": 2.0}, LEARNED, force)
    assert os.listdir(tmp_path/"elsewhere") == [] and not (tmp_path/"nowhere").exists()


def test_the_files_of_two_fits_do_not_go_together(folder, tmp_path):
    other = write(tmp_path/"other", MODEL, {"a": 3.0}, LEARNED)
    os.replace(other/"weights.npz", folder/"weights.npz")
    assert "weights.npz is not that of this fit" in told(folder)
    write(folder, MODEL, {"a": 4.0}, LEARNED, force=True)
    assert Folder(folder).parameters == {"a": 4.0}
    (folder/"model.toml").write_text(MODEL.replace("a*x", "a*x**2"))
    assert "model.toml is not that of this fit" in told(folder)


@pytest.mark.parametrize("digests", [3, {"../../etc/passwd": "0"}, {"model.toml": "0", "fit.json": "0"}])
def test_digests_of_other_files_are_not_read(folder, digests):
    about = json.loads((folder/"fit.json").read_text())
    (folder/"fit.json").write_text(json.dumps({**about, "digests": digests}))
    assert "not what symdiff fit wrote" in told(folder)


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_disk_that_is_full_leaves_what_was_there(folder, monkeypatch, step):
    before = {name: (folder/name).read_bytes() for name in os.listdir(folder)}

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")
    with monkeypatch.context() as patched:
        patched.setattr(os, step, full)
        with pytest.raises(ArgumentError, match="No space left"):
            write(folder, MODEL, {"a": 9.0}, LEARNED, force=True)
        with pytest.raises(ArgumentError, match="No space left"):
            save(folder/"weights.npz", {"a": 9.0}, force=True)
    assert {name: (folder/name).read_bytes() for name in os.listdir(folder)} == before
    assert os.listdir(folder.parent) == ["fitted"]


def test_a_replacement_that_is_cut_off_is_known(folder, monkeypatch):
    """After the first of three files the process is gone."""
    right, done = os.replace, []

    def once(source, target):
        if done:
            raise KeyboardInterrupt
        done.append(target)
        right(source, target)
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", once)
        with pytest.raises(KeyboardInterrupt):
            write(folder, MODEL.replace("a*x", "a*x + 1"), {"a": 9.0}, LEARNED, force=True)
    assert "model.toml is not that of this fit" in told(folder)


def test_what_was_learned_and_is_not_there_any_more(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "model.toml"]) == 0
    assert main(["fit", "model.toml", "--data", "model.csv", "-o", "fitted"]) == 0
    about = json.loads((tmp_path/"fitted"/"fit.json").read_text())
    for kind, damaged in (("mean", {}), ("std", {"hours": 1.0})):
        learned = {**about["learned"], kind: damaged}
        (tmp_path/"fitted"/"fit.json").write_text(json.dumps({**about, "learned": learned}))
        capsys.readouterr()
        assert main(["predict", "fitted", "--data", "model.csv"]) == 2
        assert f"the fit has learned no {kind}" in capsys.readouterr().err


# -- files of weights -------------------------------------------------------------------------------------------------

def member(array, **header):
    """An array in NumPy's format, with another header where it is given."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {**np.lib.format.header_data_from_array_1_0(array), **header})
    return stream.getvalue() + array.tobytes()


def archive(path, entries, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in entries:
            file.writestr(name, content)
    return path


ONES = np.ones(3)


@pytest.mark.parametrize("entries, words", [
    ([("w.npy", member(ONES, shape=(10**12,)))], "24 bytes"), ([("w.npy", member(ONES, shape=(2,)))], "24 bytes"),
    ([("w.npy", member(ONES, descr="|O"))], "no type of real numbers"),
    ([("w.npy", member(ONES, descr="<c16"))], "no type of real numbers"),
    ([("w.npy", member(ONES, descr=[("f", "<f8")]))], "no type of real numbers"),
    ([("w.npy", member(ONES, shape=(-3,)))], "bytes"), ([("w.npy", b"\x93NUMPY\x09\x00")], "format"),
    ([("w.npy", b"\x93NUMPY")], "no file of weights"), ([("w.npy", b"")], "no file of weights"),
    ([("w.npy", member(ONES)), ("w.npy", member(ONES))], "twice"), ([("w.txt", b"1")], "no array"),
    ([("../w.npy", member(ONES))], "no array"), ([("w.npy", b"cos\nsystem\n(S'true'\ntR.")], "no file of weights"),
])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_archives_that_save_did_not_write(tmp_path, entries, words):
    with pytest.raises(SpecError, match=words) as error:
        load_weights(archive(tmp_path/"w.npz", entries))
    assert "no file of weights" in str(error.value) and error.value.do


def test_an_archive_that_would_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("codegen.train.weights.BYTES", 2**20)
    path = archive(tmp_path/"w.npz", [("w.npy", member(np.zeros(2**18)))], zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 2**14
    with pytest.raises(SpecError, match="would take more than"):
        load_weights(path)


def test_a_flipped_bit_is_found(tmp_path):
    path = save(tmp_path/"w.npz", {"w": np.arange(100.0)})
    whole = bytearray(path.read_bytes())
    whole[whole.index(np.arange(100.0).tobytes()) + 400] ^= 1
    path.write_bytes(whole)
    with pytest.raises(SpecError, match="no file of weights"):
        load_weights(path)


def test_a_fifo_is_no_file_of_weights(tmp_path):
    os.mkfifo(tmp_path/"w.npz")
    for path in (tmp_path/"w.npz", tmp_path, "/dev/zero"):
        with pytest.raises(SpecError, match="no regular file"):
            load_weights(path)


def test_columns_first_and_other_types_are_read(tmp_path):
    np.savez(tmp_path/"w.npz", a=np.asfortranarray(np.arange(6.0).reshape(2, 3)), b=np.float32(1.5), c=np.zeros((0, 3)))
    found = load_weights(tmp_path/"w.npz")
    assert found["a"].tolist() == [[0, 1, 2], [3, 4, 5]] and found["a"].flags.c_contiguous
    assert found["b"].dtype == np.float32 and found["b"].shape == () and found["c"].shape == (0, 3)
    np.savez_compressed(tmp_path/"z.npz", a=np.ones(3))
    assert load_weights(tmp_path/"z.npz")["a"].tolist() == [1, 1, 1]
