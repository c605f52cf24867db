"""Models: equations in order, names resolved, every fault told with the names concerned."""
import time

import numpy as np
import pytest
import sympy as sp

import symdiff.language as sd
from symdiff.errors import ArgumentError, NameClash, SizeMismatch, SpecError
from symdiff.evaluate import evaluate
from symdiff.model import Model
from symdiff.read import read
from tests.patience import soon

n, d = sd.sizes("n d")
X, W, b, v, y = sd.array("X", n, d), sd.array("W", d, 16), sd.array("b", 16), sd.array("v", 16), sd.array("y", n)
TEXT = """
# a network
h = tanh(X @ W + b)
p = sigmoid(h @ v)
"""


def test_text_and_python_make_one_model():
    text = Model(TEXT, loss="sum((p - y)**2)/n", parameters={"W": ("d", 16), "b": 16, "v": (16,)},
        data={"X": ("n", "d"), "y": "n"})
    h = sd.array("h", n, 16)
    p = sd.array("p", n)
    python = Model([(h, sp.tanh(X @ W + b)), ("p", sd.sigmoid(h @ v))], loss=sd.sum((p - y)**2)/n, parameters=[W, b, v],
        data=[X, y])
    mixed = Model({"h": sp.tanh(X @ W + b), "p": "sigmoid(h @ v)"}, loss="sum((p - y)**2)/n", parameters=[W, b, v],
        data=[X, y])
    assert text.equations == python.equations == mixed.equations == ((h, sp.tanh(X @ W + b)), (p, sd.sigmoid(h @ v)))
    assert (text.loss is python.loss is mixed.loss and text.parameters == (W, b, v) and text.data == (X, y)
        and text.outputs == (text.loss,))
    assert text.expression() is sd.sum((sd.sigmoid(sp.tanh(X @ W + b) @ v) - y)**2)/n and text["h"] is h
    assert repr(text) == """Model
  parameters  W (d, 16), b (16,), v (16,)
  data        X (n, d), y (n,)
  h = tanh(X @ W + b)
  p = sigmoid(h @ v)
  loss = sum((p - y)**2)/n"""


def test_built_step_by_step():
    m = Model()
    h = m.define("h", sp.tanh(X @ W))
    m.define("r", sd.sum(h))
    assert m.outputs == (m["r"],) and m.data == (X, W)
    m.loss = "r"
    assert m.loss is m["r"] and m.outputs == (m["r"],)


def test_inputs_are_inferred_where_not_declared():
    m = Model({"z": X @ W}, loss=sd.sum(sd.array("z", n, 16)) + sd.array("q"), parameters=[W])
    assert m.data == (X, sd.array("q")) and m.parameters == (W,)


def test_plain_symbols():
    s, t = sp.symbols("s t")
    m = Model([(t, sp.sin(s))], loss=t**2)
    assert m.equations == ((t, sp.sin(s)),) and m.data == (s,) and m.expression() == sp.sin(s)**2


@pytest.mark.parametrize("error, words, build", [
    (SpecError, ["b is used before", "circle"], lambda: Model({"a": "b + 1", "b": "a + 1"})),
    (SpecError, ["u is used before"], lambda: Model([("z", sd.array("u") + 1), ("u", X)])),
    (SpecError, ["a is defined by itself"], lambda: Model({"a": "a + 1"})),
    (NameClash, ["a is defined twice"], lambda: Model([("a", "x"), ("a", "y")])),
    (NameClash, ["X is data and also an equation"], lambda: Model({"X": "1 + 1"}, data=[X])),
    (NameClash, ["W is a parameter and also data"], lambda: Model(parameters=[W], data=[W])),
    (NameClash, ["q is an array and a plain symbol"], lambda: Model({"a": sd.array("q") + 1, "c": sp.Symbol("q") + 1})),
    (SpecError, ["not declared: q, r, s"], lambda: Model({"a": "x + q + r", "c": "s"}, parameters={"x": ()}, data=[])),
    (SpecError, ["not declared: q"], lambda: Model({"h": sp.Symbol("q") + X}, parameters=[W], data=[X])),
    (SizeMismatch, ["h has two sizes: (n, 16)", "(4,)"], lambda: Model({"h": X @ W, "z": sd.array("h", 4) + 1})),
    (SizeMismatch, ["h is declared (4,)", "(n, 16)"], lambda: Model([(sd.array("h", 4), X @ W)])),
    (SizeMismatch, ["a loss is one number", "(n, 16)"], lambda: Model({"h": X @ W}, loss="h")),
    (SpecError, ["line 2"], lambda: Model("a = 1*x\nfoo")), (SpecError, ["column 4"], lambda: Model({"a": "x +"})),
    (ArgumentError, ["pair"], lambda: Model([("a",)])), (ArgumentError, ["list"], lambda: Model(parameters=W)),
    (ArgumentError, ["no nope"], lambda: Model({"a": "x"})["nope"]),
    (ArgumentError, ["no array"], lambda: Model(data=[X @ W]))])
