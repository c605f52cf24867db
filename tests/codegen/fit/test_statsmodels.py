"""Fits against statsmodels on data sets that it ships: coefficients and standard errors to six digits and more."""
import numpy as np
import pytest

import symdiff as sd

models = pytest.importorskip("statsmodels.api", reason="statsmodels is not installed (extra test)")
ordinal = pytest.importorskip("statsmodels.miscmodels.ordinal_model")
autograd = pytest.importorskip("autograd", reason="autograd is not installed (extra test)")
anp = autograd.numpy
DATA, SIX = models.datasets, {"rtol": 1e-6}


def columns(**more):
    """Data, weights, and further parameters of a model."""
    return {"data": {"X": ("n", "d"), "y": ("n",)}, "parameters": {"w": ("d",), **more}}


def visits():
    """(X, y): visits to doctors (RAND health insurance experiment), the first 1000 rows."""
    found = DATA.randhie.load_pandas()
    table = models.add_constant(found.exog[["lncoins", "idp", "lpi", "fmde", "physlm", "disea"]][:1000])
    return table.to_numpy(), found.endog[:1000].to_numpy(float)


def test_logistic_regression():
    """Spector and Mazzeo (1980): grades after a course."""
    found = DATA.spector.load_pandas()
    X, y = models.add_constant(found.exog).to_numpy(), found.endog.to_numpy()
    ours = sd.fit(sd.Model(loss="-mean(y*log(sigmoid(X @ w)) + (1 - y)*log(1 - sigmoid(X @ w)))", **columns()),
                  {"X": X, "y": y})
    theirs = models.Logit(y, X).fit(disp=0, method="newton", tol=1e-13)
    np.testing.assert_allclose(ours.coefficients["w"], theirs.params, **SIX)
    np.testing.assert_allclose(ours.standard_errors["w"], theirs.bse, **SIX)
    np.testing.assert_allclose(ours.p_values["w"], theirs.pvalues, rtol=1e-5)
    assert ours.log_likelihood == pytest.approx(theirs.llf) and ours.bic == pytest.approx(theirs.bic)


@pytest.mark.nightly
def test_poisson_and_negative_binomial_regression():
    X, y = visits()
    model = sd.Model(loss="mean(exp(X @ w) - y*(X @ w) + loggamma(y + 1))", **columns())
    ours, theirs = sd.fit(model, {"X": X, "y": y}), models.Poisson(y, X).fit(disp=0, method="newton", tol=1e-13)
    np.testing.assert_allclose(ours.coefficients["w"], theirs.params, **SIX)
    np.testing.assert_allclose(ours.standard_errors["w"], theirs.bse, **SIX)
    assert ours.log_likelihood == pytest.approx(theirs.llf, rel=1e-10)
    spread = sd.Model("mu = exp(X @ w)\nr = 1/alpha",
                      "-mean(loggamma(y + r) - loggamma(r) - loggamma(y + 1) + r*log(r/(r + mu)) + y*log(mu/(r + mu)))",
                      **columns(alpha=()), constraints={"alpha": "positive"})
    ours = sd.fit(spread, {"X": X, "y": y})
    theirs = models.NegativeBinomial(y, X).fit(disp=0, method="newton", maxiter=300, tol=1e-13,
                                               start_params=[*ours.coefficients["w"], ours.coefficients["alpha"]])
    np.testing.assert_allclose([*ours.coefficients["w"], ours.coefficients["alpha"]], theirs.params, **SIX)
    np.testing.assert_allclose([*ours.standard_errors["w"], ours.standard_errors["alpha"]], theirs.bse, **SIX)
    assert ours.log_likelihood == pytest.approx(theirs.llf, rel=1e-10)


def test_gamma_regression():
    """Votes in Scotland.  Errors by the observed information at our dispersion, which theirs is told."""
    found = DATA.scotland.load_pandas()
    raw = found.exog.to_numpy()
    X = np.column_stack([np.ones(len(raw)), (raw - raw.mean(0))/raw.std(0)])
    y = found.endog.to_numpy()
    model = sd.Model("r = shape/exp(X @ w)", "-mean(shape*log(r) - loggamma(shape) + (shape - 1)*log(y) - r*y)",
                     **columns(shape=()), constraints={"shape": "positive"})
    ours = sd.fit(model, {"X": X, "y": y})
    family = models.families.Gamma(models.families.links.Log())
    theirs = models.GLM(y, X, family).fit(method="newton", optim_hessian="oim", tol=1e-14,
                                          scale=1/ours.coefficients["shape"])
    np.testing.assert_allclose(ours.coefficients["w"], theirs.params, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(ours.standard_errors["w"], theirs.bse, **SIX)


def _errors(p, X, y):
    """Standard errors of the slopes by autograd, at statsmodels's parameters: its own, by differences, are 1e-6 off."""
    def log_likelihood(p):
        cuts = anp.concatenate([anp.array([-100.0]), p[5:6], p[5] + anp.cumsum(anp.exp(p[6:])), anp.array([100.0])])
        low, high = (1/(1 + anp.exp(anp.dot(X, p[:5]) - cuts[k])) for k in (y, y + 1))
        return anp.sum(anp.log(high - low))

    return np.sqrt(np.diag(np.linalg.inv(-autograd.hessian(log_likelihood)(p))))[:5]


@pytest.mark.nightly
def test_ordered_logistic_regression():
    """American national election study of 1996: party identification, 0 to 6, thresholds kept in order."""
    found = DATA.anes96.load_pandas()
    X = found.exog[["logpopul", "selfLR", "age", "educ", "income"]].to_numpy()
    X = (X - X.mean(0))/X.std(0)
    y = found.endog.to_numpy(float)
    model = sd.Model("eta = X @ w\nlow = sigmoid(where(y > 0, take(cuts, maximum(y - 1, 0)), -800) - eta)\n"
                     "high = sigmoid(where(y < 6, take(cuts, minimum(y, 5)), 800) - eta)", "-mean(log(high - low))",
                     **columns(cuts=(6,)), constraints={"cuts": "ordered"})
    ours = sd.fit(model, {"X": X, "y": y}, {"cuts": np.linspace(-2, 2, 6)})
    theirs = ordinal.OrderedModel(y.astype(int), X, distr="logit").fit(disp=0, method="bfgs", gtol=1e-7, maxiter=500)
    np.testing.assert_allclose(ours.coefficients["w"], theirs.params[:5], **SIX)
    np.testing.assert_allclose(ours.standard_errors["w"], _errors(theirs.params, X, y.astype(int)), **SIX)
    cuts = theirs.model.transform_threshold_params(theirs.params)[1:-1]
    np.testing.assert_allclose(ours.coefficients["cuts"], cuts, atol=1e-6)
    assert ours.log_likelihood == pytest.approx(theirs.llf, rel=1e-10)
