"""associate: outputs go in; the same sums of products come out in the order that multiplies least.

Needs:    any graph.
Promises: equal values but for the rounding of sums in another order; never more multiplications, with symbolic sizes
          counted as 64; a node that others use too is computed once, as before; what is so stays as it is.
"""
from itertools import combinations

from ..graph import order, users
from ..lengths import product
from ..operations import _count
from ..primitives.contraction import CONTRACT, contract, is_movement
from ..primitives.leaf import CONSTANT, INPUT, constant, size
from ..primitives.record import TABLE
from .algebra import again, simplified
from .repetition import stretched
from .settle import settled

NOMINAL = 64                    # what a symbolic length counts as
EXACT = 6                       # operands up to which every order is tried


def associate(outputs):
    """Numbers and scalars outside of sums, products of repeated arrays as contractions, each contraction two by two."""
    if any([node.op is CONTRACT and (node.sizes or not is_movement(node)) for node in order(outputs)]):
        return settled(outputs, _associated)
    return _factors_outside(tuple(outputs))


def _factors_outside(outputs):
    return _local(outputs, _common_factors, ("add", "sub"))


def _associated(outputs):
    """One sweep of each kind."""
    fixed, inner = {}, {}
    outputs = _factors_outside(outputs)
    outputs = _local(outputs, lambda *what: _pulled(*what, fixed))
    outputs = _local(outputs, _contracted_products)
    return _local(outputs, lambda *what: _cheapest_order(*what, inner))


def _local(outputs, change, names=None):
    """The outputs with `change(node, inputs, free)` on every node, or on those of primitives of some names; None keeps it.

    `free(new)` says whether the old node behind an input may be taken apart: it is used once, or by contractions only,
    which together have no more entries, and each of which will take it apart.
    """
    nodes = order(outputs)
    count = users(outputs, nodes)
    results, others = _results(nodes, outputs)
    new, old = {}, {}

    def free(one):
        node = old.get(one)
        return node is not None and (count[node] == 1 or others is not None and node not in others
                                     and node.op is not CONTRACT and results.get(node, 0) <= _entries(node))

    for node in nodes:
        inputs, one = node.inputs, node
        if inputs:
            changed = tuple([new[i] for i in inputs])
            one = change(node, changed, free) if names is None or node.op.name in names else None
            if one is None:
                one = node if changed == inputs else again(node, changed)
        new[node], old[one] = one, node
    return tuple([new[o] for o in outputs])


def _results(nodes, outputs):
    """({node: the entries of the contractions that use it}, the nodes that are used otherwise too: None for all)."""
    if not any([node.op is CONTRACT for node in nodes]):
        return {}, None
    results, others = {}, set(outputs)
    for node in nodes:
        if node.op is not CONTRACT or is_movement(node):
            others.update(node.inputs)
        elif node.sizes:
            for i in node.inputs:
                results[i] = results.get(i, 0) + _entries(node)
    return results, others


def _common_factors(node, inputs, free):
    """c·a + c·b = c·(a + b), where both products are used nowhere else."""
    if all([i.op.name == "mul" and free(i) for i in inputs]):
        return _factored(node.op, *[_factors(i) for i in inputs])
    return None


def _factors(node):
    """Up to four factors of a product, as typed."""
    factors, k = [node], 0
    while k < len(factors) < 4:
        if factors[k].op.name == "mul":
            factors[k:k + 1] = factors[k].inputs
        else:
            k += 1
    return factors


def _factored(op, left, right):
    """op(Π left, Π right) with the common factors outside; None when there are none, or all are."""
    common, rest = [], list(right)
    for f in left:
        if f in rest and f.op is not CONSTANT:
            common.append(f)
            rest.remove(f)
    own = list(left)
    for f in common:
        own.remove(f)
    if not common or not own or not rest:
        return None
    inner = simplified(op, (_multiplied(own), _multiplied(rest)))
    return _multiplied([*common, inner])


def _multiplied(nodes):
    result = nodes[0]
    for one in nodes[1:]:
        result = simplified(TABLE["mul"], (result, one))
    return result


# scalars

def scaled(node):
    """("mul" or "div", scalar node, the rest) when the node is an array times or over a repeated scalar; else None."""
    name = node.op.name
    if name not in ("mul", "div") or not node.sizes:
        return None
    a, b = node.inputs
    for one, other in ((b, a),) if name == "div" else ((a, b), (b, a)):
        if one.op is CONSTANT:
            return name, constant(one.attributes[0]), other
        view = stretched(one)
        if view is not None and not view[0].sizes:
            return name, view[0], other
    return None


def _put(kind, scalar, node):
    """The scalar multiplied to the node, or the node divided by it."""
    repeated = contract([scalar], [()], tuple(range(len(node.sizes))), dict(enumerate(node.sizes)))
    return simplified(TABLE[kind], (node, repeated) if kind == "div" else (repeated, node))


