"""Expressions as NumPy's code: parts that are code already go in, with their levels; code comes out."""
import re

import numpy as np
import sympy as sp
from sympy.core.relational import Relational
from sympy.printing.str import StrPrinter

from ..errors import ArgumentError, UnknownForm
from ..language.core import TRUTH, Array, Constant, Node, sizes_of
from ..language.printing.as_text import TextStyle, bracket, negative
from ..language.printing.plain import parts_of
from ..language.printing.plan import ATOM, MUL, POW, RELATION, Shown, is_minus, is_reciprocal, render
from ..language.printing.words import REDUCTIONS, key_text
from ..primitives.leaf import number
from ..primitives.scalar import number as exact
from .functions import CALLS, TEMPLATES

NUMBERS = {sp.pi: "np.pi", sp.E: "np.e", sp.EulerGamma: "np.euler_gamma"}
COMPARE = {sp.Eq: "==", sp.Ne: "!="}
NUMPY = {"outer": "np.outer", "dot": "np.dot", "trace": "np.trace", "diag": "np.diag", "inv": "np.linalg.inv",
         "det": "np.linalg.det", "solve": "np.linalg.solve", "tril": "np.tril", "triu": "np.triu"}
SMALL, LARGEST = 8, 100_000                     # entries of a constant that stands in its formula; of any constant


class Argument(str):
    """The code of an argument; {0:bracket} puts it in brackets where it is a sum or a product."""

    def __new__(cls, part):
        made = super().__new__(cls, part.text)
        made.part = part
        return made

    def __format__(self, spec):
        return bracket(self.part, MUL - 1) if spec else str(self)


