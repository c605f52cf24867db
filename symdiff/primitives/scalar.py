"""A SymPy class and nodes for its arguments go in, the node of the operation comes out: the rules of reading a scalar
formula, for whoever reads one (the reader of expressions, and the chain rule with the partials of the records)."""
import functools

import sympy as sp
from sympy.codegen.cfunctions import Cbrt

from ..errors import UnknownForm
from ..graph import make
from . import build
from .arrangement import stack
from .leaf import CONSTANT, NEGATIVE_ZERO, constant, is_constant
from .record import TABLE, Elementwise
from .reduction import MAX_REDUCE, MIN_REDUCE, reduce_axes

COMMON = "exp", "log", "sin", "cos", "tanh", "abs", "erf", "lgamma", "digamma", "sigmoid", "softplus", "floor"
LARGEST = 2**1024 - 2**970                     # numbers from here on round to infinity
ENDLESS = 14_000                                # bits of whole numbers that Python refuses to write out: 4 300 digits


def apply(cls, inputs):
    """The node of the SymPy class `cls` on nodes, stretched to their common sizes; UnknownForm when none reads it.

    Add(a, -b) is a - b;  Mul(-1, a) is -a;  Mul(a, 1/b) is a/b;  b**(1/2) is sqrt(b);  E**a is exp(a);
    sums and products of more terms associate to the left, factors before divisors.
    """
    rule = RULES.get(cls) or _from_table().get(cls)
    if rule is None:
        raise UnknownForm(f"no primitive reads {full_name(cls)}.", known=known(),
                          do='add a record (README, "A new primitive"), or write it with known functions.')
    return rule(inputs)


def is_known(cls):
    """Does `apply` read this class?"""
    return cls in RULES or cls in _from_table()


def known():
    """The names of the elementwise primitives, the common ones first, shortened."""
    names = [name for name, record in TABLE.items() if isinstance(record, Elementwise) and record.sympy is not None]
    common = [name for name in COMMON if name in names]
    others = [name for name in names if name not in common]
    return ", ".join([*common, *others][:12]) + ", ...  (symdiff.primitives.TABLE lists all)"


def number(value):
    """The constant node of an exact SymPy number (Integer, Rational, Float, pi, E, sqrt(2), ...).

    Refused: what is not real and finite, and what rounds to infinity.
    """
    if value.is_Float:
        return constant(float_of(value))
    if value is sp.nan or value.is_infinite:
        raise UnknownForm(f"{value} stands in the formula, which is no real number.",
                          do="find what made it (a division by zero, a limit), and write the formula without it; "
                             "only data, and what where chooses, may be infinite.")
    if value.is_real is False:
        raise complex_number(value)
    if value.is_Rational and _too_large(value):
        raise overflow(value)
    written = writable(value, 25)
    return constant(value if written is value else float_of(written))


def float_of(value):
    """The float64 nearest to a SymPy Float of any precision; refused when it rounds to infinity."""
    sign, man, exp, _ = value._mpf_
    if not man:
        if exp:
            raise UnknownForm(f"{value} stands in the formula, which is no real number.",
                              do="pass it as an input, or write the formula without it.")
        return 0.0
    try:
        size = int(man)*2**exp if exp >= 0 else int(man)/2**-exp if exp > -3000 else 0.0
        return -float(size) if sign else float(size)
    except OverflowError:
        raise overflow(value) from None


def overflow(value):
    """The error for a number beyond float64."""
    return UnknownForm(f"the number {_shortened(value)} is larger than float64 can hold (1.8e308).",
                       do="write the formula in logarithms, or scale it.")


def _shortened(value):
    """A number as text."""
    if value.is_Rational and _is_endless(value):
        return f"of some {int(max(abs(value.p), value.q).bit_length()*0.30103):,} digits"
    text = str(value)
    return text if len(text) <= 40 else text[:12] + "..."


def writable(expr, digits=17):
    """A formula as it is, or with Floats for the numbers in which whole ones stand that Python does not write out, as
    log(2000!)."""
    endless = [value for value in expr.atoms(sp.Rational) if _is_endless(value)]
    if not endless:
        return expr
    return expr.evalf(digits) if expr.is_number else expr.xreplace({v: sp.Float(v, digits) for v in endless})


def _is_endless(value):
    """Is this a whole number or a fraction that Python does not write out?"""
    return max(int(value.p).bit_length(), int(value.q).bit_length()) > ENDLESS


