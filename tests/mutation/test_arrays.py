"""The rewrites along axes, with one thing wrong in their code: their own tests, and values and costs of what becomes
of formulas of arrays, notice each.

A mutant that makes another graph of some formula, of the same values and as cheap, finds another form.
"""
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from symdiff.evaluate import evaluate
from symdiff.graph import digest, make
from symdiff.operations import operations
from symdiff.passes import BEFORE, run
from symdiff.passes.stabilise import RULES, arrays
from symdiff.primitives.arrangement import cut, pad
from symdiff.primitives.build import elementwise, expand, stretch, swap, total, transpose
from symdiff.primitives.contraction import contract
from symdiff.primitives.leaf import constant, input
from symdiff.primitives.record import TABLE
from symdiff.primitives.reduction import LOG_SOFTMAX, LOGSUMEXP, MAX_REDUCE, SOFTMAX, along_axes, prod, reduce_axes
from tests.mutation import engine
from tests.symdiff.passes import test_arrays as own

# {regular expression of what is wrong: why nobody can notice it}
ARGUED = {
    r"^_inverse_times: \('one', 0\) becomes": "any label that no other is",
    r"^_factors: a.op.name != 'pad' or": "what has these attributes is padded",
    r"^_inverse_times: 1 - k becomes k - 1": "of two, the one before the first is the other",
}

x, q, z, v = input("x", (3, 4)), input("q", (3, 3)), input("z", (2, 3, 3)), input("v", (3,))
A, B, b, M = input("A", (3, 3)), input("B", (3, 4)), input("b", (3,)), input("M", (2, 3, 3))
w, o, u = input("w", (3, 2)), input("o", (1, 4)), input("u", (2, 1, 4))
NOISE = np.random.default_rng(2)
HARD = np.array([[800.0, 799.0, -5.0, 0.0], [-900.0, -901.0, -1000.0, -950.0], [1e5, 1.0, 2.0, 3.0]])
EASY = {"x": NOISE.normal(size=(3, 4)), "q": NOISE.normal(size=(3, 3)), "z": NOISE.normal(size=(2, 3, 3)),
        "v": NOISE.normal(size=3), "A": NOISE.normal(size=(3, 3)) + 2*np.eye(3), "B": NOISE.normal(size=(3, 4)),
        "w": NOISE.normal(size=(3, 2)), "o": NOISE.normal(size=(1, 4)), "u": NOISE.normal(size=(2, 1, 4)),
        "b": NOISE.normal(size=3), "M": NOISE.normal(size=(2, 3, 3)) + 2*np.eye(3)}
VALUES = [EASY, {name: np.abs(value) for name, value in EASY.items()},
          EASY | {"x": HARD, "q": HARD[:, :3], "z": np.array([HARD[:, 1:], -HARD[:, :3]]), "v": HARD[0, :3],
                  "o": HARD[:1], "u": HARD[:2, None], "A": 1e150*EASY["A"], "M": 1e-150*EASY["M"]}]


def e(name, *inputs):
    return elementwise(name, *inputs)


def exp(a):
    return e("exp", a)


def log(a):
    return e("log", a)


def logsumexp(a, axes, keep=False):
    return reduce_axes(LOGSUMEXP, a, axes, keep)


def formulas():
    """Nodes on which the rewrites fire, and beside them those on which they must not."""
    yield from sums()
    yield from shares()
    yield from shifts()
    yield from products()
    yield from matrices()


def sums():
    """log Σ exp along axes, moved and repeated; a trace and a diagonal are no sums over axes."""
    two = exp(e("add", x, e("mul", x, x)))
    for operand in (exp(x), e("mul", exp(x), constant(3)), e("mul", exp(x), two)):
        for axes in ((0,), (1,), (0, 1)):
            yield log(total(operand, axes))
    for out in ("k", "kj", "jk", "ik", "ki", "i", "", "lkj", "jlk", "kl"):
        yield log(contract([exp(z)], ["ijk"], out, {"l": 2}))
    yield log(contract([exp(q)], ["ii"], ""))
    yield log(contract([exp(q)], ["ij"], "ii"))
    yield log(contract([exp(x), v], ["ij", "i"], "j"))
    yield log(total(x, (1,)))
    yield log(total(exp(x), (1,), True))
    yield log(exp(x))


