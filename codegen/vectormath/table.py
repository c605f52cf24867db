"""The table of formulas: for each primitive its builder, its bound in ulp over its whole range, its cost."""
from dataclasses import dataclass
from typing import Callable

from codegen.vectormath import exponential, logarithm, power, trigonometric
from codegen.vectormath.arithmetic import Number


@dataclass(frozen=True)
class Function:
    """One formula.

    formula   from `Number`s to a `Number`
    ulp       the stated bound: |result − exact| ≤ ulp · (distance of doubles at the exact result); for logaddexp, whose
              two terms may cancel, at the larger of them
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
}