def complex_number(value):
    """The error for what is not real."""
    return UnknownForm(f"{value} is complex; formulas are real.",
                       do="write real and imaginary parts as formulas of their own.")


def _too_large(value):
    return abs(value.p) >= LARGEST*value.q


def full_name(cls):
    """A class as an error names it."""
    module = getattr(cls, "__module__", "") or ""
    name = getattr(cls, "__name__", str(cls))
    return f"sympy.{name}" if module.startswith("sympy") else name


# -- arithmetic ------------------------------------------------------------------------------------

def unary(name, x):
    """The elementwise primitive `name` of one node."""
    return make(TABLE[name], (x,))


def negate(x):
    """-x; a number changes its sign."""
    if x.op is CONSTANT:
        value = x.attributes[0]
        if value is not NEGATIVE_ZERO and value != NEGATIVE_ZERO and value != 0:
            return constant(-value, x.sizes)
    return unary("neg", x)


def minus_of(x):
    """The node whose negative is `x`, where x is visibly negative: -a, -3, -3·a; else None."""
    if x.op is TABLE["neg"]:
        return x.inputs[0]
    if x.op is CONSTANT and _negative(x):
        return negate(x)
    if x.op is TABLE["mul"] and x.inputs[0].op is CONSTANT and _negative(x.inputs[0]):
        return make(x.op, (negate(x.inputs[0]), x.inputs[1]))
    return None


def _negative(x):
    value = x.attributes[0]
    return not isinstance(value, str) and value.is_negative is True


def add(inputs):
    """a + b + …, with a - b where a term is visibly negative."""
    total, *rest = inputs
    if rest and total.op is CONSTANT and _negative(total) and minus_of(rest[0]) is None:     # -1 + a  is  a - 1
        total, rest[0] = rest[0], total
    for term in rest:
        less = minus_of(term)
        total = build.elementwise("add", total, term) if less is None else build.elementwise("sub", total, less)
    return total


def mul(inputs):
    """a·b·…/(c)/(d)…: factors in order, then divisors; a leading -1 is a sign."""
    if len(inputs) > 1 and is_constant(inputs[0], -1):
        return build.stretch(negate(mul(inputs[1:])), _sizes(inputs))
    divisors = [f.inputs[1] for f in inputs if is_reciprocal(f)]
    if divisors:
        inputs = [f for f in inputs if not is_reciprocal(f)]
        if not inputs:
            inputs = [reciprocal(divisors.pop(0))]
    product = inputs[0]
    for factor in inputs[1:]:
        product = build.elementwise("mul", product, factor)
    for divisor in divisors:
        product = build.elementwise("div", product, divisor)
    return product


def _sizes(inputs):
    return build.common_sizes([i.sizes for i in inputs])


def is_reciprocal(x):
    """Is the node 1/a?"""
    return x.op is TABLE["div"] and is_constant(x.inputs[0], 1)


def reciprocal(x):
    """1/x."""
    return build.elementwise("div", constant(1), x)


def power(inputs):
    """b**e, with 1/b, sqrt(b), 1/sqrt(b), exp(e) by their names."""
    base, exponent = inputs
    if exponent.op is CONSTANT and not exponent.sizes:
        value = exponent.attributes[0]
        if base.op is CONSTANT and _negative(base) and not isinstance(value, str) and value.is_integer is False \
                and not _whole(value):
            raise complex_number(sp.Pow(base.attributes[0], value, evaluate=False))
        if value == -1:
            return reciprocal(base)
        if value == sp.S.Half or value == 0.5:
            return unary("sqrt", base)
        if value == -sp.S.Half or value == -0.5:
            return reciprocal(unary("sqrt", base))
    if is_constant(base, sp.E):
        return build.stretch(unary("exp", exponent), _sizes(inputs))
    return build.elementwise("pow", base, exponent)


def _whole(value):
    return value.is_Float and value == int(value)


def maximum(inputs, name="maximum"):
    """The largest (name="maximum") or smallest of nodes; ties of two share, a constant takes the whole tie."""
    constants = [i for i in inputs if i.op is CONSTANT]
    active = [i for i in inputs if i.op is not CONSTANT]
    if not active:
        active, constants = constants[:1], constants[1:]
    if len(active) > 2:
        sizes = _sizes(active)
        stacked = stack([build.stretch(a, sizes) for a in active], 0)
        largest = reduce_axes(MAX_REDUCE if name == "maximum" else MIN_REDUCE, stacked, (0,))
    else:
        largest = active[0] if len(active) == 1 else build.elementwise(name, *active)
    for c in constants:
        largest = build.elementwise(name + "_const", largest, c)
    return largest


