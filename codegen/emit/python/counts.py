"""A program in, lines that tell its cost out: operations for each row and beside, and the memory of a call."""
from collections import Counter

import sympy as sp

from codegen.loops import Apply, Call, Contract, Map, Rows, Steps

from .split import split
from .text import length

_WORDS = {"mul": "multiplications", "add": "additions", "sub": "additions", "div": "divisions"}
_FREE = {"neg", "select", "lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not"}


def counts_lines(program, names):
    """Each with a label of ten characters."""
    lines = []
    for statement in program.statements:
        if isinstance(statement, Rows):
            counted = _counted(statement.body, statement.axis)
            lines.append(f"per row   of {length(statement.axis.extent, names)}: {_shown(counted, names)}")
    counted = _counted([s for s in program.statements if not isinstance(s, Rows)], None)
    if counted:
        lines.append(f"{'beside' if lines else 'counts':<10}{_shown(counted, names)}")
    slow = len(split(program)[1])
    if slow > 1:
        lines.append(f"compiled  in {slow} parts, on the first call; that may take Numba some {slow*0.6:.0f} s")
    return [*lines, f"memory    {_memory(program, names)}"]


def _counted(statements, row):
    """{word: how often}, for one row if `row` is an axis."""
    total = Counter()
    for s in statements:
        if isinstance(s, Call):
            total[s.name] += 1
        if isinstance(s, Steps):
            for word, count in _counted(s.body, row).items():
                total[word] += s.axis.extent*count
        if not isinstance(s, (Map, Contract)):
            continue
        entries = sp.S.One
        for axis in (*s.axes, *getattr(s, "reduce", ())):
            entries = entries*(1 if axis is row else axis.extent)
        words = [_WORDS.get(i.name, i.name) for i in s.body if isinstance(i, Apply) and i.name not in _FREE] \
            if isinstance(s, Map) else ["multiplications"]*(len(s.operands) - 1) + ["additions"]*_sums(s)
        words += ["additions" for i in getattr(s, "body", ()) if getattr(i, "mode", "set") == "add"]
        for word in words:
            total[word] += entries
    return total


def _sums(contract):
    return bool(contract.reduce) or contract.out.mode == "add"


def _shown(counted, names):
    plain = ("multiplications", "additions", "divisions")
    words = [w for w in plain if w in counted] + sorted(w for w in counted if w not in plain)
    return ", ".join(f"{length(sp.expand(counted[w]), names)} {_one(w, counted[w])}" for w in words) or "none"


def _one(word, count):
    return word[:-1] if count == 1 and word.endswith("s") and word in _WORDS.values() else word


def _memory(program, names):
    """Beside inputs and results."""
    tiles = {s.tile for s in program.statements if isinstance(s, Rows)}
    width = sum((sp.Mul(*b.shape[1:]) for b in program.buffers if b.tiled), sp.S.Zero)
    whole = sum((sp.Mul(*b.shape) for b in program.buffers if b.kind == "local" and b.shape and not b.tiled), sp.S.Zero)
    parts = [f"one tile of {max(tiles)} rows, {_numbers(width, names)} each"] if tiles and width != 0 else []
    parts += [_numbers(whole, names)] if whole != 0 else []
    return ", ".join(parts) or "none beside inputs and results"


def _numbers(count, names):
    return f"{length(sp.expand(count), names)} number{'s'*(count != 1)}"
