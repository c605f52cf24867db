"""Mathematics as a person sets it: what LaTeX and MathML share.  Plans and shown parts go in, shown parts come out.

Scalars stand before arrays, Xw is a product of matrices, ⊙ one entry by entry; a sum or a vector over a scalar has the
fraction in front.  In exponents fractions are slanted.  Its subclasses say how a fraction, a fence, ... is marked.
"""
import numpy as np
import sympy as sp

from ...primitives import functions as f
from ..core import Constant, Node, sizes_of
from . import plain
from .functions import FENCES, NAMES, POWERS_AT_NAME, RELATIONS
from .plan import (ADD, AND, ATOM, MUL, OR, POW, RELATION, SUM, TERMS, Shown, between, is_minus, is_plain,
                   is_reciprocal, is_tall, render, spine)
from .products import chain, factor, of_einsum
from .typeset_words import WordsTypeset

HIGH = (sp.Piecewise, "einsum", "concatenate", "stack")             # what no exponent holds
SHORT = 7                                       # leaves of an exponent; of a longer argument exp is written


class Typeset(WordsTypeset):
    """How parts are put together.  Marks that a class below gives:

    op(sign), prefix(sign)    a sign between operands, or in front of one;  row(*texts)  one after the other
    name(name)  number(text)  words(text)  function(words)  apply  thin
    frac(a, b)  sup(a, b)  sub(a, b)  sqrt(a)  fence(text, left, right, tall)  cases(rows)  grid(rows)
    """

    # -- plans --------------------------------------------------------------------------------------------------------

    def plan(self, e):
        if isinstance(e, Node):
            return self._plan_node(e)
        if not e.args or not is_plain(e):
            return "leaf", (), None
        if isinstance(e, sp.exp) and _is_short(e.exp):
            return "exponential", (e.exp,), None
        kind, parts, notes = plain.parts_of(e)
        return self._plan_power(e, parts) if kind == "power" else (kind, parts, notes)

    def _plan_node(self, e):
        op = e.op
        if op is sp.Add:
            return "add", _terms(e), None
        if is_minus(e):
            return "minus", e.args[1:], None
        if op is sp.Mul:
            return _factors(spine(e))
        if op is sp.Pow:
            return ("mul", e.args[:1], [True]) if is_reciprocal(e) else self._plan_power(e, e.args)
        if op is sp.exp and len(e.sizes) < 2 and _is_short(e.args[0]):
            return "exponential", e.args, None
        if op in ("matmul", "solve", "triangular_solve"):
            found = chain(e)
            if found is not None:
                return _pairs(found)
        if op == "outer":
            return _pairs([factor(e.args[0]), factor(e.args[1], True)])
        if op in ("transpose", "inv") and len(e.sizes) == 2:
            return _pairs([factor(e)])
        if op == "einsum":
            found = of_einsum(e)
            if found is not None:
                return _pairs(found[1], found[0])
        if op == "index":
            return self._plan_index(e)
        return "node", e.args, None

    def _plan_index(self, e):
        """New axes of a number, and the one column of what is a column, are not shown."""
        x = e.args[0]
        if not sizes_of(x):
            return "same", (x,), None
        one = len(x.sizes) == 2 and x.sizes[1] == 1 and e.attributes[0] == (("s", 0, x.sizes[0], 1), ("i", 0))
        return ("same" if one and isinstance(x, Node) and x.op in ("solve", "triangular_solve", "matmul") else "node",
                e.args, None)

    def _plan_power(self, e, parts):
        base, exponent = parts
        op = base.op if isinstance(base, Node) else type(base)
        if op in POWERS_AT_NAME and isinstance(exponent, sp.Integer) and exponent > 1 and len(sizes_of(e)) < 2:
            return "power_at_name", base.args, (op, str(exponent))
        return "power", parts, None

    # -- leaves -------------------------------------------------------------------------------------------------------

    def elided(self, plan, parts):
        return Shown(self.dots, ATOM, expr=plan.expr)

    def leaf(self, plan, parts):
        e = plan.expr
        if isinstance(e, sp.Symbol):
            return Shown(self.name(e.name), ATOM, expr=e)
        if isinstance(e, Constant):
            return self.constant(e, plan.small)
        if e.is_Number and e.is_finite:
            shown = self._number(abs(e), plan.small)._replace(expr=abs(e))
            return self.negative(shown, e) if e.is_negative else shown
        if e in self.letters:
            return Shown(self.letters[e], ATOM, expr=e)
        return self.foreign(plan, parts)

    def _number(self, e, small):
        if e.is_Integer:
            return Shown(self.number(str(e.p)), ATOM)
        if e.is_Rational:
            p, q = self.number(str(e.p)), self.number(str(e.q))
            if small:
                return Shown(self.row(p, self.over, q), MUL)
            return Shown(self.frac(p, q), MUL, tall=True)
        return self.real(repr(float(e)) if e._prec == 53 else str(e))

    def real(self, text):
        """A number as a float is typed: 1e-05 is 10⁻⁵."""
        digits, e, exponent = text.partition("e")
        if not e:
            return Shown(self.number(digits), ATOM)
        power = self.sup(self.number("10"), self.signed_number(str(int(exponent))))
        if digits in ("1", "1.0"):
            return Shown(power, POW)
        return Shown(self.row(self.number(digits), self.op("⋅"), power), MUL)

    def constant(self, e, small):
        array = e.value.array
        if not e.sizes:
            shown = self._scalar(float(array))
            return shown if shown.bare is None else self.negative(shown.bare, e)
        if array.ndim == 2 and array.shape[0] == array.shape[1] and np.array_equal(array, np.eye(len(array))):
            return Shown(self.sub(self.name("I"), self.number(str(len(array)))), ATOM, expr=e)
        if array.ndim <= 2 and 0 < array.size <= 9:
            rows = [[self._scalar(float(v)).text for v in row] for row in (array if array.ndim == 2 else [array])]
            if array.ndim == 2:
                return Shown(self.grid(rows), ATOM, tall=True, expr=e)
            return Shown(self.fence(self.row(*between(rows[0], self.op(","))), "(", ")", False), ATOM, expr=e)
        shape = self.row(*between([self.number(str(s)) for s in array.shape], self.op("×")))
        return Shown(self.sub(self.words("const"), shape), ATOM, expr=e)

    def _scalar(self, value):
        if value != value:
            return Shown(self.words("nan"), ATOM)
        if value in (float("inf"), float("-inf")):
            shown = Shown(self.letters[sp.oo], ATOM)
        else:
            text = repr(abs(value))
            shown = self.real(text[:-2] if text.endswith(".0") else text)
        return self.negative(shown, None) if str(value)[0] == "-" else shown

    def length(self, value):
        """The length of an axis, or a position."""
        return render(sp.Integer(value) if type(value) is int else value, self, small=True).text

    # -- brackets and signs -------------------------------------------------------------------------------------------

    def bracket(self, part, level):
        return self.fence(part.text, "(", ")", part.tall) if part.level <= level else part.text

    def negative(self, body, expr):
        """-body."""
        return Shown(self.row(self.prefix("-"), self.bracket(body, ADD)), ADD, body, body.tall, expr)

    def over_one(self, top, bottom, small, expr=None):
        """top/bottom, slanted in exponents."""
        if small:
            return Shown(self.row(self.bracket(top, MUL - 1), self.over, self.bracket(bottom, MUL)), MUL, expr=expr)
        return Shown(self.frac(top.text, bottom.text), MUL, tall=True, expr=expr)

    # -- arithmetic ---------------------------------------------------------------------------------------------------

    def add(self, plan, parts):
        out = []
        for k, part in enumerate(parts):
            if part.bare is not None:
                out += [(self.op if k else self.prefix)("-"), self.bracket(part.bare, ADD)]
            else:
                out += ([self.op("+")] if k else []) + [self.bracket(part, ADD if k else RELATION)]
        return Shown(self.row(*out), ADD, tall=is_tall(parts), expr=plan.expr)

    def minus(self, plan, parts):
        return self.negative(parts[0], plan.expr)

    def mul(self, plan, parts):
        negative, groups = False, {(sized, under): [] for sized in (False, True) for under in (False, True)}
        for part, under in zip(parts, plan.notes):
            if part.bare is not None:
                negative, part = not negative, part.bare
            if part.expr is not sp.S.One:
                groups[bool(sizes_of(part.expr)) if part.expr is not None else False, under].append(part)
        tops, bottoms, arrays, divisors = [groups[k] for k in ((False, False), (False, True), (True, False),
                                                               (True, True))]
        if not arrays and divisors:
            arrays, tops = tops, []
        tops.sort(key=lambda part: part.expr is None or not part.expr.is_Number)       # numbers in front
        body = self._quotient(tops, bottoms, plan.small, self._entrywise(arrays, divisors, plan.small))
        return self.negative(body, plan.expr) if negative else body._replace(expr=plan.expr)

    def _entrywise(self, arrays, divisors, small):
        """The product, entry by entry, of arrays, over that of others; None where there are none."""
        if not arrays and not divisors:
            return None
        top = self._odot(arrays) if arrays else self.one
        return self.over_one(top, self._odot(divisors), small) if divisors else top

    def _odot(self, parts):
        if len(parts) == 1:
            return parts[0]
        return Shown(self.row(*between([self.bracket(p, MUL) for p in parts], self.op("⊙"))), SUM, tall=is_tall(parts))

    def _quotient(self, tops, bottoms, small, last):
        """tops/bottoms of scalars, times `last`: the fraction stands in front of it, and of what is high itself."""
        if not bottoms:
            return self._side_by_side([*tops, *([last] if last else [])])
        if small and last:
            return self.over_one(self._side_by_side([*tops, last]), self._side_by_side(bottoms), True)
        numbers = all(b.expr is not None and b.expr.is_number for b in bottoms)
        if last is None and numbers and any(t.tall or t.level == SUM for t in tops) and not small:
            front = [t for t in tops if t.expr is not None and t.expr.is_number]
            rest = [t for t in tops if t not in front]
            return self._quotient(front, bottoms, small, self._side_by_side(rest))
        fraction = self.over_one(self._side_by_side(tops), self._side_by_side(bottoms), small)
        return self._side_by_side([fraction, last]) if last else fraction

    def _side_by_side(self, parts):
        """A product of scalars, and an array at the end."""
        if len(parts) < 2:
            return parts[0] if parts else self.one
        out = []
        for k, part in enumerate(parts):
            text = self.bracket(part, ADD if k == len(parts) - 1 else SUM)
            out += [self.gap(parts[k - 1], part, text), text] if k else [text]
        return Shown(self.row(*out), min(parts[-1].level, MUL) if parts[-1].level > ADD else MUL, tall=is_tall(parts))

    def gap(self, left, right, text):
        """What stands between two factors: a dot between numbers, a little space beside words."""
        if text.removeprefix("<mn>")[:1].isdigit():
            return self.op("⋅")
        wide = any(isinstance(p.expr, sp.Symbol) and self.is_word(p.expr.name) for p in (left, right))
        return self.thin if wide else self.times

    def same(self, plan, parts):
        return parts[0]._replace(expr=plan.expr)

    def traced(self, plan, parts):
        return self.called(self.function("tr"), [self.product(plan, parts)], plan.expr)

    def product(self, plan, parts):
        """A product of matrices and vectors; some are transposed, or inverted."""
        if len(parts) == 1 and not plan.notes[0]:
            return self.same(plan, parts)
        out = []
        for k, (part, mark) in enumerate(zip(parts, plan.notes)):
            text = self.bracket(part, POW if mark else MUL if k else SUM)
            if k:
                out.append(self.gap(parts[k - 1], part, text))
            out.append(self.sup(text, self.marks[mark]) if mark else text)
        return Shown(self.row(*out), MUL if len(parts) > 1 else POW, tall=is_tall(parts), expr=plan.expr)

    def power(self, plan, parts):
        base, exponent = parts
        if exponent.expr == sp.S.Half and not plan.small:
            return Shown(self.sqrt(base.text), ATOM, tall=base.tall, expr=plan.expr)
        above = exponent.text
        if len(sizes_of(base.expr)) > 1:
            above = self.row(self.prefix("⊙"), self.bracket(exponent, MUL))
        return Shown(self.sup(self.bracket(base, POW), above), POW, tall=base.tall, expr=plan.expr)

    def exponential(self, plan, parts):
        return Shown(self.sup(self.name("e"), parts[0].text), POW, tall=parts[0].tall, expr=plan.expr)

    def power_at_name(self, plan, parts):
        op, exponent = plan.notes
        return self.called(self.sup(self.function(NAMES[op]), self.number(exponent)), parts, plan.expr)

    # -- functions ----------------------------------------------------------------------------------------------------

    def called(self, name, parts, expr):
        """name(parts)."""
        inside = self.row(*between([p.text for p in parts], self.op(",")))
        tall = is_tall(parts)
        return Shown(self.row(name, self.apply, self.fence(inside, "(", ")", tall)), ATOM, tall=tall, expr=expr)

    def node(self, plan, parts):
        e = plan.expr
        op = e.op if isinstance(e, Node) else type(e)
        if type(op) is str:
            return getattr(self, "_" + op, self._word)(e, parts)
        if op in RELATIONS:
            a, b = [self.bracket(p, RELATION) for p in parts]
            return Shown(self.row(a, self.op(RELATIONS[op]), b), RELATION, tall=is_tall(parts), expr=e)
        special = SPECIAL.get(op)
        if special is not None:
            return special(self, e, parts)
        name = NAMES.get(op)
        if name is not None:
            return self.called(self.function(name), parts, e)
        return self.unknown(op, e, parts)

    def _connected(self, e, parts):
        op = e.op if isinstance(e, Node) else type(e)
        level, sign = (AND, "∧") if op is sp.And else (OR, "∨")
        inside = [self.bracket(p, level - 1 if p.level != RELATION else OR) for p in parts]
        return Shown(self.row(*between(inside, self.op(sign))), level, tall=is_tall(parts), expr=e)

    def _not(self, e, parts):
        return Shown(self.row(self.prefix("¬"), self.bracket(parts[0], POW)), POW, tall=parts[0].tall, expr=e)

    def _piecewise(self, e, parts):
        rows = [(a.text, None if c.expr is sp.true else c.text) for a, c in zip(parts[::2], parts[1::2])]
        return Shown(self.cases(rows), RELATION, tall=True, expr=e)

    def _fenced(self, e, parts):
        left, right = FENCES[e.op if isinstance(e, Node) else type(e)]
        return Shown(self.fence(parts[0].text, left, right, parts[0].tall), ATOM, tall=parts[0].tall, expr=e)

    def _modulo(self, e, parts):
        a, b = parts
        text = self.row(self.bracket(a, MUL), self.modulo, self.bracket(b, MUL))
        return Shown(text, SUM, tall=is_tall(parts), expr=e)

    def _polygamma(self, e, parts):
        order, x = parts
        name = self.sup(self.function("ψ"), self.fence(order.text, "(", ")", False))
        return self.called(name, [x], e)

    def _root(self, e, parts):
        return Shown(self.root(parts[0].text, self.number("3")), ATOM, tall=parts[0].tall, expr=e)

    def _power_of_two(self, e, parts):
        return Shown(self.sup(self.number("2"), parts[0].text), POW, tall=parts[0].tall, expr=e)

    def _heaviside(self, e, parts):
        return self.called(self.function("H"), parts[:1] if parts[1:] and parts[1].expr is sp.S.Half else parts, e)

    def _mills(self, e, parts):
        name = self.over_one(Shown(self.function("ϕ"), ATOM), Shown(self.function("Φ"), ATOM), False)
        return self.called(name.text, parts, e)._replace(tall=True)


