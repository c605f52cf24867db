"""Numbers and arrays of numbers go in, leaves of the graph come out."""
import numpy as np

from ..errors import UnknownForm
from ..primitives.leaf import constant, data


def constant_array(array):
    """A constant array as a node; one number is a number, and may be infinite, as entries of data may."""
    if array.ndim == 0:
        value = float(array)
        if np.isnan(value):
            raise UnknownForm(f"the number {value} stands in the formula.", do="pass it as an input.")
        return constant(value)
    return data(array)
