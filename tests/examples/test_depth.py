"""Layers of two fold the line; as many units side by side cannot."""
import numpy as np
import pytest


def test_three_folds(example):
    """Seven kinks are needed for eight pieces, and the wide network has six."""
    (deep, wide), = example("depth").main([3])
    assert deep < 1e-3 and wide > 0.1


def test_the_folds_are_exact(example):
    depth = example("depth")
    start = depth.deep_start(4, off=0)
    h = depth.POINTS[:, None]
    for k in range(1, 5):
        h = np.maximum(h @ start[f"W{k}"] + start[f"b{k}"], 0)
    np.testing.assert_allclose(h @ start["W5"] + start["b5"], depth.saw(4), atol=1e-12)
    assert np.sum(np.abs(np.diff(depth.saw(4), 2)) > 1e-9) == 2**4 - 1


@pytest.mark.nightly
def test_in_full(example):
    errors = np.array(example("depth").main())
    assert np.all(errors[:, 0] < 1e-3) and np.all(errors[:2, 1] < 1e-6) and np.all(errors[2:, 1] > 0.2)
