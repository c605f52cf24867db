"""Formulas of arrays as text and LaTeX: an array goes in, a string in the order typed comes out, with few brackets.

What is deep or long is elided: at most DEPTH levels and PARTS parts are shown, `...` stands for the rest.  Sums and
products
typed one term after the other count as one level.  Numbers, symbols and functions are printed by SymPy's printers.
"""
import re
from collections import namedtuple

import sympy as sp
from sympy.printing.precedence import precedence
from sympy.printing.pretty.stringpict import prettyForm
from sympy.printing.str import StrPrinter

from ..primitives.functions import round_
from .core import Array, Constant, Node, sizes_of

DEPTH, PARTS, TERMS, NAME = 40, 2000, 60, 80
OR, AND, RELATION, ADD, MUL, POW, ATOM = 20, 30, 35, 40, 50, 60, 1000

Shown = namedtuple("Shown", "text level signed expr")             # signed: begins with a minus that may join a sum
Plan = namedtuple("Plan", "kind expr children")


def text(expr, printer):
    """The formula as one line of text that `parse` reads back."""
    return _render(expr, _Text(printer)).text


def latex(expr, printer, exp=None, **options):
    """The formula in LaTeX; `exp` is an exponent that SymPy's printer puts on functions."""
    shown = _render(expr, _Latex(printer))
    return shown.text if exp is None else rf"{_latex_bracket(shown, POW)}^{{{exp}}}"


def pretty(expr, printer):
    """The formula for SymPy's pretty printer, on one line."""
    shown = _render(expr, _Text(StrPrinter()))
    return prettyForm(shown.text, binding=prettyForm.ATOM if shown.level > MUL else prettyForm.ADD)


# -- what is shown: a tree of plans, breadth first, cut at DEPTH and PARTS --------------------------------------------

def _spine(expr):
    """The terms of a sum, or the factors of a product, typed one after the other; the middle of a long one is left
    out."""
    terms, e = [], expr
    while isinstance(e, Node) and e.op is expr.op and len(e.args) > 1 and (e is expr or not _is_minus(e)
                                                                           or expr.op is sp.Mul):
        terms += reversed(e.args[1:])
        e = e.args[0]
        if len(terms) > TERMS:
            e = None
            break
    terms = terms[:TERMS] + [e]
    return terms[::-1]


def _is_minus(e):
    return isinstance(e, Node) and e.op is sp.Mul and len(e.args) == 2 and e.args[0] == -1


def _plan(expr):
    if not isinstance(expr, Node):
        return "leaf", ()
    if expr.op is sp.Add:
        return "add", _spine(expr)
    if _is_minus(expr):
        return "minus", expr.args[1:]
    if expr.op is sp.Mul:
        return "mul", _spine(expr)
    return "node", expr.args


def _render(root, style):
    plans, at = [], [(root, 0)]
    for expr, depth in at:                                        # grows while it is walked
        if expr is None or depth > DEPTH or len(at) > PARTS:
            plans.append(Plan("elided", expr, ()))
            continue
        kind, children = _plan(expr)
        plans.append(Plan(kind, expr, range(len(at), len(at) + len(children))))
        at.extend((c, depth + 1) for c in children)
    shown = [None]*len(plans)
    for k in range(len(plans) - 1, -1, -1):
        kind, expr, children = plans[k]
        text, level, signed = getattr(style, kind)(expr, [shown[c] for c in children])
        shown[k] = Shown(text, level, signed, expr)
    return shown[0]


class _Style:
    """What text and LaTeX share.  Every method takes an expression and its shown operands: (text, level, signed)."""

    def __init__(self, printer):
        self.printer = printer

    def elided(self, expr, parts):
        return self.dots, ATOM, False

    def add(self, expr, parts):
        out = ""
        for k, part in enumerate(parts):
            if part.signed:
                out += (" - " if k else "-") + part.text[1:].lstrip()
            else:
                out += (" + " if k else "") + (self.bracket(part, ADD) if k else part.text)
        return out, ADD, False

    def minus(self, expr, parts):
        part = parts[0]
        return "-" + (self.bracket(part, ADD) if part.level <= ADD else part.text), ADD, True

    def node(self, expr, parts):
        op = expr.op
        if op is sp.Pow:
            return self.power(expr, parts)
        if op in self.relations:
            a, b = (self.bracket(p, RELATION) for p in parts)
            return f"{a} {self.relations[op]} {b}", RELATION, False
        if op is sp.And or op is sp.Or:
            level = AND if op is sp.And else OR
            return self.connectives[op].join(self.bracket(p, RELATION if p.level == RELATION else level - 1)
                                             for p in parts), level, False
        if op is sp.Piecewise:
            return self.piecewise(list(zip(parts[::2], parts[1::2])))
        if type(op) is str:
            return self.word(expr, parts)
        return self.function(op, parts)


