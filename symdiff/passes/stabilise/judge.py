"""Two scalar formulas of equal value go in; whether the second is the more accurate one in float64 comes out.

Both are computed at some points drawn over the whole range of floats, in arithmetic of 53 bits, each operation rounded
correctly, and in high precision.  The verdict is the same on every machine and run: neither NumPy nor a C library is
asked.
"""
import random

import mpmath

from ...graph import order
from ...primitives.leaf import CONSTANT, exact_number
from ...primitives.record import Elementwise

DIGITS, FEWER = 420, 130                    # cancellation between 1e-100 and 1e100 is seen through; where it costs much
COSTLY = frozenset("gamma lgamma digamma polygamma stirling log_poisson erfcx ndtr log_ndtr ierfcx erfinv".split())
POINTS, NODES, LEAVES = 36, 150, 4
BAR = 4.0                                   # half the bar of the whole, in units in the last place × max(1, condition)
EPS = 2.0**-52
LARGEST, SMALLEST = mpmath.mpf(2)**1024*(1 - mpmath.mpf(2)**-54), mpmath.mpf(2)**-1075
NORMAL, BESIDE = mpmath.mpf(2)**-1022, mpmath.mpf(2)**-240
FAILURES = (ValueError, ZeroDivisionError, OverflowError, TypeError, mpmath.libmp.NoConvergence)


def better(old, new, ranges, inside=None):
    """Is the new formula right at a point where the old one is not, and wrong at none where the old one is right?

    ranges  what is known of the leaves (symdiff.passes.ranges.Ranges)
    inside  nodes to take for leaves, besides inputs and whatever is not elementwise
    """
    nodes = _nodes((old, new), frozenset(inside or ()))
    if nodes is None:
        return False
    leaves = [n for n in nodes if _is_leaf(n, inside or ())]
    if not 0 < len(leaves) <= LEAVES:
        return False
    gained = 0
    for point in _points([ranges(leaf) for leaf in leaves]):
        given = dict(zip(leaves, point))
        before, after = _floats(nodes, given, old), _floats(nodes, given, new)
        if _same(before, after):
            continue
        truth = _exact(nodes, given, old)
        if truth is None:
            continue
        if mpmath.isnan(truth):
            if not mpmath.isnan(after) and mpmath.isnan(before) and not _is_limit(nodes, given, old, after):
                return False                                                # it would hide a nan
            continue
        errors = _error(before, truth), _error(after, truth)
        if min(errors) > 1e-3 or max(errors) <= BAR*EPS:
            bar = BAR*EPS
        else:
            bar = BAR*EPS*max(1.0, _condition(nodes, leaves, given, old, truth))
        if errors[0] <= bar < errors[1]:
            return False
        gained += errors[1] <= bar < errors[0]
    return gained > 0


def _is_leaf(node, inside):
    return node.op is not CONSTANT and (type(node.op) is not Elementwise or node in inside)


def _nodes(outputs, inside):
    """Every node between the leaves and the outputs, inputs first; None when there are too many."""
    seen, done, stack = set(), [], list(outputs)
    while stack:
        node = stack[-1]
        if node in seen:
            stack.pop()
            continue
        below = () if _is_leaf(node, inside) else node.inputs
        waiting = [i for i in below if i not in seen]
        if waiting and len(stack) < 4*NODES:
            stack += waiting
            continue
        if waiting or len(done) >= NODES:
            return None
        seen.add(node)
        done.append(stack.pop())
    return done


def _points(ranges):
    """One value per leaf, within its range: of any size, close together, all of middle size, all huge, all
    tiny, 0 and 1."""
    generator, made = random.Random(7), 0
    for _ in range(4*POINTS):
        point = [_draw(generator) for _ in ranges]
        kind = generator.random()
        if kind < 0.2 and len(point) > 1:
            point[1] = point[0]*(1 + generator.choice((-1, 1))*10.0**generator.uniform(-16, 0))
        elif kind < 0.55:
            low, high = (-2, 2) if kind < 0.4 else (120, 300) if kind < 0.5 else (-300, -120)
            point = [generator.choice((-1, 1))*10.0**generator.uniform(low, high) for _ in point]
        point = [-x if -x >= r.low and not r.low <= x <= r.high else x for x, r in zip(point, ranges)]
        if all(r.low <= x <= r.high for x, r in zip(point, ranges)):
            made += 1
            yield point
        if made == POINTS:
            return


