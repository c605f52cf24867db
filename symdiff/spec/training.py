"""The table [training] of a model file goes in; the settings of a training, by name, come out."""
from ..errors import nearest
from . import numbers
from .keys import METHODS, SCHEDULES, TABLES, keys

KEYS = keys("training")


def training(file, model):
    """{setting: value} as `train` and `fit` take them.  Raises SpecError, with the file, the line and the key."""
    found = file.tables.get("training", {})
    if not isinstance(found, dict):
        raise file.error(f"training is a table, and this is {numbers.kind(found)}.", "training",
                         do="write [training] on a line, and its entries below.")
    for key, given in found.items():
        if key not in KEYS:
            raise file.unknown(KEYS, "training", key)
        form = TABLES["training"][key].value
        if key not in _OWN and not fits(form, given):
            raise file.error(f"{key} is {wanted(form)}, and this is {_shown(given)}.", "training", key,
                             do=f"write {TABLES['training'][key].example}, or leave it out.")
        if key in _OWN:
            _OWN[key](file, model, given)
    return dict(found)


def fits(form, given):
    """Is a value of the form that the schema has?"""
    if "anyOf" in form:
        return any(fits(one, given) for one in form["anyOf"])
    if "enum" in form:
        return isinstance(given, str) and given in form["enum"]
    if form["type"] == "boolean":
        return isinstance(given, bool)
    if form["type"] == "string":
        return isinstance(given, str)
    if form["type"] == "array":
        return (isinstance(given, list) and form["minItems"] <= len(given) <= form["maxItems"]
                and all(fits(form["items"], one) for one in given))
    whole = form["type"] == "integer"
    if type(given) is not int and (whole or type(given) is not float):
        return False
    if not abs(given) < (2**53 if whole else 2**1000):                  # nan and inf are not below it
        return False
    low, above, below = (form.get(key) for key in ("minimum", "exclusiveMinimum", "exclusiveMaximum"))
    return ((low is None or given >= low) and (above is None or given > above) and (below is None or given < below))


def wanted(form):
    """The form in words."""
    if "anyOf" in form:
        return " or ".join(map(wanted, form["anyOf"]))
    if "enum" in form:
        return ", ".join(f'"{word}"' for word in form["enum"])
    if form["type"] == "array":
        return f"two numbers{_range(form['items'])}"
    words = {"boolean": "true or false", "string": "text", "integer": "a whole number", "number": "a number"}
    return words[form["type"]] + _range(form)


def _range(form):
    low, above, below = (form.get(key) for key in ("minimum", "exclusiveMinimum", "exclusiveMaximum"))
    parts = [f"from {low} on" if low is not None else "", f"above {above}" if above is not None else "",
             f"below {below}" if below is not None else ""]
    return "".join(f" {part}" if k == 0 or not parts[k - 1] else f" and {part}" for k, part in enumerate(parts) if part)


def _shown(given):
    """A value of the file, in words."""
    plain = isinstance(given, (int, float, str)) and not isinstance(given, bool)
    return repr(given)[:60] if plain else numbers.kind(given)


def _method(file, model, given):
    if not isinstance(given, str):
        raise file.error(f"method is text, and this is {numbers.kind(given)}.", "training", "method",
                         do='write method = "adam".')
    if given.lower() not in [name.lower() for name in METHODS]:
        raise _none(file, f"{given[:80]!r} is no method of training", METHODS, given, "training", "method")


def _schedule(file, model, given):
    """A name, or a table of a name and its numbers."""
    table = given if isinstance(given, dict) else {"name": given}
    name = table.get("name")
    if name not in SCHEDULES:
        what = f"{name[:80]!r} is no schedule of the rate" if isinstance(name, str) else \
            "a schedule is a name, or a table with a name"
        raise _none(file, what, SCHEDULES, name, "training", "schedule")
    for key, value in table.items():
        if key == "name":
            continue
        if key not in SCHEDULES[name]:
            raise _none(file, f"the schedule {name} has no key {key[:80]!r}", SCHEDULES[name], key, "training",
                        "schedule", key)
        form = TABLES["schedule"][key].value
        if not fits(form, value):
            raise file.error(f"{key} is {wanted(form)}, and this is {_shown(value)}.", "training", "schedule", key,
                             do=f"write {TABLES['schedule'][key].example}.")


def _decay(file, model, given):
    """A number, or numbers of parameters by name."""
    form = TABLES["training"]["weight_decay"].value["anyOf"][0]
    names = [array.name for array in model.parameters]
    for key, value in (given if isinstance(given, dict) else {None: given}).items():
        place = ("training", "weight_decay", *([key] if key is not None else []))
        if key is not None and key not in names:
            raise _none(file, f"the model has no parameter {key[:80]!r}", names, key, *place)
        if not fits(form, value):
            raise file.error(f"weight_decay is {wanted(form)}, and this is {_shown(value)}.", *place,
                             do="write weight_decay = 0.01.")


def _none(file, what, known, given, *place):
    """The error for a word that is none of those known."""
    return file.error(f"{what}.", *place, known=", ".join(known) or "none",
                      do=nearest(given, known, "use one of those known, or leave it out."))


_OWN = {"method": _method, "schedule": _schedule, "weight_decay": _decay}
