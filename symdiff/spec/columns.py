"""The table [table] of a model file goes in; Columns, how a table of rows becomes the model's arrays, come out."""
import math
from dataclasses import dataclass, field

from ..errors import NameClash, nearest
from ..language.core import sizes_of
from . import numbers
from .keys import keys

KEYS = keys("table")
POLICIES = ("refuse", "drop", "mean")
MISSING_WORDS = ("", "NA", "N/A", "nan", "NaN", "?")
EVERY, SORTED = "*", "sorted"


@dataclass(frozen=True)
class Columns:
    """How the columns of a table become arrays.

    arrays         {name of data: one column, a vector; or a tuple of columns side by side, a matrix}
    maps           {column: {word: number}}
    one_hot        {column: its words, or "sorted": those in the table}; a column of 0 and 1 for each word
    dummies        the same without the first word, which is the base
    standardise    columns brought to mean 0 and variance 1, or True: all that hold numbers, but in single columns
    missing        "refuse", "drop" (the row) or "mean" (of the column)
    missing_words  what stands where a value is missing
    delimiter      between cells

    >>> Columns({"y": "height"}).arrays["y"]
    'height'
    """
    arrays: dict
    maps: dict = field(default_factory=dict)
    one_hot: dict = field(default_factory=dict)
    dummies: dict = field(default_factory=dict)
    standardise: tuple | bool = ()
    missing: str = "refuse"
    missing_words: tuple = MISSING_WORDS
    delimiter: str = ","


def columns(file, model):
    """The Columns that a model file describes, or None.  Raises SpecError, with the file, the line and the key."""
    if "table" not in file.tables:
        return None
    table = _sub(file, file.tables["table"])
    for key in table:
        if key not in KEYS:
            raise file.unknown(KEYS, "table", key)
    words = {kind: {column: _levels(file, kind, column, given) for column, given in _sub(file, table, kind).items()}
             for kind in ("one_hot", "dummies")}
    maps = {column: _map(file, column, given) for column, given in _sub(file, table, "maps").items()}
    _once(file, {"maps": maps, **words})
    arrays = _arrays(file, model, table, {*words["one_hot"], *words["dummies"]})
    standardise = table.get("standardise", ())
    if not isinstance(standardise, bool):
        standardise = _texts(file, standardise, "standardise")
        for column in standardise:
            if column in words["one_hot"] or column in words["dummies"]:
                raise file.error(f"{column[:80]!r} holds words, and words are not standardised.", "table",
                                 "standardise", do="leave it out here.")
    missing = table.get("missing", "refuse")
    if missing not in POLICIES:
        raise file.error("missing says what becomes of rows that lack a value.", "table", "missing",
                         known=", ".join(POLICIES), do=nearest(missing, POLICIES, 'write missing = "drop".'))
    delimiter = table.get("delimiter", ",")
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\n\r':
        raise file.error("delimiter is the one character between cells.", "table", "delimiter",
                         do='write delimiter = ";".')
    lacking = _texts(file, table.get("missing_words", list(MISSING_WORDS)), "missing_words")
    return Columns(arrays, maps, **words, standardise=standardise, missing=missing, missing_words=lacking,
                   delimiter=delimiter)


def _sub(file, table, *keys):
    """A table in [table]; an empty one where it is not there."""
    found = table.get(keys[0], {}) if keys else table
    if not isinstance(found, dict):
        raise file.error(f"{keys[-1] if keys else 'table'} is a table, and this is {numbers.kind(found)}.", "table",
                         *keys, do=f"write [{'.'.join(('table', *keys))}] on a line, and its entries below.")
    return found


def _texts(file, given, *keys):
    """A list of text, each once."""
    if not isinstance(given, (list, tuple)) or not all(isinstance(one, str) for one in given):
        raise file.error(f"{keys[-1]} is a list of text.", "table", *keys, do=f'write {keys[-1]} = ["Age", "Sex"].')
    twice = [one for k, one in enumerate(given) if one in given[:k]]
    if twice:
        raise file.error(f"{twice[0][:80]!r} stands here twice.", "table", *keys, kind=NameClash, do="write it once.")
    return tuple(given)


def _levels(file, kind, column, given):
    if given == SORTED:
        return SORTED
    words = _texts(file, given, kind, column)
    if len(words) < 2:
        raise file.error("fewer than two words tell nothing.", "table", kind, column,
                         do='write the words that the column holds, or "sorted".')
    return words


def _map(file, column, given):
    found = _sub(file, {column: given}, column) if isinstance(given, dict) else None
    if not found or not all(type(n) in (int, float) and math.isfinite(n) for n in found.values()):
        raise file.error("a map gives words their numbers.", "table", "maps", column,
                         do=f"write {column} = {{No = 0, Yes = 1}}.")
    return {word: float(n) for word, n in found.items()}


def _once(file, kinds):
    """Every column of words is read in one way."""
    seen = {}
    for kind, found in kinds.items():
        for column in found:
            if column in seen:
                raise file.error(f"{column[:80]!r} is in {seen[column]} and in {kind}.", "table", kind, column,
                                 kind=NameClash, do="leave it out in one of them.")
            seen[column] = kind


def _arrays(file, model, table, worded):
    """{name: column or columns}, of the number of axes that the model's data have."""
    known = {array.name: len(sizes_of(array)) for array in model.data}
    found = {}
    for name, given in _sub(file, table, "arrays").items():
        if name not in known:
            raise file.error(f"the model has no data {name[:80]!r}.", "table", "arrays", name, known=", ".join(known),
                             do=nearest(name, known, "name one of [data]."))
        single = isinstance(given, str)
        columns = (given,) if single else _texts(file, given, "arrays", name)
        if not columns or "" in columns:
            raise file.error(f"{name} is made of no column.", "table", "arrays", name, do="name its columns.")
        axes = 1 if single and given not in worded and given != EVERY else 2
        if known[name] != axes:
            what = "one column, a vector" if axes == 1 else "columns side by side, a matrix"
            do = f'write {name} = "column".' if known[name] == 1 else f'write {name} = ["column", "column"].'
            raise file.error(f"this is {what}, and {name} has {known[name]} axes.", "table", "arrays", name,
                             do=do if known[name] in (1, 2) else "give it by another way than a table.")
        found[name] = given if axes == 1 else columns
    if not found:
        raise file.error("no array is made of columns.", "table", do='write [table.arrays] and below it y = "column".')
    return found
