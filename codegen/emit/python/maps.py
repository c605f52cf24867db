"""A Map in, its loops out: each instruction in the outermost loop that it can stand in, written into its user where it
has only one and the line stays short."""
from codegen.loops import Affine, Gather, Length, Load, Number, Position, Store, arguments

from . import apply as elementwise
from .names import allowed
from .text import ATOM, LOWEST, Text, number

LONGEST = 72                    # characters of an expression before what it is made of gets lines of its own
LONGEST_LOAD = 12               # an entry of an array with a text up to here is written again instead of named
START = {"add": "0.0", "max": "-np.inf", "min": "np.inf"}


def map_lines(function, statement):
    """Write the loops of a Map."""
    if statement.body:
        _Nest(function, statement).write()


def ordered(axes, accesses, row):
    """The axes with the one that runs through memory entry by entry innermost, and the row of a pass outermost."""
    def price(axis):
        total = 0
        for access in accesses:
            for k, i in enumerate(access.index):
                if isinstance(i, Affine) and axis in dict(i.terms):
                    total += -1 if k == len(access.index) - 1 and dict(i.terms)[axis] == 1 else 1
        return total

    rest = [a for a in axes if a is not row]
    if len(rest) > 1:
        inner = min(range(len(rest)), key=lambda k: (price(rest[k]), -k))
        rest = [*rest[:inner], *rest[inner + 1:], rest[inner]]
    return [a for a in axes if a is row] + rest


class _Nest:
    """The loops of one Map: how deep each instruction stands, how often it is used, and its text."""

    def __init__(self, function, statement):
        self.f, self.body, self.note = function, statement.body, statement.note
        accesses = [line for line in self.body if isinstance(line, (Load, Store))]
        self.axes = ordered(statement.axes, accesses, function.row)
        function.name_axes(self.axes)
        function.values = 0
        self.place = {a: k + 1 for k, a in enumerate(self.axes)}
        self.depth = [0]*len(self.body)
        self.users = [[] for _ in self.body]
        for k, line in enumerate(self.body):
            self.depth[k] = self._depth(line)
            for a in arguments(line):
                self.users[a].append(k)
        self.text, self.kept = {}, {}

    def _depth(self, line):
        """How many loops the instruction stands in; of a store, how many its entry depends on."""
        inside = [self.place[a] for i in _indices(line) if isinstance(i, Affine) for a, _ in i.terms if a in self.place]
        used = arguments(line)
        if isinstance(line, Store):
            used = used[1:]
        return max([*inside, *[self.depth[a] for a in used]], default=0)

    # writing ------------------------------------------------------------------------------------------------------
    def write(self):
        seen = {self.f.buffers[line.buffer] for line in self.body if isinstance(line, Store)}
        words = [word for word in self.note.replace("; ", ", ").split(", ") if allowed(word) and word not in seen]
        if words:
            self.f.comment(", ".join(dict.fromkeys(words)))
        self._open(0)

    def _open(self, d):
        if d == len(self.axes):
            self._lines(d)
            return
        self._lines(d)
        sums = self._start_sums(d)
        with self.f.loop(self.axes[d]):
            self._open(d + 1)
        for k in sums:
            self._accumulate(self.body[k], self.kept.pop(k))

    def _start_sums(self, d):
        """Variables for the sums whose entry stays the same in all loops within."""
        sums = [k for k, line in enumerate(self.body)
                if isinstance(line, Store) and line.mode != "set" and self.depth[k] == d and line.buffer.shape]
        for k in sums:
            self.kept[k] = self.f.value(START[self.body[k].mode])
        return sums

    def _lines(self, d):
        innermost = d == len(self.axes)
        for k, line in enumerate(self.body):
            if isinstance(line, Store):
                if innermost:
                    self._store(k, line)
            elif self.depth[k] == d:
                self._instruction(k, line)

    def _instruction(self, k, line):
        """Give instruction k its text, and a variable if it is to have one."""
        if isinstance(line, Number):
            self.text[k] = number(line.value)
        elif isinstance(line, (Length, Position)):
            self.text[k] = self.f.position(line)
        elif isinstance(line, Load):
            self._load(k, line)
        else:
            self._apply(k, line)

    def _load(self, k, line):
        text = self.f.access(line.buffer, line.index, self._gathered(line))
        again = not line.buffer.shape or len(text) <= LONGEST_LOAD or len(self.users[k]) == 1
        stays = not line.buffer.shape or self._used_here(k)
        self.text[k] = Text(text if again and stays else self.f.value(text))

    def _used_here(self, k):
        """Does every user stand in the same loop (a store stands in the innermost)?"""
        return all((len(self.axes) if isinstance(self.body[u], Store) else self.depth[u]) == self.depth[k]
                   for u in self.users[k])

    def _apply(self, k, line):
        args = [self.text[a] for a in line.args]
        count = elementwise.power(line.name, args)
        if count is not None and 1 < count and args[0].binds < ATOM:
            self._name(line.args[0])
        self._shorten(line.args)
        made = elementwise.apply(line.name, [self.text[a] for a in line.args], self.f.helpers)
        self.text[k] = made
        if len(self.users[k]) != 1 or not self._used_here(k) or self._gathers(k):
            self._name(k)

    def _gathers(self, k):
        """Is the value used as a position?"""
        return any(isinstance(i, Gather) and i.value == k for u in self.users[k] for i in _indices(self.body[u]))

    def _shorten(self, args):
        """Name the longest of the arguments until they fit into one line."""
        while sum(len(self.text[a].text) for a in args) > LONGEST:
            longest = max(args, key=lambda a: len(self.text[a].text))
            if self.text[longest].text.isidentifier():
                return
            self._name(longest)

    def _name(self, k):
        text = self.text[k]
        if not text.text.isidentifier():
            self.text[k] = Text(self.f.value(text.text))

    def _gathered(self, line):
        """{instruction: the position it gives, checked}"""
        return {i.value: f"position({self.text[i.value].text}, {self.f.length(i.length)})"
                for i in line.index if isinstance(i, Gather) and self._needs_position()}

    def _needs_position(self):
        if position not in self.f.helpers:
            self.f.helpers.append(position)
        return True

    # stores -------------------------------------------------------------------------------------------------------
    def _store(self, k, line):
        value = self.text[line.value]
        if k in self.kept:
            self.f.line(_combined(self.kept[k], line.mode, value, self.f.helpers))
        elif line.mode == "set":
            self.f.line(f"{self.f.access(line.buffer, line.index, self._gathered(line))} = {value.text}")
        else:
            self._accumulate(line, value.text)

    def _accumulate(self, line, text):
        where = self.f.access(line.buffer, line.index, self._gathered(line))
        self.f.line(_combined(where, line.mode, Text(text, LOWEST), self.f.helpers))


def _combined(where, mode, value, helpers):
    """The line that accumulates a value."""
    if mode == "add":
        return f"{where} += {value.text}"
    word = {"max": "maximum", "min": "minimum"}[mode]
    return f"{where} = {elementwise.apply(word, [Text(where), value], helpers).text}"


def combined(where, mode, text, helpers):
    """The line that accumulates the text into what stands at `where`."""
    return _combined(where, mode, Text(text, LOWEST), helpers)


def _indices(line):
    if isinstance(line, (Load, Store)):
        return line.index
    return (line.index,) if isinstance(line, Position) else ()


def position(value, length):
    """The value as a position on an axis of that length."""
    if not 0.0 <= value < length or value != int(value):
        raise IndexError("an index is out of range, or no whole number")
    return int(value)


