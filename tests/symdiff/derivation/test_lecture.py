"""The tables of a lecture on logistic regression, by hand and by mpmath: every step, partial, value, forward and back.

    L_A = -y·log(1/(1 + exp(-W·x)))        L_B = -(1 - y)·log(1 - 1/(1 + exp(-W·x)))        at x = 3, W = 3
"""
import mpmath
import pytest
import sympy as sp

import symdiff as sd
from symdiff.derivation import derivation

L_A, L_B = "-y*log(1/(1 + exp(-W*x)))", "-(1 - y)*log(1 - 1/(1 + exp(-W*x)))"
AT_1, AT_0 = {"x": 3, "y": 1, "W": 3}, {"x": 3, "y": 0, "W": 3}
E9 = mpmath.exp(-9)


def texts(items):
    return [str(item) for item in items]


def test_the_steps_are_one_operation_each_as_typed():
    d = derivation(L_A, "W")
    assert texts(row.name for row in d.rows) == ["ξ₁", "ξ₂", "ξ₃", "ξ₄", "ξ₅", "L"]
    assert texts(row.definition for row in d.rows) == ["-W*x", "exp(ξ₁)", "1 + ξ₂", "1/ξ₃", "log(ξ₄)", "-y*ξ₅"]
    assert texts(row.expanded for row in d.rows) == [
        "None", "exp(-W*x)", "1 + exp(-W*x)", "1/(1 + exp(-W*x))", "log(1/(1 + exp(-W*x)))", L_A]


def test_the_partials_in_both_forms():
    edges = [edge for row in derivation(L_A, "W").rows for edge in row.edges]
    assert texts(edge.by for edge in edges) == ["W", "ξ₁", "ξ₂", "ξ₃", "ξ₄", "ξ₅"]
    assert texts(edge.partial for edge in edges) == ["-x", "exp(ξ₁)", "1", "-1/ξ₃**2", "1/ξ₄", "-y"]
    assert texts(edge.expanded for edge in edges) == [
        "None", "exp(-W*x)", "None", "-1/(1 + exp(-W*x))**2", "1 + exp(-W*x)", "None"]


def test_the_second_table_has_the_signs_that_slides_lose():
    d = derivation(L_B, "W")
    assert texts(row.definition for row in d.rows) == [
        "-W*x", "exp(ξ₁)", "1 + ξ₂", "1/ξ₃", "1 - ξ₄", "log(ξ₅)", "-(1 - y)*ξ₆"]
    assert texts(edge.partial for row in d.rows for edge in row.edges) == [
        "-x", "exp(ξ₁)", "1", "-1/ξ₃**2", "-1", "1/ξ₅", "-(1 - y)"]
    assert str(d.rows[5].expanded) == "log(1 - 1/(1 + exp(-W*x)))"


VALUES_A = [-9, E9, 1 + E9, 1/(1 + E9), -mpmath.log(1 + E9), mpmath.log(1 + E9)]
PARTIALS_A = [-3, E9, 1, -1/(1 + E9)**2, 1 + E9, -1]
FORWARD_A = [-3, -3*E9, -3*E9, 3*E9/(1 + E9)**2, 3*E9/(1 + E9), -3*E9/(1 + E9)]
BACKWARD_A = [E9/(1 + E9), 1/(1 + E9), 1/(1 + E9), -(1 + E9), -1, 1]


@pytest.mark.parametrize("exact", [False, True])
def test_the_numbers_of_the_first_table(exact):
    forward = derivation(L_A, "W", at=AT_1, mode="forward", exact=exact)
    backward = derivation(L_A, "W", at=AT_1, exact=exact)
    for d in (forward, backward):
        close([row.value for row in d.rows], VALUES_A)
        close([edge.value for row in d.rows for edge in row.edges], PARTIALS_A)
        close(d.gradient["W"], -3*E9/(1 + E9))
    close([row.tangents[0] for row in forward.rows], FORWARD_A)
    close([row.adjoint for row in backward.rows], BACKWARD_A)
    assert f"{float(backward.gradient['W']):.8g}" == "-0.00037018373"


def close(found, expected):
    found, expected = [x if isinstance(x, list) else [x] for x in (found, expected)]
    assert len(found) == len(expected)
    for a, b in zip(found, expected):
        assert abs(float(a) - float(b)) <= 1e-11*abs(float(b)), (a, b)         # the naive form cancels at 1e-9·ulp


def test_the_second_table_vanishes_at_one_and_not_at_nought():
    at_1 = derivation(L_B, "W", at=AT_1, exact=True)
    assert at_1.value == 0 and at_1.gradient["W"] == 0
    at_0 = derivation(L_B, "W", at=AT_0, exact=True)
    assert abs(at_0.gradient["W"].evalf(30) - sp.Rational(3)/(1 + sp.exp(-9))).evalf(30) < 1e-28
    assert str(at_0.gradient["W"].evalf(20)).startswith("2.99962981627")
    assert at_0.gradient["W"] == derivation(L_B, "W", at=AT_0, exact=True, mode="forward").gradient["W"]


def test_exact_numbers_stay_symbolic():
    d = derivation(L_A, "W", at=AT_1, mode="forward", exact=True)
    e = sp.exp(-9)
    assert [row.value for row in d.rows][:4] == [-9, e, 1 + e, 1/(1 + e)]
    assert [row.tangents[0] for row in d.rows] == [-3, -3*e, -3*e, 3*e/(1 + e)**2, 3*e/(1 + e), -3*e/(1 + e)]


def test_the_chain_through_named_intermediates():
    model = sd.Model("h = x*beta1 + beta0\np = sigmoid(h)", loss="-(y*log(p) + (1 - y)*log(1 - p))",
                     parameters={"beta1": (), "beta0": ()})
    d = derivation(model, at={"x": 3, "beta1": 3, "beta0": 0, "y": 0})
    names = texts(row.name for row in d.rows)
    assert "h" in names and "p" in names and names[-1] == "loss"
    partial = {(str(e.row), str(e.by)): str(e.partial) for row in d.rows for e in row.edges}
    assert partial["p", "h"] == "sigmoid(h)*(1 - sigmoid(h))"
    assert partial["h", "beta0"] == "1"
    closed = {str(one.name): str(one.closed) for one in (*d.rows, *d.inputs)}
    assert closed["h"] == "p - y" and closed["beta1"] == "x*(p - y)" and closed["beta0"] == "p - y"
    sigma = 1/(1 + mpmath.exp(-9))
    close([d.gradient["beta1"], d.gradient["beta0"]], [3*sigma, sigma])


def test_the_printed_table_is_the_lecture_s():
    text = derivation(L_A, "W", at=AT_1, mode="forward", exact=True).text(width=200, ascii=False)
    for piece in ("│ 1/ξ₃ = 1/(1 + exp(-W*x))", "∂ξ₄/∂ξ₃ = -1/ξ₃**2", "3*exp(-9)/(exp(-9) + 1)**2", "-0.00037018373"):
        assert piece in text, piece
