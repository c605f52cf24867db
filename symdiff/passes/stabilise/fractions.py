"""Scalar formulas of sums, products, quotients and whole powers go in; quotients of polynomials, and back, come out.

What is no such operation is an indeterminate, an atom.  The square of a root among them is what stands under it.  The
arithmetic is SymPy's on polynomials with rational coefficients, bounded in size.
"""
from fractions import Fraction as Ratio

from sympy import QQ, symbols
from sympy.polys.rings import ring

from ...primitives.leaf import CONSTANT
from ..algebra import build as plain
from ..numbers import rational

ATOMS, TERMS, DEGREE, DEPTH = 6, 24, 8, 12
RING, *GENERATORS = ring(symbols(f"a0:{ATOMS}"), QQ)
ROOTS = frozenset(("sqrt", "hypot", "half_circle"))


class TooLarge(Exception):
    """More atoms, terms or degrees than are looked at, or more quotients than are made in one run."""


class Fractions:
    """Formulas over one list of atoms, as pairs (above, below) of polynomials.

    opaque   nodes to take for atoms, whatever they are made of
    """

    def __init__(self, context, opaque=frozenset()):
        self.context, self.atoms, self._squares, self._known = context, [], [], {}
        self._opaque = opaque

    def of(self, node, depth=DEPTH):
        """(above, below) of a node, without common factors; TooLarge where that is more than is looked at."""
        found = self._known.get(node)
        if found is None:
            found = self._known[node] = self._of(node, depth)
        return found

    def _of(self, node, depth):
        if node.op is CONSTANT:
            value = rational(node)
            if value is not None:
                if max(value.numerator.bit_length(), value.denominator.bit_length()) > 200:
                    raise TooLarge
                return RING(QQ(value.numerator, value.denominator)), RING.one
        name = node.op.name
        if node in self._opaque:
            return GENERATORS[self._atom(node)], RING.one
        if not depth:
            raise TooLarge
        if name == "direction":                                     # a/hypot(a, b)
            a, b = node.inputs
            above, below = self.of(a, depth - 1)
            return self.lowest(above, below*GENERATORS[self._atom(self.context.build("hypot", b, a))])
        if name in ("add", "sub"):
            return self.sum([self.of(i, depth - 1) for i in node.inputs], (1, -1 if name == "sub" else 1))
        if name == "neg":
            above, below = self.of(node.inputs[0], depth - 1)
            return -above, below
        if name in ("mul", "div"):
            (p, q), (r, s) = [self.of(i, depth - 1) for i in node.inputs]
            if name == "mul":
                return self.lowest(p*r, q*s)
            if not r:
                raise TooLarge
            return self.lowest(p*s, q*r)
        if name == "pow" and (power := rational(node.inputs[1])) is not None and power.denominator == 1 \
                and 2 <= abs(power) <= 4:
            above, below = self.of(node.inputs[0], depth - 1)
            if power < 0:
                if not above:
                    raise TooLarge
                above, below = below, above
            return self.lowest(above**int(abs(power)), below**int(abs(power)))
        if name in ("exp", "expm1"):
            root, power = self._root(node.inputs[0])
            return GENERATORS[self._atom(root)]**power - (name == "expm1"), RING.one
        return GENERATORS[self._atom(node)], RING.one

    def _root(self, u):
        """(exp(v), k) with exp(u) = exp(v)**k, k from 2 to 4 where u is k times a term, else 1."""
        k, flat = 1, self.context.matcher.terms(u)
        if flat is not None and not flat[0] and len(flat[1]) == 1 and abs(flat[1][0][0]) in (2, 3, 4):
            (c, term), = flat[1]
            u, k = plain("neg", term) if c < 0 else term, int(abs(c))
        return self.context.build("exp", u), k

    def _atom(self, node):
        for k, known in enumerate(self.atoms):
            if known is node or _alike(self.context.matcher, known, node):
                return k
        if len(self.atoms) == ATOMS:
            raise TooLarge
        k = len(self.atoms)
        self.atoms.append(node)
        self._squares.append(None)
        if node.op.name in ROOTS:
            self._squares[k] = self._square(node)
        return k

    def _square(self, node):
        """The polynomial that is the square of a root; None where it is none."""
        try:
            if node.op.name == "sqrt":
                above, below = self.of(node.inputs[0])
                return above if below == 1 else None
            parts = [self.of(i) for i in node.inputs]
        except TooLarge:
            return None
        if any(below != 1 for _, below in parts):
            return None
        total = sum((above**2 for above, _ in parts), RING.zero)
        return self._reduced(RING.one - total if node.op.name == "half_circle" else total)

    def _reduced(self, poly):
        """The polynomial with no root in it squared."""
        for k, square in enumerate(self._squares):
            if square is None or poly.degree(GENERATORS[k]) < 2:
                continue
            total = RING.zero
            for powers, c in poly.terms():
                rest = RING({(*powers[:k], powers[k] % 2, *powers[k + 1:]): c})
                total += rest*square**(powers[k]//2)
            poly = total
        return poly

    def lowest(self, above, below):
        if not self.context.one_more_fraction():
            raise TooLarge
        above, below = self._reduced(above), self._reduced(below)
        if not below:
            raise TooLarge
        above, below = above.cancel(below)
        for poly in (above, below):
            if len(poly) > TERMS or any(sum(powers) > DEGREE for powers in poly):
                raise TooLarge
        return above, below

    def sum(self, parts, signs):
        """The sum of ±(above, below)."""
        return self.added(parts, signs)[:2]

    def added(self, parts, signs):
        """(above, below, does a term that stands above the common denominator cancel?)"""
        below, ones = self._above(parts, signs)
        total = sum(ones, RING.zero)
        return *self.lowest(total, below), any(powers not in total for one in ones for powers in one)

    def shrinks(self, parts, signs):
        """Does a part of a term above the common denominator cancel?"""
        _, ones = self._above(parts, signs)
        total, size = sum(ones, RING.zero), RING.zero
        for one in ones:
            size += RING({powers: abs(c) for powers, c in one.terms()})
        return any(abs(total.get(powers, 0)) < c for powers, c in size.terms())

    def _above(self, parts, signs):
        """(common denominator, what stands above it of each part)."""
        below = RING.one
        for _, q in parts:
            below = below.lcm(q)
        return below, [self._reduced(sign*p*below.exquo(q)) for sign, (p, q) in zip(signs, parts)]

    # back

    def node(self, above, below, like, under=None):
        """The node of a quotient, over the node `under` too: what stands above is multiplied and divided in turn, so
        that nothing overflows that the whole does not."""
        scale, ups = self._factors(above)
        divisor, downs = self._factors(below)
        scale /= divisor
        context, pairs = self.context, []
        for low in downs:
            shared = [up for up in ups if _support(up) & _support(low)]
            up = max(shared, key=lambda p: len(_support(p) & _support(low)), default=None)
            if up is not None:
                ups.remove(up)
            pairs.append((up, low))
        node = None
        if under is not None:
            over = self._sum(ups.pop(), like) if ups else context.number(1, like)
            node = context.build("div", over, under)
        for up in ups:
            node = self._times(node, self._sum(up, like))
        for up, low in pairs:
            if up is not None:
                node = self._times(node, context.build("div", self._sum(up, like), self._sum(low, like)))
        if node is None:
            node, scale = context.number(scale, like), Ratio(1)
        elif abs(scale) != 1:
            node, scale = context.build("mul", context.number(abs(scale), like), node), scale/abs(scale)
        for up, low in pairs:
            if up is None:
                node = context.build("div", node, self._sum(low, like))
        return context.build("neg", node) if scale < 0 else node

    def nothing(self, like):
        """0 times the sum of the atoms: the number 0, but nan where one of them is no finite number."""
        total = None
        for atom in self.atoms:
            total = atom if total is None else self.context.build("add", total, atom)
        zero = self.context.number(0, like)
        return zero if total is None else self.context.build("mul", zero, total)

    def _times(self, one, other):
        if one is other:
            return self.context.build("pow", one, self.context.number(2, one))
        return other if one is None else self.context.build("mul", one, other)

    def _factors(self, poly):
        """(rational factor, the other factors, each as often as it stands there); c·(exp(k·u) ± 1) is one."""
        if len(poly) == 2 and RING.zero_monom in poly and all(self.atoms[k].op.name == "exp" for k in _support(poly)):
            c = poly.LC
            return Ratio(int(c.numerator), int(c.denominator)), [poly.quo_ground(c)]
        c, factors = poly.factor_list()
        return Ratio(int(c.numerator), int(c.denominator)), [f for f, k in factors for _ in range(k)]

    def is_product(self, poly):
        """Has it terms of both signs, and two factors or more that are sums?"""
        return bool(poly) and min(poly.values()) < 0 < max(poly.values()) and sum(len(f) > 1 for f in self._factors(poly)[1]) > 1

    def _sum(self, poly, like):
        """The node of a polynomial, term by term."""
        context, node = self.context, None
        for powers, c in poly.terms():
            factors = [self._power(self.atoms[k], p, like) for k, p in enumerate(powers) if p]
            c = Ratio(int(c.numerator), int(c.denominator))
            one = context.product(abs(c), factors, like)
            if node is None:
                node = plain("neg", one) if c < 0 else one
            else:
                node = context.build("sub" if c < 0 else "add", node, one)
        return context.number(0, like) if node is None else node

    def _power(self, atom, power, like):
        """(base, power) of an atom to a power: exp(u)**k is exp(k·u)."""
        if atom.op.name != "exp" or power == 1:
            return atom, power
        build = self.context.build
        return build("exp", build("mul", self.context.number(power, like), atom.inputs[0])), 1


def _alike(matcher, a, b):
    """Are these the same function of what is the same when sums are written out?"""
    return a.op is b.op and a.attributes == b.attributes and len(a.inputs) == len(b.inputs) > 0 \
        and any(all(matcher.same(p, q) for p, q in zip(a.inputs, given))
                for given in ((b.inputs, b.inputs[::-1]) if a.op.name == "hypot" else (b.inputs,)))


def _support(poly):
    return {k for powers in poly for k, p in enumerate(powers) if p}


def opposite(one, other):
    """The largest part M of one with one - M and other + M: its terms stand in both, with opposite signs."""
    terms = {}
    for powers, c in one.terms():
        d = other.get(powers, 0)
        if c*d < 0:
            terms[powers] = (1 if c > 0 else -1)*min(abs(c), abs(d))
    return RING(terms) if terms else RING.zero