class NumPyStyle(TextStyle):
    """`symbols` gives the name that stands for a symbol; `constants` collects arrays of numbers, and names them."""
    spaced = False

    def __init__(self, symbols, constants):
        super().__init__(True, StrPrinter())
        self.symbols, self.constants = symbols, constants
        self.lengths = LengthStyle(symbols)
        self.parameters, self.steps = {}, {}        # names of parameters of steps; of the steps of loops

    # -- plans --------------------------------------------------------------------------------------------------------

    def plan(self, e):
        if not isinstance(e, Node):
            if isinstance(e, Array) or not e.args or isinstance(e, Constant):
                return "leaf", (), None
            return parts_of(e)
        if is_minus(e):
            return "minus", e.args[1:], None
        if e.op is sp.Mul:
            factors = [_divisor(a) if k else None for k, a in enumerate(e.args)]
            return "mul", [a if d is None else d for a, d in zip(e.args, factors)], [d is not None for d in factors]
        if e.op is sp.Add:
            return "add", e.args, None
        return "power" if e.op is sp.Pow else "node", e.args, None

    def foreign(self, plan, parts):
        raise UnknownForm(f"{type(plan.expr).__name__} has no code in NumPy.", where=str(plan.expr)[:200],
                          do="write it with the words of the language.")

    # -- leaves -------------------------------------------------------------------------------------------------------

    def leaf(self, plan, parts):
        e = plan.expr
        if e in self.parameters:
            return Shown(self.parameters[e], ATOM, expr=e)
        if isinstance(e, sp.Symbol):
            return Shown(self.symbols(e), ATOM, expr=e)
        if isinstance(e, Constant):
            return self.constant(e)
        if e in NUMBERS:
            return Shown(NUMBERS[e], ATOM, expr=e)
        if e in (sp.true, sp.false):
            return Shown(str(e), ATOM, expr=e)
        if e.is_Rational and max(abs(e.p), e.q) <= 2**53:
            return super().leaf(plan, parts)
        text = repr(number(exact(e)))                           # refused where it is not real, or beyond float64
        return negative(text[1:], e) if text[0] == "-" else Shown(text, ATOM, expr=e)

    def constant(self, e):
        array = e.value.array
        if not array.ndim:
            text = _number(float(array))
            return negative(text[1:], e) if text[0] == "-" else Shown(text, ATOM, expr=e)
        if array.size > LARGEST:
            raise ArgumentError(f"a constant of {array.size} numbers is too long for a text.",
                                do="give it a name: array(...), and pass its value at the call.")
        nested = re.sub(r"-?(nan|inf)", lambda found: found[0].replace(found[1], "np." + found[1]), str(array.tolist()))
        code = f"np.array({nested})" if array.size else f"np.zeros({array.shape})"
        return Shown(code if array.size <= SMALL else self.constants(e, code), ATOM, expr=e)

    # -- arithmetic ---------------------------------------------------------------------------------------------------

    def number(self, part):
        """An operand of arithmetic: a truth value becomes 1.0 or 0.0."""
        return Shown("1.0*" + bracket(part, POW), MUL, expr=sp.S.One) if is_truth(part.expr) else part

    def add(self, plan, parts):
        return super().add(plan, [self.number(p) for p in parts])

    def minus(self, plan, parts):
        return super().minus(plan, [self.number(p) for p in parts])

    def mul(self, plan, parts):
        parts = [self.number(p) for p in parts]
        first = parts[0]
        if first.level == MUL and is_word(first.expr, "matmul") and not all(plan.notes[1:]):
            parts = [first._replace(text=f"({first.text})", level=ATOM), *parts[1:]]
        return super().mul(plan, parts)

    def power(self, plan, parts):
        base, exponent = [self.number(p) for p in parts]
        e = exponent.expr
        if e in (-1, sp.S.Half):
            return super().power(plan, [base, exponent])._replace(
                text=f"np.sqrt({base.text})" if e == sp.S.Half else "1/" + bracket(base, MUL))
        if e == -sp.S.Half:
            return Shown(f"1/np.sqrt({base.text})", MUL, expr=plan.expr)
        if base.expr is sp.E:
            return Shown(f"np.exp({exponent.text})", ATOM, expr=plan.expr)
        return Shown(f"{bracket(base, POW)}**{bracket(exponent, POW - 1)}", POW, expr=plan.expr)

    # -- functions ----------------------------------------------------------------------------------------------------

    def node(self, plan, parts):
        e = plan.expr
        op = e.op if isinstance(e, Node) else type(e)
        if op in COMPARE:
            a, b = [bracket(self.number(p), RELATION) for p in parts]
            return Shown(f"{a} {COMPARE[op]} {b}", RELATION, expr=e)
        if op in (sp.And, sp.Or, sp.Not):
            return super().node(plan, [self.truth(p) for p in parts])
        if op is sp.Piecewise:
            return self.choice(e, parts)
        if op in TRUTH or type(op) is str:
            return super().node(plan, [self.number(p) for p in parts])
        return self.called(op, e, [self.number(p) for p in parts])

    def truth(self, part):
        """An operand of & | ~."""
        if is_truth(part.expr) or part.expr in (sp.true, sp.false):
            return part
        return Shown(f"{bracket(part, RELATION)} != 0", RELATION, expr=part.expr)

    def choice(self, e, parts):
        """np.where, one in the other; nan where no condition holds."""
        values = [_float(self.number(p)) for p in parts[::2]]
        conditions = [self.truth(p) for p in parts[1::2]]
        code = "np.nan"
        for value, condition in zip(reversed(values), reversed(conditions)):
            code = value.text if condition.expr is sp.true else f"np.where({condition.text}, {value.text}, {code})"
        return Shown(code, ATOM if code.startswith("np.") and code.endswith(")") else values[0].level, expr=e)

    def called(self, op, e, parts):
        if op in (sp.Max, sp.Min):
            name, code = "np.maximum" if op is sp.Max else "np.minimum", parts[0].text
            for part in parts[1:]:
                code = f"{name}({code}, {part.text})"
            return Shown(code, ATOM, expr=e)
        if op is sp.Heaviside:
            return Shown(f"np.heaviside({parts[0].text}, {parts[1].text if parts[1:] else 0.5})", ATOM, expr=e)
        if op in TEMPLATES:
            template, level = TEMPLATES[op]
            return Shown(template.format(*map(Argument, parts)), level, expr=e)
        if op not in CALLS:
            raise UnknownForm(f"{op.__name__} has no code in NumPy.", where=str(e)[:200],
                              do="write it with functions that the language knows.")
        name, level = CALLS[op]
        return Shown(f"{name}({', '.join([p.text for p in parts])})", level, expr=e)

    # -- words --------------------------------------------------------------------------------------------------------

    def word(self, e, parts):
        special = getattr(self, "_" + e.op, None)
        if special is not None:
            return special(e, parts)
        return self.call(e, NUMPY.get(e.op, e.op), *[p.text for p in parts])

    def call(self, e, name, *arguments):
        """name(arguments); those that are None are left out."""
        return Shown(f"{name}({', '.join([a for a in arguments if a is not None])})", ATOM, expr=e)

    def shape(self, sizes):
        inside = ", ".join(map(self.length, sizes))
        return f"({inside}{',' if len(sizes) == 1 else ''})"

    def length(self, value):
        return self.lengths.code(value).text

    def _matmul(self, e, parts):
        left = bracket(parts[0], MUL - 1 if is_word(parts[0].expr, "matmul") else MUL)
        return Shown(f"{left} @ {bracket(parts[1], MUL)}", MUL, expr=e)

    def _transpose(self, e, parts):
        if e.attributes[0] == tuple(range(len(e.sizes)))[::-1]:
            return Shown(bracket(parts[0], POW) + ".T", ATOM, expr=e)
        return self.call(e, "np.transpose", parts[0].text, str(e.attributes[0]))

    def _index(self, e, parts):
        if not sizes_of(e.args[0]):                             # a number has no axes to index, be it Python's
            return self.call(e, "np.reshape", parts[0].text, self.shape(e.sizes))
        return Shown(f"{bracket(parts[0], POW)}[{key_text(e, self.length)}]", ATOM, expr=e)

    def _reduction(self, e, parts):
        axes, keep = e.attributes
        rank = len(sizes_of(e.args[0]))
        every = len(axes) == rank
        axis = None if every else f"axis={axes[0] if len(axes) == 1 else axes}"
        name = e.op if e.op == "logsumexp" else "np." + e.op
        if e.op == "norm":
            name = "np.linalg.norm"
            if not every and len(axes) > 2:
                return self.call(e, "np.sqrt", self.call(e, "np.sum", f"{bracket(parts[0], POW)}**2", axis,
                                                         "keepdims=True" if keep else None).text)
        return self.call(e, name, parts[0].text, axis, "keepdims=True" if keep else None)

    def _along(self, e, parts):
        name = e.op if e.op in ("softmax", "log_softmax") else "np." + e.op
        return self.call(e, name, parts[0].text, f"axis={e.attributes[0] if len(e.sizes) > 1 else 0}")

    def _einsum(self, e, parts):
        return self.call(e, "np.einsum", repr(e.attributes[0]), *[p.text for p in parts])

    def _trace(self, e, parts):
        return self.call(e, "np.trace", parts[0].text, None if not e.sizes else "axis1=-2, axis2=-1")

    def _triangle(self, e, parts):
        return self.call(e, "np." + e.op, parts[0].text, str(e.attributes[0]) if e.attributes[0] else None)

    def _reshape(self, e, parts):
        return self.call(e, "np.reshape", parts[0].text, self.shape(e.sizes))

    def _broadcast_to(self, e, parts):
        value = e.args[0]
        if value in (sp.S.Zero, sp.S.One):
            return self.call(e, "np.ones" if value == 1 else "np.zeros", self.shape(e.sizes))
        return self.call(e, "np.broadcast_to", _float(parts[0]).text, self.shape(e.sizes))

    def _concatenate(self, e, parts):
        axis, = e.attributes
        inside = ", ".join([_float(p).text for p in parts]) + ("," if len(parts) == 1 else "")
        return self.call(e, "np." + e.op, f"({inside})", f"axis={axis}" if axis else None)

    def _take(self, e, parts):
        x, places = parts
        if isinstance(e.args[1], Constant) and e.args[1].value.array.size <= SMALL:
            where = str(e.args[1].value.array.astype(int).tolist())
        else:
            where = f"{bracket(places, POW)}.astype(int)"
        return self.call(e, "np.take", x.text, where, f"axis={e.attributes[0]}")

    def _eye(self, e, parts):
        return self.call(e, "np.eye", self.length(e.sizes[0]))

    def _iota(self, e, parts):
        return self.call(e, "np.arange", self.length(e.sizes[0]), "dtype=float")

    def _sign_det(self, e, parts):
        return self.call(e, "np.linalg.slogdet", parts[0].text)._replace(text=f"np.linalg.slogdet({parts[0].text})[0]")

    def _log_abs_det(self, e, parts):
        return Shown(f"np.linalg.slogdet({parts[0].text})[1]", ATOM, expr=e)

    def _triangular_solve(self, e, parts):
        lower, transposed = [str(bool(a)) for a in e.attributes]
        return self.call(e, e.op, parts[0].text, parts[1].text, f"lower={lower}", f"transposed={transposed}")

    # -- blocks -------------------------------------------------------------------------------------------------------

    def _slice(self, e, parts):
        lead = len(e.sizes) - len(e.attributes)
        key = [":"]*lead + [self.range(start, step, length) for start, step, length in e.attributes]
        back = [":"]*lead + ["::-1" if step < 0 else ":" for _, step, _ in e.attributes]
        text = f"{bracket(parts[0], POW)}[{', '.join(key)}]"
        return Shown(text + f"[{', '.join(back)}]" if "::-1" in back else text, ATOM, expr=e)

    def range(self, start, step, length):
        """The positions start + step*j, 0 <= j < length, as a slice upwards."""
        if step < 0:
            start, step = start + step*(length - 1), -step
        return f"{self.length(start)}:{self.length(start + step*length)}" + (f":{step}" if step != 1 else "")

    def _pad(self, e, parts):
        sizes, places = e.attributes
        pieces = []
        for part, x, place in zip(parts, e.args, places):
            lengths = sizes_of(x)[len(sizes_of(x)) - len(sizes):]
            key = ["...", *[self.range(start, step, n) for (start, step), n in zip(place, lengths)]]
            back = ["...", *["::-1" if step < 0 else ":" for _, step in place]]
            piece = f"{bracket(part, POW)}[{', '.join(back)}]" if "::-1" in back else part.text
            pieces.append(f"({piece}, np.s_[{', '.join(key)}])")
        return self.call(e, "placed", self.shape(e.sizes), *pieces)

    def _scatter_add(self, e, parts):
        axis, length = e.attributes
        return self.call(e, "scatter_add", *[p.text for p in parts], str(axis), self.length(length))

    def _scan(self, e, parts):
        """scan(step, first state, what is gone through, what stays the same, length, reverse)"""
        body, length, reverse = e.attributes
        c, m, texts = len(body.carry), len(body.xs), [p.text for p in parts]
        groups = [f"[{', '.join(group)}]" for group in (texts[:c], texts[c:c + m], texts[c + m:])]
        return self.call(e, "scan", self.steps[e], *groups, self.length(length), f"reverse={bool(reverse)}")

    def _recurrence(self, e, parts):
        return self.call(e, "recurrence", *[p.text for p in parts], f"reverse={bool(e.attributes[0])}")


