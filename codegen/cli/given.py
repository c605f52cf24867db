"""The path of a model, tables and values for it go in; the Model, and values by name, come out: what commands share."""
import json
import math

import numpy as np

from symdiff.errors import ArgumentError
from symdiff.evaluate import bind_sizes
from symdiff.language.core import sizes_of
from symdiff.lengths import bind, symbols
from symdiff.modes import Mask

from ..check import at_rest
from .point import fitted, point

SEED = 0


def add_values(parser, model=True):
    """The arguments that give values."""
    if model:
        parser.add_argument("model", metavar="MODEL.toml", help="a model file (symdiff new writes one)")
    parser.add_argument("--data", metavar="FILE.csv", help="a table of rows, read as the model's [table] says")
    parser.add_argument("--at", metavar="NAME=VALUE,...", action="append", default=[],
                        help="values by name: b=0.5, w=[1,2], X=@X.npy")


def model_of(path):
    """The Model in a file.  Raises SpecError."""
    from symdiff.spec import load
    return load(path)


def table_of(model, path, learned=None, only=None):
    """The Data that a table gives a model.  Raises SpecError, ArgumentError."""
    from ..data import arrays_of, read_table
    if model.columns is None:
        raise ArgumentError("this model does not say how the columns of a table become its data.",
                            do='write [table.arrays] in the model file, and below it X = ["Age", "Sex"], y = "label".')
    return arrays_of(model.columns, read_table(path, model.columns.delimiter), learned, only)


def values_of(model, given):
    """({name: value} by [at], then --data, then --at; the Data or None)."""
    at, table = fitted(point(given.at), model), None
    inputs = {array.name for array in (*model.parameters, *model.data)}
    unknown = [name for name in at if name not in inputs]
    if unknown:
        raise ArgumentError(f"the model has no input {unknown[0][:80]!r}.", known=", ".join(sorted(inputs)),
                            do="give values to its inputs.")
    values = fitted(model.at, model)
    if given.data is not None:
        table = table_of(model, given.data)
        values = {**_of_their_sizes(model, values, table.arrays), **table.arrays}
    return {**values, **at}, table


def _of_their_sizes(model, at, arrays):
    """The values of [at] whose sizes are those that the table tells."""
    kept = dict(arrays)
    inputs = {array.name: array for array in (*model.parameters, *model.data)}
    for name in at:
        if name not in kept:
            shapes = {n: (sizes_of(inputs[n]), np.shape(v)) for n, v in {**kept, name: at[name]}.items()}
            try:
                bind_sizes(shapes)
            except ValueError:
                continue
            kept[name] = at[name]
    return {name: value for name, value in at.items() if name in kept}


def completed(model, values):
    """(the values with random ones for parameters that have none, the names of these); masks that training draws are at
    rest."""
    missing = [array.name for array in model.data if array.name not in values
               and not isinstance(model.modes.get(array.name), Mask)]
    if missing:
        raise ArgumentError(f"no value for {', '.join(missing[:12])}.",
                            do="give a table by --data, values by --at, or a point in the model's [at].")
    arrays = {array.name: array for array in (*model.parameters, *model.data)}
    known = bind_sizes({name: (sizes_of(arrays[name]), np.shape(value)) for name, value in values.items()})
    draws, drawn = np.random.default_rng(SEED), [a for a in model.parameters if a.name not in values]
    for array in drawn:
        unknown = [str(s) for s in symbols(sizes_of(array)) if s not in known]
        if unknown:
            raise ArgumentError(f"no value tells the size {unknown[0]} of {array.name}.",
                                do=f"give {array.name} a value by --at.")
        values = {**values, array.name: _drawn(model, array, [int(bind(n, known)) for n in sizes_of(array)], draws)}
    return {**values, **at_rest(model, values)}, [array.name for array in drawn]


def _drawn(model, array, shape, draws):
    """Random numbers of this shape, which keep to the parameter's constraint: then its free numbers are drawn."""
    from ..train.coordinates import Coordinates

    kind = model.constraints.get(array.name)
    if kind is None:
        return draws.uniform(0.1, 0.9, shape)
    free = Coordinates(model).free[array.name]
    return Coordinates(model).opened({free: draws.uniform(0.1, 0.9, kind.free(tuple(shape)))})[array.name]


def jsonable(value):
    """A value as JSON has it: arrays as lists, numbers that are none as null."""
    if isinstance(value, dict):
        return {str(key): jsonable(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [jsonable(one) for one in value] if np.ndim(value) or isinstance(value, (list, tuple)) else \
            jsonable(value.item())
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def json_text(value):
    """The text of a value as JSON."""
    return json.dumps(jsonable(value), indent=1, ensure_ascii=False, allow_nan=False)
