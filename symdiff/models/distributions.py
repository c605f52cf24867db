"""Distributions of an output: parameters go in; log densities, the loss that follows from them, and the mean come out.

The loss of a model is the negative log-likelihood of its output's distribution: nothing is designed separately.

    output         distribution     output layer      loss
    yes or no      Bernoulli        logistic          binary cross-entropy
    one of k       Categorical      softmax           cross-entropy
    a number       Gaussian         linear            squared error

Parameters and observations are expressions that broadcast as NumPy does.  `log_density` has one entry for each
observation.
"""
from dataclasses import dataclass

import sympy as sp

from .. import language as sd
from ..errors import ArgumentError, UnknownForm
from ..language import Array, sizes_of

HALF_LOG_2PI = sp.log(2*sp.pi)/2
MOST = 100                                      # values of a finite distribution of sympy.stats that are written out


class Distribution:
    """What all share.  A distribution has `log_density(y)`, entry by entry, and `mean`."""

    def nll(self, y):
        """The negative log-likelihood of observations y, summed over all of them."""
        return -_total(self.log_density(y))


def nll(distribution, y):
    """The negative log-likelihood of observations y, summed over all of them: the loss that a distribution gives.

    distribution   one of this module, or a random symbol of sympy.stats whose density has a closed form
    y              observations, an expression

    Raises UnknownForm for what is no distribution, or has no closed density.

    >>> n = sd.sizes("n")
    >>> y, z = Array("y", n), Array("z", n)
    >>> nll(Bernoulli(z), y)
    -sum(y*z - softplus(z))
    """
    if isinstance(distribution, Distribution):
        return distribution.nll(y)
    return _of_sympy(distribution, y)


def _of_sympy(symbol, y):
    from sympy.stats.crv import SingleContinuousPSpace
    from sympy.stats.drv import SingleDiscretePSpace
    from sympy.stats.frv import SingleFinitePSpace
    from sympy.stats.rv import RandomSymbol, pspace

    if not isinstance(symbol, RandomSymbol):
        raise UnknownForm(f"{type(symbol).__name__} is no distribution.", where=str(symbol)[:80],
                          do="give one of symdiff.models.distributions, or a random symbol such as "
                             "sympy.stats.Normal(\"Y\", mu, sigma).")
    space = pspace(symbol)
    distribution = getattr(space, "distribution", None)
    if not isinstance(space, (SingleContinuousPSpace, SingleDiscretePSpace, SingleFinitePSpace)) or not distribution:
        raise UnknownForm("the density of this random symbol has no closed form, or is of several numbers.",
                          where=str(symbol)[:80], do="use one of symdiff.models.distributions.")
    if isinstance(space, SingleFinitePSpace):
        return -_total(_log_of_finite(distribution, y))
    density = distribution.pdf(y)
    if density.has(sp.Integral, sp.Sum):
        raise UnknownForm("the density of this random symbol has no closed form.", where=str(density)[:120],
                          do="use one of symdiff.models.distributions.")
    return -_total(sp.log(density))


def _log_of_finite(distribution, y):
    """The log probabilities of observations with finitely many values: the formulas of yes and no, else value by
    value."""
    kind, of_ones = type(distribution).__name__, tuple(distribution.args[-2:]) == (1, 0)
    if kind == "BernoulliDistribution" and of_ones:
        return Bernoulli.of_chance(distribution.args[0]).log_density(y)
    if kind == "BinomialDistribution" and of_ones:
        n, p = distribution.args[:2]
        return (sp.loggamma(n + 1) - sp.loggamma(y + 1) - sp.loggamma(n - y + 1)
                + y*sp.log(p) + (n - y)*sp.log(1 - p))
    values = distribution.set if distribution.is_symbolic is False else ()
    if not isinstance(values, (sp.FiniteSet, set, frozenset, tuple, list)) or not 0 < len(values) <= MOST or \
            not all(value.is_number and value.is_real for value in map(sp.S, values)):
        raise UnknownForm("the values of this random symbol are no numbers, or more than are written out.",
                          where=str(distribution)[:80], do="use one of symdiff.models.distributions.")
    chance = sp.S.Zero
    for value, p in sorted(distribution.dict.items(), key=lambda item: float(item[0])):
        chance = sd.where(sd.eq(y, value), p, chance)
    return sp.log(chance)


def _total(x):
    return sd.sum(x) if sizes_of(x) else x


