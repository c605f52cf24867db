"""Training and fits of constrained parameters: the constrained optimum, its errors, starts, saved values, refusals."""
import numpy as np
import pytest
from scipy import optimize, stats

import symdiff as sd
from codegen.train.task import Task
from symdiff.errors import ArgumentError

RNG = np.random.default_rng(11)
Y = RNG.normal(3, 2, size=40)
NORMAL = "log(sigma) + (y - mu)**2/(2*sigma**2) + log(2*pi)/2"


def normal(loss=f"mean({NORMAL})", **more):
    return sd.Model(loss=loss, parameters={"mu": (), "sigma": ()}, data={"y": ("n",)},
                    constraints={"sigma": "positive"}, **more)


@pytest.fixture(scope="module")
def fitted():
    return sd.fit(normal(), {"y": Y}, {"sigma": 5.0}, labels={"sigma": ["deviation"]})


def test_a_fit_gives_the_deviation_itself(fitted):
    """The estimate is √(Σ(y − ȳ)²/n), its standard error σ/√(2n): the inverse of the Hessian in σ."""
    sigma = Y.std()
    assert fitted.coefficients == {"mu": pytest.approx(Y.mean()), "sigma": pytest.approx(sigma, rel=1e-10)}
    assert fitted.standard_errors["sigma"] == pytest.approx(sigma/np.sqrt(80), rel=1e-8)
    whole = sd.compile(normal()).hess(y=Y, **fitted.coefficients)
    information = 40*np.array([[whole[a, b] for b in ("mu", "sigma")] for a in ("mu", "sigma")])
    np.testing.assert_allclose(fitted.covariance, np.linalg.inv(information), rtol=1e-7, atol=1e-10)
    assert fitted.log_likelihood == pytest.approx(stats.norm(Y.mean(), sigma).logpdf(Y).sum())


def test_its_interval_is_that_of_the_logarithm_and_zero_is_no_hypothesis(fitted):
    ends = Y.std()*np.exp(stats.norm.ppf(0.975)/np.sqrt(80)*np.array([-1, 1]))
    np.testing.assert_allclose(fitted.intervals()["sigma"], ends, rtol=1e-8)
    assert np.isnan(fitted.z["sigma"]) and np.isnan(fitted.p_values["sigma"]) and fitted.z["mu"] > 0
    text = str(fitted)
    assert "nan" not in text and "sigma positive" in text and "deviation" in text


@pytest.mark.nightly
def test_the_jacobian_moves_the_mode_to_that_of_the_logarithm():
    """The density of log σ holds a factor σ more: its mode is √(Σ(y − ȳ)²/(n − 1))."""
    for loss, more in ((f"mean({NORMAL})", {}), (f"sum({NORMAL})", {}), (f"sum({NORMAL})/n", {"scale": "mean"}),
                       (f"mean({NORMAL}) + 0*mu", {"scale": 40})):
        found = sd.fit(normal(loss), {"y": Y}, jacobian=True, **more)
        assert found.coefficients["sigma"] == pytest.approx(Y.std(ddof=1), rel=1e-9)
        assert found.log_likelihood == pytest.approx(stats.norm(Y.mean(), Y.std(ddof=1)).logpdf(Y).sum())
    assert "jacobian" in str(found)


def test_batches_hold_their_part_of_the_jacobian():
    """The batches of an epoch add up, or average, to the loss of all rows with all of log |det J|."""
    for loss, whole in ((f"mean({NORMAL})", np.mean), (f"sum({NORMAL})", np.sum)):
        task, x = Task(normal(loss), {"y": Y}, jacobian=True), np.array([2.0, 0.7])
        parts = [task.part(np.arange(k, k + 10)).flat.fun_and_jac(x) for k in range(0, 40, 10)]
        value, slope = task.flat.fun_and_jac(x)
        plain = sd.compile(normal(loss))(y=Y, mu=2.0, sigma=np.exp(0.7))
        assert value == pytest.approx(plain - 0.7/(40 if whole is np.mean else 1), rel=1e-14)
        assert whole([part[0] for part in parts]) == pytest.approx(value, rel=1e-13)
        np.testing.assert_allclose(whole([part[1] for part in parts], axis=0), slope, rtol=1e-12)


def test_training_starts_and_ends_with_values_of_the_user(tmp_path):
    first = sd.train(normal(), {"y": Y}, {"sigma": 4.0, "mu": 1.0}, method="gd", rate=1e-12, epochs=1)
    assert first.parameters == {"mu": pytest.approx(1.0), "sigma": pytest.approx(4.0, rel=1e-9)}
    whole = sd.train(normal(), {"y": Y}, method="L-BFGS-B")
    assert whole.parameters["sigma"] == pytest.approx(Y.std(), rel=1e-5)
    assert whole.predict("2*sigma") == pytest.approx(2*Y.std(), rel=1e-5)
    path = whole.save(tmp_path/"weights")
    assert sd.load_weights(path)["sigma"] == pytest.approx(Y.std(), rel=1e-5)
    again = sd.train(normal(), {"y": Y}, path, method="gd", rate=1e-12, epochs=1)
    assert again.loss == pytest.approx(whole.loss, rel=1e-12)


