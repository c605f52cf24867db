"""The table [network] of a model file goes in; the network comes out, with the equations of the file around.

    [network]
    layers = [{dense = 16, activation = "tanh"}, {dense = 16, activation = "tanh"}, {skip = "h1"}, {dense = 1}]
    output = "bernoulli"

    layers    a list of tables.  A layer's kind is a key, with its first setting; further keys are further settings:
                  {dense = units}          activation = "tanh", bias = true
                  {maxout = units}         pieces = 2
                  {skip = "h1"}            adds an earlier layer or data, by a matrix where columns differ
                  {join = "h1"}            sets its columns, or those of a list of names, beside
                  {dropout = rate}         by the mask mask1, …, which training draws; it needs no data
                  {layer_norm = true}      epsilon = 1e-5
                  {batch_norm = true}      epsilon = 1e-5, momentum = 0.1: training keeps the running mean1 and var1, …
                  {convolution = filters}  width = 3, activation = "relu", stride = 1, padding = 0 or "same"
                  {max_pool = width}       stride = width
                  {mean_pool = width}      stride = width
                  {flatten = true}
                  {embedding = words}      size = 16
                  {recurrent = units}      activation = "tanh", sequences = false
                  {gru = units}            sequences = false
                  {lstm = units}           sequences = false
              and, of every kind: of = "h1", what it takes instead of the layer before, and name, of its equation.
              The last three go along the second axis of (rows, steps, channels), whose length may be a name; they give
              their last state, (rows, units), or with sequences = true all states, (rows, steps, units)
    input     the name of data, or of an equation, that the first layer takes: "X"
    output    a name of symdiff.models.network.OUTPUTS, bernoulli, gaussian, …, or {ordinal = 4}: then the last layer
              is z, the expected value the equation p or mu, and the loss follows; without it the file has its own loss
    target    the name of the observations: "y"; they need no line in [data]
    penalty   {l2 = 0.01}, of l1, l2, elastic_net; or a number, for l2

The layers' equations h1, h2, … stand behind that of the input; formulas of [equations] below may hold them.
"""
from ..errors import ArgumentError, SpecError, SymdiffError, nearest
from ..model import Model
from ..models.network import LAYERS, Building
from . import numbers
from .keys import keys, layer

KEYS = keys("network")


def build(file, table, declared, equations):
    """(the Building, [(name, formula)] of all equations).

    declared   {"data": {name: array} or None, "parameters": the same}
    equations  {name: formula as text}

    Raises SpecError, and the errors of networks, with the file, the line and the key.
    """
    for key in table:
        if key not in KEYS:
            raise file.unknown(KEYS, "network", key)
    layers = _layers(file, table)
    words = {key: _word(file, table, key, usual) for key, usual in (("input", "X"), ("target", "y"))}
    words["output"] = table["output"] if isinstance(table.get("output"), dict) else _word(file, table, "output", None)
    data = declared["data"] or {}
    before = _before(file, words["input"], data, equations)
    names = {**data, **_made(file, before, declared)}
    built = Building(names[words["input"]], names)
    try:
        built.add(layers, words["output"], data.get(words["target"], words["target"]), table.get("penalty"))
    except SymdiffError as error:
        key = next((key for key in ("output", "penalty") if key in error.what and key in table), "layers")
        raise file.error(error.what, "network", key, where=error.where, known=error.known, do=error.do,
                         kind=SpecError if type(error) is ArgumentError else type(error)) from None
    return built, [*before.items(), *built.equations,
                   *((name, formula) for name, formula in equations.items() if name not in before)]


def _before(file, name, data, equations):
    """The equations up to that of the input."""
    if name in data:
        return {}
    if name in equations:
        return {key: equations[key] for key in list(equations)[:list(equations).index(name) + 1]}
    known = [*data, *equations]
    raise file.error(f"the network's input {name[:80]} is neither data nor an equation.", "network",
                     *(["input"] if "input" in file.tables["network"] else []), known=", ".join(known),
                     do=nearest(name, known, f'write {name[:80]} = ["n", 13] in [data].'))


def _made(file, equations, declared):
    """{name: array} of these equations."""
    if not equations:
        return {}
    arrays = {key: list(table.values()) if table is not None else None for key, table in declared.items()}
    try:
        return {name.name: name for name, _ in Model(equations, None, **arrays).equations}
    except SymdiffError as error:
        raise file.error(error.what, "equations", error.equation or list(equations)[-1], where=error.where,
                         known=error.known, do=error.do,
                         kind=SpecError if type(error) is ArgumentError else type(error)) from None


def _word(file, table, key, usual):
    found = table.get(key, usual)
    if found is not None and not isinstance(found, str):
        raise file.error(f"{key} is a name, and this is {numbers.kind(found)}.", "network", key,
                         do=f'write {key} = "{usual or "bernoulli"}".')
    return found


def _layers(file, table):
    found = table.get("layers")
    if not isinstance(found, list) or not found:
        raise file.error("the layers of a network are a list of tables.", "network", *(["layers"]*("layers" in table)),
                         do='write layers = [{dense = 16, activation = "tanh"}, {dense = 1}].')
    return [_layer(file, number, given) for number, given in enumerate(found, 1)]


def _layer(file, number, given):
    """One layer of its table."""
    where = f"layer {number}: {str(given)[:120]}"
    if not isinstance(given, dict):
        raise file.error(f"a layer is a table, and this is {numbers.kind(given)}.", "network", "layers", where=where,
                         do="write {dense = 16}.")
    kinds = [key for key in given if key in LAYERS]
    if len(kinds) != 1:
        near = [told for key in given if (told := nearest(key, LAYERS, ""))]
        what = f"a layer has one kind, and here are {', '.join(kinds)}." if kinds else "this layer has no kind."
        raise file.error(what, "network", "layers", where=where, known=", ".join(LAYERS),
                         do=near[0] if near and not kinds else "write {dense = 16}.")
    kind, = kinds
    first, names = layer(kind)
    settings = {key: value for key, value in given.items() if key != kind}
    for key in settings:
        if key not in names:
            raise file.error(f"there is no key {key[:80]!r} in a layer {kind}.", "network", "layers", where=where,
                             known=", ".join(names), do=nearest(key, names, "leave it out."))
    if first is not None:
        settings[first] = given[kind]
    elif given[kind] is not True:
        raise file.error(f"{kind} has no number.", "network", "layers", where=where, do=f"write {{{kind} = true}}.")
    return LAYERS[kind](**settings)
