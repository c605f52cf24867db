"""The loop language: what a program over buffers is, and the check that one keeps the grammar.

    Program    buffers, statements
    statement  Map       for every index of `axes`: the instructions of `body`, a straight line of numbered values
               Contract  out[...] = or += Σ over `reduce` of the product of the operands, for every index of `axes`
               Fill      every entry of a buffer is one number
               Call      a routine on whole buffers (factorisations, scans), by name
               Rows      its statements for one tile of rows after another: `axis` runs over the rows of the tile
               Steps     its statements for one position on `axis` after another: the next finds what a step leaves
    index      one Affine per axis of the buffer, or a Gather (a number computed by the instructions); a last index may
               stand for all remaining axes of the buffer, flattened
    instruction Load | Number | Length | Position | Apply | Store, naming earlier instructions by their place in the body

Each local buffer is written by one statement (and by the Fill before it, when it is accumulated), before it is read.
"""
from dataclasses import dataclass, field, replace  # noqa: F401
from itertools import count

from symdiff.lengths import canonical, product

MODES = ("set", "add", "max", "min")
_fresh = count()


@dataclass(frozen=True, eq=False)
class Axis:
    """A loop variable running over 0 … extent-1; equal only to itself."""
    extent: object
    serial: int = field(default_factory=lambda: next(_fresh))

    def __repr__(self):
        return f"i{self.serial}<{self.extent}"


@dataclass(frozen=True, eq=False)
class Buffer:
    """An array in memory, C-contiguous.

    kind   "input" (given at the call), "constant" (given by the program: `value`), "output" (made fresh for each call)
           or "local" (in the workspace)
    tiled  True when only a tile of rows of it exists: its axis 0 is the row within the tile
    """
    name: str
    kind: str
    shape: tuple
    value: object = None
    tiled: bool = False
    note: str = ""

    def __repr__(self):
        return f"{self.name}{list(self.shape)}"


@dataclass(frozen=True)
class Affine:
    """Σ coefficient·axis + offset; coefficients and offset are lengths (ints or expressions in size symbols)."""
    terms: tuple = ()           # ((axis, coefficient), …), no axis twice, no coefficient 0
    offset: object = 0

    def __repr__(self):
        return " + ".join([f"{c}*{a}" if c != 1 else f"{a}" for a, c in self.terms] + [str(self.offset)]*(self.offset != 0 or not self.terms))


@dataclass(frozen=True)
class Gather:
    """A position computed by instruction `value`, checked to be a whole number from 0 to below `length`."""
    value: int
    length: object


def at(axis):
    """The index that is one axis."""
    return Affine(((axis, 1),))


def affine(terms, offset=0):
    """An Affine from (axis, coefficient) pairs in any order, collected."""
    total = {}
    for axis, c in terms:
        total[axis] = total.get(axis, 0) + c
    kept = tuple((a, canonical_signed(c)) for a, c in sorted(total.items(), key=lambda pair: pair[0].serial) if c != 0)
    return Affine(kept, canonical_signed(offset))


def canonical_signed(value):
    """An int where it is a number, else an expanded expression."""
    if type(value) is int:
        return value
    value = value.expand()
    return int(value) if value.is_Integer else value


def substitute(index, new):
    """The Affine with axes replaced by Affines."""
    terms, offset = [], index.offset
    for axis, c in index.terms:
        other = new.get(axis)
        if other is None:
            terms.append((axis, c))
        else:
            terms += [(a, c*d) for a, d in other.terms]
            offset = offset + c*other.offset
    return affine(terms, offset)


@dataclass(frozen=True)
class Load:
    buffer: Buffer
    index: tuple


@dataclass(frozen=True)
class Number:
    value: float


@dataclass(frozen=True)
class Length:
    """A length of an axis as a floating-point number."""
    length: object


@dataclass(frozen=True)
class Position:
    """An Affine of axes as a floating-point number."""
    index: Affine


@dataclass(frozen=True, slots=True)
class Apply:
    """An elementwise primitive, by its name in the table, on earlier values."""
    name: str
    args: tuple

    def __reduce__(self):                           # there may be 10⁵ of them: in two thirds of the time
        return Apply, (self.name, self.args)


