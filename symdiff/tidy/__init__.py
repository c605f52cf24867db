"""Outputs of a graph go in; outputs of equal value that are shorter to write come out, for print only."""
from .full import fullest
from .tidy import shortest, tidy

__all__ = ["fullest", "shortest", "tidy"]
