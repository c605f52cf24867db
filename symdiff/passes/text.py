"""A node goes in; a short text of it comes out, in NumPy's words, elided where it is deep."""
from ..primitives.leaf import CONSTANT

_INFIX = {"add": (" + ", 1), "sub": (" - ", 1), "mul": ("*", 2), "div": ("/", 2), "pow": ("**", 4)}
_DEPTH = 7


def short(node, depth=_DEPTH):
    """The node as one line."""
    return _text(node, depth)[0]


def _text(node, depth):
    """(text, binding strength)."""
    name = node.op.name
    if name == "input":
        return node.attributes[0], 5
    if node.op is CONSTANT:
        text = str(node.attributes[0])
        return text, 5 if text.isalnum() else 0 if text[0] == "-" else 2
    if name == "size":
        return str(node.attributes[0]), 5
    if not depth:
        return "…", 5
    inner = [_text(i, depth - 1) for i in node.inputs]
    if name in _INFIX and len(inner) == 2:
        sign, strength = _INFIX[name]
        left = inner[0][0] if inner[0][1] >= strength + (name == "pow") else f"({inner[0][0]})"
        right = inner[1][0] if inner[1][1] > strength - (name in ("add", "mul")) else f"({inner[1][0]})"
        return left + sign + right, strength
    if name == "neg":
        return "-" + (inner[0][0] if inner[0][1] >= 2 else f"({inner[0][0]})"), 1
    if name == "contract":
        return _contraction(node, inner)
    return f"{name}({', '.join(t for t, _ in inner)})", 5


def _contraction(node, inner):
    subs, out, _ = node.attributes
    summed = any(c not in out for labels in subs for c in labels)
    if len(inner) == 1:
        if not summed and len(subs[0]) <= len(out) and set(subs[0]) <= set(out):
            moved = len(subs[0]) == len(out) and len(out) > 1
            return (f"{inner[0][0]}.T", 5) if moved and inner[0][1] >= 5 else inner[0]
        return f"sum({inner[0][0]})", 5
    body = [t if s >= 5 else f"({t})" for t, s in inner]
    if len(inner) == 2 and summed and _is_product(subs, out):
        return _product(subs, out, body), 2
    return f"{'sum' if summed else 'outer'}({'*'.join(body)})", 5


def _is_product(subs, out):
    """Is this a product of matrices or vectors: one label summed, each operand with it and at most one of the result's?"""
    shared = set(subs[0]) & set(subs[1])
    return len(shared) == 1 and not shared & set(out) and all(1 <= len(labels) <= 2 for labels in subs)


def _product(subs, out, body):
    """The operand with the result's first label in front, each turned so that the summed label is inside."""
    (summed,) = set(subs[0]) & set(subs[1])
    pairs = list(zip(subs, body))
    if out and out[0] not in subs[0] or len(out) == 1 and len(subs[0]) < len(subs[1]):
        pairs.reverse()
    (left, a), (right, b) = pairs
    a += ".T" if len(left) == 2 and left[0] == summed else ""
    b += ".T" if len(right) == 2 and right[1] == summed else ""
    return f"{a} @ {b}"
