"""Outputs of a graph go in; out, how many operations they are written with, shared ones counted once."""
import sympy as sp

from ..graph import order
from ..primitives import build
from ..primitives.contraction import CONTRACT, is_movement
from ..primitives.leaf import CONSTANT, SIZE, size
from ..primitives.record import Elementwise, Leaf
from .entrywise import terms

# what stands for a formula counts as that formula
FORMULAS = {"sech": 2, "logistic_pdf": 4, "hypot": 4, "direction": 5, "half_circle": 3, "log1p": 2, "expm1": 2,
            "xlogy": 2, "logaddexp": 4, "log1mexp": 3, "exprel": 3, "log_poisson": 6, "inverse_mills": 6}


def written_length(outputs):
    """Operations of the outputs as they are written."""
    total, turned, nodes = 0, set(), order(outputs)
    rows, others = set(), set(outputs)
    for node in nodes:
        dot = node.op is CONTRACT and not node.sizes and len(node.inputs) == 2
        (rows if dot else others).update(node.inputs)
    for node in nodes:
        if node.op is CONSTANT or node.op is SIZE:
            total += _of_number(node.attributes[0])
        elif node.op.name == "div" and _is_mean(node):
            pass                                                # a sum over its count is one word
        elif type(node.op) is Elementwise:
            total += FORMULAS.get(node.op.name, 1)
            if node.op.name == "mul":
                total += sum([_more_than_one(i) for i in node.inputs if i.op is CONSTANT])
        elif node.op is CONTRACT:
            row = node in rows and bool(_turned(node))                  # written x @ A in x @ A @ x
            total += _movement(node) if is_movement(node) else _product(node, turned, not row or node in others)
            total += row and node in others                             # and A.T @ x elsewhere
        elif type(node.op) is not Leaf:
            total += 1
    return total + len(turned)


def _is_mean(node):
    """Is it a sum along axes over the number of its terms?"""
    count = terms(node.inputs[0])
    return count is not None and build.elementwise("div", node.inputs[0], size(count)) is node


def _of_number(value):
    """Operations of an irrational number, sqrt(2)/2, or of a length, n*d."""
    return int(value.count_ops()) if isinstance(value, sp.Expr) and not value.is_Number else 0


def _more_than_one(number):
    """How many operations more than one a number in front is: 3*x/2, -x/2."""
    value = number.attributes[0]
    if not isinstance(value, sp.Rational):
        return 0
    return (abs(value.p) != 1) + (value.q != 1) + (value.p == -1) - 1


def _movement(node):
    """A repetition along leading axes is not written; an index, a transposition and a diagonal are."""
    subs, out, _ = node.attributes
    if not subs:
        return 0
    if len(set(out)) < len(out) or len(set(subs[0])) < len(subs[0]):
        return 1
    kept = [c for c in subs[0] if c in out]
    if not kept or node.inputs[0].op.name in ("slice", "solve", "triangular_solve"):
        return 0
    return int(tuple(kept) != out[len(out) - len(kept):] or len(kept) < len(subs[0]))


def _product(node, turned, alone):
    """One for a sum, a product of matrices or an outer product; two for the trace of one; an einsum its operands."""
    subs, out, _ = node.attributes
    if len(subs) == 1:
        return 1
    every = {c for labels in subs for c in labels}
    if len(subs) > 2 or max(map(len, subs)) > 2 and len(every) != max(map(len, subs)) + 1:
        return len(subs)
    if not out and len(subs[0]) == 2:
        return 2
    if max(map(len, subs)) == 2 and len(out) == len(every) - 1:
        turned.update(_turned(node) if alone else ())
    return 1


def _turned(node):
    """The operands that a product of two matrices, or of one and a vector, transposes."""
    if is_movement(node) or len(node.inputs) != 2:
        return []
    (p, q), out, _ = node.attributes
    a, b = node.inputs
    if len(p) == len(q) == len(out) == 2:
        (a, p), (b, q) = ((a, p), (b, q)) if out[0] in p else ((b, q), (a, p))
        return [x for x, is_turned in ((a, p[0] != out[0]), (b, q[1] != out[1])) if is_turned]
    return [a] if len(p) == 2 and len(out) == 1 and p[0] != out[0] else []
