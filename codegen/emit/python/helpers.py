"""Plain functions in, the source text of them and of all that they call out, in the order of their files."""
import ast
import inspect
import sys
from functools import cache

DECORATOR = '@njit(error_model="numpy")'


def helper_names(functions):
    """The names that `helper_text` will define."""
    return [name for _, name in _needed(functions)]


def helper_text(functions):
    """Definitions of the functions, of the functions they call and the constants they use, one text each.

    Constants of one file that follow each other stand together.
    """
    made, block = [], []
    for module, name in _needed(functions):
        kind, text = _definitions(module)[name]
        if kind == "constant":
            block.append(text)
            continue
        if block:
            made.append("\n".join(block))
            block = []
        made.append(f"{DECORATOR}\n{text}")
    return made + (["\n".join(block)] if block else [])


def _needed(functions):
    """(module's name, name) of everything that the functions need, constants of a module first, then as it has them."""
    waiting, found = [(f.__module__, f.__name__) for f in functions], set()
    while waiting:
        one = waiting.pop()
        if one in found:
            continue
        found.add(one)
        module, name = one
        known = _definitions(module)
        waiting += [(module, used) for used in _uses(module, name) if used in known]
    place = {module: list(_definitions(module)) for module, _ in found}
    return sorted(found, key=lambda one: (one[0], _definitions(one[0])[one[1]][0], place[one[0]].index(one[1])))


@cache
def _definitions(module):
    """{name: ("constant" or "function", its text)} of the assignments and functions at the top of a module."""
    text = inspect.getsource(sys.modules[module])
    lines, found = text.splitlines(), {}
    for node in ast.parse(text).body:
        own = "\n".join(lines[node.lineno - 1:node.end_lineno])
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = ("constant", own)
        elif isinstance(node, ast.FunctionDef):
            found[node.name] = ("function", own)
    return found


@cache
def _uses(module, name):
    """The names that stand in a definition."""
    return frozenset(node.id for node in ast.walk(ast.parse(_definitions(module)[name][1])) if isinstance(node,
                                                                                                          ast.Name))
