"""The table [network] of model files: the models of Python, mixed with equations, and the error for each mistake."""
import pytest

import symdiff as sd
from symdiff.models.network import (GRU, LSTM, Dense, Dropout, Embedding, Flatten, LayerNorm, Maxout, Recurrent, Skip,
                                    network)

PLAIN = """
[data]
X = ["n", 13]
[network]
layers = [
    {dense = 16, activation = "tanh"},
    {dense = 16, activation = "relu", bias = false},
    {skip = "h1"},
    {dense = 1},
]
output = "bernoulli"
penalty = {l2 = 0.01}
"""


@pytest.fixture
def load(tmp_path):
    """Read the text of a model file."""
    def read(text):
        path = tmp_path / "model.toml"
        path.write_text(text)
        return sd.load(path)
    return read


def same(one, other):
    return (one.equations == other.equations and one.loss is other.loss and one.parameters == other.parameters
            and one.data == other.data)


def test_it_is_the_network_of_python(load):
    layers = [Dense(16, "tanh"), Dense(16, "relu", bias=False), Skip("h1"), Dense(1)]
    assert same(load(PLAIN), network(layers, ("X", "n", 13), "bernoulli", penalty={"l2": 0.01}))


def test_every_form_of_a_layer(load):
    found = load('[data]\nU = ["n", 2, 3]\nt = ["n", 3]\n[network]\ninput = "U"\ntarget = "t"\noutput = "gaussian"\n'
                 "[[network.layers]]\nflatten = true\n[[network.layers]]\nmaxout = 4\npieces = 3\n"
                 "[[network.layers]]\nlayer_norm = true\nepsilon = 0.001\n[[network.layers]]\ndropout = 0.5\n"
                 "[[network.layers]]\ndense = 3\n")
    layers = [Flatten(), Maxout(4, 3), LayerNorm(0.001), Dropout(0.5), Dense(3)]
    other = network(layers, ("U", "n", 2, 3), "gaussian", "t")
    assert found.equations == other.equations and found.loss is other.loss and set(found.data) == set(other.data)


@pytest.mark.parametrize("text, layer", [
    ("{recurrent = 6, activation = 'softsign'}", Recurrent(6, "softsign")), ("{gru = 6}", GRU(6)),
    ("{lstm = 6, sequences = true}", LSTM(6, True)),
])
def test_recurrent_layers(load, text, layer):
    head = '[data]\nwords = ["n", "steps"]\n[network]\ninput = "words"\noutput = "categorical"\ntarget = "t"\n'
    found = load(f"{head}layers = [{{embedding = 9, size = 3}}, {text}, {{dense = 4}}]\n")
    other = network([Embedding(9, 3), layer, Dense(4)], ("words", "n", "steps"), "categorical", "t")
    assert found.equations == other.equations and found.loss is other.loss and found.parameters == other.parameters


def test_the_round_trip_stays(load):
    model = load(PLAIN)
    assert same(load(model.to_toml()), model)


@pytest.mark.parametrize("text", [PLAIN, """
loss = "mean((z1 - y)**2) + sum(h1**2)"
description = "more"
[data]
X = ["n", "t", 2]
y = ["n", 1]
[parameters]
a = {start = 2}
[network]
input = "r"
layers = [{lstm = 3}, {dropout = 0.5, name = "thin"}, {batch_norm = true}, {dense = 1}]
[equations]
r = "a*X"
z1 = "h4 + 1"
[modes]
"""])
def test_a_file_with_layers_has_them_again(load, text):
    model = load(text)
    written = model.to_toml()
    again = load(written)
    assert "[network]" in written and "W1" not in written and same(again, model) and again.modes == model.modes
    assert again.to_toml() == written and str(again.start) == str(model.start)


def test_layers_that_the_model_has_left_behind_become_equations(load):
    model = load(PLAIN)
    model.start = {"W1": "he"}                                  # has no place in [network]
    assert "[network]" not in model.to_toml() and load(model.to_toml()).start == {"W1": "he"}
    model = load(PLAIN)
    model.loss = "mean((y - p)**2)"
    assert "[network]" not in model.to_toml() and load(model.to_toml()).loss is model.loss
    model = load(PLAIN.replace('{skip = "h1"}', "{dropout = 0.5}"))
    model.modes = {}
    assert "[network]" not in model.to_toml() and load(model.to_toml()).modes == {}
    model = load(PLAIN)
    model.define("sure", "abs(p - 0.5)")
    assert "[network]" in model.to_toml() and same(load(model.to_toml()), model)


def test_it_stands_between_equations(load):
    model = load("""
        [data]
        X = ["n", 2]
        [parameters]
        a = []
        [equations]
        r = "sqrt(sum(X**2, axis=1, keepdims=True))"
        decision = "(p > 0.5)*1"
        scaled = "a*z"
        [network]
        input = "r"
        layers = [{dense = 4, activation = "tanh"}, {dense = 1}]
        output = "bernoulli"
        """)
    assert [name.name for name, _ in model.equations] == ["r", "h1", "z", "p", "decision", "scaled"]
    assert [a.name for a in model.parameters] == ["a", "W1", "b1", "W2", "b2"]
    assert {a.name: str(a.sizes) for a in model.data} == {"X": "(n, 2)", "y": "(n,)"}


