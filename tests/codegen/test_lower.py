"""Lower: one statement or two for each node, and the interpreter of loops finds what `evaluate` finds."""
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from codegen.interpret import interpret
from codegen.loops import Contract, Fill, Map, Rows, check
from codegen.lower import lower
from loop_cases import Case, blocks, embedding, logistic, network, random_case, worst
from symdiff.evaluate import bind_sizes, evaluate
from symdiff.graph import make, order
from symdiff.primitives import arrangement
from symdiff.primitives.build import contract, elementwise, matmul, total
from symdiff.primitives.leaf import constant, input

CASES = [logistic(), network(), embedding(), *blocks()]


def sizes_of(case):
    return bind_sizes({i.attributes[0]: (i.sizes, np.shape(case.values[i.attributes[0]])) for i in case.inputs})


def run(case, change=lambda program: program):
    sizes = sizes_of(case)
    return worst(interpret(change(check(lower(case.outputs, case.names))), case.values, sizes),
                 evaluate(case.outputs, case.values, sizes))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_equal_values(case):
    assert run(case) < 1e-12


@pytest.mark.parametrize("seed", range(30))
def test_equal_values_at_random(seed):
    assert run(random_case(seed)) < 1e-12


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(1000, 1400))
def test_equal_values_at_random_long(seed):
    assert run(random_case(seed, 40)) < 1e-11


def test_it_decides_nothing():
    case = logistic()
    program = lower(case.outputs)
    assert not any(isinstance(s, Rows) for s in program.statements)
    assert sum(isinstance(s, (Map,
                              Contract)) for s in program.statements) <= 2*len(order(case.outputs)) + len(case.outputs)


def test_a_product_of_matrices_is_a_contract_and_a_sum_is_not():
    a, b = input("a", (4, 5)), input("b", (5, 6))
    assert [type(s) for s in lower((matmul(a, b),)).statements] == [Contract, Map]
    assert [type(s) for s in lower((total(a),)).statements] == [Fill, Map, Map]
    inner = contract([a, a], [(0, 1), (0, 1)], ())
    assert not any(isinstance(s, Contract) for s in lower((inner,)).statements)


def test_scalar_factors_stand_after_the_sum():
    a, v = input("a", (4, 5)), input("v", (4, 5))
    scaled = contract([a, v, constant(3)], [(0, 1), (0, 1), ()], ())
    *_, last, output = lower((scaled,)).statements
    assert not last.axes and [i.name for i in last.body if hasattr(i, "name")] == ["mul"]


def test_outputs_that_are_inputs_numbers_or_the_same():
    a = input("a", (3,))
    values = interpret(lower((a, constant(2), a, elementwise("neg", a))), {"a": np.arange(3.0)}, {})
    np.testing.assert_array_equal(values[0], np.arange(3.0))
    assert values[1] == 2 and values[1].shape == ()
    np.testing.assert_array_equal(values[2], values[0])


def test_notes_are_the_names_of_the_user():
    case = logistic()
    assert {"z", "loss"} <= {b.note for b in lower(case.outputs, case.names).buffers}


def test_a_repeated_number_that_a_block_reads_is_stored_first():
    x, k = input("x", (2,)), constant(3, (2, 3))
    flat = make(arrangement.RESHAPE, (k,), (2, (6,)))
    picked = make(arrangement.TAKE, (k, x), (-1,))
    case = Case("repeated", (flat, picked), (x,), {"x": np.array([2.0, 0.0])})
    assert run(case) == 0
