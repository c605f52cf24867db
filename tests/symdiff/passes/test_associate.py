"""Sums of products in their cheapest order; scalars outside; shared work stays shared."""
import math
import random
from itertools import combinations

import numpy as np
import pytest
import sympy as sp

from symdiff import derive
from symdiff.evaluate import evaluate
from symdiff.graph import check, order
from symdiff.operations import operations
from symdiff.passes import AFTER, associate, fold, run
from symdiff.passes.associate import cheapest
from symdiff.passes.text import short
from symdiff.primitives.build import elementwise, stretch, total, transpose
from symdiff.primitives.contraction import CONTRACT, contract, is_movement
from symdiff.primitives.leaf import constant, input, size

n, d = sp.symbols("n d", integer=True, nonnegative=True)
A, B, C = input("A", (5, 6)), input("B", (6, 7)), input("C", (7, 2))
v = input("v", (7,))


def agree(before, after, **values):
    check(after)
    assert operations(after) <= operations(before)
    for p, q in zip(evaluate(before, values), evaluate(after, values)):
        np.testing.assert_allclose(p, q, rtol=1e-12)


def draw(*shapes):
    generator = np.random.default_rng(0)
    return [generator.standard_normal(s) for s in shapes]


def sums(outputs):
    return [node for node in order(outputs) if node.op is CONTRACT and not is_movement(node)]


def test_chain_of_products():
    node = contract([contract([A, B], ["ij", "jk"], "ik"), v], ["ik", "k"], "i")
    new = associate((node,))
    assert operations(new) == 2*(6*7 + 5*6)
    a, b, c = draw((5, 6), (6, 7), (7,))
    agree((node,), new, A=a, B=b, v=c)


def test_shared_product_stays():
    AB = contract([A, B], ["ij", "jk"], "ik")
    outputs = (contract([AB, v], ["ik", "k"], "i"), AB)
    assert associate(outputs) == outputs


def test_gram_of_a_shared_vector():
    X, w = input("X", (n, d)), input("w", (d,))
    z = contract([X, w], ["ij", "j"], "i")
    outputs = (total(elementwise("pow", z, constant(2))), contract([z, z], ["i", "i"], ""))
    new = associate(outputs)
    assert sum(1 for s in sums(new) if X in s.inputs) == 1


def test_many_operands_two_by_two():
    D, E = input("D", (2, 5)), input("E", (5, 9))
    node = contract([A, B, C, D, E], ["ij", "jk", "kl", "lm", "mp"], "ip")
    new, = associate((node,))
    assert all(len(s.inputs) <= 2 for s in sums((new,)))
    a, b, c, dd, e = draw((5, 6), (6, 7), (7, 2), (2, 5), (5, 9))
    agree((node,), (new,), A=a, B=b, C=c, D=dd, E=e)


def test_greedy_beyond_six():
    matrices = [input(f"M{k}", (3 + k % 3, 3 + (k + 1) % 3)) for k in range(9)]
    node = contract(matrices, [(k, k + 1) for k in range(9)], (0, 9))
    new, = associate((node,))
    assert all(len(s.inputs) <= 2 for s in sums((new,)))
    values = {f"M{k}": m for k, m in enumerate(draw(*[m.sizes for m in matrices]))}
    agree((node,), (new,), **values)


def test_cheapest_is_cheapest():
    subs = [frozenset("ab"), frozenset("bc"), frozenset("cd"), frozenset("de")]
    lengths = dict(zip("abcde", (40, 2, 30, 3, 20)))
    steps, cost = cheapest(subs, frozenset("ae"), lengths)
    assert cost == 2*30*3 + 2*3*20 + 40*2*20 and len(steps) == 3


@pytest.mark.parametrize("seed", range(12))
def test_the_cost_is_that_of_the_steps(seed):
    """Of few operands it is the least of all orders; of more than six the sum over the steps, too."""
    choose = random.Random(seed)
    subs = [frozenset(choose.sample("abcdefgh", choose.randint(1, 3))) for _ in range(4 if seed < 8 else 8)]
    out = frozenset(choose.sample(sorted(frozenset().union(*subs)), 2))
    length = {c: choose.choice((2, 3, 5, 7)) for c in "abcdefgh"}
    steps, cost = cheapest(subs, out, length)
    live, total = dict(enumerate(subs)), 0
    for k, (i, j) in enumerate(steps):
        both = live.pop(i) | live.pop(j)
        total += math.prod(length[c] for c in both)
        live[len(subs) + k] = both & out.union(*live.values())
    assert cost == total and len(live) == 1 and (len(subs) > 4 or cost == least(subs, out, length))


def least(subs, out, length):
    """The cost of the cheapest order, by trying all."""
    if len(subs) == 1:
        return 0
    costs = []
    for i, j in combinations(range(len(subs)), 2):
        rest = [s for k, s in enumerate(subs) if k not in (i, j)]
        both = subs[i] | subs[j]
        costs.append(math.prod(length[c] for c in both) + least([*rest, both & out.union(*rest)], out, length))
    return min(costs)


def test_three_vectors_two_by_two():
    x, y, z = (input(k, (n,)) for k in "xyz")
    assert all(len(s.inputs) == 2 for s in sums(associate((contract([x, y, z], "iii", ""),))))


def test_scalars_that_are_given_stay_where_they_are():
    """They may be near the ends of the range of floats: s·(x·y) overflows where (s·x)·y does not."""
    s, x, y = input("s"), input("x", (3,)), input("y", (3,))
    node = elementwise("mul", elementwise("mul", stretch(s, (3,)), x), y)
    values = {"s": 1e-300, "x": np.full(3, 1e300), "y": np.full(3, 1e300)}
    assert np.isfinite(evaluate(associate((contract([node, x], ["i", "j"], "i"), node)), values)[1]).all()


