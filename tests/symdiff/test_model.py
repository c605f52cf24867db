"""Models: equations in order, names resolved, every fault told with the names concerned."""
import time

import pytest
import sympy as sp

import symdiff.language as sd
from symdiff.errors import ArgumentError, NameClash, SizeMismatch, SpecError
from symdiff.model import Model

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


def test_a_hundred_thousand_equations():
    x, before = sd.array("x"), sd.array("x")
    equations = []
    for k in range(100_000):
        equations.append((f"t{k}", before*x + 1))
        before = sd.array(f"t{k}")
    start = time.process_time()
    m = Model(equations, loss=before)
    assert (time.process_time() - start < 10 and len(m.equations) == 100_000 and "99960 more" in repr(m)
        and m.outputs == (before,))


def test_long_text_is_read_in_linear_time():
    start = time.process_time()
    m = Model("\n".join(f"t{k} = {f't{k - 1}' if k else 'x'}*x + 1" for k in range(10_000)), loss="t9999")
    assert time.process_time() - start < 5
    deep = m.expression()
    assert deep.free_symbols == {sd.array("x")} and deep.sizes == ()
