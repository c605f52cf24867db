"""Steps and their graphs go in; the rows of the printed table come out, with expressions for graphs."""
from dataclasses import dataclass

from ..language import Array, nodes
from ..write import write
from .forms import bare, entrywise_in

INNER = frozenset(["recurrence"])               # what the derivatives of cumulative products are made of


@dataclass(frozen=True, eq=False)
class Edge:
    """One step's dependence on an earlier one, or on an input.

    row, by               the step, and what it depends on: symbols
    partial, expanded     ∂row/∂by in earlier steps, and in the inputs (None where that is the same, or long):
                          expressions; the derivative of each entry where the step works entry by entry, else the
                          Jacobian; both None where that has more than two axes
    entrywise             does each entry of the step depend on the same entry of `by` alone?
    pulled                what the step gives to ∂L/∂by, in the step's adjoint and earlier steps: an expression
    value, part           with a point: the number of the partial, and of what the step gives to ∂L/∂by
    """
    row: object
    by: object
    partial: object
    expanded: object
    pulled: object
    entrywise: bool = False
    value: object = None
    part: object = None


@dataclass(frozen=True, eq=False)
class Row:
    """One intermediate of the table.

    name                  its symbol: ξ₁, or the user's name
    bar                   the symbol of its adjoint ∂L/∂ξ₁: ξ̄₁
    definition, expanded  in earlier intermediates, and in the inputs (None where that is the same, or long)
    edges                 one for each intermediate or input of wrt that it depends on
    users                 the edges of later rows that depend on it
    closed                ∂L/∂(this), in the inputs where that is short (backward mode), None where it is long
    slopes                d(this)/dw for each w of wrt (forward mode), None where it is long or w is an array
    value, adjoint        with a point: its number, and that of ∂L/∂(this) (backward mode)
    tangents              with a point: one number d(this)/dw for each w of wrt (forward mode)
    """
    name: object
    bar: object
    definition: object
    expanded: object
    edges: tuple
    users: tuple
    closed: object = None
    slopes: tuple = ()
    value: object = None
    adjoint: object = None
    tangents: tuple = ()


@dataclass(frozen=True, eq=False)
class Input:
    """An input of the formula: its symbol, its role ("parameter": what is differentiated by; "data"); else as a Row."""
    name: object
    role: str
    users: tuple = ()
    closed: object = None
    value: object = None
    adjoint: object = None


def table(steps, graphs, wrt, reading, numbers):
    """(rows, inputs); `numbers(kind, key)` gives the number of a graph at the point, or None."""
    symbols = dict(reading.symbols)
    for step in steps:
        symbols[step.leaf] = Array(step.name, *step.node.sizes)
        symbols[step.bar] = Array(step.bar.attributes[0], *step.node.sizes)
    shown = _Written([*graphs.printed.values(), *graphs.printed_wide.values(), *graphs.given.values(),
                      *graphs.closed.values(), *graphs.slopes.values(), *graphs.wide.values()], graphs.typed, symbols)
    of, users = {}, {}
    entrywise = {step: entrywise_in(step) for step in steps}
    for edge in graphs.edges:
        step, leaf = edge
        partial, wide = graphs.printed[edge], graphs.printed_wide[edge]
        made = Edge(symbols[step.leaf], symbols[leaf], shown[partial], _other(shown[wide], shown[partial]),
                    shown[graphs.given[edge]], leaf in entrywise[step], numbers("partial", edge), numbers("part", edge))
        of.setdefault(step, []).append(made)
        users.setdefault(leaf, []).append(made)
    rows = []
    for step in steps:
        leaf, wide = step.leaf, graphs.wide[step.leaf]
        rows.append(Row(symbols[leaf], symbols[step.bar], shown[step.local], _other(shown[wide], shown[step.local]),
                        tuple(of.get(step, ())), tuple(users.get(leaf, ())), shown[graphs.closed.get(leaf)],
                        tuple([shown[graphs.slopes.get((leaf, w))] for w in wrt]),
                        numbers("value", leaf), numbers("adjoint", leaf),
                        tuple([numbers("tangent", (leaf, w)) for w in wrt])))
    inputs = [Input(symbols[node], "parameter" if node in wrt else "data", tuple(users.get(node, ())),
                    shown[graphs.closed.get(node)], numbers("value", node), numbers("adjoint", node))
              for node in dict.fromkeys(reading.inputs.values())]
    return tuple(rows), tuple(inputs)


def _other(expression, first):
    """The expression, if it is another than the first one."""
    return None if expression is None or expression is first or expression == first else expression


class _Written(dict):
    """{graph: its expression, None where it holds what has no word in the language}; None stays None."""

    def __init__(self, graphs, typed, symbols):
        graphs = list(dict.fromkeys([g for g in (*typed, *graphs) if g is not None]))
        super().__init__(zip(graphs, write(tuple(map(bare, graphs)), symbols)))
        inner = [g for g in graphs if g not in typed and any(getattr(e, "op", None) in INNER for e in nodes(self[g]))]
        self.update(dict.fromkeys(inner))
        self[None] = None
