"""Matching: a pattern and a node go in, bindings of the variables come out, up to order, signs and factors.

Sums are matched as a whole: `1 + exp(x) + c` is no `1 + exp(x)`.  A pattern in which a variable stands alone in a sum,
`1 + x`, keeps the typed grouping: the other part must be an operand of the outermost sum, so that (1 - c) + x is left
as the user rounds it.  A sum may be matched up to a common factor and a product up to further factors; both come back.
"""
from fractions import Fraction

from ...primitives.leaf import CONSTANT, constant
from ..algebra import build
from ..numbers import from_fraction, is_exact, rational
from .pattern import Call, Exact, Product, Sum, Term, Var, variables

LIMIT = 8                                               # terms or factors looked at


class Matcher:
    """Flat views of nodes, remembered, and the search for a pattern in them."""

    def __init__(self):
        self._sums, self._products, self._forms = {}, {}, {}

    # flat views

    def terms(self, node):
        """(number, [(coefficient, term)]) with node = number + Σ coefficient·term; None when there are too many."""
        found = self._sums.get(node, 0)
        if found == 0:
            found = self._sums[node] = _flat_sum(node)
        return found

    def factors(self, node):
        """(coefficient, not 0, [(base, power)]) with node = coefficient·Π base**power; None when there are too many."""
        found = self._products.get(node, 0)
        if found == 0:
            found = self._products[node] = _flat_product(node)
        return found

    def same(self, a, b):
        """Are these equal, when sums and signs are written out?"""
        return a is b or a.sizes == b.sizes and self._form(a) == self._form(b)

    def _form(self, node):
        form = self._forms.get(node)
        if form is None:
            flat = self.terms(node)
            form = node if flat is None else (flat[0], frozenset((t, c) for c, t in flat[1]))
            self._forms[node] = form
        return form

    # the search

    def match(self, pattern, node, bound):
        """Every way to bind the variables so that the pattern is the node."""
        if isinstance(pattern, Var):
            known = bound.get(pattern.name)
            if known is None:
                yield {**bound, pattern.name: node}
            elif self.same(known, node):
                yield bound
        elif isinstance(pattern, Call):
            if node.op.name == pattern.name:
                yield from self._match_all(pattern.args, node.inputs, bound)
                if node.op.commutative and pattern.args != pattern.args[::-1]:
                    yield from self._match_all(pattern.args, node.inputs[::-1], bound)
        elif isinstance(pattern, Sum):
            for scale, found in self.match_sum(pattern, node, bound):
                if scale == 1:
                    yield found
        elif _is_square(pattern) and pattern.parts[0][0].name not in bound:
            if node.op.name == "pow" and rational(node.inputs[1]) == 2:
                yield {**bound, pattern.parts[0][0].name: node.inputs[0]}
        elif pattern.coefficient == -1 and len(pattern.parts) == 1 and isinstance(pattern.parts[0][0], Var) \
                and pattern.parts[0][1] == 1:
            yield from self.match(pattern.parts[0][0], build("neg", node), bound)
        else:
            for coefficient, rest, found in self.match_product(pattern, node, bound):
                if coefficient == 1 and not rest:
                    yield found

    def _match_all(self, patterns, nodes, bound):
        if not patterns:
            yield bound
            return
        for found in self.match(patterns[0], nodes[0], bound):
            yield from self._match_all(patterns[1:], nodes[1:], found)

    def match_sum(self, pattern, node, bound):
        """(scale, bindings): the node is scale times the pattern."""
        if not pattern.parts:
            value = rational(node)
            if value == pattern.number:
                yield Fraction(1), bound
        elif any(isinstance(t, Var) for _, t in pattern.parts):
            yield from self._match_operands(pattern, node, bound)
        else:
            flat = self.terms(node)
            if flat is None or len(flat[1]) != len(pattern.parts) or (flat[0] == 0) != (pattern.number == 0):
                return
            scale = flat[0]/pattern.number if pattern.number else None
            yield from self._match_terms(pattern.parts, flat[1], scale, bound)

    def _match_terms(self, parts, terms, scale, bound):
        if not parts:
            yield scale, bound
            return
        (c, part), *others = parts
        for k, (d, term) in enumerate(terms):
            if scale is not None and d != scale*c:
                continue
            for found in self.match(part, term, bound):
                yield from self._match_terms(others, terms[:k] + terms[k + 1:], d/c if scale is None else scale, found)

    def _match_operands(self, pattern, node, bound):
        """A sum of two parts, one of them a variable, against the two operands of the outermost sum."""
        name = node.op.name
        if name not in ("add", "sub"):
            return
        parts = list(pattern.parts)
        if pattern.number:
            parts.append((pattern.number, None))
        if len(parts) != 2:
            return
        first, second = parts if not isinstance(parts[0][1], Var) else parts[::-1]
        a, b = node.inputs
        signed = ((1, a), (1 if name == "add" else -1, b))
        for (sign, operand), (other_sign, other) in (signed, signed[::-1]):
            for scale, found in self._match_scaled(first, sign, operand, bound):
                if scale not in (1, -1):
                    continue
                c, var = second
                rest = other if c*scale*other_sign > 0 else build("neg", other)
                yield from ((scale, more) for more in self.match(var, rest, found))

    def _match_scaled(self, part, sign, operand, bound):
        """(scale, bindings): sign·operand is scale times the part."""
        c, term = part
        if term is None:
            value = rational(operand)
            if value is not None and abs(value) == abs(c):
                yield sign*value/c, bound
            return
        if isinstance(term, Var):
            inner = operand if sign*c > 0 else build("neg", operand)
            yield from ((Fraction(1), found) for found in self.match(term, inner, bound))
            return
        flat = self.terms(operand)
        if flat is not None and flat[0] == 0 and len(flat[1]) == 1:
            d, inner = flat[1][0]
            for found in self.match(term, inner, bound):
                yield sign*d/c, found

    def match_product(self, pattern, node, bound):
        """(coefficient, left factors, bindings): the node is coefficient times the pattern times the left factors."""
        loose = [t for t, p in pattern.parts if isinstance(t, Var) and t.name not in bound and p == 1]
        if loose and not any(loose[0].name in variables(t) for t, _ in pattern.parts if not isinstance(t, Var)):
            yield from self._match_factor_operands(pattern, loose[0], node, bound)
            return
        flat = self.factors(node)
        if flat is not None:
            parts = sorted(pattern.parts, key=lambda part: isinstance(part[0], Var))
            for coefficient, rest, found in self._match_factors(parts, flat[0]/pattern.coefficient, flat[1], bound):
                yield coefficient, rest, found

    def _match_factor_operands(self, pattern, loose, node, bound):
        """x·f(…) with a free x: the two operands of the outermost product."""
        if node.op.name != "mul":
            return
        others = Product(pattern.coefficient, [(t, p) for t, p in pattern.parts if t is not loose])
        for one, other in (node.inputs, node.inputs[::-1]):
            for coefficient, rest, found in self.match_product(others, one, bound):
                if coefficient == 1 and not rest:
                    yield Fraction(1), [], {**found, loose.name: other}

    def _match_factors(self, parts, coefficient, factors, bound):
        if not parts:
            yield coefficient, factors, bound
            return
        (part, power), *others = parts
        if isinstance(part, Var) and part.name in bound:
            divided = self._divided(coefficient, factors, bound[part.name], power)
            if divided is not None:
                yield from self._match_factors(others, *divided, bound)
            return
        for k, (base, exponent) in enumerate(factors):
            if exponent*power <= 0 or abs(exponent) < abs(power) or (exponent - power).denominator != 1:
                continue
            left = factors[:k] + ([(base, exponent - power)] if exponent != power else []) + factors[k + 1:]
            if isinstance(part, Sum):
                for scale, found in self.match_sum(part, base, bound):
                    yield from self._match_factors(others, coefficient*scale**power, left, found)
            else:
                for found in self.match(part, base, bound):
                    yield from self._match_factors(others, coefficient, left, found)

    def _divided(self, coefficient, factors, node, power):
        """The product without node**power; None when it is not in it."""
        flat = self.factors(node)
        if flat is None:
            return None
        left = dict(factors)
        for base, exponent in flat[1]:
            have = left.get(base, 0)
            want = exponent*power
            if base.op is CONSTANT and base not in left and is_exact(base) and want.denominator == 1:
                value = base.attributes[0]**int(want)
                if not value.is_Rational:
                    return None
                coefficient /= Fraction(int(value.p), int(value.q))
                continue
            if have*want <= 0 or abs(have) < abs(want):
                return None
            left[base] = have - want
        return coefficient/Fraction(flat[0])**power, [(b, e) for b, e in left.items() if e]


