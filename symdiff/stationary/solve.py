"""Equations in blocks go in; the unknowns come out as expressions: the intercept eliminated first, then blocks."""
from .. import language as words
from ..language import sizes_of
from ..lengths import product
from .forms import flipped, is_nought, quotient
from .sums import without_intercept
from .terms import content, divided


class System:
    """The equations of a Layout as expressions.

    equations   ((left, right), …): one for each unknown, as they are printed
    """

    def __init__(self, layout, forms, symbols):
        self.layout, self.forms, self.symbols = layout, forms, symbols
        self.unknowns = list(layout.own)
        self.flat = layout.kind == "flat"
        self.own = {w: (product(w.sizes),) if self.flat else own for w, own in layout.own.items()}
        self.matrix, self.right = {}, {}
        for w in self.unknowns:
            self._row(w)
        self.equations = tuple([self._equation(w) for w in self.unknowns])

    def _row(self, w):
        """One row's expressions, divided by what its terms have in common."""
        layout, parts = self.layout, self.layout.right[w]
        common = _common([t for j in self.unknowns for t in layout.matrix[w, j]], parts)
        for j in self.unknowns:
            terms = divided(layout.matrix[w, j], *common)
            self.matrix[w, j] = self._shaped(self.forms.sum(terms), self.own[w] + self.own[j]) if terms else None
        columns = () if layout.columns is None else (layout.columns,)
        sizes = w.sizes if layout.kind in ("plain", "flat", "rows") else layout.own[w] + columns
        right = self.forms.sum(divided(parts, *common), sizes)
        if layout.kind == "rows":
            right = flipped(right)
        self.right[w] = self._shaped(right, self.own[w] + columns)

    def _shaped(self, expr, sizes):
        return words.reshape(expr, tuple(sizes)) if self.flat and sizes_of(expr) != tuple(sizes) else expr

    def _equation(self, w):
        left = None
        for j in self.unknowns:
            if self.matrix[w, j] is not None:
                symbol = self.symbols[j]
                symbol = words.reshape(symbol, self.own[j]) if self.flat else symbol
                term = words.matmul(symbol, self.matrix[w, j]) if self.layout.kind == "rows" else \
                    self._times(self.matrix[w, j], symbol, self.own[w], self.own[j])
                left = term if left is None else left + term
        left = self.forms.sum((), sizes_of(self.right[w])) if left is None else left
        return left, flipped(self.right[w]) if self.layout.kind == "rows" else self.right[w]

    def solution(self):
        """{unknown: expression}, in the order in which they are found: later ones hold those before."""
        centred = self._centred()
        if centred is None:
            found = self._solved(self.unknowns, self.matrix, self.right)
        else:
            pivot, reduced = centred
            others = [w for w in self.unknowns if w is not pivot]
            found = self._solved(others, reduced.matrix, reduced.right)
            found[pivot] = reduced.mean
            for w, (sign, slope) in reduced.slopes.items():
                term = self._times(slope, self.symbols[w], (), self.own[w]) if self.own[w] else self.symbols[w]*slope
                found[pivot] = found[pivot] - term if sign > 0 else found[pivot] + term
        return {w: self._laid_out(w, expr) for w, expr in found.items()}

    def _centred(self):
        for pivot in self.unknowns:
            reduced = without_intercept(self.layout, self.forms, pivot)
            if reduced is not None:
                return pivot, reduced
        return None

    def _laid_out(self, w, expr):
        """The expression in the unknown's own sizes."""
        if self.layout.kind == "rows":
            return flipped(expr)
        return words.reshape(expr, w.sizes) if self.flat and w.sizes != self.own[w] else expr

    # -- elimination ---------------------------------------------------------------------------------------------------

    def _solved(self, unknowns, matrix, right):
        """{unknown: expression} of Σ_j matrix_ij w_j = right_i."""
        steps, rest = [], list(unknowns)
        while len(rest) > 1:
            pivot = next((w for w in rest if not self.own[w]), rest[0])
            rest = [w for w in rest if w is not pivot]
            steps.append((pivot, matrix, right))
            matrix, right = self._less(pivot, rest, matrix, right)
        last, = rest
        found = {last: self._over(right[last], matrix[last, last], self.own[last])}
        for pivot, matrix, right in reversed(steps):
            value = right[pivot]
            for j in found:
                if matrix[pivot, j] is not None:
                    known = words.reshape(self.symbols[j], self.own[j]) if self.flat else self.symbols[j]
                    value = value - self._times(matrix[pivot, j], known, self.own[pivot], self.own[j])
            found[pivot] = self._over(value, matrix[pivot, pivot], self.own[pivot])
        return found

    def _less(self, pivot, rest, matrix, right):
        """The equations of the others without the pivot; those of two scalars without fractions."""
        made, sides, top = {}, {}, matrix[pivot, pivot]
        whole = not self.own[pivot] and all(not self.own[w] for w in rest)
        for a in rest:
            column = matrix[a, pivot]
            for b in rest:
                made[a, b] = matrix[a, b] if column is None else \
                    self._schur(matrix[a, b], column, top, matrix[pivot, b], pivot, a, b, whole)
            if column is None:
                sides[a] = right[a]
            elif whole:
                sides[a] = right[a]*top - column*right[pivot]
            else:
                inner = self._over(right[pivot], top, self.own[pivot])
                sides[a] = right[a] - self._times(column, inner, self.own[a], self.own[pivot])
        return made, sides

    def _schur(self, entry, column, top, row, pivot, a, b, whole):
        """M_ab − M_ap M_pp⁻¹ M_pb; of scalars that times M_pp."""
        if row is None:
            return entry*top if whole and entry is not None else entry
        if whole:
            product = column**2 if column is row else column*row
            return -product if entry is None else entry*top - product
        inner = self._over(row, top, self.own[pivot])
        part = words.matmul(column, inner) if self.own[pivot] else self._outer(column, inner)
        return -part if entry is None else entry - part

    @staticmethod
    def _outer(a, b):
        return words.outer(a, b) if len(sizes_of(a)) == 1 and len(sizes_of(b)) == 1 else a*b

    def _times(self, block, value, rows, columns):
        """A block times an unknown, which may have columns."""
        if block == 1:
            return value
        if columns:
            return words.matmul(block, value)
        return self._outer(block, value) if rows else block*value

    @staticmethod
    def _over(value, block, own):
        if is_nought(value):
            return value
        if not own:
            return quotient(value, block)
        return words.solve(block, value)


def _common(left, right):
    """(number, {length: power}) that an equation is divided by: what its right side has in common, if that leaves whole
    numbers whole; negative where all of the left is."""
    number, scalars = content(right or left)
    whole = all(c.denominator == 1 for c, *_ in left)
    if any((c/number).denominator != 1 for c, *_ in left) and whole:
        number, scalars = content([*left, *right])
    return (-number if left and all(c < 0 for c, *_ in left) else number), scalars
