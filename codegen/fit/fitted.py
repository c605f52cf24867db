"""A point where a loss is least goes in; a Fit comes out: estimates, standard errors, criteria, predictions."""
from functools import cached_property

import numpy as np
from scipy import stats

from symdiff.errors import ArgumentError

from ..named import Named
from ..train import weights
from ..train.predict import Predictor
from .summary import summary

AT_REST = 0.1                   # of free numbers: a longer step of Newton's method is one on the way to the border
SINGULAR = 1e-12                # of the largest eigenvalue or singular value, at one scale of all parameters


class Likelihood:
    """A negative log-likelihood: scale times the loss.  The estimates are normal, their information is the Hessian."""
    name, letter, extra = "maximum likelihood", "z", 0

    def __init__(self, task, x, scale, n):
        self.flat, self.x, self.n = task.flat, x, n
        self.scale, told = scale
        self.note = (f"the loss is an average: the negative log-likelihood is {self.scale:g} times it, {told}"
                     if self.scale != 1 else f"the loss is the negative log-likelihood itself, {told}")
        self.log_likelihood = -self.scale*float(self.flat.fun(x)) - task.log_jacobian(x)
        self.distribution = stats.norm

    def covariance(self):
        """(the inverse of the information, None), or nan and the direction, at one scale, along which that is flat."""
        return inverse(self.scale*self.flat.hess(self.x))

    def step(self, covariance):
        """Newton's next step, at this covariance."""
        return covariance @ (self.scale*self.flat.jac(self.x))


class LeastSquares:
    """Residuals of one unknown variance s² = RSS/(n − k).  The estimates' covariance is s² (JᵀJ)⁻¹."""
    name, letter, extra = "least squares", "t", 1

    def __init__(self, task, x, flat):
        residuals = self.residuals = np.ravel(flat.fun(x))
        self.jacobian, self.n, self.x = np.reshape(flat.jac(x), (-1, len(x))), residuals.size, x
        self.rss, self.freedom = float(residuals @ residuals), residuals.size - len(x)
        self.note = f"residual sum of squares {self.rss:.6g}, {self.freedom} degrees of freedom"
        if self.freedom > 0:
            self.note += f", residual standard error {np.sqrt(self.rss/self.freedom):.6g}"
        with np.errstate(divide="ignore"):
            self.log_likelihood = float(-self.n/2*(np.log(2*np.pi*self.rss/self.n) + 1))
        self.distribution = stats.t(self.freedom) if self.freedom > 0 else stats.norm

    def covariance(self):
        """The same as of a likelihood, by a triangular factor of J at one scale of its columns."""
        scale = np.linalg.norm(self.jacobian, axis=0)
        scale[scale == 0] = 1
        _, sizes, axes = np.linalg.svd(self.jacobian/scale, full_matrices=False)
        if len(sizes) < len(scale) or sizes[-1] < SINGULAR*sizes[0]:
            return np.full((len(scale),)*2, np.nan), axes[-1]
        root = axes.T/sizes/scale[:, None]
        return root @ root.T*self._variance(), None

    def _variance(self):
        return self.rss/self.freedom if self.freedom > 0 else np.nan

    def step(self, covariance):
        """Gauss and Newton's next step, at this covariance."""
        return covariance @ (self.jacobian.T @ self.residuals)/self._variance() if self.rss else np.zeros(len(self.x))


def inverse(information):
    """(the inverse, None), or nan and a direction along which the information is not positive."""
    scale = np.sqrt(np.abs(np.diag(information)))
    scale[~(scale > 0)] = 1
    if not np.isfinite(information).all():
        return np.full(information.shape, np.nan), np.zeros(len(scale))
    sizes, axes = np.linalg.eigh(information/np.outer(scale, scale))
    if sizes.size and sizes[0] < SINGULAR*sizes[-1] or sizes.size and sizes[-1] <= 0:
        return np.full(information.shape, np.nan), axes[:, 0]
    return (axes/sizes) @ axes.T/np.outer(scale, scale), None


