"""The chain rule: a graph in; the graph of its gradient, Jacobian, Hessian or products with vectors out.

Cotangents and tangents of a node have sizes `lead + node.sizes`: the leading axes number the rows or columns of a
Jacobian whose seed is the identity.  Every sweep visits each node that depends on `wrt` once, so a derivative is
linear in the size of the graph; applied again it gives any order.
"""
from . import bands
from .errors import ArgumentError, NoDerivative, SizeMismatch
from .graph import order
from .instantiate import partial
from .operations import operations
from .primitives.arrangement import PAD, cut, joined
from .primitives.build import eye, negative, over, plus, scaled, scaled_choice, transpose
from .primitives.leaf import constant
from .primitives.record import TABLE, Elementwise
from .primitives.scan import SCAN
from .lengths import text


def pullback(node, bar, lead=(), wanted=None):
    """One cotangent (None for no dependence) per input, from the node's; if given, for `wanted` inputs only."""
    if node.op is SCAN:
        given = SCAN.pullback(node, bar, lead, _reverse)
        return [g if wanted is None or i in wanted else None for i, g in zip(node.inputs, given)]
    rule = _scaled_by_partial if type(node.op) is Elementwise else node.op.pullback
    return [rule(node, bar, lead, k) if wanted is None or i in wanted else None for k, i in enumerate(node.inputs)]


def pushforward(node, dots, lead=()):
    """The node's tangent (None for no dependence) from one tangent or None per input."""
    if node.op is SCAN:
        return SCAN.pushforward(node, dots, lead, _forward)
    if type(node.op) is not Elementwise:
        return node.op.pushforward(node, dots, lead)
    result = None
    for k, dot in enumerate(dots):
        if dot is not None:
            result = plus(result, _scaled_by_partial(node, dot, lead, k))
    return result


def _scaled_by_partial(node, bar, lead, k, place=None):
    """bar · ∂node/∂(input k), entry by entry, or at some entries alone (as `cut` has them); None where the partial is
    nought.
    """
    sign, form, template = partial(node.op, k)
    if form == "zero":
        return None
    if form != "one":
        known = (*node.inputs, node)
        value = template(known if place is None else tuple([cut(one, place) for one in known]))
        if value.op is TABLE["select"] and template.steps:
            bar = scaled_choice(bar, value, lead)
        elif form == "over":
            bar = scaled(bar, over(constant(1, value.sizes), value), lead) if lead else over(bar, value)
        else:
            bar = scaled(bar, value, lead)
    return bar if sign > 0 else negative(bar)


def _depending(nodes, wrt):
    """The nodes that depend on any of `wrt`, those included."""
    active = set(wrt)
    for node in nodes:
        if not active.isdisjoint(node.inputs):
            active.add(node)
    return active


def _reverse(outputs, wrt, bars, lead):
    """One cotangent per wrt, of sizes lead + wrt.sizes, from one per output."""
    nodes = order(outputs)
    active = _depending(nodes, wrt)
    arrived = {}
    for output, bar in zip(outputs, bars):
        if output in active:
            arrived.setdefault(output, []).append(bar)
    found = dict.fromkeys(wrt)
    for node in reversed(nodes):
        bars = arrived.pop(node, None)
        if bars is None:
            continue
        bar = _sum(bars)
        if node in found:
            found[node] = bar
        if not node.inputs:
            continue
        for i, contribution in zip(node.inputs, pullback(node, bar, lead, active)):
            if contribution is not None:
                arrived.setdefault(i, []).append(contribution)
    return tuple([constant(0, lead + w.sizes) if found[w] is None else found[w] for w in wrt])


def _sum(bars):
    """The sum of cotangents in the order of their arrival; pieces of one array are put in place together."""
    if len(bars) == 1:
        return bars[0]
    pieces = [bar for bar in bars if bar.op is PAD]
    if len(pieces) > 1:
        bars = [bar for bar in bars if bar.op is not PAD] + joined(pieces)
    result = None
    for bar in bars:
        result = plus(result, bar)
    return result


def _forward(outputs, wrt, dots, lead):
    """One tangent per output, of sizes lead + output.sizes, from one per wrt."""
    nodes = order(outputs)
    active = _depending(nodes, wrt)
    seed, tangent = {}, {}
    for w, dot in zip(wrt, dots):
        seed[w] = plus(seed.get(w), dot)
    for node in nodes:
        if node in active:
            given = [tangent.get(i) for i in node.inputs]               # None behind a step, which is flat
            dot = None if all([g is None for g in given]) else pushforward(node, given, lead)
            dot = plus(seed.get(node), dot)
            if dot is not None:
                tangent[node] = dot
    return tuple([tangent.get(o) or constant(0, lead + o.sizes) for o in outputs])


