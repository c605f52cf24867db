"""The table of keys: schema, page and reader agree on every key, and files that load are right by the schema."""
import dataclasses
import re
import tomllib

import pytest

import symdiff as sd
from codegen.cli.new import MODEL
from codegen.train import methods, schedules
from symdiff.constraints import KINDS, NAMES
from symdiff.models.network import LAYERS
from symdiff.spec import keys
from symdiff.spec.schema import page, schema, schema_text
from tests.codegen.cli.test_commands import HEART
from tests.conftest import ROOT
from tests.symdiff.test_spec import HEART as TYPED
from tests.symdiff.test_spec_network import PLAIN

BASE = ('loss = "mean((y - X @ w)**2)"\n[data]\nX = ["n", "d"]\ny = ["n"]\n[parameters]\nw = ["d"]\n')
NET = '[data]\nX = ["n", 3]\n[network]\n'
LAYER = "layers = [{dense = 4}, {dense = 1}]\n"
ARRAYS = '[table.arrays]\nX = ["hours"]\ny = "passed"\n'
DROP = ('loss = "sum(X*mask) + sum(v)"\n[data]\nX = ["n", 2]\nmask = ["n", 2]\n[equations]\n'
        'm = "mean(X, axis=0)"\nv = "mean((X - m)**2, axis=0)"\n')
# what stands around the example of a key of a table
AROUND = {
    "": "HERE\n[equations]\nf = 'X*2'\nloss = 'X*y'\n", "data": 'loss = "sum(X)"\n[data]\nHERE\n',
    "parameters": 'loss = "sum(w)"\n[parameters]\nHERE\n', "parameter": 'loss = "sigma"\n[parameters]\nHERE\n',
    "equations": 'loss = "sum(h)"\n[data]\nX = ["n", 2]\n[parameters]\nW = [2, 2]\nb = [2]\n[equations]\nHERE\n',
    "at": 'loss = "sum(w)"\n[parameters]\nw = [2]\n[at]\nHERE\n',
    "network": NET + LAYER + 'HERE\noutput = "gaussian"\n',
    "modes": DROP + "[modes]\nHERE\n", "mode": DROP + "[modes.MODE]\nHERE\n",
    "output": NET + LAYER + '[network.output]\nHERE\n',
    "penalty": NET + LAYER + 'output = "gaussian"\n[network.penalty]\nHERE\n', "table": BASE + "[table]\nHERE\n" + ARRAYS,
    "arrays": BASE + "[table.arrays]\nHERE\n", "maps": BASE + ARRAYS + "[table.maps]\nHERE\n",
    "one_hot": BASE + ARRAYS + "[table.one_hot]\nHERE\n", "dummies": BASE + ARRAYS + "[table.dummies]\nHERE\n",
    "training": BASE + "[training]\nHERE\n", "schedule": BASE + "[training.schedule]\nHERE\n",
}
EXAMPLES = [(table, name) for table, own in keys.TABLES.items() for name, key in own.items()
            if not key.example.startswith("[")]


@pytest.fixture(scope="module")
def right():
    """Is a text right by the schema?"""
    validator = pytest.importorskip("jsonschema").Draft202012Validator
    validator.check_schema(schema())
    return lambda text: validator(schema()).is_valid(tomllib.loads(text))


@pytest.fixture
def load(tmp_path):
    def read(text):
        (tmp_path/"model.toml").write_text(text)
        return sd.load(tmp_path/"model.toml")
    return read


def file_with(table, name):
    key = keys.TABLES[table][name]
    text = AROUND[table].replace("HERE", key.example)
    text = text.replace("MODE", {"dropout": "mask", "running_mean": "m", "running_variance": "v"}.get(name, ""))
    if table == "network":                                      # no key twice
        text = text.replace(LAYER, "") if name == "layers" else text
        text = text.replace('\noutput = "gaussian"', "", 1) if name == "output" else text
    if table == "" and name == "loss":
        text = text.replace("loss = 'X*y'\n", "").replace("f = 'X*2'", "f = 'X*2'\nq = 'y*1'")
    if table == "schedule" and name != "name":
        text += f'name = "{next(one for one, own in keys.SCHEDULES.items() if name in own)}"\n'
    if table == "" and name == "loss":
        text = 'loss = "mean((y - f)**2)"\n[data]\ny = ["n"]\nf = ["n"]\n'
    return text


@pytest.mark.parametrize("table, name", EXAMPLES)
def test_every_key_has_an_example_that_reader_and_schema_take(table, name, load, right):
    text = file_with(table, name)
    assert right(text), text
    model = load(text)
    again = model.to_toml()
    assert load(again).to_toml() == again and right(again)


@pytest.mark.parametrize("text", [HEART, TYPED, PLAIN, MODEL.format(model="m.toml", table="m.csv"),
                                  *[path.read_text() for path in sorted((ROOT/"examples").rglob("*.toml"))]])
