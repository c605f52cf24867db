"""The plan: every length and buffer has its slot, nothing overlaps, and the same sizes give the same layout."""
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from codegen.fuse import fuse
from codegen.loops import Affine, Axis, Buffer, Load, Map, Number, Program, Rows, Store, affine, at, reads, writes
from codegen.lower import lower
from codegen.plan import (ALIGNMENT, CHUNK_ROWS, LARGEST_CHUNKS, SUMS_BYTES, _placed, bind_layout, layout, linear,
                          row_steps, rows_work)
from loop_cases import blocks, d, embedding, k, logistic, n, network

CASES = [logistic(), network(), embedding(), *blocks()]


def planned(case, item=8):
    return layout(fuse(lower(case.outputs)), item)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_slots_are_apart(case):
    made = planned(case)
    slots = [*made.lengths.values(), *made.buffers.values(), made.scratch, made.stride, made.status]
    slots += [slot + k for slot in made.products for k in (0, 1)]
    passes = [s for s in made.program.statements if isinstance(s, Rows)]
    for rows, first in zip(passes, made.passes, strict=True):
        slots += range(first, first + 1 + 2*len(rows.sums))
    assert sorted(slots) == list(range(made.size))


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("rows", [1, 100_000])
def test_memory_does_not_overlap(case, rows):
    made = planned(case)
    sizes = {n: rows, d: 3, k: 5}
    bound = bind_layout(made, sizes)
    live, taken = {}, []
    for place, statement in enumerate(made.program.statements):
        for b, *_ in [*reads(statement), *writes(statement)]:
            live.setdefault(b, []).append(place)
    for slot, offset in bound.offsets:
        assert offset % ALIGNMENT == 0
        buffer = next((b for b, s in made.buffers.items() if s == slot), None)
        if buffer is not None and not buffer.tiled:
            size = 8*int(np.prod(bound.shapes[buffer], dtype=int))
            taken.append((offset, offset + size, live[buffer][0], live[buffer][-1]))
            assert offset + size <= bound.workspace
    for (low, high, first, last), (from_, to, start, stop) in combinations(taken, 2):
        assert high <= from_ or to <= low or last < start or stop < first


def test_memory_is_used_again():
    """A buffer whose last reader has run gives its place to the next; gaps that touch become one."""
    assert _placed([(0, 1, 64, 0), (1, 2, 64, 1), (2, 3, 64, 2), (3, 4, 128, 3)]) == \
        ([(0, 0), (1, 64), (2, 0), (3, 64)], 192)
    assert _placed([(0, 0, 64, 0), (0, 0, 64, 1), (1, 1, 128, 2)])[1] == 128
    assert _placed([(k, k + 1, 64, k) for k in range(1000)])[1] == 128


def test_the_same_sizes_give_the_same_layout():
    one, other = (bind_layout(planned(network()), {n: 5000, d: 4, k: 5}) for _ in range(2))
    np.testing.assert_array_equal(one.table, other.table)
    assert (one.workspace, one.tiles, one.chunks, one.offsets) == (other.workspace, other.tiles, other.chunks,
                                                                   other.offsets)


@pytest.mark.parametrize("rows, chunks", [(0, 1), (1, 1), (2*CHUNK_ROWS - 1, 1), (2*CHUNK_ROWS, 2), (10**9,
                                                                                                     LARGEST_CHUNKS)])
def test_chunks_depend_on_the_rows_only(rows, chunks):
    assert bind_layout(planned(logistic()), {n: rows, d: 3}).chunks == [chunks]


def test_long_sums_make_fewer_chunks():
    columns = SUMS_BYTES//8//2
    assert bind_layout(planned(logistic()), {n: 10**7, d: columns}).chunks[0] <= 2


def test_no_memory_grows_with_the_rows():
    small, large = (bind_layout(planned(logistic()), {n: rows, d: 20}) for rows in (10**6, 10**8))
    assert small.workspace + small.tiles == large.workspace + large.tiles < 10**6


def test_float32_takes_half():
    sizes = {n: 10, d: 64, k: 64}
    assert bind_layout(planned(network(), 4), sizes).tiles*2 == bind_layout(planned(network(), 8), sizes).tiles


def test_linear_indices():
    i, j = Axis(3), Axis(n)
    b = Buffer("b", "input", (3, n, 2))
    steps, offset = linear(Load(b, (at(i), affine([(j, 1)], 4), Affine((), 1))))
    assert steps == {i: 2*n, j: 2} and offset == 9
    steps, offset = linear(Load(b, (at(i), affine([(j, 2)], 1))))
    assert steps == {i: 2*n, j: 2} and offset == 1
    assert linear(Load(Buffer("b", "input", (3, 3)), (at(i), at(i)))) == ({i: 4}, 0)


def test_work_grows_with_rows_and_columns():
    rows = next(s for s in fuse(lower(logistic().outputs)).statements if isinstance(s, Rows))
    assert rows_work(rows, {n: 200, d: 3}) == 2*rows_work(rows, {n: 100, d: 3})
    assert rows_work(rows, {n: 100, d: 30}) > rows_work(rows, {n: 100, d: 3})


def test_a_tile_with_its_row_on_two_axes_has_a_slot_for_the_step_between_tiles():
    row, length = Axis(n), n**2 + n + 1
    tile, whole = Buffer("t", "local", (n, n, n, n), tiled=True), Buffer("o", "output", (n, n, n, n))
    body = tuple([Store(b, (at(row),)*4, 0) for b in (tile, whole)])
    made = layout(Program((tile, whole), (Rows(row, 64, (Map((row,), (Number(1.0), *body)),)),), (n,)))
    assert row_steps(body[0], row) == length and length in made.lengths
    assert row_steps(body[1], row) == n**3 + length == linear(body[1])[0][row]
