"""Graphs, their inputs and the values of these go in; the values of the graphs, by machine code, come out."""
import numpy as np

from .collector import at_rest
from .execute import Executable


@at_rest()
def numbers_of(graphs, inputs, values):
    """One float or array for each graph.

    inputs   the input nodes;  values  {name of an input: float64 array}
    Raises SizeMismatch where shapes do not fit.
    """
    inputs = tuple(inputs)
    arrays = tuple([np.ascontiguousarray(values[node.attributes[0]]) if node.sizes else float(values[node.attributes[0]])
                    for node in inputs])
    return Executable(tuple(graphs), inputs)(arrays)
