"""On a parabola every step is known by hand; on a curve with several minima the starts end in several."""
import numpy as np
import pytest


@pytest.fixture(scope="module")
def descent(example):
    return example("descent")


@pytest.mark.parametrize("rate, what", [(0.01, "far"), (0.25, "there"), (0.75, "away")])
def test_rates(descent, rate, what):
    """w - 3 is multiplied by 1 - rate·L'' at each step, L'' = 2 mean(x²)."""
    weights = descent.path(descent.LINE, 0.0, rate, 12)
    factor = 1 - 2*rate*np.mean(descent.POINTS**2)
    np.testing.assert_allclose(weights - 3, -3*factor**np.arange(13), atol=1e-12)
    distances = np.abs(weights - 3)
    assert {"far": distances[-1] > 1, "there": distances[-1] < 1e-3, "away": np.all(np.diff(distances) > 0)}[what]


def test_starts(descent):
    ends = [descent.path(descent.WAVE, start, 0.3, 60)[-1] for start in (0.5, 2.0, 6.5)]
    losses = descent.curve(descent.WAVE, np.array(ends))
    assert ends[1] == pytest.approx(3, abs=1e-4) and losses[1] < 1e-8
    assert losses[0] > 0.4 and losses[2] > 0.8
    for end in ends:                                # each a minimum: higher on both sides
        low, here, high = descent.curve(descent.WAVE, end + np.array([-0.05, 0, 0.05]))
        assert low > here < high


def test_it_prints_and_draws(descent, capsys, tmp_path):
    pytest.importorskip("matplotlib")
    descent.main(tmp_path / "descent.svg", steps=3)
    text = capsys.readouterr().out
    assert "dL/dw = -2*mean(x*(y - w*x))" in text and "the best of 8 starts: w = 3.000" in text
    assert "<svg" in (tmp_path / "descent.svg").read_text(encoding="utf-8")
