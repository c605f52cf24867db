"""Equations in terms that are sums over rows go in; those without the intercept come out, in deviations from means.

    Σ x² − (Σ x)²/n    is    Σ (x − x̄)²          Σ xy − Σ x Σ y/n    is    Σ (x − x̄)(y − ȳ)

and so of matrices, XᵀX − …  = (X − X̄)ᵀ(X − X̄).  With a weight a, means are weighted, x̄ = Σ ax/Σ a (scalars only).
"""
from dataclasses import dataclass
from fractions import Fraction

import sympy as sp

from .. import language as words
from ..primitives.contraction import CONTRACT, contract, is_movement
from ..primitives.leaf import is_constant, size
from .forms import flipped
from .terms import content, divided, factors


@dataclass(frozen=True, eq=False)
class Centred:
    """The equations without the intercept.

    matrix, right   {(unknown, unknown): expression}, {unknown: expression}: Σ_j matrix_ij · w_j = right_i
    mean            expression: the intercept is mean − Σ_j sign_j · slope_j · w_j
    slopes          {unknown: (sign, expression)}
    """
    matrix: dict
    right: dict
    mean: object
    slopes: dict


@dataclass(frozen=True, eq=False)
class Sum:
    """number · Π scalars · Σ_r (what is summed): over a length; `inner` are {factor: power}, or one matrix and 1."""
    number: Fraction
    scalars: dict
    length: object
    inner: dict

    def over(self, other):
        """(number, scalars, {factor: power}), the quotient of what is summed, all in front included."""
        return (self.number/other.number, _less(self.scalars, other.scalars), _less(self.inner, other.inner))


def _less(a, b):
    out = dict(a)
    for key, p in b.items():
        out[key] = out.get(key, 0) - p
    return frozenset((key, p) for key, p in out.items() if p)


def _more(a, b):
    return _less(dict(a), {key: -p for key, p in b})


def _times(u, v):
    return u[0]*v[0], _more(u[1], v[1]), _more(u[2], v[2])


def without_intercept(layout, forms, pivot):
    """The Centred equations of the other unknowns; None where the pivot is no intercept."""
    others = [w for w in layout.own if w is not pivot]
    rows = layout.matrix[pivot, pivot]
    if layout.own[pivot] or len(rows) != 1 or not others or layout.kind not in ("plain", "columns"):
        return None
    ranks = {len(layout.own[w]) for w in others}
    if ranks == {0} and layout.columns is None:
        return _of_scalars(layout, forms, pivot, others)
    return _of_vectors(layout, forms, pivot, others) if ranks == {1} else None


# -- scalars -----------------------------------------------------------------------------------------------------------

def _sum_of(term, length):
    """The Sum of a term that is a scalar; a count of rows is a sum of ones; None where it is no sum over the length."""
    c, scalars, core = term
    if core.op is CONTRACT and not is_movement(core):
        subs, out, lengths = core.attributes
        if out or lengths != (length,) or any(labels != (0,) for labels in subs):
            return None
        found = {}
        for i in core.inputs:
            for f, p in factors(i).items():
                found[f] = found.get(f, 0) + p
        return Sum(c, scalars, length, {f: p for f, p in found.items() if p})
    return _count(term, length) if is_constant(core, 1) else None


def _count(term, length):
    """A number, or a multiple of the length, as a sum of ones over it."""
    c, scalars, core = term
    if type(length) is int:
        return Sum(c/length, scalars, length, {})
    n = size(length)
    return Sum(c, {s: p for s, p in {**scalars, n: scalars.get(n, 0) - 1}.items() if p}, length, {})


def _length(parts):
    """The length of the rows that terms are summed over."""
    for _, _, core in parts:
        if core.op is CONTRACT and not is_movement(core):
            subs, out, lengths = core.attributes
            gone = [n for c, n in enumerate(lengths) if c not in out]
            return gone[0] if len(gone) == 1 else None
    return None


def _taken(parts, wanted, of):
    """The terms without the one that `of` says is the wanted one; None where there is none."""
    for k, term in enumerate(parts):
        if of(term) == wanted:
            return parts[:k] + parts[k + 1:]
    return None