def shares():
    """exp(u)/Σ exp(u), and what is none: sums over other axes, of something else, repeated along others."""
    for axes in ((0,), (1,), (0, 1)):
        below = total(exp(x), axes, True)
        yield e("div", exp(x), below)
        yield log(e("div", exp(x), below))
        yield e("sub", x, log(below))
    row, column = total(exp(q), (1,)), total(exp(q), (0,))
    for below in (row, column):
        for labels in ("i", "j"):
            placed = contract([below], [labels], "ij", {"i": 3, "j": 3})
            yield e("div", exp(q), placed)
            yield e("sub", q, log(placed))
            yield e("div", exp(transpose(q)), placed)
            yield e("sub", transpose(q), log(placed))
    below = total(exp(x), (1,), True)
    for above, under in ((e("mul", exp(x), x), below), (exp(x), e("mul", below, below)), (exp(x), e("sqrt", below)),
                         (e("mul", exp(x), exp(x)), below), (e("mul", constant(2), exp(x)), below),
                         (x, total(x, (1,), True)),
                         (e("sqrt", exp(x)), below), (e("mul", exp(x), e("sin", x)), e("mul", below, e("cos", x))),
                         (e("pow", x, constant(3)), total(e("pow", x, constant(3)), (1,), True)),
                         (constant(1, (3, 4)), below), (exp(e("neg", x)), below)):
        yield e("div", above, under)
    yield e("mul", exp(x), below)
    sine, wide = e("sin", x), stretch(below, (3, 4))
    yield e("mul", exp(x), e("mul", e("div", x, wide), e("div", sine, wide)))
    yield e("mul", exp(x), e("mul", e("mul", e("div", x, wide), e("div", sine, wide)), e("div", e("cos", x), wide)))
    yield e("div", e("mul", e("mul", exp(x), x), e("mul", exp(x), sine)), wide)
    yield e("div", e("mul", e("mul", e("mul", exp(x), x), e("mul", exp(x), sine)), e("mul", exp(x), e("cos", x))), wide)
    for above in ("ijk", "ikj"):
        for kept in ("i", "j", "k", "ij", "ik", "jk", "kj", "ji"):
            below = contract([contract([exp(z)], ["ijk"], kept)], [kept], above, dict(zip("ijk", (2, 3, 3))))
            yield e("div", exp(transpose(z, ["ijk".index(c) for c in above])), below)
    yield e("div", exp(z), contract([contract([exp(z)], ["ijk"], "kj")], ["jk"], "ijk", {"i": 2}))
    for one, places in ((o, "ij"), (u, "kij")):                                 # an axis of length 1 dropped
        for block in (SOFTMAX, LOG_SOFTMAX):
            less = contract([make(block, (one,), (1,))], [places], places.replace("i", ""))
            yield log(less)
            yield exp(less)
    for one in (q, transpose(q)):
        share = make(SOFTMAX, (one,), (1,))
        loss = make(LOG_SOFTMAX, (one,), (1,))
        for moved in (lambda a: a, transpose, lambda a: contract([a], ["ij"], "kij", {"k": 2}),
                      lambda a: contract([a], ["ij"], "j"), lambda a: contract([a], ["ij"], "iij"),
                      lambda a: e("neg", a)):
            yield log(moved(share))
            yield exp(moved(loss))
            yield exp(moved(share))
    yield e("sub", z, stretch(expand(logsumexp(z, (1, 2)), (1, 2)), (2, 3, 3)))
    yield e("sub", z, stretch(expand(logsumexp(z, (2,)), (2,)), (2, 3, 3)))
    yield e("sub", z, stretch(expand(logsumexp(z, (1,)), (1,)), (2, 3, 3)))
    yield e("sub", z, contract([logsumexp(z, (1, 2))], ["i"], "ijk", {"j": 3, "k": 3}))
    yield e("sub", z, contract([logsumexp(z, (1,))], ["ij"], "ijk", {"k": 3}))
    yield e("sub", z, contract([logsumexp(z, (1,))], ["ij"], "ikj", {"k": 3}))
    yield e("sub", z, contract([logsumexp(z, (2,))], ["ij"], "ikj", {"k": 3}))
    yield e("sub", e("neg", x), contract([logsumexp(x, (1,))], ["i"], "ij", {"j": 4}))
    yield e("sub", x, contract([total(x, (1,))], ["i"], "ij", {"j": 4}))


