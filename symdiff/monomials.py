"""Products of a graph go in; coefficient and powers come out, and products written in one short form are made of them.

    -(2·x/σ)/σ    is    -2 · x¹ · σ⁻²    is written    -(2*x/σ**2)

Factors that are one scalar along all axes are taken out of contractions; a sum over the number of its terms is a mean.
"""
from fractions import Fraction

import sympy as sp

from .graph import make
from .lengths import product
from .passes.algebra import rational
from .primitives import build
from .primitives.contraction import CONTRACT, contract, is_movement
from .primitives.leaf import CONSTANT, INPUT, SIZE, constant, size
from .primitives.record import TABLE

MOST_FACTORS, HIGHEST = 24, 8


def monomial(node, known):
    """(coefficient, {factor: power}) of a node; factors have its sizes.  `known` is a memo."""
    stack = [node]
    while stack:
        top = stack[-1]
        if top in known:
            stack.pop()
            continue
        parts = _parts(top)
        waiting = [i for i in parts if i not in known]
        if waiting:
            stack += waiting
            continue
        stack.pop()
        found = _combined(top, [known[i] for i in parts])
        known[top] = (Fraction(1), {top: 1}) if found is None or len(found[1]) > MOST_FACTORS else found
    return known[node]


def _parts(node):
    name = node.op.name
    if name in ("mul", "div", "neg"):
        return node.inputs
    if name == "pow" and _exponent(node) is not None or _is_repeated(node):
        return node.inputs[:1]
    return ()


def _exponent(node):
    value = rational(node.inputs[1])
    return int(value) if value is not None and value.denominator == 1 and 0 < abs(value) <= HIGHEST else None


def _is_repeated(node):
    """Is this an array repeated along new axes, and no more?"""
    if not is_movement(node) or not node.inputs:
        return False
    (labels,), out, _ = node.attributes
    return len(labels) < len(out) and tuple([c for c in out if c in labels]) == labels


def _is_scalar(node):
    """Is this one scalar, repeated?"""
    return _is_repeated(node) and not node.inputs[0].sizes


def _combined(node, parts):
    name = node.op.name
    number = rational(node)
    if number is not None:
        return (number, {}) if number else None
    if name == "neg":
        (c, powers), = parts
        return -c, powers
    if name in ("mul", "div"):
        (c, powers), (d, others) = parts
        sign = 1 if name == "mul" else -1
        total = dict(powers)
        for factor, power in others.items():
            total[factor] = total.get(factor, 0) + sign*power
        return c*d**sign, {f: p for f, p in total.items() if p}
    if name == "pow" and parts:
        (c, powers), = parts
        k = _exponent(node)
        return c**k, {f: p*k for f, p in powers.items()}
    if parts:
        (c, powers), = parts
        subs, out, lengths = node.attributes
        return c, {contract([f], subs, out, dict(enumerate(lengths))): p for f, p in powers.items()}
    return None


def written(coefficient, powers, sizes):
    """The product as a node: sign outside, numbers first, then names, then functions, over what divides."""
    above = [(f, p) for f, p in powers.items() if p > 0]
    below = {f: -p for f, p in powers.items() if p < 0}
    above, coefficient = _means(above, below, abs(coefficient), coefficient < 0, sizes)
    top = _product(abs(coefficient).numerator, sorted(above, key=_rank), sizes)
    if below or coefficient.denominator != 1:
        divisor = _product(coefficient.denominator, sorted(below.items(), key=_rank), sizes)
        top = make(TABLE["div"], (top, divisor))
    return build.negative(top) if coefficient < 0 else top


def _product(number, factors, sizes):
    value = None if number != 1 or not factors else factors[0]
    value = constant(sp.Integer(number), sizes) if value is None else _power(*factors[0])
    for factor, power in factors[number == 1:]:
        value = make(TABLE["mul"], (value, _power(factor, power)))
    return value


def _power(factor, power):
    return factor if power == 1 else make(TABLE["pow"], (factor, constant(power, factor.sizes)))


def _rank(pair):
    node = pair[0]
    while is_movement(node) and node.inputs:
        node = node.inputs[0]
    return 0 if node.op in (CONSTANT, SIZE) else 1 if node.op is INPUT else 3 if node.op is CONTRACT else 2


def _means(above, below, coefficient, negative, sizes):
    """Sums over the number of their terms made means; what they use of the divisors is taken away."""
    found = []
    for factor, power in above:
        count = _terms(factor) if power == 1 else None
        if type(count) is int and count > 1 and coefficient.denominator % count == 0:
            coefficient *= count
            factor = build.elementwise("div", factor, size(count))
        elif count is not None and type(count) is not int:
            divisor = build.stretch(size(count), sizes)
            if below.get(divisor):
                below[divisor] -= 1
                if not below[divisor]:
                    del below[divisor]
                factor = make(TABLE["div"], (factor, divisor))
        found.append((factor, power))
    return found, -coefficient if negative else coefficient


def _terms(node):
    """How many terms a sum along axes has; None where the node is no such sum."""
    if node.op is not CONTRACT or is_movement(node) or len(node.inputs) != 1:
        return None
    subs, out, lengths = node.attributes
    if len(set(subs[0])) < len(subs[0]) or any(c not in subs[0] for c in out):
        return None
    return product([lengths[c] for c in subs[0] if c not in out])


def hoisted(node, known):
    """The contraction with the scalar factors of its operands outside; the node itself where there are none."""
    subs, out, lengths = node.attributes
    operands, scalars = [], []
    for operand in node.inputs:
        c, powers = monomial(operand, known)
        fixed = {f.inputs[0]: p for f, p in powers.items() if _is_scalar(f)}
        if fixed or c != 1:
            scalars.append(written(c, fixed, ()))
            operand = written(Fraction(1), {f: p for f, p in powers.items() if not _is_scalar(f)}, operand.sizes)
        operands.append(operand)
    if not scalars:
        return node
    return contract([*operands, *scalars], [*subs, *[()]*len(scalars)], out, dict(enumerate(lengths)))
