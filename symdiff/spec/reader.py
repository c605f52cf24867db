"""The tables of a model file go in; a Model comes out, or an error that names file, line and key."""
import math
import re
from contextlib import contextmanager

import numpy as np

from ..constraints import constraint, inside
from ..document.of_model import Model
from ..errors import ArgumentError, NameClash, SpecError, SymdiffError, nearest
from ..evaluate import bind_sizes
from ..formulas import read_length
from ..language.core import Array, sizes_of
from ..lengths import text
from ..models.initial import RULES
from ..modes import WORDS
from ..toml import Layers
from . import network, numbers
from .columns import columns
from .file import File
from .keys import keys
from .training import training

FORMAT = 1                                      # of the files that this program reads
KEYS = keys("")
ENTRIES, AXES = 2**36, 32                       # of one array

_NAME = re.compile(r"[^\W\d]\w*")


def load(path):
    """The Model that a TOML file describes.

    title, description   text
    loss                 a formula, or the name of an equation; where there is none, the equation called loss
    [data]               name = sizes: what is given
    [parameters]         name = sizes: what is to be found; or {sizes = [], constraint = "positive", start = 1}
    [equations]          name = "formula", in order; later formulas hold earlier names
    [network]            layers, input, output, target, penalty: see symdiff.spec.network
    [modes]              name = {dropout = 0.5}: a mask among the data that training draws, 1 - 0.5 in prediction;
                         name = {running_mean = 0.1} or {running_variance = 0.1}: an equation whose running value
                         training keeps for prediction (see symdiff.modes).  Those of [network] need no line
    [at]                 name = value: a point at which derivations are printed
    [table]              how the columns of a table of rows become arrays of data (see `columns`)
    [training]           settings of `train`: method, epochs, batch, rate, seed, …
    format               1, the version of these rules

    `symdiff new --keys` prints every key with its meaning and an example, `symdiff new --schema` a JSON Schema, by
    which editors complete and check; both come from the table that this reader goes by, symdiff.spec.keys.

    Sizes are a list of whole numbers and names, ["n", 3], or formulas of such, "2*n"; [] or "scalar" for one number.
    Values are numbers, exact ones as text, "1/3", "pi", or lists (of lists) of them.  Where [data] or [parameters] is
    left out, the names that nothing else declares are scalar inputs.  Names are letters, digits and _; those with
    letters beyond ASCII stand in quotes, as TOML has it.  Formulas are read by `parse`; nothing is ever executed.

    Raises SpecError, and the errors of Model, with the file, the line and the key.
    """
    file = File(path)
    for key in file.tables:
        if key not in KEYS:
            raise file.unknown(KEYS, key)
    _check_format(file)
    words = {key: _text(file, key) for key in ("title", "description")}
    declared = {table: _arrays(file, table) if table in file.tables else None for table in ("data", "parameters")}
    twice = [name for name in declared["data"] or () if name in (declared["parameters"] or ())]
    if twice:
        raise file.error(f"{twice[0]} is a parameter and also data.", "parameters", twice[0], kind=NameClash,
                         do="leave it out in one of them.")
    equations = {_name(file, "equations", name): _formula(file, formula, "equations", name)
                 for name, formula in _table(file, "equations").items()}
    own = {*equations, *(name for arrays in declared.values() for name in arrays or ())}
    equations, loss, modes = _with_network(file, declared, equations)
    modes |= _modes(file)
    with _placed(file):
        model = Model(equations, loss, **words,
                      **{table: arrays and list(arrays.values()) for table, arrays in declared.items()})
    model.constraints, model.start = _wishes(file, model)
    for name, mode in modes.items():
        with _placed(file, "modes", name):
            model.modes |= {name: mode}
    if "network" in file.tables:
        made = {array.name for array in (*model.parameters, *model.data, *(name for name, _ in model.equations))} - own
        by_output = "output" in file.tables["network"]
        kept = {name: mode for name, mode in model.modes.items() if name in made}
        model.layers = Layers(file.tables["network"], frozenset(made), kept, model.loss if by_output else None)
    model.at = _point(file, model)
    model.columns, model.training = columns(file, model), training(file, model)
    return model