def test_the_start_of_a_model():
    model = normal(start={"sigma": 4.0, "mu": 2})
    found = sd.train(model, {"y": Y}, {"mu": 1.0}, method="gd", rate=1e-12, epochs=1)
    assert found.parameters == {"mu": pytest.approx(1.0), "sigma": pytest.approx(4.0, rel=1e-9)}
    wide = sd.Model(loss="mean((X @ w - y)**2)", parameters={"w": ("d",)}, data={"X": ("n", "d"), "y": ("n",)},
                    start={"w": 0.5})
    found = sd.train(wide, {"X": np.eye(3), "y": np.zeros(3)}, method="gd", rate=1e-12, epochs=1)
    np.testing.assert_allclose(found.parameters["w"], 0.5, rtol=1e-9)
    from symdiff.models.initial import initial
    assert initial(model) == {"mu": 2.0, "sigma": 4.0} and initial(normal())["sigma"] == 1.0
    assert initial(model, rule={"mu": 7})["mu"] == 7.0
    with pytest.raises(ArgumentError, match="sigma is positive"):
        initial(normal(start={"sigma": -1.0}))


def test_chances_of_a_simplex():
    """Multinomial: k/n, with the covariance (diag p − p pᵀ)/n; two numbers are free."""
    model = sd.Model(loss="-sum(k*log(p))", parameters={"p": (3,)}, data={"k": (3,)}, constraints={"p": "simplex"})
    found = sd.fit(model, {"k": [10.0, 20.0, 70.0]}, {"p": [0.2, 0.2, 0.6]})
    p = np.array([0.1, 0.2, 0.7])
    np.testing.assert_allclose(found.coefficients["p"], p, rtol=1e-8)
    np.testing.assert_allclose(found.covariance, (np.diag(p) - np.outer(p, p))/100, rtol=1e-6, atol=1e-12)
    assert found.k == 2 and found.names == ("p[0]", "p[1]", "p[2]")


@pytest.mark.nightly
def test_a_covariance_matrix():
    """The maximum is the covariance of the rows; its entries vary by (Sᵢₖ Sⱼₗ + Sᵢₗ Sⱼₖ)/n."""
    rows = RNG.multivariate_normal([1, 2], [[2, 0.8], [0.8, 1]], size=100)
    model = sd.Model(loss="mean(sum((Y - mu)*solve(S, (Y - mu).T).T, axis=1))/2 + logdet(S)/2",
                     parameters={"mu": (2,), "S": (2, 2)}, data={"Y": ("n", 2)}, constraints={"S": "positive_definite"})
    found = sd.fit(model, {"Y": rows}, scale=100)
    S = np.cov(rows.T, bias=True)
    np.testing.assert_allclose(found.coefficients["S"], S, rtol=1e-7)
    wanted = (np.einsum("ik,jl->ijkl", S, S) + np.einsum("il,jk->ijkl", S, S)).reshape(4, 4)/100
    np.testing.assert_allclose(found.covariance[2:, 2:], wanted, rtol=1e-5)
    assert np.isfinite(found.z["S"][0, 1]) and np.isnan(found.z["S"][0, 0]) and found.k == 5


def test_a_bounded_minimum_inside_is_that_of_scipy():
    x = np.linspace(0, 1, 30)
    data = {"x": x, "y": 2*np.exp(-0.7*x) + 0.05*RNG.normal(size=30)}
    model = sd.Model(loss="sum((y - a*exp(-b*x))**2)", parameters={"a": (), "b": ()}, data={"x": ("n",), "y": ("n",)},
                     constraints={"a": [1, 3], "b": "unit"})
    found = sd.fit(model, data)
    theirs, covariance = optimize.curve_fit(lambda x, a, b: a*np.exp(-b*x), x, data["y"], [1, 1])
    np.testing.assert_allclose([found.coefficients["a"], found.coefficients["b"]], theirs, rtol=1e-6)
    np.testing.assert_allclose(found.covariance, covariance, rtol=1e-4)
    low, high = found.intervals()["b"]
    assert 0 < low < found.coefficients["b"] < high < 1