def test_model_files_are_right_by_the_schema(text, load, right):
    assert right(text)
    assert right(load(text).to_toml())


@pytest.mark.parametrize("table, place", [
    ("", "HERE\nloss = 'x'"), ("parameter", "loss = 'x'\n[parameters]\nx = {HERE}"), ("network", NET + LAYER + "HERE"),
    ("table", BASE + "[table]\nHERE\n" + ARRAYS), ("training", BASE + "[training]\nHERE"),
    ("schedule", BASE + "[training.schedule]\nname = 'step'\nHERE"),
    ("penalty", NET + LAYER + "output = 'gaussian'\n[network.penalty]\nHERE")])
def test_the_reader_knows_the_keys_of_the_table_and_no_others(table, place, load, right):
    text = place.replace("HERE", "qqq = 1")
    with pytest.raises(sd.SymdiffError, match="qqq") as error:
        load(text)
    known = keys.SCHEDULES["step"] if table == "schedule" else keys.keys(table)
    assert error.value.known.split(", ") == list(known) and not right(text)


def test_every_key_is_on_the_page_once_and_in_the_schema():
    whole, lines = schema(), page().splitlines()
    for table, own in keys.TABLES.items():
        made = whole if table == "" else whole["$defs"][table]
        assert keys.NAME in own or set(made["properties"]) == set(own)
        for name, key in own.items():
            assert key.text and key.example
    heads = [line.split()[0] for line in lines if re.match(r"  \S", line)]
    wanted = [name for own in keys.TABLES.values() for name in own] + list(LAYERS)
    assert heads == wanted
    assert max(map(len, lines)) <= 120 and schema_text().endswith("}\n")


def test_every_layer_has_its_settings():
    kinds = schema()["$defs"]["layer"]["oneOf"]
    assert [next(iter(kind["properties"])) for kind in kinds] == list(LAYERS)
    for kind, made in zip(kinds, LAYERS.values()):
        fields = {field.name for field in dataclasses.fields(made)}
        assert fields >= set(kind["properties"]) - set(kind["required"]) and len(kind["properties"]) >= len(fields)
        for name in fields:
            text, form = keys.setting(name)
            assert text, f"say in symdiff.spec.keys what the setting {name} of layers is"
            assert form, f"say in symdiff.spec.keys what values the setting {name} of layers has"


def test_words_that_other_modules_have_too():
    known = {name.lower() for name in keys.METHODS} - {"auto"}
    assert known == set(methods.KNOWN) | set(methods.ALIASES)
    assert set(keys.SCHEDULES) == set(schedules.SCHEDULES) and set(NAMES) == set(KINDS)
    for name, form in schedules.SCHEDULES.items():
        assert keys.SCHEDULES[name] == form.__code__.co_varnames[2:form.__code__.co_argcount]


WHOLE = """title = "All of it"
description = "line\\nline"
loss = "mean((y - f)**2)*s + sum(p)"
[data]
X = ["n", 2]
y = ["n"]
[parameters]
w = {sizes = [2], start = [0.25, 3]}
V = {sizes = [2, 2], start = "he"}
s = {sizes = [], constraint = [0.5, inf], start = "1/3 + 1"}
r = {constraint = [-1, 1]}
p = {sizes = [3], constraint = "simplex"}
S = {sizes = [2, 2], constraint = "positive_definite", start = [[2, 1], [1, 2]]}
[equations]
f = "X @ V @ w*r + S[0, 1]"
[at]
r = 0.5
[table]
standardise = ["a"]
missing = "mean"
missing_words = ["", "-"]
delimiter = ";"
[table.arrays]
X = ["a", "b b"]
y = "c"
[table.maps]
"b b" = {"so so" = 1, no = 0.5}
[table.one_hot]
q = ["x", "y"]
[table.dummies]
z = "sorted"
[training]
method = "adam"
betas = [0.9, 0.99]
schedule = {name = "cosine", end = 0.1}
weight_decay = {w = 0.1}
jacobian = true
"""


def test_nothing_is_lost_on_the_way_there_and_back(load, right):
    one = load(WHOLE)
    two = load(one.to_toml())
    assert right(WHOLE) and right(one.to_toml())
    for what in ("title", "description", "equations", "parameters", "data", "constraints", "columns", "training"):
        assert getattr(one, what) == getattr(two, what), what
    assert one.loss is two.loss and str(one.at) == str(two.at) and str(one.start) == str(two.start)
    assert two.to_toml() == one.to_toml() and two.training["weight_decay"] == {"w": 0.1}
    assert two.columns.standardise == ("a",) and two.columns.maps == {"b b": {"so so": 1, "no": 0.5}}


def test_what_a_program_sets_and_a_file_cannot_hold():
    model = sd.Model(loss="sum(w)", parameters={"w": (2,)}, start={"w": lambda draws, shape: draws.normal(size=shape)})
    with pytest.raises(sd.SpecError, match="no form in a model file"):
        model.to_toml()
