"""Models and data go in; parameters that make the loss small come out."""
from .train import train
from .weights import load as load_weights

__all__ = ["load_weights", "train"]
