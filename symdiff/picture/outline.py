"""A formula goes in; its steps with their definitions alone, without derivatives, come out: what is drawn of many."""
from dataclasses import dataclass

from ..derivation.forms import bare
from ..derivation.steps import steps as steps_of
from ..derivation.table import Input, Row
from ..errors import ArgumentError
from ..language import Array
from ..model import Model
from ..read import read_all
from ..write import write


@dataclass(frozen=True, eq=False)
class Outline:
    """Rows and inputs as those of a Derivation, without derivatives and numbers."""
    expression: object
    rows: tuple
    inputs: tuple
    wrt: tuple
    at: None = None
    mode: str = "reverse"

    @property
    def result(self):
        return self.rows[-1].name


def outline(expr, wrt=None):
    """The Outline of an expression or a Model; wrt: a list of symbols or names, every input where it is None."""
    reading = read_all(expr)
    if len(reading.outputs) != 1:
        raise ArgumentError(f"{len(reading.outputs)} expressions were given, and one is drawn at a time.",
                            do="give one of them.")
    inputs = list(dict.fromkeys(reading.inputs.values()))
    nodes = inputs if wrt is None else [reading.node(w) for w in wrt]
    named = reading.named
    taken = [node.attributes[0] for node in inputs]
    result = "loss" if isinstance(expr, Model) and expr.loss is not None else None
    steps = steps_of(reading.outputs[0], nodes, named, taken, result)
    symbols = {**reading.symbols, **{step.leaf: Array(step.name, *step.node.sizes) for step in steps}}
    written = write(tuple([bare(step.local) for step in steps]), symbols)
    rows = tuple([Row(symbols[step.leaf], None, local, None, (), ()) for step, local in zip(steps, written)])
    roles = tuple([Input(symbols[node], "parameter" if node in nodes else "data") for node in inputs])
    return Outline(expr, rows, roles, tuple([symbols[node] for node in nodes]))
