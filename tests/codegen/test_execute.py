"""Executable: from arrays to fresh results, whatever the arrays are like, from any number of threads at once."""
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

import symdiff as sd
from codegen import execute, threads
from codegen.execute import Executable
from symdiff.errors import ArgumentError, SizeMismatch
from symdiff.lengths import sizes
from symdiff.primitives import arrangement
from symdiff.primitives.build import contract, elementwise, total
from symdiff.primitives.leaf import constant, input

n, d = sizes("n d")
X, w, b = input("X", (n, d)), input("w", (d,)), input("b")
RNG = np.random.default_rng(3)


def outputs():
    """A scalar, a vector over the rows, a vector over the columns, another scalar."""
    z = elementwise("add", contract([X, w], [(0, 1), (1,)], (0,)), b)
    s = elementwise("sigmoid", z)
    return total(elementwise("softplus", z)), s, contract([X, s], [(0, 1), (0,)], (1,)), total(s)


def expected(x, v, c):
    z = x @ v + c
    s = 1/(1 + np.exp(-z))
    return np.logaddexp(0, z).sum(), s, x.T @ s, s.sum()


def arrays(rows=37, columns=3):
    return RNG.normal(size=(rows, columns)), RNG.normal(size=columns), 0.3


def agree(results, wanted, rtol=1e-12):
    assert len(results) == len(wanted)
    for one, other in zip(results, wanted):
        np.testing.assert_allclose(one, other, rtol=rtol)


@pytest.fixture(scope="module")
def run():
    return Executable(outputs(), (X, w, b))


@pytest.mark.parametrize("rows, columns", [(37, 3), (1, 1), (300, 5), (0, 3), (4, 0)])
def test_values(run, rows, columns):
    given = arrays(rows, columns)
    agree(run(given), expected(*given))


def test_results_are_floats_and_fresh_arrays(run):
    given = arrays()
    first, second = run(given), run(given)
    assert [type(r) for r in first] == [float, np.ndarray, np.ndarray, float]
    assert all(r.flags.owndata and r.flags.writeable for r in (first[1], first[2]))
    assert not any(np.shares_memory(r, s) for r in (*first[1:3], *given[:2]) for s in second[1:3])


def test_results_into_given_arrays(run):
    given = arrays()
    rows = np.empty(37)
    results = run(given, out=(None, rows, None, None))
    agree(results, expected(*given))
    assert results[1] is rows and type(results[0]) is float
    both = np.empty(37), np.empty(3)
    results = run(given, out=(None, *both, None))
    assert results[1] is both[0] and results[2] is both[1]
    agree(results, expected(*given))


def test_inputs_of_every_kind_are_taken_as_they_are(run, tmp_path):
    given = arrays()
    x = given[0].copy()
    x.flags.writeable = False
    on_disk = np.memmap(tmp_path/"x", float, "w+", shape=x.shape)
    on_disk[:] = x
    on_disk.flush()
    read_only = np.memmap(tmp_path/"x", float, "r", shape=x.shape)
    wanted = run(given)
    for other in (x, on_disk, read_only):
        for one, two in zip(run((other, *given[1:])), wanted):
            np.testing.assert_array_equal(one, two)
    for scalar in (np.float64(0.3), np.array(0.3)):
        agree(run((given[0], given[1], scalar)), wanted, 0)
    big = np.memmap(tmp_path/"big", float, "w+", shape=(200_000, 3))
    run((big, *given[1:]), out=(None, np.empty(200_000), np.empty(3), None))
    tracemalloc.start()
    run((big, *given[1:]), out=(None, np.empty(200_000), np.empty(3), None))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200_000*8 + 100_000                                   # the results alone


def test_wrong_arrays_are_refused(run):
    x, v, c = arrays()
    with pytest.raises(SizeMismatch):
        run((x, v[:2].copy(), c))
    with pytest.raises(SizeMismatch):
        run((x[0].copy(), v, c))
    with pytest.raises(TypeError):
        run((x.astype(np.float32), v, c))
    agree(run((x, v, c)), expected(x, v, c))


def test_float32():
    run = Executable(outputs(), (X, w, b), dtype="float32")
    x, v, c = arrays(300)
    results = run((x.astype(np.float32), v.astype(np.float32), c))
    assert results[1].dtype == np.float32 and type(results[0]) is float
    agree(results, expected(x.astype(np.float32), v.astype(np.float32), c), 1e-4)


