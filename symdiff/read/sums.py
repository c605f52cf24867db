"""Sums and products over indices, and entries of arrays at indices: every part is read over its own free indices only.

Bounds are inclusive, as SymPy has them; indices start at 0; what is out of range is an error.
"""
import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.tensor.array.expressions import ArrayElement

from ..errors import ArgumentError, SizeMismatch, UnknownForm
from ..primitives import build, reduction, scalar
from ..primitives.contraction import contract
from ..primitives.leaf import constant, iota
from ..lengths import canonical, symbols
from . import pieces, show
from .inputs import lengths, name_of
from .open import Open, align, closed, combine, opened, size_or_number
from .rules import reads


# -- ranges ----------------------------------------------------------------------------------------

def bind(e, env):
    """env with the indices of a Sum or Product around its body."""
    new = []
    for limit in e.limits:
        if len(limit) != 3:
            raise UnknownForm(f"{type(e).__name__} over {limit[0]} has no bounds.", do=f"write ({limit[0]}, 0, n - 1).")
        symbol, low, high = limit
        for bound in (low, high):
            indices = [s for s in bound.free_symbols if any(s == b[0] for b in env) or any(s == o[0] for o in e.limits)]
            if indices:
                raise UnknownForm(f"the range of {symbol} depends on the index {indices[0]}.",
                                  do="sum over the whole range, with Piecewise((term, condition), (0, True)) inside.")
        try:
            new.append((symbol, _whole(low), canonical(high - low + 1)))
        except ArgumentError:
            raise UnknownForm(f"{low} to {high} is no range that is known when the formula is read.",
                              do="bound it by integers, or by sizes made by sizes(...): (i, 0, n - 1).") from None
    inner = {symbol for symbol, _, _ in new}
    return tuple([b for b in env if b[0] not in inner]) + tuple(new)


def check_ranges(reader):
    """Refuse a range whose length no array tells: it could not be bound when the function is called."""
    lengths_known = set(symbols([n for node in reader.inputs.nodes.values() for n in node.sizes]))
    for e, env in reader.ranges:
        for symbol, low, length in env:
            for unknown in symbols((low, length)):
                if unknown in lengths_known:
                    continue
                raise UnknownForm(f"the range of {symbol} has the length {length}, which no array tells ({unknown}).",
                                  where=show.brief(e), do="bound it by an integer, or by the length of an axis.")


def _whole(value):
    if value.is_Integer:
        return int(value)
    if value.is_integer and value.is_finite is not False:
        return value.expand()
    raise ArgumentError("")


# -- Sum -------------------------------------------------------------------------------------------

def _factors(e):
    return e.function.args if isinstance(e.function, sp.Mul) else (e.function,)


def _sum_parts(reader, e, env):
    inner = bind(e, env)
    reader.ranges.append((e, inner))
    return [reader.at(f, inner) for f in _factors(e)]


@reads(sp.Sum, parts=_sum_parts)
def total(reader, e, env, values):
    """One contraction of the factors of the body; factors that hold no summed index stay outside."""
    inner = bind(e, env)
    summed = {symbol for symbol, _, _ in inner[len(inner) - len(e.limits):]}
    values = [opened(v) for v in values]
    outside = [v for v in values if not summed & set(v.labels)]
    inside = _merge_divisors([v for v in values if summed & set(v.labels)], inner)
    present = {c for v in inside for c in v.labels}
    out = tuple([b[0] for b in env if b[0] in present and b[0] not in summed])
    node = contract([v.node for v in inside], [v.labels for v in inside], out, {b[0]: b[2] for b in inner})
    for symbol, _, length in inner:
        if symbol in summed and symbol not in present:
            outside.append(Open(size_or_number(length), ()))
    outside = [v for v in outside if v.node is not constant(1)]
    if not inside:
        return _single(outside, env) if outside else constant(1)
    return combine(sp.Mul, [closed(v) for v in outside] + [closed(Open(node, out))],
                   env) if outside else closed(Open(node, out))


def _single(values, env):
    return combine(sp.Mul, [closed(v) for v in values], env)


def _merge_divisors(values, env):
    """The factors, each 1/a joined to a factor that holds all its indices, so that one division is left."""
    divisors = [v for v in values if scalar.is_reciprocal(v.node)]
    factors = [v for v in values if not scalar.is_reciprocal(v.node)]
    for divisor in divisors:
        k = next((k for k, f in enumerate(factors) if set(divisor.labels) <= set(f.labels)), None)
        if k is None:
            factors.append(divisor)
        else:
            factors[k] = opened(combine(sp.Mul, [factors[k], divisor], env))
    return factors


