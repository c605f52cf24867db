"""A graph in, one without the blocks that are formulas of other primitives out: logsumexp, softmax, log_softmax, norm.

And sech(x)² is written so that it shares the exponential of tanh(x), whose derivative it is.
"""
from symdiff.graph import make, order, rebuild, same
from symdiff.primitives.build import elementwise, stretch, total
from symdiff.primitives.contraction import contract
from symdiff.primitives.leaf import CONSTANT, constant, number
from symdiff.primitives.reduction import MAX_REDUCE, is_plain, untransposed
from symdiff.primitives.scan import SCAN, Body


def expand(outputs):
    """The outputs with these blocks written out; equal values, nothing shared is lost."""
    if not any(node.op.name in _RULES or node.op is SCAN for node in order(outputs)):
        return tuple(outputs)
    return rebuild(outputs, lambda node, inputs: _RULES.get(node.op.name, _keep)(node, inputs), (*_RULES, SCAN.name))


def _keep(node, inputs):
    if node.op is SCAN:
        body, length, reverse = node.attributes
        return make(SCAN, inputs, (Body(body.carry, body.xs, body.free, expand(body.outputs)), length, reverse))
    return same(node, inputs)


def _back(node, sizes):
    """A value without the last axes repeated along them."""
    labels = tuple(range(len(sizes)))
    return contract([node], [labels[:len(node.sizes)]], labels, dict(enumerate(sizes)))


def _last(node, count):
    rank = len(node.sizes)
    return tuple(range(rank - count, rank))


def _shifted(x, count):
    """(m, x − m, whether x = m) with m the largest entry of the last axes."""
    m = make(MAX_REDUCE, (x,), (count,))
    spread = _back(m, x.sizes)
    return m, elementwise("sub", x, spread), elementwise("eq", x, spread), spread


def _rest(x, count):
    """(m, log Σ exp(x − m), x − m, whether x = m)"""
    m, below, top, spread = _shifted(x, count)
    lower = elementwise("select", elementwise("lt", x, spread), elementwise("exp", below), constant(0, x.sizes))
    others = elementwise("sub", total(top, _last(x, count)), constant(1))
    return m, elementwise("log1p", elementwise("add", total(lower, _last(x, count)), others)), below, top


def _logsumexp(node, inputs):
    m, rest, _, _ = _rest(inputs[0], node.attributes[0])
    return elementwise("add", m, rest)


def _softmax(node, inputs):
    x, count = inputs[0], node.attributes[0]
    _, below, top, _ = _shifted(x, count)
    parts = elementwise("select", top, constant(1, x.sizes), elementwise("exp", below))
    return elementwise("div", parts, _back(total(parts, _last(x, count)), x.sizes))


def _log_softmax(node, inputs):
    x, count = inputs[0], node.attributes[0]
    _, rest, below, top = _rest(x, count)
    return elementwise("sub", elementwise("select", top, constant(0, x.sizes), below), _back(rest, x.sizes))


def _norm(node, inputs):
    """m·sqrt(Σ (x/m)²) with m the largest |x|; m itself where it is 0 or infinite, 0 where there is no x.  A plain one
    is sqrt(Σ x²)."""
    x, count = inputs[0], node.attributes[0]
    if is_plain(node):
        inner, labels, out = untransposed(x)
        return elementwise("sqrt", contract([elementwise("mul", inner, inner)], [labels], out[:len(node.sizes)]))
    m = make(MAX_REDUCE, (elementwise("abs", x),), (count,))
    ratio = elementwise("div", x, _back(m, x.sizes))
    scaled = elementwise("mul", m, elementwise("sqrt", total(elementwise("mul", ratio, ratio), _last(x, count))))
    usual = elementwise("and", elementwise("gt", m, constant(0)), elementwise("lt", m, constant(float("inf"))))
    some = elementwise("maximum", m, constant(0, m.sizes)) if any(type(n) is not int or n == 0 for n in x.sizes) else m
    return elementwise("select", usual, scaled, stretch(some, node.sizes))


def _power(node, inputs):
    """sech(x)² = 4·logistic_pdf(2x), exact but for the rounding of the latter; other powers as they are."""
    base, power = inputs
    if base.op.name != "sech" or power.op is not CONSTANT or number(power) != 2:
        return same(node, inputs)
    x = base.inputs[0]
    twice = elementwise("mul", constant(2, x.sizes), x)
    return elementwise("mul", constant(4, x.sizes), elementwise("logistic_pdf", twice))


_RULES = {"pow": _power, "logsumexp": _logsumexp, "softmax": _softmax, "log_softmax": _log_softmax, "norm": _norm}
