"""A number and powers of nodes of equal sizes go in; their product comes out as a node, written in one order.

    -2 · x¹ · σ⁻²    is written    -(2*x/σ**2)

The sign stands outside, then numbers, names, functions and sums along axes, over what divides.  A sum over the number
of its terms is a mean.
"""
from ..graph import make
from ..lengths import product as entries
from ..primitives import build
from ..primitives.contraction import CONTRACT, is_movement
from ..primitives.leaf import CONSTANT, INPUT, SIZE, constant, size
from ..primitives.record import TABLE
from .product import power
from .ratio import above_and_below


def written(c, powers, sizes, scalars=()):
    """The product as a node of these sizes; `powers` are (node, power), `scalars` likewise, of nodes without axes."""
    if not sizes:
        powers, scalars = [*scalars, *powers], ()
    above, below = _halves(powers)
    outer, inner = _halves(scalars)
    above, inner, c = _means(above, inner if sizes else below, c)
    below = below if sizes else inner
    over, under = above_and_below(abs(c))
    bare = c < 0 and over != 1
    top = _product(-over if bare else over, outer, above, sizes)
    if below or under != 1 or sizes and inner:
        top = make(TABLE["div"], (top, _product(under, inner if sizes else [], below, sizes)))
    return build.negative(top) if c < 0 and not bare else top


def _halves(powers):
    """What stands above the fraction bar, and what below, each with positive powers."""
    return [(n, p) for n, p in powers if p > 0], [(n, -p) for n, p in powers if p < 0]


def _product(number, scalars, factors, sizes):
    """number · Π scalars · Π factors: what has no axes is multiplied first."""
    found = [power(n, p) for n, p in sorted(factors, key=_rank)]
    scalars = [power(n, p) for n, p in sorted(scalars, key=_rank)]
    first = _multiplied(([] if number == 1 and (found or scalars) else [constant(number)]) + scalars)
    if first is not None:
        found.insert(0, build.stretch(first, sizes))
    return _multiplied(found)


def _multiplied(nodes):
    value = None
    for node in nodes:
        value = node if value is None else make(TABLE["mul"], (value, node))
    return value


def rank(node):
    """The place of a factor in a product: numbers, lengths and names, functions, sums, at last sums along axes."""
    while is_movement(node) and node.inputs:
        node = node.inputs[0]
    if node.op in (CONSTANT, SIZE):
        return 0
    return 1 if node.op is INPUT else 4 if node.op is CONTRACT else 3 if node.op.name in ("add", "sub") else 2


def _rank(pair):
    return rank(pair[0])


def _means(above, below, c):
    """Sums over the number of their terms made means; what they use of the divisors `below` is taken away."""
    found, below = [], dict(below)
    for factor, p in above:
        count = terms(factor) if p == 1 else None
        if type(count) is int and count > 1 and c.denominator % count == 0:
            c = c*count
            factor = build.elementwise("div", factor, size(count))
        elif count is not None and type(count) is not int:
            k, lengths = count.as_coeff_mul()
            lengths = [size(n) for n in lengths]
            if c.denominator % int(k) == 0 and all(below.get(n, 0) > 0 for n in lengths):
                c = c*int(k)
                below |= {n: below[n] - 1 for n in lengths}
                factor = build.elementwise("div", factor, size(count))
        found.append((factor, p))
    return found, [(n, p) for n, p in below.items() if p], c


def terms(node):
    """How many terms a sum along axes has; None where the node is no such sum."""
    if node.op is not CONTRACT or is_movement(node) or len(node.inputs) != 1:
        return None
    subs, out, lengths = node.attributes
    if len(set(subs[0])) < len(subs[0]) or any(c not in subs[0] for c in out):
        return None
    return entries([lengths[c] for c in subs[0] if c not in out])
