"""One maxout unit comes to the least error that its pieces can have, and draws a polygon."""
import numpy as np
import pytest


def least(k):
    """The least root mean square error of k linear pieces on x² from -1 to 1, by NumPy: a line through each part."""
    x = (np.arange(4000) + 0.5)/2000 - 1
    parts = np.split(x, k)
    return np.sqrt(np.mean([(p**2 - np.polyval(np.polyfit(p, p**2, 1), p))**2 for p in parts]))


def test_parabola(example):
    (bound, maxout, relu), = example("maxout").parabola([4], starts=3)
    assert bound == pytest.approx(least(4), rel=1e-3) and bound < maxout < 1.1*bound
    assert least(5) < relu                          # four kinks, five pieces


@pytest.mark.nightly
def test_a_triangle_holds_a_disc_better_than_a_strip(example):
    (strip, _), (triangle, _) = example("maxout").disc((2, 3), rows=300, starts=2)
    assert triangle > strip + 0.05 and triangle > 0.85


@pytest.mark.nightly
def test_in_full(example):
    maxout = example("maxout")
    assert all(0.999*bound < found < 1.5*bound for bound, found, _ in maxout.parabola())
    rights = [right for right, _ in maxout.disc()]
    assert rights == sorted(rights) and rights[-1] > 0.93
