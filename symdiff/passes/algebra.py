"""Elementwise nodes in their simplest equal form: a primitive's name and inputs go in, a node comes out.

Numbers are combined exactly, signs stand as far outside as they can, and what is repeated along an axis is computed
once and repeated afterwards.  Every rule here holds for the floating-point operations themselves, up to one rounding
that is saved and up to the sign of a zero.
"""
from fractions import Fraction

from ..graph import make, order
from ..primitives.contraction import CONTRACT, contract, is_movement
from ..primitives.leaf import CONSTANT, NEGATIVE_ZERO, SIZE, constant, is_rounded
from ..primitives.record import TABLE, Elementwise
from .numbers import folded, folded_exactly, from_fraction, is_exact, is_finite_leaf, rational
from .repetition import below_reshape, narrowed

ODD = frozenset("sin tan asin atan sinh tanh asinh atanh erf erfinv cbrt sign".split())
EVEN = frozenset("cos cosh sech abs sinc logistic_pdf half_circle".split())


def simplified(op, inputs, attributes=()):
    """The node of `op` on `inputs`, or a simpler one of the same value."""
    if type(op) is not Elementwise:
        return _contracted(inputs, attributes) if op is CONTRACT else make(op, inputs, attributes)
    if inputs[0].op is CONSTANT and op.name != "neg" and all([i.op is CONSTANT for i in inputs]):
        node = folded(op, inputs)
        if node is not None:
            return node
    for i in inputs if inputs[0].sizes else ():
        if i.op is CONTRACT or i.op.name == "reshape":
            node = (narrowed if i.op is CONTRACT else below_reshape)(op, inputs, simplified)
            if node is not None:
                return node
            break
    rule = _RULES.get(op.name)
    if rule is not None:
        return rule(*inputs)
    return make(op, inputs)


def again(node, inputs):
    """`simplified` of the node on new inputs; what is known to be in its simplest form is not looked at again."""
    if node.settled and inputs == node.inputs:
        return node
    new = simplified(node.op, inputs, node.attributes)
    if new is node:
        node.settled = True
    return new


def resimplified(outputs, change, names):
    """The outputs with `change(node, new_inputs)` applied to the nodes of primitives of some names, and `again` to others;
    as they are where there are none of these."""
    new, nodes = {}, order(outputs)
    if not any([node.op.name in names for node in nodes]):
        return tuple(outputs)
    for node in nodes:
        inputs = node.inputs
        changed = tuple([new[i] for i in inputs])
        if node.op.name in names:
            new[node] = change(node, changed)
        else:
            new[node] = again(node, changed) if inputs and not node.settled or changed != inputs else node
    return tuple([new[o] for o in outputs])


def build(name, *inputs):
    """`simplified` by the primitive's name."""
    return simplified(TABLE[name], inputs)


# signs

def unsigned(node):
    """(True, -node) when the node carries a minus sign that costs nothing to take away; else (False, node)."""
    name = node.op.name
    if name == "neg":
        return True, node.inputs[0]
    if name == "constant":
        value = node.attributes[0]
        if value is not NEGATIVE_ZERO and value != NEGATIVE_ZERO and value.is_negative:
            return True, constant(-value, node.sizes)
    elif name == "mul":
        a, b = node.inputs
        if a.op is CONSTANT:
            minus, positive = unsigned(a)
            if minus:
                return True, _mul(positive, b)
        elif b.op is CONSTANT:
            minus, positive = unsigned(b)
            if minus:
                return True, _mul(a, positive)
    elif name == "div":
        a, b = node.inputs
        if a.op is CONSTANT:
            minus, positive = unsigned(a)
            if minus:
                return True, _div(positive, b)
    elif node.op is CONTRACT and node.inputs and is_movement(node):
        minus, positive = unsigned(node.inputs[0])
        if minus:
            return True, _moved(positive, node)
    return False, node


def _moved(entries, node):
    """Other entries moved as the node moves its own."""
    subs, out, lengths = node.attributes
    return contract([entries], subs, out, dict(enumerate(lengths)))


