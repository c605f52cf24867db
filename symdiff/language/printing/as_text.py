"""Expressions as one line of text that `symdiff.formulas.parse` reads back, in the order typed, with few brackets."""
import sympy as sp
from sympy.printing.precedence import precedence
from sympy.printing.str import StrPrinter

from ...primitives.functions import round_
from ..core import Constant, Node
from . import names
from .plain import parts_of
from .plan import (ADD, AND, ATOM, MUL, OR, POW, RELATION, Shown, is_large, is_minus, is_plain, is_reciprocal, render,
                   spine)
from .words import entries, key_text, loop_part, settings

RELATIONS = {sp.Lt: "<", sp.Le: "<=", sp.Gt: ">", sp.Ge: ">="}
NAMES = {sp.Eq: "Eq", sp.Ne: "Ne", round_: "round"}


def shown(expr, ascii=False, printer=None):
    """The expression as text, with its level."""
    return render(expr, TextStyle(ascii, printer or StrPrinter()))


def bracket(part, level):
    """The part in brackets, where it binds no closer than the level."""
    return f"({part.text})" if part.level <= level else part.text


def negative(body, expr):
    """-body, where the body binds closer than a sum."""
    return Shown("-" + body, ADD, body, expr=expr)


class TextStyle:
    """How parts are put together; `bare` is here the text without its minus."""
    spaced = True                               # A @ x / n for A @ x/n

    def __init__(self, ascii, printer):
        self.ascii, self.printer = ascii, printer

    def plan(self, e):
        if not isinstance(e, Node):
            if not is_plain(e) or not e.args or not is_large(e):
                return "leaf", (), None
            return parts_of(e)
        if e.op is sp.Add:
            return "add", spine(e), None
        if is_minus(e):
            return "minus", e.args[1:], None
        if e.op is sp.Mul:
            factors = spine(e)
            under = [k > 0 and f is not None and is_reciprocal(f) for k, f in enumerate(factors)]
            return "mul", [f.args[0] if u else f for f, u in zip(factors, under)], under
        return "power" if e.op is sp.Pow else "node", e.args, None

    def elided(self, plan, parts):
        return Shown("...", ATOM, expr=plan.expr)

    def leaf(self, plan, parts):
        e = plan.expr
        if isinstance(e, sp.Symbol):
            return Shown(names.plain(e.name, self.ascii), ATOM, expr=e)
        if isinstance(e, Constant):
            below = not e.sizes and str(e.value.array).startswith("-")
            return Shown(entries(e), ADD if below else ATOM, expr=e)
        if e.is_Float and e._prec == 53 and e.is_finite:
            text = repr(float(e))
            return negative(text[1:], e) if text[0] == "-" else Shown(text, ATOM, expr=e)
        text = names.printable(self.printer._print(e), self.ascii)
        return Shown(text, precedence(e), text[1:] if e.is_Number and text[0] == "-" else None, expr=e)

    def add(self, plan, parts):
        out = ""
        for k, part in enumerate(parts):
            if part.bare is not None:
                out += (" - " if k else "-") + part.bare
            else:
                out += (" + " if k else "") + (bracket(part, ADD) if k else part.text)
        return Shown(out, ADD, expr=plan.expr)

    def minus(self, plan, parts):
        return negative(bracket(parts[0], ADD), plan.expr)

    def mul(self, plan, parts):
        under = list(plan.notes)
        first, *rest = parts
        signed, out = first.bare is not None, first.text
        if first.expr == -1 and isinstance(first.expr, sp.Integer) and rest and not under[1]:
            first, *rest = rest
            under.pop(0)
            signed, out = True, "-" + bracket(first, ADD)
        elif not signed:
            out = f"1/{bracket(first, MUL)}" if under[0] else bracket(first, MUL - 1)
        elif first.level <= ADD and not (first.expr.is_Number or isinstance(first.expr, Node)):
            signed, out = False, bracket(first, ADD)
        wide = self.spaced and isinstance(first.expr, Node) and first.expr.op == "matmul"
        times, over = (" * ", " / ") if wide else ("*", "/")
        for part, divides in zip(rest, under[1:]):
            out += (over if divides else times) + bracket(part, MUL)
        return negative(out[1:], plan.expr) if signed else Shown(out, MUL, expr=plan.expr)

    def power(self, plan, parts):
        base, exponent = parts
        e = exponent.expr
        if e == -1:
            return Shown("1/" + bracket(base, MUL), MUL, expr=plan.expr)
        if e == sp.S.Half:
            return Shown(f"sqrt({base.text})", ATOM, expr=plan.expr)
        return Shown(f"{bracket(base, POW)}**{bracket(exponent, POW - 1)}", POW, expr=plan.expr)

    def node(self, plan, parts):
        e = plan.expr
        op = e.op if isinstance(e, Node) else type(e)
        if op in RELATIONS:
            a, b = [bracket(p, RELATION) for p in parts]
            return Shown(f"{a} {RELATIONS[op]} {b}", RELATION, expr=e)
        if op is sp.And or op is sp.Or:
            level, sign = (AND, " & ") if op is sp.And else (OR, " | ")
            return Shown(sign.join([bracket(p, RELATION if p.level == RELATION else level - 1) for p in parts]), level,
                         expr=e)
        if op is sp.Not:
            return Shown("~" + bracket(parts[0], POW), POW, expr=e)
        if op is sp.Piecewise:
            pairs = ", ".join([f"({a.text}, {c.text})" for a, c in zip(parts[::2], parts[1::2])])
            return Shown(f"Piecewise({pairs})", ATOM, expr=e)
        if type(op) is str:
            return self.word(e, parts)
        return Shown(f"{NAMES.get(op, op.__name__)}({', '.join([p.text for p in parts])})", ATOM, expr=e)

    def word(self, e, parts):
        op, attributes = e.op, e.attributes
        if op == "matmul":
            return Shown(f"{bracket(parts[0], MUL - 1)} @ {bracket(parts[1], MUL)}", MUL, expr=e)
        if op == "transpose" and attributes[0] == tuple(range(len(e.sizes)))[::-1]:
            return Shown(bracket(parts[0], POW) + ".T", ATOM, expr=e)
        if op == "index":
            return Shown(f"{bracket(parts[0], POW)}[{key_text(e)}]", ATOM, expr=e)
        if op in ("slice", "reshape") and loop_part(e) is not None:
            text = parts[0].text if op == "reshape" else f"{parts[0].text}[{loop_part(e)}]"
            return Shown(text, ATOM, expr=e)
        inside = [p.text for p in parts]
        if op in ("concatenate", "stack"):
            inside = ["(" + ", ".join(inside) + ("," if len(inside) == 1 else "") + ")"]
        if op == "einsum":
            inside.insert(0, repr(attributes[0]))
        if op == "scan":
            inside.insert(0, "body")
        name = "arange" if op == "iota" else op
        return Shown(f"{name}({', '.join(inside + settings(e))})", ATOM, expr=e)