def _pulled(node, inputs, free, fixed):
    """Σ c·x_i = c·Σ x_i;  c·a + c·b = c·(a + b);  (a/n)·b = (a·b)/n for a factor made of numbers and lengths."""
    if not any(map(free, inputs)):
        return None
    name = node.op.name
    if node.op is CONTRACT and not is_movement(node):
        return _from_sum(node, inputs, free)
    if name in ("add", "sub"):
        a, b = [scaled(i) if free(i) else None for i in inputs]
        if a is not None and b is not None and a[:2] == b[:2]:
            return _put(a[0], a[1], simplified(node.op, (a[2], b[2])))
    elif name in ("mul", "div", "neg"):
        for k, i in enumerate(inputs[:1] if name == "div" else inputs):
            parts = scaled(i) if free(i) else None
            if parts is not None and _is_fixed(parts[1], fixed) and (len(inputs) == 1 or scaled_by(inputs[1 - k])):
                rest = simplified(node.op, (*inputs[:k], parts[2], *inputs[k + 1:]))
                return _put(parts[0], parts[1], rest)
    elif name == "select":
        return _from_choice(node, inputs, free, fixed)
    return None


def scaled_by(node):
    """May a factor move past this one: it is an array, not a scalar repeated, which would move back."""
    if node.op is CONSTANT:
        return False
    view = stretched(node)
    return view is None or bool(view[0].sizes)


def _from_sum(node, inputs, free):
    """The scalars of the operands of a contraction, outside of it, where the result has no more entries."""
    found, rest = [], []
    entries = _entries(node)
    for i in inputs:
        parts = scaled(i) if free(i) and entries <= _entries(i) else None
        while parts is not None:
            found.append(parts[:2])
            i = parts[2]
            parts = scaled(i)
        rest.append(i)
    if not found:
        return None
    subs, out, lengths = node.attributes
    new = contract(rest, subs, out, dict(enumerate(lengths)))
    for kind, scalar in reversed(found):
        new = _put(kind, scalar, new)
    return new


def _entries(node):
    return _count((product(node.sizes),), NOMINAL)


def _from_choice(node, inputs, free, fixed):
    for k in (1, 2):
        one, other = inputs[k], inputs[3 - k]
        parts = scaled(one) if free(one) else None
        if parts is not None and other.op is CONSTANT and other.attributes[0] == 0 and _is_fixed(parts[1], fixed):
            return _put(parts[0], parts[1], simplified(node.op, (*inputs[:k], parts[2], *inputs[k + 1:])))
    return None


def _is_fixed(node, known):
    """Is the scalar made of numbers and lengths only?  It is then far from the ends of the range of floats."""
    found = known.get(node)
    if found is None:
        found = known[node] = len(nodes := order((node,))) < 20 and not any(i.op is INPUT or i.sizes for i in nodes)
    return found


# products

def _contracted_products(node, inputs, free):
    """Σ (a repeated)·(b repeated), the product used nowhere else, as one contraction of a and b."""
    if node.op is not CONTRACT or is_movement(node):
        return None
    operands, labels = [], []
    for i, own in zip(inputs, node.attributes[0]):
        parts = _repeated_factors(i) if free(i) else [i]
        operands += parts
        labels += [own]*len(parts)
    if len(operands) == len(inputs):
        return None
    return contract(operands, labels, node.attributes[1], dict(enumerate(node.attributes[2])))


def _repeated_factors(node):
    """The factors of a product one of which is repeated along an axis; else the node alone."""
    if node.op.name != "mul":
        return [node]
    for one in node.inputs:
        view = stretched(one)
        if view is not None and len(view[1]) < len(view[2]):
            return [f for i in node.inputs for f in _repeated_factors(i)]
    return [node]


# orders

def _cheapest_order(node, inputs, free, inner):
    """Contractions of contractions used once, flat, then two by two in the cheapest order, if that is cheaper."""
    if node.op is not CONTRACT:
        return None
    new = simplified(node.op, inputs, node.attributes) if inputs != node.inputs else node
    if new.op is CONTRACT and not is_movement(new) and _distinct(new):
        return _reordered(new, free, inner)
    return new


def _distinct(node):
    subs, out, _ = node.attributes
    return all(len(set(labels)) == len(labels) for labels in (*subs, out))


def _reordered(node, free, inner):
    """The node in its cheapest order; `inner` remembers the flat form of what it is made of."""
    operands, subs, out, length, cost, nested = _flat(node, free, inner)
    repeated = [n for c, n in length.items() if c not in out and not any(c in s for s in subs)]
    if repeated:                                        # a sum over a repetition: as often as it is long
        return _put("mul", size(product(repeated)), contract(operands, subs, out, length))
    if len(operands) < 2 or (len(operands) == 2 and not nested):
        inner[node] = (operands, subs, out, length, cost)
        return node
    steps, best = cheapest([frozenset(s) for s in subs], frozenset(out), length)
    if best >= cost and len(node.inputs) <= 2:
        inner[node] = (operands, subs, out, length, cost)
        return node
    made = list(zip(operands, subs))
    for i, j in steps[:-1]:
        made.append(_pair(made, i, j, out, length))
    i, j = steps[-1]
    new = contract([made[i][0], made[j][0]], [made[i][1], made[j][1]], out, length)
    inner[new] = (operands, subs, out, length, best)
    return new