def _is_minus(node):
    """Is the node a minus sign, or one that is repeated or moved?"""
    if node.op is CONTRACT and node.inputs and is_movement(node):
        node = node.inputs[0]
    return node.op.name == "neg"


def _neg(a):
    if a.op is CONSTANT:
        value = a.attributes[0]
        if value is NEGATIVE_ZERO or value == NEGATIVE_ZERO:
            return constant(0, a.sizes)
        return constant(-value, a.sizes) if value != 0 else constant(-0.0, a.sizes)
    minus, positive = unsigned(a)
    if minus:
        return positive
    name = a.op.name
    if name == "sub":
        return _sub(a.inputs[1], a.inputs[0])
    if a.op is CONTRACT and a.inputs and is_movement(a):
        return _moved(_neg(a.inputs[0]), a)
    if name in ("mul", "div") and a.inputs[0].op is CONSTANT:
        return make(a.op, (_neg(a.inputs[0]), a.inputs[1]))
    if name == "mul" and a.inputs[1].op is CONSTANT:
        return make(a.op, (a.inputs[0], _neg(a.inputs[1])))
    return make(TABLE["neg"], (a,))


# sums

def _offset(node):
    """(sign, rest, number) with node = sign·rest + number, when the node is a sum with a number; else None."""
    name = node.op.name
    if name == "add":
        a, b = node.inputs
        if b.op is CONSTANT:
            return 1, a, b
        if a.op is CONSTANT:
            return 1, b, a
    elif name == "sub":
        a, b = node.inputs
        if b.op is CONSTANT:
            return 1, a, _neg(b)
        if a.op is CONSTANT:
            return -1, b, a
    return None


def _sum_of_constants(a, b):
    p, q = rational(a), rational(b)
    if p is not None and q is not None:
        return from_fraction(p + q, a.sizes, is_exact(a) and is_exact(b))
    if is_exact(a) and is_exact(b):
        return folded_exactly("add", [a.attributes[0], b.attributes[0]], a.sizes)
    return _of_rounded("add", a, b)


def _of_rounded(name, a, b):
    """The operation on two constants, one of them computed of numbers; else None."""
    if is_rounded(a.attributes[0]) or is_rounded(b.attributes[0]):
        return folded(TABLE[name], (a, b))
    return None


def _merged_offset(sign, node, other):
    """sign·node + other, where the node is a sum with a number and `other` is a number: one number less; else None."""
    parts = _offset(node)
    if parts is None:
        return None
    inner, rest, shift = parts
    total = _sum_of_constants(_neg(shift) if sign < 0 else shift, other)
    if total is None:
        return None
    return _add(rest, total) if sign*inner > 0 else _sub(total, rest)


def _add(a, b):
    for x, y in ((a, b), (b, a)):
        if x.op is CONSTANT:
            if x.attributes[0] == 0 or x.attributes[0] == NEGATIVE_ZERO:
                return y
            if y.op is CONSTANT:
                return folded(TABLE["add"], (a, b)) or make(TABLE["add"], (a, b))
            merged = _merged_offset(1, y, x)
            if merged is not None:
                return merged
            minus, positive = unsigned(x)
            if minus:
                return _sub(y, positive)
    minus_a, positive_a = unsigned(a)
    minus_b, positive_b = unsigned(b)
    if minus_a and minus_b:
        return _neg(_add(positive_a, positive_b))
    if minus_b:
        return _sub(a, positive_b)
    if minus_a:
        return _sub(b, positive_a)
    return make(TABLE["add"], (a, b))


def _sub(a, b):
    if b.op is CONSTANT:
        if b.attributes[0] == 0:
            return a
        if a.op is CONSTANT:
            return folded(TABLE["sub"], (a, b)) or make(TABLE["sub"], (a, b))
        merged = _merged_offset(1, a, _neg(b))
        if merged is not None:
            return merged
    elif a.op is CONSTANT:
        if a.attributes[0] == 0:
            return _neg(b)
        merged = _merged_offset(-1, b, a)
        if merged is not None:
            return merged
    minus_b, positive_b = unsigned(b)
    if minus_b:
        return _add(a, positive_b)
    minus_a, positive_a = unsigned(a)
    if minus_a and a.op is not CONSTANT:
        return _neg(_add(positive_a, b))
    return make(TABLE["sub"], (a, b))


