"""elimination: sparse Jacobians of scalars, against reverse mode on arrays, against counts worked by hand."""
import numpy as np
import pytest
from tests.symdiff.differences import near

from symdiff import derive
from symdiff.elimination import _weight, jacobian
from symdiff.entries import entry
from symdiff.evaluate import evaluate
from symdiff.graph import check, order
from symdiff.operations import operations
from symdiff.passes import AFTER, run
from symdiff.primitives.arrangement import stack
from symdiff.primitives.build import elementwise, minus, plus, times
from symdiff.primitives.leaf import constant, input

MODES = ("auto", "forward", "reverse")
N = 5
x = input("x", (N,))
BY = [entry(x, k) for k in range(N)]


def program(seed, steps=40, outputs=7):
    """Random formulas of BY: sums, products, quotients, functions with kinks and without, choices."""
    rng, values = np.random.default_rng(seed), list(BY)
    for _ in range(steps):
        a, b, c = (values[-1 - min(int(k), len(values) - 1)] for k in rng.geometric(0.2, 3))
        values.append([lambda: elementwise("add", a, b), lambda: elementwise("sub", a, b), lambda: elementwise("mul", a, b),
                       lambda: elementwise("sin", a), lambda: elementwise("tanh", a), lambda: elementwise("abs", a),
                       lambda: elementwise("div", a, elementwise("add", constant(2), elementwise("mul", b, b))),
                       lambda: elementwise("maximum", a, b), lambda: elementwise("neg", a),
                       lambda: elementwise("select", elementwise("lt", a, b), a, c)][int(rng.integers(10))]())
    return [values[int(k)] for k in rng.integers(0, len(values), outputs)]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", range(12))
def test_random_programs(seed, mode):
    outputs = program(seed)
    found = jacobian(outputs, BY, mode)
    check(tuple(found.values()))
    point = {"x": np.random.default_rng(seed).normal(size=N)}
    wanted = evaluate(derive.jacobian(stack(outputs, 0), [x], "reverse"), point)[0]
    made = np.zeros((len(outputs), N))
    for pair, value in found.items():
        made[pair] = evaluate((value,), point)[0]
    np.testing.assert_allclose(made, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("mode", MODES)
def test_only_what_depends(mode):
    a, b, c, *_ = BY
    assert set(jacobian([times(a, b), c, constant(3), elementwise("floor", a)], [a, b, c], mode)) == {(0, 0), (0, 1), (1, 2)}
    assert jacobian([c], [a], mode) == {} and jacobian([], [a], mode) == {} and jacobian([a], [], mode) == {}


@pytest.mark.parametrize("mode", MODES)
def test_an_output_that_others_use_or_that_stands_twice(mode):
    a, b, *_ = BY
    p = times(a, b)
    q = times(p, a)
    found = jacobian([q, p, a, p], [a, b], mode)
    point = {"x": np.array([2.0, 3.0, 0, 0, 0])}
    numbers = {pair: float(evaluate((value,), point)[0]) for pair, value in found.items()}
    assert numbers == {(0, 0): 12, (0, 1): 4, (1, 0): 3, (1, 1): 2, (2, 0): 1, (3, 0): 3, (3, 1): 2}


def test_the_same_operand_twice():
    a = BY[0]
    assert jacobian([plus(a, a), minus(a, a), elementwise("add", a, a)], [a])[2, 0] is constant(2)


def test_neither_forward_nor_reverse():
    """x… → one number → y…: by the waist the products are n + m, and n·m for the result; both modes make more."""
    many = 12
    wide = input("w", (many,))
    by = [entry(wide, k) for k in range(many)]
    waist = by[0]
    for one in by[1:]:
        waist = elementwise("add", elementwise("sin", waist), elementwise("mul", one, one))
    waist, outputs = elementwise("tanh", waist), []
    for k in range(many):
        last = outputs[-1] if outputs else waist
        outputs.append(elementwise("mul", elementwise("sin", last), elementwise("exp", waist)))
    cost = {mode: operations(run(tuple(jacobian(outputs, by, mode).values()), AFTER)[0]) for mode in MODES}
    assert cost["auto"] < min(cost["forward"], cost["reverse"])


@pytest.mark.parametrize("mode", MODES)
def test_the_branch_not_taken_stays_out(mode):
    a, b, *_ = BY
    root = elementwise("select", elementwise("gt", a, constant(0)), elementwise("sqrt", a), constant(0))
    outputs = [times(elementwise("sin", root), b), times(root, root)]
    found = tuple(jacobian(outputs, [a, b], mode).values())
    for nodes in (found, run(found, AFTER)[0]):
        near(np.array(evaluate(nodes, {"x": np.zeros(N)})), np.zeros(len(found)), 0)


def test_the_same_nodes_on_every_run():
    outputs = program(3)
    first = jacobian(outputs, BY)
    assert jacobian(outputs, BY) == first and [*jacobian(outputs, BY)] == [*first]


def test_long_chains():
    value = BY[0]
    for k in range(20000):
        value = elementwise("sin", value) if k % 2 else elementwise("mul", value, BY[k % N])
    found = jacobian([value, elementwise("exp", value)], BY)
    assert len(found) == 2*N
    assert len(order(found.values())) < 2*20000*N


def test_what_a_product_with_a_partial_costs():
    partials = (constant(1), constant(-1), constant(2), constant(-0.0), input("x"))       # −0 is a name among constants
    assert [_weight(one) for one in partials] == [0, 0, 1, 1, 1]