# -- Product ---------------------------------------------------------------------------------------

def _product_parts(reader, e, env):
    inner = bind(e, env)
    reader.ranges.append((e, inner))
    return [reader.at(e.function, inner)]


@reads(sp.Product, parts=_product_parts)
def running_product(reader, e, env, values):
    """The product along the bound axes; a body that lacks an index is raised to the length of its range."""
    inner = bind(e, env)
    limits = inner[len(inner) - len(e.limits):]
    value = opened(values[0])
    held = set(value.labels)
    bound = tuple([b[0] for b in limits if b[0] in held])
    out = tuple([b[0] for b in env if b[0] in held and b[0] not in {b[0] for b in limits}])
    node = value.node
    if bound:
        node = align(value, out + bound, inner)
        node = reduction.prod(node, range(len(out), len(node.sizes)))
    for symbol, _, length in limits:
        if symbol not in held:
            node = scalar.apply(sp.Pow, [node, size_or_number(length)])
    return closed(Open(node, out))


@reads(sp.KroneckerDelta)
def delta(reader, e, env, values):
    """1 where the two indices agree, else 0; two indices of one range are the identity matrix."""
    i, j = e.args[:2]
    ranges = {b[0]: b[1:] for b in env}
    if i in ranges and ranges[i] == ranges.get(j):
        return Open(build.eye((ranges[i][1],)), (i, j))
    return combine(sp.Eq, values[:2], env)


# -- entries at indices ----------------------------------------------------------------------------

def _entry_parts(reader, e, env):
    """The array, then those indices that are no whole multiples of bound indices: they are looked up."""
    array, indices = _array_and_indices(e)
    looked_up = [k for k in indices if isinstance(affine(k, env), str)]
    return [array] + [reader.at(k, env) for k in looked_up]


def _array_and_indices(e):
    return e.args[0], e.args[1] if isinstance(e, ArrayElement) else e.args[1:]


@reads(sp.Indexed, MatrixElement, ArrayElement, parts=_entry_parts)
def entry(reader, e, env, values):
    """The entries of an array at indices: slices where an index runs evenly, looked up where two of them mix."""
    indices = _array_and_indices(e)[1]
    node, looked_up = values[0], iter(values[1:])
    if len(indices) != len(node.sizes):
        raise UnknownForm(f"{len(indices)} indices are given to an array of {len(node.sizes)} axes.",
                          do="give one index for each axis.")
    cuts, labels, lookups = [], [], []
    for axis, (index, length) in enumerate(zip(indices, node.sizes)):
        form = affine(index, env)
        if isinstance(form, str):
            lookups.append((axis, opened(next(looked_up))))
            cuts.append((0, 1, length))
            labels.append(None)
            continue
        terms, rest = form
        check_range(index, terms, rest, length)
        if len(terms) > 1:
            lookups.append((axis, _positions(terms, rest)))
            cuts.append((0, 1, length))
            labels.append(None)
        elif terms:
            (symbol, low, count), step = terms[0]
            cuts.append((canonical_or_int(step*low + rest), step, count))
            labels.append(symbol)
        else:
            cuts.append((canonical_or_int(rest), 1, 1))
            labels.append(_DROPPED)
    node = pieces.cut(node, cuts)
    node = build.squeeze(node, [axis for axis, c in enumerate(labels) if c is _DROPPED]) if _DROPPED in labels else node
    return closed(_look_up(node, [c for c in labels if c is not _DROPPED], [v for _, v in lookups]))


_DROPPED = object()


def _look_up(node, labels, positions):
    """Take along each axis labelled None, one after the other; the axes of the positions stand in its place."""
    for value in positions:
        axis = labels.index(None)
        node = pieces.take(node, value.node, axis)
        labels[axis:axis + 1] = value.labels
    return Open(node, tuple(labels))


def _positions(terms, rest):
    """The sum of several indices, times their steps, as an array over all of them."""
    symbols = tuple([binding[0] for binding, _ in terms])
    total = size_or_number(canonical_or_int(rest + sum(step*low for (_, low, _), step in terms)))
    for k, ((_, _, length), step) in enumerate(terms):
        axis = pieces.reshape(iota(length), tuple([length if j == k else 1 for j in range(len(terms))]))
        axis = axis if step == 1 else build.elementwise("mul", constant(step), axis)
        total = build.elementwise("add", total, axis)
    return Open(total, symbols)