class Fit:
    """Estimates.  Print it for the table.

    coefficients, standard_errors, z, p_values   {name: value}; z is Student's t for least squares, and nan where a
                          constraint keeps the parameter from 0
    intervals(level)      {name: array of the parameter's sizes and 2}
    covariance            of the estimates, in the order of `names`
    log_likelihood, aic, bic, n                  k: how many numbers were estimated (the variance of least squares too)
    training              what the search for the estimates found
    statistics            {name: value} of statistics of a batch that the model keeps for prediction: those of all rows

    >>> from symdiff.language import array, exp, loggamma, mean
    >>> from symdiff.lengths import sizes
    >>> from codegen.fit import fit
    >>> y, b = array("y", sizes("n")), array("b")
    >>> fit(mean(exp(b) - y*b + loggamma(y + 1)), {"y": [1.0, 3, 2, 6]})
    maximum likelihood, 4 observations, 1 parameter
      by trust-exact, then 2 steps of Newton's method: Optimization terminated successfully
      log-likelihood -7.88081   AIC 17.7616   BIC 17.1479
      the loss is an average: the negative log-likelihood is 4 times it, as its form says
    <BLANKLINE>
               coefficient   std. error            z            p       [0.025       0.975]
    b               1.0986       0.2887         3.81       0.0001       0.5328       1.6644
    """

    def __init__(self, training, task, x, kind, rounds, labels, level):
        self.training, self.level, self.kind, self.newton_steps = training, level, kind, rounds
        self._task, self.x = task, x
        self.coefficients, self.statistics = task.parameters(x), task.kept.unpack(task.statistics(x))
        self.estimates = _vector(self.coefficients)
        self.names = tuple(_names(self.coefficients, labels, task))
        self.n, self.log_likelihood = kind.n, kind.log_likelihood
        self.k = len(x) + kind.extra
        self.aic = 2*self.k - 2*self.log_likelihood
        self.bic = self.k*float(np.log(self.n)) - 2*self.log_likelihood

    @cached_property
    def _free(self):
        """(the covariance of the numbers searched, the direction in which they are not told)."""
        return self.kind.covariance()

    @cached_property
    def covariance(self):
        """The covariance of the estimates, in the order of `names`; nan where the data do not identify them."""
        covariance, coordinates = self._free[0], self._task.coordinates
        if coordinates is None:
            return covariance
        slopes = coordinates.slopes(self._task.flat.unpack(self.x))
        found, away = slopes @ covariance @ slopes.T, [name in self.border for name in self._owned()]
        found[away], found[:, away] = np.nan, np.nan
        return found

    @cached_property
    def border(self):
        """The names of the estimates at the border of their constraint: free numbers that are still on the way there."""
        if self._task.coordinates is None:
            return ()
        far = ~(np.abs(self.kind.step(self._free[0])) < AT_REST) & np.isfinite(np.diag(self._free[0]))
        kinds = [self._task.coordinates.kind(key) for key, value in self._task.flat.unpack(self.x).items()
                 for _ in range(np.size(value))]
        found = [name for name, moves, kind in zip(self._searched(), far, kinds) if moves and kind is not None]
        return tuple(dict.fromkeys(found))

    def _owned(self):
        """What `border` calls each estimate: an entry by its name, or a parameter whose entries are not free."""
        kinds, own, found = self._task.coordinates.kinds, iter(self.names), []
        for key, value in self.coefficients.items():
            names = [next(own) for _ in range(np.size(value))]
            found += names if str(key) not in kinds or kinds[str(key)].entrywise else [str(key)]*len(names)
        return found

    @property
    def errors(self):
        """The standard errors as a vector, in the order of `names`."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def standard_errors(self):
        """{name: standard errors}."""
        return self._named(self.errors)

    @property
    def z(self):
        """{name: estimate over standard error}."""
        return self._named(self.ratios())

    @property
    def p_values(self):
        """{name: the probability of a ratio at least so large, were the parameter 0}."""
        return self._named(2*self.kind.distribution.sf(np.abs(self.ratios())))

    def intervals(self, level=None):
        """{name: the ends of the confidence intervals}, along a last axis of 2."""
        low, high = self.ends(self.level if level is None else checked_level(level))
        return Named((key, np.stack([a, b], axis=-1)) for (key, a), b in
                     zip(self._named(low).items(), self._named(high).values()))

    @property
    def unidentified(self):
        """The names of the parameters that the data do not tell, by the direction along which the loss is flat."""
        direction = self._free[1]
        if direction is None:
            return ()
        part = np.abs(direction)
        found = [name for name, size in zip(self._searched(), part) if size >= 0.1*part.max()]
        return tuple(dict.fromkeys(found))

    def _searched(self):
        """The name of what each number searched is of: an entry, or a parameter whose entries are not free."""
        if self._task.coordinates is None:
            return self.names
        own, found = iter(self.names), []
        for key, value in self._task.flat.unpack(self.x).items():
            owner, kind = self._task.coordinates.owner(key), self._task.coordinates.kind(key)
            names = [next(own) for _ in range(np.size(self.coefficients[owner]))]
            found += names if kind is None or kind.entrywise else [str(owner)]*np.size(value)
        return found

    def predict(self, formula, data=None, /, **named):
        """The value of an equation of the model, or of another formula in its names: fit.predict("p", X=X)."""
        return Predictor(self._task, {**self.coefficients, **self.statistics})(formula, data, named)

    def predict_proba(self, formula="p", data=None, /, **named):
        """Probabilities of classes, a column each: of an equation that gives the probability of 1, or one for each."""
        p = np.asarray(self.predict(formula, data, **named))
        if p.ndim not in (1, 2) or np.any(p < -1e-12) or np.any(p > 1 + 1e-12):
            raise ArgumentError(f"{formula} gives no probabilities of classes.",
                                where=f"its value has the shape {p.shape}",
                                do="name an equation of numbers in [0, 1]: a vector, or a column for each class.")
        return p if p.ndim == 2 else np.column_stack([1 - p, p])

    def save(self, path, force=False):
        """The coefficients and the statistics as an .npz file, written whole or not at all; `sd.load_weights` reads
        it."""
        return weights.save(path, {**self.coefficients, **self.statistics}, f"fitted by {self.training.method}", force)

    def __repr__(self):
        return summary(self)

    # -- for the table -------------------------------------------------------------------------------------------

    def _named(self, vector):
        """{name: part} of a vector with a number for each estimate."""
        found, start = Named(), 0
        for key, value in self.coefficients.items():
            part = vector[start:start + np.size(value)]
            found[key] = part.reshape(np.shape(value)).copy() if np.ndim(value) else float(part[0])
            start += len(part)
        return found

    def ratios(self):
        """Estimates over standard errors, as a vector; nan where an estimate cannot be 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.may_be_zero(), self.estimates/self.errors, np.nan)

    def may_be_zero(self):
        """Of each estimate: does 0 keep to its constraint?"""
        kinds = self._task.coordinates.kinds if self._task.coordinates else {}
        return np.concatenate([np.zeros(0, bool), *[
            np.ravel(kinds[str(key)].zero(np.shape(value))) if str(key) in kinds else np.ones(np.size(value), bool)
            for key, value in self.coefficients.items()]])

    def constraints(self):
        """What parameters were kept to, in a line, and whether their Jacobian had a part in it."""
        if self._task.coordinates is None:
            return []
        kept = ", ".join(f"{name} {kind}" for name, kind in list(self._task.coordinates.kinds.items())[:8])
        note = "; the mode of the density of free numbers (jacobian)" if self._task.jacobian else ""
        return [f"kept: {kept}{note}"]

    def ends(self, level):
        """The lower and the upper ends of the intervals, as vectors."""
        far = self.kind.distribution.ppf((1 + level)/2)
        low, high = self.estimates - far*self.errors, self.estimates + far*self.errors
        if self._task.coordinates is None:
            return low, high
        spread = far*np.sqrt(np.diag(self._free[0]))
        pairs = [self._task.parameters(self.x + sign*spread) for sign in (-1, 1)]
        whole, kinds = {"low": self._named(low), "high": self._named(high)}, self._task.coordinates.kinds
        for key in self.coefficients:
            if str(key) in kinds and kinds[str(key)].entrywise:
                whole["low"][key], whole["high"][key] = (how(pairs[0][key], pairs[1][key])
                                                         for how in (np.minimum, np.maximum))
        unknown = np.where(np.isfinite(self.errors), 0, np.nan)
        return _vector(whole["low"]) + unknown, _vector(whole["high"]) + unknown


def _vector(named):
    """The values one behind the other."""
    return np.concatenate([np.zeros(0), *[np.ravel(value) for value in named.values()]])


def checked_level(level):
    """The level of confidence; ArgumentError where it is none."""
    if not isinstance(level, float) or not 0 < level < 1:
        raise ArgumentError(f"level is {level!r}.", do="give a number between 0 and 1, such as 0.95.")
    return level


def _names(coefficients, labels, task):
    """The name of each entry: b, w[0], W[0, 1], or what `labels` say."""
    own = {str(key) for key in task.coordinates.kinds} if task.coordinates else ()
    given = {str(key) if str(key) in own else task.compiled._door.key_of(key): list(names)
             for key, names in labels.items()}
    for key, value in coefficients.items():
        if key in given:
            if len(given[key]) != np.size(value):
                raise ArgumentError(f"{key} has {np.size(value)} entries, and {len(given[key])} labels.",
                                    do="give one label for each.")
            yield from map(str, given[key])
        else:
            places = np.ndindex(np.shape(value))
            yield from (f"{key}[{', '.join(map(str, place))}]" if place else str(key) for place in places)
