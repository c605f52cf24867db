"""Digits of numbers against the decimal module; entries of arrays."""
from decimal import ROUND_HALF_EVEN, Context, Decimal

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from symdiff.document.digits import digits_of, entries
from symdiff.document.formulas import Value


@pytest.mark.parametrize("number, digits, text", [
    (-9, 6, "-9"), (-9.0, 6, "-9"), (0.00012340980408668, 6, "0.000123410"), (1.23e-15, 6, "1.23e-15"),
    (float("inf"), 6, "inf"), (float("-inf"), 6, "-inf"), (float("nan"), 6, "nan"), (-0.0, 6, "0"),
    (0.1 + 0.2, 6, "0.300000"), (0.1 + 0.2, 17, "0.30000000000000004"), (1e20, 6, "1e+20"),
    (123456.0, 6, "123456"), (1234567.0, 6, "1.23457e+06"),
    (1234567, 6, "1234567"), (10**30, 6, "1.00000e+30"), (True, 6, "True"),
    (np.float32(0.1), 6, "0.1"), (np.int64(7), 6, "7"), (3.2e-13, 1, "3e-13"),
    (99999.96, 6, "100000"), (np.bool_(False), 6, "False"), (2.5, 1, "2"), (-0.5, 6, "-0.5")])
def test_digits(number, digits, text):
    assert digits_of(number, digits) == text


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 17))
def test_digits_are_the_nearest_ones(x, digits):
    """The decimal module rounds the exact value; whole numbers that are short are printed in full."""
    rounded = Context(prec=digits, rounding=ROUND_HALF_EVEN).create_decimal(Decimal(x))
    shown = Decimal(digits_of(x, digits))
    assert shown == rounded or x.is_integer() and shown == Decimal(x)


@pytest.mark.parametrize("array, nested, whole", [
    (np.arange(6.0), ["0", "1", "2", "3", "4", "5"], True), (np.arange(7.0), ["0", "1", "2", None], False),
    (np.arange(4).reshape(2, 2), [["0", "1"], ["2", "3"]], True),
    (np.arange(8).reshape(4, 2), [["0", "1"], None], False), (np.zeros((9, 9)), [["0", "0", "0", None], None], False),
    (np.zeros((3, 4, 5)), [[["0", "0", "0", None], None], None], False), (np.zeros(0), [], True),
    (np.array([True, False]), ["True", "False"], True)])
def test_entries(array, nested, whole):
    assert entries(array, 6) == (nested, whole)


def test_values_are_compared_by_their_numbers():
    assert Value(float("nan")) == Value(float("nan")) and Value(1.0) != Value(1.0, 3)
    assert Value(sp.exp(-9)) == Value(sp.exp(-9)) and Value(sp.exp(-9)) != Value(1.0)
    assert Value(np.arange(3.0)) == Value(np.arange(3.0)) and Value(np.zeros(2)) != Value(np.zeros(3))
    for a, b in [(3, 3.0), (sp.Integer(3), sp.Integer(3)), (np.zeros(2), np.zeros(2))]:
        assert Value(a) != Value(b) or hash(Value(a)) == hash(Value(b))
