"""Formulas and functions go in; out come mutants, each with one thing wrong, and whether a witness notices.

A mutant of a formula is a SymPy expression; one of a function is its compiled code with one place of its source changed
(`install` puts it in).  A witness is a function of no arguments that raises when it sees something wrong.  It runs in a
child process, so that a mutant that crashes, hangs or damages what it touches harms nobody: these are noticed, too.
"""
import ast
import copy
import faulthandler
import inspect
import math
import os
import re
import resource
import signal
import sys
import time
from dataclasses import dataclass
from functools import cache
from types import CodeType, FunctionType

import sympy as sp

DEADLINE = 30                               # seconds of the processor after which a mutant that runs on is noticed
PATIENCE = 10                               # times as long for one that waits, on a machine that has others to serve


@dataclass(frozen=True)
class Mutant:
    """What is wrong, and the wrong thing: an expression, a term, or code."""
    what: str
    made: object


# -- formulas ------------------------------------------------------------------------------------------------------------

def of_formula(formula):
    """[Mutant]: at every place of a SymPy expression a sign flipped, a term or factor dropped, arguments exchanged,
    a comparison turned, branches exchanged, a number changed; those that are equal to it are left out."""
    formula, found = sp.sympify(formula), {}
    for path, part in _parts(formula):
        for wrong in _wrong(part):
            whole = _put(formula, path, wrong)
            if whole != formula and not _equal(whole, formula):
                found.setdefault(whole, Mutant(f"{part} becomes {wrong}", whole))
    return list(found.values())


def _parts(formula, path=()):
    yield path, formula
    for k, arg in enumerate(formula.args):
        yield from _parts(arg, (*path, k))


def _put(formula, path, part):
    if not path:
        return part
    args = list(formula.args)
    args[path[0]] = _put(args[path[0]], path[1:], part)
    return formula.func(*args)


def _wrong(part):
    args = part.args
    if isinstance(part, (sp.Add, sp.Mul)):
        yield from (part.func(*args[:k], *args[k + 1:]) for k in range(len(args)))
    if isinstance(part, sp.Add):
        yield from (part.func(*args[:k], -args[k], *args[k + 1:]) for k in range(len(args)))
    if isinstance(part, sp.Rel):
        yield from (part.negated, part.reversedsign)
    elif isinstance(part, sp.Piecewise):
        values = [value for value, _ in args]
        yield sp.Piecewise(*zip(values[1:] + values[:1], [condition for _, condition in args]))
    elif part.is_Number and part.is_finite:
        yield part + 1
    elif isinstance(part, sp.Expr):
        yield -part
        if len(args) == 2 and not isinstance(part, (sp.Add, sp.Mul)):
            yield part.func(*args[::-1])


def _equal(one, other):
    if isinstance(one, sp.Expr) and isinstance(other, sp.Expr):
        return sp.expand(one - other) == 0
    return False


# -- functions -----------------------------------------------------------------------------------------------------------

SWAPPED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult, ast.And: ast.Or,
           ast.Or: ast.And, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq,
           ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is}


def of_function(function):
    """[Mutant]: the code of a function of a file, with one place of its source changed."""
    file = inspect.getsourcefile(function)
    top = next((node for node in _parsed(file).body if any(_begins(n, function) for n in ast.walk(node))), None)
    paths = [path for path, code in _codes(_compiled(top, file)) if _alike(code, function.__code__)] if top else []
    if len(paths) != 1:
        assert function.__name__ == "<lambda>", f"{function.__qualname__} is not found in {file}"
        return []
    nodes = [node for node in ast.walk(top) if _begins(node, function)]
    made, seen = [], {_words(function.__code__)}
    for place, node in enumerate(nodes[:1] and list(ast.walk(nodes[0]))):
        for number in range(len(list(_changes(copy.deepcopy(node))))):
            other = copy.deepcopy(top)
            root = next(n for n in ast.walk(other) if _begins(n, function))
            at = list(ast.walk(root))[place]
            shown = _around(root, at) if isinstance(at, ast.Constant) else at
            before, change = ast.unparse(shown), list(_changes(at))[number]
            change()
            code = dict(_codes(_compiled(ast.fix_missing_locations(other), file))).get(paths[0])
            what = f"{function.__qualname__}: {before[:200]} becomes {ast.unparse(shown)[:200]}"
            if code is not None and code.co_freevars == function.__code__.co_freevars and _words(code) not in seen:
                seen.add(_words(code))
                made.append(Mutant(what, code))
    return made