# products

def _exact_product(a, b, inverse=False):
    """The constant a·b, or a/b: of rationals where nothing leaves the normal range, of exact symbols; else None."""
    p, q = rational(a), rational(b)
    if p is None or q is None or inverse and q == 0:
        if is_exact(a) and is_exact(b):
            return folded_exactly("div" if inverse else "mul", [a.attributes[0], b.attributes[0]], a.sizes)
        return None if inverse and q == 0 else _of_rounded("div" if inverse else "mul", a, b)
    result = p/q if inverse else p*q
    if result != 0 and not Fraction(1, 2**900) < abs(result) < 2**900:
        return None
    return from_fraction(result, a.sizes, is_exact(a) and is_exact(b))


def _mul(a, b):
    for x, y in ((a, b), (b, a)):
        if x.op is not CONSTANT:
            continue
        value = x.attributes[0]
        if value == 1:
            return y
        if value == -1:
            return _neg(y)
        if value == 0 and is_finite_leaf(y):
            return constant(0, x.sizes)
        if y.op is CONSTANT:
            return folded(TABLE["mul"], (a, b)) or make(TABLE["mul"], (a, b))
        name = y.op.name
        if name == "neg":
            return _mul(_neg(x), y.inputs[0])
        if name in ("mul", "div"):
            p, q = y.inputs
            if p.op is CONSTANT:
                c = _exact_product(x, p)
                if c is not None:
                    return build(name, c, q)
            elif q.op is CONSTANT:
                c = _exact_product(x, q, inverse=name == "div")
                if c is not None:
                    return _mul(c, p)
        return make(TABLE["mul"], (a, b))
    minus_a, positive_a = unsigned(a)
    minus_b, positive_b = unsigned(b)
    if minus_a and minus_b:
        return _mul(positive_a, positive_b)
    if minus_a and _is_minus(a) or minus_b and _is_minus(b):
        return _neg(_mul(positive_a if minus_a else a, positive_b if minus_b else b))
    for x, y in ((a, b), (b, a)):
        if x.op.name == "div" and x.inputs[0].op is CONSTANT and x.inputs[0].attributes[0] == 1:
            return _div(y, x.inputs[1])
    return make(TABLE["mul"], (a, b))


def _div(a, b):
    if b.op is CONSTANT:
        value = b.attributes[0]
        if value == 1:
            return a
        if value == -1:
            return _neg(a)
        ratio = rational(b)
        if ratio and _is_power_of_two(ratio) and a.op is not CONSTANT:
            return _mul(from_fraction(1/ratio, b.sizes), a)
        if a.op.name in ("mul", "div"):
            p, q = a.inputs
            if p.op is CONSTANT or q.op is CONSTANT and a.op.name == "mul":
                c, rest = (p, q) if p.op is CONSTANT else (q, p)
                ratio = _exact_product(c, b, inverse=True)
                if ratio is not None and (rational(ratio) is None or _is_float(rational(ratio))):
                    return build(a.op.name, ratio, rest)
            elif q.op is CONSTANT:
                c = _exact_product(q, b)
                if c is not None:
                    return _div(p, c)
    elif a.op is CONSTANT and a.attributes[0] == 0 and b.op is SIZE:
        return a
    minus_a, positive_a = unsigned(a)
    minus_b, positive_b = unsigned(b)
    if minus_b:
        return _div(positive_a if minus_a else _neg(a), positive_b)
    if minus_a and _is_minus(a):
        return _neg(_div(positive_a, b))
    if b.op.name == "div" and b.inputs[0].op is CONSTANT and b.inputs[0].attributes[0] == 1:
        return _mul(a, b.inputs[1])
    if a.op.name == "div" and a.inputs[0].op is CONSTANT and a.inputs[0].attributes[0] == 1 and b.op is CONSTANT:
        c = _exact_product(constant(1, b.sizes), b, inverse=True)
        if c is not None:
            return _div(c, a.inputs[1])
    return make(TABLE["div"], (a, b))


