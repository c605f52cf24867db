"""Mistakes in model files: each is told with its line, its key, what was expected and the nearest known key; those of
form are refused by the JSON Schema, too."""
import tomllib

import pytest

import symdiff as sd
from symdiff.spec.schema import schema

BASE = """loss = "mean((y - X @ w - b)**2)"
[data]
X = ["n", "d"]
y = ["n"]
[parameters]
w = ["d"]
b = []
"""
TABLE = '[table.arrays]\nX = ["a", "b"]\ny = "c"\n'
LINES = BASE.count("\n")
NET = '[data]\nX = ["n", 2]\n[network]\nlayers = [{dense = 1}]\noutput = "gaussian"\n'
FORM, MEANING = True, False                     # is the mistake one of form, which the schema knows?


def after(text):
    """A file with more below the model; its lines begin with line 8."""
    return BASE + text


MISTAKES = [
    # the top
    ('los = "x"', 1, "los", ["no key 'los'", "did you mean `loss`?"], FORM),
    ('loss = "x"\ntitel = "t"', 2, "titel", ["did you mean `title`?"], FORM),
    ('loss = "x"\nPARAMETERS = {}', 2, "PARAMETERS", ["did you mean `parameters`?"], FORM),
    ('loss = "x"\n[model]\na = 1', 2, "model", ["no key 'model'", "known:"], FORM),
    ('loss = "x"\n[train]\nepochs = 3', 2, "train", ["no key 'train'", "training"], FORM),
    ('loss = "x"\ntitle = 3', 2, "title", ["title is text, and this is a number"], FORM),
    ('loss = "x"\ndescription = ["a"]', 2, "description", ["text", "a list"], FORM),
    ('loss = "x"\nformat = 2', 2, "format", ["format 2", "newer"], FORM),
    ('loss = "x"\nformat = "1"', 2, "format", ["whole number", "format = 1"], FORM),
    ('loss = true', 1, "loss", ["a formula is text, and this is a truth value"], FORM),
    ('loss = ["x"]', 1, "loss", ["this is a list"], FORM),
    ('loss = "x"\ndata = 3', 2, "data", ["data is a table, and this is a number", "write [data]"], FORM),
    ('loss = "x"\n[[parameters]]\nw = []', 2, "parameters", ["a table, and this is a list"], FORM),
    ('loss = "x"\nat = "x = 1"', 2, "at", ["at is a table, and this is text"], FORM),
    ('title = "nothing"', None, None, ["no model in this file", 'write loss = "..."'], FORM),
    # data and parameters
    ('loss = "x"\n[data]\nx = "n"', 3, "data.x", ["sizes are a list, and this is text", 'x = ["n", 3]'], FORM),
    ('loss = "x"\n[data]\nx = 3', 3, "data.x", ["sizes are a list, and this is a number"], FORM),
    ('loss = "x"\n[data]\nx = [-1]', 3, "data.x", ["no length"], FORM),
    ('loss = "x"\n[data]\nx = [1.5]', 3, "data.x", ["whole number or a name", "1.5"], FORM),
    ('loss = "x"\n[data]\nx = [true]', 3, "data.x", ["a truth value"], FORM),
    ('loss = "x"\n[data]\nx = [["n"]]', 3, "data.x", ["this is a list"], FORM),
    ('loss = "x"\n[data]\nx = ["n-"]', 3, "data.x", ["operand"], MEANING),
    ('loss = "x"\n[data]\nx = {sizes = []}', 3, "data.x", ["sizes are a list, and this is a table"], FORM),
    ('loss = "x"\n[data]\n"a b" = []', 3, "data.a b", ["no name that a formula can hold", "letters"], FORM),
    ('loss = "x"\n[data]\n1x = []', 3, "data.1x", ["no name that a formula can hold"], FORM),
    ('loss = "x"\n[parameters]\nx = {size = []}', 3, "parameters.x.size", ["did you mean `sizes`?"], FORM),
    ('loss = "x"\n[parameters]\nx = {sizes = "n"}', 3, "parameters.x.sizes", ["sizes are a list"], FORM),
    ('loss = "x"\n[parameters]\nx = {constrain = "positive"}', 3, "parameters.x.constrain",
     ["did you mean `constraint`?"], FORM),
    ('loss = "x"\n[parameters]\nx = {constraint = "postive"}', 3, "parameters.x.constraint",
     ["no constraint is called 'postive'", "did you mean `positive`?"], FORM),
    ('loss = "x"\n[parameters]\nx = {constraint = [2, 1]}', 3, "parameters.x.constraint", ["the first is smaller"],
     MEANING),
    ('loss = "x"\n[parameters]\nx = {constraint = [1]}', 3, "parameters.x.constraint", ["two ends"], FORM),
    ('loss = "x"\n[parameters]\nx = {constraint = 3}', 3, "parameters.x.constraint", ["two ends", "positive"], FORM),
    ('loss = "x"\n[parameters.x]\nconstraint = "simplex"', 3, "parameters.x.constraint", ["scalars are not"], MEANING),
    ('loss = "sum(S)"\n[parameters]\nS = {sizes = [2, 3], constraint = "positive_definite"}', 3,
     "parameters.S.constraint", ["(2, 3)", "[3, 3]"], MEANING),
    ('loss = "x"\n[parameters.x]\nconstraint = "positive"\nstart = -1', 4, "parameters.x.start",
     ["x is positive, and this value is not"], MEANING),
    ('loss = "x"\n[parameters.x]\nstart = "normal"', 3, "parameters.x.start", ["no rule is called 'normal'"], MEANING),
    ('loss = "x"\n[parameters.x]\nstart = "glorrot"', 3, "parameters.x.start", ["did you mean `glorot`?"], MEANING),
    ('loss = "x"\n[parameters.x]\nstart = [1, 2]', 3, "parameters.x.start", ["0 axes, and its start has 1"], MEANING),
    ('loss = "sum(x)"\n[parameters.x]\nsizes = [3]\nstart = [1, 2]', 4, "parameters.x.start", ["(3,)", "(2,)"],
     MEANING),
    ('loss = "x"\n[parameters.x]\nstart = true', 3, "parameters.x.start", ["a truth value"], FORM),
    ('loss = "x"\n[parameters.x]\nstart = nan', 3, "parameters.x.start", ["no number"], MEANING),
    ('loss = "1"\n[data]\nx = []\n[parameters]\nx = []', 5, "parameters.x", ["a parameter and also data"], MEANING),
    # equations
    ('[equations]\nh = 2024-01-01', 2, "equations.h", ["a formula is text, and this is a date"], FORM),
    ('[equations]\nh = {f = "x"}', 2, "equations.h", ["a formula is text, and this is a table"], FORM),
    ('[equations]\n"a-b" = "x"', 2, "equations.a-b", ["no name that a formula can hold"], FORM),
    ('[equations]\nh = "tnah(x)"', 2, "equations.h", ["no function tnah", "did you mean tanh"], MEANING),
    ('[equations]\nh = "x +"', 2, "equations.h", ["operand is missing"], MEANING),
    ('[equations]\nh = "x"\nh = "y"', 3, None, ["no TOML"], MEANING),
    (after('[equations]\nz = "X @ w + c"'), 9, "equations.z", ["not declared: c"], MEANING),
    (after('[equations]\nz = "X @ y"'), 9, "equations.z", ["(n, d)"], MEANING),
    # the point
    (after("[at]\nq = 1"), 9, "at.q", ["no input 'q'", "known"], MEANING),
    (after("[at]\nb = [1]"), 9, "at.b", ["0 axes, and its value has 1"], MEANING),
    (after("[at]\nb = true"), 9, "at.b", ["a number was expected, and this is a truth value"], FORM),
    (after("[at]\nb = {x = 1}"), 9, "at.b", ["this is a table"], FORM),
    (after("[at]\nX = [[1, 2], [3]]"), 9, "at.X", ["rows of this array differ"], MEANING),
    ('loss = "s"\n[parameters]\ns = {constraint = "unit"}\n[at]\ns = 2', 5, "at.s", ["between 0 and 1"], MEANING),
    # the network
    (NET + 'penaltty = 1', 6, "network.penaltty", ["did you mean `penalty`?"], FORM),
    (NET.replace("dense", "dens"), 4, "network.layers", ["no kind", "did you mean `dense`?", "layer 1"], FORM),
    (NET.replace("dense = 1}", "dense = 0}"), 4, "network.layers", ["units is '0'", "whole number"], FORM),
    (NET.replace("dense = 1}", 'dense = 1, activaton = "tanh"}'), 4, "network.layers",
     ["no key 'activaton'", "did you mean `activation`?"], FORM),
    (NET.replace("dense = 1}", 'dense = 1, bias = "no"}'), 4, "network.layers", ["bias", "true or false"], FORM),
    (NET.replace("gaussian", "gausian"), 5, "network.output",
     ["no output is called 'gausian'", "did you mean `gaussian`?"], FORM),
    (NET.replace('"gaussian"', "3"), 5, "network.output", ["output is a name, and this is a number"], FORM),
    (NET + "penalty = {l3 = 1}", 6, "network.penalty", ["no penalty is called 'l3'", "l1, l2"], FORM),
    (NET + 'penalty = {l2 = "big"}', 6, "network.penalty", ["a number", "'big'"], FORM),
    (NET + 'input = "Z"', 6, "network.input", ["neither data nor an equation", "known"], MEANING),
    (NET + "target = 3", 6, "network.target", ["target is a name"], FORM),
    (NET + '[network.extra]\na = 1', 6, "network.extra", ["no key 'extra'"], FORM),
    # the table
    (after(TABLE + "[table]\nmising = 3"), 12, "table.mising", ["did you mean `missing`?"], FORM),
    (after('[table]\nmissing = "zero"\n' + TABLE), 9, "table.missing", ["refuse, drop, mean"], FORM),
    (after('[table]\nmissing = "dorp"\n' + TABLE), 9, "table.missing", ["did you mean `drop`?"], FORM),
    (after('[table]\nstandardise = 3\n' + TABLE), 9, "table.standardise", ["a list of text"], FORM),
    (after('[table]\nstandardise = ["a", "a"]\n' + TABLE), 9, "table.standardise", ["'a' stands here twice"], FORM),
    (after('[table]\ndelimiter = ", "\n' + TABLE), 9, "table.delimiter", ["one character"], FORM),
    (after('[table]\nmissing_words = "NA"\n' + TABLE), 9, "table.missing_words", ["a list of text"], FORM),
    (after('[table.arrays]\nX = 3\n'), 9, "table.arrays.X", ["a list of text"], FORM),
    (after('[table.arrays]\nX = "a"\n'), 9, "table.arrays.X", ["2 axes", 'write X = ["column", "column"]'], MEANING),
    (after('[table.arrays]\nx = ["a"]\n'), 9, "table.arrays.x", ["no data 'x'", "did you mean `X`?"], MEANING),
    (after('[table]\narrays = 3\n'), 9, "table.arrays", ["arrays is a table"], FORM),
    (after(TABLE + '[table.maps]\nc = {}\n'), 12, "table.maps.c", ["numbers"], FORM),
    (after(TABLE + '[table.maps]\nc = {yes = "1"}\n'), 12, "table.maps.c", ["numbers"], FORM),
    (after(TABLE + '[table.dummies]\na = ["x"]\n'), 12, "table.dummies.a", ["fewer than two"], FORM),
    (after(TABLE + '[table.one_hot]\na = 3\n'), 12, "table.one_hot.a", ["a list of text"], FORM),
    # settings of training
    (after("[training]\nepoch = 3"), 9, "training.epoch", ["did you mean `epochs`?"], FORM),
    (after("[training]\nlearning_rate = 3"), 9, "training.learning_rate", ["known", "rate"], FORM),
    (after("[training]\nepochs = 3.5"), 9, "training.epochs", ["a whole number", "3.5"], FORM),
    (after("[training]\nepochs = 0"), 9, "training.epochs", ["from 1 on", "this is 0"], FORM),
    (after("[training]\nbatch = -1"), 9, "training.batch", ["from 1 on"], FORM),
    (after("[training]\nseed = -1"), 9, "training.seed", ["from 0 on"], FORM),
    (after("[training]\nrate = -0.1"), 9, "training.rate", ["a number from 0 on"], FORM),
    (after('[training]\nrate = "0.1"'), 9, "training.rate", ["a number", "'0.1'"], FORM),
    (after("[training]\nvalidation = 1.5"), 9, "training.validation", ["above 0 and below 1"], FORM),
    (after("[training]\nbetas = [0.9]"), 9, "training.betas", ["two numbers"], FORM),
    (after("[training]\nbetas = [0.9, 1.0]"), 9, "training.betas", ["below 1"], FORM),
    (after("[training]\nshuffle = 1"), 9, "training.shuffle", ["true or false"], FORM),
    (after('[training]\nmethod = "adma"'), 9, "training.method", ["no method", "did you mean `adam`?"], MEANING),
    (after('[training]\nschedule = "cosin"'), 9, "training.schedule", ["did you mean `cosine`?"], FORM),
    (after('[training]\nschedule = {name = "step", evry = 3}'), 9, "training.schedule.evry", ["did you mean `every`?"],
     FORM),
    (after('[training]\nschedule = {name = "step", every = "3"}'), 9, "training.schedule.every", ["a number"], FORM),
    (after("[training]\nscale = 0"), 9, "training.scale", ["above 0"], FORM),
    (after('[training]\nscale = "avg"'), 9, "training.scale", ['"mean", "sum"'], FORM),
    (after('[training]\njacobian = "yes"'), 9, "training.jacobian", ["true or false"], FORM),
    (after("[training]\nweight_decay = {v = 0.1}"), 9, "training.weight_decay.v", ["no parameter 'v'"], MEANING),
]


@pytest.mark.parametrize("text, line, key, words, form", MISTAKES)
def test_a_mistake_is_told_with_line_key_and_remedy(tmp_path, text, line, key, words, form):
    path = tmp_path/"model.toml"
    path.write_text(text)
    with pytest.raises(sd.SymdiffError) as caught:
        sd.load(path)
    error = caught.value
    assert isinstance(error, (sd.SpecError, sd.SizeMismatch, sd.NameClash)) and error.do
    first = error.where.split("\n")[0]
    place = f"{path}:{line}" if line else str(path)
    assert first == (f"{place}: {key}" if key else place), first
    assert all(word in str(error) for word in words), str(error)


@pytest.mark.parametrize("text", [text for text, *_, form in MISTAKES if form is FORM])
def test_the_schema_refuses_mistakes_of_form(text):
    validator = pytest.importorskip("jsonschema").Draft202012Validator
    assert not validator(schema()).is_valid(tomllib.loads(text))
