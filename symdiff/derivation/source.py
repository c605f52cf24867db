"""A Derivation goes in; a small module of Python that a student can read and run comes out, and its functions.

Each step is a function, each partial derivative is one, and of a scalar the chain rule multiplies them from the last step
back.
"""
import inspect
from dataclasses import dataclass
from typing import Callable

from ..errors import NoDerivative
from ..evaluate import evaluate
from ..language import sizes_of
from ..numpy_source.code import INDENT, Called, RESERVED
from ..numpy_source.functions import carried
from ..numpy_source.given import taken_apart, told_by
from ..numpy_source.statements import Statements
from ..numpy_source.style import NumPyStyle
from ..read import read


@dataclass(frozen=True)
class Functions:
    """The functions of one step.

    value     the step, a function of what it is defined by
    partials  {name: the partial derivative by it}; the derivative of each entry where the step works entry by entry,
              else the Jacobian; what has no Jacobian of two axes or fewer is not there
    """
    value: Callable
    partials: dict


@dataclass(frozen=True)
class _Made:
    """One function of the module: its name and expression, the symbols it takes, those of them that are lengths, its
    lines."""
    name: str
    expression: object
    takes: tuple
    sizes: tuple
    lines: tuple


class Module:
    """The module of a derivation: `text`, and `functions`, {name of a step: Functions}.

    Raises NoDerivative in forward mode, whose module would be the same.
    """

    def __init__(self, d):
        if any(edge.pulled is None for row in d.rows for edge in row.edges):
            row = next(row for row in d.rows for edge in row.edges if edge.pulled is None)
            raise NoDerivative(f"the derivative of {row.name} has no code in NumPy.", where=str(row.definition),
                               do="use sd.compile.")
        self.d = d
        self.called = Called({*RESERVED, "value_and_gradient"})
        inputs = [i.name for i in d.inputs]
        for symbol in (*inputs, *[row.name for row in d.rows]):
            self.called.add(symbol)
        for row in d.rows:
            self.called.table[row.bar] = self._free(f"{self.called.table[row.name]}_bar")
        self.arrays = frozenset(self.called.table)
        self.made, self.of_edge, self.of_row = [], {}, {}
        for row in d.rows:
            self._steps(row)
        self.text = self._text(inputs)

    @property
    def functions(self):
        """{name of a step: its Functions}."""
        return {str(row.name): Functions(self._callable(self.of_row[row]), {
            str(edge.by): self._callable(self.of_edge[edge][0]) for edge in row.edges if self.of_edge[edge][0] is not None})
            for row in self.d.rows}

    def _callable(self, made):
        """The function of the module, as a function."""
        node, names = read(made.expression), [self.called.table[s] for s in made.takes]
        signature = inspect.Signature([inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names])

        def function(*args, **named):
            given = signature.bind(*args, **named).arguments
            values = {s.name: given[name] for s, name in zip(made.takes, names)}
            lengths = {s: values[s.name] for s in made.sizes}
            found, = evaluate([node], values, lengths)
            return found if found.ndim else float(found)

        function.__name__ = function.__qualname__ = made.name
        function.__doc__, function.__signature__ = made.lines[1].strip(" #"), signature
        return function

    def _steps(self, row):
        own = self.called.table[row.name]
        self.of_row[row] = self._function(own, row.definition, f"{row.name} = {row.definition}", bare=True)
        for edge in row.edges:
            by = self.called.table[edge.by]
            partial = pull = None
            if edge.partial is not None:
                partial = self._function(f"d{own}_d{by}", edge.partial, f"∂{row.name}/∂{edge.by} = {edge.partial}")
            if not edge.entrywise:
                pull = self._function(f"{own}_back_to_{by}", edge.pulled, f"what ∂L/∂{row.name} adds to ∂L/∂{edge.by}")
            self.of_edge[edge] = partial, pull

    def _function(self, name, expression, described, bare=False):
        """One function of the module; `bare` where the name is already its own."""
        name = name if bare else self._free(name)
        given = taken_apart(expression)
        lengths = [s for s in (*given.inputs, *given.sizes) if s not in self.arrays]       # 1/n has n as a number
        for symbol in lengths:
            if symbol not in self.called.table:
                self.called.add(symbol)
        self.called.used.clear()
        statements = Statements(NumPyStyle(self.called, self.called.constant), self.called.names)
        code, = statements.returned(given.outputs)
        sizes = tuple([s for s in lengths if s in self.called.used])
        takes = (*[s for s in given.inputs if s in self.arrays], *sizes)
        note = described.replace("\n", " ")
        lines = (f"def {name}({', '.join([self.called.table[s] for s in takes])}):",
                 f"{INDENT}# {note if len(note) <= 110 else note[:110] + ' ...'}",
                 *[INDENT + line for line in (*statements.lines, f"return {code}")])
        made = _Made(name, expression, takes, sizes, lines)
        self.made.append(made)
        return made

    def _free(self, name):
        """The name, or another one where it is taken."""
        taken, k = self.called.names.taken, 2
        free = name
        while free in taken:
            free, k = f"{name}_{k}", k + 1
        taken.add(free)
        return free

    def _text(self, inputs):
        scalar = not sizes_of(self.d.result)
        whole = [self._whole(inputs)] if scalar else []
        constants = [f"{place} = {code}" for place, code in self.called.constants.values()]
        body = ["\n".join(lines) for lines in (*[one.lines for one in self.made], *whole)]
        imports, helpers = carried("\n".join([*constants, *body]))
        title = str(self.d.result).replace("\\", "/").replace('"', "'")
        told = "its value, every partial derivative, and the chain rule" if scalar else "its value and every partial derivative"
        head = f'"""{title}, step by step: {told}."""'
        parts = [head + "\n" + "\n".join(imports), *helpers, *(["\n".join(constants)] if constants else []), *body]
        return "\n\n\n".join(parts) + "\n"

    def _whole(self, inputs):
        """The lines of the function that puts the steps together."""
        d, table = self.d, self.called.table
        sizes = list(dict.fromkeys([s for one in self.made for s in one.sizes]))
        told = {s: told_by(s, inputs, table) for s in sizes}
        takes = [table[s] for s in inputs] + [table[s] for s, code in told.items() if code is None]
        arrays = [table[s] for s in inputs]
        lines = [f"def value_and_gradient({', '.join(takes)}):",
                 f'{INDENT}"""The value, and its derivatives by {", ".join(table[w] for w in d.wrt)}."""']
        lines += [f"{INDENT}{name} = np.asarray({name}, dtype=float)" for name in arrays]
        lines += [f"{INDENT}{table[s]} = {code}" for s, code in told.items() if code is not None]
        values = {symbol: table[symbol] for symbol in (*inputs, *sizes)}
        for row in d.rows:
            values[row.name] = self._free(f"{table[row.name]}_value")
            lines.append(f"{INDENT}{values[row.name]} = {self._call(self.of_row[row], values)}")
        return lines + self._back(values)

    def _back(self, values):
        """The chain rule, from the last step back."""
        d, table = self.d, self.called.table
        bar = {row.name: table[row.bar] for row in d.rows} | {w: self._free(f"{table[w]}_bar") for w in d.wrt}
        lines, begun = [f"{bar[d.result]} = 1.0"], {d.result}
        values = values | {row.bar: bar[row.name] for row in d.rows}
        for row in reversed(d.rows):
            if row.name not in begun:
                continue
            for edge in row.edges:
                partial, pull = self.of_edge[edge]
                term = self._call(pull, values) if pull else f"{bar[row.name]}*{self._call(partial, values)}"
                if sizes_of(edge.pulled) != sizes_of(edge.by):
                    term = f"np.broadcast_to({term}, np.shape({values[edge.by]}))"
                lines.append(f"{bar[edge.by]} = " + (f"{bar[edge.by]} + {term}" if edge.by in begun else term))
                begun.add(edge.by)
        zeros = [f"{bar[w]} = " + (f"np.zeros_like({table[w]})" if sizes_of(w) else "0.0") for w in d.wrt if w not in begun]
        gradient = ", ".join([f"{str(w)!r}: {bar[w]}" for w in d.wrt])
        return [INDENT + line for line in (*lines, *zeros, f"return {values[d.result]}, {{{gradient}}}")]

    def _call(self, made, values):
        return f"{made.name}({', '.join([values[s] for s in made.takes])})"
