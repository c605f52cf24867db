"""The grammar of loops: programs that keep it pass, each way of breaking it is refused; indices are collected."""
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from codegen.fuse import fuse
from codegen.loops import (Affine, Apply, Axis, Buffer, Call, Contract, Fill, Gather, Load, Map, Number, Program,
                           Rows, Store, Sum,
                           affine, at, check, reads, replace_buffers, strides, substitute, writes)
from codegen.lower import lower
from loop_cases import blocks, logistic, n, network

I = Axis(n)
X, T = Buffer("x", "input", (n,)), Buffer("t", "local", (n,))
OUT, SUM = Buffer("out0", "output", (n,)), Buffer("s", "output", ())

TILE = replace(T, tiled=True)


def copy(source, target, axis=None, mode="set"):
    a = axis or Axis(n)
    return Map((a,), (Load(source, (at(a),)), Store(target, (at(a),), 0, mode)))


def program(*statements, buffers=(X, T, OUT)):
    return Program(buffers, statements, (n,))


def test_what_lower_and_fuse_make_is_kept():
    for case in [logistic(), network(), *blocks()]:
        check(fuse(check(lower(case.outputs))))


BROKEN = {
    "read before written": program(copy(T, OUT)),
    "output never written": program(copy(X, T)),
    "an input is written": program(copy(X, OUT), copy(OUT, X)),
    "accumulated but not filled": program(copy(X, OUT, mode="add")),
    "no such mode": program(copy(X, OUT, mode="mul")),
    "a later value": program(Map((I,), (Apply("neg", (1,)), Load(X, (at(I),)), Store(OUT, (at(I),), 0)))),
    "its own value": program(Map((I,), (Load(X, (at(I),)), Apply("neg", (1,)), Store(OUT, (at(I),), 1)))),
    "no loop runs over the axis": program(Map((Axis(n),), (Load(X, (at(I),)), Store(OUT, (at(I),), 0)))),
    "too many indices": program(Map((I,), (Load(X, (at(I), at(I))), Store(OUT, (at(I),), 0)))),
    "indexed by nothing": program(Map((I,), (Load(X, ()), Store(OUT, (at(I),), 0)))),
    "rows in rows": program(Rows(I, 8, (Rows(Axis(n), 8, (copy(X, OUT),)),))),
    "a tile outside of its pass": program(Rows(I, 8, (copy(X, TILE, I),)), copy(TILE, OUT)),
    "no rows in a tile": program(Rows(I, 0, (copy(X, OUT, I),))),
    "a gather of a later value": program(Map((I,), (Load(X, (Gather(1, n),)), Number(0.0), Store(OUT, (at(I),), 0)))),
    "an axis of the sum is free": program(Fill(SUM, 0.0), Contract((), (), Store(SUM, (), 0), (Load(X, (at(I),)),)),
                                          copy(X, OUT),
                                          buffers=(X, OUT, SUM)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_programs_are_refused(name):
    with pytest.raises(AssertionError):
        check(BROKEN[name])


def test_a_message_names_the_statement():
    with pytest.raises(AssertionError, match="in Map .*x.* is read before it is written"):
        check(Program((OUT,), (copy(X, OUT),), (n,)))


def test_indices_are_collected():
    i, j = Axis(3), Axis(4)
    assert affine([(i, 2), (j, 1), (i, -2)], 5) == Affine(((j, 1),), 5)
    assert affine([(i, n), (i, -n)]) == Affine()
    inner = affine([(i, 3)], 1)
    assert substitute(affine([(j, 2)], 4), {j: inner}) == affine([(i, 6)], 6)
    assert strides((2, n, 5)) == (5*n, 5, 1)


def test_axes_are_equal_to_themselves_only():
    assert Axis(3) != Axis(3) and I == I


def test_what_a_pass_reads_and_writes():
    inner = copy(X, OUT, I)
    rows = Rows(I, 8, (inner, Map((I,), (Load(X, (at(I),)), Store(SUM, (), 0, "add")))), (Sum(SUM, "add", 0.0),))
    assert [b for b, _ in reads(rows)] == [X, X]
    assert [(b, mode) for b, _, mode in writes(rows)] == [(OUT, "set"), (SUM, "add")]
    other = Buffer("y", "input", (n,))
    assert [b for b, _ in reads(replace_buffers(rows, {X: other}))] == [other, other]
    call = Call("cumsum", (0,), (X,), (T,))
    assert reads(call) == [(X, None)] and writes(call) == [(T, None, "set")]
