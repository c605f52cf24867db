"""A task and a start go in; one run of SciPy's minimisers or least-squares solvers, on all rows at once, comes out."""
import math

import numpy as np
from scipy import optimize

from symdiff.errors import ArgumentError

from ..compile import compile as compiled_of
from . import methods
from .descent import WORDS, Run
from .driver import DONE, GRADIENT, LOSS
from .form import expression_of, residual_of, squares_of


class _Watched:
    """A function of a vector, its values and gradients; the best point and the first bad one are kept."""

    def __init__(self, both):
        self.both, self.best, self.low, self.bad, self.last = both, None, math.inf, None, (None, math.nan)
        self.losses = []

    def __call__(self, x):
        value, gradient = self.both(x)
        self.last = x.copy(), value
        if not math.isfinite(value):
            self.bad = self.bad or (LOSS, x.copy())
        elif not np.isfinite(gradient).all():
            self.bad = self.bad or (GRADIENT, x.copy())
        elif value < self.low:
            self.best, self.low = x.copy(), value
        return value, gradient

    def iterated(self, x, *_):
        """SciPy's callback."""
        seen, value = self.last
        self.losses.append(float(value) if seen is not None and np.array_equal(seen, x) else float(self.both(x)[0]))

    def run(self, x, reason, ok=True, interrupted=False):
        """What has come of it; x None for the best so far."""
        if x is None or not math.isfinite(self.both(x)[0]):
            x = self.best
        return Run(x, reason, DONE if ok else LOSS, None, self.losses, interrupted=interrupted)

    def interrupted(self):
        """The best so far, after Ctrl-C."""
        return self.run(None, f"interrupted after {len(self.losses)} iterations", interrupted=True)

    def spoilt(self, start):
        """The run that ends where it began, or at the best point, since a number is none."""
        why, x = self.bad
        good = start if self.best is None else self.best
        return Run(good, WORDS[why] + _where(x, start), why, (x, None, {}), self.losses)


def _where(x, start):
    return " at the start" if np.array_equal(x, start) else f" after a step of length {np.linalg.norm(x - start):.3g}"


def minimise(task, name, x, most, tolerance, options):
    """The Run of one of SciPy's minimisers from x."""
    flat, second = task.flat, methods.MINIMISERS[name]
    watched = _Watched(flat.fun_and_jac)
    watched(x)
    if watched.bad:
        return watched.spoilt(x)
    given = {"jac": True, "method": methods.NAMES.get(name, name), "callback": watched.iterated,
             "options": {"maxfun" if name == "tnc" else "maxiter": most, **(options or {})}}
    if second:
        given[second] = getattr(flat, second)
    if tolerance:
        given["tol"] = tolerance
    try:
        with np.errstate(all="ignore"):
            found = optimize.minimize(watched, x, **given)
    except KeyboardInterrupt:
        return watched.interrupted()
    except (np.linalg.LinAlgError, ValueError, ArithmeticError) as error:
        return watched.spoilt(x) if watched.bad else watched.run(None, f"SciPy gave up: {str(error)[:120]}", ok=False)
    if not math.isfinite(found.fun) and watched.bad:
        return watched.spoilt(x)
    return watched.run(found.x, _sentence(found.message))


def least_squares(task, name, x, most, tolerance, residuals, options):
    """The Run of one of SciPy's least-squares solvers from x, with the compiled Jacobian of the residuals."""
    flat = residuals_of(task, residuals).flat(task.data)
    flat.pack(task.flat.unpack(x))
    both = task.flat.fun_and_jac
    watched = _Watched(both)
    watched(x)
    if watched.bad:
        return watched.spoilt(x)
    tight = tolerance or 1e-15
    given = {"x_scale": "jac", "xtol": tight, "ftol": tight, "gtol": tight, **(options or {})}

    def fun(x):
        watched(x)
        return np.atleast_1d(flat.fun(x))

    def jac(x):
        watched.losses.append(float(task.flat.fun(x)))
        return np.atleast_2d(flat.jac(x))

    if name == "lm" and len(np.atleast_1d(flat.fun(x))) < len(x):
        raise ArgumentError("Levenberg and Marquardt's method needs as many residuals as parameters, or more.",
                            do='use method="gauss-newton".')
    try:
        with np.errstate(all="ignore"):
            found = optimize.least_squares(fun, x, jac, method=methods.SQUARES[name], max_nfev=most, **given)
    except KeyboardInterrupt:
        return watched.interrupted()
    except (np.linalg.LinAlgError, ValueError, ArithmeticError) as error:
        return watched.spoilt(x) if watched.bad else watched.run(None, f"SciPy gave up: {str(error)[:120]}", ok=False)
    best = found.x if watched.best is None or both(found.x)[0] <= watched.low else watched.best
    return watched.run(best, _sentence(found.message))


def residuals_of(task, given):
    """The residuals as a Compiled function, told by the form of the loss where they are not given."""
    f = task.compiled
    if given is None:
        loss = expression_of(f)
        expression = residual_of(loss)
        expression = squares_of(loss) if expression is None else expression
        if expression is None:
            raise ArgumentError("least squares need residuals, and this loss is no sum or mean of squares.",
                                where=f"loss = {str(loss)[:200]}",
                                do="say whose squares it adds up: residuals=y - f, or the name of an equation.")
    else:
        expression = task.searched.expression(given) if task.searched is not None else given
    return compiled_of(expression, list(f.wrt), "float64")


def _sentence(message):
    """SciPy's message as one short sentence."""
    message = message.decode() if isinstance(message, bytes) else str(message)
    return " ".join(message.split()).rstrip(".")[:120]
