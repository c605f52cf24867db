"""A function of one number goes in; two lines of text, its course and that of its derivative, come out."""
import numpy as np

from ..derive import gradient
from ..evaluate import evaluate
from ..language import Array
from ..primitives.leaf import input as input_node
from ..read import read

WIDTH, FROM, TO = 33, -4.0, 4.0
HEIGHTS = "▁▂▃▄▅▆▇█"


def sketch(function):
    """The function and its derivative from -4 to 4, each between its least and its greatest value there.

    >>> from symdiff import tanh
    >>> print(sketch(tanh))
    φ   ▁▁▁▁▁▁▁▁▁▁▁▂▂▂▃▄▅▅▆▇▇▇███████████
    φ'  ▁▁▁▁▁▁▁▁▁▂▂▃▄▅▇███▇▅▄▃▂▂▁▁▁▁▁▁▁▁▁
    """
    node = read(function(Array("z")))
    slope, = gradient(node, [input_node("z")])
    points = np.linspace(FROM, TO, WIDTH)
    values = np.array([evaluate([node, slope], {"z": z}) for z in points], float).T
    return f"φ   {_line(values[0])}\nφ'  {_line(values[1])}"


def _line(values):
    low, high = values.min(), values.max()
    parts = np.zeros(len(values)) if high - low < 1e-12 else (values - low)/(high - low)
    return "".join([HEIGHTS[min(int(round(part*7, 9) + 0.5), 7)] for part in parts])
