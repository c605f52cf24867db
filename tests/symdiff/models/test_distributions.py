"""Distributions against SciPy's log densities, their means, and the losses that the table says."""
import numpy as np
import pytest
import scipy.stats as ss
import sympy as sp
from sympy import stats

import symdiff as sd
from symdiff.evaluate import evaluate
from symdiff.models import distributions as D
from symdiff.read import read
from symdiff.reference.tape import Tape

RNG = np.random.default_rng(8)
N = 7
a, b, y = sd.array("a", N), sd.array("b", N), sd.array("y", N)
A, B = RNG.normal(size=N), 0.3 + RNG.random(N)
COUNTS, POSITIVE, UNIT = RNG.integers(0, 6, N).astype(float), 0.1 + RNG.random(N)*3, 0.05 + 0.9*RNG.random(N)


def value(expression, **values):
    return evaluate([read(expression)], values)[0]


CASES = [
    (D.Bernoulli(a), (RNG.random(N) < 0.5)*1.0, lambda y: ss.bernoulli(1/(1 + np.exp(-A))).logpmf(y)),
    (D.Bernoulli.of_chance(b/2), (RNG.random(N) < 0.5)*1.0, lambda y: ss.bernoulli(B/2).logpmf(y)),
    (D.Gaussian(a, b), RNG.normal(size=N), lambda y: ss.norm(A, B).logpdf(y)),
    (D.Gaussian(a), RNG.normal(size=N), lambda y: ss.norm(A, 1).logpdf(y)),
    (D.Laplace(a, b), RNG.normal(size=N), lambda y: ss.laplace(A, B).logpdf(y)),
    (D.StudentT(a, b, b + 2), RNG.normal(size=N), lambda y: ss.t(B + 2, A, B).logpdf(y)),
    (D.Poisson(a), COUNTS, lambda y: ss.poisson(np.exp(A)).logpmf(y)),
    (D.NegativeBinomial(a, b), COUNTS, lambda y: ss.nbinom(1/B, 1/(1 + B*np.exp(A))).logpmf(y)),
    (D.Gamma(a, b), POSITIVE, lambda y: ss.gamma(B, scale=np.exp(A)/B).logpdf(y)),
    (D.Beta(b, b + 1), UNIT, lambda y: ss.beta(B, B + 1).logpdf(y)),
    (D.Exponential(a), POSITIVE, lambda y: ss.expon(scale=np.exp(-A)).logpdf(y)),
    (D.Weibull(b, a), POSITIVE, lambda y: ss.weibull_min(B, scale=np.exp(A)).logpdf(y)),
]


