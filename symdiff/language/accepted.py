"""What a NumPy function or method is called with goes in; the options that mean something here come out, or a refusal."""
from inspect import signature

import numpy as np

from ..errors import UnknownForm

_IGNORED = {"out": (None,), "where": (True, None), "dtype": (None, float, np.float64, "float64", np.dtype(float)),
            "casting": ("same_kind",),
            "order": ("C", "K", None), "subok": (True, False), "initial": (None,), "mode": ("raise",),
            "device": (None,), "shape": (None,)}
_MODES = "numpy.pad", "numpy.convolve", "numpy.correlate"
_INSTEAD = {"where": "choose before: where(mask, x, 0) is left out of a sum.",
            "order": "entries are in the order of C; transpose before."}
_LEAVE = "leave it out: arrays are never changed in place, and numbers are float64."


def accepted(name, options):
    """The options without those at their defaults.  UnknownForm for what cannot be kept."""
    kept = {}
    for key, value in options.items():
        if value is np._NoValue or type(value) is tuple and all(v is None for v in value):
            continue
        if key not in _IGNORED or key == "mode" and name in _MODES:
            kept[key] = value
        elif not any(value is v or type(value) in (str, bool, type) and value == v for v in _IGNORED[key]):
            raise UnknownForm(f"{name} with {key}= is not read.", do=_INSTEAD.get(key, _LEAVE))
    return kept


def called(name, build, args, options):
    """build(*args, **options).  UnknownForm where it does not know an argument."""
    options = accepted(name, options)
    try:
        signature(build).bind(*args, **options)
    except TypeError as error:
        raise UnknownForm(f"{name} is not read so: {error}.",
                          do="leave the argument out, or write it otherwise.") from None
    return build(*args, **options)