def _with_network(file, declared, equations):
    """(the equations, with those of the network behind what it takes; the loss; the modes); it adds to what is
    declared."""
    if "network" not in file.tables:
        return equations, _loss(file, equations), {}
    built, rest = network.build(file, _table(file, "network"), declared, equations)
    for array, _ in built.equations:
        _name(file, "network", array.name)
    for key, arrays in (("parameters", built.parameters), ("data", built.given)):
        for array in arrays:
            known = declared[key] = declared[key] or {}
            if known.setdefault(array.name, array) is not array:
                raise file.error(f"{array.name} is declared, and the network makes it, too.", key, array.name,
                                 kind=NameClash, do="give one of them another name.")
    if built.loss is None:
        return rest, _loss(file, dict(rest)), built.modes
    if "loss" in file.tables or "loss" in equations:
        raise file.error("the loss is given twice: by the network's output, and here.",
                         *(("loss",) if "loss" in file.tables else ("equations", "loss")), kind=NameClash,
                         do="leave out the output, or this.")
    return rest, built.loss, built.modes


def _modes(file):
    """{name: mode} of the table [modes]."""
    found = {}
    for name, given in _table(file, "modes").items():
        if not isinstance(given, dict) or len(given) != 1 or next(iter(given)) not in keys("mode"):
            word = next(iter(given)) if isinstance(given, dict) and given else ""
            raise file.error("a mode is a table with one key.", "modes", name, known=", ".join(keys("mode")),
                             do=nearest(word, keys("mode"), f"write {name} = {{dropout = 0.5}}."))
        (kind, number), = given.items()
        with _placed(file, "modes", name):
            found[name] = WORDS[kind](number)
    return found


def _loss(file, equations):
    """The formula of the loss, or the name of the equation that is it; None where neither is there."""
    if "loss" not in file.tables:
        if not equations:
            raise file.error("there is no model in this file.", do='write loss = "..." or a table [equations].')
        return "loss" if "loss" in equations else None
    if "loss" in equations:
        raise file.error("the loss is given twice: here and as an equation.", "loss", do="leave one of them out.",
                         kind=NameClash)
    return _formula(file, file.tables["loss"], "loss")


def _check_format(file):
    found = file.tables.get("format", FORMAT)
    if type(found) is not int or found < 1:
        raise file.error("format is the version of the rules of this file, a whole number.", "format",
                         do=f"write format = {FORMAT}.")
    if found > FORMAT:
        raise file.error(f"this file has format {found}, and this program reads up to {FORMAT}.", "format",
                         do="use a newer symdiff-compiler.")


def _table(file, key):
    found = file.tables.get(key, {})
    if not isinstance(found, dict):
        raise file.error(f"{key} is a table, and this is {numbers.kind(found)}.", key,
                         do=f"write [{key}] on a line, and its entries below.")
    return found


def _text(file, key):
    found = file.tables.get(key)
    if found is not None and not isinstance(found, str):
        raise file.error(f"{key} is text, and this is {numbers.kind(found)}.", key, do=f'write {key} = "...".')
    return found


def _name(file, table, name):
    """A name that formulas can hold."""
    if not _NAME.fullmatch(name):
        raise file.error(f"{name[:80]!r} is no name that a formula can hold.", table, name,
                         do="use letters, digits and _, with a letter or _ first.")
    return name


def _formula(file, given, *keys):
    """A formula as text; a number is one."""
    if isinstance(given, (int, float)) and not isinstance(given, bool) and math.isfinite(given):
        return repr(given)
    if not isinstance(given, str):
        raise file.error(f"a formula is text, and this is {numbers.kind(given)}.", *keys,
                         do=f'write {keys[-1]} = "tanh(X @ w)".')
    return given


def _arrays(file, table):
    """{name: array} of [data] or [parameters]."""
    found = {}
    for name, sizes in _table(file, table).items():
        place = (table, _name(file, table, name))
        if table == "parameters" and isinstance(sizes, dict):
            for key in sizes:
                if key not in keys("parameter"):
                    raise file.unknown(keys("parameter"), *place, key)
            place, sizes = (*place, "sizes"), sizes.get("sizes", [])
        found[name] = _array(file, place, name, sizes)
    return found