def _terms(e):
    """The terms of a sum, with those of sums among them."""
    terms, stack = [], list(reversed(spine(e)))
    while stack and len(terms) <= TERMS:
        term = stack.pop()
        if isinstance(term, Node) and term.op is sp.Add:
            stack += reversed(spine(term))
        else:
            terms.append(term)
    return terms + [None] if stack else terms


def _pairs(pairs, kind="product"):
    """(kind, parts, notes) of [(factor, mark)]."""
    return kind, [part for part, _ in pairs], [mark for _, mark in pairs]


def _factors(parts):
    """(kind, parts, notes) of a product of the language: reciprocals divide, plain factors are opened."""
    out, under = [], []
    for part in parts:
        if part is None or isinstance(part, Node) and not is_reciprocal(part):
            out.append(part)
            under.append(False)
        elif isinstance(part, Node):
            out.append(part.args[0])
            under.append(True)
        else:
            kind, inner, divides = plain.factors(part.args if part.is_Mul else (part,))
            out += inner
            under += divides
    return "mul", out, under


def _is_short(e):
    """Is an expression short enough to be set as an exponent?"""
    count, stack = 0, [e]
    while stack and count <= SHORT:
        e = stack.pop()
        if (e.op if isinstance(e, Node) else type(e)) in HIGH:
            return False
        if not e.args:
            count += e is not sp.S.NegativeOne
        elif is_reciprocal(e):
            stack.append(e.args[0])
        else:
            stack += e.args
    return count <= SHORT


SPECIAL = {
    sp.And: Typeset._connected, sp.Or: Typeset._connected, sp.Not: Typeset._not, sp.Piecewise: Typeset._piecewise,
    **dict.fromkeys(FENCES, Typeset._fenced), sp.Mod: Typeset._modulo, sp.polygamma: Typeset._polygamma,
    sp.Heaviside: Typeset._heaviside,
    f.cbrt: Typeset._root, f.exp2: Typeset._power_of_two, f.inverse_mills: Typeset._mills,
}
