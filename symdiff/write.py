"""Nodes of the graph go in, expressions of the array language that say the same come out; SymPy evaluates nothing.

For a graph as it was read, read(write(node)) is the node; for a rewritten one the values are equal.
"""
import string

import numpy as np
import sympy as sp

from .graph import Node, order
from .language import Array, Constant, Node as Word, sizes_of
from .language.core import make
from .language.loop import Body
from .primitives import algebra, build, reduction
from .primitives.contraction import CONTRACT, is_movement
from .primitives.leaf import CONSTANT, NEGATIVE_ZERO, constant, size
from .primitives.record import Elementwise
from .primitives.scan import part_of
from .read.words import matmul as product, trace_of
from .lengths import product as entries


def write(nodes, names=None):
    """The expression of a node, or the tuple of those of several.

    names   {node: symbol that stands for it}; inputs that are not among them become arrays of their own names
    """
    outputs = (nodes,) if isinstance(nodes, Node) else tuple(nodes)
    written = _Written(names or {})
    for node in order(outputs):
        written[node] = _first(written.name(node), lambda: _write(node, written))
    expressions = tuple([written[node] for node in outputs])
    return expressions[0] if isinstance(nodes, Node) else expressions


class _Written(dict):
    """{node: its expression}."""

    def __init__(self, names):
        self._names = names

    def name(self, node):
        """The symbol that stands for a node, if any."""
        symbol = self._names.get(node)
        if isinstance(symbol, str):
            return Array(symbol, *node.sizes)
        plain = isinstance(symbol, sp.Expr) and symbol.is_commutative and not getattr(symbol, "is_Matrix", False)
        return symbol if plain and tuple(sizes_of(symbol)) == node.sizes else None


def _first(found, otherwise):
    """What was found, else what `otherwise()` gives (an array has no truth value)."""
    return otherwise() if found is None else found


def _write(node, written):
    if isinstance(node.op, Elementwise):
        return _elementwise(node, written)
    if node.op is CONTRACT:
        return _contraction(node, written)
    return RULES[node.op.name](node, written, [written[i] for i in node.inputs])


# -- leaves ----------------------------------------------------------------------------------------

def _constant(node, written, args):
    value = _number(node.attributes[0])
    return make("broadcast_to", (value,), (node.sizes,)) if node.sizes else value


def _number(value):
    if value is NEGATIVE_ZERO or value == NEGATIVE_ZERO:
        return Constant(np.array(-0.0))
    return Constant(np.array(float(value))) if value is sp.nan or value.is_infinite else value


# -- entry by entry --------------------------------------------------------------------------------

def _elementwise(node, written):
    """The operation on operands that NumPy's broadcasting stretches, where it does."""
    args = _operands(node, written)
    special = ELEMENTWISE.get(node.op.name)
    if special is None:
        return make(node.op.sympy, args)
    return special(node, args)


def _operands(node, written):
    """The operands, repetition left out where broadcasting makes it again."""
    if not node.sizes:
        return [written[i] for i in node.inputs]
    bare = [_before_repetition(i, written) for i in node.inputs]
    keep = next((k for k, i in enumerate(node.inputs) if sizes_of(bare[k]) == node.sizes), None)
    if keep is None and build.common_sizes([sizes_of(b) for b in bare]) != node.sizes:
        keep = 0
        bare[keep] = written[node.inputs[keep]]
    return bare


def _before_repetition(node, written):
    """The expression that broadcasting stretches to the node's; else the node's own."""
    if written.name(node) is None:
        if node.op is CONSTANT:
            return _number(node.attributes[0])
        full = written[node]
        if is_movement(node) and isinstance(full, Word) and full.op == "broadcast_to" and node.inputs:
            inner = _moved(node, written, repeat=False)
            lead = len(node.sizes) - len(sizes_of(inner))
            if all(a in (1, b) for a, b in zip(sizes_of(inner), node.sizes[lead:])):
                return inner
    return written[node]


def _minus(x):
    return -x if x.is_Number and not x.is_zero else make(sp.Mul, (sp.S.NegativeOne, x))


def _over(x):
    return make(sp.Pow, (x, sp.S.NegativeOne))