def _draw(generator):
    kind = generator.random()
    if kind < 0.04:
        return generator.choice((0.0, 1.0, -1.0))
    size = 10.0**(generator.uniform(-18, 18) if kind < 0.85 else generator.uniform(-150, 300))
    return size if generator.random() < 0.6 else -size


def constant_value(node):
    """The number of a constant node, at the precision in force."""
    return exact_number(node.attributes[0])


def _apply(node, inputs):
    """The value by the record; nan where it is not real or has none."""
    if node.op.name == "select":
        return inputs[1] if inputs[0] != 0 else inputs[2]
    if any(mpmath.isnan(i) for i in inputs):
        return mpmath.nan
    try:
        value = node.op.mpmath(*inputs)
    except FAILURES:
        return mpmath.nan
    return mpmath.mpf(value) if isinstance(value, (mpmath.mpf, int, float)) else mpmath.nan


def _exact(nodes, given, output):
    """The value of the output at the leaves' values, in high precision; None where even that does not resolve it."""
    largest = [mpmath.mpf(0)]

    def seen(value):
        if mpmath.isfinite(value):
            largest[0] = max(largest[0], abs(value))
        return value

    digits = _digits(nodes)
    with mpmath.workdps(digits):
        value = _value(nodes, given, output, seen)
        return None if abs(value) < largest[0]*mpmath.mpf(10)**(40 - digits) else value


def _is_limit(nodes, given, output, found):
    """Is this float what the output tends to from both sides, as at 0/0?"""
    for step in (BESIDE, -BESIDE):
        with mpmath.workdps(_digits(nodes)):
            moved = {leaf: mpmath.mpf(x) + step*(abs(x) or 1) for leaf, x in given.items()}
        value = _exact(nodes, moved, output)
        if value is None or not mpmath.isfinite(value) or not mpmath.isfinite(found):
            return False
        if abs(value - found) > max(BAR*EPS*abs(value), mpmath.sqrt(BESIDE)):
            return False
    return True


def _digits(nodes):
    return FEWER if any(n.op.name in COSTLY for n in nodes) else DIGITS


def _floats(nodes, given, output):
    """The same as floats have it: every operation is rounded."""
    with mpmath.workprec(90):
        return _value(nodes, given, output, _rounded)


def _value(nodes, given, output, rounded):
    found, wanted = {}, set(order((output,)))
    for node in nodes:
        if node not in wanted:
            continue
        if node in given:
            found[node] = mpmath.mpf(given[node])
        elif node.op is CONSTANT:
            found[node] = rounded(constant_value(node))
        else:
            found[node] = rounded(_apply(node, [found[i] for i in node.inputs]))
    return found[output]


def _rounded(value):
    """The nearest float64 as an mpmath number: infinite above the range, 0 below it."""
    if not mpmath.isfinite(value) or not value:
        return value
    size = abs(value)
    if size >= LARGEST:
        return mpmath.inf if value > 0 else -mpmath.inf
    if size < NORMAL:
        step = mpmath.mpf(2)**-1074
        return mpmath.nint(value/step)*step
    with mpmath.workprec(53):
        return +value


def _same(a, b):
    return a == b or mpmath.isnan(a) and mpmath.isnan(b)


def _error(got, truth):
    """Relative; below the normal range against the smallest normal number; infinite where only one is finite."""
    if mpmath.isnan(got):
        return mpmath.inf
    if abs(truth) >= LARGEST:
        return 0.0 if mpmath.isinf(got) and (got > 0) == (truth > 0) else mpmath.inf
    if mpmath.isinf(got):
        return mpmath.inf
    return float(abs(got - truth)/max(abs(truth), NORMAL))


def _condition(nodes, leaves, given, output, truth):
    """The largest relative change of the value by a relative change of one leaf."""
    largest = 0.0
    with mpmath.workdps(_digits(nodes)):
        for leaf in leaves:
            if given[leaf]:
                part = mpmath.mpf(10)**-40
                moved = _value(nodes, {**given, leaf: mpmath.mpf(given[leaf])*(1 + part)}, output, lambda value: value)
                if truth and mpmath.isfinite(moved):
                    largest = max(largest, float(min(abs((moved - truth)/part/truth), 1e300)))
    return largest
