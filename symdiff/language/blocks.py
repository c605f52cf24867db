"""Words for what NumPy has no name for, so that every graph can be written: operands and attributes as the block's own.

    slice, pad, scatter_add     symdiff/primitives/arrangement.py
    recurrence                  symdiff/primitives/reduction.py
    cofactor                    symdiff/primitives/algebra.py
"""
from ..primitives.record import TABLE
from .core import SIZES

NAMES = "slice", "pad", "scatter_add", "recurrence", "cofactor"

for _name in NAMES:
    SIZES[_name] = lambda args, attributes, name=_name: TABLE[name].infer_sizes(args, attributes)
