"""stabilise: outputs go in; the same in formulas that stay finite and accurate come out, with what was rewritten.

Needs:    any graph; `fold` before it finds more.
Promises: equal values wherever the old formula was finite and real; accurate far beyond; no point that was within the
          bar, 8 units in the last place times the condition of the point, leaves it, but for a few whose squares leave the
          range of floats.
"""
from . import (exponentials, hyperbolic, logarithms, special, angles, quotients,    # noqa: F401  each declares its rules
               factorials, arrays, moments, divided, rational, common, differences, logsums, gammas, series, matrices,
               weighted, picked)
from .engine import rewritten
from .rule import RULES, Rewrite, Rule

__all__ = ["RULES", "Rewrite", "Rule", "stabilise"]


def stabilise(outputs):
    """(outputs in their stable form, list of Rewrite)."""
    return rewritten(outputs)
