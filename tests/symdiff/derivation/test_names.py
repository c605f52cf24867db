"""Names and values that collide or are none: refused in words, or kept apart from those that the derivation makes."""
import inspect

import pytest

import symdiff as sd
from symdiff.derivation import derivation


@pytest.mark.parametrize("name", ["w", "x", "", " ", 3])
def test_names_of_the_result_that_cannot_be(name):
    with pytest.raises(sd.SymdiffError):
        derivation("w*x*exp(w)", "w", name=name)


def test_the_result_may_not_be_called_as_another_equation():
    with pytest.raises(sd.NameClash):
        derivation(sd.Model("p = x*w", loss="p*p", parameters={"w": ()}), name="p")


def test_the_name_of_the_result_is_given_to_no_other_step():
    names = [str(row.name) for row in derivation("w*exp(w)", "w", name="ξ₁").rows]
    assert len(set(names)) == len(names)


def test_an_input_called_as_an_adjoint():
    model = sd.Model("h = x*w", loss="h*h*bar_loss", parameters={"w": (), "bar_loss": ()})
    d = derivation(model, at={"x": 2, "w": 3, "bar_loss": 5})
    parts = {str(edge.by): edge.part for edge in d.rows[-1].edges}
    assert parts == {"ξ₁": 5, "bar_loss": 36} and d.gradient == {"w": 120, "bar_loss": 36}
    assert "bar_loss" in d.text() and d.latex() and d.html() and d.markdown()


@pytest.mark.parametrize("name", ["xi1_value", "L_value", "w_bar", "xi1_bar", "dxi1_dw"])
def test_inputs_called_as_places_of_the_module(name):
    d, place = derivation(f"sin(exp({name}*w) + {name})*{name}*w", [name, "w"], at={name: 0.5, "w": 2}), {}
    exec(d.source(), place)
    function = place["value_and_gradient"]
    values = [float(i.value) for i in d.inputs]
    assert len(inspect.signature(function).parameters) == len(values)
    value, gradient = function(*values)
    assert value == pytest.approx(d.value) and gradient == pytest.approx(d.gradient)


def test_the_module_of_an_array_has_no_gradient():
    place, v = {}, sd.array("v", 2)
    d = derivation(sd.exp(v), v, mode="forward")
    exec(d.source(), place)
    assert "value_and_gradient" not in place and place["L"]([0.0, 0.0]).tolist() == [1, 1]


@pytest.mark.parametrize("value", ["1/0", "1e999999999", "1e-999999999", "", "nan", "9"*1000])
def test_texts_that_are_no_number(value):
    with pytest.raises(sd.DTypeError):
        derivation("w*x", "w", at={"w": value, "x": 1})


@pytest.mark.parametrize("wrt", [{"w": 1}, [["w"]], [None]])
def test_what_is_no_input(wrt):
    with pytest.raises(sd.ArgumentError):
        derivation("w*x", wrt)


def test_a_negative_number_that_is_no_numeral_in_front_of_a_product():
    v, place = sd.array("v", 2), {}
    d = derivation(sd.sum(sd.erfc(v)**2), v, at={"v": [0.5, 1.0]})
    exec(d.source(), place)
    assert place["value_and_gradient"]([0.5, 1.0])[1]["v"] == pytest.approx(d.gradient["v"])