def _of_scalars(layout, forms, pivot, others):
    length = _length([t for w in others for t in layout.matrix[w, pivot]] + layout.right[pivot])
    whole = _sum_of(layout.matrix[pivot, pivot][0], length) if length is not None else None
    if whole is None:
        return None
    columns = {w: [_sum_of(t, length) for t in layout.matrix[w, pivot]] for w in others}
    response = [_sum_of(t, length) for t in layout.right[pivot]]
    if None in response or any(None in found or len(found) > 1 for found in columns.values()):
        return None
    over = lambda term: None if (s := _sum_of(term, length)) is None else s.over(whole)
    slopes = {w: found[0].over(whole) for w, found in columns.items() if found}
    values = [s.over(whole) for s in response]
    rest, right = _rest(layout, others, slopes, values, over)
    if rest is None or any(not u[2] or min(p for _, p in u[2]) < 0 for u in slopes.values()):
        return None
    return _centred_scalars(forms, whole, slopes, values, rest, right)


def _rest(layout, others, slopes, values, over):
    """What stands in the equations besides products of slopes, and of slopes with values; (None, None) if it fails."""
    matrix, right = {}, {}
    for a in others:
        for b in others:
            parts = layout.matrix[a, b]
            matrix[a, b] = _taken(parts, _times(slopes[a], slopes[b]), over) if a in slopes and b in slopes else parts
        right[a] = layout.right[a]
        for v in values if a in slopes else ():
            right[a] = None if right[a] is None else _taken(right[a], _times(slopes[a], v), over)
    failed = None in matrix.values() or None in right.values()
    return (None, None) if failed else (matrix, right)


def _common(values):
    """(number, the values over it): negative where all of them are."""
    numbers = [v[0] for v in values]
    number = content([(c, {}, None) for c in numbers])[0]
    number = -number if numbers and all(c < 0 for c in numbers) else number
    return number, [(v[0]/number, *v[1:]) for v in values]


def _centred_scalars(forms, whole, slopes, values, rest, right):
    weight = _product(forms, whole.inner)
    total = words.sum if weight is None else lambda z: words.sum(weight*z)
    mean = words.mean if weight is None else lambda z: words.sum(weight*z)/words.sum(weight)
    number, values = _common(values)
    column = {w: _product(forms, dict(u[2])) for w, u in slopes.items()}
    y = _added([forms.scaled(c, dict(scalars), _product(forms, dict(inner), sp.S.One)) for c, scalars, inner in values])
    away = {w: z - mean(z) for w, z in column.items()}
    first = list(slopes)

    def square(a, b):
        one, two = sorted((a, b), key=first.index)
        return total(away[a]**2 if a is b else away[one]*away[two])

    side = None if y is None else lambda a: total(away[a]*(y - mean(y)))
    scale = {w: u[:2] for w, u in slopes.items()}
    made, sides = _assembled(forms, whole, scale, number, square, side, rest, right, lambda a: ())
    means = {w: _signed(forms, mean(z), scale[w]) for w, z in column.items()}
    return Centred(made, sides, sp.S.Zero if y is None else forms.scaled(number, {}, mean(y)), means)


def _assembled(forms, whole, scale, number, square, side, rest, right, sizes):
    """(matrix, right) of products and of what stands besides; rows of products alone over their common factor."""
    made, sides = {}, {}
    extra = {key: divided(parts, whole.number, whole.scalars) for key, parts in (*rest.items(), *right.items())}
    for a in right:
        alone = a in scale and not extra[a] and not any(extra[key] for key in rest if key[0] is a)
        own = () if alone or a not in scale else (scale[a],)
        turn = -1 if alone and number < 0 and all(c < 0 for c, _ in scale.values()) else 1
        for b in right:
            both = a in scale and b in scale
            value = _scaled(forms, square(a, b), (turn, ()), *own, scale[b]) if both else None
            made[a, b] = forms.with_rest(value, extra[a, b]) if both or extra[a, b] else None
        value = _scaled(forms, side(a), (turn*number, ()), *own) if a in scale and side is not None else None
        sides[a] = forms.with_rest(value, extra[a], sizes(a))
    return made, sides


def _signed(forms, expr, scale):
    """(sign, the expression times the scale without it)."""
    number, scalars = scale
    return (-1 if number < 0 else 1), _scaled(forms, expr, (abs(number), scalars))


def _scaled(forms, expr, *scales):
    """The expression times (number, scalars) each."""
    number, scalars = Fraction(1), {}
    for c, more in scales:
        number *= c
        scalars = dict(_more(scalars, frozenset(dict(more).items())))
    return forms.scaled(number, scalars, expr)


def _product(forms, inner, empty=None):
    """The expression of {factor: power}; `empty` for no factors."""
    expr = None
    for f, p in inner.items():
        one = forms(f) if p == 1 else forms(f)**p
        expr = one if expr is None else expr*one
    return empty if expr is None else expr


