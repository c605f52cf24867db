"""Lengths of axes bound from the shapes of given values: leaves and values in, {size symbol: int} and integers out."""
import numpy as np
import sympy as sp

from ..errors import SizeMismatch


def bind(leaves, values):
    """{size symbol: int} from [(name, sizes)] and {name: array}; lengths that disagree are refused."""
    bound, open_lengths = {}, []
    for name, sizes in leaves:
        shape = np.shape(values[name])
        if len(sizes) != len(shape):
            raise SizeMismatch(f"{name} has {len(sizes)} axes, and a value with {len(shape)} was given.",
                               where=f"{name}: {sizes}", do="give one length for each axis.")
        for size, length in zip(sizes, shape):
            if isinstance(size, sp.Symbol) and size not in bound:
                bound[size] = length
            open_lengths.append((name, size, length))
    for name, size, length in open_lengths:
        if isinstance(size, sp.Expr) and size.free_symbols - set(bound):
            bound |= invert(size, length, bound)
        if integer(size, bound) != length:
            raise SizeMismatch(f"{name} should have {size} = {integer(size, bound)} entries on an axis, not {length}.",
                               where=str(bound), do="give values whose shapes agree.")
    return bound


def invert(size, length, bound):
    """The one unknown symbol of a length a·n + b."""
    rest = size.xreplace({s: sp.Integer(v) for s, v in bound.items()}).expand()
    unknown, = rest.free_symbols
    slope = rest.coeff(unknown, 1)
    return {unknown: int((length - rest.xreplace({unknown: sp.S.Zero}))/slope)}


def integer(value, bound):
    """An int: of an int, or of an integer expression in bound symbols."""
    if isinstance(value, (int, np.integer)):
        return int(value)
    if value in bound:
        return int(bound[value])
    return int(value.xreplace({s: sp.Integer(int(v)) for s, v in bound.items()}))


def settle(attribute, bound):
    """Attributes with every length in them an int; words and None stay."""
    if isinstance(attribute, tuple):
        return tuple([settle(a, bound) for a in attribute])
    return attribute if attribute is None or isinstance(attribute, str) else integer(attribute, bound)


def integers(expression, at):
    """An integer expression over arrays: `at` gives the integer array, or int, of each symbol in it."""
    if expression in at:
        return at[expression]
    if expression.is_Integer:
        return int(expression)
    parts = [integers(a, at) for a in expression.args]
    fold = {sp.Add: np.add, sp.Mul: np.multiply, sp.Max: np.maximum, sp.Min: np.minimum}.get(expression.func)
    if fold is not None:
        total = parts[0]
        for part in parts[1:]:
            total = fold(total, part)
        return total
    if expression.func in (sp.floor, sp.ceiling):
        whole = integers(2*expression.args[0], at)
        return whole//2 if expression.func is sp.floor else -(-whole//2)
    if expression.func is sp.Mod:
        return np.mod(*parts)
    if expression.func is sp.Pow:
        return np.power(*parts)
    raise SizeMismatch(f"{expression} is no whole number that is known here.", where=str(expression),
                       do="give the symbols in it as lengths of arrays, or by name.")
