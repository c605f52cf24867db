"""Fits against scikit-learn, statsmodels and formulas worked by hand: estimates, errors, criteria; what is not told."""
import importlib.util

import numpy as np
import pytest
from scipy import stats

import symdiff as sd
from codegen.fit import fit
from symdiff.errors import ArgumentError
from tests.conftest import ROOT

n, d = sd.sizes("n d")
X, y, w, b = sd.array("X", n, d), sd.array("y", n), sd.array("w", d), sd.array("b")


@pytest.fixture(scope="module")
def patients():
    """(names of columns, X, y) of the heart table."""
    spec = importlib.util.spec_from_file_location("heart", ROOT/"examples"/"heart.py")
    heart = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(heart)
    return heart.design(heart.read(heart.TABLE)[0])


def logistic():
    p = 1/(1 + sd.exp(-(X @ w + b)))
    return -sd.mean(y*sd.log(p) + (1 - y)*sd.log(1 - p))


@pytest.fixture(scope="module")
def fitted(patients):
    names, values, label = patients
    return fit(logistic(), {"X": values, "y": label}, labels={"w": names, "b": ["intercept"]})


def test_logistic_coefficients_are_those_of_scikit_learn(patients, fitted):
    linear = pytest.importorskip("sklearn.linear_model")
    _, values, label = patients
    other = linear.LogisticRegression(C=np.inf, tol=1e-12, solver="newton-cholesky").fit(values, label)
    np.testing.assert_allclose(fitted.coefficients["w"], other.coef_[0], rtol=1e-9)
    np.testing.assert_allclose(fitted.coefficients["b"], other.intercept_[0], rtol=1e-9)


def test_logistic_standard_errors_are_those_of_the_information(patients, fitted):
    """(AᵀWA)⁻¹ with W = p(1 − p), worked by NumPy."""
    _, values, label = patients
    A = np.column_stack([values, np.ones(len(label))])
    p = 1/(1 + np.exp(-A @ np.append(fitted.coefficients["w"], fitted.coefficients["b"])))
    errors = np.sqrt(np.diag(np.linalg.inv(A.T*(p*(1 - p)) @ A)))
    np.testing.assert_allclose(fitted.errors, errors, rtol=1e-9)
    likelihood = np.sum(np.where(label == 1, np.log(p), np.log(1 - p)))
    assert fitted.log_likelihood == pytest.approx(likelihood, rel=1e-12)
    assert fitted.aic == pytest.approx(2*17 - 2*likelihood) and fitted.n == 297
    assert fitted.bic == pytest.approx(17*np.log(297) - 2*likelihood)
    z = fitted.z["b"]
    assert z == pytest.approx(fitted.coefficients["b"]/errors[-1])
    assert fitted.p_values["b"] == pytest.approx(2*stats.norm.sf(abs(z)))
    ends = fitted.coefficients["b"] + stats.norm.ppf(0.95)*errors[-1]*np.array([-1, 1])
    np.testing.assert_allclose(fitted.intervals(0.9)["b"], ends, rtol=1e-9)


def test_logistic_is_that_of_statsmodels(patients, fitted):
    models = pytest.importorskip("statsmodels.api")
    _, values, label = patients
    other = models.Logit(label, np.column_stack([values, np.ones(297)])).fit(disp=0, tol=1e-12, maxiter=100)
    np.testing.assert_allclose(fitted.estimates, other.params, rtol=1e-6)
    np.testing.assert_allclose(fitted.errors, other.bse, rtol=1e-6)
    np.testing.assert_allclose([fitted.log_likelihood, fitted.aic, fitted.bic], [other.llf, other.aic, other.bic])
    ends = np.vstack([*fitted.intervals()["w"], fitted.intervals()["b"]])
    np.testing.assert_allclose(ends, other.conf_int(), rtol=1e-5)


def test_the_summary(fitted):
    text = str(fitted)
    assert "297 observations, 17 parameters" in text and "297 times" in text
    row, = (line.split() for line in text.splitlines() if line.startswith("Ca "))
    assert row[:4] == ["Ca", "1.1898", "0.2543", "4.68"]
    assert all(len(line) <= 120 for line in text.splitlines())


def counts():
    rng = np.random.default_rng(2)
    values = np.column_stack([np.ones(80), rng.normal(size=(80, 2))])
    return values, rng.poisson(np.exp(values @ [0.5, 0.3, -0.4])).astype(float)