def _is_square(pattern):
    """Is this x**2 of a variable?"""
    return pattern.coefficient == 1 and len(pattern.parts) == 1 and isinstance(pattern.parts[0][0], Var) \
        and pattern.parts[0][1] == 2


def _collected(terms):
    total = {}
    for c, t in terms:
        total[t] = total.get(t, 0) + c
    return [(c, t) for t, c in total.items() if c]


def _flat_sum(node):
    number, terms, stack = 0, [], [(1, node)]
    while stack:
        c, top = stack.pop()
        name = top.op.name
        if name == "add":
            stack += [(c, top.inputs[1]), (c, top.inputs[0])]
        elif name == "sub":
            stack += [(-c, top.inputs[1]), (c, top.inputs[0])]
        elif name == "neg":
            stack.append((-c, top.inputs[0]))
        elif top.op is CONSTANT and rational(top) is not None:
            number += c*rational(top)
        elif name in ("mul", "div") and top.inputs[0].op is not CONSTANT and top.inputs[1].op is not CONSTANT:
            terms.append((c, top))
        elif name == "mul" and (value := rational(top.inputs[0])) and abs(c) == 1:
            terms.append((c*value, top.inputs[1]))
        elif name == "mul" and (value := rational(top.inputs[1])) and abs(c) == 1:
            terms.append((c*value, top.inputs[0]))
        elif name == "div" and (value := rational(top.inputs[1])) and abs(c) == 1:
            terms.append((c/value, top.inputs[0]))
        elif name == "div" and (value := rational(top.inputs[0])) and abs(value) != 1 and abs(c) == 1:
            terms.append((c*value, build("div", from_fraction(Fraction(1), top.sizes), top.inputs[1])))
        else:
            terms.append((c, top))
        if len(stack) + len(terms) > LIMIT:
            return None
    return number, _collected(terms)


