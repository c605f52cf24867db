"""The derivatives of a loop, which are loops: a loop and what arrives at it go in, nodes come out.

Forward the tangents are carried on beside the states.  Backward another loop goes over the states before each step, the
other way round; it carries the cotangents of the states, and of the free inputs, to which every step adds its share.
"""
import atexit
from functools import lru_cache

from ..graph import make
from ..lengths import canonical, product
from .arrangement import PAD, concatenate, cut, reshape
from .build import plus, transpose
from .leaf import CONSTANT, constant
from .scan import SCAN, Body, Parameter, loop, parameter, part, part_sizes, parts, places, step_of


def _behind(node, lead):
    """The axes `lead` behind the first one that follows them: (lead, n, …) becomes (n, lead, …)."""
    r = len(lead)
    return transpose(node, (r, *range(r), *range(r + 1, len(node.sizes)))) if r else node


def _before(node, lead):
    """(n, lead, …) becomes (lead, n, …)."""
    r = len(lead)
    return transpose(node, (*range(1, r + 1), 0, *range(r + 1, len(node.sizes)))) if r else node


def _is_zero(node):
    return node is None or node.op is CONSTANT and node.attributes[0] == 0


def _unpacked(node, bar, lead):
    """For each part of the loop's value its share of the cotangent, sizes lead + part; None where it is 0."""
    body, length, _ = node.attributes
    sizes, starts = part_sizes(body, length), places(body, length)
    if _is_zero(bar):
        return [None]*len(sizes)
    given = _pieces(bar, starts)
    if given is not None:
        return [reshape(given[k], lead + s) if k in given else None for k, s in enumerate(sizes)]
    return [reshape(cut(bar, [(starts[k], 1, product(s))]), lead + s) for k, s in enumerate(sizes)]


def _pieces(bar, starts):
    """{part: piece} of zeros in which whole parts were put; None when the cotangent is something else."""
    if bar.op is not PAD or len(bar.attributes[0]) != 1:
        return None
    found, place = {}, {start: k for k, start in reversed([*enumerate(starts[:-1])])}
    for piece, ((start, step),) in zip(bar.inputs, bar.attributes[1]):
        k = place.get(start)
        while k is not None and k + 2 < len(starts) and starts[k + 1] == start and piece.sizes[-1] != 0:
            k += 1                                                  # parts without entries start at the same place
        if k is None or k in found or canonical(starts[k + 1] - start) != piece.sizes[-1] or step != 1:
            return None
        found[k] = piece
    return found


@lru_cache(maxsize=8)
def cotangents(node, bar, lead, sweep):
    """With s the state before a step: (s̄, x̄_t, f̄) = s̄', ȳ_t · ∂(s', y_t), the f̄ summed over the steps."""
    body, length, reverse = node.attributes
    seeds = _unpacked(node, bar, lead)
    c = len(body.carry)
    carry, xs, free, outputs = step_of(node)
    states = _with_states(node)
    y_bars = [None if _is_zero(s) else Parameter(parameter(lead + y.sizes), _behind(s, lead))
              for s, y in zip(seeds[c:], body.ys)]
    s_bars = [Parameter(parameter(lead + p.sizes), constant(0, lead + p.sizes) if s is None else s)
              for s, p in zip(seeds, body.carry)]
    moving, results = [not _is_zero(s) for s in seeds[:c]], None
    wrt = [p.node for p in (*carry, *xs, *free)]
    while True:                                             # a state matters once something later depends on it
        bars = [b.node if m else None for b, m in zip(s_bars, moving)] + [b and b.node for b in y_bars]
        pairs = [(o, b) for o, b in zip(outputs, bars) if b is not None]
        results = sweep([o for o, _ in pairs], wrt, [b for _, b in pairs], lead)
        after = [m or not _is_zero(r) for m, r in zip(moving, results)]
        if after == moving:
            break
        moving = after
    return _backward(node, lead, (carry, xs, free), states, s_bars, y_bars, results, moving)


atexit.register(cotangents.cache_clear)         # nodes that die later ask SymPy for hashes when its modules are gone


def _with_states(node):
    """For each carry the array of its states before each step: further y's of the same loop."""
    body = node.attributes[0]
    kept = make(SCAN, node.inputs, (Body(body.carry, body.xs, body.free, (*body.outputs, *body.carry)),
                                    *node.attributes[1:]))
    return [part(kept, len(body.outputs) + k) for k in range(len(body.carry))]


def _backward(node, lead, parameters, states, s_bars, y_bars, results, moving):
    """The loop that runs the other way, and from its parts the cotangents of the inputs."""
    body, length, reverse = node.attributes
    carry, xs, free = parameters
    c, m = len(carry), len(xs)
    live = [k for k in range(c) if moving[k]]
    summed = [k for k, r in enumerate(results[c + m:]) if not _is_zero(r)]
    stacked = [k for k, r in enumerate(results[c:c + m]) if not _is_zero(r)]
    totals = [Parameter(parameter(lead + free[k].node.sizes), constant(0, lead + free[k].node.sizes)) for k in summed]
    outputs = [results[k] for k in live]
    for total, k in zip(totals, summed):
        outputs.append(plus(total.node, results[c + m + k]))
    outputs += [results[c + k] for k in stacked]
    entries = [Parameter(p.node, s) for p, s in zip(carry, states)] + xs + [b for b in y_bars if b is not None]
    back = loop([s_bars[k] for k in live] + totals, entries, free, tuple(outputs), length, 1 - reverse)
    finals, ys = parts(back)
    found = dict(zip(live, finals)) | {c + m + k: total for k, total in zip(summed, finals[len(live):])}
    found |= {c + k: _before(y, lead) for k, y in zip(stacked, ys)}
    return [found.get(k) for k in range(len(node.inputs))]


def tangent(node, dots, lead, sweep):
    """ds', dy_t = ∂(s', y_t) · (ds, dx_t, df), carried on beside the states themselves."""
    body, length, reverse = node.attributes
    carry, xs, free, outputs = step_of(node)
    c, old = len(carry), [*carry, *xs, *free]
    moving = {k: Parameter(parameter(lead + p.node.sizes), _behind(dot, lead) if c <= k < c + len(xs) else dot)
              for k, (p, dot) in enumerate(zip(old, dots)) if not _is_zero(dot)}
    while True:
        ks = sorted(moving)
        results = sweep(list(outputs), [old[k].node for k in ks], [moving[k].node for k in ks], lead)
        new = [k for k in range(c) if k not in moving and not _is_zero(results[k])]
        if not new:
            break
        for k in new:
            sizes = lead + carry[k].node.sizes
            moving[k] = Parameter(parameter(sizes), constant(0, sizes))
    live, ys = [k for k in range(c) if k in moving], [k for k in range(c, len(outputs)) if not _is_zero(results[k])]
    both = loop(carry + [moving[k] for k in live], xs + [moving[k] for k in ks if c <= k < c + len(xs)],
                free + [moving[k] for k in ks if k >= c + len(xs)],
                (*outputs[:c], *[results[k] for k in live], *outputs[c:], *[results[k] for k in ys]), length, reverse)
    finals, stacked = parts(both)
    found = dict(zip(live, finals[c:])) | {k: _before(y, lead) for k, y in zip(ys, stacked[len(outputs) - c:])}
    if not found:
        return None
    sizes = part_sizes(body, length)
    flat = [constant(0, lead + (product(s),)) if k not in found else reshape(found[k], lead + (product(s),))
            for k, s in enumerate(sizes)]
    return concatenate(flat, len(lead))
