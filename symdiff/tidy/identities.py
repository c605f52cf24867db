"""Factors of one product go in, with their powers; the same product in fewer or better known factors comes out.

    sech(z)²       is    1 - tanh(z)²          |u|·sign(u)              is    u
    u/|u|          is    sign(u)               cofactor(A)/det(A)       is    inv(A).T
    sin(u)/cos(u)  is    tan(u)                sinh(u)/cosh(u)          is    tanh(u)
    exp(u)·exp(-u) is    1
"""
from ..graph import make
from ..primitives.leaf import constant
from ..primitives.record import TABLE

def improved(powers):
    """{(node, labels): power}, rewritten."""
    known = [pair for pair in powers if pair[0].op.name in RULES]
    for node, labels in known:
        p = powers.get((node, labels))
        if p:
            RULES[node.op.name](powers, node, labels, p)
    return powers


def _put(powers, node, labels, p):
    powers[node, labels] = powers.get((node, labels), 0) + p


def _sech(powers, node, labels, p):
    if type(p) is int and p % 2 == 0:
        z, = node.inputs
        square = make(TABLE["pow"], (make(TABLE["tanh"], (z,)), constant(2, z.sizes)))
        del powers[node, labels]
        _put(powers, make(TABLE["sub"], (constant(1, z.sizes), square)), labels, p//2)


def _abs(powers, node, labels, p):
    u, = node.inputs
    sign = make(TABLE["sign"], (u,))
    if p == 1 and powers.get((sign, labels)) == 1:
        del powers[node, labels], powers[sign, labels]
        _put(powers, u, labels, 1)
    elif p == -1 and powers.get((u, labels)) == 1:
        del powers[node, labels], powers[u, labels]
        _put(powers, sign, labels, 1)


def _cofactor(powers, node, labels, p):
    """cofactor(A) = det(A)·inv(A).T, where det(A) divides and so is not 0."""
    det = make(TABLE["det"], node.inputs)
    divides = powers.get((det, ()), 0) if len(node.sizes) == 2 else 0
    if p == 1 and divides < 0:
        del powers[node, labels]
        _put(powers, make(TABLE["inv"], node.inputs), labels[::-1], 1)
        _put(powers, det, (), 1)


def _exp(powers, node, labels, p):
    """exp(u)^p·exp(-u)^q is exp(u)^(p - q)."""
    u, = node.inputs
    if u.op.name == "neg" and powers.get(other := (make(node.op, u.inputs), labels)):
        del powers[node, labels]
        _put(powers, *other, -p)


def _quotient(above, quotient):
    def rule(powers, node, labels, p):
        top = make(TABLE[above], node.inputs)
        q = powers.get((top, labels), 0)
        if type(p) is int and type(q) is int and p < 0 < q:
            n = min(-p, q)
            powers[node, labels], powers[top, labels] = p + n, q - n
            _put(powers, make(TABLE[quotient], node.inputs), labels, n)
    return rule


RULES = {"sech": _sech, "abs": _abs, "cofactor": _cofactor, "exp": _exp, "cos": _quotient("sin", "tan"),
         "cosh": _quotient("sinh", "tanh")}