# -- text -------------------------------------------------------------------------------------------------------------

class _Text(_Style):
    dots = "..."
    relations = {sp.Lt: "<", sp.Le: "<=", sp.Gt: ">", sp.Ge: ">="}
    connectives = {sp.And: " & ", sp.Or: " | "}

    @staticmethod
    def bracket(part, level):
        return f"({part.text})" if part.level <= level else part.text

    def leaf(self, expr, parts):
        if isinstance(expr, Array):
            return _plain_name(expr.name), ATOM, False
        if isinstance(expr, Constant):
            return _entries(expr), ADD if str(expr.value.array).startswith("-") and not expr.sizes else ATOM, False
        if expr.is_Float and expr._prec == 53 and expr.is_finite:
            text = repr(float(expr))
            return text, ADD if text[0] == "-" else ATOM, text[0] == "-"
        text = self.printer._print(expr)
        return text, precedence(expr), expr.is_Number and text[0] == "-"

    def mul(self, expr, parts):
        first, *rest = parts
        signed, out = first.signed, first.text
        if first.expr == -1 and isinstance(first.expr, sp.Integer) and rest and not _is_reciprocal(rest[0].expr):
            first, *rest = rest
            signed, out = True, "-" + self.bracket(first, ADD)
        elif not signed:
            out = self.bracket(first, MUL - 1)
        elif first.level <= ADD and not (first.expr.is_Number or isinstance(first.expr, Node)):
            out = self.bracket(first, ADD)
        wide = isinstance(first.expr, Node) and first.expr.op == "matmul"
        times, over = (" * ", " / ") if wide else ("*", "/")
        for part in rest:
            if _is_reciprocal(part.expr):
                out += over + part.text[2:]                       # the text of a reciprocal is 1/...
            else:
                out += times + self.bracket(part, MUL)
        return out, ADD if signed else MUL, signed

    def power(self, expr, parts):
        base, exponent = parts
        if expr.args[1] == -1:
            return "1/" + self.bracket(base, MUL), MUL, False
        if expr.args[1] == sp.S.Half:
            return f"sqrt({base.text})", ATOM, False
        return f"{self.bracket(base, POW)}**{self.bracket(exponent, POW - 1)}", POW, False

    def piecewise(self, pairs):
        return "Piecewise(" + ", ".join(f"({a.text}, {c.text})" for a, c in pairs) + ")", ATOM, False

    def function(self, op, parts):
        if op is sp.Not:
            return "~" + self.bracket(parts[0], POW), POW, False
        name = {sp.Eq: "Eq", sp.Ne: "Ne", round_: "round"}.get(op, op.__name__)
        return f"{name}({', '.join(p.text for p in parts)})", ATOM, False

    def word(self, expr, parts):
        op, attributes = expr.op, expr.attributes
        if op == "matmul":
            return f"{self.bracket(parts[0], MUL - 1)} @ {self.bracket(parts[1], MUL)}", MUL, False
        if op == "transpose" and attributes[0] == tuple(range(len(expr.sizes)))[::-1]:
            return self.bracket(parts[0], POW) + ".T", ATOM, False
        if op == "index":
            return f"{self.bracket(parts[0], POW)}[{_key(expr)}]", ATOM, False
        inside = [p.text for p in parts]
        if op in ("concatenate", "stack"):
            inside = ["(" + ", ".join(inside) + ("," if len(inside) == 1 else "") + ")"]
        if op == "einsum":
            inside.insert(0, repr(attributes[0]))
        return f"{'arange' if op == 'iota' else op}({', '.join(inside + _settings(expr))})", ATOM, False


