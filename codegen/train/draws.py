"""A seed goes in; whole numbers, uniform numbers and orders of rows come out: the same on every machine.

The generator is SplitMix64 (Steele, Lea and Flood, 2014), which adds a constant to its state and mixes the sum: only
whole numbers, so that no library and no processor rounds it in its own way.
"""
import numpy as np
from numba import njit

STEP, FIRST, SECOND = (np.uint64(c) for c in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
A, B, C, HALF, REST = (np.uint64(n) for n in (30, 27, 31, 32, 11))
BITS = 53                                       # of a number that decides an entry of a mask


def mixed(z):
    """The number that SplitMix64 gives at a state, or at each of an array of states."""
    z = (z ^ (z >> A))*FIRST
    z = (z ^ (z >> B))*SECOND
    return z ^ (z >> C)


_mixed = njit(mixed)


@njit
def permute(order, state):
    """Shuffle the order in place: Fisher and Yates, each of the orders as likely as 64 bits allow."""
    z = state[0]
    for k in range(order.size - 1, 0, -1):
        z = z + STEP
        other = ((_mixed(z) >> HALF)*np.uint64(k + 1)) >> HALF
        order[k], order[other] = order[other], order[k]
    state[0] = z


@njit
def scatter(vector, places, limits, rows, state):
    """Draw the masks of a batch of so many rows: see codegen.train.kept.Masks."""
    z = state[0]
    for k in range(places.shape[0]):
        first, limit = places[k, 0], limits[k]
        for i in range(first, first + places[k, 1]*rows + places[k, 2]):
            z = z + STEP
            vector[i] = 1.0 if _mixed(z) >> REST < limit else 0.0
    state[0] = z


class Draws:
    """Numbers from a seed, one after the other.

    >>> Draws(0).whole(2)
    array([16294208416658607535,  7960286522194355700], dtype=uint64)
    """

    def __init__(self, seed):
        self.state = np.array([seed % 2**64], np.uint64)

    def whole(self, count):
        """The next 64-bit whole numbers."""
        with np.errstate(over="ignore"):
            states = self.state[0] + STEP*np.arange(1, count + 1, dtype=np.uint64)
            self.skip(count)
            return mixed(states)

    def skip(self, count):
        """Leave out so many numbers."""
        with np.errstate(over="ignore"):
            self.state[0] += STEP*np.uint64(count)

    def uniform(self, count):
        """The next numbers in [0, 1), of 53 bits."""
        return (self.whole(count) >> REST)*2.0**-BITS

    def order(self, count):
        """The numbers from 0 to below the count in a random order."""
        made = np.arange(count)
        with np.errstate(over="ignore"):
            permute(made, self.state)
        return made

    def child(self):
        """Another generator, whose numbers are not this one's."""
        return Draws(int(self.whole(1)[0]))
