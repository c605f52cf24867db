"""A program in, the same cut into parts that Numba compiles in reasonable time: straight lines become several,
which hand their values on in one array."""
from dataclasses import replace

from codegen.loops import Affine, Apply, Buffer, Load, Map, Number, Rows, Steps, Store, arguments

LONGEST_PART = 200              # instructions; Numba takes some 3 ms for each, more in longer functions (measured)


def split(program):
    """(the program with no straight line longer than a part, its statements as a list of parts)."""
    if sum(map(_work, program.statements)) <= 2*LONGEST_PART:
        return program, [program.statements]
    statements, made = [], []
    for statement in program.statements:
        if isinstance(statement, Map) and not statement.axes and len(statement.body) > LONGEST_PART:
            pieces, between = _cut(statement, len(made))
            statements += pieces
            made.append(between)
        else:
            statements.append(statement)
    parts, size = [[]], 0
    for statement in statements:
        size += _work(statement)
        if size > LONGEST_PART and parts[-1]:
            parts.append([])
            size = _work(statement)
        parts[-1].append(statement)
    return replace(program, buffers=(*program.buffers, *made), statements=tuple(statements)), parts


def _work(statement):
    """About how many lines a statement takes."""
    if isinstance(statement, (Rows, Steps)):
        return sum(map(_work, statement.body))
    return len(statement.body) if isinstance(statement, Map) else 4


def _cut(statement, serial):
    """(Maps of at most a part each, the buffer of the values that one hands to a later one)."""
    body, piece_of, here, size = statement.body, [], 0, 0
    for line in body:
        if size >= LONGEST_PART:
            here, size = here + 1, 0
        piece_of.append(here)
        size += 1
    cheap = {k for k, line in enumerate(body) if _again(line)}
    crossing = [k for k,
                users in enumerate(_users(body)) if k not in cheap and any(piece_of[u] != piece_of[k] for u in users)]
    place = {k: p for p, k in enumerate(crossing)}
    between = Buffer(f"between{serial}", "local", (len(crossing),), note="")
    groups = [[] for _ in range(here + 1)]
    for k, p in enumerate(piece_of):
        groups[p].append(k)
    return [_piece(statement, mine, place, between, cheap) for mine in groups], between


def _again(line):
    """Is the instruction written again in every part rather than handed on: numbers, and scalars given?"""
    return isinstance(line, Number) or isinstance(line, Load) and not line.buffer.shape


def _users(body):
    """For each instruction those that use it."""
    users = [[] for _ in body]
    for k, line in enumerate(body):
        for a in arguments(line):
            users[a].append(k)
    return users


def _piece(statement, mine, place, between, cheap):
    """The Map of some instructions: what others computed is loaded first, what others need is stored."""
    lines, new = [], {}

    def put(line):
        lines.append(line)
        return len(lines) - 1

    def found(k):
        if k not in new:
            new[k] = put(statement.body[k] if k in cheap else Load(between, (Affine((), place[k]),)))
        return new[k]

    for k in mine:
        line = statement.body[k]
        if isinstance(line, Apply):
            line = Apply(line.name, tuple([found(a) for a in line.args]))
        elif isinstance(line, Store):
            line = replace(line, value=found(line.value))
        new[k] = new[k] if k in new else put(line)
        if k in place:
            put(Store(between, (Affine((), place[k]),), new[k]))
    return replace(statement, body=tuple(lines))
