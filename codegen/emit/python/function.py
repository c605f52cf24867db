"""What the emitters of statements share: the lines of the function being written, and the names of what it uses."""
from contextlib import contextmanager

from codegen.loops import Affine, Position

from .text import PRODUCT, Text, _length, length, length_within


class Function:
    """One function of generated code, being written.

    names    the scope of the function
    sizes    {size symbol: its name}
    buffers  {buffer: name}: scalars are plain variables, all others arrays
    helpers  the plain functions that the code calls, collected
    head     lines that make the arrays, above the others
    """

    def __init__(self, names, sizes, buffers, helpers):
        self.names, self.sizes, self.buffers, self.helpers = names, sizes, buffers, helpers
        self.head, self.lines, self.depth, self.views, self.parts = [], [], 1, {}, {}
        self.axes, self.row, self.values, self.tiles = {}, None, 0, {}
        self.steps = {}                 # {axis of a loop over steps: its variable}

    def line(self, text):
        self.lines.append("    "*self.depth + text if text else "")

    def comment(self, text):
        """A comment above the line that follows."""
        self.line(f"# {text}")

    @contextmanager
    def block(self, head):
        """The lines within stand under `head`."""
        self.line(head)
        self.depth += 1
        yield
        self.depth -= 1

    @contextmanager
    def loop(self, axis):
        """A loop over an axis; over the rows of the tile when it is the row of the pass."""
        with self.block(f"for {self.axes[axis]} in range({self.span(axis)}):"):
            yield

    def span(self, axis):
        return "start, stop" if axis is self.row else self.length(axis.extent)

    def name_axes(self, axes):
        """Give the axes of a statement their letters; the row of the pass has the first."""
        others = [a for a in axes if a is not self.row]
        letters = self.names.letters(len(others) + (self.row is not None))
        self.axes = self.steps | dict(zip(([self.row] if self.row is not None else []) + others, letters))

    def length(self, value):
        return length(value, self.sizes)

    def value(self, text):
        """A new variable of this statement that holds the text."""
        name = self.variable()
        self.line(f"{name} = {text}")
        return name

    def variable(self):
        while True:
            self.values += 1
            if f"v{self.values}" not in self.names.taken:
                return f"v{self.values}"

    def buffer(self, b):
        """The name under which a buffer stands here: within a pass, its sum of the tile."""
        return self.parts.get(b) or self.buffers[b]

    def access(self, b, index, gathered=None, shown=False):
        """buffer[index]; a scalar is its variable.  shown: as in a formula, by rows of the data instead of the tile's.

        gathered  {number of an instruction: the variable of its position}
        """
        if not b.shape:
            return self.buffer(b)
        places = []
        for k, i in enumerate(index):
            if not isinstance(i, Affine):
                places.append(gathered[i.value])
            elif k == 0 and b.tiled and not shown:
                places.append(f"{self.affine(i)} - start")
            else:
                places.append(self.affine(i))
        name = self.buffer(b) if len(index) == len(b.shape) else self.flat(b, len(index))
        return f"{name}[{', '.join(places)}]"

    def flat(self, b, count):
        """The name of the buffer seen with `count` axes, the last of them all the remaining ones."""
        if (b, count) not in self.views:
            self.views[b, count] = self.names.fresh(f"{self.buffers[b]}_flat")
        return self.views[b, count]

    def view_lines(self):
        """The lines that make the flat views."""
        for (b, count), name in self.views.items():
            rest = 1
            for n in self.shape(b)[count - 1:]:
                rest = rest*n
            shape = ", ".join(map(self.length, (*self.shape(b)[:count - 1], rest)))
            yield f"{name} = {self.buffers[b]}.reshape({shape})"

    def shape(self, b):
        """The lengths of a buffer's axes, of a tiled one those of its tile."""
        return (self.tiles[b], *b.shape[1:]) if b.tiled else b.shape

    def allocate(self, name, shape):
        """A line at the head that makes an array."""
        shown = ", ".join(map(self.length, shape))
        self.head.append(f"{name} = np.empty({shown if len(shape) == 1 else f'({shown})'})")

    def affine(self, index):
        """The text of an Affine of axes, an integer."""
        sizes = self.sizes
        parts = []
        for axis, c in index.terms:
            if type(c) is int:
                factor = "" if abs(c) == 1 else f"{abs(c)}*"
                parts.append(("-" if c < 0 else "+", factor + self.axes[axis]))
            else:
                parts.append(("+", f"{length_within(c, sizes, PRODUCT)}*{self.axes[axis]}"))
        offset = _length(index.offset, sizes)
        if offset.text != "0" or not parts:
            sign, text = ("-", offset.text[1:]) if offset.text.startswith("-") and type(index.offset) is int \
                else ("+", offset.text)
            parts.append((sign, text))
        parts.sort(key=lambda p: p[0] == "-")
        text = " ".join(f"{sign} {part}" for sign, part in parts)
        return text[2:] if text.startswith("+ ") else "-" + text[2:]

    def position(self, instruction):
        """The number that a Position or a Length is."""
        at = isinstance(instruction, Position)
        inner = self.affine(instruction.index) if at else self.length(instruction.length)
        return Text(f"float({inner})")
