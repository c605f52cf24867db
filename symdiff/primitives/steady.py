"""Softmax and a tangent or cotangent go in; its derivative comes out in a form in which nothing cancels.

With p = softmax(x) the derivative of p along v is p·(v − Σ p·v), and that of log p is v − Σ p·v; back from w, that of
log p is w − p·Σ w.  As they stand they lose the digits of an entry where p comes close to 1: p − p² is off by what 1 − p
is.  There is at most one with p > 1/2.  With the sums over the others

    R = Σ [p ≤ 1/2]·p,   S = Σ [p ≤ 1/2]·p·v,   T = Σ [p ≤ 1/2]·w

it has R·v − S for v − Σ p·v, and R·w − p·T for w − p·Σ w.  Where v is a diagonal, as the identity that seeds Jacobians
is, v_i·p_j·(δ_ij − p_i) has q_i = 1 − p_i on the diagonal: R where p > 1/2.
"""
from .build import elementwise, minus, scaled, spread, total
from .contraction import CONTRACT, contract
from .leaf import constant, iota

HALF = 0.5


def along(p, v, lead, count):
    """v − Σ p·v over the last `count` axes of the softmax p; v has the axes `lead` in front."""
    small = elementwise("mul", _where("le", p), p)
    steady = minus(_scaled(v, _total(small, count), lead, count), _repeated(_sums(v, small, lead, count), v.sizes))
    usual = minus(v, _repeated(_sums(v, p, lead, count), v.sizes))
    return elementwise("select", spread(_where("gt", p), lead), steady, usual)


def slope(p, v, lead, count):
    """p·(v − Σ p·v), the derivative of the softmax p in both modes."""
    diagonal = _of_diagonal(p, v, lead, count)
    return scaled(along(p, v, lead, count), p, lead) if diagonal is None else diagonal


def back(p, w, lead, count):
    """w − p·Σ w."""
    small, front = _where("le", p), len(w.sizes) - count
    others, whole = _sums(w, small, lead, count), total(w, range(front, front + count))
    rest = _total(elementwise("mul", small, p), count)
    steady = minus(_scaled(w, rest, lead, count), scaled(_repeated(others, w.sizes), p, lead))
    usual = minus(w, scaled(_repeated(whole, w.sizes), p, lead))
    return elementwise("select", spread(_where("gt", p), lead), steady, usual)


def _where(relation, p):
    """1 where p compares so with 1/2, else 0."""
    return elementwise(relation, p, constant(HALF, p.sizes))


def _rest(p, count):
    """1 − p."""
    others = _repeated(_total(elementwise("mul", _where("le", p), p), count), p.sizes)
    return elementwise("select", _where("gt", p), others, minus(constant(1, p.sizes), p))


def _total(node, count):
    """Σ over the last axes."""
    rank = len(node.sizes)
    return total(node, range(rank - count, rank))


def _sums(v, weights, lead, count):
    """Σ weights·v over the last axes; v has the lead axes besides."""
    front, own = tuple([("lead", k) for k in range(len(lead))]), tuple(range(len(weights.sizes)))
    return contract([v, weights], [front + own, own], front + own[:len(own) - count])


def _scaled(v, factor, lead, count):
    """v times a factor that lacks the lead axes and the last ones."""
    labels = tuple(range(len(v.sizes)))
    return contract([v, factor], [labels, labels[len(lead):len(labels) - count]], labels)


def _repeated(node, sizes):
    """A node without the last axes repeated along them."""
    return contract([node], [range(len(node.sizes))], range(len(sizes)), dict(enumerate(sizes)))


def _of_diagonal(p, v, lead, count):
    """The slope where every softmax axis of v is on a diagonal with a leading one, v_i·p_j·(δ_ij − p_i); else None."""
    if v.op is not CONTRACT:
        return None
    out, rank = v.attributes[1], len(p.sizes)
    if not set(out[len(out) - count:]) <= set(out[:len(lead)]):
        return None
    first = tuple(range(rank))
    second = (*first[:rank - count], *range(rank, rank + count))
    length = {**dict(enumerate(p.sizes)), **{rank + k: p.sizes[rank - count + k] for k in range(count)}}
    whole = (*first, *second[rank - count:])

    def placed(node, labels):
        return contract([node], [labels], whole, length)

    same = None
    for i, j in zip(first[rank - count:], second[rank - count:]):
        one = elementwise("eq", placed(iota(length[i]), (i,)), placed(iota(length[j]), (j,)))
        same = one if same is None else elementwise("and", same, one)
    inner = elementwise("select", same, placed(_rest(p, count), first), elementwise("neg", placed(p, first)))
    matrix = elementwise("mul", inner, placed(p, second))
    front = tuple([("lead", k) for k in range(len(lead))])
    return contract([v, matrix], [front + first, whole], front + second)