def test_poisson_is_that_of_statsmodels():
    models = pytest.importorskip("statsmodels.api")
    values, k = counts()
    eta = X @ w
    found = fit(sd.sum(sd.exp(eta) - y*eta + sd.loggamma(y + 1)), {"X": values, "y": k})
    other = models.GLM(k, values, family=models.families.Poisson()).fit(tol=1e-13)
    np.testing.assert_allclose(found.coefficients["w"], other.params, rtol=1e-7)
    np.testing.assert_allclose(found.standard_errors["w"], other.bse, rtol=1e-6)
    assert found.log_likelihood == pytest.approx(other.llf) and found.aic == pytest.approx(other.aic)


@pytest.mark.nightly
def test_negative_binomial_is_that_of_statsmodels():
    models = pytest.importorskip("statsmodels.api")
    values, _ = counts()
    rng = np.random.default_rng(3)
    k = rng.negative_binomial(2, 2/(2 + np.exp(values @ [1.0, 0.3, -0.4]))).astype(float)
    alpha = sd.array("alpha")
    mu, r = sd.exp(X @ w), 1/alpha
    loglik = (sd.loggamma(y + r) - sd.loggamma(r) - sd.loggamma(y + 1) + r*sd.log(r/(r + mu)) + y*sd.log(mu/(r + mu)))
    found = fit(-sd.sum(loglik), {"X": values, "y": k}, {"alpha": 1.0})
    other = models.NegativeBinomial(k, values).fit(disp=0, method="newton", maxiter=200, tol=1e-12)
    np.testing.assert_allclose([*found.coefficients["w"], found.coefficients["alpha"]], other.params, rtol=1e-6)
    np.testing.assert_allclose([*found.standard_errors["w"], found.standard_errors["alpha"]], other.bse, rtol=1e-5)


@pytest.mark.nightly
def test_gamma_is_that_of_statsmodels():
    """The coefficients only: statsmodels estimates the dispersion by Pearson's statistic."""
    models = pytest.importorskip("statsmodels.api")
    values, _ = counts()
    waits = np.random.default_rng(6).gamma(2.5, np.exp(values @ [0.2, 0.5, -0.3])/2.5)
    shape, mu = sd.array("shape"), sd.exp(X @ w)
    density = shape*sd.log(shape/mu) - sd.loggamma(shape) + (shape - 1)*sd.log(y) - shape*y/mu
    found = fit(-sd.sum(density), {"X": values, "y": waits}, {"shape": 1.0})
    family = models.families.Gamma(models.families.links.Log())
    np.testing.assert_allclose(found.coefficients["w"], models.GLM(waits, values, family).fit(tol=1e-13).params, rtol=1e-6)
    frozen = stats.gamma(found.coefficients["shape"], scale=np.exp(values @ found.coefficients["w"])
                         / found.coefficients["shape"])
    assert found.log_likelihood == pytest.approx(frozen.logpdf(waits).sum())


@pytest.mark.nightly
def test_ordinal_is_that_of_statsmodels():
    """Proportional odds of three classes, the second threshold above the first by exp(gap)."""
    ordinal = pytest.importorskip("statsmodels.miscmodels.ordinal_model")
    rng = np.random.default_rng(8)
    values = rng.normal(size=(120, 2))
    classes = np.digitize(values @ [1.0, -0.5] + rng.logistic(size=120), [-0.5, 1.0]).astype(float)
    first, gap, eta = sd.array("first"), sd.array("gap"), X @ w
    low, high = sd.sigmoid(first - eta), sd.sigmoid(first + sd.exp(gap) - eta)
    chance = sd.where(y < 0.5, low, sd.where(y < 1.5, high - low, 1 - high))
    found = fit(-sd.sum(sd.log(chance)), {"X": values, "y": classes})
    other = ordinal.OrderedModel(classes.astype(int), values, distr="logit").fit(disp=0, method="newton", tol=1e-13)
    ours = [*found.coefficients["w"], found.coefficients["first"], found.coefficients["gap"]]
    np.testing.assert_allclose(ours, other.params, rtol=1e-6)
    ours = [*found.standard_errors["w"], found.standard_errors["first"], found.standard_errors["gap"]]
    np.testing.assert_allclose(ours, other.bse, rtol=1e-5)


def test_least_squares_are_those_of_the_normal_equations():
    rng = np.random.default_rng(4)
    values = np.column_stack([np.ones(30), rng.normal(size=(30, 2))])
    label = values @ [1.0, 2.0, 3.0] + rng.normal(size=30)
    found = fit(sd.mean((X @ w - y)**2), {"X": values, "y": label})
    wanted = np.linalg.solve(values.T @ values, values.T @ label)
    rss = np.sum((label - values @ wanted)**2)
    errors = np.sqrt(np.diag(np.linalg.inv(values.T @ values))*rss/27)
    np.testing.assert_allclose(found.coefficients["w"], wanted, rtol=1e-12)
    np.testing.assert_allclose(found.standard_errors["w"], errors, rtol=1e-12)
    np.testing.assert_allclose(found.p_values["w"], 2*stats.t(27).sf(np.abs(wanted/errors)), rtol=1e-10)
    assert found.log_likelihood == pytest.approx(np.sum(stats.norm(0, np.sqrt(rss/30)).logpdf(label - values @ wanted)))
    assert found.k == 4 and "27 degrees of freedom" in str(found)