def _added(exprs):
    total = None
    for one in exprs:
        total = one if total is None else total + one
    return total


# -- vectors -----------------------------------------------------------------------------------------------------------

def _of_vectors(layout, forms, pivot, others):
    """An intercept beside matrices: their columns and the response less their means."""
    length = _length([t for w in others for t in layout.matrix[w, pivot]] + layout.right[pivot])
    if length is None or not is_constant(layout.matrix[pivot, pivot][0][2], 1):
        return None
    whole = _count(layout.matrix[pivot, pivot][0], length)
    columns = {w: [_row_sum(t) for t in layout.matrix[w, pivot]] for w in others}
    response = [_row_sum(t) for t in layout.right[pivot]]
    if None in response or any(None in found or len(found) > 1 for found in columns.values()):
        return None
    slopes = {w: found[0].over(whole) for w, found in columns.items() if found}
    values = [s.over(whole) for s in response]
    rest, right = _rest_of_vectors(layout, others, slopes, values, whole)
    return None if rest is None else _centred_vectors(forms, layout, whole, slopes, values, rest, right)


def _row_sum(term):
    """The Sum of a term Σ_r U_r…, what is summed being one node, its rows first; None for others."""
    c, scalars, core = term
    if core.op is not CONTRACT or is_movement(core) or len(core.inputs) != 1:
        return None
    (labels,), out, lengths = core.attributes
    gone = [k for k, label in enumerate(labels) if label not in out]
    if len(gone) != 1 or len(labels) > 2 or len(set(labels)) < len(labels):
        return None
    u, = core.inputs
    rows_first = u if gone == [0] else contract([u], [(1, 0)], (0, 1))
    return Sum(c, scalars, lengths[labels[gone[0]]], {rows_first: 1})


def _rest_of_vectors(layout, others, slopes, values, whole):
    def term_of(a, b):
        """(number, scalars, core) of the product of two sums' nodes, summed over rows, in the equations."""
        u, v = _node(a), _node(b)
        labels = [tuple(range(len(u.sizes))), (0, *range(2, len(v.sizes) + 1))]
        core = contract([u, v], labels, labels[0][1:] + labels[1][1:])
        return a[0]*b[0]*whole.number, _more(_more(a[1], b[1]), frozenset(whole.scalars.items())), core

    def key(term):
        return term[0], frozenset(term[1].items()), term[2]

    matrix, right = {}, {}
    for a in others:
        for b in others:
            parts = layout.matrix[a, b]
            if a in slopes and b in slopes:
                parts = _taken([_turned(t) if a is b else t for t in parts], term_of(slopes[a], slopes[b]), key)
            matrix[a, b] = parts
        right[a] = layout.right[a]
        for v in values if a in slopes else ():
            right[a] = None if right[a] is None else _taken(right[a], term_of(slopes[a], v), key)
    failed = None in matrix.values() or None in right.values()
    return (None, None) if failed else (matrix, right)


def _turned(term):
    """UᵀU, which is its own transpose, in one of its two spellings."""
    c, scalars, core = term
    if core.op is CONTRACT and len(core.inputs) == 2 and core.inputs[0] is core.inputs[1] and len(core.sizes) == 2:
        subs, out, lengths = core.attributes
        if subs[0][-1] == out[-1] or subs[0][0] == out[-1]:
            core = contract(list(core.inputs), [subs[1], subs[0]], out, dict(enumerate(lengths)))
    return c, scalars, core


def _centred_vectors(forms, layout, whole, slopes, values, rest, right):
    node = {w: _node(u) for w, u in slopes.items()}
    column = {w: forms(u) for w, u in node.items()}
    away = {w: z - words.mean(z, axis=0) for w, z in column.items()}
    number, values = _common(values)
    y = _added([forms.scaled(v[0], dict(v[1]), forms(_node(v))) for v in values])
    mean = sp.S.Zero if y is None else words.mean(y, axis=0)
    square = lambda a, b: words.matmul(flipped(away[a]), away[b])
    side = None if y is None else lambda a: words.matmul(flipped(away[a]), y - mean)
    scale = {w: u[:2] for w, u in slopes.items()}
    columns = () if layout.columns is None else (layout.columns,)
    made, sides = _assembled(forms, whole, scale, number, square, side, rest, right, lambda a: layout.own[a] + columns)
    means = {w: _signed(forms, words.mean(z, axis=0), scale[w]) for w, z in column.items()}
    return Centred(made, sides, mean if y is None else forms.scaled(number, {}, mean), means)


def _node(value):
    """The one node that a row sum sums."""
    (node, _), = value[2]
    return node
