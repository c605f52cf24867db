"""An elementwise primitive on texts in, the text of its value out: operators, choices, else a call of
its scalar function."""
from symdiff.primitives.record import TABLE

from .text import ATOM, LOWEST, PRODUCT, SIGN, SUM, TRUTH, Text, infix

LARGEST_POWER = 6               # x**n is multiplied out up to here
_COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}


def apply(name, args, helpers):
    """The text of primitive `name`; functions that it calls are added to the list `helpers`."""
    if name in _COMPARISONS:
        return _true(f"{args[0].within(SUM)} {_COMPARISONS[name]} {args[1].within(SUM)}")
    if name in ("and", "or"):
        return _true(f" {name} ".join(f"({a.truth})" for a in args))
    if name == "not":
        return _true(f"not ({args[0].truth})")
    if name == "select":
        return Text(f"{args[1].within(TRUTH)} if {args[0].truth} else {args[2].text}", LOWEST)
    if name in _OPERATORS:
        made = _OPERATORS[name](*args)
        if made is not None:
            return made
    return call(TABLE[name].scalar, args, helpers)


def call(function, args, helpers):
    """function(args)"""
    if function not in helpers:
        helpers.append(function)
    return Text(f"{function.__name__}({', '.join(a.text for a in args)})")


def power(name, args):
    """The power that x**n is multiplied out to, with its sign; None for others."""
    n = args[1].number if name == "pow" else None
    if n is None or n != n or abs(n) > LARGEST_POWER or n != int(n) or n == 0:
        return None
    return int(n)


def _true(condition):
    return Text(f"1.0 if {condition} else 0.0", LOWEST, condition)


def _add(a, b):
    if b.number is not None and b.text.startswith("-"):
        return infix("-", a, Text(b.text[1:]), SUM, True)
    return infix("+", a, b, SUM, True)


def _sub(a, b):
    if b.number is not None and b.text.startswith("-"):
        return infix("+", a, Text(b.text[1:]), SUM, True)
    return infix("-", a, b, SUM, True)


def _div(a, b):
    """Division by a number; any other divisor may be 0, where Python's own division stops."""
    return infix("/", a, b, PRODUCT, False) if b.number else None


def _pow(x, n):
    """x·x·… for small whole n; x is a name (see `maps`)."""
    count = power("pow", (x, n))
    if count is None or count < 0 or x.binds < ATOM:
        return None
    if count == 1:
        return x
    if count <= 3:
        return Text("*".join([x.text]*count), PRODUCT)
    square = f"({x.text}*{x.text})"
    return Text("*".join([square]*(count//2) + [x.text]*(count % 2)), PRODUCT)


_OPERATORS = {
    "add": _add, "sub": _sub, "mul": lambda a, b: infix("*", a, b, PRODUCT, False), "div": _div, "pow": _pow,
    "neg": lambda a: Text(f"-{a.within(ATOM)}", SIGN), "abs": lambda a: Text(f"abs({a.text})"),
}
