"""A graph in; out, how many operations it makes, in multiplications: what `derive` compares forward and reverse by."""
from functools import lru_cache

from .graph import order
from .primitives.contraction import CONTRACT, flops
from .primitives.record import Elementwise, Leaf
from .primitives.scan import SCAN
from .lengths import bind, product, symbols


def operations(outputs, nominal=64):
    """Each elementwise cost times its entries, each contraction its products and sums, each block its own count.

    Size symbols count as `nominal`, or as it says ({symbol: int}).
    """
    known = tuple(sorted(nominal.items(), key=str)) if isinstance(nominal, dict) else nominal
    total = 0
    for node in order(outputs):
        if type(node.op) is Elementwise:
            total += node.op.cost*_count(node.sizes, known)
        elif node.op is CONTRACT:
            total += flops(node)*_count(node.attributes[2], known)
        elif node.op is SCAN:
            body, length, _ = node.attributes
            total += _count((length,), known)*operations(body.outputs, nominal)
        elif type(node.op) is not Leaf:
            total += _count((node.op.cost(node),), known)
    return total


@lru_cache(maxsize=4096)
def _count(lengths, nominal):
    """The product of the lengths as an int."""
    size = product(lengths)
    return bind(size, dict(nominal) if type(nominal) is tuple else dict.fromkeys(symbols((size,)), nominal))