def _is_power_of_two(value):
    p, q = abs(value.numerator), value.denominator
    return p & (p - 1) == 0 and q & (q - 1) == 0 and max(p, q) < 2**900


def _is_float(value):
    """Is the Fraction a double exactly?"""
    return value.denominator & (value.denominator - 1) == 0 and abs(value.numerator).bit_length() <= 53


# the rest

def _pow(a, b):
    if b.op is CONSTANT:
        value = b.attributes[0]
        if value == 1:
            return a
        if value == 0:
            return constant(1, a.sizes)
        if value != NEGATIVE_ZERO and value.is_Integer:
            minus, positive = unsigned(a)
            if minus:
                result = _pow(positive, b)
                return result if value % 2 == 0 else _neg(result)
    elif a.op is CONSTANT and a.attributes[0] == 1:
        return a
    return make(TABLE["pow"], (a, b))


def _select(c, a, b):
    if a is b:
        return a
    if c.op is CONSTANT:
        return b if c.attributes[0] == 0 or c.attributes[0] == NEGATIVE_ZERO else a
    if c.op.name == "not":
        return _select(c.inputs[0], b, a)
    for branch, other in ((a, b), (b, a)):                      # select(c, select(c, p, q), r) = select(c, p, r)
        if branch.op.name == "select" and branch.inputs[0] is c:
            return _select(c, branch.inputs[1], b) if branch is a else _select(c, a, branch.inputs[2])
    return make(TABLE["select"], (c, a, b))


def _not(a):
    if a.op.name == "not" and getattr(a.inputs[0].op, "boolean", False):
        return a.inputs[0]
    return make(TABLE["not"], (a,))


def _unequal(a, b):
    if b.op is CONSTANT and b.attributes[0] == 0 and getattr(a.op, "boolean", False):
        return a
    return make(TABLE["ne"], (a, b))


def _and(a, b):
    if a is b and getattr(a.op, "boolean", False):
        return a
    for one, other in ((a, b), (b, a)):
        if one.op is CONSTANT and getattr(other.op, "boolean", False):
            return other if one.attributes[0] != 0 and one.attributes[0] != NEGATIVE_ZERO else constant(0, one.sizes)
    return make(TABLE["and"], (a, b))


def _odd(name):
    def rule(a):
        minus, positive = unsigned(a)
        node = make(TABLE[name], (positive,))
        return _neg(node) if minus else node
    return rule


def _even(name):
    def rule(a):
        return make(TABLE[name], (unsigned(a)[1],))
    return rule


def _abs(a):
    _, a = unsigned(a)
    return a if a.op.name in ("abs", "exp", "sqrt", "sigmoid", "softplus", "relu") else make(TABLE["abs"], (a,))


def _contracted(inputs, attributes):
    """A contraction in canonical form; the signs of operands that have as many axes as the result stand outside, but for
    those of what is only repeated or moved.
    """
    minus, positive, canonical = False, [], True
    subs, out, lengths = attributes
    moves = len(subs) == 1 and all([c in out or lengths[c] == 1 for c in subs[0]])
    for i in inputs:
        if not moves and _is_minus(i):
            inner = i if i.op.name == "neg" else i.inputs[0]
            if len(out) <= len(inner.sizes):
                minus, i = not minus, unsigned(i)[1]
        canonical = canonical and i.sizes != () and i.op is not CONSTANT and not (i.op is CONTRACT and is_movement(i))
        positive.append(i)
    if canonical and positive == list(inputs):
        return make(CONTRACT, inputs, attributes)
    node = contract(positive, subs, out, dict(enumerate(lengths)))
    return _neg(node) if minus else node


_RULES = {"add": _add, "sub": _sub, "mul": _mul, "div": _div, "neg": _neg, "pow": _pow, "select": _select,
          "not": _not, "and": _and, "ne": _unequal, "abs": _abs, **{name: _odd(name) for name in ODD},
          **{name: _even(name) for name in EVEN - {"abs"}}}
