"""A claimed derivative goes in; whether it is right comes out, and if not, the first wrong factor or term and a
counter-example."""
from .claims import verify
from .verdict import Fault, Line, Point, Verdict

__all__ = ["Fault", "Line", "Point", "Verdict", "verify"]