def _words(code):
    """What tells two codes apart."""
    inner = tuple([_words(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts])
    return code.co_code, inner, code.co_names


@cache
def _parsed(file):
    with open(file, encoding="utf-8") as source:
        return ast.parse(source.read(), file)


def _compiled(statement, file):
    """The code of a statement at the top of a file, below what the file imports: on that calls of modules depend."""
    imports = [one for one in _parsed(file).body if isinstance(one, (ast.Import, ast.ImportFrom))]
    return compile(ast.Module([*imports, statement], []), file, "exec")


def _around(root, part):
    """What a number stands in."""
    return next((node for node in ast.walk(root) if any(child is part for child in ast.iter_child_nodes(node))), part)


def _begins(node, function):
    """Is this where the function is defined?"""
    kind = ast.Lambda if function.__name__ == "<lambda>" else ast.FunctionDef
    first = node.decorator_list[0] if getattr(node, "decorator_list", None) else node
    return isinstance(node, kind) and first.lineno == function.__code__.co_firstlineno and \
        getattr(node, "name", "<lambda>") == function.__name__ and \
        (kind is ast.FunctionDef or [a.arg for a in node.args.args] == list(inspect.signature(function).parameters))


def _codes(code, path=()):
    """(path, code object) of everything defined in a module."""
    yield path, code
    inner = [const for const in code.co_consts if isinstance(const, CodeType)]
    for k, one in enumerate(inner):
        yield from _codes(one, (*path, k))


def _alike(one, other):
    return (one.co_name, one.co_firstlineno, one.co_code, one.co_varnames) == \
        (other.co_name, other.co_firstlineno, other.co_code, other.co_varnames)


def _changes(node):
    """Functions that each change one thing of a node, in place."""
    if isinstance(node, ast.BinOp):
        if type(node.op) in SWAPPED:
            yield lambda: setattr(node, "op", SWAPPED[type(node.op)]())
        if not isinstance(node.op, (ast.Add, ast.Mult)):
            yield lambda: node.__dict__.update(left=node.right, right=node.left)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not)):
        yield lambda: setattr(node, "op", ast.UAdd() if isinstance(node.op, ast.USub) else ast.Not()) or \
            setattr(node, "operand", node.operand if isinstance(node.op, ast.UAdd) else
                    ast.UnaryOp(ast.Not(), node.operand))
    elif isinstance(node, ast.BoolOp):
        yield lambda: setattr(node, "op", SWAPPED[type(node.op)]())
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in SWAPPED:
        yield lambda: setattr(node, "ops", [SWAPPED[type(node.ops[0])]()])
    elif isinstance(node, ast.IfExp):
        yield lambda: node.__dict__.update(body=node.orelse, orelse=node.body)
    elif isinstance(node, ast.Call):
        for k in range(len(node.args) - 1):
            if not any(isinstance(a, ast.Starred) for a in node.args[k:k + 2]):
                yield lambda k=k: node.args.__setitem__(slice(k, k + 2), node.args[k:k + 2][::-1])
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float, bool):
        yield lambda: setattr(node, "value", not node.value if type(node.value) is bool else node.value + 1)


def shares(named, lines):
    """[(*name, k, of)]: the mutants of functions of one name in shares, one for some lines of the longest.

    named   [(name as a tuple, functions that share their code)]
    """
    longest = {}
    for name, own in named:
        code = own[0].__code__
        last = max([line for _, c in _codes(code) for *_, line in c.co_lines() if line] + [code.co_firstlineno])
        longest[name] = max(longest.get(name, 0), last - code.co_firstlineno + 1)
    return [(*name, k, of) for name in sorted(longest) for of in (1 + longest[name]//lines,) for k in range(of)]


def share(named, name, k, of):
    """[(functions, Mutant)] of share k."""
    made = [(own, mutant) for one, own in named if one == name for mutant in of_function(own[0])]
    return made[k::of]


def install(functions, code):
    """Give functions that share their code another one."""
    for function in functions:
        function.__code__ = code


def reached(*roots, module):
    """{code: [functions]} of what some functions of a module reach: those they call, close over, or find in
    tables and classes."""
    found, waiting, classes = {}, list(roots), set()
    while waiting:
        one = waiting.pop()
        one = getattr(one, "__wrapped__", one)
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, (list, tuple)):
            waiting += one
        elif isinstance(one, type) and one.__module__ == module.__name__ and one not in classes:
            classes.add(one)
            waiting += vars(one).values()
        if not isinstance(one, FunctionType) or one.__module__ != module.__name__ or \
                one in found.setdefault(one.__code__, []):
            continue
        found[one.__code__].append(one)
        cells = [cell.cell_contents for cell in one.__closure__ or ()]
        names = [name for _, code in _codes(one.__code__) for name in code.co_names]
        waiting += cells + [one.__globals__[name] for name in names if name in one.__globals__]
    return found


def defined(module):
    """{code: [functions]} of everything that a module defines: functions, methods, properties, functions in tables."""
    found, waiting, seen = {}, [*vars(module).values()], set()
    while waiting:
        one = waiting.pop(0)
        one = getattr(one, "__wrapped__", one)
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, type) and one.__module__ == module.__name__:
            waiting += vars(one).values()
        elif isinstance(one, property):
            waiting.append(one.fget)
        elif isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, FunctionType) and one.__module__ == module.__name__ and \
                one.__code__.co_filename == module.__file__:
            found.setdefault(one.__code__, []).append(one)
            waiting += [cell.cell_contents for cell in one.__closure__ or ()]
    return found


def called(make, file):
    """(what make() gives, the qualified names of the functions of a file that it calls)."""
    names = set()

    def seen(frame, event, argument):
        if event == "call" and frame.f_code.co_filename == file:
            names.add(frame.f_code.co_qualname)

    sys.setprofile(seen)
    try:
        return make(), names
    finally:
        sys.setprofile(None)


# -- witnesses -----------------------------------------------------------------------------------------------------------

def noticed(witness, change=None, deadline=DEADLINE):
    """Does the witness raise, crash or run on without end in a child process, after the change was made there?"""
    child = os.fork()
    if child == 0:
        faulthandler.disable()
        resource.setrlimit(resource.RLIMIT_CPU, 2*(math.ceil(deadline),))
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1), os.dup2(null, 2)
        code = 1
        try:
            if change is not None:
                change()
            witness()
            code = 0
        finally:
            os._exit(code)
    end = time.monotonic() + PATIENCE*deadline
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status != 0
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def report(name, mutants, survivors, argued=()):
    """Print the score; fail when a mutant survives without an argument: a regular expression that finds what is wrong.
    """
    print(f"{name}: {len(mutants) - len(survivors)} of {len(mutants)} mutants noticed")
    left = sorted(what for what in survivors if not any(re.search(words, what) for words in argued))
    assert not left, f"{name}: nobody noticed\n  " + "\n  ".join(left)
