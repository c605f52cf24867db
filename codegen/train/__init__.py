"""Models and data go in; parameters that make the loss small come out."""
from .steps import Steps
from .train import train
from .weights import load as load_weights

__all__ = ["Steps", "load_weights", "train"]