@pytest.mark.parametrize("loss, scale", [(sd.mean(-y*b + sd.exp(b)), None), (sd.sum(-y*b + sd.exp(b)), None),
                                         (sd.mean(-y*b + sd.exp(b)), "mean"),
                                         (sd.sum(-y*b + sd.exp(b)), "sum"), (sd.mean(-y*b + sd.exp(b)), 4)])
def test_the_scale_of_the_likelihood(loss, scale):
    """The rate of a Poisson distribution: b = log of the mean, variance 1/Σy."""
    found = fit(loss, {"y": [1.0, 3, 2, 6]}, scale=scale)
    assert found.coefficients["b"] == pytest.approx(np.log(3), rel=1e-12)
    assert found.standard_errors["b"] == pytest.approx(1/np.sqrt(12), rel=1e-10) and found.n == 4


def test_a_loss_that_does_not_tell_its_scale():
    loss = sd.mean(-y*b + sd.exp(b)) + 0.1*b**2
    with pytest.raises(ArgumentError, match="scale="):
        fit(loss, {"y": [1.0, 2.0]})
    assert fit(loss, {"y": [1.0, 2.0]}, scale="mean").n == 2


def test_what_the_data_do_not_tell():
    values = np.column_stack([np.arange(6.0), np.ones(6), np.ones(6)])
    for loss in (sd.mean((X @ w - y)**2), sd.mean(sd.exp(X @ w) - y*(X @ w))):
        found = fit(loss, {"X": values, "y": np.arange(6.0)}, {"w": [0.1, 0.2, 0.3]})
        assert np.isnan(found.errors).all() and set(found.unidentified) == {"w[1]", "w[2]"}
        assert "no strict minimum here along w[1], w[2]" in str(found)


def test_predictions():
    model = sd.Model("eta = X @ w + b\np = 1/(1 + exp(-eta))", loss="-mean(y*log(p) + (1 - y)*log(1 - p))",
                     parameters=[w, b], data=[X, y])
    rng = np.random.default_rng(0)
    values, label = rng.normal(size=(50, 2)), (rng.random(50) < 0.5).astype(float)
    found = fit(model, {"X": values, "y": label})
    eta = values @ found.coefficients["w"] + found.coefficients["b"]
    np.testing.assert_allclose(found.predict("eta", X=values), eta)
    np.testing.assert_allclose(found.predict("p", {"X": values[:3]}), 1/(1 + np.exp(-eta[:3])))
    proba = found.predict_proba(X=values)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    np.testing.assert_allclose(proba[:, 1], 1/(1 + np.exp(-eta)))
    with pytest.raises(ArgumentError, match="no probabilities"):
        found.predict_proba("eta", X=values)
    with pytest.raises(ArgumentError, match="no value for X"):
        found.predict("p")
    assert found.coefficients.keys() == found.standard_errors.keys() == found.z.keys()


def test_saved_coefficients(tmp_path, fitted):
    path = fitted.save(tmp_path/"heart")
    np.testing.assert_array_equal(sd.load_weights(path)["w"], fitted.coefficients["w"])
    with pytest.raises(ArgumentError, match="exists"):
        fitted.save(path)


@pytest.mark.parametrize("given, words", [({"level": 1.5}, "level"), ({"scale": -1}, "scale"),
                                          ({"scale": "some"}, "scale"),
                                          ({"labels": {"b": ["one", "two"]}}, "2 labels"),
                                          ({"labels": {"q": ["one"]}}, "no input is called q")])
def test_wrong_arguments(given, words):
    with pytest.raises(ArgumentError, match=words):
        fit(sd.mean(-y*b + sd.exp(b)), {"y": [1.0, 2.0]}, **given)


def test_many_parameters_are_shortened():
    u = sd.array("u", n)
    found = fit(sd.sum(sd.exp(u) - y*u), {"y": np.arange(1.0, 121.0)}, scale="sum")
    np.testing.assert_allclose(found.coefficients["u"], np.log(np.arange(1.0, 121.0)), rtol=1e-10)
    assert found.n == 120 and "… 60 more" in str(found) and found.training.method == "L-BFGS-B"
