"""A number, or an array of them, and how many digits go in; the digits come out, as text or nested lists of text."""
import decimal
import numbers

import numpy as np

WHOLE, FIRST = 6, 3                             # entries of an array shown in full; of a longer one
LONG = 20                                       # digits of a whole number printed in full


def digits_of(number, digits):
    """The number to so many significant digits, as Python writes it, but whole numbers without a point.

    What has no more digits than asked for is printed as short as it is; zeros at the end say that there are more.
    A negative zero is printed as 0.

    >>> [digits_of(x, 6) for x in (-9.0, 0.25, 0.00012340980408668, 1.23e-15, float("inf"), 3)]
    ['-9', '0.25', '0.000123410', '1.23e-15', 'inf', '3']
    """
    if isinstance(number, (bool, np.bool_)):
        return str(bool(number))
    if isinstance(number, numbers.Integral):
        text = str(int(number))
        return text if len(text) <= LONG else f"{decimal.Decimal(text):.{digits - 1}e}".lower()
    x = float(number)
    if x == 0:
        return "0"
    if not np.isfinite(x):
        return str(x)
    if x.is_integer() and abs(x) < 10**digits:
        return str(int(x))
    if _significant(number) <= digits:
        return f"{x:.{digits}g}"
    return f"{x:#.{digits}g}".replace(".e", "e").removesuffix(".")


def _significant(number):
    """How many digits tell this number from its neighbours of the same type."""
    text = repr(float(number)) if isinstance(number, float) else np.format_float_scientific(number)
    return len(text.partition("e")[0].replace(".", "").strip("-0"))


def entries(array, digits):
    """(nested lists of digits, is it all?): None stands in a list for the entries left out.

    >>> entries(np.arange(8.0), 6)
    (['0', '1', '2', None], False)
    """
    return _nested(array, digits, WHOLE if array.size <= WHOLE else FIRST), array.size <= WHOLE


def _nested(array, digits, room):
    if array.ndim == 0:
        return digits_of(array[()], digits)
    count = min(len(array), max(1, room//max(1, array[:1].size)))
    return [_nested(part, digits, room) for part in array[:count]] + [None]*(count < len(array))
