"""Machine code that moves parameters against the formulas in NumPy, entry by entry; gradients that are not finite."""
import numpy as np
import pytest
from numba import njit

from codegen.train import update
from codegen.train.move import PLACES, SETTINGS, G, finite_of, move_by

SIZE = 61                       # some vectors of any machine's lanes, and entries that are left
NAMES = "x good g m s decay".split()


def memory(dtype):
    """({name: vector}, settings, table)."""
    rng = np.random.default_rng(4)
    made = {name: rng.normal(size=SIZE + 1).astype(dtype)[1:] for name in NAMES}
    made["s"] = np.abs(made["s"])
    settings = rng.uniform(0.1, 0.9, size=update.SETTINGS)
    table = np.zeros(PLACES, np.int64)
    table[:SETTINGS + 1] = [v.ctypes.data for v in (*made.values(), settings)]
    return made, settings, table


@pytest.fixture(scope="module")
def moves():
    """One function of (method, table, entries)."""
    plain, momentum, nesterov, adagrad, rmsprop, adam, adamw = (move_by(k, "float64") for k in range(7))

    @njit
    def run(method, table, entries):
        if method == 0:
            plain(table, entries)
        elif method == 1:
            momentum(table, entries)
        elif method == 2:
            nesterov(table, entries)
        elif method == 3:
            adagrad(table, entries)
        elif method == 4:
            rmsprop(table, entries)
        elif method == 5:
            adam(table, entries)
        else:
            adamw(table, entries)

    return run


@pytest.mark.parametrize("method", update.FORMULAS)
def test_the_formula(moves, method):
    """The same bits, in every lane."""
    made, settings, table = memory("float64")
    wanted = update.FORMULAS[method](settings, np.sqrt, *(made[name].copy() for name in ("x", "g", "m", "s", "decay")))
    before = {name: value.copy() for name, value in made.items()}
    moves(method, table.ctypes.data, SIZE)
    for name, value in zip("xms", wanted):
        np.testing.assert_array_equal(made[name], value)
    np.testing.assert_array_equal(made["good"], before["x"])
    assert all(np.array_equal(made[name], before[name]) for name in ("g", "decay"))
    assert not np.array_equal(made["x"], before["x"])


@pytest.mark.nightly
def test_single_precision():
    """In double precision, rounded once."""
    move = move_by(update.ADAM, "float32")
    made, settings, table = memory("float32")
    wanted = update.adam(settings, np.sqrt, *(made[name].astype(float) for name in ("x", "g", "m", "s", "decay")))
    njit(lambda table: move(table, SIZE))(table.ctypes.data)
    for name, value in zip("xms", wanted):
        np.testing.assert_array_equal(made[name], value.astype(np.float32))


@pytest.mark.parametrize("dtype", ["float64", pytest.param("float32", marks=pytest.mark.nightly)])
def test_what_is_not_finite_is_seen_at_every_entry(dtype):
    finite = finite_of(dtype)
    seen = njit(lambda table, entries: finite(table, entries))
    made, _, table = memory(dtype)
    made["g"][:3] = np.finfo(dtype).max, -np.finfo(dtype).max, 0
    assert table[G] == made["g"].ctypes.data and seen(table.ctypes.data, SIZE) == 1
    for k in range(SIZE):
        for bad in (np.nan, np.inf, -np.inf):
            kept, made["g"][k] = made["g"][k], bad
            assert seen(table.ctypes.data, SIZE) == 0 and seen(table.ctypes.data, k) == 1
            made["g"][k] = kept
