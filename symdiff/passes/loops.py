"""loops: outputs go in; the same come out with each loop done once, and with no state or result that nobody needs.

Needs:    any graph.
Promises: equal values; never more steps, states or results.
"""
from ..graph import order, same
from ..primitives.arrangement import cut, reshape
from ..primitives.contraction import CONTRACT, contract
from ..primitives.scan import SCAN, Parameter, loop, parameter, part_of, places, step_of, substituted


def loops(outputs):
    """Of two loops of which one does all that the other does one remains; what of its value is not used goes."""
    outputs = tuple(outputs)
    if not any(node.op is SCAN for node in order(outputs)):
        return outputs
    while True:
        joined = _joined_once(outputs)
        if joined is None:
            return _pruned(outputs)
        outputs = joined


# two that are one

def _joined_once(outputs):
    """The outputs with two of their loops made one; None when no two fit."""
    nodes = order(outputs)
    found = [node for node in nodes if node.op is SCAN]
    whole = {i for node in nodes for i in node.inputs if i.op is SCAN and part_of(node) is None} | set(outputs)
    for k, one in enumerate(found):
        for other in found[:k]:
            if one in whole or other in whole or depends(one, other) or depends(other, one):
                continue
            for less, more in ((other, one), (one, other)):
                both = _both(less, more)
                if both is not None:
                    return _replaced(outputs, nodes, {less: both, more: both}, _places_in(less, more, both))
    return None


def depends(node, source):
    """Does a value need a loop's?"""
    return source in order((node,)) and node is not source


def _both(less, more):
    """The loop `more` with the results of `less` besides, whose states are the first ones of `more`; else None."""
    (a, *rest), (b, *others) = less.attributes, more.attributes
    if rest != others or len(a.carry) > len(b.carry) or less.inputs[:len(a.carry)] != more.inputs[:len(a.carry)]:
        return None
    carry, xs, free, outputs = step_of(more)
    names = dict(zip(a.carry, [p.node for p in carry]))
    c, m = len(a.carry), len(a.xs)
    for group, have, inputs in ((a.xs, xs, less.inputs[c:c + m]), (a.free, free, less.inputs[c + m:])):
        same_values = {p.value: p.node for p in have}
        for p, value in zip(group, inputs):
            names[p] = same_values.get(value)
            if names[p] is None:
                have.append(Parameter(parameter(p.sizes), value))
                names[p] = same_values[value] = have[-1].node
    step = substituted(a.outputs, names)
    if step[:c] != outputs[:c]:
        return None
    own = outputs[len(carry):]
    return loop(carry, xs, free, (*outputs, *[y for y in dict.fromkeys(step[c:]) if y not in own]), *rest)


def _places_in(less, more, both):
    """{(loop, part): part of both}"""
    a, b, c = less.attributes[0], more.attributes[0], len(more.attributes[0].carry)
    found = {(more, k): k for k in range(len(b.outputs))}
    found |= {(less, k): k for k in range(len(a.carry))}
    step = both.attributes[0]
    names = _names(less, both)
    for k, y in enumerate(substituted(a.ys, names)):
        found[less, len(a.carry) + k] = c + step.ys.index(y)
    return found


def _names(less, both):
    """{parameter of one loop: the same one's of a loop that has all its inputs}"""
    a, b = less.attributes[0], both.attributes[0]
    c = len(b.carry)
    names = dict(zip(a.carry, b.carry))
    xs = dict(zip(reversed(both.inputs[c:c + len(b.xs)]), reversed(b.xs)))
    free = dict(zip(reversed(both.inputs[c + len(b.xs):]), reversed(b.free)))
    names |= {p: xs[value] for p, value in zip(a.xs, less.inputs[len(a.carry):])}
    return names | {p: free[value] for p, value in zip(a.free, less.inputs[len(a.carry) + len(a.xs):])}


def _replaced(outputs, nodes, new, places_in):
    """The outputs with the parts of some loops taken from others."""
    stands = {}
    for node in nodes:
        found = part_of(node)
        if found is not None and found[0] in new:
            stands[node] = _entries(new[found[0]], places_in[found])
    return substituted(outputs, stands)


