"""Words that build graph nodes: arithmetic with broadcasting made explicit and ones and zeros left out, and the common
contractions."""
import math
import operator
from fractions import Fraction

import sympy as sp

from ..errors import SizeMismatch
from ..graph import make
from ..lengths import broadcast as common_sizes
from ..lengths import text
from .contraction import CONTRACT, contract
from .leaf import CONSTANT, constant, iota, is_rounded, number
from .record import TABLE

ZERO, ONE, MINUS_ONE = sp.S.Zero, sp.S.One, sp.S.NegativeOne


def elementwise(name, *inputs):
    """The elementwise primitive `name` on inputs stretched to their common sizes."""
    sizes = inputs[0].sizes
    for i in inputs:
        if i.sizes != sizes:
            sizes = common_sizes([i.sizes for i in inputs])
            inputs = tuple([stretch(i, sizes) for i in inputs])
            break
    return make(TABLE[name], inputs)


def stretch(node, sizes):
    """The node repeated over `sizes` by NumPy's rule; axes of literal length 1 and missing leading axes stretch."""
    if node.sizes == sizes:
        return node
    if node.op is CONSTANT and not node.sizes:
        return constant(node.attributes[0], sizes)
    lead = len(sizes) - len(node.sizes)
    if lead < 0 or any([n != 1 and n != sizes[k + lead] for k, n in enumerate(node.sizes)]):
        raise SizeMismatch(f"sizes {text(node.sizes)} do not stretch to {text(sizes)}.",
                           do="only missing leading axes and axes of literal length 1 stretch.")
    labels = tuple([k + lead if length == sizes[k + lead] else ("one", k) for k, length in enumerate(node.sizes)])
    return contract([node], [labels], tuple(range(len(sizes))), dict(enumerate(sizes)))


def spread(node, lead):
    """The node repeated over leading axes `lead`."""
    return stretch(node, tuple(lead) + node.sizes)


def transpose(node, permutation=None):
    """Axes in another order; reversed when none is given."""
    axes = tuple(range(len(node.sizes)))
    return contract([node], [axes], tuple(permutation) if permutation is not None else axes[::-1])


def total(node, axes=None, keep=False):
    """Σ over the axes (all when None); `keep` leaves them with length 1."""
    labels = tuple(range(len(node.sizes)))
    gone = set(labels if axes is None else axes)
    out = [("one", k) if k in gone else k for k in labels if keep or k not in gone]
    return contract([node], [labels], tuple(out), {("one", k): 1 for k in gone})


def expand(node, axes):
    """The node with new axes of length 1, which stand at the places `axes` (ascending) of the result."""
    rest = iter(range(len(node.sizes)))
    out = tuple([("one", k) if k in axes else next(rest) for k in range(len(node.sizes) + len(axes))])
    return contract([node], [tuple(range(len(node.sizes)))], out, {("one", k): 1 for k in axes})


def squeeze(node, axes):
    """The node without the axes, which have length 1."""
    return total(node, axes)


def eye(sizes):
    """The identity of sizes + sizes: one where the two halves of the index agree."""
    labels = tuple(range(len(sizes)))
    return contract([], [], labels + labels, dict(enumerate(sizes)))


def matmul(a, b):
    """Products of the matrices in the last two axes of a and b; missing leading axes stretch."""
    rank = max(len(a.sizes), len(b.sizes))
    front = tuple(range(rank - 2))
    return contract([a, b], [front[rank - len(a.sizes):] + ("i", "j"), front[rank - len(b.sizes):] + ("j", "k")],
                    front + ("i", "k"))


def swap(node):
    """The matrices in the last two axes, transposed."""
    rank = len(node.sizes)
    return transpose(node, (*range(rank - 2), rank - 1, rank - 2))


def triangle(node, k=0, lower=True):
    """The matrices in the last two axes, zero above (lower) or below the diagonal number k."""
    *_, rows, columns = node.sizes
    column = stretch(iota(columns), (rows, columns))
    diagonal = plus(stretch(expand(iota(rows), (1,)), (rows, columns)), constant(k, (rows, columns)))
    keep = elementwise("le" if lower else "ge", column, diagonal)
    return elementwise("select", keep, node, constant(0, node.sizes))


