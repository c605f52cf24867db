"""The table of formulas: for each primitive its builder, its bound in ulp over its whole range, its cost."""
from dataclasses import dataclass
from typing import Callable

from codegen.vectormath import exponential, logarithm, power, trigonometric
from codegen.vectormath.arithmetic import Number


@dataclass(frozen=True)
class Function:
    """One formula.

    formula   from `Number`s to a `Number`
    ulp       the stated bound: |result − exact| ≤ ulp · (distance of doubles at the exact result)
    cost      in multiplications of its lane, measured
    """

    formula: Callable
    ulp: float
    cost: int

    def build(self, ops, *values):
        """The function of values of `ops` (an `Arithmetic`), as a value of it."""
        return self.formula(*(Number(ops, value) for value in values)).raw


FUNCTIONS = {
    "exp": Function(exponential.exp, 0.75, 7),
    "exp2": Function(exponential.exp2, 0.75, 7),
    "expm1": Function(exponential.expm1, 1.0, 8),
    "tanh": Function(exponential.tanh, 1.0, 12),
    "sigmoid": Function(exponential.sigmoid, 1.5, 11),
    "sinh": Function(exponential.sinh, 1.5, 11),
    "cosh": Function(exponential.cosh, 1.5, 11),
    "log": Function(logarithm.log, 1.0, 10),
    "log2": Function(logarithm.log2, 1.0, 12),
    "log10": Function(logarithm.log10, 1.0, 12),
    "log1p": Function(logarithm.log1p, 1.5, 12),
    "log1mexp": Function(logarithm.log1mexp, 2.0, 20),
    "softplus": Function(logarithm.softplus, 2.0, 16),
    "log_sigmoid": Function(logarithm.log_sigmoid, 2.0, 16),
    "logaddexp": Function(logarithm.logaddexp, 2.0, 16),
    "pow": Function(power.power, 1.5, 40),
    "sin": Function(trigonometric.sin, 1.0, 12),
    "cos": Function(trigonometric.cos, 1.0, 12),
}