@pytest.mark.parametrize("distribution, data, theirs", CASES, ids=lambda c: type(c).__name__)
def test_log_density(distribution, data, theirs):
    np.testing.assert_allclose(value(distribution.log_density(y), a=A, b=B, y=data), theirs(data), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(value(sd.nll(distribution, y), a=A, b=B, y=data), -theirs(data).sum(), rtol=1e-11)


@pytest.mark.parametrize("distribution, mean", [
    (D.Poisson(a), np.exp(A)), (D.Gamma(a, b), np.exp(A)), (D.Exponential(a), np.exp(-A)),
    (D.Weibull(b, a), ss.weibull_min(B, scale=np.exp(A)).mean()), (D.Beta(b, b + 1), ss.beta(B, B + 1).mean()),
    (D.Bernoulli(a), 1/(1 + np.exp(-A))), (D.NegativeBinomial(a, b), np.exp(A)),
])
def test_mean(distribution, mean):
    np.testing.assert_allclose(value(distribution.mean, a=A, b=B), mean, rtol=1e-11)


def test_categorical_is_cross_entropy_of_softmax():
    Z, labels = sd.array("Z", N, 3), sd.array("labels", N)
    z, k = RNG.normal(size=(N, 3)), RNG.integers(0, 3, N)
    loss = sd.nll(D.Categorical(Z), D.one_hot(labels, 3))
    p = np.exp(z)/np.exp(z).sum(1, keepdims=True)
    np.testing.assert_allclose(value(loss, Z=z, labels=k*1.0), -np.log(p[np.arange(N), k]).sum(), rtol=1e-12)
    gradient = sd.compile(loss, wrt=[Z]).grad(Z=z, labels=k*1.0)["Z"]
    np.testing.assert_allclose(gradient, p - np.eye(3)[k], atol=1e-14)
    with pytest.raises(sd.ArgumentError, match="one-hot"):
        D.Categorical(Z).log_density(labels)


def test_ordinal_chances_add_to_one_and_are_those_of_the_thresholds():
    s, first, gaps, Y = sd.array("s", N), sd.array("first"), sd.array("gaps", 2), sd.array("Y", N, 4)
    score, f, g = RNG.normal(size=N)*3, -0.7, np.array([0.1, -0.4])
    found = [value(D.Ordinal(s, first, gaps).log_density(Y), s=score, first=f, gaps=g, Y=np.eye(4)[[j]*N])
             for j in range(4)]
    cut = f + np.concatenate(([0], np.cumsum(np.exp(g))))
    below = 1/(1 + np.exp(-(cut - score[:, None])))
    chances = np.diff(np.column_stack([np.zeros(N), below, np.ones(N)]))
    np.testing.assert_allclose(np.exp(found).T, chances, rtol=1e-9)


def test_ordinal_tails_stay_finite():
    s, Y = sd.array("s", 1), sd.array("Y", 1, 3)
    found = value(D.Ordinal(s, sp.Integer(0), sd.array("g", 1)).log_density(Y), s=[900.0], g=[0.0], Y=[[0.0, 1.0, 0.0]])
    np.testing.assert_allclose(found, -900 + 1 + np.log1p(-np.exp(-1)), rtol=1e-12)


def test_mixture_and_multivariate_normal():
    W, M, S = (sd.array(name, 3) for name in "WMS")
    w, m, s, data = RNG.normal(size=3), RNG.normal(size=3), RNG.normal(size=3), RNG.normal(size=N)
    p = np.exp(w)/np.exp(w).sum()
    theirs = np.log(sum(p[k]*ss.norm(m[k], np.exp(s[k])).pdf(data) for k in range(3)))
    np.testing.assert_allclose(value(D.GaussianMixture(W, M, S).log_density(y), W=w, M=m, S=s, y=data), theirs, rtol=1e-11)
    Y, mu, L = sd.array("Y", N, 2), sd.array("mu", 2), sd.array("L", 2, 2)
    factor, mean, rows = np.array([[1.3, 0], [-0.4, 0.6]]), np.array([0.2, -1]), RNG.normal(size=(N, 2))
    np.testing.assert_allclose(value(D.MultivariateNormal(mu, L).log_density(Y), Y=rows, mu=mean, L=factor),
                               ss.multivariate_normal(mean, factor @ factor.T).logpdf(rows), rtol=1e-11)


@pytest.mark.parametrize("symbol, theirs", [
    (lambda: stats.Normal("Y", a, b), lambda y: ss.norm(A, B).logpdf(y)),
    (lambda: stats.Exponential("Y", b), lambda y: ss.expon(scale=1/B).logpdf(y)),
    (lambda: stats.Laplace("Y", a, b), lambda y: ss.laplace(A, B).logpdf(y)),
    (lambda: stats.Gamma("Y", b, 2), lambda y: ss.gamma(B, scale=2).logpdf(y)),
    (lambda: stats.Poisson("Y", b), lambda y: ss.poisson(B).logpmf(y)),
])
def test_random_symbols_of_sympy(symbol, theirs):
    data = COUNTS if symbol().name and "Poisson" in str(symbol().pspace.distribution) else POSITIVE
    np.testing.assert_allclose(value(sd.nll(symbol(), y), a=A, b=B, y=data), -theirs(data).sum(), rtol=1e-10)


def test_no_distribution():
    with pytest.raises(sd.UnknownForm, match="no distribution"):
        sd.nll(sp.Symbol("x"), y)


def test_gradients_against_the_tape():
    for distribution, data, _ in CASES:
        loss = sd.nll(distribution, y)
        held = [name for name in "ab" if any(str(s) == name for s in loss.free_symbols)]
        at = {"a": A, "b": B, "y": data}
        at = {name: at[name] for name in (*held, "y")}
        theirs = Tape(loss, held).gradient(at)
        found = sd.gradient(loss, held)
        for name, expression in zip(held, found):
            np.testing.assert_allclose(value(expression, **at), theirs[name], rtol=1e-9, atol=1e-11)


# -- random symbols of sympy.stats ------------------------------------------------------------------------------------

WAITS, SHARES, REALS = 0.2 + 3*RNG.random(5), 0.1 + 0.8*RNG.random(5), RNG.normal(size=5)
COUNTED = np.array([0.0, 1, 2, 3, 5])
SYMBOLS = [
    (lambda a, b: stats.Normal("Y", a, b), REALS,
     lambda y, a, b: ss.norm(a, b).logpdf(y)),
    (lambda a, b: stats.Gamma("Y", a, b), WAITS,
     lambda y, a, b: ss.gamma(a, scale=b).logpdf(y)),
    (lambda a, b: stats.Beta("Y", a, b), SHARES,
     lambda y, a, b: ss.beta(a, b).logpdf(y)),
    (lambda a, b: stats.Exponential("Y", a), WAITS,
     lambda y, a, b: ss.expon(scale=1/a).logpdf(y)),
    (lambda a, b: stats.Poisson("Y", a), COUNTED,
     lambda y, a, b: ss.poisson(a).logpmf(y)),
    (lambda a, b: stats.Binomial("Y", 6, b), COUNTED,
     lambda y, a, b: ss.binom(6, b).logpmf(y)),
    (lambda a, b: stats.Bernoulli("Y", b), COUNTED.clip(0, 1),
     lambda y, a, b: ss.bernoulli(b).logpmf(y)),
    (lambda a, b: stats.StudentT("Y", a), REALS,
     lambda y, a, b: ss.t(a).logpdf(y)),
    (lambda a, b: stats.Weibull("Y", a, b), WAITS,
     lambda y, a, b: ss.weibull_min(b, scale=a).logpdf(y)),
    (lambda a, b: stats.LogNormal("Y", a, b), WAITS,
     lambda y, a, b: ss.lognorm(b, scale=np.exp(a)).logpdf(y)),
    (lambda a, b: stats.Cauchy("Y", a, b), REALS,
     lambda y, a, b: ss.cauchy(a, b).logpdf(y)),
    (lambda a, b: stats.Laplace("Y", a, b), REALS,
     lambda y, a, b: ss.laplace(a, b).logpdf(y)),
    (lambda a, b: stats.Logistic("Y", a, b), REALS,
     lambda y, a, b: ss.logistic(a, b).logpdf(y)),
    (lambda a, b: stats.Geometric("Y", b), COUNTED + 1,
     lambda y, a, b: ss.geom(b).logpmf(y)),
    (lambda a, b: stats.NegativeBinomial("Y", a, b), COUNTED,
     lambda y, a, b: ss.nbinom(a, b).logpmf(y)),
    (lambda a, b: stats.BetaBinomial("Y", 6, a, b), COUNTED,
     lambda y, a, b: ss.betabinom(6, a, b).logpmf(y)),
    (lambda a, b: stats.DiscreteUniform("Y", [0, 1, 2, 3, 4, 5]), COUNTED,
     lambda y, a, b: 0*y-np.log(6)),
]
FURTHER = [
    (lambda a, b: stats.LogLogistic("Y", a, b), WAITS,
     lambda y, a, b: ss.fisk(b, scale=a).logpdf(y)),
    (lambda a, b: stats.ChiSquared("Y", a), WAITS,
     lambda y, a, b: ss.chi2(a).logpdf(y)),
    (lambda a, b: stats.Chi("Y", a), WAITS,
     lambda y, a, b: ss.chi(a).logpdf(y)),
    (lambda a, b: stats.Uniform("Y", -a, 4*a), WAITS,
     lambda y, a, b: ss.uniform(-a, 5*a).logpdf(y)),
    (lambda a, b: stats.Pareto("Y", 0.1, a), WAITS,
     lambda y, a, b: ss.pareto(a, scale=0.1).logpdf(y)),
    (lambda a, b: stats.Rayleigh("Y", a), WAITS,
     lambda y, a, b: ss.rayleigh(scale=a).logpdf(y)),
    (lambda a, b: stats.Gumbel("Y", b, a), REALS,
     lambda y, a, b: ss.gumbel_r(a, b).logpdf(y)),
    (lambda a, b: stats.GammaInverse("Y", a, b), WAITS,
     lambda y, a, b: ss.invgamma(a, scale=b).logpdf(y)),
    (lambda a, b: stats.BetaPrime("Y", a, b), WAITS,
     lambda y, a, b: ss.betaprime(a, b).logpdf(y)),
    (lambda a, b: stats.Erlang("Y", 3, b), WAITS,
     lambda y, a, b: ss.gamma(3, scale=1/b).logpdf(y)),
    (lambda a, b: stats.FDistribution("Y", a, b), WAITS,
     lambda y, a, b: ss.f(a, b).logpdf(y)),
    (lambda a, b: stats.Kumaraswamy("Y", a, b), SHARES,
     lambda y, a, b: np.log(a*b)+(a-1)*np.log(y)+(b-1)*np.log1p(-y**a)),
    (lambda a, b: stats.Maxwell("Y", a), WAITS,
     lambda y, a, b: ss.maxwell(scale=a).logpdf(y)),
    (lambda a, b: stats.Nakagami("Y", a, b), WAITS,
     lambda y, a, b: ss.nakagami(a, scale=np.sqrt(b)).logpdf(y)),
    (lambda a, b: stats.Frechet("Y", a, b), WAITS,
     lambda y, a, b: ss.invweibull(a, scale=b).logpdf(y)),
    (lambda a, b: stats.GaussianInverse("Y", a, b), WAITS,
     lambda y, a, b: ss.invgauss(a/b, scale=b).logpdf(y)),
    (lambda a, b: stats.Triangular("Y", -1, 6, b), WAITS,
     lambda y, a, b: ss.triang((b+1)/7, -1, 7).logpdf(y)),
    (lambda a, b: stats.Arcsin("Y", -a, 4*a), WAITS,
     lambda y, a, b: ss.arcsine(-a, 5*a).logpdf(y)),
    (lambda a, b: stats.Logarithmic("Y", b), COUNTED + 1,
     lambda y, a, b: ss.logser(b).logpmf(y)),
    (lambda a, b: stats.ExponentialPower("Y", 0.1, a, b), REALS,
     lambda y, a, b: ss.gennorm(b, 0.1, a).logpdf(y)),
    (lambda a, b: stats.PowerFunction("Y", a, -1, 6), WAITS,
     lambda y, a, b: np.log(a)+(a-1)*np.log(y+1)-a*np.log(7)),
    (lambda a, b: stats.Gompertz("Y", a, b), WAITS,
     lambda y, a, b: ss.gompertz(b, scale=1/a).logpdf(y)),
    (lambda a, b: stats.Levy("Y", 0, b), WAITS,
     lambda y, a, b: ss.levy(0, b).logpdf(y)),
    (lambda a, b: stats.Lomax("Y", a, b), WAITS,
     lambda y, a, b: ss.lomax(a, scale=b).logpdf(y)),
    (lambda a, b: stats.Moyal("Y", a, b), REALS,
     lambda y, a, b: ss.moyal(a, b).logpdf(y)),
    (lambda a, b: stats.Reciprocal("Y", 0.1, 9), WAITS,
     lambda y, a, b: ss.loguniform(.1, 9).logpdf(y)),
    (lambda a, b: stats.Hypergeometric("Y", 20, 9, 6), COUNTED,
     lambda y, a, b: ss.hypergeom(20, 9, 6).logpmf(y)),
    (lambda a, b: stats.RaisedCosine("Y", a, 5), WAITS,
     lambda y, a, b: ss.cosine(a, 5/np.pi).logpdf(y)),
    (lambda a, b: stats.WignerSemicircle("Y", 5*a), WAITS,
     lambda y, a, b: ss.semicircular(scale=5*a).logpdf(y)),
]


def agrees(symbol, data, theirs):
    """The value is SciPy's, the compiled slopes those of differences of SciPy's."""
    p, q, seen = sd.array("p"), sd.array("q"), sd.array("seen", 5)
    f = sd.compile(sd.nll(symbol(p, q), seen))
    at = {name: value for name, value in {"p": 1.3, "q": 0.7, "seen": data}.items() if name in map(str, f.inputs)}
    found, slopes = f.value_and_grad(**at)
    assert found == pytest.approx(-theirs(data, 1.3, 0.7).sum(), rel=1e-11, abs=1e-12)
    for name, (da, db) in (("p", (1e-6, 0)), ("q", (0, 1e-6))):
        if name in at:
            difference = -(theirs(data, 1.3 + da, 0.7 + db) - theirs(data, 1.3 - da, 0.7 - db)).sum()/2e-6
            assert slopes[name] == pytest.approx(difference, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("symbol, data, theirs", SYMBOLS[::4])
def test_random_symbols_and_their_slopes(symbol, data, theirs):
    agrees(symbol, data, theirs)


@pytest.mark.nightly
@pytest.mark.parametrize("symbol, data, theirs", FURTHER + SYMBOLS[1::2] + SYMBOLS[2::4])
def test_further_random_symbols_and_their_slopes(symbol, data, theirs):
    agrees(symbol, data, theirs)


@pytest.mark.parametrize("symbol", [
    lambda: stats.Normal("Y", [0, 1], [[1, 0], [0, 1]]), lambda: stats.Dirichlet("Y", [1, 2]),
    lambda: stats.Normal("Y", 0, 1) + 1, lambda: stats.Coin("Y", sp.Rational(1, 3)),
    lambda: stats.DiscreteUniform("Y", list(range(200))),
])
def test_random_symbols_of_several_numbers_or_of_words_are_refused(symbol):
    with pytest.raises(sd.UnknownForm) as error:
        sd.nll(symbol(), y)
    assert error.value.do


def test_what_a_finite_symbol_never_is_has_no_chance():
    seen = sd.array("seen", 2)
    assert value(sd.nll(stats.DiscreteUniform("Y", [1, 2, 4]), seen), seen=[1.0, 3.0]) == np.inf
    assert value(sd.nll(stats.FiniteRV("Y", {0: sp.Rational(1, 4), 2: sp.Rational(3, 4)}), seen),
                 seen=[0.0, 2.0]) == pytest.approx(-np.log(3/16))