def _quotient(node, args):
    over, under = node.inputs
    if over.op is CONSTANT and over.attributes[0] == 1 and sizes_of(args[1]) == node.sizes:
        return _over(args[1])
    mean = _mean(node, over, under, args[0])
    return make(sp.Mul, (args[0], _over(args[1]))) if mean is None else mean


def _mean(node, over, under, total):
    """The mean, where the node is a sum over the number of its terms."""
    if not (isinstance(total, Word) and total.op == "sum"):
        return None
    x, (axes, keep) = total.args[0], total.attributes
    if build.elementwise("div", over, size(entries([sizes_of(x)[k] for k in axes]))) is not node:
        return None
    return make("mean", (x,), (axes, keep))


def _select(node, args):
    condition, a, b = args
    triangle = _triangle(node, args)
    if triangle is not None:
        return triangle
    otherwise = node.inputs[2]
    if otherwise.op is CONSTANT and otherwise.attributes[0] is sp.nan:
        return make(sp.Piecewise, (a, condition))
    return make(sp.Piecewise, (a, condition, b, sp.true))


def _triangle(node, args):
    """tril or triu, where the node keeps what is below or above a diagonal; None elsewhere."""
    keep, x, zero = node.inputs
    if keep.op.name not in ("le", "ge") or zero.op is not CONSTANT or zero.attributes[0] != 0 or len(node.sizes) < 2:
        return None
    diagonal = keep.inputs[1]
    offset = diagonal.inputs[1].attributes[0] if diagonal.op.name == "add" and diagonal.inputs[1].op is CONSTANT else 0
    lower = keep.op.name == "le"
    if offset not in range(-10**6, 10**6) or build.triangle(x, int(offset), lower) is not node:
        return None
    return make("tril" if lower else "triu", (args[1],), (int(offset),)) if sizes_of(args[1]) == node.sizes else None


ELEMENTWISE = {
    "add": lambda node, args: make(sp.Add, args),
    "sub": lambda node, args: make(sp.Add, (args[0], _minus(args[1]))),
    "mul": lambda node, args: make(sp.Mul, args),
    "div": _quotient,
    "neg": lambda node, args: make(sp.Mul, (sp.S.NegativeOne, args[0])),
    "pow": lambda node, args: make(sp.Pow, args),
    "sqrt": lambda node, args: make(sp.Pow, (args[0], sp.S.Half)),
    "maximum": lambda node, args: make(sp.Max, args),
    "minimum": lambda node, args: make(sp.Min, args),
    "maximum_const": lambda node, args: make(sp.Max, args),
    "minimum_const": lambda node, args: make(sp.Min, args),
    "select": _select,
    "and": lambda node, args: make(sp.And, args),
    "or": lambda node, args: make(sp.Or, args),
    "not": lambda node, args: make(sp.Not, args),
    "lgamma": lambda node, args: make(sp.loggamma, args),
    "gamma": lambda node, args: make(sp.gamma, args),
    "digamma": lambda node, args: make(sp.digamma, args),
    "polygamma": lambda node, args: make(sp.polygamma, args),
}


# -- contractions ----------------------------------------------------------------------------------

def _contraction(node, written):
    if is_movement(node):
        return _movement(node, written)
    return _first(_known_product(node, written), lambda: _einsum(node, written))


def _movement(node, written):
    """Axes reordered, dropped, repeated, put on diagonals."""
    subs, out, lengths = node.attributes
    if len(set(out)) < len(out):
        return _on_diagonals(node, written)
    return _moved(node, written, repeat=True)