def select(inputs):
    """Piecewise, flattened to e1, c1, e2, c2, …: the first whose condition holds; nan where none does."""
    pairs = list(zip(inputs[::2], inputs[1::2]))
    chosen = constant(sp.nan)
    for value, condition in reversed(pairs):
        if is_constant(condition, 1):
            chosen = value
        elif not is_constant(condition, 0):
            chosen = build.elementwise("select", condition, value, chosen)
    return build.stretch(chosen, _sizes(inputs))


def heaviside(inputs):
    """0, h, 1 left of, at and right of 0; h is 1/2 unless given."""
    x, *at = inputs
    step = unary("step", x)
    if not at or is_constant(at[0], sp.S.Half):
        return step
    return build.elementwise("select", build.elementwise("eq", x, constant(0)), at[0], step)


def _chain(name):
    def rule(inputs):
        result = inputs[0]
        for other in inputs[1:]:
            result = build.elementwise(name, result, other)
        return result
    return rule


def _reciprocal_of(name):
    return lambda inputs: reciprocal(unary(name, inputs[0]))


def _of_reciprocal(name):
    return lambda inputs: unary(name, reciprocal(inputs[0]))


def polygamma(inputs):
    """ψ⁽ⁿ⁾(x); digamma for n = 0."""
    n, x = inputs
    return unary("digamma", x) if is_constant(n, 0) else build.elementwise("polygamma", n, x)


def _lgamma(x):
    return unary("lgamma", x)


def log_beta(a, b):
    """log B(a, b), for a, b > 0."""
    return add([_lgamma(a), _lgamma(b), negate(_lgamma(add([a, b])))])


def binomial(inputs):
    """Γ(n+1)/(Γ(k+1)Γ(n-k+1)) by logarithms, for 0 <= k <= n."""
    n, k = inputs
    one = constant(1)
    logs = [_lgamma(add([n, one])), negate(_lgamma(add([k, one]))), negate(_lgamma(add([add([n, negate(k)]), one])))]
    return unary("exp", add(logs))


RULES = {
    sp.Add: add,
    sp.Mul: mul,
    sp.Pow: power,
    Cbrt: lambda inputs: unary("cbrt", inputs[0]),
    sp.Max: maximum,
    sp.Min: lambda inputs: maximum(inputs, "minimum"),
    sp.Piecewise: select,
    sp.ITE: lambda inputs: select([inputs[1], inputs[0], inputs[2], constant(1)]),
    sp.Heaviside: heaviside,
    sp.And: _chain("and"),
    sp.Or: _chain("or"),
    sp.Xor: _chain("ne"),
    sp.polygamma: polygamma,
    sp.digamma: lambda inputs: unary("digamma", inputs[0]),
    sp.trigamma: lambda inputs: build.elementwise("polygamma", constant(1), inputs[0]),
    sp.gamma: lambda inputs: unary("gamma", inputs[0]),
    sp.loggamma: lambda inputs: _lgamma(inputs[0]),
    sp.factorial: lambda inputs: unary("gamma", add([inputs[0], constant(1)])),
    sp.beta: lambda inputs: unary("exp", log_beta(*inputs)),
    sp.binomial: binomial,
    sp.erf2: lambda inputs: add([unary("erf", inputs[1]), negate(unary("erf", inputs[0]))]),
    sp.frac: lambda inputs: add([inputs[0], negate(unary("floor", inputs[0]))]),
    sp.sec: _reciprocal_of("cos"), sp.csc: _reciprocal_of("sin"), sp.cot: _reciprocal_of("tan"),
    sp.csch: _reciprocal_of("sinh"), sp.coth: _reciprocal_of("tanh"),
    sp.asec: _of_reciprocal("acos"), sp.acsc: _of_reciprocal("asin"), sp.acot: _of_reciprocal("atan"),
    sp.asech: _of_reciprocal("acosh"), sp.acsch: _of_reciprocal("asinh"), sp.acoth: _of_reciprocal("atanh"),
}


@functools.cache
def _from_table():
    """{SymPy class: rule} of the records, made once when all records are declared."""
    def rule(record):
        if len(record.args) == 1:
            return lambda inputs: make(record, (inputs[0],))
        return lambda inputs: build.elementwise(record.name, *inputs)

    return {record.sympy: rule(record) for record in TABLE.values()
            if isinstance(record, Elementwise) and record.sympy is not None and record.sympy not in RULES}
