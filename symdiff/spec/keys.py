"""Every key of a model file: what it is and what its value may be; the reader, the JSON Schema and the page follow.

A key stands in exactly one table here.  A table whose keys are names of the user's own has one entry, `NAME`.
"""
import dataclasses
from dataclasses import dataclass

from ..constraints import NAMES
from ..models.initial import RULES
from ..models.losses import PENALTIES
from ..models.network import COUNTED, LAYERS, OUTPUTS

NAME = "NAME"                                   # stands for every name of the user's own
SWITCHES = ("layer_norm", "batch_norm", "flatten")              # layers without a first setting
TEXT, NUMBER, WHOLE, SWITCH = ({"type": kind} for kind in ("string", "number", "integer", "boolean"))
COUNT, SIZE = {"type": "integer", "minimum": 1}, {"type": "number", "minimum": 0}
PART = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}
FORMULA = {"type": ["string", "number"]}
WORDS = {"type": "array", "items": TEXT, "uniqueItems": True}
LEVELS = {"anyOf": [{"const": "sorted"}, {**WORDS, "minItems": 2}]}
SIZES = {"anyOf": [{"const": "scalar"},
                   {"type": "array", "maxItems": 32, "items": {"anyOf": [{"type": "integer", "minimum": 0}, TEXT]}}]}
