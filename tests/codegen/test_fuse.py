"""Fuse keeps the numbers and its promises: few passes, tiles instead of long buffers, nothing stored that
nobody reads."""
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from codegen.fuse import FEWEST_ROWS, LARGEST_TILE, SMALLEST_TILE, TILE_BYTES, fuse
from codegen.interpret import interpret
from codegen.loops import Apply, Call, Contract, Load, Map, Rows, Store, check, reads, writes
from codegen.lower import lower
from loop_cases import Case, blocks, d, embedding, logistic, n, network, random_case, worst
from symdiff.derive import gradient
from symdiff.evaluate import bind_sizes, evaluate
from symdiff.graph import order
from symdiff.primitives import arrangement
from symdiff.primitives.build import contract, elementwise, total
from symdiff.primitives.leaf import INPUT, input

CASES = [logistic(), network(), embedding(), *blocks()]


def run(case):
    sizes = bind_sizes({i.attributes[0]: (i.sizes, np.shape(case.values[i.attributes[0]])) for i in case.inputs})
    before = lower(case.outputs, case.names)
    after = check(fuse(before))
    wanted = evaluate(case.outputs, case.values, sizes)
    return max(worst(interpret(after, case.values, sizes), interpret(before, case.values, sizes)),
               worst(interpret(after, case.values, sizes), wanted))


def fused(case):
    return fuse(lower(case.outputs, case.names))


def passes(program):
    return [s for s in program.statements if isinstance(s, Rows)]


def long_buffers(program):
    """Local buffers of the length of the data that are there whole."""
    return [b for b in program.buffers if b.kind == "local" and not b.tiled and n in b.shape]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_equal_values(case):
    assert run(case) < 1e-12


@pytest.mark.parametrize("seed", range(40))
def test_equal_values_at_random(seed):
    assert run(random_case(seed)) < 1e-12


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(1000, 1400))
def test_equal_values_at_random_long(seed):
    assert run(random_case(seed, 40)) < 1e-11


@pytest.mark.parametrize("rows", [0, 1, 255, 256, 257, 600])
def test_every_number_of_rows(rows):
    with np.errstate(invalid="ignore"):
        assert run(logistic(rows)) < 1e-12


def test_logistic_regression_is_one_pass():
    program = fused(logistic())
    rows, after = program.statements
    assert isinstance(rows, Rows) and rows.axis.extent == n and rows.tile == LARGEST_TILE
    assert [type(s) for s in rows.body] == [Contract, Map, Contract]
    assert not after.axes
    assert not long_buffers(program)
    assert {s.buffer.shape for s in rows.sums} == {(), (d,)} and len(rows.sums) == 3


def test_the_data_are_read_by_two_contractions_only():
    body = fused(logistic()).statements[0].body
    assert [sum(b.name == "X" for b, _ in reads(s)) for s in body] == [1, 0, 1]


def test_forward_and_backward_of_a_network_share_a_pass():
    program = fused(network())
    assert len(passes(program)) == 1 and not long_buffers(program)
    width = sum(64 if type(m) is not int else m for b in program.buffers if b.tiled for m in b.shape[1:] or (1,))
    tile = passes(program)[0].tile
    assert SMALLEST_TILE <= tile <= LARGEST_TILE and (tile == SMALLEST_TILE or 8*tile*width <= 2*TILE_BYTES)


def test_an_embedding_is_gathered_and_scattered_in_a_pass():
    program = fused(embedding())
    assert len(passes(program)) == 1 and not long_buffers(program)


def test_rows_that_need_a_sum_of_all_rows_come_in_a_second_pass():
    x = input("x", (n,))
    centred = elementwise("sub", x, contract([total(x)], [()], ("i",), {"i": n}))
    program = check(fuse(lower((total(elementwise("mul", centred, centred)),))))
    assert len(passes(program)) == 2 and not long_buffers(program)


def test_short_axes_of_known_length_get_no_pass():
    short, long = input("s", (FEWEST_ROWS - 1,)), input("l", (FEWEST_ROWS,))
    assert not passes(fuse(lower((total(elementwise("exp", short)),))))
    assert passes(fuse(lower((total(elementwise("exp", long)),))))


def test_movers_are_read_through():
    x = input("x", (n, d))
    moved = contract([contract([x], [(0, 1)], (1, 0))], [(0, 1)], (1, 0))
    program = fuse(lower((elementwise("exp", moved),)))
    assert not [b for b in program.buffers if b.kind == "local"]


def agrees(outputs, values):
    """Do the interpreter of loops, fused and not, and `evaluate` find the same?"""
    assert run(Case("case", outputs, [x for x in order(outputs) if x.op is INPUT], values)) < 1e-12


@pytest.mark.parametrize("rows", [3, 70, 300])
def test_pieces_of_a_longer_axis_are_not_its_rows(rows):
    x = input("x", (n,))
    e = elementwise("exp", x)
    joined = arrangement.concatenate((x, e, x), 0)
    agrees((total(elementwise("sin", joined)), joined), {"x": np.linspace(-1, 1, rows)})
    front = arrangement.cut(joined, ((0, 1, n),))
    agrees((elementwise("mul", front, x), joined), {"x": np.linspace(-1, 1, rows)})


@pytest.mark.parametrize("rows", [3, 300])
def test_entries_written_at_another_row_are_read_after_the_pass(rows):
    x = input("x", (n, 2))
    back = arrangement.cut(x, ((n - 1, -1, n), (0, 1, 2)))
    loss = elementwise("add", total(elementwise("sin", back)), total(elementwise("exp", x)))
    agrees((loss, *gradient(loss, [x])), {"x": np.linspace(-1, 1, 2*rows).reshape(rows, 2)})


def test_what_a_pass_computes_again_elsewhere_is_not_kept():
    x, y = input("x", (n, 2)), input("y", (n,))
    each = total(elementwise("softplus", x), (1,))                          # needed after the barrier only
    over_rows = total(elementwise("mul", elementwise("softplus", x), x))
    loss = elementwise("mul", elementwise("mul", each, y), over_rows)
    agrees((loss, *gradient(total(loss), [x])), {"x": np.arange(140.0).reshape(70, 2)/70, "y": np.ones(70)})


def every_map(program):
    for s in program.statements:
        yield from (inner for inner in (s.body if isinstance(s, Rows) else (s,)) if isinstance(inner, Map))


@pytest.mark.parametrize("case", CASES + [random_case(s) for s in range(20)], ids=str)
def test_nothing_is_computed_twice_or_for_nothing(case):
    program = fused(case)
    read = {b for s in program.statements for b, _ in reads(s)}
    for s in every_map(program):
        pure = [i for i in s.body if isinstance(i, (Load, Apply))]
        assert len(set(pure)) == len(pure)
        used = {a for i in s.body if isinstance(i, Apply) for a in i.args}
        used |= {i.value for i in s.body if isinstance(i, Store)}
        gathered = {g.value for i in s.body if isinstance(i, (Load, Store)) for g in i.index if hasattr(g, "value")}
        assert {k for k, i in enumerate(s.body) if not isinstance(i, Store)} <= used | gathered
    for b, *_ in [w for s in program.statements if not isinstance(s,
                                                                  Call) for w in writes(s)]:      # a Call has scratch
        assert b.kind == "output" or b in read