@dataclass(frozen=True)
class Store:
    buffer: Buffer
    index: tuple
    value: int
    mode: str = "set"


@dataclass(frozen=True)
class Map:
    axes: tuple
    body: tuple
    note: str = ""


@dataclass(frozen=True)
class Contract:
    """out[index] (= or +=) Σ_reduce Π operands[index].  `axes` are those of the result."""
    axes: tuple
    reduce: tuple
    out: Store                  # its `value` is not used; mode "set" or "add"
    operands: tuple             # Loads with affine indices
    note: str = ""


@dataclass(frozen=True)
class Fill:
    buffer: Buffer
    value: float
    note: str = ""


@dataclass(frozen=True)
class Call:
    """name(attributes; inputs → outputs) on whole buffers; `extents` are lengths it needs."""
    name: str
    attributes: tuple
    inputs: tuple
    outputs: tuple
    note: str = ""


@dataclass(frozen=True)
class Rows:
    """The statements of `body` for each tile of up to `tile` rows; `axis` has the number of rows as its extent.

    Tiled buffers are indexed by the row within the tile; all others by the row itself.  Buffers that the body accumulates
    and that do not have the row among their indices are the pass's `sums`: each chunk of rows starts its own from
    `initial`, and they meet by `mode` in a fixed order after the pass.
    """
    axis: Axis
    tile: int
    body: tuple
    sums: tuple = ()


@dataclass(frozen=True)
class Steps:
    """The statements of `body` for each position on `axis`, in order, from the last if `reverse`.

    `carried` holds pairs of buffers (before, after): a step reads the first and writes the second; then the two change
    places, so that in the end the last state stands in the first.  What the body accumulates without filling it
    first goes on from step to step.  The axis may stand in any index of the body.
    """
    axis: Axis
    reverse: bool
    body: tuple
    carried: tuple = ()
    note: str = ""


@dataclass(frozen=True)
class Sum:
    """A buffer accumulated over the rows of a pass."""
    buffer: Buffer
    mode: str
    initial: float


@dataclass(frozen=True)
class Program:
    buffers: tuple
    statements: tuple
    sizes: tuple                # size symbols, in the order of the table
    bounds: tuple = ()          # what must hold of the lengths for every index to be inside: see symdiff.bounds


def reads(statement):
    """Buffers that a statement reads, as a list of (buffer, index or None for the whole)."""
    if isinstance(statement, Map):
        return [(i.buffer, i.index) for i in statement.body if isinstance(i, Load)]
    if isinstance(statement, Contract):
        return [(o.buffer, o.index) for o in statement.operands]
    if isinstance(statement, Call):
        return [(b, None) for b in statement.inputs]
    if isinstance(statement, Rows):
        return [pair for inner in statement.body for pair in reads(inner)]
    if isinstance(statement, Steps):
        inside = [b for inner in statement.body for b, _ in reads(inner)]
        return [*[(b, None) for b in inside], *[(b, None) for b, _ in statement.carried],
                *[(b, None) for b, _, mode in writes(statement) if mode != "set"]]
    return []


def writes(statement):
    """Buffers that a statement writes, as a list of (buffer, index or None for the whole, mode)."""
    if isinstance(statement, Map):
        return [(i.buffer, i.index, i.mode) for i in statement.body if isinstance(i, Store)]
    if isinstance(statement, Contract):
        return [(statement.out.buffer, statement.out.index, statement.out.mode)]
    if isinstance(statement, Call):
        return [(b, None, "set") for b in statement.outputs]
    if isinstance(statement, Fill):
        return [(statement.buffer, None, "set")]
    if isinstance(statement, Steps):
        inside = [(b, None, mode) for inner in statement.body for b, _, mode in writes(inner)]
        return [*inside, *[(b, None, "set") for b, _ in statement.carried]]
    return [triple for inner in statement.body for triple in writes(inner)]


def arguments(instruction):
    """The earlier values an instruction uses."""
    if isinstance(instruction, Apply):
        return instruction.args
    if isinstance(instruction, Store):
        return (instruction.value, *gathered(instruction.index))
    if isinstance(instruction, Load):
        return gathered(instruction.index)
    return ()


