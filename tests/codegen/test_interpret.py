"""The interpreter of loops, on small programs whose result is plain."""
import numpy as np
import pytest

from codegen.interpret import interpret
from codegen.loops import (Affine, Apply, Axis, Buffer, Call, Contract, Fill, Gather, Length, Load, Map, Number,
                           Position, Program,
                           Rows, Store, Sum, affine, at)
from symdiff.lengths import sizes

n = sizes("n")
X, OUT, TOTAL = Buffer("x", "input", (n,)), Buffer("out0", "output", (n,)), Buffer("out0", "output", ())
DATA = np.arange(7.0) - 2


def run(buffers, *statements, size=7, **values):
    return interpret(Program(buffers, statements, (n,)), {"x": DATA[:size], **values}, {n: size})[0]


def test_a_map():
    i = Axis(n)
    body = (Load(X, (at(i),)), Number(2.0), Apply("mul", (0, 1)), Position(affine([(i, 3)], 1)), Apply("add", (2, 3)),
            Length(n), Apply("add", (4, 5)), Store(OUT, (at(i),), 6))
    np.testing.assert_array_equal(run((X, OUT), Map((i,), body)), 2*DATA + 3*np.arange(7) + 1 + 7)


def test_strides_and_reversal():
    i = Axis(n)
    np.testing.assert_array_equal(run((X, OUT), Map((i,), (Load(X, (affine([(i, -1)], n - 1),)), Store(OUT, (at(i),),
                                                                                                       0)))),
                                                                                                       DATA[::-1])


@pytest.mark.parametrize("mode, start, wanted", [("add", 0.0, DATA.sum()), ("max", -np.inf, DATA.max()), ("min",
                                                                                                          np.inf,
                                                                                                          DATA.min())])
@pytest.mark.parametrize("tile", [1, 3, 7, 100])
def test_sums_over_tiles(mode, start, wanted, tile):
    i = Axis(n)
    body = Map((i,), (Load(X, (at(i),)), Store(TOTAL, (), 0, mode)))
    assert run((X, TOTAL), Fill(TOTAL, start), body) == wanted
    assert run((X, TOTAL), Rows(i, tile, (body,), (Sum(TOTAL, mode, start),))) == wanted


def test_a_tiled_buffer_is_indexed_within_its_tile():
    i, tile = Axis(n), Buffer("t", "local", (n,), tiled=True)
    first = Map((i,), (Load(X, (at(i),)), Apply("neg", (0,)), Store(tile, (at(i),), 1)))
    second = Map((i,), (Load(tile, (at(i),)), Store(OUT, (at(i),), 0)))
    np.testing.assert_array_equal(run((X, tile, OUT), Rows(i, 3, (first, second))), -DATA)


def test_a_contraction():
    i, j, k = Axis(2), Axis(3), Axis(4)
    a, b, out = Buffer("a", "input", (2, 4)), Buffer("b", "input", (4, 3)), Buffer("out0", "output", (2, 3))
    values = {"a": np.arange(8.0).reshape(2, 4), "b": np.arange(12.0).reshape(4, 3)}
    product = Contract((i, j), (k,), Store(out, (at(i), at(j)), 0), (Load(a, (at(i), at(k))), Load(b, (at(k), at(j)))))
    np.testing.assert_array_equal(run((a, b, out), product, **values), values["a"] @ values["b"])
    again = Contract((i, j), (k,), Store(out, (at(i), at(j)), 0, "add"), product.operands)
    np.testing.assert_array_equal(run((a, b, out), product, again, **values), 2*values["a"] @ values["b"])


def test_a_contraction_of_single_entries():
    k = Axis(1)
    one = Load(X, (affine([], 2),))
    assert run((X, TOTAL), Contract((), (), Store(TOTAL, (), 0), (one, one))) == DATA[2]**2
    assert run((X, TOTAL), Contract((), (k,), Store(TOTAL, (), 0), (one, Load(X, (at(k),))))) == DATA[2]*DATA[0]


def test_a_flattened_last_index():
    i, b = Axis(6), Buffer("b", "input", (2, 3))
    out = Buffer("out0", "output", (6,))
    got = run((b, out), Map((i,), (Load(b, (at(i),)), Store(out, (at(i),), 0))), b=np.arange(6.0).reshape(2, 3))
    np.testing.assert_array_equal(got, np.arange(6.0))


def gather(positions):
    i, where = Axis(3), Buffer("where", "input", (3,))
    out = Buffer("out0", "output", (3,))
    body = (Load(where, (at(i),)), Load(X, (Gather(0, n),)), Store(out, (at(i),), 1))
    return run((X, where, out), Map((i,), body), where=np.array(positions))


def test_gathers():
    np.testing.assert_array_equal(gather([6.0, 0, 6]), DATA[[6, 0, 6]])


@pytest.mark.parametrize("bad", [7.0, -1.0, 0.5, np.nan, np.inf])
def test_gathers_out_of_range_are_refused(bad):
    with pytest.raises(IndexError):
        gather([0.0, bad, 0.0])


def test_scatters_add_where_positions_meet():
    i, where = Axis(n), Buffer("where", "input", (n,))
    out = Buffer("out0", "output", (3,))
    body = (Load(where, (at(i),)), Load(X, (at(i),)), Store(out, (Gather(0, 3),), 1, "add"))
    got = run((X, where, out), Fill(out, 0.0), Map((i,), body), where=np.array([0.0, 1, 1, 0, 2, 2, 2]))
    np.testing.assert_array_equal(got, [DATA[[0, 3]].sum(), DATA[[1, 2]].sum(), DATA[4:].sum()])


def test_a_routine_and_a_constant():
    c = Buffer("c", "constant", (4,), np.arange(4.0))
    out = Buffer("out0", "output", (4,))
    np.testing.assert_array_equal(run((c, out), Call("cumsum", (0,), (c,), (out,))), [0, 1, 3, 6])


def test_what_is_not_written_is_nan():
    np.testing.assert_array_equal(run((X, OUT), Map((), (Number(1.0), Store(OUT, (Affine((), 0),), 0))), size=2),
                                  [1, np.nan])
