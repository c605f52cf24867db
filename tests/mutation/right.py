"""A formula goes in; what its stable form gets right, of the value and its derivatives at many points, comes out.

A mutant of a rewrite is noticed where it gets wrong what was right: a value, a gradient or a Hessian leaves the bar, a
nan is hidden, a zero loses its sign, an infinite argument gives something else than the formula as typed.
"""
import math
import random
from dataclasses import dataclass

import mpmath
import numpy as np

from symdiff import derive
from symdiff.graph import order
from symdiff.passes import AFTER, BEFORE, run
from symdiff.primitives.leaf import number
from tests.symdiff.passes.accuracy import BARS, EPS, keys
from tests.symdiff.passes.formula import exact

SPECIAL = (0.0, -0.0, math.inf, -math.inf, math.nan)
ROUND = (1.0, -1.0, 2.0, -2.0, 0.5, 1e-17, -1e-9, 1e-4, 40.0, -40.0, 800.0, -800.0, 1e17, -1e17, 1e160, 1e-160)
TINY = mpmath.mpf(2)**-1022
DIGITS = 480                                # fewer than the references of the rules have: many facts are asked for


@dataclass(frozen=True)
class Fact:
    """The output `key`, () for the value, (u,) and (u, v) for derivatives, at a point: the right number and how far off
    it may be; or, with no distance, exactly this, its sign included."""
    at: dict
    key: tuple
    right: object
    distance: object = None

    def holds(self, got):
        if self.distance is not None:
            return math.isfinite(got) and abs(mpmath.mpf(got) - self.right) <= self.distance
        if math.isnan(self.right):
            return math.isnan(got)
        return got == self.right and math.copysign(1, got) == math.copysign(1, self.right)


def names_of(node):
    return sorted(i.attributes[0] for i in order((node,)) if i.op.name == "input")


def points(names, count, seed=1, edges=()):
    """Points: round numbers, numbers beside the edges, numbers of any size; of several names also close ones."""
    generator = random.Random(seed)

    def draw():
        kind = generator.random()
        if kind < 0.35:
            return generator.uniform(-4, 4)
        size = 10.0**generator.uniform(-20, 3.5) if kind < 0.9 else 10.0**generator.uniform(-160, 160)
        return size if generator.random() < 0.5 else -size

    listed = [x for c in edges for d in (0, EPS, -EPS, 1e-9, -1e-9, 0.1, -0.1) for x in (c*(1 + d), -c*(1 + d))]
    listed += ROUND
    others = [[generator.choice(listed) if generator.random() < 0.5 else draw() for _ in names[1:]] for _ in listed]
    made = [dict(zip(names, [x, *rest])) for x, rest in zip(listed, others)]
    for _ in range(count):
        at = {name: draw() for name in names}
        if len(names) > 1 and generator.random() < 0.4:
            at[names[1]] = at[names[0]]*(1 + 10.0**generator.uniform(-16, 0))
        made.append(at)
    return made


def truth(node, at, wanted):
    """{key: (value, condition)} by differences in high precision; a hole at a point is filled by what is around it."""
    names, known = sorted(at), {}

    def f(shift):
        if shift not in known:
            point = {n: mpmath.mpf(at[n])*(1 + k*step) if at[n] else k*step for n, k in zip(names, shift)}
            known[shift] = exact(node, point, DIGITS)
        return known[shift]

    def difference(which, shift):
        if not which:
            return f(shift)
        k = names.index(which[0])
        up, down = [tuple(s + d*(i == k) for i, s in enumerate(shift)) for d in (1, -1)]
        return (difference(which[1:], up) - difference(which[1:], down))/(2*step)

    found = {}
    with mpmath.workdps(DIGITS):
        step = mpmath.mpf(10)**-45
        zero = (0,)*len(names)
        for key in wanted:
            value = difference(key, zero)
            if mpmath.isnan(value) and not key and not all(at.values()):
                around = [f(tuple(d*(not at[n]) for n in names)) for d in (1, -1)]
                value = (around[0] + around[1])/2 if abs(around[0] - around[1]) < mpmath.mpf(10)**-30 else value
            more = [abs(difference((n, *key), zero)/value) for n in names if at[n]] if value else []
            condition = max([mpmath.mpf(1), *[m for m in more if mpmath.isfinite(m)]])
            found[key] = value/mpmath.fprod(at[n] or 1 for n in key), condition
    return found