def test_faults_are_told(error, words, build):
    with pytest.raises(error) as caught:
        build()
    assert all(word in str(caught.value) for word in words) and caught.value.do


@pytest.mark.nightly
def test_a_hundred_thousand_equations():
    x, before = sd.array("x"), sd.array("x")
    equations = []
    for k in range(100_000):
        equations.append((f"t{k}", before*x + 1))
        before = sd.array(f"t{k}")
    start = time.process_time()
    m = Model(equations, loss=before)
    assert (soon(start, 1) and len(m.equations) == 100_000 and "99960 more" in repr(m)
        and m.outputs == (before,))


def test_long_text_is_read_in_linear_time():
    start = time.process_time()
    m = Model("\n".join(f"t{k} = {f't{k - 1}' if k else 'x'}*x + 1" for k in range(10_000)), loss="t9999")
    assert soon(start, 0.5)
    deep = m.expression()
    assert deep.free_symbols == {sd.array("x")} and deep.sizes == ()


def network():
    return Model(TEXT, loss="-mean(y*log(p) + (1 - y)*log(1 - p))", parameters=[W, b, v], data=[X, y])


def test_something_else_in_the_place_of_a_name():
    """Data, parameters and equations; the value is the one of the formula written out."""
    m, Z = network(), sd.array("Z", n, d)
    p = sd.sigmoid(sp.tanh(2*Z @ W + b) @ v)
    assert m.expression("p", X=2*Z) is p and m.expression("p", {X: 2*Z}) is p
    assert m.expression(X=2*Z) is -sd.mean(y*sp.log(p) + (1 - y)*sp.log(1 - p))
    assert m.expression("p", h=sd.array("g", n, 16)) is sd.sigmoid(sd.array("g", n, 16) @ v)
    assert m.expression("p", b=3*b) is sd.sigmoid(sp.tanh(X @ W + 3*b) @ v)             # the new b is not replaced again
    assert m.expression("h @ v + p", h=sd.tanh(X @ W)) is sd.tanh(X @ W) @ v + sd.sigmoid(sd.tanh(X @ W) @ v)
    assert m.expression() is m.expression(None, {})


def test_a_number_stands_for_an_array_full_of_it():
    chances = np.array([0.2, 0.7])
    values = {"X": np.zeros((2, 3)), "W": np.zeros((3, 16)), "b": np.zeros(16), "v": np.zeros(16), "p": chances}
    m = network()
    for label in (0, 1):
        found, = evaluate([read(m.expression(y=label, p=sd.array("p", n)))], values)
        assert found == pytest.approx(-np.mean(np.log(chances if label else 1 - chances)))
    assert m.expression("X", X=1).sizes == (n, d)


def test_lengths_become_those_of_what_is_given():
    k = sd.sizes("k")
    m = network()
    assert m.expression("p", X=sd.array("Z", 2*k, 3)).sizes == (2*k,)
    assert {leaf.name: leaf.sizes for leaf in m.expression(X=sd.array("Z", 2*k, 3)).free_symbols if leaf.name in "Wy"} \
        == {"W": (3, 16), "y": (2*k,)}
    assert m.expression("p", X=sd.array("X", n + 1, d)).sizes == (n + 1,)                # its own n means another n
    shifted = Model("z = x[1:] - x[:-1]", loss="sum(z**2)", data={"x": ("n",)}, parameters={})
    assert shifted.expression("z", x=sd.array("u", 2*k + 1)).sizes == (2*k,)


@pytest.mark.parametrize("words, given", [
    ("no q", {"q": 1}), ("the length n would be 5 and 6", {"X": sd.array("Z", 5, 3), "y": sd.array("u", 6)}),
    (r"b is \(16,\) here, and what is given for it \(3,\)", {"b": sd.array("c", 3)}),
    (r"p is \(5,\) here, and", {"X": sd.array("Z", 5, 3), "p": sd.array("q", n)}), ("given by name", [1]),
    (r"W is \(d, 16\)", {"W": sd.array("c", 16)}), (r"h is \(n, 16\)", {"h": sd.array("c", n, 15)}),
])
def test_what_does_not_fit_in_the_place_of_a_name_is_refused(words, given):
    with pytest.raises((ArgumentError, SizeMismatch), match=words):
        network().expression(None, given)
