"""checkpoint: outputs go in; the same come out with each long loop as a loop over stretches of itself.

Needs:    a graph that is to be differentiated backwards.
Promises: equal values.  The loop backward over a loop of T steps keeps the states before each step; over √T stretches
          of √T steps it keeps those before each stretch, and those within one stretch, which it computes again.
"""
from math import isqrt

from ..graph import make, order, rebuild, same
from ..lengths import product
from ..operations import _count
from ..primitives.arrangement import RESHAPE, SLICE, concatenate, cut, reshape
from ..primitives.scan import SCAN, Parameter, loop, parameter, parts

LONG = 1 << 22                  # numbers in the states of all steps, from which on a loop is long
NOMINAL = 64                    # what a symbolic length in a state counts as


def checkpoint(outputs):
    """The outputs with loops in loops where the states of all steps would take much memory."""
    outputs = tuple(outputs)
    if not any(node.op is SCAN and _is_long(node) for node in order(outputs)):
        return outputs

    def change(node, inputs):
        if node.op is SLICE:
            return cut(inputs[0], node.attributes)
        if node.op is RESHAPE:
            return reshape(inputs[0], node.sizes)
        node = same(node, inputs)
        return _in_stretches(node) if node.op is SCAN and _is_long(node) else node

    return rebuild(outputs, change)


def _is_long(node):
    """Only a length that is known can be cut in stretches."""
    body, length, _ = node.attributes
    return type(length) is int and length*sum(_count((product(p.sizes),), NOMINAL) for p in body.carry) >= LONG


def _in_stretches(node):
    """The value of the loop, by a loop over stretches of about √length steps, and one over the steps that are left."""
    body, length, reverse = node.attributes
    c, m = len(body.carry), len(body.xs)
    first, xs, free = node.inputs[:c], node.inputs[c:c + m], node.inputs[c + m:]
    steps = isqrt(length - 1) + 1
    count, left = divmod(length, steps)
    start = left if reverse else 0
    groups = [reshape(_rows(x, start, count*steps), (count, steps, *x.sizes[1:])) for x in xs]
    carry, through, fixed = ([Parameter(parameter(sizes), value) for sizes, value in pairs] for pairs in (
        [(p.sizes, value) for p, value in zip(body.carry, first)], [(x.sizes[1:], x) for x in groups],
        [(p.sizes, value) for p, value in zip(body.free, free)]))
    inner = make(SCAN, tuple([p.node for p in (*carry, *through, *fixed)]), (body, steps, reverse))
    finals, ys = parts(inner)
    state, stacked = parts(loop(carry, through, fixed, (*finals, *ys), count, reverse))
    stacked = [reshape(y, (count*steps, *y.sizes[2:])) for y in stacked]
    if left:
        rest = tuple([_rows(x, 0 if reverse else count*steps, left) for x in xs])
        state, last = parts(make(SCAN, (*state, *rest, *free), (body, left, reverse)))
        stacked = [concatenate([b, a] if reverse else [a, b], 0) for a, b in zip(stacked, last)]
    return concatenate([reshape(part, (product(part.sizes),)) for part in (*state, *stacked)], 0)


def _rows(x, start, count):
    return cut(x, [(start, 1, count), *[(0, 1, n) for n in x.sizes[1:]]])