@pytest.mark.nightly
def test_thresholds_in_order():
    model = sd.Model(loss="-sum(k*log(concatenate((sigmoid(c[:1]), sigmoid(c[1:]) - sigmoid(c[:-1]), "
                     "1 - sigmoid(c[-1:])))))", parameters={"c": (2,)}, data={"k": (3,)}, constraints={"c": "ordered"})
    found = sd.fit(model, {"k": [20.0, 50.0, 30.0]})
    np.testing.assert_allclose(found.coefficients["c"], np.log([0.2/0.8, 0.7/0.3]), rtol=1e-7)
    assert np.isfinite(found.z["c"]).all()


@pytest.mark.nightly
def test_a_maximum_on_the_border_is_told():
    """All data 0: the chance goes to 0, where its standard error has no meaning; that of the other parameter has."""
    model = sd.Model(loss="-sum(y*log(p) + (1 - y)*log(1 - p)) + sum((z - q)**2)/2", parameters={"p": (), "q": ()},
                     data={"y": ("n",), "z": ("n",)}, constraints={"p": "unit"})
    found = sd.fit(model, {"y": np.zeros(20), "z": Y[:20]}, scale=1)
    assert 0 <= found.coefficients["p"] < 1e-6 and np.isfinite(found.log_likelihood)
    assert found.border == ("p",) and np.isnan(found.standard_errors["p"]) and np.isnan(found.intervals()["p"]).all()
    assert found.standard_errors["q"] == pytest.approx(1/np.sqrt(20)) and "at the border" in str(found)
    line = sd.Model(loss="sum((y - a*x)**2)", parameters={"a": ()}, data={"x": ("n",), "y": ("n",)},
                    constraints={"a": "unit"})
    found = sd.fit(line, {"x": [1.0, 2, 3], "y": [2.5, 5.1, 7.4]})
    assert found.coefficients["a"] == pytest.approx(1) and found.border == ("a",) and np.isnan(found.errors).all()
    assert sd.fit(line, {"x": [1.0, 2, 3], "y": [0.5, 1.1, 1.4]}).border == ()
    shares = sd.Model(loss="-sum(k*log(p))", parameters={"p": (3,)}, data={"k": (3,)}, constraints={"p": "simplex"})
    found = sd.fit(shares, {"k": [0.0, 2, 3]})
    np.testing.assert_allclose(found.coefficients["p"], [0, 0.4, 0.6], atol=1e-6)
    assert found.border == ("p",) and np.isnan(found.errors).all()


def test_several_starts_and_validation():
    found = sd.train(normal(), {"y": Y}, epochs=20, starts=3, validation=0.25, patience=5, rate=0.05)
    assert len(found.spread) == 3 and found.parameters["sigma"] > 0 and len(found.validation)


@pytest.mark.parametrize("run, words", [
    (lambda: sd.fit(normal(), {"y": Y}, {"sigma": -1.0}), "sigma is positive, and this value is not"),
    (lambda: sd.train(normal(), {"y": Y}, {"sigma": np.nan}), "sigma is positive"),
    (lambda: sd.train(normal(), {"y": Y}, {"sgma": 1.0}), "no input is called sgma"),
    (lambda: sd.train(normal(), {"y": Y}, weight_decay={"sigma": 0.1}), "has a constraint"),
    (lambda: sd.train(normal(f"mean({NORMAL}) + mu**2"), {"y": Y}, jacobian=True), "jacobian=297"),
    (lambda: sd.train(normal(), {"y": Y}, jacobian=-1), "jacobian is -1"),
    (lambda: sd.fit(normal("sum((y - mu)**2*sigma)"), {"y": Y}, jacobian="yes"), "jacobian is 'yes'"),
    (lambda: sd.fit(sd.compile(normal(), ["mu"]), {"y": Y, "sigma": 1.0}), "no derivative is taken by it"),
    (lambda: sd.fit(sd.Model(loss="sum((y - s)**2)", parameters={"s": ()}, data={"y": ("n",)},
                             constraints={"s": "positive"}), {"y": Y}, jacobian=True), "a sum of squares"),
    (lambda: sd.fit(normal(), {"y": Y}, {"sigma": [1.0, 2.0]}), "sigma is a scalar, but its value is a vector"),
    (lambda: sd.fit(sd.Model(loss="sum(p**2)", parameters={"p": ("k",)}, data={}, constraints={"p": "simplex"}), {}),
     "p is k long, which no data tell"),
    (lambda: normal(start=[1.0]), "starts are given by name"),
])
def test_what_is_refused(run, words):
    with pytest.raises(sd.SymdiffError, match=words) as error:
        run()
    assert error.value.do


def test_a_compiled_model_keeps_its_constraints(fitted):
    found = sd.fit(sd.compile(normal()), {"y": Y})
    assert found.coefficients["sigma"] == pytest.approx(fitted.coefficients["sigma"], rel=1e-9)