def _is_reciprocal(expr):
    return isinstance(expr, Node) and expr.op is sp.Pow and expr.args[1] == -1


def _plain_name(name):
    name = name if len(name) <= NAME else name[:NAME] + "..."
    return name if name.isprintable() else name.encode("unicode_escape").decode()


def _entries(constant):
    array = constant.value.array
    if array.size <= 6:
        return re.sub(r"(?<!-0)\.0(?=[,\]])", "", str(array.tolist()))
    return f"constant{array.shape}".replace(",)", ")")


def _settings(expr):
    """The attributes of a word as keywords; those at their defaults are left out."""
    op, attributes = expr.op, expr.attributes
    if op in ("sum", "mean", "prod", "max", "min", "logsumexp", "norm"):
        axes, keep = attributes
        out = [] if len(axes) == len(sizes_of(expr.args[0])) else [f"axis={axes[0] if len(axes) == 1 else axes}"]
        return out + (["keepdims=True"] if keep else [])
    if op in ("softmax", "log_softmax"):
        return [] if attributes[0] == len(sizes_of(expr.args[0])) - 1 else [f"axis={attributes[0]}"]
    if op in ("cumsum", "cumprod"):
        return [] if len(sizes_of(expr.args[0])) == 1 else [f"axis={attributes[0]}"]
    if op in ("concatenate", "stack"):
        return [f"axis={attributes[0]}"] if attributes[0] else []
    if op == "take":
        return [f"axis={attributes[0]}"]
    if op in ("tril", "triu"):
        return [str(attributes[0])] if attributes[0] else []
    if op == "triangular_solve":
        return ([] if attributes[0] else ["lower=False"]) + (["transposed=True"] if attributes[1] else [])
    if op == "einsum":
        return []
    return [f"({', '.join(map(str, a))}{',' if len(a) == 1 else ''})" if isinstance(a, tuple) else str(a)
            for a in attributes]


def _key(expr):
    """The key of x[...] as it may be typed."""
    axes, out = iter(sizes_of(expr.args[0])), []
    for item in expr.attributes[0]:
        if item[0] == "n":
            out.append("None")
        elif item[0] == "i":
            next(axes, None)
            out.append(str(item[1]))
        else:
            n, (_, start, stop, step) = next(axes, None), item
            backward = step < 0
            low = "" if start == (n - 1 if backward and n is not None else 0) else _cut(start, n)
            high = "" if stop is None or stop == n and not backward else _cut(stop, n)
            out.append(f"{low}:{high}" + (f":{step}" if step != 1 else ""))
    while len(out) > 1 and out[-1] == ":":
        out.pop()
    return ", ".join(out)


def _cut(bound, n):
    """The bound of a slice as typed, from the one cut at the ends of an axis of length n."""
    if isinstance(bound, sp.Min) and n in bound.args:
        return str(sp.Min(*[a for a in bound.args if a != n]))
    if isinstance(bound, sp.Max) and 0 in bound.args:
        return str(sp.Max(*[a for a in bound.args if a != 0]) - n)
    return str(bound)


# -- LaTeX ------------------------------------------------------------------------------------------------------------

class _Atom(sp.AtomicExpr):
    """Shown LaTeX, as an operand of one SymPy function that is printed by SymPy's printer."""
    is_commutative = True
    __slots__ = ("shown",)

    def __new__(cls, shown):
        made = sp.Basic.__new__(cls)
        made.shown = shown
        return made

    def _hashable_content(self):
        return self.shown.text, self.shown.level

    def _latex(self, printer, **options):
        return self.shown.text

    @property
    def precedence(self):
        return self.shown.level


def _latex_bracket(part, level):
    return rf"\left({part.text}\right)" if part.level <= level else part.text