def moved(outputs, loop, other):
    """The outputs with the parts of a loop taken from another, whose first states and results they are."""
    c, d = len(loop.attributes[0].carry), len(other.attributes[0].carry)
    where = {(loop, k): k if k < c else k - c + d for k in range(len(loop.attributes[0].outputs))}
    return _replaced(outputs, order(outputs), {loop: other}, where)


def _entries(node, k):
    """The entries of part k, as a vector."""
    where = places(*node.attributes[:2])
    return cut(node, [(where[k], 1, where[k + 1] - where[k])])


# what is not needed

def _pruned(outputs):
    """The outputs whose loops have the states and results that are used, and the inputs that these need."""
    nodes = order(outputs)
    used = _used(nodes, outputs)
    new, kept = {}, {}
    for node in nodes:
        found = part_of(node)
        if node.op is SCAN:
            new[node], kept[node] = _smaller(node, used.get(node, set()), new)
        elif found is not None and found[1] in kept[found[0]]:
            place = kept[found[0]][found[1]]
            new[node] = _entries(new[found[0]], place) if type(place) is int else reshape(place, node.sizes)
        elif found is None:
            known = all([i in new for i in node.inputs])
            new[node] = _again(node, tuple([new[i] for i in node.inputs])) if known else None
        if new.get(node, node) is None:
            del new[node]
    return tuple([new[o] for o in outputs])


def _again(node, inputs):
    if node.op is CONTRACT and inputs != node.inputs:
        subs, out, lengths = node.attributes
        return contract(inputs, subs, out, dict(enumerate(lengths)))
    return same(node, inputs)


def _used(nodes, outputs):
    """{loop: the outputs of its step that are used}; what only unused parts need is not looked at."""
    live, used = set(outputs), {}
    for o in outputs:
        if o.op is SCAN:
            used[o] = set(range(len(o.attributes[0].outputs)))
    for node in reversed(nodes):
        if node not in live:
            continue
        if node.op is SCAN:
            used[node] = _with_states(node.attributes[0], used[node])
            live.update(_inputs(node, used[node]))
            continue
        found = part_of(node)
        for i in node.inputs:
            live.add(i)
            if i.op is SCAN:
                used.setdefault(i, set()).update([found[1]] if found else range(len(i.attributes[0].outputs)))
    for node in nodes:
        if node.op is SCAN and node not in live:
            used.pop(node, None)
    return used


def _with_states(body, wanted):
    """The outputs of the step that are needed for some of them in every step."""
    wanted = set(wanted)
    while True:
        held = set(order([body.outputs[k] for k in wanted]))
        more = wanted | {k for k, p in enumerate(body.carry) if p in held}
        if more == wanted:
            return wanted
        wanted = more


def _inputs(node, wanted):
    """The inputs of a loop that these outputs of its step need."""
    body = node.attributes[0]
    held = set(order([body.outputs[k] for k in wanted])) | {p for k, p in enumerate(body.carry) if k in wanted}
    return [i for p, i in zip(body.parameters, node.inputs) if p in held]


def _smaller(node, wanted, new):
    """(the loop on new inputs with the wanted outputs, {part: its place there, or what it is where a state stays})"""
    body, length, reverse = node.attributes
    c, m = len(body.carry), len(body.xs)
    held = set(order([body.outputs[k] for k in wanted]))
    pairs = list(zip(body.parameters, node.inputs))
    stay = [k for k in range(c) if k in wanted and body.outputs[k] is body.carry[k]]
    go_on = [k for k in range(c) if k in wanted and k not in stay]
    carry = [Parameter(p, new[i]) for p, i in [pairs[k] for k in go_on]]
    xs, free = ([Parameter(p, new[i]) for p, i in group if p in held] for group in (
        pairs[c:c + m], [*pairs[c + m:], *[pairs[k] for k in stay]]))
    results = {}
    for k in sorted(wanted):
        if k >= c:
            results.setdefault(body.outputs[k], []).append(k)
    outputs = [body.outputs[k] for k in go_on] + [*results]
    kept = {k: place for place, k in enumerate(go_on)} | {k: new[node.inputs[k]] for k in stay}
    kept |= {k: len(carry) + place for place, ks in enumerate(results.values()) for k in ks}
    return loop(carry, xs, free, tuple(outputs), length, reverse), kept