def _pair(made, i, j, out, length):
    """The contraction of two of the operands, summed over what no other one carries; they leave the list."""
    (a, a_labels), (b, b_labels) = made[i], made[j]
    made[i] = made[j] = None
    others = set(out).union(*(one[1] for one in made if one is not None))
    kept = tuple([c for c in dict.fromkeys(a_labels + b_labels) if c in others])
    return contract([a, b], [a_labels, b_labels], kept, length), kept


def _flat(node, free, inner):
    """(operands, labels, result's labels, lengths, cost of what stands, nested?) with contractions used once opened."""
    subs, out, lengths = node.attributes
    length = {("own", c): n for c, n in enumerate(lengths)}
    operands, labels, nested = [], [], False
    cost = _size(dict.fromkeys(c for s in subs for c in s), lengths)
    for k, (i, own) in enumerate(zip(node.inputs, subs)):
        view = inner.get(i) if free(i) else None
        if view is None or len(view[0]) + len(node.inputs) > 12:
            operands.append(i)
            labels.append(tuple([("own", c) for c in own]))
            continue
        nested = True
        factors, inside, result, known, price = view
        rename = dict(zip(result, [("own", c) for c in own]))
        for o, s in zip(factors, inside):
            operands.append(o)
            labels.append(tuple([rename.setdefault(c, ("in", k, c)) for c in s]))
        for c, n in known.items():
            length.setdefault(rename.get(c, ("in", k, c)), n)
        cost += price
    return operands, labels, tuple([("own", c) for c in out]), length, cost, nested


def _size(labels, lengths):
    total = 1
    for c in labels:
        total *= _count((lengths[c],), NOMINAL)
    return total


def cheapest(subs, out, length):
    """([(i, j), …], multiplications): pairs to contract; each result joins the end of the list of operands.

    Every order up to EXACT operands, then the cheapest pair each time.
    """
    nominal = {c: _count((length[c],), NOMINAL) for s in (*subs, out) for c in s}
    return _every_order(subs, out, nominal) if len(subs) <= EXACT else _greedy(subs, out, nominal)


def _volume(labels, nominal):
    total = 1
    for c in labels:
        total *= nominal[c]
    return total


def _every_order(subs, out, nominal):
    n = len(subs)
    full = (1 << n) - 1

    def carried(mask):
        inside = frozenset().union(*(subs[k] for k in range(n) if mask >> k & 1))
        outside = out.union(*(subs[k] for k in range(n) if not mask >> k & 1))
        return inside & outside

    best = {1 << k: (0, None) for k in range(n)}
    kept = {1 << k: subs[k] for k in range(n)}
    for many in range(2, n + 1):
        for members in combinations(range(n), many):
            mask = sum(1 << k for k in members)
            kept[mask] = carried(mask)
            left = (mask - 1) & mask
            choice = None
            while left:
                right = mask ^ left
                if left > right:
                    cost = best[left][0] + best[right][0] + _volume(kept[left] | kept[right], nominal)
                    if choice is None or cost < choice[0]:
                        choice = (cost, (left, right))
                left = (left - 1) & mask
            best[mask] = choice
    return _steps(best, full, n), best[full][0]


def _steps(best, full, n):
    """The pairs of the best tree, inner ones first."""
    place, steps, stack = {1 << k: k for k in range(n)}, [], [full]
    while stack:
        mask = stack[-1]
        if mask in place:
            stack.pop()
            continue
        waiting = [m for m in best[mask][1] if m not in place]
        if waiting:
            stack.extend(waiting)
        else:
            left, right = best[mask][1]
            place[mask] = n + len(steps)
            steps.append((place[right], place[left]) if place[right] < place[left] else (place[left], place[right]))
            stack.pop()
    return steps


def _greedy(subs, out, nominal):
    live, steps, total = dict(enumerate(subs)), [], 0
    while len(live) > 1:
        choice = None
        for i, j in combinations(live, 2):
            cost = _volume(live[i] | live[j], nominal)
            others = out.union(*(s for k, s in live.items() if k not in (i, j)))
            kept = (live[i] | live[j]) & others
            key = (_volume(kept, nominal) - _volume(live[i], nominal) - _volume(live[j], nominal), cost)
            if choice is None or key < choice[0]:
                choice = (key, i, j, kept, cost)
        _, i, j, kept, cost = choice
        del live[i], live[j]
        live[len(subs) + len(steps)] = kept
        steps.append((i, j))
        total += cost
    return steps, total