def test_product_of_repeated_arrays_is_a_contraction():
    left = contract([A], ["ij"], "ijk", {"k": 7})
    right = contract([B], ["jk"], "ijk", {"i": 5})
    node = total(elementwise("mul", left, right), (1,))
    new, = associate((node,))
    assert {i for s in sums((new,)) for i in s.inputs} == {A, B}
    a, b = draw((5, 6), (6, 7))
    agree((node,), (new,), A=a, B=b)


def test_scalars_outside_of_sums():
    x, s = input("x", (n,)), input("s")
    node = total(elementwise("mul", stretch(s, (n,)), elementwise("sin", x)))
    assert short(associate((node,))[0]) == "s*sum(sin(x))"
    node = total(elementwise("div", elementwise("sin", x), stretch(s, (n,))))
    assert short(associate((node,))[0]) == "sum(sin(x))/s"
    node = elementwise("add", elementwise("mul", stretch(s, (n,)), x),
                       elementwise("mul", stretch(s, (n,)), elementwise("sin", x)))
    assert short(associate((node,))[0]) == "s*(x + sin(x))"
    wide = contract([x, elementwise("mul", stretch(s, (n,)), elementwise("sin", x))], ["i", "j"], "ij")
    assert operations(associate((wide,))) <= operations((wide,))


def test_common_factors():
    x, a, b = (input(k, (4,)) for k in "xab")
    node = elementwise("sub", elementwise("mul", a, x), elementwise("mul", x, b))
    assert short(associate((node,))[0]) in ("x*(a - b)", "(a - b)*x")
    inside = elementwise("add", elementwise("mul", input("c", (4,)), elementwise("mul", a, x)), elementwise("mul", x, b))
    assert sum(one.op.name == "mul" for one in order(associate((inside,)))) == 2          # x·(c·a + b)
    kept = elementwise("mul", a, x)
    outputs = (elementwise("sub", kept, elementwise("mul", x, b)), kept)
    assert associate(outputs) == outputs


def logistic():
    X, y, w, b = input("X", (n, d)), input("y", (n,)), input("w", (d,)), input("b")
    z = elementwise("add", contract([X, w], ["ij", "j"], "i"), b)
    one = constant(1)
    p = elementwise("div", one, elementwise("add", one, elementwise("exp", elementwise("neg", z))))
    t = elementwise("add", elementwise("mul", y, elementwise("log", p)),
                    elementwise("mul", elementwise("sub", one, y), elementwise("log", elementwise("sub", one, p))))
    return elementwise("neg", elementwise("div", total(t), size(n))), [w, b]


def test_logistic_regression():
    """Value and gradient of the textbook loss are as a person would write them, and right where the textbook fails."""
    loss, wrt = logistic()
    (stable,), fired = run((loss,))
    assert short(stable, 20) == "sum(y*softplus(-(X @ w + b)) + (1 - y)*softplus(X @ w + b))/n"
    assert len(fired) == 4 and all(f.place and f.reason for f in fired)
    gradient, _ = run(derive.gradient(stable, wrt), AFTER)
    names = [node.op.name for node in order((stable, *gradient))]
    assert [names.count(name) for name in ("sigmoid", "softplus", "log", "exp")] == [2, 2, 0, 0]
    assert len(sums((stable, *gradient))) == 4 and len(names) <= 30
    X = np.array([[40.0], [-40.0], [800.0], [-800.0], [0.5]])
    y = np.array([1.0, 0.0, 1.0, 0.0, 1.0])
    with np.errstate(over="ignore"):
        exact = (X[:, 0]*(np.where(y == 1, -1/(1 + np.exp(X[:, 0])), 1/(1 + np.exp(-X[:, 0]))))).sum()/5
    g = evaluate(gradient, {"X": X, "y": y, "w": [1.0], "b": 0.0})[0]
    np.testing.assert_allclose(g, [exact], rtol=1e-15)


def test_hessian_of_logistic_regression_stays_small():
    loss, wrt = logistic()
    (stable,), _ = run((loss,))
    h = derive.hessian(stable, wrt)
    new, _ = run(tuple(h.values()), AFTER)
    assert operations(new) <= operations(tuple(h.values()))
    values = dict(zip("Xywb", (*draw((9, 3)), np.arange(9) % 2, *draw((3,)), 0.3)))
    for p, q in zip(evaluate(tuple(h.values()), values), evaluate(new, values)):
        np.testing.assert_allclose(p, q, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("permutation", [(0, 1), (1, 0)])
def test_transposes_vanish(permutation):
    right = "kj" if permutation == (0, 1) else "jk"
    node = contract([transpose(transpose(A)), transpose(B, permutation[::-1])], ["ij", right], "ik")
    new, = fold(associate((node,)))
    assert [s.inputs for s in sums((new,))] and all(not is_movement(i) for s in sums((new,)) for i in s.inputs)


def test_a_sum_over_a_repetition_counts_it():
    """Σ_k L[i,j]·L[k,j] repeated 25 times along a new axis, which is then summed, is 25 times the product."""
    a = input("a", (3, 3))
    inner = contract([a, a], [("i", "j"), ("k", "j")], ("i", "n", "k"), {"n": 25})
    total = contract([inner], [("i", "n", "k")], ("i", "k"))
    value = np.arange(9.0).reshape(3, 3)
    np.testing.assert_allclose(evaluate(associate((total,)), {"a": value})[0], 25*value @ value.T, rtol=1e-14)
