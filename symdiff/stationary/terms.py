"""Nodes go in; sums of terms come out, each a number, powers of scalars, and what is left.

    2·XᵀX/n + λ·I    is    [(2, {n: −1}, XᵀX), (1, {λ: 1}, I)]
"""
from fractions import Fraction
from math import gcd, lcm

from ..graph import make, order
from ..passes.algebra import rational
from ..primitives import build
from ..primitives.contraction import CONTRACT, contract, is_movement, structural_key
from ..primitives.leaf import CONSTANT, NEGATIVE_ZERO, SIZE, constant, is_constant
from ..primitives.record import TABLE

MOST, HIGHEST = 24, 8


def terms(nodes):
    """{node: [(number, {scalar: power}, core)]} for each of the nodes; the core is a node of its sizes."""
    found = {}
    for node in order(nodes):
        rule = RULES.get(node.op.name)
        made = rule(node, [found[i] for i in node.inputs]) if rule else None
        found[node] = _collected(made) if made is not None and len(made) <= MOST else [(Fraction(1), {}, node)]
    return {node: found[node] for node in nodes}


def _collected(parts):
    """Terms of equal scalars and core added; none with the number 0."""
    total = {}
    for c, scalars, core in parts:
        key = (frozenset(scalars.items()), core)
        total[key] = total.get(key, 0) + c
    return [(c, dict(scalars), core) for (scalars, core), c in total.items() if c]


def _powers(a, b, sign=1):
    out = dict(a)
    for scalar, power in b.items():
        out[scalar] = out.get(scalar, 0) + sign*power
    return {s: p for s, p in out.items() if p}


def _one(node):
    return constant(1, node.sizes)


def _leaf(node, parts):
    """Scalars that are names or lengths are factors."""
    return [(Fraction(1), {node: 1}, constant(1))] if not node.sizes else None


def _number(node, parts):
    value = 0 if node.attributes[0] == NEGATIVE_ZERO else rational(node)
    return None if value is None else [(value, {}, _one(node))] if value else []


def _add(node, parts, sign=1):
    return parts[0] + [(sign*c, s, core) for c, s, core in parts[1]]


def _mul(node, parts):
    if len(parts[0])*len(parts[1]) > MOST:
        return None
    return [(c*d, _powers(s, t), _ordered(build.times(a, b))) for c, s, a in parts[0] for d, t, b in parts[1]]


def _div(node, parts):
    if len(parts[1]) != 1:
        return [(c, s, _ordered(build.over(core, node.inputs[1]))) for c, s, core in parts[0]]
    (d, t, below), = parts[1]
    return [(c/d, _powers(s, t, -1), _ordered(build.over(core, below))) for c, s, core in parts[0]]


def _pow(node, parts):
    exponent = rational(node.inputs[1])
    if exponent is None or exponent.denominator != 1 or not 0 < abs(exponent) <= HIGHEST:
        return None
    n = int(exponent)
    if len(parts[0]) != 1:
        return _mul(node, [parts[0], parts[0]]) if n == 2 else None
    (c, s, core), = parts[0]
    core = core if is_constant(core, 1) else make(TABLE["pow"], (core, constant(n, node.sizes)))
    return [(c**n, {scalar: p*n for scalar, p in s.items()}, _ordered(core))]


def _contract(node, parts):
    """Linear in every operand; what moves one operand only moves each of its terms."""
    subs, out, lengths = node.attributes
    if not parts:
        return None
    done = [(Fraction(1), {}, ())]
    for own in parts:
        done = [(c*d, _powers(s, t), (*cores, core)) for c, s, cores in done for d, t, core in own]
        if len(done) > MOST:
            return None
    result = []
    for c, s, cores in done:
        core = _split(contract(list(cores), list(subs), out, dict(enumerate(lengths))))
        (d, t, core), = _scalar(core) or [(Fraction(1), {}, core)]
        result.append((c*d, _powers(s, t), core))
    return result


def _split(core):
    """A product that is repeated along axes as the repetition of a product."""
    if core.op is not CONTRACT or is_movement(core):
        return core
    subs, out, lengths = core.attributes
    carried = tuple([c for c in out if any(c in labels for labels in subs)])
    if carried == out:
        return core
    inner = contract(list(core.inputs), list(subs), carried)
    return contract([inner], [carried], out, dict(enumerate(lengths)))


def _ordered(core):
    """A product entry by entry with its factors in one order, equal ones as powers."""
    found = sorted(factors(core).items(), key=lambda pair: structural_key(pair[0]))
    if len(found) < 2 and core.op.name not in ("mul", "div"):
        return core
    value = constant(1, core.sizes)
    for f, p in found:
        one = f if abs(p) == 1 else make(TABLE["pow"], (f, constant(abs(p), core.sizes)))
        value = build.times(value, one) if p > 0 else build.over(value, one)
    return value


def _solve(node, parts):
    """Linear in the right side."""
    a = node.inputs[0]
    return [(c, s, make(node.op, (a, core), node.attributes)) for c, s, core in parts[1]]


def _scalar(core):
    """A length or a number that a contraction of ones has become, as a factor; None where it is neither."""
    value = rational(core) if core.op is CONSTANT else None
    if value:
        return [(value, {}, constant(1, core.sizes))]
    if core.op is SIZE:
        return [(Fraction(1), {core: 1}, constant(1))]
    return None


RULES = {"constant": _number, "input": _leaf, "size": _leaf, "add": _add, "sub": lambda n, p: _add(n, p, -1),
         "neg": lambda n, p: [(-c, s, core) for c, s, core in p[0]], "mul": _mul, "div": _div, "pow": _pow,
         "contract": _contract, "solve": _solve, "triangular_solve": _solve}


# -- what terms have in common -----------------------------------------------------------------------------------------

def content(parts):
    """(number, {length: power}) that divides every term: the equation may be divided by it."""
    numbers = [abs(c) for c, _, _ in parts]
    if not numbers:
        return Fraction(1), {}
    number = Fraction(gcd(*[c.numerator for c in numbers]), lcm(*[c.denominator for c in numbers]))
    first = {s: p for s, p in parts[0][1].items() if s.op is SIZE}
    for _, scalars, _ in parts[1:]:
        first = {s: (min if p > 0 else max)(p, scalars[s]) for s, p in first.items() if scalars.get(s, 0)*p > 0}
    return number, first


def divided(parts, number, scalars):
    """The terms over a factor."""
    return [(c/number, _powers(s, scalars, -1), core) for c, s, core in parts]


def factors(core):
    """{factor: power} of a product entry by entry."""
    found, stack = {}, [(core, 1)]
    while stack:
        node, power = stack.pop()
        exponent = rational(node.inputs[1]) if node.op.name == "pow" else None
        if node.op.name == "mul":
            stack += [(i, power) for i in reversed(node.inputs)]
        elif node.op.name == "div":
            stack += [(node.inputs[1], -power), (node.inputs[0], power)]
        elif exponent is not None and exponent.denominator == 1:
            stack.append((node.inputs[0], power*int(exponent)))
        elif not is_constant(node, 1):
            found[node] = found.get(node, 0) + power
    return {f: p for f, p in found.items() if p}

