"""saved: outputs go in; the same come out with what a loop computes again kept by the loop that computed it first.

Needs:    a graph after `derive`, whose loops backward go over the states that the loops forward went through.
Promises: equal values; never more operations.  For each step the dear values that the loop backward needs are kept,
          none of them larger than SIZE times the largest array that it goes over anyway.
"""
from ..graph import order
from ..operations import _count
from ..lengths import product
from ..primitives.arrangement import RESHAPE
from ..primitives.contraction import CONTRACT, is_movement
from ..primitives.leaf import CONSTANT
from ..primitives.record import Elementwise
from ..primitives.scan import SCAN, Parameter, loop, parameter, part, part_of, step_of, substituted
from .loops import depends, loops, moved

DEAR = 6                        # multiplications, from which on a value is kept rather than computed again
SIZE = 4
NOMINAL = 64                    # what a symbolic length counts as


def saved(outputs):
    """The outputs; a loop over the states of another takes from it what both compute."""
    outputs = tuple(outputs)
    for _ in range(sum(node.op is SCAN for node in order(outputs))):
        found = next(filter(None, map(_shared, filter(lambda node: node.op is SCAN, order(outputs)))), None)
        if found is None:
            break
        outputs = loops(_kept(outputs, *found))
    return outputs


def _source(value):
    """(loop, part) when an array is just that part of the loop's value."""
    found = part_of(value) or (part_of(value.inputs[0]) if value.op is RESHAPE else None)
    return found if found is not None and part(*found) is value else None


def _shared(node):
    """(loop, the loop it goes over the states of, {its parameter: what that is there}, nodes to be kept); else None."""
    body = node.attributes[0]
    c, m = len(body.carry), len(body.xs)
    for source in dict.fromkeys([found[0] for found in map(_source, node.inputs[c:c + m]) if found]):
        if source.attributes[1] != node.attributes[1]:
            continue
        names = _names(node, source)
        chosen = _chosen(body, names)
        if chosen:
            return node, source, names, chosen
    return None


def _names(node, source):
    """{parameter of the loop: what has its value in the step of the source, a node or a Parameter to be added}"""
    body, other = node.attributes[0], source.attributes[0]
    c, m, d = len(body.carry), len(body.xs), len(other.carry)
    same = dict(zip(source.inputs[d:], other.parameters[d:]))
    xs, names = set(other.xs), {}
    for k, (p, value) in enumerate(zip(body.parameters[c:], node.inputs[c:])):
        found = _source(value) if k < m else None
        if found is not None and found[0] is source and found[1] >= d:
            names[p] = other.outputs[found[1]]
        elif value in same and (same[value] in xs) == (k < m):
            names[p] = same[value]
        elif not depends(value, source):
            names[p] = Parameter(parameter(p.sizes), value)
    return names


def _chosen(body, names):
    """The dear nodes of the step that only these parameters decide, those nearest to the outputs."""
    own, others = set(names), set(body.parameters) - set(names)
    for node in order(body.outputs):
        if not others.isdisjoint(node.inputs):
            others.add(node)
        elif not own.isdisjoint(node.inputs):
            own.add(node)
    largest = max([_entries(p) for p in names], default=1)
    chosen, stack, seen = {}, [*reversed(body.outputs)], set()
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if node in own and node not in others and _is_dear(node) and _entries(node) <= SIZE*largest:
            chosen[node] = None
        else:
            stack += reversed(node.inputs)
    return [*chosen]


def _entries(node):
    return _count((product(node.sizes),), NOMINAL)


def _is_dear(node):
    if type(node.op) is Elementwise:
        return node.op.cost >= DEAR and not (node.op.name == "pow" and node.inputs[1].op is CONSTANT)
    if not node.inputs or node.op is SCAN:
        return False
    return not is_movement(node) if node.op is CONTRACT else _count((node.op.cost(node),), NOMINAL) > 0


def _kept(outputs, node, source, names, chosen):
    """The outputs with both loops made anew: the source gives the chosen nodes of each step, the other takes them."""
    carry, xs, free, step = step_of(source)
    own = dict(zip(source.attributes[0].parameters, [p.node for p in (*carry, *xs, *free)]))
    there = {p: what.node if type(what) is Parameter else substituted((what,), own)[0] for p, what in names.items()}
    c, m = len(node.attributes[0].carry), len(node.attributes[0].xs)
    for p, what in names.items():
        if type(what) is Parameter:
            (xs if p in node.attributes[0].xs else free).append(what)
    first = loop(carry, xs, free, (*step, *substituted(chosen, there)), *source.attributes[1:])
    *outputs, node = moved((*outputs, node), source, first)
    kept = [Parameter(parameter(q.sizes), part(first, len(step) + k)) for k, q in enumerate(chosen)]
    carry, xs, free = ([Parameter(*pair) for pair in zip(group, inputs)] for group, inputs in (
        (node.attributes[0].carry, node.inputs), (node.attributes[0].xs, node.inputs[c:]),
        (node.attributes[0].free, node.inputs[c + m:])))
    step = substituted(node.attributes[0].outputs, dict(zip(chosen, [p.node for p in kept])))
    return moved(outputs, node, loop(carry, xs + kept, free, step, *node.attributes[1:]))
