"""Two graphs go in; True comes out when they are one rational function of the same atoms, in exact arithmetic.

Sums, products, quotients and whole powers are multiplied out; exp(a + b) is exp(a)·exp(b), hyperbolic functions and the
sigmoid are rational in exp, sqrt(u)² is u; everything else is an atom, known by its arguments.  False proves nothing.
The two may still differ in where they have values.
"""
from fractions import Fraction

from ..graph import order
from ..passes.algebra import rational
from ..primitives.leaf import CONSTANT
from ..primitives.record import Elementwise

MOST = 400                                      # terms of a polynomial
ONE = {(): Fraction(1)}


class Long(Exception):
    """A polynomial has too many terms."""


def equal(a, b):
    """Are the nodes provably of one value wherever both have one?"""
    try:
        forms = {}
        for node in order((a, b)):
            forms[node] = _form(node, [forms[i] for i in node.inputs])
        (p, q), (r, s) = forms[a], forms[b]
        return _minus(_times(p, s), _times(r, q)) == {}
    except Long:
        return False


# -- polynomials: {((atom, power), …): coefficient}, atoms in one order ------------------------------------------------

def _plus(p, q, sign=1):
    out = dict(p)
    for monomial, c in q.items():
        out[monomial] = out.get(monomial, 0) + sign*c
        if not out[monomial]:
            del out[monomial]
    return out


def _minus(p, q):
    return _plus(p, q, -1)


def _times(p, q):
    if len(p)*len(q) > MOST:
        raise Long
    out = {}
    for m, c in p.items():
        for k, d in q.items():
            for monomial, e in _multiplied(m, k).items():
                out[monomial] = out.get(monomial, 0) + c*d*e
    return {m: c for m, c in out.items() if c}


def _multiplied(m, k):
    """The product of two monomials as a polynomial: squares of roots are what stands under them."""
    powers = dict(m)
    for atom, power in k:
        powers[atom] = powers.get(atom, 0) + power
    out = None
    for atom in [a for a, power in powers.items() if a[0] == "sqrt" and power > 1]:
        under = _power(dict(atom[1]), powers[atom]//2)
        out = under if out is None else _times(out, under)
        powers[atom] %= 2
    rest = {tuple(sorted(((a, p) for a, p in powers.items() if p), key=repr)): Fraction(1)}
    return rest if out is None else _times(out, rest)


def _power(p, n):
    out = ONE
    for _ in range(n):
        out = _times(out, p)
    return out


def _atom(*key):
    return {((key, 1),): Fraction(1)}


# -- rational functions: (numerator, denominator) ----------------------------------------------------------------------

def _form(node, args):
    name = node.op.name
    number = rational(node) if node.op is CONSTANT else None
    if number is not None:
        return ({(): number} if number else {}), ONE
    if type(node.op) is Elementwise and name in RULES:
        found = RULES[name](*args)
        if found is not None:
            return found
    return _opaque(node, args), ONE


def _opaque(node, args):
    """An atom: the node itself, or its function of its arguments' normal forms where it works entry by entry."""
    if type(node.op) is not Elementwise:
        return _atom("node", node.op.name, id(node))
    return _atom(node.op.name, *[(_key(p), _key(q)) for p, q in map(_reduced, args)])


def _key(p):
    return tuple(sorted(p.items(), key=repr))


def _reduced(form):
    """Common factors of all terms cancelled, the denominator's first coefficient 1."""
    p, q = form
    common = None
    for monomial in (*p, *q):
        own = dict(monomial)
        common = own if common is None else {a: min(n, own[a]) for a, n in common.items() if a in own}
    scale = min(q.items(), key=repr)[1]

    def divided(polynomial):
        return {tuple([(a, n - common.get(a, 0)) for a, n in m if n != common.get(a, 0)]): c/scale
                for m, c in polynomial.items()}
    return (divided(p), divided(q)) if p else ({}, ONE)


def _add(a, b, sign=1):
    if a[1] == b[1]:
        return _plus(a[0], b[0], sign), a[1]
    return _plus(_times(a[0], b[1]), _times(b[0], a[1]), sign), _times(a[1], b[1])


def _mul(a, b):
    return _times(a[0], b[0]), _times(a[1], b[1])


def _div(a, b):
    return (_times(a[0], b[1]), _times(a[1], b[0])) if b[0] else None


def _pow(a, b):
    """Whole powers; for others x**(k + c·m) = x**k · (x**m)**c, the exponent's terms apart."""
    base, exponent = _reduced(a), _reduced(b)
    if exponent[1] != ONE:
        return None
    whole, rest = exponent[0].get((), Fraction(0)), {m: c for m, c in exponent[0].items() if m}
    if whole.denominator == 2 and not rest:
        root, rest = _sqrt(base), whole - Fraction(1, 2)
        return root and _mul(root, _pow(a, ({(): rest} if rest else {}, ONE)))
    if whole.denominator != 1 or abs(whole) > 12:
        return None
    above, below = base if whole >= 0 else base[::-1]
    if not below:
        return None
    return _mul((_power(above, abs(int(whole))), _power(below, abs(int(whole)))),
                _exponential(rest, lambda m: ("power", _key(base[0]), _key(base[1]), m)))


def _exponential(terms, atom):
    """Π atom(term)**coefficient, as a quotient; coefficients that are no whole numbers stay inside."""
    above, below = ONE, ONE
    for m, c in terms.items():
        one = _power(_atom(*atom((m, c.denominator))), min(abs(c.numerator), MOST))
        above, below = (_times(above, one), below) if c > 0 else (above, _times(below, one))
    return above, below


def _exp(a):
    p, q = _reduced(a)
    return _exponential(p, lambda m: ("exp", m)) if q == ONE else None


def _sqrt(a):
    p, q = _reduced(a)
    return (_atom("sqrt", _key(p)), _atom("sqrt", _key(q)) if q != ONE else ONE) if p else None


def _of_exp(above, below):
    """A function that is a quotient of polynomials in E = exp(x): coefficients by powers of E."""
    def rule(a):
        e = _exp(a)
        if e is None:
            return None
        values = []
        for coefficients in (above, below):
            total, power = ({}, ONE), (ONE, ONE)
            for c in coefficients:
                total = _add(total, _mul(({(): Fraction(c)} if c else {}, ONE), power))
                power = _mul(power, e)
            values.append(total)
        return _div(*values)
    return rule


RULES = {
    "add": _add, "sub": lambda a, b: _add(a, b, -1), "neg": lambda a: _mul(({(): Fraction(-1)}, ONE), a),
    "mul": _mul, "div": _div, "pow": _pow, "sqrt": _sqrt, "exp": _exp,
    "sigmoid": _of_exp((0, 1), (1, 1)), "logistic_pdf": _of_exp((0, 1), (1, 2, 1)),
    "tanh": _of_exp((-1, 0, 1), (1, 0, 1)),
    "sinh": _of_exp((-1, 0, 1), (0, 2)), "cosh": _of_exp((1, 0, 1), (0, 2)), "sech": _of_exp((0, 2), (1, 0, 1)),
    "expm1": _of_exp((-1, 1), (1,)),
}