def test_inputs_without_effect_and_constants():
    e = elementwise("add", w, constant(2))
    run = Executable((e,), (X, w, b))
    x, v, c = arrays()
    np.testing.assert_array_equal(run((x, v, c))[0], v + 2)


def test_an_index_out_of_range_is_an_error_and_the_next_call_is_right():
    rows, where = input("rows", (n, 2)), input("where", (d,))
    run = Executable((arrangement.take(rows, where, 0),), (rows, where))
    x = np.arange(10.0).reshape(5, 2)
    for wrong in ([0.0, 5.0], [-1.0, 0.0], [0.5, 1.0], [np.nan, 0.0], [np.inf, 0.0]):
        with pytest.raises(ArgumentError):
            run((x, np.array(wrong)))
        np.testing.assert_array_equal(run((x, np.array([4.0, 0.0])))[0], x[[4, 0]])


def test_shapes_are_kept_within_bounds(run, monkeypatch):
    for rows in range(1, 80):
        given = arrays(rows)
        agree(run(given), expected(*given))
    assert len(run._bound) == execute.KEPT_SHAPES
    monkeypatch.setattr(execute, "KEPT_BYTES", 1)
    run(arrays(1000))
    assert len(run._bound) == 1
    agree(run(given), expected(*given))


def test_what_does_not_fit_is_refused_before_work(run, monkeypatch):
    monkeypatch.setattr(execute, "_physical_memory", lambda: 10_000)
    with pytest.raises(MemoryError, match="hvp"):
        run(arrays(5000))
    outer = Executable((contract([w, w], [(0,), (1,)], (0, 1)),), (w,))
    monkeypatch.undo()
    with pytest.raises(MemoryError):
        outer((np.zeros(10**7),))                                       # 800 TB


def test_a_call_takes_little_memory(run):
    given = arrays(400_000, 10)
    out = (None, np.empty(400_000), np.empty(10), None)
    run(given, out)
    tracemalloc.start()
    run(given, out)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50_000
    assert run._bound[tuple(np.shape(a) for a in given)].bytes < 1_000_000


def test_bits_do_not_depend_on_the_threads(monkeypatch):
    monkeypatch.setattr(execute, "WORK_PER_THREAD", 1)
    given, found = arrays(70_001, 5), set()
    for count in (1, 2, 3, 8):
        monkeypatch.setattr(threads, "count", lambda: count)
        run = Executable(outputs(), (X, w, b))
        results = run(given)
        assert next(iter(run._bound.values())).workers == count
        found.add(b"".join(np.asarray(r).tobytes() for r in results))
    assert len(found) == 1
    agree(results, expected(*given), 1e-10)


def test_threads_at_once():
    """The first call of eight threads at one moment, then many."""
    run, barrier = Executable(outputs(), (X, w, b)), Barrier(8)
    given = [arrays(rows) for rows in (20, 30, 40_000, 50)]

    def work(k):
        barrier.wait()
        for _ in range(30):
            for one in given:
                agree(run(one), expected(*one), 1e-9)
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))


def test_without_the_compiler(monkeypatch):
    monkeypatch.setattr(execute, "interpreted", lambda: True)
    run, given = Executable(outputs(), (X, w, b)), arrays(6)
    results = run(given)
    agree(results, expected(*given))
    assert [type(r) for r in results] == [float, np.ndarray, np.ndarray, float]
    column = np.empty(3)
    assert run(given, out=(None, None, column, None))[2] is column
    agree((column,), expected(*given)[2:3])


def test_a_large_result_is_filled_anew_only_when_nobody_has_it():
    X = sd.array("X", *sd.sizes("n m"))
    f, values = sd.compile(sd.exp(X), wrt=[]), np.zeros((200, 200))
    first = f(X=values)
    view, second = first[3:5].T, f(X=values + 1)
    del first
    third, fourth = f(X=values + 2), f(X=values + 3)
    assert [round(float(np.log(one.max()))) for one in (view, second, third, fourth)] == [0, 1, 2, 3]
    place = fourth.ctypes.data
    del fourth
    assert f(X=values).ctypes.data == place
