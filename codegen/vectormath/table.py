"""The table of formulas: for each primitive its builder, its bound in ulp over its whole range, its cost."""
from dataclasses import dataclass
from typing import Callable

from codegen.vectormath import exponential, gamma, inverse, lengths, logarithm, normal, power, trigonometric
from codegen.vectormath.arithmetic import Number


@dataclass(frozen=True)
class Function:
    """One formula.

    formula   from `Number`s to a `Number`
    ulp       the stated bound: |result − exact| ≤ ulp · (distance of doubles at the exact result); for logaddexp, whose
              two terms may cancel, at the larger of them; for lgamma and digamma of x < 0, which have zeros between
              their poles, and for log_poisson, at an argument times the derivative in it where that is larger
    cost      in multiplications of the same lanes, about
    """

    formula: Callable
    ulp: float
    cost: int

    def build(self, ops, *values):
        """The function of values of `ops` (an `Arithmetic`), as a value of it."""
        return self.formula(*(Number(ops, value) for value in values)).raw


FUNCTIONS = {
    "exp": Function(exponential.exp, 1.0, 10),
    "exp2": Function(exponential.exp2, 1.1, 10),
    "expm1": Function(exponential.expm1, 1.25, 12),
    "tanh": Function(exponential.tanh, 2.25, 16),
    "sigmoid": Function(exponential.sigmoid, 1.5, 18),
    "swish": Function(exponential.swish, 5.0, 19),
    "logistic_pdf": Function(exponential.logistic_pdf, 4.0, 18),
    "sech": Function(exponential.sech, 2.5, 18),
    "sinh": Function(exponential.sinh, 1.6, 20),
    "cosh": Function(exponential.cosh, 1.5, 14),
    "log": Function(logarithm.log, 1.0, 14),
    "log2": Function(logarithm.log2, 0.75, 20),
    "log10": Function(logarithm.log10, 0.75, 20),
    "log1p": Function(logarithm.log1p, 1.25, 20),
    "log1mexp": Function(logarithm.log1mexp, 1.5, 40),
    "softplus": Function(logarithm.softplus, 1.75, 28),
    "log_sigmoid": Function(logarithm.log_sigmoid, 1.75, 28),
    "logaddexp": Function(logarithm.logaddexp, 2.0, 30),
    "pow": Function(power.power, 1.0, 70),
    "sin": Function(trigonometric.sin, 1.0, 16),
    "cos": Function(trigonometric.cos, 1.0, 16),
    "tan": Function(trigonometric.tan, 2.5, 34),
    "sinc": Function(trigonometric.sinc, 2.0, 24),
    "exprel": Function(exponential.exprel, 2.25, 24),
    "inv_exprel": Function(exponential.inv_exprel, 2.25, 24),
    "log1prel": Function(logarithm.log1prel, 2.25, 28),
    "log1pmx": Function(logarithm.log1pmx, 4.0, 50),
    "xlogy": Function(logarithm.xlogy, 2.0, 16),
    "asin": Function(inverse.asin, 1.75, 26),
    "acos": Function(inverse.acos, 1.5, 26),
    "atan": Function(inverse.atan, 2.0, 28),
    "atan2": Function(inverse.atan2, 2.5, 40),
    "asinh": Function(inverse.asinh, 2.0, 45),
    "acosh": Function(inverse.acosh, 2.5, 40),
    "atanh": Function(inverse.atanh, 2.0, 40),
    "hypot": Function(lengths.hypot, 1.5, 20),
    "direction": Function(lengths.direction, 2.0, 24),
    "half_circle": Function(lengths.half_circle, 1.5, 8),
    "erf": Function(normal.erf, 1.75, 50),
    "erfc": Function(normal.erfc, 4.5, 60),
    "erfcx": Function(normal.erfcx, 3.5, 60),
    "ndtr": Function(normal.ndtr, 5.0, 65),
    "log_ndtr": Function(normal.log_ndtr, 5.5, 90),
    "inverse_mills": Function(normal.inverse_mills, 5.0, 75),
    "lgamma": Function(gamma.lgamma, 5.0, 110),
    "digamma": Function(gamma.digamma, 2.75, 80),
    "log_poisson": Function(gamma.log_poisson, 4.0, 130),
}
