"""Patterns of the rewrites: formulas over variables go in as Python writes them; sums and products come out flat.

>>> x = Var("x")
>>> log(1 + exp(x))
log(1 + exp(x))
"""
from fractions import Fraction


class Term:
    """A formula over pattern variables, with the operators of Python."""

    def __add__(self, other):
        a, b = _as_sum(self), _as_sum(_term(other))
        return Sum(a.number + b.number, a.parts + b.parts)

    def __radd__(self, other):
        return _term(other) + self

    def __neg__(self):
        return -1*self

    def __sub__(self, other):
        return self + -_term(other)

    def __rsub__(self, other):
        return _term(other) + -self

    def __mul__(self, other):
        a, b = _as_product(self), _as_product(_term(other))
        return Product(a.coefficient*b.coefficient, a.parts + b.parts)

    def __rmul__(self, other):
        return _term(other)*self

    def __truediv__(self, other):
        return self*_term(other)**-1

    def __rtruediv__(self, other):
        return _term(other)*self**-1

    def __pow__(self, power):
        a = _as_product(self)
        return Product(a.coefficient**power, [(term, p*power) for term, p in a.parts])


class Var(Term):
    """Stands for any node; the same node everywhere in a rule."""

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return self.name


class Exact(Term):
    """A number that is no fraction, as a SymPy expression; in results only."""

    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return str(self.value)


class Call(Term):
    """A primitive by its name on terms."""

    def __init__(self, name, args):
        self.name, self.args = name, args

    def __repr__(self):
        return f"{self.name}({', '.join(map(str, self.args))})"


class Sum(Term):
    """number + Σ coefficient·term."""

    def __init__(self, number, parts):
        self.number, self.parts = number, parts

    def __repr__(self):
        texts = [] if self.number == 0 and self.parts else [str(self.number)]
        for c, term in self.parts:
            body = f"({term})" if isinstance(term, Sum) else str(term)
            body = body if abs(c) == 1 else f"{abs(c)}*{body}"
            texts.append(("-" if c < 0 else "") + body if not texts else (" - " if c < 0 else " + ") + body)
        return "".join(texts)


class Product(Term):
    """coefficient·Π term**power."""

    def __init__(self, coefficient, parts):
        self.coefficient, self.parts = coefficient, parts

    def __repr__(self):
        above = [_factor(t, p) for t, p in self.parts if p > 0]
        below = [_factor(t, -p) for t, p in self.parts if p < 0]
        c = self.coefficient
        if abs(c) != 1 or not above:
            above.insert(0, str(abs(c.numerator)))
        if c.denominator != 1:
            below.append(str(c.denominator))
        text = ("-" if c < 0 else "") + "*".join(above)
        return text + ("/" + ("*".join(below) if len(below) == 1 else f"({'*'.join(below)})") if below else "")


def _factor(term, power):
    text = f"({term})" if isinstance(term, (Sum, Product)) else str(term)
    return text if power == 1 else f"{text}**{power}"


def _term(value):
    return value if isinstance(value, Term) else Sum(Fraction(value), [])


def _as_sum(term):
    if isinstance(term, Sum):
        return term
    if isinstance(term, Product):
        if not term.parts:
            return Sum(term.coefficient, [])
        if len(term.parts) == 1 and term.parts[0][1] == 1:
            if isinstance(inner := term.parts[0][0], Sum):
                return Sum(term.coefficient*inner.number, [(term.coefficient*c, t) for c, t in inner.parts])
            return Sum(Fraction(0), [(term.coefficient, term.parts[0][0])])
        return Sum(Fraction(0), [(term.coefficient, Product(Fraction(1), term.parts))])
    return Sum(Fraction(0), [(Fraction(1), term)])


def _as_product(term):
    if isinstance(term, Product):
        return term
    if isinstance(term, Sum) and not term.parts:
        return Product(term.number, [])
    return Product(Fraction(1), [(term, 1)])


def call(name):
    """A Python function that writes the primitive of this name on terms."""
    return lambda *args: Call(name, tuple(map(_term, args)))


(exp, log, expm1, log1p, log1mexp, sigmoid, softplus, log_sigmoid, tanh, sinh, cosh, sech, sqrt, power, logaddexp,
 xlogy, erf, erfc, erfcx, log_ndtr, ndtr, hypot, asinh, acosh, atanh, sin, cos, sinc, absolute, select, greater,
 at_least) = map(call, ("exp log expm1 log1p log1mexp sigmoid softplus log_sigmoid tanh sinh cosh sech sqrt pow logaddexp xlogy "
           "erf erfc erfcx log_ndtr ndtr hypot asinh acosh atanh sin cos sinc abs select gt ge").split())


def surface(term):
    """The names of the primitives, numbers in sums among them, that stand in the term below sums and products only."""
    if isinstance(term, Call):
        return frozenset((term.name,))
    if isinstance(term, (Sum, Product)):
        own = ("constant",) if isinstance(term, Sum) and term.number else ()
        return frozenset(own).union(*(surface(t) for t in _terms(term)))
    return frozenset()


def _terms(term):
    return [t for _, t in term.parts] if isinstance(term, Sum) else [t for t, _ in term.parts]


def variables(term):
    """The names of the variables of a term."""
    if isinstance(term, Var):
        return {term.name}
    inner = term.args if isinstance(term, Call) else _terms(term) if isinstance(term, (Sum, Product)) else ()
    return set().union(*map(variables, inner))
