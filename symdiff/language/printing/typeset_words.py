"""The words of the language as they are set: products, sums, columns; shown parts go in, a shown one comes out."""
import sympy as sp

from ..core import Array, sizes_of
from .functions import WORDS
from .plan import ADD, ATOM, POW, SUM, Shown, between, is_tall
from .words import REDUCTIONS, key_text, loop_part

MANY = 6                                        # parts of a column


class WordsTypeset:
    """A method for each word, by its name with an underscore in front; the marks are those of Typeset."""

    def _word(self, e, parts):
        """A word of the language by its name, with its attributes below."""
        op = e.op
        name = self.function(WORDS.get(op, op.replace("_", " ")))
        below = _below(self, e)
        return self.called(self.sub(name, below) if below else name, parts, e)

    def _inv(self, e, parts):
        return Shown(self.sup(self.bracket(parts[0], POW), self.marks["-1"]), POW, tall=parts[0].tall, expr=e)

    def _log_abs_det(self, e, parts):
        det = self.called(self.function("det"), parts, e)
        inside = self.fence(det.text, "|", "|", det.tall)
        return Shown(self.row(self.function("log"), self.apply, inside), ATOM, tall=det.tall, expr=e)

    def _sign_det(self, e, parts):
        return self.called(self.function("sign"), [self.called(self.function("det"), parts, e)], e)

    def _sum(self, e, parts, sign="∑"):
        below = _below(self, e)
        sign = self.big(sign, below)
        return Shown(self.row(sign, self.bracket(parts[0], ADD)), SUM, tall=True, expr=e)

    def _prod(self, e, parts):
        return self._sum(e, parts, "∏")

    def _norm(self, e, parts):
        text, below = self.fence(parts[0].text, "‖", "‖", parts[0].tall), _below(self, e)
        return Shown(self.sub(text, below) if below else text, ATOM, tall=parts[0].tall, expr=e)

    def _index(self, e, parts):
        return self._at(e, parts[0], key_text(e, self.length, self.op("∗"), self.op(","), self.op(":")))

    def _at(self, e, x, below):
        """x with positions below."""
        simple = isinstance(x.expr, Array) and self.is_bare(x.expr.name)
        return Shown(self.sub(self.bracket(x, POW if simple else ATOM), below), ATOM, tall=x.tall, expr=e)

    def _slice(self, e, parts):
        k = loop_part(e)
        return self._word(e, parts) if k is None else self._at(e, parts[0], self.number(str(k)))

    def _reshape(self, e, parts):
        return self._word(e, parts) if loop_part(e) is None else parts[0]._replace(expr=e)

    def _take(self, e, parts):
        x, positions = parts
        axis, = e.attributes
        return self._at(e, x, self.row(*[self.row(self.op(":"), self.op(","))]*axis, positions.text))

    def _eye(self, e, parts):
        return Shown(self.sub(self.name("I"), self.length(e.sizes[0])), ATOM, expr=e)

    def _iota(self, e, parts):
        last = self.length(e.sizes[0] - 1)
        inside = between([self.number("0"), self.number("1"), self.dots, last], self.op(","))
        return Shown(self.fence(self.row(*inside), "(", ")", False), ATOM, expr=e)

    def _broadcast_to(self, e, parts):
        shape = self.row(*between([self.length(s) for s in e.sizes], self.op("×")))
        if all(size == 1 for size in sizes_of(e.args[0])):
            if e.args[0] in (sp.S.Zero, sp.S.One):
                return Shown(self.sub(self.bold(str(e.args[0])), shape), ATOM, expr=e)
            ones = Shown(self.sub(self.bold("1"), shape), ATOM)
            return self._side_by_side([parts[0], ones])._replace(expr=e)
        return self.called(self.sub(self.function("repeat"), shape), parts, e)

    def _concatenate(self, e, parts):
        axis, = e.attributes
        if len(e.sizes) > 2:
            return self._word(e, parts)
        texts = [p.text for p in _some(parts, self)]
        return Shown(self.grid([[t] for t in texts] if axis == 0 else [texts]), ATOM, tall=True, expr=e)

    def _stack(self, e, parts):
        axis, = e.attributes
        if len(e.sizes) > 2:
            return self._word(e, parts)
        parts = _some(parts, self)
        if len(e.sizes) == 2 and axis == 0:
            texts = [self.sup(self.bracket(p, POW), self.marks["T"]) for p in parts]
        else:
            texts = [p.text for p in parts]
        return Shown(self.grid([[t] for t in texts] if axis == 0 else [texts]), ATOM, tall=True, expr=e)

    def _einsum(self, e, parts):
        subs, out = e.attributes[0].split("->")
        subs = subs.split(",")
        indexed = [self._at(None, p, self.row(*map(self.name, s))).text if s else p.text for p, s in zip(parts, subs)]
        summed = [c for c in dict.fromkeys("".join(subs)) if c not in out]
        body = self.row(*between(indexed, self.times))
        if summed:
            body = self.row(self.big("∑", self.row(*map(self.name, summed))), body)
        if not out:
            return Shown(body, SUM, tall=True, expr=e)
        inside = self.fence(body, "[", "]", bool(summed) or is_tall(parts))
        return Shown(self.sub(inside, self.row(*map(self.name, out))), ATOM, tall=True, expr=e)


def _some(parts, style):
    """Of many parts the first ones and the last."""
    return parts if len(parts) <= MANY else [*parts[:MANY - 2], Shown(style.dots, ATOM), parts[-1]]


def _below(style, e):
    """What stands below a word's name: the axes it runs along, where these are not all; its other attributes."""
    op, attributes = e.op, e.attributes
    rank = len(sizes_of(e.args[0])) if e.args else 0
    if op in REDUCTIONS:
        axes = attributes[0] if len(attributes[0]) < rank else ()
    elif op in ("softmax", "log_softmax", "cumsum", "cumprod"):
        axes = (attributes[0],) if attributes[0] != rank - 1 else ()
    elif op in ("concatenate", "stack"):
        axes = attributes
    elif op in ("tril", "triu"):
        return style.length(attributes[0]) if attributes[0] else None
    elif op in ("reshape", "transpose"):
        return style.row(*between([style.length(s) for s in attributes[0]], style.op("×" if op == "reshape" else ",")))
    else:
        return None
    numbers = style.row(*between([style.number(str(a)) for a in axes], style.op(",")))
    return style.row(style.words("axis "), numbers) if axes else None
