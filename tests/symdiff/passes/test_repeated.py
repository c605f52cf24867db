"""Numbers that meet arrays: rules see through repetition, fire on nothing that they have made, and it is computed once."""
import mpmath
import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.evaluate import evaluate
from symdiff.graph import order
from symdiff.passes import BEFORE, run
from symdiff.passes.fold import fold
from symdiff.passes.stabilise.repeated import apart, together
from symdiff.passes.stabilise.rule import is_already
from symdiff.primitives.build import elementwise
from symdiff.primitives.contraction import contract
from symdiff.primitives.leaf import input
from symdiff.read import read_all
from tests.programs import draw, seeded

n = sd.sizes("n")
x, y, eta = (sd.array(name, n) for name in ("x", "y", "eta"))
a, b, r, c1, c2 = map(sd.array, ("a", "b", "r", "c1", "c2"))


def sigmoid(z):
    return 1/(1 + sp.exp(-z))


MODELS = {"bernoulli": a**y*(1 - a)**(1 - y), "binomial": a**y*(1 - a)**(9 - y), "poisson": sp.exp(-a)*a**y/sp.gamma(y + 1),
          "geometric": a*(1 - a)**(y - 1), "kumaraswamy": a*b*x**(a - 1)*(1 - x**a)**(b - 1), "minimum": 1 - (1 - a)**y,
          "contracted": 1 - sd.mean(x*eta)**y}


@pytest.mark.parametrize("name", MODELS)
def test_rules_fire_on_nothing_they_have_made(name):
    made, fired = run(read_all(-sd.sum(sp.log(MODELS[name]))).outputs, BEFORE)
    assert len(fired) < 10 and len(order(made)) < 120


def test_differences_of_normal_distributions_in_a_choice():
    choice = sd.where(sd.array("z", n) > 0, sd.ndtr(c2 - eta) - sd.ndtr(c1 - eta), 1)
    made, fired = run(read_all(sd.sum(sp.log(choice))).outputs, BEFORE)
    assert len(fired) < 10 and len(order(made)) < 120


def test_log_gammas_of_an_array_and_of_a_number():
    counts = [0.0, 2.0, 1.0, 5.0, 3.0]
    f = sd.compile(sd.sum(sp.loggamma(y + r) - sp.loggamma(r)), r)
    g = sd.compile(sd.sum(sp.loggamma(y + 1/r) - sp.loggamma(1/r)), r)
    for size in (0.3, 20.0, 1e6, 1e15):
        with mpmath.workdps(60):
            value = sum(mpmath.loggamma(mpmath.mpf(size) + k) - mpmath.loggamma(size) for k in counts)
            slope = sum(mpmath.digamma(mpmath.mpf(size) + k) - mpmath.digamma(size) for k in counts)
        found, gradient = f.value_and_grad(y=counts, r=size)
        assert abs(found/float(value) - 1) < 1e-15*8 and abs(gradient["r"]/float(slope) - 1) < 1e-13
        assert abs(g(y=counts, r=1/size)/float(value) - 1) < 1e-13


def test_shares_between_thresholds_that_are_numbers():
    f = sd.compile(-sd.sum(sp.log(sigmoid(c2 - eta) - sigmoid(c1 - eta))), [c1, c2])
    for at in (0.3, -15.0, -37.0, -50.0, 700.0):
        with mpmath.workdps(700):
            value = -mpmath.log(1/(1 + mpmath.exp(at - 1)) - 1/(1 + mpmath.exp(at + 1)))
        assert abs(f(eta=[at], c1=-1.0, c2=1.0)/float(value) - 1) < 1e-14


def test_what_is_repeated_is_computed_once():
    number, array = input("r"), input("y", (n,))
    whole = contract([number], [()], (0,), {0: n})
    formula, = fold((elementwise("mul", array, elementwise("exp", elementwise("sin", whole))),))
    assert sum(not one.sizes for one in order((formula,))) == 3          # r, sin r, exp(sin r)
    opened, back = apart((formula,))
    assert all(one.sizes for one in order(opened)) and list(back.values()) == [whole]
    assert together(opened, back) == (formula,)


@pytest.mark.parametrize("seed", range(40))
def test_there_and_back_on_random_programs(seed):
    case = draw(seeded(seed))
    outputs, values = fold(read_all(case.outputs).outputs), {str(k): v for k, v in case.values.items()}
    opened, back = apart(outputs)
    again = together(opened, back)
    with np.errstate(all="ignore"):
        for one, other in zip(evaluate(outputs, values), evaluate(again, values)):
            np.testing.assert_array_equal(one, other)


def test_what_a_rule_has_made():
    number = input("r")
    choice = elementwise("select", elementwise("gt", number, input("s")), number, input("s"))
    repeated = contract([elementwise("neg", choice)], [()], (0,), {0: n})
    assert is_already("select", number, choice) and is_already("select", repeated)
    assert is_already("select", elementwise("neg", repeated)) and not is_already("select", number)


@pytest.mark.parametrize("formula, exact", [
    ((x**a - 1)/a, lambda k, s: (mpmath.power(k, s) - 1)/s), ((1 + a*x)**(-1/a), lambda k, s: mpmath.power(1 + s*k, -1/s)),
    ((1 - sp.exp(-a*x))/a, lambda k, s: -mpmath.expm1(-s*k)/s), (sp.log(1 + a*x)/a, lambda k, s: mpmath.log1p(s*k)/s)])
def test_a_removable_number_over_rows(formula, exact):
    """Σ (x^a - 1)/a and the like at a = 0: no branch that is not taken is divided by 0, with the sum inside."""
    rows = [0.5, 1.0, 2.0, 7.0]
    f = sd.compile(sd.sum(formula), a)
    for at in (0.0, 1e-9, 0.3):
        with mpmath.workdps(80):
            value, slope, second = mpmath.taylor(lambda s: sum(exact(mpmath.mpf(k), s) for k in rows), at or mpmath.mpf(10)**-30, 2)
        found, gradient = f.value_and_grad(x=rows, a=at)
        assert abs(found/float(value) - 1) < 1e-14 and abs(gradient["a"]/float(slope) - 1) < 1e-14
        assert abs(f.hess(x=rows, a=at)["a", "a"]/float(2*second) - 1) < 1e-12
