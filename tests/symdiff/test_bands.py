"""bands: Jacobians of slices, joined pieces and entry by entry functions against complex steps; how few operations."""
import random

import numpy as np
import pytest

import symdiff as sd
from symdiff import bands
from symdiff.derive import forward_jacobians, gradient, jacobian
from symdiff.evaluate import evaluate
from symdiff.graph import check, order
from symdiff.lengths import sizes
from symdiff.operations import operations
from symdiff.primitives.arrangement import PAD, concatenate, cut, pad, reshape
from symdiff.primitives.build import elementwise, total, transpose
from symdiff.primitives.contraction import CONTRACT
from symdiff.primitives.leaf import input
from symdiff.primitives.record import Elementwise

STEP = 1e-100                                       # imaginary: the derivative to the last digits


def by_steps(function, x):
    """∂function/∂x, the axes of x last, by complex steps."""
    columns = []
    for place in np.ndindex(x.shape):
        moved = x.astype(complex)
        moved[place] += STEP*1j
        columns.append(np.imag(function(moved))/STEP)
    return np.moveaxis(np.array(columns), 0, -1).reshape(*columns[0].shape, *x.shape)


def cut_at_random(chance, n):
    """(start, step, length) of some entries of an axis."""
    step = chance.choice([1, 1, 1, 2, 3, -1, -2])
    length = chance.randint(1, max(1, (n + abs(step) - 1)//abs(step)))
    reach = abs(step)*(length - 1)
    start = chance.randint(0, n - 1 - reach) + (reach if step < 0 else 0)
    return start, step, length


def program(chance, leaf, known):
    """A node made of `leaf`, and the NumPy function of the leaf's value that it is."""
    pool, lines = [(leaf, lambda x: x)], chance.randint(2, 7)
    for _ in range(lines):
        node, run = chance.choice(pool)
        kind, length = chance.choice(["sin", "square", "two", "two", "cut", "cut", "pad", "join", "choose"]), node.sizes[-1]
        front = node.sizes[:-1]
        if kind == "sin":
            pool.append((elementwise("sin", node), lambda x, run=run: np.sin(run(x))))
        elif kind == "square":
            pool.append((elementwise("mul", node, node), lambda x, run=run: run(x)**2))
        elif kind == "choose":
            choice = elementwise("select", elementwise("gt", node, elementwise("sin", node)), node,
                                 elementwise("exp", node))
            pool.append((choice, lambda x, run=run: np.where(np.real(run(x)) > np.real(np.sin(run(x))), run(x),
                                                              np.exp(run(x)))))
        elif kind == "cut":
            triple = cut_at_random(chance, length)
            key = np.array([triple[0] + triple[1]*k for k in range(triple[2])])
            pool.append((cut(node, [triple]), lambda x, run=run, key=key: run(x)[..., key]))
        elif kind == "pad":
            before, step = chance.randint(0, 3), chance.choice([1, 1, 2])
            longer = before + step*length + chance.randint(0, 2)
            key = np.s_[..., before:before + step*(length - 1) + 1:step]

            def padded(x, run=run, key=key, longer=longer):
                made = np.zeros((*run(x).shape[:-1], longer), complex)
                made[key] = run(x)
                return made
            pool.append((pad([node], (longer,), [((before, step),)]), padded))
        else:
            other, more = chance.choice(pool)
            if kind == "join":
                pool.append((concatenate([node, other], len(front)),
                             lambda x, run=run, more=more: np.concatenate([run(x), more(x)], -1)))
            else:
                same = min(length, other.sizes[-1])
                name, operation = chance.choice([("add", np.add), ("mul", np.multiply), ("sub", np.subtract)])
                a, b = (cut(one, [(0, 1, same)]) for one in (node, other))
                pool.append((elementwise(name, a, b), lambda x, run=run, more=more, same=same, operation=operation:
                             operation(run(x)[..., :same], more(x)[..., :same])))
    return pool[-1]


@pytest.mark.parametrize("seed", range(150))
def test_random_programs_against_complex_steps(seed):
    chance = random.Random(seed)
    shape = chance.choice([(5,), (7,), (1,), (2, 4)])
    value = np.random.default_rng(seed).normal(size=shape)
    leaf = input("x", shape)
    node, run = program(chance, leaf, value)
    wanted = by_steps(run, value)
    for mode in ("forward", "reverse"):
        made, = check([jacobian(node, [leaf], mode)[0]])
        np.testing.assert_allclose(evaluate([made], {"x": value})[0], wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("seed", range(0, 150, 10))
def test_machine_code_puts_bands_where_they_belong(seed):
    from codegen.execute import Executable
    chance = random.Random(seed)
    value = np.random.default_rng(seed).normal(size=(2, 4) if seed % 20 else (6,))
    leaf = input("x", value.shape)
    node, run = program(chance, leaf, value)
    found, = Executable(tuple(forward_jacobians([node], leaf)), (leaf,))((value,))
    np.testing.assert_allclose(found, by_steps(run, value), rtol=1e-12, atol=1e-12)


n, m = sizes("n m")


def _coupled(x):
    """Σ (x[j+1] − x[j]²)², of neighbours."""
    length = x.sizes[0]
    after, before = cut(x, [(1, 1, length - 1)]), cut(x, [(0, 1, length - 1)])
    rest = elementwise("sub", after, elementwise("mul", before, before))
    return total(elementwise("mul", rest, rest))


@pytest.mark.parametrize("length", [6, n])
def test_a_sum_over_neighbours_has_a_hessian_of_three_bands(length):
    x = input("x", (length,))
    hessian, = forward_jacobians(gradient(_coupled(x), [x]), x)
    assert hessian.op is PAD
    corners = {place for place in hessian.attributes[1]}
    assert {(rows[0] - columns[0]) for rows, columns in corners} == {-1, 0, 1}
    assert not [node for node in order([hessian]) if len(node.sizes) == 2 and type(node.op) is Elementwise]
    value = np.random.default_rng(0).normal(size=6)
    wanted = by_steps(lambda z: np.array(evaluate_gradient(z)), value)
    np.testing.assert_allclose(evaluate([hessian], {"x": value})[0], wanted, rtol=1e-12)


def evaluate_gradient(x):
    """∂/∂x Σ (x[j+1] − x[j]²)², by hand."""
    rest = x[1:] - x[:-1]**2
    found = np.zeros(len(x), x.dtype)
    found[1:] += 2*rest
    found[:-1] -= 4*x[:-1]*rest
    return found


def test_operations_grow_with_the_length_not_with_its_square():
    counts = [operations(forward_jacobians(gradient(_coupled(input("x", (k,))), [input("x", (k,))]), input("x", (k,))))
              for k in (100, 1000)]
    assert counts[1] < 11*counts[0]


def test_what_is_no_band_is_a_matrix():
    x = input("x", (n,))
    sums = elementwise("mul", x, elementwise("exp", x))
    weights = input("A", (m, n))
    from symdiff.primitives.contraction import contract
    product = contract([weights, sums], [("i", "j"), ("j",)], ("i",))
    found, = forward_jacobians([product], x)
    assert found.op is not PAD
    values = {"x": np.random.default_rng(1).normal(size=4), "A": np.random.default_rng(2).normal(size=(3, 4))}
    wanted = values["A"]*((1 + values["x"])*np.exp(values["x"]))
    np.testing.assert_allclose(evaluate([found], values)[0], wanted, rtol=1e-13)


def test_more_bands_than_are_kept_become_a_matrix():
    x = input("x", (40,))
    node = cut(x, [(0, 1, 20)])
    for k in range(1, bands.MOST + 3):
        node = elementwise("add", node, elementwise("sin", cut(x, [(k, 1, 20)])))
    found, = forward_jacobians([node], x)
    value = np.random.default_rng(0).normal(size=40)
    wanted = by_steps(lambda z: z[:20] + sum(np.sin(z[k:k + 20]) for k in range(1, bands.MOST + 3)), value)
    np.testing.assert_allclose(evaluate([found], {"x": value})[0], wanted, rtol=1e-12, atol=1e-15)


def test_a_reshaped_array_is_no_band():
    x = input("x", (2, 3))
    node = reshape(elementwise("sin", x), (6,))
    found, = forward_jacobians([node], x)
    value = np.random.default_rng(0).normal(size=(2, 3))
    np.testing.assert_allclose(evaluate([found], {"x": value})[0], by_steps(lambda z: np.sin(z).reshape(6), value))
    turned = transpose(elementwise("sin", x))
    found, = forward_jacobians([turned], x)
    np.testing.assert_allclose(evaluate([found], {"x": value})[0], by_steps(lambda z: np.sin(z).T, value))


def test_the_hessian_of_a_sum_of_entries_stays_a_diagonal():
    x = input("x", (n,))
    hessian, = forward_jacobians(gradient(total(elementwise("exp", x)), [x]), x)
    assert hessian.op is CONTRACT and len(set(hessian.attributes[1])) == 1


def test_a_compiled_hessian_of_neighbours():
    v = sd.array("v", 8)
    valley = sd.sum(100*(v[1:] - v[:-1]**2)**2 + (1 - v[:-1])**2)
    f = sd.compile(valley + sd.sum(sd.exp(v[::2])*sd.sin(v[1::2])), wrt=[v])
    value = np.random.default_rng(0).normal(size=8)

    def by_hand(x):
        found = 100*np.array(evaluate_gradient(x))
        found[:-1] -= 2*(1 - x[:-1])
        found[::2] += np.exp(x[::2])*np.sin(x[1::2])
        found[1::2] += np.exp(x[::2])*np.cos(x[1::2])
        return found
    np.testing.assert_allclose(f.hess(v=value)["v", "v"], by_steps(by_hand, value), rtol=1e-12, atol=1e-12)
