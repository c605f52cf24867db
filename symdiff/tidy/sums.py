"""Terms go in, each a product; the shortest equal form that is looked for comes out: one product, or several.

    a·x + b·x                    is    (a + b)·x           equal factors are taken out, step by step
    A[i,j]·x[j] + A[j,i]·x[j]    is    (A + A.T) @ x
    (1 - y)·p - y·(1 - p)        is    p - y               what cancels when sums are multiplied out
"""
from fractions import Fraction
from math import gcd

from ..graph import make
from .product import Joining, Product, part, plain, single
from .quotients import with_factors_inside
from .ratio import MINUS, ONE, Ratio
from .terms import MOST_TERMS, flat

SUMS = frozenset(("add", "sub"))
HIGHEST_POWER, MOST_AXES, MOST_PARTS, MOST_TRIED, SWAP = 3, 2, 40, 8, {0: 1, 1: 0}


class Sums:
    """Sums of products, and how long each form of one is.

    writing   length(product), and added(terms): the node of a sum
    reading   reading(node): the product that a node is
    most      terms up to which sums are multiplied out
    shared    what stands elsewhere as well, and adds nothing to a length
    fixed     sums of the formula and shared ones, which keep their sign
    """

    def __init__(self, writing, reading, mirrored, most=MOST_TERMS):
        self.most = most
        self.writing, self.reading, self.mirrored = writing, reading, mirrored
        self.shared, self.fixed = set(), set()
        self._parts, self._terms, self._shortest, self._sums = {}, {}, {}, {}

    def terms(self, node):
        """The terms of a sum, of 1 - sigmoid(x) too where it is sigmoid(-x); None of another node."""
        if node not in self._terms:
            self._terms[node] = self._found(node)
        return self._terms[node]

    def _found(self, node):
        if node.op.name in SUMS:
            terms = flat(node)
            return terms and [self.reading(term).times(Ratio(sign)) for sign, term in terms]
        if node.op.name == "sigmoid" and node.inputs[0].op.name == "neg":
            other = single(make(node.op, node.inputs[0].inputs))
            return [plain(ONE, node.sizes), other.times(MINUS)]
        return None

    def share(self, node):
        """The node stands elsewhere as well."""
        self.shared.add(node)
        self.fixed.add(node)
        self._parts[node] = {}

    def keep(self, node):
        """The sum is one of the formula: it keeps its sign, and equal ones are written like it."""
        self.fixed.add(node)
        terms = self.terms(node)
        name, c = self._proportions(self._collected(terms)) if terms else (None, None)
        if name:
            self._sums.setdefault(name, (node, c))

    def shortest(self, terms):
        """The terms in their shortest form, as one product: of one factor where it stays a sum."""
        name = frozenset([(one.name(self.mirrored), one.c) for one in terms])
        if name not in self._shortest or len(terms) > len(name):
            self._shortest[name] = self._looked_for(terms)
        return self._shortest[name]

    def _looked_for(self, terms):
        forms = [self._collected(terms)]
        if len(terms) <= MOST_TERMS:
            opened = [inner for one in terms for inner in self._opened(one)]
            if len(opened) > len(terms):
                forms.append(self._collected(opened))
            multiplied = self._multiplied(opened)
            if multiplied is not None:
                forms.append(multiplied)
            cleared = [[one] for one in self._cleared(forms[0])]
            forms = [self._recognised(form) or self._factored(form) for form in forms] + cleared
        best = min(forms, key=self.length)
        if not best:
            return plain(Ratio(0), terms[0].sizes)
        return best[0] if len(best) == 1 else self.added(best) if len(best[0].out) != 2 else self._turned(best)

    def added(self, terms):
        """The sum as a number times one factor, of the axes that its terms have."""
        out, length = terms[0].out, terms[0].length
        carried = {k for one in terms for _, labels, _ in one.factors for k in labels}
        kept = tuple([k for k in out if k in carried])
        if kept == out or any(one.is_diagonal for one in terms):
            node, c = self._made(terms)
            return single(node).times(c)
        node, c = self._made([part(one.factors, kept, one.length).times(one.c) for one in terms])
        return part([(node, kept, 1)], out, length).times(c)

    def _made(self, terms):
        """(node, c): the sum is c times the node, one that stands already where there is one."""
        name, c = self._proportions(terms)
        found = self._sums.get(name) if name else None
        if found is not None and (abs(c/found[1]) == 1 or found[0] in self.fixed):
            return found[0], c/found[1]
        node = self.writing.added(terms)
        self._terms.setdefault(node, terms)
        if name:
            self._sums.setdefault(name, (node, c))
        return node, ONE

    def _recognised(self, terms):
        """The terms as a multiple of a sum that stands elsewhere; None where there is none."""
        name, c = self._proportions(terms) if len(terms) > 1 else (None, None)
        found = self._sums.get(name) if name else None
        return found and found[0] in self.fixed and [single(found[0]).times(c/found[1])]

    def _proportions(self, terms):
        """(what terms there are and in what proportion, the number of one of them); None for none or equal ones."""
        numbers = {one.name(self.mirrored): one.c for one in terms}
        if not numbers or len(numbers) < len(terms):
            return None, None
        c = numbers[min(numbers, key=repr)]
        return frozenset([(name, Fraction(number)/c) for name, number in numbers.items()]), c

    def flipped(self, node):
        """The node of b - a for a sum a - b; None where the sum is to stay, or is 1 - a: the complement of a share."""
        terms = self.terms(node) if node.op.name in SUMS and node not in self.fixed else None
        if not terms or all(one.c > 0 for one in terms) or self._is_complement(node):
            return None
        return self.writing.added([one.times(MINUS) for one in terms])

    def _turned(self, terms):
        """The sum of matrices, or the transpose of the sum of their transposes."""
        turned = [_swapped(one) for one in terms]
        if any(one.is_diagonal for one in terms) or self.length(turned) + 1 >= self.length(terms):
            return self.added(terms)
        whole = self.added(turned)
        joining = Joining(whole.c, whole.length)
        for factor in whole.factors:
            joining.factor(*factor)
        return joining.done((1, 0), self.mirrored)

    # -- lengths ------------------------------------------------------------------------------------------------------

    def length(self, terms):
        """Operations of a sum of products, those of sums among the factors counted once."""
        inside = {}
        for one in terms:
            for node, _, _ in one.factors:
                inside |= self._inside(node)
        return self._own(terms) + sum(inside.values())

    def _own(self, terms):
        """Operations of a sum besides those of the factors."""
        own = sum(self.writing.length(one) for one in terms) + max(0, len(terms) - 1)
        negative = bool(terms) and all(one.c < 0 for one in terms)
        return own + (negative and (len(terms) > 1 or self._is_negative(terms[0])))

    def _is_negative(self, one):
        """Does a minus in front of the product count?  Not where it belongs to 1 - a, as in -x*(1 - a)."""
        complement = any(self._is_complement(node) for node, _, p in one.factors if p == 1)
        return self.writing.is_negative(one) and not complement

    def _is_complement(self, node):
        """Is it a number minus something?"""
        terms = self.terms(node) if node.op.name == "sub" else None
        return bool(terms) and all(bool(one.factors) == (one.c < 0) for one in terms)

    def _inside(self, node):
        """{sums and functions that a factor is made of: their own operations}; nothing for what stands elsewhere."""
        found = self._parts.get(node)
        if found is None:
            found = {node: 1} if node.inputs else {}
            terms = self.terms(node) if node.op.name in SUMS else None
            if node in self.shared:
                found = {}
            elif terms:
                found = {node: self._own(terms)}
                for one in terms:
                    for inner, _, _ in one.factors:
                        found |= self._inside(inner)
                found = found if len(found) <= MOST_PARTS else {node: sum(found.values())}
            self._parts[node] = found
        return found

    def weight(self, node):
        """What a factor adds to a length."""
        return sum(self._inside(node).values())

    # -- collecting ---------------------------------------------------------------------------------------------------

    def _collected(self, terms):
        found = {}
        for one in terms:
            name = (one if one.out or not one.summed else self.reading.closed_form(one)).name(self.mirrored)
            found[name] = found[name].with_number(found[name].c + one.c) if name in found else one
        return [one for one in found.values() if one.c]

    def _opened(self, one):
        """The terms of a product that is a number times a sum."""
        if len(one.factors) == 1 and one.factors[0][2] == 1 and self.terms(one.factors[0][0]):
            return self.once_multiplied(one, 0)
        return [one]

    def _multiplied(self, terms):
        """The terms with all sums multiplied out, where some of them then join; else None."""
        if not len(terms) < sum(map(self._count, terms)) <= self.most:
            return None
        work, done = list(reversed(terms)), []
        while work:
            one = work.pop()
            place = next((k for k, factor in enumerate(one.factors) if self._opens(factor)), None)
            if place is None:
                done.append(one)
            else:
                work += reversed(self.once_multiplied(one, place))
            if len(work) + len(done) > self.most:
                return None
        found = self._collected(done)
        return found if len(found) < len(done) else None

    def _opens(self, factor):
        """The terms of a factor that is a sum, to a whole power; else None."""
        node, _, p = factor
        return self.terms(node) if type(p) is int and 0 < p <= HIGHEST_POWER else None

    def _count(self, one):
        """How many terms the product has when its sums are multiplied out (their own factors left as they are)."""
        total = 1
        for factor in one.factors:
            terms = self._opens(factor)
            total *= len(terms)**factor[2] if terms else 1
        return total

    def once_multiplied(self, one, place):
        """The terms that the product has when one factor, a sum, is multiplied out."""
        node, labels, p = one.factors[place]
        found = []
        for inner in self.terms(node):
            joining = Joining(one.c, one.length)
            for k, (f, own, q) in enumerate(one.factors):
                if k != place or q > 1:
                    joining.factor(f, own, q if k != place else q - 1)
            joining.put(inner, labels)
            found.append(joining.done(one.out, self.mirrored))
        return found

    # -- factoring ----------------------------------------------------------------------------------------------------

    def _factored(self, terms):
        """Common factors taken out of groups of terms while that makes the sum no longer."""
        if not 1 < len(terms) <= MOST_TERMS:
            return terms
        terms, tried = list(terms), set()
        while len(terms) > 1 and len(tried) < MOST_TRIED:
            name, members = self._largest_group(terms, tried)
            if name is None:
                break
            tried.add(name)
            together = self._taken_out(name, [terms[k] for k in members])
            if together is not None:
                changed = [together if k == members[0] else one for k, one in enumerate(terms)
                           if k == members[0] and together.c or k not in members]
                gain = self.length(terms) - self.length(changed)
                if gain > 0 or gain == 0 and None not in name[2]:
                    terms, tried = changed, set()
        return self._number_outside(terms)

    def _cleared(self, terms):
        """A factor of all terms taken out, and divisors that cancel with what is then left."""
        name, members = self._largest_group(terms, set())
        if 1 < len(terms) == len(members) <= MOST_TERMS:
            together = self._taken_out(name, terms)
            if together is not None and together.c:
                yield from with_factors_inside(self, together)

    def _largest_group(self, terms, tried):
        """(what the factor is, the terms that have it) for the factor that most terms have."""
        groups = {}
        for k, one in enumerate(terms):
            for factor in one.factors:
                if factor[1] and one.is_diagonal:
                    continue
                members = groups.setdefault(_name(factor, one), [])
                if k not in members:
                    members.append(k)
        several = [pair for pair in groups.items() if len(pair[1]) > 1 and pair[0] not in tried]
        return max(several, key=lambda pair: (len(pair[1]), self.weight(pair[0][0]), len(pair[0][2])),
                   default=(None, ()))

    def _taken_out(self, name, terms):
        """The factor of that name times the sum of what is left, as one product; None where that has too many axes."""
        node, positive, places = name
        found = [next(f for f in one.factors if _name(f, one) == name) for one in terms]
        p = (min if positive else max)(f[2] for f in found)
        rests = [[(n, s, q - p if (n, s, q) == f else q) for n, s, q in one.factors if (n, s, q) != f or q != p]
                 for one, f in zip(terms, found)]
        if any(one.is_diagonal for one in terms):
            return self._scalar_outside(node, p, terms, rests)
        carried = [{c for _, labels, _ in rest for c in labels} for rest in rests]
        outer = [c for c in terms[0].out if any(c in own for own in carried)]
        inner = [a for a, place in enumerate(places)
                 if place is None and any(f[1][a] in own for f, own in zip(found, carried))]
        if len(outer) + len(inner) > max(MOST_AXES, len(terms[0].out)):
            return None
        parts = []
        for one, rest, f in zip(terms, rests, found):
            joining = Joining(one.c, one.length)
            for factor in rest:
                joining.factor(*factor)
            parts.append(joining.done((*outer, *[f[1][a] for a in inner]), self.mirrored))
        joining = Joining(ONE, terms[0].length)
        joining.factor(node, found[0][1], p)
        joining.put(self.shortest(parts), (*outer, *[found[0][1][a] for a in inner]))
        return joining.done(terms[0].out, self.mirrored)

    def _scalar_outside(self, node, p, terms, rests):
        """The scalar times the sum of what is left, some of it on the diagonal."""
        parts = []
        for one, rest in zip(terms, rests):
            joining = Joining(one.c, one.length)
            for factor in rest:
                joining.factor(*factor)
            parts.append(joining.done(one.out, self.mirrored))
        joining, labels = Joining(), tuple(range(len(terms[0].out)))
        joining.factor(node, (), p)
        joining.put(self.shortest(parts), labels)
        return joining.done(labels, self.mirrored)

    def _number_outside(self, terms):
        """A number that all terms have, taken out, where that makes the sum no longer."""
        if len(terms) < 2:
            return terms
        size = abs(terms[0].c)
        if any(abs(one.c) != size for one in terms):
            if any(one.c.decimal for one in terms):
                return terms
            size = Ratio(Fraction(gcd(*[one.c.numerator for one in terms]), gcd(*[one.c.denominator for one in terms])))
        size = -size if all(one.c < 0 for one in terms) else size
        if size == 1:
            return terms
        outside = self.added([one.with_number(one.c/size) for one in terms]).times(size)
        return [outside] if self.length([outside]) <= self.length(terms) else terms


def _swapped(product):
    """The product that is a matrix, transposed."""
    factors = tuple([(n, tuple([SWAP.get(k, k) for k in labels]), p) for n, labels, p in product.factors])
    return Product(product.c, factors, product.out, {SWAP.get(k, k): n for k, n in product.length.items()})


def _name(factor, product):
    """What a factor is in a product: its node, whether it multiplies, and which axes of the result it has where."""
    node, labels, p = factor
    return node, p > 0, tuple([c if c in product.out else None for c in labels])
