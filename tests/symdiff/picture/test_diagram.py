"""`sd.diagram`: networks of many ways of writing are read as the layers that they have; what is none is refused."""
import xml.etree.ElementTree as ET

import pytest
import sympy as sp

import symdiff as sd
from symdiff.picture.network import network
from tests.symdiff.picture.odd import ODD
from tests.symdiff.picture.test_folding import deep
from tests.symdiff.picture.test_text import SVG, seen

n, d, m = sd.sizes("n d m")
X, Z, x, y, Y = sd.array("X", n, d), sd.array("Z", n, m), sd.array("x", d), sd.array("y", n), sd.array("Y", n, 3)
W, b, v, c = sd.array("W", d, 5), sd.array("b", 5), sd.array("v", 5), sd.array("c")
A, U = sd.array("A", 5, d), sd.array("U", m, 5)
W2, b2, W3 = sd.array("W2", 5, 5), sd.array("b2", 5), sd.array("W3", 5, 3)
H = sd.tanh(X @ W + b)
z = X @ W
centred = z - sd.mean(z, axis=0)


def logistic(t):
    return 1/(1 + sp.exp(-t))


def loss(p):
    return -sd.mean(y*sp.log(p) + (1 - y)*sp.log(1 - p))


# what is written; (size, function) of each block from left to right; weights of each link, None for a link that skips
NETWORKS = {
    "linear regression": (sd.mean((X @ sd.array("w", d) + c - y)**2), [(d, ""), (1, "")], [("w", "c")]),
    "with a penalty": (sd.mean((X @ sd.array("w", d) - y)**2) + 0.1*sd.sum(sd.array("w", d)**2), [(d, ""), (1, "")],
                       [("w",)]),
    "logistic regression": (loss(logistic(X @ sd.array("w", d) + c)), [(d, ""), (1, "sigmoid")], [("w", "c")]),
    "one hidden layer": (sd.mean((H @ v - y)**2), [(d, ""), (5, "tanh"), (1, "")], [("W", "b"), ("v",)]),
    "classes": (-sd.mean(sd.sum(Y*sd.log_softmax(sd.relu(H @ W2 + b2) @ W3), axis=1)),
                [(d, ""), (5, "tanh"), (5, "ReLU"), (3, "log softmax")], [("W", "b"), ("W2", "b2"), ("W3",)]),
    "a vector": (sd.tanh(A @ x + b), [(d, ""), (5, "tanh")], [("A", "b")]),
    "a transpose": (sd.softmax(W3.T @ sd.maximum(W.T @ x + b, 0)), [(d, ""), (5, "ReLU"), (3, "softmax")],
                    [("W", "b"), ("W3",)]),
    "rows": (sd.relu(X @ A.T), [(d, ""), (5, "ReLU")], [("A",)]),
    "einsum": (sd.einsum("ij,jk->ik", sd.tanh(sd.einsum("ij,jk->ik", X, W)), W3), [(d, ""), (5, "tanh"), (3, "")],
               [("W",), ("W3",)]),
    "a sum of products": (sd.sum(sd.tanh(A @ x)*v), [(d, ""), (5, "tanh"), (1, "")], [("A",), ("v",)]),
    "swish in words": (z*sd.sigmoid(z) @ v, [(d, ""), (5, "swish"), (1, "")], [("W",), ("v",)]),
    "softmax in words": (sp.exp(z)/sd.sum(sp.exp(z), axis=1, keepdims=True), [(d, ""), (5, "softmax")], [("W",)]),
    "a function without a name": (sp.cosh(z)**3 @ v, [(d, ""), (5, "cosh(z)**3"), (1, "")], [("W",), ("v",)]),
    "batch normalisation": (sd.relu(centred/sp.sqrt(sd.mean(centred**2, axis=0) + 1e-5)) @ v,
                            [(d, ""), (5, "ReLU of f(z)"), (1, "")], [("W",), ("v",)]),
    "a residual": (sd.mean(((H + sd.tanh(H @ W2 + b2)) @ v - y)**2), [(d, ""), (5, "tanh"), (5, "tanh"), (1, "")],
                   [("W", "b"), ("W2", "b2"), ("v",), None]),
    "a skip by concatenation": (sd.concatenate((H, X), axis=1) @ sd.array("V", d + 5, 2),
                                [(d, ""), (5, "tanh"), (2, "")], [("W", "b"), ("V",), ("V",)]),
    "two inputs": (sd.tanh(X @ W + Z @ U + b) @ v, [(d, ""), (m, ""), (5, "tanh"), (1, "")],
                   [("W", "b"), ("U",), ("v",)]),
    "an autoencoder": (sd.mean((sd.tanh(X @ W) @ sd.array("V", 5, d) - X)**2), [(d, ""), (5, "tanh"), (d, "")],
                       [("W",), ("V",)]),
    "standardised": (((X - sd.array("mu", d))/sd.array("s", d)) @ W, [(d, ""), (5, "")], [("W",)]),
    "one neuron": (sd.parse("-y*log(1/(1 + exp(-w*x)))"), [(1, ""), (1, "sigmoid")], [("w",)]),
    "one neuron's square": (sd.parse("(y - (w*x + b))**2"), [(1, ""), (1, "")], [("w", "b")]),
    "matrices of SymPy": (sp.MatrixSymbol("X", 7, 3)*sp.MatrixSymbol("W", 3, 2), [(3, ""), (2, "")], [("W",)]),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_networks(name):
    expression, blocks, links = NETWORKS[name]
    found = network(expression)
    assert [(block.size, block.function) for block in found.blocks] == blocks
    key = str
    assert sorted([link.weights for link in found.links], key=key) == sorted(links, key=key)
    assert [block.kind for block in found.blocks].count("output") == 1
    ET.fromstring(sd.diagram(expression).svg)


def test_a_model_in_one_equation_a_layer_or_two():
    one = network(deep(2))
    assert [(block.name, block.size, block.function) for block in one.blocks] == \
        [("X", d, ""), ("h1", 8, "tanh"), ("h2", 8, "tanh"), ("p", 1, "sigmoid")]
    model = sd.Model(equations="z1 = X @ W1 + b1\nh1 = relu(z1)\nz2 = h1 @ W2\nh2 = h1 + relu(z2)\nout = h2 @ V",
                     loss="mean((out - Y)**2)", data={"X": (n, d), "Y": (n, 3)},
                     parameters={"W1": (d, 16), "b1": (16,), "W2": (16, 16), "V": (16, 3)})
    two = network(model)
    assert [(block.name, block.size, block.function) for block in two.blocks] == \
        [("X", d, ""), ("h1", 16, "ReLU"), ("h2", 16, "ReLU"), ("out", 3, "")]
    skips = [(link.source.name, link.target.name) for link in two.links if link.weights is None]
    assert skips == [("h1", "h2")]


def test_neurons_one_by_one():
    names = "w11 w12 w21 w22 b1 b2 v1 v2 c".split()
    model = sd.Model(equations="h1 = tanh(w11*x1 + w12*x2 + b1)\nh2 = tanh(w21*x1 + w22*x2 + b2)\n"
                               "p = 1/(1 + exp(-(v1*h1 + v2*h2 + c)))", loss="-(y*log(p) + (1 - y)*log(1 - p))",
                     parameters=dict.fromkeys(names, ()), data=dict.fromkeys(["x1", "x2", "y"], ()))
    found = network(model)
    assert [(block.size, block.function, block.members) for block in found.blocks] == \
        [(2, "", ("x1", "x2")), (2, "tanh", ("h1", "h2")), (1, "sigmoid", ("p",))]
    assert {name for link in found.links for name in link.weights} == set(names)


def test_what_are_parameters_may_be_said():
    left, right = sd.array("left", 4, 3), sd.array("right", 3, 2)
    assert [block.name for block in network(left @ right).blocks][0] == "left"
    assert [block.name for block in network(left @ right, ["left"]).blocks][0] == "right"
    sd.diagram(left @ right, wrt="left")


NONE = {
    "a determinant": sd.logdet(sd.array("K", n, n)),
    "a quadratic form": x @ sd.array("S", d, d) @ x,
    "attention": sd.softmax((X @ W) @ (X @ sd.array("K", d, 5)).T) @ (X @ sd.array("V", d, 5)),
    "distances": sp.exp(-sd.sum((X[:, None, :] - sd.array("C", 5, d)[None, :, :])**2, axis=2)) @ v,
    "a mixture": sd.parse("log(p*exp(-(x - m1)**2/2) + (1 - p)*exp(-(x - m2)**2/2))"),
    "a formula": sd.parse("a*sin(x)"),
    "no array": sp.Symbol("x")**2,
    "a number": 3,
}


@pytest.mark.parametrize("name", NONE)
def test_what_is_no_network_is_told(name):
    wrt = [sd.array("C", 5, d), v] if name == "distances" else None
    with pytest.raises(sd.ArgumentError, match="no network.*(\n.*)*picture"):
        sd.diagram(NONE[name], wrt)


@pytest.mark.parametrize("call", [lambda: sd.diagram(None), lambda: sd.diagram("x +"),
                                  lambda: sd.diagram(X @ W, wrt="q"), lambda: sd.diagram([X @ W, "x"])])
def test_bad_input_is_told(call):
    with pytest.raises(sd.SymdiffError):
        call()


def circles(svg):
    return [e for e in ET.fromstring(svg).iter(SVG + "circle") if float(e.attrib["r"]) > 10]


def test_narrow_layers_are_drawn_whole():
    svg = sd.diagram(sd.tanh(sd.array("X", 9, 3) @ sd.array("W", 3, 4)) @ sd.array("v", 4)).svg
    assert len(circles(svg)) == 3 + 4 + 1
    lines = [e.attrib["d"].count("M") for e in ET.fromstring(svg).iter(SVG + "path")]
    assert lines[:2] == [12, 4]                                   # each to each
    shown = seen(svg)
    assert {"input layer", "X: 3 inputs", "hidden layer", "4 nodes", "tanh", "output layer", "1 node"} <= set(shown)
    assert {"x1", "x2", "x3"} <= set(shown)


def test_wide_layers_and_unknown_sizes_are_folded():
    svg = sd.diagram(sd.tanh(X @ sd.array("W", d, 400)) @ sd.array("v", 400)).svg
    assert len(circles(svg)) == 4 + 4 + 1
    assert {"400 nodes", "X: d inputs", "x1", "x2", "x3", "xd"} <= set(seen(svg))


def test_deep_networks_are_folded():
    svg = sd.diagram(deep(30)).svg
    assert {"27 more layers", "8 nodes each", "hidden layer 1", "hidden layer 2", "hidden layer 30"} <= set(seen(svg))
    assert "hidden layer 3" not in seen(svg)


def test_no_circles_meet():
    for name in NETWORKS:
        found = [(float(e.attrib["cx"]), float(e.attrib["cy"])) for e in circles(sd.diagram(NETWORKS[name][0]).svg)]
        assert all(abs(a - c) + abs(b_ - d_) > 40 for k, (a, b_) in enumerate(found) for c, d_ in found[:k])


@pytest.mark.parametrize("odd", ODD)
def test_any_name(odd):
    data, weights = sd.array(odd, 9, 3), sd.array(odd + "!", 3, 20)
    model = sd.Model(equations=[(odd + "?", sd.tanh(data @ weights))], parameters=[weights], data=[data])
    found = sd.diagram(model)
    ET.fromstring(found.svg)
    assert found.dot and found.mermaid