# Arithmetic without what the chain rule leaves behind.  None stands for no dependence.

def times(a, b):
    """a·b without factors one and zero, exact numbers multiplied, signs in front."""
    for one, other in ((a, b), (b, a)):
        if one.op is CONSTANT:
            value = one.attributes[0]
            if value is ONE:
                return other if one.sizes == other.sizes else stretch(other, common_sizes([a.sizes, b.sizes]))
            if value is ZERO:
                return constant(0, common_sizes([a.sizes, b.sizes]))
            if value is MINUS_ONE and one.sizes == other.sizes:
                return negative(other)
            if other.op is CONTRACT and one.sizes == other.sizes:
                along = _along_diagonal(lambda entries: times(constant(value, entries.sizes), entries), other)
                if along is not None:
                    return along
    if a.op is TABLE["neg"] and a.sizes == b.sizes:
        return negative(times(a.inputs[0], b))
    if b.op is TABLE["neg"] and a.sizes == b.sizes:
        return negative(times(a, b.inputs[0]))
    return _exact(a, b, operator.mul) or elementwise("mul", a, b)


def plus(a, b):
    """a + b without a zero; the same twice is 2·a, and a negative on either side is taken away."""
    if a is None or b is None:
        return b if a is None else a
    for one, other in ((a, b), (b, a)):
        if one.op is CONSTANT and one.attributes[0] is ZERO and one.sizes == other.sizes:
            return other
    if a is b:
        return times(constant(2, a.sizes), a)
    if a.sizes == b.sizes:
        if b.op is TABLE["neg"]:
            return minus(a, b.inputs[0])
        if a.op is TABLE["neg"]:
            return minus(b, a.inputs[0])
    return _exact(a, b, operator.add) or _along_diagonal(plus, a, b) or elementwise("add", a, b)


def minus(a, b):
    """a − b without a zero, signs in front."""
    if b.op is CONSTANT and b.attributes[0] is ZERO and b.sizes == a.sizes:
        return a
    if a.op is CONSTANT and a.attributes[0] is ZERO and b.sizes == a.sizes:
        return negative(b)
    if a.sizes == b.sizes:
        if b.op is TABLE["neg"]:
            return plus(a, b.inputs[0])
        if a.op is TABLE["neg"]:
            return negative(plus(a.inputs[0], b))
    return _exact(a, b, operator.sub) or _along_diagonal(minus, a, b) or elementwise("sub", a, b)


def negative(a):
    """−a; of a number the number, of a negative the positive."""
    if a.op is TABLE["neg"]:
        return a.inputs[0]
    if a.op is CONSTANT and isinstance(a.attributes[0], sp.Rational) and a.attributes[0] is not ZERO:
        return constant(-a.attributes[0], a.sizes)
    return _along_diagonal(negative, a) or elementwise("neg", a)


def over(a, b):
    """a/b without a divisor one."""
    if b.op is CONSTANT and b.attributes[0] is ONE and b.sizes == a.sizes:
        return a
    return elementwise("div", a, b)


def power(a, b):
    """a**b; the first power is a, the power nought is one."""
    if b.op is CONSTANT and b.sizes == a.sizes:
        if b.attributes[0] is ONE:
            return a
        if b.attributes[0] is ZERO:
            return constant(1, a.sizes)
    return elementwise("pow", a, b)


def compare(name, a, b):
    """A comparison; of two numbers its truth, and a truth value compared with 0 is itself."""
    if a.op is CONSTANT and b.op is CONSTANT and a.sizes == b.sizes:
        return constant(int(bool(COMPARISONS[name](*_values(a, b)))), a.sizes)
    if name == "ne" and b.op is CONSTANT and b.attributes[0] is ZERO and getattr(a.op, "boolean", False):
        return a
    return elementwise(name, a, b)


COMPARISONS = {"lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge, "eq": operator.eq,
               "ne": operator.ne}


def both(a, b):
    """Do two conditions hold?  One that is a number decides now; the same twice is one."""
    if a is b:
        return a
    for one, other in ((a, b), (b, a)):
        if one.op is CONSTANT and one.sizes == other.sizes:
            return other if number(one) else constant(0, one.sizes)
    return elementwise("and", a, b)


