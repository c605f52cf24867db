"""`sd.picture`: the boxes are the steps of the derivation, with the right numbers, whatever is drawn."""
import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from tests.symdiff.picture.odd import ODD
from tests.symdiff.picture.test_folding import labels
from tests.symdiff.picture.test_text import seen

FORMULA, POINT = "-y*log(1/(1 + exp(-w*x)))", {"x": 3, "y": 1, "w": 3}


def test_the_lectures_formula():
    assert labels(sd.picture(FORMULA, "w")) == [
        ["y"], ["w"], ["x"], ["ξ₁ = -w*x"], ["ξ₂ = exp(ξ₁)"], ["ξ₃ = 1 + ξ₂"], ["ξ₄ = 1/ξ₃"], ["ξ₅ = log(ξ₄)"],
        ["L = -y*ξ₅"]]


def test_values_and_adjoints_at_a_point():
    """ξ₁ = -9 …, and ∂L/∂ξ from the lecture's chain, worked out here by hand."""
    e = math.exp(-9)
    values = [-9, e, 1 + e, 1/(1 + e), -math.log1p(e), math.log1p(e)]
    adjoints = [e/(1 + e), 1/(1 + e), 1/(1 + e), -(1 + e), -1]
    found = labels(sd.picture(FORMULA, "w", at=POINT))[3:]
    assert [float(lines[1].removeprefix("= ")) for lines in found] == pytest.approx(values, rel=1e-4)
    assert [float(lines[2].split(" = ")[1]) for lines in found[:-1]] == pytest.approx(adjoints, rel=1e-4)
    assert len(found[-1]) == 2                                    # the output's own adjoint is 1
    slope = next(lines for lines in labels(sd.picture(FORMULA, "w", at=POINT)) if lines[0] == "w")
    assert slope[1] == "= 3" and float(slope[2].removeprefix("∂L/∂w = ")) == pytest.approx(-3*e/(1 + e), rel=1e-4)


def test_arrows_of_small_graphs_carry_the_partials():
    shown = seen(sd.picture(FORMULA, "w").svg)
    assert {"−x", "eξ1", "1", "−1/ξ32", "1/ξ4", "−y"} <= set(shown)
    assert "local partial derivative" in shown
    assert "local partial derivative" not in seen(sd.picture("+".join(f"sin(x{k})" for k in range(20))).svg)


def test_inputs_are_told_apart():
    found = sd.picture(FORMULA, "w")
    assert ':::parameter' in found.mermaid and found.mermaid.count(":::data") == 2
    assert {"parameter", "data", "intermediate", "output"} <= set(seen(found.svg))
    undecided = sd.picture(FORMULA)
    many = sd.picture("+".join(f"sin(w{k}*x{k})" for k in range(9)), [f"w{k}" for k in range(9)])
    assert many.mermaid.count(":::parameter") == many.mermaid.count(":::data") == 9
    assert undecided.mermaid.count(":::input") == 3 and "input" in seen(undecided.svg)
    n = sd.sizes("n")
    model = sd.Model(equations="p = x*w", loss="mean((p - y)**2)", parameters={"w": ()}, data={"x": (n,), "y": (n,)})
    assert sd.picture(model).mermaid.count(":::parameter") == 1


def test_a_model_keeps_its_names():
    n = sd.sizes("n")
    model = sd.Model(equations="p = sigmoid(x*w)", loss="mean((p - y)**2)", parameters={"w": ()},
                     data={"x": (n,), "y": (n,)})
    heads = [lines[0] for lines in labels(sd.picture(model))]
    assert "p = sigmoid(ξ₁)" in heads and heads[-1].startswith("loss = ")


def test_a_derivation_is_drawn_as_it_is():
    derived = sd.derivation(FORMULA, "w", at=POINT, mode="forward")
    lines = labels(sd.picture(derived))
    assert any(line.startswith("dL/dw = ") for line in lines[-1])
    compiled = sd.derivation(FORMULA, "w", steps="compiled")
    assert [one[0].split(" = ")[0] for one in labels(sd.picture(compiled))][-1] == "L"
    with pytest.raises(sd.ArgumentError, match="its own"):
        sd.picture(derived, wrt="w")


