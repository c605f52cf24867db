"""Values as a user has them go in; C-contiguous arrays of one dtype and Python floats come out, in calling order.

Arrays that are ready are passed on as they are after cheap checks; everything else is converted, or refused by an error
that names the argument.  Nothing given is ever changed.
"""
import difflib

import numpy as np

from symdiff.errors import ArgumentError, DTypeError, NameClash, SizeMismatch
from symdiff.lengths import text

from .unnamed import listed

_ndarray = np.ndarray


class Door:
    """The way in for some inputs.

    nodes   the input nodes, in the order of the call
    keys    the user's name of each, or the symbol itself where two have one name
    symbols {symbol: key}: what else a value may be given by
    """

    def __init__(self, nodes, keys, symbols=None, dtype="float64", spare=()):
        self.nodes, self.keys, self.dtype = tuple(nodes), tuple(keys), np.dtype(dtype)
        self.symbols = symbols or {}
        self._spare = frozenset(spare)
        self._plan = tuple([(key, len(node.sizes)) for node, key in zip(self.nodes, self.keys)])
        self._node = dict(zip(self.keys, self.nodes))
        self._count = len(self._plan)

    def __call__(self, values, named):
        """The tuple of arrays, from a dict and keyword arguments."""
        if values is None:
            values = named
        elif named or type(values) is not dict:
            values = self._merged(values, named)
        if len(values) != self._count:
            values = self._resolved(values)
        dtype, arrays = self.dtype, []
        for key, rank in self._plan:
            try:
                value = values[key]
            except KeyError:
                values = self._resolved(values)
                value = values[key]
            if type(value) is _ndarray:
                if rank and value.dtype is dtype and value.ndim == rank and value.flags.carray:
                    arrays.append(value)
                    continue
            elif type(value) is float and not rank:
                arrays.append(value)
                continue
            arrays.append(self._converted(value, key))
        return tuple(arrays)

    def by_key(self, values, named):
        """{key: what was given}, one for each input, as it is."""
        return self._resolved(self._merged({} if values is None else values, named))

    def _converted(self, value, key):
        return converted(value, str(key), self._node[key].sizes, self.dtype)

    def _merged(self, values, named):
        """One dict of the positional dict and the keyword arguments."""
        if not hasattr(values, "keys"):
            raise ArgumentError(f"values are given by name, and this is {_kind(values)}.",
                                known=listed(self.keys), do="write f(X=..., w=...), or f({\"X\": ..., \"w\": ...}).")
        both = [key for key in values.keys() if key in named]
        if both:
            raise ArgumentError(f"{both[0]} is given twice: in the dict and by name.", do="give it once.")
        return {**{key: values[key] for key in values.keys()}, **named}

    def _resolved(self, values):
        """The values by our keys; missing, unknown and repeated ones are refused, all at once."""
        found, unknown = {}, []
        for given, value in values.items():
            key = self._key(given)
            if key is None:
                if given not in self._spare:
                    unknown.append(given)
            elif key in found:
                raise ArgumentError(f"{key} is given twice.", do="give it once, by name or by symbol.")
            else:
                found[key] = value
        missing = [key for key in self.keys if key not in found]
        if missing or unknown:
            self._refuse(missing, unknown)
        return found

    def key_of(self, given):
        """Our key for a name or symbol; ArgumentError when there is none."""
        key = self._key(given)
        if key is None:
            self._refuse([], [given])
        return key

    def _key(self, given):
        if given in self._node:
            return given
        key = self.symbols.get(given)
        if key is None and isinstance(given, str) and any(str(k) == given for k in self.keys):
            raise NameClash(f"two inputs are called {given!r}.", do="pass values by the symbols themselves, in a dict.")
        return key

    def _refuse(self, missing, unknown):
        parts, hints, names = [], [], [str(key) for key in self.keys]
        if missing:
            parts.append(f"no value for {listed(missing)}")
        if unknown:
            parts.append(f"no input is called {listed(unknown)}")
        for given in unknown:
            near = difflib.get_close_matches(str(given).casefold(), [name.casefold() for name in names], 1)
            if near:
                hints.append(f"did you mean {next(name for name in names if name.casefold() == near[0])} for {given}?")
        do = " ".join(hints) or "give one value for each name, and no others."
        raise ArgumentError(" and ".join(parts) + ".", known=listed(self.keys), do=do)


