"""Terms of nodes go in; expressions as a textbook has them come out: XᵀX, sums over rows, λI."""
import sympy as sp

from .. import language as words
from ..language import ArrayExpr, make, sizes_of
from ..lengths import canonical, is_size, product
from ..primitives.build import squeeze
from ..primitives.contraction import CONTRACT, is_movement
from ..primitives.leaf import SIZE, is_constant
from ..write import write
from .terms import content


class Forms:
    """Writes nodes with the user's symbols."""

    def __init__(self, symbols):
        self.symbols = symbols

    def __call__(self, node):
        """The expression of a node, products of two matrices as such."""
        if node.op is CONTRACT and not node.inputs and node.attributes[1] == (0, 0):
            return words.eye(node.sizes[0])
        if is_movement(node) and node.inputs and node.inputs[0].op is CONTRACT and _swaps(node):
            return flipped(self(node.inputs[0]))
        product = self._product(node) if node.op is CONTRACT and len(node.inputs) == 2 else None
        return write(node, self.symbols) if product is None else product

    def _product(self, node):
        """Aᵀ B with one label summed, the operand of the first axis on the left; None for other products."""
        subs, out, lengths = node.attributes
        boxes = [(i, labels) for i, labels in zip(node.inputs, subs)]
        summed = {c for labels in subs for c in labels} - set(out)
        narrow = {c for c in summed if lengths[c] == 1}
        rows = summed - narrow
        if len(rows) != 1 or any(len(set(labels)) < len(labels) for labels in subs) or len(set(out)) < len(out):
            return None
        row, = rows
        if any(row not in labels for _, labels in boxes):
            return None
        parts = [self._rows_first(i, labels, row, narrow) for i, labels in boxes]
        if None in parts or sum(len(rest) for _, rest in parts) != len(out) or len(out) > 2:
            return None
        (a, left), (b, right) = parts if parts[0][1] == out[:1] else parts[::-1]
        if left + right != out:
            return None
        return _transposed_product(a, b)

    def _rows_first(self, node, labels, row, narrow):
        """(the operand with the summed axis first, its other labels), axes of length 1 dropped; None for more axes."""
        kept = tuple([c for c in labels if c not in narrow])
        if len(kept) > 2 or len(kept) < len(labels) and node.op.name != "solve":
            return None
        if len(kept) < len(labels):
            a, b = node.inputs
            if len(node.sizes) != 2 or node.sizes[1] != 1:
                return None
            matrix = flipped(self(a)) if node.attributes[0] else self(a)
            return words.solve(matrix, self._vector(b)), tuple([c for c in kept if c != row])
        expr = self(node)
        return (expr if kept[0] == row else flipped(expr)), tuple([c for c in kept if c != row])

    def _vector(self, column):
        return self(squeeze(column, (1,)))

    def sum(self, parts, sizes=()):
        """The expression of a sum of terms: positive ones first, a common divisor below all."""
        below = content(parts)[0].denominator if len(parts) > 1 else 1
        total = self._added([(c*below, scalars, core) for c, scalars, core in parts])
        if total is None:
            return make("broadcast_to", (sp.S.Zero,), (tuple(sizes),)) if sizes else sp.S.Zero
        return total if below == 1 else total/sp.Integer(below)

    def _added(self, parts):
        total = None
        for c, scalars, core in sorted(parts, key=lambda term: term[0] < 0):
            term = self.term(abs(c), scalars, core)
            if total is None:
                total = -term if c < 0 else term
            else:
                total = total - term if c < 0 else total + term
        return total

    def with_rest(self, expr, parts, sizes=()):
        """The expression and the terms besides, added."""
        if expr is None:
            return self.sum(parts, sizes)
        return expr + self.sum(parts) if parts else expr

    def term(self, c, scalars, core):
        """c·Π scalars·core."""
        one = is_constant(core, 1) and not core.sizes
        return self.scaled(c, scalars, sp.S.One if one else self(core))

    def scaled(self, c, scalars, expr):
        """c·Π scalars·(the expression)."""
        named = {write(s, self.symbols): p for s, p in sorted(scalars.items(), key=lambda pair: pair[0].op is not SIZE)}
        factor = sp.Integer(abs(c.numerator))
        for s, p in named.items():
            factor = _by(factor, s**p if p > 1 else s) if p > 0 else factor
        expr = _by(factor, expr)
        for s, p in named.items():
            expr = expr/s**-p if p < -1 else expr/s if p == -1 else expr
        expr = expr/sp.Integer(c.denominator) if c.denominator != 1 else expr
        return -expr if c < 0 else expr


def _by(a, b):
    """A product without ones."""
    return a if b is sp.S.One else b if a is sp.S.One else a*b


def _swaps(node):
    """Is this the transpose of a matrix?"""
    (labels,), out, _ = node.attributes
    return len(out) == 2 and labels == out[::-1]


def flipped(expr):
    """The transpose; of a transpose what it is of, of a product that of both."""
    op, rank = getattr(expr, "op", None), len(sizes_of(expr))
    if op == "transpose" and rank == 2:
        return expr.args[0]
    if op == "matmul" and rank == 2 and all(len(sizes_of(a)) == 2 for a in expr.args):
        return words.matmul(flipped(expr.args[1]), flipped(expr.args[0]))
    return words.transpose(expr)


def is_nought(expr):
    """Is this 0, or an array of zeros?"""
    return expr == 0 or getattr(expr, "op", None) == "broadcast_to" and expr.args[0] == 0


def quotient(value, count):
    """value/count; a sum over the number of its terms is a mean."""
    if count == 1:
        return value
    if getattr(value, "op", None) == "sum" and not isinstance(count, ArrayExpr) and is_size(count):
        axes, _ = value.attributes
        if product([sizes_of(value.args[0])[k] for k in axes]) == canonical(count):
            return make("mean", value.args, value.attributes)
    return value/count


def _transposed_product(a, b):
    """aᵀ b of expressions whose first axes are summed; (S⁻¹B)ᵀ C as Bᵀ S⁻ᵀ C."""
    if getattr(a, "op", None) == "solve" and getattr(b, "op", None) != "solve":
        matrix, inner = a.args
        return _transposed_product(inner, words.solve(flipped(matrix), b))
    if len(sizes_of(a)) == 1:
        return words.matmul(a, b)
    return words.matmul(flipped(a), b)

