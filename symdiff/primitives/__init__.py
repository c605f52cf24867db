"""The table: one record per primitive, a file per family; importing this package declares them all."""
from .record import TABLE, Block, Elementwise, Kink, Leaf, Primitive  # noqa: F401
from . import (activation, arithmetic, branch, exponential, factorial, hyperbolic, normal, rounding,  # noqa: F401
               trigonometric)
from . import arrangement, reduction, algebra, scan  # noqa: F401  (the blocks)