class _Latex(_Style):
    dots = r"\ldots"
    relations = {sp.Lt: "<", sp.Le: r"\leq", sp.Gt: ">", sp.Ge: r"\geq", sp.Eq: "=", sp.Ne: r"\neq"}
    connectives = {sp.And: r" \wedge ", sp.Or: r" \vee "}
    bracket = staticmethod(_latex_bracket)

    def leaf(self, expr, parts):
        if isinstance(expr, Array):
            return self.name(expr.name), ATOM, False
        if isinstance(expr, Constant):
            text = _entries(expr)
            return (text, ADD if text[0] == "-" else ATOM, False) if not expr.sizes else (rf"\mathtt{{{text}}}", ATOM,
                                                                                          False)
        text = self.printer._print(expr)
        return text, precedence(expr), expr.is_Number and text[0] == "-"

    def name(self, name):
        if re.fullmatch(r"[^\W_]+(_[^\W_]+)*", name) and len(name) <= NAME:
            return self.printer._print_Symbol(sp.Symbol(name))
        escapes = {"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}"}
        return r"\mathtt{\text{" + "".join(escapes.get(c, "\\" + c if c in "{}$&#_%" else c)
                                           for c in _plain_name(name)) + "}}"

    def mul(self, expr, parts):
        first, *rest = parts
        sign = ""
        if first.expr == -1 and isinstance(first.expr, sp.Integer) and rest:
            sign, first, rest = "-", rest[0], rest[1:]
        elif first.signed:
            sign, first = "-", first._replace(text=first.text[1:].lstrip(), level=MUL, signed=False)
        out, level, sized = first.text, first.level, bool(sizes_of(first.expr))
        for part in rest:
            if _is_reciprocal(part.expr):
                out, level = rf"\frac{{{out}}}{{{part.text[len(_ONE_OVER):-1]}}}", MUL
                continue
            left = rf"\left({out}\right)" if level < MUL else out
            right = self.bracket(part, MUL)
            both = sized and sizes_of(part.expr)
            digits = left[-1:].isdigit() and right[:1].isdigit()
            out, level = left + (r" \odot " if both else r" \cdot " if digits else " ") + right, MUL
            sized = sized or bool(sizes_of(part.expr))
        if sign and level < MUL:
            out = rf"\left({out}\right)"
        return sign + out, ADD if sign else MUL, bool(sign)

    def power(self, expr, parts):
        base, exponent = parts
        if expr.args[1] == -1:
            return _ONE_OVER + base.text + "}", MUL, False
        if expr.args[1] == sp.S.Half:
            return rf"\sqrt{{{base.text}}}", ATOM, False
        return rf"{self.bracket(base, POW)}^{{{exponent.text}}}", POW, False

    def piecewise(self, pairs):
        rows = [rf"{a.text} & \text{{otherwise}}" if c.expr is sp.true else rf"{a.text} & \text{{for}}\: {c.text}"
                for a, c in pairs]
        return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}", ATOM, False

    def function(self, op, parts):
        if op is sp.Not:
            return r"\neg " + self.bracket(parts[0], POW), POW, False
        if op in (sp.Max, sp.Min):
            return rf"\{op.__name__.lower()}\left({', '.join(p.text for p in parts)}\right)", ATOM, False
        view = type.__call__(op, *map(_Atom, parts), evaluate=False)
        return self.printer._print(view), POW if op is sp.exp else ATOM, False

    def word(self, expr, parts):
        op, attributes = expr.op, expr.attributes
        if op == "matmul":
            right = self.bracket(parts[1], MUL if parts[1].level < MUL else ADD)
            return f"{self.bracket(parts[0], MUL - 1)} {right}", MUL, False
        if op == "transpose" and attributes[0] == tuple(range(len(expr.sizes)))[::-1]:
            return self.bracket(parts[0], POW) + r"^{\top}", POW, False
        if op == "inv":
            return self.bracket(parts[0], POW) + "^{-1}", POW, False
        if op == "index":
            key = _key(expr).replace("None", r"\ast")
            return rf"{self.bracket(parts[0], POW)}_{{{key}}}", ATOM, False
        if op == "norm" and len(attributes[0]) == len(sizes_of(expr.args[0])) and not attributes[1]:
            return rf"\left\| {parts[0].text} \right\|", ATOM, False
        if op == "sum" and len(attributes[0]) == len(sizes_of(expr.args[0])) and not attributes[1]:
            return r"\sum " + self.bracket(parts[0], ADD), MUL - 1, False
        inside = [p.text for p in parts] + [rf"\mathrm{{{s}}}" for s in _settings(expr)]
        name = op.replace("_", r"\_")
        return rf"\operatorname{{{name}}}\left({', '.join(inside)}\right)", ATOM, False


_ONE_OVER = r"\frac{1}{"
