"""Progress: silent where nobody looks, lines or a bar where somebody does; a curve only with matplotlib."""
import sys

import pytest

from codegen.train import progress, train
from symdiff.errors import ArgumentError
from tests.codegen.train.problems import line


def test_silent_in_a_pipe(capfd):
    loss, data = line()
    train(loss, data, epochs=20)
    assert capfd.readouterr() == ("", "")


def test_lines_when_asked(capsys, monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0.0)
    loss, data = line()
    train(loss, data, epochs=3, tolerance=1e-300, progress=True)
    out, err = capsys.readouterr()
    assert out == "" and err.splitlines()[-1].startswith("3 of 3   loss ")


@pytest.mark.parametrize("module", ["rich", "tqdm"])
def test_bars(module, monkeypatch, capsys):
    pytest.importorskip(module)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    if module == "tqdm":
        monkeypatch.setitem(sys.modules, "rich.console", None)
    bar = progress.progress(5)
    assert type(bar).__name__.lower() == module
    bar.at(3, "loss 1")
    bar.close()


def test_without_bars_there_are_lines(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert isinstance(progress.progress(5), progress.Lines)


def test_a_curve_needs_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    loss, data = line()
    with pytest.raises(ArgumentError, match=r"matplotlib[\s\S]*symdiff-compiler\[plot\]"):
        train(loss, data, epochs=1).plot()


def test_a_curve():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    loss, data = line()
    axes = train(loss, data, epochs=4, validation=0.3).plot()
    assert [len(drawn.get_xdata()) for drawn in axes.get_lines()] == [4, 4]
