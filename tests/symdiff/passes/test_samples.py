"""Samples: which sums cancel at some point; found together as one by one."""
import random

import numpy as np
import pytest

from symdiff.graph import order
from symdiff.passes.ranges import Ranges
from symdiff.passes.stabilise import RULES
from symdiff.passes.stabilise.engine import Rewriter
from symdiff.passes.stabilise.samples import LARGE, SUMS, Samples
from symdiff.passes.stabilise.spread import MOST
from symdiff.primitives.build import elementwise
from symdiff.primitives.leaf import constant, input

x, y = input("x"), input("y")


def line(seed, count):
    """A straight line of scalars, as random as it is long."""
    chance, made = random.Random(seed), [x, y, constant(3)]
    for _ in range(count):
        a, b = chance.choices(made[-12:], k=2)
        name = chance.choice(["add", "sub", "sub", "mul", "div", "sin", "neg"])
        made.append(elementwise(name, a) if name in ("sin", "neg") else elementwise(name, a, b))
    return order(made)


def sums(nodes):
    return [node for node in nodes if node.op.name in SUMS and len(node.inputs) == 2]


@pytest.mark.parametrize("seed", range(3))
def test_together_as_one_by_one(seed):
    nodes = line(seed, 3*LARGE)
    with np.errstate(all="ignore"):
        single, many = Samples(Ranges()), Samples(Ranges())
        many.expect(nodes)
        found = [(single.losses(node), many.losses(node)) for node in sums(nodes)]
    assert len(found) > LARGE and all(a == b for a, b in found) and len({a for a, _ in found}) > 1


@pytest.mark.parametrize("formula, cancels, meets", [
    (elementwise("sub", elementwise("add", x, constant(1)), x), True, False),
    (elementwise("sub", x, y), False, True),                            # where the leaves are close together only
    (elementwise("add", elementwise("mul", x, x), elementwise("mul", y, y)), False, False)])
def test_what_cancels(formula, cancels, meets):
    with np.errstate(all="ignore"):
        assert Samples(Ranges()).losses(formula) == (cancels, meets)


def by_walking(samples, node):
    """(sums, does one cancel, does one where leaves are close), each sum as often as it stands there."""
    own = samples.losses(node) if len(node.inputs) == 2 else (False, False)
    below = [by_walking(samples, i) for i in node.inputs if i.op.name in SUMS]
    return 1 + sum(count for count, _, _ in below), *[any([own[k], *[one[k + 1] for one in below]]) for k in range(2)]


def test_within_a_sum():
    rewriter, looked = Rewriter(RULES.values()), 0
    samples = rewriter.samples
    with np.errstate(all="ignore"):
        for node in line(7, 300):
            if node.op.name in SUMS:
                count, cancels, meets = by_walking(samples, node)
                if count < 200:
                    looked += 1
                    assert samples.within(node) == (count, cancels, meets)
                if node.op.name != "neg":
                    asked = {"itself": samples.cancels(node), "within": count <= MOST and cancels,
                             "close": count <= MOST and (cancels or meets)}
                    assert rewriter.lost(node) == sum([rewriter.shown[word] for word in asked if asked[word]])
    assert looked > 20


def test_a_sum_that_doubles_itself_is_not_counted_to_the_end():
    node = x
    for _ in range(400):
        node = elementwise("add", node, elementwise("neg", node))
    with np.errstate(all="ignore"):
        count, *_ = Samples(Ranges()).within(node)
    assert count == 1000