def zeros(condition):
    """The nodes that are 0, or too small for 1/a, where the condition holds, if it says no more (a = 0,
    |a| <= 2**-1024, or two of these); else ()."""
    if condition.op is TABLE["and"]:
        one, other = map(zeros, condition.inputs)
        return one + other if one and other else ()
    if condition.op is TABLE["eq"] and condition.inputs[1].op is CONSTANT and number(condition.inputs[1]) == 0:
        return condition.inputs[:1]
    if condition.op is TABLE["le"] and condition.inputs[0].op is TABLE["abs"]:
        (a,), bound = condition.inputs[0].inputs, condition.inputs[1]
        return (a,) if bound.op is CONSTANT and number(bound) == 2.0**-1024 else ()
    return ()


def choose(c, a, b):
    """a where c is not 0, else b; a condition that is a number chooses now."""
    if c.op is CONSTANT and c.sizes == a.sizes == b.sizes:
        return a if number(c) else b
    return a if a is b and a.sizes == c.sizes else elementwise("select", c, a, b)


def _values(a, b):
    """Two constants as exact numbers, or else as floats."""
    values = a.attributes[0], b.attributes[0]
    return values if all(isinstance(v, sp.Rational) for v in values) else (number(a), number(b))


def _exact(a, b, operation):
    """The operation on two numbers of equal sizes, where nothing is rounded: exact on exact ones, else a float64; else
    None."""
    if a.op is not CONSTANT or b.op is not CONSTANT or a.sizes != b.sizes:
        return None
    values = a.attributes[0], b.attributes[0]
    if all([isinstance(v, sp.Rational) for v in values]):
        return constant(operation(*values), a.sizes)
    if not all([isinstance(v, sp.Rational) or isinstance(v, sp.Float) and not is_rounded(v) for v in values]):
        return None
    near = operation(number(a), number(b))
    if math.isfinite(near) and Fraction(near) == operation(*map(_fraction, values)):
        return constant(near, a.sizes)
    return None


def _fraction(value):
    return Fraction(int(value.p), int(value.q)) if isinstance(value, sp.Rational) else Fraction(float(value))


def _along_diagonal(operation, *nodes):
    """The operation, which keeps zeros zero, on nodes placed on one diagonal: done along it.  None elsewhere."""
    first = nodes[0]
    if first.op is not CONTRACT or len(set(first.attributes[1])) == len(first.sizes):
        return None
    out = first.attributes[1]
    if any(node.op is not CONTRACT or node.attributes[1] != out or node.sizes != first.sizes for node in nodes[1:]):
        return None
    length, distinct = dict(enumerate(first.attributes[2])), tuple(dict.fromkeys(out))
    along = [contract([node], [out], distinct, length) for node in nodes]
    return contract([operation(*along)], [distinct], out, length)


def scaled(bar, value, lead=()):
    """bar · value, entry by entry, where bar has the axes `lead` in front besides; a diagonal stays one."""
    if not lead:
        return times(bar, value)
    front, own = tuple([("lead", k) for k in range(len(lead))]), tuple(range(len(value.sizes)))
    return contract([bar, value], [front + own, own], front + own)


def scaled_choice(bar, value, lead=()):
    """bar · select(c, a, select(…)), the choice outside the products: what is not chosen never gives 0 · inf."""
    out = bar.attributes[1] if bar.op is CONTRACT else ()
    if lead and len(set(out)) < len(out):                  # a diagonal: along it, where there are no leading axes
        length, distinct = dict(enumerate(bar.attributes[2])), tuple(dict.fromkeys(out))
        bar = contract([bar], [out], distinct, length)
        own = out[len(out) - len(value.sizes):]
        result = _choice(bar, value, lambda node: contract([node], [own], distinct, length), ())
        return contract([result], [distinct], out, length)
    return _choice(bar, value, lambda node: node, lead)


def _choice(bar, value, along, lead):
    choices = []
    while value.op is TABLE["select"]:
        choices.append(value.inputs[:2])
        value = value.inputs[2]
    result = scaled(bar, along(value), lead)
    for c, a in reversed(choices):
        result = elementwise("select", spread(along(c), lead), scaled(bar, along(a), lead), result)
    return result
