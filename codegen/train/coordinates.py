"""A model with constraints goes in; the free numbers that are searched, and the way between the two, come out."""
import numpy as np

from symdiff import language as words
from symdiff.constraints import inside
from symdiff.errors import ArgumentError
from symdiff.evaluate import evaluate
from symdiff.language import sizes_of
from symdiff.lengths import symbols
from symdiff.read import read

from ..compile import compile as compiled_of
from ..frontdoor import converted
from ..named import Named


class Coordinates:
    """The parameters of a model, as its user has them, and the free numbers that a search moves.

    model   as the user has it
    free    {name of a constrained parameter: that of its free numbers}

    Values of parameters without constraints are the same in both.
    """

    def __init__(self, model):
        self.model, self.kinds = model, model.constraints
        self.free = {name: model.free_name(name) for name in self.kinds}
        self._owner = {free: name for name, free in self.free.items()}

    def owner(self, key):
        """The parameter whose free numbers are called so; the name itself for others."""
        return self._owner.get(str(key), key)

    def kind(self, key):
        """The constraint behind free numbers, or None."""
        return self.kinds.get(self._owner.get(str(key)))

    def opened(self, found):
        """{name: value} as the user has them, of values in free numbers."""
        return Named((self.owner(key), value if (kind := self.kind(key)) is None else _value(kind.value, value))
                     for key, value in found.items())

    def closed(self, given):
        """The same the other way.  Raises ArgumentError for a value that does not keep to its constraint."""
        found = {}
        for key, value in given.items():
            kind = self.kinds.get(str(key))
            if kind is None:
                found[key] = value
            else:
                checked = inside(str(key), kind, self._array(str(key), value))
                found[self.free[str(key)]] = _value(kind.inverse, checked)
        return found

    def _array(self, name, value):
        """A value of a constrained parameter as an array of float64."""
        return np.asarray(converted(value, name, sizes_of(self.model[name]), np.dtype(float)))

    def check(self, told):
        """Raise ArgumentError where a length of free numbers is one that no data tell (`told`: the symbols they do)."""
        for name, kind in self.kinds.items():
            own = sizes_of(self.model[name])
            unknown = [s for length in kind.free(own) for s in symbols((length,)) if length not in own and s not in told]
            if unknown:
                raise ArgumentError(f"{name} is {unknown[0]} long, which no data tell, and its free numbers are one less.",
                                    do=f"give {name} a number of entries, as [3].")

    def log_jacobian(self, found):
        """log |det J| of all constraints, at values in free numbers."""
        return sum(float(_value(kind.log_jacobian, value)) for key, value in found.items()
                   if (kind := self.kind(key)) is not None)

    def slopes(self, found):
        """The matrix of derivatives of the parameters by the free numbers, each a vector in their order."""
        blocks = []
        for key, value in found.items():
            kind = self.kind(key)
            blocks.append(np.eye(np.size(value)) if kind is None else
                          _slope(kind, np.asarray(value)))
        whole = np.zeros([sum(block.shape[axis] for block in blocks) for axis in (0, 1)])
        row = column = 0
        for block in blocks:
            whole[row:row + block.shape[0], column:column + block.shape[1]] = block
            row, column = row + block.shape[0], column + block.shape[1]
        return whole



def _slope(kind, value):
    """The derivatives of a parameter by its free numbers, each a vector."""
    u = words.array("u", *value.shape)
    x = kind.value(u)
    return np.atleast_2d(compiled_of(words.ravel(x) if x.sizes else x, [u]).flat().jac(np.ravel(value)))


def _value(formula, given):
    """The value of a formula of one array."""
    given = np.asarray(given, float)
    found, = evaluate([read(formula(words.array("u", *given.shape)))], {"u": given})
    return found if found.shape else float(found)
