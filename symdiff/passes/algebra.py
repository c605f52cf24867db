"""Elementwise nodes in their simplest equal form: a primitive's name and inputs go in, a node comes out.

Numbers are combined exactly, signs stand as far outside as they can, and what is repeated along an axis is computed
once and repeated afterwards.  Every rule here holds for the floating-point operations themselves, up to one rounding
that is saved and up to the sign of a zero.
"""
from fractions import Fraction

import mpmath
import numpy as np
import sympy as sp

from ..graph import make
from ..primitives.contraction import CONTRACT, contract, is_movement
from ..primitives.leaf import CONSTANT, DATA, IOTA, NEGATIVE_ZERO, SIZE, constant, number
from ..primitives.record import TABLE, Elementwise

ODD = frozenset("sin tan asin atan sinh tanh asinh atanh erf erfinv cbrt sign".split())
EVEN = frozenset("cos cosh sech abs sinc logistic_pdf half_circle".split())
_BITS = 1100                # longer integers than this are left as they stand
_OPERATIONS = 8             # an exact number with more operations than this becomes a Float


def simplified(op, inputs, attributes=()):
    """The node of `op` on `inputs`, or a simpler one of the same value."""
    if type(op) is not Elementwise:
        return _contracted(inputs, attributes) if op is CONTRACT else make(op, inputs, attributes)
    some = all_constant = bool(inputs)
    some = False
    for i in inputs:
        if i.op is CONSTANT:
            some = True
        else:
            all_constant = False
    if all_constant and op.name != "neg":
        node = _folded(op, inputs)
        if node is not None:
            return node
    for i in inputs:
        if i.op is CONTRACT or i.op.name == "reshape":
            node = _narrow(op, inputs) if i.op is CONTRACT else _below_reshape(op, inputs)
            if node is not None:
                return node
            break
    rule = _RULES.get(op.name)
    if rule is not None:
        return rule(*inputs)
    return make(op, inputs)


def build(name, *inputs):
    """`simplified` by the primitive's name."""
    return simplified(TABLE[name], inputs)


# numbers

def rational(node):
    """The value of a constant node as a Fraction, when it is a finite rational or a float; else None."""
    if node.op is not CONSTANT:
        return None
    value = node.attributes[0]
    if value is NEGATIVE_ZERO or value == NEGATIVE_ZERO:
        return None
    if value.is_Rational:
        return Fraction(int(value.p), int(value.q))
    if value.is_Float and value.is_finite:
        return Fraction(float(value))
    return None


def from_fraction(value, sizes, exact=True):
    """A constant node of this value: exact when it comes from exact numbers, else the nearest float; None if huge."""
    top = max(value.numerator.bit_length(), value.denominator.bit_length())
    if top > _BITS:
        return None
    if exact:
        return constant(sp.Rational(value.numerator, value.denominator), sizes)
    near = float(value)
    if near == 0 and value != 0:
        return None
    return constant(near, sizes)


def is_exact(node):
    """Is the constant no float?"""
    value = node.attributes[0]
    return value is not NEGATIVE_ZERO and value != NEGATIVE_ZERO and not value.has(sp.Float)


def _folded(op, inputs):
    """The constant that `op` gives on constants: exact on exact numbers, else as floating point has it; None to leave."""
    sizes = inputs[0].sizes
    if all(map(is_exact, inputs)):
        node = _folded_exactly(op.name, [i.attributes[0] for i in inputs], sizes)
        if node is not None:
            return node
    values = [number(i) for i in inputs]
    with np.errstate(all="ignore"):
        plain = op.name in _PLAIN
        result = float(op.numpy(*values)) if plain else _rounded(op, values)
    if result is None or not np.isfinite(result):
        return None
    return constant(result, sizes)


_PLAIN = frozenset("add sub mul div neg sqrt abs floor ceil round sign mod maximum minimum maximum_const minimum_const "
                   "select lt le gt ge eq ne and or not step relu hard_unit leaky_relu".split())


def _rounded(op, values):
    """The value by mpmath at twice the precision, rounded once; None where it is not one finite real number."""
    with mpmath.workprec(120):
        try:
            result = op.mpmath(*map(mpmath.mpf, values))
        except (ValueError, ZeroDivisionError, OverflowError, mpmath.libmp.NoConvergence):
            return None
        return float(result) if isinstance(result, mpmath.mpf) and mpmath.isfinite(result) else None


def _folded_exactly(name, values, sizes):
    exact = _EXACT.get(name)
    if exact is None or not all(v.is_finite for v in values):
        return None
    if name == "pow" and not (values[0].is_Rational and values[1].is_Rational and abs(values[1]) <= 64):
        return None
    if name == "div" and values[1] == 0 or name == "log" and values[0].is_positive is not True:
        return None
    if name in ("pow", "sqrt") and values[0].is_nonnegative is not True and not values[-1].is_Integer:
        return None
    if name == "pow" and values[0] == 0 and values[1].is_negative:
        return None
    if any(v.is_Rational and max(int(v.p).bit_length(), v.q.bit_length()) > 64 for v in values):
        return None
    result = exact(*values)
    if not (result.is_number and result.is_finite and result.is_real):
        return None
    if not result.is_Rational and not 1e-300 < abs(float(result.evalf(20))) < 1e300:
        return None
    if result.is_Rational or result.count_ops() <= _OPERATIONS:
        return constant(result, sizes)
    return constant(sp.Float(result.evalf(25), 16), sizes)


_EXACT = {"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a*b, "div": lambda a, b: a/b,
          "neg": lambda a: -a, "pow": lambda a, b: a**b, "sqrt": sp.sqrt, "exp": lambda a: sp.exp(a), "log": sp.log,
          "abs": sp.Abs, "floor": sp.floor, "ceil": sp.ceiling}


