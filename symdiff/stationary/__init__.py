"""A loss that is quadratic in its unknowns goes in; its normal equations and their solution come out."""
from .result import Stationary, stationary

__all__ = ["Stationary", "stationary"]