def _moved(node, written, repeat):
    """The operand with its diagonal taken, axes of length 1 dropped, others reordered, new ones put in and repeated."""
    (labels,), out, lengths = node.attributes
    x = written[node.inputs[0]]
    kept = tuple(dict.fromkeys(c for c in labels if c in out))
    if kept != labels and len(set(labels)) == len(labels):
        squeezed = build.squeeze(node.inputs[0], [k for k, c in enumerate(labels) if c not in out])
        known = _last_product(squeezed, written) if node.inputs[0].op.name == "slice" else _solution(squeezed, written)
        if known is not None:
            x, labels = known, kept
    if len(set(labels)) < len(labels):
        x = make("einsum", (x,), (f"{_letters(labels)}->{_letters(kept)}",))
        labels = kept
    new = [c not in kept for c in out]
    if repeat is False:                                             # broadcasting puts the leading axes in
        while new and new[0]:
            new, out = new[1:], out[1:]
    wanted = tuple([c for c in out if c in kept])
    if wanted != kept:
        x = make("transpose", (x,), (tuple([labels.index(c) for c in (*wanted,
                                                                      *[c for c in labels if c not in kept])]),))
        labels = (*wanted, *[c for c in labels if c not in kept])
    if any(new) or len(labels) > len(kept):
        x = make("index", (x,), (_key(labels, out, kept, lengths),))
    sizes = tuple([lengths[c] for c in out])
    return make("broadcast_to", (x,), (sizes,)) if repeat and sizes_of(x) != sizes else x


def _key(labels, out, kept, lengths):
    """The key that drops the labels not kept and puts new axes in where `out` has others."""
    key, rest = [], list(labels)
    for c in out:
        while rest and rest[0] not in kept:
            key.append(("i", 0))
            rest.pop(0)
        if c in kept:
            key.append(("s", 0, lengths[rest.pop(0)], 1))
        else:
            key.append(("n",))
    return tuple(key + [("i", 0)]*len(rest))


def _on_diagonals(node, written):
    """Entries placed on diagonals: diag, eye, or a product with identity matrices."""
    subs, out, lengths = node.attributes
    if out == (0, 0):
        if not subs:
            return make("eye", (), (lengths[0],))
        if subs[0] == (0,):
            return make("diag", (written[node.inputs[0]],))
    operands, labels, fresh, seen = [written[i] for i in node.inputs], [list(s) for s in subs], len(lengths), {}
    result = []
    for c in out:
        if c in seen:
            operands.append(make("eye", (), (lengths[c],)))
            labels.append([c, fresh])
            result.append(fresh)
            fresh += 1
        else:
            seen[c] = True
            result.append(c)
    return _einsum_of(operands, labels, result, {**dict(enumerate(lengths))})


def _einsum(node, written):
    subs, out, lengths = node.attributes
    return _einsum_of([written[i] for i in node.inputs], list(subs), out, dict(enumerate(lengths)))


def _einsum_of(operands, labels, out, lengths):
    """einsum with a vector of ones for each label of the result that no operand has."""
    carried = {c for one in labels for c in one}
    for c in out:
        if c not in carried:
            operands.append(make("broadcast_to", (sp.S.One,), ((lengths[c],),)))
            labels.append((c,))
    pairs = [(x, c) for x, c in zip(operands, labels) if len(c)]
    spec = ",".join(_letters(c) for _, c in pairs) + "->" + _letters(out)
    written = make("einsum", tuple([x for x, _ in pairs]), (spec,))
    for x, c in zip(operands, labels):
        if not len(c):
            written = make(sp.Mul, (x, written))
    return written


def _letters(labels):
    return "".join(string.ascii_letters[c] for c in labels)


def _known_product(node, written):
    """The sum, trace or product of matrices that the node is, by name; None when it is none of them."""
    subs, out, lengths = node.attributes
    if len(subs) == 1 and len(set(subs[0])) == len(subs[0]):
        kept = tuple([c for c in subs[0] if c in out])
        if kept == out:
            axes = tuple([k for k, c in enumerate(subs[0]) if c not in out])
            return make("sum", (written[node.inputs[0]],), (axes, 0))
    x = node.inputs[0].sizes
    if len(subs) == 1 and len(x) >= 2 and x[-2] == x[-1] and trace_of(node.inputs[0]) is node:
        return make("trace", (written[node.inputs[0]],))
    if len(subs) == 2:
        if subs == ((0,), (1,)) and out == (0, 1):
            return make("outer", (written[node.inputs[0]], written[node.inputs[1]]))
        return _matrix_product(node, written)
    return None


