"""A program in, the text of the functions that compute it out: loops over plain variables and arrays."""
import textwrap

from codegen.loops import Rows, reads, writes

from .function import Function
from .names import allowed, escaped
from .split import split
from .statements import statement_lines
from .text import WIDTH

DECORATOR = '@njit(error_model="numpy", nogil=True)'


class Kernel:
    """The functions of one verb: one that takes arrays and sizes and returns the outputs, and the parts it is cut into.

    names     the scope of the module
    sizes     {size symbol: its name}
    inputs    {name of an input buffer: its name in the code} in calling order
    constants {constant buffer: its name in the module}
    helpers   plain functions that the code calls, collected
    results   {place of an output: what to call it where the user has no name for it}
    """

    def __init__(self, name, program, names, sizes, inputs, constants, helpers, results=None):
        self.name, self.sizes, self.inputs, self.helpers = name, sizes, inputs, helpers
        self.program, self.parts = split(program)
        self.constants = {b: n for b, n in constants.items() if b in program.buffers}
        self.names, self.marks = names.inner(), []
        self.buffers = {b: inputs[b.name] for b in self.program.buffers if b.kind == "input"} | self.constants
        outputs = [b for b in self.program.buffers if b.kind == "output"]
        self.buffers |= {b: self._named(b, (results or {}).get(k, "out")) for k, b in enumerate(outputs)}
        self.buffers |= {b: self._named(b, "t") for b in self.program.buffers if b.kind == "local"}

    def _named(self, b, stem):
        """The user's name, or a made one; one that may not stand in code is told in a comment."""
        if b.note and not allowed(b.note) and ", " not in b.note:
            made = self.names.fresh(stem)
            self.marks.append(f"# {made} is {escaped(b.note)}")
            return made
        return self.names.own(b.note, stem)

    def text(self):
        """The functions, the one that is called last."""
        whole = [b for b in self.program.buffers if b.kind in ("output", "local") and b.shape and not b.tiled]
        taken = [*self.inputs.values(), *self.constants.values()]
        outputs = [self.buffers[b] for b in self.program.buffers if b.kind == "output"]
        end = f"return {', '.join(outputs)}" + ("," if len(outputs) == 1 else "")
        f = self._function(whole)
        f.head += self.marks
        if len(self.parts) == 1:
            return [self._written(f, self.name, taken, self.parts[0], end)]
        self._across = self._handed_on()
        made = [self._part(k) for k in range(len(self.parts))]
        f.comment(f"{len(self.parts)} parts, each short enough for Numba to compile it quickly")
        for k in range(len(self.parts)):
            given, results = self._across[k]
            start = f"{', '.join(results)} = " if results else ""
            f.line(_listed(f"{start}{self._part_name(k)}(", [*given, *self.sizes.values()], ")"))
        return [*made, self._written(f, self.name, taken, (), end)]

    def _function(self, arrays):
        """A function that makes these arrays at its head."""
        f = Function(self.names.inner(), self.sizes, self.buffers, self.helpers)
        for name in ("start", "stop"):
            f.names.taken.add(name)
        for b in arrays:
            f.allocate(self.buffers[b], b.shape)
        return f

    def _written(self, f, name, taken, statements, end):
        for statement in statements:
            if isinstance(statement, Rows):
                tiled = dict.fromkeys(b for b, *_ in _touched([statement]) if b.tiled)
                f.tiles |= dict.fromkeys(tiled, statement.tile)
                for b in tiled:
                    f.allocate(self.buffers[b], f.shape(b))
        for statement in statements:
            statement_lines(f, statement)
        head = [f"    {line}" for line in [*f.head, *f.view_lines()]]
        tail = [f"    {end}"] if end else []
        start = _listed(f"def {name}(", [*taken, *self.sizes.values()], "):")
        return "\n".join([DECORATOR, start, *head, *f.lines, *tail])

    # parts --------------------------------------------------------------------------------------------------------
    def _part_name(self, k):
        return f"{self.name}_{k + 1}"

    def _part(self, k):
        given, results = self._across[k]
        end = f"return {', '.join(results)}" if results else ""
        return self._written(self._function(()), self._part_name(k), given, self.parts[k], end)

    def _handed_on(self):
        """For each part (names of what it is given, names of the scalars that it returns)."""
        touched = [dict.fromkeys(b for b, *_ in _touched(part) if not b.tiled) for part in self.parts]
        written = [{b for s in part for b, *_ in writes(s)} for part in self.parts]
        made, before = [], set()
        last = {b: k for k, part in enumerate(touched) for b in part}
        for k, part in enumerate(touched):
            given = [b for b in part if b.shape or b.kind in ("input", "constant") or b in before]
            results = [b for b in part if not b.shape and b in written[k] and (last[b] > k or b.kind == "output")]
            made.append(([self.buffers[b] for b in given], [self.buffers[b] for b in results]))
            before |= written[k]
        return made


def _listed(before, names, after):
    """Names between brackets, on lines of their own where one line would be too long."""
    whole = ", ".join(names)
    if len(before) + len(whole) + len(after) <= WIDTH:
        return f"{before}{whole}{after}"
    return "\n".join([before, textwrap.indent("\n".join(textwrap.wrap(whole, WIDTH)), " "*8)]) + after


def _touched(statements):
    """Buffers that statements read or write, in order."""
    return [pair for s in statements for pair in [*reads(s), *writes(s)]]
