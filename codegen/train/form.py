"""A loss as an expression goes in; what kind of loss it is comes out: an average or a sum, of squares or of others."""
from dataclasses import dataclass

import sympy as sp

from symdiff.language import sizes_of
from symdiff.language.core import Array, ArrayExpr, Node, nodes
from symdiff.model import Model


@dataclass(frozen=True)
class Form:
    """loss = number · (Σ inner) / count.

    number   what stands in front, without lengths of axes
    count    what it is averaged over: a product of lengths, 1 for a sum
    inner    what is added up
    residual what `inner` is the square of, times a positive number that went into `number`; None for other losses
    """
    number: object
    count: object
    inner: object
    residual: object


def expression_of(f):
    """The one expression of a compiled function, a model's equations put in."""
    expression = f.expression
    if isinstance(expression, Model):
        return expression.expression()
    return expression[0] if isinstance(expression, (list, tuple)) else expression


def forms(expression):
    """A Form for each term of a sum of sums and averages; None where a term is neither."""
    found, waiting = [], [(expression, sp.S.One)]
    while waiting:
        term, factor = waiting.pop()
        number, rest = _factors(term)
        factor = factor*number
        if _op(rest) is sp.Add:
            waiting += [(part, factor) for part in reversed(rest.args)]
            continue
        made = _form(rest, factor)
        if made is None:
            return None
        found.append(made)
    return found


def count_of(expression):
    """What the loss is averaged over (1 for a sum), the same for all its terms; None where that cannot be told."""
    found = forms(expression)
    counts = {form.count for form in found} if found else set()
    return counts.pop() if len(counts) == 1 else None


def residual_of(expression):
    """The expression whose squares the loss adds up or averages, or None."""
    found = forms(expression)
    return found[0].residual if found and len(found) == 1 and found[0].number.is_positive else None


def squares_of(expression):
    """The expression whose squares have their least sum where the loss is least: as `residual_of`, but the squares may
    have constants beside them, as those of a Gaussian likelihood of known scale have."""
    found = forms(expression)
    if not found or len(found) != 1:
        return None
    kept, waiting = [], [(found[0].inner, found[0].number)]
    while waiting:
        number, rest = _factors(waiting[-1][0])
        number = waiting.pop()[1]*number
        if _op(rest) is sp.Add:
            waiting += [(part, number) for part in rest.args]
        elif any(isinstance(leaf, Array) for leaf in nodes(rest)):
            kept.append((number, _root(rest)))
    return kept[0][1] if len(kept) == 1 and kept[0][0].is_positive else None


def _op(e):
    return e.op if isinstance(e, Node) else type(e)


def _factors(e):
    """(the product of the factors without arrays, what is left)."""
    number = sp.S.One
    while _op(e) is sp.Mul:
        plain = [_plain(a) for a in e.args]
        others = [a for a, p in zip(e.args, plain) if p is None]
        if len(others) != 1:
            break
        for p in plain:
            number = number*(1 if p is None else p)
        e = others[0]
    return number, e


def _plain(e):
    """A number, a length of an axis, or a power of one, as SymPy has it; None for what holds arrays."""
    if isinstance(e, Node):
        parts = [_plain(a) for a in e.args] if e.op is sp.Pow else [None]
        return None if None in parts else sp.Pow(*parts)
    if isinstance(e, ArrayExpr) or any(not (s.is_integer and s.is_nonnegative) for s in e.free_symbols):
        return None
    return e


def _form(e, factor):
    """The Form of factor·e where e is a sum or an average over all axes, or a product of a vector with itself."""
    lengths, word = sp.S.One, _op(e)
    if word == "matmul" and len(e.args) == 2 and e.args[0] is e.args[1] and len(sizes_of(e.args[0])) == 1:
        inner, residual, number = e, e.args[0], sp.S.One
    elif word in ("sum", "mean") and not sizes_of(e):
        inner = e.args[0]
        if word == "mean":
            for length in sizes_of(inner):
                lengths = lengths*length
        number, rest = _factors(inner)
        residual = _root(rest) if number.is_positive else None
        number = number if residual is not None else sp.S.One
    else:
        return None
    sizes, plain = sp.S.One, sp.S.One
    for part in sp.Mul.make_args(factor*number):
        if part.free_symbols:
            sizes = sizes*part
        else:
            plain = plain*part
    return Form(plain, sp.simplify(lengths/sizes), inner, residual)


def _root(e):
    """r where e is r² or r·r, else None."""
    if _op(e) is sp.Pow and e.args[1] == 2:
        return e.args[0]
    if _op(e) is sp.Mul and len(e.args) == 2 and e.args[0] is e.args[1]:
        return e.args[0]
    return None