class Stable:
    """The stable form of a formula and of its derivatives, made when they are asked for."""

    def __init__(self, node, passes=True):
        self.inputs = [i for i in order((node,)) if i.op.name == "input"]
        self.inputs.sort(key=lambda i: i.attributes[0])
        self.node, self.passes, self._by_order, self.fired = node, passes, {}, set()

    def nodes(self, order_):
        """{key: node} of one order."""
        if order_ not in self._by_order:
            names = [i.attributes[0] for i in self.inputs]
            if order_ == 0:
                made = self._run((self.node,), BEFORE)
            elif order_ == 1:
                made = derive.gradient(self.nodes(0)[()], self.inputs)
            else:
                first = list(self.nodes(1).values())
                made = [block for i, one in enumerate(first) for block in derive.jacobian(one, self.inputs[i:])]
            if order_:
                made = self._run(made, AFTER)
            self._by_order[order_] = dict(zip([k for k in keys(names, 2) if len(k) == order_], made))
        return self._by_order[order_]

    def take(self, order_, nodes):
        """These are the nodes of one order."""
        self._by_order[order_] = nodes

    def _run(self, nodes, passes):
        if not self.passes:
            return nodes
        nodes, report = run(nodes, passes)
        self.fired.update(one.rule for one in report)
        return nodes

    def values(self, order_, listed):
        """{key: numbers at the listed points}"""
        nodes, found = self.nodes(order_), {}
        with np.errstate(all="ignore"):
            for node in order(tuple(nodes.values())):
                if node.op.name == "input":
                    found[node] = np.array([at[node.attributes[0]] for at in listed], float)
                elif node.op.name == "constant":
                    found[node] = np.float64(number(node))
                else:
                    found[node] = np.asarray(node.op.numpy(*[found[i] for i in node.inputs]), float)
        return {key: np.broadcast_to(found[node], len(listed)).tolist() for key, node in nodes.items()}


def facts(node, count=40, highest=2, edges=(), seed=1, made=()):
    """[Fact], values first: what is right now.

    made  the nodes of its stable form, by order of derivative, where they are known
    """
    stable, typed, names = Stable(node), Stable(node, False), names_of(node)
    for order_, nodes in enumerate(made):
        stable.take(order_, nodes)
    listed, found = points(names, count, seed, edges), []
    truths = [truth(node, at, [key for order_ in range(highest + 1) for key in stable.nodes(order_)]) for at in listed]
    for order_ in range(highest + 1):
        for key, column in stable.values(order_, listed).items():
            for at, right, got in zip(listed, truths, column):
                value, condition = right[key]
                if mpmath.isnan(value) or mpmath.isinf(value):
                    found += [Fact(at, key, math.nan)] if math.isnan(got) and mpmath.isnan(value) and not key else []
                    continue
                fact = Fact(at, key, value, BARS[order_]*EPS*condition*max(abs(value), TINY))
                found += [fact] if fact.holds(got) else []
    listed = [{**dict.fromkeys(names, 0.5), name: x} for name in names for x in SPECIAL]
    for at, got, before in zip(listed, stable.values(0, listed)[()], typed.values(0, listed)[()]):
        fact = Fact(at, (), before)
        found += [fact] if fact.holds(got) else []
    return found


def equal(one, other, edges=(), count=60, seed=2):
    """Are two formulas the same function, to thirty digits, at round numbers, beside the edges and at many others?"""
    names = sorted({*names_of(one), *names_of(other)})
    for at in points(names, count, seed, edges):
        if all(x == 0 or 1e-9 < abs(x) < 1e3 for x in at.values()):
            a, b = exact(one, at, 150), exact(other, at, 150)
            if not (a == b or mpmath.isnan(a) and mpmath.isnan(b) or
                    abs(a - b) <= mpmath.mpf(10)**-30*max(abs(a), abs(b))):
                return False
    return True


def witness(stable, known):
    """Raise where something known of a formula is right no more."""
    for order_ in sorted({len(fact.key) for fact in known}):
        those = [fact for fact in known if len(fact.key) == order_]
        listed = list({id(fact.at): fact.at for fact in those}.values())
        place, values = {id(at): k for k, at in enumerate(listed)}, stable.values(order_, listed)
        for fact in those:
            got = values[fact.key][place[id(fact.at)]]
            assert fact.holds(got), f"{fact.key} at {fact.at} is {got}, not {fact.right}"