def test_a_loss_of_ones_own(load):
    model = load('loss = "mean(relu(1 - s*h1))"\n[data]\nX = ["n", 2]\ns = ["n", 1]\n'
                 "[network]\nlayers = [{dense = 1}]\n")
    assert str(model.loss) == "mean(relu(1 - s*h1))" and [a.name for a in model.parameters] == ["W1", "b1"]


def test_one_hot_targets(load):
    model = load('[data]\nX = ["n", 2]\ny = ["n", 3]\n[network]\nlayers = [{dense = 3}]\noutput = "categorical"\n')
    assert str(model.loss) == "-mean(sum(y*log_softmax(z), axis=1))"


HEAD, NETWORK = '[data]\nX = ["n", 2]\n', "[network]\n"


def faulty(layers="[{dense = 1}]", more=""):
    return f"{HEAD}{NETWORK}layers = {layers}\noutput = \"bernoulli\"\n{more}"


@pytest.mark.parametrize("text, line, what, do", [
    (faulty("[{dense = 4, activaton = 'tanh'}]"), 4, "no key 'activaton' in a layer", "did you mean `activation`?"),
    (faulty("[{dens = 4}]"), 4, "no kind", "did you mean `dense`?"),
    (faulty("[{dense = 4, maxout = 2}]"), 4, "one kind", "dense = 16"),
    (faulty("[{dense = 0}]"), 4, "units is '0'", "whole number"),
    (faulty("[{dense = '4'}]"), 4, "units is '4'", "whole number"),
    (faulty("[{dense = 4, activation = 'tahn'}]"), 4, "'tahn'", "one of these names"),
    (faulty("[{dense = 4, activation = 3}]"), 4, "activation is '3'", "its name"),
    (faulty("[{dense = 4}, {skip = 'h2'}]"), 4, "no earlier layer is called h2", "name one"),
    (faulty("[{gru = 4}]"), 4, "rows, steps, channels", "three axes"),
    (faulty("[{lstm = 4, sequences = 1}]"), 4, "sequences is '1'", "true or false"),
    (faulty("[{gru = 4, activation = 'tanh'}]"), 4, "no key 'activation' in a layer gru", "leave it out"),
    (faulty("[{batch_norm = true, momentum = 2}]"), 4, "the weight of the newest batch", "at most 1"),
    (faulty("[{flatten = 3}]"), 4, "flatten has no number", "flatten = true"),
    (faulty("[3]"), 4, "a layer is a table", "{dense = 16}"),
    (faulty("[]"), 4, "a list of tables", "layers = "),
    (faulty("3"), 4, "a list of tables", "layers = "),
    (faulty(more="laers = 3"), 6, "no key 'laers'", "did you mean `layers`?"),
    (faulty(more="input = 'x'"), 6, "neither data nor an equation", "did you mean"),
    (faulty(more="input = 3"), 6, "input is a name", 'input = "X"'),
    (faulty(more="penalty = {l3 = 1}"), 6, "no penalty is called 'l3'", "one of these names"),
    (faulty(more="penalty = 'l2'"), 6, "penalty", ""),
    (faulty(more="[equations]\nloss = '1.0'"), 7, "the loss is given twice", "leave out the output"),
    ("loss = '1.0'\n" + faulty(), 1, "the loss is given twice", "leave out the output"),
    (faulty(more="[parameters]\nW1 = []"), 7, "W1 is declared", "another name"),
    (faulty(more="[equations]\nz = '1.0'"), 7, "z", ""),
    (faulty("[{dense = 4, name = 'a b'}, {dense = 1}]"), 3, "'a b' is no name", "letters"),
    (f"{NETWORK}layers = [{{dense = 1}}]\n", 1, "input X", '["n", 13]'),
    (f"{HEAD}{NETWORK}layers = [{{dense = 1}}]\noutput = 'cauchy'", 5, "no output is called 'cauchy'", "one of these"),
    (f"{HEAD}{NETWORK}output = 'bernoulli'", 3, "a list of tables", "layers = "),
    ("network = 3", 1, "network is a table", "[network]"),
    (f"{HEAD}[netwrok]\nlayers = []", 3, "no key 'netwrok'", "did you mean `network`?"),
])
def test_faults_name_file_line_key_and_remedy(load, tmp_path, text, line, what, do):
    with pytest.raises(sd.SymdiffError) as caught:
        load(text)
    assert what in caught.value.what and do in caught.value.do
    assert caught.value.where.startswith(f"{tmp_path / 'model.toml'}:{line}"), str(caught.value)