def shifts():
    """softmax, log_softmax and logsumexp of what is shifted along their axes, and of what is shifted otherwise."""
    along, across = reduce_axes(MAX_REDUCE, x, (1,), True), reduce_axes(MAX_REDUCE, x, (0,), True)
    one = stretch(reduce_axes(MAX_REDUCE, x, (0, 1)), (3, 4))
    for shift in (along, across, one, x):
        for shifted in (e("sub", x, stretch(shift, (3, 4))), e("add", x, stretch(shift, (3, 4))),
                        e("sub", stretch(shift, (3, 4)), x)):
            for axes in ((0,), (1,), (0, 1)):
                yield along_axes(SOFTMAX, shifted, axes)
                yield along_axes(LOG_SOFTMAX, shifted, axes)
                yield logsumexp(shifted, axes)
    for axes in ((0,), (1,), (0, 1)):
        top = reduce_axes(MAX_REDUCE, x, axes)
        kept = reduce_axes(MAX_REDUCE, x, axes, True)
        less = e("sub", x, stretch(kept, (3, 4)))
        for sign in ("add", "sub"):
            yield e(sign, logsumexp(less, axes), top)
            yield e(sign, top, logsumexp(less, axes))
            yield e(sign, logsumexp(less, axes, True), kept)
        yield e("add", logsumexp(less, axes), reduce_axes(MAX_REDUCE, e("sin", x), axes))
        yield e("add", logsumexp(x, axes), top)
    less = e("sub", z, contract([w], ["ji"], "ijk", {"k": 3}))
    for other in (w, e("sin", w)):                                              # moved where the other is not
        back = contract([logsumexp(less, (2,))], ["ij"], "ji")
        yield e("add", back, other)
        yield e("add", other, back)
    yield make(SOFTMAX, (contract([e("sub", x, stretch(along, (3, 4)))], ["ij"], "kij", {"k": 2}),), (1,))
    less = e("sub", q, stretch(reduce_axes(MAX_REDUCE, q, (1,), True), (3, 3)))
    yield make(SOFTMAX, (contract([less], ["ij"], "iij"),), (1,))


def products():
    """log of products along axes; of running products and other recurrences there is none."""
    for operand in (x, exp(x), e("sign", x), transpose(e("sign", x)), transpose(x), e("abs", x)):
        for axes in (None, (0,), (1,)):
            for keep in (False, True):
                yield log(prod(operand, axes, keep))
    running = prod(x, (1,), True).inputs[0] if prod(x, (1,), True).op.name != "slice" else prod(x, (1,), True)
    yield log(contract([prod(x, (1,))], ["i"], "ij", {"j": 2}))
    yield log(contract([prod(x, (1,))], ["i"], "ji", {"j": 2}))
    yield log(contract([prod(x, (1,))], ["i"], "ii"))
    yield log(running)
    recurrence = running.inputs[0]
    yield log(recurrence)
    yield log(cut(recurrence, [(0, 1, 3), (3, 1, 1)]))
    yield log(cut(recurrence, [(0, 1, 3), (4, 1, 1)]))
    yield log(cut(recurrence, [(0, 1, 2), (4, 1, 1)]))
    yield log(cut(x, [(0, 1, 3), (3, 1, 1)]))
    a, start = recurrence.inputs
    for one, other in ((start, a), (a, a), (start, start)):
        yield log(cut(make(recurrence.op, (one, other), (0,)), [(0, 1, 3), (4, 1, 1)]))
    late, early = pad([constant(1, (3, 1))], (5,), [((4, 1),)]), pad([x], (5,), [((0, 1),)])
    for one, other in ((a, late), (early, start), (exp(a), start), (a, exp(start))):
        yield log(cut(make(recurrence.op, (one, other), (0,)), [(0, 1, 3), (4, 1, 1)]))
    yield log(cut(make(recurrence.op, (a, start), (1,)), [(0, 1, 3), (4, 1, 1)]))
    yield log(cut(make(recurrence.op, (a, start), (1,)), [(0, 1, 3), (0, 1, 1)]))