@dataclass(frozen=True)
class Bernoulli(Distribution):
    """y is 1 with the chance sigmoid(logit), else 0; `of_chance` takes the chance itself."""
    logit: object

    @classmethod
    def of_chance(cls, p):
        """The distribution with the chance p."""
        return _Chance(p)

    def log_density(self, y):
        return y*self.logit - sd.softplus(self.logit)

    @property
    def mean(self):
        return sd.sigmoid(self.logit)


@dataclass(frozen=True)
class _Chance(Distribution):
    p: object

    def log_density(self, y):
        return y*sp.log(self.p) + (1 - y)*sp.log(1 - self.p)

    @property
    def mean(self):
        return self.p


@dataclass(frozen=True)
class Categorical(Distribution):
    """y is one of k classes, with the chances softmax(logits) along the last axis (Multinoulli).

    Observations are one-hot rows of the sizes of the logits; whole numbers go in through `of_labels`.
    """
    logits: object

    def log_density(self, y):
        if len(sizes_of(y)) != len(sizes_of(self.logits)):
            raise ArgumentError("the classes are given as one-hot rows, with an axis for the classes.",
                                where=f"{str(y)[:60]} has {len(sizes_of(y))} axes, the logits {len(sizes_of(self.logits))}",
                                do="for whole numbers write one_hot(labels, k).")
        return sd.sum(y*sd.log_softmax(self.logits), axis=-1)

    @property
    def mean(self):
        return sd.softmax(self.logits)


def one_hot(labels, classes):
    """Rows of 0 with a 1 in the place of each label 0, 1, …, classes - 1: sizes (…, classes)."""
    return sd.eq(labels[..., None], sd.arange(classes))*1 if sizes_of(labels) else sd.eq(labels, sd.arange(classes))*1


@dataclass(frozen=True)
class Gaussian(Distribution):
    """Normal with a mean and a standard deviation, known, learned, or an output of the model."""
    mean: object
    scale: object = 1

    def log_density(self, y):
        return -((y - self.mean)/self.scale)**2/2 - sp.log(self.scale) - HALF_LOG_2PI


@dataclass(frozen=True)
class Laplace(Distribution):
    """exp(-|y - mean|/scale)/(2·scale): the loss is the absolute error."""
    mean: object
    scale: object = 1

    def log_density(self, y):
        return -sp.Abs(y - self.mean)/self.scale - sp.log(2*self.scale)


@dataclass(frozen=True)
class StudentT(Distribution):
    """Student's t with `freedom` degrees of freedom, moved and scaled: heavy tails."""
    mean: object
    scale: object
    freedom: object

    def log_density(self, y):
        v = self.freedom
        return (sp.loggamma((v + 1)/2) - sp.loggamma(v/2) - sp.log(v*sp.pi)/2 - sp.log(self.scale)
                - (v + 1)/2*sp.log(1 + ((y - self.mean)/self.scale)**2/v))


@dataclass(frozen=True)
class Poisson(Distribution):
    """Counts, with the logarithm of their mean."""
    log_mean: object

    def log_density(self, y):
        return y*self.log_mean - sp.exp(self.log_mean) - sp.loggamma(y + 1)

    @property
    def mean(self):
        return sp.exp(self.log_mean)


@dataclass(frozen=True)
class NegativeBinomial(Distribution):
    """Counts with the logarithm of their mean m and the variance m + m²·dispersion (NB2, Cameron and Trivedi)."""
    log_mean: object
    dispersion: object

    def log_density(self, y):
        size = 1/self.dispersion
        eta = self.log_mean + sp.log(self.dispersion)                   # log(m·dispersion)
        return (sp.loggamma(y + size) - sp.loggamma(size) - sp.loggamma(y + 1)
                + y*eta - (y + size)*sd.softplus(eta))

    @property
    def mean(self):
        return sp.exp(self.log_mean)


@dataclass(frozen=True)
class Gamma(Distribution):
    """y > 0 with the logarithm of its mean and a shape; the variance is mean²/shape."""
    log_mean: object
    shape: object

    def log_density(self, y):
        a = self.shape
        return a*sp.log(a) - a*self.log_mean - sp.loggamma(a) + (a - 1)*sp.log(y) - a*y*sp.exp(-self.log_mean)

    @property
    def mean(self):
        return sp.exp(self.log_mean)


