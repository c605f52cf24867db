"""Results by name go in; a dict that finds them by name and by symbol comes out."""


class Named(dict):
    """Results by name; the symbols themselves find them too."""

    __slots__ = ()

    def __missing__(self, key):
        name = tuple(map(_name, key)) if type(key) is tuple else _name(key)
        if name != key and name in self:
            return self[name]
        raise KeyError(key)

    def __reduce__(self):
        return Named, (dict(self),)


def _name(symbol):
    return symbol if isinstance(symbol, str) else str(symbol)
