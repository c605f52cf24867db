"""Words that build graph nodes: elementwise with broadcasting made explicit, and the common contractions."""
from ..graph import make
from ..sizes import broadcast as common_sizes
from .contraction import contract
from .leaf import CONSTANT, constant
from .record import TABLE


def elementwise(name, *inputs):
    """The elementwise primitive `name` on inputs stretched to their common sizes."""
    sizes = common_sizes([i.sizes for i in inputs])
    return make(TABLE[name], tuple([stretch(i, sizes) for i in inputs]))


def stretch(node, sizes):
    """The node repeated over `sizes` by NumPy's rule; axes of literal length 1 and missing leading axes stretch."""
    if node.sizes == sizes:
        return node
    if node.op is CONSTANT:
        return constant(node.attributes[0], sizes)
    lead = len(sizes) - len(node.sizes)
    out = tuple(range(len(sizes)))
    labels = tuple([k + lead if length == sizes[k + lead] else ("one", k) for k, length in enumerate(node.sizes)])
    return contract([node], [labels], out, dict(enumerate(sizes)))


def spread(node, lead):
    """The node repeated over leading axes `lead`."""
    return stretch(node, tuple(lead) + node.sizes)


def transpose(node, permutation=None):
    """Axes in another order; reversed when none is given."""
    axes = tuple(range(len(node.sizes)))
    return contract([node], [axes], tuple(permutation) if permutation is not None else axes[::-1])


def total(node, axes=None, keep=False):
    """Σ over the axes (all when None); `keep` leaves them with length 1."""
    rank = len(node.sizes)
    axes = range(rank) if axes is None else axes
    labels = tuple(range(rank))
    kept = {}
    out = []
    for k in labels:
        if k not in axes:
            out.append(k)
        elif keep:
            out.append(("one", k))
            kept["one", k] = 1
    return contract([node], [labels], tuple(out), kept)


def eye(sizes):
    """The identity of sizes + sizes: one where the two halves of the index agree."""
    labels = tuple(range(len(sizes)))
    return contract([], [], labels + labels, dict(enumerate(sizes)))


def times(a, b):
    """a·b without the factors one and zero that the chain rule makes."""
    for one, other in ((a, b), (b, a)):
        if one.op is CONSTANT and one.attributes[0] == 1:
            sizes = common_sizes([a.sizes, b.sizes])
            return stretch(other, sizes)
        if one.op is CONSTANT and one.attributes[0] == 0:
            return constant(0, common_sizes([a.sizes, b.sizes]))
    return elementwise("mul", a, b)


def plus(a, b):
    """a + b without a zero that the chain rule makes; None stands for no dependence."""
    if a is None or b is None:
        return b if a is None else a
    for one, other in ((a, b), (b, a)):
        if one.op is CONSTANT and one.attributes[0] == 0 and one.sizes == other.sizes:
            return other
    return elementwise("add", a, b)