def _wishes(file, model):
    """({name: Constraint}, {name: start}) of the parameters that are tables."""
    arrays, kinds, starts = {array.name: array for array in model.parameters}, {}, {}
    for name, given in _table(file, "parameters").items():
        given = given if isinstance(given, dict) else {}
        if "constraint" in given:
            with _placed(file, "parameters", name, "constraint"):
                kinds[name] = constraint(given["constraint"])
                kinds[name].check(name, sizes_of(arrays[name]))
        if "start" in given:
            with _placed(file, "parameters", name, "start"):
                starts[name] = _start(name, given["start"], sizes_of(arrays[name]), kinds.get(name))
    return kinds, starts


def _start(name, given, sizes, kind):
    """Where a parameter starts: a number, an array or a rule."""
    if isinstance(given, str) and re.fullmatch(r"[a-z_]+", given) and given not in ("pi", "e"):
        if given not in RULES:
            raise SpecError(f"no rule is called {given[:80]!r}.", known=", ".join(RULES),
                            do=nearest(given, RULES, "use one of these names, or a number."))
        return given
    value = numbers.value(given)
    shape = getattr(value, "shape", ())
    if shape and len(shape) != len(sizes):
        raise SpecError(f"{name} has {len(sizes)} axes, and its start has {len(shape)}.",
                        do="give a number for all entries, or a list inside a list for each further axis.")
    for length, count in zip(sizes, shape):
        if type(length) is int and length != count:
            raise SpecError(f"{name} is {text(sizes)}, and its start {shape}.", do="give as many numbers.")
    if kind is not None and (shape or kind.entrywise):
        inside(name, kind, np.asarray(value, float))
    return value


def _array(file, place, name, given):
    """The array of a name, from its sizes."""
    if given == "scalar":
        given = []
    if not isinstance(given, list):
        do = f'write {name} = ["n", 3], or {name} = [] for one number.'
        if name in KEYS:
            do = f"{name} stands at the top, above the first [table]; {do}"
        raise file.error(f"sizes are a list, and this is {numbers.kind(given)}.", *place, do=do)
    if len(given) > AXES:
        raise file.error(f"{len(given)} axes; at most {AXES} are known.", *place, do="reshape it.")
    with _placed(file, *place):
        sizes = [read_length(_length(length)) for length in given]
        if math.prod(length for length in sizes if type(length) is int) > ENTRIES:
            raise SpecError(f"an array of more than {ENTRIES} entries.", do="give smaller sizes, or a name.")
        return Array(name, *sizes)


def _length(given):
    """The text of a length."""
    if type(given) is int:
        return str(given) if abs(given) <= ENTRIES else str(ENTRIES + 1)
    if not isinstance(given, str):
        this = repr(given) if type(given) is float else numbers.kind(given)
        raise SpecError(f"the length of an axis is a whole number or a name, and this is {this}.",
                        do='write 3 or "n".')
    return given


def _point(file, model):
    """The values of [at], whose sizes must be those of the model's inputs."""
    inputs = {array.name: array for array in (*model.parameters, *model.data)}
    point = {}
    for name, given in _table(file, "at").items():
        if name not in inputs:
            raise file.error(f"the model has no input {name[:80]!r}.", "at", name, known=", ".join(list(inputs)[:20]),
                             do=nearest(name, inputs, "leave it out."))
        with _placed(file, "at", name):
            point[name] = numbers.value(given)
            if name in model.constraints:
                inside(name, model.constraints[name], np.asarray(point[name], float))
    shapes = {name: (sizes_of(inputs[name]), getattr(value, "shape", ())) for name, value in point.items()}
    for name, (sizes, shape) in shapes.items():
        if len(sizes) != len(shape):
            raise file.error(f"{name} has {len(sizes)} axes, and its value has {len(shape)}.", "at", name,
                             do="give a number for a scalar, and a list inside a list for each further axis.")
    with _placed(file, "at"):
        if len(point) == len(inputs):
            bind_sizes(shapes)
    return point


@contextmanager
def _placed(file, *keys):
    """Errors from within get the place in the file: of these keys, or of the equation that the error names."""
    try:
        yield
    except SymdiffError as error:
        place = keys or _keys_of(file, error.equation)
        kind = SpecError if type(error) is ArgumentError else type(error)
        raise file.error(error.what, *place, where=error.where, known=error.known, do=error.do, kind=kind) from None


def _keys_of(file, name):
    """The keys of an equation, or of another name of the model."""
    if name is None or name == "loss" and "loss" in file.tables:
        return ("loss",) if name else ()
    return next(((table, name) for table in ("equations", "parameters", "data")
                 if name in file.tables.get(table, {})), ())