def affine(index, env):
    """An index as ([(binding, step)], rest): whole multiples of bound indices plus an expression in sizes.

    The text "other" where it is something else, which is looked up entry by entry.
    """
    if index.is_Integer:
        return [], int(index)
    bindings = [b for b in env if b[0] in index.free_symbols]
    if not bindings and index.is_integer and not index.has(sp.Indexed, sp.Function):
        return [], index
    expanded, terms = sp.expand(index), []
    for binding in bindings:
        step = expanded.coeff(binding[0], 1)
        if not step.is_Integer or step == 0:
            return "other"
        terms.append((binding, int(step)))
        expanded = expanded - step*binding[0]
    expanded = sp.expand(expanded)
    if any(b[0] in expanded.free_symbols for b in bindings) or not expanded.is_integer \
            or expanded.has(sp.Indexed, sp.Function):
        return "other"
    return terms, canonical_or_int(expanded)


def canonical_or_int(value):
    """A whole number, negative ones too, or an expanded expression."""
    value = sp.expand(value)
    return int(value) if value.is_Integer else value


def check_range(index, terms, rest, length):
    """Refuse an index that leaves 0 … length - 1 somewhere in its range."""
    low = high = rest
    for (_, first, count), step in terms:
        ends = (step*first, step*(first + count - 1))
        low, high = low + ends[step < 0], high + ends[step > 0]
    if _must_be_negative(sp.expand(low)) or _may_exceed(sp.expand(length - 1 - high)):
        here = f"{low} to {high}" if terms else f"{rest}"
        raise SizeMismatch(f"the index {index} is {here}, but the axis has length {length}.",
                           do="indices start at 0 and bounds of a Sum are inclusive: (i, 0, n - 1).")


def _must_be_negative(value):
    return value.is_negative is True


def _may_exceed(room):
    """Is there no room for the index: room < 0, or one that shrinks as some size grows?"""
    constant_part, others = room.as_coeff_Add()
    coefficients = others.as_coefficients_dict()
    if any(c < 0 for term, c in coefficients.items() if term != 0):
        return True
    return others == 0 and constant_part < 0


# -- bases -----------------------------------------------------------------------------------------

@reads(sp.IndexedBase, parts=lambda reader, e, env: ())
def base(reader, e, env, values):
    """An input; its sizes are given, or the one that all its uses agree on."""
    shape = e.shape
    if shape is not None:
        return reader.inputs.node(e, name_of(e), lengths(shape))
    if reader.bases is None:
        reader.bases = infer_bases(reader)
    return reader.inputs.node(e, name_of(e), _agreed(e, reader.bases.get(e, [])))


def _agreed(e, uses):
    remedy = f'give its shape: IndexedBase("{name_of(e)}", shape=(...)).'
    if len({len(use) for use in uses}) != 1:
        raise UnknownForm(f"the indexed base {e} has no shape.", do=remedy)
    sizes = []
    for axis in range(len(uses[0])):
        ends = [use[axis] for use in uses]
        ranged = {end for end, is_range in ends if is_range}
        if None in ranged or not ranged:
            raise UnknownForm(f"the indexed base {e} has no shape, and its uses do not tell how long axis {axis} is.",
                              do=remedy)
        longest = next((n for n in ranged if all(not _may_exceed(sp.expand(n - other)) for other in ranged)), None)
        if longest is None:
            raise UnknownForm(f"the indexed base {e} has no shape, and its uses give axis {axis} the lengths "
                              f"{' and '.join(sorted(map(str, ranged)))}.", do=remedy)
        sizes.append(longest)
    return tuple(sizes)


def infer_bases(reader):
    """{IndexedBase without shape: for each use, for each axis, (last index + 1, does a range reach it)}."""
    uses, seen, keep = {}, set(), []
    stack = [(root, ()) for root in reader.roots if isinstance(root, sp.Basic)]
    while stack:
        e, env = stack.pop()
        if env:
            held = reader.symbols(e)
            env = tuple([b for b in env if b[0] in held])
        if (id(e), env) in seen:
            continue
        seen.add((id(e), env))
        keep.append(e)
        if isinstance(e, (sp.Sum, sp.Product)):
            stack.append((e.function, bind(e, env)))
        elif isinstance(e, sp.Indexed) and isinstance(e.base, sp.IndexedBase) and e.base.shape is None:
            uses.setdefault(e.base, []).append([_end(index, env) for index in e.indices])
            stack.extend((index, env) for index in e.indices)
        else:
            stack.extend((a, env) for a in e.args)
    return uses


def _end(index, env):
    form = affine(index, env)
    if isinstance(form, str):
        return None, True
    terms, rest = form
    high = rest + sum(step*(first + count - 1) if step > 0 else step*first for (_, first, count), step in terms)
    return canonical_or_int(high + 1), bool(terms)
