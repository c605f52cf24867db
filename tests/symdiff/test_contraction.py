"""Contraction: canonical form, values against np.einsum, and its one rule in every mode."""
import numpy as np
import pytest
import sympy as sp
from tests.symdiff.differences import verify

import symdiff.primitives  # noqa: F401
from symdiff.errors import SizeMismatch
from symdiff.evaluate import evaluate
from symdiff.graph import check
from symdiff.primitives.build import (elementwise, expand, eye, matmul, plus, squeeze, stretch, times, total, transpose,
                                      triangle)
from symdiff.primitives.contraction import CONTRACT, contract, is_movement
from symdiff.primitives.leaf import constant, data, input
from symdiff.lengths import sizes

RNG = np.random.default_rng(1)
n, m = sizes("n m")


def labelled(spec, *arrays):
    """contract from a specification as np.einsum writes it."""
    left, out = spec.split("->")
    nodes = [a if not isinstance(a, np.ndarray) else data(a) for a in arrays]
    return contract(nodes, [tuple(s) for s in left.split(",")], tuple(out))


def operands(spec, length):
    own = {c: length if c in "ij" else 2 for c in spec}
    return [RNG.normal(size=[own[c] for c in s]) for s in spec.split("->")[0].split(",")]


SPECS = ["ij,jk->ik", "ij->ji", "ii->", "ii->i", "ij->i", "ij,ij->", "i,j->ij", "ij,j->ij", "ij,i->ij", "ijk,kj->i",
         "i,i->i", "ij,jk,kl->il", "bij,bjk->bik", "ij,ij->ij", "ij,ji->ij", "ij->", "ij,kj->ik", "i,j,k->kij",
         "ii,i->", "iij->j", "ij,ij,ij->j", ",ij->i", "ij,j,i->", "ij,ij,->ij", "i,,j->ij"]


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("length", [3, 1, 0])
def test_value_and_rule(spec, length):
    arrays = operands(spec, length)
    node = check([labelled(spec, *arrays)])[0]
    np.testing.assert_allclose(evaluate([node], {})[0], np.einsum(spec, *arrays), rtol=1e-13)
    verify(lambda *a: labelled(spec, *a), second=length == 3, **{f"x{k}": a for k, a in enumerate(arrays)})


PLACED = ["i->ii", "i->iij", "ij->iji", "->ii", "i->ij", "->ij", "ij,j->iij"]


@pytest.mark.parametrize("spec", PLACED)
def test_placing_and_repeating(spec):
    own = {"i": 3, "j": 2}
    left, out = spec.split("->")
    arrays = [RNG.normal(size=[own[c] for c in s]) for s in left.split(",")]

    def function(*nodes):
        return contract(nodes, [tuple(s) for s in left.split(",")], tuple(out), own)
    node = verify(function, **{f"x{k}": a for k, a in enumerate(arrays)})
    distinct = "".join(dict.fromkeys(out))
    full = np.einsum(left + "," + ",".join(distinct) + "->" + distinct, *arrays, *[np.ones(own[c]) for c in distinct])
    want = np.zeros([own[c] for c in out])
    for place in np.ndindex(*[own[c] for c in distinct]):
        want[tuple(place[distinct.index(c)] for c in out)] = full[place]
    np.testing.assert_allclose(evaluate([node], {f"x{k}": a for k, a in enumerate(arrays)})[0], want)


def test_trace_of_a_product_is_the_indexed_sum():
    a, b = input("A", (n, m)), input("B", (m, n))
    assert contract([a, b], ["ij", "ji"], "") is contract([b, a], ["ji", "ij"], "")
    assert contract([a, b], ["xy", "yx"], "") is contract([transpose(a), b], ["ji", "ji"], "")


def test_products_that_move_nothing_are_mul():
    a, v = input("A", (n, m)), input("v", (m,))
    assert contract([a, a], ["ij", "ij"], "ij").op.name == "mul"
    scaled = contract([a, v], ["ij", "j"], "ij")
    assert scaled.op.name == "mul" and is_movement(scaled.inputs[1])
    assert contract([v, v], ["i", "j"], "ij").op is CONTRACT


