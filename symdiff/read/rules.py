"""What a rule of reading is, and the registry of rules by SymPy class."""
from typing import Callable, NamedTuple

RULES = {}          # {SymPy class: Rule}; a class without a rule takes that of its nearest base with one


def arguments(reader, e, env):
    """The parts of an expression that are read first: its arguments, each under the indices that it holds."""
    return [reader.at(a, env) for a in e.args]


def nothing(reader, e, env):
    """No parts: a leaf."""
    return ()


class Rule(NamedTuple):
    """How one class of expressions is read.

    build(reader, e, env, values)  the value, from the values of the parts, in their order
    parts(reader, e, env)          what is to be read first: items made by `reader.at`
    """
    build: Callable
    parts: Callable = arguments


def reads(*classes, parts=arguments):
    """Declare a function as the rule of some classes."""
    def declare(build):
        for cls in classes:
            RULES[cls] = Rule(build, parts)
        return build
    return declare


def find(cls):
    """The rule for a class, or None."""
    for base in cls.__mro__:
        rule = RULES.get(base)
        if rule is not None:
            return rule
    return None