def gradient(output, wrt):
    """∂output/∂w for each w, of the sizes of w; the output is a scalar."""
    if output.sizes != ():
        raise NoDerivative(f"a gradient is of a scalar, but this has sizes {text(output.sizes)}.",
                           do="sum or average it first, or ask for the jacobian.")
    return _reverse([output], wrt, [constant(1)], ())


def jacobian(output, wrt, mode="auto"):
    """∂output/∂w for each w, of sizes output.sizes + w.sizes; in the mode asked for, or whichever multiplies less."""
    if mode == "reverse" or (mode == "auto" and output.sizes == ()):
        return _reverse([output], wrt, [eye(output.sizes)], output.sizes)
    if mode == "forward":
        return tuple([forward_jacobians([output], w)[0] for w in wrt])
    if mode != "auto":
        raise ArgumentError(f"{mode!r} is no mode.", known="auto, forward, reverse")
    return min(jacobian(output, wrt, "reverse"), jacobian(output, wrt, "forward"), key=operations)


def forward_jacobians(outputs, w):
    """∂output/∂w for each output by one forward sweep: tangents are bands (symdiff.bands) as long as they can be, then
    matrices, whose leading axes are moved to the end.
    """
    nodes, lead = order(outputs), len(w.sizes)
    active, tangent, matrices = _depending(nodes, [w]), {w: bands.identity(w) or constant(1)}, {}

    def matrix(node):
        found = tangent.get(node)
        if type(found) is list:
            if node not in matrices:
                matrices[node] = bands.dense(found, w, node.sizes)
            found = matrices[node]
        return found

    for node in nodes:
        given = [tangent.get(i) for i in node.inputs] if node in active else ()
        if any([one is not None for one in given]):                     # None behind a step, which is flat
            made = bands.pushed(node, given, _at_places)
            if made is None:
                made = pushforward(node, [matrix(i) for i in node.inputs], w.sizes)
            if made is not None and made != []:
                tangent[node] = made
    return [bands.dense(t, w, output.sizes, False) if type(t) is list else
            transpose(t, (*range(lead, len(t.sizes)), *range(lead)))
            for output, t in zip(outputs, [tangent.get(o, []) for o in outputs])]


def _at_places(node, k, bar, place):
    return _scaled_by_partial(node, bar, (), k, place)


def hessian(output, wrt):
    """{(i, j): ∂²output/∂w_i∂w_j}, of sizes w_i.sizes + w_j.sizes: upper blocks derived, lower ones transposed."""
    first = gradient(output, wrt)
    last = len(wrt)
    rows = [_reverse([first[i]], wrt[i:], [eye(wrt[i].sizes)], wrt[i].sizes) for i in range(last)]
    columns = [forward_jacobians(first[:j + 1], wrt[j]) for j in range(last)]
    upper = [(i, j) for i in range(last) for j in range(i, last)]
    chosen = min([rows[i][j - i] for i, j in upper], [columns[j][i] for i, j in upper], key=operations)
    blocks = dict(zip(upper, chosen))
    for i, j in upper:
        a, b = len(wrt[i].sizes), len(wrt[j].sizes)
        blocks.setdefault((j, i), transpose(blocks[i, j], (*range(a, a + b), *range(a))))
    return {(i, j): blocks[i, j] for i in range(last) for j in range(last)}


def jvp(outputs, wrt, tangents):
    """The derivative of each output along the tangents, one of the sizes of each wrt."""
    _fit(wrt, tangents, "tangent")
    return _forward(outputs, wrt, tangents, ())


def vjp(outputs, wrt, cotangents):
    """The derivative of Σ ⟨cotangent, output⟩ in each wrt; one cotangent of the sizes of each output."""
    _fit(outputs, cotangents, "cotangent")
    return _reverse(outputs, wrt, cotangents, ())


def hvp(output, wrt, vectors):
    """The derivative of the gradient along the vectors: forward over reverse."""
    return jvp(gradient(output, wrt), wrt, vectors)


def _fit(nodes, vectors, word):
    if len(nodes) != len(vectors):
        raise ArgumentError(f"{len(nodes)} {word}s are needed, but {len(vectors)} were given.")
    for node, vector in zip(nodes, vectors):
        if node.sizes != vector.sizes:
            raise SizeMismatch(f"the {word} of {node!r} has sizes {text(vector.sizes)}.",
                               do="give it the sizes of its node.")
