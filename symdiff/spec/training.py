"""The table [training] of a model file goes in; the settings of a training, by name, come out."""
import math

from . import numbers

NUMBERS = ("rate", "warmup", "momentum", "epsilon", "weight_decay", "clip_norm", "clip_value", "validation",
           "tolerance", "spread")
WHOLE = ("epochs", "batch", "patience", "starts", "seed")
KEYS = ("method", *WHOLE, *NUMBERS, "betas", "schedule", "shuffle", "scale")


def training(file):
    """{setting: value} as `train` and `fit` take them.  Raises SpecError, with the file, the line and the key."""
    found = file.tables.get("training", {})
    if not isinstance(found, dict):
        raise file.error(f"training is a table, and this is {numbers.kind(found)}.", "training",
                         do="write [training] on a line, and its entries below.")
    for key, given in found.items():
        if key not in KEYS:
            raise file.unknown(KEYS, "training", key)
        fits, wanted = _kind(key, given)
        if not fits:
            raise file.error(f"{key} is {wanted}, and this is {numbers.kind(given)}.", "training", key,
                             do=f"give {key} {wanted}, or leave it out.")
    return dict(found)


def _kind(key, given):
    """(does the value fit the key, what is wanted)."""
    number = type(given) in (int, float) and math.isfinite(given)
    if key in WHOLE:
        return type(given) is int and abs(given) < 2**53, "a whole number"
    if key in NUMBERS:
        return number and abs(given) < 2**1000, "a number"
    if key == "shuffle":
        return isinstance(given, bool), "true or false"
    if key == "betas":
        pair = isinstance(given, list) and len(given) == 2 and all(type(b) is float for b in given)
        return pair, "two numbers below 1"
    if key == "schedule":
        return isinstance(given, (str, dict)), 'a name, or {name = "step", every = 10}'
    if key == "scale":
        return isinstance(given, str) or number, '"mean", "sum" or a number'
    return isinstance(given, str), "text"