def _matrix_product(node, written):
    """a @ b, either way round, each perhaps transposed, when that is the node."""
    for a, b in (node.inputs, node.inputs[::-1]):
        for flip_a, flip_b in ((0, 0), (1, 0), (0, 1), (1, 1)):
            left, right = _flipped(a, flip_a), _flipped(b, flip_b)
            if left is None or right is None or not _fits(left, right):
                continue
            if product([left, right], (), None) is node:
                return make("matmul", tuple([make("transpose", (written[x],), ((1, 0),)) if flip else written[x]
                                             for x, flip in ((a, flip_a), (b, flip_b))]))
    return None


def _flipped(node, flip):
    if not flip:
        return node
    return build.transpose(node) if len(node.sizes) == 2 else None


def _fits(a, b):
    """Do the sizes fit in a @ b, without stretching?"""
    if not a.sizes or not b.sizes or a.sizes[-1] != b.sizes[-2 if len(b.sizes) > 1 else 0]:
        return False
    short, long = sorted((a.sizes[:-2], b.sizes[:-2]), key=len)
    return long[len(long) - len(short):] == short


def _solution(node, written):
    """solve with one vector on the right, where the node is the column of such a solution."""
    x, = node.inputs or (None,)
    if x is None or x.op.name not in ("solve", "triangular_solve") or x.sizes[-1] != 1:
        return None
    a, b = x.inputs
    vector = build.squeeze(b, (len(b.sizes) - 1,))
    if len(vector.sizes) != 1 or vector not in written:
        return None
    if x.op.name == "solve" and x.attributes == (0,) and algebra.solve(a, vector) is node:
        return make("solve", (written[a], written[vector]))
    if x.op.name == "triangular_solve" and algebra.triangular_solve(a, vector, *x.attributes) is node:
        return make("triangular_solve", (written[a], written[vector]), x.attributes)
    return None


# -- blocks ----------------------------------------------------------------------------------------

def _slice(node, written, args):
    """x[start:stop:step], where that slice has the node's sizes; else the block's own word."""
    x, triples = args[0], node.attributes
    if part_of(node) is not None:
        return make("slice", (x,), triples)
    front = len(node.sizes) - len(triples)
    key = [("s", 0, n, 1) for n in node.sizes[:front]]
    for n, (start, step, length) in zip(sizes_of(x)[front:], triples):
        stop = sp.expand(start + step*length)
        stop = int(stop) if stop.is_Integer else stop
        if step < 0 and type(stop) is int and stop < 0:
            stop = None
        elif type(stop) is not int and step > 0 and type(start) is int and start > 0 and length == sp.Max(0, n - start):
            stop = n
        key.append(("s", start, stop, step))
    products = _running_products(node, written)
    if products is not None:
        return products
    plain = all(type(v) is int or not v.is_negative for item in key for v in item[1:] if v is not None)
    if plain and _positive(key):
        sliced = make("index", (x,), (tuple(key),))
        if sliced.sizes == node.sizes:
            return sliced
    return make("slice", (x,), triples)


def _positive(key):
    return all(type(start) is not int or start >= 0 for _, start, _, _ in key)


def _running_products(node, written):
    """cumprod, where the node is the running products after the leading one."""
    inner = node.inputs[0]
    if inner.op.name != "recurrence" or inner.inputs[0].op.name != "pad":
        return None
    x = inner.inputs[0].inputs[0]
    if x in written and len(x.sizes) == len(node.sizes) and reduction.cumprod(x, -1) is node:
        return make("cumprod", (written[x],), (len(x.sizes) - 1,))
    return None


def _last_product(node, written):
    """prod along the last axis, where the node is the last of the running products."""
    inner = node.inputs[0]
    x = inner
    for name in ("slice", "recurrence", "pad"):
        if x.op.name != name:
            return None
        x = x.inputs[0]
    if x in written and len(x.sizes) == len(node.sizes) + 1 and reduction.prod(x, (-1,)) is node:
        return make("prod", (written[x],), ((len(x.sizes) - 1,), 0))
    return None


def _concatenate(node, written, args):
    axis = len(node.sizes) + node.attributes[0]
    inner = [_without(i, axis, written) for i in node.inputs]
    if all(x is not None for x in inner):
        return make("stack", tuple(inner), (axis,))
    return make("concatenate", tuple(args), (axis,))


