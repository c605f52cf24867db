"""Learned features err less than as many fixed ones, and than twice as many."""
import numpy as np
import pytest


def test_learned_features_err_less(example, tmp_path):
    pytest.importorskip("matplotlib")
    found = example("features").main(counts=(16, 8), plot=tmp_path / "features.svg")
    fixed, twice, learned = (found[name][1] for name in ("8 bumps, fixed", "16 bumps, fixed", "8 bumps, learned"))
    assert learned < 0.3*twice < twice < fixed
    assert "<svg" in (tmp_path / "features.svg").read_text(encoding="utf-8")


def test_fixed_features_are_linear_least_squares(example):
    features = example("features")
    data = features.points(80, 0)
    values = features.fitted(6, False, data)
    phi = np.exp(-(values["r"]*(data["x"][:, None] - values["c"]))**2)
    np.testing.assert_allclose(values["w"], np.linalg.lstsq(phi, data["y"], rcond=None)[0], rtol=1e-6)
