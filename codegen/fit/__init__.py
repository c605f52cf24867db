"""Models that are likelihoods or sums of squares, and data, go in; estimates with their standard errors come out."""
from .fitting import fit

__all__ = ["fit"]
