"""Loops over the same indices become one loop: a list of (fills, statement) in, a shorter list of statements out."""
from .loops import Apply, Axis, Gather, Load, Map, Number, Position, Store, arguments, at, reads, substitute, writes

LONGEST = 300                   # instructions of a loop: LLVM's time grows faster than the length of what is inside one


def merge_maps(units, row, live):
    """The statements, in an order that keeps every value before its use, with Maps over equal domains merged.

    Needs:    statements that each write one buffer, in order; `row` is the axis they share, or None;
              `live` holds the buffers that other statements than these read.
    Promises: a value that only its own loop reads is never stored; every instruction of a loop is different.
    """
    slots, place, domains = [], {}, {}
    for fills, statement in units:
        if isinstance(statement, Map):
            _join(slots, place, domains, fills, statement, row)
        else:
            slots += [*fills, statement]
            for b, *_ in writes(statement):
                place[b] = (len(slots) - 1, None)
    return _needed(slots, live)


def _needed(slots, live):
    """The statements of the slots, from the last to the first, that write what is read later or by others."""
    needed, kept = set(live), []
    for slot in reversed(slots):
        if isinstance(slot, _Loop):
            statements = slot.finish(needed)
        else:
            statements = [slot] if any(b.kind == "output" or b in needed for b, *_ in writes(slot)) else []
        needed.update(b for s in statements for b, _ in reads(s))
        kept += reversed(statements)
    return kept[::-1]


def _join(slots, place, domains, fills, statement, row):
    """Put a Map into the first loop over its domain that comes late enough, or into a new one."""
    key = (row in statement.axes, tuple([a.extent for a in statement.axes if a is not row]))
    earliest = 0
    for b, *_ in [*reads(statement), *writes(statement)]:               # a second writer comes after the first
        if b in place:
            k, loop = place[b]
            earliest = max(earliest, k + (loop is None or loop.key != key))
    for k, loop in domains.get(key, ()):
        if k >= earliest and loop.accepts(statement):
            break
    else:
        k, loop = len(slots), _Loop(key, statement.axes, row)
        slots.append(loop)
        domains.setdefault(key, []).append((k, loop))
    loop.add(fills, statement)
    for b, *_ in writes(statement):
        place[b] = (k, loop)


class _Loop:
    """One loop being merged: its axes, its instructions, and what it has stored at which index."""

    def __init__(self, key, axes, row):
        self.key, self.row = key, row
        self.axes = tuple([row]*(row in axes and row is not None) + [Axis(a.extent) for a in axes if a is not row])
        self.lines, self.known, self.stored, self.fills, self.notes = [], {}, {}, [], []

    def renamed(self, statement):
        """{axis of the statement: the loop's}"""
        rest = iter([a for a in self.axes if a is not self.row])
        return {a: at(next(rest)) for a in statement.axes if a is not self.row}

    def accepts(self, statement):
        """Is there room, and is all that the statement reads of this loop's own buffers what it stored at this index?"""
        if self.axes and len(self.lines) > LONGEST:
            return False
        new = self.renamed(statement)
        for b, index in reads(statement):
            if b in self.stored and (any(isinstance(i, Gather) for i in index)
                                     or self.stored[b][0] != tuple([substitute(i, new) for i in index])):
                return False
        return not any(b in self.stored for b, *_ in writes(statement))

    def add(self, fills, statement):
        self.fills += fills
        if statement.note:
            self.notes.append(statement.note)
        new, place = self.renamed(statement), []
        for instruction in statement.body:
            place.append(self._line(_renamed(instruction, new, place)))

    def _line(self, instruction):
        if isinstance(instruction, Load):
            if instruction.buffer in self.stored:
                return self.stored[instruction.buffer][1]
        if isinstance(instruction, Store):
            if instruction.mode == "set":
                self.stored[instruction.buffer] = (instruction.index, instruction.value)
            else:
                self.stored[instruction.buffer] = (None, None)              # complete only after the loop
            self.lines.append(instruction)
            return len(self.lines) - 1
        key = repr(instruction) if isinstance(instruction, Number) else instruction      # 0.0 == -0.0, nan != nan
        if key not in self.known:
            self.known[key] = len(self.lines)
            self.lines.append(instruction)
        return self.known[key]

    def finish(self, needed):
        """The fills and the Map, without stores that nobody reads and instructions that nobody uses."""
        keep = [not isinstance(line, Store) for line in self.lines]
        for k, line in enumerate(self.lines):
            if isinstance(line, Store):
                keep[k] = line.buffer.kind == "output" or line.buffer in needed
        used = set()
        for k in range(len(self.lines) - 1, -1, -1):
            if isinstance(self.lines[k], Store) and keep[k] or k in used:
                used.add(k)
                used.update(arguments(self.lines[k]))
        new, body = {}, []
        for k, line in enumerate(self.lines):
            if k in used:
                new[k] = len(body)
                body.append(_renamed(line, {}, new))
        fills = [f for f in self.fills if f.buffer.kind == "output" or f.buffer in needed]
        return [*fills, Map(self.axes, tuple(body), "; ".join(dict.fromkeys(self.notes)))] if body else fills


def _renamed(instruction, new, place):
    """The instruction with axes renamed by `new` and earlier values by `place`."""
    if isinstance(instruction, Apply):
        return Apply(instruction.name, tuple([place[a] for a in instruction.args]))
    if isinstance(instruction, (Load, Store)):
        index = tuple([Gather(place[i.value], i.length) if isinstance(i, Gather) else substitute(i, new) if new and i.terms
                       else i for i in instruction.index])
        if isinstance(instruction, Load):
            return Load(instruction.buffer, index)
        return Store(instruction.buffer, index, place[instruction.value], instruction.mode)
    if isinstance(instruction, Position):
        return Position(substitute(instruction.index, new))
    return instruction