def is_finite_leaf(node):
    """Is the node finite whatever the inputs are?"""
    if node.op is CONSTANT:
        return bool(np.isfinite(number(node)))
    if node.op is DATA:
        return bool(np.isfinite(node.attributes[0].array).all())
    return node.op is SIZE or node.op is IOTA


# repeating along axes

def stretched(node):
    """(operand, labels of the operand, labels of the node) when the node only repeats or moves axes; else None.

    Axes of the literal length 1 may go.  A sum that is repeated is the sum, an operand of its own, repeated.
    """
    if node.op is not CONTRACT:
        return None
    subs, out, lengths = node.attributes
    if len(set(out)) != len(out):
        return None
    if len(subs) == 1 and len(set(subs[0])) == len(subs[0]) and all([c in out or lengths[c] == 1 for c in subs[0]]):
        return node.inputs[0], subs[0], out
    carried = tuple([c for c in out if any([c in labels for labels in subs])])
    if not subs or len(carried) == len(out):
        return None
    return contract(node.inputs, subs, carried, dict(enumerate(lengths))), carried, out


def _narrow(op, inputs):
    """f(a repeated, b repeated) as f(a, b) repeated, over the axes that some input really has; None when all have them."""
    views = []
    for i in inputs:
        if i.op is CONSTANT:
            views.append(None)
            continue
        view = stretched(i)
        if view is None:
            return None
        views.append(view)
    sizes = inputs[0].sizes
    rank = len(sizes)
    present = sorted({v[2].index(c) for v in views if v for c in v[1] if c in v[2]})
    moved = all(v is None or v[1] == views[[bool(x) for x in views].index(True)][1] for v in views)
    if len(present) == rank and not (moved and len({v[1:] for v in views if v}) == 1 and rank > 1):
        return None
    small = []
    if len(present) == rank:                        # one transposition of all of them
        labels, out = next(v[1:] for v in views if v)
        if len(labels) != rank:
            return None
        for i, v in zip(inputs, views):
            small.append(constant(i.attributes[0], tuple([sizes[out.index(c)] for c in labels])) if v is None else v[0])
        return contract([simplified(op, tuple(small))], [labels], out)
    kept = tuple([sizes[k] for k in present])
    for i, v in zip(inputs, views):
        if v is None:
            small.append(constant(i.attributes[0], kept))
            continue
        operand, labels, out = v
        place = tuple([out[k] for k in present])
        small.append(contract([operand], [labels], place, {c: sizes[out.index(c)] for c in place}))
    inner = simplified(op, tuple(small))
    return contract([inner], [tuple(present)], tuple(range(rank)), dict(enumerate(sizes)))


def _below_reshape(op, inputs):
    """f(a reshaped, b reshaped) as f(a, b) reshaped, when all are reshaped alike; else None."""
    first = next(i for i in inputs if i.op is not CONSTANT)
    inner = first.inputs[0].sizes
    for i in inputs:
        if i.op is not CONSTANT and (i.op is not first.op or i.attributes != first.attributes or i.inputs[0].sizes != inner):
            return None
    small = [constant(i.attributes[0], inner) if i.op is CONSTANT else i.inputs[0] for i in inputs]
    return make(first.op, (simplified(op, tuple(small)),), first.attributes)


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
    return False, node


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
        return _folded_exactly("add", [a.attributes[0], b.attributes[0]], a.sizes)
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
                return _folded(TABLE["add"], (a, b)) or make(TABLE["add"], (a, b))
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
            return _folded(TABLE["sub"], (a, b)) or make(TABLE["sub"], (a, b))
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
    """The constant a·b, or a/b, when both are rational and nothing leaves the normal range; or exact symbols; else None."""
    p, q = rational(a), rational(b)
    if p is None or q is None or inverse and q == 0:
        if is_exact(a) and is_exact(b):
            return _folded_exactly("div" if inverse else "mul", [a.attributes[0], b.attributes[0]], a.sizes)
        return None
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
            return _folded(TABLE["mul"], (a, b)) or make(TABLE["mul"], (a, b))
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
    if minus_a and a.op.name == "neg" or minus_b and b.op.name == "neg":
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
    if minus_a and a.op.name == "neg":
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


def _fits(attributes, operand):
    """Has the result of a contraction no more axes than the operand, or is it only repeated or moved?"""
    subs, out, _ = attributes
    return len(out) <= len(operand.sizes) or len(subs) == 1 and set(subs[0]) <= set(out) and len(set(out)) == len(out)


def _contracted(inputs, attributes):
    """A contraction in canonical form; the signs of operands that have as many entries as the result stand outside."""
    minus, positive, canonical = False, [], True
    for i in inputs:
        if i.op.name == "neg" and _fits(attributes, i):
            minus, i = not minus, i.inputs[0]
        canonical = canonical and i.sizes != () and i.op is not CONSTANT and not (i.op is CONTRACT and is_movement(i))
        positive.append(i)
    if canonical and positive == list(inputs):
        return make(CONTRACT, inputs, attributes)
    subs, out, lengths = attributes
    node = contract(positive, subs, out, dict(enumerate(lengths)))
    return _neg(node) if minus else node


_RULES = {"add": _add, "sub": _sub, "mul": _mul, "div": _div, "neg": _neg, "pow": _pow, "select": _select, "not": _not, "ne": _unequal,
          "abs": _abs, **{name: _odd(name) for name in ODD}, **{name: _even(name) for name in EVEN - {"abs"}}}