VALUE = {"anyOf": [NUMBER, TEXT, {"type": "array", "items": {"$ref": "#/$defs/value"}}]}
WEIGHT = {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
METHODS = ("auto", "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "gd", "gradient-descent",
           "gradient descent", "L-BFGS-B", "lbfgs", "L-BFGS", "BFGS", "CG", "TNC", "SLSQP", "Newton-CG", "trust-ncg",
           "trust-krylov", "trust-exact", "newton", "dogleg", "trust-constr", "lm", "levenberg-marquardt",
           "gauss-newton", "trf", "dogbox")
SCHEDULES = {"constant": (), "step": ("every", "factor"), "cosine": ("end",), "1/t": ("half",)}
ENDS = {"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2}
COLUMNS = {"anyOf": [TEXT, {**WORDS, "minItems": 1}]}


@dataclass(frozen=True)
class Key:
    """A key: what it is, the schema of its value or the name of its table here, and an example of a line with it."""
    text: str
    value: object
    example: str


TABLES = {
    "": {
        "title": Key("what the model is called", TEXT, 'title = "Chance of passing"'),
        "description": Key("what there is to say of it", TEXT, 'description = "..."'),
        "format": Key("the version of these rules; 1 is the only one", {"const": 1}, "format = 1"),
        "loss": Key("a formula, or the name of an equation; without it the equation called loss, or what [network] "
                    "gives", FORMULA, 'loss = "mean((y - f)**2)"'),
        "data": Key("what is given; left out, every name that nothing declares is a scalar among the data", "data",
                    "[data]"),
        "parameters": Key("what is to be found", "parameters", "[parameters]"),
        "equations": Key("formulas in order, in the words of NumPy", "equations", "[equations]"),
        "network": Key("a network as a list of layers", "network", "[network]"),
        "modes": Key("data that training draws, and equations whose running value it keeps; those of [network] need no "
                     "line", "modes", "[modes]"),
        "at": Key("a point: the numbers of derive, check and bench, and where fit starts what has no start", "at",
                  "[at]"),
        "table": Key("how the columns of a CSV file become arrays of the data", "table", "[table]"),
        "training": Key("settings of fit and train; those of the command stand above them", "training", "[training]"),
    },
    "data": {NAME: Key('sizes: whole numbers, names, or formulas of such, "2*n"; [] or "scalar" for one number', SIZES,
                       'X = ["n", 3]')},
    "parameters": {NAME: Key("sizes; or a table of sizes, constraint and start", {"anyOf": [SIZES, "parameter"]},
                             'w = ["d"]')},
    "parameter": {
        "sizes": Key("as in [data]; left out, one number", SIZES, "sigma = {sizes = []}"),
        "constraint": Key("what training keeps it to: " + ", ".join(NAMES) + ", or two ends, of which one may be inf",
                          {"anyOf": [{"enum": list(NAMES)}, ENDS]}, 'sigma = {constraint = "positive"}'),
        "start": Key("where training starts: a number for all entries, a list, or a rule: " + ", ".join(RULES), VALUE,
                     "sigma = {start = 2.5}"),
    },
    "equations": {NAME: Key("a formula, which may hold the names above it", FORMULA, 'h = "tanh(X @ W + b)"')},
    "modes": {NAME: Key("what training does with a name: a table of one key", "mode", "mask = {dropout = 0.5}")},
    "mode": {
        "dropout": Key("a mask among the data, 0 with this chance, else 1; 1 less this in prediction",
                       {"type": "number", "minimum": 0, "exclusiveMaximum": 1}, "dropout = 0.5"),
        "running_mean": Key("an equation, whose running mean is kept; the weight of the newest batch", WEIGHT,
                            "running_mean = 0.1"),
        "running_variance": Key("the same of a mean of squares", WEIGHT, "running_variance = 0.1"),
    },
    "at": {NAME: Key('a number, exact as text ("1/3", "pi"), or lists of them', VALUE, 'w = [0.5, "1/3"]')},
    "network": {
        "layers": Key("a list of tables, one layer each, in order", {"type": "array", "minItems": 1, "items": "layer"},
                      "layers = [{dense = 16, activation = \"tanh\"}, {dense = 1}]"),
        "input": Key('the name of data, or of an equation, that the first layer takes: "X" unless said', TEXT,
                     'input = "X"'),
        "output": Key("the distribution of the target given the last layer z; the loss is its negative log-likelihood "
                      "per row: " + ", ".join(OUTPUTS) + '; or {ordinal = 4}, with the number of classes',
                      {"anyOf": [{"enum": list(OUTPUTS)}, "output"]}, 'output = "bernoulli"'),
        "target": Key('the observations: "y" unless said; they need no line in [data]', TEXT, 'target = "y"'),
        "penalty": Key("added to the loss: a number, for l2, or a table of " + ", ".join(PENALTIES),
                       {"anyOf": [NUMBER, "penalty"]}, "penalty = {l2 = 0.01}"),
    },
    "output": {name: Key("the number of classes, 0, 1, …, in order", {**COUNT, "minimum": 2}, f"{name} = 4")
               for name in COUNTED},
    "penalty": {name: Key("its strength", NUMBER, f"{name} = 0.01") for name in PENALTIES},
    "table": {
        "arrays": Key("which columns make which array", "arrays", "[table.arrays]"),
        "maps": Key("numbers for the words of a column", "maps", "[table.maps]"),
        "one_hot": Key("columns of words that become a column of 0 and 1 for each word", "one_hot", "[table.one_hot]"),
        "dummies": Key("the same without the first word, the base", "dummies", "[table.dummies]"),
        "standardise": Key("columns brought to mean 0 and variance 1, by the rows fitted to; true: all that hold "
                           "numbers, but those that are an array by themselves", {"anyOf": [SWITCH, WORDS]},
                           'standardise = ["hours"]'),
        "missing": Key('what becomes of missing values: "refuse" (unless said), "drop" the row, "mean" of the column',
                       {"enum": ["refuse", "drop", "mean"]}, 'missing = "drop"'),
        "missing_words": Key("what stands where a value is missing", WORDS, 'missing_words = ["", "NA"]'),
        "delimiter": Key('between cells: "," unless said', {**TEXT, "minLength": 1, "maxLength": 1}, 'delimiter = ";"'),
    },
    "arrays": {NAME: Key('one column, a vector; or a list, a matrix of them side by side; "*" for all that are left',
                         COLUMNS, 'X = ["hours", "sleep"]')},
    "maps": {NAME: Key("a number for each word", {"type": "object", "minProperties": 1, "additionalProperties": NUMBER},
                       "passed = {no = 0, yes = 1}")},
    "one_hot": {NAME: Key('the words, or "sorted": those in the table', LEVELS, 'course = ["day", "evening"]')},
    "dummies": {NAME: Key('the words, or "sorted": those in the table', LEVELS, 'course = "sorted"')},
    "training": {
        "method": Key("how the loss is made small: " + ", ".join(METHODS), TEXT, 'method = "adam"'),
        "epochs": Key("passes over the rows, or iterations", COUNT, "epochs = 200"),
        "batch": Key("rows of a step", COUNT, "batch = 32"),
        "patience": Key("epochs without a lower validation loss until it ends", COUNT, "patience = 20"),
        "starts": Key("how many; the best is kept", COUNT, "starts = 5"),
        "seed": Key("of order, validation rows and starts", {**WHOLE, "minimum": 0}, "seed = 1"),
        "rate": Key("the learning rate", SIZE, "rate = 0.01"),
        "warmup": Key("epochs in which the rate grows", SIZE, "warmup = 5"),
        "momentum": Key("how much of the last step is kept by momentum and nesterov", SIZE, "momentum = 0.9"),
        "betas": Key("how much adam and adamw keep of the mean and of the square of earlier gradients; rmsprop of the "
                     "square", {**ENDS, "items": {**SIZE, "exclusiveMaximum": 1}}, "betas = [0.9, 0.999]"),
        "epsilon": Key("what the root of adagrad, rmsprop and adam has added", SIZE, "epsilon = 1e-8"),
        "weight_decay": Key("how strongly parameters are drawn to 0; or a table of parameters and numbers",
                            {"anyOf": [SIZE, {"type": "object", "additionalProperties": SIZE}]}, "weight_decay = 0.01"),
        "clip_norm": Key("the longest gradient", SIZE, "clip_norm = 1.0"),
        "clip_value": Key("the largest entry of a gradient", SIZE, "clip_value = 1.0"),
        "validation": Key("the part of the rows that is set aside", PART, "validation = 0.2"),
        "tolerance": Key("it ends when the loss changes by less than this part", SIZE, "tolerance = 1e-6"),
        "spread": Key("how far apart starts lie", SIZE, "spread = 1.0"),
        "schedule": Key("of the rate: a name, or a table with its numbers: constant; step (every, factor); cosine "
                        "(end); 1/t (half)", {"anyOf": [{"enum": list(SCHEDULES)}, "schedule"]},
                        'schedule = {name = "step", every = 10, factor = 0.5}'),
        "shuffle": Key("are the rows put in another order each epoch?", SWITCH, "shuffle = false"),
        "rows": Key("the name of the size that counts the rows, where the data do not tell", TEXT, 'rows = "n"'),
        "residuals": Key("for least squares: the formula, or the name of the equation, whose squares the loss adds up",
                         TEXT, 'residuals = "y - f"'),
        "scale": Key('what makes the loss the negative log-likelihood: "mean", "sum" or a number',
                     {"anyOf": [{"enum": ["mean", "sum"]}, {"type": "number", "exclusiveMinimum": 0}]},
                     'scale = "mean"'),
        "jacobian": Key("true: log |det J| of the constraints is taken from the loss, a negative log density; or the "
                        "number that makes it one", {"anyOf": [SWITCH, {"type": "number", "exclusiveMinimum": 0}]},
                        "jacobian = true"),
    },
    "schedule": {
        "name": Key("constant, step, cosine or 1/t", {"enum": list(SCHEDULES)}, 'name = "step"'),
        "every": Key("of step: after so many epochs the rate is multiplied (10)", SIZE, "every = 10"),
        "factor": Key("of step: by this (0.5)", SIZE, "factor = 0.5"),
        "end": Key("of cosine: the part of the rate at the end (0)", SIZE, "end = 0.1"),
        "half": Key("of 1/t: the rate is a half after so many epochs (10)", SIZE, "half = 10"),
    },
}
_POSITIVE = {"units", "pieces", "filters", "words", "size"}
_SETTINGS = {                                   # of layers, by their name: (what it is, its schema)
    "activation": ("a function of symdiff.models.activations", TEXT),
    "bias": ("true unless said", SWITCH), "of": ("what it takes instead of the layer before", TEXT),
    "name": ("of its equation: h1, h2, … unless said", TEXT),
    "stride": ("steps between windows", {"anyOf": [COUNT, {"type": "array", "items": COUNT}]}),
    "width": ("of its windows", {"anyOf": [COUNT, {"type": "array", "items": COUNT}]}),
    "padding": ('zeros around, a number or "same"', {"anyOf": [WHOLE, TEXT, {"type": "array"}]}),
    "sequences": ("all states instead of the last one", SWITCH),
    "to": ("the name of an earlier layer, or of data", {"anyOf": [TEXT, WORDS]}),
    "momentum": ("the weight of the newest batch in what is kept for prediction", WEIGHT),
    "rate": ("the chance that an entry is dropped", NUMBER), "epsilon": ("added to the variance", NUMBER),
}


def keys(table):
    """The keys of a table, in order."""
    return tuple(TABLES[table])


def layer(kind):
    """(the first setting of a kind of layer or None, {further setting: (what it is, its schema)})."""
    names = [field.name for field in dataclasses.fields(LAYERS[kind])]
    first = None if kind in SWITCHES else names.pop(0)
    return first, {name: setting(name) for name in names}


def setting(name):
    """(what a setting of layers is, its schema)."""
    return _SETTINGS.get(name) or ("a whole number" if name in _POSITIVE else "", COUNT if name in _POSITIVE else {})
