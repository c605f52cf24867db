"""The texts of `--at` go in, x=3,w=1/3 or X=@X.npy; names with their values come out."""
import re

import numpy as np
import sympy as sp

from symdiff.errors import ArgumentError, SpecError, SymdiffError
from symdiff.language.core import sizes_of
from symdiff.spec.numbers import value

from .tables import table

_NEXT = re.compile(r",(?=\s*[^\W\d]\w*\s*=(?!=))")
_PAIR = re.compile(r"\s*([^\W\d]\w*)\s*=\s*(.*?)\s*", re.DOTALL)


def point(texts):
    """{name: value} of all that was given; tables have two axes.  Raises ArgumentError, SpecError.

    >>> point(["x=3, w=1/3", "v=[1,2]"])
    {'x': 3, 'w': 1/3, 'v': array([1., 2.])}
    """
    values = {}
    for text in texts:
        for part in _NEXT.split(text):
            match = _PAIR.fullmatch(part)
            if match is None:
                raise ArgumentError("a point is given as names and values.", where=f"--at {text[:120]}",
                                    do="write --at x=3,w=0.5.")
            name, given = match.groups()
            if name in values:
                raise ArgumentError(f"{name} is given twice.", where=f"--at {text[:120]}", do="give it once.")
            try:
                values[name] = table(given[1:]) if given.startswith("@") else value(given)
            except SymdiffError as error:
                raise SpecError(error.what, where="\n".join(filter(None, (f"--at {part.strip()[:120]}", error.where))),
                                known=error.known, do=error.do) from None
    return values


def fitted(values, model):
    """The values as a compiled function takes them: exact numbers as floats, tables of one column or row as vectors
    where the model's input is one.
    """
    rank = {array.name: len(sizes_of(array)) for array in (*model.parameters, *model.data)}
    values = {name: float(given) if isinstance(given, sp.Expr) else given for name, given in values.items()}
    return {name: given.reshape(-1) if rank.get(name) == 1 and np.ndim(given) == 2 and 1 in given.shape else given
            for name, given in values.items()}
