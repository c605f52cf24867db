"""Constraints against mpmath: there and back, log |det J| of differences in 40 digits, tails, what is refused."""
import math

import mpmath as mp
import numpy as np
import pytest

import symdiff as sd
from symdiff.constraints import NAMES, constraint, inside
from symdiff.evaluate import evaluate
from symdiff.read import read

RNG = np.random.default_rng(5)
INF = math.inf


def value(expression, **values):
    return evaluate([read(expression)], values)[0]


def logistic(u):
    return 1/(1 + mp.exp(-u))


def stick(u):
    """softmax(u, 0)."""
    total = 1 + sum(mp.exp(one) for one in u)
    return [mp.exp(one)/total for one in u] + [1/total]


def growing(u):
    found = [u[0]]
    for one in u[1:]:
        found.append(found[-1] + mp.exp(one))
    return found


def covariance(u):
    """L Lᵀ, by rows of its lower triangle."""
    d = int(mp.sqrt(2*len(u)))
    L, rest = mp.zeros(d), iter(u)
    for i in range(d):
        for j in range(i + 1):
            L[i, j] = mp.exp(next(rest)) if i == j else next(rest)
    whole = L*L.T
    return [whole[i, j] for i in range(d) for j in range(i + 1)]


CASES = [
    ("positive", (), lambda u: [mp.exp(u[0])]), ("positive", (3,), lambda u: [mp.exp(one) for one in u]),
    ("unit", (2,), lambda u: [logistic(one) for one in u]),
    ([-1, 1], (2,), lambda u: [2*logistic(one) - 1 for one in u]),
    ([0, 3], (2,), lambda u: [3*logistic(one) for one in u]),
    ([2, 5.5], (), lambda u: [2 + mp.mpf(3.5)*logistic(u[0])]),
    ([1.5, INF], (2,), lambda u: [1.5 + mp.exp(one) for one in u]), ([-INF, 2], (), lambda u: [2 - mp.exp(u[0])]),
    ("simplex", (4,), stick), ("simplex", (1,), stick), ("ordered", (4,), growing), ("ordered", (1,), growing),
    ("positive_definite", (3, 3), covariance), ("positive_definite", (1, 1), covariance),
]


@pytest.mark.parametrize("given, sizes, formula", CASES)
def test_value_inverse_and_jacobian(given, sizes, formula):
    kind = constraint(given)
    kind.check("x", sizes)
    u, x = sd.array("u", *kind.free(sizes)), sd.array("x", *sizes)
    point = RNG.normal(size=u.sizes)
    found = value(kind.value(u), u=point)
    assert found.shape == sizes and kind.holds(found)
    with mp.workdps(40):
        flat = [mp.mpf(float(one)) for one in np.ravel(point)]
        wanted = formula(flat)
        own = found[np.tril_indices(len(found))] if given == "positive_definite" else np.ravel(found)
        np.testing.assert_allclose(own, [float(one) for one in wanted], rtol=1e-14)
        slopes = mp.matrix(len(flat))                          # simplex: the last entry follows from the others
        for k in range(len(flat)):
            for i in range(len(flat)):
                slopes[i, k] = mp.diff(lambda t: formula([*flat[:k], t, *flat[k + 1:]])[i], flat[k])
        log_det = float(mp.log(abs(mp.det(slopes)))) if flat else 0.0
    assert value(kind.log_jacobian(u), u=point) == pytest.approx(log_det, rel=1e-12, abs=1e-12)
    np.testing.assert_allclose(value(kind.inverse(x), x=found), point, rtol=1e-11, atol=1e-12)
    assert constraint(kind.form) == kind


def test_many_rows_at_once():
    for given in ("simplex", "ordered", "positive", [-2, 7]):
        kind = constraint(given)
        u, single = sd.array("u", *kind.free((3, 4))), sd.array("u", *kind.free((4,)))
        point = RNG.normal(size=u.sizes)
        found = value(kind.value(u), u=point)
        np.testing.assert_allclose(found, [value(kind.value(single), u=row) for row in point], rtol=1e-14)
        total = sum(value(kind.log_jacobian(single), u=row) for row in point)
        assert value(kind.log_jacobian(u), u=point) == pytest.approx(total)


@pytest.mark.parametrize("given", ["unit", [0, 3], [-1, 1], [2, 5], [0.1, 0.7]])
def test_no_rounding_leaves_an_interval(given):
    kind = constraint(given)
    found = value(kind.value(sd.array("u", 4001)), u=np.linspace(-800, 800, 4001))
    low, high = (0, 1) if given == "unit" else given
    assert found.min() >= low and found.max() <= high and np.all(np.diff(found) >= 0)


