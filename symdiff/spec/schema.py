"""The table of keys goes in; the JSON Schema of model files (draft 2020-12), and the page that explains each key, come
out.
"""
import json
import textwrap

from ..models.network import LAYERS
from .keys import NAME, TABLES, VALUE, layer, setting

# letters, digits and _ of any alphabet, no digit first; no class of letters, which regular expressions differ in
PATTERN = r"^[^\s!-/:-@\[-^`{-~0-9][^\s!-/:-@\[-^`{-~]*$"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
WIDTH = 110


def schema():
    """The JSON Schema of model files, as a dict.

    >>> schema()["properties"]["loss"]["type"]
    ['string', 'number']
    """
    tables = {table: _object(table) for table in TABLES if table}
    top = {"$schema": DIALECT, "title": "a model of symdiff-compiler", **_object("")}
    top["anyOf"] = [{"required": [key]} for key in ("loss", "equations", "network")]
    return {**top, "$defs": {"value": VALUE, "layer": _layers(), **tables}}


def schema_text():
    """The same as text."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _object(table):
    """The schema of a table."""
    own = TABLES[table]
    found = {"type": "object"}
    if NAME in own:
        found["additionalProperties"] = _value(own[NAME])
        if table in ("data", "parameters", "equations"):
            found["propertyNames"] = {"pattern": PATTERN}
        return found
    return {**found, "properties": {name: _value(key) for name, key in own.items()}, "additionalProperties": False}


def _value(key):
    """The schema of a key's value."""
    return {"description": key.text, **_resolved(key.value)}


def _resolved(value):
    """A schema whose names of tables are references."""
    if isinstance(value, str):
        return {"$ref": f"#/$defs/{value}"}
    found = dict(value)
    if "anyOf" in found:
        found["anyOf"] = [_resolved(one) for one in found["anyOf"]]
    if isinstance(found.get("items"), str):
        found["items"] = _resolved(found["items"])
    return found


def _layers():
    """The schema of a layer: one of the kinds."""
    kinds = []
    for kind in LAYERS:
        first, settings = layer(kind)
        own = {kind: {"const": True} if first is None else setting(first)[1]}
        own |= {name: {"description": text, **value} for name, (text, value) in settings.items()}
        kinds.append({"type": "object", "description": LAYERS[kind].__doc__, "properties": own, "required": [kind],
                      "additionalProperties": False})
    return {"oneOf": kinds}


# -- the page ---------------------------------------------------------------------------------------------------------

HEADS = {"": "at the top, above the first table", "parameter": "a parameter's table", "penalty": "the table penalty",
         "arrays": "[table.arrays]", "maps": "[table.maps]", "one_hot": "[table.one_hot]",
         "dummies": "[table.dummies]"}


def page():
    """What each key of a model file is, as text: a table after the other, an example under each key."""
    lines = ["The keys of a model file", "========================", ""]
    for table, own in TABLES.items():
        lines += [HEADS.get(table, f"[{table}]"), "-"*len(HEADS.get(table, f"[{table}]"))]
        for name, key in own.items():
            lines += _paragraph(name, key.text, key.example)
        lines.append("")
    lines += ["a layer", "-------", "of = a name, of the layer or the data taken instead of the layer before, and "
              "name, of its equation, are keys of each"]
    for kind, made in LAYERS.items():
        first, settings = layer(kind)
        value = "true" if first is None else first
        further = "; ".join(f"{name}: {text}" for name, (text, _) in settings.items() if name not in ("of", "name"))
        text = " ".join((made.__doc__ or "").split()) + (f"  {further}." if further else "")
        lines += _paragraph(kind, text, f"{{{kind} = {value}}}")
    return "\n".join(lines) + "\n"


def _paragraph(name, text, example):
    """A key, what it is, and an example."""
    head = f"  {name:<15} "
    return [*textwrap.wrap(text, WIDTH, initial_indent=head, subsequent_indent=" "*len(head)),
            *([" "*len(head) + example] if not example.startswith("[") else [])]