def matrices():
    """Inverses in products, with the labels in every order; determinants."""
    inverse, more = make(TABLE["inv"], (A,)), make(TABLE["inv"], (M,))
    yield inverse
    yield make(TABLE["inv"], (inverse,))
    yield make(TABLE["inv"], (swap(inverse),))
    for name in ("det", "log_abs_det"):
        yield log(make(TABLE[name], (A,)))
        yield log(make(TABLE[name], (M,)))
    for first in ("ij", "ji"):
        for out in ("j", "i", "ij", ""):
            yield contract([inverse, b], [first, "i"], out)
        for labels, outs in (("ik", ("jk", "kj", "ijk", "k", "j")), ("jk", ("ik", "ki", "jik")), ("ii", ("j", "ij"))):
            for out in outs:
                yield contract([inverse, B if "k" in labels else A], [first, labels], out)
        for out in ("", "i", "j"):
            yield contract([inverse, A], [first, "ij"], out)
        yield contract([inverse, z], [first, "kil"], "jkl")
        yield contract([inverse, inverse], [first, "jk"], "ik")
        yield contract([inverse, A, b], [first, "jk", "k"], "i")
        yield contract([inverse, b], ["ij", "k"], "ijk")
        yield contract([inverse, b], ["ii", "i"], "i")
        yield contract([inverse, A], [first, "jk"], "iik")
    yield contract([more, z], ["kij", "kjl"], "kil")
    yield contract([more, b], ["kij", "j"], "ki")


# -- what is known -----------------------------------------------------------------------------------------------------

def stable(node):
    return run((node,), BEFORE)[0]


@dataclass(frozen=True)
class Known:
    """What is made of a formula: its name, its values, its cost, and the functions that are called for it."""
    node: object
    made: str
    values: list
    cost: int
    called: set


def fact(node):
    (made,), names = engine.called(lambda: stable(node), arrays.__file__)
    return Known(node, digest(made), [evaluate((made,), at)[0] for at in VALUES], operations((made,)), names)


@cache
def known():
    return [fact(node) for node in dict.fromkeys(formulas())]


def witness(which):
    """The rewrites' own tests, then values and costs of what a function is called for."""
    for axes in ((0,), (1,), (0, 1)):
        own.test_softmax(axes, True)
    own.test_cross_entropy_and_its_gradient()
    own.test_inverse_and_determinant()
    own.test_log_of_a_product(None, False)
    for one in known():
        if which in one.called:
            made, = stable(one.node)
            assert operations((made,)) <= one.cost
            for at, right in zip(VALUES, one.values):
                agree(evaluate((made,), at)[0], right)


def agree(value, right):
    scale = np.max(np.abs(right[np.isfinite(right)]), initial=0)
    np.testing.assert_allclose(value, right, rtol=1e-11, atol=1e-13*scale)


def same(which):
    """Raise where another graph is made."""
    for one in known():
        if which in one.called:
            assert digest(stable(one.node)[0]) == one.made


FOUND = engine.reached(*[rule.find for rule in RULES.values() if rule.find is not None
                         and rule.find.__module__ == arrays.__name__], module=arrays)
NAMED = [((functions[0].__qualname__,), functions) for functions in FOUND.values()]


@pytest.mark.nightly
@pytest.mark.parametrize("which, k, of", engine.shares(NAMED, 8))
def test_every_wrong_search_is_noticed(which, k, of):
    known()
    wrong, left, others = [], [], 0
    for functions, mutant in engine.share(NAMED, (which,), k, of):
        wrong.append(mutant.what)
        if not engine.noticed(lambda: witness(which), lambda: engine.install(functions, mutant.made), 120):
            if engine.noticed(lambda: same(which), lambda: engine.install(functions, mutant.made), 120):
                others += 1
            else:
                left.append(mutant.what)
    print(f"{which}: {others} other forms")
    engine.report(which, wrong, left, ARGUED)


@pytest.mark.nightly
def test_the_witness_passes():
    """As they do before, where that is finite."""
    for one in known():
        for at, value in zip(VALUES[:2], one.values):
            before, = evaluate((one.node,), at)
            agree(np.where(np.isfinite(before), value, 0), np.where(np.isfinite(before), before, 0))
    assert not engine.noticed(lambda: [witness(which) for (which,), _ in NAMED], deadline=600)
