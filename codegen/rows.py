"""Which statements run over the same rows, and in which pass: units (fills, statement) in, ordered groups out."""
from dataclasses import dataclass, field

from .loops import Affine, Axis, Contract, Map, reads, writes
from .products import sides

NOMINAL = 1000                  # a length that is not known yet counts as this
NEARLY = 0.9


@dataclass
class _Class:
    """Axes of statements and of buffers that run in step: each statement and buffer has at most one."""
    extent: object
    statements: dict = field(default_factory=dict)      # {unit: axis}
    buffers: dict = field(default_factory=dict)         # {buffer: dim}


@dataclass
class Group:
    """Units that run together: all of one pass over rows (`row` is its axis), or plain ones (`row` is None).

    members   (fills, statement, the statement's row axis) in order
    tiled     {local buffer: which of its dims is the row} for buffers that need only one tile of rows
    """
    row: Axis | None
    level: int
    members: list
    tiled: dict


def row_classes(units, fewest):
    """For each unit its class of rows, or None.

    The class with the most work takes its statements first; of those with nearly the most the longest: its tiles are
    the smallest part of what it computes.
    """
    home, members = _linked_axes(units)
    chosen = [None]*len(units)
    work = [_work(statement) for _, statement in units]
    classes = _joined([c for c in dict.fromkeys(map(id, home.values())) for c in [members[c]]], work, fewest)
    while classes:
        open_work = [sum(work[k] for k in c.statements if chosen[k] is None) for c in classes]
        most = max(open_work)
        if most == 0:
            break
        nearly = [i for i in range(len(classes)) if open_work[i] >= NEARLY*most]
        best = max(nearly, key=lambda i: _length(classes[i].extent))
        taken = classes.pop(best)
        for k in taken.statements:
            if chosen[k] is None:
                chosen[k] = taken
    return chosen


def _linked_axes(units):
    """{(unit, axis): class} with axes linked through the local buffers that they index plainly."""
    home, members = {}, {}
    owner = {}                                           # {(buffer, dim): class}

    def merge(a, b):
        if a is b:
            return a
        if len(a.statements) + len(a.buffers) < len(b.statements) + len(b.buffers):
            a, b = b, a
        if any(k in a.statements for k in b.statements) or any(x in a.buffers for x in b.buffers):
            return None
        for k, axis in b.statements.items():
            a.statements[k] = axis
            home[k, axis] = a
        for x, dim in b.buffers.items():
            a.buffers[x] = dim
            owner[x, dim] = a
        return a

    for k, (_, statement) in enumerate(units):
        if not isinstance(statement, (Map, Contract)) or sides(statement) is not None:
            continue
        for axis in (*statement.axes, *getattr(statement, "reduce", ())):
            home[k, axis] = _Class(axis.extent, {k: axis})
        for buffer, index, *_ in [*reads(statement), *writes(statement)]:
            if buffer.kind not in ("local", "output"):
                continue
            for dim, axis in _plain_dims(buffer, index):
                if (buffer, dim) not in owner:
                    owner[buffer, dim] = _Class(axis.extent, {}, {buffer: dim})
                merge(home[k, axis], owner[buffer, dim])
    for c in home.values():
        members[id(c)] = c
    return home, members


def _plain_dims(buffer, index):
    """(dim, axis) where the index of that dim is one axis, as long as the dim, and nothing else."""
    whole = len(index) == len(buffer.shape)
    for dim, i in enumerate(index if whole else index[:-1]):
        if isinstance(i, Affine) and len(i.terms) == 1 and i.terms[0][1] == 1 and i.offset == 0 \
                and i.terms[0][0].extent == buffer.shape[dim]:
            yield dim, i.terms[0][0]


def _joined(classes, work, fewest):
    """The classes long enough for a pass, those of one length together where none of their members clash."""
    classes = [c for c in classes if type(c.extent) is not int or c.extent >= fewest]
    classes.sort(key=lambda c: -sum(work[k] for k in c.statements))
    kept = []
    for c in classes:
        for other in kept:
            if other.extent == c.extent and not any(k in other.statements for k in c.statements) \
                    and not any(b in other.buffers for b in c.buffers):
                other.statements.update(c.statements)
                other.buffers.update(c.buffers)
                break
        else:
            kept.append(c)
    return kept


def _work(statement):
    if not isinstance(statement, (Map, Contract)):
        return 0
    total = len(statement.body) if isinstance(statement, Map) else 1
    for axis in (*statement.axes, *getattr(statement, "reduce", ())):
        total *= _length(axis.extent)
    return total


def _length(extent):
    return extent if type(extent) is int else NOMINAL


def schedule(units, chosen):
    """The groups in the order in which they run.

    A unit joins the earliest pass of its class in which all it reads is there: values of the same row from the
    same pass; sums, and rows other than its own, from an earlier one.  What an earlier pass computed
    for a row and did not keep is computed again.
    """
    producer, level, whole, strayed = {}, [], set(), set()        # strayed: a writer is at another row than its own
    for k, (_, statement) in enumerate(units):
        mine, at_least = chosen[k], 0
        for buffer, index in [*reads(statement), *[(b, i) for b, i, _ in writes(statement) if b in producer]]:
            for p in producer.get(buffer, ()):
                if mine is not None and chosen[p] is mine and buffer not in strayed and _in_step(buffer, index, mine, k):
                    at_least = max(at_least, level[p])
                else:
                    at_least = max(at_least, level[p] + (chosen[p] is not None))
                    whole.add(buffer)
        level.append(at_least)
        for buffer, index, _ in writes(statement):
            producer.setdefault(buffer, []).append(k)
            if mine is None or not _in_step(buffer, index, mine, k):
                strayed.add(buffer)
            if buffer.kind == "output" or buffer in strayed:
                whole.add(buffer)
    groups = {}
    for k in range(len(units)):
        groups.setdefault((level[k], chosen[k] is not None, id(chosen[k])), []).append(k)
    order = sorted(groups, key=lambda key: (key[0], key[1], groups[key][0]))
    return [_group(units, chosen, producer, whole, groups[key], key[0]) for key in order]


def _in_step(buffer, index, c, k):
    """Does unit k touch, in this buffer, the very row it runs over?"""
    dim = c.buffers.get(buffer)
    if dim is None or index is None:
        return False
    return any(d == dim and axis is c.statements[k] for d, axis in _plain_dims(buffer, index))


def _group(units, chosen, producer, whole, mine, level):
    c = chosen[mine[0]]
    if c is None:
        return Group(None, level, [(*units[k], None) for k in mine], {})
    needed, stack = set(mine), list(mine)
    while stack:
        k = stack.pop()
        for buffer, _ in reads(units[k][1]):
            for p in producer.get(buffer, ()):
                if p not in needed and chosen[p] is c and buffer not in whole:
                    needed.add(p)
                    stack.append(p)
    members = [(*units[k], c.statements[k]) for k in sorted(needed)]
    tiled = {b: c.buffers[b] for _, s, _ in members for b, _, _ in writes(s) if b not in whole and b in c.buffers}
    return Group(Axis(c.extent), level, members, tiled)