def _flat_product(node):
    coefficient, powers, stack = 1, {}, [(1, node)]
    while stack:
        e, top = stack.pop()
        name = top.op.name
        if name == "mul":
            stack += [(e, top.inputs[1]), (e, top.inputs[0])]
        elif name == "div":
            stack += [(-e, top.inputs[1]), (e, top.inputs[0])]
        elif name == "neg" and e.denominator == 1:
            coefficient *= (-1)**int(e)
            stack.append((e, top.inputs[0]))
        elif top.op is CONSTANT and (value := rational(top)) and e.denominator == 1 and abs(e) < 16:
            coefficient *= value**int(e)
        elif name == "sqrt":
            if e.denominator == 1 and top.inputs[0].op.name not in ("mul", "div", "neg"):
                stack.append((Fraction(e, 2), top.inputs[0]))
            else:
                powers[top] = powers.get(top, 0) + e
        elif name == "pow" and (value := rational(top.inputs[1])) and value.denominator == 1 and abs(value) < 64:
            stack.append((e*value, top.inputs[0]))
        elif name == "exp" and e < 0:
            base = build("exp", build("neg", top.inputs[0]))
            powers[base] = powers.get(base, 0) - e
        else:
            powers[top] = powers.get(top, 0) + e
        if len(stack) + len(powers) > LIMIT:
            return None
    return coefficient, [(b, e) for b, e in powers.items() if e]


def instantiate(term: Term, bound, make, sizes):
    """The node of a result: variables replaced by what they are bound to; `make(name, *inputs)` builds each node."""
    if isinstance(term, Var):
        return bound[term.name]
    if isinstance(term, Call):
        return make(term.name, *(instantiate(a, bound, make, sizes) for a in term.args))
    if isinstance(term, Exact):
        return constant(term.value, sizes)
    if isinstance(term, Sum):
        return _instantiate_sum(term, bound, make, sizes)
    factors = [(instantiate(t, bound, make, sizes), Fraction(p)) for t, p in term.parts]
    return product_of(term.coefficient, factors, make, sizes)


def _instantiate_sum(term, bound, make, sizes):
    node = None
    for c, part in term.parts:
        one = instantiate(part, bound, make, sizes)
        if abs(c) != 1:
            one = make("mul", from_fraction(abs(c), sizes), one)
        if node is None:
            node = make("neg", one) if c < 0 else one
        else:
            node = make("sub" if c < 0 else "add", node, one)
    if node is None:
        return from_fraction(term.number, sizes)
    return make("add", from_fraction(term.number, sizes), node) if term.number else node


def product_of(coefficient, factors, make, sizes):
    """The node coefficient·Π base**power."""
    above, below = [], []
    for base, power in factors:
        size = abs(power)
        whole, half = size.numerator//size.denominator, size % 1
        side = above if power > 0 else below
        if whole == 1:
            side.append(base)
        elif whole:
            side.append(make("pow", base, from_fraction(Fraction(whole), sizes)))
        if half == Fraction(1, 2):
            side.append(make("sqrt", base))
        elif half:
            side.append(make("pow", base, from_fraction(half, sizes)))
    node = _chain(above, make)
    if below:
        bottom = _chain(below, make)
        node = make("div", from_fraction(coefficient, sizes) if node is None else node, bottom)
        if len(above) == 0:
            return node
    if node is None:
        return from_fraction(coefficient, sizes)
    if abs(coefficient) != 1:
        return make("mul", from_fraction(coefficient, sizes), node)
    return make("neg", node) if coefficient < 0 else node


def _chain(nodes, make):
    node = None
    for one in nodes:
        node = one if node is None else make("mul", node, one)
    return node
