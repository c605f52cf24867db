"""Products: read from nodes, compared whatever their labels are called, written in the shortest way; judged by NumPy."""
import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.evaluate import evaluate
from symdiff.primitives.leaf import input
from symdiff.read import read
from symdiff.tidy.count import written_length
from symdiff.tidy.product import Joining, key
from symdiff.tidy.ratio import Ratio
from symdiff.tidy.tidying import Tidying

n, d = sd.sizes("n d")
A, B, x = sd.array("A", d, d), sd.array("B", d, d), sd.array("x", d)
X, u, a = sd.array("X", n, d), sd.array("u", n), sd.array("a")


def tidying(*nodes):
    return Tidying(tuple(nodes), (), True)


def product(expression):
    node = read(expression)
    return tidying(node).opened(node)


@pytest.mark.parametrize("one, other", [
    (A @ (B @ x), (A @ B) @ x),
    ((A @ B).T, B.T @ A.T),
    (sd.trace(A @ B @ A), sd.trace(A @ A @ B)),
    (sd.trace(A @ A @ A @ B), sd.trace(B @ A @ A @ A)),
    (sd.einsum("ij,jk->ki", A, B), B.T @ A.T),
    (x*a/x**3, a/x**2),
    (sd.sum(A*B), sd.trace(A @ B.T)),
    (sd.diag(x) @ A, x[:, None]*A),
    (X.T @ (u[:, None]*X), (X.T*u) @ X),
    (sd.sum(X*u[:, None], axis=0), X.T @ u),
])
def test_equal_products_have_equal_keys(one, other):
    assert key(product(one)) == key(product(other))


@pytest.mark.parametrize("one, other", [
    (A @ B, B @ A), (A @ x, A.T @ x), (sd.trace(A @ B), sd.trace(A @ B.T)), (sd.outer(x, x), sd.diag(x)*sd.diag(x)),
    (sd.trace(A @ A @ B @ B), sd.trace(A @ B @ A @ B)), (sd.sum(A, axis=0), sd.sum(A, axis=1)),
])
def test_different_products_have_different_keys(one, other):
    assert key(product(one)) != key(product(other))


def test_a_label_that_nobody_carries_multiplies_by_its_length():
    """Σ_k a is n·a, also where the sum is over what is only repeated."""
    found = product(sd.sum(sd.broadcast_to(a, (n,))*u/u))
    assert {(node.op.name, p) for node, _, p in found.factors} == {("input", 1), ("size", 1)}
    assert product(sd.sum(sd.broadcast_to(a, (5,)))).c == 5


def test_shares_that_are_only_summed_are_one():
    assert product(sd.sum(sd.softmax(X), axis=1)*u).factors == product(u).factors
    assert product(sd.sum(sd.softmax(X), axis=0)).factors != ()


def test_numbers_stand_in_front():
    found = product(3*(A @ (x/2))/0.1)
    assert found.c == 15 and found.c.decimal and len(found.factors) == 2


# -- at random: whatever is multiplied and summed, the node that is written has the value that NumPy gives -------------

SIZES = {"i": 2, "j": 3, "k": 4, "m": 5}


def drawn(rng):
    """(factors as (name, labels, power), labels of the result)."""
    letters, factors = list(SIZES)[:rng.integers(1, 5)], []
    for number in range(rng.integers(1, 6)):
        labels = [letters[k] for k in rng.integers(0, len(letters), rng.choice([0, 1, 1, 2, 2, 2, 3]))]
        if len(set(labels)) < len(labels) and rng.random() < 0.7:
            labels = sorted(set(labels))
        factors.append((f"f{number}" if rng.random() < 0.8 or not number else "f0" + "".join(labels), "".join(labels),
                        int(rng.choice([1, 1, 1, 2, -1]))))
    out = [c for c in letters if rng.random() < 0.5]
    rng.shuffle(out)
    if out and rng.random() < 0.15:
        out = [out[0], *out]                                        # on a diagonal
    return factors, "".join(out)


@pytest.mark.parametrize("seed", range(60))
def test_what_is_written_is_the_product(seed):
    rng = np.random.default_rng(seed)
    factors, out = drawn(rng)
    values, joining = {}, Joining(Ratio(3), SIZES)
    for name, labels, p in factors:
        name = f"{name}_{labels}"
        values.setdefault(name, rng.uniform(0.5, 2, [SIZES[c] for c in labels]))
        joining.factor(input(name, tuple([SIZES[c] for c in labels])), tuple(labels), p)
    found = joining.done(tuple(out))
    node = tidying(input("f", ())).writing.spelled(found)
    got, = evaluate((node,), values)
    distinct = "".join(dict.fromkeys(out))
    spec = ",".join(labels for _, labels, _ in factors) + "->" + "".join(c for c in distinct if any(
        c in labels for _, labels, _ in factors))
    wanted = 3*np.einsum(spec, *[values[f"{name}_{labels}"]**p for name, labels, p in factors])
    wanted = np.broadcast_to(np.reshape(wanted, [SIZES[c] if c in spec.split("->")[1] else 1 for c in distinct]),
                             [SIZES[c] for c in distinct])
    if len(out) > len(distinct):
        placed = np.zeros([SIZES[c] for c in out])
        for index in np.ndindex(*wanted.shape):
            placed[tuple(index[distinct.index(c)] for c in out)] = wanted[index]
        wanted = placed
    np.testing.assert_allclose(got, wanted, rtol=1e-11)


@pytest.mark.parametrize("formula, operations", [
    (A @ (B @ x), 2), (X.T @ (u[:, None]*X), 3), (sd.einsum("ij,jk,k->i", A, B, x), 2), ((A.T @ B.T).T, 1),
    (sd.einsum("ij,ij->", A, B), 2), (sd.einsum("i,i,i->", x, x, x), 2), (sd.einsum("ij,i,j->", A, x, x), 2),
])
def test_no_more_operations_than_needed(formula, operations):
    node = read(formula)
    run = tidying(node)
    assert written_length((run.writing.spelled(run.opened(node)),)) == operations


def test_symbols_of_sympy_are_factors_too():
    s = sp.Symbol("s")
    assert key(product(s**2*x)) == key(product(x*s*s))
