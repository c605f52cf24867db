"""A quadratic loss goes in; what its stationary point is comes out: a minimum for certain, or where; unique or not."""
from dataclasses import dataclass

import numpy as np

from .. import derive
from ..graph import order
from ..passes.algebra import rational
from ..primitives.contraction import CONTRACT, is_movement
from ..primitives.leaf import SIZE, is_constant
from .terms import factors

SMALL = 1e-9


@dataclass(frozen=True, eq=False)
class Nature:
    """What a stationary point is.

    minimum      True: the loss is a sum of squares; False: it is never a minimum; None: that depends on the values
    conditions   nodes that must not be negative for that: weights, penalties
    unique       False where the equations are singular whatever the values, else True
    solvable     False where they have no solution, whatever the values
    """
    minimum: bool | None
    conditions: tuple
    unique: bool
    solvable: bool


def nature(quadratic, layout):
    """The Nature of the stationary point."""
    signs, ranks, solvable = set(), set(), set()
    for matrix, right in quadratic.systems():
        values = np.linalg.eigvalsh((matrix + matrix.T)/2)
        size = np.max(np.abs(values), initial=0.0)
        if not size:
            continue
        signs.add("+" if values[0] > SMALL*size else "-" if values[-1] < -SMALL*size else "?")
        full = np.min(np.abs(values)) > SMALL*size
        ranks.add(full)
        residual = matrix @ np.linalg.lstsq(matrix, right, rcond=None)[0] - right
        solvable.add(full or np.max(np.abs(residual)) <= 1e-6*np.max(np.abs(right)))
    conditions = _squares(quadratic.loss, quadratic.unknowns)
    if conditions is None and len(quadratic.unknowns) == 1:
        conditions = _grams(*layout.matrix.values())
    minimum = True if conditions is not None else False if signs == {"-"} else None
    return Nature(minimum, conditions or (), True in ranks, True in solvable)


def _squares(loss, unknowns):
    """What must not be negative for the loss, but for linear terms, to be a sum of squares; None where it is none."""
    conditions = {}
    for sign, scale, core in _terms(loss, set(unknowns)):
        if _is_linear(core, unknowns):
            continue
        weights = _square(core, set(unknowns))
        if sign < 0 or weights is None:
            return None
        conditions |= dict.fromkeys([*scale, *weights])
    return tuple([node for node in conditions if not _never_negative(node)])


def _grams(parts):
    """What must not be negative for terms to be a sum of AᵀA, with weights AᵀDA; None where they are no such sum."""
    conditions = {}
    for c, scalars, core in parts:
        weights = _gram(core)
        if c < 0 or weights is None:
            return None
        conditions |= dict.fromkeys([*[s for s, p in scalars.items() if p % 2], *weights])
    return tuple([node for node in conditions if not _never_negative(node)])


def _gram(core):
    """The weights D of AᵀDA; None where the node is no such product."""
    if not core.sizes:
        return None if core.op is not CONTRACT and not is_constant(core, 1) else _square(core, set())
    half = len(core.sizes)//2
    if core.op is not CONTRACT or len(core.sizes) % 2:
        return None
    subs, out, _ = core.attributes
    if out[:half] == out[half:]:
        return () if not core.inputs else None
    turned = dict(zip(out, out[half:] + out[:half]))
    boxes = {}
    for i, labels in zip(core.inputs, subs):
        boxes[i, labels] = boxes.get((i, labels), 0) + 1
    for (i, labels), count in boxes.items():
        if boxes.get((i, tuple([turned.get(c, c) for c in labels]))) != count:
            return None
    moved = [(i, labels) for i, labels in boxes if set(labels) & set(out)]
    if any(set(labels) & set(out[:half]) and set(labels) & set(out[half:]) for _, labels in moved):
        return None
    return tuple([i for (i, labels), count in boxes.items() if not set(labels) & set(out) and count % 2])


def _terms(loss, unknowns):
    """[(sign, factors free of the unknowns, the rest)]: the loss as a sum."""
    found, stack = [], [(1, (), loss)]
    while stack:
        sign, scale, node = stack.pop()
        name = node.op.name
        if name in ("add", "sub"):
            stack += [(-sign if name == "sub" else sign, scale, node.inputs[1]), (sign, scale, node.inputs[0])]
        elif name == "neg":
            stack.append((-sign, scale, node.inputs[0]))
        elif name in ("mul", "div") and any(_factor_first(node, unknowns)):
            fixed, rest = _factor_first(node, unknowns)
            value = rational(fixed)
            sign = -sign if value is not None and value < 0 else sign
            stack.append((sign, scale if value is not None else (*scale, fixed), rest))
        else:
            found.append((sign, scale, node))
    return found


def _factor_first(node, unknowns):
    """(a factor or divisor free of the unknowns, the other operand); (None, None) where there is none."""
    a, b = node.inputs
    if _free(b, unknowns):
        return b, a
    return (a, b) if node.op.name == "mul" and _free(a, unknowns) else (None, None)


def _free(node, unknowns):
    return unknowns.isdisjoint(order([node]))


def _is_linear(core, unknowns):
    if _free(core, set(unknowns)):
        return True
    present = [w for w in unknowns if w in set(order([core]))]
    return all(is_constant(h, 0) for h in derive.hessian(core, present).values())


def _square(core, unknowns):
    """The weights of a sum of weighted squares; None where it is none."""
    boxes = {}
    if core.op is CONTRACT and not is_movement(core) and not core.sizes:
        for i, labels in zip(core.inputs, core.attributes[0]):
            for f, p in factors(i).items():
                boxes[f, labels] = boxes.get((f, labels), 0) + p
    else:
        boxes = {(f, ()): p for f, p in factors(core).items()}
    odd = [f for (f, _), p in boxes.items() if p % 2]
    return tuple(odd) if all(_free(f, unknowns) for f in odd) else None


def _never_negative(node):
    if node.op is SIZE:
        return True
    return bool(factors(node)) and all(p % 2 == 0 for p in factors(node).values())