@dataclass(frozen=True)
class Beta(Distribution):
    """0 < y < 1 with the density y^(a-1)·(1-y)^(b-1)/B(a, b)."""
    a: object
    b: object
    known: object = None                        # the mean, where it is known

    def log_density(self, y):
        a, b = self.a, self.b
        return ((a - 1)*sp.log(y) + (b - 1)*sd.log1p(-y)
                + sp.loggamma(a + b) - sp.loggamma(a) - sp.loggamma(b))

    @property
    def mean(self):
        return self.a/(self.a + self.b) if self.known is None else self.known

    @classmethod
    def of_mean(cls, mean, precision):
        """The one with this mean, and the variance mean·(1 - mean)/(1 + precision) (Ferrari and Cribari-Neto 2004)."""
        return cls(mean*precision, (1 - mean)*precision, mean)


@dataclass(frozen=True)
class Exponential(Distribution):
    """y ≥ 0 with the logarithm of its rate."""
    log_rate: object

    def log_density(self, y):
        return self.log_rate - y*sp.exp(self.log_rate)

    @property
    def mean(self):
        return sp.exp(-self.log_rate)


@dataclass(frozen=True)
class Weibull(Distribution):
    """y > 0 with a shape k and the logarithm of a scale: k/s·(y/s)^(k-1)·exp(-(y/s)^k)."""
    shape: object
    log_scale: object

    def log_density(self, y):
        t = sp.log(y) - self.log_scale
        return sp.log(self.shape) - self.log_scale + (self.shape - 1)*t - sp.exp(self.shape*t)

    @property
    def mean(self):
        return sp.exp(self.log_scale + sp.loggamma(1 + 1/self.shape))


@dataclass(frozen=True)
class Ordinal(Distribution):
    """One of k + 1 ordered classes by a score and k thresholds: P(y ≤ j) = sigmoid(threshold_j - score) (McCullagh 1980).

    The first threshold is free, the others follow by positive gaps: thresholds = first, first + exp(gap_1), …
    Observations are one-hot rows, (n, k + 1); the score has the sizes (n,), `gaps` (k - 1,).
    """
    score: object
    first: object
    gaps: object

    @property
    def thresholds(self):
        start = sd.reshape(self.first, (1,)) if not sizes_of(self.first) else self.first
        return sd.concatenate((start, self.first + sd.cumsum(sp.exp(self.gaps))))

    @property
    def mean(self):
        """The chance of each class, (n, k + 1)."""
        return sp.exp(self._log_chances())

    def log_density(self, y):
        return sd.sum(y*self._log_chances(), axis=1)

    def _log_chances(self):
        t = self.thresholds - self.score[:, None]                       # (n, k)
        low, high = sd.log_sigmoid(t[:, :1]), sd.log_sigmoid(-t[:, -1:])
        width = t[:, 1:] - t[:, :-1]
        # log(sigmoid(b) - sigmoid(a)) = log sigmoid(b) + log sigmoid(-a) + log(1 - exp(a - b))
        inner = sd.log_sigmoid(t[:, 1:]) + sd.log_sigmoid(-t[:, :-1]) + sd.log1mexp(-width)
        return sd.concatenate((low, inner, high), axis=1)


@dataclass(frozen=True)
class GaussianMixture(Distribution):
    """k normal components: logits of their weights, means, logarithms of their scales, each with a last axis of k."""
    logits: object
    means: object
    log_scales: object

    def log_density(self, y):
        z = (y[..., None] - self.means)*sp.exp(-self.log_scales)
        return sd.logsumexp(sd.log_softmax(self.logits) - z**2/2 - self.log_scales - HALF_LOG_2PI, axis=-1)

    @property
    def mean(self):
        return sd.sum(sd.softmax(self.logits)*self.means, axis=-1)


@dataclass(frozen=True)
class MultivariateNormal(Distribution):
    """Rows y (n, d) with a mean and a lower factor L (d, d) of the covariance L @ L.T; its diagonal is positive."""
    mean: object
    factor: object

    def log_density(self, y):
        d = sizes_of(self.factor)[-1]
        whitened = sd.triangular_solve(self.factor, (y - self.mean).T)  # (d, n)
        return -sd.sum(whitened**2, axis=0)/2 - sd.sum(sp.log(sd.diag(self.factor))) - d*HALF_LOG_2PI


CLASSES = (Categorical, Ordinal)                # whose observations are labels or one-hot rows
