"""A Contract in, its loops out: where a row of the result lies in memory as a row of an operand does, rows are added
up, which LLVM turns into lanes; else each entry is a sum of its own."""
from codegen.loops import Affine

from .maps import combined


def contract_lines(function, statement):
    """Write the loops of a Contract, under its formula."""
    f = function
    f.name_axes((*statement.axes, *statement.reduce))
    f.values = 0
    f.comment(_formula(f, statement))
    inner = _lane_axis(statement, f.row)
    if inner is None:
        _entries(f, statement)
    else:
        _rows(f, statement, inner)


def _formula(f, statement):
    """out[i, k] = Σ_j a[i, j]·b[j, k]"""
    out = statement.out
    product = "·".join(f.access(o.buffer, o.index, shown=True) for o in statement.operands)
    over = "".join(f"Σ_{f.axes[a]} " for a in statement.reduce)
    sign = "=" if out.mode == "set" else "+="
    return f"{f.access(out.buffer, out.index, shown=True)} {sign} {over}{product}"


def _lane_axis(statement, row):
    """The axis along which entries lie next to each other in the result and in an operand."""
    last = _last_axis(statement.out)
    if last is None or last is row or not statement.reduce:
        return None
    return last if any(_last_axis(o) is last for o in statement.operands) else None


def _last_axis(access):
    """The axis along which the entries of an access lie next to each other."""
    if not access.index or not isinstance(access.index[-1], Affine):
        return None
    near = [a for a, c in access.index[-1].terms if c == 1]
    return near[0] if len(near) == 1 and len(access.index[-1].terms) == 1 else None


def _nested(f, axes, body):
    """body() inside the loops."""
    if not axes:
        return body()
    with f.loop(axes[0]):
        _nested(f, axes[1:], body)


def _entries(f, statement):
    """Each entry of the result is a sum of its own."""
    def body():
        if not statement.reduce:
            return _put(f, statement, _product(f, statement.operands))
        total = f.value("0.0")
        _nested(f, statement.reduce, lambda: f.line(f"{total} += {_product(f, statement.operands)}"))
        _put(f, statement, total)

    _nested(f, statement.axes, body)


def _put(f, statement, text):
    out = statement.out
    where = f.access(out.buffer, out.index)
    f.line(f"{where} = {text}" if out.mode == "set" else combined(where, out.mode, text, f.helpers))


def _rows(f, statement, inner):
    """Rows of an operand, each times a number, are added up to a row of the result."""
    outer = tuple([a for a in statement.axes if a is not inner])
    where = f.access(statement.out.buffer, statement.out.index)
    fixed = [o for o in statement.operands if not _uses(o, inner)]
    moving = [o for o in statement.operands if _uses(o, inner)]

    def add():
        factors = [f.value(_product(f, fixed))] if fixed else []
        with f.loop(inner):
            f.line(f"{where} += {'*'.join([*factors, _product(f, moving)])}")

    def body():
        if statement.out.mode == "set":
            with f.loop(inner):
                f.line(f"{where} = 0.0")
        _nested(f, statement.reduce, add)

    _nested(f, outer, body)


def _uses(access, axis):
    return any(axis in dict(i.terms) for i in access.index)


def _product(f, operands):
    return "*".join(f.access(o.buffer, o.index) for o in operands)
