"""Numbers in front: exact, and written as they were typed."""
from fractions import Fraction

import pytest
import sympy as sp

from symdiff.primitives.leaf import constant
from symdiff.tidy.ratio import ONE, Ratio, above_and_below, ratio


def test_a_float_is_the_decimal_it_prints_as():
    assert ratio(constant(0.1)) == Fraction(1, 10) and ratio(constant(0.1)).decimal
    assert ratio(constant(sp.Rational(1, 10))) == Fraction(1, 10) and not ratio(constant(sp.Rational(1, 10))).decimal
    assert ratio(constant(2.0)) == 2
    for value in (sp.pi, sp.nan, sp.oo, -0.0, 1e-300, 1e300):
        assert ratio(constant(value)) is None


def test_what_is_computed_with_a_decimal_is_one():
    tenth, third = Ratio(Fraction(1, 10), True), Ratio(Fraction(1, 3))
    for value in (tenth*third, third*tenth, tenth/third, third + tenth, -tenth, abs(-tenth), tenth**2, ONE*tenth):
        assert value.decimal and type(value) is Ratio
    assert not (third*third).decimal and tenth*third == Fraction(1, 30)


@pytest.mark.parametrize("value, above, below", [
    (Ratio(Fraction(3, 5)), 3, 5), (Ratio(Fraction(3, 5), True), sp.Float(0.6), 1), (Ratio(4, True), 4, 1),
    (Ratio(Fraction(1, 3), True), 1, 3), (Ratio(Fraction(1, 2)), 1, 2),
    (Ratio(Fraction(125, 1000000), True), sp.Float(1.25e-4), 1),
])
def test_written_as_typed(value, above, below):
    assert above_and_below(value) == (above, below)


def test_long_fractions_are_decimals():
    above, below = above_and_below(Ratio(Fraction(3**200, 7**200)))
    assert below == 1 and abs(float(above)/(3/7)**200 - 1) < 1e-12