@pytest.mark.parametrize("u", [-800.0, 800.0])
def test_losses_and_jacobians_in_the_tails(u):
    """log p and log(1 - p) of p = sigmoid(u), and log |det J|, with their slopes, where p itself is 0 or 1."""
    model = sd.Model(loss="-(3*log(p) + 5*log(1 - p))", parameters={"p": ()}, data={}, constraints={"p": "unit"})
    found, slope = sd.compile(model.free(1)).value_and_grad(p_free=u)
    exact = (5 if u > 0 else 3)*800 + 800                       # less log |det J| = -800
    assert found == pytest.approx(exact, rel=1e-14)
    assert slope["p_free"] == pytest.approx(6 if u > 0 else -4, rel=1e-14)
    simplex = sd.Model(loss="-sum(k*log(q))", parameters={"q": (3,)}, data={"k": (3,)}, constraints={"q": "simplex"})
    found, slope = sd.compile(simplex.free(1)).value_and_grad(k=[1.0, 2.0, 3.0], q_free=[u, 0.0])
    assert np.isfinite(found) and np.isfinite(slope["q_free"]).all()
    assert found == pytest.approx(800*((2 + 3) + 2) if u > 0 else 800*(1 + 1) + (6 + 3)*math.log(2))


def test_the_free_model_has_the_same_loss():
    model = sd.Model({"z": "x*s"}, loss="sum(z**2) + log(s) + a**2", parameters={"a": (), "s": ()}, data={"x": (3,)},
                     constraints={"s": "positive"})
    free = model.free()
    assert [a.name for a in free.parameters] == ["a", "s_free"] and [a.name for a in free.data] == ["x"]
    at = {"x": [1.0, 2.0, 3.0], "a": 0.5}
    assert sd.compile(free)(**at, s_free=0.7) == pytest.approx(sd.compile(model)(**at, s=math.exp(0.7)), rel=1e-15)
    assert sd.compile(model.free(0.25))(**at, s_free=0.7) == pytest.approx(
        sd.compile(model)(**at, s=math.exp(0.7)) - 0.25*0.7, rel=1e-15)
    taken = sd.Model(loss="s*s_free", parameters={"s": ()}, data={"s_free": ()}, constraints={"s": "positive"})
    assert [a.name for a in taken.free().parameters] == ["s_free_"]


def test_a_model_shows_its_constraints():
    model = sd.Model(loss="s", parameters={"s": ()}, constraints={sd.array("s"): "positive"})
    assert "s positive" in str(model) and "positive" in model.text()


@pytest.mark.parametrize("given, words", [
    ("postive", "did you mean `positive`"), ("shrink", "use one of these"), ([1, 1], "two ends"), ([2, 1], "two ends"),
    ([1], "two ends"), ([-INF, INF], "all numbers"), ([math.nan, 1], "two ends"), ([True, 2], "two ends"),
    (3, "two ends"), (None, "two ends"), ([-1e308, 1e308], "further apart"), (["0", 1], "two ends"),
])
def test_what_is_no_constraint(given, words):
    with pytest.raises(sd.SpecError, match=words) as error:
        constraint(given)
    assert error.value.do and all(name in error.value.known for name in NAMES if error.value.known)


@pytest.mark.parametrize("given, sizes, words", [
    ("simplex", (), "scalars are not"), ("ordered", (), "scalars are not"), ("simplex", (0,), "no entries"),
    ("positive_definite", (2, 3), r"sizes are \(2, 3\)"), ("positive_definite", (3,), r"sizes are \(3,\)"),
    ("positive_definite", ("d", "d"), "one number"), ("positive_definite", (0, 0), "two axes"),
])
def test_sizes_that_cannot_be_so(given, sizes, words):
    with pytest.raises(sd.SizeMismatch, match=words):
        sd.Model(loss="sum(x)" if sizes else "x", parameters={"x": sizes}, constraints={"x": given})


def test_names_that_are_no_parameters():
    for what in ("constraints", "start"):
        with pytest.raises(sd.ArgumentError, match="did you mean `sigma`") as error:
            sd.Model(loss="sigma + y", parameters={"sigma": ()}, data={"y": ()}, **{what: {"sgma": "positive"}})
        assert "sigma" in error.value.known


@pytest.mark.parametrize("given, bad", [
    ("positive", 0.0), ("positive", math.nan), ("positive", INF), ("unit", [0.5, 1.0]), ([-1, 1], -1),
    ("simplex", [0.5, 0.6]), ("simplex", [1.0, 0.0]), ("ordered", [1.0, 1.0]), ("ordered", [2, 1]),
    ("positive_definite", [[1.0, 0.5], [0.4, 1.0]]), ("positive_definite", [[1.0, 2.0], [2.0, 1.0]]),
    ("positive_definite", [[math.nan]]),
])
def test_values_on_or_beyond_the_border(given, bad):
    with pytest.raises(sd.ArgumentError, match="x is .*, and this value is not"):
        inside("x", constraint(given), np.asarray(bad, float))
