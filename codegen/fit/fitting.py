"""A model, its data and a method go in; the point where its loss is least comes out as a Fit."""
import numpy as np

from symdiff.errors import ArgumentError
from symdiff.evaluate import bind_sizes
from symdiff.language import sizes_of
from symdiff.lengths import bind, product

from ..train import train
from ..train.form import count_of, forms, residual_of
from ..train.full import residuals_of
from ..train.starts import starts
from ..train.task import Task
from .fitted import Fit, LeastSquares, Likelihood, checked_level

SMALL = 100                     # parameters for which a Hessian at every step is the usual way
POLISHED = 500                  # and for which Newton's method has the last word
ROUNDS = 20


def fit(model, data, start=None, method="auto", *, scale=None, labels=None, level=0.95, residuals=None, jacobian=False,
        **options):
    """The estimates of a model's parameters, with standard errors, as a Fit; print it.

    model     a Model with a loss, an expression, or a Compiled function: a negative log-likelihood, or a sum or mean of
              squares
    data      {name: value} of everything that is no parameter;  start  as `train` has it
    method    any of `train`; "auto": for squares the better of "lm" and "gauss-newton", else "trust-exact", or
              "L-BFGS-B" for more than 100 parameters.  Steps of Newton's method follow while they make the gradient
              smaller
    scale     by what the loss must be multiplied to be the negative log-likelihood: "mean" (it is an average over the
              rows), "sum" (1), or a number.  Left out: what the loss itself says, mean(…) or sum(…)/n or sum(…)
    labels    {name of a parameter: names of its entries}
    level     of the confidence intervals
    jacobian  True: the estimates are the mode of the density of the free numbers of constrained parameters
              (symdiff.constraints): log |det J| is added to the log-likelihood, or log posterior, while it is searched
    options   as `train` has them

    A constrained parameter is searched in free numbers u.  Its standard errors are those of u by the delta method,
    J (Hessian in u)⁻¹ Jᵀ; inside the constraint, where the gradient is 0, this is the inverse of the Hessian in the
    parameter itself (without `jacobian`).  The ends of its interval are those of u, taken through the formula, where
    the constraint is of each entry; so they keep to it.  z and p, of the hypothesis that it is 0, are nan where 0 does
    not keep to it.  k counts the free numbers.

    A sum or mean of squares is taken as least squares with errors of one unknown variance, unless `scale` is given.
    Raises ArgumentError, SizeMismatch, NoDerivative.

    >>> import symdiff as sd
    >>> y, b = sd.array("y", sd.sizes("n")), sd.array("b")
    >>> poisson = fit(sd.mean(sd.exp(b) - y*b + sd.loggamma(y + 1)), {"y": [2.0, 0, 3, 1, 4, 2]})
    >>> round(poisson.coefficients["b"], 6), round(poisson.standard_errors["b"], 6)
    (0.693147, 0.288675)
    """
    level = checked_level(level)
    if jacobian is not False and isinstance(scale, (int, float)):
        jacobian = scale
    task = Task(model, data, options.pop("rows", None), options.pop("dtype", "float64"), jacobian)
    task.refuse_masks("fit")
    squares = scale is None and (residuals is not None or residual_of(task.expression) is not None)
    if squares and task.jacobian:
        raise ArgumentError("jacobian is of a density, and a sum of squares without a scale is none.",
                            do="leave it out, or give scale.")
    if method == "auto":
        found = _by_the_usual(task, data, start, squares, residuals, options)
    else:
        found = train(task, data, start, method, residuals=residuals, **options)
    task, x = found.task, found.x
    x, rounds = _polished(task.flat, x)
    if squares:
        kind = LeastSquares(task, x, residuals_of(task, residuals).flat(task.data))
    else:
        kind = Likelihood(task, x, _scale(task, scale), _observations(task))
    return Fit(found, task, x, kind, rounds, labels or {}, level)


def _by_the_usual(task, data, start, squares, residuals, options):
    """Trained by the usual method for such a loss of so many parameters.

    Least squares: what Levenberg and Marquardt find, or Gauss and Newton's step in a trust region where that is less;
    from a far start each of them at times runs off to where the loss is flat.
    """
    (x, _), = starts(task, start, 1, 1.0, 0)
    if not squares:
        method = "trust-exact" if task.flat.size <= SMALL else "L-BFGS-B"
        own = {"options": {"gtol": 1e-8}} if method == "trust-exact" else {}
        return train(task, data, start, method, residuals=residuals, **own, **options)
    flat = residuals_of(task, residuals).flat(task.data)
    count = np.size(flat.fun(flat.pack(task.flat.unpack(x))))
    found = [train(task, data, start, method, residuals=residuals, **options)
             for method in (("lm", "gauss-newton") if count >= task.flat.size else ("gauss-newton",))]
    return min(found, key=lambda one: (not np.isfinite(one.loss), one.loss))


def _polished(flat, x):
    """(x after steps of Newton's method that each make the gradient smaller, how many they were)."""
    if flat.size > POLISHED:
        return x, 0
    gradient = flat.jac(x)
    for done in range(ROUNDS):
        try:
            factor = np.linalg.cholesky(flat.hess(x))
        except np.linalg.LinAlgError:
            return x, done
        ahead = x - np.linalg.solve(factor.T, np.linalg.solve(factor, gradient))
        slope = flat.jac(ahead)
        size = np.linalg.norm(np.linalg.solve(factor, slope))
        if not size < np.linalg.norm(np.linalg.solve(factor, gradient)):
            return x, done
        x, gradient = ahead, slope
    return x, ROUNDS


def _scale(task, given):
    """(what the loss is multiplied by, what it was told by)."""
    if given == "sum":
        return 1.0, "as was said"
    if given == "mean":
        if not task.rows:
            raise ArgumentError("what the rows of the data are cannot be told, so their number is not known.",
                                do="give the number itself: scale=297.")
        return float(task.count), "as was said"
    if given is not None:
        if isinstance(given, (str, bool)) or not float(given) > 0:
            raise ArgumentError(f"scale is {given!r}.", do='give "mean", "sum", or a positive number.')
        return float(given), "as was said"
    count = count_of(task.expression)
    if count is None:
        raise ArgumentError("the loss is neither a sum nor an average: it does not tell its negative log-likelihood.",
                            where=f"loss = {str(task.expression)[:200]}",
                            do='say what it is: scale="mean" (an average over the rows), scale="sum", or a number.')
    return _bound(task, count), "as its form says"


def _observations(task):
    """How many rows the data have; where they cannot be told, how many terms the loss adds up."""
    found = None if task.rows else forms(task.expression)
    return int(_bound(task, product(sizes_of(found[0].inner)))) if found else task.count


def _bound(task, length):
    """A length of axes as a number."""
    f = task.compiled
    values = {**task.data, **task.flat.unpack(np.zeros(task.flat.size))}
    known = bind_sizes({n.attributes[0]: (n.sizes, np.shape(values[k])) for n, k in zip(f.nodes, f.inputs)})
    return float(bind(length, known))