def _without(node, axis, written):
    """The expression of the operand that a new axis of length 1 was put into; None when there is none."""
    if node.sizes[axis] != 1:
        return None
    if node.op is CONSTANT:
        inner = constant(node.attributes[0], node.sizes[:axis] + node.sizes[axis + 1:])
        return _constant(inner, written, ())
    inner = build.squeeze(node, (axis,))
    return written[inner] if inner in written and build.expand(inner, (axis,)) is node else None


def _reduction(word):
    """A reduction of the last axes; of any axes, where the operand is only a transposed array."""
    def rule(node, written, args):
        x, count = node.inputs[0], node.attributes[0]
        rank = len(x.sizes)
        if is_movement(x) and x.inputs and len(x.inputs[0].sizes) == rank and x.inputs[0] in written \
                and sorted(x.attributes[1]) == sorted(x.attributes[0][0]) == list(range(rank)):
            places = tuple(sorted([x.attributes[0][0].index(c) for c in x.attributes[1][rank - count:]]))
            if reduction.reduce_axes(node.op, x.inputs[0], places) is node:
                return make(word, (written[x.inputs[0]],), (places, 0))
        return make(word, args, (tuple(range(rank - count, rank)), 0))
    return rule


def _softmax(word):
    """softmax along the last axis; over several axes it is taken over them as one."""
    def rule(node, written, args):
        rank, count = len(node.sizes), node.attributes[0]
        if count == 1:
            return make(word, args, (rank - 1,))
        flat = node.sizes[:rank - count] + (entries(node.sizes[rank - count:]),)
        return make("reshape", (make(word, (make("reshape", args, (flat,)),), (rank - count,)),), (node.sizes,))
    return rule


def _cumsum(node, written, args):
    last = len(node.sizes) - 1
    if not node.attributes[0]:
        return make("cumsum", args, (last,))
    return _reversed(make("cumsum", (_reversed(args[0]),), (last,)))


def _reversed(x):
    *front, n = sizes_of(x)
    return make("index", (x,), ((*[("s", 0, m, 1) for m in front], ("s", _less_one(n), None, -1)),))


def _less_one(n):
    return n - 1 if type(n) is int else sp.expand(n - 1)


def _solve(node, written, args):
    a, b = args
    return make("solve", (_swapped(a) if node.attributes[0] else a, b))


def _swapped(a):
    rank = len(sizes_of(a))
    return make("transpose", (a,), ((*range(rank - 2), rank - 1, rank - 2),))


def _same_word(word):
    return lambda node, written, args: make(word, args, node.attributes)


def _scan(node, written, args):
    """The loop, its step written in parameters of the language."""
    body, length, reverse = node.attributes
    groups = [tuple([Array(p.attributes[0], *p.sizes) for p in group]) for group in (body.carry, body.xs, body.free)]
    names = dict(zip(body.parameters, [symbol for group in groups for symbol in group]))
    return make("scan", args, (Body(*groups, write(body.outputs, names)), length, reverse))


RULES = {
    "scan": _scan,
    "input": lambda node, written, args: Array(node.attributes[0], *node.sizes),
    "constant": _constant,
    "data": lambda node, written, args: Constant(node.attributes[0]),
    "size": lambda node, written, args: node.attributes[0],
    "iota": lambda node, written, args: make("iota", (), node.attributes),
    "reshape": lambda node, written, args: make("reshape", args, (node.sizes,)),
    "slice": _slice,
    "concatenate": _concatenate,
    "take": lambda node, written, args: make("take", args, (len(node.inputs[0].sizes) + node.attributes[0],)),
    "max_reduce": _reduction("max"),
    "min_reduce": _reduction("min"),
    "logsumexp": _reduction("logsumexp"),
    "norm": _reduction("norm"),
    "softmax": _softmax("softmax"),
    "log_softmax": _softmax("log_softmax"),
    "cumsum": _cumsum,
    "solve": _solve,
    **{word: _same_word(word) for word in ("pad", "scatter_add", "recurrence", "cofactor", "triangular_solve", "inv",
                                           "det",
                                           "sign_det", "log_abs_det", "logdet", "cholesky")},
}
