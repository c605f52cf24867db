"""A verb of a compiled function goes in; the same comes out, which refuses values that are given without their names."""
import functools
import inspect

from symdiff.errors import ArgumentError

SHOWN = 20                                      # names listed in an error


def by_name(method):
    """The method of an object with `inputs`, which says that values are given by name where too many have none."""
    @functools.wraps(method)
    def checked(self, /, *given, **named):
        try:
            return method(self, *given, **named)
        except TypeError as error:
            refusal = without_names(method, len(given), self)
            if refusal is None:
                raise
            raise refusal from error

    return checked


def without_names(method, count, of):
    """The error for a call of a method with `count` values without a name, where that is too many or too few; else
    None.

    of   the object of the method: its `inputs` are the names of its values
    """
    own = [p for p in inspect.signature(method).parameters.values() if p.kind is p.POSITIONAL_ONLY][1:]
    first = [p.name for p in own if p.default is p.empty]
    if not own or len(first) <= count <= len(own):
        return None
    verb, keys = method.__name__, of.inputs
    call = "f" if verb == "__call__" else f"f.{verb}"
    more = count - len(first)
    what = f"values are given by name, and {more} have none." if more > 0 else f"{call} takes {first[0]} first."
    named = [f"{key}=..." for key in map(str, keys[:3])] + ["..."]*(len(keys) > 3)
    return ArgumentError(what, where=f"{call}({', '.join([*first, *['...']*more] if more > 0 else [])})",
                         known=listed(keys), do=f"write {call}({', '.join([*first, *named])}).")


def listed(keys):
    """Names in a row, the first of many."""
    keys = [str(key) for key in keys]
    return ", ".join(keys[:SHOWN]) + (", ..." if len(keys) > SHOWN else "") or "none"
