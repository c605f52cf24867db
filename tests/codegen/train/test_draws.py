"""The generator against the published numbers of SplitMix64; orders are orders, and as likely as they should be."""
import numpy as np
import pytest

from codegen.train.draws import Draws


def test_the_published_numbers():
    """Vigna's splitmix64.c from the state 1234567, as rosettacode.org (Pseudo-random numbers/Splitmix64) has it."""
    wanted = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]
    assert Draws(1234567).whole(5).tolist() == wanted


def test_in_one_go_or_one_by_one():
    one, other = Draws(3), Draws(3)
    np.testing.assert_array_equal(one.whole(6), np.concatenate([other.whole(2), other.whole(4)]))
    passed = one.whole(3)[2]
    other.skip(2)
    assert other.whole(1) == passed


@pytest.mark.parametrize("count", [0, 1, 2, 297])
def test_an_order_has_every_number_once(count):
    assert sorted(Draws(5).order(count)) == list(range(count))


def test_orders_are_equally_likely():
    """χ² of the 24 orders of 4 in 24 000 draws: 23 degrees of freedom, 49.7 is passed once in a thousand."""
    draws, seen = Draws(11), {}
    for _ in range(24_000):
        order = tuple(draws.order(4))
        seen[order] = seen.get(order, 0) + 1
    assert len(seen) == 24
    assert sum((n - 1000)**2/1000 for n in seen.values()) < 49.7


def test_uniform_numbers():
    u = Draws(2).uniform(100_000)
    assert 0 <= u.min() and u.max() < 1
    assert abs(u.mean() - 0.5) < 0.004 and abs(u.var() - 1/12) < 0.001
