"""The names of the methods of training, and what each of them takes."""
from dataclasses import dataclass

from . import update


@dataclass(frozen=True)
class Method:
    """A method that steps along gradients: its word in codegen.train.update, its usual rate, is it of batches?"""
    code: int
    rate: float
    batches: bool = True


DESCENT = {
    "gd": Method(update.PLAIN, 0.1, batches=False),
    "sgd": Method(update.PLAIN, 0.01),
    "momentum": Method(update.MOMENTUM, 0.01),
    "nesterov": Method(update.NESTEROV, 0.01),
    "adagrad": Method(update.ADAGRAD, 0.01),
    "rmsprop": Method(update.RMSPROP, 0.001),
    "adam": Method(update.ADAM, 0.001),
    "adamw": Method(update.ADAMW, 0.001),
}

# SciPy's minimisers: what each takes beside the value and the gradient
MINIMISERS = {"l-bfgs-b": None, "bfgs": None, "cg": None, "tnc": None, "slsqp": None, "newton-cg": "hessp",
              "trust-ncg": "hessp", "trust-krylov": "hessp", "trust-exact": "hess", "dogleg": "hess",
              "trust-constr": "hess"}
NAMES = {"l-bfgs-b": "L-BFGS-B", "bfgs": "BFGS", "cg": "CG", "tnc": "TNC", "slsqp": "SLSQP", "newton-cg": "Newton-CG"}

# SciPy's least squares: Levenberg and Marquardt in MINPACK, and Gauss and Newton's step in a trust region
SQUARES = {"lm": "lm", "gauss-newton": "trf", "trf": "trf", "dogbox": "dogbox"}

ALIASES = {"lbfgs": "l-bfgs-b", "l-bfgs": "l-bfgs-b", "gradient descent": "gd", "levenberg-marquardt": "lm",
           "gradient-descent": "gd", "newton": "trust-exact"}
KNOWN = (*DESCENT, *MINIMISERS, *SQUARES)
