"""Scalar formulas of plain SymPy: symbols, numbers, functions, branches, conditions."""
import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.core.function import AppliedUndef
from sympy.core.numbers import ImaginaryUnit
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from ..errors import UnknownForm
from ..language import Array, Constant, Node as Word
from ..primitives import scalar
from ..primitives.leaf import CONSTANT, SIZE, constant, size
from ..lengths import is_size
from . import pieces
from .leaves import constant_array
from .open import Open, combine, index_value, opened
from .rules import nothing, reads


@reads(Array, parts=nothing)
def array(reader, e, env, values):
    if e in reader.bound:
        return reader.bound[e]
    return reader.inputs.node(e, e.name, e.sizes)


@reads(Constant, parts=nothing)
def array_of_numbers(reader, e, env, values):
    return constant_array(e.value.array)


@reads(sp.Symbol, sp.Idx, parts=nothing)
def symbol(reader, e, env, values):
    if env:
        return index_value(env[0])
    if e in reader.bound:
        return reader.bound[e]
    if isinstance(e, sp.Idx):
        raise UnknownForm(f"the index {e} stands free.", do="sum over it, or put an integer in its place.")
    if e.is_commutative is not True:
        raise UnknownForm(f"the symbol {e} does not commute.",
                          do=f"use a MatrixSymbol, or sd.array({e.name!r}, rows, columns) with @.")
    if e.is_integer and reader.is_size(e):
        return size(e)
    if e.is_real is False:
        raise UnknownForm(f"the symbol {e.name} is assumed not to be real; formulas are real.",
                          do="make it without that assumption.")
    return reader.inputs.node(e, e.name, ())


@reads(sp.Number, sp.NumberSymbol, parts=nothing)
def number(reader, e, env, values):
    return scalar.number(e)


@reads(ImaginaryUnit, type(sp.zoo), parts=nothing)
def no_real_number(reader, e, env, values):
    if e is sp.zoo:
        raise UnknownForm("zoo stands in the formula (SymPy's result of a division by zero).",
                          do="find the division by zero, and write the formula without it.")
    raise scalar.complex_number(e)


@reads(BooleanTrue, BooleanFalse, parts=nothing)
def truth(reader, e, env, values):
    return constant(1 if e else 0)


@reads(sp.Expr, sp.logic.boolalg.Boolean)
def operation(reader, e, env, values):
    """An operation entry by entry, when the table has it."""
    if type(e) in (sp.Mul, sp.Pow) and (length := as_length(e, values)) is not None:
        return length
    return combine(e.func, [entry(a, v) for a, v in zip(e.args, values)], env)


@reads(sp.Add)
def total(reader, e, env, values):
    """A sum, its visibly negative terms last: SymPy has sorted the terms anyway."""
    length = as_length(e, values)
    if length is not None:
        return length
    values = [entry(a, v) for a, v in zip(e.args, values)]
    values.sort(key=lambda v: scalar.minus_of(opened(v).node) is not None)
    return combine(sp.Add, values, env)


def as_length(e, values):
    """Whole arithmetic of lengths is one length: n·d, n - 1; else None."""
    def whole(v):
        return not isinstance(v, Open) and (v.op is SIZE or v.op is CONSTANT and v.attributes[0].is_Integer)

    lengths = all(map(whole, values)) and any(v.op is SIZE for v in values)
    return size(e) if lengths and is_size(e) and not e.could_extract_minus_sign() else None


def entry(e, value):
    """The value of an argument in scalar position; a matrix expression stands there when it is 1 × 1."""
    if getattr(e, "is_Matrix", False) and not isinstance(value, tuple):
        if value.sizes != (1, 1):
            raise UnknownForm(f"a matrix of {' x '.join(map(str, value.sizes))} stands where a scalar is needed.",
                              do="apply the function to the entries: A.applyfunc(exp), HadamardPower(A, 2).")
        return pieces.reshape(value, ())
    return value


@reads(Word)
def word_under_a_sum(reader, e, env, values):
    """A language node that holds the index of a sum of SymPy: an operation on numbers, entry by entry."""
    if type(e.op) is str or any(not isinstance(v, Open) and v.sizes for v in values):
        raise UnknownForm(f"an expression of arrays stands under a sum of SymPy and holds its index {env[0][0]}.",
                          do="use sd.sum, sd.einsum, sd.arange(n) for arrays; or IndexedBase for the entries.")
    return combine(e.op, values, env)


def _log_parts(reader, e, env):
    return () if e.args[0].is_Integer else [reader.at(a, env) for a in e.args]


@reads(sp.log, parts=_log_parts)
def logarithm(reader, e, env, values):
    """log; of a whole number at once, since SymPy turns loggamma(200) into the logarithm of one beyond float64."""
    if values:
        return combine(sp.log, [entry(e.args[0], values[0])], env)
    if e.args[0].is_nonpositive:
        raise UnknownForm(f"the logarithm of {e.args[0]} is no real number.", do="write the formula without it.")
    if e.args[0] < scalar.LARGEST:
        return combine(sp.log, [scalar.number(e.args[0])], env)
    return scalar.number(e)


@reads(sp.UnevaluatedExpr)
def as_it_stands(reader, e, env, values):
    return values[0]


@reads(sp.Float, parts=nothing)
def floating(reader, e, env, values):
    return scalar.number(e)


def _flat_pairs(reader, e, env):
    return [reader.at(a, env) for pair in e.args for a in pair.args]


@reads(sp.Piecewise, parts=_flat_pairs)
def branches(reader, e, env, values):
    """The first branch whose condition holds; nan where none does."""
    return combine(sp.Piecewise, [entry(a, v) for a, v in zip((a for p in e.args for a in p.args), values)], env)


@reads(ExprCondPair)
def branch(reader, e, env, values):
    raise UnknownForm("a branch stands outside Piecewise.", do="write Piecewise((value, condition), ...).")


_CALCULUS = "do the calculus first (.doit()), or write the result as a formula; derivatives are what symdiff makes."


def _refuse(reason, remedy, *classes):
    @reads(*classes, parts=nothing)
    def refuse(reader, e, env, values):
        raise UnknownForm(reason(e), known=scalar.known(), do=remedy)


def _called(e):
    return f"no primitive reads {scalar.full_name(type(e))}."


_refuse(_called, _CALCULUS, sp.Derivative, sp.Integral, sp.Subs, sp.Limit, ExprWithLimits)
_refuse(lambda e: f"{e.func} is an undefined function.",
        "write its formula, or make a function class with a record (README, \"A new primitive\").", AppliedUndef)
_refuse(lambda e: f"{type(e).__name__} is complex; formulas are real, and symbols are taken as real.",
        "leave it out: every symbol here is real.", sp.re, sp.im, sp.conjugate, sp.arg, sp.adjoint, sp.transpose)
_refuse(lambda e: f"{type(e).__name__} has no value entry by entry.", "use Heaviside, or smooth it.", sp.DiracDelta)
_refuse(lambda e: f"{type(e).__name__} is no number.", "write a formula of symbols and numbers.",
        sp.Tuple, sp.Lambda, sp.Dict, sp.FiniteSet, sp.Interval)
