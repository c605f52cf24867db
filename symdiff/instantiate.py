"""A SymPy scalar formula in a few symbols, read once into a template; the template on nodes gives nodes.

Reading rules: a sum is taken from left to right, terms with a negative coefficient subtracted; a product is its
coefficient times its factors, over the product of its negative powers; x**(1/2) is sqrt, E**x is exp; Piecewise is
`select`; a formula without symbols is one exact number.
"""
from functools import lru_cache, reduce
from functools import partial as partial_call

import sympy as sp
from sympy.core.sympify import _sympify

from .errors import UnknownForm
from .graph import make
from .primitives import build
from .primitives.leaf import constant
from .primitives.record import TABLE, Elementwise, Y

ARITHMETIC = {"add": build.plus, "sub": build.minus, "mul": build.times, "div": build.over, "pow": build.power,
              "neg": build.negative, "select": build.choose, "and": build.both,
              **{name: partial_call(build.compare, name) for name in build.COMPARISONS}}
NARY = {sp.Max: "maximum", sp.Min: "minimum", sp.And: "and", sp.Or: "or"}


class Template:
    """A formula as steps; `self(nodes)` makes its nodes, all of the sizes of the first.

    symbols   the SymPy symbols that stand for the nodes, in order
    result    the place of the value
    steps     (None, number) or (record or builder, places of its operands); place k < len(symbols) is node k
    """

    __slots__ = ("symbols", "steps", "result", "_places")

    def __init__(self, formula, symbols):
        self.symbols = symbols
        self.steps = []
        self._places = {s: k for k, s in enumerate(symbols)}
        self.result = self._read(_sympify(formula))
        del self._places

    def __call__(self, nodes):
        values = list(nodes)
        for what, places in self.steps:
            if what is None:
                values.append(constant(places, values[0].sizes))
            elif type(what) is Elementwise:
                values.append(make(what, tuple([values[k] for k in places])))
            else:
                values.append(what(*[values[k] for k in places]))
        return values[self.result]

    def _step(self, name, *places):
        what = ARITHMETIC.get(name) or TABLE.get(name)
        self.steps.append((what, places))
        return len(self.symbols) + len(self.steps) - 1

    def _number(self, value):
        self.steps.append((None, value))
        return len(self.symbols) + len(self.steps) - 1

    def _read(self, formula):
        """The place of the formula's value (read once where it stands several times)."""
        place = self._places.get(formula)
        if place is None:
            place = self._places[formula] = self._form(formula)
        return place

    def _form(self, formula):
        if formula in (sp.true, sp.false):
            return self._number(sp.Integer(formula is sp.true))
        if not formula.free_symbols:
            return self._number(formula)
        if isinstance(formula, sp.Add):
            return self._sum(formula.args)
        if isinstance(formula, (sp.Mul, sp.Pow)):
            return self._quotient(formula)
        if isinstance(formula, sp.exp):
            return self._step("exp", self._read(formula.args[0]))
        if isinstance(formula, sp.Piecewise):
            return self._choice(formula.args)
        if formula.func in NARY:
            return reduce(lambda p, q: self._step(NARY[formula.func], p, q), [self._read(a) for a in formula.args])
        return self._step(_record(formula.func).name, *[self._read(a) for a in formula.args])

    def _sum(self, terms):
        plus, minus = [], []
        for term in terms:
            negative = term.could_extract_minus_sign() if term.is_Number else term.as_coeff_Mul()[0].is_negative
            (minus if negative else plus).append(-term if negative else term)
        if not plus:
            return self._step("neg", self._sum(minus))
        place = reduce(lambda p, t: self._step("add", p, self._read(t)), plus[1:], self._read(plus[0]))
        return reduce(lambda p, t: self._step("sub", p, self._read(t)), minus, place)

    def _quotient(self, formula):
        above, below, number = [], [], sp.S.One
        for factor in sp.Mul.make_args(formula):
            base, exponent = factor.as_base_exp() if isinstance(factor, sp.Pow) else (factor, sp.S.One)
            if not factor.free_symbols:
                number = number*factor
            elif exponent.is_number and exponent.is_negative:
                below.append(self._power(base, -exponent))
            else:
                above.append(self._power(base, exponent))
        sign = number.is_negative
        number = -number if sign else number
        numerator, denominator = (number, 1) if not number.is_Rational else (sp.Integer(number.p), sp.Integer(number.q))
        if denominator != 1 and below:
            below.insert(0, self._number(denominator))
        elif denominator != 1:
            numerator = number
        if numerator != 1 or not above:
            above.insert(0, self._number(numerator))
        place = reduce(lambda p, q: self._step("mul", p, q), above)
        if below:
            place = self._step("div", place, reduce(lambda p, q: self._step("mul", p, q), below))
        return self._step("neg", place) if sign else place

    def _power(self, base, exponent):
        if exponent == 1:
            return self._read(base)
        if base is sp.E:
            return self._step("exp", self._read(exponent))
        if exponent == sp.S.Half:
            return self._step("sqrt", self._read(base))
        return self._step("pow", self._read(base), self._read(exponent))

    def _choice(self, pairs):
        value, condition = pairs[-1]
        place = self._read(value) if condition is sp.true else self._number(sp.nan)
        rest = pairs[:-1] if condition is sp.true else pairs
        for value, condition in reversed(rest):
            place = self._step("select", self._read(condition), self._read(value), place)
        return place


_BY_CLASS = {}


def _record(cls):
    """The record whose SymPy class this is."""
    found = _BY_CLASS.get(cls)
    if found is None:
        for record in TABLE.values():
            if getattr(record, "sympy", None) is not None:
                _BY_CLASS.setdefault(record.sympy, record)
        found = _BY_CLASS.get(cls)
    if found is None:
        raise UnknownForm(f"no primitive reads {cls.__name__}.", known=", ".join(sorted(TABLE)),
                          do="add a record, or write it with known functions.")
    return found


@lru_cache(maxsize=None)
def partial(record, k):
    """(sign, form, template) of the record's partial in argument k, on (inputs…, the node itself).

    sign      -1 where the partial is the negative of what the template gives, else 1
    form      "zero", "one" (no template), "over" (one over what the template gives) or "times"
    """
    formula = _sympify(record.partials[k])
    if formula == 0:
        return 1, "zero", None
    sign = -1 if formula.as_coeff_Mul()[0].is_negative else 1
    formula = formula*sign if sign < 0 else formula
    if formula == 1:
        return sign, "one", None
    symbols = (*record.args, Y)
    if isinstance(formula, sp.Mul) or isinstance(formula, sp.Pow):
        parts = sp.Mul.make_args(formula)
        if all(_is_divisor(p) for p in parts):
            below = sp.Mul(*[1/p for p in parts], evaluate=False) if len(parts) > 1 else 1/formula
            return sign, "over", Template(below, symbols)
    return sign, "times", Template(formula, symbols)


def _is_divisor(factor):
    """Is this 1/p of an integer p, or a negative power?"""
    if factor.is_Rational:
        return factor.p == 1 and factor.q != 1
    return isinstance(factor, sp.Pow) and factor.exp.is_number and bool(factor.exp.is_negative)


def substitute(formula, symbols, nodes):
    """The formula with nodes, all of one size, in the place of its symbols."""
    return Template(formula, tuple(symbols))(nodes)
