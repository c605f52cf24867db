"""The networks of the examples: what a line cannot part, a hidden layer or other coordinates can."""
import sys

import numpy as np
import pytest

from symdiff.errors import ArgumentError


@pytest.fixture(scope="module")
def networks(example):
    """The example as a module."""
    return example("networks")


def test_xor(networks):
    """The best that no hidden layer can do is a chance of one half everywhere: log 2."""
    line, hidden = networks.xor()
    assert line == pytest.approx(np.log(2), abs=1e-6) and hidden < 1e-3


@pytest.mark.nightly
def test_more_units_err_less(networks):
    errors = networks.widths((1, 3))
    assert errors[1] < 0.2*errors[0]


def test_rings(networks):
    """Gaussian radii a whole apart, of deviation 0.15, overlap in one point of 2 300."""
    line, polar, hidden = networks.rings(200)
    assert line < 0.65 and polar >= 0.99 and hidden >= 0.99


def test_it_prints(networks, capsys, monkeypatch):
    for part in ("xor", "widths", "rings"):
        monkeypatch.setattr(networks, part, lambda: print("  done"))
    networks.main()
    assert capsys.readouterr().out.count("done") == 3


def test_it_draws(networks, monkeypatch, tmp_path):
    pytest.importorskip("matplotlib")
    for part in ("xor", "rings"):
        monkeypatch.setattr(networks, part, lambda: None)
    monkeypatch.setattr(networks, "widths", lambda: [0.3, 0.1])
    networks.main(tmp_path / "widths.svg")
    assert "<svg" in (tmp_path / "widths.svg").read_text(encoding="utf-8")


def test_without_matplotlib_the_remedy_is_told(networks, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ArgumentError, match=r"symdiff-compiler\[plot\]"):
        networks.draw([0.3, 0.1], tmp_path / "widths.svg")