def gathered(index):
    return tuple(i.value for i in index if isinstance(i, Gather))


def axes_of(index):
    """The axes that an index runs over directly."""
    return {a for i in index if isinstance(i, Affine) for a, _ in i.terms}


def check(program):
    """The program, when it keeps the grammar; AssertionError naming the statement otherwise."""
    known = {b for b in program.buffers if b.kind in ("input", "constant")}
    for statement in program.statements:
        _check(statement, known, program, ())
    for buffer in program.buffers:
        assert buffer.kind != "output" or buffer in known, f"{buffer} is never written"
    return program


def _check(statement, known, program, outer):
    where = f"in {type(statement).__name__} {getattr(statement, 'note', '')!r}"
    if isinstance(statement, Rows):
        assert statement.tile > 0
        inside = known | {s.buffer for s in statement.sums}
        for inner in statement.body:
            assert not isinstance(inner, Rows), f"{where}: Rows inside Rows"
            _check(inner, inside, program, (*outer, statement.axis))
        known |= {b for b in inside if not b.tiled}
        return
    if isinstance(statement, Steps):
        assert all(before in known for before, _ in statement.carried), f"{where}: a state has no first value"
        for inner in statement.body:
            assert not isinstance(inner, Rows), f"{where}: Rows inside Steps"
            _check(inner, known, program, (*outer, statement.axis))
        assert all(after in known for _, after in statement.carried), f"{where}: a state is not written"
        return
    for buffer, index in reads(statement):
        assert buffer in known, f"{where}: {buffer} is read before it is written"
    for buffer, index, mode in writes(statement):
        assert buffer.kind in ("output", "local"), f"{where}: {buffer} is written"
        assert mode in MODES, f"{where}: mode {mode}"
        assert mode == "set" or buffer in known, f"{where}: {buffer} is accumulated but never filled"
    if isinstance(statement, (Map, Contract)):
        _check_indices(statement, where, outer)
    if isinstance(statement, Map):
        for k, instruction in enumerate(statement.body):
            assert all(0 <= a < k for a in arguments(instruction)), f"{where}: instruction {k} uses a later value"
    known.update(b for b, _, _ in writes(statement))


def _check_indices(statement, where, outer):
    free = {*statement.axes, *outer, *getattr(statement, "reduce", ())}
    for buffer, index, *_ in [*reads(statement), *writes(statement)]:
        assert len(index) <= len(buffer.shape), f"{where}: {buffer} has {len(buffer.shape)} axes, indexed by {index}"
        assert len(index) == len(buffer.shape) or index, f"{where}: {buffer} is indexed by nothing"
        assert axes_of(index) <= free, f"{where}: {buffer}{index} uses an axis that no loop runs over"


def strides(shape):
    """Entries from one index to the next, for each axis of a contiguous array."""
    return tuple(canonical(product(shape[k + 1:])) for k in range(len(shape)))


def replace_buffers(statement, new):
    """The statement on other buffers."""
    swap = lambda b: new.get(b, b)          # noqa: E731
    if isinstance(statement, Map):
        return replace(statement, body=tuple([replace(i, buffer=swap(i.buffer)) if isinstance(i, (Load, Store)) else i
                                              for i in statement.body]))
    if isinstance(statement, Contract):
        return replace(statement, out=replace(statement.out, buffer=swap(statement.out.buffer)),
                       operands=tuple([replace(o, buffer=swap(o.buffer)) for o in statement.operands]))
    if isinstance(statement, Fill):
        return replace(statement, buffer=swap(statement.buffer))
    if isinstance(statement, Steps):
        return replace(statement, body=tuple([replace_buffers(s, new) for s in statement.body]),
                       carried=tuple([(swap(before), swap(after)) for before, after in statement.carried]))
    if isinstance(statement, Call):
        return replace(statement, inputs=tuple(map(swap, statement.inputs)), outputs=tuple(map(swap, statement.outputs)))
    return replace(statement, body=tuple([replace_buffers(s, new) for s in statement.body]), sums=tuple([replace(s, buffer=swap(s.buffer)) for s in statement.sums]))
