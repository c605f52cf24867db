"""Weights: what is saved is loaded, whole or not at all, without pickles, and nothing is written over unasked."""
import numpy as np
import pytest

from codegen.train import load_weights, train
from codegen.train.weights import save
from symdiff.errors import ArgumentError, SpecError
from tests.codegen.train.problems import line, network


def test_there_and_back(tmp_path):
    given = {"w": np.arange(6.0).reshape(2, 3), "b": 0.1, "β": np.float32([1, 2])}
    path = save(tmp_path/"one", given)
    assert path == tmp_path/"one.npz"
    found = load_weights(path)
    assert list(found) == list(given)
    for key, value in given.items():
        np.testing.assert_array_equal(found[key], value)
        assert found[key].dtype == np.asarray(value).dtype


def test_nothing_is_written_over_unasked(tmp_path):
    path = save(tmp_path/"one.npz", {"w": 1.0})
    with pytest.raises(ArgumentError, match="exists"):
        save(path, {"w": 2.0})
    assert load_weights(path)["w"] == 1.0
    save(path, {"w": 2.0}, force=True)
    assert load_weights(path)["w"] == 2.0
    assert [p.name for p in tmp_path.iterdir()] == ["one.npz"]


def test_what_is_no_array_of_numbers_is_refused(tmp_path):
    for wrong in ({"w": np.array([object()])}, {"w": "text"}, {"../w": 1.0}):
        with pytest.raises(ArgumentError, match="cannot be kept"):
            save(tmp_path/"one", wrong)
    assert list(tmp_path.iterdir()) == []


def test_other_files_are_refused(tmp_path):
    whole = save(tmp_path/"whole", {"w": np.arange(1000.0)}).read_bytes()
    np.savez(tmp_path/"pickle.npz", w=np.array([{}, []], dtype=object))
    np.save(tmp_path/"plain.npy", np.ones(2))
    for name, content in (("cut.npz", whole[:500]), ("text.npz", b"w = 1"), ("empty.npz", b"")):
        (tmp_path/name).write_bytes(content)
    for name in ("pickle.npz", "plain.npy", "cut.npz", "text.npz", "empty.npz"):
        with pytest.raises(SpecError, match="no file of weights"):
            load_weights(tmp_path/name)
    with pytest.raises(ArgumentError, match="no file"):
        load_weights(tmp_path/"none.npz")


def test_a_training_goes_on_from_a_file(tmp_path):
    loss, data = line()
    first = train(loss, data, method="gd", epochs=3)
    path = first.save(tmp_path/"line")
    second = train(loss, data, path, method="gd", epochs=2)
    whole = train(loss, data, method="gd", epochs=5)
    np.testing.assert_array_equal(second.parameters["w"], whole.parameters["w"])
    with pytest.raises(ArgumentError, match="W1|w2|b"):
        train(*network(), path, epochs=1)
