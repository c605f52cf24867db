"""The model files of the examples: checked, fitted and asked by the commands; their fits are other programs' too."""
import json

import numpy as np
import pytest

import symdiff as sd
from codegen.data import arrays_of, read_table
from symdiff.__main__ import main

NAMES = ("line", "logistic", "svm", "network")


@pytest.fixture
def command(project, capsys):
    """Run a command on a model and the table; what it prints."""
    def run(word, what, *more):
        assert main([word, str(what), "--data", str(project / "examples" / "heart.csv"), *more]) == 0
        return capsys.readouterr().out
    return run


@pytest.fixture
def predicted(command):
    """The numbers that a fitted folder gives for the table's rows; nan where a row lacks a value."""
    def of(folder, *more):
        rows = json.loads(command("predict", folder, "--json", *more))["values"]
        return np.array([np.nan if row[0] is None else row[0] for row in rows])
    return of


@pytest.fixture(scope="module")
def data(project):
    """The arrays of a model."""
    def of(name):
        columns = sd.load(project / "examples" / "models" / f"{name}.toml").columns
        return arrays_of(columns, read_table(project / "examples" / "heart.csv")).arrays
    return of


def test_every_model_file_is_here(project):
    assert sorted(path.stem for path in (project / "examples" / "models").iterdir()) == sorted(NAMES)


@pytest.mark.parametrize("name", ["network", *(pytest.param(one, marks=pytest.mark.nightly) for one in NAMES[:3])])
def test_check(command, project, name):
    found = json.loads(command("check", project / "examples" / "models" / f"{name}.toml", "--json"))
    assert found["ok"] and len(found["rows"]) >= 2


def test_line(command, predicted, project, tmp_path, data):
    found = json.loads(command("fit", project / "examples" / "models" / "line.toml", "--json", "-o",
                               str(tmp_path / "f")))
    x, y = data("line")["x"], data("line")["y"]
    (slope, intercept), covariance = np.polyfit(x, y, 1, cov=True)
    assert found["parameters"] == pytest.approx({"slope": slope, "intercept": intercept}, rel=1e-9)
    assert list(found["standard_errors"].values()) == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-9)
    np.testing.assert_allclose(predicted(tmp_path / "f"), intercept + slope*x, rtol=1e-9)


@pytest.mark.nightly
def test_logistic(command, predicted, project, tmp_path):
    """The coefficients of heart.py, found with another program in its test; a row that lacks a value has no chance."""
    found = json.loads(command("fit", project / "examples" / "models" / "logistic.toml", "--json", "-o",
                               str(tmp_path / "f")))
    named = dict(zip(found["names"], [*found["parameters"]["w"], found["parameters"]["b"]]))
    assert (found["n"], found["left_out"]) == (297, 6) and found["loss"] == pytest.approx(0.328001, abs=5e-7)
    assert (named["Ca"], named["b"]) == pytest.approx((1.1898, -1.7799), abs=5e-5)
    chances = predicted(tmp_path / "f")
    assert len(chances) == 303 and np.sum(np.isnan(chances)) == 6


@pytest.mark.nightly
def test_svm(command, predicted, project, tmp_path, data):
    svm = pytest.importorskip("sklearn.svm")
    found = json.loads(command("fit", project / "examples" / "models" / "svm.toml", "--json", "-o",
                               str(tmp_path / "f")))
    X, y = data("svm")["X"], data("svm")["y"]
    other = svm.SVC(kernel="linear", C=1/(0.01*len(y)), tol=1e-9).fit(X, y)
    np.testing.assert_allclose(found["parameters"]["w"], other.coef_[0], atol=1e-3)
    assert found["parameters"]["b"] == pytest.approx(other.intercept_[0], abs=1e-3)
    signs = predicted(tmp_path / "f", "--what", "sign(score)")
    assert np.mean(signs[~np.isnan(signs)] == other.predict(X)) > 0.98


def test_network(command, predicted, project, tmp_path, data):
    """It stops before the last epoch, and tells four of five patients rightly."""
    found = json.loads(command("fit", project / "examples" / "models" / "network.toml", "--json", "-o",
                               str(tmp_path / "f")))
    assert min(found["losses"]["validation"]) < 0.4 and len(found["losses"]["validation"]) < 500
    chances = predicted(tmp_path / "f")
    assert np.mean((chances[~np.isnan(chances)] > 0.5) == data("network")["y"]) > 0.8


def test_another_layer_is_another_line(project, tmp_path):
    text = (project / "examples" / "models" / "network.toml").read_text(encoding="utf-8")
    more = tmp_path / "more.toml"
    more.write_text(text.replace('{ skip = "h1" }', '{ maxout = 8 }, { skip = "h1" }'), encoding="utf-8")
    before, after = sd.load(project / "examples" / "models" / "network.toml"), sd.load(more)
    assert {str(p) for p in after.parameters} - {str(p) for p in before.parameters} == {"W3", "b3", "W5", "b5"}
    assert [str(name) for name, _ in after.equations] == ["h1", "h2", "h3", "h4", "z", "p"]