def converted(value, name, sizes, dtype):
    """Any value as a C-contiguous array of the dtype (a float where sizes are ()); errors name the argument."""
    if not sizes and isinstance(value, (float, int)):
        return _one(value, name)
    array = _numbers(value, name)
    if array.ndim != len(sizes):
        raise SizeMismatch(f"{name} is {_axes(len(sizes))}, but its value is {_axes(array.ndim)}.",
                           where=f"{name} has sizes {text(sizes)};  the value has the shape {array.shape}",
                           do=f"give {name} {'one number' if not sizes else 'a value of sizes ' + text(sizes)}.")
    for axis, (length, n) in enumerate(zip(sizes, array.shape)):
        if type(length) is int and length != n:
            raise SizeMismatch(f"axis {axis} of {name} is {length} long, but its value has {n} entries there.",
                               where=f"{name} has sizes {text(sizes)};  the value has the shape {array.shape}",
                               do=f"give {name} a value of sizes {text(sizes)}.")
    if not sizes:
        return float(array)
    return np.require(array.astype(dtype, copy=False), requirements=("C", "A"))


def _one(value, name):
    try:
        return float(value)
    except OverflowError as error:
        raise DTypeError(f"{name} is an integer beyond the largest float.", do="scale it.") from error


def _numbers(value, name):
    """The value as an array of numbers that go into float64 without loss of meaning."""
    if isinstance(value, np.ma.MaskedArray):
        if np.ma.is_masked(value):
            raise DTypeError(f"{name} has masked entries.", do="fill them, or leave out their rows, before the call.")
        value = value.data
    if type(value).__module__.startswith("scipy.sparse"):
        raise DTypeError(f"{name} is a sparse matrix.", do=f"give {name}.toarray().")
    if hasattr(value, "__next__"):
        raise DTypeError(f"{name} is {_kind(value)}, which gives its numbers only once.", do=f"give list({name}).")
    if isinstance(value, (dict, set, frozenset, str, bytes)) or value is None:
        raise DTypeError(f"{name} is {_kind(value)}, not a number or an array of numbers.", do="give numbers.")
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise DTypeError(f"{name} is {_kind(value)}, and NumPy makes no array of it.", where=str(error)[:200],
                         do="give an array whose rows have one length.") from error
    kind = array.dtype
    if kind.kind in "biu" or kind.kind == "f" and kind.itemsize in (4, 8):
        return array
    raise DTypeError(f"{name} holds {_entries(kind)}, which is not taken.", where=f"{_kind(value)} of dtype {kind}",
                     known="float64, float32, integers, bool", do=_remedy(kind, name))


def _entries(kind):
    words = {"c": "complex numbers", "O": "Python objects", "U": "text", "S": "bytes", "M": "dates",
             "m": "time differences",
             "V": "records"}
    return words.get(kind.kind, str(kind))


def _remedy(kind, name):
    if kind.kind == "c":
        return f"give {name}.real, if it is real."
    if kind.kind == "f":
        return f"give {name}.astype(float), if float64 is meant."
    if kind.kind in "Mm":
        return f"give numbers: {name} in days, say."
    return f"give np.array({name}, dtype=float), if its entries are numbers."


def _kind(value):
    word = type(value).__name__
    return f"{'an' if word[0] in 'aeiouAEIOU' else 'a'} {word}"


def _axes(rank):
    return ("a scalar", "a vector", "a matrix")[rank] if rank < 3 else f"an array with {rank} axes"