for _op in REDUCTIONS:
    setattr(NumPyStyle, "_" + _op, NumPyStyle._reduction)
for _op in ("softmax", "log_softmax", "cumsum", "cumprod"):
    setattr(NumPyStyle, "_" + _op, NumPyStyle._along)
NumPyStyle._tril = NumPyStyle._triu = NumPyStyle._triangle
NumPyStyle._stack = NumPyStyle._concatenate


class LengthStyle(TextStyle):
    """Lengths of axes as Python's integers."""

    def __init__(self, symbols):
        super().__init__(True, StrPrinter())
        self.symbols = symbols

    def code(self, value):
        return render(sp.Integer(value) if type(value) is int else value, self)

    def plan(self, e):
        if isinstance(e, sp.floor):
            return "floored", sp.fraction(sp.together(e.args[0])), None
        return parts_of(e) if e.args else ("leaf", (), None)

    def leaf(self, plan, parts):
        e = plan.expr
        return Shown(self.symbols(e), ATOM, expr=e) if isinstance(e, sp.Symbol) else super().leaf(plan, parts)

    def floored(self, plan, parts):
        return Shown(f"{bracket(parts[0], MUL - 1)}//{bracket(parts[1], MUL)}", MUL, expr=plan.expr)

    def node(self, plan, parts):
        name = {sp.Max: "max", sp.Min: "min"}.get(type(plan.expr))
        if name is None:
            raise UnknownForm(f"the length {plan.expr} has no code.", do="use lengths made by + - * // Max and Min.")
        return Shown(f"{name}({', '.join([p.text for p in parts])})", ATOM, expr=plan.expr)


def _divisor(factor):
    """b, where the factor is 1/b; else None."""
    if is_reciprocal(factor):
        return factor.args[0]
    return sp.Integer(factor.q) if factor.is_Rational and factor.p == 1 and factor.q > 1 else None


def is_truth(e):
    """Is the expression a condition?"""
    return isinstance(e, Node) and e.op in TRUTH or isinstance(e, (Relational, sp.And, sp.Or, sp.Not))


def is_word(e, word):
    """Is the expression a node of this word?"""
    return isinstance(e, Node) and e.op == word


def _number(value):
    """A float as code."""
    if np.isfinite(value):
        return repr(value)
    return "np.nan" if value != value else "np.inf" if value > 0 else "-np.inf"


def _float(part):
    """A whole number that stands alone as a float."""
    return part._replace(text=part.text + ".0") if part.text.lstrip("-").isdigit() else part