def test_movements_are_read_through():
    a, v = input("A", (n, m)), input("v", (m,))
    assert transpose(transpose(a)) is a
    assert matmul(transpose(transpose(a)), expand(v, (1,))) is matmul(a, expand(v, (1,)))
    assert squeeze(expand(v, (0, 2)), (0, 2)) is v
    assert contract([constant(-1), elementwise("neg", transpose(a))], ["", "ij"], "ji") is a
    assert contract([eye((n,)), a], ["ij", "jk"], "ik") is a
    assert contract([eye((n, m)), a], ["ijkl", "kl"], "ij") is a
    diagonal = contract([v], ["j"], "jj")
    assert contract([a, diagonal], ["ij", "jk"], "ik") is contract([a, v], ["ij", "j"], "ij")
    assert contract([diagonal], ["jj"], "j") is v
    assert contract([diagonal, v], ["ij", "j"], "ij") is contract([elementwise("mul", v, v)], ["j"], "jj")


def test_identity_alone_and_traced():
    assert eye((n,)).op is CONTRACT and eye((n,)).inputs == ()
    assert contract([constant(1, (n,))], ["i"], "ii") is eye((n,))
    assert contract([eye((3,))], ["ii"], "") is constant(3)
    assert evaluate([contract([eye((n,))], ["ii"], "")], {}, {n: 5})[0] == 5
    assert contract([eye((3,)), eye((3,))], ["ij", "jk"], "ik") is eye((3,))
    assert contract([eye((3,)), eye((3,))], ["ij", "ij"], "") is constant(3)
    product = contract([eye((2,)), eye((3,))], ["ij", "kl"], "ikjl")
    assert product is eye((2, 3))


def test_constants_leave():
    a = input("A", (n, m))
    assert contract([constant(1, (n, m)), a], ["ij", "ij"], "ij") is a
    assert contract([constant(0, (n,)), a], ["i", "ij"], "j") is constant(0, (m,))
    assert contract([constant(0), a, input("v", (m,))], ["", "ij", "k"], "ijk") is constant(0, (n, m, m))
    assert contract([constant(1, (3,))], ["i"], "") is constant(3)
    assert contract([constant(2, (3,)), constant(5, (3,))], ["i", "i"], "") is constant(30)
    assert contract([constant(1, (2,))], ["i"], "") is constant(2)
    assert contract([constant(-0.0, (n,)), a], ["i", "ij"], "ij") is times(constant(-0.0, (n, m)), a)
    assert contract([constant(2)], [""], "i", {"i": n}) is constant(2, (n,))
    assert contract([constant(1)], [""], "ii", {"i": n}) is eye((n,))
    assert evaluate([contract([constant(2)], [""], "ii", {"i": 2})], {})[0].tolist() == [[2, 0], [0, 2]]
    halves = contract([constant(sp.Rational(1, 2), (n,)), a], ["i", "ij"], "j")
    assert halves.op.name == "mul" and halves.inputs[0] is constant(sp.Rational(1, 2), (m,))
    lost = contract([constant(1, (n,)), input("v", (m,))], ["i", "j"], "j")
    assert evaluate([lost], {"v": [1., 2.]}, {n: 4})[0].tolist() == [4, 8]


def test_diagonals_are_added_on_the_diagonal():
    u, v = input("u", (n,)), input("v", (n,))
    both = plus(contract([u], ["i"], "ii"), contract([v], ["i"], "ii"))
    assert both is contract([plus(u, v)], ["i"], "ii")


def test_refuses():
    a = input("A", (n, m))
    with pytest.raises(SizeMismatch):
        contract([a, a], ["ij", "jk"], "ik")
    with pytest.raises(SizeMismatch):
        elementwise("add", a, input("B", (n, 3)))
    with pytest.raises(SizeMismatch):
        stretch(input("w", (n,)), (n, m))


def test_symbolic_sizes():
    verify(lambda a, b: total(matmul(a, b), (1,)), symbolic={"a": (n, m), "b": (m, 2)},
           a=RNG.normal(size=(3, 2)), b=RNG.normal(size=(2, 2)))


@pytest.mark.parametrize("lower", [True, False])
@pytest.mark.parametrize("k", [-1, 0, 2])
def test_triangle(lower, k):
    a = RNG.normal(size=(2, 3, 4))
    want = np.tril(a, k) if lower else np.triu(a, k)
    node = verify(lambda x: triangle(x, k, lower), second=False, x=a)
    np.testing.assert_array_equal(evaluate([node], {"x": a})[0], want)