def test_what_is_no_scalar_is_drawn_too():
    X, w = sd.array("X", 4, 3), sd.array("w", 3)
    values = np.arange(12.0).reshape(4, 3), np.ones(3)
    found = labels(sd.picture(sd.tanh(X @ w), at=dict(zip("Xw", values))))
    assert ["ξ₁ = X @ w", "(4,)", "= [3, 12, 21, ...]"] in found
    assert len(labels(sd.picture(sd.tanh(X @ w)))) == 4


DIALECTS = {
    "two symbols of one name": (sp.Symbol("x")*sp.exp(sp.Symbol("x", positive=True)), 2),
    "matrix symbols": (sp.Trace(sp.MatrixSymbol("A", 3, 3)*sp.MatrixSymbol("B", 3, 3)), 2),
    "an indexed sum": (sp.Sum(sp.IndexedBase("a")[sp.Symbol("i")]**2, (sp.Symbol("i"), 0, 8)), 1),
    "a choice": (sp.Piecewise((sp.Symbol("x"), sp.Symbol("x") > 0), (sp.Symbol("y")**2, True)), 2),
    "an input alone": (sd.array("x"), 1),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_dialects(dialect):
    expression, inputs = DIALECTS[dialect]
    found = sd.picture(expression)
    assert found.mermaid.count(":::input") == inputs
    assert all(f"n{k} -->" in found.mermaid for k in range(1, inputs + 1))
    ET.fromstring(found.svg)


@pytest.mark.parametrize("odd", ODD)
def test_any_name(odd):
    a, b = sd.array(odd), sd.array("b", 3)
    model = sd.Model(equations=[(odd + "!", sd.exp(a*b))], loss=sd.sum(sd.array(odd + "!", 3)), parameters=[a],
                     data=[b])
    for found in (sd.picture(sd.exp(a*b)[0]), sd.picture(model), sd.picture(model, fold=True),
                  sd.picture(sd.exp(a)*a, at={a: 1.5})):
        ET.fromstring(found.svg)
        assert found.dot and found.mermaid


def test_save(tmp_path):
    found = sd.picture("x**2")
    for suffix, text in ((".svg", found.svg), (".dot", found.dot), (".gv", found.dot), (".mmd", found.mermaid),
                         (".mermaid", found.mermaid), (".SVG", found.svg)):
        path = found.save(tmp_path/f"a{suffix}")
        assert path.read_text(encoding="utf-8") == text
        with pytest.raises(sd.ArgumentError, match="exists"):
            found.save(path)
        path.write_text("old")
        assert found.save(str(path), force=True).read_text(encoding="utf-8") == text
    assert found._repr_svg_() == found.svg


@pytest.mark.parametrize("path", ["a.png", "a", "svg", 3, None, ""])
def test_another_suffix_is_refused(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(sd.ArgumentError, match="a picture is not written"):
        sd.picture("x**2").save(path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("call", [
    lambda: sd.picture("x", fold=1), lambda: sd.picture("x", fold="never"), lambda: sd.picture(3),
    lambda: sd.picture(None), lambda: sd.picture("x +"), lambda: sd.picture("x", "q"),
    lambda: sd.picture("x", at={"y": 1}),
    lambda: sd.picture("x", at=3), lambda: sd.picture(["x"]), lambda: sd.picture([sp.Symbol("x"), sp.Symbol("y")]),
    lambda: sd.picture(sp.Symbol("x") > 0), lambda: sd.picture("x", at={"x": "much"}),
    lambda: sd.picture(sd.Model(equations="a = x + 1\nb = x + 2")), lambda: sd.picture("x").save("no/such/folder.svg"),
])
def test_bad_input_is_told(call):
    with pytest.raises(sd.SymdiffError):
        call()
