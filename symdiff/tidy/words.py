"""Outputs of a graph go in; the same in words that a reader knows come out.

    hypot(1, x)           where nobody typed hypot      is    sqrt(1 + x**2)
    sigmoid'(z)                                         is    sigmoid(z)·(1 - sigmoid(z))
    sqrt(sum(x**2))                                     is    norm(x),    and sum(x**2) beside it norm(x)**2
    a constant array that is an identity matrix         is    eye
    where(a = 0, 0, a·b)                                is    a·b

Promises: equal values in exact arithmetic, wherever both sides are defined.
"""
import numpy as np
import sympy as sp

from ..graph import make, order, rebuild, same, users
from ..instantiate import substitute
from ..passes.fold import fold
from ..primitives import build
from ..primitives.contraction import CONTRACT, contract, is_movement
from ..primitives.leaf import constant, is_constant
from ..primitives.reduction import NORM, reduce_axes

LARGE = 100_000                 # nodes times outputs from which outputs are not looked at one by one
TEXTBOOK = frozenset("hypot direction half_circle logistic_pdf".split())


def reworded(outputs, typed):
    """(outputs, typed) in known words; a word that stands in `typed` is kept."""
    nodes = order((*outputs, *typed))
    kept = {node.op.name for node in order(typed)}
    squares = {norm.inputs for norm in nodes if norm.op.name == "sqrt" and _square_sum(norm.inputs[0]) is not None}
    squares |= {(node,) for node in nodes if _square_sum(node) is not None and _norm(node) in nodes}

    places = {node.inputs[1] for node in nodes if node.op.name in ("take", "scatter_add")}
    sigmoids = {node.inputs[0] for node in nodes if node.op.name == "sigmoid"}

    def change(old, inputs):
        node, name = old, old.op.name
        if (node,) in squares:
            norm = _norm(same(node, inputs))
            return build.power(norm, constant(2, norm.sizes))
        node = same(node, inputs)
        if name in TEXTBOOK and name not in kept:
            symbols = sp.symbols(f"x:{len(inputs)}")
            return fold((substitute(node.op.sympy.textbook(*symbols), symbols, inputs),))[0]
        if name == "sigmoid" and old.inputs[0].op.name == "neg" and old.inputs[0].inputs[0] in sigmoids:
            return build.minus(constant(1, node.sizes), make(node.op, node.inputs[0].inputs))
        rule = RULES.get(name) if old not in places else None
        return node if rule is None else rule(node)

    new = rebuild((*outputs, *typed), change)
    return new[:len(outputs)], new[len(outputs):]


def complements(outputs):
    """1 - sigmoid(x) as sigmoid(-x), where sigmoid(x) stands nowhere else; so sigmoid(x) - 1 is -sigmoid(-x)."""
    count, found = uses(outputs), []

    def change(old, inputs):
        node = same(old, inputs)
        for one, share in ((0, 1), (1, 0)) if old.op.name == "sub" else ():
            sigmoid = old.inputs[share]
            if is_constant(old.inputs[one], 1) and sigmoid.op.name == "sigmoid" and count[sigmoid] == 1:
                found.append(old)
                rest = make(node.inputs[share].op, (build.negative(node.inputs[share].inputs[0]),))
                return rest if share else build.negative(rest)
        return node

    new = rebuild(outputs, change)
    return fold(new) if found else new


def uses(outputs):
    """{node: how many times it is used in the output that uses it most}; outputs are read one by one.

    Of many large outputs: how many times in all.
    """
    if len(outputs)*len(order(outputs)) > LARGE:
        return users(outputs)
    count = {}
    for output in outputs:
        for node, k in users((output,)).items():
            count[node] = max(count.get(node, 0), k)
    return count


def _square_sum(node):
    """(operand, axes that are summed) of Σ x**2; None of another node."""
    if node.op is not CONTRACT or is_movement(node) or len(node.inputs) != 1:
        return None
    square, ((labels,), out, _) = node.inputs[0], node.attributes
    if square.op.name != "pow" or not is_constant(square.inputs[1], 2):
        return None
    if len(set(labels)) < len(labels) or tuple([k for k in labels if k in out]) != out:
        return None
    return square.inputs[0], tuple([a for a, k in enumerate(labels) if k not in out])


def _norm(node):
    """The norm of which the node is the square."""
    x, axes = _square_sum(node)
    return reduce_axes(NORM, x, axes)


def _root(node):
    """The square root of a square: of a norm the norm."""
    inner = node.inputs[0]
    if inner.op.name == "pow" and inner.inputs[0].op is NORM and is_constant(inner.inputs[1], 2):
        return inner.inputs[0]
    return node


def _array(node):
    """A constant array of one number, or an identity matrix, as what it is."""
    array = node.attributes[0].array
    if array.size > 1 and (array == array.flat[0]).all():
        return constant(float(array.flat[0]), node.sizes)
    if array.ndim == 2 and array.shape[0] == array.shape[1] > 1 and np.array_equal(array, np.eye(len(array))):
        return contract([], [], (0, 0), {0: len(array)})
    return node


def _choice(node):
    """select(a = 0, 0, a·b), or select(a = 0 and c = 0, 0, a·b), is a·b; a norm, which has no derivative at 0, is not
    asked whether it is 0."""
    condition, value, other = node.inputs
    asked = condition.inputs[0] if condition.op.name == "ne" and is_constant(condition.inputs[1], 0) else condition
    if (asked.inputs[0] if is_movement(asked) and asked.inputs else asked).op is NORM:
        return value
    if not is_constant(value, 0):
        return node
    known, stack = build.zeros(condition), [other]
    while stack:
        top = stack.pop()
        if top in known:
            return other
        stack += {"mul": top.inputs, "div": top.inputs[:1], "neg": top.inputs}.get(top.op.name, ())
    return node


def _reshaped(node):
    """Axes of length 1 put in or dropped, and nothing else."""
    x, = node.inputs
    if [k for k in x.sizes if k != 1] != [k for k in node.sizes if k != 1]:
        return node
    bare = build.squeeze(x, [a for a, k in enumerate(x.sizes) if k == 1])
    return build.expand(bare, [a for a, k in enumerate(node.sizes) if k == 1])


def _summed(node):
    """The sum of pieces put into zeros is the sum of the pieces."""
    if len(node.inputs) != 1 or node.inputs[0].op.name != "pad":
        return node
    pad, ((labels,), out, _) = node.inputs[0], node.attributes
    trailing = len(pad.attributes[0])
    if any(k in out for k in labels[len(labels) - trailing:]) or len(set(labels)) < len(labels):
        return node
    total = None
    for piece in pad.inputs:
        total = build.plus(total, contract([piece], [labels], out))
    return total


RULES = {"sqrt": _root, "data": _array, "select": _choice, "reshape": _reshaped, "contract": _summed}
