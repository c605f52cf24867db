"""A product with a sum among its factors goes in; the product in which factors have gone into the sum, or the sum of
its terms multiplied out, comes out where that is shorter.

    (a/x + b)·x      is    a + b·x           (1 + q/c)·c    is    c + q         x·(x**2 + x)    is    x**3 + x**2
    (I - 1 p.T)*p    is    diag(p) - outer(p, p)
"""
from .product import Joining

MOST_DISTRIBUTED = 12                  # terms of the sum times factors of the product


def improved(sums, product, thorough):
    """The product, or a shorter form of it; `thorough` tries more."""
    best, length = product, sums.length([product])
    for form in (*with_factors_inside(sums, product), *(_distributed if thorough else _placed)(sums, product)):
        found = sums.length([form])
        if found < length or found == length and not product.summed and _is_placed(sums, product):
            best, length = form, found
    return best


def with_factors_inside(sums, product):
    for place, (node, labels, p) in enumerate(product.factors):
        terms = sums.terms(node) if p in (1, -1) and len(set(labels)) == len(labels) else None
        if not terms:
            continue
        amounts = {}
        for k, (f, own, q) in enumerate(product.factors):
            if k != place and type(q) is int and q*p > 0 and set(own) <= set(labels):
                inside = tuple([labels.index(c) for c in own])
                powers = [_power(one, f, inside) for one in terms]
                lowest = min(powers)
                amount = min(-lowest, abs(q)) if lowest < 0 else abs(q) if lowest > 0 else 0
                if type(amount) is int and amount > 0:
                    amounts[k] = amount, inside
        for chosen in [amounts] + [{k: a} for k, a in amounts.items() if len(amounts) > 1]:
            form = _moved_inside(sums, product, place, terms, chosen) if chosen else None
            if form is not None:
                yield form


def _power(term, node, labels):
    """The power of a factor in a term whose result has its axes in order."""
    return next((p for f, own, p in term.factors if f is node and own == tuple([term.out[k] for k in labels])), 0)


def _moved_inside(sums, product, place, terms, chosen):
    """The product with powers of some factors, {their place: (power, axes of the sum)}, multiplied into the sum."""
    parts = []
    for one in terms:
        joining = Joining(one.c, one.length)
        for factor in one.factors:
            joining.factor(*factor)
        for k, (amount, inside) in chosen.items():
            joining.factor(product.factors[k][0], tuple([one.out[a] for a in inside]), amount)
        parts.append(joining.done(one.out, sums.mirrored))
    inner = sums.shortest(parts)
    _, labels, p = product.factors[place]
    if inner.summed and p < 0 or inner.is_diagonal or not inner.c:
        return None
    joining = Joining(product.c, product.length)
    for k, (f, own, q) in enumerate(product.factors):
        if k != place:
            joining.factor(f, own, q - p*chosen[k][0] if k in chosen else q)
    joining.put(inner, labels, p)
    return joining.done(product.out, sums.mirrored)


def _distributed(sums, product):
    """The sum of its terms times the other factors."""
    for place, (node, _, p) in enumerate(product.factors):
        terms = sums.terms(node) if p == 1 else None
        if terms and len(terms)*len(product.factors) <= MOST_DISTRIBUTED:
            yield sums.shortest(sums.once_multiplied(product, place))


def _placed(sums, product):
    """The same, where some of it is on a diagonal."""
    if _is_placed(sums, product):
        yield from _distributed(sums, product)


def _is_placed(sums, product):
    return any(p == 1 and one.is_diagonal for node, _, p in product.factors for one in sums.terms(node) or ())
