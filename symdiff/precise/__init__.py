"""A graph and values go in; its outputs come out in as many digits as are asked for, whatever cancels on the way."""
from .agreed import LONG, NOTHING, Beyond, Run, precise, same
from .nodes import exact, rounds
from .rounded import Rounded

__all__ = ["LONG", "NOTHING", "Beyond", "Rounded", "Run", "exact", "precise", "rounds", "same"]
