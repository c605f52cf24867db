"""exactly: outputs go in; the same values come out, folded, with nothing that is computed of numbers rounded.

Needs:    any graph.
Promises: what `fold` promises; a decimal is the float64 it stands for; what is a rational to 2 400 bits, as sin π or
          log 8/log 2, is that number, and every other function of numbers stays an operation on them.

This is for those who compute with many digits: sin(1 + x) - sin(1) at x = 1e-20 needs more of sin 1 than a float64 has.
"""
from fractions import Fraction

import mpmath
import sympy as sp

from ..graph import make, order, rebuild, same
from ..primitives.leaf import CONSTANT, constant, exact_number, input
from ..primitives.record import Elementwise
from .fold import fold
from .numbers import AGREED, LADDER, folded_exactly, is_exact, real

SURE = 2400                     # bits to which a number that is taken for a rational is one
SMALL = 4096                    # denominators of the rationals that are looked for
MIDDLE = 64                     # the exponents of these rationals lie below it


def exactly(outputs):
    """The outputs in their simplest equal form, with numbers as exact as they were typed."""
    numbers, new, stand_ins = Numbers(), {}, {}

    def standing(node):
        """What a node becomes for `fold`: an input, in the place of an operation on numbers, which it would compute."""
        found = new[node]
        if not found.inputs or not all([i in numbers.settled for i in node.inputs]):
            return found
        return stand_ins.setdefault(found, input(f"number {len(stand_ins)}\0", found.sizes))

    outputs = tuple(outputs)
    for node in order(outputs):
        numbers.add(node)
        settled = all([i in numbers.settled for i in node.inputs])
        inputs = [numbers.settled[i] if settled else standing(i) for i in node.inputs]
        new[node] = numbers.settled.get(node) or same(node, tuple(inputs))
    folded = fold(tuple(map(standing, outputs)))
    back = {stand_in: found for found, stand_in in stand_ins.items()}
    return rebuild(folded, lambda node, inputs: back.get(node) or same(node, inputs))


class Numbers:
    """Operations on numbers alone, one after another, each after its inputs.

    settled     {node: what stands in its place}: a constant, or the operation on what stands for its inputs
    """

    def __init__(self):
        self.settled, self._values = {}, {}

    def add(self, node):
        """Settle a node, if it is a finite real number."""
        if node.op is CONSTANT:
            self.settled[node] = _typed(node)
        elif type(node.op) is Elementwise and all([i in self.settled for i in node.inputs]):
            inputs = tuple([self.settled[i] for i in node.inputs])
            if (found := self._found(node.op, inputs, node.attributes)) is not None:
                self.settled[node] = found

    def _found(self, op, inputs, attributes):
        """A constant where the value is one, else the operation; None where it has none that is finite and real."""
        if all([i.op is CONSTANT and is_exact(i) for i in inputs]):
            result = folded_exactly(op.name, [i.attributes[0] for i in inputs], inputs[0].sizes)
            if result is not None and is_exact(result):
                return result
        node = make(op, inputs, attributes)
        exact = self._rational(node)
        return None if exact is None else node if exact is False else constant(exact, node.sizes)

    def _rational(self, node):
        """The short rational that a node is, with as many bits as tell; False where it is none, None where it has no
        finite real value."""
        value, inputs = self._value(node, LADDER[0]), [self._value(i, LADDER[0]) for i in node.inputs]
        if value is None:
            return None
        top = max([0, *[mpmath.mag(x) for x in inputs if x]])
        if mpmath.mag(value) < top - AGREED:
            return 0 if self._is_nothing(node, value, top) else False
        near = _nearest(value)
        if near is None:
            return False
        with mpmath.workprec(LADDER[-1]):
            there = exact_number(near)
            value = self._value(node, LADDER[-1])
            return near if value is not None and abs(value - there) < mpmath.ldexp(abs(there), -SURE) else False

    def _is_nothing(self, node, before, top):
        """Is a number 0, which is small beside 2^top? With ever more bits ever less is left of it."""
        for bits in LADDER[1:]:
            value = self._value(node, bits)
            if value is None:
                return False
            with mpmath.workprec(bits):
                if abs(value - before) < mpmath.ldexp(abs(value), -AGREED):
                    return False
            before = value
        return mpmath.mag(before) < top - LADDER[-2]

    def _value(self, node, bits):
        """The value of a settled node, with so many bits; None where it is not one finite real number."""
        values = self._values.setdefault(bits, {})
        if node not in values:
            with mpmath.workprec(bits):
                if node.op is CONSTANT:
                    value = exact_number(node.attributes[0])
                else:
                    inputs = [self._value(i, bits) for i in node.inputs]
                    value = None if None in inputs else real(node.op, inputs)
            values[node] = value
        return values[node]


def _nearest(value):
    """The rational with a short denominator that a positive or negative number is to AGREED bits; else None."""
    if abs(mpmath.mag(value)) > MIDDLE:
        return None
    near = Fraction(*mpmath.libmp.to_rational(value._mpf_)).limit_denominator(SMALL)
    near = sp.Rational(near.numerator, near.denominator)
    return near if near and abs(value - exact_number(near)) < mpmath.ldexp(abs(value), -AGREED) else None


def _typed(node):
    """A constant as an exact number: a float is the rational that it stands for."""
    value = node.attributes[0]
    if isinstance(value, sp.Float) and value.is_finite:
        return constant(sp.Rational(*Fraction(float(value)).as_integer_ratio()), node.sizes)
    return node
