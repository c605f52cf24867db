"""The rewrites of moments, distances, weighted sums of exponentials and through picks, with one thing wrong in them:
values and gradients of formulas on which they fire, and of those on which they must not, notice each.

A mutant that makes another graph of some formula, of the same values and as cheap, finds another form.
"""
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

import symdiff as sd
from symdiff import derive
from symdiff.evaluate import evaluate
from symdiff.graph import digest
from symdiff.operations import operations
from symdiff.passes import AFTER, BEFORE, run
from symdiff.passes.stabilise import RULES, moments, picked, weighted
from symdiff.read import read
from tests.mutation import engine
from tests.symdiff.passes import test_moments as of_moments
from tests.symdiff.passes import test_picked as of_picked
from tests.symdiff.passes import test_weighted as of_weighted

MODULES = moments, weighted, picked

# {regular expression of what is wrong: why nobody can notice it}
ARGUED = {
    r"^_matched: _multiplied": "a product in another order",
    r"^_(named|multiplied): found\.get\(key, 0\) \+ power becomes": "the powers on both sides of an equality, negated",
    r"^sunk: (budget|top in known)": "how much is looked at, and whether again",
    r"^_around: (done is not new|moved - EXACT)|^_is_outside: (below.op is CONSTANT or|return False becomes)":
        "an early answer: no rule fires there",
    r"^_log_of_terms: (len\(parts\) < 2 or|context.ranges\(u\).high <= 0 becomes)":
        "an early answer, and exponents that are mild in any case",
    r"^_log_of_running: build\('add', u, one\)": "exponentials that may leave the range are one by then",
    r"^_is_outside: node\.attributes\[1\] becomes": "functions of entries stand below repetitions by then",
    r"^_unmasked: plain\('mul'": "products may change their operands",
    r"^read: (len\(stack\) \+ len\(powers\)|value \* e) becomes": "a limit on how many factors are looked at",
    r"build\('(add|mul)', (.*), (.*)\) becomes (context\.)?build\('\1', \3, \2\)$": "sums and products may change their operands",
}

NEAR, FAR = of_moments.NEAR | {"q": np.array([0.5, 2, 0.25])}, of_moments.FAR
X = np.array([[1.0, 2, 0], [4, 0, -1], [1, 2, 0], [0.5, 0, 1]])
EASY = NEAR | {"X": X, "Y": np.arange(12.0).reshape(3, 4) % 5, "w": np.arange(8.0), "s": np.array(2.0),
               "o": np.array([[1.0], [2], [5], [3]]), "pair": np.array([1.0, 3])}
THERE = EASY | {"x": np.full(4, 3.0), "y": np.full(4, 3.0), "u": np.zeros(3), "C": np.ones((4, 3)),
                "X": np.ones((4, 3))}
WEIGHED = of_weighted.FAR
POINTS = {"moments": [EASY, EASY | FAR, THERE],
          "weighted": [WEIGHED, WEIGHED | of_weighted.NONE, WEIGHED | of_weighted.SIGNED, WEIGHED | of_weighted.MASKED,
                       WEIGHED | {"X": WEIGHED["X"]/100}],
          "picked": [{"z": z, "y": of_picked.Y, "t": of_picked.TABLE} for z in (of_picked.Z, of_picked.Z/300)]}


def formulas():
    """(expression, the name of its points)."""
    for cases in (of_moments.SCALARS, of_moments.ARRAYS, of_moments.DISTANCES):
        yield from ((case[0], "moments") for case in cases.values())
    yield from ((expr, "moments") for expr in (*of_moments.NO_MOMENTS, *of_moments.NO_DISTANCES))
    yield from ((case[0], "weighted") for case in of_weighted.CASES.values())
    yield from ((case[0], "weighted") for case in of_weighted.RUNNING.values())
    yield from ((expr, "weighted") for expr in (*of_weighted.LEFT, *of_weighted.STILL))
    z, y = [sd.array(name, sd.sizes("n")) for name in "zy"]
    yield from ((case[0](z, y), "picked") for case in of_picked.CASES)
    yield from ((typed(z, y, sd.array("t", 3)), "picked") for typed in of_picked.PLAIN)


def stable(node):
    return run((node,), BEFORE)[0]


def with_gradient(made):
    """The outputs with the gradient of one that is a scalar."""
    if made[0].sizes:
        return made
    inputs = of_moments.inputs(made[0])
    return made + run(derive.gradient(made[0], [*inputs.values()]), AFTER)[0]


@dataclass(frozen=True)
class Known:
    """What is made of a formula: its name, its values with its gradient, its cost, and the functions called for it."""
    node: object
    points: str
    made: str
    values: list
    cost: int
    called: set


def fact(expr, points):
    node = read(expr)
    made, called = None, set()
    for module in MODULES:
        made, names = engine.called(lambda: stable(node), module.__file__)
        called |= {(module.__name__, name) for name in names}
    return Known(node, points, digest(made[0]), found(made, points), operations(made), called)


def found(made, points):
    return [evaluate(with_gradient(made), at) for at in POINTS[points]]


@cache
def known():
    with np.errstate(all="ignore"):
        return [fact(*one) for one in formulas()]


def witness(which):
    """Values and costs of what a function is called for."""
    with np.errstate(all="ignore"):
        for one in known():
            if which in one.called:
                made = stable(one.node)
                assert operations(made) <= one.cost
                for now, right in zip(found(made, one.points), one.values):
                    for a, b in zip(now, right):
                        agree(a, b)


def agree(value, right):
    scale = np.max(np.abs(right[np.isfinite(right)]), initial=0)
    np.testing.assert_allclose(value, right, rtol=1e-11, atol=1e-11*scale)


def same(which):
    """Raise where another graph is made."""
    for one in known():
        if which in one.called:
            assert digest(stable(one.node)[0]) == one.made


FOUND = {module: engine.reached(*[rule.find for rule in RULES.values() if rule.find is not None
                                  and rule.find.__module__ == module.__name__], module=module)
         for module in MODULES}
NAMED = [((module.__name__, functions[0].__qualname__), functions)
         for module, of in FOUND.items() for functions in of.values()]


@pytest.mark.nightly
@pytest.mark.parametrize("module, which, k, of", engine.shares(NAMED, 8))
def test_every_wrong_search_is_noticed(module, which, k, of):
    known()
    wrong, left, others = [], [], 0
    for functions, mutant in engine.share(NAMED, (module, which), k, of):
        wrong.append(mutant.what)
        if not engine.noticed(lambda: witness((module, which)), lambda: engine.install(functions, mutant.made), 120):
            if engine.noticed(lambda: same((module, which)), lambda: engine.install(functions, mutant.made), 120):
                others += 1
            else:
                left.append(mutant.what)
    print(f"{which}: {others} other forms")
    engine.report(which, wrong, left, ARGUED)


@pytest.mark.nightly
def test_the_witness_passes():
    assert not engine.noticed(lambda: [witness(name) for name, _ in NAMED], deadline=600)
